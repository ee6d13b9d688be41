/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses. */
#include <fwlint/capture.h>

#include <arpa/inet.h>

const char *address_print(const struct address *x, struct arena *a)
{
	char words[INET6_ADDRSTRLEN] = "?";
	if (x->family)
		inet_ntop(x->family == 4 ? AF_INET : AF_INET6, x->bytes, words, sizeof(words));
	return arena_printf(a, "%s", words);
}

bool address_is_same(const struct address *x, const struct address *y)
{
	return x->family == y->family && memcmp(x->bytes, y->bytes, sizeof(x->bytes)) == 0;
}

u128 address_number(const struct address *x)
{
	u128 v = 0;
	for (size_t i = 0; i < (x->family == 4 ? 4u : 16u); i++)
		v = v << 8 | x->bytes[i];
	return v;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 29;
}

uint64_t address_hash(const struct address *x)
{
	uint64_t a, b;
	memcpy(&a, x->bytes, 8);
	memcpy(&b, x->bytes + 8, 8);
	return mix(a + mix(b + x->family));
}

const char *mac_print(const uint8_t mac[MAC_LEN], struct arena *a)
{
	return arena_printf(a, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
			    mac[4], mac[5]);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses. */
#include <fwlint/capture.h>

#include <arpa/inet.h>
#include <endian.h>

const char *address_print(const struct address *x, struct arena *a)
{
	char words[INET6_ADDRSTRLEN] = "?";
	if (x->family)
		inet_ntop(x->family == 4 ? AF_INET : AF_INET6, x->bytes, words, sizeof(words));
	return arena_printf(a, "%s", words);
}

u128 address_number(const struct address *x)
{
	uint32_t v4;
	uint64_t high, low;
	if (x->family == 4) {
		memcpy(&v4, x->bytes, sizeof(v4));
		return be32toh(v4);
	}
	memcpy(&high, x->bytes, sizeof(high));
	memcpy(&low, x->bytes + 8, sizeof(low));
	return (u128)be64toh(high) << 64 | be64toh(low);
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

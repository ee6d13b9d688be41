/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, ports, addresses, masks as libxtables reads them. */
#include "parser.h"

#include <arpa/inet.h>

bool parse_port(struct str s, u128 *ret)
{
	unsigned port;
	if (str_number(s, 65535, ret))
		return true;
	if (!s.n || !service_port(s, &port))
		return false;
	*ret = port;
	return true;
}

static bool parse_range_with(struct str s, char sep, u128 max, struct range *ret,
			     bool (*one)(struct str, u128, u128 *))
{
	struct str rest = s;
	struct str first = str_cut(&rest, sep);
	struct range r = { 0, max };
	if (!rest.p) {
		if (!one(first, max, &r.lo))
			return false;
		r.hi = r.lo;
	} else if ((first.n && !one(first, max, &r.lo)) || (rest.n && !one(rest, max, &r.hi))) {
		return false;
	}
	*ret = r;
	return true;
}

bool parse_decimal_port(struct str s, u128 *ret)
{
	while (s.n > 1 && s.p[0] == '0' && s.p[1] >= '0' && s.p[1] <= '9')
		s = (struct str){ s.p + 1, s.n - 1 };
	return !(s.n > 1 && s.p[0] == '0') && parse_port(s, ret);
}

static bool decimal_port_of(struct str s, u128 max, u128 *ret)
{
	(void)max;
	return parse_decimal_port(s, ret);
}

static bool port_of(struct str s, u128 max, u128 *ret)
{
	(void)max;
	return parse_port(s, ret);
}

bool parse_number_range(struct str s, char sep, u128 max, struct range *ret)
{
	return parse_range_with(s, sep, max, ret, str_number);
}

bool parse_decimal_port_range(struct str s, char sep, struct range *ret)
{
	return parse_range_with(s, sep, 65535, ret, decimal_port_of);
}

bool parse_port_range(struct str s, char sep, struct range *ret)
{
	return parse_range_with(s, sep, 65535, ret, port_of);
}

/* Fewer than four parts are filled with zeros: 10/8 (xtables.c: numeric_to_ipaddr). */
static bool parse_addr4(struct str s, u128 *ret)
{
	u128 v = 0;
	unsigned parts = 0;
	struct str rest = s;
	while (rest.p) {
		struct str part = str_cut(&rest, '.');
		u128 byte;
		if (++parts > 4 || !str_number(part, 255, &byte))
			return false;
		v = v << 8 | byte;
	}
	if (!parts)
		return false;
	*ret = v << 8 * (4 - parts);
	return true;
}

static bool parse_addr6(struct str s, u128 *ret)
{
	char buf[INET6_ADDRSTRLEN + 1];
	unsigned char bytes[16];
	if (!s.n || s.n >= sizeof(buf))
		return false;
	memcpy(buf, s.p, s.n);
	buf[s.n] = 0;
	if (inet_pton(AF_INET6, buf, bytes) != 1)
		return false;
	*ret = 0;
	for (unsigned i = 0; i < 16; i++)
		*ret = *ret << 8 | bytes[i];
	return true;
}

bool parse_addr(struct str s, bool v6, u128 *ret)
{
	return v6 ? parse_addr6(s, ret) : parse_addr4(s, ret);
}

bool parse_mask(struct str s, bool v6, u128 *ret)
{
	unsigned width = v6 ? 128 : 32;
	u128 all = v6 ? ~(u128)0 : 0xffffffffu, plen;
	if (!memchr(s.p, v6 ? ':' : '.', s.n) && str_number(s, width, &plen)) {
		*ret = plen ? all << (width - (unsigned)plen) & all : 0;
		return true;
	}
	if (!v6) {
		unsigned dots = 0;
		for (size_t i = 0; i < s.n; i++)
			dots += s.p[i] == '.';
		if (dots != 3)
			return false;
	}
	return parse_addr(s, v6, ret);
}

bool is_hostname(struct str s)
{
	bool letter = false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if ((c | 32) >= 'a' && (c | 32) <= 'z')
			letter = true;
		else if (!(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_')
			return false;
	}
	return letter && s.n < 256;
}

bool parse_protocol(struct str s, unsigned *ret)
{
	u128 v;
	if (str_eq_nocase(s, STR("all"))) {
		*ret = 0;
		return true;
	}
	if (str_number(s, 255, &v)) {
		*ret = (unsigned)v;
		return true;
	}
	return s.n && protocol_number(s, ret);
}

bool parse_mark(struct str s, u128 *ret_value, u128 *ret_mask)
{
	struct str rest = s;
	struct str value = str_cut(&rest, '/');
	u128 v, mask = 0xffffffffu;
	if (!str_number(value, 0xffffffffu, &v) ||
	    (rest.p && !str_number(rest, 0xffffffffu, &mask)))
		return false;
	*ret_value = v;
	*ret_mask = mask;
	return true;
}

bool in_list(struct str s, const char *list)
{
	struct str rest = str_from(list);
	while (rest.p)
		if (str_eq(str_cut(&rest, ','), s))
			return true;
	return false;
}

#define SCATTERED_MAX 12 /* at most 2^12 ranges */

uint32_t mask_ranges(struct arena *a, u128 addr, u128 mask, bool v6, const struct range **ret)
{
	unsigned width = v6 ? 128 : 32, low = 0, n_free = 0;
	unsigned free_bits[SCATTERED_MAX];
	while (low < width && !(mask >> low & 1))
		low++;
	for (unsigned i = low; i < width; i++)
		if (!(mask >> i & 1)) {
			if (n_free == SCATTERED_MAX)
				return 0;
			free_bits[n_free++] = i;
		}
	u128 tail = low == 128 ? ~(u128)0 : ((u128)1 << low) - 1;
	uint32_t n = 1u << n_free;
	struct range *r = arena_new_array(a, struct range, n);
	for (uint32_t k = 0; k < n; k++) {
		u128 v = addr & mask;
		for (unsigned b = 0; b < n_free; b++)
			if (k >> b & 1)
				v |= (u128)1 << free_bits[b];
		r[k] = (struct range){ v, v | tail };
	}
	*ret = r;
	return ranges_normalize(r, n);
}

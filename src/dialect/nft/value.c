/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as nft writes them: names of its data types (nft describe …),
 * numbers in any base, addresses, interface names with a wildcard.
 *
 * value_parse is over 60 lines: a switch, with a line for each type.
 * value_check is over 60 lines: the same.
 */
#include "nft.h"

#include <arpa/inet.h>

static bool parse_address(struct str s, bool v6, u128 *ret)
{
	char buf[INET6_ADDRSTRLEN + 1];
	unsigned char bytes[16];
	if (!s.n || s.n >= sizeof(buf))
		return false;
	memcpy(buf, s.p, s.n);
	buf[s.n] = 0;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, buf, bytes) != 1)
		return false;
	*ret = 0;
	for (unsigned i = 0; i < (v6 ? 16 : 4); i++)
		*ret = *ret << 8 | bytes[i];
	return true;
}

bool time_value(struct str s, u128 *ret)
{
	static const struct {
		const char *name;
		unsigned seconds;
	} units[] = { { "ms", 0 },   { "w", 604800 }, { "d", 86400 },
		      { "h", 3600 }, { "m", 60 },     { "s", 1 } };
	u128 sum = 0;
	while (s.n) {
		u128 n = 0, factor = 1;
		size_t digits = 0;
		while (digits < s.n && digits < 10 && s.p[digits] >= '0' && s.p[digits] <= '9')
			n = n * 10 + (unsigned)(s.p[digits++] - '0');
		if (!digits)
			return false;
		s.p += digits;
		s.n -= digits;
		bool known = s.n == 0;
		for (size_t i = 0; i < ARRAY_SIZE(units) && !known; i++)
			if (str_starts(s, units[i].name)) {
				known = true;
				factor = units[i].seconds;
				s.p += strlen(units[i].name);
				s.n -= strlen(units[i].name);
			}
		if (!known)
			return false;
		sum += n * factor;
	}
	*ret = sum;
	return true;
}

static enum value_result one(u128 v, struct range *ret)
{
	*ret = (struct range){ v, v };
	return VALUE_OK;
}

/* Up to six bytes in hexadecimal, as nft reads them (lladdr_type_parse): ':' or '.' is between
 * them. */
static bool link_address(struct str s, unsigned *ret_bytes, u128 *ret)
{
	unsigned n = 0;
	u128 v = 0, byte;
	struct str rest = s;
	while (rest.p && n < 6) {
		struct str part = str_cut(&rest, memchr(rest.p, ':', rest.n) ? ':' : '.');
		char hex[6] = "0x";
		if (part.n < 1 || part.n > 2)
			return false;
		memcpy(hex + 2, part.p, part.n);
		if (!str_number(str_from(hex), 255, &byte))
			return false;
		v = v << 8 | byte;
		n++;
	}
	if (rest.p)
		return false;
	*ret = v;
	*ret_bytes = n;
	return true;
}

/* 00:11:22:33:44:55 */
static bool parse_ether(struct str s, u128 *ret)
{
	unsigned bytes;
	return !memchr(s.p, '.', s.n) && link_address(s, &bytes, ret) && bytes == 6;
}

/* A word of the type, or a duration, as a number: listings write either. */
static bool word_number(enum value_type words, struct str word, u128 *ret)
{
	unsigned n;
	/* the two types whose words mean something else in the model */
	if (words == TYPE_ETHERTYPE || words == TYPE_NFPROTO)
		return false;
	if (datatype_symbol(words, word, &n) ||
	    (words == TYPE_PROTO && protocol_number(word, &n)) ||
	    (words == TYPE_PORT && service_port(word, &n))) {
		*ret = n;
		return true;
	}
	return words == TYPE_DURATION && time_value(word, ret);
}

enum value_result value_parse_any(struct str word, enum value_type words, struct range *ret,
				  enum field_format *ret_format)
{
	u128 v = 0;
	unsigned bytes;
	enum field_format format = FORMAT_NUMBER;
	if (str_is(word, "missing") || str_is(word, "exists")) {
		bool exists = str_is(word, "exists");
		*ret = (struct range){ exists, exists ? FIELD_OPTIONAL_MAX : 0 };
		*ret_format = format;
		return VALUE_OK;
	}
	for (unsigned i = 0; route_type_name(i); i++)
		if (str_is(word, route_type_name(i))) {
			*ret_format = FORMAT_ROUTE_TYPE;
			return one(i, ret);
		}
	if (word_number(words, word, &v)) {
		format = FORMAT_NUMBER;
	} else if (words == TYPE_ETHER ? link_address(word, &bytes, &v) : parse_ether(word, &v)) {
		format = FORMAT_ETHER;
	} else if (parse_address(word, false, &v)) {
		format = FORMAT_ADDR4;
	} else if (memchr(word.p, ':', word.n) && parse_address(word, true, &v)) {
		format = FORMAT_ADDR6;
	} else if (!str_number(word, FIELD_OPTIONAL_MAX, &v)) {
		return VALUE_OPAQUE;
	}
	if (v > FIELD_OPTIONAL_MAX)
		return VALUE_OPAQUE;
	*ret = (struct range){ v, v };
	*ret_format = format;
	return VALUE_OK;
}

/* "eth0"; "eth*" is every name with this prefix; "eth\*" has the star itself. */
static enum value_result parse_ifname(struct str s, struct range *ret)
{
	char name[16];
	size_t n = 0;
	bool wild = s.n && s.p[s.n - 1] == '*' && !(s.n > 1 && s.p[s.n - 2] == '\\');
	for (size_t i = 0; i < s.n - wild; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '*')
			continue;
		if (n == 15)
			return VALUE_WRONG;
		name[n++] = s.p[i];
	}
	if (!n && !wild)
		return VALUE_WRONG;
	u128 lo = ifname_value((struct str){ name, n });
	*ret = (struct range){ lo, lo };
	if (wild)
		ret->hi = n ? lo | (~(u128)0 >> (8 * n)) : ~(u128)0;
	return VALUE_OK;
}

static bool has_letter(struct str s)
{
	return s.n && ((s.p[0] | 32) >= 'a') && ((s.p[0] | 32) <= 'z');
}

static enum value_result parse_ethertype(struct str s, u128 v, bool number, struct range *ret)
{
	if (!number)
		return has_letter(s) ? VALUE_WRONG : VALUE_OPAQUE;
	/* 2: neither IPv4 nor IPv6, which no packet here is */
	return one(v == 0x0800 ? NFPROTO_VALUE_IPV4 : v == 0x86dd ? NFPROTO_VALUE_IPV6 : 2, ret);
}

enum value_result value_parse(const struct selector *s, struct str word, struct range *ret)
{
	unsigned number;
	u128 v = 0;
	if (datatype_symbol(s->type, word, &number))
		return one(number, ret);
	bool is_number = str_number(word, ~(u128)0, &v);
	switch (s->type) {
	case TYPE_IFNAME: return parse_ifname(word, ret);
	case TYPE_ADDR4:
	case TYPE_ADDR6:
		if (parse_address(word, s->type == TYPE_ADDR6, &v))
			return one(v, ret);
		if (is_number && v <= field_max(s->field))
			return one(v, ret);
		/* a host name, looked up when the ruleset is loaded */
		return has_letter(word) && !memchr(word.p, ':', word.n) ? VALUE_OPAQUE
									: VALUE_WRONG;
	case TYPE_PROTO:
		if (str_is(word, "comp"))
			return one(108, ret);
		if (!is_number && protocol_number(word, &number))
			return one(number, ret);
		break;
	case TYPE_PORT:
		if (!is_number && service_port(word, &number))
			return one(number, ret);
		if (!is_number && has_letter(word))
			return VALUE_WRONG;
		break;
	case TYPE_ETHERTYPE: return parse_ethertype(word, v, is_number, ret);
	case TYPE_NFPROTO: return is_number ? one(v == 2 ? 0 : v == 10 ? 1 : 2, ret) : VALUE_WRONG;
	case TYPE_CT_STATE:
	case TYPE_CT_STATUS: return is_number && v <= UINT32_MAX ? one(v, ret) : VALUE_WRONG;
	case TYPE_OTHER: {
		enum field_format format;
		return value_parse_any(word, s->words, ret, &format);
	}
	case TYPE_MARK:
		if (!is_number)
			return VALUE_OPAQUE; /* a name of /etc/iproute2/rt_marks */
		break;
	case TYPE_CT_DIRECTION:
	case TYPE_PKTTYPE:
		/* wider than a packet allows */
		return is_number && v <= UINT8_MAX ? one(v, ret) : VALUE_WRONG;
	case TYPE_NUMBER: return is_number && v <= UINT32_MAX ? one(v, ret) : VALUE_WRONG;
	case TYPE_DSCP:
	case TYPE_ICMP_TYPE:
	case TYPE_ICMP6_TYPE:
	case TYPE_ICMP_CODE:
	case TYPE_ICMP6_CODE:
	case TYPE_TCP_FLAGS:
	case TYPE_IFINDEX:
	case TYPE_ETHER:
	case TYPE_ICMPX_CODE:
	case TYPE_CT_EVENT:
	case TYPE_CT_LABEL:
	case TYPE_ECN:
	case TYPE_BOOLEAN:
	case TYPE_ROUTE_TYPE:
	case TYPE_ARP_OPERATION:
	case TYPE_IGMP_TYPE:
	case TYPE_DCCP_TYPE:
	case TYPE_MH_TYPE:
	case TYPE_MPTCP_SUBTYPE:
	case TYPE_IFTYPE:
	case TYPE_DAY:
	case TYPE_HOUR:
	case TYPE_DATE:
	case TYPE_DURATION:
	case TYPE_UID:
	case TYPE_GID:
	case TYPE_REALM:
	case TYPE_DEVGROUP:
	case TYPE_CLASSID:
	case TYPE_CGROUP2:
	case TYPE_STRING:
	case TYPE_ANY_STRING: break;
	}
	return is_number && v <= field_max(s->field) ? one(v, ret) : VALUE_WRONG;
}

/* ---- is it a value of the type at all? ---- */

/* Letters, digits, dots and dashes, with a letter among them: looked up when the ruleset is loaded.
 */
static enum value_result check_host_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			    s.p[i]))
			return VALUE_WRONG;
	return has_letter(s) ? VALUE_OPAQUE : VALUE_WRONG;
}

/* "18:00", "18:00:30" */
static bool is_hour(struct str s)
{
	static const unsigned maxima[] = { 23, 59, 60 };
	u128 v;
	unsigned n = 0;
	struct str rest = s;
	for (; rest.p && n < 3; n++) {
		struct str part = str_cut(&rest, ':');
		while (part.n > 1 && part.p[0] == '0') {
			part.p++;
			part.n--;
		}
		if (part.n > 2 || !str_number(part, maxima[n], &v))
			return false;
	}
	return n >= 2 && !rest.p;
}

/* "2026-01-31", "2026-01-31 18:00:00" */
static bool is_date(struct str s)
{
	unsigned n = 0;
	u128 v;
	struct str hour = s, day = str_cut(&hour, ' ');
	while (day.p && n < 4) {
		struct str part = str_cut(&day, '-');
		while (part.n > 1 && part.p[0] == '0') {
			part.p++;
			part.n--;
		}
		if (!str_number(part, n ? n == 1 ? 12 : 31 : 9999, &v))
			return false;
		n++;
	}
	return n == 3 && !day.p && (!hour.p || is_hour(hour));
}

enum value_result value_check(struct datatype d, struct str word)
{
	unsigned symbol;
	u128 v = 0;
	struct range r;
	bool is_number = str_number(word, ~(u128)0, &v);
	bool fits = is_number && (d.width >= 128 || v >> d.width == 0);
	enum value_result or_number = fits ? VALUE_OK : VALUE_WRONG;
	if (datatype_symbol(d.type, word, &symbol))
		return VALUE_OK;
	switch (d.type) {
	case TYPE_OTHER:
	case TYPE_CLASSID:
	case TYPE_CGROUP2:
	case TYPE_ANY_STRING: return VALUE_OK;
	case TYPE_ADDR4:
	case TYPE_ADDR6:
		if (parse_address(word, d.type == TYPE_ADDR6, &v) || (fits && d.type == TYPE_ADDR4))
			return VALUE_OK;
		return check_host_name(word);
	case TYPE_IFINDEX:
		/* an int (nftables, meta.c: ifindex_type_parse) */
		return !is_number       ? parse_ifname(word, &r)
		       : v <= INT32_MAX ? VALUE_OK
					: VALUE_WRONG;
	case TYPE_IFNAME: return parse_ifname(word, &r);
	case TYPE_STRING: return word.n && word.n <= 15 ? VALUE_OK : VALUE_WRONG;
	case TYPE_PROTO:
		return str_is(word, "comp") || (!is_number && protocol_number(word, &symbol))
			       ? VALUE_OK
			       : or_number;
	case TYPE_PORT: return !is_number && service_port(word, &symbol) ? VALUE_OK : or_number;
	case TYPE_ETHER: return link_address(word, &symbol, &v) ? VALUE_OK : or_number;
	case TYPE_HOUR:
		return is_number || is_hour(word) || time_value(word, &v) ? VALUE_OK : VALUE_WRONG;
	case TYPE_DATE: return is_number || is_date(word) ? VALUE_OK : VALUE_WRONG;
	case TYPE_DURATION:
		/* milliseconds; a number is of seconds (nftables, datatype.c: time_type_parse) */
		if (is_number)
			return v <= UINT32_MAX / 1000 ? VALUE_OK : VALUE_WRONG;
		return time_value(word, &v) && v <= UINT32_MAX ? VALUE_OK : VALUE_WRONG;
	case TYPE_DAY: return is_number && v <= 6 ? VALUE_OK : VALUE_WRONG;
	case TYPE_MARK:
	case TYPE_UID:
	case TYPE_GID:
	case TYPE_REALM:
	case TYPE_DEVGROUP:
	case TYPE_CT_LABEL:
		return is_number ? or_number : has_letter(word) ? VALUE_OPAQUE : VALUE_WRONG;
	case TYPE_NUMBER:
	case TYPE_ETHERTYPE:
	case TYPE_NFPROTO:
	case TYPE_ICMP_TYPE:
	case TYPE_ICMP6_TYPE:
	case TYPE_ICMP_CODE:
	case TYPE_ICMP6_CODE:
	case TYPE_TCP_FLAGS:
	case TYPE_CT_STATE:
	case TYPE_CT_STATUS:
	case TYPE_CT_DIRECTION:
	case TYPE_PKTTYPE:
	case TYPE_DSCP:
	case TYPE_ICMPX_CODE:
	case TYPE_CT_EVENT:
	case TYPE_ECN:
	case TYPE_BOOLEAN:
	case TYPE_ROUTE_TYPE:
	case TYPE_ARP_OPERATION:
	case TYPE_IGMP_TYPE:
	case TYPE_DCCP_TYPE:
	case TYPE_MH_TYPE:
	case TYPE_MPTCP_SUBTYPE:
	case TYPE_IFTYPE: return or_number;
	}
	return VALUE_WRONG;
}

/* ---- limits ---- */

unsigned period_seconds(struct str word)
{
	static const struct {
		const char *name;
		unsigned seconds;
	} periods[] = {
		{ "second", 1 },  { "minute", 60 },   { "hour", 3600 },
		{ "day", 86400 }, { "week", 604800 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(periods); i++)
		if (str_is(word, periods[i].name))
			return periods[i].seconds;
	return 0;
}

static bool cut_start(struct str *s, const char *start)
{
	if (!str_starts(*s, start))
		return false;
	s->p += strlen(start);
	s->n -= strlen(start);
	return true;
}

/* 5 packets are the default (nft(8), LIMIT STATEMENT). For bytes, the period counts, too. */
struct str limit_key(struct arena *a, struct str text)
{
	struct str rest = text;
	unsigned seconds;
	bool over = cut_start(&rest, "limit rate over ");
	u128 rate, burst = 5;
	if (!over && !cut_start(&rest, "limit rate "))
		return text;
	if (!str_number(str_cut(&rest, '/'), UINT64_MAX, &rate) || !rate)
		return text;
	seconds = period_seconds(str_cut(&rest, ' '));
	if (cut_start(&rest, "burst ") && !str_number(str_cut(&rest, ' '), UINT32_MAX, &burst))
		return text;
	return seconds ? str_from(arena_printf(a, "limit rate %s%s burst %u packets",
					       over ? "over " : "",
					       rate_key(a, (uint64_t)rate, seconds),
					       burst ? (unsigned)burst : 5))
		       : text;
}

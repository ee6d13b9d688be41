/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as nft writes them: names of its data types (nft describe …),
 * numbers in any base, addresses, interface names with a wildcard.
 */
#include "nft.h"

#include <arpa/inet.h>

struct named_value {
	const char *name;
	unsigned value;
};

static const struct named_value ct_states[] = {
	{ "invalid", 1 }, { "established", 2 }, { "related", 4 }, { "new", 8 }, { "untracked", 64 },
};
static const struct named_value ct_statuses[] = {
	{ "expected", 1 }, { "seen-reply", 2 }, { "assured", 4 }, { "confirmed", 8 },
	{ "snat", 16 }, { "dnat", 32 }, { "dying", 512 },
};
static const struct named_value ct_directions[] = { { "original", 0 }, { "reply", 1 } };
static const struct named_value tcp_flags[] = {
	{ "fin", 1 }, { "syn", 2 }, { "rst", 4 }, { "psh", 8 }, { "ack", 16 }, { "urg", 32 },
	{ "ecn", 64 }, { "cwr", 128 },
};
static const struct named_value pkttypes[] = {
	{ "host", 0 }, { "unicast", 0 }, { "broadcast", 1 }, { "multicast", 2 }, { "other", 3 },
};
static const struct named_value dscps[] = {
	{ "cs0", 0 }, { "cs1", 8 }, { "cs2", 16 }, { "cs3", 24 }, { "cs4", 32 }, { "cs5", 40 },
	{ "cs6", 48 }, { "cs7", 56 }, { "df", 0 }, { "be", 0 }, { "lephb", 1 }, { "af11", 10 },
	{ "af12", 12 }, { "af13", 14 }, { "af21", 18 }, { "af22", 20 }, { "af23", 22 },
	{ "af31", 26 }, { "af32", 28 }, { "af33", 30 }, { "af41", 34 }, { "af42", 36 },
	{ "af43", 38 }, { "va", 44 }, { "ef", 46 },
};
static const struct named_value icmp_types[] = {
	{ "echo-reply", 0 }, { "destination-unreachable", 3 }, { "source-quench", 4 },
	{ "redirect", 5 }, { "echo-request", 8 }, { "router-advertisement", 9 },
	{ "router-solicitation", 10 }, { "time-exceeded", 11 }, { "parameter-problem", 12 },
	{ "timestamp-request", 13 }, { "timestamp-reply", 14 }, { "info-request", 15 },
	{ "info-reply", 16 }, { "address-mask-request", 17 }, { "address-mask-reply", 18 },
};
static const struct named_value icmp6_types[] = {
	{ "destination-unreachable", 1 }, { "packet-too-big", 2 }, { "time-exceeded", 3 },
	{ "parameter-problem", 4 }, { "echo-request", 128 }, { "echo-reply", 129 },
	{ "mld-listener-query", 130 }, { "mld-listener-report", 131 },
	{ "mld-listener-done", 132 }, { "mld-listener-reduction", 132 },
	{ "nd-router-solicit", 133 }, { "nd-router-advert", 134 }, { "nd-neighbor-solicit", 135 },
	{ "nd-neighbor-advert", 136 }, { "nd-redirect", 137 }, { "router-renumbering", 138 },
	{ "ind-neighbor-solicit", 141 }, { "ind-neighbor-advert", 142 },
	{ "mld2-listener-report", 143 },
};
static const struct named_value icmp_codes[] = {
	{ "net-unreachable", 0 }, { "host-unreachable", 1 }, { "prot-unreachable", 2 },
	{ "port-unreachable", 3 }, { "frag-needed", 4 }, { "net-prohibited", 9 },
	{ "host-prohibited", 10 }, { "admin-prohibited", 13 },
};
static const struct named_value icmp6_codes[] = {
	{ "no-route", 0 }, { "admin-prohibited", 1 }, { "addr-unreachable", 3 },
	{ "port-unreachable", 4 }, { "policy-fail", 5 }, { "reject-route", 6 },
};
static const struct named_value nfprotos[] = { { "ipv4", 0 }, { "ipv6", 1 } };
/* Of the Ethernet types only two can be those of the packets that are looked at. */
static const struct named_value ethertypes[] = {
	{ "ip", 0 }, { "ip6", 1 }, { "arp", 2 }, { "vlan", 2 }, { "8021q", 2 }, { "8021ad", 2 },
};

#define NAMED(list) .names = (list), .n = ARRAY_SIZE(list)

static const struct type_info {
	const char *wanted;
	const struct named_value *names;
	size_t n;
	bool flags;
} types[] = {
	[TYPE_OTHER] = { .wanted = "a value" },
	[TYPE_NUMBER] = { .wanted = "a number" },
	[TYPE_ADDR4] = { .wanted = "an IPv4 address" },
	[TYPE_ADDR6] = { .wanted = "an IPv6 address" },
	[TYPE_IFNAME] = { .wanted = "an interface name (at most 15 characters)" },
	[TYPE_PROTO] = { .wanted = "a protocol" },
	[TYPE_PORT] = { .wanted = "a port (a number or a service)" },
	[TYPE_ETHERTYPE] = { .wanted = "an Ethernet type", NAMED(ethertypes) },
	[TYPE_NFPROTO] = { .wanted = "ipv4 or ipv6", NAMED(nfprotos) },
	[TYPE_ICMP_TYPE] = { .wanted = "an ICMP type", NAMED(icmp_types) },
	[TYPE_ICMP6_TYPE] = { .wanted = "an ICMPv6 type", NAMED(icmp6_types) },
	[TYPE_ICMP_CODE] = { .wanted = "an ICMP code", NAMED(icmp_codes) },
	[TYPE_ICMP6_CODE] = { .wanted = "an ICMPv6 code", NAMED(icmp6_codes) },
	[TYPE_TCP_FLAGS] = { .wanted = "a TCP flag", NAMED(tcp_flags) },
	[TYPE_CT_STATE] = { .wanted = "a conntrack state", NAMED(ct_states) },
	[TYPE_CT_STATUS] = { .wanted = "a conntrack status", NAMED(ct_statuses) },
	[TYPE_CT_DIRECTION] = { .wanted = "original or reply", NAMED(ct_directions) },
	[TYPE_PKTTYPE] = { .wanted = "a packet type", NAMED(pkttypes) },
	[TYPE_DSCP] = { .wanted = "a DSCP value", NAMED(dscps) },
	[TYPE_MARK] = { .wanted = "a mark" },
};

const char *value_wanted(enum value_type t)
{
	return types[t].wanted;
}

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

static enum value_result one(u128 v, struct range *ret)
{
	*ret = (struct range){ v, v };
	return VALUE_OK;
}

/* 00:11:22:33:44:55 */
static bool parse_ether(struct str s, u128 *ret)
{
	u128 v = 0, byte;
	struct str rest = s;
	for (int i = 0; i < 6; i++) {
		struct str part = str_cut(&rest, ':');
		char hex[6] = "0x";
		if (part.n < 1 || part.n > 2)
			return false;
		memcpy(hex + 2, part.p, part.n);
		if (!str_number(str_from(hex), 255, &byte))
			return false;
		v = v << 8 | byte;
	}
	*ret = v;
	return !rest.p;
}

enum value_result value_parse_any(struct str word, struct range *ret, enum field_format *ret_format)
{
	u128 v = 0;
	*ret_format = FORMAT_NUMBER;
	if (str_is(word, "missing") || str_is(word, "exists")) {
		bool exists = str_is(word, "exists");
		*ret = (struct range){ exists, exists ? FIELD_EXTRA_MAX : 0 };
		return VALUE_OK;
	}
	for (unsigned i = 0; route_type_name(i); i++)
		if (str_is(word, route_type_name(i))) {
			*ret_format = FORMAT_ROUTE_TYPE;
			return one(i, ret);
		}
	if (parse_ether(word, &v)) {
		*ret_format = FORMAT_ETHER;
	} else if (parse_address(word, false, &v)) {
		*ret_format = FORMAT_ADDR4;
	} else if (memchr(word.p, ':', word.n) && parse_address(word, true, &v)) {
		*ret_format = FORMAT_ADDR6;
	} else if (!str_number(word, FIELD_EXTRA_MAX, &v)) {
		return VALUE_OPAQUE;
	}
	*ret = (struct range){ v, v };
	return v > FIELD_EXTRA_MAX ? VALUE_OPAQUE : VALUE_OK;
}

/* "eth0"; "eth*" is every name that begins so; "eth\*" has the star itself. */
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
	const struct type_info *t = &types[s->type];
	unsigned number;
	u128 v = 0;
	for (size_t i = 0; i < t->n; i++)
		if (str_is(word, t->names[i].name))
			return one(t->names[i].value, ret);
	bool is_number = str_number(word, ~(u128)0, &v);
	switch (s->type) {
	case TYPE_IFNAME:
		return parse_ifname(word, ret);
	case TYPE_ADDR4: case TYPE_ADDR6:
		if (parse_address(word, s->type == TYPE_ADDR6, &v))
			return one(v, ret);
		if (is_number && v <= field_max(s->field))
			return one(v, ret);
		/* a host name, looked up when the ruleset is loaded */
		return has_letter(word) && !memchr(word.p, ':', word.n) ? VALUE_OPAQUE : VALUE_WRONG;
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
	case TYPE_ETHERTYPE:
		return parse_ethertype(word, v, is_number, ret);
	case TYPE_NFPROTO:
		return is_number ? one(v == 2 ? 0 : v == 10 ? 1 : 2, ret) : VALUE_WRONG;
	case TYPE_CT_STATE: case TYPE_CT_STATUS:
		return is_number && v <= UINT32_MAX ? one(v, ret) : VALUE_WRONG;
	case TYPE_OTHER: {
		enum field_format format;
		return value_parse_any(word, ret, &format);
	}
	case TYPE_MARK:
		if (!is_number)
			return VALUE_OPAQUE; /* a name of /etc/iproute2/rt_marks */
		break;
	case TYPE_DSCP: case TYPE_NUMBER: case TYPE_ICMP_TYPE: case TYPE_ICMP6_TYPE:
	case TYPE_ICMP_CODE: case TYPE_ICMP6_CODE: case TYPE_TCP_FLAGS: case TYPE_CT_DIRECTION:
	case TYPE_PKTTYPE:
		break;
	}
	return is_number && v <= field_max(s->field) ? one(v, ret) : VALUE_WRONG;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule can test in a packet, a connection or the host: the fields that the model types, and
 * the keys of meta and ct. Headers have a table of their own (header.c).
 */
#include "nft.h"

#define ROW(n, f, t, ...)                                     \
	{                                                     \
		.name = n, .field = f, .type = t, __VA_ARGS__ \
	}

static const struct selector selectors[] = {
	ROW("ct direction", FIELD_CT_DIRECTION, TYPE_CT_DIRECTION),
	ROW("ct mark", FIELD_CT_MARK, TYPE_MARK),
	ROW("ct state", FIELD_CT_STATE, TYPE_CT_STATE),
	ROW("ct status", FIELD_CT_STATUS, TYPE_CT_STATUS),
	ROW("ether type", FIELD_NFPROTO, TYPE_ETHERTYPE),
	ROW("icmp code", FIELD_ICMP_CODE, TYPE_ICMP_CODE, .l3 = 4, .l4 = 1),
	ROW("icmp type", FIELD_ICMP_TYPE, TYPE_ICMP_TYPE, .l3 = 4, .l4 = 1),
	ROW("icmpv6 code", FIELD_ICMP_CODE, TYPE_ICMP6_CODE, .l3 = 6, .l4 = 58),
	ROW("icmpv6 type", FIELD_ICMP_TYPE, TYPE_ICMP6_TYPE, .l3 = 6, .l4 = 58),
	ROW("ip daddr", FIELD_IP_DADDR, TYPE_ADDR4, .l3 = 4),
	ROW("ip dscp", FIELD_DSCP, TYPE_DSCP, .l3 = 4),
	ROW("ip length", FIELD_LENGTH, TYPE_NUMBER, .l3 = 4),
	ROW("ip protocol", FIELD_L4PROTO, TYPE_PROTO, .l3 = 4),
	ROW("ip saddr", FIELD_IP_SADDR, TYPE_ADDR4, .l3 = 4),
	ROW("ip ttl", FIELD_TTL, TYPE_NUMBER, .l3 = 4),
	ROW("ip6 daddr", FIELD_IP6_DADDR, TYPE_ADDR6, .l3 = 6),
	ROW("ip6 dscp", FIELD_DSCP, TYPE_DSCP, .l3 = 6),
	ROW("ip6 hoplimit", FIELD_TTL, TYPE_NUMBER, .l3 = 6),
	ROW("ip6 nexthdr", FIELD_L4PROTO, TYPE_PROTO, .l3 = 6),
	ROW("ip6 saddr", FIELD_IP6_SADDR, TYPE_ADDR6, .l3 = 6),
	ROW("meta iif", FIELD_IIFNAME, TYPE_IFNAME),
	ROW("meta iifname", FIELD_IIFNAME, TYPE_IFNAME),
	ROW("meta l4proto", FIELD_L4PROTO, TYPE_PROTO),
	ROW("meta length", FIELD_LENGTH, TYPE_NUMBER),
	ROW("meta mark", FIELD_MARK, TYPE_MARK),
	ROW("meta nfproto", FIELD_NFPROTO, TYPE_NFPROTO),
	ROW("meta oif", FIELD_OIFNAME, TYPE_IFNAME),
	ROW("meta oifname", FIELD_OIFNAME, TYPE_IFNAME),
	ROW("meta pkttype", FIELD_PKTTYPE, TYPE_PKTTYPE),
	ROW("meta protocol", FIELD_NFPROTO, TYPE_ETHERTYPE),
	ROW("meta random", NO_FIELD, TYPE_OTHER, .stateful = true),
	ROW("meta time", NO_FIELD, TYPE_OTHER, .stateful = true),
	ROW("meta hour", NO_FIELD, TYPE_OTHER, .stateful = true),
	ROW("meta day", NO_FIELD, TYPE_OTHER, .stateful = true),
	ROW("sctp dport", FIELD_DPORT, TYPE_PORT, .l4 = 132),
	ROW("sctp sport", FIELD_SPORT, TYPE_PORT, .l4 = 132),
	ROW("dccp dport", FIELD_DPORT, TYPE_PORT, .l4 = 33),
	ROW("dccp sport", FIELD_SPORT, TYPE_PORT, .l4 = 33),
	ROW("tcp dport", FIELD_DPORT, TYPE_PORT, .l4 = 6),
	ROW("tcp flags", FIELD_TCP_FLAGS, TYPE_TCP_FLAGS, .l4 = 6),
	ROW("tcp sport", FIELD_SPORT, TYPE_PORT, .l4 = 6),
	ROW("th dport", FIELD_DPORT, TYPE_PORT),
	ROW("th sport", FIELD_SPORT, TYPE_PORT),
	ROW("udp dport", FIELD_DPORT, TYPE_PORT, .l4 = 17),
	ROW("udp sport", FIELD_SPORT, TYPE_PORT, .l4 = 17),
	ROW("udplite dport", FIELD_DPORT, TYPE_PORT, .l4 = 136),
	ROW("udplite sport", FIELD_SPORT, TYPE_PORT, .l4 = 136),
};

const struct selector *selector_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++)
		if (str_is(name, selectors[i].name))
			return &selectors[i];
	return NULL;
}

bool str_among(struct str w, const char *list)
{
	struct str rest = str_from(list);
	while (rest.p)
		if (str_eq(str_cut(&rest, ' '), w) && w.n)
			return true;
	return false;
}

/* ---- meta and ct ---- */

static const char meta_plain[] = "mark iif iifname iiftype oif oifname oiftype skuid skgid nftrace "
				 "rtclassid ibriport obriport ibrname obrname pkttype cpu iifgroup "
				 "oifgroup cgroup ipsec "
				 "secpath time day hour";
static const char meta_qualified[] = "length protocol priority random secmark nfproto l4proto "
				     "bri_iifname bri_oifname ibrpvid ibrvproto ibrhwaddr sdif "
				     "sdifname broute iifkind oifkind";

bool is_meta_key(struct str w, bool qualified)
{
	return str_among(w, meta_plain) || (qualified && str_among(w, meta_qualified));
}

struct str meta_key_name(struct str key)
{
	if (str_is(key, "ibriport"))
		return STR("ibrname");
	if (str_is(key, "obriport"))
		return STR("obrname");
	return str_is(key, "secpath") ? STR("ipsec") : key;
}

bool is_tcp_option(struct str w)
{
	return str_among(w, "eol noop nop maxseg mss window sack-perm sack-permitted sack "
			    "sack0 sack1 sack2 sack3 timestamp fastopen mptcp md5sig");
}

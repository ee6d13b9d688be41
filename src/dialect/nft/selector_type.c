/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data type of every selector, by its normal name (nft describe, and the
 * templates in nftables' proto.c, exthdr.c, meta.c, ct.c …).
 */
#include "nft.h"

#define NUMBER(bits)              \
	{                         \
		TYPE_NUMBER, bits \
	}

// clang-format off
static const struct { const char *name; struct datatype type; } rows[] = {
	{ "ct direction", { TYPE_CT_DIRECTION, 8 } }, { "ct event", { TYPE_CT_EVENT, 32 } },
	{ "ct expiration", { TYPE_DURATION, 32 } }, { "ct helper", { TYPE_STRING, 128 } },
	{ "ct label", { TYPE_CT_LABEL, 7 } }, { "ct l3proto", { TYPE_NFPROTO, 8 } },
	{ "ct protocol", { TYPE_PROTO, 8 } }, { "ct id", NUMBER(32) }, { "ct zone", NUMBER(16) },
	{ "ct bytes", NUMBER(64) }, { "ct packets", NUMBER(64) }, { "ct avgpkt", NUMBER(64) },
	{ "ct ip saddr", { TYPE_ADDR4, 32 } }, { "ct ip daddr", { TYPE_ADDR4, 32 } },
	{ "ct ip6 saddr", { TYPE_ADDR6, 128 } }, { "ct ip6 daddr", { TYPE_ADDR6, 128 } },
	{ "ct proto-src", { TYPE_PORT, 16 } }, { "ct proto-dst", { TYPE_PORT, 16 } },
	{ "meta iif", { TYPE_IFINDEX, 32 } }, { "meta oif", { TYPE_IFINDEX, 32 } },
	{ "meta sdif", { TYPE_IFINDEX, 32 } }, { "meta sdifname", { TYPE_IFNAME, 128 } },
	{ "meta iifkind", { TYPE_IFNAME, 128 } }, { "meta oifkind", { TYPE_IFNAME, 128 } },
	{ "meta ibrname", { TYPE_IFNAME, 128 } }, { "meta obrname", { TYPE_IFNAME, 128 } },
	{ "meta iiftype", { TYPE_IFTYPE, 16 } }, { "meta oiftype", { TYPE_IFTYPE, 16 } },
	{ "meta skuid", { TYPE_UID, 32 } }, { "meta skgid", { TYPE_GID, 32 } },
	{ "meta rtclassid", { TYPE_REALM, 32 } }, { "meta iifgroup", { TYPE_DEVGROUP, 32 } },
	{ "meta oifgroup", { TYPE_DEVGROUP, 32 } }, { "meta nftrace", NUMBER(1) },
	{ "meta broute", NUMBER(1) }, { "meta cpu", NUMBER(32) }, { "meta cgroup", NUMBER(32) },
	{ "meta ipsec", { TYPE_BOOLEAN, 8 } }, { "meta time", { TYPE_DATE, 64 } },
	{ "meta day", { TYPE_DAY, 8 } }, { "meta hour", { TYPE_HOUR, 32 } },
	{ "meta length", NUMBER(32) }, { "meta priority", { TYPE_CLASSID, 32 } },
	{ "meta random", NUMBER(32) }, { "meta ibrpvid", NUMBER(16) },
	{ "meta ibrvproto", { TYPE_ETHERTYPE, 16 } }, { "meta ibrhwaddr", { TYPE_ETHER, 48 } },
	{ "meta secmark", NUMBER(32) },
	{ "socket transparent", NUMBER(1) }, { "socket wildcard", NUMBER(1) },
	{ "socket mark", { TYPE_MARK, 32 } },
	{ "rt classid", { TYPE_REALM, 32 } }, { "rt ip nexthop", { TYPE_ADDR4, 32 } },
	{ "rt ip6 nexthop", { TYPE_ADDR6, 128 } }, { "rt mtu", NUMBER(16) },
	{ "rt ipsec", { TYPE_BOOLEAN, 8 } },
	{ "osf name", { TYPE_STRING, 128 } }, { "osf version", { TYPE_STRING, 128 } },
	{ "ether saddr", { TYPE_ETHER, 48 } }, { "ether daddr", { TYPE_ETHER, 48 } },
	{ "vlan id", NUMBER(12) }, { "vlan dei", NUMBER(1) }, { "vlan cfi", NUMBER(1) },
	{ "vlan pcp", NUMBER(3) }, { "vlan type", { TYPE_ETHERTYPE, 16 } },
	{ "arp htype", NUMBER(16) }, { "arp ptype", { TYPE_ETHERTYPE, 16 } }, { "arp hlen", NUMBER(8) },
	{ "arp plen", NUMBER(8) }, { "arp operation", { TYPE_ARP_OPERATION, 16 } },
	{ "arp saddr ether", { TYPE_ETHER, 48 } }, { "arp daddr ether", { TYPE_ETHER, 48 } },
	{ "arp saddr ip", { TYPE_ADDR4, 32 } }, { "arp daddr ip", { TYPE_ADDR4, 32 } },
	{ "ip version", NUMBER(4) }, { "ip hdrlength", NUMBER(4) }, { "ip ecn", { TYPE_ECN, 2 } },
	{ "ip length", NUMBER(16) }, { "ip id", NUMBER(16) }, { "ip frag-off", NUMBER(16) },
	{ "ip ttl", NUMBER(8) }, { "ip checksum", NUMBER(16) },
	{ "ip6 version", NUMBER(4) }, { "ip6 ecn", { TYPE_ECN, 2 } }, { "ip6 flowlabel", NUMBER(20) },
	{ "ip6 length", NUMBER(16) }, { "ip6 hoplimit", NUMBER(8) },
	{ "icmp checksum", NUMBER(16) }, { "icmp id", NUMBER(16) }, { "icmp sequence", NUMBER(16) },
	{ "icmp gateway", NUMBER(32) }, { "icmp mtu", NUMBER(16) },
	{ "igmp type", { TYPE_IGMP_TYPE, 8 } }, { "igmp mrt", NUMBER(8) }, { "igmp checksum", NUMBER(16) },
	{ "igmp group", NUMBER(32) },
	{ "icmpv6 checksum", NUMBER(16) }, { "icmpv6 mtu", NUMBER(32) }, { "icmpv6 id", NUMBER(16) },
	{ "icmpv6 parameter-problem", NUMBER(32) }, { "icmpv6 packet-too-big", NUMBER(32) },
	{ "icmpv6 sequence", NUMBER(16) }, { "icmpv6 max-delay", NUMBER(16) },
	{ "icmpv6 taddr", { TYPE_ADDR6, 128 } }, { "icmpv6 daddr", { TYPE_ADDR6, 128 } },
	{ "ah nexthdr", { TYPE_PROTO, 8 } }, { "ah hdrlength", NUMBER(8) }, { "ah reserved", NUMBER(16) },
	{ "ah spi", NUMBER(32) }, { "ah sequence", NUMBER(32) },
	{ "esp spi", NUMBER(32) }, { "esp sequence", NUMBER(32) },
	{ "comp nexthdr", { TYPE_PROTO, 8 } }, { "comp flags", NUMBER(8) }, { "comp cpi", NUMBER(16) },
	{ "udp length", NUMBER(16) }, { "udp checksum", NUMBER(16) },
	{ "udplite csumcov", NUMBER(16) }, { "udplite checksum", NUMBER(16) },
	{ "tcp sequence", NUMBER(32) }, { "tcp ackseq", NUMBER(32) }, { "tcp doff", NUMBER(4) },
	{ "tcp reserved", NUMBER(4) }, { "tcp window", NUMBER(16) }, { "tcp checksum", NUMBER(16) },
	{ "tcp urgptr", NUMBER(16) }, { "dccp type", { TYPE_DCCP_TYPE, 4 } },
	{ "sctp vtag", NUMBER(32) }, { "sctp checksum", NUMBER(32) },
	{ "gre version", NUMBER(3) }, { "gre flags", NUMBER(5) }, { "gre protocol", { TYPE_ETHERTYPE, 16 } },
	{ "vxlan vni", NUMBER(24) }, { "vxlan flags", NUMBER(8) },
	{ "geneve vni", NUMBER(24) }, { "geneve type", { TYPE_ETHERTYPE, 16 } },
	{ "hbh nexthdr", { TYPE_PROTO, 8 } }, { "hbh hdrlength", NUMBER(8) },
	{ "rt nexthdr", { TYPE_PROTO, 8 } }, { "rt hdrlength", NUMBER(8) }, { "rt type", NUMBER(8) },
	{ "rt seg-left", NUMBER(8) }, { "srh last-entry", NUMBER(8) }, { "srh flags", NUMBER(8) },
	{ "srh tag", NUMBER(16) }, { "srh seg-left", NUMBER(8) },
	{ "frag nexthdr", { TYPE_PROTO, 8 } }, { "frag reserved", NUMBER(8) },
	{ "frag frag-off", NUMBER(13) }, { "frag reserved2", NUMBER(2) },
	{ "frag more-fragments", NUMBER(1) }, { "frag id", NUMBER(32) },
	{ "dst nexthdr", { TYPE_PROTO, 8 } }, { "dst hdrlength", NUMBER(8) },
	{ "mh nexthdr", { TYPE_PROTO, 8 } }, { "mh hdrlength", NUMBER(8) },
	{ "mh type", { TYPE_MH_TYPE, 8 } },
	{ "mh reserved", NUMBER(8) }, { "mh checksum", NUMBER(16) },
};
// clang-format on

/* Of selectors with words of their own in the middle: how the name begins and ends. */
// clang-format off
static const struct { const char *head, *tail; struct datatype type; } patterns[] = {
	{ "tcp option ", " length", NUMBER(8) }, { "tcp option ", " kind", NUMBER(8) },
	{ "tcp option ", " left", NUMBER(32) }, { "tcp option ", " right", NUMBER(32) },
	{ "tcp option ", " tsval", NUMBER(32) }, { "tcp option ", " tsecr", NUMBER(32) },
	{ "tcp option maxseg", " size", NUMBER(16) }, { "tcp option window", " count", NUMBER(8) },
	{ "tcp option mptcp", " subtype", { TYPE_MPTCP_SUBTYPE, 4 } },
	{ "tcp option ", "", { TYPE_BOOLEAN, 8 } },
	{ "sctp chunk ", " type", NUMBER(8) }, { "sctp chunk ", " flags", NUMBER(8) },
	{ "sctp chunk ", " length", NUMBER(16) }, { "sctp chunk ", " stream", NUMBER(16) },
	{ "sctp chunk ", " ssn", NUMBER(16) }, { "sctp chunk ", "-streams", NUMBER(16) },
	{ "sctp chunk ", " num-gap-ack-blocks", NUMBER(16) }, { "sctp chunk ", " num-dup-tsns", NUMBER(16) },
	{ "sctp chunk ", " tsn", NUMBER(32) }, { "sctp chunk ", " initial-tsn", NUMBER(32) },
	{ "sctp chunk ", " lowest-tsn", NUMBER(32) }, { "sctp chunk ", " new-cum-tsn", NUMBER(32) },
	{ "sctp chunk ", " ppid", NUMBER(32) },
	{ "sctp chunk ", " init-tag", NUMBER(32) }, { "sctp chunk ", " a-rwnd", NUMBER(32) },
	{ "sctp chunk ", " cum-tsn-ack", NUMBER(32) }, { "sctp chunk ", " seqno", NUMBER(32) },
	{ "sctp chunk ", "", { TYPE_BOOLEAN, 8 } },
	{ "ip option ", " addr", { TYPE_ADDR4, 32 } }, { "ip option ", " value", NUMBER(16) },
	{ "ip option ", " ptr", NUMBER(8) }, { "ip option ", " length", NUMBER(8) },
	{ "ip option ", "", { TYPE_BOOLEAN, 8 } },
	{ "exthdr ", "", { TYPE_BOOLEAN, 8 } },
	{ "fib ", " type", { TYPE_ROUTE_TYPE, 32 } }, { "fib ", " oifname", { TYPE_IFNAME, 128 } },
	{ "fib ", " oif", { TYPE_IFINDEX, 32 } },
	{ "socket cgroupv2", "", { TYPE_CGROUP2, 64 } },
	{ "ipsec ", " reqid", NUMBER(32) }, { "ipsec ", " spi", NUMBER(32) },
	{ "ipsec ", " ip saddr", { TYPE_ADDR4, 32 } }, { "ipsec ", " ip daddr", { TYPE_ADDR4, 32 } },
	{ "ipsec ", " ip6 saddr", { TYPE_ADDR6, 128 } }, { "ipsec ", " ip6 daddr", { TYPE_ADDR6, 128 } },
	{ "osf ", " name", { TYPE_STRING, 128 } }, { "osf ", " version", { TYPE_STRING, 128 } },
	{ "numgen ", "", NUMBER(32) }, { "symhash ", "", NUMBER(32) }, { "jhash ", "", NUMBER(32) },
	{ "rt0 addr[", "]", { TYPE_ADDR6, 128 } }, { "srh sid[", "]", { TYPE_ADDR6, 128 } },
};
// clang-format on

static bool ends_with(struct str s, const char *tail)
{
	size_t n = strlen(tail);
	return s.n >= n && memcmp(s.p + s.n - n, tail, n) == 0;
}

static struct str behind(struct str s, const char *head)
{
	size_t n = strlen(head);
	return (struct str){ s.p + n, s.n - n };
}

/* "@th,16,16": the length in bits is last; the ports of the transport header are known as such. */
static bool raw_type(struct str name, struct datatype *ret)
{
	u128 bits;
	size_t at = name.n;
	while (at && name.p[at - 1] >= '0' && name.p[at - 1] <= '9')
		at--;
	if (!str_number((struct str){ name.p + at, name.n - at }, 128, &bits))
		return false;
	*ret = (struct datatype){ TYPE_NUMBER, (unsigned)bits };
	if (str_is(name, "@th,0,16") || str_is(name, "@th,16,16"))
		ret->type = TYPE_PORT;
	return true;
}

/* ct (original | reply) KEY: as the key without a direction. */
static bool directed_type(struct str name, enum family f, struct datatype *ret)
{
	struct str key = behind(name,
				str_starts(name, "ct original ") ? "ct original " : "ct reply ");
	char buf[32] = "ct ";
	if (str_is(key, "saddr") || str_is(key, "daddr")) {
		if (f != FAMILY_IP && f != FAMILY_IP6)
			return false;
		*ret = datatype_of_type(f == FAMILY_IP6 ? TYPE_ADDR6 : TYPE_ADDR4);
		return true;
	}
	if (key.n + 4 > sizeof(buf))
		return false;
	memcpy(buf + 3, key.p, key.n);
	return selector_type(str_from(buf), f, ret);
}

bool selector_type(struct str name, enum family f, struct datatype *ret)
{
	static const char *const tunnels[] = { "vxlan ", "geneve ", "gre ", "gretap " };
	const struct selector *s = selector_find(name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (str_is(name, rows[i].name)) {
			*ret = rows[i].type;
			return true;
		}
	if (s && s->type != TYPE_OTHER) {
		*ret = datatype_of_type(s->type);
		return true;
	}
	if (str_is(name, "rt nexthop") && (f == FAMILY_IP || f == FAMILY_IP6)) {
		*ret = datatype_of_type(f == FAMILY_IP6 ? TYPE_ADDR6 : TYPE_ADDR4);
		return true;
	}
	if (str_starts(name, "@") || str_starts(name, "tcp option @"))
		return raw_type(name, ret);
	if (str_starts(name, "ct original ") || str_starts(name, "ct reply "))
		return directed_type(name, f, ret);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (str_starts(name, patterns[i].head) && ends_with(name, patterns[i].tail)) {
			*ret = patterns[i].type;
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(tunnels); i++)
		if (str_starts(name, tunnels[i]) && name.n > strlen(tunnels[i]))
			return selector_type(behind(name, tunnels[i]), f, ret);
	return false;
}

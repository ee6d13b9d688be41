/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data types of nft (`nft describe`): the words of each, its width, and
 * the name that a set is declared with.
 */
#include "nft.h"

struct named_value {
	const char *name;
	unsigned value;
};

static const struct named_value ct_states[] = {
	{ "invalid", 1 }, { "established", 2 }, { "related", 4 }, { "new", 8 }, { "untracked", 64 },
};
// clang-format off
static const struct named_value ct_statuses[] = {
	{ "expected", 1 }, { "seen-reply", 2 }, { "assured", 4 }, { "confirmed", 8 },
	{ "snat", 16 }, { "dnat", 32 }, { "dying", 512 },
};
// clang-format on
static const struct named_value ct_directions[] = { { "original", 0 }, { "reply", 1 } };
// clang-format off
static const struct named_value tcp_flags[] = {
	{ "fin", 1 }, { "syn", 2 }, { "rst", 4 }, { "psh", 8 }, { "ack", 16 }, { "urg", 32 },
	{ "ecn", 64 }, { "cwr", 128 },
};
// clang-format on
static const struct named_value pkttypes[] = {
	{ "host", 0 }, { "unicast", 0 }, { "broadcast", 1 }, { "multicast", 2 }, { "other", 3 },
};
// clang-format off
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
// clang-format on
static const struct named_value nfprotos[] = { { "ipv4", 0 }, { "ipv6", 1 } };
/* Only two Ethernet types can occur in the packets that fwlint models. */
static const struct named_value ethertypes[] = {
	{ "ip", 0 }, { "ip6", 1 }, { "arp", 2 }, { "vlan", 2 }, { "8021q", 2 }, { "8021ad", 2 },
};

static const struct named_value booleans[] = { { "missing", 0 }, { "exists", 1 } };
// clang-format off
static const struct named_value ecns[] = {
	{ "not-ect", 0 }, { "ect1", 1 }, { "ect0", 2 }, { "ce", 3 },
};
static const struct named_value ct_events[] = {
	{ "new", 1 }, { "related", 2 }, { "destroy", 4 }, { "reply", 8 }, { "assured", 16 },
	{ "protoinfo", 32 }, { "helper", 64 }, { "mark", 128 }, { "seqadj", 256 }, { "secmark", 512 },
	{ "label", 1024 },
};
static const struct named_value iftypes[] = {
	{ "ether", 1 }, { "ppp", 512 }, { "ipip", 768 }, { "ipip6", 769 }, { "loopback", 772 },
	{ "sit", 776 }, { "ipgre", 778 },
};
static const struct named_value days[] = {
	{ "Sunday", 0 }, { "Monday", 1 }, { "Tuesday", 2 }, { "Wednesday", 3 }, { "Thursday", 4 },
	{ "Friday", 5 }, { "Saturday", 6 },
};
static const struct named_value route_types[] = {
	{ "unspec", 0 }, { "unicast", 1 }, { "local", 2 }, { "broadcast", 3 }, { "anycast", 4 },
	{ "multicast", 5 }, { "blackhole", 6 }, { "unreachable", 7 }, { "prohibit", 8 },
};
static const struct named_value arp_operations[] = {
	{ "request", 1 }, { "reply", 2 }, { "rrequest", 3 }, { "rreply", 4 }, { "inrequest", 8 },
	{ "inreply", 9 }, { "nak", 10 },
};
static const struct named_value igmp_types[] = {
	{ "membership-query", 17 }, { "membership-report-v1", 18 }, { "membership-report-v2", 22 },
	{ "leave-group", 23 }, { "membership-report-v3", 34 },
};
static const struct named_value dccp_types[] = {
	{ "request", 0 }, { "response", 1 }, { "data", 2 }, { "ack", 3 }, { "dataack", 4 },
	{ "closereq", 5 }, { "close", 6 }, { "reset", 7 }, { "sync", 8 }, { "syncack", 9 },
};
static const struct named_value mh_types[] = {
	{ "binding-refresh-request", 0 }, { "home-test-init", 1 }, { "careof-test-init", 2 },
	{ "home-test", 3 }, { "careof-test", 4 }, { "binding-update", 5 },
	{ "binding-acknowledgement", 6 }, { "binding-error", 7 }, { "fast-binding-update", 8 },
	{ "fast-binding-acknowledgement", 9 }, { "fast-binding-advertisement", 10 },
	{ "experimental-mobility-header", 11 }, { "home-agent-switch-message", 12 },
};
static const struct named_value mptcp_subtypes[] = {
	{ "mp-capable", 0 }, { "mp-join", 1 }, { "dss", 2 }, { "add-addr", 3 }, { "remove-addr", 4 },
	{ "mp-prio", 5 }, { "mp-fail", 6 }, { "mp-fastclose", 7 }, { "mp-tcprst", 8 },
};
static const struct named_value icmpx_codes[] = {
	{ "no-route", 0 }, { "port-unreachable", 1 }, { "host-unreachable", 2 }, { "admin-prohibited", 3 },
};
// clang-format on

#define NAMED(list) .names = (list), .n = ARRAY_SIZE(list)
#define PLAIN .names = NULL, .n = 0 /* numbers, or words that another file reads */

static const struct type_info {
	const char *wanted;   /* for messages */
	const char *declared; /* in the `type` of a set; NULL: in none */
	unsigned width;       /* bits */
	bool is_bitmask;
	const struct named_value *names;
	size_t n;
} types[] = {
	[TYPE_OTHER] = { "a value", NULL, 0, .is_bitmask = true },
	[TYPE_NUMBER] = { "a number", NULL, 128, PLAIN },
	[TYPE_ADDR4] = { "an IPv4 address", "ipv4_addr", 32, PLAIN },
	[TYPE_ADDR6] = { "an IPv6 address", "ipv6_addr", 128, PLAIN },
	[TYPE_IFNAME] = { "an interface name (at most 15 characters)", "ifname", 128, PLAIN },
	[TYPE_IFINDEX] = { "an interface", "iface_index", 32, PLAIN },
	[TYPE_PROTO] = { "a protocol", "inet_proto", 8, PLAIN },
	[TYPE_PORT] = { "a port (a number or a service)", "inet_service", 16, PLAIN },
	[TYPE_ETHERTYPE] = { "an Ethernet type", "ether_type", 16, NAMED(ethertypes) },
	[TYPE_NFPROTO] = { "ipv4 or ipv6", "nf_proto", 8, NAMED(nfprotos) },
	[TYPE_ICMP_TYPE] = { "an ICMP type", "icmp_type", 8, NAMED(icmp_types) },
	[TYPE_ICMP6_TYPE] = { "an ICMPv6 type", "icmpv6_type", 8, NAMED(icmp6_types) },
	[TYPE_ICMP_CODE] = { "an ICMP code", "icmp_code", 8, NAMED(icmp_codes) },
	[TYPE_ICMP6_CODE] = { "an ICMPv6 code", "icmpv6_code", 8, NAMED(icmp6_codes) },
	[TYPE_ICMPX_CODE] = { "a code of icmpx", "icmpx_code", 8, NAMED(icmpx_codes) },
	[TYPE_TCP_FLAGS] = { "a TCP flag", "tcp_flag", 8, .is_bitmask = true, NAMED(tcp_flags) },
	[TYPE_CT_STATE] = { "a conntrack state", "ct_state", 32, .is_bitmask = true,
			    NAMED(ct_states) },
	[TYPE_CT_STATUS] = { "a conntrack status", "ct_status", 32, .is_bitmask = true,
			     NAMED(ct_statuses) },
	[TYPE_CT_DIRECTION] = { "original or reply", "ct_dir", 8, NAMED(ct_directions) },
	[TYPE_CT_EVENT] = { "a conntrack event", "ct_event", 32, .is_bitmask = true,
			    NAMED(ct_events) },
	[TYPE_CT_LABEL] = { "a conntrack label", "ct_label", 128, .is_bitmask = true },
	[TYPE_PKTTYPE] = { "a packet type", "pkt_type", 8, NAMED(pkttypes) },
	[TYPE_DSCP] = { "a DSCP value", "dscp", 6, NAMED(dscps) },
	[TYPE_ECN] = { "an ECN value", "ecn", 2, NAMED(ecns) },
	[TYPE_MARK] = { "a mark", "mark", 32, PLAIN },
	[TYPE_ETHER] = { "a MAC address", "ether_addr", 48, PLAIN },
	[TYPE_BOOLEAN] = { "exists or missing", "boolean", 8, NAMED(booleans) },
	[TYPE_ROUTE_TYPE] = { "an address type (local, broadcast, unicast …)", "fib_addrtype", 32,
			      NAMED(route_types) },
	[TYPE_ARP_OPERATION] = { "an ARP operation", "arp_op", 16, NAMED(arp_operations) },
	[TYPE_IGMP_TYPE] = { "an IGMP type", "igmp_type", 8, NAMED(igmp_types) },
	[TYPE_DCCP_TYPE] = { "a DCCP packet type", "dccp_pkttype", 4, NAMED(dccp_types) },
	[TYPE_MH_TYPE] = { "a mobility header type", "mh_type", 8, NAMED(mh_types) },
	[TYPE_MPTCP_SUBTYPE] = { "an MPTCP subtype", NULL, 4, NAMED(mptcp_subtypes) },
	[TYPE_IFTYPE] = { "an interface type (ether, ppp, loopback …)", "iface_type", 16,
			  NAMED(iftypes) },
	[TYPE_DAY] = { "a day (Monday …, or 0 to 6)", "day", 8, NAMED(days) },
	[TYPE_HOUR] = { "a time of day (\"18:00\")", "hour", 32, PLAIN },
	[TYPE_DATE] = { "a date (\"2026-01-31 18:00:00\")", "time", 64, PLAIN },
	[TYPE_DURATION] = { "a duration (30s, 1h30m)", "time", 32, PLAIN },
	[TYPE_UID] = { "a user", "uid", 32, PLAIN },
	[TYPE_GID] = { "a group", "gid", 32, PLAIN },
	[TYPE_REALM] = { "a routing realm", "realm", 32, PLAIN },
	[TYPE_DEVGROUP] = { "a device group", "devgroup", 32, PLAIN },
	[TYPE_CLASSID] = { "a traffic class (1:10)", "classid", 32, PLAIN },
	[TYPE_CGROUP2] = { "a control group", "cgroupsv2", 64, PLAIN },
	[TYPE_STRING] = { "a name of at most 15 characters", "string", 128, PLAIN },
	[TYPE_ANY_STRING] = { "a name", NULL, 0, PLAIN },
};

const char *value_wanted(enum value_type t)
{
	return types[t].wanted;
}

bool datatype_is_bitmask(enum value_type t)
{
	return types[t].is_bitmask;
}

bool datatype_symbol(enum value_type t, struct str word, unsigned *ret)
{
	for (size_t i = 0; i < types[t].n; i++)
		if (str_is(word, types[t].names[i].name)) {
			*ret = types[t].names[i].value;
			return true;
		}
	return false;
}

struct datatype datatype_of_type(enum value_type t)
{
	return (struct datatype){ t, types[t].width };
}

bool datatype_equal(struct datatype a, struct datatype b)
{
	return a.type == b.type || a.type == TYPE_OTHER || b.type == TYPE_OTHER;
}

bool word_type(struct str word, enum value_type *ret)
{
	if (str_among(word, "tcp udp udplite esp ah icmp igmp icmpv6 comp dccp sctp"))
		*ret = TYPE_PROTO;
	else if (str_is(word, "redirect"))
		*ret = TYPE_ICMP_TYPE;
	else if (str_is(word, "exists") || str_is(word, "missing"))
		*ret = TYPE_BOOLEAN;
	else
		return false;
	return true;
}

bool datatype_find(struct str name, struct datatype *ret)
{
	/* names that other programs or the host define */
	static const struct {
		const char *name;
		struct datatype type;
	} others[] = {
		{ "verdict", { TYPE_OTHER, 0 } },
		{ "integer", { TYPE_NUMBER, 128 } },
		{ "lladdr", { TYPE_ETHER, 48 } },
		{ "bitmask", { TYPE_NUMBER, 128 } },
	};
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].declared && str_is(name, types[i].declared)) {
			*ret = datatype_of_type((enum value_type)i);
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (str_is(name, others[i].name)) {
			*ret = others[i].type;
			return true;
		}
	return false;
}

#define DISTANCE_MAX 2u

/* How many letters must be changed, added or removed (Levenshtein); more than DISTANCE_MAX: too
 * many. */
static unsigned distance(struct str a, struct str b)
{
	unsigned row[33];
	if (a.n > 32 || b.n > 32)
		return DISTANCE_MAX + 1;
	for (unsigned i = 0; i <= b.n; i++)
		row[i] = i;
	for (size_t i = 0; i < a.n; i++) {
		unsigned corner = row[0];
		row[0] = (unsigned)i + 1;
		for (size_t k = 0; k < b.n; k++) {
			unsigned change = corner + (a.p[i] != b.p[k]);
			unsigned least = row[k] < row[k + 1] ? row[k] + 1 : row[k + 1] + 1;
			corner = row[k + 1];
			row[k + 1] = change < least ? change : least;
		}
	}
	return row[b.n];
}

const char *datatype_near(enum value_type t, struct str word)
{
	unsigned best = word.n < 4 ? 2 : DISTANCE_MAX + 1;
	const char *near = NULL;
	for (size_t i = 0; i < types[t].n; i++) {
		unsigned d = distance(word, str_from(types[t].names[i].name));
		if (d < best) {
			best = d;
			near = types[t].names[i].name;
		}
	}
	return near;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header.h"

// clang-format off
const struct header_info header_table[H_COUNT] = {
	[H_NONE] = { .name = "none", .layer = LAYERS },
	[H_UNKNOWN] = { .name = "another", .layer = LAYERS },
	[H_INET] = { .name = "inet", .layer = LINK },
	[H_NETDEV] = { .name = "netdev", .layer = LINK },
	[H_ETHER] = { "ether", LINK, .fields = "saddr daddr type" },
	[H_VLAN] = { "vlan", LINK, .ether_type = 0x8100, .fields = "id cfi dei pcp type" },
	[H_IP] = { "ip", NETWORK, .ether_type = 0x0800, .l3 = 4,
		.fields = "version hdrlength dscp ecn length id frag-off ttl protocol checksum saddr daddr" },
	[H_IP6] = { "ip6", NETWORK, .ether_type = 0x86dd, .l3 = 6,
		.fields = "version dscp ecn flowlabel length nexthdr hoplimit saddr daddr" },
	[H_ARP] = { "arp", NETWORK, .ether_type = 0x0806, .fields = "htype ptype hlen plen operation" },
	[H_ANY_TRANSPORT] = { .name = "inet", .layer = TRANSPORT },
	[H_AH] = { "ah", TRANSPORT, .l4 = 51, .fields = "nexthdr hdrlength reserved spi sequence" },
	[H_ESP] = { "esp", TRANSPORT, .l4 = 50, .fields = "spi sequence" },
	[H_COMP] = { "comp", TRANSPORT, .l4 = 108, .fields = "nexthdr flags cpi" },
	[H_UDP] = { "udp", TRANSPORT, .l4 = 17, .fields = "sport dport length checksum" },
	[H_UDPLITE] = { "udplite", TRANSPORT, .l4 = 136, .fields = "sport dport csumcov checksum" },
	[H_TCP] = { "tcp", TRANSPORT, .l4 = 6,
		.fields = "sport dport sequence ackseq doff reserved flags window checksum urgptr" },
	[H_DCCP] = { "dccp", TRANSPORT, .l4 = 33, .fields = "sport dport type" },
	[H_SCTP] = { "sctp", TRANSPORT, .l4 = 132, .fields = "sport dport vtag checksum" },
	[H_ICMP] = { "icmp", TRANSPORT, .l3 = 4, .l4 = 1,
		.fields = "type code checksum id sequence gateway mtu" },
	[H_IGMP] = { "igmp", TRANSPORT, .l3 = 4, .l4 = 2, .fields = "type mrt checksum group" },
	[H_ICMP6] = { "icmpv6", TRANSPORT, .l3 = 6, .l4 = 58,
		.fields = "type code checksum parameter-problem packet-too-big mtu id sequence max-delay "
			  "taddr daddr" },
	[H_TH] = { "th", INNER, .fields = "sport dport" },
	[H_GRE] = { "gre", INNER, .l4 = 47, .fields = "hdrlen flags version protocol" },
	[H_GRETAP] = { "gretap", INNER, .fields = "" },
	[H_GENEVE] = { "geneve", INNER, .l4 = 17, .fields = "vni type" },
	[H_VXLAN] = { "vxlan", INNER, .l4 = 17, .fields = "vni flags" },
	[H_HBH] = { "hbh", EXTENSION, .l3 = 6, .fields = "nexthdr hdrlength" },
	[H_RT] = { "rt", EXTENSION, .fields = "nexthdr hdrlength type seg-left" },
	[H_RT0] = { "rt0", EXTENSION, .l3 = 6, .fields = "addr" },
	[H_RT2] = { "rt2", EXTENSION, .l3 = 6, .fields = "addr" },
	[H_SRH] = { "srh", EXTENSION, .l3 = 6, .fields = "last-entry flags tag sid seg-left" },
	[H_FRAG] = { "frag", EXTENSION, .l3 = 6,
		.fields = "nexthdr reserved frag-off reserved2 more-fragments id" },
	[H_DST] = { "dst", EXTENSION, .l3 = 6, .fields = "nexthdr hdrlength" },
	[H_MH] = { "mh", EXTENSION, .l3 = 6, .fields = "nexthdr hdrlength type reserved checksum" },
};
// clang-format on

static bool is_header_of(struct str word, bool extension, enum header *ret)
{
	struct str name = str_is(word, "eth")    ? STR("ether")
			  : str_is(word, "auth") ? STR("ah")
						 : word;
	for (unsigned h = 0; h < H_COUNT; h++)
		if (header_table[h].fields && (header_table[h].layer == EXTENSION) == extension &&
		    str_is(name, header_table[h].name)) {
			*ret = (enum header)h;
			return true;
		}
	return false;
}

enum header header_find(struct str word)
{
	enum header h = H_NONE;
	struct str rest = word, first = str_cut(&rest, ' ');
	if (!is_header_of(first, false, &h))
		is_header_of(first, true, &h);
	return h;
}

unsigned header_number(enum header h)
{
	return header_table[h].layer == TRANSPORT ? header_table[h].l4 : header_table[h].ether_type;
}

bool is_payload_protocol(struct str w)
{
	enum header h;
	return is_header_of(w, false, &h);
}

bool payload_has_field(struct str protocol, struct str field)
{
	enum header h;
	return is_header_of(protocol, false, &h) && str_among(field, header_table[h].fields);
}

bool is_exthdr(struct str w)
{
	enum header h;
	return is_header_of(w, true, &h);
}

bool exthdr_has_field(struct str header, struct str field)
{
	enum header h;
	return is_header_of(header, true, &h) && str_among(field, header_table[h].fields);
}

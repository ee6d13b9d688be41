/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of a packet, by name: one list for the grammar, for what a test implies and for
 * conflicts. */
#ifndef NFT_HEADER_H
#define NFT_HEADER_H

#include "nft.h"

enum header {
	H_NONE,
	H_UNKNOWN,
	H_INET,
	H_NETDEV,
	H_ETHER,
	H_VLAN, /* LINK; inet and netdev stand for any link */
	H_IP,
	H_IP6,
	H_ARP,           /* NETWORK */
	H_ANY_TRANSPORT, /* in an inet table: no network protocol is named */
	H_AH,
	H_ESP,
	H_COMP,
	H_UDP,
	H_UDPLITE,
	H_TCP,
	H_DCCP,
	H_SCTP,
	H_ICMP,
	H_IGMP,
	H_ICMP6,
	H_TH,
	H_GRE,
	H_GRETAP,
	H_GENEVE,
	H_VXLAN, /* INNER: in no conflict with others */
	H_HBH,
	H_RT,
	H_RT0,
	H_RT2,
	H_SRH,
	H_FRAG,
	H_DST,
	H_MH, /* EXTENSION */
	H_COUNT
};

enum layer { LINK, NETWORK, TRANSPORT, LAYERS, INNER, EXTENSION };

struct header_info {
	const char *name; /* as nft writes it */
	enum layer layer;
	unsigned ether_type;  /* of what a frame contains */
	unsigned char l3, l4; /* reading it implies IPv4 (4), IPv6 (6), this protocol; 0: nothing */
	const char *fields;   /* NULL: not a header that can be read */
};

extern const struct header_info header_table[H_COUNT];

/* By the word or the first word of a selector's normal name; H_NONE: not a header. */
enum header header_find(struct str word);
/*
 * What an outer header says about the next one: the Ethernet type, or the number of the protocol.
 */
unsigned header_number(enum header h);

#endif

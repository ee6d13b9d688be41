/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of a packet: what a match can test and a statement can write. A part of the
 * layer model. The rows are in <fwlint/model_fields.def>.
 */
#ifndef FWLINT_MODEL_FIELD_H
#define FWLINT_MODEL_FIELD_H

#include <fwlint/base.h>

enum field {
#define FIELD(id, ...) FIELD_##id,
#include <fwlint/model_fields.def>
#undef FIELD
	FIELD_EXTRA_LAST = FIELD_EXTRA + 15,
	FIELD_COUNT
};

/* The value of an optional field in a packet that lacks it. */
#define FIELD_ABSENT (~(u128)0)
#define FIELD_OPTIONAL_MAX (~(u128)0 >> 1) /* the largest other value of such a field */

enum nfproto_value { NFPROTO_VALUE_IPV4 = 0, NFPROTO_VALUE_IPV6 = 1 };

/* The five states that conntrack gives a packet (nf_conntrack_common.h). */
enum ct_state {
	CT_STATE_NEW,
	CT_STATE_ESTABLISHED,
	CT_STATE_RELATED,
	CT_STATE_INVALID,
	CT_STATE_UNTRACKED,
	CT_STATE_COUNT
};

#define CT_STATUS_EXPECTED 1u
#define CT_STATUS_SEEN_REPLY 2u
#define CT_STATUS_ASSURED 4u
#define CT_STATUS_CONFIRMED 8u
#define CT_STATUS_SNAT 16u
#define CT_STATUS_DNAT 32u
#define CT_STATUS_TEMPLATE 2048u
/*
 * Status bits that the entry of a NEW packet does not have (resolve_normal_ct(),
 * nf_conntrack_tcp_packet()).
 */
#define CT_STATUS_NOT_NEW (CT_STATUS_EXPECTED | CT_STATUS_SEEN_REPLY | CT_STATUS_ASSURED)

#define TCP_FIN 1u
#define TCP_SYN 2u
#define TCP_RST 4u
#define TCP_PSH 8u
#define TCP_ACK 16u
#define TCP_URG 32u

#define L4PROTO_ICMP 1
#define L4PROTO_TCP 6
#define L4PROTO_UDP 17
#define L4PROTO_DCCP 33
#define L4PROTO_ICMPV6 58
#define L4PROTO_VRRP 112
#define L4PROTO_SCTP 132
#define L4PROTO_UDPLITE 136

/* How a field's value is written for people. */
enum field_format {
	FORMAT_NUMBER,
	FORMAT_HEX,
	FORMAT_ADDR4,
	FORMAT_ADDR6,
	FORMAT_IFNAME,
	FORMAT_PROTO,
	FORMAT_TCP_FLAGS,
	FORMAT_CT_STATE,
	FORMAT_NFPROTO,
	FORMAT_ETHER,
	FORMAT_ROUTE_TYPE /* RTN_* of linux/rtnetlink.h */
};

/* What a field belongs to. */
enum field_part {
	PART_CONNECTION, /* the same in both directions, and in answers */
	PART_SOURCE,     /* one end of the connection */
	PART_DESTINATION,
	PART_WAY,     /* the interfaces that it passes */
	PART_ENTRY,   /* the conntrack entry: a packet without one lacks the field */
	PART_TCP,     /* the TCP header */
	PART_ICMP,    /* the header of ICMP or ICMPv6 */
	PART_PACKET,  /* this packet */
	PART_ANYTHING /* unknown, so it may depend on the destination too ("fib daddr type") */
};

/* What happens to a test of the field when a fix makes a drop from a rule. */
enum field_scope {
	SCOPE_NOT_KEPT,
	SCOPE_KEPT,
	SCOPE_KEPT_AS_ONE /* kept if it is one range: a rule cannot say more */
};

/* For which packets a witness shows the field. */
enum field_shown {
	SHOWN_HEAD,   /* the first words show it: state, protocol, addresses and ports */
	SHOWN_ALWAYS, /* all that have it */
	SHOWN_THERE,  /* where it is not 0 */
	SHOWN_TESTED  /* all that have it, if the ruleset tests it */
};

#define FIELD_PLACES 20

/* A row of the table. */
struct field_info {
	const char *name; /* nft's name */
	unsigned width;   /* bits */
	enum field_format format;
	bool masked;   /* BITS: tested bit by bit rather than by ranges */
	bool optional; /* OPTIONAL: a packet may lack it, its value is FIELD_ABSENT then */
	/* SEARCH(cost, values…): for the search of a packet */
	unsigned char cost; /* 0 to 7: cheap fields are changed first */
	const u128 *liked;  /* the values that people would choose, tried first */
	unsigned n_liked;
	enum field_part part;
	enum field swapped; /* the field that it is swapped with in the other direction; itself:
			       none */
	enum field_scope scope;
	bool writable; /* WRITTEN: a rule can write it; FIXED: none does */
	/* SAID(place, shown, words, values): in a witness */
	unsigned char place; /* among the shown: 1 to FIELD_PLACES */
	enum field_shown shown;
	const char *words;  /* what precedes the value; after a '|': for IPv6 */
	const char *values; /* the words for 0, 1, … with '|' between them; "": as `format` says */
};

/* Indexed by enum field. */
extern const struct field_info field_table[FIELD_COUNT];
/* The largest value of a field. */
u128 field_max(enum field f);
/* Do packets of this protocol have ports in the source and destination fields? */
bool l4proto_has_ports(u128 protocol);
/* Does it belong to one end of the connection: an address or a port? */
bool field_is_of_end(enum field f);
/* Is it an address of the other family? */
bool field_is_of_other_family(enum field f, enum nfproto_value family);
/* A value of a field in words ("tcp", "192.0.2.1", "eth0"). */
const char *field_print(enum field f, u128 value, struct arena *a);
/* "local", "unicast" …; NULL: no such type. */
const char *route_type_name(u128 v);
const char *format_print(enum field_format format, u128 value, struct arena *a);
/* "NEW", "ESTABLISHED" … */
const char *ct_state_name(enum ct_state s);
/* "FIN" for bit 0 … NULL: there is no such bit. */
const char *tcp_flag_name(unsigned bit);
/* The number of an interface name (at most 15 bytes are taken). */
u128 ifname_value(struct str name);

#endif

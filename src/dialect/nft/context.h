/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule has said of its protocols so far: lower_context.c and lower_protocol.c. */
#ifndef NFT_CONTEXT_H
#define NFT_CONTEXT_H

#include "header.h"
#include "lower.h"

struct context {
	struct lowering *l;
	enum family family;
	enum header at[LAYERS];
	enum header transports[16]; /* all that were named; if several, none of them may be read */
	size_t n_transports;
	bool vlan_in_ether; /* an Ethernet header was left for the header inside it */
	bool by_set;        /* a named set holds the transport protocols */
	bool plain;         /* a selector that is compared with values, but no set */
	bool fills;         /* a statement that fills a set: its braces hold selectors */
	bool fills_map;     /* … with values too */
	int icmp_type;      /* the type of ICMP that was named or is implied; -1: none */
};

static inline const char *name_of(enum header p)
{
	return header_table[p].name;
}

static inline bool is_transport(enum header h)
{
	return h >= H_AH && h <= H_ICMP6;
}

/* A statement that its protocols do not allow (lower_protocol.c). */
void context_check_statement(struct context *c, const struct stmt *st);
/* A field that only some types of ICMP have; false: reported. */
FW_CHECKED bool context_reads_icmp(struct context *c, const struct expr *e);
/* `icmp type` is compared with values. */
void context_names_icmp(struct context *c, const struct expr *left, const struct expr *values);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the matches of a rule to a packet set, and helpers for the comparison; private to flow. */
#ifndef FLOW_COMPILE_H
#define FLOW_COMPILE_H

#include <fwlint/flow.h>

/*
 * A write to a field that some packets (`where`) have met. The newest is first in the list; older
 * values remain where the newer write did not apply.
 */
struct write {
	struct region where;
	u128 mask, value;    /* field = (field & ~mask) ^ value */
	uint32_t fresh;      /* 0, or the dimension that the bits of `mask` come from */
	struct range within; /* the number if it is one of these, else the first; 0-0: any */
	/*
	 * A copy: field = (field & ~mask) ^ source ^ value, with these bits of the source, shifted
	 * by `shift`; 0: not a copy
	 */
	uint32_t from_mask;
	int shift;
	enum field from;
	const struct write *from_writes; /* earlier writes to the source */
	bool before_forward;             /* TTL: decremented since (see ttl_is_less) */
	const struct write *older;
	/* These save a search through a long list: see write_link(). */
	u128 touched;      /* bits that the write may change */
	uint32_t serial;   /* later writes have larger ones */
	uint32_t n_before; /* 0: they are too many, or none */
	const struct write *const
		*before; /* for each set of bits, the last older write that touched it */
};

/* Fills in what is known of the older writes of a new one. */
void write_link(struct write *w, struct arena *a);

struct compile {
	struct flow_space *space;
	struct arena *arena;
	enum flow_bank bank;
	enum view view;
	bool before_conntrack;          /* no packet has an entry yet */
	const struct except *templated; /* behind conntrack: packets that have a template only */
	bool ttl_is_less; /* the packet has been forwarded: the TTL is one less than it came with */
	bool is_known[FIELD_COUNT]; /* set if the field has one value here: */
	u128 known[FIELD_COUNT];
	const struct write *writes[FIELD_COUNT];
	bool is_foreign[END_DESTINATION + 1]; /* no packet has an address of the host at this end */
	enum packet_end type_of[FIELD_COUNT]; /* the address whose type the field is */
	bool translates;                      /* destinations are written: see destination.c */
	bool no_state;                        /* take ct state matches as true */
	bool *approximated;                   /* set when a written field became too involved */
};

/* The dimension of a test's answer for the packets of a bank. */
uint32_t answer_dim(const struct flow_space *s, enum flow_bank bank, const struct opaque *o);
/* The dimension of a field of the walking packets. */
uint32_t view_dim(struct flow_space *s, enum view view, enum field f);

/* The possible entries of packets of a state (or STATE_EVERY): for example, a NEW packet is of the
 * original direction. */
const struct cube *possible_entries(struct flow_space *space, enum view view, int state,
				    struct arena *a);
/* Which packets without an entry are possible in FORWARD, for the state of the options. */
const struct cube *possible_forwarded(const struct ruleset *rs, const struct flow_options *o,
				      struct flow_space *space, struct arena *a);
/*
 * What the status of entries can be where destinations are translated, for the state of the
 * options.
 */
const struct cube *possible_status(const struct ruleset *rs, const struct flow_options *o,
				   struct flow_space *space, struct arena *a);
/* The packets that a walk begins with: all that its path, state and view make possible. */
const struct cube *possible_packets(const struct ruleset *rs, const struct flow_options *o,
				    struct flow_space *space, struct arena *a);

/* The packets that match all matches of the rule; false when there are none. */
FW_CHECKED bool compile_rule(const struct compile *c, const struct rule *r, struct pktset *ret);

/* Fills `uncompared` of the comparison from its pair. */
void list_uncompared(struct comparison *c, struct arena *a);

#endif

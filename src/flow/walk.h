/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk, and what its files share; private to flow. */
#ifndef FLOW_WALK_H
#define FLOW_WALK_H

#include <fwlint/flow_follow.h>

#include "compile.h"

/* The lists of a region, in a walk: see the head of walk.c. */
enum { LEFT, RETURNED, STOPPED, OWN = REGION_OWN };

/* A visit to a chain. */
struct frame {
	const struct chain *chain;
	const struct cube *cube;
	const struct except *returned;
	unsigned depth;
	uint32_t entry; /* see struct flow_event */
	bool state_named;
	bool leaks; /* some packet may fall off the end or return */
};

/* A visit that has ended, to a chain that writes nothing. */
struct walked {
	struct frame frame;
	uint32_t n_writes; /* of the walk, before */
	const struct walked *older;
};

struct walked_chain {
	const struct walked *visits; /* in this base chain, newest first */
	const struct chain *base;
};

struct walk {
	struct flow *flow;
	struct arena *arena;
	struct arena *scratch;       /* gone after the walk */
	struct walked_chain *chains; /* by id */
	uint32_t *n_entries;         /* by chain */
	const struct writing *writing;
	uint32_t n_writes; /* visits to rules that wrote something */
	const struct space *dims;
	struct compile compile;
	/*
	 * The writes to the ct state that rules before conntrack see (INVALID: there is no entry),
	 * and to the state that later rules see; NULL: none.
	 */
	const struct write *state_before, *state_after;
	/* What NOTRACK and templates did before conntrack, in order. */
	struct {
		struct early_write {
			struct region where;
			bool tracks;
		} * items;
		size_t n, cap;
	} early;
	bool has_untracked, has_template; /* before conntrack, some packets became so */
	bool met_conntrack;
	const struct except *bound[END_DESTINATION + 1]; /* they have been through nat, by end */
	const struct except *left;
	const struct except *accepted;       /* those on `left` that go on to the next chain */
	const struct except *stopped_before; /* the lists at the start of this base chain */
	const struct chain *base;
	uint32_t visits;
	uint64_t pieces, pieces_max;
};

static inline void push_region(struct walk *w, const struct except **list, const struct region *r)
{
	*list = except_add(w->arena, *list, r);
}

/* The same for what an event took; region_pick_why() names these. */
static inline void push_taken(struct walk *w, const struct except **list, const struct region *r,
			      uint32_t ev)
{
	*list = except_add_by(w->arena, *list, r, ev + 1);
}

/*
 * The packets of a rule, to be excepted in later base chains. Stopped packets do not get there, so
 * of those that had left only the accepted ones are excepted: fewer exceptions, shorter searches.
 */
static inline struct region as_later_exception(const struct walk *w, const struct region *taken)
{
	struct region r = *taken;
	r.lists[LEFT] = w->accepted;
	r.lists[STOPPED] = NULL;
	return r;
}

/* ---- effects.c ---- */

/* The field has this value in every packet of the base chain that is walked. */
void walk_know(struct walk *w, enum field f, u128 value);
/* What a test of conntrack sees in the base chain that is walked. */
void walk_see_state(struct walk *w);
/* Conntrack sees the packets. */
void walk_meet_conntrack(struct walk *w);
/* What the statements of an event's rule do to the packets that it takes. */
void walk_apply_statements(struct walk *w, uint32_t ev);

/* ---- destination.c ---- */

/* What the rule of an event translates its packets to. */
void walk_translate(struct walk *w, uint32_t ev);

/* ---- again.c ---- */

/* Which chains of a ruleset change packets, by themselves or by one that they call. */
struct writing {
	const struct ruleset *ruleset;
	bool any;
	const bool *chain; /* by id */
	const struct writing *next;
};

const struct writing *writing_of(struct flow_space *space, const struct ruleset *rs);
/*
 * Did the walk of this base chain already bring all packets of the frame to its chain, and has no
 * rule changed packets since? Then they take the same way again, and nothing new is seen. Sets
 * `leaks` of the frame.
 */
FW_CHECKED bool walk_was_here(const struct walk *w, struct frame *f);
void walk_remember(struct walk *w, const struct frame *f);

/* ---- drop.c ---- */

struct flow_walks;
/*
 * The walk `old` with the drop of `w`: `old` itself if nothing changes; NULL: a new walk is needed.
 */
const struct flow *flow_with_drop(const struct flow *old, const struct flow_walks *w,
				  struct arena *a);

/* ---- hook.c ---- */

/* What is known about every packet that comes to a base chain. */
void walk_enter_hook(struct walk *w, const struct chain *base);
/* The arriving packets that the kernel passes to the base chain; call walk_enter_hook() first. */
struct pktset walk_chain_filter(struct walk *w, const struct chain *base);
/* Stops packets whose TTL or hop limit has run out. */
void walk_expire(struct walk *w);

#endif

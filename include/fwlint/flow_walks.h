/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walks of a ruleset, kept: each is made when it is first asked for. Those of the same ruleset
 * with one drop more are made of them, without walking the rules again: a drop takes what comes to
 * it and passes its tests from all that comes later, and changes nothing else.
 */
#ifndef FWLINT_FLOW_WALKS_H
#define FWLINT_FLOW_WALKS_H

#include <fwlint/flow.h>

struct flow_walks {
	const struct ruleset *ruleset;
	struct arena *arena; /* walks, and lists that their space searches, live here */
	struct flow_space *space;
	struct flow_walks *other; /* in the other order of the chains; NULL: there is one order */
	/* private to flow */
	VEC(const struct flow *) made;
	VEC(struct flow_options) of;  /* of `made`, in the same order */
	struct flow_walks *without;   /* the drop; NULL: there is none */
	struct change drop;           /* to the ruleset of `without` */
	bool is_written[FIELD_COUNT]; /* by some rule */
};

/* The caller ends `a`, and all is gone. */
struct flow_walks *flow_walks_new(const struct ruleset *rs, struct arena *a);
/*
 * The walks of `rs`, which is the ruleset of `old` with one more rule that drops. One at a time for
 * the same `old`; end it with flow_walks_end(), then end `a`, and `old` last.
 */
struct flow_walks *flow_walks_with(struct flow_walks *old, const struct ruleset *rs,
				   const struct change *drop, const struct rule *inserted,
				   struct arena *a);
void flow_walks_end(struct flow_walks *w);
const struct flow *flow_walks_get(struct flow_walks *w, const struct flow_options *o);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chains that a walk comes to again. If each of N chains jumps twice in a row to the next, that
 * makes 2^N visits. But where no rule changes packets, a packet that came back from a chain takes
 * the same way through it again, and comes back again. So one visit shows all.
 */
#include "walk.h"

#define REMEMBERED_MAX 16 /* visits of one chain that are looked at */
#define CALLS_MAX 512u

/* ---- which chains change packets ---- */

enum writes { UNKNOWN, WRITES, WRITES_NOTHING };

static bool chain_writes(const struct ruleset *rs, const struct chain *c, unsigned char *known,
			 unsigned depth)
{
	if (known[c->id] != UNKNOWN || depth > CALLS_MAX)
		return known[c->id] != WRITES_NOTHING;
	known[c->id] = WRITES; /* chains that call each other in a circle are not followed */
	for (size_t i = 0; i < c->n; i++) {
		const struct rule *r = c->items[i];
		const struct chain *target = r->verdict.target
						     ? ruleset_chain(rs, r->verdict.target)
						     : NULL;
		if (rule_acts(r) || (target && chain_writes(rs, target, known, depth + 1)))
			return true;
	}
	known[c->id] = WRITES_NOTHING;
	return false;
}

const struct writing *writing_of(struct flow_space *space, const struct ruleset *rs)
{
	struct arena *a = space->dims.arena;
	for (const struct writing *w = space->writing; w; w = w->next)
		if (w->ruleset == rs)
			return w;
	struct writing *w = arena_new_one(a, struct writing);
	unsigned char *known = arena_new_array(a, unsigned char, rs->n_chains);
	bool *writes = arena_new_array(a, bool, rs->n_chains);
	for (size_t i = 0; i < rs->n_chains; i++) {
		writes[i] = chain_writes(rs, rs->chains[i], known, 0);
		w->any = w->any || writes[i];
	}
	w->ruleset = rs;
	w->chain = writes;
	w->next = space->writing;
	space->writing = w;
	return w;
}

/* ---- visits ---- */

static bool was_all(const struct walk *w, const struct walked *was, const struct frame *f)
{
	return was->n_writes == w->n_writes && was->frame.state_named == f->state_named &&
	       except_shared(was->frame.returned, f->returned) == was->frame.returned &&
	       cube_subset(w->dims, f->cube, was->frame.cube);
}

bool walk_was_here(const struct walk *w, struct frame *f)
{
	const struct walked_chain *c = &w->chains[f->chain->id];
	unsigned n = 0;
	if (c->base != w->base)
		return false;
	for (const struct walked *was = c->visits; was && n < REMEMBERED_MAX; was = was->older, n++)
		if (was_all(w, was, f)) {
			f->leaks = was->frame.leaks;
			return true;
		}
	return false;
}

void walk_remember(struct walk *w, const struct frame *f)
{
	struct walked_chain *c = &w->chains[f->chain->id];
	if (w->writing->chain[f->chain->id] || w->flow->gave_up)
		return;
	if (c->base != w->base)
		c->visits = NULL;
	struct walked *was = arena_new_one(w->scratch, struct walked);
	*was = (struct walked){ .frame = *f, .n_writes = w->n_writes, .older = c->visits };
	c->visits = was;
	c->base = w->base;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks that are kept. */
#include "walk.h"

#include <fwlint/flow_walks.h>

/* Notes the fields that rules write. */
static void find_written(struct flow_walks *w)
{
	const struct ruleset *rs = w->ruleset;
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			const struct rule *r = rs->chains[i]->items[k];
			for (uint32_t s = 0; s < r->n_statements; s++)
				if (r->statements[s].kind == STMT_WRITE)
					w->is_written[r->statements[s].field] = true;
				else if (statement_acts(&r->statements[s]))
					w->is_written[FIELD_CT_STATE] = true;
		}
}

struct flow_walks *flow_walks_new(const struct ruleset *rs, struct arena *a)
{
	struct flow_walks *w = arena_new_one(a, struct flow_walks);
	const struct ruleset *reversed = ruleset_other_order(rs, a);
	*w = (struct flow_walks){ .ruleset = rs, .arena = a, .space = flow_space_new(rs, a) };
	find_written(w);
	if (reversed) {
		w->other = arena_new_one(a, struct flow_walks);
		*w->other = *w;
		w->other->ruleset = reversed;
		w->other->space = flow_space_new(reversed, a);
		w->other->other = w;
	}
	return w;
}

static struct flow_walks *with(struct flow_walks *old, const struct ruleset *rs,
			       const struct change *drop, const struct rule *inserted,
			       struct arena *a)
{
	struct flow_walks *w = arena_new_one(a, struct flow_walks);
	*w = (struct flow_walks){
		.ruleset = rs, .arena = a, .space = old->space, .without = old, .drop = *drop
	};
	w->drop.rule = inserted;
	memcpy(w->is_written, old->is_written, sizeof(w->is_written));
	space_lend(&w->space->dims, a);
	return w;
}

struct flow_walks *flow_walks_with(struct flow_walks *old, const struct ruleset *rs,
				   const struct change *drop, const struct rule *inserted,
				   struct arena *a)
{
	struct flow_walks *w = with(old, rs, drop, inserted, a);
	if (old->other) {
		w->other = with(old->other, ruleset_other_order(rs, a), drop, inserted, a);
		w->other->other = w;
	}
	return w;
}

void flow_walks_end(struct flow_walks *w)
{
	space_take_back(&w->space->dims);
	if (w->other)
		space_take_back(&w->other->space->dims);
}

static bool are_same(const struct flow_options *x, const struct flow_options *y)
{
	return x->path == y->path && x->family == y->family && x->state == y->state &&
	       x->bank == y->bank && x->view == y->view && x->unmarked == y->unmarked &&
	       x->first == y->first && x->translates == y->translates &&
	       x->keeps_path == y->keeps_path && x->all_visits == y->all_visits &&
	       x->pieces_max == y->pieces_max;
}

const struct flow *flow_walks_get(struct flow_walks *w, const struct flow_options *o)
{
	const struct flow *f = NULL;
	for (size_t i = 0; i < w->of.n; i++)
		if (are_same(&w->of.items[i], o))
			return w->made.items[i];
	if (w->without)
		f = flow_with_drop(flow_walks_get(w->without, o), w, w->arena);
	if (!f)
		f = flow_walk(w->ruleset, w->space, o, w->arena);
	vec_push(w->arena, &w->made, f);
	vec_push(w->arena, &w->of, *o);
	return f;
}

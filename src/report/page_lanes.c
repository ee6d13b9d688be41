/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of INVALID and of NEW packets on each path: from the walks, visit by visit. */
#include <fwlint/flow_reach.h>

#include "page.h"

static const int states[PAGE_STATES] = { CT_STATE_INVALID, CT_STATE_NEW };

struct look {
	struct lane *lane;
	unsigned char bit;
};

/* Does a verdict leave the base chain, but not the path? */
static bool goes_on(const struct flow_event *e)
{
	return e->verdict == VERDICT_ACCEPT || (!e->rule && e->verdict == VERDICT_CONTINUE);
}

static void look(const struct flow *f, const struct visit_reach *v, void *context)
{
	const struct look *x = context;
	const struct flow_event *e = v->event;
	(void)f;
	if (v->arrives == PICK_FOUND) {
		x->lane->chains[e->rule ? e->rule->chain->id : e->base->id] |= x->bit;
		x->lane->chains[e->base->id] |= x->bit;
	}
	if (v->takes != PICK_FOUND)
		return;
	*(e->rule ? &x->lane->rules[e->rule->id] : &x->lane->policies[e->base->id]) |= x->bit;
	for (size_t i = 0; i < x->lane->n && goes_on(e); i++)
		if (x->lane->bases[i] == e->base)
			x->lane->onward[i] |= x->bit;
}

static void walk(const struct ruleset *rs, struct lane *l, enum nfproto_value family,
		 enum page_state s)
{
	struct arena *a = arena_new();
	const struct flow_options o = { .path = l->path,
					.family = family,
					.state = states[s],
					.first = s == PAGE_NEW,
					.unmarked = ruleset_writes_mark(rs) };
	struct look x = { l, (unsigned char)(1u << s) };
	struct flow *f = flow_walk(rs, flow_space_new(rs, a), &o, a);
	if (f->gave_up)
		l->gave_up = f->gave_up;
	else
		flow_answer(f, look, &x);
	arena_free(a);
}

/* The base chains of the path in their order; returns how many. */
static size_t bases_of(const struct ruleset *rs, enum path p, enum nfproto_value family,
		       struct arena *a, const struct chain *const **ret)
{
	const enum hook *hooks;
	VEC(const struct chain *) all = { 0 };
	unsigned n = path_hooks(p, &hooks);
	for (unsigned i = 0; i < n; i++) {
		const struct chain *const *list;
		size_t k = hook_chains(rs, p, hooks[i], family, a, &list);
		for (size_t j = 0; j < k; j++)
			vec_push(a, &all, list[j]);
	}
	*ret = all.items;
	return all.n;
}

static bool is_same(const struct lane *l, const struct chain *const *bases, size_t n)
{
	bool same = l->n == n;
	for (size_t i = 0; i < n && same; i++)
		same = l->bases[i] == bases[i];
	return same;
}

static void add_lane(const struct ruleset *rs, struct lanes *all, enum path p,
		     enum nfproto_value family, struct arena *a)
{
	const struct chain *const *bases;
	size_t n = bases_of(rs, p, family, a, &bases);
	struct lane *before = all->n ? &all->items[all->n - 1] : NULL;
	if (!n)
		return;
	if (!before || before->path != p || !is_same(before, bases, n)) {
		struct lane l = { .path = p,
				  .key = arena_printf(a, "%u-%u", (unsigned)p, (unsigned)family),
				  .bases = bases,
				  .n = n,
				  .rules = arena_new_array(a, unsigned char, rs->n_rules + 1),
				  .policies = arena_new_array(a, unsigned char, rs->n_chains + 1),
				  .chains = arena_new_array(a, unsigned char, rs->n_chains + 1),
				  .onward = arena_new_array(a, unsigned char, n) };
		vec_push(a, all, l);
	}
	struct lane *l = &all->items[all->n - 1];
	l->families |= 1u << family;
	for (enum page_state s = PAGE_INVALID; s < PAGE_STATES; s++)
		walk(rs, l, family, s);
}

struct lanes lanes_of(const struct ruleset *rs, struct arena *a)
{
	struct lanes all = { 0 };
	for (enum path p = PATH_INPUT; p < PATH_COUNT; p++) {
		add_lane(rs, &all, p, NFPROTO_VALUE_IPV4, a);
		add_lane(rs, &all, p, NFPROTO_VALUE_IPV6, a);
	}
	return all;
}

const struct lane *lane_of(const struct lanes *l, const struct finding *f)
{
	for (size_t i = 0; i < l->n && f->path != PATH_COUNT; i++)
		if (l->items[i].path == f->path &&
		    (l->items[i].families & 1u << (unsigned)f->witness.v[FIELD_NFPROTO]))
			return &l->items[i];
	return NULL;
}

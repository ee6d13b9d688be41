/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk of a ruleset with one drop more, made of the walk without it. The packets that come to
 * the drop are those that come to the next event of the same visit to its chain, because rules
 * without an event took nothing. Nothing after the drop sees its packets any more: they are one
 * more node in each set.
 */
#include "walk.h"

#include <fwlint/flow_walks.h>

/* A visit to the chain of the drop. */
struct visited {
	size_t at;   /* the place of its last event */
	bool passed; /* the place of the drop itself */
};

struct dropping {
	const struct flow *old;
	struct flow *new;
	const struct flow_walks *walks;
	struct arena *arena;
	const struct chain *chain; /* without the drop */
	struct visited *visited;   /* by entry */
	uint32_t n_passed;
	const struct chain *base;
	struct pktset matched;                   /* by the drop, in this base chain */
	const struct except *taken_here, *taken; /* by it, for this base chain and for later ones */
	bool is_unclear;
};

/* ---- which packets ---- */

static void enter_base(struct dropping *d, const struct chain *base)
{
	d->base = base;
	d->taken_here = d->taken;
	d->matched = flow_rule_set(d->old, base, d->walks->drop.rule, SCOPE_WHOLE, d->arena);
}

/* May it match anything in a base chain of the walk? */
static bool may_match(struct dropping *d)
{
	bool ret = false;
	for (size_t i = 0; i < d->old->n && !ret; i++) {
		const struct chain *base = d->old->items[i].base;
		if (base == d->base || (d->chain->is_base && base->id != d->chain->id))
			continue;
		enter_base(d, base);
		ret = d->matched.n > 0;
	}
	d->base = NULL;
	return ret;
}

static void without(struct dropping *d, const struct except *taken, struct region *r)
{
	if (!taken)
		return;
	if (!r->lists[OWN])
		r->lists[OWN] = taken;
	else
		for (; taken; taken = taken->next)
			r->lists[OWN] = except_add(d->arena, r->lists[OWN], &taken->region);
}

static const struct region *regions_without(struct dropping *d, const struct region *list,
					    uint32_t n)
{
	struct region *out = arena_new_array(d->arena, struct region, n);
	for (uint32_t i = 0; i < n; i++) {
		out[i] = list[i];
		without(d, d->taken_here, &out[i]);
	}
	return out;
}

/* ---- events ---- */

/* The drop comes before this event, and with the same packets. */
static void add_drop(struct dropping *d, const struct flow_event *next)
{
	struct flow_event e = { .rule = d->walks->drop.rule,
				.base = next->base,
				.verdict = VERDICT_DROP,
				.state_named = true,
				.entry = next->entry,
				.arrives = next->arrives,
				.accepted = next->accepted };
	struct pktset arrives = { &e.arrives, 1, 1 };
	without(d, d->taken_here, &e.arrives);
	struct pktset taken = pktset_and(&d->old->space->dims, d->arena, &arrives, &d->matched);
	e.taken = taken.items;
	e.n_taken = (uint32_t)taken.n;
	vec_push(d->arena, d->new, e);
	for (uint32_t i = 0; i < e.n_taken; i++) {
		struct region r = e.taken[i];
		r.lists[LEFT] = NULL;
		r.lists[STOPPED] = NULL;
		d->taken_here = except_add(d->arena, d->taken_here, &r);
		r.lists[LEFT] = e.accepted;
		d->taken = except_add(d->arena, d->taken, &r);
		d->new->stopped = except_add(d->arena, d->new->stopped, &r);
	}
}

static bool is_of_chain(const struct dropping *d, const struct flow_event *e)
{
	return e->rule ? e->rule->chain->id == d->chain->id : e->base->id == d->chain->id;
}

/*
 * Where a rule of a base chain returns, its policy takes packets in the middle of the visit: this
 * is not followed.
 */
static bool returns(const struct dropping *d, const struct flow_event *e)
{
	return d->chain->is_base && e->rule && e->n_taken &&
	       (e->verdict == VERDICT_RETURN || e->verdict == VERDICT_GOTO);
}

static void look(struct dropping *d, const struct flow_event *e)
{
	struct visited *v = &d->visited[e->entry];
	const struct chain *c = d->chain;
	while (e->rule && v->at < c->n && c->items[v->at]->id != e->rule->id)
		v->at++;
	if (v->passed)
		return;
	if (returns(d, e))
		d->is_unclear = true;
	if (e->rule && v->at < d->walks->drop.index)
		return;
	v->passed = true;
	d->n_passed++;
	add_drop(d, e);
}

static void add_event(struct dropping *d, const struct flow_event *e)
{
	struct flow_event out = *e;
	if (e->base != d->base)
		enter_base(d, e->base);
	if (is_of_chain(d, e))
		look(d, e);
	if (d->taken_here) {
		without(d, d->taken_here, &out.arrives);
		out.taken = regions_without(d, e->taken, e->n_taken);
	}
	vec_push(d->arena, d->new, out);
}

static void leave_out_expired(struct dropping *d)
{
	struct pktset *s = &d->new->expired;
	s->items = (struct region *)(uintptr_t)regions_without(d, s->items, (uint32_t)s->n);
}

/* Does a rule write what this one tests? */
static bool is_written_field(const struct flow_walks *w, const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind > MATCH_MASK || w->is_written[r->matches[i].field])
			return true;
	return false;
}

const struct flow *flow_with_drop(const struct flow *old, const struct flow_walks *w,
				  struct arena *a)
{
	struct dropping d = { .old = old, .walks = w, .arena = a };
	d.chain = w->drop.chain;
	if (old->gave_up || is_written_field(w, w->drop.rule) || old->options.all_visits ||
	    w->drop.rule->same_rule || w->drop.rule->is_arm || w->drop.rule->is_part)
		return NULL;
	uint32_t n_visits = old->n_entries[d.chain->id];
	if (!n_visits || !may_match(&d))
		return old;
	d.new = arena_new_one(a, struct flow);
	*d.new = *old;
	d.new->ruleset = w->ruleset;
	d.new->items = arena_new_array(a, struct flow_event, old->n + n_visits);
	d.new->n = 0;
	d.new->cap = old->n + n_visits;
	d.visited = arena_new_array(a, struct visited, n_visits);
	for (size_t i = 0; i < old->n && !d.is_unclear; i++)
		add_event(&d, &old->items[i]);
	leave_out_expired(&d);
	/* in a base chain that a rule ended before, nothing came to the drop */
	if (d.is_unclear || (d.n_passed < n_visits && !d.chain->is_base))
		return NULL;
	return d.n_passed ? d.new : old;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets whose verdict differs between two rulesets.
 *
 * A packet that meets no rule or policy that differs has the same verdict in both. So only the
 * packets that such rules and policies take are compared (the regions below); if nothing is the
 * same, the rulesets are compared as a whole. In a region, every outcome of one side is intersected
 * with all different outcomes of the other side, except the classes already known, until nothing is
 * left. Where a rule or policy decides about all packets of a region, their outcome on its side is
 * known; whether the other side has any packet left is then asked region by region, since
 * exceptions of exceptions make one search of all regions n².
 */
#include "compile.h"

#define REGIONS_MAX 16 /* if there are more, compare everything at once */

enum side { OLD, NEW };

/* Packets that meet a rule or policy without a counterpart. */
struct changed {
	struct region packets;
	bool is_decided; /* all of them have this outcome on this side */
	enum side side;
	struct verdict verdict;
};

/* One outcome, and all packets that have it. */
struct outcome {
	struct verdict verdict;
	struct pktset set;
	const struct except *list; /* the same, in the form of an exception */
};

struct outcomes {
	struct outcome *items;
	size_t n, cap;
};

struct compare {
	struct comparison *out;
	struct arena *arena, *results;
	struct flow_space *space;
	const struct cube *only;
	bool translates;
	enum path path;
	enum nfproto_value family;
	const struct flow *flow[2];
	struct outcomes outcomes[2];
};

static struct outcome *outcome_of(struct compare *c, enum side side, const struct verdict *v)
{
	struct outcomes *list = &c->outcomes[side];
	for (size_t i = 0; i < list->n; i++)
		if (verdict_equal(&list->items[i].verdict, v))
			return &list->items[i];
	struct outcome o = { .verdict = *v };
	vec_push(c->arena, list, o);
	return &list->items[list->n - 1];
}

static void add_region(struct compare *c, struct outcome *o, const struct region *r)
{
	vec_push(c->arena, &o->set, *r);
	o->list = except_add(c->arena, o->list, r);
}

static void collect(struct compare *c, enum side side)
{
	const struct flow *f = c->flow[side];
	struct verdict accept = { .kind = VERDICT_ACCEPT }, drop = { .kind = VERDICT_DROP };
	struct region accepted = flow_passing(f);
	accepted.cube = f->start;
	c->outcomes[side].n = 0;
	add_region(c, outcome_of(c, side, &accept), &accepted);
	for (size_t i = 0; i < f->expired.n; i++)
		add_region(c, outcome_of(c, side, &drop), &f->expired.items[i]);
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_event *e = &f->items[i];
		if (!verdict_ends(e->verdict))
			continue;
		struct verdict v = { .kind = e->verdict };
		if (e->rule)
			v = e->rule->verdict;
		for (uint32_t k = 0; k < e->n_taken; k++)
			add_region(c, outcome_of(c, side, &v), &e->taken[k]);
	}
}

static bool is_known(const struct compare *c, enum ct_state s, const struct verdict *old,
		     const struct verdict *new)
{
	for (size_t i = 0; i < c->out->n; i++) {
		const struct difference *d = &c->out->items[i];
		if (d->path == c->path && d->state == s && verdict_equal(&d->old, old) &&
		    verdict_equal(&d->new, new))
			return true;
	}
	return false;
}

static bool pick(struct compare *c, const struct region *const *regions, size_t n,
		 struct packet *ret)
{
	enum pick p = flow_pick(c->flow[OLD], regions, n, c->results, ret);
	if (p == PICK_GAVE_UP)
		c->out->gave_up = "the rules overlap in too many ways to be told apart";
	return p == PICK_FOUND;
}

static void add_difference(struct compare *c, enum ct_state s, const struct packet *sample)
{
	struct difference d = { .path = c->path, .state = s, .sample = *sample };
	d.old_trace = packet_trace(c->out->pair.old, c->path, sample, c->results);
	d.new_trace = packet_trace(c->out->pair.new, c->path, sample, c->results);
	d.old = d.old_trace.verdict;
	d.new = d.new_trace.verdict;
	if (verdict_equal(&d.old, &d.new))
		c->out->gave_up = "a sample packet contradicts the comparison";
	else
		vec_push(c->results, c->out, d);
}

/* Has any packet decided on the old side another outcome on the new one that is not known yet? */
static bool is_any_left(struct compare *c, const struct changed *where, const struct region *state,
			enum ct_state s)
{
	for (size_t i = 0; i < c->outcomes[NEW].n; i++) {
		const struct outcome *o = &c->outcomes[NEW].items[i];
		if (verdict_equal(&o->verdict, &where->verdict) ||
		    is_known(c, s, &where->verdict, &o->verdict))
			continue;
		for (size_t k = 0; k < o->set.n; k++) {
			const struct region *all[] = { &where->packets, state, &o->set.items[k] };
			if (flow_pick(c->flow[OLD], all, 3, c->arena, NULL) != PICK_EMPTY)
				return true;
		}
	}
	return false;
}

/* The packets whose outcome in the new ruleset is not `old`, except those already known. */
static struct region other_outcomes(struct compare *c, const struct changed *where, enum ct_state s,
				    const struct verdict *old)
{
	struct region others = region_all;
	for (size_t i = 0; i < c->outcomes[NEW].n; i++) {
		const struct outcome *o = &c->outcomes[NEW].items[i];
		if (!verdict_equal(&o->verdict, old) && !is_known(c, s, old, &o->verdict))
			continue;
		if (where->is_decided && where->side == NEW &&
		    !verdict_equal(&o->verdict, &where->verdict))
			continue; /* it has none of them */
		region_leave_out(c->arena, &others, o->list);
	}
	return others;
}

/* The packets of the region with this outcome in the old ruleset. */
static struct pktset of_outcome(const struct changed *where, const struct outcome *old)
{
	if (!where->is_decided || where->side == NEW)
		return old->set;
	if (!verdict_equal(&old->verdict, &where->verdict))
		return (struct pktset){ 0 };
	return (struct pktset){ (struct region *)(uintptr_t)&where->packets, 1, 1 };
}

static bool find_difference(struct compare *c, const struct changed *where,
			    const struct region *state, enum ct_state s, const struct outcome *old)
{
	struct region others = other_outcomes(c, where, s, &old->verdict);
	struct pktset set = of_outcome(where, old);
	struct packet sample;
	bool found = false;
	for (size_t i = 0; i < set.n && !c->out->gave_up && !found; i++) {
		const struct region *all[] = { &where->packets, state, &set.items[i], &others };
		found = pick(c, all, 4, &sample);
	}
	if (found)
		add_difference(c, s, &sample);
	return found && !c->out->gave_up;
}

/* The outcome of these packets in the old ruleset is `old`: what is it in the new one? */
static void compare_outcome(struct compare *c, const struct changed *where,
			    const struct region *state, enum ct_state s, const struct outcome *old)
{
	const struct verdict *v = &where->verdict;
	if (where->is_decided && where->side == OLD && !verdict_equal(&old->verdict, v))
		return;
	for (;;) {
		if (where->is_decided && where->side == NEW &&
		    (verdict_equal(&old->verdict, v) || is_known(c, s, &old->verdict, v)))
			return;
		if (where->is_decided && where->side == OLD && !is_any_left(c, where, state, s))
			return;
		if (!find_difference(c, where, state, s, old))
			return;
	}
}

/* The packets possible in one state, which a walk of every state leaves open; NULL: none are. */
static const struct cube *of_state(const struct compare *c, enum ct_state s)
{
	struct flow_options o = {
		.path = c->path, .family = c->family, .state = (int)s, .translates = c->translates
	};
	struct range *r = arena_new_one(c->arena, struct range);
	r->lo = r->hi = s;
	const struct cube *status[2] = {
		possible_status(c->out->pair.old, &o, c->space, c->arena),
		possible_status(c->out->pair.new, &o, c->space, c->arena),
	};
	const struct cube *const parts[] = {
		/* where only one translates, somebody else may do it for the other */
		status[0] == &cube_all || status[1] == &cube_all ? &cube_all : status[0],
		possible_entries(c->space, VIEW_SAME, (int)s, c->arena),
		possible_forwarded(c->out->pair.old, &o, c->space, c->arena),
		possible_forwarded(c->out->pair.new, &o, c->space, c->arena),
		flow_cube_ranges(c->arena, FIELD_CT_STATE, r, 1),
	};
	const struct cube *all = c->only;
	for (size_t i = 0; i < ARRAY_SIZE(parts) && all; i++)
		all = cube_and(&c->space->dims, c->arena, all, parts[i]);
	return all;
}

static void compare_region(struct compare *c, const struct changed *where)
{
	for (unsigned s = 0; s < CT_STATE_COUNT; s++) {
		struct region state = { .cube = of_state(c, (enum ct_state)s) };
		if (!state.cube)
			continue;
		const struct region *both[] = { &where->packets, &state };
		if (!pick(c, both, 2, NULL))
			continue;
		for (size_t i = 0; i < c->outcomes[OLD].n && !c->out->gave_up; i++)
			compare_outcome(c, where, &state, (enum ct_state)s,
					&c->outcomes[OLD].items[i]);
	}
}

static bool event_differs(const struct compare *c, enum side side, const struct flow_event *e)
{
	const struct ruleset_pair *p = &c->out->pair;
	if (e->rule)
		return !pair_has_counterpart(p, e->rule) ||
		       (c->translates && p->translates_otherwise[e->rule->id]);
	return p->policy_differs[side][e->base->id] && verdict_ends(e->verdict);
}

/* The last base chain of the path that a packet meets; NULL: something else decides behind it. */
static const struct chain *last_base(const struct compare *c, enum side side)
{
	const struct ruleset *rs = c->flow[side]->ruleset;
	const struct chain *const *list, *last = NULL;
	const enum hook *hooks;
	unsigned n_hooks = path_hooks(c->path, &hooks);
	for (unsigned i = 0; i < n_hooks; i++) {
		size_t n = hook_chains(rs, c->path, hooks[i], c->family, c->arena, &list);
		last = n ? list[n - 1] : last;
	}
	/* ip_forward(): a packet whose TTL has run out is dropped behind it */
	if (last && c->path == PATH_FORWARD &&
	    (last->hook == HOOK_PREROUTING || last->hook == HOOK_INGRESS))
		return NULL;
	return last;
}

struct changes {
	struct changed *items;
	size_t n, cap;
};

/* Adds the changes of one side, until there are too many to look at one by one. */
static void add_changes(struct compare *c, enum side side, struct changes *out)
{
	const struct flow *f = c->flow[side];
	const struct chain *last = last_base(c, side);
	for (size_t i = 0; i < f->n && out->n <= REGIONS_MAX; i++) {
		const struct flow_event *e = &f->items[i];
		if (!event_differs(c, side, e))
			continue;
		struct changed x = { .side = side, .verdict = { .kind = e->verdict } };
		x.is_decided = verdict_ends(e->verdict) ||
			       (e->verdict == VERDICT_ACCEPT && last && e->base->id == last->id);
		if (e->rule && verdict_ends(e->verdict))
			x.verdict = e->rule->verdict;
		for (uint32_t k = 0; k < e->n_taken; k++) {
			x.packets = e->taken[k];
			vec_push(c->arena, out, x);
		}
	}
}

static void compare_path(struct compare *c)
{
	struct changes all = { 0 };
	for (unsigned side = 0; side < 2; side++) {
		const struct flow *f = c->flow[side];
		if (f->gave_up || f->approximated)
			c->out->gave_up = f->gave_up ? f->gave_up
						     : "a mark is written in too many ways to be "
						       "followed";
		add_changes(c, (enum side)side, &all);
	}
	if (!all.n || c->out->gave_up)
		return;
	collect(c, OLD);
	collect(c, NEW);
	struct changed everything = { .packets = { .cube = c->flow[OLD]->start } };
	if (all.n > REGIONS_MAX)
		compare_region(c, &everything);
	else
		for (size_t i = 0; i < all.n && !c->out->gave_up; i++)
			compare_region(c, &all.items[i]);
}

/* Why the later fragments of the two rulesets cannot be compared; NULL: they can. */
static const char *why_whole(const struct ruleset *old, const struct ruleset *new,
			     enum nfproto_value family)
{
	if (old->fragments[family] != new->fragments[family])
		return "which only one of them makes the kernel reassemble";
	if (old->fragments[family] && old->reads_fragments != new->reads_fragments)
		return "of which nft reads some bytes as ports, while iptables does not";
	return NULL;
}

static bool is_incomplete(const struct flow *f)
{
	return f->gave_up || f->approximated;
}

static void walk_both(struct compare *c, bool translates)
{
	struct flow_options o = { .path = c->path,
				  .family = c->family,
				  .state = STATE_EVERY,
				  .translates = translates,
				  .keeps_path = translates };
	c->translates = translates;
	c->flow[OLD] = flow_walk(c->out->pair.old, c->space, &o, c->arena);
	c->flow[NEW] = flow_walk(c->out->pair.new, c->space, &o, c->arena);
	if (!translates || (!is_incomplete(c->flow[OLD]) && !is_incomplete(c->flow[NEW])))
		return;
	c->out->untranslated = true;
	walk_both(c, false);
}

static struct comparison compare(const struct ruleset *old, const struct ruleset *new,
				 const struct cube *only, unsigned families, bool translates,
				 struct arena *a)
{
	struct comparison out = { 0 };
	out.pair = ruleset_pair(old, new, a);
	if (out.pair.failed) {
		out.gave_up = out.pair.failed;
		return out;
	}
	for (unsigned p = 0; p < PATH_COUNT; p++)
		for (unsigned family = 0; family < 2 && !out.gave_up; family++) {
			struct flow_options o = { .path = (enum path)p,
						  .state = STATE_EVERY,
						  .family = (enum nfproto_value)family };
			if (!(families & 1u << family))
				continue;
			if (!path_has_chains(old, o.path, o.family) &&
			    !path_has_chains(new, o.path, o.family))
				continue;
			struct compare c = { .out = &out,
					     .arena = arena_new(),
					     .results = a,
					     .only = only,
					     .path = o.path,
					     .family = o.family };
			c.space = flow_space_new_pair(&out.pair, c.arena);
			/* fragments that only one ruleset reassembles cannot be compared */
			static const struct range whole[] = { { 0, 0 } };
			const char *why = why_whole(old, new, (enum nfproto_value)family);
			if (why) {
				if (ruleset_any_rule(old, rule_tells_fragments) ||
				    ruleset_any_rule(new, rule_tells_fragments))
					out.whole_packets = why;
				c.only = cube_and(&c.space->dims, c.arena, only,
						  flow_cube_ranges(c.arena, FIELD_FRAGMENT, whole,
								   1));
			}
			if (!c.only)
				continue;
			walk_both(&c, translates);
			compare_path(&c);
			arena_free(c.arena);
		}
	return out;
}

static bool has_class(const struct comparison *c, const struct difference *d)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].path == d->path && c->items[i].state == d->state &&
		    verdict_equal(&c->items[i].old, &d->old) &&
		    verdict_equal(&c->items[i].new, &d->new))
			return true;
	return false;
}

/* Where the order of chains is unknown, a difference in either order counts. */
static struct comparison compare_all(const struct ruleset *old, const struct ruleset *new,
				     bool translates, struct arena *a)
{
	const unsigned both = 1u << NFPROTO_VALUE_IPV4 | 1u << NFPROTO_VALUE_IPV6;
	struct comparison out = compare(old, new, &cube_all, both, translates, a);
	if (!out.gave_up)
		list_uncompared(&out, a);
	const struct ruleset *old_reversed = ruleset_other_order(old, a),
			     *new_reversed = ruleset_other_order(new, a);
	if (out.gave_up || (!old_reversed && !new_reversed))
		return out;
	struct comparison other = compare(old_reversed ? old_reversed : old,
					  new_reversed ? new_reversed : new, &cube_all, both,
					  translates, a);
	out.gave_up = other.gave_up;
	out.untranslated |= other.untranslated;
	for (size_t i = 0; i < other.n; i++)
		if (!has_class(&out, &other.items[i]))
			vec_push(a, &out, other.items[i]);
	return out;
}

struct comparison flow_compare(const struct ruleset *old, const struct ruleset *new,
			       struct arena *a)
{
	return compare_all(old, new, false, a);
}

struct comparison flow_compare_translated(const struct ruleset *old, const struct ruleset *new,
					  struct arena *a)
{
	return compare_all(old, new, true, a);
}

struct comparison flow_compare_within(const struct ruleset *old, const struct ruleset *new,
				      enum nfproto_value family, const struct cube *only,
				      struct arena *a)
{
	return compare(old, new, only, 1u << family, false, a);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changes packets on their way: writes to fields, and the effect of NOTRACK, templates and
 * conntrack itself on their state. Writes are kept in a list, newest first; the sets hold the
 * original packets.
 */
#include "walk.h"

static void apply_write(struct walk *w, const struct flow_event *e, const struct statement *st)
{
	const struct write *from = st->from_mask ? w->compile.writes[st->from] : NULL;
	for (uint32_t i = 0; i < e->n_taken; i++) {
		struct write *wr = arena_new_one(w->arena, struct write);
		*wr = (struct write){
			.where = as_later_exception(w, &e->taken[i]),
			.mask = st->mask,
			.value = st->value,
			.fresh = st->unknown ? w->flow->space->fresh_dim[e->rule->id] : 0,
			.from = st->from,
			.from_mask = st->from_mask,
			.shift = st->shift,
			.before_forward = !w->compile.ttl_is_less,
			.older = w->compile.writes[st->field],
		};
		if (st->from_mask)
			wr->from_writes = from;
		if (st->from_mask && w->compile.is_known[st->from]) {
			wr->value ^= mark_shifted(w->compile.known[st->from] & st->from_mask,
						  st->shift);
			wr->from_mask = 0;
		}
		write_link(wr, w->arena);
		w->compile.writes[st->field] = wr;
	}
}

void walk_know(struct walk *w, enum field f, u128 value)
{
	w->compile.is_known[f] = true;
	w->compile.known[f] = value;
}

static void push_state(struct walk *w, const struct write **list, const struct region *where,
		       enum ct_state state)
{
	struct write *wr = arena_new_one(w->arena, struct write);
	*wr = (struct write){ .where = *where, .mask = 7, .value = state, .older = *list };
	write_link(wr, w->arena);
	*list = wr;
}

/* The same, over the state that all packets have: `first` */
static void write_state(struct walk *w, const struct write **list, int first,
			const struct region *where, enum ct_state state)
{
	static const struct region everything = { .cube = &cube_all };
	if (!*list && first != STATE_EVERY)
		push_state(w, list, &everything, (enum ct_state)first);
	push_state(w, list, where, state);
}

/*
 * What a test of conntrack sees in the base chain that is walked. Before conntrack only a template
 * has more than a state, namely what xt_CT.c gives it.
 */
void walk_see_state(struct walk *w)
{
	bool before = chain_is_before_conntrack(w->base);
	int state = before ? CT_STATE_INVALID : w->flow->options.state;
	const struct write *written = before ? w->state_before : w->state_after;
	w->compile.before_conntrack = before;
	w->compile.is_known[FIELD_CT_STATE] = false;
	w->compile.writes[FIELD_CT_STATE] = written;
	if (!written && state != STATE_EVERY)
		walk_know(w, FIELD_CT_STATE, (u128)state);
	if (before) {
		walk_know(w, FIELD_CT_STATUS, CT_STATUS_CONFIRMED | CT_STATUS_TEMPLATE);
		walk_know(w, FIELD_CT_MARK, 0);
		walk_know(w, FIELD_CT_DIRECTION, 0);
	} else if (state >= CT_STATE_INVALID) {
		walk_know(w, FIELD_CT_STATUS, 0);
	}
}

/* The taken packets that have one of these states here. */
static struct pktset taken_of_state(struct walk *w, const struct flow_event *e, enum ct_state lo,
				    enum ct_state hi)
{
	struct range *states = arena_new_one(w->arena, struct range); /* sets keep it */
	struct match of_state = {
		.kind = MATCH_RANGES, .field = FIELD_CT_STATE, .n = 1, .ranges = states
	};
	struct rule filter = { .matches = &of_state, .n_matches = 1 };
	struct pktset set, taken = { (struct region *)(uintptr_t)e->taken, e->n_taken, e->n_taken };
	*states = (struct range){ lo, hi };
	if (!compile_rule(&w->compile, &filter, &set))
		return (struct pktset){ 0 };
	return pktset_and(w->dims, w->arena, &taken, &set);
}

/*
 * Writes the state before conntrack, and the one that conntrack makes of it: see
 * walk_meet_conntrack().
 */
static void write_early(struct walk *w, const struct region *taken, enum ct_state state,
			bool tracks)
{
	struct early_write x = { as_later_exception(w, taken), tracks };
	write_state(w, &w->state_before, CT_STATE_INVALID, &x.where, state);
	vec_push(w->arena, &w->early, x);
}

/*
 * NOTRACK makes a packet UNTRACKED that has neither an entry nor a template (nft_notrack_eval(),
 * xt_ct_target()).
 */
static void apply_notrack(struct walk *w, const struct flow_event *e)
{
	bool before = chain_is_before_conntrack(w->base);
	struct pktset taken = { (struct region *)(uintptr_t)e->taken, e->n_taken, e->n_taken };
	if (!before || w->has_template)
		taken = taken_of_state(w, e, CT_STATE_INVALID, CT_STATE_INVALID);
	for (size_t i = 0; i < taken.n; i++) {
		struct region where = as_later_exception(w, &taken.items[i]);
		if (before)
			write_early(w, &taken.items[i], CT_STATE_UNTRACKED, false);
		else
			write_state(w, &w->state_after, w->flow->options.state, &where,
				    CT_STATE_UNTRACKED);
	}
	w->has_untracked = w->has_untracked || before;
	walk_see_state(w);
}

/* nft_ct_set_zone_eval() does not check whether the packet is UNTRACKED, xt_ct_target() does. */
static void apply_template(struct walk *w, const struct flow_event *e, const struct statement *st)
{
	bool before = chain_is_before_conntrack(w->base);
	struct pktset taken = { (struct region *)(uintptr_t)e->taken, e->n_taken, e->n_taken };
	if (!before || (w->has_untracked && !st->over_untracked))
		taken = taken_of_state(w, e, CT_STATE_INVALID,
				       st->over_untracked ? CT_STATE_UNTRACKED : CT_STATE_INVALID);
	for (size_t i = 0; i < taken.n; i++) {
		struct region where = as_later_exception(w, &taken.items[i]);
		if (before) {
			write_early(w, &taken.items[i], CT_STATE_NEW, true);
			continue;
		}
		write_state(w, &w->state_after, w->flow->options.state, &where, CT_STATE_NEW);
		push_region(w, &w->compile.templated, &where);
	}
	w->has_template = w->has_template || before;
	walk_see_state(w);
}

/*
 * Conntrack sees the packets, and leaves UNTRACKED ones alone. A walk of another state has no such
 * packets.
 */
void walk_meet_conntrack(struct walk *w)
{
	int state = w->flow->options.state;
	w->met_conntrack = true;
	for (size_t i = 0; i < w->early.n; i++) {
		struct region where = w->early.items[i].where;
		if (w->early.items[i].tracks || state == CT_STATE_UNTRACKED)
			continue;
		for (size_t k = i + 1; k < w->early.n; k++)
			if (w->early.items[k].tracks)
				push_region(w, &where.lists[OWN], &w->early.items[k].where);
		if (state == STATE_EVERY)
			write_state(w, &w->state_after, state, &where, CT_STATE_UNTRACKED);
		else
			push_region(w, &w->flow->stopped, &where);
	}
}

/* The same as apply_write(), but only packets with a conntrack entry are changed. */
static void apply_tracked_write(struct walk *w, const struct flow_event *e,
				const struct statement *st)
{
	if (chain_is_before_conntrack(w->base) && st->field == FIELD_CT_MARK)
		return; /* it writes to the template */
	struct pktset set = taken_of_state(w, e, CT_STATE_NEW, CT_STATE_RELATED);
	struct flow_event part = *e;
	part.taken = set.items;
	part.n_taken = (uint32_t)set.n;
	apply_write(w, &part, st);
}

void walk_apply_statements(struct walk *w, uint32_t ev)
{
	const struct flow_event e = w->flow->items[ev];
	for (uint32_t i = 0; i < e.rule->n_statements; i++) {
		const struct statement *st = &e.rule->statements[i];
		w->n_writes += statement_acts(st);
		if (st->kind == STMT_NOTRACK)
			apply_notrack(w, &e);
		else if (st->kind == STMT_TEMPLATE)
			apply_template(w, &e, st);
		else if (st->kind == STMT_WRITE && st->needs_ct)
			apply_tracked_write(w, &e, st);
		else if (st->kind == STMT_WRITE)
			apply_write(w, &e, st);
	}
}

static bool writes_mark(const struct rule *r)
{
	for (uint32_t k = 0; k < r->n_statements; k++)
		if (r->statements[k].kind == STMT_WRITE && r->statements[k].field == FIELD_MARK)
			return true;
	return false;
}

bool ruleset_writes_mark(const struct ruleset *rs)
{
	return ruleset_any_rule(rs, writes_mark);
}

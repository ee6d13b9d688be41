/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every rule answered, by one search for each visit of the walks. A rule that takes a packet on one
 * path is asked about on no other. The proof that none is left names the rules that it ran into.
 */
#include "walk.h"

#include <fwlint/flow_reach.h>

#include <stdlib.h>

/* ---- one visit ---- */

struct asked {
	enum pick pick;
	const uint32_t *by; /* PICK_EMPTY: events, counted from 1 */
	size_t n_by;
};

static struct asked ask(const struct flow *f, const struct region *r, u128 *point, struct arena *a)
{
	struct asked out = { 0 };
	out.pick = region_pick_why(&f->space->dims, &r, 1, point, a, &out.by, &out.n_by);
	return out;
}

static bool ask_point(const struct flow *f, const struct region *r, u128 *point)
{
	return region_pick(&f->space->dims, &r, 1, point) == PICK_FOUND;
}

static int by_id(const void *x, const void *y)
{
	const struct rule *a = *(const struct rule *const *)x, *b = *(const struct rule *const *)y;
	return a->id < b->id ? -1 : a->id > b->id;
}

struct rules {
	const struct rule **items;
	size_t n, cap;
};

static void add_takers(const struct flow *f, const struct asked *q, struct arena *a,
		       struct rules *out)
{
	for (size_t i = 0; i < q->n_by; i++) {
		const struct rule *r = f->items[q->by[i] - 1].rule;
		if (r)
			vec_push(a, out, r);
	}
}

static void sort_takers(struct rules *list)
{
	size_t kept = 0;
	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), by_id);
	for (size_t i = 0; i < list->n; i++)
		if (!kept || list->items[kept - 1] != list->items[i])
			list->items[kept++] = list->items[i];
	list->n = kept;
}

/* Marks that count as unknown let more packets through than there are. */
static bool is_sure(const struct flow *f, const struct flow_event *e, const u128 *point,
		    struct arena *a)
{
	struct packet p = flow_packet(f, point, a);
	struct trace t = packet_trace(f->ruleset, f->options.path, &p, a);
	for (size_t i = 0; i < t.n; i++)
		if (t.items[i].rule == e->rule && t.items[i].base == e->base)
			return true;
	return false;
}

/* PICK_FOUND: `point` (NULL: not wanted, and it need not be sure) is a packet that the rule takes.
 */
static enum pick ask_taken(const struct flow *f, const struct flow_event *e, u128 *point,
			   struct arena *a, struct rules *takers)
{
	enum pick all = PICK_EMPTY;
	for (uint32_t i = 0; i < e->n_taken; i++) {
		struct asked q = ask(f, &e->taken[i], point, a);
		if (q.pick == PICK_FOUND && (!point || !f->approximated || is_sure(f, e, point, a)))
			return PICK_FOUND;
		if (q.pick != PICK_EMPTY)
			all = PICK_GAVE_UP;
		else
			add_takers(f, &q, a, takers);
	}
	return all;
}

void flow_answer(const struct flow *f,
		 void (*look)(const struct flow *f, const struct visit_reach *v, void *context),
		 void *context)
{
	struct arena *points = arena_new(), *a = arena_new();
	u128 *point = arena_new_array(points, u128, f->space->dims.n);
	for (size_t i = 0; i < f->n; i++) {
		struct visit_reach v = { .event = &f->items[i] };
		struct rules takers = { 0 };
		arena_reset(a);
		v.arrives = v.takes = ask_taken(f, v.event, point, a, &takers);
		if (v.takes == PICK_FOUND) {
			v.taken = v.arriving = flow_packet(f, point, a);
		} else {
			struct asked q = ask(f, &v.event->arrives, point, a);
			v.arrives = q.pick;
			if (q.pick == PICK_FOUND)
				v.arriving = flow_packet(f, point, a);
			else
				add_takers(f, &q, a, &takers);
		}
		sort_takers(&takers);
		v.takers = takers.items;
		v.n_takers = takers.n;
		look(f, &v, context);
	}
	arena_free(a);
	arena_free(points);
}

/* ---- all rules ---- */

struct answers {
	struct rule_reach *items;
	struct rules *takers; /* by rule id */
	struct arena *arena, *scratch;
	u128 *point;
	size_t n_point;
	const char *gave_up;
	bool any_mark; /* packets that only an unknown mark lets through count, too */
};

/* A new TCP connection begins with SYN: such a packet of the cube in place of `p`, if there is one.
 */
static void prefer_syn(struct answers *all, const struct flow *f, const struct cube *cube,
		       struct packet *p)
{
	static const struct range new[] = { { CT_STATE_NEW, CT_STATE_NEW } };
	unsigned mask = TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK;
	if (p->v[FIELD_CT_STATE] != CT_STATE_NEW || p->v[FIELD_L4PROTO] != L4PROTO_TCP)
		return;
	const struct cube *tests[] = {
		flow_cube_ranges(all->scratch, FIELD_CT_STATE, new, 1),
		flow_cube_mask(all->scratch, FIELD_TCP_FLAGS, mask, TCP_SYN),
	};
	struct region r = { .cube = cube };
	for (size_t i = 0; i < ARRAY_SIZE(tests) && r.cube; i++)
		r.cube = cube_and(&f->space->dims, all->scratch, r.cube, tests[i]);
	if (r.cube && ask_point(f, &r, all->point))
		*p = flow_packet(f, all->point, all->arena);
}

/* A packet that goes the way to the rule and matches, if nothing took it before. */
static const struct packet *packet_asked(struct answers *all, const struct flow *f,
					 const struct flow_event *e)
{
	for (uint32_t i = 0; i < e->n_taken; i++) {
		const struct region free = { .cube = e->taken[i].cube };
		if (!ask_point(f, &free, all->point))
			continue;
		struct packet *p = arena_new_one(all->arena, struct packet);
		*p = flow_packet(f, all->point, all->arena);
		prefer_syn(all, f, free.cube, p);
		return p;
	}
	return NULL;
}

/* Do its tests match nothing in this chain, whatever leads to it? */
static bool excludes_itself(const struct answers *all, const struct flow *f,
			    const struct flow_event *e)
{
	return flow_rule_set(f, e->base, e->rule, SCOPE_WHOLE, all->scratch).n == 0;
}

/*
 * Does the earlier event take, alone, whatever the rule asks for? Only where both are of one visit
 * to their chain: then all packets that come to the rule have come past the event.
 */
static bool suffices(const struct flow *f, const struct flow_event *by, const struct flow_event *e)
{
	bool all = by->entry == e->entry && by->base == e->base && by->rule &&
		   by->rule->chain == e->rule->chain;
	for (uint32_t i = 0; i < e->n_taken && all; i++) {
		all = false;
		for (uint32_t k = 0; k < by->n_taken && !all; k++)
			all = cube_subset(&f->space->dims, e->taken[i].cube, by->taken[k].cube);
	}
	return all;
}

/* Leaves only one of the takers, if that one alone suffices. */
static void leave_one(const struct flow *f, const struct flow_event *e, struct arena *a,
		      struct rules *takers)
{
	if (takers->n < 2 || !e->n_taken)
		return;
	struct asked q = ask(f, &e->taken[0], NULL, a);
	for (size_t i = 0; i < q.n_by; i++)
		if (suffices(f, &f->items[q.by[i] - 1], e)) {
			takers->items[0] = f->items[q.by[i] - 1].rule;
			takers->n = 1;
			return;
		}
}

static void answer(struct answers *all, const struct flow *f, const struct flow_event *e)
{
	struct rule_reach *r = &all->items[e->rule->id];
	struct rules takers = { 0 };
	enum reach reach = REACH_TAKES;
	if (r->reach == REACH_TAKES)
		return;
	arena_reset(all->scratch);
	enum pick takes = ask_taken(f, e, f->approximated && !all->any_mark ? all->point : NULL,
				    all->scratch, &takers);
	if (takes == PICK_GAVE_UP) {
		reach = REACH_UNKNOWN;
		all->gave_up = "the rules overlap in too many ways to be told apart";
	} else if (takes == PICK_EMPTY) {
		struct asked q = ask(f, &e->arrives, NULL, all->scratch);
		reach = q.pick == PICK_EMPTY   ? REACH_NONE
			: q.pick != PICK_FOUND ? REACH_UNKNOWN
			: e->n_taken           ? REACH_TAKEN
					       : REACH_NO_MATCH;
		add_takers(f, &q, all->scratch, &takers);
	}
	if (reach > r->reach)
		return;
	if (reach < r->reach) {
		all->takers[e->rule->id].n = 0;
		r->excludes_itself = true;
	}
	r->reach = reach;
	if (reach == REACH_TAKEN)
		leave_one(f, e, all->scratch, &takers);
	if (reach == REACH_TAKEN && !r->asked)
		r->asked = packet_asked(all, f, e);
	if (reach == REACH_NO_MATCH && r->excludes_itself)
		r->excludes_itself = excludes_itself(all, f, e);
	r->path = f->options.path;
	r->family = f->options.family;
	for (size_t i = 0; i < takers.n && reach != REACH_TAKES; i++)
		vec_push(all->arena, &all->takers[e->rule->id], takers.items[i]);
}

static void answer_walk(struct answers *all, const struct flow *f)
{
	if (all->n_point < f->space->dims.n) {
		all->n_point = f->space->dims.n;
		all->point = arena_new_array(all->arena, u128, all->n_point);
	}
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].rule)
			answer(all, f, &f->items[i]);
	if (f->gave_up)
		all->gave_up = f->gave_up;
}

struct reachability ruleset_reachability(const struct ruleset *rs, bool any_mark, struct arena *a)
{
	struct arena *walks = arena_new();
	struct answers all = { .items = arena_new_array(a, struct rule_reach, rs->n_rules),
			       .takers = arena_new_array(a, struct rules, rs->n_rules),
			       .arena = a,
			       .scratch = arena_part(walks),
			       .any_mark = any_mark };
	struct flow_space *space = flow_space_new(rs, walks);
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			const struct rule *r = rs->chains[i]->items[k];
			all.items[r->id] = (struct rule_reach){ .rule = r, .reach = REACH_NONE };
		}
	for (unsigned k = 0; k < 2 * PATH_COUNT; k++) {
		struct flow_options o = { .path = (enum path)(k / 2),
					  .family = (enum nfproto_value)(k % 2),
					  .state = STATE_EVERY,
					  .unmarked = !any_mark && ruleset_writes_mark(rs),
					  .all_visits = true };
		if (path_has_chains(rs, o.path, o.family))
			answer_walk(&all, flow_walk(rs, space, &o, walks));
	}
	for (uint32_t i = 0; i < rs->n_rules; i++) {
		sort_takers(&all.takers[i]);
		all.items[i].takers = all.takers[i].items;
		all.items[i].n_takers = all.takers[i].n;
		if (all.gave_up && all.items[i].reach > REACH_UNKNOWN)
			all.items[i].reach = REACH_UNKNOWN;
	}
	arena_free(walks);
	return (struct reachability){ all.items, rs->n_rules, all.gave_up };
}

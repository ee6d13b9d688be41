/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk. The packets that go on are a cube minus three growing lists:
 *
 *   left      have left the base chain that is walked (accepted, dropped, …)
 *   returned  have left this user chain (or one that called it) by RETURN
 *   stopped   were dropped, rejected … in an earlier base chain
 *
 * A rule that ends the walk for what it matches adds one node to a list, so
 * a walk is linear in the rules visited, and each event can keep the lists
 * as they were when it happened. A node under `returned` guards what is put
 * on `left` meanwhile: packets that returned earlier were not there.
 */
#include "compile.h"

#define VISITS_MAX 1000000u
#define PIECES_MAX 5000000u /* exceptions in the sets of what the rules take, and 1,000 more for each rule */
#define CALLS_MAX 512u
#define NO_EVENT UINT32_MAX

enum { LEFT, RETURNED, STOPPED, OWN = REGION_OWN };

struct walk {
	struct flow *flow;
	struct arena *arena;
	const struct space *dims;
	struct compile compile;
	/*
	 * What was written to the ct state that rules before conntrack see (INVALID: there is
	 * no entry), and to that of later ones; NULL: nothing.
	 */
	const struct write *state_before, *state_after;
	/* What NOTRACK and templates did before conntrack, in order. */
	struct { struct early_write { struct region where; bool tracks; } *items; size_t n, cap; } early;
	bool has_untracked, has_template; /* before conntrack: some packets were made so */
	bool met_conntrack;
	bool writes_fields; /* some rule of the ruleset does */
	const struct except *left;
	const struct except *accepted;       /* those on `left` that go on to the next chain */
	const struct except *stopped_before; /* when this base chain began */
	const struct chain *base;
	uint32_t visits;
	uint64_t pieces;
};

struct frame {
	const struct chain *chain;
	const struct cube *cube;
	const struct except *returned;
	unsigned depth;
	bool state_named;
	bool leaks; /* some packet may fall off the end or return */
};

static void push_region(struct walk *w, const struct except **list, const struct region *r)
{
	*list = except_add(w->arena, *list, r);
}

static struct region region_here(const struct walk *w, const struct frame *f)
{
	struct region r = { .cube = f->cube };
	r.lists[LEFT] = w->left;
	r.lists[RETURNED] = f->returned;
	r.lists[STOPPED] = w->stopped_before;
	return r;
}

static uint32_t add_event(struct walk *w, const struct frame *f, const struct rule *rule,
			  enum verdict_kind verdict)
{
	struct flow *fl = w->flow;
	struct flow_event e = {
		.rule = rule, .base = w->base, .verdict = verdict,
		.state_named = f->state_named || (rule && rule_has_ct_state(rule)),
		.arrives = region_here(w, f),
	};
	vec_push(w->arena, fl, e);
	return (uint32_t)fl->n - 1;
}

/* What the rule takes of the frame's packets: matched ∩ frame, lists kept. */
static void set_taken(struct walk *w, const struct frame *f, uint32_t ev,
		      const struct pktset *matched)
{
	struct flow_event *e = &w->flow->items[ev];
	struct region *taken = arena_new_array(w->arena, struct region, matched->n);
	uint32_t n = 0;
	for (size_t i = 0; i < matched->n && !w->flow->gave_up; i++) {
		const struct cube *cube = cube_and(w->dims, w->arena, f->cube,
						   matched->items[i].cube);
		if (!cube)
			continue;
		taken[n] = e->arrives;
		taken[n].cube = cube;
		for (int k = 0; k < REGION_LISTS; k++) {
			const struct except *both = except_shared(matched->items[i].lists[k], e->arrives.lists[k]);
			for (const struct except *x = matched->items[i].lists[k]; x != both; x = x->next, w->pieces++)
				push_region(w, &taken[n].lists[OWN], &x->region);
		}
		if (w->pieces > PIECES_MAX + 1000 * (uint64_t)w->flow->ruleset->n_rules)
			w->flow->gave_up = "a mark is written and tested in too many ways";
		n++;
	}
	e->taken = taken;
	e->n_taken = n;
}

/* The same without what has left already: enough to be excepted later. */
static struct region as_exception(const struct region *taken)
{
	struct region r = *taken;
	r.lists[LEFT] = NULL;
	r.lists[STOPPED] = NULL;
	return r;
}

/*
 * The same for later base chains. What was stopped does not come there, so of
 * what had left only the accepted packets are excepted: fewer exceptions,
 * shorter searches.
 */
static struct region as_later_exception(const struct walk *w, const struct region *taken)
{
	struct region r = *taken;
	r.lists[LEFT] = w->accepted;
	r.lists[STOPPED] = NULL;
	return r;
}

static void stop(struct walk *w, const struct region *taken)
{
	struct region r = as_later_exception(w, taken);
	push_region(w, &w->flow->stopped, &r);
}

/* The packets have left the base chain; `goes_on`: to the next one. */
static void leave_base(struct walk *w, const struct region *taken, bool goes_on)
{
	struct region r = as_exception(taken);
	push_region(w, &w->left, &r);
	if (goes_on)
		push_region(w, &w->accepted, &r);
	else
		stop(w, taken);
}

static void walk_chain(struct walk *w, struct frame *f);

/* Packets go into the chain of a jump; true when none of them comes back. */
static bool call(struct walk *w, const struct frame *f, uint32_t ev, const struct rule *r)
{
	const struct flow_event e = w->flow->items[ev];
	bool leaks = false;
	for (uint32_t i = 0; i < e.n_taken; i++) {
		struct frame callee = {
			.chain = ruleset_chain(w->flow->ruleset, r->verdict.target),
			.cube = e.taken[i].cube, .returned = f->returned,
			.depth = f->depth + 1, .state_named = e.state_named,
		};
		for (const struct except *x = e.taken[i].lists[OWN]; x; x = x->next)
			push_region(w, &callee.returned, &x->region);
		walk_chain(w, &callee);
		leaks = leaks || callee.leaks;
	}
	return !leaks;
}

static void apply_write(struct walk *w, const struct flow_event *e, const struct statement *st)
{
	const struct write *from = st->from_mask ? w->compile.writes[st->from] : NULL;
	for (uint32_t i = 0; i < e->n_taken; i++) {
		struct write *wr = arena_new_one(w->arena, struct write);
		*wr = (struct write){
			.where = as_later_exception(w, &e->taken[i]), .mask = st->mask, .value = st->value,
			.fresh = st->unknown ? w->flow->space->fresh_dim[e->rule->id] : 0,
			.from = st->from, .from_mask = st->from_mask, .shift = st->shift,
			.before_forward = !w->compile.ttl_is_less,
			.older = w->compile.writes[st->field],
		};
		if (st->from_mask)
			wr->from_writes = from;
		if (st->from_mask && w->compile.is_known[st->from]) {
			wr->value ^= mark_shifted(w->compile.known[st->from] & st->from_mask, st->shift);
			wr->from_mask = 0;
		}
		w->compile.writes[st->field] = wr;
	}
}

static void know(struct walk *w, enum field f, u128 value)
{
	w->compile.is_known[f] = true;
	w->compile.known[f] = value;
}

static void push_state(struct walk *w, const struct write **list, const struct region *where,
		       enum ct_state state)
{
	struct write *wr = arena_new_one(w->arena, struct write);
	*wr = (struct write){ .where = *where, .mask = 7, .value = state, .older = *list };
	*list = wr;
}

/* The same, over the state that all packets have: `first` */
static void write_state(struct walk *w, const struct write **list, int first, const struct region *where,
			enum ct_state state)
{
	static const struct region everything = { .cube = &cube_all };
	if (!*list && first != STATE_EVERY)
		push_state(w, list, &everything, (enum ct_state)first);
	push_state(w, list, where, state);
}

/*
 * What a test of conntrack sees in the base chain that is walked. Before conntrack
 * only a template has more than a state: what xt_CT.c gives it.
 */
static void see_state(struct walk *w)
{
	bool before = chain_is_before_conntrack(w->base);
	int state = before ? CT_STATE_INVALID : w->flow->options.state;
	const struct write *written = before ? w->state_before : w->state_after;
	w->compile.before_conntrack = before;
	w->compile.is_known[FIELD_CT_STATE] = false;
	w->compile.writes[FIELD_CT_STATE] = written;
	if (!written && state != STATE_EVERY)
		know(w, FIELD_CT_STATE, (u128)state);
	if (before) {
		know(w, FIELD_CT_STATUS, CT_STATUS_CONFIRMED | CT_STATUS_TEMPLATE);
		know(w, FIELD_CT_MARK, 0);
		know(w, FIELD_CT_DIRECTION, 0);
	} else if (state >= CT_STATE_INVALID) {
		know(w, FIELD_CT_STATUS, 0);
	}
}

/* The taken packets whose state is one of these here. */
static struct pktset taken_of_state(struct walk *w, const struct flow_event *e, enum ct_state lo, enum ct_state hi)
{
	struct range *states = arena_new_one(w->arena, struct range); /* sets keep it */
	struct match of_state = { .kind = MATCH_RANGES, .field = FIELD_CT_STATE, .n = 1, .ranges = states };
	struct rule filter = { .matches = &of_state, .n_matches = 1 };
	struct pktset set, taken = { (struct region *)(uintptr_t)e->taken, e->n_taken, e->n_taken };
	*states = (struct range){ lo, hi };
	if (!compile_rule(&w->compile, &filter, &set))
		return (struct pktset){ 0 };
	return pktset_and(w->dims, w->arena, &taken, &set);
}

/* Before conntrack, and what conntrack makes of it: see meet_conntrack(). */
static void write_early(struct walk *w, const struct region *taken, enum ct_state state, bool tracks)
{
	struct early_write x = { as_later_exception(w, taken), tracks };
	write_state(w, &w->state_before, CT_STATE_INVALID, &x.where, state);
	vec_push(w->arena, &w->early, x);
}

/*
 * NOTRACK makes a packet UNTRACKED of which nothing is known: that has no entry,
 * and no template (nft_notrack_eval(), xt_ct_target()).
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
			write_state(w, &w->state_after, w->flow->options.state, &where, CT_STATE_UNTRACKED);
	}
	w->has_untracked = w->has_untracked || before;
	see_state(w);
}

/* nft_ct_set_zone_eval() does not look whether the packet is UNTRACKED, xt_ct_target() does. */
static void apply_template(struct walk *w, const struct flow_event *e, const struct statement *st)
{
	bool before = chain_is_before_conntrack(w->base);
	struct pktset taken = { (struct region *)(uintptr_t)e->taken, e->n_taken, e->n_taken };
	if (!before || (w->has_untracked && !st->over_untracked))
		taken = taken_of_state(w, e, CT_STATE_INVALID, st->over_untracked ? CT_STATE_UNTRACKED : CT_STATE_INVALID);
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
	see_state(w);
}

/*
 * Conntrack sees the packets: those that are UNTRACKED it leaves alone. In a walk of
 * another state no such packet can be.
 */
static void meet_conntrack(struct walk *w)
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

/* The same as apply_write() where only packets with a conntrack entry are written to. */
static void apply_tracked_write(struct walk *w, const struct flow_event *e,
				const struct statement *st)
{
	if (chain_is_before_conntrack(w->base) && st->field == FIELD_CT_MARK)
		return; /* of the template */
	struct pktset set = taken_of_state(w, e, CT_STATE_NEW, CT_STATE_RELATED);
	struct flow_event part = *e;
	part.taken = set.items;
	part.n_taken = (uint32_t)set.n;
	apply_write(w, &part, st);
}

static void apply_statements(struct walk *w, uint32_t ev)
{
	const struct flow_event e = w->flow->items[ev];
	for (uint32_t i = 0; i < e.rule->n_statements; i++) {
		const struct statement *st = &e.rule->statements[i];
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

static enum verdict_kind policy_event(struct walk *w, const struct frame *f,
				      const struct region *fallen, uint32_t n)
{
	enum verdict_kind v = w->base->policy == POLICY_DROP ? VERDICT_DROP : VERDICT_ACCEPT;
	uint32_t ev = add_event(w, f, NULL, v);
	struct flow_event *e = &w->flow->items[ev];
	e->taken = fallen;
	e->n_taken = n;
	return v;
}

static void leave_chain(struct walk *w, struct frame *f, uint32_t ev)
{
	const struct flow_event e = w->flow->items[ev];
	f->leaks = true;
	for (uint32_t i = 0; i < e.n_taken && f->depth; i++) {
		struct region r = as_exception(&e.taken[i]);
		push_region(w, &f->returned, &r);
	}
	if (f->depth)
		return;
	/* After a goto: without those that its chain has ended. */
	struct region *fallen = arena_new_array(w->arena, struct region, e.n_taken);
	for (uint32_t i = 0; i < e.n_taken; i++) {
		fallen[i] = e.taken[i];
		fallen[i].lists[LEFT] = w->left;
	}
	enum verdict_kind v = policy_event(w, f, fallen, e.n_taken);
	for (uint32_t i = 0; i < e.n_taken; i++)
		leave_base(w, &fallen[i], v == VERDICT_ACCEPT);
}

static void leave_by_verdict(struct walk *w, uint32_t ev)
{
	const struct flow_event e = w->flow->items[ev];
	for (uint32_t i = 0; i < e.n_taken; i++)
		leave_base(w, &e.taken[i], !verdict_ends(e.verdict));
}

/* The packets of an event about which a program gives this answer. */
static void narrow(struct walk *w, struct flow_event *e, const struct flow_event *all, u128 answer)
{
	struct range *r = arena_new_one(w->arena, struct range);
	r->lo = r->hi = answer;
	const struct cube *answered = cube_one(w->arena, (struct values){
		w->compile.var_dim + all->rule->verdict.program->var, 1, r });
	struct region *taken = arena_new_array(w->arena, struct region, all->n_taken);
	e->n_taken = 0;
	e->taken = taken;
	for (uint32_t i = 0; i < all->n_taken; i++) {
		struct region part = all->taken[i];
		part.cube = cube_and(w->dims, w->arena, part.cube, answered);
		if (part.cube)
			taken[e->n_taken++] = part;
	}
}

/* A queue is two events: of the packets that its program lets go on, and of the others. */
static void leave_by_queue(struct walk *w, const struct frame *f, uint32_t ev)
{
	const struct flow_event all = w->flow->items[ev];
	uint32_t on = add_event(w, f, all.rule, VERDICT_ACCEPT);
	narrow(w, &w->flow->items[on], &all, 1);
	narrow(w, &w->flow->items[ev], &all, 0);
	leave_by_verdict(w, on);
	leave_by_verdict(w, ev);
}

/* What the rule's verdict does; true when nothing of the frame goes on. */
static bool apply_verdict(struct walk *w, struct frame *f, uint32_t ev)
{
	const struct rule *r = w->flow->items[ev].rule;
	bool all = flow_event_takes(w->flow, &w->flow->items[ev], f->cube);
	switch (r->verdict.kind) {
	case VERDICT_CONTINUE:
		return false;
	case VERDICT_JUMP:
		return call(w, f, ev, r) && all;
	case VERDICT_GOTO:
		if (!call(w, f, ev, r))
			leave_chain(w, f, ev);
		return all;
	case VERDICT_RETURN:
		leave_chain(w, f, ev);
		return all;
	case VERDICT_QUEUE:
		leave_by_queue(w, f, ev);
		return all;
	case VERDICT_ACCEPT: case VERDICT_DROP: case VERDICT_REJECT: case VERDICT_STOLEN:
		leave_by_verdict(w, ev);
		break;
	}
	return all;
}

/* The chain may write the field that the map asks: what comes back is past the map. */
static void add_sent(struct walk *w, struct pktset *sent, const struct flow_event *e)
{
	for (uint32_t i = 0; i < e->n_taken; i++) {
		struct region r = as_exception(&e->taken[i]);
		vec_push(w->arena, sent, r);
	}
}

static void walk_chain(struct walk *w, struct frame *f)
{
	struct pktset head = { 0 }; /* what the last head matched */
	struct pktset sent = { 0 }; /* by an element of the map of this rule to its chain: not for the other elements */
	uint32_t map = NO_EVENT; /* of the first element of this rule's map */
	if (f->depth > CALLS_MAX) {
		w->flow->gave_up = "user chains call each other more than 512 deep";
		return;
	}
	for (size_t i = 0; i < f->chain->n; i++) {
		const struct rule *r = f->chain->items[i];
		struct pktset matched = { 0 };
		if (w->flow->gave_up)
			return;
		if (++w->visits > VISITS_MAX + 4 * w->flow->ruleset->n_rules) {
			w->flow->gave_up = "too many ways through the user chains";
			return;
		}
		uint32_t ev = add_event(w, f, r, r->verdict.kind);
		/* a map is asked once: what arrives at one element arrives at each, in whatever order they stand */
		if (r->is_arm && r->same_rule && map != NO_EVENT)
			w->flow->items[ev].arrives = w->flow->items[map].arrives;
		else
			map = r->is_arm ? ev : NO_EVENT;
		if (r->is_part && !head.n)
			continue;
		if (!r->same_rule)
			sent.n = 0;
		bool some = compile_rule(&w->compile, r, &matched);
		if (some && r->is_part)
			matched = pktset_and(w->dims, w->arena, &head, &matched);
		if (r->is_head)
			head = matched;
		if (!some)
			continue;
		if (sent.n)
			matched = pktset_minus(w->arena, &matched, &sent);
		set_taken(w, f, ev, &matched);
		if (!w->flow->items[ev].n_taken)
			continue;
		if (r->n_statements)
			apply_statements(w, ev);
		if (r->is_arm && (r->verdict.kind == VERDICT_JUMP || r->verdict.kind == VERDICT_GOTO) && w->writes_fields)
			add_sent(w, &sent, &w->flow->items[ev]);
		if (apply_verdict(w, f, ev))
			return;
	}
	f->leaks = true;
	if (f->depth)
		return;
	struct region *rest = arena_new_one(w->arena, struct region);
	*rest = region_here(w, f);
	leave_base(w, rest, policy_event(w, f, rest, 1) == VERDICT_ACCEPT);
}

/* ---- what can be seen at a hook ---- */

/*
 * Interfaces that a hook does not have are empty (xtables: state->in / ->out
 * NULL, compared as an empty name). Before conntrack there is no entry, and
 * an entry that is not there is INVALID (xt_conntrack.c: conntrack_mt).
 */
static void enter_hook(struct walk *w, const struct chain *base)
{
	const struct flow_options *o = &w->flow->options;
	memset(w->compile.is_known, 0, sizeof(w->compile.is_known));
	w->compile.view = o->view == VIEW_TRANSLATED && chain_is_before_dnat(base) ? VIEW_WITH_ENTRY : o->view;
	know(w, FIELD_NFPROTO, o->family);
	if (!chain_sees_fragments(w->flow->ruleset, base, o->family))
		know(w, FIELD_FRAGMENT, 0);
	if (path_direction(o->path) == PATH_OUTPUT)
		know(w, FIELD_IIFNAME, 0);
	if (base->hook == HOOK_INGRESS || base->hook == HOOK_PREROUTING || base->hook == HOOK_INPUT)
		know(w, FIELD_OIFNAME, 0);
	/* ip_forward() and ip6_forward() count down before the hook; a bridge does not */
	w->compile.ttl_is_less = o->path == PATH_FORWARD &&
		(base->hook == HOOK_FORWARD || base->hook == HOOK_POSTROUTING || base->hook == HOOK_EGRESS);
	see_state(w);
}

/*
 * A nat chain is asked only for the first packet of a connection
 * (nf_nat_inet_fn), and not for ICMP errors about another one: these are
 * translated as that one is (nf_nat_ipv4_fn, nf_nat_ipv6_fn).
 */
static const struct rule *nat_filter(enum nfproto_value family)
{
	static const struct range new[] = { { CT_STATE_NEW, CT_STATE_NEW } };
	static const struct range related[] = { { CT_STATE_RELATED, CT_STATE_RELATED } };
	static const struct range icmp[] = { { L4PROTO_ICMP, L4PROTO_ICMP } };
	static const struct range icmp6[] = { { L4PROTO_ICMPV6, L4PROTO_ICMPV6 } };
#define TEST(f, no, r) { .kind = MATCH_RANGES, .field = (f), .negate = (no), .n = 1, .ranges = (r) }
	static const struct match other[2][2] = {
		{ TEST(FIELD_CT_STATE, false, related), TEST(FIELD_L4PROTO, true, icmp) },
		{ TEST(FIELD_CT_STATE, false, related), TEST(FIELD_L4PROTO, true, icmp6) },
	};
	static const struct match either[2][2] = {
		{ TEST(FIELD_CT_STATE, false, new), { .kind = MATCH_ALL, .n = 2, .parts = other[0] } },
		{ TEST(FIELD_CT_STATE, false, new), { .kind = MATCH_ALL, .n = 2, .parts = other[1] } },
	};
#undef TEST
	static const struct match is_fresh[2] = {
		{ .kind = MATCH_ANY, .n = 2, .parts = either[0] }, { .kind = MATCH_ANY, .n = 2, .parts = either[1] },
	};
	static const struct rule filter[2] = {
		{ .matches = &is_fresh[0], .n_matches = 1 }, { .matches = &is_fresh[1], .n_matches = 1 },
	};
	return &filter[family];
}

/* A chain at a device sees only the packets of its devices. */
static struct rule device_filter(const struct chain *base, struct match *m)
{
	*m = (struct match){ .kind = MATCH_RANGES, .n = base->n_devices, .ranges = base->devices,
			     .field = base->hook == HOOK_EGRESS ? FIELD_OIFNAME : FIELD_IIFNAME };
	return (struct rule){ .matches = m, .n_matches = 1 };
}

static void walk_base(struct walk *w, const struct chain *base)
{
	static const struct rule everything = { 0 };
	struct match at_device;
	struct rule of_device = device_filter(base, &at_device);
	bool has_device = base->hook == HOOK_INGRESS || base->hook == HOOK_EGRESS;
	struct pktset sees;
	w->base = base;
	w->left = NULL;
	w->accepted = NULL;
	if (!w->met_conntrack && !chain_is_before_conntrack(base))
		meet_conntrack(w);
	w->stopped_before = w->flow->stopped;
	enter_hook(w, base);
	compile_rule(&w->compile, base->type == CHAIN_NAT ? nat_filter(w->flow->options.family) :
		     has_device ? &of_device : &everything, &sees);
	for (size_t i = 0; i < sees.n; i++) {
		struct frame f = { .chain = base };
		f.cube = cube_and(w->dims, w->arena, w->flow->start, sees.items[i].cube);
		if (!f.cube)
			continue;
		for (int k = 0; k < REGION_LISTS; k++)
			for (const struct except *x = sees.items[i].lists[k]; x; x = x->next)
				push_region(w, &f.returned, &x->region);
		walk_chain(w, &f);
	}
}

/*
 * A packet whose TTL or hop limit has run out is not forwarded (ip_forward(),
 * ip6_forward()): what PREROUTING leaves of it is 0 or 1.
 */
static void expire(struct walk *w)
{
	static const struct range last[] = { { 0, 1 } };
	static const struct match has_expired = { .kind = MATCH_RANGES, .field = FIELD_TTL, .n = 1, .ranges = last };
	static const struct rule filter = { .matches = &has_expired, .n_matches = 1 };
	struct pktset set;
	memset(w->compile.is_known, 0, sizeof(w->compile.is_known));
	w->compile.ttl_is_less = false;
	w->compile.view = w->flow->options.view;
	if (!compile_rule(&w->compile, &filter, &set))
		return;
	struct region here = { .cube = w->flow->start };
	here.lists[STOPPED] = w->flow->stopped;
	struct pktset all = { &here, 1, 1 };
	w->flow->expired = pktset_and(w->dims, w->arena, &all, &set);
	for (size_t i = 0; i < w->flow->expired.n; i++)
		push_region(w, &w->flow->stopped, &w->flow->expired.items[i]);
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

static bool writes_field(const struct rule *r)
{
	return rule_statement(r, STMT_WRITE) || rule_statement(r, STMT_NOTRACK) || rule_statement(r, STMT_TEMPLATE);
}

struct flow *flow_walk(const struct ruleset *rs, struct flow_space *space,
		       const struct flow_options *o, struct arena *a)
{
	struct flow *fl = arena_new_one(a, struct flow);
	*fl = (struct flow){ .ruleset = rs, .options = *o, .space = space };
	struct walk w = { .flow = fl, .arena = a, .dims = &space->dims };
	w.compile = (struct compile){ .space = space, .arena = a,
				      .var_dim = space->var_dim[o->bank], .view = o->view,
				      .approximated = &fl->approximated };
	fl->start = possible_packets(o, space, a);
	w.writes_fields = ruleset_any_rule(rs, writes_field);
	const enum hook *hooks;
	unsigned n_hooks = path_hooks(o->path, &hooks);
	for (unsigned i = 0; i < n_hooks; i++) {
		const struct chain *const *chains;
		size_t n = hook_chains(rs, o->path, hooks[i], o->family, a, &chains);
		if (o->path == PATH_FORWARD && hooks[i] == HOOK_FORWARD)
			expire(&w);
		for (size_t j = 0; j < n; j++)
			walk_base(&w, chains[j]);
	}
	if (!w.met_conntrack)
		meet_conntrack(&w);
	return fl;
}

/* ---- questions ---- */

struct region flow_passing(const struct flow *f)
{
	struct region r = { .cube = &cube_all };
	r.lists[STOPPED] = f->stopped;
	return r;
}

bool flow_event_takes(const struct flow *f, const struct flow_event *e, const struct cube *arrives)
{
	for (uint32_t i = 0; i < e->n_taken; i++)
		if (!e->taken[i].lists[OWN] && cube_subset(&f->space->dims, arrives, e->taken[i].cube))
			return true;
	return false;
}

void flow_leave_out(const struct flow *f, bool (*is_so)(const struct flow_event *e, const void *context),
		    const void *context, struct arena *a, struct region *r)
{
	const struct except *list = NULL;
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < f->items[i].n_taken && is_so(&f->items[i], context); k++)
			list = except_add(a, list, &f->items[i].taken[k]);
	region_leave_out(a, r, list);
}

const struct cube *flow_cube_ranges(struct arena *a, enum field f, const struct range *r,
				    uint32_t n)
{
	return cube_one(a, (struct values){ f, n, r });
}

const struct cube *flow_cube_mask(struct arena *a, enum field f, u128 mask, u128 value)
{
	struct range *r = arena_new_one(a, struct range);
	*r = (struct range){ mask, value };
	return cube_one(a, (struct values){ f, 1, r });
}

struct pktset flow_rule_set(const struct flow *f, const struct chain *base, const struct rule *r,
			    enum rule_scope scope, struct arena *a)
{
	struct walk w = { .flow = (struct flow *)(uintptr_t)f, .arena = a, .base = base,
			  .dims = &f->space->dims };
	struct pktset s;
	w.compile = (struct compile){ .space = f->space, .arena = a,
				      .var_dim = f->space->var_dim[f->options.bank],
				      .view = f->options.view,
				      .no_state = scope == SCOPE_NO_STATE };
	enter_hook(&w, base);
	compile_rule(&w.compile, r, &s);
	return s;
}

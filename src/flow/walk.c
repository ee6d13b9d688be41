/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk. The packets that go on are a cube minus three growing lists:
 *
 *   left      have left the base chain that is walked (accepted, dropped, …)
 *   returned  have left this user chain (or one that called it) by RETURN
 *   stopped   were dropped, rejected … in an earlier base chain
 *
 * A rule that ends the walk for the packets that it matches adds one node to a list. So a walk is
 * linear in the rules visited, and each event can keep the lists of its time. A node under
 * `returned` guards the nodes added to `left` meanwhile: packets that returned earlier did not get
 * there.
 */
#include "walk.h"

#define VISITS_MAX 1000000u
#define CALLS_MAX 512u
#define BYTES_MAX ((size_t)1 << 30) /* of all walks of an input */
#define BYTES_PER_RULE ((size_t)16384)
#define BYTES_LOOKED_AT 1024u /* visits from one look at them to the next */

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
		.rule = rule,
		.base = w->base,
		.verdict = verdict,
		.state_named = f->state_named || (rule && rule_has_ct_state(rule)),
		.entry = f->entry,
		.arrives = region_here(w, f),
		.accepted = w->accepted,
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
			const struct except *both = except_shared(matched->items[i].lists[k],
								  e->arrives.lists[k]);
			for (const struct except *x = matched->items[i].lists[k]; x != both;
			     x = x->next, w->pieces++)
				push_region(w, &taken[n].lists[OWN], &x->region);
		}
		if (w->pieces > w->pieces_max)
			w->flow->gave_up = "a mark is written and tested in too many ways";
		n++;
	}
	e->taken = taken;
	e->n_taken = n;
}

/* The packets of a rule without those that have left already: enough for a later exception. */
static struct region as_exception(const struct region *taken)
{
	struct region r = *taken;
	r.lists[LEFT] = NULL;
	r.lists[STOPPED] = NULL;
	return r;
}

static void stop(struct walk *w, const struct region *taken, uint32_t ev)
{
	struct region r = as_later_exception(w, taken);
	push_taken(w, &w->flow->stopped, &r, ev);
}

/* The packets have left the base chain; `goes_on`: to the next one. */
static void leave_base(struct walk *w, const struct region *taken, bool goes_on, uint32_t ev)
{
	struct region r = as_exception(taken);
	push_taken(w, &w->left, &r, ev);
	if (goes_on)
		push_taken(w, &w->accepted, &r, ev);
	else
		stop(w, taken, ev);
}

static void walk_chain(struct walk *w, struct frame *f);

/*
 * A mark that was written on the way splits into alternatives, and each walks the chain of a jump.
 * Few of them are left here after the test of an earlier jump; dropping the others keeps nested
 * tests from multiplying.
 */
static void leave_out_empty(struct walk *w, uint32_t ev)
{
	struct flow_event *e = &w->flow->items[ev];
	struct region *some = arena_new_array(w->arena, struct region, e->n_taken);
	uint32_t n = 0;
	for (uint32_t i = 0; i < e->n_taken; i++) {
		const struct region *r = &e->taken[i];
		if (region_pick(w->dims, &r, 1, NULL) != PICK_EMPTY)
			some[n++] = *r;
	}
	e->taken = some;
	e->n_taken = n;
}

/* Packets go into the chain of a jump; true when none of them comes back. */
static bool call(struct walk *w, const struct frame *f, uint32_t ev, const struct rule *r)
{
	if (f->depth && w->flow->items[ev].n_taken > 1)
		leave_out_empty(w, ev);
	const struct flow_event e = w->flow->items[ev];
	bool leaks = false;
	for (uint32_t i = 0; i < e.n_taken; i++) {
		struct frame callee = {
			.chain = ruleset_chain(w->flow->ruleset, r->verdict.target),
			.cube = e.taken[i].cube,
			.returned = f->returned,
			.depth = f->depth + 1,
			.state_named = e.state_named,
		};
		for (const struct except *x = e.taken[i].lists[OWN]; x; x = x->next)
			push_region(w, &callee.returned, &x->region);
		if (!walk_was_here(w, &callee)) {
			walk_chain(w, &callee);
			walk_remember(w, &callee);
		}
		leaks = leaks || callee.leaks;
	}
	return !leaks;
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
		push_taken(w, &f->returned, &r, ev);
	}
	if (f->depth)
		return;
	/* After a goto: without the packets whose walk its chain has ended. */
	struct region *fallen = arena_new_array(w->arena, struct region, e.n_taken);
	for (uint32_t i = 0; i < e.n_taken; i++) {
		fallen[i] = e.taken[i];
		fallen[i].lists[LEFT] = w->left;
	}
	enum verdict_kind v = policy_event(w, f, fallen, e.n_taken);
	for (uint32_t i = 0; i < e.n_taken; i++)
		leave_base(w, &fallen[i], v == VERDICT_ACCEPT, ev);
}

static void leave_by_verdict(struct walk *w, uint32_t ev)
{
	const struct flow_event e = w->flow->items[ev];
	for (uint32_t i = 0; i < e.n_taken; i++)
		leave_base(w, &e.taken[i], !verdict_ends(e.verdict), ev);
}

/* The packets of an event for which a program gives this answer. */
static void narrow(struct walk *w, struct flow_event *e, const struct flow_event *all, u128 answer)
{
	struct range *r = arena_new_one(w->arena, struct range);
	r->lo = r->hi = answer;
	const struct cube *answered = cube_one(
		w->arena, (struct values){ answer_dim(w->compile.space, w->compile.bank,
						      all->rule->verdict.program),
					   1, r });
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

/* A queue is two events: one for the packets that its program lets go on, one for the others. */
static void leave_by_queue(struct walk *w, const struct frame *f, uint32_t ev)
{
	const struct flow_event all = w->flow->items[ev];
	uint32_t on = add_event(w, f, all.rule, VERDICT_ACCEPT);
	narrow(w, &w->flow->items[on], &all, 1);
	narrow(w, &w->flow->items[ev], &all, 0);
	leave_by_verdict(w, on);
	leave_by_verdict(w, ev);
}

/* Applies the verdict of the rule; true when no packet of the frame goes on. */
static bool apply_verdict(struct walk *w, struct frame *f, uint32_t ev)
{
	const struct rule *r = w->flow->items[ev].rule;
	bool all = flow_event_takes(w->flow, &w->flow->items[ev], f->cube);
	switch (r->verdict.kind) {
	case VERDICT_CONTINUE: return false;
	case VERDICT_JUMP: return call(w, f, ev, r) && all;
	case VERDICT_GOTO:
		if (!call(w, f, ev, r))
			leave_chain(w, f, ev);
		return all;
	case VERDICT_RETURN: leave_chain(w, f, ev); return all;
	case VERDICT_QUEUE: leave_by_queue(w, f, ev); return all;
	case VERDICT_ACCEPT:
	case VERDICT_DROP:
	case VERDICT_REJECT:
	case VERDICT_STOLEN: leave_by_verdict(w, ev); break;
	}
	return all;
}

/* The chain may write the field that the map tests: returning packets skip the map. */
static void add_sent(struct walk *w, struct pktset *sent, const struct flow_event *e)
{
	for (uint32_t i = 0; i < e->n_taken; i++) {
		struct region r = as_exception(&e->taken[i]);
		vec_push(w->arena, sent, r);
	}
}

/* If every visit is wanted, so are those behind a rule that takes all packets. */
static void add_unreached(struct walk *w, const struct frame *f, size_t from)
{
	for (size_t i = from; w->flow->options.all_visits && i < f->chain->n; i++)
		add_event(w, f, f->chain->items[i], f->chain->items[i]->verdict.kind);
}

/* What the rule matches; `head`: what the last head matched. */
static struct pktset match_rule(const struct walk *w, const struct rule *r, struct pktset *head)
{
	struct pktset matched = { 0 };
	if ((!r->is_part || head->n) && compile_rule(&w->compile, r, &matched) && r->is_part)
		matched = pktset_and(w->dims, w->arena, head, &matched);
	if (r->is_head)
		*head = matched;
	return matched;
}

/* One more rule? Visits and bytes are bounded, whatever the machine. */
static bool may_visit(struct walk *w)
{
	size_t rules = w->flow->ruleset->n_rules;
	if (++w->visits > VISITS_MAX + 4 * rules)
		w->flow->gave_up = "too many ways through the user chains";
	else if (w->visits % BYTES_LOOKED_AT == 0 &&
		 arena_size(w->arena) > BYTES_MAX + BYTES_PER_RULE * rules)
		w->flow->gave_up = "its sets of packets take too much memory";
	return !w->flow->gave_up;
}

static void walk_chain(struct walk *w, struct frame *f)
{
	struct pktset head = { 0 }; /* what the last head matched */
	struct pktset sent = {
		0
	}; /* an element of this rule's map sent them to its chain: they skip the other elements */
	struct region map = { 0 }; /* what arrives at the first element of this rule's map */
	if (f->depth > CALLS_MAX) {
		w->flow->gave_up = "user chains call each other more than 512 deep";
		return;
	}
	f->entry = w->n_entries[f->chain->id]++;
	for (size_t i = 0; i < f->chain->n; i++) {
		const struct rule *r = f->chain->items[i];
		struct pktset matched;
		if (w->flow->gave_up)
			return;
		if (!may_visit(w))
			return;
		if (!r->is_arm)
			map.cube = NULL;
		else if (!r->same_rule || !map.cube)
			map = region_here(w, f);
		if (!r->same_rule)
			sent.n = 0;
		matched = match_rule(w, r, &head);
		if (!matched.n && !f->state_named && !rule_has_ct_state(r) &&
		    !w->flow->options.all_visits)
			continue;
		uint32_t ev = add_event(w, f, r, r->verdict.kind);
		/* a map is looked up once: packets that arrive at one element arrive at each,
		 * whatever their order */
		if (map.cube)
			w->flow->items[ev].arrives = map;
		if (sent.n)
			matched = pktset_minus(w->arena, &matched, &sent);
		set_taken(w, f, ev, &matched);
		if (!w->flow->items[ev].n_taken)
			continue;
		if (r->n_statements) {
			walk_apply_statements(w, ev);
			walk_translate(w, ev);
		}
		if (r->is_arm &&
		    (r->verdict.kind == VERDICT_JUMP || r->verdict.kind == VERDICT_GOTO) &&
		    w->writing->any)
			add_sent(w, &sent, &w->flow->items[ev]);
		if (!apply_verdict(w, f, ev))
			continue;
		add_unreached(w, f, i + 1);
		return;
	}
	f->leaks = true;
	if (f->depth)
		return;
	struct region *rest = arena_new_one(w->arena, struct region);
	*rest = region_here(w, f);
	enum verdict_kind v = policy_event(w, f, rest, 1);
	leave_base(w, rest, v == VERDICT_ACCEPT, (uint32_t)w->flow->n - 1);
}

static void walk_base(struct walk *w, const struct chain *base)
{
	w->base = base;
	w->left = NULL;
	w->accepted = NULL;
	if (!w->met_conntrack && !chain_is_before_conntrack(base))
		walk_meet_conntrack(w);
	w->stopped_before = w->flow->stopped;
	walk_enter_hook(w, base);
	struct pktset sees = walk_chain_filter(w, base);
	for (size_t i = 0; i < sees.n; i++) {
		struct frame f = { .chain = base };
		f.cube = cube_and(w->dims, w->arena, w->flow->start, sees.items[i].cube);
		if (!f.cube)
			continue;
		for (int k = 0; k < REGION_LISTS; k++)
			for (const struct except *x = sees.items[i].lists[k]; x; x = x->next)
				push_region(w, &f.returned, &x->region);
		for (const struct except *x = w->flow->options.translates && base->type == CHAIN_NAT
						      ? w->bound[translated_end(base)]
						      : NULL;
		     x; x = x->next)
			push_region(w, &f.returned, &x->region);
		walk_chain(w, &f);
	}
}

struct flow *flow_walk(const struct ruleset *rs, struct flow_space *space,
		       const struct flow_options *o, struct arena *a)
{
	struct flow *fl = arena_new_one(a, struct flow);
	*fl = (struct flow){ .ruleset = rs, .options = *o, .space = space };
	struct arena *scratch = arena_new();
	struct walk w = { .flow = fl, .arena = a, .scratch = scratch, .dims = &space->dims };
	w.compile = (struct compile){ .space = space,
				      .arena = a,
				      .bank = o->bank,
				      .view = o->view,
				      .translates = o->translates,
				      .approximated = &fl->approximated };
	fl->start = possible_packets(rs, o, space, a);
	w.pieces_max = o->pieces_max ? o->pieces_max
				     : FLOW_PIECES_MAX + 1000 * (uint64_t)rs->n_rules;
	w.writing = writing_of(space, rs);
	w.chains = arena_new_array(scratch, struct walked_chain, rs->n_chains);
	fl->n_entries = w.n_entries = arena_new_array(a, uint32_t, rs->n_chains);
	const enum hook *hooks;
	unsigned n_hooks = path_hooks(o->path, &hooks);
	for (unsigned i = 0; i < n_hooks; i++) {
		const struct chain *const *chains;
		size_t n = hook_chains(rs, o->path, hooks[i], o->family, scratch, &chains);
		if (o->path == PATH_FORWARD && hooks[i] == HOOK_FORWARD)
			walk_expire(&w);
		for (size_t j = 0; j < n; j++)
			walk_base(&w, chains[j]);
	}
	if (!w.met_conntrack)
		walk_meet_conntrack(&w);
	arena_free(scratch);
	return fl;
}

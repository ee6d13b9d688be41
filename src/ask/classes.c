/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classes of a question. A walk gives regions with one fate each: what each rule or policy
 * stops, and of the rest what each one accepts in the last base chain that stops anything. Packet
 * by packet, such a region is taken to pieces (carve.c), and the pieces are joined (join.c).
 */
#include "ask_private.h"

#include <stdint.h>
#include <stdlib.h>

#define PARTS_MAX 20000
#define LOOKS_MAX ((uint64_t)50 * 1000 * 1000)

struct asking {
	const struct ask_question *q;
	struct ask_answer *out;
	struct arena *arena;
	struct parts parts;
	struct budget left;
	/* of the walk that is looked at: */
	const struct flow *flow;
	struct pktset asked;       /* what is possible and asked */
	const struct cube *base;   /* what holds for all of it, and goes without saying: */
	const struct cube *unsaid; /* in this state */
	const struct chain *decides;
	const struct except *expired;                /* packets whose TTL runs out */
	const struct cube *possible[CT_STATE_COUNT]; /* in states that have this in common */
	unsigned n_possible;
};

/* ---- what is asked ---- */

static bool asks_for(const struct asking *g, enum field f)
{
	return matches_test(g->q->part.rule->matches, g->q->part.rule->n_matches, f);
}

static void narrow(struct asking *g, enum field f, u128 lo, u128 hi)
{
	struct range *r = arena_new_one(g->arena, struct range);
	*r = (struct range){ lo, hi };
	g->base = cube_and(&g->flow->space->dims, g->arena, g->base,
			   flow_cube_ranges(g->arena, f, r, 1));
}

/* What a walk of every state leaves open: which entries NEW packets can have, for example. */
static bool states_differ(const struct asking *g)
{
	const struct ruleset *rs = g->q->part.ruleset;
	bool differ = rs->tests[FIELD_CT_STATUS] || rs->tests[FIELD_CT_DIRECTION] ||
		      asks_for(g, FIELD_CT_STATUS) || asks_for(g, FIELD_CT_DIRECTION);
	for (size_t i = 0; i < rs->n_vars; i++)
		differ |= rs->vars[i]->is_local != END_NONE;
	for (enum field f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++)
		differ |= field_is_type_of(rs, f) != END_NONE;
	return differ;
}

static void set_base(struct asking *g)
{
	static const struct range there_or_not[] = { { 0, FIELD_OPTIONAL_MAX },
						     { FIELD_ABSENT, FIELD_ABSENT } };
	g->base = g->flow->start;
	if (!asks_for(g, FIELD_FRAGMENT))
		narrow(g, FIELD_FRAGMENT, 0, 0);
	if (g->flow->options.path == PATH_FORWARD && !asks_for(g, FIELD_TTL))
		narrow(g, FIELD_TTL, 2, 255);
	narrow(g, FIELD_CT_STATE, 0, CT_STATE_COUNT - 1);
	for (unsigned i = 0; i < g->q->part.ruleset->n_extra; i++)
		g->base = cube_and(&g->flow->space->dims, g->arena, g->base,
				   flow_cube_ranges(g->arena, FIELD_EXTRA + i, there_or_not, 2));
}

/* What is possible in each state; states in which the same is possible are taken together. */
static void set_possible(struct asking *g)
{
	g->n_possible = 0;
	for (unsigned s = 0; s < CT_STATE_COUNT; s++) {
		const struct cube *c = flow_possible(g->flow, (enum ct_state)s, g->arena);
		unsigned i = 0;
		while (c && i < g->n_possible && !cubes_same_but(g->possible[i], c, FIELD_CT_STATE))
			i++;
		if (c && i == g->n_possible)
			g->possible[g->n_possible++] = c;
		else if (c)
			g->possible[i] = cube_joined(g->possible[i], c, FIELD_CT_STATE, g->arena);
	}
}

/* The packets that are asked about, of what is possible in some states or (cube_all) in all. */
static void set_asked(struct asking *g, const struct cube *possible)
{
	const struct space *dims = &g->flow->space->dims;
	struct pktset question = flow_question_set(g->flow, g->q->part.rule, g->arena);
	struct region all = { .cube = cube_and(dims, g->arena, g->base, possible) };
	struct pktset set = { &all, 1, 1 };
	g->unsaid = all.cube;
	if (all.cube && cube_values(g->base, FIELD_CT_STATE)) /* the state itself is said */
		g->unsaid = cube_with(all.cube, FIELD_CT_STATE,
				      cube_values(g->base, FIELD_CT_STATE), g->arena);
	g->asked = all.cube ? pktset_and(dims, g->arena, &set, &question) : (struct pktset){ 0 };
	g->asked = pktset_minus(g->arena, &g->asked, &g->flow->elsewhere);
}

/* ---- fates ---- */

/*
 * On the way of the packet: the rules that accept it in other base chains that also stop packets,
 * and the rules that translate it.
 */
static void add_others(struct asking *g, struct part *part, const u128 *point)
{
	struct packet p = flow_packet(g->flow, point, g->arena);
	struct trace t = packet_trace(g->q->part.ruleset, g->flow->options.path, &p, g->arena);
	for (size_t i = 0; i < t.n; i++) {
		struct ask_place x = { t.items[i].rule, t.items[i].base };
		if (x.base == g->decides || !x.rule || t.items[i].verdict != VERDICT_ACCEPT)
			continue;
		if (t.items[i].to) {
			vec_push(g->arena, &part->places, x);
			continue;
		}
		for (size_t k = 0; k < g->flow->n; k++)
			if (g->flow->items[k].base == x.base &&
			    verdict_ends(g->flow->items[k].verdict) && g->flow->items[k].n_taken) {
				vec_push(g->arena, &part->places, x);
				break;
			}
	}
}

/* A part of the packets with the fate `like`; the point is one of them. */
static void add_part(struct asking *g, const struct part *like, const struct region *set,
		     const u128 *point)
{
	struct part p = *like;
	p.places.items = NULL;
	p.places.n = p.places.cap = 0;
	if (p.verdict.kind == VERDICT_ACCEPT)
		add_others(g, &p, point);
	for (size_t i = 0; i < like->places.n; i++)
		vec_push(g->arena, &p.places, like->places.items[i]);
	p.set = *set;
	p.set.cube = cube_to_say(&g->flow->space->dims, g->q->part.rule, g->unsaid, set->cube,
				 g->arena);
	vec_push(g->arena, &g->parts, p);
}

struct taking {
	struct pieces pieces; /* first */
	struct asking *g;
	const struct part *like;
	const struct region *all[2];
};

static bool take_piece(struct pieces *p, const u128 *point)
{
	struct taking *t = (struct taking *)p;
	struct asking *g = t->g;
	struct region set;
	if (!g->left.parts || p->looks > p->looks_max ||
	    !carve(g->flow, t->all, 2, p->found, point, &g->left, g->arena, &set)) {
		g->left.parts = 0;
		return false;
	}
	g->left.parts--;
	p->found = except_add(g->arena, p->found, &set);
	add_part(g, t->like, &set, point);
	return true;
}

/* Takes the packets of a region that are asked about to pieces. */
static void take_apart(struct asking *g, const struct part *like, const struct region *fate)
{
	struct taking t = {
		.pieces.take = take_piece, .g = g, .like = like, .all = { NULL, fate }
	};
	for (size_t i = 0; i < g->asked.n && !g->out->gave_up;) {
		const struct except *before = t.pieces.found;
		t.pieces.looks = 0;
		t.pieces.looks_max = g->left.looks;
		t.all[0] = &g->asked.items[i];
		enum pick p = region_pick_each(&g->flow->space->dims, t.all, 2, &t.pieces);
		g->left.looks -= t.pieces.looks < g->left.looks ? t.pieces.looks : g->left.looks;
		if (p == PICK_EMPTY)
			i++;
		else if (p == PICK_FOUND || t.pieces.found == before)
			g->out->gave_up = "the rules overlap in too many ways to be told apart";
	}
}

static void take_event(struct asking *g, size_t number)
{
	const struct flow_event *e = &g->flow->items[number];
	struct part like = { .path = g->flow->options.path,
			     .families = 1u << g->flow->options.family,
			     .verdict = { .kind = e->verdict },
			     .order = number + 1 };
	struct ask_place place = { e->rule, e->base };
	if (e->rule && verdict_ends(e->verdict))
		like.verdict = e->rule->verdict;
	vec_push(g->arena, &like.places, place);
	for (uint32_t k = 0; k < e->n_taken && !g->out->gave_up; k++) {
		struct region fate = e->taken[k];
		if (like.verdict.kind == VERDICT_ACCEPT) /* in front of FORWARD */
			region_leave_out(g->arena, &fate, g->expired);
		take_apart(g, &like, &fate);
	}
}

/* Does every packet that is not stopped come to the chain? */
static bool sees_all(const struct chain *base)
{
	return base->type != CHAIN_NAT && base->hook != HOOK_INGRESS && base->hook != HOOK_EGRESS;
}

/* The last base chain that stops packets; else the last one at the main hook of the path. */
static const struct chain *deciding_chain(const struct flow *f)
{
	const struct chain *last = NULL, *main = NULL;
	for (size_t i = 0; i < f->n; i++) {
		const struct chain *base = f->items[i].base;
		if (verdict_ends(f->items[i].verdict) && f->items[i].n_taken)
			last = base;
		if ((base->hook == HOOK_INPUT || base->hook == HOOK_FORWARD ||
		     base->hook == HOOK_OUTPUT) &&
		    base->type == CHAIN_FILTER)
			main = base;
	}
	return last ? last : main;
}

static bool is_accept_here(const struct flow_event *e, const void *base)
{
	return e->base == base && e->verdict == VERDICT_ACCEPT;
}

static void take_all(struct asking *g)
{
	const struct flow *f = g->flow;
	struct part rest = { .path = f->options.path,
			     .families = 1u << f->options.family,
			     .verdict = { .kind = VERDICT_ACCEPT },
			     .order = SIZE_MAX },
		    expired = rest;
	expired.verdict.kind = VERDICT_DROP;
	g->decides = deciding_chain(f);
	g->expired = NULL;
	for (size_t i = 0; i < f->expired.n; i++)
		g->expired = except_add(g->arena, g->expired, &f->expired.items[i]);
	for (size_t i = 0; i < f->n && !g->out->gave_up; i++)
		if (verdict_ends(f->items[i].verdict) || is_accept_here(&f->items[i], g->decides))
			take_event(g, i);
	for (size_t i = 0; i < f->expired.n && !g->out->gave_up; i++)
		take_apart(g, &expired, &f->expired.items[i]);
	if (g->out->gave_up || (g->decides && sees_all(g->decides)))
		return;
	struct region passing = flow_passing(f);
	passing.cube = f->start;
	if (g->decides)
		flow_leave_out(f, is_accept_here, g->decides, g->arena, &passing);
	take_apart(g, &rest, &passing);
}

/* ---- the answer ---- */

/* A packet of the class, of what is asked in the state that set_asked() was called for. */
static enum pick pick_sample(struct asking *g, const struct ask_class *c, struct packet *ret)
{
	enum pick found = PICK_EMPTY;
	for (size_t i = 0; i < g->asked.n && found == PICK_EMPTY; i++) {
		const struct region *all[] = { &g->asked.items[i], &c->set };
		found = flow_pick(g->flow, all, 2, g->arena, ret);
	}
	return found;
}

/* A packet that opens a connection looks like one where it can. */
static void make_plain(struct asking *g, struct ask_class *c, struct packet *p)
{
	static const struct range syn = { 0xff, TCP_SYN }, echo = { 8, 8 }, echo6 = { 128, 128 };
	u128 proto = p->v[FIELD_L4PROTO];
	bool v6 = g->flow->options.family == NFPROTO_VALUE_IPV6;
	const struct cube *wish = NULL, *set = c->set.cube;
	struct packet better;
	if (p->v[FIELD_CT_STATE] != CT_STATE_NEW)
		return;
	if (proto == L4PROTO_TCP)
		wish = cube_one(g->arena, (struct values){ FIELD_TCP_FLAGS, 1, &syn });
	else if (proto == L4PROTO_ICMP || proto == L4PROTO_ICMPV6)
		wish = cube_one(g->arena,
				(struct values){ FIELD_ICMP_TYPE, 1, v6 ? &echo6 : &echo });
	if (wish)
		c->set.cube = cube_and(&g->flow->space->dims, g->arena, set, wish);
	if (wish && c->set.cube && pick_sample(g, c, &better) == PICK_FOUND &&
	    better.v[FIELD_L4PROTO] == proto)
		*p = better;
	c->set.cube = set;
}

static enum pick sample_of(struct asking *g, const struct ask_class *c, struct packet *ret)
{
	enum pick found = PICK_EMPTY;
	for (unsigned i = 0; i < g->n_possible && found == PICK_EMPTY; i++) {
		set_asked(g, g->possible[i]);
		found = pick_sample(g, c, ret);
	}
	return found;
}

/* Gives the class its sample, which must have its verdict in the interpreter, too. */
static void add_class(struct asking *g, const struct part *part)
{
	struct ask_class c = { .path = part->path,
			       .families = part->families,
			       .verdict = part->verdict,
			       .set = part->set };
	for (size_t i = 0; i < part->places.n; i++)
		vec_push(g->arena, &c.places, part->places.items[i]);
	if (sample_of(g, &c, &c.sample) != PICK_FOUND) {
		g->out->gave_up = "no sample packet was found";
		return;
	}
	make_plain(g, &c, &c.sample);
	struct trace t = packet_trace(g->q->part.ruleset, c.path, &c.sample, g->arena);
	c.sample.relied_on = t.relied_on;
	if (!verdict_equal(&t.verdict, &c.verdict)) {
		g->out->gave_up = "a sample packet contradicts the answer";
		return;
	}
	class_words(g->out, &c, g->arena);
	vec_push(g->arena, g->out, c);
}

static int by_order(const void *x, const void *y)
{
	const struct part *p = x, *q = y;
	return p->order < q->order ? -1 : p->order > q->order;
}

static bool walk_path(struct asking *g, enum path p, enum nfproto_value family)
{
	const struct ruleset *rs = g->q->part.ruleset;
	struct flow_options o = { .path = p,
				  .family = family,
				  .state = STATE_EVERY,
				  .unmarked = ruleset_writes_mark(rs),
				  .translates = !g->out->is_untranslated };
	g->flow = flow_walk(rs, g->out->space, &o, g->arena);
	if (g->flow->gave_up || g->flow->approximated)
		g->out->gave_up = g->flow->gave_up ? g->flow->gave_up
						   : "a mark is written in too many ways to be "
						     "followed";
	g->out->is_untranslated |= g->out->gave_up != NULL; /* it may end without */
	set_base(g);
	set_possible(g);
	return !g->out->gave_up;
}

static void ask_path(struct asking *g, enum path p, enum nfproto_value family)
{
	if (!walk_path(g, p, family))
		return;
	if (!states_differ(g)) {
		set_asked(g, &cube_all);
		take_all(g);
		return;
	}
	for (unsigned i = 0; i < g->n_possible && !g->out->gave_up; i++) {
		set_asked(g, g->possible[i]);
		take_all(g);
	}
}

/* The parts of a path become classes. */
static void finish_path(struct asking *g, enum path p)
{
	parts_join(&g->out->space->dims, &g->parts, g->arena);
	qsort(g->parts.items, g->parts.n, sizeof(*g->parts.items), by_order);
	for (size_t i = 0; i < g->parts.n && !g->out->gave_up; i++) {
		const struct part *part = &g->parts.items[i];
		enum nfproto_value family = part->families & 1u << NFPROTO_VALUE_IPV4
						    ? NFPROTO_VALUE_IPV4
						    : NFPROTO_VALUE_IPV6;
		if (g->flow->options.family != family && !walk_path(g, p, family))
			return;
		add_class(g, part);
	}
	g->parts.n = 0;
}

/* Is the family asked about? Not if a dump of iptables says nothing about it. */
static bool is_asked(const struct asking *g, enum nfproto_value family)
{
	const struct ruleset *rs = g->q->part.ruleset;
	bool here = false, other = false;
	for (unsigned p = 0; p < PATH_COUNT; p++) {
		here |= path_has_chains(rs, (enum path)p, family);
		other |= path_has_chains(rs, (enum path)p,
					 family == NFPROTO_VALUE_IPV4 ? NFPROTO_VALUE_IPV6
								      : NFPROTO_VALUE_IPV4);
	}
	return here || !other || strcmp(rs->dialect, "iptables") != 0 || asks_for(g, FIELD_NFPROTO);
}

static void add_notes(struct asking *g)
{
	const struct ruleset *rs = g->q->part.ruleset;
	struct arena *a = g->arena;
	for (unsigned f = 0; f < 2; f++)
		if (!is_asked(g, (enum nfproto_value)f))
			vec_push(a, &g->out->notes,
				 arena_printf(a, "%s is left out: there are no rules for it",
					      f == NFPROTO_VALUE_IPV6 ? "IPv6" : "IPv4"));
	for (size_t i = 0; i < rs->n_chains; i++)
		if (rs->chains[i]->is_base && rs->chains[i]->policy == POLICY_UNKNOWN)
			vec_push(a, &g->out->notes,
				 arena_printf(a,
					      "the policy of %.*s is not known: accept is assumed",
					      STR_FMT(rs->chains[i]->name)));
	if (ruleset_other_order(rs, g->arena))
		vec_push(a, &g->out->notes,
			 "the order of some chains of the same priority is not known: one order is "
			 "assumed");
}

/* The answer by walks that all translate, or none does. */
static struct ask_answer answer(const struct ask_question *q, bool translates, struct arena *a)
{
	struct ask_answer out = { .ruleset = q->part.ruleset, .is_untranslated = !translates };
	struct asking g = { .q = q, .out = &out, .arena = a, .left = { PARTS_MAX, LOOKS_MAX } };
	for (unsigned f = 0; f < 2; f++)
		out.families |= (unsigned)is_asked(&g, (enum nfproto_value)f) << f;
	out.space = flow_space_new(q->part.ruleset, a);
	add_notes(&g);
	for (unsigned p = 0; p < PATH_COUNT && !out.gave_up; p++) {
		bool bridged = p != (unsigned)path_direction((enum path)p);
		for (unsigned f = 0; f < 2 && !out.gave_up; f++) {
			if (!(q->paths >> path_direction((enum path)p) & 1) ||
			    !is_asked(&g, (enum nfproto_value)f))
				continue;
			if (bridged &&
			    !path_has_chains(q->part.ruleset, (enum path)p, (enum nfproto_value)f))
				continue;
			ask_path(&g, (enum path)p, (enum nfproto_value)f);
		}
		if (g.parts.n && !out.gave_up)
			finish_path(&g, (enum path)p);
	}
	return out;
}

struct ask_answer ask_classes(const struct ask_question *q, struct arena *a)
{
	struct ask_answer out = answer(q, true, a);
	if (!out.is_untranslated)
		return out;
	out = answer(q, false, a);
	vec_push(a, &out.notes,
		 "there are too many address translations to be followed: addresses are those "
		 "that the rules at hand test");
	return out;
}

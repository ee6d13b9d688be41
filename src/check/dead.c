/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of rules whose packets earlier rules take. */
#include <fwlint/check_dead.h>

#define LOOKED_AT_MAX 20000 /* rules of chains that a dead rule leads to */
#define TRACED_MAX 50       /* dead rules that are shown with a packet */

/* Would the rule, if a packet came, do the same as the one that takes the packet? */
static bool does_as(const struct verdict *v, const struct rule *taker)
{
	return v->kind == taker->verdict.kind && v->kind != VERDICT_QUEUE;
}

static bool all_do_so(const struct chain *c, const struct rule *taker, unsigned *budget);

/* `budget`: how many rules are looked at; after that, the rule counts as different. */
static bool is_as(const struct rule *r, const struct rule *taker, unsigned *budget)
{
	enum verdict_kind k = r->verdict.kind;
	if ((k == VERDICT_JUMP || k == VERDICT_GOTO) && r->verdict.target == taker->chain)
		return true; /* it was taken there, by another way in */
	if (rule_acts(r) || rule_statement(r, STMT_LOG) || rule_statement(r, STMT_NAT))
		return false;
	if (k == VERDICT_JUMP || k == VERDICT_GOTO)
		return all_do_so(r->verdict.target, taker, budget);
	return k == VERDICT_CONTINUE || k == VERDICT_RETURN || does_as(&r->verdict, taker);
}

static bool all_do_so(const struct chain *c, const struct rule *taker, unsigned *budget)
{
	bool so = true;
	for (size_t i = 0; i < c->n && so; i++)
		so = *budget && ((*budget)--, is_as(c->items[i], taker, budget));
	return so;
}

static bool is_return(const struct dead_rule *s)
{
	return s->n == 1 && s->chain->items[s->at]->verdict.kind == VERDICT_RETURN;
}

/*
 * It asks for INVALID packets only, and these are dropped before: the customary first step, which a
 * fix may have made.
 */
static bool is_behind_invalid_drop(const struct dead_rule *s)
{
	bool so = true;
	for (size_t i = 0; i < s->n && so; i++)
		so = rule_ct_states(s->chain->items[s->at + i]) == 1u << CT_STATE_INVALID;
	for (size_t k = 0; k < s->reach->n_takers && so; k++)
		so = s->reach->takers[k]->verdict.kind == VERDICT_DROP;
	return so;
}

/* Nothing is lost by its being dead. */
static bool is_harmless(const struct dead_rule *s)
{
	bool so = true;
	unsigned budget = LOOKED_AT_MAX;
	if (is_return(s) && s->at + s->n == s->chain->n)
		return true; /* the customary end of a chain */
	if (is_behind_invalid_drop(s))
		return true;
	for (size_t i = 0; i < s->n && so; i++)
		for (size_t k = 0; k < s->reach->n_takers && so; k++)
			so = is_as(s->chain->items[s->at + i], s->reach->takers[k], &budget);
	return so;
}

static bool only_logs(const struct dead_rule *s)
{
	const struct rule *r = s->chain->items[s->at];
	return s->n == 1 && r->verdict.kind == VERDICT_CONTINUE && rule_statement(r, STMT_LOG);
}

/*
 * Has one of the rules that take its packets been reported itself, for matching more than is meant?
 */
static bool is_consequence(const struct dead_rule *s, const bool *found_cause)
{
	bool so = false;
	for (size_t k = 0; k < s->reach->n_takers && !so; k++)
		so = found_cause[s->reach->takers[k]->id];
	return so;
}

/* By rule id: does it match more than is meant? */
static const bool *causes(struct analysis *an)
{
	bool *list = arena_new_array(an->arena, bool, an->ruleset->n_rules + 1);
	for (size_t i = 0; i < an->found->n; i++)
		if (an->found->items[i].rule && an->found->items[i].check->matches_too_much)
			list[an->found->items[i].rule->id] = true;
	return list;
}

/* From a host to itself, or with a type of route that has no name: nobody has such a packet in
 * mind. */
static bool is_odd(const struct ruleset *rs, const struct packet *p)
{
	for (unsigned i = 0; i < rs->n_extra; i++)
		if (rs->extra[i].format == FORMAT_ROUTE_TYPE &&
		    p->v[FIELD_EXTRA + i] != FIELD_ABSENT &&
		    !route_type_name(p->v[FIELD_EXTRA + i]))
			return true;
	return p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6
		       ? p->v[FIELD_IP6_SADDR] == p->v[FIELD_IP6_DADDR]
		       : p->v[FIELD_IP_SADDR] == p->v[FIELD_IP_DADDR];
}

bool dead_run_witness(struct analysis *an, const struct dead_run *run, struct finding *f)
{
	const struct rule_reach *r = run->first.reach;
	if (!r->asked || is_odd(an->ruleset, r->asked) || an->n_dead_traced == TRACED_MAX)
		return true;
	an->n_dead_traced++;
	f->path = r->path;
	f->witness = *r->asked;
	f->trace = packet_trace(an->ruleset, r->path, r->asked, an->results);
	f->witness.relied_on = f->trace.relied_on;
	for (size_t i = 0; i < f->trace.n; i++)
		for (size_t k = 0; k < run->rules.n; k++)
			if (f->trace.items[i].rule == run->rules.items[k])
				return false;
	return true;
}

struct looking {
	struct analysis *an;
	const struct reachability *all;
	const bool *found, *cause; /* by rule id */
	void (*report)(struct analysis *an, const struct dead_run *run);
};

static void end_run(const struct looking *l, struct dead_run *run)
{
	if (run->rules.n)
		l->report(l->an, run);
	*run = (struct dead_run){ 0 };
}

static void add(struct analysis *an, struct dead_run *run, const struct dead_rule *s)
{
	if (!run->rules.n) {
		run->first = *s;
		run->is_harmless = run->only_logs = true;
	}
	run->only_logs = run->only_logs && only_logs(s);
	run->is_harmless = run->is_harmless && is_harmless(s);
	vec_push(an->results, &run->rules, s->chain->items[s->at]);
}

/*
 * Does it share its cause with those before it, as they all stand behind the rule that takes all
 * packets?
 */
static bool continues(const struct dead_run *run, const struct dead_rule *s)
{
	return run->rules.n && run->first.reach->reach == REACH_NONE &&
	       s->reach->reach == REACH_NONE;
}

static bool is_dead(const struct looking *l, const struct dead_rule *s, bool entered)
{
	return (s->reach->reach == REACH_TAKEN || (s->reach->reach == REACH_NONE && entered)) &&
	       s->reach->n_takers && !l->found[s->chain->items[s->at]->id] &&
	       !is_consequence(s, l->cause);
}

static void look(const struct looking *l, const struct chain *c)
{
	struct dead_run run = { 0 };
	bool entered = c->n && text_rule_reach(l->all, c, 0)->reach < REACH_NONE;
	for (size_t k = 0; k < c->n; k += text_rule(c, k)) {
		struct dead_rule s = { c, k, text_rule(c, k), text_rule_reach(l->all, c, k) };
		bool dead = is_dead(l, &s, entered);
		if (!dead || !continues(&run, &s))
			end_run(l, &run);
		if (dead)
			add(l->an, &run, &s);
	}
	end_run(l, &run);
}

void dead_runs(struct analysis *an, void (*report)(struct analysis *an, const struct dead_run *run))
{
	const struct looking l = { an, analysis_reach(an), analysis_rules_found(an), causes(an),
				   report };
	for (size_t i = 0; i < an->ruleset->n_chains && !l.all->gave_up; i++)
		look(&l, an->ruleset->chains[i]);
}

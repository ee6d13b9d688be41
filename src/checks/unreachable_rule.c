/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW201. Rules whose packets earlier rules take. */
#include <fwlint/check_analysis.h>

#include "lines.h"

#define DEPTH_MAX 64

/* Would the rule, if a packet came, do the same as the one that takes the packet? */
static bool does_as(const struct verdict *v, const struct rule *taker)
{
	return v->kind == taker->verdict.kind && v->kind != VERDICT_QUEUE;
}

static bool all_do_so(const struct chain *c, const struct rule *taker, unsigned depth);

static bool is_as(const struct rule *r, const struct rule *taker, unsigned depth)
{
	enum verdict_kind k = r->verdict.kind;
	if ((k == VERDICT_JUMP || k == VERDICT_GOTO) && r->verdict.target == taker->chain)
		return true; /* it was taken there, by another way in */
	if (rule_acts(r) || rule_statement(r, STMT_LOG) || rule_statement(r, STMT_NAT))
		return false;
	if (k == VERDICT_JUMP || k == VERDICT_GOTO)
		return depth < DEPTH_MAX && all_do_so(r->verdict.target, taker, depth + 1);
	return k == VERDICT_CONTINUE || k == VERDICT_RETURN || does_as(&r->verdict, taker);
}

static bool all_do_so(const struct chain *c, const struct rule *taker, unsigned depth)
{
	bool so = true;
	for (size_t i = 0; i < c->n && so; i++)
		so = is_as(c->items[i], taker, depth);
	return so;
}

/* A rule of the text, and what is known of it. */
struct subject {
	const struct chain *chain;
	size_t at, n;                   /* its parts */
	const struct rule_reach *reach; /* of the part that says most */
};

static struct subject subject_at(const struct reachability *all, const struct chain *c, size_t at)
{
	struct subject s = { c, at, text_rule(c, at), NULL };
	for (size_t i = 0; i < s.n; i++) {
		const struct rule_reach *r = &all->items[c->items[at + i]->id];
		if (!s.reach || r->reach < s.reach->reach)
			s.reach = r;
	}
	return s;
}

static bool is_return(const struct subject *s)
{
	return s->n == 1 && s->chain->items[s->at]->verdict.kind == VERDICT_RETURN;
}

/* Nothing is lost by its being dead. */
static bool is_harmless(const struct subject *s)
{
	bool so = true;
	if (is_return(s) && s->at + s->n == s->chain->n)
		return true; /* the customary end of a chain */
	for (size_t i = 0; i < s->n && so; i++)
		for (size_t k = 0; k < s->reach->n_takers && so; k++)
			so = is_as(s->chain->items[s->at + i], s->reach->takers[k], 0);
	return so;
}

static bool only_logs(const struct subject *s)
{
	const struct rule *r = s->chain->items[s->at];
	return s->n == 1 && r->verdict.kind == VERDICT_CONTINUE && rule_statement(r, STMT_LOG);
}

/* Is a rule that takes its packets one whose own defect has been reported (FW110)? */
static bool is_consequence(const struct subject *s, const bool *found_cause)
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
		if (an->found->items[i].rule && strcmp(an->found->items[i].check->id, "FW110") == 0)
			list[an->found->items[i].rule->id] = true;
	return list;
}

/* A run of dead rules with one cause. */
struct run {
	struct subject first;
	VEC(const struct rule *) rules; /* the first part of each */
	bool is_harmless;
};

/* Does the interpreter agree that the packet never comes to the rule? */
static bool is_confirmed(struct analysis *an, const struct run *run, struct finding *f)
{
	const struct rule_reach *r = run->first.reach;
	if (!r->asked)
		return true;
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

static void report(struct analysis *an, const struct run *run)
{
	const struct subject *s = &run->first;
	const struct rule *r = s->chain->items[s->at];
	const char *advice = chain_owner_advice(an->ruleset, s->chain);
	const char *by = rules_places(an, s->reach->takers, s->reach->n_takers);
	size_t n = run->rules.n;
	struct finding f = { .rule = r, .span = r->span, .path = PATH_COUNT };
	f.severity = run->is_harmless || advice ? SEV_NOTE : SEV_WARNING;
	f.message = n > 1 ? arena_printf(an->results, "%zu rules from here on match nothing: %s %s",
					 n, by,
					 s->reach->n_takers == 1 ? "takes all packets"
								 : "take all packets")
			  : arena_printf(an->results,
					 "this rule matches nothing: %s %s all that it asks for",
					 by, s->reach->n_takers == 1 ? "takes" : "take");
	f.detail = run->is_harmless ? "its verdict is that of the rules before it" : NULL;
	if (!run->is_harmless)
		f.detail = "its verdict is another: if it is meant, it belongs before them";
	if (is_confirmed(an, run, &f)) {
		f.tidy = tidy_delete_all(an, run->rules.items, n,
					 n > 1 ? "delete these rules" : "delete this rule");
		analysis_report_new(an, &f);
	}
}

static void end_run(struct analysis *an, struct run *run)
{
	if (run->rules.n)
		report(an, run);
	*run = (struct run){ 0 };
}

static void add(struct analysis *an, struct run *run, const struct subject *s)
{
	if (!run->rules.n) {
		run->first = *s;
		run->is_harmless = true;
	}
	run->is_harmless = run->is_harmless && is_harmless(s);
	vec_push(an->results, &run->rules, s->chain->items[s->at]);
}

/* Does it share its cause with those before it: they all stand behind the rule that takes all? */
static bool continues(const struct run *run, const struct subject *s)
{
	return run->rules.n && run->first.reach->reach == REACH_NONE &&
	       s->reach->reach == REACH_NONE;
}

static void look(struct analysis *an, const struct reachability *all, const bool *found,
		 const bool *cause, const struct chain *c)
{
	struct run run = { 0 };
	bool entered = c->n && text_rule_reach(all, c, 0) < REACH_NONE;
	for (size_t k = 0; k < c->n; k += text_rule(c, k)) {
		struct subject s = subject_at(all, c, k);
		bool is_dead = s.reach->reach == REACH_TAKEN ||
			       (s.reach->reach == REACH_NONE && entered);
		if (!is_dead || !s.reach->n_takers || found[c->items[k]->id] || only_logs(&s) ||
		    is_consequence(&s, cause)) {
			end_run(an, &run);
			continue;
		}
		if (!continues(&run, &s))
			end_run(an, &run);
		add(an, &run, &s);
	}
	end_run(an, &run);
}

static void run(struct analysis *an)
{
	const struct reachability *all = analysis_reach(an);
	const bool *found = analysis_rules_found(an), *cause = causes(an);
	for (size_t i = 0; i < an->ruleset->n_chains && !all->gave_up; i++)
		look(an, all, found, cause, an->ruleset->chains[i]);
}

// clang-format off
static const struct reference references[] = {
	{ "iptables(8), TARGETS: what a rule matches with a verdict is not seen by the rules behind it",
	  "https://man7.org/linux/man-pages/man8/iptables.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a host behind its network", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     "-A INPUT -s 192.0.2.0/24 -j DROP",
			     "-A INPUT -s 192.0.2.7/32 -p tcp -m tcp --dport 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      "-A INPUT -s 192.0.2.7/32 -p tcp -m tcp --dport 22 -j ACCEPT",
			      "-A INPUT -s 192.0.2.0/24 -j DROP",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "all states are taken", .line = 5, .tidy = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\ttcp dport { 22, 80 } accept",
			     "\t\ttcp dport 80 ct state new accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\ttcp dport { 22, 80 } accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_unreachable_rule = {
	.id = "FW201", .name = "unreachable-rule", .since = "0.1", .severity = SEV_WARNING,
	.fix = FIX_KIND_TIDY, .is_steady = true,
	.finds = "a rule that matches nothing, since rules before it take all that it asks for",
	.why =
		"The first rule that matches decides. A rule behind others that take everything it asks\n"
		"for does nothing: an exception that stands too late, or a line that nobody misses. It is a\n"
		"warning where the rule would do something else than those before it, and a note where it\n"
		"would do the same. Rules behind one that takes every packet are one finding.\n"
		"\n"
		"This is proved for packets of all states, marks and families, over all chains that they pass:\n"
		"the rules that are named take together all that the rule asks for. A test that fwlint does not\n"
		"know may answer anything, so it never makes a later rule dead. The packet that is shown is one\n"
		"that the rule asks for.",
	.fix_safety =
		"Where the rule would do the same as those before it, taking it away changes nothing, which is\n"
		"proved by a comparison: --tidy does that. If it is an exception, move it before them.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

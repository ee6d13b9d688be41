/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW203. Rules whose packets get the same verdict without them. */
#include <fwlint/check_analysis.h>

#include "lines.h"

#define AHEAD_MAX 256 /* how many rules behind one are looked at */
#define COMPARISONS_MAX 2000000

/* Do two tests of one field leave no packet? */
static bool tests_apart(const struct match *x, const struct match *y)
{
	if (x->kind != MATCH_RANGES || y->kind != MATCH_RANGES || x->negate || y->negate ||
	    x->field != y->field)
		return false;
	for (uint32_t i = 0; i < x->n; i++)
		for (uint32_t k = 0; k < y->n; k++)
			if (x->ranges[i].lo <= y->ranges[k].hi &&
			    y->ranges[k].lo <= x->ranges[i].hi)
				return false;
	return true;
}

static bool rules_apart(const struct rule *x, const struct rule *y)
{
	for (uint32_t i = 0; i < x->n_matches; i++)
		for (uint32_t k = 0; k < y->n_matches; k++)
			if (tests_apart(&x->matches[i], &y->matches[k]))
				return true;
	return false;
}

static bool is_plain(struct analysis *an, const struct rule *r)
{
	return !rule_has_effects(an, r) && !r->same_rule && !r->is_head && !r->is_part &&
	       !r->is_arm;
}

static bool ends_so(const struct chain *c, enum verdict_kind v)
{
	return c->is_base && ((v == VERDICT_ACCEPT && c->policy == POLICY_ACCEPT) ||
			      (v == VERDICT_DROP && c->policy == POLICY_DROP));
}

/* Do the rules behind it, and then the policy, give all of its packets the same verdict? */
static bool is_said_again(struct analysis *an, const struct chain *c, size_t at,
			  size_t *comparisons)
{
	const struct rule *r = c->items[at];
	for (size_t i = at + 1; i < c->n; i++) {
		const struct rule *next = c->items[i];
		if (i - at > AHEAD_MAX || ++*comparisons > COMPARISONS_MAX)
			return false;
		if (rules_apart(r, next))
			continue;
		if (next->verdict.kind != r->verdict.kind || !is_plain(an, next))
			return false;
		if (!next->n_matches)
			return true;
	}
	return ends_so(c, r->verdict.kind);
}

static bool is_subject(struct analysis *an, const struct reachability *all, const struct chain *c,
		       size_t at)
{
	const struct rule *r = c->items[at];
	if (rule_ct_states(r) == 1u << CT_STATE_INVALID)
		return false; /* the customary first step */
	return (r->verdict.kind == VERDICT_ACCEPT || r->verdict.kind == VERDICT_DROP) &&
	       is_plain(an, r) && (at + 1 == c->n || !c->items[at + 1]->same_rule) &&
	       all->items[r->id].reach == REACH_TAKES;
}

static void report(struct analysis *an, const struct rule *const *list, size_t n)
{
	struct finding f = { .severity = SEV_NOTE, .rule = list[0], .span = list[0]->span };
	f.path = PATH_COUNT;
	f.message = n > 1 ? arena_printf(an->results,
					 "without these %zu rules every packet has the same "
					 "verdict",
					 n)
			  : "without this rule every packet has the same verdict";
	f.tidy = tidy_delete_all(an, list, n, n > 1 ? "delete these rules" : "delete this rule");
	analysis_report_new(an, &f);
}

static void look(struct analysis *an, const struct reachability *all, const bool *found,
		 const struct chain *c, size_t *comparisons)
{
	VEC(const struct rule *) run = { 0 };
	for (size_t k = 0; k <= c->n; k++) {
		if (k < c->n && !found[c->items[k]->id] && is_subject(an, all, c, k) &&
		    is_said_again(an, c, k, comparisons)) {
			vec_push(an->results, &run, c->items[k]);
			continue;
		}
		if (run.n)
			report(an, run.items, run.n);
		run.items = NULL; /* the finding has them */
		run.n = run.cap = 0;
	}
}

static void run(struct analysis *an)
{
	const struct reachability *all = analysis_reach(an);
	const bool *found = analysis_rules_found(an);
	size_t comparisons = 0;
	for (size_t i = 0; i < an->ruleset->n_chains && !all->gave_up; i++)
		if (an->ruleset->chains[i]->type == CHAIN_FILTER &&
		    !chain_owner_advice(an->ruleset, an->ruleset->chains[i]))
			look(an, all, found, an->ruleset->chains[i], &comparisons);
}

// clang-format off
static const struct reference references[] = {
	{ "iptables(8), -P: the policy is the target of what reaches the end",
	  "https://man7.org/linux/man-pages/man8/iptables.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "drops in front of the drop", .line = 5, .tidy = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 23 -j DROP",
			     "-A INPUT -p udp -j DROP",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "the policy, said once more", .line = 5, .tidy = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname \"lo\" accept",
			     "\t\tcounter drop",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"lo\" accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_redundant_rule = {
	.id = "FW203", .name = "redundant-rule", .since = "0.1", .severity = SEV_NOTE,
	.fix = FIX_KIND_TIDY, .is_steady = true,
	.finds = "a rule without which every packet has the same verdict",
	.why =
		"The rules behind it, and the policy, give all its packets the same verdict. Often that is\n"
		"intended: a drop in front of the policy has a counter, and stays when the policy is changed. So it\n"
		"is a note.\n"
		"\n"
		"Rules that also do something else (log, mark, limit, remember, use a named counter) are not\n"
		"reported, nor are drops of INVALID, the customary first step. fwlint checks accepts and drops of\n"
		"filter chains, and looks at 256 rules behind each.",
	.fix_safety =
		"--tidy removes these rules. A comparison of both texts proves that no verdict changes.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

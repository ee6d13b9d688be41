/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW110. A test of the conntrack state that excludes no state at all, though
 * it is written as a negation.
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* "Not one of none": no state has the combined value. */
static bool excludes_nothing(const struct match *m)
{
	if (m->kind == MATCH_ANY || m->kind == MATCH_ALL) {
		for (uint32_t i = 0; i < m->n; i++)
			if (excludes_nothing(&m->parts[i]))
				return true;
		return false;
	}
	return m->kind == MATCH_RANGES && m->field == FIELD_CT_STATE && m->negate && !m->n;
}

static bool has_trap(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (excludes_nothing(&r->matches[i]))
			return true;
	return false;
}

static void look(const struct visit *v, void *context)
{
	(void)context;
	struct finding f = {
		.rule = v->rule,
		.span = v->rule->span,
		.severity = SEV_WARNING,
		.message = "this matches packets of every state",
		.detail = "'ct state != a,b' means: not all of them at once; '!= { a, b }' means: "
			  "none of them",
	};
	if (has_trap(v->rule) && visit_pick(v, NULL, &f))
		analysis_report(v->an, &f);
}

static void run(struct analysis *an)
{
	static const enum ct_state states[] = { CT_STATE_ESTABLISHED, CT_STATE_NEW,
						CT_STATE_INVALID };
	for (unsigned s = 0; s < ARRAY_SIZE(states) && ruleset_any_rule(an->ruleset, has_trap); s++)
		analysis_visits(an, (int)states[s], look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "nft(8), CT EXPRESSIONS and BITMASK TYPE",
	  "https://www.netfilter.org/projects/nftables/manpage.html" },
	{ "nft --debug=netlink: `ct state != established,related` becomes [ cmp neq reg 1 0x06000000 ]",
	  NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a drop of everything that reads as a drop of the rest", .line = 4,
		.by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy accept;",
			     "\t\tct state != established,related drop",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy accept;",
			      "\t\tct state != { established, related } drop",
			      "\t}",
			      "}"),
	},
};

const struct check check_state_negation_matches_all = {
	.id = "FW110", .name = "state-negation-matches-all", .since = "0.1", .severity = SEV_WARNING,
	.matches_too_much = true,
	.finds = "a negated list of conntrack states that matches packets of every state",
	.why =
		"In nft the states of a list are the bits of one number. A packet has one state, so one bit, and\n"
		"`ct state != established,related` compares that with both bits at once: they are never equal, so\n"
		"the test is true for every packet, even an ESTABLISHED one. `nft list ruleset` shows such a rule\n"
		"as `ct state != established | related`.\n"
		"\n"
		"To match packets of neither state, write `ct state != { established, related }` or `ct state ! established,related`.",
	.fix_safety =
		"There is no automatic fix: another ruleset was meant, and only its author knows which. Write the\n"
		"braces, and check what the rules behind this one do with the packets that it used to take.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW206. Elements of a verdict map that no packet brings. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static void look(struct analysis *an, const struct reachability *all, const struct chain *c,
		 size_t at)
{
	size_t n = text_rule(c, at), dead = 0, arms = 0;
	const struct rule *first = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct rule *r = c->items[at + i];
		arms += r->is_arm;
		if (!r->is_arm || all->items[r->id].reach < REACH_TAKEN)
			continue;
		first = first ? first : r;
		dead++;
	}
	if (!dead || dead == arms)
		return; /* else it is the rule that matches nothing: FW201, FW202 */
	struct finding f = { .severity = SEV_NOTE, .rule = first, .path = PATH_COUNT };
	f.span = first->verdict.span.len ? first->verdict.span : first->span;
	f.message = arena_printf(an->results, "no packet matches %s of this verdict map",
				 dead == 1 ? "this element"
					   : arena_printf(an->results,
							  "this and %zu other elements", dead - 1));
	analysis_report_new(an, &f);
}

static void run(struct analysis *an)
{
	const struct reachability *all = analysis_reach(an);
	for (size_t i = 0; i < an->ruleset->n_chains && !all->gave_up; i++) {
		const struct chain *c = an->ruleset->chains[i];
		for (size_t k = 0; k < c->n; k += text_rule(c, k))
			if (text_rule_reach(all, c, k)->reach == REACH_TAKES)
				look(an, all, c, k);
	}
}

// clang-format off
static const struct reference references[] = {
	{ "nft(8), RULES and VERDICT STATEMENTS",
	  "https://www.netfilter.org/projects/nftables/manpage.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a port that was decided before", .line = 5, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\ttcp dport 22 drop",
			     "\t\ttcp dport vmap { 22 : accept, 80 : accept }",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\ttcp dport vmap { 22 : accept, 80 : accept }",
			      "\t}",
			      "}"),
	},
};

const struct check check_unmatched_map_element = {
	.id = "FW206", .name = "unmatched-map-element", .since = "0.1", .severity = SEV_NOTE,
	.is_steady = true,
	.finds = "elements of a verdict map that no packet matches, while others are used",
	.why =
		"An element of a verdict map does nothing if its packets are taken before the map, or never come to\n"
		"it. It is like a rule that is never reached (FW201). If no element is used, the rule is reported\n"
		"instead.",
	.fix_safety =
		"There is no automatic fix: take the element out, or move the map before the rules that take its\n"
		"packets.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

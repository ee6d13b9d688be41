/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW204. Chains with rules to which nothing leads. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static bool *reached_chains(struct analysis *an)
{
	const struct ruleset *rs = an->ruleset;
	bool *is_target = arena_new_array(an->arena, bool, rs->n_chains + 1);
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++)
			if (rs->chains[i]->items[k]->verdict.target)
				is_target[rs->chains[i]->items[k]->verdict.target->id] = true;
	return is_target;
}

static void run(struct analysis *an)
{
	const bool *is_target = reached_chains(an);
	for (size_t i = 0; i < an->ruleset->n_chains; i++) {
		const struct chain *c = an->ruleset->chains[i];
		/* an empty one may be filled, and led to, by another program */
		if (c->is_base || !c->n || !c->span.len || is_target[c->id] ||
		    chain_is_of_program(c->name) || chain_owner_advice(an->ruleset, c))
			continue;
		analysis_report_new(an, &(struct finding){ .severity = SEV_NOTE,
							   .span = c->span,
							   .path = PATH_COUNT,
							   .message = arena_printf(
								   an->results,
								   "nothing leads to chain '%.*s': "
								   "its %zu rule%s nothing",
								   STR_FMT(c->name), c->n,
								   c->n == 1 ? " does" : "s do") });
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
		.dialect = "iptables", .title = "a chain that lost its jump", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     ":services - [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A services -p tcp -m tcp --dport 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      ":services - [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -j services",
			      "-A services -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "the hook is missing", .line = 2, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttcp dport 22 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\ttcp dport 22 accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_unused_chain = {
	.id = "FW204", .name = "unused-chain", .since = "0.1", .severity = SEV_NOTE,
	.is_steady = true,
	.finds = "a chain with rules that no hook and no jump leads to",
	.why =
		"A chain without a hook is entered only by a jump, a goto or a verdict map. Without one of these,\n"
		"its rules do nothing. With nft, a chain without the line `type … hook …` is such a chain, whatever\n"
		"its name is. Chains without rules are not reported, nor are those of other programs, which fill\n"
		"them and jump to them at run time.",
	.fix_safety =
		"There is no automatic fix: add the jump or the hook, or remove the chain.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

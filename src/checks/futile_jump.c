/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW205. Jumps to chains that can end nothing. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static bool is_futile(struct analysis *an, const struct rule *r)
{
	const struct chain *to = r->verdict.target;
	return r->verdict.kind == VERDICT_JUMP && to->n && chain_does_nothing(an, to) &&
	       !rule_has_effects(an, r) && !r->is_arm && !r->is_head && !r->is_part &&
	       (r->chain->is_base || !chain_does_nothing(an, r->chain)) &&
	       !chain_is_of_program(to->name) && !chain_owner_advice(an->ruleset, to);
}

static void run(struct analysis *an)
{
	const struct reachability *all = analysis_reach(an);
	for (size_t i = 0; i < an->ruleset->n_chains; i++)
		for (size_t k = 0; k < an->ruleset->chains[i]->n; k++) {
			const struct rule *r = an->ruleset->chains[i]->items[k];
			if (!is_futile(an, r) || all->items[r->id].reach != REACH_TAKES)
				continue;
			struct finding f = { .severity = SEV_NOTE, .rule = r, .span = r->span };
			f.path = PATH_COUNT;
			f.message = arena_printf(an->results,
						 "no rule of chain '%.*s' decides anything: this "
						 "jump does nothing",
						 STR_FMT(r->verdict.target->name));
			f.tidy = tidy_delete(an, r, "delete this jump");
			analysis_report_new(an, &f);
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
		.dialect = "iptables", .title = "only returns", .line = 5, .tidy = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     ":known - [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -j known",
			     "-A known -s 192.0.2.0/24 -j RETURN",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      ":known - [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A known -s 192.0.2.0/24 -j RETURN",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "counters that nobody reads", .line = 8, .tidy = true,
		.bad = LINES("table inet filter {",
			     "\tchain seen {",
			     "\t\tip saddr 192.0.2.0/24 counter",
			     "\t}",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname \"lo\" accept",
			     "\t\ttcp dport 22 jump seen",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain seen {",
			      "\t\tip saddr 192.0.2.0/24 counter",
			      "\t}",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"lo\" accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_futile_jump = {
	.id = "FW205", .name = "futile-jump", .since = "0.1", .severity = SEV_NOTE,
	.fix = FIX_KIND_TIDY, .is_steady = true,
	.finds = "a jump to a chain whose rules neither decide nor do anything",
	.why =
		"The rules of the chain, and of the chains that it leads to, only return, or count packets without\n"
		"a named counter: each packet comes back unchanged. A chain without rules is not reported: another\n"
		"program, or the administrator, may fill it. Nor is a chain that logs, marks, remembers or limits.",
	.fix_safety =
		"--tidy removes the jump; a comparison proves that no verdict changes.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

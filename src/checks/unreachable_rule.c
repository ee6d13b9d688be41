/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW201. Rules whose packets earlier rules take. */
#include <fwlint/check_dead.h>

#include "lines.h"

static void report(struct analysis *an, const struct dead_run *run)
{
	if (run->only_logs) /* FW207 */
		return;
	const struct dead_rule *s = &run->first;
	const struct rule *r = s->chain->items[s->at];
	const char *advice = chain_owner_advice(an->ruleset, s->chain);
	const char *take = rules_take(an, s->reach->takers, s->reach->n_takers);
	size_t n = run->rules.n;
	struct finding f = { .rule = r, .span = r->span, .path = PATH_COUNT };
	f.severity = run->is_harmless || advice ? SEV_NOTE : SEV_WARNING;
	f.message = n > 1 ? arena_printf(an->results,
					 "%zu rules from here on match nothing: %s all packets", n,
					 take)
			  : arena_printf(an->results,
					 "this rule matches nothing: %s all its packets", take);
	f.detail = run->is_harmless ? "the rules before it give the same verdict" : NULL;
	if (!run->is_harmless)
		f.detail = "its verdict differs from theirs: if it is meant, move it before them";
	if (dead_run_witness(an, run, &f)) {
		f.tidy = tidy_delete_all(an, run->rules.items, n,
					 n > 1 ? "delete these rules" : "delete this rule");
		analysis_report_new(an, &f);
	}
}

static void run(struct analysis *an)
{
	dead_runs(an, report);
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
	.finds = "a rule that matches nothing, because earlier rules take all its packets",
	.why =
		"The first rule that matches decides. A rule does nothing if earlier rules take all packets that it\n"
		"matches: it is an exception that comes too late, or a line that nobody misses. It is a warning\n"
		"where its effect would differ from theirs, and a note where it would be the same. Rules behind one\n"
		"that takes every packet are one finding.\n"
		"\n"
		"This is proved for packets of all states, marks and families, over all chains that they pass:\n"
		"together, the named rules take every packet that this rule matches. A test that fwlint cannot\n"
		"evaluate may give any answer, so it never makes a later rule dead. The packet that is shown is one\n"
		"that the rule matches.",
	.fix_safety =
		"Where the rule would do the same as those before it, --tidy removes it; a comparison proves that\n"
		"no verdict changes. If it is an exception, move it before them.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

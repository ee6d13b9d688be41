/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW207. Logs whose packets were decided before. */
#include <fwlint/check_dead.h>

#include "lines.h"

static void report(struct analysis *an, const struct dead_run *run)
{
	const struct rule *r = run->rules.items[0];
	const struct rule_reach *reach = run->first.reach;
	struct finding f = { .rule = r, .span = r->span, .path = PATH_COUNT };
	if (!run->only_logs || !dead_run_witness(an, run, &f))
		return;
	f.severity = run->is_harmless || chain_owner_advice(an->ruleset, r->chain) ? SEV_NOTE
										   : SEV_WARNING;
	f.message = arena_printf(an->results, "this logs nothing: %s its packets before",
				 rules_take(an, reach->takers, reach->n_takers));
	f.detail = "a log does not end the way of a packet: put it before the verdict";
	f.tidy = tidy_delete_all(an, run->rules.items, run->rules.n, "delete this log");
	analysis_report_new(an, &f);
}

static void run(struct analysis *an)
{
	dead_runs(an, report);
}

// clang-format off
static const struct reference references[] = {
	{ "iptables-extensions(8), LOG: a non-terminating target",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "dropped, then logged", .line = 4, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -p tcp -m tcp --dport 23 -j DROP",
			     "-A INPUT -p tcp -m tcp --dport 23 -j LOG --log-prefix \"telnet \"",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -p tcp -m tcp --dport 23 -j LOG --log-prefix \"telnet \"",
			      "-A INPUT -p tcp -m tcp --dport 23 -j DROP",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "the last two lines, turned round", .line = 7, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy accept;",
			     "\t\tiifname \"lo\" accept",
			     "\t\ttcp dport 22 accept",
			     "\t\tdrop",
			     "\t\tlog prefix \"dropped \"",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy accept;",
			      "\t\tiifname \"lo\" accept",
			      "\t\ttcp dport 22 accept",
			      "\t\tlog prefix \"dropped \"",
			      "\t\tdrop",
			      "\t}",
			      "}"),
	},
};

const struct check check_log_behind_verdict = {
	.id = "FW207", .name = "log-behind-verdict", .since = "0.1", .severity = SEV_WARNING,
	.fix = FIX_KIND_TIDY, .is_steady = true,
	.finds = "a log behind rules that decide about all of its packets",
	.why =
		"A rule that logs lets its packet go on; one with a verdict does not. So the log belongs before the\n"
		"drop. Behind it, it sees no packet, and the administrator takes the silence for calm.",
	.fix_safety =
		"Move the log before the rules that are named. --tidy removes it, which changes no verdict.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

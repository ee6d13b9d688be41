/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW405. Logs that strangers can fill. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* A limit of any rule on its way, such as the jump to the chain that logs. */
static bool is_limited_before(const struct trace *t, const struct rule *r)
{
	bool so = false;
	for (size_t i = 0; i < t->n && t->items[i].rule != r && !so; i++)
		so = t->items[i].rule && rule_remembers(t->items[i].rule);
	return so;
}

static void look(const struct visit *v, void *context)
{
	bool *seen = context;
	const struct rule *r = v->rule;
	struct finding f = { .severity = SEV_NOTE, .rule = r, .span = r->span };
	struct region outside = analysis_not_loopback(v->an, v->flow->options.path);
	if (v->flow->options.path == PATH_OUTPUT || seen[r->id] || !rule_statement(r, STMT_LOG) ||
	    rule_remembers(r) || chain_owner_advice(v->an->ruleset, r->chain) ||
	    !visit_pick(v, ALL_OF(&outside), &f) || is_limited_before(&f.trace, r))
		return;
	seen[r->id] = true;
	f.message = "a line for each packet: whoever sends many fills the log";
	analysis_report_new(v->an, &f);
}

static void run(struct analysis *an)
{
	analysis_visits(an, CT_STATE_NEW, look,
			arena_new_array(an->arena, bool, an->ruleset->n_rules + 1));
}

// clang-format off
static const struct reference references[] = {
	{ "iptables-extensions(8), limit",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "the last line but one", .line = 5, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			     "-A INPUT -j LOG --log-prefix \"dropped \"",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "-A INPUT -m limit --limit 5/min -j LOG --log-prefix \"dropped \"",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a prefix, but no limit", .line = 6, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname \"lo\" accept",
			     "\t\tmeta l4proto ipv6-icmp accept",
			     "\t\tlog prefix \"dropped \"",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"lo\" accept",
			      "\t\tmeta l4proto ipv6-icmp accept",
			      "\t\tlimit rate 5/minute log prefix \"dropped \"",
			      "\t}",
			      "}"),
	},
};

const struct check check_unlimited_log = {
	.id = "FW405", .name = "unlimited-log", .since = "0.1", .severity = SEV_NOTE,
	.profile = PROFILE_HARDENING, .is_steady = true,
	.finds = "a log without a limit that new packets from outside reach",
	.why =
		"Each packet that is logged costs a line on the disk and processor time. Without a limit, a\n"
		"stranger decides how many. The packet that is shown comes from outside and opens a connection.\n"
		"This is an opinion: it is on with --profile hardening or all.",
	.fix_safety =
		"There is no automatic fix: add `-m limit`, or `limit rate` before `log` in nft. Then fewer packets\n"
		"are logged; if the rule does nothing else, no verdict changes.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW311. What no rule names is let in. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static bool is_last_word(const struct flow_event *e)
{
	return !e->rule && e->verdict == VERDICT_ACCEPT && e->base->type == CHAIN_FILTER &&
	       e->base->priority == PRIORITY_FILTER && e->base->policy == POLICY_ACCEPT &&
	       (e->base->hook == HOOK_INPUT || e->base->hook == HOOK_FORWARD);
}

static void look(struct analysis *an, const struct flow *flow, void *context)
{
	struct region passing = analysis_accepted(an, flow, true),
		      outside = analysis_not_loopback(an, flow->options.path);
	(void)context;
	for (size_t i = 0; i < flow->n; i++) {
		const struct flow_event *e = &flow->items[i];
		struct finding f = { .severity = SEV_WARNING, .span = e->base->span };
		if (!is_last_word(e) || !e->n_taken ||
		    !analysis_pick(an, flow, ALL_OF(&e->taken[0], &passing, &outside), &f))
			continue;
		f.message = arena_printf(an->results,
					 "packets that no rule of '%.*s' names are let in: its "
					 "policy is accept",
					 STR_FMT(e->base->name));
		analysis_report(an, &f);
	}
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_NEW, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "CIS Benchmark for Ubuntu Linux 22.04 LTS v1.0.0, 3.5.2.8, 3.5.3.2.1 and 3.5.3.3.1: default deny",
	  NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a list of what is bad", .line = 2, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 23 -j DROP",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "the policy is not said", .line = 2, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter;",
			     "\t\tiifname \"lo\" accept",
			     "\t\ttcp dport 23 drop",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"lo\" accept",
			      "\t\tmeta l4proto ipv6-icmp accept",
			      "\t\ttcp dport 22 accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_no_default_deny = {
	.id = "FW311", .name = "no-default-deny", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.profile = PROFILE_HARDENING,
	.finds = "a chain of INPUT or FORWARD whose policy lets new packets in",
	.why =
		"A list of what is bad is never complete. Benchmarks ask that everything is dropped that no rule names.\n"
		"\n"
		"A filter chain of INPUT or FORWARD is reported if its policy is accept, and some new packet\n"
		"reaches that policy and is not stopped by another chain. A catch-all drop at its end is as good as\n"
		"a policy. This is an opinion: it is on with --profile hardening or all.",
	.fix_safety =
		"There is no automatic fix: accept what is meant, then set the policy to drop.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW105. Rules that accept INVALID packets because they name the state. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static void look(const struct visit *v, void *context)
{
	(void)context;
	/* Packets that a later base chain drops do no harm. */
	struct region passes = flow_passing(v->flow);
	struct finding f = {
		.severity = SEV_WARNING,
		.rule = v->rule,
		.span = v->rule->verdict.span,
		.message = "packets of state INVALID are accepted here",
		.detail = "they pass without address translation, and connection tracking does not "
			  "follow them",
	};
	if (v->event->verdict == VERDICT_ACCEPT && v->rule->verdict.kind == VERDICT_ACCEPT &&
	    rule_names_invalid(v->rule) && !chain_is_before_conntrack(v->event->base) &&
	    visit_pick(v, ALL_OF(&passes), &f))
		analysis_report(v->an, &f);
}

static void run(struct analysis *an)
{
	analysis_visits(an, CT_STATE_INVALID, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "netfilter-devel, March 2024: the maintainers' advice is never to let INVALID packets through",
	  NULL },
	{ "nf_nat_core.c: nf_nat_inet_fn() translates nothing without a conntrack entry (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_nat_core.c" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "INVALID in the list of what may come back", .line = 3,
		.by_hand = true,
		.bad = LINES("*filter",
			     ":FORWARD DROP [0:0]",
			     "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED,INVALID -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":FORWARD DROP [0:0]",
			      "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "an element of the verdict map", .line = 4, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tct state vmap { established : accept, invalid : accept }",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tct state vmap { established : accept, invalid : drop }",
			      "\t}",
			      "}"),
	},
};

const struct check check_invalid_accepted = {
	.id = "FW105", .name = "invalid-accepted", .since = "0.1", .severity = SEV_WARNING,
	.finds = "a rule that accepts packets of state INVALID by name",
	.why =
		"INVALID is what connection tracking cannot make sense of: a segment outside of the window, an\n"
		"answer to nothing, a malformed packet. Once accepted, it passes with the addresses that it has:\n"
		"behind NAT it reaches a host, or leaves, untranslated, and the host that gets it answers with a\n"
		"reset. A rule that accepts INVALID by name is mostly meant to keep connections alive that take\n"
		"two different ways. Connection tracking is the wrong tool for those.",
	.fix_safety =
		"There is no automatic fix: somebody wrote the state down on purpose. If both directions of every\n"
		"connection pass this host, drop INVALID. If not (asymmetric routing, direct server return), do\n"
		"not track those connections at all (NOTRACK), and filter them without states.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW105. Rules that accept INVALID packets because they name the state. */
#include <fwlint/check.h>

#include "lines.h"

extern const struct check check_invalid_accepted;

static void check_flow(struct analysis *an, const struct flow *flow, struct findings *out)
{
	for (size_t i = 0; i < flow->n; i++) {
		const struct flow_event *e = &flow->items[i];
		if (!e->rule || e->verdict != VERDICT_ACCEPT || e->rule->verdict.kind != VERDICT_ACCEPT || chain_is_before_conntrack(e->base) ||
		    !rule_names_invalid(e->rule))
			continue;
		/* What is dropped by a later base chain does no harm. */
		struct region passes = { .cube = &cube_all };
		passes.lists[0] = flow->stopped;
		for (uint32_t k = 0; k < e->n_taken; k++) {
			struct finding f = {
				.check = &check_invalid_accepted, .rule = e->rule, .severity = SEV_WARNING,
				.span = e->rule->verdict.span, .path = flow->options.path,
				.message = "packets of state INVALID are accepted here: they pass without address "
					   "translation, and connection tracking does not follow them",
			};
			const struct region *both[] = { &e->taken[k], &passes };
			if (analysis_pick(an, flow, both, 2, &f.witness, &f.trace))
				findings_add(an, out, &f);
		}
	}
}

static void run(struct analysis *an, struct findings *out)
{
	analysis_walks(an, CT_STATE_INVALID, check_flow, out);
}

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
		"INVALID is what connection tracking cannot make sense of: a segment out of the window,\n"
		"an answer to nothing, a packet that is malformed. Accepted, it passes with the addresses\n"
		"that it has: behind NAT it reaches a host, or leaves, untranslated, and that host answers\n"
		"with a reset. A rule that names INVALID is mostly meant to keep connections alive that take\n"
		"two ways; connection tracking is the wrong tool for those.",
	.fix_safety =
		"There is no automatic fix: somebody wrote the state down. Where both directions of every\n"
		"connection pass this host, drop INVALID. Where not (asymmetric routing, direct server\n"
		"return), do not track those connections at all (NOTRACK), and filter them without states.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};

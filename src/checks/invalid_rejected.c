/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW106. Rules that answer INVALID packets because they name the state. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static void look(const struct visit *v, void *context)
{
	(void)context;
	struct finding f = {
		.severity = SEV_WARNING,
		.rule = v->rule,
		.span = v->rule->verdict.span,
		.reset = v->rule,
		.cure = CURE_DROP_INVALID,
		.message = "packets of state INVALID are rejected here: drop them instead",
		.detail = "the answer goes to a connection that may be healthy",
	};
	if (v->event->verdict == VERDICT_REJECT && rule_names_invalid(v->rule) &&
	    !chain_is_before_conntrack(v->event->base) && visit_pick(v, NULL, &f))
		analysis_report(v->an, &f);
}

static void run(struct analysis *an)
{
	analysis_visits(an, CT_STATE_INVALID, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "iptables-extensions(8), REJECT: \"you should not indiscriminately apply the REJECT target to "
	  "packets whose connection state is classified as INVALID\" (since iptables 1.8.6)",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "an answer to what cannot be made sense of", .line = 2,
		.bad = LINES("*filter",
			     "-A INPUT -m conntrack --ctstate INVALID -j REJECT --reject-with icmp-port-unreachable",
			     "COMMIT"),
		.good = LINES("*filter",
			      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			      "-A INPUT -m conntrack --ctstate INVALID -j REJECT --reject-with icmp-port-unreachable",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "the same with nft", .line = 4,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tct state invalid reject",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tct state invalid drop",
			      "\t\tct state invalid reject",
			      "\t}",
			      "}"),
	},
};

const struct check check_invalid_rejected = {
	.id = "FW106", .name = "invalid-rejected", .since = "0.1", .severity = SEV_WARNING,
	.fix = FIX_KIND_INSERT,
	.finds = "a rule that rejects packets of state INVALID by name",
	.why =
		"An INVALID packet may belong to a healthy connection: a segment that was reordered, or\n"
		"whose ACK is of data that connection tracking has not seen. A reject answers it: with a\n"
		"reset the connection dies at once (FW102), with an ICMP error the sender may give up.\n"
		"The manual page of iptables warns of just this rule.",
	.fix_safety =
		"The fix drops INVALID directly before the rule, with the rule's own interface, address and port\n"
		"tests. The rule then matches nothing and may be removed. See FW101 for where dropping INVALID\n"
		"does harm.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

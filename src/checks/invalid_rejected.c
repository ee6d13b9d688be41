/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW106. Rules that answer INVALID packets because they name the state. */
#include <fwlint/check.h>

#include "lines.h"

extern const struct check check_invalid_rejected;

static void check_flow(struct analysis *an, const struct flow *flow, struct findings *out)
{
	for (size_t i = 0; i < flow->n; i++) {
		const struct flow_event *e = &flow->items[i];
		if (!e->rule || e->verdict != VERDICT_REJECT || chain_is_before_conntrack(e->base) ||
		    !rule_names_invalid(e->rule))
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++) {
			struct finding f = {
				.check = &check_invalid_rejected, .rule = e->rule, .severity = SEV_WARNING,
				.span = e->rule->verdict.span, .path = flow->options.path, .reset = e->rule,
				.cure = CURE_DROP_INVALID,
				.message = "packets of state INVALID are rejected here: the answer goes to a "
					   "connection that may be healthy; drop them instead",
			};
			const struct region *one[] = { &e->taken[k] };
			if (analysis_pick(an, flow, one, 1, &f.witness, &f.trace))
				findings_add(an, out, &f);
		}
	}
}

static void run(struct analysis *an, struct findings *out)
{
	analysis_walks(an, CT_STATE_INVALID, check_flow, out);
}

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
	.finds = "a rule that rejects packets of state INVALID by name",
	.why =
		"An INVALID packet may belong to a healthy connection: a segment that was reordered, or\n"
		"whose ACK is of data that connection tracking has not seen. A reject answers it: with a\n"
		"reset the connection dies at once (FW102), with an ICMP error the sender may give up.\n"
		"The manual page of iptables warns of just this rule.",
	.fix_safety =
		"The fix drops INVALID directly before the rule, with its own interface, address and port\n"
		"tests; the rule behind it takes nothing then, and may be removed. See FW101 for where\n"
		"dropping INVALID hurts.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};

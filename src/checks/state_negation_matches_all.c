/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW110. A test of the conntrack state that excludes no state at all, though
 * it is written as a negation.
 */
#include <fwlint/check.h>

#include "lines.h"

extern const struct check check_state_negation_matches_all;

/* "Not one of none": the values that were written together are no state's. */
static bool excludes_nothing(const struct match *m)
{
	if (m->kind == MATCH_ANY || m->kind == MATCH_ALL) {
		for (uint32_t i = 0; i < m->n; i++)
			if (excludes_nothing(&m->parts[i]))
				return true;
		return false;
	}
	return m->kind == MATCH_RANGES && m->field == FIELD_CT_STATE && m->negate && !m->n;
}

static bool has_trap(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (excludes_nothing(&r->matches[i]))
			return true;
	return false;
}

static void check_flow(struct analysis *an, const struct flow *flow, struct findings *out)
{
	for (size_t i = 0; i < flow->n; i++) {
		const struct flow_event *e = &flow->items[i];
		if (!e->rule || !has_trap(e->rule))
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++) {
			struct finding f = {
				.check = &check_state_negation_matches_all, .rule = e->rule,
				.span = e->rule->span, .path = flow->options.path,
				.severity = SEV_WARNING,
				.message = "this matches packets of every state: 'ct state != a,b' asks for "
					   "something else than all of them at once, '!= { a, b }' for neither",
			};
			const struct region *one[] = { &e->taken[k] };
			if (analysis_pick(an, flow, one, 1, &f.witness, &f.trace))
				findings_add(an, out, &f);
		}
	}
}

static void run(struct analysis *an, struct findings *out)
{
	static const enum ct_state states[] = { CT_STATE_ESTABLISHED, CT_STATE_NEW, CT_STATE_INVALID };
	bool any = false;
	for (size_t i = 0; i < an->ruleset->n_chains && !any; i++)
		for (size_t j = 0; j < an->ruleset->chains[i]->n && !any; j++)
			any = has_trap(an->ruleset->chains[i]->items[j]);
	for (unsigned s = 0; s < ARRAY_SIZE(states) && any; s++)
		analysis_walks(an, states[s], check_flow, out);
}

static const struct reference references[] = {
	{ "nft(8), CT EXPRESSIONS and BITMASK TYPE",
	  "https://www.netfilter.org/projects/nftables/manpage.html" },
	{ "nft --debug=netlink: `ct state != established,related` becomes [ cmp neq reg 1 0x06000000 ]",
	  NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a drop of everything that reads as a drop of the rest", .line = 4,
		.by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy accept;",
			     "\t\tct state != established,related drop",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy accept;",
			      "\t\tct state != { established, related } drop",
			      "\t}",
			      "}"),
	},
};

const struct check check_state_negation_matches_all = {
	.id = "FW110", .name = "state-negation-matches-all", .since = "0.1", .severity = SEV_WARNING,
	.finds = "a negated list of conntrack states that matches packets of every state",
	.why =
		"In nft the states of a list are the bits of one number. A packet has one state, so one\n"
		"bit, and `ct state != established,related` compares that with both bits at once: it is\n"
		"never equal, so the test is true of every packet, of ESTABLISHED ones too. `nft list\n"
		"ruleset` shows such a rule as `ct state != established | related`.\n"
		"\n"
		"Neither of them is `ct state != { established, related }`, or `ct state ! established,related`.",
	.fix_safety =
		"There is no automatic fix: what was meant is another ruleset, and only its author\n"
		"knows. Write the braces, and see what the rules behind this one do with the packets\n"
		"that it used to take.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW108. Tests of the conntrack state where there is none yet. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static bool gives_template(const struct rule *r)
{
	return rule_statement(r, STMT_TEMPLATE) != NULL;
}

static const char *what_happens(const struct flow_event *e, bool matches, bool has_template)
{
	bool of_invalid = rule_ct_states(e->rule) & (1u << CT_STATE_INVALID);
	if (!matches)
		return "conntrack has not seen the packet where this chain runs: the test of its "
		       "state "
		       "never matches";
	if (!of_invalid)
		return "conntrack has not seen the packet where this chain runs: to this test, "
		       "every packet with a zone, a helper or a time-out set is NEW, whatever "
		       "conntrack finds later";
	if (has_template)
		return "conntrack has not seen the packet where this chain runs: every packet "
		       "without a zone, a helper or a time-out set is INVALID there, and matches";
	if (e->verdict == VERDICT_DROP)
		return "conntrack has not seen the packet where this chain runs: every packet is "
		       "INVALID "
		       "there, and this drops them all";
	return "conntrack has not seen the packet where this chain runs: every packet is INVALID "
	       "there, "
	       "and matches";
}

/* `ct mark` and the like need an entry too, but they are not tests of the state. */
static bool tests_the_state(const struct rule *r)
{
	unsigned tracked = 1u << CT_STATE_NEW | 1u << CT_STATE_ESTABLISHED | 1u << CT_STATE_RELATED;
	unsigned states = rule_ct_states(r);
	return rule_has_ct_state(r) && states != tracked && states != 1u << CT_STATE_UNTRACKED;
}

static void look(const struct visit *v, void *context)
{
	const bool *has_template = context;
	struct finding f = { .rule = v->rule, .span = v->rule->span };
	if (!chain_is_before_conntrack(v->event->base) || !tests_the_state(v->rule))
		return;
	bool matches = visit_pick(v, NULL, &f);
	if (!matches && !analysis_pick(v->an, v->flow, ALL_OF(&v->event->arrives), &f))
		return;
	f.message = what_happens(v->event, matches, *has_template);
	f.severity = matches && v->event->verdict == VERDICT_DROP ? SEV_ERROR : SEV_WARNING;
	analysis_report(v->an, &f);
}

static bool is_early(const struct rule *r)
{
	return r->chain->is_base && chain_is_before_conntrack(r->chain);
}

static void run(struct analysis *an)
{
	bool has_template = ruleset_any_rule(an->ruleset, gives_template);
	if (ruleset_any_rule(an->ruleset, is_early))
		analysis_visits(an, CT_STATE_ESTABLISHED, look, &has_template);
}

// clang-format off
static const struct reference references[] = {
	{ "nf_conntrack_proto.c: the hooks of conntrack have priority -200 (NF_IP_PRI_CONNTRACK)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_conntrack_proto.c" },
	{ "nft_ct.c: nft_ct_get_eval(), xt_conntrack.c: conntrack_mt(): no entry is INVALID",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nft_ct.c" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a drop of INVALID in table raw", .line = 2, .by_hand = true,
		.bad = LINES("*raw",
			     "-A PREROUTING -m conntrack --ctstate INVALID -j DROP",
			     "COMMIT"),
		.good = LINES("*mangle",
			      "-A PREROUTING -m conntrack --ctstate INVALID -j DROP",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a chain of priority raw", .line = 4, .by_hand = true,
		.bad = LINES("table inet early {",
			     "\tchain prerouting {",
			     "\t\ttype filter hook prerouting priority raw; policy accept;",
			     "\t\tct state invalid drop",
			     "\t}",
			     "}"),
		.good = LINES("table inet early {",
			      "\tchain prerouting {",
			      "\t\ttype filter hook prerouting priority mangle; policy accept;",
			      "\t\tct state invalid drop",
			      "\t}",
			      "}"),
	},
};

const struct check check_state_before_conntrack = {
	.id = "FW108", .name = "state-before-conntrack", .since = "0.1", .severity = SEV_ERROR,
	.finds = "a test of the conntrack state in a chain that runs before conntrack",
	.why =
		"Connection tracking sees a packet at priority -200 of prerouting and output. A chain that runs\n"
		"earlier (table raw, -300; an ingress chain of nft) finds no entry, and to both `-m conntrack` and\n"
		"`ct state` a packet without an entry is INVALID. A drop of INVALID there drops everything; an\n"
		"accept of ESTABLISHED matches nothing. If an earlier rule sets a zone, a helper or a time-out\n"
		"(`-j CT`, `ct zone set`), the packet has a template of an entry. It is NEW then, whatever\n"
		"conntrack makes of it later.",
	.fix_safety =
		"There is no automatic fix: the rule belongs in a chain that runs later, and it has another effect\n"
		"there. Table mangle, or priority mangle (-150), is the first after conntrack.",
	.kernel =
		"Seen on Linux 6.18: 10 of 10 packets are INVALID in a chain of priority -200 or lower.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW107. A drop of INVALID that has no effect: no INVALID packet reaches it, and some packets that
 * its own tests match are not dropped anywhere else.
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

static bool is_invalid_drop(const struct rule *r)
{
	return r->verdict.kind == VERDICT_DROP && !r->is_part &&
	       rule_ct_states(r) == 1u << CT_STATE_INVALID;
}

/* A drop, and the base chain that it stands in. */
struct subject {
	const struct rule *rule;
	const struct chain *base;
};

/* Which of the drops does any INVALID packet come to that they match? */
static void see_whether_reached(const struct visit *v, void *context)
{
	bool *is_reached = context; /* by rule id */
	if (is_invalid_drop(v->rule) && !is_reached[v->rule->id])
		is_reached[v->rule->id] = visit_pick(v, NULL, NULL);
}

static bool is_on_path(enum path p, enum hook h)
{
	const enum hook *hooks;
	unsigned n = path_hooks(p, &hooks);
	for (unsigned i = 0; i < n; i++)
		if (hooks[i] == h)
			return true;
	return false;
}

static bool has_family(const struct chain *base, enum nfproto_value family)
{
	return base->table->family == FAMILY_IP
		       ? family == NFPROTO_VALUE_IPV4
		       : base->table->family != FAMILY_IP6 || family == NFPROTO_VALUE_IPV6;
}

/*
 * An INVALID segment that the rule's tests match, and that is not dropped. One path may let through
 * what another drops.
 */
static void check_walk(struct analysis *an, const struct flow *flow, void *context)
{
	const struct subject *s = context;
	struct finding f = {
		.rule = s->rule,
		.span = s->rule->span,
		.severity = SEV_WARNING,
		.message = s->base->type == CHAIN_NAT ? "this drop has no effect: INVALID packets "
							"never see a nat chain"
						      : "this drop has no effect: no INVALID "
							"packet gets here",
	};
	if (!is_on_path(flow->options.path, s->base->hook) ||
	    !has_family(s->base, flow->options.family))
		return;
	struct pktset own = flow_rule_set(flow, s->base, s->rule, SCOPE_WHOLE, an->arena);
	struct region midstream = analysis_midstream(an);
	for (size_t k = 0; k < own.n; k++)
		if (analysis_pick(an, flow, ALL_OF(&own.items[k], &midstream), &f) &&
		    f.trace.verdict.kind != VERDICT_DROP)
			analysis_report(an, &f);
}

static bool is_subject(const struct chain *c, const struct rule *r)
{
	return c->is_base && !chain_is_before_conntrack(c) && is_invalid_drop(r);
}

static void run(struct analysis *an)
{
	bool *is_reached = NULL;
	for (size_t i = 0; i < an->ruleset->n_chains; i++) {
		const struct chain *c = an->ruleset->chains[i];
		for (size_t j = 0; j < c->n; j++) {
			struct subject s = { c->items[j], c };
			if (!is_subject(c, s.rule))
				continue;
			if (!is_reached) {
				is_reached = arena_new_array(an->arena, bool, an->ruleset->n_rules);
				analysis_visits(an, CT_STATE_INVALID, see_whether_reached,
						is_reached);
			}
			if (!is_reached[s.rule->id])
				analysis_walks(an, CT_STATE_INVALID, check_walk, &s);
		}
	}
}

// clang-format off
static const struct reference references[] = {
	{ "nf_nat_core.c: nf_nat_inet_fn() asks a nat chain only for the first packet of a connection (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_nat_core.c" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "the drop stands behind the rule that takes them", .line = 4,
		.by_hand = true,
		.bad = LINES("*filter",
			     "-A INPUT -m conntrack --ctstate INVALID -j LOG",
			     "-A INPUT -p tcp -j ACCEPT",
			     "-A INPUT -p tcp -m conntrack --ctstate INVALID -j DROP",
			     "COMMIT"),
		.good = LINES("*filter",
			      "-A INPUT -m conntrack --ctstate INVALID -j LOG",
			      "-A INPUT -p tcp -m conntrack --ctstate INVALID -j DROP",
			      "-A INPUT -p tcp -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "the drop stands in a nat chain", .line = 4, .by_hand = true,
		.bad = LINES("table inet nat {",
			     "\tchain prerouting {",
			     "\t\ttype nat hook prerouting priority dstnat; policy accept;",
			     "\t\tct state invalid drop",
			     "\t}",
			     "}"),
		.good = LINES("table inet mangle {",
			      "\tchain prerouting {",
			      "\t\ttype filter hook prerouting priority mangle; policy accept;",
			      "\t\tct state invalid drop",
			      "\t}",
			      "}"),
	},
};

const struct check check_ineffective_invalid_drop = {
	.id = "FW107", .name = "ineffective-invalid-drop", .since = "0.1", .severity = SEV_WARNING,
	.finds = "a drop of INVALID packets that none of them reaches",
	.why =
		"The ruleset says that INVALID is dropped, but it is not: the rule stands behind one that takes\n"
		"the packets first, or in a nat chain, which packets without a conntrack entry never see. Whoever\n"
		"reads the ruleset believes that all is well.\n"
		"\n"
		"Nothing is reported if another rule drops the packets. Only rules of base chains are checked.",
	.fix_safety =
		"There is no automatic fix: move the rule in front of the one that the trace shows, or into\n"
		"a filter chain of the same path.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

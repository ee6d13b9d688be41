/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW107. A drop of INVALID that has no effect: no INVALID packet reaches it, and
 * some that its own tests are for are not dropped anywhere else.
 */
#include <fwlint/check.h>

#include "lines.h"

extern const struct check check_ineffective_invalid_drop;

static bool is_invalid_drop(const struct rule *r)
{
	return r->verdict.kind == VERDICT_DROP && !r->is_part &&
	       rule_ct_states(r) == 1u << CT_STATE_INVALID;
}

/* Does any INVALID packet of any path come to the rule and match? */
static bool is_reached(struct analysis *an, const struct rule *r)
{
	for (unsigned f = 0; f < 2; f++)
		for (unsigned p = 0; p < PATH_COUNT; p++) {
			if (!path_has_chains(an->ruleset, (enum path)p, (enum nfproto_value)f))
				continue;
			const struct flow *flow = analysis_flow(an, (enum path)p, (enum nfproto_value)f,
								CT_STATE_INVALID);
			for (size_t i = 0; i < flow->n; i++)
				for (uint32_t k = 0; flow->items[i].rule == r && k < flow->items[i].n_taken; k++) {
					const struct region *one[] = { &flow->items[i].taken[k] };
					if (analysis_pick(an, flow, one, 1, NULL, NULL))
						return true;
				}
		}
	return false;
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

/* An INVALID segment that the rule's tests are for, and that is not dropped. */
static void check_rule(struct analysis *an, const struct flow *flow, const struct rule *r,
		       const struct chain *base, struct findings *out)
{
	struct flow_event here = { .rule = r, .base = base };
	struct pktset own = flow_rule_set(flow, &here, r, SCOPE_WHOLE, an->arena);
	struct finding f = {
		.check = &check_ineffective_invalid_drop, .rule = r, .span = r->span,
		.path = flow->options.path, .severity = SEV_WARNING,
		.message = base->type == CHAIN_NAT ?
			"this drop has no effect: INVALID packets have no conntrack entry, and never see a nat chain" :
			"this drop has no effect: the INVALID packets that it is for do not get here",
	};
	struct region midstream = { .cube = analysis_midstream(an) };
	for (size_t k = 0; k < own.n; k++) {
		const struct region *both[] = { &own.items[k], &midstream };
		if (analysis_pick(an, flow, both, 2, &f.witness, &f.trace) &&
		    f.trace.verdict.kind != VERDICT_DROP)
			findings_add(an, out, &f);
	}
}

static bool has_family(const struct chain *base, unsigned v6)
{
	return base->table->family == FAMILY_IP ? !v6 : base->table->family != FAMILY_IP6 || v6;
}

/* On every path that the chain lies on: what one drops, another may let through. */
static void check_paths(struct analysis *an, const struct rule *r, const struct chain *base,
			struct findings *out)
{
	for (unsigned f = 0; f < 2; f++)
		for (unsigned p = 0; p < PATH_COUNT; p++)
			if (is_on_path((enum path)p, base->hook) && has_family(base, f) &&
			    path_has_chains(an->ruleset, (enum path)p, (enum nfproto_value)f))
				check_rule(an, analysis_flow(an, (enum path)p, (enum nfproto_value)f,
							     CT_STATE_INVALID), r, base, out);
}

static void run(struct analysis *an, struct findings *out)
{
	for (size_t i = 0; i < an->ruleset->n_chains; i++) {
		const struct chain *c = an->ruleset->chains[i];
		for (size_t j = 0; c->is_base && !chain_is_before_conntrack(c) && j < c->n; j++)
			if (is_invalid_drop(c->items[j]) && !is_reached(an, c->items[j]))
				check_paths(an, c->items[j], c, out);
	}
}

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
		"The ruleset says that INVALID is dropped, and it is not: the rule stands behind one that\n"
		"takes the packets first, or in a nat chain, which packets without a conntrack entry never\n"
		"see. Who reads the ruleset believes that it is cured.\n"
		"\n"
		"Nothing is reported where the packets are dropped by another rule, and only rules of base\n"
		"chains are looked at.",
	.fix_safety =
		"There is no automatic fix: move the rule in front of the one that the trace shows, or into\n"
		"a filter chain of the same path.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW202. Rules whose own tests leave no packet. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* Do its own tests and the hook exclude each other, whatever leads to it? */
static bool excludes_itself(const struct reachability *all, const struct chain *c, size_t at)
{
	size_t n = text_rule(c, at);
	bool so = true;
	for (size_t i = 0; i < n && so; i++) {
		const struct rule_reach *r = &all->items[c->items[at + i]->id];
		so = r->reach == REACH_NONE || r->excludes_itself;
	}
	return so;
}

static bool tests_fragments(const struct rule *r)
{
	bool so = false;
	for (uint32_t i = 0; i < r->n_matches && !so; i++)
		so = (r->matches[i].kind == MATCH_RANGES || r->matches[i].kind == MATCH_MASK) &&
		     r->matches[i].field == FIELD_FRAGMENT;
	return so;
}

static void report(struct analysis *an, const struct rule *r, bool itself)
{
	bool is_mine = !chain_owner_advice(an->ruleset, r->chain), frag = tests_fragments(r);
	struct finding f = { .rule = r, .span = r->span, .path = PATH_COUNT };
	f.severity = itself && is_mine && !frag ? SEV_WARNING : SEV_NOTE;
	f.message = itself || r->chain->is_base ? "this rule matches nothing: no packet passes all "
						  "of its tests here"
						: "this rule matches nothing: its tests exclude "
						  "all packets that come to it";
	if (frag)
		f.detail = "because of connection tracking, the kernel reassembles fragments "
			   "before this";
	else if (!itself && !r->chain->is_base)
		f.detail = arena_printf(an->results,
					"each jump to chain '%.*s' is for other packets",
					STR_FMT(r->chain->name));
	f.tidy = tidy_delete(an, r, "delete this rule");
	analysis_report_new(an, &f);
}

static void run(struct analysis *an)
{
	const struct reachability *all = analysis_reach(an);
	const bool *found = analysis_rules_found(an);
	for (size_t i = 0; i < an->ruleset->n_chains && !all->gave_up; i++) {
		const struct chain *c = an->ruleset->chains[i];
		for (size_t k = 0; k < c->n; k += text_rule(c, k))
			if (text_rule_reach(all, c, k)->reach == REACH_NO_MATCH &&
			    !found[c->items[k]->id])
				report(an, c->items[k], excludes_itself(all, c, k));
	}
}

// clang-format off
static const struct reference references[] = {
	{ "iptables-extensions(8), tcp: --tcp-flags MASK COMP",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "flags that are not examined", .line = 4, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --tcp-flags SYN,RST SYN,FIN -j DROP",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -p tcp -m tcp --tcp-flags SYN,FIN SYN,FIN -j DROP",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "an interface to leave by, on the way in", .line = 4, .tidy = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname \"eth0\" oifname \"eth1\" tcp dport 22 accept",
			     "\t\tiifname \"eth0\" tcp dport 22 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"eth0\" tcp dport 22 accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_impossible_rule = {
	.id = "FW202", .name = "impossible-rule", .since = "0.1", .severity = SEV_WARNING,
	.fix = FIX_KIND_TIDY, .is_steady = true,
	.finds = "a rule whose tests exclude each other, or every packet that its chain sees",
	.why =
		"All tests of a rule must hold at once. Flags are compared but not examined, a source is in two\n"
		"networks, a rule of INPUT has an output interface, a state does not occur there: no packet\n"
		"matches, and the rule does nothing.\n"
		"\n"
		"It is a warning where the rule itself, or the hook of its chain, excludes every packet. It is a\n"
		"note where only the jumps to its chain do so, and for fragments, which connection tracking has\n"
		"reassembled before. Chains that see more than IP packets (families bridge, netdev and arp, the\n"
		"hooks ingress and egress) are not checked. Tests that fwlint cannot evaluate may give any answer.",
	.fix_safety =
		"--tidy removes the rule; a comparison proves that no verdict changes. Only its author knows what\n"
		"it was meant to match.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW901. A "fwlint: allow …" that allows nothing. About the text: it has no witness. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static bool is_open(const struct analysis *an, const struct check *c)
{
	for (size_t i = 0; c && i < an->found->open.n; i++)
		if (an->found->open.items[i].check == c)
			return true;
	return false;
}

static void run_last(struct analysis *an)
{
	for (size_t i = 0; i < an->suppressions.n; i++) {
		const struct suppression *s = &an->suppressions.items[i];
		if (s->used || (!s->problem && is_open(an, s->check)))
			continue;
		struct finding f = { .severity = SEV_WARNING,
				     .rule = s->rule,
				     .span = s->span,
				     .part = (unsigned)i };
		f.message = arena_printf(an->results, "this allows nothing: %s",
					 s->problem ? s->problem
						    : arena_printf(an->results,
								   "%s finds nothing here",
								   s->check->id));
		analysis_report_text(an, f);
	}
}

// clang-format off
static const struct reference references[] = {
	{ "fwlint(1), ALLOWING A FINDING",
	  NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "no reason, so it is ignored", .line = 2, .by_hand = true,
		.bad = LINES("*filter",
			     "# fwlint: allow FW105",
			     "-A INPUT -p udp -m conntrack --ctstate INVALID -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      "# fwlint: allow FW105 the old switch answers from another address",
			      "-A INPUT -p udp -m conntrack --ctstate INVALID -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "what it allowed is gone", .line = 5, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			     "\t\ttcp dport 22 accept comment \"fwlint: allow FW102 ident clients need a quick answer\"",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			      "\t\ttcp dport 22 accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_unused_suppression = {
	.id = "FW901", .name = "unused-suppression", .since = "0.1", .severity = SEV_WARNING,
	.finds = "a `fwlint: allow` that allows nothing",
	.why =
		"A finding that is intended can be allowed where it is found:\n"
		"\n"
		"  -m comment --comment \"fwlint: allow FW102 reason\"    in an iptables rule\n"
		"  comment \"fwlint: allow FW102 reason\"                 in an nft rule\n"
		"  # fwlint: allow FW102,FW103 reason                   in a file, before the rule; in nft\n"
		"                                                       scripts behind it too\n"
		"\n"
		"The first two survive a dump. A comment that covers nothing any more, names no check or gives no\n"
		"reason is reported, because the next reader would believe it.",
	.fix_safety =
		"There is no fix: remove the comment, or write what it lacks.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run_last = run_last,
};
// clang-format on

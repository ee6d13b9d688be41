/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW015. What the readers report with ERROR_LIMIT: it may load, but what it does is not known. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = {
	{ "fwlint(1), INPUT", NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a match of iptables-nft that the listing hides", .line = 4, .by_hand = true,
		.bad = LINES("table ip filter {",
			     "\tchain INPUT {",
			     "\t\ttype filter hook input priority filter; policy accept;",
			     "\t\txt match \"conntrack\" drop",
			     "\t}",
			     "}"),
		.good = LINES("table ip filter {",
			      "\tchain INPUT {",
			      "\t\ttype filter hook input priority filter; policy accept;",
			      "\t\tct state invalid drop",
			      "\t}",
			      "}"),
	},
};

const struct check check_error_limit = {
	.id = "FW015", .name = "not-followed", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_LIMIT,
	.finds = "a ruleset that may load, but that fwlint cannot judge",
	.why =
		"The text does not say what the kernel does: `nft list ruleset` hides what a match of iptables-nft\n"
		"says, nft 1.0.6 forgets the device of a chain in JSON, a shell script does what only a running shell\n"
		"knows. Or the ruleset is larger than fwlint looks into. No answer is better than a wrong one, so\n"
		"nothing else is reported. Where only some questions take more work or memory than an input may, the\n"
		"message names them (a check on one path), nothing is fixed, and what all other checks find is\n"
		"reported.",
	.fix_safety =
		"There is no automatic fix. The message says what to lint instead.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

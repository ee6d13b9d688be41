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
		"The text does not say what the kernel does: `nft list ruleset` hides the options of an iptables\n"
		"match, nft 1.0.6 leaves the device of a chain out of JSON, a shell script depends on what is known\n"
		"only when it runs. Or the ruleset is too large for fwlint. No answer is better than a wrong one,\n"
		"so nothing else is reported. If only some questions take more work or memory than one input is\n"
		"allowed, the message names them (a check on one path). Nothing is fixed then, but what the other\n"
		"checks find is reported.",
	.fix_safety =
		"There is no automatic fix. The message says what to lint instead.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

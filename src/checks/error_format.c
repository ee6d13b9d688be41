/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW014. What the readers report with ERROR_FORMAT: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = {
	{ "fwlint(1), INPUT", NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "text", .title = "a listing for people", .line = 1, .by_hand = true,
		.bad = LINES("Chain INPUT (policy ACCEPT)",
			     "target     prot opt source               destination",
			     "ACCEPT     tcp  --  anywhere             anywhere             tcp dpt:ssh"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
};

const struct check check_error_format = {
	.id = "FW014", .name = "not-a-ruleset", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_FORMAT,
	.finds = "a text that is not a ruleset",
	.why =
		"The input is empty, or it is something else: the listing of `iptables -L`, which leaves out half\n"
		"of what it lists, a script, a template, the configuration of another program. The message says\n"
		"what it looks like, and how to get the ruleset.",
	.fix_safety =
		"There is no automatic fix. Give fwlint what `iptables-save`, `ip6tables-save` or `nft list ruleset`\n"
		"prints, or a file that is meant for `iptables-restore` or `nft -f`.",
	.messages =
		"iptables-legacy-restore: line 1 failed",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

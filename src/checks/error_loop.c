/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW011. What the readers report with ERROR_LOOP: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "two chains that jump to each other", .line = 7, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     ":a - [0:0]",
			     ":b - [0:0]",
			     "-A INPUT -j a",
			     "-A a -j b",
			     "-A b -j a",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      ":a - [0:0]",
			      ":b - [0:0]",
			      "-A INPUT -j a",
			      "-A a -j b",
			      "-A b -j RETURN",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "two chains that jump to each other", .line = 10, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tjump a",
			     "\t}",
			     "\tchain a {",
			     "\t\tjump b",
			     "\t}",
			     "\tchain b {",
			     "\t\tjump a",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tjump a",
			      "\t}",
			      "\tchain a {",
			      "\t\tjump b",
			      "\t}",
			      "\tchain b {",
			      "\t\treturn",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "a chain that jumps to itself", .line = 8, .by_hand = true,
		.bad = LINES(JSON_TABLE("inet", "filter"),
			     JSON_OBJECT("chain", "inet", "filter", "input") ", \"type\": \"filter\",",
			     " \"hook\": \"input\", \"prio\": 0, \"policy\": \"drop\"}},",
			     JSON_CHAIN("a"),
			     JSON_RULE("inet", "filter", "input"),
			     "{\"jump\": {\"target\": \"a\"}}]}},",
			     JSON_RULE("inet", "filter", "a"),
			     "{\"jump\": {\"target\": \"a\"}}]}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_OBJECT("chain", "inet", "filter", "input") ", \"type\": \"filter\",",
			      " \"hook\": \"input\", \"prio\": 0, \"policy\": \"drop\"}},",
			      JSON_CHAIN("a"),
			      JSON_RULE("inet", "filter", "input"),
			      "{\"jump\": {\"target\": \"a\"}}]}},",
			      JSON_RULE("inet", "filter", "a"),
			      "{\"return\": null}]}}]}"),
	},
};

const struct check check_error_loop = {
	.id = "FW011", .name = "chain-loop", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_LOOP,
	.finds = "chains that lead back to themselves",
	.why =
		"A packet would go round for ever, so the kernel refuses a chain that leads back to itself through\n"
		"jumps, gotos or maps.",
	.fix_safety =
		"There is no automatic fix. Take out one of the jumps of the circle.",
	.messages =
		"iptables-legacy-restore: line 8 failed\n"
		"iptables-legacy: Too many levels of symbolic links\n"
		"iptables-nft-restore: RULE_APPEND failed (Too many links): rule in chain b\n"
		"nft: Error: Could not process rule: Too many links\n"
		"nft -j: Error: Could not process rule: Too many links",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

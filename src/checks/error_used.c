/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW013. What the readers report with ERROR_USED: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a chain that a rule jumps to", .line = 5, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     ":friends - [0:0]",
			     "-A INPUT -j friends",
			     "-X friends",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      ":friends - [0:0]",
			      "-A INPUT -j friends",
			      "-D INPUT -j friends",
			      "-X friends",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a set that a rule looks into", .line = 10, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tset friends {",
			     "\t\ttype ipv4_addr",
			     "\t}",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tip saddr @friends accept",
			     "\t}",
			     "}",
			     "delete set inet filter friends"),
		.good = LINES("table inet filter {",
			      "\tset friends {",
			      "\t\ttype ipv4_addr",
			      "\t}",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t}",
			      "}",
			      "delete set inet filter friends"),
	},
	{
		.dialect = "nft-json", .title = "a chain that a rule jumps to", .line = 6, .by_hand = true,
		.bad = LINES(JSON_TABLE("inet", "filter"),
			     JSON_CHAIN("ssh"),
			     JSON_CHAIN("input"),
			     JSON_RULE("inet", "filter", "input"),
			     "{\"jump\": {\"target\": \"ssh\"}}]}},",
			     "{\"delete\": " JSON_OBJECT("chain", "inet", "filter", "ssh") "}}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_CHAIN("ssh"),
			      JSON_CHAIN("input"),
			      JSON_RULE("inet", "filter", "input"),
			      "{\"accept\": null}]}},",
			      "{\"delete\": " JSON_OBJECT("chain", "inet", "filter", "ssh") "}}}]}"),
	},
};

const struct check check_error_used = {
	.id = "FW013", .name = "still-used", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_USED,
	.finds = "a name that is deleted while something uses it",
	.why =
		"The kernel does not delete a chain that has rules or that rules jump to, a set that a rule looks\n"
		"into, or an object that a rule names.",
	.fix_safety =
		"There is no automatic fix. Delete what uses it first, or `flush` the chain.",
	.messages =
		"iptables-legacy-restore: line 5 failed\n"
		"iptables-nft-restore: CHAIN_DEL failed (Device or resource busy): chain friends\n"
		"nft: Error: Could not process rule: Device or resource busy\n"
		"nft -j: Error: Could not process rule: Device or resource busy",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW010. What the readers report with ERROR_DUPLICATE: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "an option that is given twice", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -s 192.0.2.1 -s 192.0.2.2 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -s 192.0.2.1,192.0.2.2 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "elements that overlap", .line = 5, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tset friends {",
			     "\t\ttype ipv4_addr",
			     "\t\tflags interval",
			     "\t\telements = { 192.0.2.0/24, 192.0.2.128/25 }",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tset friends {",
			      "\t\ttype ipv4_addr",
			      "\t\tflags interval",
			      "\t\tauto-merge",
			      "\t\telements = { 192.0.2.0/24, 192.0.2.128/25 }",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft", .title = "a chain with another hook", .line = 5, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t}",
			     "\tchain input {",
			     "\t\ttype filter hook forward priority filter; policy drop;",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t}",
			      "\tchain forward {",
			      "\t\ttype filter hook forward priority filter; policy drop;",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "elements that overlap", .line = 5, .by_hand = true,
		.bad = LINES(JSON_TABLE("inet", "filter"),
			     JSON_OBJECT("set", "inet", "filter", "friends") ", \"type\": \"ipv4_addr\",",
			     " \"flags\": [\"interval\"],",
			     " \"elem\": [{\"prefix\": {\"addr\": \"192.0.2.0\", \"len\": 24}},",
			     "  {\"prefix\": {\"addr\": \"192.0.2.128\", \"len\": 25}}]}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_OBJECT("set", "inet", "filter", "friends") ", \"type\": \"ipv4_addr\",",
			      " \"flags\": [\"interval\"],",
			      " \"elem\": [{\"prefix\": {\"addr\": \"192.0.2.0\", \"len\": 24}}]}}]}"),
	},
};

const struct check check_error_duplicate = {
	.id = "FW010", .name = "duplicate", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_DUPLICATE,
	.finds = "a name, an element or an option that exists already",
	.why =
		"A second `-s`, a chain that is declared again with another hook, two elements of a set that overlap,\n"
		"one key with two values, `create` of what exists. The tool or the kernel refuses the whole file.",
	.fix_safety =
		"There is no automatic fix. Leave one of them out; overlapping elements may also stand in a set with\n"
		"`auto-merge`.",
	.messages =
		"iptables-restore: multiple -s flags not allowed\n"
		"nft: Error: conflicting intervals specified\n"
		"nft: Error: Could not process rule: Operation not supported\n"
		"nft: Error: Could not process rule: File exists\n"
		"nft -j: Error: conflicting intervals specified",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

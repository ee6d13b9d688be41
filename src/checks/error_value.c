/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW004. What the readers report with ERROR_VALUE: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a port above 65535", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -p tcp --dport 70000 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -p tcp --dport 7000 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a port above 65535", .line = 4, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\ttcp dport 70000 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\ttcp dport 7000 accept",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "a port above 65535", .line = 4, .by_hand = true,
		.bad = LINES(JSON_TABLE("inet", "filter"),
			     JSON_CHAIN("input"),
			     JSON_RULE("inet", "filter", "input"),
			     JSON_MATCH("tcp", "dport", "70000"),
			     "{\"accept\": null}]}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_CHAIN("input"),
			      JSON_RULE("inet", "filter", "input"),
			      JSON_MATCH("tcp", "dport", "7000"),
			      "{\"accept\": null}]}}]}"),
	},
};

const struct check check_error_value = {
	.id = "FW004", .name = "bad-value", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_VALUE,
	.finds = "a value that is out of range, too long or not valid at all",
	.why =
		"A number is greater than its field holds, a range ends before it begins, an address has no such\n"
		"prefix length, a name is too long. The tool, or the kernel, refuses the whole file.",
	.fix_safety =
		"There is no automatic fix. The message says which values are taken.",
	.messages =
		"iptables-restore: invalid port/service `70000' specified\n"
		"iptables-restore: host/network `192.0.2.300' not found\n"
		"nft: Error: Service out of range\n"
		"nft -j: Error: Service out of range",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW008. What the readers report with ERROR_CONFLICT: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "two options that exclude each other", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -p tcp --syn -m connlimit --connlimit-upto 10 --connlimit-above 20 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -p tcp --syn -m connlimit --connlimit-upto 10 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "two protocols", .line = 4, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\ttcp dport 53 udp dport 53 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\ttcp dport 53 accept",
			      "\t\tudp dport 53 accept",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "two protocols", .line = 5, .by_hand = true,
		.bad = LINES(JSON_TABLE("inet", "filter"),
			     JSON_CHAIN("input"),
			     JSON_RULE("inet", "filter", "input"),
			     JSON_MATCH("tcp", "dport", "53"),
			     JSON_MATCH("udp", "dport", "53"),
			     "{\"accept\": null}]}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_CHAIN("input"),
			      JSON_RULE("inet", "filter", "input"),
			      JSON_MATCH("tcp", "dport", "53"),
			      "{\"accept\": null}]}}]}"),
	},
};

const struct check check_error_conflict = {
	.id = "FW008", .name = "conflicting-parts", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_CONFLICT,
	.finds = "two parts that exclude each other",
	.why =
		"No packet is both TCP and UDP, no IPv6 packet has an IPv4 address, and some options exclude each\n"
		"other. The tool refuses the whole file.",
	.fix_safety =
		"There is no automatic fix. Write two rules, or leave one part out.",
	.messages =
		"iptables-restore: connlimit: option \"--connlimit-upto\" cannot be used together "
		"with \"--connlimit-above\".\n"
		"nft: Error: conflicting protocols specified: tcp vs. udp\n"
		"nft -j: Error: conflicting protocols specified: tcp vs. udp",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW005. What the readers report with ERROR_TYPE: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = {
	{ "nft(8)", NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a port is looked up in a set of addresses", .line = 7, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tset friends {",
			     "\t\ttype ipv4_addr",
			     "\t}",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\ttcp dport @friends accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tset friends {",
			      "\t\ttype ipv4_addr",
			      "\t}",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tip saddr @friends accept",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "a port is looked up in a set of addresses", .line = 5, .by_hand = true,
		.bad = LINES(JSON_TABLE("inet", "filter"),
			     JSON_OBJECT("set", "inet", "filter", "friends") ", \"type\": \"ipv4_addr\"}},",
			     JSON_CHAIN("input"),
			     JSON_RULE("inet", "filter", "input"),
			     JSON_MATCH("tcp", "dport", "\"@friends\""),
			     "{\"accept\": null}]}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_OBJECT("set", "inet", "filter", "friends") ", \"type\": \"ipv4_addr\"}},",
			      JSON_CHAIN("input"),
			      JSON_RULE("inet", "filter", "input"),
			      JSON_MATCH("ip", "saddr", "\"@friends\""),
			      "{\"accept\": null}]}}]}"),
	},
};

const struct check check_error_type = {
	.id = "FW005", .name = "type-mismatch", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_TYPE,
	.finds = "a value, a set or a map of the wrong type",
	.why =
		"A set of addresses is asked about a port, a key has two parts and the elements have three, a map\n"
		"of verdicts stands where values are wanted. nft refuses the whole file.\n"
		"\n"
		"iptables has no types: what does not fit there is FW004.",
	.fix_safety =
		"There is no automatic fix. The message names both types.",
	.messages =
		"nft: Error: datatype mismatch, expected internet network service, expression has type IPv4 address\n"
		"nft -j: Error: datatype mismatch, expected internet network service, expression has type IPv4 address",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

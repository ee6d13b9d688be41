/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW001. What the readers report with ERROR_SYNTAX: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "an option is missing", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -p tcp --dport 22 ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -p tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a `;` is missing", .line = 3, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter policy drop;",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "a comma is missing", .line = 2, .by_hand = true,
		.bad = LINES("{\"nftables\": [{\"table\": {\"family\": \"inet\", \"name\": \"filter\"}}",
			     JSON_OBJECT("chain", "inet", "filter", "input") "}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_OBJECT("chain", "inet", "filter", "input") "}}]}"),
	},
};

const struct check check_error_syntax = {
	.id = "FW001", .name = "syntax-error", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_SYNTAX,
	.finds = "text that does not follow the grammar",
	.why =
		"Something else is expected where the message points: a word too many, a word that is missing, a\n"
		"brace or a quote that is not closed, `;` left out, a line that is not finished. A tool that loads\n"
		"the file stops there, and nothing of it is loaded.",
	.fix_safety =
		"There is no automatic fix. The message says what is expected.",
	.messages =
		"iptables-restore: Bad argument `ACCEPT'\n"
		"iptables-restore: COMMIT expected at line\n"
		"nft: Error: syntax error, unexpected policy, expecting newline or semicolon\n"
		"nft -j: Error: syntax error, unexpected '{'",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

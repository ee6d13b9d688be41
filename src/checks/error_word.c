/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW003. What the readers report with ERROR_WORD: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a match that does not exist", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -m contrack --ctstate INVALID -j DROP",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			      "COMMIT"),
	},
	{
		.dialect = "iptables", .title = "an option that does not exist", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -p tcp --dprot 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -p tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a field that does not exist", .line = 4, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\ttcp dprot 22 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\ttcp dport 22 accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_error_word = {
	.id = "FW003", .name = "unknown-word", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_WORD,
	.finds = "a word that the language does not have",
	.why =
		"An option, a match, a target, a protocol, a hook, a field or another word of a fixed list is\n"
		"misspelt, or it does not exist. The tool refuses the whole file.",
	.fix_safety =
		"There is no automatic fix. Where a known word is near, the message names it.",
	.messages =
		"iptables-restore: Couldn't load match `contrack':No such file or directory\n"
		"iptables-restore: unknown option \"--dprot\"\n"
		"nft: Error: syntax error, unexpected string",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

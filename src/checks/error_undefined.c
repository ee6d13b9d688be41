/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW009. What the readers report with ERROR_UNDEFINED: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a chain that is not declared", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -s 203.0.113.0/24 -j LOGDROP",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      ":LOGDROP - [0:0]",
			      "-A INPUT -s 203.0.113.0/24 -j LOGDROP",
			      "-A LOGDROP -j DROP",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a set that is not declared", .line = 4, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tip saddr @friends accept",
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
		.dialect = "nft", .title = "a variable that is not defined", .line = 4, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname $wan drop",
			     "\t}",
			     "}"),
		.good = LINES("define wan = \"wan0\"",
			      "table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname $wan drop",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "a chain that is not declared", .line = 4, .by_hand = true,
		.bad = LINES(JSON_TABLE("inet", "filter"),
			     JSON_CHAIN("input"),
			     JSON_RULE("inet", "filter", "input"),
			     "{\"jump\": {\"target\": \"ssh\"}}]}}]}"),
		.good = LINES(JSON_TABLE("inet", "filter"),
			      JSON_CHAIN("ssh"),
			      JSON_CHAIN("input"),
			      JSON_RULE("inet", "filter", "input"),
			      "{\"jump\": {\"target\": \"ssh\"}}]}}]}"),
	},
};

const struct check check_error_undefined = {
	.id = "FW009", .name = "undefined-name", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_UNDEFINED,
	.finds = "a name that nothing in the file defines",
	.why =
		"A rule jumps to a chain that is not declared, or names a set, a map, an object or a variable that\n"
		"does not exist; or an `include` names a file that does not exist. The tool or the kernel refuses\n"
		"the whole file.\n"
		"\n"
		"If the file is meant for `iptables-restore --noflush`, a chain whose name belongs to a program,\n"
		"such as Docker or fail2ban, is assumed to exist, and FW002 says so.",
	.fix_safety =
		"There is no automatic fix. Declare it before it is used, or correct its name.",
	.messages =
		"iptables-legacy-restore: Couldn't load target `LOGDROP':No such file or directory\n"
		"iptables-nft-restore: Chain 'LOGDROP' does not exist\n"
		"nft: Error: No such file or directory\n"
		"nft: Error: Could not process rule: No such file or directory\n"
		"nft: Error: unknown identifier 'wan'\n"
		"nft -j: Error: Could not process rule: No such file or directory",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

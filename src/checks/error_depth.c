/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW012. What the readers report with ERROR_DEPTH: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = {
	{ "Linux, net/netfilter/nf_tables_api.c: nft_chain_validate(), NFT_JUMP_STACK_SIZE", NULL },
	{ "nft(8)", NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a chain that is 16 jumps away", .line = 3, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain c16 { accept; }",
			     "\tchain c15 { jump c16; }",
			     "\tchain c14 { jump c15; }",
			     "\tchain c13 { jump c14; }",
			     "\tchain c12 { jump c13; }",
			     "\tchain c11 { jump c12; }",
			     "\tchain c10 { jump c11; }",
			     "\tchain c9 { jump c10; }",
			     "\tchain c8 { jump c9; }",
			     "\tchain c7 { jump c8; }",
			     "\tchain c6 { jump c7; }",
			     "\tchain c5 { jump c6; }",
			     "\tchain c4 { jump c5; }",
			     "\tchain c3 { jump c4; }",
			     "\tchain c2 { jump c3; }",
			     "\tchain c1 { jump c2; }",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tjump c1",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain c15 { accept; }",
			      "\tchain c14 { jump c15; }",
			      "\tchain c13 { jump c14; }",
			      "\tchain c12 { jump c13; }",
			      "\tchain c11 { jump c12; }",
			      "\tchain c10 { jump c11; }",
			      "\tchain c9 { jump c10; }",
			      "\tchain c8 { jump c9; }",
			      "\tchain c7 { jump c8; }",
			      "\tchain c6 { jump c7; }",
			      "\tchain c5 { jump c6; }",
			      "\tchain c4 { jump c5; }",
			      "\tchain c3 { jump c4; }",
			      "\tchain c2 { jump c3; }",
			      "\tchain c1 { jump c2; }",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tjump c1",
			      "\t}",
			      "}"),
	},
};

const struct check check_error_depth = {
	.id = "FW012", .name = "nested-too-deep", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_DEPTH,
	.finds = "jumps, blocks or files that are nested too deep",
	.why =
		"nf_tables remembers 16 chains for a packet, so nft and iptables-nft refuse a chain that is more\n"
		"than 15 jumps away from its base chain. iptables-legacy takes more. Files that include each other\n"
		"may be 16 deep, and blocks, parentheses and JSON have a limit, too.",
	.fix_safety =
		"There is no automatic fix. Let a chain near the base chain lead to it, by `goto` or by a map.",
	.messages =
		"nft: Error: Could not process rule: Too many links\n"
		"iptables-nft-restore: RULE_APPEND failed (Too many links): rule in chain\n"
		"nft: Error: Include nested too deeply",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

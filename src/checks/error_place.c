/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW006. What the readers report with ERROR_PLACE: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = {
	{ "iptables-restore(8), iptables-extensions(8)", NULL },
	{ "https://wiki.nftables.org, Configuring chains", NULL },
	{ "nft(8)", NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "an output interface where none is known", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -o eth0 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -i eth0 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "iptables", .title = "a target in a chain that it is not for", .line = 3, .by_hand = true,
		.bad = LINES("*nat",
			     ":PREROUTING ACCEPT [0:0]",
			     "-A PREROUTING -i eth0 -j MASQUERADE",
			     "COMMIT"),
		.good = LINES("*nat",
			      ":POSTROUTING ACCEPT [0:0]",
			      "-A POSTROUTING -o eth0 -j MASQUERADE",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a statement at a hook that it is not for", .line = 4, .by_hand = true,
		.bad = LINES("table ip nat {",
			     "\tchain prerouting {",
			     "\t\ttype nat hook prerouting priority dstnat;",
			     "\t\tiifname \"wan0\" masquerade",
			     "\t}",
			     "}"),
		.good = LINES("table ip nat {",
			      "\tchain postrouting {",
			      "\t\ttype nat hook postrouting priority srcnat;",
			      "\t\toifname \"wan0\" masquerade",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "a statement at a hook that it is not for", .line = 4, .by_hand = true,
		.bad = LINES(JSON_TABLE("ip", "nat"),
			     JSON_OBJECT("chain", "ip", "nat", "pre") ", \"type\": \"nat\",",
			     " \"hook\": \"prerouting\", \"prio\": -100, \"policy\": \"accept\"}},",
			     JSON_RULE("ip", "nat", "pre") "{\"masquerade\": null}]}}]}"),
		.good = LINES(JSON_TABLE("ip", "nat"),
			      JSON_OBJECT("chain", "ip", "nat", "post") ", \"type\": \"nat\",",
			      " \"hook\": \"postrouting\", \"prio\": 100, \"policy\": \"accept\"}},",
			      JSON_RULE("ip", "nat", "post") "{\"masquerade\": null}]}}]}"),
	},
};

const struct check check_error_place = {
	.id = "FW006", .name = "wrong-place", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_PLACE,
	.finds = "something that is not allowed in this hook, chain, table, family or kind of file",
	.why =
		"Address translation works only in nat chains, and only at some hooks; `-o` in INPUT names an\n"
		"interface that no packet has yet. The kernel checks a user chain against every base chain that\n"
		"leads to it, so the error may be far from the jump that causes it. The kernel often says no more\n"
		"than \"Invalid argument\" or \"Operation not supported\".",
	.fix_safety =
		"There is no automatic fix. The message says where it is allowed, and from which chain the packets come.",
	.messages =
		"iptables-restore: Can't use -o with INPUT\n"
		"iptables-legacy-restore: line 4 failed\n"
		"iptables-nft-restore: RULE_APPEND failed (Invalid argument): rule in chain PREROUTING\n"
		"nft: Error: Could not process rule: Operation not supported\n"
		"nft -j: Error: Could not process rule: Operation not supported",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

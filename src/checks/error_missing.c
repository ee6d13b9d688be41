/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW007. What the readers report with ERROR_MISSING: the input cannot be loaded. */
#include <fwlint/check.h>

#include "lines.h"

// clang-format off
static const struct reference references[] = MANUALS;

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "ports of no protocol", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     "-A INPUT -m multiport --dports 80,443 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      "-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a port of no protocol", .line = 4, .by_hand = true,
		.bad = LINES("table ip nat {",
			     "\tchain prerouting {",
			     "\t\ttype nat hook prerouting priority dstnat;",
			     "\t\tiifname \"wan0\" redirect to :8080",
			     "\t}",
			     "}"),
		.good = LINES("table ip nat {",
			      "\tchain prerouting {",
			      "\t\ttype nat hook prerouting priority dstnat;",
			      "\t\tiifname \"wan0\" tcp dport 80 redirect to :8080",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "nft-json", .title = "a port of no protocol", .line = 4, .by_hand = true,
		.bad = LINES(JSON_TABLE("ip", "nat"),
			     JSON_OBJECT("chain", "ip", "nat", "pre") ", \"type\": \"nat\",",
			     " \"hook\": \"prerouting\", \"prio\": -100, \"policy\": \"accept\"}},",
			     JSON_RULE("ip", "nat", "pre") "{\"redirect\": {\"port\": 8080}}]}}]}"),
		.good = LINES(JSON_TABLE("ip", "nat"),
			      JSON_OBJECT("chain", "ip", "nat", "pre") ", \"type\": \"nat\",",
			      " \"hook\": \"prerouting\", \"prio\": -100, \"policy\": \"accept\"}},",
			      JSON_RULE("ip", "nat", "pre"),
			      JSON_MATCH("tcp", "dport", "80"),
			      "{\"redirect\": {\"port\": 8080}}]}}]}"),
	},
};

const struct check check_error_missing = {
	.id = "FW007", .name = "missing-part", .since = "0.1", .severity = SEV_ERROR,
	.error = ERROR_MISSING,
	.finds = "something that needs another part, which is missing",
	.why =
		"Ports belong to a protocol, so a match of ports needs a match of the protocol; a target needs one\n"
		"of its options; a range needs a set with `flags interval`; a chain at ingress needs a device. If\n"
		"it is missing, the tool or the kernel refuses the whole file.",
	.fix_safety =
		"There is no automatic fix. The message says what is missing.",
	.messages =
		"iptables-restore: multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'\n"
		"iptables-nft-restore: RULE_APPEND failed (Invalid argument): rule in chain INPUT\n"
		"nft: Error: transport protocol mapping is only valid after transport protocol match\n"
		"nft -j: Error: transport protocol mapping is only valid after transport protocol match",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
};
// clang-format on

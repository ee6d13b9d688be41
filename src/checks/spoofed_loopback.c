/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW313. Loopback addresses that come in from outside. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static void look(struct analysis *an, const struct flow *flow, void *context)
{
	bool v6 = flow->options.family == NFPROTO_VALUE_IPV6;
	const struct field_range list[] = { { v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR,
					      v6 ? 1 : 0x7f000000, v6 ? 1 : 0x7fffffff } };
	struct region spoofed = analysis_packets(an, list, 1), accepted,
		      outside = analysis_not_loopback(an, PATH_INPUT);
	struct finding f = { .severity = SEV_WARNING };
	(void)context;
	if (flow->options.path != PATH_INPUT)
		return;
	accepted = analysis_accepted(an, flow, true);
	if (!analysis_pick(an, flow, ALL_OF(&accepted, &spoofed, &outside), &f) ||
	    !finding_set_place(&f, trace_last(&f.trace)))
		return;
	f.message = "packets from loopback addresses are accepted from outside";
	f.detail = "the kernel drops those of IPv4 itself, unless route_localnet is set";
	f.part = flow->options.family;
	analysis_report(an, &f);
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_NEW, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "CIS Benchmark for Ubuntu Linux 22.04 LTS v1.0.0, 3.5.2.6, 3.5.3.2.2 and 3.5.3.3.2: loopback traffic",
	  NULL },
	{ "route.c: ip_route_input_slow(), martian_source (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/ipv4/route.c" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "no drop behind the accept of lo", .line = 4, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -s 127.0.0.0/8 -j DROP",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "both families", .line = 5, .by_hand = true,
		.bad = LINES("table ip6 filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname \"lo\" accept",
			     "\t\tmeta l4proto ipv6-icmp accept",
			     "\t}",
			     "}"),
		.good = LINES("table ip6 filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"lo\" accept",
			      "\t\tip6 saddr ::1 drop",
			      "\t\tmeta l4proto ipv6-icmp accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_spoofed_loopback = {
	.id = "FW313", .name = "spoofed-loopback", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.profile = PROFILE_HARDENING,
	.finds = "new packets from loopback addresses that are accepted from other interfaces",
	.why =
		"Programs trust what comes from 127.0.0.1. Benchmarks ask for a drop of 127.0.0.0/8 and ::1 behind\n"
		"the accept of what comes in by lo. This is an opinion: it is on with --profile hardening or all.",
	.fix_safety =
		"There is no automatic fix: drop 127.0.0.0/8, or ::1, behind the accept of lo.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

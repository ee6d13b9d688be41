/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW302. Interfaces that TCP comes in by, and no message that its packets are too big. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* An ICMP error about a connection is RELATED (nf_conntrack_inet_error()). */
static struct region too_big(struct analysis *an, enum nfproto_value family)
{
	bool v6 = family == NFPROTO_VALUE_IPV6;
	unsigned protocol = v6 ? L4PROTO_ICMPV6 : L4PROTO_ICMP, type = v6 ? 2 : 3,
		 code = v6 ? 0 : 4;
	const struct field_range list[] = { { FIELD_L4PROTO, protocol, protocol },
					    { FIELD_ICMP_TYPE, type, type },
					    { FIELD_ICMP_CODE, code, code },
					    { FIELD_FRAGMENT, 0, 0 } };
	return analysis_packets(an, list, ARRAY_SIZE(list));
}

static void look(struct analysis *an, const struct flow *flow, void *context)
{
	const struct flow_options *o = &flow->options;
	struct region meant = too_big(an, o->family), others = analysis_midstream(an);
	struct finding f = { .severity = SEV_WARNING };
	(void)context;
	if (o->path != PATH_INPUT && o->path != PATH_FORWARD)
		return;
	const struct essential q = { .flow = flow,
				     .meant = &meant,
				     .passing = analysis_flow(an, o->path, o->family,
							      CT_STATE_ESTABLISHED),
				     .others = &others };
	if (!analysis_blocks(an, &q, &f))
		return;
	f.message = arena_printf(an->results,
				 "TCP is accepted from %s, but its '%s' messages are dropped",
				 analysis_interface(an, &f),
				 o->family == NFPROTO_VALUE_IPV6 ? "packet too big"
								 : "fragmentation needed");
	f.detail = arena_printf(
		an->results,
		"if a link on the way takes only smaller packets, connections hang as soon as "
		"much data is sent: %s",
		o->family == NFPROTO_VALUE_IPV6
			? analysis_step(an, &f, "-p icmpv6 --icmpv6-type packet-too-big",
					"icmpv6 type packet-too-big")
			: analysis_step(an, &f, "-p icmp --icmp-type fragmentation-needed",
					"icmp type destination-unreachable"));
	f.part = o->family;
	analysis_report(an, &f);
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_RELATED, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "RFC 2923: TCP problems with path MTU discovery",
	  "https://www.rfc-editor.org/rfc/rfc2923" },
	{ "RFC 4890, 4.3.1: 'packet too big' must not be dropped",
	  "https://www.rfc-editor.org/rfc/rfc4890#section-4.3.1" },
	{ "nf_conntrack_proto_icmp.c: nf_conntrack_inet_error() makes it RELATED (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_conntrack_proto_icmp.c" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "ESTABLISHED without RELATED", .line = 5, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     ":OUTPUT ACCEPT [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
			     "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			     "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      ":OUTPUT ACCEPT [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "all of ICMP is dropped", .line = 4, .by_hand = true,
		.bad = LINES("table ip filter {",
			     "\tchain forward {",
			     "\t\ttype filter hook forward priority filter; policy accept;",
			     "\t\tip protocol icmp drop",
			     "\t}",
			     "}"),
		.good = LINES("table ip filter {",
			      "\tchain forward {",
			      "\t\ttype filter hook forward priority filter; policy accept;",
			      "\t\tct state related accept",
			      "\t\tip protocol icmp drop",
			      "\t}",
			      "}"),
	},
};

const struct check check_path_mtu_blocked = {
	.id = "FW302", .name = "path-mtu-blocked", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.finds = "accepted TCP connections whose 'packet too big' messages are dropped",
	.why =
		"A sender learns from ICMP that a link on the way takes only smaller packets: 'fragmentation\n"
		"needed' (type 3, code 4), 'packet too big' (ICMPv6 type 2). Where a firewall drops these messages,\n"
		"small packets get through and large ones vanish: a connection opens, logs in, and hangs with the\n"
		"first page, file or listing. Tunnels, VPNs and PPPoE have such links.\n"
		"\n"
		"To connection tracking the message is RELATED to the connection that it is about. It is reported\n"
		"where segments of connections come in by an interface, but no such message does. fwlint checks the\n"
		"interfaces that rules name (not with a wildcard, and 64 at most), or any interface if none is\n"
		"named.",
	.fix_safety =
		"There is no automatic fix: accept RELATED beside ESTABLISHED, or these types of ICMP, before\n"
		"the rule or policy that drops them.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

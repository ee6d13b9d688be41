/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW301. Interfaces on which IPv6 packets are accepted, and those of neighbour discovery are not.
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

enum { SOLICITATION = 135, ADVERTISEMENT = 136 }; /* ICMPv6 types, RFC 4861 */

/* Conntrack leaves them alone: they are UNTRACKED (nf_conntrack_icmpv6_init_net()). */
static struct region discovery(struct analysis *an, unsigned type)
{
	const struct field_range list[] = { { FIELD_L4PROTO, L4PROTO_ICMPV6, L4PROTO_ICMPV6 },
					    { FIELD_ICMP_TYPE, type, type },
					    { FIELD_ICMP_CODE, 0, 0 },
					    { FIELD_TTL, 255, 255 },
					    { FIELD_FRAGMENT, 0, 0 } };
	return analysis_packets(an, list, ARRAY_SIZE(list));
}

/* What somebody wants to get through: not what discovery and multicast themselves bring. */
static struct region unicast(struct analysis *an)
{
	const struct field_range list[] = { { FIELD_IP6_DADDR, 0, ((u128)0xff << 120) - 1 },
					    { FIELD_IP6_SADDR, 1, ((u128)0xff << 120) - 1 },
					    { FIELD_FRAGMENT, 0, 0 } };
	return analysis_packets(an, list, ARRAY_SIZE(list));
}

static bool is_about_ipv6(const struct match *m)
{
	return m->kind == MATCH_RANGES && !m->negate && m->n == 1 &&
	       m->ranges[0].lo == m->ranges[0].hi &&
	       ((m->field == FIELD_NFPROTO && m->ranges[0].lo == NFPROTO_VALUE_IPV6) ||
		(m->field == FIELD_L4PROTO && m->ranges[0].lo == L4PROTO_ICMPV6));
}

static bool names_ipv6(const struct rule *r)
{
	bool named = r->chain->table->family == FAMILY_IP6;
	for (uint32_t i = 0; i < r->n_matches; i++)
		named = named || is_about_ipv6(&r->matches[i]);
	return named;
}

/* Are packets of this state accepted where those of the type are not? */
static bool report(struct analysis *an, enum path path, unsigned type, int state)
{
	struct region meant = discovery(an, type), others = unicast(an);
	bool is_meant = ruleset_any_rule(an->ruleset, names_ipv6);
	struct finding f = { .severity = is_meant ? SEV_ERROR : SEV_NOTE };
	if (!analysis_blocks(an,
			     &(struct essential){
				     .flow = analysis_flow(an, path, NFPROTO_VALUE_IPV6,
							   CT_STATE_UNTRACKED),
				     .meant = &meant,
				     .passing = analysis_flow(an, path, NFPROTO_VALUE_IPV6, state),
				     .others = &others,
				     .is_anywhere = state == CT_STATE_NEW },
			     &f))
		return false;
	f.message = arena_printf(an->results, "IPv6 packets %s %s, but neighbour %s are dropped",
				 path == PATH_INPUT ? "are accepted from" : "may leave by",
				 analysis_interface(an, &f),
				 type == SOLICITATION ? "solicitations" : "advertisements");
	f.detail = arena_printf(
		an->results, "%s: %s",
		is_meant ? "without them no neighbour is found, so none of these packets arrives"
			 : "if the host uses IPv6, which no rule names: without them no neighbour "
			   "is found",
		type == SOLICITATION
			? analysis_step(an, &f, "-p icmpv6 --icmpv6-type neighbour-solicitation",
					"icmpv6 type nd-neighbor-solicit")
			: analysis_step(an, &f, "-p icmpv6 --icmpv6-type neighbour-advertisement",
					"icmpv6 type nd-neighbor-advert"));
	f.part = path;
	analysis_report(an, &f);
	return true;
}

/* Replies come back only to a host that may send. */
static bool host_sends(struct analysis *an)
{
	const struct flow *new = analysis_flow(an, PATH_OUTPUT, NFPROTO_VALUE_IPV6, CT_STATE_NEW);
	struct region sent = analysis_accepted(an, new, true), to = unicast(an),
		      outside = analysis_not_loopback(an, PATH_OUTPUT);
	return analysis_pick(an, new, ALL_OF(&sent, &to, &outside), NULL);
}

static void run(struct analysis *an)
{
	static const enum path paths[] = { PATH_INPUT, PATH_OUTPUT };
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		bool done = !path_has_chains(an->ruleset, paths[i], NFPROTO_VALUE_IPV6);
		for (unsigned type = SOLICITATION; type <= ADVERTISEMENT && !done; type++)
			done = report(an, paths[i], type, CT_STATE_NEW) ||
			       (paths[i] == PATH_INPUT && host_sends(an) &&
				report(an, paths[i], type, CT_STATE_ESTABLISHED));
	}
}

// clang-format off
static const struct reference references[] = {
	{ "RFC 4890, 4.4.1: traffic that must not be dropped",
	  "https://www.rfc-editor.org/rfc/rfc4890#section-4.4.1" },
	{ "RFC 4861: neighbour discovery; its packets have hop limit 255",
	  "https://www.rfc-editor.org/rfc/rfc4861" },
	{ "nf_conntrack_proto_icmpv6.c: noct_valid_new[] (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_conntrack_proto_icmpv6.c" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a server that forgot ICMPv6", .line = 6, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			     "\t\tiifname \"lo\" accept",
			     "\t\tip6 saddr 2001:db8::/32 tcp dport 22 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			      "\t\tiifname \"lo\" accept",
			      "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } ip6 hoplimit 255 accept",
			      "\t\tip6 saddr 2001:db8::/32 tcp dport 22 accept",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "iptables", .title = "ping is let through, neighbours are not", .line = 5, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     ":OUTPUT ACCEPT [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      ":OUTPUT ACCEPT [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -p ipv6-icmp -j ACCEPT",
			      "COMMIT"),
	},
};

const struct check check_neighbour_discovery_blocked = {
	.id = "FW301", .name = "neighbour-discovery-blocked", .since = "0.1", .severity = SEV_ERROR,
	.is_steady = true,
	.finds = "an interface that accepts IPv6 packets, but no neighbour discovery",
	.why =
		"IPv6 has no ARP. A host finds the link-layer address of a neighbour, its router included, by\n"
		"neighbour solicitations and advertisements (ICMPv6 types 135 and 136). If a firewall drops them,\n"
		"other IPv6 packets on that interface stop, too, as soon as the neighbours' caches have expired,\n"
		"whatever its rules accept.\n"
		"\n"
		"Connection tracking leaves these packets alone, so an accept of ESTABLISHED and RELATED does not\n"
		"let them through. An interface on which no IPv6 packet is accepted is not reported, nor one on\n"
		"which any of these packets is. Where no rule names IPv6 (a table of family inet that is written\n"
		"for IPv4) it is a note. Interfaces that rules name with a wildcard, more than 64 named ones, and\n"
		"bridged frames are not checked.",
	.fix_safety =
		"There is no automatic fix: accept ICMPv6 types 135 and 136 with hop limit 255 before the rule\n"
		"or policy that drops them. Routers cannot forward packets with that hop limit, so they come\n"
		"from the link itself.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

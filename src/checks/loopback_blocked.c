/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW304. The host may not speak with itself. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* The first segment of a connection of the host with itself, as it passes there. */
static struct region to_itself(struct analysis *an, enum path path, enum nfproto_value family)
{
	bool v6 = family == NFPROTO_VALUE_IPV6;
	u128 self = v6 ? 1 : 0x7f000001, lo = ifname_value(STR("lo"));
	const struct field_range list[] = { { v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR, self, self },
					    { v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR, self, self },
					    { path == PATH_INPUT ? FIELD_IIFNAME : FIELD_OIFNAME,
					      lo, lo } };
	return analysis_opening(an, TCP_SYN, list, ARRAY_SIZE(list));
}

static bool passes(struct analysis *an, enum path path, enum nfproto_value family)
{
	const struct flow *f = analysis_flow(an, path, family, CT_STATE_NEW);
	struct region accepted = analysis_accepted(an, f, false),
		      meant = to_itself(an, path, family);
	return analysis_pick(an, f, ALL_OF(&accepted, &meant), NULL);
}

/* A host that takes nothing from anybody has been closed on purpose. */
static bool takes_others(struct analysis *an, const struct flow *f)
{
	struct region accepted = analysis_accepted(an, f, true),
		      outside = analysis_not_loopback(an, PATH_INPUT);
	return analysis_pick(an, f, ALL_OF(&accepted, &outside), NULL);
}

static void look(struct analysis *an, const struct flow *flow, void *context)
{
	enum nfproto_value family = flow->options.family;
	struct finding f = { .severity = SEV_NOTE };
	(void)context;
	if (flow->options.path != PATH_INPUT || passes(an, PATH_INPUT, family) || an->gave_up ||
	    (path_has_chains(an->ruleset, PATH_OUTPUT, family) &&
	     !passes(an, PATH_OUTPUT, family)) ||
	    !takes_others(an, flow))
		return;
	struct region start = { .cube = flow->start }, meant = to_itself(an, PATH_INPUT, family);
	if (!analysis_pick(an, flow, ALL_OF(&start, &meant), &f) ||
	    !finding_set_place(&f, trace_last(&f.trace)))
		return;
	f.message = "the host's connections with itself are dropped";
	f.detail = arena_printf(an->results,
				"programs talk to each other, and to a local name server, over the "
				"interface lo: %s",
				analysis_step(an, &f, "-i lo", "iifname \"lo\""));
	analysis_report(an, &f);
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_NEW, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "RFC 1122, 3.2.1.3 (g): addresses of loopback",
	  "https://www.rfc-editor.org/rfc/rfc1122#section-3.2.1.3" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "only what comes from outside was thought of", .line = 2, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     ":OUTPUT ACCEPT [0:0]",
			     "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			     "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			     "-A INPUT ! -s 127.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      ":OUTPUT ACCEPT [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			      "-A INPUT ! -s 127.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "one interface only", .line = 2, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			     "\t\tmeta l4proto ipv6-icmp accept",
			     "\t\tiifname \"eth0\" tcp dport 22 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			      "\t\tiifname \"lo\" accept",
			      "\t\tmeta l4proto ipv6-icmp accept",
			      "\t\tiifname \"eth0\" tcp dport 22 accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_loopback_blocked = {
	.id = "FW304", .name = "loopback-blocked", .since = "0.1", .severity = SEV_NOTE,
	.is_steady = true,
	.finds = "a host that accepts connections from others, but not from itself",
	.why =
		"Programs of one host talk to each other over the interface lo: to a database, a local name server,\n"
		"a mail server. Where INPUT drops all of that, they wait for time-outs, which looks like a slow\n"
		"network.\n"
		"\n"
		"A host is reported if INPUT accepts no TCP connection from and to its loopback address, whatever\n"
		"the tests answer that fwlint cannot evaluate, although OUTPUT lets such a connection out and INPUT\n"
		"accepts new packets of others.",
	.fix_safety =
		"There is no automatic fix: accept what comes in by lo at the head of INPUT.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

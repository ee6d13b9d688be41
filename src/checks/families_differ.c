/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW307. Ports that IPv4 and IPv6 treat differently. */
#include <fwlint/check_analysis.h>

#include "lines.h"

#define PORTS_MAX 64 /* that are looked at */

struct ports {
	uint16_t items[PORTS_MAX];
	const struct rule *rules[PORTS_MAX]; /* the first that names it */
	size_t n;
};

static void add_port(struct ports *p, u128 port, const struct rule *r)
{
	size_t i = 0;
	while (i < p->n && p->items[i] != port)
		i++;
	if (i == PORTS_MAX || i < p->n)
		return;
	p->items[p->n] = (uint16_t)port;
	p->rules[p->n++] = r;
}

static void add_ports(struct ports *p, const struct rule *r)
{
	if (!rule_is_only(r, FIELD_L4PROTO, L4PROTO_TCP))
		return;
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind != MATCH_RANGES || m->negate || m->field != FIELD_DPORT)
			continue;
		for (uint32_t k = 0; k < m->n; k++)
			if (m->ranges[k].lo == m->ranges[k].hi)
				add_port(p, m->ranges[k].lo, r);
	}
}

/* Does any new connection to it get in, from outside, whatever unknown tests answer? */
static bool is_open(struct analysis *an, enum nfproto_value family, uint16_t port)
{
	const struct flow *f = analysis_flow(an, PATH_INPUT, family, CT_STATE_NEW);
	struct region meant = analysis_opening(an, TCP_SYN,
					       &(struct field_range){ FIELD_DPORT, port, port }, 1),
		      accepted = analysis_accepted(an, f, false),
		      outside = analysis_not_loopback(an, PATH_INPUT);
	return analysis_pick(an, f, ALL_OF(&accepted, &meant, &outside), NULL);
}

static void add_word(struct text *t, uint16_t port)
{
	text_printf(t, "%s%u", t->n ? ", " : "", port);
}

static void report(struct analysis *an, const struct rule *r, const struct text *only4,
		   const struct text *only6)
{
	struct finding f = { .severity = SEV_NOTE, .rule = r, .span = r->span, .path = PATH_COUNT };
	f.message = arena_printf(an->results,
				 "new TCP connections are accepted over one family "
				 "only:%s%.*s%s%s%.*s",
				 only4->n ? " IPv4 to port " : "", (int)only4->n,
				 only4->n ? only4->items : "", only4->n && only6->n ? ";" : "",
				 only6->n ? " IPv6 to port " : "", (int)only6->n,
				 only6->n ? only6->items : "");
	f.detail = "clients may try the closed family first and wait, or reach what was meant to "
		   "be closed";
	analysis_report_new(an, &f);
}

static void run(struct analysis *an)
{
	struct text only[2] = { { .arena = an->arena }, { .arena = an->arena } };
	struct ports ports = { .n = 0 };
	const struct rule *first = NULL;
	if (!path_has_chains(an->ruleset, PATH_INPUT, NFPROTO_VALUE_IPV4) ||
	    !path_has_chains(an->ruleset, PATH_INPUT, NFPROTO_VALUE_IPV6))
		return;
	for (size_t i = 0; i < an->ruleset->n_chains; i++)
		for (size_t k = 0; k < an->ruleset->chains[i]->n && ports.n < PORTS_MAX; k++)
			add_ports(&ports, an->ruleset->chains[i]->items[k]);
	for (size_t i = 0; i < ports.n && !an->gave_up; i++) {
		bool four = is_open(an, NFPROTO_VALUE_IPV4, ports.items[i]),
		     six = is_open(an, NFPROTO_VALUE_IPV6, ports.items[i]);
		if (four == six)
			continue;
		add_word(&only[six], ports.items[i]);
		first = first ? first : ports.rules[i];
	}
	if (first)
		report(an, first, &only[0], &only[1]);
}

// clang-format off
static const struct reference references[] = {
	{ "RFC 6724: which of the addresses of a name is tried first",
	  "https://www.rfc-editor.org/rfc/rfc6724" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a rule for one family", .line = 5, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname \"lo\" accept",
			     "\t\tip saddr 0.0.0.0/0 tcp dport 443 accept",
			     "\t\tmeta l4proto ipv6-icmp accept",
			     "\t\ttcp dport 22 accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"lo\" accept",
			      "\t\tmeta l4proto ipv6-icmp accept",
			      "\t\ttcp dport { 22, 443 } accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_families_differ = {
	.id = "FW307", .name = "families-differ", .since = "0.1", .severity = SEV_NOTE,
	.is_steady = true,
	.finds = "TCP ports of the host that are open over IPv4 only, or over IPv6 only",
	.why =
		"If the name of a service has addresses of both families, clients try one after the other: where\n"
		"the first is dropped, each client waits. Or a port that was closed for IPv4 was forgotten for\n"
		"IPv6, and is open.\n"
		"\n"
		"fwlint checks the single TCP ports that rules name (64 at most), for new connections from outside,\n"
		"if the ruleset, or the files given with --together, have chains of INPUT for both families. All\n"
		"ports are one finding.",
	.fix_safety =
		"There is no automatic fix: write the rule for both families (`tcp dport 443 accept` in a table of\n"
		"family inet), or allow the finding if it is intended.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW306. Ports that a program publishes past the rules of INPUT. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* One port that a rule of another program leads to a container. */
struct published {
	const struct rule *rule;
	const struct nat_target *to;
	u128 port;
};

static bool is_published(const struct analysis *an, const struct rule *r, struct published *ret)
{
	const struct statement *nat = rule_statement(r, STMT_NAT);
	bool port = false;
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_RANGES && m->field == FIELD_DPORT && !m->negate && m->n == 1 &&
		    m->ranges->lo == m->ranges->hi) {
			ret->port = m->ranges->lo;
			port = true;
		}
	}
	ret->rule = r;
	ret->to = nat ? &nat->to : NULL;
	return nat && rule_is_only(r, FIELD_L4PROTO, L4PROTO_TCP) && port &&
	       nat->to.end == END_DESTINATION && nat->to.has_address && nat->to.has_ports &&
	       nat->to.address.lo == nat->to.address.hi &&
	       (chain_is_of_program(r->chain->name) || chain_owner_advice(an->ruleset, r->chain));
}

/* Would INPUT let nobody in there, from outside? Then the rule that says so, or the policy; else
 * NULL. */
static const struct trace_step *input_stops(struct analysis *an, enum nfproto_value family,
					    u128 port)
{
	const struct flow *in = analysis_flow(an, PATH_INPUT, family, CT_STATE_NEW);
	struct region accepted = analysis_accepted(an, in, false), start = { .cube = in->start },
		      meant = analysis_opening(an, TCP_SYN,
					       &(struct field_range){ FIELD_DPORT, port, port }, 1),
		      outside = analysis_not_loopback(an, PATH_INPUT);
	struct finding f;
	if (analysis_pick(an, in, ALL_OF(&accepted, &meant, &outside), NULL) || an->gave_up ||
	    !analysis_pick(an, in, ALL_OF(&start, &meant, &outside), &f))
		return NULL;
	return trace_last(&f.trace);
}

/* Does its way hang on a test of that port as it was before the translation? Then somebody has
 * thought of it; what the test answers is not followed. */
static bool is_limited(struct analysis *an, const struct packet *p, u128 port)
{
	const char *test = arena_printf(an->arena, "-m conntrack --ctorigdstport %u",
					(unsigned)port);
	bool so = false;
	for (size_t i = 0; i < an->ruleset->n_vars && p->relied_on && !so; i++)
		so = p->relied_on[i] && str_is(an->ruleset->vars[i]->text, test);
	return so;
}

static void look(struct analysis *an, const struct published *p, enum nfproto_value family)
{
	enum field daddr = family == NFPROTO_VALUE_IPV6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR;
	const struct trace_step *stop = path_has_chains(an->ruleset, PATH_INPUT, family)
						? input_stops(an, family, p->port)
						: NULL;
	if (!stop)
		return;
	const struct flow *fwd = analysis_flow(an, PATH_FORWARD, family, CT_STATE_NEW);
	const struct field_range to[] = { { FIELD_DPORT, p->to->ports.lo, p->to->ports.lo },
					  { daddr, p->to->address.lo, p->to->address.lo } };
	struct region accepted = analysis_accepted(an, fwd, true),
		      meant = analysis_opening(an, TCP_SYN, to, ARRAY_SIZE(to));
	struct finding f = { .rule = p->rule, .span = p->rule->span };
	if (!analysis_pick(an, fwd, ALL_OF(&accepted, &meant), &f) ||
	    is_limited(an, &f.witness, p->port))
		return;
	bool named = stop->rule && rule_is_only(stop->rule, FIELD_DPORT, p->port);
	f.severity = named ? SEV_WARNING : SEV_NOTE;
	f.message = arena_printf(an->results, "port %u is published past INPUT, where %s drops it",
				 (unsigned)p->port, step_place(an, stop));
	f.detail = arena_printf(an->results,
				"translated at PREROUTING, its packets are forwarded; to limit "
				"them, put a rule into DOCKER-USER: -m conntrack --ctorigdstport "
				"%u",
				(unsigned)p->port);
	analysis_report(an, &f);
}

static void run(struct analysis *an)
{
	for (size_t i = 0; i < an->ruleset->n_chains && !an->gave_up; i++) {
		const struct chain *c = an->ruleset->chains[i];
		for (size_t k = 0; k < c->n; k++) {
			struct published p;
			if (!is_published(an, c->items[k], &p))
				continue;
			look(an, &p,
			     c->table->family == FAMILY_IP6 ? NFPROTO_VALUE_IPV6
							    : NFPROTO_VALUE_IPV4);
		}
	}
}

// clang-format off
static const struct reference references[] = {
	{ "Docker: packet filtering and firewalls, the chain DOCKER-USER",
	  "https://docs.docker.com/engine/network/packet-filtering-firewalls/" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a drop that Docker goes around", .line = 4, .by_hand = true,
		.bad = LINES("*nat",
			     ":PREROUTING ACCEPT [0:0]",
			     ":DOCKER - [0:0]",
			     "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80",
			     "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
			     "COMMIT",
			     "*filter",
			     ":INPUT ACCEPT [0:0]",
			     ":FORWARD ACCEPT [0:0]",
			     "-A INPUT -p tcp -m tcp --dport 8080 -j DROP",
			     "COMMIT"),
		.good = LINES("*nat",
			      ":PREROUTING ACCEPT [0:0]",
			      ":DOCKER - [0:0]",
			      "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80",
			      "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
			      "COMMIT",
			      "*filter",
			      ":INPUT ACCEPT [0:0]",
			      ":FORWARD ACCEPT [0:0]",
			      "-A FORWARD -d 172.17.0.2/32 -j DROP",
			      "COMMIT"),
	},
};

const struct check check_published_past_input = {
	.id = "FW306", .name = "published-past-input", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.finds = "a container's port that is open although INPUT drops it",
	.why =
		"Docker and its like publish a port by address translation at PREROUTING. After that the packet is\n"
		"for the container: it is forwarded, and the rules of INPUT never see it. So a port that is closed\n"
		"there, by ufw for example, is open.\n"
		"\n"
		"The packet that is shown goes to the container by FORWARD. It is a warning where a rule of INPUT names\n"
		"that port, and a note where a catch-all or the policy would drop it.",
	.fix_safety =
		"There is no automatic fix: publish the port on an address of the host only (`-p 127.0.0.1:8080:80`), or\n"
		"put the limit into DOCKER-USER, which Docker leaves alone. There the port is the translated one, and\n"
		"`-m conntrack --ctorigdstport 8080` names the one that was asked for.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

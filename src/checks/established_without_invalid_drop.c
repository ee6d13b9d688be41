/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW101. For each accept of ESTABLISHED: take the INVALID segments that the
 * rule would have matched but for their state, and see what becomes of them.
 */
#include <fwlint/check.h>

#include "lines.h"

extern const struct check check_established_without_invalid_drop;

struct query {
	struct analysis *an;
	const struct flow *flow;
	const struct chain *base;
	struct region scope;       /* INVALID segments that arrive at the accept */
	struct finding *finding;
};

static bool pick(struct query *q, const struct region *also)
{
	const struct region *both[] = { &q->scope, also };
	return analysis_pick(q->an, q->flow, both, also ? 2 : 1, &q->finding->witness,
			     &q->finding->trace);
}

/* The same, and a tcp reset gets out. */
static bool pick_reset(struct query *q, const struct region *also)
{
	const struct region *both[] = { &q->scope, also };
	return analysis_pick_reset(q->an, q->flow, false, NULL, 0, both, 2, &q->finding->witness, &q->finding->trace, NULL);
}

/* The first reset further on that some of them end in; `leaves`: and gets out of the host. */
static const struct rule *find_reject(struct query *q, size_t from, bool tcp_reset, bool leaves)
{
	for (size_t i = from; i < q->flow->n; i++) {
		const struct flow_event *e = &q->flow->items[i];
		if (e->verdict != VERDICT_REJECT || !e->rule ||
		    e->rule->verdict.tcp_reset != tcp_reset)
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++)
			if ((leaves ? pick_reset(q, &e->taken[k]) : pick(q, &e->taken[k])) && q->finding->trace.verdict.kind == VERDICT_REJECT)
				return e->rule;
	}
	return NULL;
}

/* Packets that this base chain hands to a program: what it accepts is not for a rule behind to drop. */
static const struct except *left_to_programs(const struct query *q)
{
	const struct except *list = NULL;
	for (size_t i = 0; i < q->flow->n; i++) {
		const struct flow_event *e = &q->flow->items[i];
		if (!e->rule || e->rule->verdict.kind != VERDICT_QUEUE || e->base->id != q->base->id)
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++)
			list = except_add(q->an->arena, list, &e->taken[k]);
	}
	return list;
}

/* Not stopped anywhere. */
static bool find_accepted(struct query *q)
{
	struct region rest = { .cube = analysis_not_loopback(q->an, q->flow->options.path) };
	rest.lists[0] = q->flow->stopped;
	rest.lists[1] = left_to_programs(q);
	return pick(q, &rest) && q->finding->trace.verdict.kind == VERDICT_ACCEPT;
}

/* Dropped, but not by a rule that was meant for INVALID packets. */
static bool find_dropped_by_chance(struct query *q)
{
	struct region rest = { .cube = analysis_not_loopback(q->an, q->flow->options.path) };
	for (size_t i = 0; i < q->flow->n; i++) {
		const struct flow_event *e = &q->flow->items[i];
		if (e->verdict != VERDICT_DROP || !e->state_named || !e->rule)
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++)
			rest.lists[0] = except_add(q->an->arena, rest.lists[0], &e->taken[k]);
	}
	return pick(q, &rest) && q->finding->trace.verdict.kind == VERDICT_DROP;
}

/* The step that decides: the last one in the base chain of the accept. */
static const struct trace_step *deciding_step(const struct query *q)
{
	const struct trace *t = &q->finding->trace;
	const struct trace_step *last = NULL;
	for (size_t i = 0; i < t->n; i++)
		if (!last || t->verdict.kind != VERDICT_ACCEPT || t->items[i].base->id == q->base->id)
			last = &t->items[i];
	return last;
}

static bool ends_in_unknown_policy(const struct query *q)
{
	const struct trace_step *s = deciding_step(q);
	return s && !s->rule && s->base->policy == POLICY_UNKNOWN;
}

/* What becomes of the scope's packets; false when all is well. */
static bool judge(struct query *q, size_t event)
{
	struct finding *f = q->finding;
	const char *how;
	f->reset = find_reject(q, event + 1, true, true);
	if (f->reset) {
		f->severity = SEV_ERROR;
		how = "answered with a tcp reset by";
	} else if (find_accepted(q)) {
		f->severity = ends_in_unknown_policy(q) ? SEV_NOTE : SEV_WARNING;
		how = ends_in_unknown_policy(q) ? "left to" : "accepted by";
	} else if (find_reject(q, event + 1, false, false)) {
		f->severity = SEV_WARNING;
		how = "rejected by";
	} else if (find_dropped_by_chance(q)) {
		f->severity = SEV_NOTE;
		how = "dropped only by";
	} else if (find_reject(q, event + 1, true, false)) {
		f->severity = SEV_NOTE;
		how = "answered with a tcp reset that OUTPUT stops, by";
	} else {
		return false;
	}
	const struct kernel_setting *liberal = analysis_liberal(q->an);
	f->cure = f->severity > SEV_NOTE ? CURE_DROP_INVALID : CURE_NONE;
	f->message = arena_printf(q->an->results,
		"ESTABLISHED is accepted here, but no rule drops INVALID after it: such TCP "
		"segments go on and are %s %s", how, step_place(q->an, deciding_step(q)));
	if (liberal && f->severity == SEV_ERROR) {
		f->severity = SEV_WARNING; /* segments with bad flags are left (FW102) */
		f->message = arena_printf(q->an->results, "%s; nf_conntrack_tcp_be_liberal=1 (%s) spares those that "
					  "are out of the window", f->message, setting_place(q->an, liberal));
	}
	return true;
}

static void check_flow(struct analysis *an, const struct flow *flow, struct findings *out)
{
	const struct cube *midstream = analysis_midstream(an);
	const struct except *covered = NULL;
	for (size_t i = 0; i < flow->n; i++) {
		const struct flow_event *e = &flow->items[i];
		if (!event_accepts_established(e))
			continue;
		struct pktset scope = flow_rule_set(flow, e, e->rule, SCOPE_NO_STATE, an->arena);
		for (size_t k = 0; k < scope.n; k++) {
			struct finding f = { .check = &check_established_without_invalid_drop,
					     .rule = e->rule, .span = e->rule->verdict.span,
					     .path = flow->options.path };
			struct query q = { .an = an, .flow = flow, .base = e->base, .scope = e->arrives, .finding = &f };
			const struct cube *c = cube_and(&an->space->dims, an->arena, e->arrives.cube,
							scope.items[k].cube);
			c = c ? cube_and(&an->space->dims, an->arena, c, midstream) : NULL;
			if (!c)
				continue;
			q.scope.cube = c;
			for (int l = 0; l < REGION_LISTS; l++)
				for (const struct except *x = scope.items[k].lists[l]; x; x = x->next)
					q.scope.lists[3] = except_add(an->arena, q.scope.lists[3], &x->region);
			struct region reported = q.scope;
			for (const struct except *x = covered; x; x = x->next)
				q.scope.lists[3] = except_add(an->arena, q.scope.lists[3], &x->region);
			if (!pick(&q, NULL) || !judge(&q, i))
				continue;
			findings_add(an, out, &f);
			covered = except_add(an->arena, covered, &reported);
		}
	}
}

static void run(struct analysis *an, struct findings *out)
{
	analysis_walks(an, CT_STATE_INVALID, check_flow, out);
}

static const struct reference references[] = {
	{ "iptables-extensions(8), REJECT: the warning about packets of state INVALID (since iptables 1.8.6)",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ "RFC 5961: what a TCP receiver does with a reset",
	  "https://www.rfc-editor.org/rfc/rfc5961" },
	{ "nf_conntrack_proto_tcp.c: nf_conntrack_tcp_packet(), tcp_in_window() (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_conntrack_proto_tcp.c" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a verdict map, as in OpenWrt's firewall", .line = 4,
		.bad = LINES("table inet fw4 {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tct state vmap { established : accept, related : accept }",
			     "\t\tiifname \"br-lan\" accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet fw4 {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			      "\t\tiifname \"br-lan\" accept",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "iptables", .title = "a router that rejects the rest", .line = 2,
		.bad = LINES("*filter",
			     "-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT",
			     "-A FORWARD -i lan0 -m state --state NEW -j ACCEPT",
			     "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset",
			     "COMMIT"),
		.good = LINES("*filter",
			      "-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT",
			      "-A FORWARD -m state --state INVALID -j DROP",
			      "-A FORWARD -i lan0 -m state --state NEW -j ACCEPT",
			      "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset",
			      "COMMIT"),
	},
	{
		.dialect = "iptables", .title = "loopback stays as it is", .line = 5,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     ":FORWARD DROP [0:0]",
			     ":OUTPUT ACCEPT [0:0]",
			     "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      ":FORWARD DROP [0:0]",
			      ":OUTPUT ACCEPT [0:0]",
			      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
};

const struct check check_established_without_invalid_drop = {
	.id = "FW101", .name = "established-without-invalid-drop", .since = "0.1",
	.severity = SEV_ERROR,
	.finds = "an accept of ESTABLISHED packets after which INVALID ones are not dropped",
	.why =
		"A segment of a healthy TCP connection can be INVALID to connection tracking: above\n"
		"the window, with an ACK of data not yet seen, or (before Linux 6.1) merely late. It\n"
		"is not ESTABLISHED then, so the rule that lets the connection through does not match\n"
		"it, and it goes on to rules that were written for something else. Where one of them\n"
		"is a tcp reset the connection dies (error). Where one accepts it, it passes without\n"
		"address translation and unseen by connection tracking (warning). Where it is dropped\n"
		"by a policy or a rule that was not meant for it, all is well until that changes (note).\n"
		"\n"
		"Only TCP is looked at, and not packets of the loopback interface that are accepted.",
	.fix_safety =
		"The fix drops INVALID directly after the accept, in the form of that accept. It is\n"
		"safe when nothing but INVALID packets change, and none that was accepted before\n"
		"except to or from the host itself. It hurts where one direction of a connection\n"
		"takes another way (asymmetric routing, VRRP without conntrackd, direct server return)\n"
		"or is not tracked (NOTRACK), and where flows are offloaded. What of that a ruleset shows\n"
		"(NOTRACK, a flowtable, VRRP that is accepted, -m ipvs) makes the fix unsafe; SYNPROXY\n"
		"gets its packets first; in a bridge only TCP is dropped.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW101. For each accept of ESTABLISHED: take the INVALID segments that the rule would have matched
 * except for their state, and see what happens to them.
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* What all accepts of a walk are asked about: collected once. */
struct collected {
	const struct except *reported; /* the packets that were reported for earlier accepts */
	VEC(const struct flow_event *) rejects;
	const struct chain *base;  /* NULL: not collected yet; that of `let_through` */
	struct region let_through; /* packets that this base chain hands to no program */
	struct region undropped;   /* packets that no drop naming a state takes */
	bool has_undropped;
};

/* INVALID segments that would have matched an accept of ESTABLISHED, and go on. */
struct query {
	struct analysis *an;
	const struct flow *flow;
	struct collected *all;
	const struct flow_event *accept;
	struct region segments;
	struct finding *finding; /* with the last of them that was examined, and its fate */
};

/* Does any of them that is also in `rest` and `also` end like this? */
static bool some_end(struct query *q, const struct region *rest, const struct region *also,
		     enum verdict_kind end)
{
	return analysis_pick(q->an, q->flow, ALL_OF(&q->segments, rest, also), q->finding) &&
	       q->finding->trace.verdict.kind == end;
}

/* The same, and the reset that answers them gets out of the host, to an end of a connection. */
static bool some_are_answered(struct query *q, const struct region *rest, const struct region *also)
{
	/* true of most pairs of an accept and a later reset; takes one pass over all of them */
	if (regions_apart(&q->an->space->dims, ALL_OF(&q->segments, rest), 2))
		return false;
	struct region living = analysis_with_connections(q->an, q->flow, rest);
	return analysis_pick_reset(q->an, q->flow, ALL_OF(&q->segments, rest, also, &living),
				   q->finding) &&
	       q->finding->trace.verdict.kind == VERDICT_REJECT;
}

/* The first later rule that answers some of them that are in `also`. */
static const struct rule *reject_of(struct query *q, bool tcp_reset, bool leaves_host,
				    const struct region *also)
{
	for (size_t i = 0; i < q->all->rejects.n; i++) {
		const struct flow_event *e = q->all->rejects.items[i];
		if (e <= q->accept || e->rule->verdict.tcp_reset != tcp_reset)
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++)
			if (leaves_host ? some_are_answered(q, &e->taken[k], also)
					: some_end(q, &e->taken[k], also, VERDICT_REJECT))
				return e->rule;
	}
	return NULL;
}

static struct region between_interfaces(const struct query *q)
{
	return analysis_between_interfaces(q->an, q->flow->options.path);
}

/*
 * The rule that answers, with a tcp reset or otherwise; if there is one, a rule whose packets do
 * not go back to where they came from.
 */
static const struct rule *find_reject(struct query *q, bool tcp_reset, bool leaves_host)
{
	const struct rule *first = reject_of(q, tcp_reset, leaves_host, &region_all);
	const u128 *v = q->finding->witness.v;
	if (!first || !v[FIELD_IIFNAME] || v[FIELD_IIFNAME] != v[FIELD_OIFNAME])
		return first;
	struct finding back = *q->finding;
	struct region between = between_interfaces(q);
	const struct rule *other = reject_of(q, tcp_reset, leaves_host, &between);
	if (!other)
		*q->finding = back;
	return other ? other : first;
}

/* The step that decides: the last one in the base chain of the accept. */
static const struct trace_step *deciding_step(const struct query *q)
{
	const struct trace *t = &q->finding->trace;
	const struct trace_step *last = NULL;
	for (size_t i = 0; i < t->n; i++)
		if (!last || t->verdict.kind != VERDICT_ACCEPT ||
		    t->items[i].base->id == q->accept->base->id)
			last = &t->items[i];
	return last;
}

/* ---- what may happen to them ---- */

static bool are_reset(struct query *q)
{
	q->finding->reset = find_reject(q, true, true);
	return q->finding->reset != NULL;
}

/* A later rule cannot drop the packets that this base chain hands to a program. */
static bool is_left_to_program(const struct flow_event *e, const void *base)
{
	return e->rule && e->rule->verdict.kind == VERDICT_QUEUE &&
	       e->base->id == ((const struct chain *)base)->id;
}

static bool pass(struct query *q, const struct region *also)
{
	struct region *rest = &q->all->let_through;
	if (q->all->base != q->accept->base) {
		*rest = flow_passing(q->flow);
		rest->cube = analysis_not_loopback(q->an, q->flow->options.path).cube;
		flow_leave_out(q->flow, is_left_to_program, q->accept->base, q->an->arena, rest);
	}
	q->all->base = q->accept->base;
	return some_end(q, rest, also, VERDICT_ACCEPT);
}

static bool are_let_through(struct query *q)
{
	struct region between = between_interfaces(q);
	return pass(q, &between);
}

/* To a host that is beside the sender: nothing is translated there (else FW104 says it). */
static bool are_sent_back(struct query *q)
{
	return pass(q, &region_all);
}

static bool are_left_to_policy(struct query *q)
{
	const struct trace_step *s = are_let_through(q) ? deciding_step(q) : NULL;
	return s && !s->rule && s->base->policy == POLICY_UNKNOWN;
}

static bool are_rejected(struct query *q)
{
	return find_reject(q, false, false);
}

static bool is_meant_drop(const struct flow_event *e, const void *context)
{
	(void)context;
	return e->verdict == VERDICT_DROP && e->state_named && e->rule;
}

static bool are_dropped_by_chance(struct query *q)
{
	struct region *rest = &q->all->undropped;
	if (!q->all->has_undropped) {
		*rest = analysis_not_loopback(q->an, q->flow->options.path);
		flow_leave_out(q->flow, is_meant_drop, NULL, q->an->arena, rest);
	}
	q->all->has_undropped = true;
	return some_end(q, rest, &region_all, VERDICT_DROP);
}

/* By a reset that is stopped on its way out, or one for a port that no connection has. */
static bool are_reset_in_vain(struct query *q)
{
	return find_reject(q, true, false);
}

/* The worst first. */
static const struct fate {
	bool (*is_theirs)(struct query *q);
	enum severity severity;
	const char *before, *after; /* the rule or policy that decides, in words */
} fates[] = {
	{ are_reset, SEV_ERROR, "", " answers it with a tcp reset" },
	{ are_left_to_policy, SEV_NOTE, "it is left to ", "" },
	{ are_let_through, SEV_WARNING, "", " accepts it" },
	{ are_rejected, SEV_WARNING, "", " rejects it" },
	{ are_sent_back, SEV_NOTE, "", " accepts it, back to the interface that it came by" },
	{ are_dropped_by_chance, SEV_NOTE, "only ", " drops it" },
	{ are_reset_in_vain, SEV_NOTE, "the tcp reset of ", " hurts no connection" },
};

/* NULL: all is well. */
static const struct fate *find_fate(struct query *q)
{
	for (size_t i = 0; i < ARRAY_SIZE(fates); i++)
		if (fates[i].is_theirs(q))
			return &fates[i];
	return NULL;
}

static void report(const struct query *q, const struct fate *fate)
{
	struct finding *f = q->finding;
	const struct kernel_setting *liberal = analysis_liberal(q->an);
	f->severity = fate->severity;
	f->message = arena_printf(q->an->results,
				  "INVALID is not dropped behind this accept: %s%s%s", fate->before,
				  step_place(q->an, deciding_step(q)), fate->after);
	if (liberal && f->severity > SEV_NOTE) {
		f->severity--; /* segments with bad flags are left (FW102) */
		f->detail = arena_printf(q->an->results,
					 "nf_conntrack_tcp_be_liberal=1 (%s) spares segments that "
					 "are "
					 "out of the window",
					 setting_place(q->an, liberal));
	}
	/* What the host itself sends is not lost or reordered before it gets here. */
	if (f->severity == SEV_WARNING && path_direction(f->path) == PATH_OUTPUT)
		f->severity = SEV_NOTE;
	f->cure = f->severity > SEV_NOTE ? CURE_DROP_INVALID : CURE_NONE;
	analysis_report(q->an, f);
}

/* ---- which segments ---- */

static void check_accept(const struct visit *v, struct collected *all)
{
	struct analysis *an = v->an;
	struct region midstream = analysis_midstream(an);
	struct pktset scope = visit_scope(v, SCOPE_NO_STATE);
	struct pktset of_tcp = { &midstream, 1, 1 };
	scope = pktset_and(&an->space->dims, an->arena, &scope, &of_tcp);
	for (size_t k = 0; k < scope.n; k++) {
		struct finding f = { .rule = v->rule, .span = v->rule->verdict.span };
		struct query q = { an, v->flow, all, v->event, scope.items[k], &f };
		region_leave_out(an->arena, &q.segments, all->reported);
		if (!analysis_pick(an, v->flow, ALL_OF(&q.segments), NULL))
			continue;
		const struct fate *fate = find_fate(&q);
		if (!fate)
			continue;
		report(&q, fate);
		all->reported = except_add(an->arena, all->reported, &scope.items[k]);
	}
}

static void check_walk(struct analysis *an, const struct flow *flow, void *context)
{
	struct collected all = { 0 };
	(void)context;
	for (size_t i = 0; i < flow->n; i++)
		if (flow->items[i].rule && flow->items[i].verdict == VERDICT_REJECT)
			vec_push(an->arena, &all.rejects, &flow->items[i]);
	for (size_t i = 0; i < flow->n; i++) {
		const struct visit v = { an, flow, &flow->items[i], flow->items[i].rule };
		if (event_accepts_established(v.event))
			check_accept(&v, &all);
	}
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_INVALID, check_walk, NULL);
}

// clang-format off
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
	.fix = FIX_KIND_INSERT,
	.finds = "an accept of ESTABLISHED packets after which INVALID ones are not dropped",
	.why =
		"A segment of a healthy TCP connection can be INVALID to connection tracking: above the\n"
		"window, with an ACK of data not yet seen, or (before Linux 6.1) merely late. The rule that\n"
		"lets ESTABLISHED packets through does not match it, so it goes on to rules that were written\n"
		"for something else. Where one of them is a tcp reset, the connection dies (error). Where one\n"
		"accepts it, it passes without address translation and unseen by connection tracking\n"
		"(warning). Where it is dropped by a policy or by a rule that was not meant for it, all is\n"
		"well until that changes (note). Where it is accepted only back to the interface that it came\n"
		"by, between containers of one bridge for example, it reaches its goal (note).\n"
		"\n"
		"Packets that the host itself sends are reported as a note, unless a reset answers them: they\n"
		"cannot be lost or reordered before they reach OUTPUT. Only TCP is checked, and packets of the\n"
		"loopback interface only if they are not accepted.",
	.fix_safety =
		"The fix drops INVALID directly after the accept, in the form of that accept. Where it is safe\n"
		"and ends more findings, the drop goes in front of the rule that answers instead; for packets\n"
		"that Docker forwards, it goes into DOCKER-USER; where the accept is in a chain that a program\n"
		"writes, in front of the jump that leads there, or to the head of the path.\n"
		"\n"
		"The fix is safe when only INVALID packets change their verdict, and none of them was accepted\n"
		"before. Three kinds may have been: packets to or from the host itself (but not over loopback),\n"
		"packets that a nat rule would have translated, and packets other than TCP that only a policy\n"
		"accepted.\n"
		"\n"
		"Dropping INVALID does harm where the two directions of a connection take different ways\n"
		"(asymmetric routing, VRRP without conntrackd, direct server return), where connections are not\n"
		"tracked (NOTRACK), and where flows are offloaded. If the ruleset shows one of these (NOTRACK, a\n"
		"flowtable, VRRP that is accepted, -m ipvs), the fix is unsafe. SYNPROXY gets its packets before\n"
		"the drop. In a bridge, only TCP is dropped.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

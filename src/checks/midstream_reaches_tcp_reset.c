/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW103. For each tcp reset: is there a segment in mid-connection that reaches
 * it when conntrack has lost the connection and takes the segment for NEW?
 * And would the other end's next segment bring the connection back?
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* The way that the other direction takes. */
static enum path other_way(enum path p)
{
	switch (p) {
	case PATH_INPUT: return PATH_OUTPUT;
	case PATH_OUTPUT: return PATH_INPUT;
	case PATH_BRIDGE_INPUT: return PATH_BRIDGE_OUTPUT;
	case PATH_BRIDGE_OUTPUT: return PATH_BRIDGE_INPUT;
	case PATH_FORWARD:
	case PATH_BRIDGE_FORWARD:
	case PATH_COUNT: break;
	}
	return p;
}

/* What lets the answer through: the last rule of a filter chain, else its policy. */
static const char *who_accepts(struct analysis *an, const struct trace *t)
{
	const struct trace_step *found = NULL;
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].base->type == CHAIN_FILTER &&
		    t->items[i].verdict == VERDICT_ACCEPT && (t->items[i].rule || !found))
			found = &t->items[i];
	return found ? arena_printf(an->results, "%s accepts it", step_place(an, found))
		     : "no chain stops it";
}

#define LOST "a segment whose connection conntrack has lost is NEW, and reaches this tcp reset"

/* What we look for at a reset. */
struct question {
	struct analysis *an;
	const struct flow *flow, *back; /* of the segment, of the other direction */
	struct region midstream, alive, returns;
	const struct kernel_setting *strict; /* tcp_loose=0; or NULL */
};

/* Would the other direction bring the connection back? The connection may be translated, and take
 * another path. */
static bool comes_back(const struct question *q, const struct region *taken, struct finding *f)
{
	const struct region *const *all = ALL_OF(taken, &q->alive, &q->midstream, &q->returns);
	struct packet answer;
	struct trace trace;
	struct elsewhere e;
	const char *why = analysis_loses_connections(q->an);
	f->severity = why ? SEV_WARNING : SEV_NOTE; /* connections that are not lost need no fix */
	f->cure = CURE_DROP_MIDSTREAM;
	f->message = LOST;
	bool found = analysis_pick_reset_with(q->an, q->flow, false, &q->back, 1, all, f, &answer);
	if (found)
		trace = packet_trace(q->an->ruleset, q->back->options.path, &answer,
				     q->an->results);
	if (found && f->trace.verdict.tcp_reset && trace.verdict.kind == VERDICT_ACCEPT) {
		f->detail = arena_printf(q->an->results,
					 "the next segment of the other direction would bring the "
					 "connection "
					 "back: %s%s%s",
					 who_accepts(q->an, &trace), why ? "; and " : "",
					 why ? why : "");
		return true;
	}
	if (!find_elsewhere(q->an, q->flow, taken, &q->midstream, true, f, &e))
		return false;
	f->nat = e.nat;
	f->detail = arena_printf(q->an->results,
				 "the next segment of the other direction would bring the "
				 "connection back: it "
				 "lives on the %s path, and %s would translate it again%s%s",
				 path_name(e.path), rule_place(q->an, e.nat), why ? "; and " : "",
				 why ? why : "");
	return true;
}

/* Is there such a connection at all? */
static bool is_reset_of_lost(const struct question *q, const struct region *taken,
			     struct finding *f)
{
	struct elsewhere e;
	f->severity = SEV_NOTE;
	f->cure = CURE_NONE;
	f->message = LOST;
	f->detail = q->strict ? arena_printf(q->an->results,
					     "not so here: it is INVALID, since "
					     "nf_conntrack_tcp_loose is 0 (%s); see FW102",
					     setting_place(q->an, q->strict))
			      : "no rule would let the connection come back, so the reset is the "
				"honest answer";
	if (analysis_pick_reset(q->an, q->flow, ALL_OF(taken, &q->alive, &q->midstream), f) &&
	    f->trace.verdict.tcp_reset)
		return true;
	if (!find_elsewhere(q->an, q->flow, taken, &q->midstream, false, f, &e))
		return false;
	f->nat = e.nat;
	return true;
}

static bool is_reset(const struct rule *r)
{
	return r->verdict.tcp_reset;
}

static void look(const struct visit *v, void *context)
{
	struct analysis *an = v->an;
	const struct flow_options *o = &v->flow->options;
	(void)context;
	if (v->event->verdict != VERDICT_REJECT || !is_reset(v->rule))
		return;
	struct question q = {
		.an = an,
		.flow = v->flow,
		.midstream = analysis_midstream(an),
		.alive = flow_passing(analysis_flow_view(an, o->path, o->family,
							 CT_STATE_ESTABLISHED, VIEW_WITH_ENTRY)),
		.back = analysis_flow_view(an, other_way(o->path), o->family, CT_STATE_NEW,
					   VIEW_REPLY),
		.strict = ruleset_kernel(an->ruleset, KERNEL_TCP_LOOSE, 0),
	};
	q.returns = analysis_accepted(an, q.back, true);
	for (uint32_t i = 0; i < v->event->n_taken; i++) {
		const struct region *taken = &v->event->taken[i];
		struct finding f = { .rule = v->rule,
				     .span = v->rule->verdict.span,
				     .reset = v->rule };
		if ((!q.strict && comes_back(&q, taken, &f)) || is_reset_of_lost(&q, taken, &f))
			analysis_report(an, &f);
	}
}

static void run(struct analysis *an)
{
	if (ruleset_any_rule(an->ruleset, is_reset))
		analysis_visits(an, CT_STATE_NEW, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "nf_conntrack-sysctl.rst: nf_conntrack_tcp_loose, \"set to pick up already established connections\" (Linux)",
	  "https://docs.kernel.org/networking/nf_conntrack-sysctl.html" },
	{ "nf_conntrack_proto_tcp.c: tcp_new() (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_conntrack_proto_tcp.c" },
	{ "RFC 5382, REQ-5: how long a connection may be idle",
	  "https://www.rfc-editor.org/rfc/rfc5382" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a router; its clients' segments without SYN are NEW too", .line = 5,
		.unsafe = true,
		.bad = LINES("*filter",
			     "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			     "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
			     "-A FORWARD -i lan0 -m conntrack --ctstate NEW -j ACCEPT",
			     "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset",
			     "COMMIT"),
		.good = LINES("*filter",
			      "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
			      "-A FORWARD -i lan0 -m conntrack --ctstate NEW -j ACCEPT",
			      "-A FORWARD -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP",
			      "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a host with an open output", .line = 5, .unsafe = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			     "\t\tmeta l4proto tcp reject with tcp reset",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			      "\t\tmeta l4proto tcp tcp flags & (fin | syn | rst | ack) != syn ct state new drop",
			      "\t\tmeta l4proto tcp reject with tcp reset",
			      "\t}",
			      "}"),
	},
};

const struct check check_midstream_reaches_tcp_reset = {
	.id = "FW103", .name = "midstream-reaches-tcp-reset", .since = "0.1", .severity = SEV_WARNING,
	.fix = FIX_KIND_INSERT,
	.finds = "a tcp reset that answers segments of connections whose conntrack entry is lost",
	.why =
		"Connection tracking can lose a live connection: by an idle time-out, a full table, conntrack -F,\n"
		"or a reboot or fail-over of the firewall. By default (nf_conntrack_tcp_loose=1) the next segment\n"
		"is then NEW, not INVALID, so a drop of INVALID does not help. Where no rule accepts NEW in that\n"
		"direction, the segment falls through to the reset, and the connection dies: \"reset by peer after\n"
		"ten minutes of inactivity\".\n"
		"\n"
		"It need not die. Where a rule accepts NEW segments without SYN in the other direction, the other\n"
		"end's next segment makes a new entry, and the retransmission of the first one passes. This is a\n"
		"warning where the input shows that connections are lost: a time-out under 2 h 4 min, or a table\n"
		"that is nearly full (FW109). Otherwise it is a note, which is fixed only with --severity note\n"
		"--unsafe-fixes. Where every accept of NEW asks for SYN, the connection is lost anyway: silence\n"
		"would only turn a quick reset into a long wait (note, and no fix).\n"
		"\n"
		"With nf_conntrack_tcp_loose=0 such segments are INVALID: see FW102. Segments of a masqueraded\n"
		"connection come to the router itself (INPUT), untranslated; the connection comes back when the\n"
		"other end's next one gets the same translation again. Segments behind a DNAT are not followed.",
	.fix_safety =
		"The fix drops NEW TCP segments without SYN directly before the reset. It is always unsafe: a\n"
		"peer whose connection is really gone gets silence instead of a reset, and waits for its own\n"
		"time-out.",
	.kernel =
		"Seen on Linux 6.18. nf_conntrack_tcp_loose is 1 by default in all versions.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

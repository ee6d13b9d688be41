/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW103. For each tcp reset: is there a segment in mid-connection that reaches
 * it when conntrack has lost the connection and takes the segment for NEW?
 * And would the other end's next segment bring the connection back?
 */
#include <fwlint/check.h>

#include "lines.h"

extern const struct check check_midstream_reaches_tcp_reset;

/* The way that the other direction takes. */
static enum path other_way(enum path p)
{
	switch (p) {
	case PATH_INPUT: return PATH_OUTPUT;
	case PATH_OUTPUT: return PATH_INPUT;
	case PATH_BRIDGE_INPUT: return PATH_BRIDGE_OUTPUT;
	case PATH_BRIDGE_OUTPUT: return PATH_BRIDGE_INPUT;
	case PATH_FORWARD: case PATH_BRIDGE_FORWARD: case PATH_COUNT: break;
	}
	return p;
}

/* What lets the answer through: the last rule of a filter chain, else its policy. */
static const char *who_accepts(struct analysis *an, const struct trace *t)
{
	const struct trace_step *found = NULL;
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].base->type == CHAIN_FILTER && t->items[i].verdict == VERDICT_ACCEPT &&
		    (t->items[i].rule || !found))
			found = &t->items[i];
	return found ? arena_printf(an->results, "%s accepts it", step_place(an, found)) : "no chain stops it";
}

static void check_reset(struct analysis *an, const struct flow *flow, const struct flow_event *e,
			struct findings *out)
{
	const struct flow_options *o = &flow->options;
	const struct flow *back = analysis_flow_view(an, other_way(o->path), o->family, CT_STATE_NEW, VIEW_REPLY);
	struct region midstream = { .cube = analysis_midstream(an) };
	struct region alive = { .cube = &cube_all }, returns = analysis_accepted(an, back, true);
	alive.lists[0] = analysis_flow(an, o->path, o->family, CT_STATE_ESTABLISHED)->stopped;
	const struct kernel_setting *strict = ruleset_kernel(an->ruleset, KERNEL_TCP_LOOSE, 0);
	for (uint32_t i = 0; i < e->n_taken; i++) {
		const struct region *all[] = { &e->taken[i], &alive, &midstream, &returns };
		struct packet answer;
		struct trace answer_trace;
		struct finding f = { .check = &check_midstream_reaches_tcp_reset, .rule = e->rule,
				     .span = e->rule->verdict.span, .path = o->path, .reset = e->rule };
		if (strict) {
			f.severity = SEV_NOTE;
			f.message = arena_printf(an->results, "a lost connection's segments would reach this tcp reset as NEW, "
				"but are INVALID, since nf_conntrack_tcp_loose is 0 (%s): see FW102", setting_place(an, strict));
			if (analysis_pick(an, flow, all, 3, &f.witness, &f.trace) && f.trace.verdict.tcp_reset)
				findings_add(an, out, &f);
		} else if (analysis_pick_pair(an, flow, back, all, 4, &f.witness, &f.trace, &answer, &answer_trace) &&
		    f.trace.verdict.tcp_reset && answer_trace.verdict.kind == VERDICT_ACCEPT) {
			f.severity = SEV_WARNING;
			f.cure = CURE_DROP_MIDSTREAM;
			f.message = arena_printf(an->results,
				"when conntrack has lost a connection (idle, table full, reboot) its next segment is NEW "
				"and reaches this tcp reset, though the other direction would bring the connection back: "
				"%s", who_accepts(an, &answer_trace));
			findings_add(an, out, &f);
		} else if (analysis_pick(an, flow, all, 3, &f.witness, &f.trace) && f.trace.verdict.tcp_reset) {
			f.severity = SEV_NOTE;
			f.message = "when conntrack has lost a connection (idle, table full, reboot) its next segment is "
				    "NEW and reaches this tcp reset; no rule would let the connection come back, so the "
				    "reset is the honest answer";
			findings_add(an, out, &f);
		}
	}
}

static void check_flow(struct analysis *an, const struct flow *flow, struct findings *out)
{
	for (size_t i = 0; i < flow->n; i++) {
		const struct flow_event *e = &flow->items[i];
		if (e->rule && e->verdict == VERDICT_REJECT && e->rule->verdict.tcp_reset)
			check_reset(an, flow, e, out);
	}
}

static bool is_reset(const struct rule *r)
{
	return r->verdict.tcp_reset;
}

static void run(struct analysis *an, struct findings *out)
{
	if (!ruleset_any_rule(an->ruleset, is_reset))
		return;
	analysis_walks(an, CT_STATE_NEW, check_flow, out);
}

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
	.finds = "a tcp reset that segments of a connection reach whose conntrack entry is lost",
	.why =
		"Connection tracking can lose a connection that lives: an idle time-out, a full table,\n"
		"conntrack -F, a reboot or fail-over of the firewall. By default (nf_conntrack_tcp_loose=1)\n"
		"the next segment is then NEW, not INVALID, so a drop of INVALID does not help. Where no\n"
		"rule accepts NEW in its direction it falls through to the reset, and the connection dies:\n"
		"\"reset by peer after ten minutes of inactivity\".\n"
		"\n"
		"It need not die. Where some rule accepts segments without SYN as NEW in the other\n"
		"direction, the other end's next segment makes a new entry, and the retransmission of the\n"
		"first passes (warning). Where every accept of NEW asks for SYN the connection is lost\n"
		"anyway: silence would only turn a quick reset into a long wait (note, and no fix).\n"
		"\n"
		"With nf_conntrack_tcp_loose=0 such segments are INVALID: see FW102. Address translation is\n"
		"not followed: segments of a connection that was masqueraded come to the router itself\n"
		"(INPUT), and the other end's next one has to get the same translation again.",
	.fix_safety =
		"The fix drops NEW TCP segments that are no SYN directly before the reset. It is always\n"
		"unsafe: a peer whose connection is really gone gets silence for a reset, and waits for\n"
		"its own time-out.",
	.kernel =
		"Seen on Linux 6.18. nf_conntrack_tcp_loose is 1 by default in all versions.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};

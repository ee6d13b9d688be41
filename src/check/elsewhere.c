/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three packets at once: the segment without an entry as it comes, untranslated; the
 * packet that opened its connection, which a nat chain translated; and the
 * segment as it would pass with a conntrack entry. Translation happens at
 * PREROUTING (destination, and the way back of a source: nf_nat_core.c,
 * HOOK2MANIP), so only there does an untranslated segment take another way than the others.
 */
#include <fwlint/check_analysis.h>

/* How a connection is translated, and which path it then takes. */
// clang-format off
static const struct way {
	enum path opens;     /* PATH_COUNT: on the path of the segment */
	enum hook hook;      /* of the nat chain */
	enum view view;
	enum path lives;
	bool to_self, to_others; /* by which kinds of translation */
} ways[] = {
	// clang-format on
	{ PATH_COUNT, HOOK_PREROUTING, VIEW_OPENS, PATH_FORWARD, false, true }, /* DNAT */
	{ PATH_COUNT, HOOK_PREROUTING, VIEW_OPENS, PATH_INPUT, true, false },   /* REDIRECT */
	{ PATH_FORWARD, HOOK_POSTROUTING, VIEW_OPENS_SNAT, PATH_FORWARD, true,
	  true }, /* MASQUERADE, SNAT */
	{ PATH_OUTPUT, HOOK_POSTROUTING, VIEW_OPENS_SNAT, PATH_INPUT, true,
	  true }, /* … of the host's own */
};

static bool is_translation(const struct flow_event *e, const struct way *w)
{
	if (!e->rule || !e->n_taken || e->base->type != CHAIN_NAT || e->base->hook != w->hook)
		return false;
	const struct statement *st = rule_statement(e->rule, STMT_NAT);
	return st && (st->to_self ? w->to_self : w->to_others);
}

static bool passes(const struct trace *t, const struct rule *r)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].rule && t->items[i].rule->id == r->id)
			return true;
	return false;
}

/* The search; the flows are those of the packet that opens the connection, and of the segment with
 * an entry. */
struct question {
	struct analysis *an;
	const struct flow *flow;
	const struct region *taken, *only;
	struct region to_clients; /* packets that come back to a translated source */
	bool comes_back;
	const struct flow *others[2];
};

/* Are the sets right? The interpreter is asked for each of the three. */
static bool confirm(const struct question *q, const struct packet *packets, const struct rule *nat,
		    struct finding *f)
{
	struct analysis *an = q->an;
	struct trace opens = packet_trace(an->ruleset, q->others[0]->options.path, &packets[0],
					  an->arena);
	struct trace lives = packet_trace(an->ruleset, q->others[1]->options.path, &packets[1],
					  an->arena);
	return f->trace.verdict.tcp_reset && passes(&opens, nat) &&
	       lives.verdict.kind == VERDICT_ACCEPT &&
	       (!q->comes_back || opens.verdict.kind == VERDICT_ACCEPT);
}

static bool find_way(struct question *q, const struct way *w, struct finding *f,
		     struct elsewhere *ret)
{
	const struct flow_options *o = &q->flow->options;
	enum path opens = w->opens == PATH_COUNT ? o->path : w->opens;
	enum view view = q->comes_back && w->view == VIEW_OPENS_SNAT ? VIEW_REPLY_OF_SNAT : w->view;
	q->others[0] = analysis_flow_view(q->an, opens, o->family, CT_STATE_NEW, view);
	q->others[1] = analysis_flow_view(q->an, w->lives, o->family, CT_STATE_ESTABLISHED,
					  VIEW_TRANSLATED);
	struct region lives = analysis_accepted(q->an, q->others[1], false);
	struct region returns = analysis_accepted(q->an, q->others[0], true);
	for (size_t i = 0; i < q->others[0]->n; i++) {
		const struct flow_event *e = &q->others[0]->items[i];
		if (!is_translation(e, w))
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++) {
			const struct region *const *all = ALL_OF(
				q->taken, q->only, &e->taken[k], &lives,
				w->view == VIEW_OPENS_SNAT ? &q->to_clients : &region_all,
				q->comes_back ? &returns : NULL);
			struct packet packets[2];
			if (!analysis_pick_reset_with(q->an, q->flow, true, q->others, 2, all, f,
						      packets) ||
			    !confirm(q, packets, e->rule, f))
				continue;
			*ret = (struct elsewhere){ w->lives, e->rule };
			return true;
		}
	}
	return false;
}

static bool has_nat(const struct rule *r)
{
	return rule_statement(r, STMT_NAT) != NULL;
}

bool find_elsewhere(struct analysis *an, const struct flow *flow, const struct region *taken,
		    const struct region *only, bool comes_back, struct finding *f,
		    struct elsewhere *ret)
{
	enum path path = flow->options.path;
	struct question q = { .an = an,
			      .flow = flow,
			      .taken = taken,
			      .only = only,
			      .comes_back = comes_back,
			      .to_clients = analysis_of_clients(an) };
	if ((path != PATH_INPUT && path != PATH_FORWARD) || !analysis_any_rule(an, has_nat))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		bool snat = ways[i].view == VIEW_OPENS_SNAT;
		/* a translated source is assumed to be the host's own, so replies come to INPUT */
		if (snat && path != PATH_INPUT)
			continue;
		/* a NEW segment to a translated port is translated again */
		if (!snat && flow->options.state == CT_STATE_NEW)
			continue;
		if (find_way(&q, &ways[i], f, ret))
			return true;
	}
	return false;
}

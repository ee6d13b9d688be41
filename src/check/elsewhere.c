/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three packets at once: the INVALID segment as it comes, untranslated; the
 * packet that opened its connection, which a nat chain translated; and the
 * segment as it would pass with a conntrack entry. Translation happens at
 * PREROUTING (destination, and the way back of a source: nf_nat_core.c,
 * HOOK2MANIP), so only there an untranslated segment parts from the others.
 */
#include <fwlint/check.h>

/* The ways in which a connection is translated, and where it lives then. */
static const struct way {
	enum path opens;     /* PATH_COUNT: on the path of the segment */
	enum hook hook;      /* of the nat chain */
	enum view view;
	enum path lives;
	bool to_self, to_others; /* by which kinds of translation */
} ways[] = {
	{ PATH_COUNT, HOOK_PREROUTING, VIEW_OPENS, PATH_FORWARD, false, true },        /* DNAT */
	{ PATH_COUNT, HOOK_PREROUTING, VIEW_OPENS, PATH_INPUT, true, false },          /* REDIRECT */
	{ PATH_FORWARD, HOOK_POSTROUTING, VIEW_OPENS_SNAT, PATH_FORWARD, true, true }, /* MASQUERADE, SNAT */
	{ PATH_OUTPUT, HOOK_POSTROUTING, VIEW_OPENS_SNAT, PATH_INPUT, true, true },    /* … of the host's own */
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

/* Are the sets right? The interpreter is asked for each of the three. */
static bool confirm(struct analysis *an, const struct flow *const others[2], const struct packet *packets,
		    const struct rule *nat, struct finding *f)
{
	struct trace opens = packet_trace(an->ruleset, others[0]->options.path, &packets[0], an->arena);
	struct trace lives = packet_trace(an->ruleset, others[1]->options.path, &packets[1], an->arena);
	f->trace = packet_trace(an->ruleset, f->path, &f->witness, an->results);
	return f->trace.verdict.tcp_reset && passes(&opens, nat) && lives.verdict.kind == VERDICT_ACCEPT;
}

static bool find_way(struct analysis *an, const struct flow *invalid, const struct way *w,
		     const struct region *taken, const struct region *only, struct finding *f, struct elsewhere *ret)
{
	const struct flow_options *o = &invalid->options;
	enum path opens = w->opens == PATH_COUNT ? o->path : w->opens;
	const struct flow *others[2] = {
		analysis_flow_view(an, opens, o->family, CT_STATE_NEW, w->view),
		analysis_flow_view(an, w->lives, o->family, CT_STATE_ESTABLISHED, VIEW_TRANSLATED),
	};
	struct region lives = { .cube = others[1]->start };
	lives.lists[0] = others[1]->stopped;
	for (size_t i = 0; i < others[0]->n; i++) {
		const struct flow_event *e = &others[0]->items[i];
		if (!is_translation(e, w))
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++) {
			const struct region *all[] = { taken, only, &e->taken[k], &lives };
			struct packet packets[2];
			if (!analysis_pick_all(an, invalid, others, 2, all, 4, &f->witness, packets) ||
			    !confirm(an, others, packets, e->rule, f))
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

bool find_elsewhere(struct analysis *an, const struct flow *invalid, const struct region *taken,
		    const struct region *only, struct finding *f, struct elsewhere *ret)
{
	enum path path = invalid->options.path;
	if ((path != PATH_INPUT && path != PATH_FORWARD) || !ruleset_any_rule(an->ruleset, has_nat))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		/* a translated source is taken for the host's own, so replies come to INPUT */
		if (ways[i].view == VIEW_OPENS_SNAT && path != PATH_INPUT)
			continue;
		if (find_way(an, invalid, &ways[i], taken, only, f, ret))
			return true;
	}
	return false;
}

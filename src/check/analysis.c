/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset under analysis: makes walks on demand, and picks packets of them. */
#include "analysis.h"

_Static_assert(STATE_EVERY == -1, "walks are kept by 1 + state");

struct analysis *analysis_new(struct flow_walks *walks, struct findings *found,
			      struct arena *results)
{
	struct analysis *an = arena_new_one(walks->arena, struct analysis);
	*an = (struct analysis){ .ruleset = walks->ruleset,
				 .arena = walks->arena,
				 .results = results,
				 .found = found,
				 .walks = walks,
				 .space = walks->space,
				 .unmarked = walks->is_written[FIELD_MARK] };
	return an;
}

static enum flow_bank bank_of(int state, enum view view)
{
	switch (view) {
	case VIEW_RESET:
	case VIEW_RESET_TO_SELF: return BANK_RESET;
	case VIEW_REPLY:
	case VIEW_REPLY_OF_DNAT:
	case VIEW_REPLY_OF_SNAT:
	case VIEW_REPLY_OF_BOTH:
	case VIEW_OPENS:
	case VIEW_OPENS_SNAT: return BANK_COMPANION;
	case VIEW_SAME:
	case VIEW_TRANSLATED:
	case VIEW_WITH_ENTRY:
	case VIEW_COUNT: break;
	}
	return state == CT_STATE_ESTABLISHED ? BANK_ESTABLISHED : BANK_PLAIN;
}

const struct flow *analysis_flow_view(struct analysis *an, enum path path,
				      enum nfproto_value family, int state, enum view view)
{
	const struct flow **f = &an->flows[path][family][1 + state][view];
	if (!*f) {
		bool is_reset = view == VIEW_RESET || view == VIEW_RESET_TO_SELF;
		/* a reset's mark is 0, but for fwmark_reflect (nf_send_reset(): IP4_REPLY_MARK) */
		struct flow_options o = { .path = path,
					  .family = family,
					  .state = state,
					  .view = view,
					  .unmarked = an->unmarked || is_reset,
					  .first = state == CT_STATE_NEW,
					  .bank = bank_of(state, view) };
		*f = flow_walks_get(an->walks, &o);
	}
	if ((*f)->gave_up)
		an->gave_up = (*f)->gave_up;
	return *f;
}

const struct flow *analysis_flow(struct analysis *an, enum path path, enum nfproto_value family,
				 int state)
{
	return analysis_flow_view(an, path, family, state, VIEW_SAME);
}

static void leave_open(struct analysis *an, enum path path, enum nfproto_value family)
{
	struct open_question q = { an->check, path, family, an->gave_up };
	for (size_t i = 0; i < an->found->open.n; i++) {
		const struct open_question *o = &an->found->open.items[i];
		if (o->check == q.check && o->path == path && o->family == family)
			return;
	}
	vec_push(an->results, &an->found->open, q);
}

/*
 * What was found before the answer failed may be wrong: an unfinished walk lets too much through.
 */
static void look_at(struct analysis *an, const struct flow_options *o,
		    void (*look)(struct analysis *an, const struct flow *flow, void *context),
		    void *context)
{
	size_t before = an->found->n;
	const struct flow *f = analysis_flow(an, o->path, o->family, o->state);
	if (!f->gave_up)
		look(an, f, context);
	if (!an->gave_up)
		return;
	an->found->n = before;
	leave_open(an, o->path, o->family);
}

void analysis_walks(struct analysis *an, int state,
		    void (*look)(struct analysis *an, const struct flow *flow, void *context),
		    void *context)
{
	const char *before = an->gave_up, *first = NULL;
	for (unsigned f = 0; f < 2; f++)
		for (unsigned p = 0; p < PATH_COUNT; p++) {
			const struct flow_options o = { .path = (enum path)p,
							.family = (enum nfproto_value)f,
							.state = state };
			an->gave_up = before;
			if (path_has_chains(an->ruleset, o.path, o.family))
				look_at(an, &o, look, context);
			first = first ? first : an->gave_up;
		}
	an->gave_up = first;
}

void analysis_run(struct analysis *an, const struct check *c, void (*run)(struct analysis *an))
{
	size_t before = an->found->n, open = an->found->open.n;
	an->check = c;
	an->gave_up = NULL;
	run(an);
	if (!an->gave_up || an->found->open.n > open)
		return;
	an->found->n = before;
	leave_open(an, PATH_COUNT, NFPROTO_VALUE_IPV4);
}

struct visitor {
	void (*look)(const struct visit *v, void *context);
	void *context;
};

static void visit_rules(struct analysis *an, const struct flow *flow, void *context)
{
	const struct visitor *to = context;
	for (size_t i = 0; i < flow->n; i++) {
		const struct visit v = { an, flow, &flow->items[i], flow->items[i].rule };
		if (v.rule)
			to->look(&v, to->context);
	}
}

void analysis_visits(struct analysis *an, int state,
		     void (*look)(const struct visit *v, void *context), void *context)
{
	struct visitor to = { look, context };
	analysis_walks(an, state, visit_rules, &to);
}

struct pktset visit_scope(const struct visit *v, enum rule_scope scope)
{
	struct arena *a = v->an->arena;
	struct region arrives = v->event->arrives;
	struct pktset own = flow_rule_set(v->flow, v->event->base, v->rule, scope, a);
	return pktset_and(&v->an->space->dims, a, &(struct pktset){ &arrives, 1, 1 }, &own);
}

size_t regions_count(const struct region *const *regions)
{
	size_t n = 0;
	while (regions && regions[n])
		n++;
	return n;
}

bool analysis_pick_all(struct analysis *an, const struct flow *f, const struct flow *const *others,
		       size_t n_others, const struct region *const *regions, size_t n,
		       struct packet *ret_packet, struct packet *ret_others)
{
	enum pick p = flow_pick_all(f, others, n_others, regions, n, an->results, ret_packet,
				    ret_others);
	if (p == PICK_GAVE_UP)
		an->gave_up = "the rules overlap in too many ways to be told apart";
	return p == PICK_FOUND;
}

void finding_set_witness(struct analysis *an, const struct flow *flow, const struct packet *p,
			 struct finding *f)
{
	f->path = flow->options.path;
	f->witness = *p;
	f->trace = packet_trace(an->ruleset, f->path, p, an->results);
	f->witness.relied_on = f->trace.relied_on;
}

static bool pick(struct analysis *an, const struct flow *flow, const struct region *const *regions,
		 size_t n, struct finding *f)
{
	struct packet p;
	if (!analysis_pick_all(an, flow, NULL, 0, regions, n, f ? &p : NULL, NULL))
		return false;
	if (!f)
		return true;
	analysis_make_plausible(an, flow, NULL, 0, regions, n, &p, NULL);
	finding_set_witness(an, flow, &p, f);
	return true;
}

bool analysis_pick(struct analysis *an, const struct flow *flow,
		   const struct region *const *regions, struct finding *f)
{
	return pick(an, flow, regions, regions_count(regions), f);
}

bool visit_pick(const struct visit *v, const struct region *const *also, struct finding *f)
{
	size_t n = regions_count(also);
	const struct region *all[8];
	FW_ASSERT(n < ARRAY_SIZE(all));
	for (size_t i = 0; i < n; i++)
		all[1 + i] = also[i];
	for (uint32_t k = 0; k < v->event->n_taken; k++) {
		all[0] = &v->event->taken[k];
		if (pick(v->an, v->flow, all, 1 + n, f))
			return true;
	}
	return false;
}

bool analysis_any_rule(struct analysis *an, bool (*is_so)(const struct rule *r))
{
	for (size_t i = 0; i < an->any.n; i++)
		if (an->any.items[i].is_so == is_so)
			return an->any.items[i].answer;
	struct any_rule now = { is_so, ruleset_any_rule(an->ruleset, is_so) };
	vec_push(an->arena, &an->any, now);
	return now.answer;
}

const struct kernel_setting *analysis_liberal(const struct analysis *an)
{
	if (ruleset_kernel(an->ruleset, KERNEL_TCP_LOOSE, 0))
		return NULL;
	return ruleset_kernel(an->ruleset, KERNEL_BE_LIBERAL, 1);
}

bool event_accepts_established(const struct flow_event *e)
{
	if (!e->rule || e->verdict != VERDICT_ACCEPT || !rule_has_ct_state(e->rule) ||
	    e->base->type == CHAIN_NAT || chain_is_before_conntrack(e->base))
		return false;
	unsigned states = rule_ct_states(e->rule);
	return (states & (1u << CT_STATE_ESTABLISHED)) && !(states & (1u << CT_STATE_NEW)) &&
	       !(states & (1u << CT_STATE_INVALID));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about a finished walk. */
#include "walk.h"

struct region flow_passing(const struct flow *f)
{
	struct region r = { .cube = &cube_all };
	r.lists[STOPPED] = f->stopped;
	return r;
}

bool flow_event_takes(const struct flow *f, const struct flow_event *e, const struct cube *arrives)
{
	for (uint32_t i = 0; i < e->n_taken; i++)
		if (!e->taken[i].lists[OWN] &&
		    cube_subset(&f->space->dims, arrives, e->taken[i].cube))
			return true;
	return false;
}

void flow_leave_out(const struct flow *f,
		    bool (*is_so)(const struct flow_event *e, const void *context),
		    const void *context, struct arena *a, struct region *r)
{
	const struct except *list = NULL;
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < f->items[i].n_taken && is_so(&f->items[i], context); k++)
			list = except_add(a, list, &f->items[i].taken[k]);
	region_leave_out(a, r, list);
}

const struct cube *flow_cube_ranges(struct arena *a, enum field f, const struct range *r,
				    uint32_t n)
{
	return cube_one(a, (struct values){ f, n, r });
}

const struct cube *flow_cube_mask(struct arena *a, enum field f, u128 mask, u128 value)
{
	struct range *r = arena_new_one(a, struct range);
	*r = (struct range){ mask, value };
	return cube_one(a, (struct values){ f, 1, r });
}

struct pktset flow_question_set(const struct flow *f, const struct rule *r, struct arena *a)
{
	struct compile c = {
		.space = f->space, .arena = a, .bank = f->options.bank, .view = f->options.view
	};
	struct pktset s;
	c.is_known[FIELD_NFPROTO] = true;
	c.known[FIELD_NFPROTO] = f->options.family;
	return compile_rule(&c, r, &s) ? s : (struct pktset){ 0 };
}

const struct cube *flow_possible(const struct flow *f, enum ct_state s, struct arena *a)
{
	struct flow_options o = f->options;
	struct range *r = arena_new_one(a, struct range);
	o.state = (int)s;
	r->lo = r->hi = s;
	const struct cube *entries = possible_entries(f->space, o.view, (int)s, a);
	const struct cube *c = cube_and(&f->space->dims, a, entries,
					flow_cube_ranges(a, FIELD_CT_STATE, r, 1));
	c = cube_and(&f->space->dims, a, c, possible_forwarded(f->ruleset, &o, f->space, a));
	c = cube_and(&f->space->dims, a, c, possible_status(f->ruleset, &o, f->space, a));
	return c ? cube_and(&f->space->dims, a, c, f->start) : NULL;
}

struct pktset flow_rule_set(const struct flow *f, const struct chain *base, const struct rule *r,
			    enum rule_scope scope, struct arena *a)
{
	struct walk w = { .flow = (struct flow *)(uintptr_t)f,
			  .arena = a,
			  .base = base,
			  .dims = &f->space->dims };
	struct pktset s;
	w.compile = (struct compile){ .space = f->space,
				      .arena = a,
				      .bank = f->options.bank,
				      .view = f->options.view,
				      .no_state = scope == SCOPE_NO_STATE };
	walk_enter_hook(&w, base);
	return compile_rule(&w.compile, r, &s) ? s : (struct pktset){ 0 };
}

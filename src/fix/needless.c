/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Later fixes may drop everything that an earlier one drops. Such a fix is taken out again, and the
 * others are made again, so that none is useless.
 */
#include "cures.h"
#include "plan.h"

/* Which of the fixes made the rule? n: none of them. */
static size_t made_by(const struct fix_list *list, const struct rule *r)
{
	size_t i = 0;
	while (i < list->n && list->items[i].rule->id != r->id)
		i++;
	return i;
}

/* The place of each fix in its chain when only the earlier ones in the list are made. */
static void count_places(struct fix_plan *plan)
{
	for (size_t k = 0; k < plan->used.n; k++) {
		struct fix *f = &plan->used.items[k];
		const struct chain *c = ruleset_chain(plan->fixed, f->rule->chain);
		f->change.index = 0;
		for (size_t i = 0; c->items[i]->id != f->rule->id; i++)
			if (!c->items[i]->inserted || made_by(&plan->used, c->items[i]) < k)
				f->change.index++;
	}
}

/* Is some packet of the certificate not dropped without the fix, or does a comparison say so? */
static bool is_needed(const struct fix *f, const struct ruleset *without,
		      const struct ruleset *with, struct arena *a)
{
	for (size_t i = 0; i < f->n_classes; i++)
		if (packet_trace(without, f->classes[i].path, &f->classes[i].sample, a)
			    .verdict.kind != VERDICT_DROP)
			return true;
	struct comparison c = flow_compare(without, with, a);
	return c.gave_up || c.n;
}

/* The fixes of the list, made again one after the other and judged; false: one of them may not be
 * used.
 */
static bool make_anew(struct fix_plan *plan, const struct ruleset *rs, const struct fix_options *o,
		      struct arena *a)
{
	count_places(plan);
	plan->fixed = rs;
	for (size_t i = 0; i < plan->used.n; i++) {
		struct fix *f = &plan->used.items[i];
		f->change.chain = ruleset_chain(plan->fixed, f->change.chain);
		f->classes = NULL;
		f->n_classes = f->classes_cap = 0;
		f->hazard = NULL;
		fix_judge(plan->fixed, f, a);
		if (f->safety == FIX_FORBIDDEN || (f->safety == FIX_UNSAFE && !o->unsafe) ||
		    !f->n_classes)
			return false;
		plan->fixed = ruleset_apply(plan->fixed, &f->change, &f->rule);
	}
	return true;
}

/* The plan without its fix number `k`; false: the others may not be used without it. */
static bool make_without(const struct fix_plan *plan, size_t k, const struct ruleset *rs,
			 const struct selection *sel, const struct fix_options *o, struct arena *a,
			 struct fix_plan *ret)
{
	const char *gave_up;
	struct fix_plan less = *plan;
	less.used = (struct fix_list){ 0 };
	less.fixed = ruleset_without(plan->fixed, plan->used.items[k].rule);
	for (size_t i = 0; i < plan->used.n; i++)
		if (i != k)
			vec_push(a, &less.used, plan->used.items[i]);
	if (!make_anew(&less, rs, o, a))
		return false;
	struct arena *walks = arena_new();
	less.remaining = plan_lint(plan, flow_walks_new(less.fixed, walks), sel, a, &gave_up);
	arena_free(walks);
	if (gave_up)
		return false;
	cures_without(&less, k, plan->used.items[k].change.chain);
	*ret = less;
	return true;
}

void plan_drop_needless(struct fix_plan *plan, const struct ruleset *rs,
			const struct selection *sel, const struct fix_options *o, struct arena *a)
{
	for (size_t i = 0; i < plan->used.n;) {
		const struct fix *f = &plan->used.items[i];
		if (is_needed(f, ruleset_without(plan->fixed, f->rule), plan->fixed, a) ||
		    !make_without(plan, i, rs, sel, o, a, plan))
			i++;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan: one fix after the other until nothing that a fix helps is left. */
#include "plan.h"

#define FIXES_MAX(findings) (3 * (findings)) /* one for each severity */

static bool was_tried(const struct findings *tried, const struct finding *f)
{
	for (size_t i = 0; i < tried->n; i++)
		if (finding_is_same(&tried->items[i], f))
			return true;
	return false;
}

static const struct finding *next_finding(const struct findings *found,
					  const struct findings *tried)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->items[i].cure && !was_tried(tried, &found->items[i]))
			return &found->items[i];
	return NULL;
}

/* Makes the fix, if what it leads to can be linted. */
static bool use_fix(struct fix_plan *plan, struct fix *fix, const struct selection *sel, struct arena *a)
{
	const char *gave_up;
	const struct ruleset *fixed = ruleset_apply(plan->fixed, &fix->change, &fix->rule);
	struct findings left = check_run(fixed, sel, a, &gave_up);
	if (gave_up)
		return false;
	plan->fixed = fixed;
	plan->remaining = left;
	vec_push(a, &plan->used, *fix);
	return true;
}

/*
 * Every finding is looked at once; true: a fix was used. One that no fix helped may be
 * helped by another fix behind it, so the passes go on until one uses none. A fix ends its
 * finding, which may come back once less severe, and then once more: hence FIXES_MAX.
 */
static bool make_pass(struct fix_plan *plan, size_t most, const struct selection *sel,
		      const struct fix_options *o, struct arena *a)
{
	struct findings tried = { 0 };
	const struct finding *f;
	size_t before = plan->used.n;
	plan->offered.n = 0;
	while ((f = next_finding(&plan->remaining, &tried)) && plan->used.n < most) {
		struct finding *subject = arena_new_one(a, struct finding);
		*subject = *f;
		vec_push(a, &tried, *subject);
		struct fix *fix = fix_find(plan->fixed, subject, o, a);
		if (!fix)
			continue;
		if (fix->safety != FIX_SAFE && !o->unsafe)
			vec_push(a, &plan->offered, *fix);
		else
			use_fix(plan, fix, sel, a);
	}
	return plan->used.n > before;
}

struct fix_plan fix_plan_make(const struct ruleset *rs, const struct findings *found,
			      const struct selection *sel, const struct fix_options *o, struct arena *a)
{
	struct fix_plan plan = { .fixed = rs, .remaining = *found };
	while (make_pass(&plan, FIXES_MAX(found->n), sel, o, a))
		continue;
	plan_drop_needless(&plan, rs, sel, o, a);
	plan_write_edits(&plan, rs, a);
	if (plan.failed) {
		plan.used.n = 0;
		plan.edits.n = 0;
	}
	plan_write_texts(&plan, rs->source, a);
	return plan;
}

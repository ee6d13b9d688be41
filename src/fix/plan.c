/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan: one fix after the other, until no fix helps any more. */
#include "cures.h"
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
					  const struct findings *tried, enum severity severity)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->items[i].cure && found->items[i].severity >= severity &&
		    !was_tried(tried, &found->items[i]))
			return &found->items[i];
	return NULL;
}

/* Keeps the walks of the ruleset as fixed so far; NULL: none are needed any more. */
static void keep_walks(struct fix_plan *plan, struct flow_walks *walks)
{
	if (plan->owns_walks)
		arena_free(plan->walks->arena);
	plan->walks = walks;
	plan->owns_walks = walks != NULL;
}

/* Makes the fix, if the result can be linted. */
static void use_fix(struct fix_plan *plan, struct fix *fix, const struct selection *sel,
		    struct arena *a)
{
	const char *gave_up;
	struct arena *walks = arena_new();
	const struct ruleset *fixed = ruleset_apply(plan->fixed, &fix->change, &fix->rule);
	struct flow_walks *new = flow_walks_new(fixed, walks);
	struct findings left = plan_lint(plan, new, sel, a, &gave_up);
	if (gave_up) {
		arena_free(walks);
		return;
	}
	keep_walks(plan, new);
	plan->fixed = fixed;
	plan->remaining = left;
	vec_push(a, &plan->used, *fix);
	cures_of_used(plan);
}

/*
 * Looks at every finding once; true: a fix was used. A later fix may help a finding that none
 * helped so far, so the passes go on until one uses no fix. A fix ends its finding, which may come
 * back less severe, up to twice: hence FIXES_MAX.
 */
static bool make_pass(struct fix_plan *plan, size_t most, const struct selection *sel,
		      const struct fix_options *o, struct arena *a)
{
	struct findings tried = { 0 };
	const struct finding *f;
	size_t before = plan->used.n;
	cures_forget_offered(plan);
	while ((f = next_finding(&plan->remaining, &tried, o->severity)) && plan->used.n < most) {
		struct finding *subject = arena_new_one(a, struct finding);
		*subject = *f;
		vec_push(a, &tried, *subject);
		struct fix *fix = fix_find(plan, subject, sel, o, a);
		if (!fix)
			continue;
		if (fix->safety != FIX_SAFE && !o->unsafe)
			cures_of_offered(plan, fix, a);
		else
			use_fix(plan, fix, sel, a);
	}
	return plan->used.n > before;
}

struct fix_plan fix_plan_make(const struct ruleset *rs, const struct findings *found,
			      const struct selection *sel, const struct fix_options *o,
			      struct arena *a)
{
	struct fix_plan plan = { .found = found, .fixed = rs, .remaining = *found };
	if (o->walks)
		plan.walks = o->walks;
	else
		keep_walks(&plan, flow_walks_new(rs, arena_new()));
	plan.cures = arena_new_array(a, struct fix_cure, found->n);
	/* a fix is linted again, and open questions would stay open */
	while (!found->open.n && make_pass(&plan, FIXES_MAX(found->n), sel, o, a))
		continue;
	keep_walks(&plan, NULL);
	plan_drop_needless(&plan, rs, sel, o, a);
	plan_write_edits(&plan, rs, a);
	if (plan.failed) {
		plan.used.n = 0;
		plan.edits.n = 0;
	}
	plan_write_texts(&plan, rs->source, a);
	if (!plan.failed)
		plan_tidy(&plan, rs, o, a);
	return plan;
}

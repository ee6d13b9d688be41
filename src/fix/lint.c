/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lints again the ruleset that a fix has made. */
#include "plan.h"

struct findings plan_lint(const struct fix_plan *plan, struct flow_walks *walks,
			  const struct selection *sel, struct arena *a, const char **ret_gave_up)
{
	struct selection moving = sel ? *sel : (struct selection){ 0 };
	moving.no_steady = true;
	struct findings left = check_run_walks(walks, &moving, a, ret_gave_up);
	for (size_t i = 0; i < plan->found->n; i++)
		if (check_is_steady(plan->found->items[i].check))
			vec_push(a, &left, plan->found->items[i]);
	return left;
}

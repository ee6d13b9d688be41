/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One missing rule may be several findings: which fix ends which of them. */
#include "cures.h"

bool finding_is_left(const struct findings *left, const struct finding *f)
{
	for (size_t i = 0; i < left->n; i++)
		if (finding_is_same(&left->items[i], f) && left->items[i].severity >= f->severity)
			return true;
	return false;
}

/* A finding may come back with a later fix, and be ended once more. */
void cures_of_used(struct fix_plan *plan)
{
	for (size_t i = 0; i < plan->found->n; i++) {
		size_t *used = &plan->cures[i].used;
		if (finding_is_left(&plan->remaining, &plan->found->items[i]))
			*used = 0;
		else if (!*used)
			*used = plan->used.n;
	}
}

static bool is_same_change(const struct fix *x, const struct fix *y)
{
	const struct rule *a = x->change.rule, *b = y->change.rule;
	if (x->change.chain->id != y->change.chain->id || x->change.index != y->change.index ||
	    a->n_matches != b->n_matches)
		return false;
	for (uint32_t i = 0; i < a->n_matches; i++)
		if (!match_among(b->matches, b->n_matches, &a->matches[i]))
			return false;
	return true;
}

void cures_of_offered(struct fix_plan *plan, const struct fix *fix, struct arena *a)
{
	size_t k = 0;
	while (k < plan->offered.n && !is_same_change(&plan->offered.items[k], fix))
		k++;
	if (k == plan->offered.n)
		vec_push(a, &plan->offered, *fix);
	for (size_t i = 0; i < plan->found->n; i++)
		if (finding_is_same(&plan->found->items[i], fix->finding))
			plan->cures[i].offered = k + 1;
}

void cures_forget_offered(struct fix_plan *plan)
{
	plan->offered.n = 0;
	for (size_t i = 0; i < plan->found->n; i++)
		plan->cures[i].offered = 0;
}

/* Its findings go to a fix of the same chain; else to the first. */
void cures_without(struct fix_plan *plan, size_t k, const struct chain *c)
{
	size_t heir = 0;
	while (heir < plan->used.n && plan->used.items[heir].change.chain->id != c->id)
		heir++;
	heir = heir < plan->used.n ? heir + 1 : plan->used.n ? 1 : 0;
	for (size_t i = 0; i < plan->found->n; i++) {
		size_t *used = &plan->cures[i].used;
		if (*used == k + 1)
			*used = heir;
		else if (*used > k + 1)
			--*used;
	}
}

const struct fix *fix_plan_cure(const struct fix_plan *plan, const struct finding *f)
{
	const struct fix_cure *c = &plan->cures[f - plan->found->items];
	if (c->used && c->used <= plan->used.n) /* none is used where the text could not be made */
		return &plan->used.items[c->used - 1];
	return c->offered ? &plan->offered.items[c->offered - 1] : NULL;
}

bool fix_plan_uses(const struct fix_plan *plan, const struct fix *f)
{
	return f >= plan->used.items && f < plan->used.items + plan->used.n;
}

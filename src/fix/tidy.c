/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits that only tidy. The proof: the text with the fixes of the plan is read without and with the
 * tidy edits, and every packet has the same verdict in both.
 */
#include "plan.h"

#define TRIES_MAX 12 /* edits that are tried one by one where all at once are not equal */

enum tidied fix_plan_tidied(const struct fix_plan *plan, const struct finding *f)
{
	return plan->tidied ? plan->tidied[f - plan->found->items] : TIDIED_NOT;
}

/* How many of the edits, which are sorted, begin before the offset. */
static size_t before(const struct edits *e, uint32_t off)
{
	size_t lo = 0, hi = e->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (e->items[mid].span.off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Does one of the edits overlap the span? An insertion at either end of it is beside it. */
static bool is_touched(const struct edits *e, struct span s)
{
	size_t k = before(e, s.off + s.len);
	while (k-- > 0) {
		struct span x = e->items[k].span;
		if (x.off + x.len > s.off)
			return true;
		if (x.len)
			break;
	}
	return false;
}

static bool fits(const struct edits *e, const struct tidy *t)
{
	bool so = true;
	for (size_t i = 0; i < t->n && so; i++)
		so = !is_touched(e, t->items[i].span);
	return so;
}

static void add(struct edits *e, const struct tidy *t)
{
	for (size_t i = 0; i < t->n; i++)
		edits_add(e, t->items[i].span, t->items[i].text);
}

static struct edits edits_copy(const struct edits *e, struct arena *a)
{
	struct edits out = { .arena = a };
	for (size_t i = 0; i < e->n; i++)
		edits_add(&out, e->items[i].span, e->items[i].text);
	return out;
}

/* Is every verdict the same with these edits as in `before`? */
static bool is_equal(const struct fix_plan *plan, const struct ruleset *rs,
		     const struct ruleset *before, const struct edits *edits)
{
	struct arena *a = arena_new();
	struct fix_plan with = *plan;
	with.edits = *edits;
	plan_write_texts(&with, rs->source, a);
	const struct ruleset *after = plan_read(&with, rs, a);
	bool equal = false;
	if (after) {
		struct comparison c = flow_compare(before, after, a);
		equal = !c.n && !c.gave_up && !c.whole_packets && !c.uncompared.n;
	}
	arena_free(a);
	return equal;
}

struct tidying {
	struct fix_plan *plan;
	const struct ruleset *rs, *before;
	struct edits edits; /* of the plan, and those that are proved */
	VEC(const struct finding *) wanted;
};

static void prove_each(struct tidying *t, struct arena *a)
{
	for (size_t i = 0; i < t->wanted.n && i < TRIES_MAX; i++) {
		const struct finding *f = t->wanted.items[i];
		struct edits with = edits_copy(&t->edits, a);
		if (!fits(&with, f->tidy))
			continue;
		add(&with, f->tidy);
		if (!is_equal(t->plan, t->rs, t->before, &with))
			continue;
		t->edits = with;
		t->plan->tidied[f - t->plan->found->items] = TIDIED_OFFERED;
	}
}

static void prove_all(struct tidying *t, struct arena *a)
{
	struct edits all = edits_copy(&t->edits, a);
	VEC(const struct finding *) fitting = { 0 };
	for (size_t i = 0; i < t->wanted.n; i++)
		if (fits(&all, t->wanted.items[i]->tidy)) {
			add(&all, t->wanted.items[i]->tidy);
			vec_push(a, &fitting, t->wanted.items[i]);
		}
	if (!is_equal(t->plan, t->rs, t->before, &all)) {
		prove_each(t, a);
		return;
	}
	t->edits = all;
	for (size_t i = 0; i < fitting.n; i++)
		t->plan->tidied[fitting.items[i] - t->plan->found->items] = TIDIED_OFFERED;
}

static bool is_gone(const struct fix_plan *plan, const struct finding *f)
{
	for (size_t i = 0; i < plan->found->n; i++)
		if (plan->tidied[i] == TIDIED_USED && finding_is_same(&plan->found->items[i], f))
			return true;
	return false;
}

static void use(struct tidying *t, struct arena *a)
{
	struct fix_plan *plan = t->plan;
	struct findings left = { .allowed = plan->remaining.allowed,
				 .known = plan->remaining.known };
	plan->edits = t->edits;
	plan_write_texts(plan, t->rs->source, a);
	for (size_t i = 0; i < plan->found->n; i++)
		if (plan->tidied[i] == TIDIED_OFFERED) {
			plan->tidied[i] = TIDIED_USED;
			plan->n_tidied++;
		}
	for (size_t i = 0; i < plan->remaining.n; i++)
		if (!is_gone(plan, &plan->remaining.items[i]))
			vec_push(a, &left, plan->remaining.items[i]);
	plan->remaining = left;
}

void plan_tidy(struct fix_plan *plan, const struct ruleset *rs, const struct fix_options *o,
	       struct arena *a)
{
	struct tidying t = { .plan = plan, .rs = rs, .edits = edits_copy(&plan->edits, a) };
	plan->tidied = arena_new_array(a, enum tidied, plan->found->n + 1);
	for (size_t i = 0; i < plan->found->n; i++)
		if (plan->found->items[i].tidy && plan->found->items[i].severity >= o->severity)
			vec_push(a, &t.wanted, &plan->found->items[i]);
	if (!t.wanted.n || o->only_inserts)
		return;
	t.before = plan->used.n ? plan_read(plan, rs, a) : rs;
	if (!t.before)
		return;
	prove_all(&t, a);
	if (o->tidy)
		use(&t, a);
}

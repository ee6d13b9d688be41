/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choice among the candidates for a finding. */
#include "cures.h"
#include "plan.h"

struct chooser {
	const struct fix_plan *plan;
	const struct finding *finding;
	const struct selection *sel;
	const struct fix_options *options;
	struct arena *arena;
	size_t n_curable; /* of the findings that are left now */
};

/*
 * How many of the plan's findings that ask for a cure are among `left`. One that came back less
 * severe needs another cure, so it counts.
 */
static size_t count_curable(const struct chooser *c, const struct findings *left)
{
	const struct findings *now = &c->plan->remaining;
	size_t n = 0;
	for (size_t i = 0; i < now->n; i++) {
		struct finding f = now->items[i];
		f.severity = c->options->severity;
		n += f.cure && now->items[i].severity >= f.severity && finding_is_left(left, &f);
	}
	return n;
}

static struct findings lint_with(const struct chooser *c, const struct fix *fix,
				 const struct selection *sel, const char **gave_up)
{
	const struct rule *inserted;
	struct ruleset *new = ruleset_apply(c->plan->fixed, &fix->change, &inserted);
	return check_run(new, sel, c->arena, gave_up);
}

/* Lints the ruleset with the fix for the finding's own code; is the finding gone? */
static bool helps(const struct chooser *c, const struct fix *fix)
{
	const char *gave_up;
	struct selection own = { .select = c->finding->check->id };
	struct findings left = lint_with(c, fix, &own, &gave_up);
	return !gave_up && !finding_is_left(&left, c->finding);
}

/* How many findings it ends. */
static size_t count_ended(const struct chooser *c, const struct fix *fix)
{
	const char *gave_up;
	if (c->n_curable == 1)
		return 1;
	struct findings left = lint_with(c, fix, c->sel, &gave_up);
	return gave_up ? 0 : c->n_curable - count_curable(c, &left);
}

/* Would a rule behind it no longer log the INVALID packets that it is there for? */
static bool silences_log(const struct fix *f)
{
	const struct chain *c = f->change.chain;
	for (size_t i = f->change.index; i < c->n; i++)
		if (rule_statement(c->items[i], STMT_LOG) &&
		    rule_ct_states(c->items[i]) == 1u << CT_STATE_INVALID)
			return true;
	return false;
}

/* May it be made, and does it help? */
static bool is_useful(const struct chooser *c, struct fix *f)
{
	struct edits scratch = { .arena = c->arena };
	return f->safety != FIX_FORBIDDEN && f->n_classes &&
	       fix_render(c->plan->fixed, f, &scratch) && helps(c, f);
}

/*
 * The safe candidate that ends most findings; of several one that leaves the owner's log of
 * INVALID packets as it is, then the first. Else the first unsafe one; NULL: none.
 */
static struct fix *choose(const struct chooser *c, struct candidates *all)
{
	struct fix *unsafe = NULL, *best = NULL;
	size_t most = 0;
	for (size_t i = 0; i < all->n; i++) {
		struct fix *f = &all->items[i];
		fix_judge(c->plan->fixed, f, c->arena);
		if ((f->safety == FIX_UNSAFE && (unsafe || best)) || !is_useful(c, f))
			continue;
		if (f->safety == FIX_UNSAFE) {
			unsafe = f;
			continue;
		}
		size_t n = count_ended(c, f);
		if (!best || n > most || (n == most && silences_log(best) && !silences_log(f))) {
			best = f;
			most = n;
		}
	}
	return best ? best : unsafe;
}

struct fix *fix_find(const struct fix_plan *plan, const struct finding *f,
		     const struct selection *sel, const struct fix_options *o, struct arena *a)
{
	struct candidates *all = arena_new_one(a, struct candidates);
	struct chooser c = { plan, f, sel, o, a, 0 };
	c.n_curable = count_curable(&c, &plan->remaining);
	fix_candidates(plan->fixed, f, o, a, all);
	return choose(&c, all);
}

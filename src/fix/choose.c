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
	return plan_lint(c->plan, new, sel, c->arena, gave_up);
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

/* Do INVALID packets come to the rule that match it? */
static bool is_alive(const struct ruleset *rs, const struct rule *r, struct arena *a)
{
	struct flow_space *space = flow_space_new(rs, a);
	struct packet sample;
	for (unsigned k = 0; k < 2 * PATH_COUNT; k++) {
		struct flow_options o = { .path = (enum path)(k / 2),
					  .state = CT_STATE_INVALID,
					  .family = (enum nfproto_value)(k % 2) };
		if (!path_has_chains(rs, o.path, o.family))
			continue;
		const struct flow *f = flow_walk(rs, space, &o, a);
		for (size_t i = 0; i < f->n; i++)
			for (uint32_t t = 0; t < f->items[i].n_taken; t++) {
				const struct region *taken[] = { &f->items[i].taken[t] };
				if (f->items[i].rule && f->items[i].rule->id == r->id &&
				    flow_pick(f, taken, 1, a, &sample) != PICK_EMPTY)
					return true;
			}
		if (f->gave_up)
			return true;
	}
	return false;
}

/* Would a drop of INVALID packets that is there already match none any more? */
static bool makes_dead(const struct chooser *c, const struct fix *f)
{
	const struct ruleset *old = c->plan->fixed;
	const struct rule *inserted;
	const struct ruleset *new = ruleset_apply(old, &f->change, &inserted);
	struct arena *scratch = arena_new();
	bool ret = false;
	for (size_t i = 0; i < old->n_chains; i++)
		for (size_t k = 0; k < old->chains[i]->n && !ret; k++) {
			const struct rule *r = old->chains[i]->items[k];
			ret = !r->inserted && r->verdict.kind == VERDICT_DROP &&
			      rule_ct_states(r) == 1u << CT_STATE_INVALID &&
			      !is_alive(new, r, scratch) && is_alive(old, r, scratch);
		}
	arena_free(scratch);
	return ret;
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
 * INVALID packets as it is, then the first. Else the first unsafe one, if it can be one that
 * leaves none of the drops that are there for nothing; NULL: none.
 */
static struct fix *choose(const struct chooser *c, struct candidates *all)
{
	struct fix *unsafe = NULL, *best = NULL;
	size_t most = 0;
	bool is_last = false; /* no better unsafe one is looked for */
	for (size_t i = 0; i < all->n; i++) {
		struct fix *f = &all->items[i];
		fix_judge(c->plan->fixed, f, c->arena);
		if ((f->safety == FIX_UNSAFE && (is_last || best)) || !is_useful(c, f))
			continue;
		if (f->safety == FIX_UNSAFE) {
			is_last = !makes_dead(c, f);
			unsafe = is_last || !unsafe ? f : unsafe;
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

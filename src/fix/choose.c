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
	struct findings curable; /* of the findings that are left now */
};

/* The plan's findings that ask for a cure. */
static struct findings curable(const struct chooser *c)
{
	const struct findings *now = &c->plan->remaining;
	struct findings out = { 0 };
	for (size_t i = 0; i < now->n; i++)
		if (now->items[i].cure && now->items[i].severity >= c->options->severity)
			vec_push(c->arena, &out, now->items[i]);
	return out;
}

/* How many are among `left`. One that came back less severe needs another cure, so it counts. */
static size_t count_left(const struct chooser *c, const struct findings *list,
			 const struct findings *left)
{
	size_t n = 0;
	for (size_t i = 0; i < list->n; i++) {
		struct finding f = list->items[i];
		f.severity = c->options->severity;
		n += finding_is_left(left, &f);
	}
	return n;
}

/* Lints the ruleset with the fix for the finding's own code; is the finding gone? */
static bool helps(const struct chooser *c, const struct trial *t)
{
	const char *gave_up;
	struct selection own = { .select = c->finding->check->id };
	struct findings left = check_run_walks(t->walks, &own, c->arena, &gave_up);
	return !gave_up && !finding_is_left(&left, c->finding);
}

/* Does the packet that shows the finding come to the rule? */
static bool meets(const struct trial *t, const struct fix *fix, const struct finding *f,
		  struct arena *a)
{
	if (f->path == PATH_COUNT)
		return true;
	struct trace trace = packet_trace(t->ruleset, f->path, &f->witness, a);
	for (size_t i = 0; i < trace.n; i++)
		if (trace.items[i].rule && trace.items[i].rule->id == fix->rule->id)
			return true;
	return false;
}

/* How many findings it ends, among those whose packet comes to the inserted rule. */
static size_t count_ended(const struct chooser *c, const struct trial *t, const struct fix *fix)
{
	const char *gave_up;
	struct text codes = { .arena = c->arena };
	struct selection sel = c->sel ? *c->sel : (struct selection){ 0 };
	struct findings met = { 0 };
	for (size_t i = 0; i < c->curable.n; i++) {
		const struct finding *f = &c->curable.items[i];
		if (!meets(t, fix, f, t->walks->arena))
			continue;
		if (!met.n || !str_contains((struct str){ codes.items, codes.n }, f->check->id))
			text_printf(&codes, "%s%s", met.n ? "," : "", f->check->id);
		vec_push(t->walks->arena, &met, *f);
	}
	if (met.n <= 1)
		return 1; /* its own finding */
	sel.select = arena_strndup(c->arena, codes.items, codes.n);
	sel.extend = NULL;
	sel.no_steady = true;
	struct findings left = check_run_walks(t->walks, &sel, c->arena, &gave_up);
	return gave_up ? 0 : met.n - count_left(c, &met, &left);
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
static bool is_alive(struct flow_walks *walks, const struct rule *r, struct arena *a)
{
	struct packet sample;
	for (unsigned k = 0; k < 2 * PATH_COUNT; k++) {
		struct flow_options o = { .path = (enum path)(k / 2),
					  .state = CT_STATE_INVALID,
					  .family = (enum nfproto_value)(k % 2) };
		if (!path_has_chains(walks->ruleset, o.path, o.family))
			continue;
		const struct flow *f = flow_walks_get(walks, &o);
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

/* Would an existing drop of INVALID packets no longer match any? */
static bool makes_dead(const struct chooser *c, const struct trial *trial)
{
	const struct ruleset *old = c->plan->fixed;
	struct arena *scratch = arena_new();
	bool ret = false;
	for (size_t i = 0; i < old->n_chains; i++)
		for (size_t k = 0; k < old->chains[i]->n && !ret; k++) {
			const struct rule *r = old->chains[i]->items[k];
			ret = !r->inserted && r->verdict.kind == VERDICT_DROP &&
			      rule_ct_states(r) == 1u << CT_STATE_INVALID &&
			      !is_alive(trial->walks, r, scratch) &&
			      is_alive(c->plan->walks, r, scratch);
		}
	arena_free(scratch);
	return ret;
}

/* May it be made, and does it help? */
static bool is_useful(const struct chooser *c, const struct trial *t, struct fix *f)
{
	struct edits scratch = { .arena = c->arena };
	return f->safety != FIX_FORBIDDEN && f->n_classes &&
	       fix_render(c->plan->fixed, f, &scratch) && helps(c, t);
}

/*
 * The safe candidate that ends most findings; of several, one that leaves the owner's log of
 * INVALID packets as it is, then the first. Else the first unsafe one, if possible one that makes
 * no existing drop useless; NULL: none.
 */
struct choice {
	struct fix *best, *unsafe;
	size_t most;  /* findings that `best` ends */
	bool is_last; /* no better unsafe one is looked for */
};

static void weigh(const struct chooser *c, const struct trial *t, struct fix *f, struct choice *now)
{
	trial_judge(t, c->plan->walks, f, c->arena);
	if ((f->safety == FIX_UNSAFE && (now->is_last || now->best || f->only_safe)) ||
	    !is_useful(c, t, f))
		return;
	if (f->safety == FIX_UNSAFE) {
		now->is_last = !makes_dead(c, t);
		now->unsafe = now->is_last || !now->unsafe ? f : now->unsafe;
		return;
	}
	size_t n = count_ended(c, t, f);
	if (!now->best || n > now->most ||
	    (n == now->most && silences_log(now->best) && !silences_log(f))) {
		now->best = f;
		now->most = n;
	}
}

struct fix *fix_find(const struct fix_plan *plan, const struct finding *f,
		     const struct selection *sel, const struct fix_options *o, struct arena *a)
{
	struct candidates *all = arena_new_one(a, struct candidates);
	struct chooser c = { plan, f, sel, o, a, { 0 } };
	struct choice now = { 0 };
	c.curable = curable(&c);
	fix_candidates(plan->fixed, f, o, a, all);
	for (size_t i = 0; i < all->n; i++) {
		struct trial t = trial_begin(plan->walks, &all->items[i]);
		weigh(&c, &t, &all->items[i], &now);
		trial_end(&t);
	}
	return now.best ? now.best : now.unsafe;
}

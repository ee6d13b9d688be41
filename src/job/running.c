/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running ruleset, handled like a file, and the change that its plan makes. */
#include <fwlint/process.h>

#include "job.h"

static void begin(struct running *r, const struct job_options *o)
{
	*r = (struct running){ .arena = arena_new(), .options = *o };
	r->job.in.arena = arena_new();
}

static void make_job(struct running *r)
{
	struct input *parts = arena_new_array(r->arena, struct input, r->live.n + 1);
	for (size_t i = 0; i < r->live.n; i++)
		parts[i] = (struct input){ .path = r->live.items[i].name,
					   .live = &r->live.items[i],
					   .arena = r->arena };
	r->job = (struct job){ .in = r->job.in, .parts = parts, .n_parts = r->live.n };
}

const char *running_read(struct running *r, const struct backend *only, const struct job_options *o)
{
	begin(r, o);
	const char *why = live_read(only, r->arena, &r->live);
	if (why)
		return why;
	r->conntrack = live_conntrack(r->arena);
	r->options.read.conntrack = r->conntrack.running ? &r->conntrack : NULL;
	make_job(r);
	return NULL;
}

const char *running_passed(struct running *r, struct str bytes, const struct job_options *o)
{
	begin(r, o);
	const char *why = live_passed(bytes, r->arena, &r->live);
	if (!why)
		make_job(r);
	return why;
}

void running_end(struct running *r)
{
	arena_free(r->job.in.arena);
	arena_free(r->arena);
}

/* ---- the change ---- */

static uint8_t protocol_of(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_RANGES && m->field == FIELD_L4PROTO && !m->negate &&
		    m->n == 1 && m->ranges[0].lo == m->ranges[0].hi)
			return (uint8_t)m->ranges[0].lo;
	}
	return 0;
}

static void add_rule(struct live_change *c, const struct job *job, const struct rule *r,
		     const struct fix *f, struct arena *a)
{
	const struct table *table = r->chain->table;
	const struct ruleset *part = ruleset_part(job->plan.fixed, table);
	const struct backend *b = job->parts[table->part_number].live->backend;
	struct live_rule x = {
		.backend = b,
		.family = table->family,
		.table = arena_strndup(a, table->name.p, table->name.n),
		.chain = arena_strndup(a, r->chain->name.p, r->chain->name.n),
		.number = rule_number(job->plan.fixed, r),
		.rule = dialect_find(b->dialect)->body(part, f->rule, &f->form, a),
		.protocol = protocol_of(r),
		.certificate = arena_printf(a, "%s: %s", f->safety == FIX_SAFE ? "safe" : "unsafe",
					    fix_summary(f, a)),
	};
	vec_push(a, c, x);
}

static void add_rules(struct live_change *c, const struct job *job, struct arena *a)
{
	const struct fix_plan *plan = &job->plan;
	for (size_t i = 0; plan->used.n && i < plan->fixed->n_chains; i++)
		for (size_t k = 0; k < plan->fixed->chains[i]->n; k++) {
			const struct rule *r = plan->fixed->chains[i]->items[k];
			for (size_t f = 0; r->inserted && f < plan->used.n; f++)
				if (plan->used.items[f].rule->id == r->id)
					add_rule(c, job, r, &plan->used.items[f], a);
		}
}

void running_change(const struct running *r, struct live_change *ret, struct arena *a)
{
	*ret = (struct live_change){ .generation = r->live.generation,
				     .legacy_hash = live_legacy_hash(&r->live) };
	add_rules(ret, &r->job, a);
}

/* A rule that was compiled for an earlier reading is not compiled again. */
static const char *compile(struct live_change *c, struct live_change *known, struct arena *a)
{
	for (size_t i = 0; i < c->n; i++) {
		struct live_rule *r = &c->items[i];
		for (size_t k = 0; k < known->n && !r->code.n; k++) {
			const struct live_rule *x = &known->items[k];
			if (x->backend == r->backend && x->family == r->family &&
			    strcmp(x->table, r->table) == 0 && strcmp(x->chain, r->chain) == 0 &&
			    strcmp(x->rule, r->rule) == 0)
				r->code = x->code;
		}
		const char *why = r->code.n ? NULL : r->backend->compile(r, a);
		if (why)
			return why;
		vec_push(a, known, *r);
	}
	return NULL;
}

enum live_outcome running_apply(const struct running *r, struct live_record *wanted,
				struct live_change *known, const char *keep_open, struct arena *a,
				struct live_record *ret, const char **why_not)
{
	*why_not = session_is_cut(keep_open, r->job.in.ruleset, r->job.plan.fixed, a);
	if (!*why_not)
		*why_not = compile(&wanted->change, known, a);
	return *why_not ? LIVE_FAILED : record_apply(wanted, a, ret, why_not);
}

/* ---- afterwards ---- */

static bool has_fix_of(const struct job *job, size_t part)
{
	for (size_t i = 0; i < job->plan.used.n; i++)
		if (job->plan.used.items[i].change.chain->table->part_number == part)
			return true;
	return false;
}

const char *running_differs(const struct running *r, const struct live_change *c,
			    const struct backend *only, struct arena *a, bool *others)
{
	struct running now;
	const char *why = running_read(&now, only, &r->options);
	uint32_t generation = c->generation;
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].backend->has_generation)
			generation = c->generation + 1; /* one batch */
	*others = now.live.generation != generation;
	for (size_t i = 0; i < r->live.n && !why; i++) {
		const struct live_ruleset *was = &r->live.items[i], *x = NULL;
		for (size_t k = 0; k < now.live.n; k++)
			if (strcmp(now.live.items[k].name, was->name) == 0)
				x = &now.live.items[k];
		if (!has_fix_of(&r->job, i))
			continue;
		struct input in = { .path = was->name, .live = x, .arena = now.arena };
		if (x && input_read_part(&in, &r->options.read) &&
		    fix_part_is_said(r->job.plan.fixed, (unsigned)i, in.ruleset))
			continue;
		why = arena_printf(a, "%s does not say what was intended", was->name);
		*others |= !was->backend->has_generation;
	}
	if (why)
		why = arena_strndup(a, why, strlen(why));
	running_end(&now);
	return why;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fwlint --live: the running ruleset goes the road of a file. With --apply the
 * inserted rules go into the kernel: made by a guardian, refused when the
 * ruleset is no longer the one that was read, then read, linted and tried again.
 */
#include <fwlint/process.h>

#include "lint.h"
#include "session.h"

#include <unistd.h>

#define APPLY_MS 10000 /* how long to try against who changes the ruleset at the same time */

/* One reading of the running ruleset, and what came of it. */
struct reading {
	struct arena *arena;
	struct live_rulesets live;
	struct live_conntrack conntrack;
	struct job job;        /* all rulesets as one, */
	struct input *parts;   /* read one by one */
};

/* ---- reading ---- */

/* Rules of more than one tool: a packet must pass all of them. */
static void say_which(const struct live_rulesets *live, const struct settings *s)
{
	const struct backend *seen = NULL;
	bool several = false;
	for (size_t i = 0; i < live->n; i++) {
		if (live->items[i].is_empty)
			continue;
		several |= seen && seen != live->items[i].backend;
		seen = live->items[i].backend;
	}
	if (!live->n)
		complain("no ruleset%s%s is loaded here", s->backend ? " of " : "", s->backend ? s->backend->name : "");
	if (!several)
		return;
	say(stderr, "fwlint: more than one backend is active:");
	for (size_t i = 0; i < live->n; i++)
		if (!live->items[i].is_empty)
			say(stderr, " %s", live->items[i].name);
	say(stderr, "; a packet passes the rules of each, so they are looked at as one ruleset\n");
}

static const char *read_now(struct reading *r, struct settings *s)
{
	*r = (struct reading){ .arena = arena_new() };
	const char *why = live_read(s->backend, r->arena, &r->live);
	if (why)
		return why;
	r->conntrack = live_conntrack(r->arena);
	s->conntrack = r->conntrack.running ? &r->conntrack : NULL;
	r->parts = arena_new_array(r->arena, struct input, r->live.n + 1);
	for (size_t i = 0; i < r->live.n; i++)
		r->parts[i] = (struct input){ .path = r->live.items[i].name, .live = &r->live.items[i], .arena = r->arena };
	r->job = (struct job){ .in = { .arena = arena_new() }, .parts = r->parts, .n_parts = r->live.n };
	return NULL;
}

static void end_reading(struct reading *r)
{
	arena_free(r->job.in.arena);
	arena_free(r->arena);
}

/* ---- the change ---- */

/* "[0:0] -A INPUT -m state … -j DROP" without its head; in nft's words a rule is all of it. */
static const char *rule_words(const struct fix *f, const struct backend *b, struct arena *a)
{
	struct str rest = str_from(f->text);
	while (strcmp(b->dialect, "iptables") == 0 && rest.p)
		if (str_is(str_cut(&rest, ' '), "-A")) {
			str_cut(&rest, ' '); /* the chain */
			break;
		}
	return arena_strndup(a, rest.p ? rest.p : "", rest.n);
}

static uint8_t protocol_of(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_RANGES && m->field == FIELD_L4PROTO && !m->negate && m->n == 1 &&
		    m->ranges[0].lo == m->ranges[0].hi)
			return (uint8_t)m->ranges[0].lo;
	}
	return 0;
}

static void add_rule(struct live_change *c, const struct job *job, const struct rule *r, const struct fix *f, struct arena *a)
{
	const struct table *table = r->chain->table;
	const struct backend *b = job->parts[table->part_number].live->backend;
	struct live_rule x = {
		.backend = b, .family = table->family,
		.table = arena_strndup(a, table->name.p, table->name.n),
		.chain = arena_strndup(a, r->chain->name.p, r->chain->name.n),
		.number = rule_number(job->plan.fixed, r), .rule = rule_words(f, b, a), .protocol = protocol_of(r),
		.certificate = arena_printf(a, "%s: %s", f->safety == FIX_SAFE ? "safe" : "unsafe", fix_summary(f, a)),
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

/* What was compiled for an earlier reading need not be again. */
static const char *compile(struct live_change *c, struct live_change *known, const struct settings *s)
{
	for (size_t i = 0; i < c->n; i++) {
		struct live_rule *r = &c->items[i];
		for (size_t k = 0; k < known->n && !r->code.n; k++) {
			const struct live_rule *x = &known->items[k];
			if (x->backend == r->backend && x->family == r->family && strcmp(x->table, r->table) == 0 &&
			    strcmp(x->chain, r->chain) == 0 && strcmp(x->rule, r->rule) == 0)
				r->code = x->code;
		}
		const char *why = r->code.n ? NULL : r->backend->compile(r, s->arena);
		if (why)
			return why;
		vec_push(s->arena, known, *r);
	}
	return NULL;
}

/* ---- afterwards ---- */

static bool has_fix_of(const struct job *job, size_t part)
{
	for (size_t i = 0; i < job->plan.used.n; i++)
		if (job->plan.used.items[i].change.chain->table->part_number == part)
			return true;
	return false;
}

/* NULL, or in what the ruleset is not what was meant. `*ret_others`: somebody else may have changed it since. */
static const char *read_back(const struct reading *r, const struct live_change *c, struct settings *s, bool *ret_others)
{
	struct reading now;
	const char *why = read_now(&now, s);
	uint32_t generation = c->generation;
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].backend->has_generation)
			generation = c->generation + 1; /* one batch */
	*ret_others = now.live.generation != generation;
	for (size_t i = 0; i < r->live.n && !why; i++) {
		const struct live_ruleset *was = &r->live.items[i], *x = NULL;
		for (size_t k = 0; k < now.live.n; k++)
			if (strcmp(now.live.items[k].name, was->name) == 0)
				x = &now.live.items[k];
		if (!has_fix_of(&r->job, i))
			continue;
		struct input in = { .path = was->name, .live = x, .arena = now.arena };
		if (x && input_read_part(&in, s) && fix_part_is_said(r->job.plan.fixed, (unsigned)i, in.ruleset))
			continue;
		why = arena_printf(s->arena, "%s does not say what was meant", was->name);
		*ret_others |= !was->backend->has_generation;
	}
	if (why)
		why = arena_strndup(s->arena, why, strlen(why));
	end_reading(&now);
	s->conntrack = NULL;
	return why;
}

void say_rules(FILE *out, const struct live_change *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct live_rule *r = &c->items[i];
		say(out, "  %s: table %s %s, chain %s, rule %u: %s\n    %s\n", r->backend->name, family_name(r->family),
			r->table, r->chain, r->number, r->rule, r->certificate);
	}
}

static int say_done(const struct reading *r, const struct live_record *done, struct settings *s)
{
	bool others;
	const char *wrong = read_back(r, &done->change, s, &others), *why;
	struct live_record undone;
	say(stderr, "fwlint: change %s: %zu rule%s inserted\n", done->id, done->change.n, done->change.n == 1 ? "" : "s");
	say_rules(stderr, &done->change);
	if (wrong && !others) {
		enum live_outcome out = record_rollback(done->id, false, s->arena, &undone, &why);
		complain("%s; %s", wrong, out == LIVE_FAILED ? why : undone.message);
		return EXIT_SYSTEM;
	}
	if (wrong)
		complain("the ruleset has been changed by another program since: look at it again (fwlint --live)");
	if (done->seconds)
		complain("it is taken back in %u seconds unless a session confirms it: fwlint confirm %s", done->seconds, done->id);
	if (s->save)
		return done->seconds ? EXIT_CLEAN : save_change(done, s);
	complain("it does not survive a reboot (see --save)");
	return EXIT_CLEAN;
}

/* ---- applying ---- */

/* One try. LIVE_MOVED: somebody was quicker. Else `*ret_status` is the exit status. */
static enum live_outcome try_to_apply(struct reading *r, struct live_change *known, struct settings *s, int *ret_status)
{
	struct live_record wanted = { .seconds = s->confirm_within, .save = s->save, .save_unsafe = s->unsafe_fixes,
				      .save_select = s->selection.select, .save_ignore = s->selection.ignore }, done;
	struct live_change *c = &wanted.change;
	if (r->live.n && job_read(&r->job, s))
		job_analyse(&r->job, s);
	*ret_status = r->job.in.status;
	if (*ret_status >= EXIT_INPUT)
		return LIVE_FAILED;
	c->generation = r->live.generation;
	c->legacy_hash = live_legacy_hash(&r->live);
	add_rules(c, &r->job, s->arena);
	if (s->dry_run || !c->n) {
		say_text(stdout, str_from(r->job.diff));
		say(stderr, "fwlint: %s\n", c->n ? "these rules would be inserted:" :
			r->job.plan.offered.n ? "nothing to fix without --unsafe-fixes" : "nothing to fix");
		say_rules(stderr, c);
		return LIVE_FAILED;
	}
	const char *why = session_is_cut(s, r->job.in.ruleset, r->job.plan.fixed, s->arena);
	if (!why)
		why = compile(c, known, s);
	enum live_outcome out = why ? LIVE_FAILED : record_apply(&wanted, s->arena, &done, &why);
	if (out == LIVE_MOVED)
		return out;
	if (out == LIVE_DONE) {
		int status = say_done(r, &done, s);
		*ret_status = status ? status : r->job.in.status;
		return out;
	}
	complain("%s", why);
	*ret_status = EXIT_SYSTEM;
	return LIVE_FAILED;
}

static int apply(struct settings *s)
{
	struct live_change known = { 0 };
	long end = process_now_ms() + APPLY_MS;
	bool said = false;
	do {
		struct reading r;
		int status = EXIT_SYSTEM;
		const char *why = read_now(&r, s);
		if (!why && !said)
			say_which(&r.live, s);
		said = true;
		enum live_outcome out = why ? LIVE_FAILED : try_to_apply(&r, &known, s, &status);
		if (why)
			complain("nothing was changed: %s", why);
		end_reading(&r);
		if (out != LIVE_MOVED)
			return status;
	} while (process_now_ms() < end);
	complain("nothing was changed: the ruleset is changed so often that no rule can be inserted");
	return EXIT_SYSTEM;
}

const char *live_begin(const struct settings *s)
{
	const char *why = backend_list[0] ? live_rights(s->netns) :
		"this fwlint was built without libnftables and libiptc: pipe iptables-save or nft list ruleset into it";
	if (!why && s->apply && geteuid() != 0)
		why = "the running ruleset is changed by root only";
	return !why && s->netns ? live_enter(s->netns, s->arena) : why;
}

int run_live(struct settings *s)
{
	const char *why = live_begin(s);
	struct reading r;
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
	}
	if (s->apply)
		return apply(s);
	why = read_now(&r, s);
	int status = EXIT_SYSTEM;
	if (!why && s->fix && r.live.n > 1) {
		complain("--fix prints one ruleset, and %zu are loaded: use --diff, or name a backend", r.live.n);
		status = EXIT_INPUT;
	} else if (why) {
		complain("%s", why);
	} else {
		say_which(&r.live, s);
		status = lint_all(&r.job, r.live.n > 0, s);
		r.job.in.arena = r.job.in.arena ? r.job.in.arena : arena_new();
	}
	end_reading(&r);
	return status;
}

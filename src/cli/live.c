/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fwlint --live: the running ruleset is handled like a file. With --apply, a guardian inserts the
 * rules into the kernel. If the ruleset is no longer the one that was read, the change is refused;
 * then the ruleset is read and linted again, and the change retried.
 */
#include <fwlint/process.h>

#include "adopt.h"
#include "inputs.h"
#include "running.h"

#include <unistd.h>

#define APPLY_MS 10000 /* how long to retry while somebody else changes the ruleset */

/* If there are rules of more than one tool, says so: a packet must pass all of them. */
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
	if (!live->n && s->live)
		complain("no ruleset%s%s is loaded here", s->backend ? " of " : "",
			 s->backend ? s->backend->name : "");
	else if (!live->n)
		complain("the command has loaded no ruleset");
	if (!several)
		return;
	say(stderr, "fwlint: more than one backend is active:");
	for (size_t i = 0; i < live->n; i++)
		if (!live->items[i].is_empty)
			say(stderr, " %s", live->items[i].name);
	say(stderr, "; a packet passes the rules of each, so they are checked as one ruleset\n");
}

void say_rules(FILE *out, const struct live_change *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct live_rule *r = &c->items[i];
		say(out, "  %s: table %s %s, chain %s, rule %u: %s\n    %s\n", r->backend->name,
		    family_name(r->family), r->table, r->chain, r->number, r->rule, r->certificate);
	}
}

/* ---- --apply ---- */

/* Reports a change that was made. If the kernel does not have what was meant, the change is taken
 * back, and `*stays` is false. */
static int say_done(const struct running *r, const struct live_record *done,
		    const struct settings *s, bool *stays)
{
	bool others;
	const char *wrong = running_differs(r, &done->change, s->backend, s->arena, &others), *why;
	struct live_record undone;
	say(stderr, "fwlint: change %s: %zu rule%s inserted\n", done->id, done->change.n,
	    done->change.n == 1 ? "" : "s");
	say_rules(stderr, &done->change);
	if (wrong && !others) {
		enum live_outcome out = record_rollback(done->id, false, s->arena, &undone, &why);
		complain("%s; %s", wrong, out == LIVE_FAILED ? why : undone.message);
		*stays = false;
		return EXIT_SYSTEM;
	}
	if (wrong)
		complain("another program has changed the ruleset since: check it again (fwlint "
			 "--live)");
	if (done->seconds)
		complain("it is undone in %u seconds unless a session confirms it: fwlint confirm "
			 "%s",
			 done->seconds, done->id);
	if (s->save)
		return done->seconds ? EXIT_CLEAN : save_change(done, s);
	complain("it does not survive a reboot (see --save)");
	return EXIT_CLEAN;
}

static void say_wanted(const struct running *r, const struct live_change *c,
		       const struct settings *s)
{
	if (!reports_applied(s))
		say_text(stdout, str_from(r->job.diff ? r->job.diff : ""));
	say(stderr, "fwlint: %s\n",
	    c->n                    ? "these rules would be inserted:"
	    : r->job.plan.offered.n ? "nothing to fix without --unsafe-fixes"
				    : "nothing to fix");
	say_rules(stderr, c);
}

/* One try. False: somebody else was quicker. Else sets `*exit_status`, and `*done` if the rules are
 * in. */
static bool try_to_apply(struct running *r, struct live_change *known, struct adoption *ad,
			 int *exit_status, bool *done)
{
	const struct settings *s = ad->settings;
	struct live_record wanted = record_to_make(s), made;
	struct job *job = &r->job;
	const char *why;
	adoption_select(ad, job, &r->options);
	bool is_read = r->live.n && job_read(job, &r->options);
	if (is_read)
		job_analyse(job, &r->options);
	for (size_t i = 0; i < job->n_parts; i++)
		say_input(&job->parts[i], s);
	say_input(&job->in, s);
	if (r->live.n)
		adoption_saw(ad, job, &r->options);
	*exit_status = job_exit_status(job, s);
	*done = *exit_status < EXIT_INPUT;
	if (job->in.status != INPUT_READ)
		return true;
	running_change(r, &wanted.change, s->arena);
	if (s->dry_run || !wanted.change.n) {
		say_wanted(r, &wanted.change, s);
		return true;
	}
	switch (running_apply(r, &wanted, known, s->keep_open, s->arena, &made, &why)) {
	case LIVE_MOVED: return false;
	case LIVE_DONE: {
		int status = say_done(r, &made, s, done);
		*exit_status = status ? status : *exit_status;
		return true;
	}
	case LIVE_GONE:
	case LIVE_FAILED:
	case LIVE_HALF: break;
	}
	complain("%s", why);
	*exit_status = EXIT_SYSTEM;
	*done = false;
	return true;
}

static int apply(const struct settings *s)
{
	struct live_change known = { 0 };
	long end = process_now_ms() + APPLY_MS;
	bool said = false, done = false, over;
	do {
		struct running r;
		struct adoption ad;
		int status = EXIT_SYSTEM;
		if (!adoption_begin(&ad, s))
			return EXIT_INPUT;
		const char *why = running_read(&r, s->backend, &s->job);
		if (!why && !said)
			say_which(&r.live, s);
		said = true;
		over = why || try_to_apply(&r, &known, &ad, &status, &done);
		if (why)
			complain("nothing was changed: %s", why);
		else if (over && reports_applied(s))
			status = report_applied(&r.job, r.live.n > 0, done, status, s,
						r.options.read.conntrack);
		running_end(&r);
		if (over)
			return adoption_end(&ad, status);
	} while (process_now_ms() < end);
	complain("nothing was changed: the ruleset is changed so often that no rule can be "
		 "inserted");
	return EXIT_SYSTEM;
}

const char *live_begin(const struct settings *s)
{
	const char *why = backend_is_any() ? live_rights(s->netns)
					   : "this fwlint was built without libnftables and "
					     "libiptc: pipe iptables-save or nft list ruleset into "
					     "it";
	if (!why && s->apply && geteuid() != 0)
		why = "only root can change the running ruleset";
	return !why && s->netns ? live_enter(s->netns, s->arena) : why;
}

int lint_running(struct running *r, const struct settings *s)
{
	if (s->fix && r->live.n > 1) {
		complain("--fix prints one ruleset, and %zu are loaded: use --diff, or name a "
			 "backend that has one",
			 r->live.n);
		return EXIT_INPUT;
	}
	say_which(&r->live, s);
	return lint_all(&r->job, r->live.n > 0, &r->options, s, r->options.read.conntrack);
}

int run_live(const struct settings *s)
{
	struct running r;
	const char *why = live_begin(s);
	if (why)
		return lint_failed("running ruleset", why, s);
	if (s->apply)
		return apply(s);
	why = running_read(&r, s->backend, &s->job);
	int status = why ? lint_failed("running ruleset", why, s) : lint_running(&r, s);
	running_end(&r);
	return status;
}

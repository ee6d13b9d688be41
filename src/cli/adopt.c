/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was there before: findings that a baseline or a commit has already are not shown. */
#include "adopt.h"

bool adoption_begin(struct adoption *ad, const struct settings *s)
{
	const char *why = NULL;
	*ad = (struct adoption){ .settings = s };
	pthread_mutex_init(&ad->lock, NULL);
	if (s->baseline)
		why = baseline_read(s->baseline, arena_part(s->arena), &ad->before);
	else if (s->diff_base)
		ad->before = baseline_new(NULL, arena_part(s->arena));
	if (why)
		complain("%s", why);
	if (s->write_baseline)
		ad->written = baseline_new(s->write_baseline, s->arena);
	return !why;
}

/* Adds the findings that the file had in the commit. */
static bool add_base(struct adoption *ad, const struct job *job, const struct job_options *o)
{
	struct arena *a = arena_new();
	struct job old = { .in = { .path = job->in.path, .arena = a } };
	const struct old_texts texts = { base_old_text, ad->commit };
	struct job_options then = *o;
	const char *gave_up;
	then.read.old = &texts;
	bool was_there = base_text(ad->commit, job->in.path, a, &old.in.text), ok = true;
	if (was_there)
		ok = job_read(&old, &then);
	if (was_there && ok) {
		old.findings = check_run(old.in.ruleset, &o->selection, a, &gave_up);
		ok = !gave_up;
		findings_fingerprint(&old.findings, old.in.ruleset, a);
		baseline_add(ad->before, &old);
	}
	arena_free(a);
	return ok;
}

static bool is_known(void *arg, const char *file, const char *fingerprint)
{
	struct adoption *ad = arg;
	pthread_mutex_lock(&ad->lock);
	bool is = baseline_knows(ad->before, file, fingerprint);
	pthread_mutex_unlock(&ad->lock);
	return is;
}

void adoption_select(struct adoption *ad, const struct job *job, struct job_options *o)
{
	const struct settings *s = ad->settings;
	const char *why = NULL;
	if (s->diff_base && !ad->commit)
		why = base_commit(s->diff_base, job->in.path, s->arena, &ad->commit);
	if (why)
		complain("%s", why);
	ad->has_failed |= why != NULL;
	if (ad->commit && !add_base(ad, job, o))
		complain("'%s' was not a ruleset in '%s': all findings are shown", job->in.path,
			 s->diff_base);
	if (ad->before) {
		o->selection.is_known = is_known;
		o->selection.before = ad;
	}
}

void adoption_saw(struct adoption *ad, struct job *job, const struct job_options *o)
{
	if (job->in.status != INPUT_READ)
		return;
	pthread_mutex_lock(&ad->lock);
	if (ad->before)
		baseline_saw(ad->before, job, &o->selection);
	pthread_mutex_unlock(&ad->lock);
	if (ad->written)
		baseline_add(ad->written, job);
}

static void say_outdated(const struct adoption *ad)
{
	size_t n = 0;
	for (size_t i = 0; i < ad->before->entries.n; i++) {
		const struct baseline_entry *e = ad->before->entries.items[i];
		if (!e->is_listed || !e->was_looked_for || e->is_seen)
			continue;
		n++;
		say(stderr, "%s: outdated: %s in %s is no longer found: %s\n",
		    ad->settings->baseline, e->code, e->file, e->message ? e->message : "");
	}
	if (n)
		say(stderr, "%s: %zu outdated: update it (--write-baseline)\n",
		    ad->settings->baseline, n);
}

int adoption_end(struct adoption *ad, int status)
{
	if (ad->settings->baseline && ad->before && status < EXIT_SYSTEM)
		say_outdated(ad);
	if (ad->has_failed)
		return status > EXIT_INPUT ? status : EXIT_INPUT;
	if (!ad->written || status >= EXIT_INPUT)
		return status;
	const char *why = baseline_write(ad->written, ad->settings->write_baseline);
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
	}
	say(stderr, "fwlint: %zu finding%s in '%s'\n", ad->written->entries.n,
	    ad->written->entries.n == 1 ? "" : "s", ad->settings->write_baseline);
	return EXIT_CLEAN;
}

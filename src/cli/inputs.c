/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All inputs are read, checked and fixed in memory first; files are written only if there was no
 * error in any of them.
 */
#include "adopt.h"
#include "config.h"
#include "fleet.h"
#include "inputs.h"

#include <unistd.h>

#define TALLY_MIN 2 /* inputs */

/* The settings for the input. */
static const struct settings *settings_of(const struct settings *s, size_t i)
{
	return s->of_file ? s->of_file[i] : s;
}

static int worst(int a, int b)
{
	return a > b ? a : b;
}

static bool has_severity(const struct findings *f, enum severity at_least)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].severity >= at_least)
			return true;
	return false;
}

int job_exit_status(const struct job *job, const struct settings *s)
{
	if (job->in.status == INPUT_READ && job->findings.open.n)
		return EXIT_INPUT;
	if (s->add_allow && job->in.status == INPUT_READ)
		return EXIT_CLEAN;
	const struct findings *left = s->apply && !job->plan.failed && job->findings.n
					      ? &job->plan.remaining
					      : &job->findings;
	if (job->in.status != INPUT_READ)
		return input_exit_status(job->in.status);
	return has_severity(left, s->fail_on) && !s->exit_zero ? EXIT_FOUND : EXIT_CLEAN;
}

/* ---- output ---- */

/* The corrected text of standard input goes to standard output; findings go beside it. */
static bool prints_text(const struct job *job, const struct settings *s)
{
	return s->fix || (s->apply && job->in.is_stdin && !s->dry_run);
}

static bool prints_report(const struct settings *s)
{
	return !s->dump && !s->diff && !s->fix && !s->apply;
}

bool reports_applied(const struct settings *s)
{
	return s->apply && (s->format != format_default || s->n_files);
}

static void print_source(FILE *out, const struct source *s)
{
	say_text(out, (struct str){ s->text, s->len });
}

static void print_dump(FILE *out, const struct job *job, const struct settings *s)
{
	switch (s->dump) {
	case DUMP_NOTHING: break;
	case DUMP_AST: report_ast(out, job->in.ruleset); break;
	case DUMP_FLOW: report_flow(out, job->in.ruleset, job->in.arena); break;
	case DUMP_TEXT:
		for (size_t i = 0; i < job->n_parts; i++)
			print_source(out, job->parts[i].source);
		if (!job->parts)
			print_source(out, job->in.source);
		break;
	}
}

static struct report report_of(const struct job *job)
{
	const struct input *in = &job->in;
	return (struct report){ .name = in->source ? in->source->name : in->path,
				.ruleset = in->ruleset,
				.source = in->source,
				.messages = &in->messages,
				.diags = &in->diags,
				.findings = &job->findings,
				.plan = job->findings.n ? &job->plan : NULL,
				.diff = job->diff };
}

static void print_report(const struct outputs *o, const struct job *job)
{
	const struct report r = report_of(job);
	for (size_t i = 0; i < o->n; i++)
		if (job->in.status == INPUT_READ || o->printers[i].format->has_errors)
			o->printers[i].format->lint.each(&o->printers[i], &r);
}

/* Prints the inputs that could not be read: the errors of each part, and those of all parts
 * together. */
static void print_unread(const struct outputs *o, const struct job *job)
{
	for (size_t i = 0; i < job->n_parts; i++)
		if (job->parts[i].status != INPUT_READ)
			print_report(o, &(struct job){ .in = job->parts[i] });
	if (!job->parts || job->in.source || job->in.messages.n)
		print_report(o, job);
}

static void print_output(const struct outputs *o, const struct job *job, const struct settings *s)
{
	bool is_read = job->in.status == INPUT_READ;
	if (prints_report(s) && is_read)
		print_report(o, job);
	else if (prints_report(s))
		print_unread(o, job);
	else if (!is_read)
		return;
	else if (s->dump)
		print_dump(o->main, job, s);
	else if (s->diff)
		say_diff(o->main, job->diff, want_colour(s, o->main));
	else if (prints_text(job, s) && job->plan.texts)
		say_text(o->main, job->plan.texts[0]);
	else if (prints_text(job, s))
		print_source(o->main, job->in.source);
}

/* Sets what is shown of the next input. */
static void outputs_show(const struct outputs *o, enum severity shown)
{
	for (size_t i = 0; i < o->n; i++)
		o->printers[i].options.shown = shown;
}

static void begin_output(const struct outputs *o)
{
	for (size_t i = 0; i < o->n; i++)
		o->printers[i].format->lint.begin(&o->printers[i]);
}

static void end_output(const struct outputs *o, int status)
{
	for (size_t i = 0; i < o->n; i++) {
		o->printers[i].has_failed = status >= EXIT_INPUT;
		o->printers[i].format->lint.end(&o->printers[i]);
	}
}

/* ---- what --apply did ---- */

/* The backups, as "a~ and b~". */
static const char *backups(const struct job *job)
{
	struct text t = { .arena = job->in.arena };
	for (size_t i = 0; i < job->in.source->n; i++)
		if (job->replacements[i].stage == REPLACEMENT_DONE)
			text_printf(&t, "%s%s", t.n ? " and " : "",
				    job->replacements[i].backup_path);
	return arena_strndup(job->in.arena, t.n ? t.items : "", t.n);
}

static void say_links(const struct job *job)
{
	for (size_t i = 0; job->replacements && i < job->in.source->n; i++) {
		const struct replacement *r = &job->replacements[i];
		if (r->stage == REPLACEMENT_DONE && r->n_names > 1)
			say(stderr,
			    "%s: the file had %llu names (hard links): the others keep the old "
			    "text\n",
			    job->in.source->items[i]->name, (unsigned long long)r->n_names);
	}
}

/* --add-allow */
static void say_allowed(const struct job *job, const struct settings *s)
{
	size_t n = job->plan.edits.n;
	if (s->dry_run)
		say_diff(stdout, job->diff, want_colour(s, stdout));
	if (s->dry_run || !n)
		say(stderr, "%s: %s%zu comment%s\n", job->in.source->name,
		    n ? "would write " : "nothing to allow: ", n, n == 1 ? "" : "s");
	else if (!s->quiet)
		say(stderr, "%s: %zu comment%s written; the old text is in %s\n",
		    job->in.source->name, n, n == 1 ? "" : "s", backups(job));
	say_links(job);
}

static const char *tidied_words(const struct job *job, const struct settings *s)
{
	return arena_printf(job->in.arena, "%s%zu finding%s tidied%s%s",
			    s->dry_run ? "would be: " : "", job->plan.n_tidied,
			    job->plan.n_tidied == 1 ? "" : "s",
			    s->dry_run || job->plan.used.n ? "" : "; the old text is in ",
			    s->dry_run || job->plan.used.n ? "" : backups(job));
}

static void say_applied(const struct job *job, const struct settings *s)
{
	const char *plural = job->plan.used.n == 1 ? "" : "s";
	if (s->add_allow) {
		say_allowed(job, s);
		return;
	}
	if (s->dry_run && !reports_applied(s))
		say_diff(stdout, job->diff, want_colour(s, stdout));
	if (job->plan.n_tidied && !s->quiet)
		say(stderr, "%s: %s\n", job->in.source->name, tidied_words(job, s));
	if (!job->plan.used.n && job->plan.n_tidied)
		;
	else if (!job->plan.used.n && !s->quiet)
		say(stderr, "%s: nothing to fix%s\n", job->in.source->name,
		    job->plan.offered.n ? " without --unsafe-fixes" : "");
	else if (s->dry_run)
		say(stderr, "%s: would insert %zu rule%s\n", job->in.source->name, job->plan.used.n,
		    plural);
	else if (!s->quiet)
		say(stderr, "%s: %zu rule%s inserted; the old text is in %s\n",
		    job->in.source->name, job->plan.used.n, plural, backups(job));
	say_links(job);
}

/* After an error: which files have the new text all the same? */
static void say_undone(const struct job *jobs, size_t n)
{
	size_t n_new = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; jobs[i].replacements && k < jobs[i].in.source->n; k++) {
			const struct replacement *r = &jobs[i].replacements[k];
			if (r->stage != REPLACEMENT_DONE)
				continue;
			n_new++;
			complain("'%s' has the new text and could not be restored: the old text is "
				 "in '%s'",
				 r->place.path, r->backup_path);
		}
	if (!n_new)
		complain("no file was changed");
}

static int apply_all(struct job *jobs, size_t n, const struct settings *s)
{
	const char *why = s->dry_run ? NULL : jobs_write(jobs, n, s->job.backup_dir, s->arena);
	if (why) {
		complain("%s", why);
		say_undone(jobs, n);
		return EXIT_SYSTEM;
	}
	for (size_t i = 0; i < n; i++)
		if (!jobs[i].in.is_stdin || s->dry_run)
			say_applied(&jobs[i], s);
	return EXIT_CLEAN;
}

/* `done`: the fixes are made. */
static void print_applied(const struct outputs *o, const struct job *jobs, size_t n, bool done,
			  int status)
{
	begin_output(o);
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].in.status != INPUT_READ) {
			print_unread(o, &jobs[i]);
			continue;
		}
		const struct job after = done ? job_after(&jobs[i]) : jobs[i];
		struct report r = report_of(&after);
		r.plan = jobs[i].findings.n ? &after.plan : NULL;
		r.n_changed = done ? after.plan.used.n : 0;
		outputs_show(o, shown_severity(settings_of(o->settings, i)));
		for (size_t k = 0; k < o->n; k++)
			o->printers[k].format->lint.each(&o->printers[k], &r);
	}
	end_output(o, status);
}

/* ---- all of it ---- */

/* Only the text of the input itself can be printed, or written as a copy. */
static void refuse_included(struct job *job, const struct settings *s)
{
	bool is_copy = s->apply && s->job.read.target, of_one = s->fix || is_copy;
	const struct source_file *f = of_one || (s->apply && job->in.is_stdin)
					      ? job_changes_included(job)
					      : NULL;
	if (!f)
		return;
	message_add(&job->in.messages, job->in.arena, MESSAGE_INPUT,
		    "%s: the fix is in '%s', which it includes: %s", job->in.source->name, f->name,
		    is_copy ? "with --target only the copy is written" : "use --diff or --apply");
	job->in.status = INPUT_WRONG;
}

/* Replaces the fixes of the job by comments. */
static void allow(struct job *job, const struct settings *s)
{
	size_t n;
	const char *why = job_allow(job, shown_severity(s), s->add_allow, &n);
	if (!why)
		return;
	message_add(&job->in.messages, job->in.arena, MESSAGE_INPUT, "%s: %s", job->in.source->name,
		    why);
	job->in.status = INPUT_WRONG;
}

/* On a terminal, a run over several inputs shows which one it has reached. */
static bool shows_progress(size_t n, const struct settings *s)
{
	return n > 1 && !s->quiet && isatty(STDERR_FILENO) && want_colour(s, stderr);
}

static void show_progress(size_t i, size_t n, const struct input *in, const struct settings *s)
{
	struct str name = str_from(in->path ? in->path : "");
	name.n = name.n < 60 ? name.n : 60;
	if (shows_progress(n, s))
		say(stderr, "\r\033[K[%zu/%zu] %.*s", i + 1, n, STR_FMT(name));
}

static void end_progress(size_t n, const struct settings *s)
{
	if (shows_progress(n, s))
		say(stderr, "\r\033[K");
}

struct lint_work {
	struct job *jobs;
	struct job_options *options; /* of each job */
	const struct settings *settings;
};

/* May run in another thread, so it prints nothing. */
static size_t work(void *arg, size_t i)
{
	const struct lint_work *w = arg;
	const struct settings *s = settings_of(w->settings, i);
	const struct job_options *o = &w->options[i];
	struct job *job = &w->jobs[i];
	bool ok = s->dump == DUMP_TEXT ? job_open(job, o) : job_read(job, o);
	if (ok && !s->dump) {
		job_analyse(job, o);
		s->add_allow ? allow(job, s) : refuse_included(job, s);
	}
	return arena_size(job->in.arena);
}

static void say_job(const struct job *job, const struct settings *s)
{
	for (size_t i = 0; i < job->n_parts; i++)
		say_input(&job->parts[i], s);
	say_input(&job->in, s);
}

/* The totals of all inputs. */
struct tally {
	size_t n_found;
	VEC(const char *) unread; /* their names */
};

static void count_job(struct tally *t, const struct job *job, const struct settings *s)
{
	int status = job_exit_status(job, s);
	t->n_found += status == EXIT_FOUND;
	if (status >= EXIT_INPUT)
		vec_push(s->arena, &t->unread, job->in.path);
}

/* Several inputs scroll by, so the totals follow, with the inputs that are missing from them. */
static void say_tally(const struct tally *t, size_t n, const struct settings *s)
{
	if (n < TALLY_MIN || s->quiet || !(t->n_found + t->unread.n))
		return;
	say(stderr, "fwlint: %zu inputs: %zu with findings, %zu could not be read%s\n", n,
	    t->n_found, t->unread.n, t->unread.n ? ":" : "");
	for (size_t i = 0; i < t->unread.n; i++)
		say(stderr, "  %s\n", t->unread.items[i]);
}

/* All inputs; printed one after the other. */
static int lint_each(struct job *jobs, size_t n, const struct job_options *o,
		     const struct outputs *out, struct adoption *ad)
{
	const struct settings *s = out->settings;
	struct lint_work w = { jobs, arena_new_array(s->arena, struct job_options, n), s };
	struct tally tally = { 0 };
	int status = EXIT_CLEAN;
	for (size_t i = 0; i < n; i++) {
		const struct settings *of = settings_of(s, i);
		w.options[i] = s->of_file ? of->job : *o;
		const char *target = s->job.read.target;
		w.options[i].selection = config_selection(of, target ? target : jobs[i].in.path);
		adoption_select(ad, &jobs[i], &w.options[i]);
	}
	struct fleet *f = fleet_begin(&(struct fleet_work){ work, &w, n },
				      s->n_jobs ? s->n_jobs : fleet_cores());
	for (size_t i = 0; i < n; i++) {
		const struct settings *of = settings_of(s, i);
		show_progress(i, n, &jobs[i].in, of);
		fleet_wait(f, i);
		end_progress(n, of);
		say_job(&jobs[i], of);
		adoption_saw(ad, &jobs[i], &w.options[i]);
		outputs_show(out, shown_severity(of));
		print_output(out, &jobs[i], of);
		status = worst(status, job_exit_status(&jobs[i], of));
		count_job(&tally, &jobs[i], of);
		if (!s->apply) {
			arena_free(jobs[i].in.arena);
			jobs[i].in.arena = NULL;
		}
		fleet_took(f, i);
	}
	fleet_end(f);
	say_tally(&tally, n, s);
	return adoption_end(ad, status);
}

int lint_all(struct job *jobs, size_t n, const struct job_options *o, const struct settings *s,
	     const struct live_conntrack *conntrack)
{
	struct adoption ad;
	if (!adoption_begin(&ad, s))
		return EXIT_INPUT;
	struct outputs out = outputs_open(s, conntrack);
	if (prints_report(s))
		begin_output(&out);
	int status = lint_each(jobs, n, o, &out, &ad);
	if (prints_report(s))
		end_output(&out, status);
	if (s->apply && status < EXIT_INPUT)
		status = worst(status, apply_all(jobs, n, s));
	if (reports_applied(s))
		print_applied(&out, jobs, n, status < EXIT_INPUT, status);
	return outputs_close(&out, status);
}

int report_applied(const struct job *jobs, size_t n, bool done, int status,
		   const struct settings *s, const struct live_conntrack *conntrack)
{
	struct outputs out = outputs_open(s, conntrack);
	print_applied(&out, jobs, n, done, status);
	return outputs_close(&out, status);
}

static int report_unread(const char *name, const char *why, enum message_kind kind,
			 const struct settings *s)
{
	struct outputs out = outputs_open(s, NULL);
	struct job job = { .in = { .path = name,
				   .arena = s->arena,
				   .status = kind == MESSAGE_SYSTEM ? INPUT_FAILED
								    : INPUT_WRONG } };
	int status = input_exit_status(job.in.status);
	message_add(&job.in.messages, s->arena, kind, "%s", why);
	complain("%s", why);
	if (prints_report(s)) {
		begin_output(&out);
		print_output(&out, &job, s);
		end_output(&out, status);
	}
	return outputs_close(&out, status);
}

int lint_failed(const char *name, const char *why, const struct settings *s)
{
	return report_unread(name, why, MESSAGE_SYSTEM, s);
}

int lint_refused(const char *name, const char *why, const struct settings *s)
{
	return report_unread(name, why, MESSAGE_INPUT, s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fwlint [options] [FILE...]. All inputs are read, checked and fixed in
 * memory first; only when nothing was wrong with any of them is a file
 * written.
 */
#include "lint.h"

#include <unistd.h>

/* One text is printed: that of the input itself. */
static bool fixes_an_included_file(const struct job *job)
{
	for (size_t i = 1; i < job->in.source->n; i++)
		if (edits_touch(&job->plan.edits, job->in.source->items[i])) {
			complain("%s: the fix is in '%s', which it includes: use --diff or --apply",
				 job->in.source->name, job->in.source->items[i]->name);
			return true;
		}
	return false;
}

static bool has_severity(const struct findings *f, enum severity at_least)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].severity >= at_least)
			return true;
	return false;
}

bool job_read(struct job *job, const struct settings *s)
{
	return job->parts ? input_read_together(&job->in, job->parts, job->n_parts, s) : input_read(&job->in, s);
}

void job_analyse(struct job *job, const struct settings *s)
{
	const char *gave_up;
	job->findings = check_run(job->in.ruleset, &s->selection, job->in.arena, &gave_up);
	if (gave_up) {
		complain("%s:1:1: error: the ruleset could not be analysed: %s", job->in.source->name,
			 gave_up);
		job->in.status = EXIT_INPUT;
		return;
	}
	job->diff = "";
	if (job->findings.n) {
		job->plan = fix_plan_make(job->in.ruleset, &job->findings, &s->selection,
					 &(struct fix_options){ s->unsafe_fixes, s->live }, job->in.arena);
		struct str diff = edits_diff(&job->plan.edits, job->in.source, job->in.arena);
		job->diff = arena_strndup(job->in.arena, diff.p, diff.n);
	}
	if ((s->fix || (s->apply && job->in.is_stdin)) && fixes_an_included_file(job)) {
		job->in.status = EXIT_INPUT;
		return;
	}
	const struct findings *left = s->apply ? &job->plan.remaining : &job->findings;
	if (job->plan.failed)
		left = &job->findings;
	if (has_severity(left, s->fail_on))
		job->in.status = EXIT_FOUND;
}

/* ---- output ---- */

static void print_errors(const struct job *job, const struct settings *s)
{
	if (job->in.diags.n)
		report_diags(stderr, job->in.source, &job->in.diags, want_colour(s, stderr));
}

static void print_report(const struct job *job, const struct settings *s, size_t index)
{
	struct format_options o = { .colour = want_colour(s, stdout), .quiet = s->quiet, .live = s->live };
	struct report r = { .ruleset = job->in.ruleset, .source = job->in.source, .diags = &job->in.diags,
			    .findings = &job->findings, .plan = job->findings.n ? &job->plan : NULL,
			    .diff = job->diff };
	if (job->in.source)
		s->format->input(stdout, &r, &o, index);
}

/* Nothing was joined: what is wrong is said of each part. */
static size_t print_parts(const struct job *job, const struct settings *s, size_t index)
{
	for (size_t i = 0; i < job->n_parts; i++) {
		const struct job part = { .in = job->parts[i] };
		if (part.in.source && part.in.diags.n)
			print_report(&part, s, index++);
	}
	return index;
}

/* Standard input that is to be corrected goes to standard output; findings go beside it. */
static void print_text(const struct job *job)
{
	struct str text = job->plan.texts ? job->plan.texts[0]
					 : (struct str){ job->in.source->text, job->in.source->len };
	say_text(stdout, text);
}

static int worst(int a, int b)
{
	return a > b ? a : b;
}

static bool only_text(const struct settings *s)
{
	return s->dump && strcmp(s->dump, "text") == 0;
}

static bool open_text(struct job *job, const struct settings *s)
{
	bool ok = job->parts || input_open(&job->in, s);
	for (size_t i = 0; i < job->n_parts; i++) {
		job->parts[i].arena = job->in.arena;
		ok = input_open(&job->parts[i], s) && ok;
		job->in.status = worst(job->in.status, job->parts[i].status);
	}
	return ok;
}

static void print_source(const struct source *s)
{
	say_text(stdout, (struct str){ s->text, s->len });
}

static void print_output(const struct job *job, const struct settings *s, size_t index)
{
	if (job->in.status == EXIT_INPUT || job->in.status == EXIT_SYSTEM)
		return;
	for (size_t i = 0; only_text(s) && i < job->n_parts; i++)
		print_source(job->parts[i].source);
	if (only_text(s) && !job->parts)
		print_source(job->in.source);
	if (only_text(s))
		return;
	if (s->dump && strcmp(s->dump, "ast") == 0)
		report_ast(stdout, job->in.ruleset);
	else if (s->dump)
		report_flow(stdout, job->in.ruleset, job->in.arena);
	else if (s->diff)
		say_text(stdout, str_from(job->diff));
	else if (s->fix || (s->apply && job->in.is_stdin && !s->dry_run))
		print_text(job);
	else if (!s->apply)
		print_report(job, s, index);
}

int lint_all(struct job *jobs, size_t n, const struct settings *s)
{
	int status = EXIT_CLEAN;
	size_t shown = 0;
	bool report = !s->dump && !s->diff && !s->fix && !s->apply;
	struct format_options o = { .colour = want_colour(s, stdout), .quiet = s->quiet, .live = s->live,
				    .conntrack = s->conntrack };
	if (report)
		s->format->begin(stdout, &o);
	for (size_t i = 0; i < n; i++) {
		struct job *job = &jobs[i];
		bool ok = only_text(s) ? open_text(job, s) : job_read(job, s);
		if (ok && !s->dump)
			job_analyse(job, s);
		print_errors(job, s);
		if (report && job->in.status == EXIT_INPUT && s->format != format_list[0] && job->parts && !job->in.source)
			shown = print_parts(job, s, shown);
		else if (report && job->in.status == EXIT_INPUT && s->format != format_list[0])
			print_report(job, s, shown++);
		print_output(job, s, job->in.status < EXIT_INPUT ? shown++ : shown);
		status = worst(status, job->in.status);
		if (!s->apply) {
			arena_free(job->in.arena);
			job->in.arena = NULL;
		}
	}
	if (report)
		s->format->end(stdout, &o);
	if (s->apply && status < EXIT_INPUT)
		status = worst(status, apply_all(jobs, n, s));
	return status;
}

static bool check_settings(const struct settings *s, int n_files)
{
	int outputs = s->diff + s->fix + s->apply + (s->dump != NULL);
	if (outputs > 1)
		complain("only one of --diff, --fix, --apply and --dump can be given");
	else if (s->conntrack_count && !s->n_sysctl_files)
		complain("--conntrack-count goes with --sysctl, which says nf_conntrack_max");
	else if (s->live && n_files)
		complain("--live reads the running ruleset: it takes no FILE");
	else if (s->needs_live && !(s->live && s->apply))
		complain("%s goes with --live --apply", s->needs_live);
	else if (s->netns && !s->live)
		complain("--netns goes with --live");
	else if (s->dry_run && !s->apply)
		complain("--dry-run goes with --apply");
	else if (s->together && s->live)
		complain("--live looks at all that runs together by itself: --together is for files");
	else if (s->fix && n_files > 1)
		complain("--fix takes one input: the corrected rulesets would run together");
	else
		return true;
	return false;
}

static int run(int argc, char **argv, struct settings *s)
{
	size_t n = argc ? (size_t)argc : 1;
	if (!check_settings(s, argc))
		return EXIT_INPUT;
	if (s->live)
		return run_live(s);
	if (!argc && isatty(STDIN_FILENO))
		complain("reading a ruleset from standard input (see fwlint --help)");
	struct job *jobs = arena_new_array(s->arena, struct job, n);
	struct input *inputs = arena_new_array(s->arena, struct input, n);
	for (size_t i = 0; i < n; i++)
		inputs[i] = (struct input){ .path = argc ? argv[i] : "-" };
	if (s->together) {
		jobs[0] = (struct job){ .parts = inputs, .n_parts = n };
		n = 1;
	} else {
		for (size_t i = 0; i < n; i++)
			jobs[i].in = inputs[i];
	}
	for (size_t i = 0; i < n; i++)
		jobs[i].in.arena = arena_new();
	int status = lint_all(jobs, n, s);
	for (size_t i = 0; i < n; i++)
		arena_free(jobs[i].in.arena);
	return status;
}

const struct command command_lint = {
	.name = "lint", .arguments = "[options] [FILE...]", .about = "find and fix (the default)",
	.help = "Finds the rules of a netfilter ruleset that break healthy connections, proves each\n"
		"finding with a packet, and prints the corrected ruleset as a patch. No FILE, or -,\n"
		"reads standard input.",
	.options = "live together netns diff fix apply confirm-within backup-dir keep-open save dry-run unsafe-fixes format select ignore fail-on dialect loader include-dir include-any no-include sysctl conntrack-count "
		   "stdin-filename dump color quiet",
	.run = run,
};

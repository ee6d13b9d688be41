/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of <fwlint.h>. */
#include <fwlint.h>
#include <fwlint/job.h>

struct fwlint_report {
	struct job job;
	const char *error;
};

const char *fwlint_version(void)
{
	return FWLINT_VERSION;
}

/* The first error. */
static const char *error_of(const struct input *in)
{
	struct arena *a = in->arena;
	for (size_t i = 0; i < in->messages.n; i++)
		if (in->messages.items[i].kind != MESSAGE_NOTE)
			return str_visible(str_from(in->messages.items[i].text), a);
	if (!in->diags.n)
		return "it could not be read";
	uint32_t line, col;
	const struct diag *d = &in->diags.items[0];
	source_pos(in->source, d->span.off, &line, &col);
	return arena_printf(a, "%s:%u:%u: error: %s",
			    str_visible(str_from(source_file_at(in->source, d->span.off)->name), a),
			    line, col, str_visible(str_from(d->message), a));
}

static const char *wrong_option(const struct fwlint_options *o, struct arena *a)
{
	struct str unknown = selection_unknown(o->select);
	if (o->dialect && !dialect_find(o->dialect))
		return arena_printf(a, "there is no dialect '%s'",
				    str_visible(str_from(o->dialect), a));
	if (!unknown.p)
		unknown = selection_unknown(o->ignore);
	return unknown.p ? arena_printf(a, "there is no check '%s'", str_visible(unknown, a))
			 : NULL;
}

static void run(struct fwlint_report *r, const struct fwlint_options *o)
{
	const char *dirs[] = { o->include_from };
	struct job_options options = {
		.read = { .dialect = o->dialect ? dialect_find(o->dialect) : NULL,
			  .include_dirs = dirs,
			  .n_include_dirs = o->include_from != NULL,
			  .no_include = !o->include_from },
		.selection = { .select = o->select, .ignore = o->ignore },
		.fix = { .severity = SEV_WARNING, .unsafe = o->unsafe_fixes },
	};
	r->job.diff = "";
	r->error = wrong_option(o, r->job.in.arena);
	if (r->error)
		return;
	if (job_read(&r->job, &options))
		job_analyse(&r->job, &options);
	else
		r->error = error_of(&r->job.in);
}

struct fwlint_report *fwlint_lint(const char *name, const char *text, size_t length,
				  const struct fwlint_options *options)
{
	static const struct fwlint_options usual = { 0 };
	struct arena *a = arena_new();
	struct fwlint_report *r = arena_new_one(a, struct fwlint_report);
	/* "-" would be standard input */
	const char *path = strcmp(name, "-") == 0 ? "./-" : arena_strndup(a, name, strlen(name));
	r->job.in = (struct input){ .path = path,
				    .arena = a,
				    .text = { arena_strndup(a, length ? text : "", length),
					      length } };
	if (length > SOURCE_MAX)
		r->error = "the text is too long";
	else
		run(r, options ? options : &usual);
	return r;
}

const char *fwlint_error(const struct fwlint_report *r)
{
	return r->error;
}

size_t fwlint_count(const struct fwlint_report *r)
{
	return r->job.findings.n;
}

bool fwlint_get(const struct fwlint_report *r, size_t i, struct fwlint_finding *ret)
{
	const struct source *s = r->job.in.source;
	if (i >= r->job.findings.n)
		return false;
	const struct finding *f = &r->job.findings.items[i];
	const struct fix *fix = r->job.plan.failed ? NULL : fix_plan_cure(&r->job.plan, f);
	struct arena *a = r->job.in.arena;
	*ret = (struct fwlint_finding){
		.code = f->check->id,
		.name = f->check->name,
		.severity = (enum fwlint_severity)f->severity,
		.message = str_visible(str_from(f->message), a),
		.detail = f->detail ? str_visible(str_from(f->detail), a) : NULL,
		.file = source_file_at(s, f->span.off)->name,
		.fix = fix ? fix->text : NULL,
		.is_fix_safe = fix && fix->safety == FIX_SAFE,
	};
	source_pos(s, f->span.off, &ret->line, &ret->column);
	source_pos(s, f->span.off + f->span.len, &ret->end_line, &ret->end_column);
	return true;
}

const char *fwlint_corrected(const struct fwlint_report *r, size_t *length)
{
	struct str text = r->job.in.text;
	if (!r->error && r->job.plan.texts && !r->job.plan.failed)
		text = r->job.plan.texts[0];
	if (length)
		*length = text.n;
	return arena_strndup(r->job.in.arena, text.p, text.n);
}

const char *fwlint_diff(const struct fwlint_report *r)
{
	return r->job.diff;
}

void fwlint_free(struct fwlint_report *r)
{
	if (r)
		arena_free(r->job.in.arena);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The comments that allow the findings, written instead of the fixes. */
#include "job.h"

/* The line before which a comment for the rule goes: the first line of its statement. */
static struct span line_of(const struct source *s, const struct finding *f)
{
	uint32_t off = f->rule && !f->rule->inserted ? f->rule->span.off : f->span.off;
	struct span line = source_line_span(s, off);
	while (line.off > source_file_at(s, off)->base) {
		struct str before = source_line(s, line.off - 1);
		if (!before.n || before.p[before.n - 1] != '\\')
			break;
		line = source_line_span(s, line.off - 1);
	}
	return line;
}

static struct str indent_of(struct str line)
{
	size_t n = 0;
	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return (struct str){ line.p, n };
}

static bool is_first_of_line(const struct job *job, size_t at, enum severity shown)
{
	const struct finding *f = &job->findings.items[at];
	for (size_t i = 0; i < at; i++) {
		const struct finding *g = &job->findings.items[i];
		if (g->severity >= shown &&
		    line_of(job->in.source, g).off == line_of(job->in.source, f).off)
			return false;
	}
	return true;
}

/* "FW101,FW102": the codes of the line's findings, each once. */
static struct str codes_of(const struct job *job, uint32_t line, enum severity shown)
{
	struct text t = { .arena = job->in.arena };
	for (size_t i = 0; i < job->findings.n; i++) {
		const struct finding *f = &job->findings.items[i];
		bool is_there = f->severity >= shown && line_of(job->in.source, f).off == line;
		const char *id = f->check->id;
		if (is_there && !(t.n && memmem(t.items, t.n, id, strlen(id))))
			text_printf(&t, "%s%s", t.n ? "," : "", id);
	}
	return text_str(&t);
}

static bool has_comments(const struct job *job)
{
	return strcmp(job->in.ruleset->dialect, "nft-json") != 0;
}

static struct edit comment_of(const struct job *job, const struct finding *f, struct str codes,
			      const char *reason)
{
	struct span line = line_of(job->in.source, f);
	struct str indent = indent_of(source_view(job->in.source, line));
	const char *comment = arena_printf(job->in.arena, "%.*s# fwlint: allow %.*s %s\n",
					   STR_FMT(indent), STR_FMT(codes), reason);
	return (struct edit){ { line.off, 0 }, str_from(comment) };
}

bool job_allow_finding(const struct job *job, const struct finding *f, const char *reason,
		       struct edit *ret)
{
	if (!has_comments(job))
		return false;
	*ret = comment_of(job, f, str_from(f->check->id), reason);
	return true;
}

const char *job_allow(struct job *job, enum severity shown, const char *reason, size_t *n_comments)
{
	struct arena *a = job->in.arena;
	const struct source *s = job->in.source;
	struct fix_plan *plan = &job->plan;
	*plan = (struct fix_plan){ .found = &job->findings, .edits = { .arena = a } };
	*n_comments = 0;
	if (!has_comments(job))
		return "JSON has no comments beside its rules: allow it in the comment of the rule";
	for (size_t i = 0; i < job->findings.n; i++) {
		const struct finding *f = &job->findings.items[i];
		if (f->severity < shown || !is_first_of_line(job, i, shown))
			continue;
		struct str codes = codes_of(job, line_of(s, f).off, shown);
		struct edit e = comment_of(job, f, codes, reason);
		edits_add(&plan->edits, e.span, e.text);
		(*n_comments)++;
	}
	struct str *texts = arena_new_array(a, struct str, s->n);
	for (size_t i = 0; i < s->n; i++)
		texts[i] = plan->edits.n ? edits_apply(&plan->edits, s->items[i], a)
					 : (struct str){ s->items[i]->text, s->items[i]->len };
	plan->texts = texts;
	struct str diff = edits_diff(&plan->edits, s, a);
	job->diff = arena_strndup(a, diff.n ? diff.p : "", diff.n);
	return NULL;
}

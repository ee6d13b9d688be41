/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For a job of GitHub Actions: a workflow command for each problem, shown beside its line
 * (docs.github.com: Workflow commands for GitHub Actions).
 */
#include "problem.h"

extern const struct format format_github;

/*
 * Characters that would end the value are percent-encoded: %, CR and LF everywhere, and : and , in
 * the value of a property (actions/toolkit, core/src/command.ts). say() makes other bytes visible
 * that are not characters.
 */
static const char *escaped(const char *words, const char *also, struct arena *a)
{
	struct text t = { .arena = a };
	for (const char *c = words; *c; c++)
		if (strchr("%\r\n", *c) || strchr(also, *c))
			text_printf(&t, "%%%02X", (unsigned char)*c);
		else
			text_printf(&t, "%c", *c);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

static void print_problem(struct printer *p, const struct problem *x)
{
	static const char *const levels[] = {
		[SEV_NOTE] = "notice", [SEV_WARNING] = "warning", [SEV_ERROR] = "error"
	};
	const struct text_region *at = &x->at;
	struct arena *a = arena_new();
	say(p->out, "::%s file=%s", levels[x->severity], escaped(plain_path(at->file), ":,", a));
	if (at->line)
		say(p->out, ",line=%u,endLine=%u", at->line, at->end_line);
	/* columns are only for places on one line */
	if (at->line && at->line == at->end_line)
		say(p->out, ",col=%u,endColumn=%u", at->char_col, at->end_char_col);
	say(p->out, ",title=%s", x->code ? arena_printf(a, "%s %s", x->code, x->name) : "fwlint");
	say(p->out, "::%s\n", escaped(x->message, "", a));
	arena_free(a);
}

static void print_report(struct printer *p, const struct report *r)
{
	report_problems(p, r, print_problem);
}

static void nothing(struct printer *p)
{
	(void)p;
}

// clang-format off
const struct format format_github = {
	.name = "github", .about = "for a job of GitHub Actions: shown beside the lines of a change",
	.has_errors = true,
	.lint = { nothing, print_report, nothing },
};
// clang-format on

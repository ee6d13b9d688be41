/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For merge requests of GitLab: a report of Code Quality (docs.gitlab.com: Code Quality, "Code
 * Quality report format"). */
#include "json_util.h"
#include "problem.h"

extern const struct format format_gitlab;

struct gitlab {
	size_t n;
};

static void begin(struct printer *p)
{
	fputs("[", p->out);
}

static void print_problem(struct printer *p, const struct problem *x)
{
	static const char *const severities[] = {
		[SEV_NOTE] = "info", [SEV_WARNING] = "minor", [SEV_ERROR] = "major"
	};
	struct gitlab *state = p->state;
	struct arena *a = arena_new();
	json_t *o = json_object(), *place = json_object(), *lines = json_object();
	json_object_set_new(lines, "begin", json_integer(x->at.line ? x->at.line : 1));
	json_object_set_new(lines, "end", json_integer(x->at.line ? x->at.end_line : 1));
	json_object_set_new(place, "path", json_words(plain_path(x->at.file)));
	json_object_set_new(place, "lines", lines);
	json_object_set_new(o, "description",
			    json_words(x->code ? arena_printf(a, "%s %s", x->code, x->message)
					       : x->message));
	json_object_set_new(o, "check_name", json_words(x->name));
	json_object_set_new(o, "fingerprint", json_words(problem_digest(x, a)));
	json_object_set_new(o, "severity",
			    json_words(x->found ? severities[x->severity] : "blocker"));
	json_object_set_new(o, "location", place);
	say(p->out, state->n++ ? ",\n" : "\n");
	json_print(p->out, o, JSON_INDENT(2));
	json_decref(o);
	arena_free(a);
}

static void print_report(struct printer *p, const struct report *r)
{
	report_problems(p, r, print_problem);
}

static void end(struct printer *p)
{
	fputs("\n]\n", p->out);
}

// clang-format off
const struct format format_gitlab = {
	.name = "gitlab", .about = "for merge requests of GitLab: a Code Quality report",
	.state_size = sizeof(struct gitlab),
	.has_errors = true,
	.lint = { begin, print_report, end },
};
// clang-format on

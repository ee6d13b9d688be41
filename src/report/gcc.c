/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For editors: one line for each problem, as gcc writes it: "file:line:col: warning: what [FW101]".
 */
#include "problem.h"

extern const struct format format_gcc;

static void print_problem(struct printer *p, const struct problem *x)
{
	say(p->out, "%s:", x->at.file);
	if (x->at.line)
		say(p->out, "%u:%u:", x->at.line, x->at.col);
	say(p->out, " %s: %s", severity_name(x->severity), x->message);
	if (x->code)
		say(p->out, " [%s]", x->code);
	say(p->out, "\n");
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
const struct format format_gcc = {
	.name = "gcc", .about = "for editors: one line for each finding, as compilers write it",
	.has_errors = true,
	.lint = { nothing, print_report, nothing },
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For CI servers: XML as Checkstyle writes it (checkstyle.org, XMLLogger). */
#include "problem.h"

extern const struct format format_checkstyle;

struct checkstyle {
	const char *file; /* whose element is open; NULL: none is */
};

static void begin(struct printer *p)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n", p->out);
}

static void close_file(struct printer *p)
{
	struct checkstyle *state = p->state;
	if (state->file)
		fputs("  </file>\n", p->out);
	state->file = NULL;
}

static void open_file(struct printer *p, const char *name)
{
	struct checkstyle *state = p->state;
	if (state->file && strcmp(state->file, name) == 0)
		return;
	close_file(p);
	fputs("  <file name=\"", p->out);
	say_xml(p->out, plain_path(name));
	fputs("\">\n", p->out);
	state->file = arena_strndup(p->arena, name, strlen(name));
}

static void print_problem(struct printer *p, const struct problem *x)
{
	static const char *const severities[] = {
		[SEV_NOTE] = "info", [SEV_WARNING] = "warning", [SEV_ERROR] = "error"
	};
	open_file(p, x->at.file);
	say(p->out, "    <error line=\"%u\"", x->at.line);
	if (x->at.line)
		say(p->out, " column=\"%u\"", x->at.char_col);
	say(p->out, " severity=\"%s\" message=\"", severities[x->severity]);
	say_xml(p->out, x->message);
	say(p->out, "\" source=\"fwlint.%s\"/>\n", x->code ? x->code : x->name);
}

static void print_report(struct printer *p, const struct report *r)
{
	open_file(p, r->name);
	report_problems(p, r, print_problem);
	close_file(p);
}

static void end(struct printer *p)
{
	fputs("</checkstyle>\n", p->out);
}

// clang-format off
const struct format format_checkstyle = {
	.name = "checkstyle", .about = "for CI servers: XML as Checkstyle writes it",
	.state_size = sizeof(struct checkstyle),
	.has_errors = true,
	.lint = { begin, print_report, end },
};
// clang-format on

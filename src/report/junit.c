/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For CI servers: XML as JUnit's Ant task writes it (the schema that Jenkins reads: junit-10.xsd of
 * the xUnit plugin). An input is a suite; each problem is a test that failed, a clean input one
 * that passed.
 */
#include "formats.h"
#include "problem.h"

extern const struct format format_junit;

static void begin(struct printer *p)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fwlint\">\n", p->out);
}

static void open_case(struct printer *p, const char *file)
{
	fputs("    <testcase classname=\"", p->out);
	say_xml(p->out, plain_path(file));
	fputs("\" name=\"", p->out);
}

static void print_problem(struct printer *p, const struct problem *x)
{
	const char *element = x->found ? "failure" : "error";
	open_case(p, x->at.file);
	say(p->out, "%s", x->code ? x->code : "readable");
	if (x->at.line)
		say(p->out, ", line %u", x->at.line);
	say(p->out, "\" time=\"0\">\n      <%s type=\"%s\" message=\"", element,
	    x->code ? x->code : "error");
	say_xml(p->out, x->message);
	fputs("\">", p->out);
	say_xml(p->out, x->at.file);
	if (x->at.line)
		say(p->out, ":%u:%u", x->at.line, x->at.col);
	say(p->out, ": %s: ", severity_name(x->severity));
	say_xml(p->out, x->message);
	say(p->out, "</%s>\n    </testcase>\n", element);
}

static void print_report(struct printer *p, const struct report *r)
{
	size_t errors, failures;
	count_problems(p, r, &errors, &failures);
	fputs("  <testsuite name=\"", p->out);
	say_xml(p->out, plain_path(r->name));
	say(p->out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"0\">\n",
	    errors + failures ? errors + failures : 1, failures, errors);
	report_problems(p, r, print_problem);
	if (!(errors + failures)) {
		open_case(p, r->name);
		fputs("no finding\" time=\"0\"/>\n", p->out);
	}
	fputs("  </testsuite>\n", p->out);
}

static void end(struct printer *p)
{
	fputs("</testsuites>\n", p->out);
}

// clang-format off
const struct format format_junit = {
	.name = "junit", .about = "for CI servers: XML as JUnit writes it, each finding a failed test",
	.has_errors = true,
	.lint = { begin, print_report, end },
	.tests = junit_tests,
};
// clang-format on

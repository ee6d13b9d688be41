/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `fwlint test` found: text, JSON, JUnit and TAP. */
#include "formats.h"
#include "json_util.h"
#include "problem.h"
#include "terminal.h"

size_t tested_failed(const struct tested *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		n += !t->items[i].result.held;
	return n;
}

/* Why a line did not hold, on one line. */
static const char *reason(const struct tested_line *x, struct arena *a)
{
	const struct policy_result *r = &x->result;
	if (!r->has_sample)
		return "no packet matches";
	const char *now = verdict_words(&r->trace.verdict, a);
	if (r->test->kind == POLICY_SAME)
		now = arena_printf(a, "%s -> %s", verdict_words(&r->old, a), now);
	return arena_printf(a, "%s: %s: %s", path_name(r->path), now,
			    packet_words(r->ruleset, &r->sample, a));
}

/* ---- text ---- */

void text_tests(struct printer *p, const struct tested *t)
{
	const struct palette *c = palette_of(p->options.colour);
	struct arena *a = arena_new();
	for (size_t i = 0; i < t->n; i++) {
		const struct tested_line *x = &t->items[i];
		const struct policy_result *r = &x->result;
		if (r->held && p->options.quiet)
			continue;
		say(p->out, "%s:%u: %c%s%c: %.*s\n", x->spec->name, r->test->line,
		    r->held ? c->green : c->red, r->held ? "held" : "failed", c->off,
		    STR_FMT(r->test->text));
		if (r->held)
			continue;
		say(p->out, "  counterexample: %s\n", reason(x, a));
		for (size_t k = 0; r->has_sample && !p->options.quiet && k < r->trace.n; k++)
			print_step(p->out, r->ruleset->source, &r->trace.items[k]);
	}
	say(p->out, "%zu of %zu lines held\n", t->n - tested_failed(t), t->n);
	arena_free(a);
}

/* ---- JSON ---- */

static json_t *json_line(const struct tested_line *x, struct arena *a)
{
	const struct policy_result *r = &x->result;
	json_t *o = json_object();
	json_object_set_new(o, "file", json_words(x->spec->name));
	json_object_set_new(o, "line", json_integer(r->test->line));
	json_object_set_new(o, "text", json_text(r->test->text));
	json_object_set_new(o, "held", json_boolean(r->held));
	json_object_set_new(o, "counterexample",
			    r->has_sample ? json_words(packet_words(r->ruleset, &r->sample, a))
					  : json_null());
	if (!r->has_sample)
		return o;
	json_object_set_new(o, "path", json_words(path_name(r->path)));
	json_object_set_new(o, "verdict", json_words(verdict_words(&r->trace.verdict, a)));
	json_object_set_new(o, "trace", json_trace(r->ruleset, &r->trace));
	if (r->test->kind == POLICY_SAME)
		json_object_set_new(o, "old", json_words(verdict_words(&r->old, a)));
	return o;
}

void json_tests(struct printer *p, const struct tested *t)
{
	struct arena *a = arena_new();
	json_t *doc = json_object(), *lines = json_array();
	for (size_t i = 0; i < t->n; i++)
		json_array_append_new(lines, json_line(&t->items[i], a));
	json_object_set_new(doc, "version", json_integer(1));
	json_object_set_new(doc, "ruleset", json_words(t->ruleset->source->name));
	json_object_set_new(doc, "held", json_boolean(!tested_failed(t)));
	json_object_set_new(doc, "lines", lines);
	json_print(p->out, doc, JSON_INDENT(2));
	fputc('\n', p->out);
	json_decref(doc);
	arena_free(a);
}

/* ---- JUnit ---- */

void junit_tests(struct printer *p, const struct tested *t)
{
	struct arena *a = arena_new();
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fwlint\">\n"
	      "  <testsuite name=\"",
	      p->out);
	say_xml(p->out, t->ruleset->source->name);
	say(p->out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\" time=\"0\">\n",
	    t->n, tested_failed(t));
	for (size_t i = 0; i < t->n; i++) {
		const struct policy_result *r = &t->items[i].result;
		fputs("    <testcase classname=\"", p->out);
		say_xml(p->out, t->items[i].spec->name);
		say(p->out, "\" name=\"%u: ", r->test->line);
		say_xml(p->out, arena_strndup(a, r->test->text.p, r->test->text.n));
		if (r->held) {
			fputs("\" time=\"0\"/>\n", p->out);
			continue;
		}
		fputs("\" time=\"0\">\n      <failure message=\"", p->out);
		say_xml(p->out, reason(&t->items[i], a));
		fputs("\"/>\n    </testcase>\n", p->out);
	}
	fputs("  </testsuite>\n</testsuites>\n", p->out);
	arena_free(a);
}

/* ---- TAP ---- */

/* The Test Anything Protocol, version 13 (testanything.org): # begins a directive. */
static const char *tap_words(struct str text, struct arena *a)
{
	struct text t = { .arena = a };
	for (size_t i = 0; i < text.n; i++)
		text_printf(&t, text.p[i] == '#' || text.p[i] == '\\' ? "\\%c" : "%c", text.p[i]);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

static void tap_tests(struct printer *p, const struct tested *t)
{
	struct arena *a = arena_new();
	say(p->out, "TAP version 13\n1..%zu\n", t->n);
	for (size_t i = 0; i < t->n; i++) {
		const struct policy_result *r = &t->items[i].result;
		say(p->out, "%sok %zu - %s:%u: %s\n", r->held ? "" : "not ", i + 1,
		    t->items[i].spec->name, r->test->line, tap_words(r->test->text, a));
		if (!r->held)
			say(p->out, "# %s\n", reason(&t->items[i], a));
	}
	arena_free(a);
}

extern const struct format format_tap;

// clang-format off
const struct format format_tap = {
	.name = "tap", .about = "the Test Anything Protocol, of fwlint test",
	.tests = tap_tests,
};
// clang-format on

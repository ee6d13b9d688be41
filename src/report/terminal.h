/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reports for people share; private to report. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <fwlint/report.h>

struct palette {
	enum style bold, red, yellow, cyan, green, off;
};

const struct palette *palette_of(bool colour);
/* Prints the text as a link with OSC 8, which other terminals ignore; `url`: ours, or NULL. */
void say_link(FILE *out, bool colour, const char *url, const char *text);
/* The first of the check's references that has an address; or NULL. */
const char *check_url(const struct check *c);
enum style severity_colour(const struct palette *c, enum severity s);
/* The line of a span with a caret under it. */
void print_caret(FILE *out, const struct source *s, struct span span, enum style colour,
		 enum style off);
/* Lines of at most `width` columns (0: any length); from the second on, they begin with `indent`
 * blanks. */
struct wrap {
	unsigned width, indent;
};

/*
 * Prints the text, broken at blanks; `at` columns of its first line are already used, and words
 * that are too long stay whole. Returns the columns used in the last line, which has no line end
 * yet.
 */
size_t say_wrapped(FILE *out, const struct wrap *w, size_t at, const char *text);
/* "1 rule", "2 rules": the word gets its s. */
const char *counted(struct arena *a, uint64_t n, const char *what);
/* One step of a trace: the line and its text, or the policy. */
void print_step(FILE *out, const struct source *source, const struct trace_step *st);

#endif

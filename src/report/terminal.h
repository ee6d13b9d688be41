/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reports for people share; private to report. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <fwlint/report.h>

struct palette {
	enum style bold, red, yellow, cyan, green, off;
};

const struct palette *palette_of(bool colour);
enum style severity_colour(const struct palette *c, enum severity s);
/* The line of a span with a caret under it. */
void print_caret(FILE *out, const struct source *s, struct span span, enum style colour, enum style off);
/* One step of a trace: the line and its text, or the policy. */
void print_step(FILE *out, const struct source *source, const struct trace_step *st);

#endif

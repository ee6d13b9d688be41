/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The documentation of a check, on the terminal. */
#include <fwlint/report.h>

#include "terminal.h"

static void print_paragraph(FILE *out, const char *text)
{
	struct str rest = str_from(text);
	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		fprintf(out, line.n ? "  %.*s\n" : "%.*s\n", STR_FMT(line));
	}
}

void report_explain(FILE *out, const struct check *c, bool colour)
{
	const struct palette *p = palette_of(colour);
	fprintf(out, "%s%s %s%s (%s, since %s)\n\n", p->bold, c->id, c->name, p->off,
		severity_name(c->severity), c->since);
	fprintf(out, "Finds %s.\n\n%sWhy%s\n", c->finds, p->bold, p->off);
	print_paragraph(out, c->why);
	fprintf(out, "\n%sFix%s\n", p->bold, p->off);
	print_paragraph(out, c->fix_safety);
	for (size_t i = 0; i < c->n_examples; i++) {
		fprintf(out, "\n%sExample%s: %s\n", p->bold, p->off, c->examples[i].title);
		print_paragraph(out, c->examples[i].bad);
		fprintf(out, "%sUse instead%s\n", p->bold, p->off);
		print_paragraph(out, c->examples[i].good);
	}
	fprintf(out, "%sReferences%s\n", p->bold, p->off);
	for (size_t i = 0; c->references[i]; i++)
		fprintf(out, "  %s\n", c->references[i]);
}

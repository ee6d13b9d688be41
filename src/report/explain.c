/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The documentation of a check: on the terminal, and as a Markdown page. */
#include <fwlint/report.h>

#include "terminal.h"

static void print_indented(FILE *out, const char *text)
{
	struct str rest = str_from(text);
	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		if (rest.p || line.n)
			say(out, line.n ? "  %.*s\n" : "%.*s\n", STR_FMT(line));
	}
}

static void print_part(FILE *out, const struct palette *p, const char *title, const char *text)
{
	if (!text)
		return;
	say(out, "\n%c%s%c\n", p->bold, title, p->off);
	print_indented(out, text);
}

void report_explain(FILE *out, const struct check *c, bool colour)
{
	const struct palette *p = palette_of(colour);
	say(out, "%c%s %s%c (%s, since %s)\n\n", p->bold, c->id, c->name, p->off,
	    c->error ? "error of the input, exit status 2" : severity_name(c->severity), c->since);
	say(out, "Finds %s.\n", c->finds);
	print_part(out, p, "Why", c->why);
	print_part(out, p, "Fix", c->fix_safety);
	print_part(out, p, "Kernel", c->kernel);
	print_part(out, p, "What the tools say", c->messages);
	for (size_t i = 0; i < c->n_examples; i++) {
		say(out, "\n%cExample%c: %s\n", p->bold, p->off, c->examples[i].title);
		print_indented(out, c->examples[i].bad);
		say(out, "\n%cUse instead%c\n", p->bold, p->off);
		print_indented(out, c->examples[i].good);
	}
	say(out, "\n%cReferences%c\n", p->bold, p->off);
	for (const struct reference *r = c->references; r->text; r++) {
		say(out, "  ");
		say_link(out, colour, r->url, r->text);
		say(out, r->url && !colour ? "\n    %s\n" : "\n", r->url);
	}
}

static void print_code(FILE *out, const struct example *e, const char *title, const char *text)
{
	fprintf(out, "%s:\n\n```%s\n%s```\n\n", title, e->dialect, text);
}

void report_explain_markdown(FILE *out, const struct check *c)
{
	fprintf(out, "<!-- Made by scripts/pages.sh from src/checks; do not edit. -->\n\n");
	report_explain_hover(out, c);
}

void report_explain_hover(FILE *out, const struct check *c)
{
	fprintf(out, "# %s %s\n\n", c->id, c->name);
	if (c->error)
		fprintf(out,
			"An error of the input (exit status 2): it cannot be ignored, allowed or "
			"put into a baseline. Since %s. Finds %s.\n\n",
			c->since, c->finds);
	else
		fprintf(out, "Highest severity: %s. Since %s. Finds %s.\n\n",
			severity_name(c->severity), c->since, c->finds);
	fprintf(out, "## Why\n\n%s\n\n## Fix\n\n%s\n\n", c->why, c->fix_safety);
	if (c->kernel)
		fprintf(out, "## Kernel versions\n\n%s\n\n", c->kernel);
	if (c->messages)
		fprintf(out, "## What the tools say\n\n```text\n%s\n```\n\n", c->messages);
	fprintf(out, "## Examples\n\n");
	for (size_t i = 0; i < c->n_examples; i++) {
		const struct example *e = &c->examples[i];
		fprintf(out, "### %c%s\n\n",
			e->title[0] >= 'a' && e->title[0] <= 'z' ? e->title[0] - 32 : e->title[0],
			e->title + 1);
		print_code(out, e, "Found", e->bad);
		print_code(out, e,
			   e->by_hand  ? "Use instead"
			   : e->tidy   ? "After the fix (`--tidy`)"
			   : e->unsafe ? "After the fix (`--unsafe-fixes`)"
				       : "After the fix",
			   e->good);
	}
	fprintf(out, "## References\n\n");
	for (const struct reference *r = c->references; r->text; r++)
		fprintf(out, r->url ? "- [%s](%s)\n" : "- %s\n", r->text, r->url);
}

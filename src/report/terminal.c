/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reports for people share: colours, carets, the rules of a trace. */
#include "terminal.h"

#define LINE_SHOWN 220

static const struct palette plain; /* STYLE_NONE */
static const struct palette coloured = { STYLE_BOLD, STYLE_RED,   STYLE_YELLOW,
					 STYLE_CYAN, STYLE_GREEN, STYLE_OFF };

const struct palette *palette_of(bool colour)
{
	return colour ? &coloured : &plain;
}

const char *counted(struct arena *a, uint64_t n, const char *what)
{
	return arena_printf(a, "%llu %s%s", (unsigned long long)n, what, n == 1 ? "" : "s");
}

const char *check_url(const struct check *c)
{
	for (const struct reference *r = c->references; r->text; r++)
		if (r->url)
			return r->url;
	return NULL;
}

enum style severity_colour(const struct palette *c, enum severity s)
{
	switch (s) {
	case SEV_ERROR: return c->red;
	case SEV_WARNING: return c->yellow;
	case SEV_NOTE: return c->cyan;
	}
	return c->off;
}

/* Cuts at character boundaries. */
static struct str cut_to(struct str s, size_t from, size_t n)
{
	while (from && from < s.n && (s.p[from] & 0xc0) == 0x80)
		from--;
	s.p += from < s.n ? from : s.n;
	s.n -= from < s.n ? from : s.n;
	while (n && n < s.n && (s.p[n] & 0xc0) == 0x80)
		n--;
	return (struct str){ s.p, s.n < n ? s.n : n };
}

/* Prints a blank for each character with which `s` is shown; a tab for a tab. */
static size_t print_blanks(FILE *out, struct str s)
{
	struct arena *a = arena_new();
	size_t n = 0;
	for (const char *p = str_visible(s, a); *p; p++)
		n += (*p & 0xc0) != 0x80 && (!out || fputc(*p == '\t' ? '\t' : ' ', out));
	arena_free(a);
	return n;
}

void print_caret(FILE *out, const struct source *s, struct span span, enum style colour,
		 enum style off)
{
	uint32_t line, col;
	source_pos(s, span.off, &line, &col);
	struct str text = source_line(s, span.off);
	size_t at = col - 1 < text.n ? col - 1 : text.n;
	struct str shown = cut_to(text, at >= LINE_SHOWN ? at + 1 - LINE_SHOWN / 2 : 0, LINE_SHOWN);
	size_t before = (size_t)(text.p + at - shown.p);
	struct str marked = cut_to(shown, before, span.len ? span.len : 1);
	say(out, "%6u | %.*s\n       | ", line, STR_FMT(shown));
	print_blanks(out, (struct str){ shown.p, before });
	say(out, "%c^", colour);
	size_t n = print_blanks(NULL, marked);
	for (size_t i = 1; i < n && i < 60; i++)
		fputc('~', out);
	say(out, "%c\n", off);
}

void report_diags(FILE *out, const struct source *s, const struct diags *d, bool quiet, bool colour)
{
	const struct palette *c = palette_of(colour);
	for (size_t i = 0; i < d->n; i++) {
		uint32_t line, col;
		source_pos(s, d->items[i].span.off, &line, &col);
		const struct check *page = check_of_error(d->items[i].code);
		say(out, "%c%s:%u:%u: %cerror:%c %s%s%s\n", c->bold,
		    source_file_at(s, d->items[i].span.off)->name, line, col, c->red, c->off,
		    page ? page->id : "", page ? " " : "", d->items[i].message);
		if (!quiet && !d->items[i].is_hidden)
			print_caret(out, s, d->items[i].span, c->red, c->off);
	}
	if (d->dropped)
		say(out, "%s: %zu more error%s\n", s->name, d->dropped, d->dropped == 1 ? "" : "s");
}

void print_step(FILE *out, const struct source *source, const struct trace_step *st)
{
	struct verdict v = { .kind = st->verdict };
	if (st->rule)
		v = st->rule->verdict;
	if (!st->rule && !st->base->n && st->verdict == VERDICT_ACCEPT)
		return; /* an empty chain says nothing */
	if (!st->rule) {
		say(out, "           policy of %.*s: %s\n", STR_FMT(st->base->name),
		    st->base->policy == POLICY_UNKNOWN ? "not known" : verdict_name(&v));
		return;
	}
	uint32_t line, col;
	source_pos(source, st->rule->span.off, &line, &col);
	struct str text = source_view(source, st->rule->span);
	const struct source_file *file = source_file_at(source, st->rule->span.off);
	if (text.n > LINE_SHOWN)
		text.n = LINE_SHOWN;
	if (file == source->items[0] && !source->is_joined)
		say(out, "    %6u ", line);
	else
		say(out, "    %s:%u ", file->name, line);
	say(out, "%.*s\n", STR_FMT(text));
}

void say_diff(FILE *out, const char *diff, bool colour)
{
	const struct palette *c = palette_of(colour);
	struct str rest = str_from(diff);
	if (!colour) {
		say_text(out, rest);
		return;
	}
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		bool is_name = str_starts(line, "--- ") || str_starts(line, "+++ ");
		enum style style = is_name                  ? c->bold
				   : str_starts(line, "+")  ? c->green
				   : str_starts(line, "-")  ? c->red
				   : str_starts(line, "@@") ? c->cyan
							    : STYLE_NONE;
		say(out, "%c%.*s%c\n", style, STR_FMT(line), style ? c->off : STYLE_NONE);
	}
}

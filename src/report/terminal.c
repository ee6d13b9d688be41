/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reports for people share: colours, carets, the rules of a trace. */
#include "terminal.h"

#define LINE_SHOWN 220

static const struct palette plain = { "", "", "", "", "", "" };
static const struct palette coloured = { "\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;36m",
					 "\033[32m", "\033[0m" };

const struct palette *palette_of(bool colour)
{
	return colour ? &coloured : &plain;
}

const char *severity_colour(const struct palette *c, enum severity s)
{
	switch (s) {
	case SEV_ERROR: return c->red;
	case SEV_WARNING: return c->yellow;
	case SEV_NOTE: return c->cyan;
	}
	return c->off;
}

void print_safely(FILE *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '\n') {
			fputc(' ', out);
			while (i + 1 < s.n && strchr(" \t\n", s.p[i + 1]) && s.p[i + 1])
				i++;
			continue;
		}
		fputc((c < 32 && c != '\t') || c == 127 ? '?' : c, out);
	}
}

void print_caret(FILE *out, const struct source *s, struct span span, const char *colour,
			const char *off)
{
	uint32_t line, col;
	source_pos(s, span.off, &line, &col);
	struct str text = source_line(s, span.off);
	uint32_t from = 0, len = span.len ? span.len : 1;
	if (col > LINE_SHOWN)
		from = col - LINE_SHOWN / 2;
	struct str shown = { text.p + from, text.n - (from < text.n ? from : text.n) };
	if (shown.n > LINE_SHOWN)
		shown.n = LINE_SHOWN;
	fprintf(out, "%6u | ", line);
	print_safely(out, shown);
	fprintf(out, "\n       | ");
	for (uint32_t i = from; i + 1 < col; i++)
		fputc(i < text.n && text.p[i] == '\t' ? '\t' : ' ', out);
	if (len > text.n - (col - 1) && col <= text.n)
		len = (uint32_t)(text.n - (col - 1));
	fprintf(out, "%s^", colour);
	for (uint32_t i = 1; i < len && i < 60; i++)
		fputc('~', out);
	fprintf(out, "%s\n", off);
}

void report_diags(FILE *out, const struct source *s, const struct diags *d, bool colour)
{
	const struct palette *c = palette_of(colour);
	for (size_t i = 0; i < d->n; i++) {
		uint32_t line, col;
		source_pos(s, d->items[i].span.off, &line, &col);
		fprintf(out, "%s%s:%u:%u: %serror:%s ", c->bold, source_file_at(s, d->items[i].span.off)->name, line, col,
			c->red, c->off);
		print_safely(out, str_from(d->items[i].message));
		fputc('\n', out);
		print_caret(out, s, d->items[i].span, c->red, c->off);
	}
	if (d->dropped)
		fprintf(out, "%s: %zu more errors\n", s->name, d->dropped);
}

void print_step(FILE *out, const struct source *source, const struct trace_step *st)
{
	struct verdict v = { .kind = st->verdict };
	if (st->rule)
		v = st->rule->verdict;
	if (!st->rule && !st->base->n && st->verdict == VERDICT_ACCEPT)
		return; /* an empty chain says nothing */
	if (!st->rule) {
		fprintf(out, "           policy of %.*s: %s\n", STR_FMT(st->base->name),
			st->base->policy == POLICY_UNKNOWN ? "not known" : verdict_name(&v));
		return;
	}
	uint32_t line, col;
	source_pos(source, st->rule->span.off, &line, &col);
	struct str text = source_view(source, st->rule->span);
	const struct source_file *file = source_file_at(source, st->rule->span.off);
	if (text.n > LINE_SHOWN)
		text.n = LINE_SHOWN;
	if (file == source->items[0])
		fprintf(out, "    %6u ", line);
	else
		fprintf(out, "    %s:%u ", file->name, line);
	print_safely(out, text);
	fputc('\n', out);
}

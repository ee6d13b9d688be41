/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For people: place, sentence, line with a caret, witness, trace, fix. */
#include <fwlint/report.h>

extern const struct format format_text;

struct palette {
	const char *bold, *red, *yellow, *cyan, *green, *off;
};

static const struct palette plain = { "", "", "", "", "", "" };
static const struct palette coloured = { "\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;36m",
					 "\033[32m", "\033[0m" };

static const struct palette *palette_of(bool colour)
{
	return colour ? &coloured : &plain;
}

static const char *severity_colour(const struct palette *c, enum severity s)
{
	switch (s) {
	case SEV_ERROR: return c->red;
	case SEV_WARNING: return c->yellow;
	case SEV_NOTE: return c->cyan;
	}
	return c->off;
}

/*
 * Control characters of the input never reach the terminal, and what stands on
 * several lines is shown on one.
 */
static void print_safely(FILE *out, struct str s)
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

#define LINE_SHOWN 220

static void print_caret(FILE *out, const struct source *s, struct span span, const char *colour,
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

static void print_step(FILE *out, const struct report *r, const struct trace_step *st)
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
	source_pos(r->source, st->rule->span.off, &line, &col);
	struct str text = source_view(r->source, st->rule->span);
	const struct source_file *file = source_file_at(r->source, st->rule->span.off);
	if (text.n > LINE_SHOWN)
		text.n = LINE_SHOWN;
	if (file == r->source->items[0])
		fprintf(out, "    %6u ", line);
	else
		fprintf(out, "    %s:%u ", file->name, line);
	print_safely(out, text);
	fputc('\n', out);
}

/* Is the finding gone, or less severe, once the fixes are made? */
static bool is_solved(const struct report *r, const struct finding *f)
{
	for (size_t i = 0; i < r->plan->remaining.n; i++) {
		const struct finding *left = &r->plan->remaining.items[i];
		if (left->check == f->check && left->rule->id == f->rule->id &&
		    left->severity >= f->severity)
			return false;
	}
	return true;
}

static const struct fix *fix_for(const struct fix_list *list, const struct finding *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].finding->check == f->check &&
		    list->items[i].finding->rule->id == f->rule->id)
			return &list->items[i];
	return NULL;
}

static void print_fix(FILE *out, const struct report *r, const struct finding *f,
		      const struct palette *c, struct arena *a)
{
	const char *owner = chain_owner_advice(r->ruleset, f->rule->chain);
	const struct fix *fix = r->plan ? fix_for(&r->plan->used, f) : NULL;
	const struct fix *offered = r->plan ? fix_for(&r->plan->offered, f) : NULL;
	if (!r->plan || !f->wants_fix)
		return;
	if (!fix)
		fix = offered;
	if (!fix && r->plan->used.n && is_solved(r, f)) {
		fprintf(out, "  %sfix%s:     by the fixes of the other findings\n", c->green, c->off);
	} else if (fix) {
		fprintf(out, "  %sfix%s:     %s\n", c->green, c->off, fix->text);
		fprintf(out, "           %s: %s\n", fix->safety == FIX_SAFE ? "safe" : "unsafe",
			fix_certificate(fix, a));
		if (fix->hazard)
			fprintf(out, "           %s\n", fix->hazard);
		if (fix == offered)
			fprintf(out, "           not applied without --unsafe-fixes\n");
	} else if (owner) {
		fprintf(out, "  help:    '%.*s' is a %s\n", STR_FMT(f->rule->chain->name), owner);
	} else if (r->plan->failed) {
		fprintf(out, "  help:    no fix: %s\n", r->plan->failed);
	} else {
		fprintf(out, "  help:    no fix was found that changes nothing else\n");
	}
}

static void print_finding(FILE *out, const struct report *r, const struct finding *f,
			  const struct format_options *o, struct arena *a)
{
	const struct palette *c = palette_of(o->colour);
	uint32_t line, col;
	source_pos(r->source, f->span.off, &line, &col);
	fprintf(out, "%s%s:%u:%u: %s%s:%s %s%s%s %s: %s\n", c->bold,
		source_file_at(r->source, f->span.off)->name, line, col, severity_colour(c, f->severity), severity_name(f->severity), c->off, c->bold,
		f->check->id, c->off, f->check->name, f->message);
	if (o->quiet)
		return;
	print_caret(out, r->source, f->span, severity_colour(c, f->severity), c->off);
	fprintf(out, "  witness: ");
	print_safely(out, str_from(packet_words(r->ruleset, &f->witness, a)));
	fprintf(out, "\n  trace:   %s path\n", path_name(f->path));
	for (size_t i = 0; i < f->trace.n; i++)
		print_step(out, r, &f->trace.items[i]);
	fprintf(out, "           => %s\n", verdict_name(&f->trace.verdict));
	print_fix(out, r, f, c, a);
	fprintf(out, "  help:    fwlint explain %s\n\n", f->check->id);
}

static void print_input(FILE *out, const struct report *r, const struct format_options *o,
			size_t index)
{
	struct arena *a = arena_new();
	(void)index;
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		print_finding(out, r, &r->findings->items[i], o, a);
	if (r->diff && !o->quiet)
		fputs(r->diff, out);
	arena_free(a);
}

static void nothing(FILE *out, const struct format_options *o)
{
	(void)out, (void)o;
}

const struct format format_text = {
	.name = "text",
	.about = "for people: the place, a witness packet, its way, the fix, and the diff",
	.begin = nothing, .input = print_input, .end = nothing,
};

/* ---- explain ---- */

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

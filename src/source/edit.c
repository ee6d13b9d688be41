/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text edits and the unified diff that they make. The diff is written from the edits themselves, by
 * whole lines, so it shows exactly what is done.
 */
#include <fwlint/source.h>

#define CONTEXT 3

void edits_add(struct edits *e, struct span span, struct str text)
{
	struct edit item = { span, text };
	vec_push(e->arena, e, item);
	for (size_t i = e->n - 1; i > 0 && e->items[i - 1].span.off > span.off; i--) {
		e->items[i] = e->items[i - 1];
		e->items[i - 1] = item;
	}
}

static bool is_in(const struct source_file *f, struct span sp)
{
	return sp.off >= f->base && sp.off - f->base <= f->len;
}

bool edits_touch(const struct edits *e, const struct source_file *f)
{
	for (size_t i = 0; i < e->n; i++)
		if (is_in(f, e->items[i].span))
			return true;
	return false;
}

/* The edits of one file, with offsets from its start. */
static struct edits edits_of(const struct edits *e, const struct source_file *f, struct arena *a)
{
	struct edits out = { .arena = a };
	for (size_t i = 0; i < e->n; i++)
		if (is_in(f, e->items[i].span)) {
			struct edit one = e->items[i];
			one.span.off -= f->base;
			vec_push(a, &out, one);
		}
	return out;
}

struct str edits_apply(const struct edits *all, const struct source_file *f, struct arena *a)
{
	struct edits e = edits_of(all, f, a);
	struct text out = { .arena = a };
	size_t at = 0;
	for (size_t i = 0; i < e.n; i++) {
		const struct edit *ed = &e.items[i];
		FW_ASSERT(ed->span.off >= at && ed->span.off + ed->span.len <= f->len);
		text_add(&out, (struct str){ f->text + at, ed->span.off - at });
		text_add(&out, ed->text);
		at = (size_t)ed->span.off + ed->span.len;
	}
	text_add(&out, (struct str){ f->text + at, f->len - at });
	return text_str(&out);
}

/* Lines [old_from, old_to) become `text` (whole lines). */
struct line_change {
	size_t old_from, old_to;
	struct str text;
};

struct line_changes {
	struct line_change *items;
	size_t n, cap;
};

static size_t line_of(const struct source_file *s, size_t off)
{
	size_t lo = 0, hi = s->n_lines;
	if (off >= s->len && s->len && s->text[s->len - 1] == '\n')
		return s->n_lines;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->line_start[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static size_t line_off(const struct source_file *s, size_t line)
{
	return line < s->n_lines ? s->line_start[line] : s->len;
}

static size_t line_length(struct str s)
{
	const char *nl = memchr(s.p, '\n', s.n);
	return nl ? (size_t)(nl - s.p) + 1 : s.n;
}

static struct str old_line(const struct source_file *s, size_t line)
{
	return (struct str){ s->text + line_off(s, line),
			     line_off(s, line + 1) - line_off(s, line) };
}

/* Without the lines at either end that are the same before and after. */
static struct line_change trimmed(struct line_change c, const struct source_file *s)
{
	while (c.old_from < c.old_to && c.text.n) {
		struct str first = { c.text.p, line_length(c.text) };
		if (!str_eq(first, old_line(s, c.old_from)))
			break;
		c.text.p += first.n;
		c.text.n -= first.n;
		c.old_from++;
	}
	while (c.old_from < c.old_to && c.text.n) {
		struct str last = old_line(s, c.old_to - 1);
		bool starts = c.text.n == last.n ||
			      (c.text.n > last.n && c.text.p[c.text.n - last.n - 1] == '\n');
		if (!starts || memcmp(c.text.p + c.text.n - last.n, last.p, last.n) != 0)
			break;
		c.text.n -= last.n;
		c.old_to--;
	}
	return c;
}

/* Widens edits to whole lines and joins those that touch the same line. */
static struct line_changes whole_lines(const struct edits *e, const struct source_file *s,
				       struct arena *a)
{
	struct line_changes out = { 0 };
	for (size_t i = 0; i < e->n;) {
		size_t from = line_of(s, e->items[i].span.off);
		bool at_start = line_off(s, from) == e->items[i].span.off;
		size_t to = from, j = i;
		for (; j < e->n; j++) {
			const struct edit *ed = &e->items[j];
			size_t first = line_of(s, ed->span.off);
			bool pure_insert = ed->span.len == 0 &&
					   line_off(s, first) == ed->span.off && ed->text.n &&
					   ed->text.p[ed->text.n - 1] == '\n';
			size_t last = pure_insert ? first
						  : line_of(s, ed->span.off + ed->span.len -
								       (ed->span.len ? 1 : 0)) +
							    1;
			if (j > i && (first > to ||
				      (first == to && !(pure_insert && at_start && to == from))))
				break;
			if (last > to)
				to = last;
			if (to > s->n_lines)
				to = s->n_lines;
		}
		struct text t = { .arena = a };
		size_t at = line_off(s, from);
		for (size_t k = i; k < j; k++) {
			const struct edit *ed = &e->items[k];
			text_add(&t, (struct str){ s->text + at, ed->span.off - at });
			text_add(&t, ed->text);
			at = (size_t)ed->span.off + ed->span.len;
		}
		text_add(&t, (struct str){ s->text + at, line_off(s, to) - at });
		struct line_change c = trimmed((struct line_change){ from, to, text_str(&t) }, s);
		vec_push(a, &out, c);
		i = j;
	}
	return out;
}

static void add_lines(struct text *t, char mark, struct str block)
{
	while (block.n) {
		const char *nl = memchr(block.p, '\n', block.n);
		size_t n = nl ? (size_t)(nl - block.p) + 1 : block.n;
		text_printf(t, "%c%.*s", mark, (int)n, block.p);
		if (!nl)
			text_printf(t, "\n\\ No newline at end of file\n");
		block.p += n;
		block.n -= n;
	}
}

static size_t count_lines(struct str block)
{
	size_t n = 0;
	for (size_t i = 0; i < block.n; i++)
		n += block.p[i] == '\n';
	return n + (block.n && block.p[block.n - 1] != '\n');
}

static void add_context(struct text *t, const struct source_file *s, size_t from, size_t to)
{
	if (from < to)
		add_lines(t, ' ',
			  (struct str){ s->text + line_off(s, from),
					line_off(s, to) - line_off(s, from) });
}

/* "@@ -a,b +c,d @@": GNU diff counts an empty range from the line before it. */
static void add_range(struct text *t, char sign, size_t start, size_t count)
{
	if (count == 1)
		text_printf(t, " %c%zu", sign, start + 1);
	else
		text_printf(t, " %c%zu,%zu", sign, count ? start + 1 : start, count);
}

/* Quotes a name that would not stay on its line, as git and GNU diff write it and patch(1) reads
 * it. */
static const char *diff_name(const char *name, struct arena *a)
{
	struct text t = { .arena = a };
	if (!strpbrk(name, "\"\\\t") && str_is_visible(str_from(name)))
		return name;
	text_printf(&t, "\"");
	for (const char *p = name; *p; p++)
		if (*p == '"' || *p == '\\')
			text_printf(&t, "\\%c", *p);
		else
			text_printf(&t, *p < ' ' || *p > '~' ? "\\%03o" : "%c", (unsigned char)*p);
	text_printf(&t, "\"");
	return arena_strndup(a, t.items, t.n);
}

static void add_file_diff(struct text *out, const struct edits *all, const struct source_file *s,
			  struct arena *a)
{
	struct edits e = edits_of(all, s, a);
	struct line_changes c = whole_lines(&e, s, a);
	const char *name = diff_name(s->name, a);
	text_printf(out, "--- %s\n+++ %s\n", name, name);
	long shift = 0;
	for (size_t i = 0; i < c.n;) {
		size_t j = i + 1;
		while (j < c.n &&
		       c.items[j].old_from - c.items[j - 1].old_to <= (size_t)2 * CONTEXT)
			j++;
		size_t from = c.items[i].old_from > CONTEXT ? c.items[i].old_from - CONTEXT : 0;
		size_t to = c.items[j - 1].old_to + CONTEXT;
		if (to > s->n_lines)
			to = s->n_lines;
		long grown = 0;
		for (size_t k = i; k < j; k++)
			grown += (long)count_lines(c.items[k].text) -
				 (long)(c.items[k].old_to - c.items[k].old_from);
		text_printf(out, "@@");
		add_range(out, '-', from, to - from);
		add_range(out, '+', (size_t)((long)from + shift),
			  (size_t)((long)(to - from) + grown));
		text_printf(out, " @@\n");
		size_t at = from;
		for (size_t k = i; k < j; k++) {
			const struct line_change *lc = &c.items[k];
			add_context(out, s, at, lc->old_from);
			add_lines(out, '-',
				  (struct str){ s->text + line_off(s, lc->old_from),
						line_off(s, lc->old_to) -
							line_off(s, lc->old_from) });
			add_lines(out, '+', lc->text);
			at = lc->old_to;
		}
		add_context(out, s, at, to);
		shift += grown;
		i = j;
	}
}

struct str edits_diff(const struct edits *e, const struct source *s, struct arena *a)
{
	struct text t = { .arena = a };
	for (size_t i = 0; i < s->n; i++)
		if (edits_touch(e, s->items[i]))
			add_file_diff(&t, e, s->items[i], a);
	return text_str(&t);
}

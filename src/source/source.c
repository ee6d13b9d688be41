/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and their line indexes: one pass, then binary search. */
#include <fwlint/source.h>

#include <stdarg.h>
#include <stdio.h>

static void index_lines(struct source_file *f, struct arena *a)
{
	const char *end = f->len ? f->text + f->len : NULL; /* an empty text may be NULL */
	size_t lines = 1;
	for (const char *p = f->text; f->len && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines++;
	uint32_t *start = arena_new_array(a, uint32_t, lines);
	size_t n = 1;
	for (const char *p = f->text; f->len && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		start[n++] = (uint32_t)(p + 1 - f->text);
	if (n > 1 && start[n - 1] == f->len)
		n--; /* nothing follows the last line end */
	f->line_start = start;
	f->n_lines = n;
}

/* One more than the length of the last file, so that its end is a place of its own. */
static uint64_t source_end(const struct source *s)
{
	const struct source_file *last = s->n ? s->items[s->n - 1] : NULL;
	return last ? (uint64_t)last->base + last->len + 1 : 0;
}

static struct source_file *add_at(struct source *s, uint64_t base, const char *name,
				  const char *text, size_t len)
{
	if (base + len >= UINT32_MAX)
		return NULL;
	struct source_file *f = arena_new_one(s->arena, struct source_file);
	*f = (struct source_file){ .name = name, .text = text, .len = len, .base = (uint32_t)base };
	index_lines(f, s->arena);
	vec_push(s->arena, s, f);
	return f;
}

struct source_file *source_add(struct source *s, const char *name, const char *text, size_t len)
{
	return add_at(s, source_end(s), name, text, len);
}

struct source *source_new(struct arena *a, const char *name, const char *text, size_t len)
{
	FW_ASSERT(len <= SOURCE_MAX);
	struct source *s = arena_new_one(a, struct source);
	*s = (struct source){ .arena = a, .name = name, .text = text, .len = len };
	FW_ASSERT(source_add(s, name, text, len));
	return s;
}

struct source *source_new_behind(const struct source *before, struct arena *a, const char *name,
				 const char *text, size_t len)
{
	FW_ASSERT(len <= SOURCE_MAX);
	struct source *s = arena_new_one(a, struct source);
	*s = (struct source){ .arena = a, .name = name, .text = text, .len = len };
	return add_at(s, source_end(before), name, text, len) ? s : NULL;
}

struct source *source_join(struct arena *a, const char *name, struct source *const *parts, size_t n)
{
	struct source *s = arena_new_one(a, struct source);
	*s = (struct source){ .arena = a,
			      .name = name,
			      .text = parts[0]->text,
			      .len = parts[0]->len,
			      .is_joined = n > 1 };
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < parts[i]->n; k++)
			vec_push(a, s, parts[i]->items[k]);
		for (size_t k = 0; k < parts[i]->includes.n; k++)
			vec_push(a, &s->includes, parts[i]->includes.items[k]);
	}
	return s;
}

const struct source_file *source_file_at(const struct source *s, uint32_t off)
{
	size_t lo = 0, hi = s->n;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->items[mid]->base <= off)
			lo = mid;
		else
			hi = mid;
	}
	return s->items[lo];
}

static size_t line_index(const struct source_file *f, uint32_t off)
{
	size_t lo = 0, hi = f->n_lines;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (f->line_start[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

void source_pos(const struct source *s, uint32_t off, uint32_t *ret_line, uint32_t *ret_col)
{
	const struct source_file *f = source_file_at(s, off);
	size_t i = line_index(f, off - f->base);
	*ret_line = (uint32_t)i + 1;
	*ret_col = off - f->base - f->line_start[i] + 1;
}

struct span source_line_span(const struct source *s, uint32_t off)
{
	const struct source_file *f = source_file_at(s, off);
	size_t i = line_index(f, off - f->base);
	size_t end = i + 1 < f->n_lines ? f->line_start[i + 1] : f->len;
	return (struct span){ f->base + f->line_start[i], (uint32_t)(end - f->line_start[i]) };
}

struct str source_line(const struct source *s, uint32_t off)
{
	struct str l = source_view(s, source_line_span(s, off));
	if (l.n && l.p[l.n - 1] == '\n')
		l.n--;
	if (l.n && l.p[l.n - 1] == '\r')
		l.n--;
	return l;
}

struct str source_view(const struct source *s, struct span sp)
{
	const struct source_file *f = source_file_at(s, sp.off);
	FW_ASSERT(sp.off - f->base + (size_t)sp.len <= f->len);
	return (struct str){ f->text + (sp.off - f->base), sp.len };
}

struct span source_span(const struct source *s, struct str view)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct source_file *f = s->items[i];
		if (view.p >= f->text && view.p + view.n <= f->text + f->len)
			return (struct span){ f->base + (uint32_t)(view.p - f->text),
					      (uint32_t)view.n };
	}
	fw_bug(__FILE__, __LINE__, "the view points into the source");
}

void diag_vadd(struct diags *d, struct span span, enum error_code code, const char *fmt, va_list ap)
{
	char buf[1024];
	if (d->n >= DIAG_MAX) {
		d->dropped++;
		return;
	}
	vsnprintf(buf, sizeof(buf), fmt, ap);
	struct diag item = { .span = span,
			     .code = code,
			     .message = arena_strndup(d->arena, buf, strlen(buf)) };
	vec_push(d->arena, d, item);
}

void diag_add(struct diags *d, struct span span, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	diag_vadd(d, span, code, fmt, ap);
	va_end(ap);
}

void diags_sort(struct diags *d)
{
	for (size_t i = 1; i < d->n; i++)
		for (size_t k = i; k && d->items[k].span.off < d->items[k - 1].span.off; k--) {
			struct diag later = d->items[k - 1];
			d->items[k - 1] = d->items[k];
			d->items[k] = later;
		}
}

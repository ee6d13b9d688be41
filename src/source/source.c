/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line index: one pass, then binary search. */
#include <fwlint/source.h>

#include <stdarg.h>
#include <stdio.h>

struct source *source_new(struct arena *a, const char *name, const char *text, size_t len)
{
	FW_ASSERT(len <= SOURCE_MAX);
	size_t lines = 1;
	for (const char *p = text, *end = text + len;
	     len && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines++;
	uint32_t *start = arena_new_array(a, uint32_t, lines);
	size_t n = 1;
	for (const char *p = text, *end = text + len;
	     len && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		start[n++] = (uint32_t)(p + 1 - text);
	if (n > 1 && start[n - 1] == len)
		n--; /* nothing follows the last line end */
	struct source *s = arena_new_one(a, struct source);
	*s = (struct source){ name, text, len, start, n };
	return s;
}

static size_t line_index(const struct source *s, uint32_t off)
{
	size_t lo = 0, hi = s->n_lines;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->line_start[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

void source_pos(const struct source *s, uint32_t off, uint32_t *ret_line, uint32_t *ret_col)
{
	size_t i = line_index(s, off);
	*ret_line = (uint32_t)i + 1;
	*ret_col = off - s->line_start[i] + 1;
}

static size_t line_end(const struct source *s, size_t i)
{
	return i + 1 < s->n_lines ? s->line_start[i + 1] : s->len;
}

struct str source_line(const struct source *s, uint32_t line)
{
	FW_ASSERT(line >= 1 && line <= s->n_lines);
	struct str l = { s->text + s->line_start[line - 1],
			 line_end(s, line - 1) - s->line_start[line - 1] };
	if (l.n && l.p[l.n - 1] == '\n')
		l.n--;
	if (l.n && l.p[l.n - 1] == '\r')
		l.n--;
	return l;
}

struct span source_line_span(const struct source *s, uint32_t off)
{
	size_t i = line_index(s, off);
	return (struct span){ s->line_start[i],
			      (uint32_t)(line_end(s, i) - s->line_start[i]) };
}

struct str source_view(const struct source *s, struct span sp)
{
	return (struct str){ s->text + sp.off, sp.len };
}

struct span source_span(const struct source *s, struct str view)
{
	FW_ASSERT(view.p >= s->text && view.p + view.n <= s->text + s->len);
	return (struct span){ (uint32_t)(view.p - s->text), (uint32_t)view.n };
}

void diag_add(struct diags *d, struct span span, const char *fmt, ...)
{
	if (d->n >= DIAG_MAX) {
		d->dropped++;
		return;
	}
	va_list ap;
	char buf[1024];
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	struct diag item = { span, arena_strndup(d->arena, buf, strlen(buf)) };
	vec_push(d->arena, d, item);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: the bytes of one input, its line index, spans into it, diagnostics
 * about it and text edits of it. Views into a source stay valid as long as
 * the arena that the source lives in.
 */
#ifndef FWLINT_SOURCE_H
#define FWLINT_SOURCE_H

#include <fwlint/base.h>

#define SOURCE_MAX ((size_t)2 << 30) /* bytes: 2 GiB */

struct source {
	const char *name;   /* as shown in messages: a path, or "-" */
	const char *text;
	size_t len;
	const uint32_t *line_start; /* byte offset of each line */
	size_t n_lines;
};

/* `len` bytes at byte offset `off` of a source. */
struct span {
	uint32_t off, len;
};

/* Indexes the lines of `text` (at most SOURCE_MAX bytes, not copied). */
struct source *source_new(struct arena *a, const char *name, const char *text, size_t len);
/* 1-based line and column (in bytes) of a byte offset. */
void source_pos(const struct source *s, uint32_t off, uint32_t *ret_line, uint32_t *ret_col);
/* The text of 1-based line `line`, without its line end. */
struct str source_line(const struct source *s, uint32_t line);
/* The span of the line that contains `off`, its line end included. */
struct span source_line_span(const struct source *s, uint32_t off);
struct str source_view(const struct source *s, struct span sp);
/* The span of a view that points into the source. */
struct span source_span(const struct source *s, struct str view);

/* ---- diagnostics: what is wrong with the input ---- */

struct diag {
	struct span span;
	const char *message; /* lower case, no full stop */
};

#define DIAG_MAX 100 /* kept per input; later ones are only counted */

struct diags {
	struct arena *arena;
	struct diag *items;
	size_t n, cap;
	size_t dropped;
};

void diag_add(struct diags *d, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- text edits ---- */

/* Replace the bytes of `span` by `text`; an empty span inserts. */
struct edit {
	struct span span;
	struct str text;
};

struct edits {
	struct arena *arena;
	struct edit *items;
	size_t n, cap;
};

/* Adds an edit, keeping the list sorted by offset; equal offsets keep order. */
void edits_add(struct edits *e, struct span span, struct str text);
/* The source with all edits made. They must not overlap. */
struct str edits_apply(const struct edits *e, const struct source *s, struct arena *a);
/*
 * A unified diff (3 lines of context) from the source to the edited text, with
 * `old_name` and `new_name` in its header; empty when there are no edits.
 */
struct str edits_diff(const struct edits *e, const struct source *s,
		      const char *old_name, const char *new_name, struct arena *a);

#endif

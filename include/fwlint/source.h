/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: the bytes of one input, its line index, spans into it, diagnostics
 * about it and text edits of it. Views into a source stay valid as long as
 * the arena that the source lives in.
 */
#ifndef FWLINT_SOURCE_H
#define FWLINT_SOURCE_H

#include <fwlint/base.h>

#define SOURCE_MAX ((size_t)2 << 30) /* bytes of the first file: 2 GiB */

/* One file of a source: the input itself, or one that it includes. */
struct source_file {
	const char *name; /* as shown in messages: a path, or "stdin" */
	const char *text;
	size_t len;
	const uint32_t *line_start; /* byte offset of each line, from `text` */
	size_t n_lines;
	uint32_t base; /* offset of its first byte in the source */
};

/* What an include statement named, so that a second reading finds the same files. */
struct source_include {
	const struct source_file *from;
	struct str pattern;
	struct source_file **items;
	size_t n, cap;
};

/*
 * The files of one input. Offsets count through all files, so one number is enough for a place and
 * its file.
 */
struct source {
	struct arena *arena;
	const char *name; /* the name of the first file, with its text */
	const char *text;
	size_t len;
	struct source_file **items;
	size_t n, cap;
	VEC(struct source_include *) includes;
	bool is_joined; /* made of several inputs: a line number alone does not identify the file */
};

/* `len` bytes at byte offset `off` of a source. */
struct span {
	uint32_t off, len;
};

/* Indexes the lines of `text` (at most SOURCE_MAX bytes, not copied). */
struct source *source_new(struct arena *a, const char *name, const char *text, size_t len);
/*
 * The same for an input that will be joined with others: its offsets follow those of `before`. NULL
 * when all together would hold more than 4 GiB.
 */
FW_CHECKED
struct source *source_new_behind(const struct source *before, struct arena *a, const char *name,
				 const char *text, size_t len);
/* All files of the n sources, each made after the previous one; places in a part are places in the
 * whole. */
FW_CHECKED
struct source *source_join(struct arena *a, const char *name, struct source *const *parts,
			   size_t n);
/* Adds a file; NULL when the source would hold more than 4 GiB. */
FW_CHECKED
struct source_file *source_add(struct source *s, const char *name, const char *text, size_t len);
/* The file that holds an offset. */
const struct source_file *source_file_at(const struct source *s, uint32_t off);
/* 1-based line and column (in bytes) of a byte offset, in its file. */
void source_pos(const struct source *s, uint32_t off, uint32_t *ret_line, uint32_t *ret_col);
/* The text of the line that contains `off`, without its line end. */
struct str source_line(const struct source *s, uint32_t off);
/* The span of the line that contains `off`, its line end included. */
struct span source_line_span(const struct source *s, uint32_t off);
struct str source_view(const struct source *s, struct span sp);
/* The span of a view that points into one of the source's files. */
struct span source_span(const struct source *s, struct str view);

/* ---- diagnostics: what is wrong with the input ---- */

/*
 * Why an input cannot be loaded or read: its code is FW001 for 1, and so on. A page in src/checks
 * says what each is; FW002 is a check.
 */
enum error_code {
	ERROR_QUESTION = 0,   /* words of a question, not of an input: it has no code */
	ERROR_SYNTAX = 1,     /* something else is expected here */
	ERROR_WORD = 3,       /* a word that the language does not have */
	ERROR_VALUE = 4,      /* a value that is out of bounds, too long, or none */
	ERROR_TYPE = 5,       /* a value, a set or a map of another type */
	ERROR_PLACE = 6,      /* not in this hook, chain, table, family, or kind of file */
	ERROR_MISSING = 7,    /* it needs something beside it that is not there */
	ERROR_CONFLICT = 8,   /* two things that exclude each other */
	ERROR_UNDEFINED = 9,  /* a name that nothing has */
	ERROR_DUPLICATE = 10, /* a name, an element or an option that exists already */
	ERROR_LOOP = 11,      /* chains that lead back to themselves */
	ERROR_DEPTH = 12,     /* jumps, blocks or files nested too deep */
	ERROR_USED = 13,      /* what is still used is deleted */
	ERROR_FORMAT = 14,    /* this is no ruleset */
	ERROR_LIMIT = 15      /* it may load, but fwlint cannot tell what it does */
};

struct diag {
	struct span span;
	enum error_code code;
	const char *message; /* lower case, no full stop */
	bool is_hidden;      /* do not show the line: it may be a secret */
};

#define DIAG_MAX 100 /* kept per input; later ones are only counted */

struct diags {
	struct arena *arena;
	struct diag *items;
	size_t n, cap;
	size_t dropped;
};

void diag_add(struct diags *d, struct span span, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* In the order of their places. */
void diags_sort(struct diags *d);
void diag_vadd(struct diags *d, struct span span, enum error_code code, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

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
/* Is there an edit of this file? */
bool edits_touch(const struct edits *e, const struct source_file *f);
/* The file's text with all its edits. They must not overlap. */
struct str edits_apply(const struct edits *all, const struct source_file *f, struct arena *a);
/*
 * A unified diff (3 lines of context) of every edited file, one after the
 * other, with the file's name in its header; empty when there are no edits.
 */
struct str edits_diff(const struct edits *e, const struct source *s, struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libfwlint: lints rulesets of Linux netfilter for another program. Link with
 * `pkg-config --cflags --libs fwlint`; docs/examples/lint.c is a whole program.
 *
 * All functions may be called in several threads, each with a report of its own. Nothing is
 * printed, no file is written, and files are read only where `include_from` allows it. Running out
 * of memory ends the program with abort(3).
 */
#ifndef FWLINT_PUBLIC_H
#define FWLINT_PUBLIC_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0", of the library that is linked. */
const char *fwlint_version(void);

enum fwlint_severity { FWLINT_NOTE, FWLINT_WARNING, FWLINT_ERROR };

/* Zeroed, it means: as `fwlint FILE` does, without files that are included. */
struct fwlint_options {
	const char *dialect;      /* "iptables", "nft", "nft-json"; NULL: it is detected */
	const char *select;       /* "FW101,FW2": these checks only; NULL: those that are on */
	const char *ignore;       /* not these; NULL: none */
	const char *include_from; /* nft's include statements may read files below this directory;
				     NULL: none */
	bool unsafe_fixes;        /* use unsafe fixes in the corrected text, too */
};

/* What was found; the texts live as long as the report, in UTF-8. */
struct fwlint_finding {
	const char *code, *name; /* "FW102", "invalid-reaches-tcp-reset" */
	enum fwlint_severity severity;
	const char *message; /* one clause */
	const char *detail;  /* a sentence, or NULL */
	const char *file;    /* the name that was given, or an included file */
	unsigned line, column, end_line, end_column; /* from 1, columns in bytes; the end is behind
							the last byte */
	const char *fix; /* the rule that is inserted, as text; NULL: none is known */
	bool is_fix_safe;
};

struct fwlint_report;

/*
 * Lints a text of `length` bytes; `name` stands for it in messages. `options` may be NULL. Never
 * NULL; fwlint_free() ends it.
 */
struct fwlint_report *fwlint_lint(const char *name, const char *text, size_t length,
				  const struct fwlint_options *options);
/* NULL, or why the text could not be read: then there are no findings. */
const char *fwlint_error(const struct fwlint_report *r);
size_t fwlint_count(const struct fwlint_report *r);
/* Number `i` of them, in the order of the text; false: there is none. */
bool fwlint_get(const struct fwlint_report *r, size_t i, struct fwlint_finding *ret);
/* The corrected text of the input, zero-terminated; `length` may be NULL. */
const char *fwlint_corrected(const struct fwlint_report *r, size_t *length);
/* The same as a unified diff, with included files; "": nothing is changed. */
const char *fwlint_diff(const struct fwlint_report *r);
void fwlint_free(struct fwlint_report *r);

#ifdef __cplusplus
}
#endif

#endif

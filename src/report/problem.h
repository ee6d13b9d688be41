/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to report: shared by the formats that only have places and words. Each gets the problems
 * one by one: the errors of the input, then the findings that are shown.
 */
#ifndef REPORT_PROBLEM_H
#define REPORT_PROBLEM_H

#include <fwlint/report.h>

/* Lines and columns from 1 on; the end is behind the last character. */
struct text_region {
	const char *file;
	uint32_t line, col, end_line, end_col; /* columns in bytes */
	uint32_t char_col, end_char_col;       /* and in characters */
};

/* The region of a span; a span that ends in another file gets an empty region at its start. */
struct text_region text_region_of(const struct source *s, struct span span);

struct problem {
	enum severity severity;
	struct text_region at;       /* line 0: no place in the file */
	const char *code, *name;     /* of a check or an error; or NULL and "unreadable" */
	const char *message;         /* as it is, raw */
	const char *fingerprint;     /* of the finding in its file */
	const struct finding *found; /* NULL: the input could not be read */
};

void report_problems(struct printer *p, const struct report *r,
		     void (*print)(struct printer *p, const struct problem *x));
/* How many report_problems() would print. */
void count_problems(const struct printer *p, const struct report *r, size_t *ret_errors,
		    size_t *ret_findings);
/* Identifies a finding among all files: 32 hexadecimal digits, made from its fingerprint and the
 * file's name. */
const char *problem_digest(const struct problem *x, struct arena *a);

/* The name of a file as SARIF, and formats without room for more, have it. */
const char *plain_path(const char *path);

/* Writes text for XML, also between '"': visible, and valid XML 1.0 whatever its bytes are. */
void say_xml(FILE *out, const char *words);

#endif

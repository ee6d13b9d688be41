/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to report: what the formats that know places and words only have in common. Each gets one
 * problem after the other: what is wrong with the input, then the findings that are shown.
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

/* Of a span; one that ends in another file ends where it begins. */
struct text_region text_region_of(const struct source *s, struct span span);

struct problem {
	enum severity severity;
	struct text_region at;       /* line 0: it has no place in the file */
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
/* A finding among all files: of its fingerprint and the file's name, 32 hexadecimal digits. */
const char *problem_digest(const struct problem *x, struct arena *a);

/* A place in the way that SARIF, and the formats that have no room for more, name a file. */
const char *plain_path(const char *path);

/* Text in XML, also between '"': visible, and valid XML 1.0 whatever its bytes are. */
void say_xml(FILE *out, const char *words);

#endif

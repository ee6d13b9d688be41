/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linting inputs: files, and what --live reads. */
#ifndef CLI_LINT_H
#define CLI_LINT_H

#include "cli.h"

#include <fwlint/file.h>

struct job {
	struct input in;
	struct input *parts;    /* that are joined to `in` (--together, --live); or NULL */
	size_t n_parts;
	struct findings findings;
	struct fix_plan plan;
	const char *diff;
	struct replacement *replacements; /* one for each file of the source */
};

/* Reads the input, or the parts and joins them; false: it complained, and in.status says what to exit with. */
bool job_read(struct job *job, const struct settings *s);
/* Checks what was read, and plans the fixes. */
void job_analyse(struct job *job, const struct settings *s);
/* Writes the fixes of all inputs into their files, or of none (apply.c); returns an exit status. */
int apply_all(struct job *jobs, size_t n, const struct settings *s);
/* Reads, checks and prints each; returns the worst exit status. */
int lint_all(struct job *jobs, size_t n, const struct settings *s);

#endif

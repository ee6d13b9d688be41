/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to job. */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include <fwlint/job.h>

/* An error of the input, with the status that it causes. */
void input_fail(struct input *in, enum message_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with a place and a code; if `at` is empty, the line is not shown. */
void input_wrong(struct input *in, struct span at, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Settings of the kernel for the ruleset that was read; false: as for input_read(). */
FW_CHECKED bool input_add_settings(struct input *in, const struct read_options *o);

/* Opens included files. */
struct files {
	struct includer includer; /* files_includer(); stands first */
	struct input *in;
	const struct read_options *options;
};

struct includer files_includer(void);
/* The place of FILE or of an included file; NULL for files of --sysctl. */
const struct origin *input_origin(const struct input *in, const struct source_file *f);
/*
 * Do not show lines of included files and of --sysctl that are not part of a ruleset or a setting.
 */
void input_hide_lines(struct input *in);
/* Does the system load all files of the directory (absolute, without links), even a backup? */
FW_CHECKED bool system_globs(const char *dir, struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linting inputs of whatever kind. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "cli.h"

/*
 * Reads, checks and prints each, and with --apply writes the fixes of all or of none;
 * returns the worst exit status. `conntrack`: figures of the running kernel to show, or NULL.
 */
int lint_all(struct job *jobs, size_t n, const struct job_options *o, const struct settings *s,
	     const struct live_conntrack *conntrack);
/* The result of --apply is printed as text; in other formats, in a report that follows. */
bool reports_applied(const struct settings *s);
/* Prints that report: what is left, and after success what was changed; returns `status`, or that
 * of a failure. */
FW_CHECKED
int report_applied(const struct job *jobs, size_t n, bool done, int status,
		   const struct settings *s, const struct live_conntrack *conntrack);
/* Reports an input that could not even be requested: fwlint or the system failed. */
int lint_failed(const char *name, const char *why, const struct settings *s);
/* The same if the request itself was wrong. */
int lint_refused(const char *name, const char *why, const struct settings *s);
/* The exit status of a job that was analysed. */
int job_exit_status(const struct job *job, const struct settings *s);

#endif

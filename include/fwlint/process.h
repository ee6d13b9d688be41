/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process: the system's tools, work in a child process, and namespaces of
 * one's own. A library that prints or exits is called in a child.
 */
#ifndef FWLINT_PROCESS_H
#define FWLINT_PROCESS_H

#include <fwlint/base.h>

/* Exit statuses that no tool gave. */
#define PROCESS_FAILED 126  /* it could not be started, or was killed */
#define PROCESS_MISSING 127 /* there is no tool of this name */
#define PROCESS_ENDLESS 124 /* it did not end in PROCESS_SECONDS, and was killed */
#define PROCESS_SECONDS 60

/*
 * Runs a tool of the system's own folders with `input` on its standard input.
 * Returns its exit status. What it prints goes to `output`, and what it prints
 * as an error to `errors` (may be the same).
 */
FW_CHECKED
int process_run(const char *const argv[], struct str input, struct text *output,
		struct text *errors);
/*
 * Runs `work` in a child process and returns what it returns (0 to 123); its
 * standard output and error as above.
 */
FW_CHECKED
int process_call(int (*work)(void *arg), void *arg, struct text *output, struct text *errors);

/*
 * Moves this process, which must have only one thread, into network and mount
 * namespaces of its own (and a user namespace, where it needs one); /run is
 * empty there. For a child that ends soon. NULL, or why that cannot be done.
 */
FW_CHECKED const char *process_enter_namespaces(struct arena *a);

/* Writes a setting below /proc; false: errno says why. */
FW_CHECKED bool process_write(const char *path, const char *value);

/* One line to the system's log (syslog(3) levels), unless nobody takes it at once: a log that hangs
 * is not waited for. */
void process_log(int level, const char *message);

/* Milliseconds of a clock that only goes on, also while the system sleeps. */
long process_now_ms(void);

#endif

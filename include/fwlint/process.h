/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process: system tools, work in a child process, and private namespaces. A library that prints or
 * exits is called in a child.
 */
#ifndef FWLINT_PROCESS_H
#define FWLINT_PROCESS_H

#include <fwlint/base.h>

/* Exit statuses that did not come from a tool. */
#define PROCESS_FAILED 126  /* it could not be started, or was killed */
#define PROCESS_MISSING 127 /* there is no tool of this name */
#define PROCESS_ENDLESS 124 /* it did not end in PROCESS_SECONDS, and was killed */
#define PROCESS_SECONDS 60

/*
 * Runs a tool of the system's own folders with `input` on its standard input.
 * Returns its exit status. Its standard output goes to `output`, its standard error to `errors`
 * (may be the same).
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
 * Moves this process, which must have only one thread, into new network and mount namespaces (and a
 * user namespace, if it needs one); /run is empty there. For a child that ends soon. NULL, or why
 * that cannot be done.
 */
FW_CHECKED const char *process_enter_namespaces(struct arena *a);

/*
 * For good: no capabilities, the user nobody where this is root, and no program that is run gets
 * more (PR_SET_NO_NEW_PRIVS). What is open stays open. False: some are left.
 */
FW_CHECKED bool process_give_up_rights(void);

/* Writes a setting below /proc; false: errno says why. */
FW_CHECKED bool process_write(const char *path, const char *value);

/* One line to the system's log (syslog(3) levels), unless that would block: fwlint does not wait
 * for a log that hangs. */
void process_log(int level, const char *message);

/* Milliseconds of a clock that never goes back, and runs while the system sleeps. */
long process_now_ms(void);

#endif

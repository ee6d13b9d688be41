/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command in throw-away namespaces (user, network, mount, PID, IPC, UTS): it may change whatever
 * it likes, and all of it ends with the command. It sees the files of the host through an overlay
 * in memory; of /dev the harmless ones; an empty /run; no process but its own, and no network but
 * its own loopback.
 */
#ifndef FWLINT_PROCESS_SANDBOX_H
#define FWLINT_PROCESS_SANDBOX_H

#include <fwlint/base.h>

#define SANDBOX_WORDS_MAX ((size_t)256 * 1024) /* bytes of what it prints that are kept */
#define SANDBOX_SEEN_MAX ((size_t)256 << 20)

struct sandbox {
	const char *const *argv; /* the command, NULL-terminated */
	void (*prepare)(void);   /* runs in the process that becomes the command, last */
	/*
	 * Runs when the command has ended well and its processes are gone: in its network
	 * namespace, in a process of its own. What it writes to `fd` is `seen`.
	 */
	void (*look)(int fd);
};

struct sandbox_end {
	int status; /* of the command; with `signal`: it was killed by that one */
	int signal;
	struct text words; /* what it printed: the last of it */
	struct text seen;
};

/*
 * Runs it to its end; this process must have only one thread. It dies with this process. Texts are
 * in arena `a`. NULL, or why the namespaces could not be made.
 */
FW_CHECKED const char *sandbox_run(const struct sandbox *s, struct arena *a,
				   struct sandbox_end *ret);

#endif

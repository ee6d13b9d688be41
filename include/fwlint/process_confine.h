/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine: before the process looks at a byte of input, it gives up what it does not need, for good
 * and for its threads: Landlock (landlock(7)) bounds the files, seccomp(2) the system calls, and
 * root becomes nobody. Where the kernel lacks one of these, the others still hold.
 */
#ifndef FWLINT_PROCESS_CONFINE_H
#define FWLINT_PROCESS_CONFINE_H

#include <fwlint/base.h>

struct confinement {
	struct arena *arena;
	VEC(const char *) reads;  /* files, and directories with all below, that may be read */
	VEC(const char *) writes; /* directories in which files may be made and replaced, too */
};

/* Parts of it, as a set. */
enum confined {
	CONFINED_FILES = 1, /* no other file is read or written */
	CONFINED_CALLS = 2, /* no program is run, no socket made, no process looked at … */
	CONFINED_USER = 4   /* it is no longer root */
};

/* What this kernel can do. */
unsigned confine_possible(void);

/*
 * Confines this process, as far as the kernel can. Only if `writes` is empty, it becomes nobody and
 * can change no file. Paths that do not exist are left out.
 */
void confine(const struct confinement *c);

#endif

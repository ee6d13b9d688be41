/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ruleset of one host, for commands that ask it something. */
#ifndef CLI_HOST_H
#define CLI_HOST_H

#include "cli.h"

/* Reads the parts as one ruleset; returns an exit status, like host_read(). */
FW_CHECKED
int host_join(struct input *in, struct input *parts, size_t n, const struct settings *s);

/*
 * Reads the running ruleset (--live), or the files as the ruleset of one host; no file: standard
 * input. Prints errors. Returns an exit status; EXIT_CLEAN: in->ruleset is set.
 */
FW_CHECKED int host_read(struct input *in, int argc, char **argv, struct settings *s);

#define OPTIONS_OF_HOST                                                                          \
	OPT_LIVE, OPT_NETNS, OPT_FORMAT, OPT_OUTPUT, OPT_DIALECT, OPT_LOADER, OPT_KERNEL,        \
		OPT_INCLUDE_DIR, OPT_INCLUDE_ANY, OPT_NO_INCLUDE, OPT_STDIN_FILENAME, OPT_COLOR, \
		OPT_QUIET

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file; private to cli. See fwlint.ini(5). */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli.h"

#define CONFIG_NAME ".fwlint.ini"
#define CONFIG_SYSTEM "/etc/fwlint.ini"

/*
 * Finds the configuration of these FILEs and uses it: --config, or the next one from their
 * directory upwards, that of the user (XDG), that of the system. False: an error has been printed,
 * and `*exit_status` is set.
 */
FW_CHECKED
bool config_read(const struct command *c, int n_files, char **files, struct settings *s,
		 int *exit_status);
/* The one that would be found beside FILE or above it; "": none. */
const char *config_nearest(const char *file, struct arena *a);
/* --show-settings */
void config_show(const struct settings *s);
/* The selection for one file, without the checks that are switched off for its name. */
struct selection config_selection(const struct settings *s, const char *path);

#endif

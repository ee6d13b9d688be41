/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that must stay. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli.h"

/* Is it a value of --keep-open? */
bool session_is_valid(const char *keep_open);
/* NULL, or in words which connection of the user's own the new ruleset would cut. */
const char *session_is_cut(const struct settings *s, const struct ruleset *old, const struct ruleset *new,
			   struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to cli: the table of options, for what reads it. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli.h"

#include <getopt.h>
#include <stddef.h>

/* Without `set`, the option is a flag (no argument) or a text of the settings, at this offset. */
struct row {
	const char *name;
	const char *argument; /* NULL: no argument; "[=WHAT]": it may be left out */
	const char *help;
	size_t offset;
	bool (*set)(struct settings *s, const char *value); /* false: not a value of this option */
	char letter;
	/* May a configuration file set it? */
	enum {
		CONFIG_NEVER,
		CONFIG_TRUSTED, /* one that was named, or the system's */
		CONFIG_ANY
	} config;
};

extern const struct row option_rows[N_OPTIONS];

bool takes_option(const struct command *c, enum option_id id);
/* no_argument … of getopt_long(3) */
int takes_argument(const struct row *r);
/* False: not a value of this option. */
FW_CHECKED bool option_set(struct settings *s, enum option_id id, const char *value);

/* ---- help (help.c) ---- */

/* `all`: the list of commands. */
void print_usage(FILE *out, const struct command *const *all, const struct command *c,
		 const char *head);
void print_help(const struct command *const *all, const struct command *c);

#endif

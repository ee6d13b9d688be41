/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <fwlint/report.h>

/* Exit status: a contract, see fwlint(1). */
enum { EXIT_CLEAN = 0, EXIT_FOUND = 1, EXIT_INPUT = 2, EXIT_SYSTEM = 3 };

struct command {
	const char *name, *arguments, *about;
	int (*run)(int argc, char **argv);
};

extern const struct command command_lint, command_explain, command_checks;

struct settings {
	const struct format *format;
	const struct dialect *dialect;
	const char *stdin_name;
	const char **include_dirs;
	size_t n_include_dirs;
	struct selection selection;
	enum severity fail_on;
	const char *dump;           /* "ast", "flow" or NULL */
	bool diff, fix, apply, dry_run, unsafe_fixes, quiet;
	enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } colour;
};

/* An error of the command line or the system, to standard error. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool want_colour(const struct settings *s, FILE *out);
/* Reads a whole file, or standard input for "-". NULL: complained. */
struct source *read_source(struct arena *a, const char *path, const struct settings *s,
			   int *ret_status);
/* Reads a whole file; false: errno says why. */
bool read_file(const char *path, struct text *t);

/* Opens included files (include.c). */
struct files {
	struct includer includer; /* files_includer(); stands first */
	bool is_stdin;
	const char *const *dirs;  /* --include-dir */
	size_t n_dirs;
};
struct includer files_includer(void);
/* Flushes standard output; a reader that went away is no error. */
int finish_output(int status);

#endif

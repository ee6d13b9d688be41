/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <fwlint/file.h>
#include <fwlint/live.h>
#include <fwlint/report.h>

/* Exit status: a contract, see fwlint(1). */
enum { EXIT_CLEAN = 0, EXIT_FOUND = 1, EXIT_INPUT = 2, EXIT_SYSTEM = 3 };

struct settings {
	struct arena *arena;        /* of the whole run */
	const struct format *format;
	const struct dialect *dialect;
	enum loader loader;         /* --loader */
	const char *stdin_name;
	const char **include_dirs;
	size_t n_include_dirs;
	bool include_any, no_include;
	const char *backup_dir;     /* --backup-dir; or NULL */
	const char **sysctl_files;
	size_t n_sysctl_files;
	uint32_t conntrack_count;
	struct selection selection;
	enum severity fail_on;
	const char *dump;           /* "ast", "flow", "text" or NULL */
	bool markdown, diff, fix, apply, dry_run, unsafe_fixes, quiet;
	bool live;
	bool together;              /* the inputs are the ruleset of one host */
	const struct backend *backend; /* --live=NAME; NULL: all */
	const char *netns;
	uint32_t confirm_within;    /* seconds; 0: no confirmation is asked for */
	const char *keep_open;      /* --keep-open; or NULL */
	bool save;
	bool force;                 /* of fwlint rollback */
	const char *needs_live;     /* an option that goes with --live --apply only */
	const struct live_conntrack *conntrack; /* --live: of the running kernel */
	enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } colour;
};

struct command {
	const char *name, *arguments;
	const char *about;   /* NULL: not shown, for fwlint itself */
	const char *help;    /* of --help */
	const char *options; /* names of those it takes, with a space between */
	/* `argv`: what is left after the options. Returns the exit status. */
	int (*run)(int argc, char **argv, struct settings *s);
};

extern const struct command command_lint, command_explain, command_checks, command_compare,
	command_prove, command_pending, command_confirm, command_rollback, command_guard;
/* All of them, NULL-terminated; the first is the default. */
extern const struct command *const commands[];

/* Fills `s` from the options (see getopt_long(3) for optind); false: ends with *ret_status. */
bool parse_options(const struct command *c, int argc, char **argv, struct settings *s,
		   int *ret_status);

/* An error of the command line or the system, to standard error. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool want_colour(const struct settings *s, FILE *out);
/* A file of the source, as it was found. */
struct origin {
	const struct source_file *file;
	bool is_main;            /* FILE itself; else it is included: */
	uint32_t file_uid;       /* the owner of FILE */
	const char *path;        /* absolute, without links */
	struct file_id id;
	bool is_allowed;         /* it is in a root that FILE may include from */
	bool by_wildcard;
};

/* One ruleset to be read. */
struct input {
	const char *path;   /* "-": standard input; --live: the name of the ruleset */
	const struct live_ruleset *live; /* or NULL */
	const struct source *behind;     /* of the input that it is joined to; or NULL */
	struct arena *arena;
	bool is_stdin;
	struct file_id id;       /* of what was read */
	struct source *source;
	struct { struct origin *items; size_t n, cap; } origins; /* of FILE and of what it includes */
	struct diags diags;
	struct ruleset *ruleset; /* NULL: it was not read */
	const struct dialect *dialect;
	int status;              /* EXIT_INPUT or EXIT_SYSTEM when it was not read */
};

/* Reads only the text: what input_read() begins with. */
bool input_open(struct input *in, const struct settings *s);
/* Reads `path` into the arena; false: status and diags say why, and it complained. */
bool input_read(struct input *in, const struct settings *s);

/* The same without the settings of the kernel. */
bool input_read_part(struct input *in, const struct settings *s);
/* Kernel settings of --sysctl and --live, for the ruleset that was read; false: as for input_read(). */
bool input_add_settings(struct input *in, const struct settings *s);
/*
 * Reads the n parts and joins them to the one ruleset of a host, in the arena of `in`
 * (together.c). False: as for input_read().
 */
bool input_read_together(struct input *in, struct input *parts, size_t n, const struct settings *s);

/* Opens included files (include.c). */
struct files {
	struct includer includer; /* files_includer(); stands first */
	struct input *in;
	const struct settings *settings;
};
struct includer files_includer(void);
/* Where FILE or an included file was found; NULL for files of --sysctl. */
const struct origin *input_origin(const struct input *in, const struct source_file *f);
/* Lines of included files and of --sysctl that are no ruleset or setting are not to be shown. */
void input_hide_lines(struct input *in);
/* Has this process what --live needs? Enters --netns. NULL, or why not. */
const char *live_begin(const struct settings *s);
/* `fwlint --live`. */
int run_live(struct settings *s);
/* The rules of a change, with what each changes. */
void say_rules(FILE *out, const struct live_change *c);
/* Makes the same fixes in the files that are loaded at boot, where there are such files; EXIT_SYSTEM: that failed. */
int save_change(const struct live_record *r, const struct settings *s);
/* Flushes standard output; a reader that went away is no error. */
int finish_output(int status);

#endif

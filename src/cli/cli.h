/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <fwlint/job.h>
#include <fwlint/report.h>

/* Exit status: a contract, see fwlint(1). */
enum { EXIT_CLEAN = 0, EXIT_FOUND = 1, EXIT_INPUT = 2, EXIT_SYSTEM = 3 };

/* Each is a row of the table in options.c. */
enum option_id {
	OPT_NONE,
	OPT_LIVE,
	OPT_TOGETHER,
	OPT_NETNS,
	OPT_DIFF,
	OPT_FIX,
	OPT_APPLY,
	OPT_BACKUP_DIR,
	OPT_CONFIRM_WITHIN,
	OPT_KEEP_OPEN,
	OPT_SAVE,
	OPT_FORCE,
	OPT_DRY_RUN,
	OPT_UNSAFE_FIXES,
	OPT_TIDY,
	OPT_FORMAT,
	OPT_OUTPUT,
	OPT_STATISTICS,
	OPT_SELECT,
	OPT_EXTEND_SELECT,
	OPT_IGNORE,
	OPT_PROFILE,
	OPT_FAIL_ON,
	OPT_EXIT_ZERO,
	OPT_SEVERITY,
	OPT_VERDICT,
	OPT_DIALECT,
	OPT_LOADER,
	OPT_KERNEL,
	OPT_INCLUDE_DIR,
	OPT_INCLUDE_ANY,
	OPT_NO_INCLUDE,
	OPT_SYSCTL,
	OPT_CONNTRACK_COUNT,
	OPT_OWNED_CHAINS,
	OPT_HAZARDS,
	OPT_INTERFACES,
	OPT_STDIN_FILENAME,
	OPT_TARGET,
	OPT_BASELINE,
	OPT_WRITE_BASELINE,
	OPT_ADD_ALLOW,
	OPT_DIFF_BASE,
	OPT_CONFIG,
	OPT_NO_CONFIG,
	OPT_SHOW_SETTINGS,
	OPT_FILTER,
	OPT_WRITE,
	OPT_INTERFACE,
	OPT_FOR,
	OPT_DUMP,
	OPT_JOBS,
	OPT_MARKDOWN,
	OPT_COLOR,
	OPT_PATH,
	OPT_LOCAL,
	OPT_ASSUME,
	OPT_REPLY,
	OPT_PROVE,
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_VERSION,
	OPT_HELP,
	N_OPTIONS
};

/* A setting, and where it was made. */
struct given {
	const char *key, *value;
	const char *path; /* NULL: the command line */
	int line;
};

/* Checks that do not apply to files whose names match this. */
struct per_file {
	const char *pattern, *codes;
	const char *dir; /* of the configuration file */
};

/* The settings that the options make. */
struct settings {
	struct arena *arena;                   /* of the whole run */
	const struct command *const *commands; /* the list of all */
	struct job_options job;
	/* What is printed, and where: --format and --output. */
	const struct format *format; /* into `output` */
	const char *output;          /* --output; NULL: standard output */
	struct output_file {
		const struct format *format;
		const char *path;
	} * files; /* --format NAME=FILE */
	size_t n_files;
	bool has_format; /* `format` was asked for */
	bool statistics;
	enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } colour;
	bool quiet, verbose;
	/* lint */
	enum severity fail_on, shown;
	bool diff, fix, apply, dry_run;
	enum { DUMP_NOTHING, DUMP_AST, DUMP_FLOW, DUMP_TEXT } dump;
	bool together;            /* all inputs together are the ruleset of one host */
	bool has_conntrack_count; /* it may be 0 */
	uint32_t n_jobs;          /* 0: one for each core */
	/* the running ruleset */
	bool live;
	const struct backend *backend; /* --live=NAME; NULL: all */
	const char *netns;
	uint32_t confirm_within; /* seconds; 0: no confirmation is asked for */
	const char *keep_open;   /* --keep-open; or NULL */
	bool save;
	const char *needs_live; /* an option that goes with --live --apply only */
	/* the configuration */
	const char *config; /* --config; or NULL */
	bool no_config, show_settings, exit_zero;
	const char *config_found; /* the file in use; or NULL */
	/* The settings of each FILE, if their configurations differ; else NULL. This struct has
	 * those of the first FILE. */
	struct settings **of_file;
	bool is_reading_config;
	bool is_configured[N_OPTIONS]; /* set by the configuration, not by the command line */
	VEC(struct given) given;       /* all settings that were given, in order */
	VEC(struct severity_of) severities;
	VEC(struct per_file) per_file;
	/* what was there before */
	const char *baseline, *write_baseline, *diff_base;
	const char *add_allow; /* the reason; or NULL */
	/* trace */
	enum path path; /* PATH_UNKNOWN: that of the packet */
	bool reply;
	bool prove;
	VEC(struct host_address) addresses;
	VEC(struct assumption) assumptions;
	/* other commands */
	bool markdown, force;
	bool has_verdict; /* --verdict */
	enum verdict_kind verdict;
	int n_behind;               /* arguments behind a "--" */
	const char *filter, *write; /* of captures */
	/* watch */
	const char *interface;
	uint32_t watch_for; /* seconds; 0: until it is stopped */
};

struct command {
	const char *name;
	const char *arguments; /* as --help shows them */
	unsigned min, max;     /* how many there may be */
	const char *about; /* NULL: fwlint --help does not list it; only fwlint itself uses it */
	const char *help;  /* of --help */
	const enum option_id *options; /* OPTIONS(…), beside --help and --version */
	enum product prints;           /* by --format; N_PRODUCTS: none */
	/* The rights that it keeps once the options are read (docs/security.md): all; reading the
	 * named files and writing the outputs; the same, and reading any file. */
	enum { RIGHTS_ALL, RIGHTS_FILES, RIGHTS_READ_ALL } rights;
	/* `argv`: what is left after the options. Returns the exit status. */
	int (*run)(int argc, char **argv, struct settings *s);
};

#define OPTIONS(...)                  \
	(const enum option_id[])      \
	{                             \
		__VA_ARGS__, OPT_NONE \
	}
#define MANY 1000000000

/* All commands, NULL-terminated; the first one runs if no command is named. Commands get the list
 * in their settings. */
extern const struct command *const commands[];
extern const struct command *const command_default;

/* The defaults. */
struct settings settings_new(const struct command *const *all, struct arena *a);
/* Passes the settings on to the layers below; to be called once, after all options are read. */
void settings_prepare(struct settings *s);

/* How many of the arguments name standard input. */
size_t n_stdin(int argc, char **argv);
/* Fills `s` from the options (see getopt_long(3) for optind); false: ends with *exit_status. */
FW_CHECKED
bool parse_options(const struct command *c, int argc, char **argv, struct settings *s,
		   int *exit_status);

/* Gives up what the command does not need (confine.c). */
void confine_command(const struct command *c, int argc, char **argv, const struct settings *s);

/* The first of the arguments that is neither an option nor an option's value; argc: none. */
int first_word(int argc, char **argv);

/* Prints a note if a list of ignored codes names an error of the input. */
void note_errors(const char *list);
/* The severity of that name; false: there is none. */
FW_CHECKED bool severity_find(const char *name, enum severity *ret);

/* ---- what may have been meant (meant.c): ": did you mean 'x'?", or "" ---- */

const char *meant_check(struct str word, struct arena *a);
/* Is its value a list of checks? */
bool takes_codes(enum option_id id);
/* For a value of the option. */
const char *meant_value(enum option_id id, const char *value, struct arena *a);

/* A word that is valid in a place, and its meaning; `about` may be NULL. */
struct word {
	const char *name, *about;
};
struct words {
	struct word *items;
	size_t n, cap;
};

/* The values that the option takes, if they are words; `c`: for this command, NULL: for any;
 * `shown`: in the form of --help. */
struct words value_words(const struct command *c, enum option_id id, const char *shown,
			 struct arena *a);
/* The arguments that the command takes, if they are words. */
struct words argument_words(const struct command *const *all, const struct command *c,
			    struct arena *a);

/* Words that options take, NULL-terminated, in the order of the enums of the settings. */
extern const char *const colour_words[], *const dump_words[], *const verdict_option_words[];

/* ---- output (output.c) ---- */

/* An error of the command line or the system, to standard error. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool want_colour(const struct settings *s, FILE *out);
/* Prints the messages about an input, and the errors in its text. */
void say_input(const struct input *in, const struct settings *s);
int input_exit_status(enum input_status s);
/* Findings from this severity up are shown and fixed: the lower of --severity and the one that
 * decides the exit status. */
enum severity shown_severity(const struct settings *s);

/* The outputs of a run: text and diffs go to `main`, each format to its own sink. */
struct outputs {
	const struct settings *settings;
	FILE *main;
	struct printer *printers;
	struct sink {
		const char *path; /* NULL: standard output */
		FILE *out;
		struct text text;
	} * sinks; /* one for each printer; the last one is of `main` */
	size_t n;
};

/* `conntrack`: figures of the running kernel to show, or NULL. */
struct outputs outputs_open(const struct settings *s, const struct live_conntrack *conntrack);
/* Writes the files, each whole or not at all; returns `status`, or that of a failure. */
FW_CHECKED int outputs_close(struct outputs *o, int status);
/*
 * Where to print such a text: standard output, or $PAGER if standard output is a terminal and the
 * text does not fit it.
 */
FILE *pager_open(struct str shown);
void pager_close(FILE *f);
/* Flushes standard output; a reader that went away is no error. */
FW_CHECKED int finish_output(int status);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the command line by the table of options. */
#include <fwlint/process_confine.h>

#include "config.h"
#include "options.h"

struct settings settings_new(const struct command *const *all, struct arena *a)
{
	return (struct settings){ .arena = a,
				  .commands = all,
				  .format = format_default,
				  .fail_on = SEV_WARNING,
				  .shown = SEV_WARNING,
				  .confirm_within = 60,
				  .path = PATH_UNKNOWN };
}

#define LETTERS                                                                                \
	256 /* for a row of the table getopt_long(3) returns this number or more; for a letter \
	       less */

/* How to ask for the help of a command. */
static const char *see_help(const struct command *c, const struct settings *s)
{
	struct arena *a = s->arena;
	return c == s->commands[0] ? "(see fwlint --help)"
				   : arena_printf(a, "(see fwlint %s --help)", c->name);
}

/* ": did you mean '--x'?", or the options that begin like this, or the command that has it. `word`:
 * "--name" or "--name=value".
 */
static const char *meant_option(const struct command *c, const char *word, const struct settings *s)
{
	const struct command *const *all = s->commands;
	struct arena *a = s->arena;
	struct str rest = str_from(word + 2), name = str_cut(&rest, '=');
	struct near n = { .word = { word, name.n + 2 } };
	struct text begins = { .arena = a };
	const char *whose = NULL;
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		struct str row = str_from(option_rows[id].name);
		for (size_t i = 0; all[i] && str_eq(row, name) && !whose; i++)
			whose = all[i]->about && takes_option(all[i], id) ? all[i]->name : NULL;
		if (!takes_option(c, id))
			continue;
		near_try(&n, arena_printf(a, "--%s", option_rows[id].name));
		if (name.n && row.n > name.n && str_eq(name, (struct str){ row.p, name.n }))
			text_printf(&begins, "%s--%s", begins.n ? ", " : "", option_rows[id].name);
	}
	if (begins.n)
		return arena_printf(a, ": it may be %.*s", STR_FMT(text_str(&begins)));
	if (whose)
		return arena_printf(a, ": it belongs to 'fwlint %s'", whose);
	return near_question(&n, a);
}

/*
 * `what`: ':' no argument where one is due, else '?'. optopt as getopt_long(3) leaves it: 0 for an
 * unknown word, else the option; after an unknown letter, optind may still point to the word of
 * that letter.
 */
static void bad_option(int what, const char *word, const struct command *c,
		       const struct settings *s)
{
	const char *see = see_help(c, s);
	if (what == ':')
		complain("option '%s' needs an argument %s", word, see);
	else if (optopt >= LETTERS)
		complain("option '%s' takes no argument %s", word, see);
	else if (optopt)
		complain("there is no option '-%s' %s", (char[]){ (char)optopt, 0 }, see);
	else
		complain("there is no option '%s'%s %s", word, meant_option(c, word, s), see);
}

static bool set_option(struct settings *s, enum option_id id, const char *value, const char *see)
{
	if (option_set(s, id, value))
		return true;
	complain("'%s' is not a value of --%s%s %s", value, option_rows[id].name,
		 meant_value(id, value, s->arena),
		 takes_codes(id) ? "(codes: fwlint checks)" : see);
	return false;
}

/* A word of the command line. */
struct said {
	enum option_id id;
	const char *value;
};

static bool finds_configuration(enum option_id id)
{
	return id == OPT_CONFIG || id == OPT_NO_CONFIG || id == OPT_LIVE || id == OPT_TARGET;
}

/* A command line. */
struct line {
	const struct command *command;
	const struct said *said;
	size_t n;
	int n_files;
	char **files;
};

/*
 * The configuration is used first, then the command line, which overrides it. Only options that
 * tell where the configuration is are set before it.
 */
static bool set_options(const struct line *l, struct settings *s, int *exit_status)
{
	const char *see = see_help(l->command, s);
	*exit_status = EXIT_INPUT;
	s->files = arena_new_array(s->arena, struct output_file, l->n + 1);
	for (size_t i = 0; i < l->n; i++)
		if (finds_configuration(l->said[i].id) &&
		    !set_option(s, l->said[i].id, l->said[i].value, see))
			return false;
	if (!config_read(l->command, l->n_files, l->files, s, exit_status))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		if (!set_option(s, l->said[i].id, l->said[i].value, see))
			return false;
		vec_push(s->arena, &s->given,
			 ((struct given){ option_rows[l->said[i].id].name, l->said[i].value, NULL,
					  0 }));
	}
	return true;
}

/* ---- FILEs with different configurations ---- */

static bool may_differ(const struct line *l, const struct settings *s)
{
	return takes_option(l->command, OPT_CONFIG) && !s->no_config && !s->config && !s->live &&
	       !s->job.read.target && l->n_files > 1;
}

/* FILEs before this one that have the same configuration share their settings. */
static bool set_group(const struct line *l, int i, const char **keys, const struct settings *base,
		      struct settings *s, int *exit_status)
{
	for (int k = 0; k < i; k++)
		if (strcmp(keys[k], keys[i]) == 0) {
			s->of_file[i] = s->of_file[k];
			return true;
		}
	struct line one = *l;
	one.n_files = 1;
	one.files = &l->files[i];
	s->of_file[i] = arena_new_array(s->arena, struct settings, 1);
	*s->of_file[i] = *base;
	return set_options(&one, s->of_file[i], exit_status);
}

/* `base`: what the settings were before anything was set. */
static bool set_groups(const struct line *l, const struct settings *base, struct settings *s,
		       int *exit_status)
{
	const char **keys = arena_new_array(s->arena, const char *, l->n_files);
	const char *first = NULL;
	bool differ = false;
	for (int i = 0; i < l->n_files; i++) {
		bool is_stdin = strcmp(l->files[i], "-") == 0;
		keys[i] = is_stdin ? NULL : config_nearest(l->files[i], s->arena);
		first = first ? first : keys[i];
		differ = differ || (keys[i] && strcmp(keys[i], first) != 0);
	}
	if (!differ)
		return true;
	if (s->together) {
		complain("the FILEs of --together have different configurations: name one with "
			 "--config");
		*exit_status = EXIT_INPUT;
		return false;
	}
	s->of_file = arena_new_array(s->arena, struct settings *, l->n_files);
	for (int i = 0; i < l->n_files; i++) {
		keys[i] = keys[i] ? keys[i] : first;
		if (strcmp(keys[i], first) == 0)
			s->of_file[i] = s;
		else if (!set_group(l, i, keys, base, s, exit_status))
			return false;
	}
	return true;
}

/* getopt_long(3) returns the number of the row, or its letter. */
static enum option_id by_letter(int got)
{
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++)
		if (option_rows[id].letter && option_rows[id].letter == got)
			return id;
	return (enum option_id)(got - LETTERS);
}

/* Is the value of this option in the next word? Options may be cut short:
 * getopt_long(3). */
static bool wants_next(const char *word)
{
	bool wants = false;
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS && word[1] != '-'; id++)
		if (word[0] == '-' && word[1] && !word[2] && option_rows[id].letter == word[1])
			return takes_argument(&option_rows[id]) == required_argument;
	if (strncmp(word, "--", 2) != 0 || strchr(word, '='))
		return false;
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		bool takes = takes_argument(&option_rows[id]) == required_argument;
		if (strcmp(option_rows[id].name, word + 2) == 0)
			return takes;
		wants = wants || (takes && str_starts(str_from(option_rows[id].name), word + 2));
	}
	return wants;
}

int first_word(int argc, char **argv)
{
	int i = 1;
	while (i < argc && argv[i][0] == '-' && argv[i][1]) {
		if (strcmp(argv[i], "--") == 0)
			return argc;
		i += wants_next(argv[i]) ? 2 : 1;
	}
	return i < argc ? i : argc;
}

/* How many arguments stand behind the word "--". */
static int n_behind_dashes(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return argc - i - 1;
		i += wants_next(argv[i]);
	}
	return 0;
}

static bool prints_format(const struct command *c, const struct format *f, struct arena *a)
{
	if (format_offers(f, c->prints))
		return true;
	complain("%s does not print %s, only %s", c->name, f->name, format_names(c->prints, a));
	return false;
}

/* The later file would replace the earlier one. */
static bool two_into_one(const struct settings *s)
{
	for (size_t i = 0; i < s->n_files; i++) {
		const char *path = s->files[i].path;
		bool is_again = s->output && strcmp(path, s->output) == 0;
		for (size_t k = 0; k < i; k++)
			is_again |= strcmp(path, s->files[k].path) == 0;
		if (is_again) {
			complain("two formats cannot go into one file: '%s'", path);
			return true;
		}
	}
	return false;
}

static bool prints_formats(const struct command *c, const struct settings *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (!prints_format(c, s->files[i].format, s->arena))
			return false;
	return prints_format(c, s->format, s->arena) && !two_into_one(s);
}

static void print_version(void)
{
	static const struct {
		enum confined part;
		const char *words;
	} parts[] = { { CONFINED_FILES, "reads no other files (Landlock)" },
		      { CONFINED_CALLS, "runs nothing, no network (seccomp)" },
		      { CONFINED_USER, "is nobody" } };
	unsigned can = confine_possible();
	say(stdout, "fwlint %s\n", FWLINT_VERSION);
	say(stdout, "confinement here:%s", can ? "" : " none");
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(parts); i++)
		if (can & parts[i].part)
			say(stdout, "%s %s", n++ ? "," : "", parts[i].words);
	say(stdout, "\n");
}

bool parse_options(const struct command *c, int argc, char **argv, struct settings *s,
		   int *exit_status)
{
	struct option list[N_OPTIONS];
	char letters[2 * N_OPTIONS + 2] = ":";
	const char *see = see_help(c, s);
	size_t n = 0, n_said = 0;
	struct said *said = arena_new_array(s->arena, struct said, argc + 1);
	int got;
	memset(list, 0, sizeof(list));
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		if (!takes_option(c, id))
			continue;
		list[n++] = (struct option){ option_rows[id].name, takes_argument(&option_rows[id]),
					     NULL, LETTERS + (int)id };
		const struct row *r = &option_rows[id];
		if (r->letter)
			snprintf(letters + strlen(letters), 3, "%c%s", r->letter,
				 takes_argument(r) == required_argument ? ":" : "");
	}
	s->n_behind = n_behind_dashes(argc, argv);
	opterr = 0; /* getopt_long(3) would print the words as they are */
	while ((got = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		enum option_id id = got == ':' || got == '?' ? OPT_NONE : by_letter(got);
		*exit_status = id == OPT_HELP || id == OPT_VERSION ? EXIT_CLEAN : EXIT_INPUT;
		if (id == OPT_HELP)
			print_help(s->commands, c);
		else if (id == OPT_VERSION)
			print_version();
		else if (id == OPT_NONE)
			bad_option(got, argv[optind - 1], c, s);
		else {
			said[n_said++] = (struct said){ id, optarg };
			continue;
		}
		return false;
	}
	const struct line line = { c, said, n_said, argc - optind, argv + optind };
	const struct settings base = *s;
	if (!set_options(&line, s, exit_status) ||
	    (may_differ(&line, s) && !set_groups(&line, &base, s, exit_status)))
		return false;
	if ((unsigned)(argc - optind) < c->min || (unsigned)(argc - optind) > c->max) {
		print_usage(stderr, s->commands, c, "usage:");
		say(stderr, "       %s\n", see);
		return false;
	}
	if (n_stdin(argc - optind, argv + optind) > 1) {
		complain("standard input (-) can be read only once");
		return false;
	}
	return c->prints == N_PRODUCTS || prints_formats(c, s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of all subcommands: one table, one parser, one help. */
#include "cli.h"

#include <getopt.h>
#include <stddef.h>

#define LETTERS \
	256 /* getopt_long(3) returns this and more for a row of the table, less for a letter */

/* ---- values ---- */

static bool set_live(struct settings *s, const char *value)
{
	s->live = true;
	s->backend = value ? backend_find(value) : NULL;
	return !value || s->backend;
}

static bool set_number(const char *value, uint32_t max, uint32_t *ret)
{
	u128 n;
	if (!str_number(str_from(value), max, &n))
		return false;
	*ret = (uint32_t)n;
	return true;
}

static bool set_confirm_within(struct settings *s, const char *value)
{
	s->needs_live = "--confirm-within";
	return set_number(value, 86400, &s->confirm_within);
}

static bool set_keep_open(struct settings *s, const char *value)
{
	s->needs_live = "--keep-open";
	s->keep_open = value;
	return session_is_valid(value);
}

static bool set_save(struct settings *s, const char *value)
{
	(void)value;
	s->needs_live = "--save";
	s->save = true;
	return true;
}

static bool set_conntrack_count(struct settings *s, const char *value)
{
	s->has_conntrack_count = true;
	return set_number(value, UINT32_MAX, &s->job.read.conntrack_count);
}

static bool set_format(struct settings *s, const char *value)
{
	s->format = format_find(value);
	return s->format;
}

/* Given again, it adds to what it said before. */
static void add_codes(struct settings *s, const char **list, const char *value)
{
	*list = *list ? arena_printf(s->arena, "%s,%s", *list, value) : value;
}

static bool set_select(struct settings *s, const char *value)
{
	add_codes(s, &s->job.selection.select, value);
	return !selection_unknown(value).p;
}

static bool set_ignore(struct settings *s, const char *value)
{
	add_codes(s, &s->job.selection.ignore, value);
	return !selection_unknown(value).p;
}

/* The place of the word among the others; false: it is none of them. */
static bool set_word(const char *value, const char *const *words, unsigned *ret)
{
	for (unsigned i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

static bool find_severity(const char *value, enum severity *ret)
{
	for (int i = SEV_NOTE; i <= SEV_ERROR; i++)
		if (strcmp(value, severity_name((enum severity)i)) == 0) {
			*ret = (enum severity)i;
			return true;
		}
	return false;
}

static bool set_fail_on(struct settings *s, const char *value)
{
	return find_severity(value, &s->fail_on);
}

static bool set_severity(struct settings *s, const char *value)
{
	return find_severity(value, &s->shown);
}

static bool set_dialect(struct settings *s, const char *value)
{
	s->job.read.dialect = dialect_find(value);
	return s->job.read.dialect;
}

static bool set_loader(struct settings *s, const char *value)
{
	s->job.read.loader = loader_find(value);
	return s->job.read.loader != LOADER_ANY;
}

static bool add_include_dir(struct settings *s, const char *value)
{
	s->job.read.include_dirs[s->job.read.n_include_dirs++] = value;
	return true;
}

static bool add_sysctl(struct settings *s, const char *value)
{
	s->job.read.sysctl_files[s->job.read.n_sysctl_files++] = value;
	return true;
}

static bool set_dump(struct settings *s, const char *value)
{
	unsigned i;
	if (!set_word(value, dump_words, &i) || i == DUMP_NOTHING)
		return false;
	s->dump = i;
	return true;
}

static bool set_color(struct settings *s, const char *value)
{
	unsigned i;
	if (!set_word(value, colour_words, &i))
		return false;
	s->colour = i;
	return true;
}

/* ---- the table ---- */

/* Without `set` it is a flag (no argument) or a text of the settings, at this offset. */
// clang-format off
static const struct row {
	const char *name;
	const char *argument; /* NULL: none; "[=WHAT]": it may be left out */
	const char *help;
	size_t offset;
	bool (*set)(struct settings *s, const char *value); /* false: it is no value of this option */
	char letter;
} rows[N_OPTIONS] = {
// clang-format on
#define AT(member) offsetof(struct settings, member), NULL, 0
#define BY(function) 0, function, 0
	[OPT_LIVE] = { "live", "[=BACKEND]",
		       "read the running ruleset: nft, iptables-nft, legacy, or all of them",
		       BY(set_live) },
	[OPT_TOGETHER] = { "together", NULL,
			   "the FILEs are the ruleset of one host: a packet passes the chains of "
			   "all",
			   AT(together) },
	[OPT_NETNS] = { "netns", "NAME|PATH", "with --live: of this network namespace", AT(netns) },
	[OPT_DIFF] = { "diff", NULL, "print only the unified diff of the fixes", AT(diff) },
	[OPT_FIX] = { "fix", NULL, "print only the corrected ruleset", AT(fix) },
	[OPT_APPLY] = { "apply", NULL,
			"write the fixes into FILE (backup FILE~), with --live into the kernel",
			AT(apply) },
	[OPT_BACKUP_DIR] = { "backup-dir", "DIR", "put the backups here", AT(job.backup_dir) },
	[OPT_CONFIRM_WITHIN] = { "confirm-within", "SECONDS",
				 "take the live change back unless it is confirmed (60; 0: keep "
				 "it)",
				 BY(set_confirm_within) },
	[OPT_KEEP_OPEN] = { "keep-open", "ADDR:PORT",
			    "refuse to cut this too, not only the ssh session; none: do not ask",
			    BY(set_keep_open) },
	[OPT_SAVE] = { "save", NULL,
		       "once it is confirmed, fix the file too that is loaded at boot",
		       BY(set_save) },
	[OPT_FORCE] = { "force", NULL,
			"end a guardian that does not answer; do not wait for the lock of iptables",
			AT(force) },
	[OPT_DRY_RUN] = { "dry-run", NULL, "with --apply: say what would be done, write nothing",
			  AT(dry_run) },
	[OPT_UNSAFE_FIXES] = { "unsafe-fixes", NULL, "use unsafe fixes too", AT(job.fix.unsafe) },
	[OPT_FORMAT] = { "format", "FORMAT", "how to print: see below", BY(set_format) },
	[OPT_SELECT] = { "select", "CODES", "only these checks: FW101,FW102 or prefixes (FW1)",
			 BY(set_select) },
	[OPT_IGNORE] = { "ignore", "CODES", "not these checks", BY(set_ignore) },
	[OPT_FAIL_ON] = { "fail-on", "SEVERITY",
			  "error, warning (default) or note: exit 1 from this severity on",
			  BY(set_fail_on) },
	[OPT_SEVERITY] = { "severity", "SEVERITY",
			   "show, and fix, what is of this severity or above (warning)",
			   BY(set_severity) },
	[OPT_DIALECT] = { "dialect", "NAME", "do not detect the dialect: see below",
			  BY(set_dialect) },
	[OPT_LOADER] = { "loader", "NAME", "the file is for this loader: legacy or nft (see FW002)",
			 BY(set_loader) },
	[OPT_INCLUDE_DIR] = { "include-dir", "DIR",
			      "look here for included files, as nft -I (may be given again)",
			      BY(add_include_dir) },
	[OPT_INCLUDE_ANY] = { "include-any", NULL,
			      "include files from anywhere, not only FILE's directory, "
			      "/etc/nftables* and DIR",
			      AT(job.read.include_any) },
	[OPT_NO_INCLUDE] = { "no-include", NULL, "include nothing", AT(job.read.no_include) },
	[OPT_SYSCTL] = { "sysctl", "FILE",
			 "heed these settings of the kernel (sysctl -a, sysctl.d; may be given "
			 "again)",
			 BY(add_sysctl) },
	[OPT_CONNTRACK_COUNT] = { "conntrack-count", "N",
				  "connections in the table now, against nf_conntrack_max of "
				  "--sysctl",
				  BY(set_conntrack_count) },
	[OPT_STDIN_FILENAME] = { "stdin-filename", "NAME",
				 "name of standard input in messages and in the diff",
				 AT(job.read.stdin_name) },
	[OPT_DUMP] = { "dump", "ast|flow|text",
		       "the parsed ruleset or what reaches each rule, as JSON; the text as read",
		       BY(set_dump) },
	[OPT_MARKDOWN] = { "markdown", NULL, "as a page of Markdown", AT(markdown) },
	[OPT_COLOR] = { "color", "WHEN", "auto (default; NO_COLOR is heeded), always or never",
			BY(set_color) },
	[OPT_VERBOSE] = { "verbose", NULL,
			  "the whole trace and the whole certificate of each finding",
			  offsetof(struct settings, verbose), NULL, 'v' },
	[OPT_QUIET] = { "quiet", NULL, "one line per finding", offsetof(struct settings, quiet),
			NULL, 'q' },
	[OPT_VERSION] = { "version", NULL, "print the version", 0, NULL, 0 },
	[OPT_HELP] = { "help", NULL, "print this help", 0, NULL, 'h' },
};

static bool takes_option(const struct command *c, enum option_id id)
{
	for (const enum option_id *o = c->options; *o; o++)
		if (*o == id)
			return true;
	return id == OPT_VERSION || id == OPT_HELP;
}

static int takes_argument(const struct row *r)
{
	return !r->argument            ? no_argument
	       : r->argument[0] == '[' ? optional_argument
				       : required_argument;
}

/* ---- help ---- */

static void print_usage(FILE *out, const struct command *c, const char *head)
{
	bool named = c != command_default;
	say(out, "%-6s fwlint%s%s%s%s\n", head, named ? " " : "", named ? c->name : "",
	    c->arguments[0] ? " " : "", c->arguments);
}

static void print_option(const struct row *r)
{
	char left[40];
	snprintf(left, sizeof(left), "--%s%s%s", r->name,
		 takes_argument(r) == required_argument ? " " : "", r->argument ? r->argument : "");
	say(stdout, "  %-24s %s\n", left, r->help);
}

/* What an option names by a word that is in a list of its own. */
static void print_lists(const struct command *c)
{
	if (takes_option(c, OPT_FORMAT))
		say(stdout, "\nFormats:\n");
	for (size_t i = 0; takes_option(c, OPT_FORMAT) && format_list[i]; i++)
		if (format_offers(format_list[i], c->prints))
			say(stdout, "  %-24s %s%s\n", format_list[i]->name, format_list[i]->about,
			    format_list[i] == format_default ? " (default)" : "");
	if (takes_option(c, OPT_DIALECT))
		say(stdout, "\nDialects:\n");
	for (size_t i = 0; takes_option(c, OPT_DIALECT) && dialect_list[i]; i++)
		say(stdout, "  %-24s %s\n", dialect_list[i]->name, dialect_list[i]->about);
}

static void print_help(const struct command *c)
{
	const char *head = "usage:";
	for (size_t i = 0; commands[i]; i++) {
		if (c != commands[i] && (c != command_default || !commands[i]->about))
			continue;
		print_usage(stdout, commands[i], head);
		head = "";
	}
	say(stdout, "\n");
	for (struct str rest = str_from(c->help); rest.p;) {
		struct str line = str_cut(&rest, '\n');
		say(stdout, "%.*s\n", STR_FMT(line));
	}
	say(stdout, "\n");
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++)
		if (takes_option(c, id))
			print_option(&rows[id]);
	print_lists(c);
	if (c == command_default)
		say(stdout, "\nExit status: 0 nothing at or above --fail-on (or all of it fixed by "
			    "--apply),\n"
			    "1 findings, 2 the input or the command line is wrong, 3 fwlint or the "
			    "system failed.\n");
}

/* ---- parsing ---- */

/* How to ask for the help of a command. */
static const char *see_help(const struct command *c, struct arena *a)
{
	return c == command_default ? "(see fwlint --help)"
				    : arena_printf(a, "(see fwlint %s --help)", c->name);
}

/* ": did you mean '--x'?", or which begin so, or whose it is. `word`: "--name" or "--name=value".
 */
static const char *meant_option(const struct command *c, const char *word, struct arena *a)
{
	struct str rest = str_from(word + 2), name = str_cut(&rest, '=');
	struct near n = { .word = { word, name.n + 2 } };
	struct text begins = { .arena = a };
	const char *whose = NULL;
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		struct str row = str_from(rows[id].name);
		for (size_t i = 0; commands[i] && str_eq(row, name) && !whose; i++)
			whose = commands[i]->about && takes_option(commands[i], id)
					? commands[i]->name
					: NULL;
		if (!takes_option(c, id))
			continue;
		near_try(&n, arena_printf(a, "--%s", rows[id].name));
		if (name.n && row.n > name.n && str_eq(name, (struct str){ row.p, name.n }))
			text_printf(&begins, "%s--%s", begins.n ? ", " : "", rows[id].name);
	}
	if (begins.n)
		return arena_printf(a, ": several begin so: %.*s", STR_FMT(text_str(&begins)));
	if (whose)
		return arena_printf(a, ": it is one of 'fwlint %s'", whose);
	return near_question(&n, a);
}

/*
 * `what`: ':' no argument where one is due, else '?'. optopt as getopt_long(3) leaves it: 0 is a
 * word that it does not know, else the option; behind a letter that it does not know optind may
 * still stand at the word of that letter.
 */
static void bad_option(int what, const char *word, const struct command *c, struct arena *a)
{
	const char *see = see_help(c, a);
	if (what == ':')
		complain("option '%s' wants an argument %s", word, see);
	else if (optopt >= LETTERS)
		complain("option '%s' takes no argument %s", word, see);
	else if (optopt)
		complain("there is no option '-%s' %s", (char[]){ (char)optopt, 0 }, see);
	else
		complain("there is no option '%s'%s %s", word, meant_option(c, word, a), see);
}

static bool set_option(struct settings *s, enum option_id id, const char *value, const char *see)
{
	const struct row *r = &rows[id];
	if (r->set && !r->set(s, value)) {
		complain("'%s' is not a value of --%s%s %s", value, r->name,
			 meant_value(id, value, s->arena),
			 id == OPT_SELECT || id == OPT_IGNORE ? "(codes: fwlint checks)" : see);
		return false;
	}
	if (!r->set && r->argument)
		*(const char **)(void *)((char *)s + r->offset) = value;
	else if (!r->set)
		*(bool *)(void *)((char *)s + r->offset) = true;
	return true;
}

/* getopt_long(3) returns the number of the row, or its letter. */
static enum option_id by_letter(int got)
{
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++)
		if (rows[id].letter && rows[id].letter == got)
			return id;
	return (enum option_id)(got - LETTERS);
}

/* Has this word, which begins an option, its value in the next one? Options may be cut short:
 * getopt_long(3). */
static bool wants_next(const char *word)
{
	bool wants = false;
	if (strncmp(word, "--", 2) != 0 || strchr(word, '='))
		return false; /* no letter takes a value */
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		bool takes = takes_argument(&rows[id]) == required_argument;
		if (strcmp(rows[id].name, word + 2) == 0)
			return takes;
		wants = wants || (takes && str_starts(str_from(rows[id].name), word + 2));
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

bool parse_options(const struct command *c, int argc, char **argv, struct settings *s,
		   int *ret_status)
{
	struct option list[N_OPTIONS];
	char letters[N_OPTIONS + 2] = ":";
	const char *see = see_help(c, s->arena);
	size_t n = 0;
	int got;
	memset(list, 0, sizeof(list));
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		if (!takes_option(c, id))
			continue;
		list[n++] = (struct option){ rows[id].name, takes_argument(&rows[id]), NULL,
					     LETTERS + (int)id };
		if (rows[id].letter)
			strncat(letters, &rows[id].letter, 1);
	}
	s->job.read.include_dirs = arena_new_array(s->arena, const char *, argc);
	s->job.read.sysctl_files = arena_new_array(s->arena, const char *, argc);
	opterr = 0; /* getopt_long(3) would print the words as they are */
	while ((got = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		enum option_id id = got == ':' || got == '?' ? OPT_NONE : by_letter(got);
		*ret_status = id == OPT_HELP || id == OPT_VERSION ? EXIT_CLEAN : EXIT_INPUT;
		if (id == OPT_HELP)
			print_help(c);
		else if (id == OPT_VERSION)
			say(stdout, "fwlint %s\n", FWLINT_VERSION);
		else if (id == OPT_NONE)
			bad_option(got, argv[optind - 1], c, s->arena);
		else if (set_option(s, id, optarg, see))
			continue;
		return false;
	}
	*ret_status = EXIT_INPUT;
	if ((unsigned)(argc - optind) < c->min || (unsigned)(argc - optind) > c->max) {
		print_usage(stderr, c, "usage:");
		say(stderr, "       %s\n", see);
		return false;
	}
	if (n_stdin(argc - optind, argv + optind) > 1) {
		complain("standard input (-) can be read only once");
		return false;
	}
	if (c->prints != N_PRODUCTS && !format_offers(s->format, c->prints)) {
		complain("%s does not print %s, only %s", c->name, s->format->name,
			 format_names(c->prints, s->arena));
		return false;
	}
	return true;
}

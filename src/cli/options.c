/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of all subcommands: one table, one parser, one help. */
#include "session.h"

#include <getopt.h>
#include <stdlib.h>

enum { OPT_DIFF = 256, OPT_FIX, OPT_APPLY, OPT_DRY_RUN, OPT_UNSAFE, OPT_FORMAT, OPT_SELECT,
       OPT_IGNORE, OPT_FAIL_ON, OPT_INCLUDE_DIR, OPT_DIALECT, OPT_STDIN, OPT_DUMP, OPT_COLOR,
       OPT_MARKDOWN, OPT_LIVE, OPT_TOGETHER, OPT_NETNS, OPT_CONFIRM, OPT_KEEP_OPEN, OPT_SAVE, OPT_FORCE,
       OPT_SYSCTL, OPT_CONNTRACK_COUNT, OPT_LOADER, OPT_INCLUDE_ANY, OPT_NO_INCLUDE, OPT_BACKUP_DIR, OPT_VERSION };

static const struct cli_option {
	const char *name;
	const char *argument; /* NULL: none; "[=WHAT]": it may be left out */
	const char *help;
	int value;
} cli_options[] = {
	{ "live", "[=BACKEND]", "read the running ruleset: nft, iptables-nft, legacy, or all of them", OPT_LIVE },
	{ "together", NULL, "the FILEs are the ruleset of one host: a packet passes the chains of all", OPT_TOGETHER },
	{ "netns", "NAME|PATH", "with --live: of this network namespace", OPT_NETNS },
	{ "diff", NULL, "print only the unified diff of the fixes", OPT_DIFF },
	{ "fix", NULL, "print only the corrected ruleset", OPT_FIX },
	{ "apply", NULL, "write the fixes into FILE (backup FILE~), with --live into the kernel",
	  OPT_APPLY },
	{ "backup-dir", "DIR", "put the backups here", OPT_BACKUP_DIR },
	{ "confirm-within", "SECONDS", "take the live change back unless it is confirmed (60; 0: keep it)", OPT_CONFIRM },
	{ "keep-open", "ADDR:PORT", "refuse to cut this too, not only the ssh session; none: do not ask", OPT_KEEP_OPEN },
	{ "save", NULL, "once it is confirmed, fix the file too that is loaded at boot", OPT_SAVE },
	{ "force", NULL, "end a guardian that does not answer; do not wait for the lock of iptables", OPT_FORCE },
	{ "dry-run", NULL, "with --apply: say what would be done, write nothing", OPT_DRY_RUN },
	{ "unsafe-fixes", NULL, "use unsafe fixes too", OPT_UNSAFE },
	{ "format", "FORMAT", "text (default), json, or commands: the iptables or nft commands of the fixes", OPT_FORMAT },
	{ "select", "CODES", "only these checks: FW101,FW102 or prefixes (FW1)", OPT_SELECT },
	{ "ignore", "CODES", "not these checks", OPT_IGNORE },
	{ "fail-on", "SEVERITY", "error, warning (default) or note: exit 1 from this severity on",
	  OPT_FAIL_ON },
	{ "dialect", "NAME", "do not detect the dialect: iptables, nft or nft-json", OPT_DIALECT },
	{ "loader", "NAME", "the file is for this loader: legacy or nft (see FW002)", OPT_LOADER },
	{ "include-dir", "DIR", "look here for included files, as nft -I (may be given again)", OPT_INCLUDE_DIR },
	{ "include-any", NULL, "include files from anywhere, not only FILE's directory, /etc/nftables* and DIR", OPT_INCLUDE_ANY },
	{ "no-include", NULL, "include nothing", OPT_NO_INCLUDE },
	{ "sysctl", "FILE", "heed these settings of the kernel (sysctl -a, sysctl.d; may be given again)",
	  OPT_SYSCTL },
	{ "conntrack-count", "N", "connections in the table now, against nf_conntrack_max of --sysctl",
	  OPT_CONNTRACK_COUNT },
	{ "stdin-filename", "NAME", "name of standard input in messages and in the diff", OPT_STDIN },
	{ "dump", "ast|flow|text", "the parsed ruleset or what reaches each rule, as JSON; the text as read", OPT_DUMP },
	{ "markdown", NULL, "as a page of Markdown", OPT_MARKDOWN },
	{ "color", "WHEN", "auto (default; NO_COLOR is heeded), always or never", OPT_COLOR },
	{ "quiet", NULL, "one line per finding", 'q' },
	{ "version", NULL, "print the version", OPT_VERSION },
	{ "help", NULL, "print this help", 'h' },
};

#define N_OPTIONS ARRAY_SIZE(cli_options)

static bool takes_option(const struct command *c, const struct cli_option *o)
{
	struct str rest = str_from(c->options);
	while (rest.p)
		if (str_is(str_cut(&rest, ' '), o->name))
			return true;
	return o->value == OPT_VERSION || o->value == 'h';
}

static int takes_argument(const struct cli_option *o)
{
	return !o->argument ? no_argument : o->argument[0] == '[' ? optional_argument : required_argument;
}

static void print_help(const struct command *c)
{
	const char *usage = "usage:";
	for (size_t i = 0; commands[i]; i++) {
		if ((c != commands[0] && c != commands[i]) || !commands[i]->about)
			continue;
		say(stdout, "%-6s fwlint%s%s%s%s\n", usage, i ? " " : "", i ? commands[i]->name : "",
		       commands[i]->arguments[0] ? " " : "", commands[i]->arguments);
		usage = "";
	}
	say(stdout, "\n");
	for (struct str rest = str_from(c->help); rest.p;) {
		struct str line = str_cut(&rest, '\n');
		say(stdout, "%.*s\n", STR_FMT(line));
	}
	say(stdout, "\n");
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char left[40];
		if (!takes_option(c, &cli_options[i]))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", cli_options[i].name,
			 takes_argument(&cli_options[i]) == required_argument ? " " : "",
			 cli_options[i].argument ? cli_options[i].argument : "");
		say(stdout, "  %-24s %s\n", left, cli_options[i].help);
	}
	if (c != commands[0])
		return;
	say(stdout, "\nDialects:\n");
	for (size_t i = 0; dialect_list[i]; i++)
		say(stdout, "  %-24s %s\n", dialect_list[i]->name, dialect_list[i]->about);
	say(stdout, "\nExit status: 0 nothing at or above --fail-on (or all of it fixed by --apply),\n"
	       "1 findings, 2 the input or the command line is wrong, 3 fwlint or the system failed.\n");
}

static bool parse_severity(const char *word, enum severity *ret)
{
	for (int s = SEV_NOTE; s <= SEV_ERROR; s++)
		if (strcmp(word, severity_name((enum severity)s)) == 0) {
			*ret = (enum severity)s;
			return true;
		}
	return false;
}

static bool bad_value(const char *option, const char *value)
{
	complain("'%s' is not a value of --%s (see fwlint --help)", value, option);
	return false;
}

/* `what`: ':' no argument where one is due, else '?'; optopt as getopt_long(3) leaves it. */
static bool bad_option(int what, const char *word)
{
	if (what == ':')
		complain("option '%s' wants an argument (see fwlint --help)", word);
	else if (optopt && strncmp(word, "--", 2) == 0)
		complain("option '%s' takes no argument (see fwlint --help)", word);
	else if (optopt)
		complain("there is no option '-%s' (see fwlint --help)", (char[]){ (char)optopt, 0 });
	else
		complain("there is no option '%s', or several begin with it (see fwlint --help)", word);
	return false;
}

static bool set_option(struct settings *s, int opt, const char *value)
{
	switch (opt) {
	case OPT_MARKDOWN: s->markdown = true; return true;
	case OPT_NETNS: s->netns = value; return true;
	case OPT_SAVE: s->save = true; s->needs_live = "--save"; return true;
	case OPT_FORCE: s->force = true; return true;
	case OPT_KEEP_OPEN:
		s->keep_open = value;
		s->needs_live = "--keep-open";
		return session_is_valid(value) || bad_value("keep-open", value);
	case OPT_CONFIRM: {
		u128 n;
		if (!str_number(str_from(value), 86400, &n))
			return bad_value("confirm-within", value);
		s->confirm_within = (uint32_t)n;
		s->needs_live = "--confirm-within";
		return true;
	}
	case OPT_LIVE:
		s->live = true;
		s->backend = value ? backend_find(value) : NULL;
		return !value || s->backend || bad_value("live", value);
	case OPT_TOGETHER: s->together = true; return true;
	case OPT_DIFF: s->diff = true; return true;
	case OPT_FIX: s->fix = true; return true;
	case OPT_APPLY: s->apply = true; return true;
	case OPT_DRY_RUN: s->dry_run = true; return true;
	case OPT_UNSAFE: s->unsafe_fixes = true; return true;
	case 'q': s->quiet = true; return true;
	case OPT_STDIN: s->stdin_name = value; return true;
	case OPT_INCLUDE_ANY: s->include_any = true; return true;
	case OPT_NO_INCLUDE: s->no_include = true; return true;
	case OPT_BACKUP_DIR: s->backup_dir = value; return true;
	case OPT_INCLUDE_DIR: s->include_dirs[s->n_include_dirs++] = value; return true;
	case OPT_SYSCTL: s->sysctl_files[s->n_sysctl_files++] = value; return true;
	case OPT_CONNTRACK_COUNT: {
		u128 n;
		if (!str_number(str_from(value), UINT32_MAX, &n))
			return bad_value("conntrack-count", value);
		s->conntrack_count = (uint32_t)n;
		return true;
	}
	case OPT_FORMAT:
		s->format = format_find(value);
		return s->format || bad_value("format", value);
	case OPT_SELECT:
		s->selection.select = value;
		return selection_is_valid(value) || bad_value("select", value);
	case OPT_IGNORE:
		s->selection.ignore = value;
		return selection_is_valid(value) || bad_value("ignore", value);
	case OPT_FAIL_ON:
		return parse_severity(value, &s->fail_on) || bad_value("fail-on", value);
	case OPT_DIALECT:
		s->dialect = dialect_find(value);
		return s->dialect || bad_value("dialect", value);
	case OPT_LOADER:
		s->loader = loader_find(value);
		return s->loader != LOADER_ANY || bad_value("loader", value);
	case OPT_DUMP:
		s->dump = value;
		return strcmp(value, "ast") == 0 || strcmp(value, "flow") == 0 || strcmp(value, "text") == 0 ||
		       bad_value("dump", value);
	case OPT_COLOR:
		if (strcmp(value, "auto") == 0)
			s->colour = COLOUR_AUTO;
		else if (strcmp(value, "always") == 0)
			s->colour = COLOUR_ALWAYS;
		else if (strcmp(value, "never") == 0)
			s->colour = COLOUR_NEVER;
		else
			return bad_value("color", value);
		return true;
	default:
		return false;
	}
}

bool parse_options(const struct command *c, int argc, char **argv, struct settings *s, int *ret_status)
{
	struct option list[N_OPTIONS + 1];
	size_t n = 0;
	int opt;
	memset(list, 0, sizeof(list));
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (takes_option(c, &cli_options[i]))
			list[n++] = (struct option){ cli_options[i].name, takes_argument(&cli_options[i]), NULL,
						     cli_options[i].value };
	s->include_dirs = arena_new_array(s->arena, const char *, argc);
	s->sysctl_files = arena_new_array(s->arena, const char *, argc);
	opterr = 0; /* getopt_long(3) would print the words as they are */
	while ((opt = getopt_long(argc, argv, takes_option(c, &(struct cli_option){ .name = "quiet" }) ?
				  ":qh" : ":h", list, NULL)) != -1) {
		*ret_status = EXIT_CLEAN;
		if (opt == 'h') {
			print_help(c);
			return false;
		}
		if (opt == OPT_VERSION) {
			say(stdout, "fwlint %s\n", FWLINT_VERSION);
			return false;
		}
		*ret_status = EXIT_INPUT;
		if (opt == ':' || opt == '?')
			return bad_option(opt, argv[optind - 1]);
		if (!set_option(s, opt, optarg))
			return false;
	}
	return true;
}

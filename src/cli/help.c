/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help and fwlint help, from the tables. */
#include "options.h"

void print_usage(FILE *out, const struct command *const *all, const struct command *c,
		 const char *head)
{
	bool named = c != all[0];
	say(out, "%-6s fwlint%s%s%s%s\n", head, named ? " " : "", named ? c->name : "",
	    c->arguments[0] ? " " : "", c->arguments);
}

static void print_option(const struct row *r)
{
	char left[40], letter[5] = "";
	if (r->letter)
		snprintf(letter, sizeof(letter), "-%c, ", r->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, r->name,
		 takes_argument(r) == required_argument ? " " : "", r->argument ? r->argument : "");
	say(stdout, "  %-24s %s\n", left, r->help);
}

/* Prints the words that options take from a list. */
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

static void print_commands(const struct command *const *all)
{
	say(stdout, "\nCommands (fwlint help COMMAND):\n");
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			say(stdout, "  %-24s %s\n", all[i]->name, all[i]->about);
}

void print_help(const struct command *const *all, const struct command *c)
{
	const char *head = "usage:";
	FW_ASSERT(c);
	for (size_t i = 0; all[i]; i++) {
		if (c != all[i] && (c != all[0] || !all[i]->about))
			continue;
		print_usage(stdout, all, all[i], head);
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
			print_option(&option_rows[id]);
	print_lists(c);
	if (c == all[0])
		print_commands(all);
	if (c == all[0])
		say(stdout, "\nExit status: 0 nothing at or above --fail-on (or all of it fixed by "
			    "--apply),\n"
			    "1 findings, 2 the input or the command line is wrong, 3 fwlint or the "
			    "system failed.\n");
}

/* Is it a check? Then its documentation may be meant. */
static const char *meant_by(const struct command *const *all, const char *word, struct arena *a)
{
	const struct check *k = check_find(word);
	struct near n = { .word = str_from(word) };
	if (k)
		return arena_printf(a, ": did you mean 'fwlint explain %s'?", k->id);
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			near_try(&n, all[i]->name);
	return near_question(&n, a);
}

static int run(int argc, char **argv, struct settings *s)
{
	const struct command *const *all = s->commands;
	if (!argc) {
		print_help(all, all[0]);
		return EXIT_CLEAN;
	}
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about && strcmp(all[i]->name, argv[0]) == 0) {
			print_help(all, all[i]);
			return EXIT_CLEAN;
		}
	complain("there is no command '%s'%s (see fwlint --help)", argv[0],
		 meant_by(all, argv[0], s->arena));
	return EXIT_INPUT;
}

// clang-format off
const struct command command_help = {
	.name = "help", .arguments = "[COMMAND]", .max = 1, .about = "what a command does, and its options",
	.help = "Prints what COMMAND --help prints; without COMMAND, what fwlint --help does.",
	.options = OPTIONS(OPT_NONE), .prints = N_PRODUCTS, .run = run,
};
// clang-format on

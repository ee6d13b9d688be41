/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help, from the tables. */
#include "options.h"

void print_usage(FILE *out, const struct command *c, const char *head)
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

/* The words that an option takes from a list. */
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

void print_help(const struct command *c)
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
			print_option(&option_rows[id]);
	print_lists(c);
	if (c == command_default)
		say(stdout, "\nExit status: 0 nothing at or above --fail-on (or all of it fixed by "
			    "--apply),\n"
			    "1 findings, 2 the input or the command line is wrong, 3 fwlint or the "
			    "system failed.\n");
}

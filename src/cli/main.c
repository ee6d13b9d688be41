/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Picks the subcommand; without one it lints. */
#include "cli.h"

#include <getopt.h>
#include <signal.h>

static int run_command(const struct command *c, int argc, char **argv)
{
	struct settings s = { .arena = arena_new(), .format = format_default, .job.read.stdin_name = "stdin",
			      .fail_on = SEV_WARNING, .confirm_within = 60 };
	int status;
	if (parse_options(c, argc, argv, &s, &status))
		status = c->run(argc - optind, argv + optind, &s);
	arena_free(s.arena);
	return status;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; commands[i] && argc > 1; i++)
		if (commands[i] != command_default && strcmp(argv[1], commands[i]->name) == 0)
			return finish_output(run_command(commands[i], argc - 1, argv + 1));
	return finish_output(run_command(command_default, argc, argv));
}

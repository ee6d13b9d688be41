/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Picks the subcommand; without one it lints. */
#include "cli.h"

#include <signal.h>

static const struct command *const commands[] = {
	&command_lint, /* the default stands first */
	&command_explain,
	&command_checks,
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 1; i < ARRAY_SIZE(commands) && argc > 1; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return finish_output(commands[i]->run(argc - 1, argv + 1));
	return finish_output(commands[0]->run(argc, argv));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Picks the subcommand; without one it lints. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

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

/*
 * What the caller left closed stays of no use, but no file of ours comes into its place: messages would be written
 * into it, and tools would not get it. A caller that ignores SIGCHLD hands that on (execve(2)): no child of ours would
 * have a status.
 */
static void take_over(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	take_over();
	for (size_t i = 0; commands[i] && argc > 1; i++)
		if (commands[i] != command_default && strcmp(argv[1], commands[i]->name) == 0)
			return finish_output(run_command(commands[i], argc - 1, argv + 1));
	return finish_output(run_command(command_default, argc, argv));
}

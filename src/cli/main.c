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
	struct settings s = settings_new(commands, arena_new());
	int status;
	if (parse_options(c, argc, argv, &s, &status)) {
		confine_command(c, argc - optind, argv + optind, &s);
		status = c->run(argc - optind, argv + optind, &s);
	}
	arena_free(s.arena);
	return status;
}

/*
 * Opens the standard descriptors that the caller left closed, so that no file of ours gets their
 * numbers: messages would be written into it. A caller that ignores SIGCHLD passes that on
 * (execve(2)): then no child of ours would have a status.
 */
static void take_over(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * The command that the first word names. The word is removed; the options before it belong to the
 * command.
 */
static const struct command *take_command(int *argc, char ***argv)
{
	int at = first_word(*argc, *argv);
	for (size_t i = 0; commands[i] && at < *argc; i++) {
		if (strcmp((*argv)[at], commands[i]->name) != 0)
			continue;
		char **rest = *argv + 1;
		memmove(rest + 1, rest, (size_t)(at - 1) * sizeof(*rest));
		rest[0] = **argv;
		*argv = rest;
		(*argc)--;
		return commands[i];
	}
	return command_default;
}

/* Is the first FILE missing, but almost a command? */
static bool is_misspelt(int argc, char **argv)
{
	int at = first_word(argc, argv);
	if (at >= argc || access(argv[at], F_OK) == 0 || errno != ENOENT)
		return false;
	struct arena *a = arena_new();
	struct near n = { .word = str_from(argv[at]) };
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->about)
			near_try(&n, commands[i]->name);
	const char *meant = near_question(&n, a);
	bool is = *meant;
	if (is)
		complain("no such file or command '%s'%s (see fwlint --help)", argv[at], meant);
	arena_free(a);
	return is;
}

int main(int argc, char **argv)
{
	take_over();
	const struct command *c = take_command(&argc, &argv);
	if (c == command_default && is_misspelt(argc, argv))
		return EXIT_INPUT;
	return finish_output(run_command(c, argc, argv));
}

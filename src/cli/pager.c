/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text that is longer than the terminal goes through the user's pager. */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Without PAGER: less, if it is installed. */
static const char by_itself[] = "if command -v less >/dev/null 2>&1; then exec less; else exec "
				"cat; fi";

static bool fits(struct str shown)
{
	struct winsize w;
	size_t n = 0;
	while (shown.n) {
		str_cut(&shown, '\n');
		n++;
	}
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && n < w.ws_row;
}

FILE *pager_open(struct str shown)
{
	const char *pager = getenv("PAGER");
	if (!isatty(STDOUT_FILENO) || (pager && (!*pager || strcmp(pager, "cat") == 0)) ||
	    fits(shown))
		return stdout;
	setenv("LESS", "FRX", false); /* colours are kept */
	fflush(stdout);
	FILE *f = popen(pager ? pager : by_itself, "w");
	if (!f)
		return stdout;
	signal(SIGINT, SIG_IGN); /* it is meant for the pager */
	return f;
}

void pager_close(FILE *f)
{
	if (f != stdout)
		pclose(f); /* leaving the pager early is no error */
}

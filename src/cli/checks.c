/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint checks */
#include "cli.h"

static int run(int argc, char **argv, struct settings *s)
{
	(void)argc, (void)argv, (void)s;
	for (size_t i = 0; check_list[i]; i++)
		say(stdout, "%-6s %-34s %-8s %s\n", check_list[i]->id, check_list[i]->name,
		    severity_name(check_list[i]->severity), check_list[i]->finds);
	return EXIT_CLEAN;
}

// clang-format off
const struct command command_checks = {
	.name = "checks", .arguments = "", .about = "the list of checks",
	.help = "Lists the checks: code, name, highest severity, what it finds.",
	.options = OPTIONS(OPT_NONE),
	.prints = N_PRODUCTS,
	.run = run,
};
// clang-format on

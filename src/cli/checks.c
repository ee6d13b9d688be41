/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint checks */
#include "cli.h"

static int run(int argc, char **argv, struct settings *s)
{
	(void)argc, (void)argv;
	struct outputs out = outputs_open(s, NULL);
	for (size_t i = 0; i < out.n; i++)
		out.printers[i].format->checks(&out.printers[i]);
	return outputs_close(&out, EXIT_CLEAN);
}

// clang-format off
const struct command command_checks = {
	.name = "checks", .arguments = "[--format NAME]", .about = "the list of checks",
	.help = "Lists the checks: code, name, highest severity, what it finds. In JSON and Markdown also whether\n"
		"it is on by default, from which profile on, and the kind of its fix (none, insert, tidy).",
	.options = OPTIONS(OPT_FORMAT, OPT_OUTPUT),
	.prints = PRODUCT_CHECKS,
	.run = run,
};
// clang-format on

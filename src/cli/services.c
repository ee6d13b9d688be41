/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint services [FILE...] */
#include "host.h"

static int run(int argc, char **argv, struct settings *s)
{
	struct input in;
	int status = host_read(&in, argc, argv, s);
	if (status)
		return status;
	struct ask_services table = ask_services(in.ruleset, s->arena);
	if (table.gave_up) {
		complain("'%s': the services could not be listed: %s", in.source->name,
			 table.gave_up);
		return EXIT_INPUT;
	}
	struct outputs out = outputs_open(s, NULL);
	for (size_t i = 0; i < out.n; i++)
		out.printers[i].format->services(&out.printers[i], &table);
	return outputs_close(&out, EXIT_CLEAN);
}

// clang-format off
const struct command command_services = {
	.name = "services", .arguments = "[options] [FILE...]",
	.about = "which ports, of the host and behind it, accept new connections",
	.help = "Prints a table of the new connections that are accepted: from which interface and source, to which\n"
		"ports of this host and behind it. IPv4 and IPv6 stand side by side, with a mark where they differ.\n"
		"Several FILEs are the ruleset of one host; no FILE, or -, reads standard input. Exit status:\n"
		"0 answered, 2 an input is wrong, or there are too many classes, 3 fwlint or the system failed.",
	.max = MANY,
	.options = OPTIONS(OPTIONS_OF_HOST),
	.prints = PRODUCT_SERVICES, .rights = RIGHTS_FILES,
	.run = run,
};
// clang-format on

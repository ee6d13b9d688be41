/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint compare OLD NEW */
#include "cli.h"

static int compare(struct input *old, struct input *new, const struct settings *s)
{
	struct comparison c = flow_compare(old->ruleset, new->ruleset, s->arena);
	if (c.gave_up) {
		complain("'%s' and '%s' could not be compared: %s", old->source->name, new->source->name,
			 c.gave_up);
		return EXIT_INPUT;
	}
	if (s->format == format_list[0])
		report_comparison(stdout, &c, want_colour(s, stdout), s->quiet);
	else
		report_comparison_json(stdout, &c);
	return c.n ? EXIT_FOUND : EXIT_CLEAN;
}

static int run(int argc, char **argv, struct settings *s)
{
	struct input inputs[2];
	int status = EXIT_CLEAN;
	if (s->format == format_find("commands")) {
		complain("compare prints text or json (see fwlint compare --help)");
		return EXIT_INPUT;
	}
	if (argc != 2 || (strcmp(argv[0], "-") == 0 && strcmp(argv[1], "-") == 0)) {
		complain("usage: fwlint compare OLD NEW (one of them may be -)");
		return EXIT_INPUT;
	}
	for (int i = 0; i < 2; i++) {
		inputs[i] = (struct input){ .path = argv[i], .arena = s->arena };
		if (input_read(&inputs[i], s))
			continue;
		if (inputs[i].diags.n)
			report_diags(stderr, inputs[i].source, &inputs[i].diags, want_colour(s, stderr));
		if (inputs[i].status > status)
			status = inputs[i].status;
	}
	return status ? status : compare(&inputs[0], &inputs[1], s);
}

const struct command command_compare = {
	.name = "compare", .arguments = "[options] OLD NEW",
	.about = "the packets that two rulesets treat differently",
	.help = "Says whether two rulesets, of one dialect or of two, give every packet the same verdict,\n"
		"or which classes of packets differ, with a packet for each. Verdicts only: address\n"
		"translation, logs and counters are not compared. Exit status: 0 equal, 1 they differ,\n"
		"2 an input is wrong or they could not be compared, 3 fwlint or the system failed.",
	.options = "format dialect include-dir stdin-filename color quiet",
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint explain CODE */
#include "cli.h"

#include <stdlib.h>

/* `c`: NULL for the causes of resets. */
static void print(FILE *out, const struct check *c, const struct settings *s)
{
	if (!c)
		report_explain_resets(out, want_colour(s, stdout));
	else if (s->markdown)
		report_explain_markdown(out, c);
	else
		report_explain(out, c, want_colour(s, stdout));
}

static int run(int argc, char **argv, struct settings *s)
{
	(void)argc;
	const struct check *c = check_find(argv[0]);
	if (!c && strcmp(argv[0], "resets") != 0) {
		complain("there is no check '%s'%s (codes: fwlint checks)", argv[0],
			 meant_check(str_from(argv[0]), s->arena));
		return EXIT_INPUT;
	}
	/* printed into memory first, to see how long it is */
	struct text text = { .arena = s->arena };
	FILE *out = text_stream(&text);
	print(out, c, s);
	fclose(out);
	out = pager_open(text_str(&text));
	print(out, c, s);
	pager_close(out);
	return EXIT_CLEAN;
}

// clang-format off
const struct command command_explain = {
	.name = "explain", .arguments = "CODE|resets", .min = 1, .max = 1,
	.about = "what a check finds, why, and what its fix does",
	.help = "Prints what a check finds, why it matters, what its fix does and when the fix does harm.",
	.options = OPTIONS(OPT_MARKDOWN, OPT_COLOR),
	.prints = N_PRODUCTS,
	.run = run,
};
// clang-format on

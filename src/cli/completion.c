/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fwlint completion SHELL: what a shell completes after "fwlint", generated from the tables of
 * commands, options and formats, so that new ones are completed without further work.
 */
#include "completion.h"

static const struct shell {
	const char *name;
	void (*print)(struct text *t, const struct command *const *all);
} shells[] = { { "bash", completion_bash },
	       { "zsh", completion_zsh },
	       { "fish", completion_fish } };

static int run(int argc, char **argv, struct settings *s)
{
	(void)argc;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (strcmp(shells[i].name, argv[0]) == 0) {
			struct text t = { .arena = s->arena };
			shells[i].print(&t, s->commands);
			say_text(stdout, text_str(&t));
			return EXIT_CLEAN;
		}
	complain("there is no completion for '%s', only for bash, zsh and fish", argv[0]);
	return EXIT_INPUT;
}

// clang-format off
const struct command command_completion = {
	.name = "completion", .arguments = "bash|zsh|fish", .min = 1, .max = 1,
	.about = "a script that makes a shell complete fwlint's words",
	.help = "Prints a completion script for the shell. An installed fwlint has it in place already; otherwise:\n"
		"eval \"$(fwlint completion bash)\" in ~/.bashrc; fwlint completion zsh > _fwlint in a folder of\n"
		"$fpath; fwlint completion fish > ~/.config/fish/completions/fwlint.fish.",
	.options = OPTIONS(OPT_NONE), .prints = N_PRODUCTS, .run = run,
};
// clang-format on

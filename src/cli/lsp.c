/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint lsp */
#include "config.h"

#include <fwlint/lsp.h>

#include <getopt.h>
#include <unistd.h>

/* What "fwlint FILE" would use, with the options that the server was given. */
static bool options_for(void *context, const char *path, struct arena *a, struct job_options *ret,
			enum severity *ret_shown)
{
	const struct settings *server = context;
	struct settings *s = arena_new_one(a, struct settings);
	VEC(const char *) words = { 0 };
	int status;
	*s = settings_new(server->commands, a);
	vec_push(a, &words, "fwlint");
	for (size_t i = 0; i < server->given.n; i++) {
		const struct given *g = &server->given.items[i];
		if (!g->path)
			vec_push(a, &words,
				 arena_printf(a, "--%s%s%s", g->key, g->value ? "=" : "",
					      g->value ? g->value : ""));
	}
	vec_push(a, &words, "--");
	vec_push(a, &words, path);
	int n = (int)words.n;
	vec_push(a, &words, NULL);
	optind = 0; /* getopt_long(3): starts again */
	if (!parse_options(server->commands[0], n, (char **)(uintptr_t)words.items, s, &status))
		return false;
	settings_prepare(s);
	*ret = s->job;
	ret->selection = config_selection(s, path);
	*ret_shown = shown_severity(s);
	/* the text comes from the editor, and the file need not exist yet */
	char *of = arena_strndup(a, path, strlen(path));
	if (*path == '/')
		s->job.read.target = of;
	confine_command(server->commands[0], *path == '/', &of, s);
	return true;
}

static int run(int argc, char **argv, struct settings *s)
{
	const struct lsp_options o = { options_for, s };
	(void)argc, (void)argv;
	if (isatty(STDIN_FILENO))
		complain("fwlint lsp is for editors, which speak the Language Server Protocol on "
			 "standard input (see fwlint help lsp)");
	const char *why = lsp_serve(STDIN_FILENO, STDOUT_FILENO, &o);
	if (why)
		complain("%s", why);
	return why ? EXIT_FOUND : EXIT_CLEAN;
}

// clang-format off
const struct command command_lsp = {
	.name = "lsp", .arguments = "[options]",
	.about = "a language server: findings and fixes in an editor",
	.help = "Speaks the Language Server Protocol 3.17 on standard input and output. An editor gets diagnostics\n"
		"while you type, code actions (fixes, and comments that allow a finding), and on hover what a check\n"
		"is about. Nothing is executed and no file is written. Each file has its own configuration.\n"
		"Exit status: 0 the editor ended the session properly, 1 it did not.",
	.options = OPTIONS(OPT_SELECT, OPT_EXTEND_SELECT, OPT_IGNORE, OPT_PROFILE, OPT_SEVERITY, OPT_DIALECT,
			   OPT_LOADER, OPT_KERNEL,
			   OPT_INCLUDE_DIR, OPT_INCLUDE_ANY, OPT_NO_INCLUDE, OPT_SYSCTL, OPT_OWNED_CHAINS,
			   OPT_HAZARDS, OPT_INTERFACES, OPT_CONFIG, OPT_NO_CONFIG),
	.prints = N_PRODUCTS,
	.run = run,
};
// clang-format on

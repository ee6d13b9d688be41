/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint trial: lints the ruleset that a command leaves behind where nothing else can happen. */
#include <fwlint/process_sandbox.h>

#include "inputs.h"
#include "running.h"

#include <stdlib.h>
#include <string.h>

/* Removes variables that lead to programs outside, or belong to the session of the user. */
static void clear_environment(void)
{
	static const char *const names[] = { "DBUS_SESSION_BUS_ADDRESS",
					     "DBUS_SYSTEM_BUS_ADDRESS",
					     "XDG_RUNTIME_DIR",
					     "DOCKER_HOST",
					     "CONTAINER_HOST",
					     "SSH_AUTH_SOCK",
					     "NOTIFY_SOCKET",
					     "LISTEN_FDS",
					     "LISTEN_PID",
					     "DISPLAY",
					     "WAYLAND_DISPLAY",
					     "GPG_AGENT_INFO" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
	setenv("FWLINT_TRIAL", "1", 1);
	/* the tools of the firewall are in sbin, which users mostly lack */
	const char *path = getenv("PATH");
	char with[4096];
	if (!path || !strstr(path, "/usr/sbin")) {
		snprintf(with, sizeof(with), "%s%s/usr/sbin:/usr/bin:/sbin:/bin", path ? path : "",
			 path ? ":" : "");
		setenv("PATH", with, 1);
	}
}

/* Prints what the command printed. */
static void say_its_words(const struct sandbox_end *end)
{
	struct str rest = text_str(&end->words);
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		say(stderr, "%.*s\n", STR_FMT(line));
	}
}

#define LINES_SAID 3

/* The last lines of it, as one. */
static struct str last_words(const struct sandbox_end *end, struct arena *a, bool *ret_all)
{
	struct text t = { .arena = a };
	struct str rest = text_str(&end->words);
	VEC(struct str) lines = { 0 };
	while (rest.n) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		if (line.n)
			vec_push(a, &lines, line);
	}
	*ret_all = lines.n <= LINES_SAID;
	for (size_t i = *ret_all ? 0 : lines.n - LINES_SAID; i < lines.n; i++)
		text_printf(&t, "%s%.*s", t.n ? "; " : "", STR_FMT(lines.items[i]));
	return text_str(&t);
}

/* Why the command failed, so that its ruleset says nothing; NULL: it succeeded. */
static const char *failure_of(const struct sandbox_end *end, const char *name, struct arena *a,
			      bool *ret_said)
{
	struct str words = last_words(end, a, ret_said);
	const char *how = end->signal ? arena_printf(a, "was killed by signal %d (%s)", end->signal,
						     strsignal(end->signal))
				      : arena_printf(a, "failed (exit status %d)", end->status);
	if (!end->signal && !end->status)
		return NULL;
	return words.n ? arena_printf(a, "'%s' %s: %.*s", name, how, STR_FMT(words))
		       : arena_printf(a, "'%s' %s", name, how);
}

static int run(int argc, char **argv, struct settings *s)
{
	struct sandbox_end end;
	struct running r;
	bool said;
	if (s->n_behind != argc || !argc) {
		complain("expected '--' and a command: fwlint trial -- COMMAND...");
		return EXIT_INPUT;
	}
	if (!backend_is_any())
		return lint_failed(argv[0],
				   "this fwlint was built without libnftables and libiptc: it "
				   "cannot read what a command loads",
				   s);
	settings_prepare(s);
	const struct sandbox box = { .argv = (const char *const *)(uintptr_t)argv,
				     .prepare = clear_environment,
				     .look = live_pass };
	const char *why = sandbox_run(&box, s->arena, &end);
	if (why)
		return lint_failed(argv[0], why, s);
	why = failure_of(&end, argv[0], s->arena, &said);
	if ((why && !said) || s->verbose)
		say_its_words(&end);
	if (why)
		return lint_refused(argv[0], why, s);
	why = running_passed(&r, text_str(&end.seen), &s->job);
	int status = why ? lint_failed(argv[0], why, s) : lint_running(&r, s);
	running_end(&r);
	return status;
}

// clang-format off
const struct command command_trial = {
	.name = "trial", .arguments = "[options] -- COMMAND...", .max = MANY,
	.about = "lint what a firewall script or manager loads, without loading it",
	.help = "Runs COMMAND in throw-away namespaces, where it can change neither files nor the ruleset\n"
		"of this host, and lints the ruleset that it leaves there.",
	.options = OPTIONS(OPT_DIFF, OPT_UNSAFE_FIXES, OPT_FORMAT, OPT_OUTPUT, OPT_STATISTICS, OPT_SELECT,
			   OPT_EXTEND_SELECT, OPT_IGNORE, OPT_FAIL_ON, OPT_EXIT_ZERO, OPT_SEVERITY,
			   OPT_SYSCTL, OPT_OWNED_CHAINS, OPT_HAZARDS, OPT_INTERFACES, OPT_DUMP,
			   OPT_COLOR, OPT_VERBOSE, OPT_QUIET),
	.prints = PRODUCT_LINT,
	.run = run,
};
// clang-format on

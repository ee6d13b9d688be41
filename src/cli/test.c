/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint test SPEC... -- FILE... */
#include "host.h"

#include <unistd.h>

/* Where the file that a test names is: beside the file of the test, or else from here. */
static const char *path_beside(const char *spec, struct str name, struct arena *a)
{
	const char *slash = strrchr(spec, '/'), *plain = arena_strndup(a, name.p, name.n);
	if (name.p[0] == '/' || !slash)
		return plain;
	const char *beside = arena_printf(a, "%.*s/%s", (int)(slash - spec), spec, plain);
	bool is_here = access(beside, F_OK) != 0 && access(plain, F_OK) == 0;
	return is_here ? plain : beside;
}

/* The ruleset that a test names; NULL: `*status` and messages say why. */
static const struct ruleset *read_other(const char *spec, const struct policy_test *t,
					struct settings *s, int *status)
{
	struct input *in = arena_new_one(s->arena, struct input);
	*in = (struct input){ .path = path_beside(spec, t->file, s->arena), .arena = s->arena };
	bool read = input_read(in, &s->job.read);
	say_input(in, s);
	if (!read)
		*status = input_exit_status(in->status);
	return read ? in->ruleset : NULL;
}

static const struct source *read_spec(const char *path, struct settings *s, int *status)
{
	struct input *in = arena_new_one(s->arena, struct input);
	*in = (struct input){ .path = path, .arena = s->arena };
	bool opened = input_open(in, &s->job.read);
	say_input(in, s);
	if (!opened)
		*status = input_exit_status(in->status);
	return opened ? in->source : NULL;
}

/* Runs the tests of a file on the ruleset. */
static int test_spec(const char *path, const struct ruleset *rs, struct settings *s,
		     struct tested *all)
{
	int status = EXIT_CLEAN;
	const struct source *text = read_spec(path, s, &status);
	if (!text)
		return status;
	struct diags diags = { .arena = s->arena };
	struct policy_tests *tests = arena_new_one(s->arena, struct policy_tests);
	*tests = policy_read(text, s->arena, &diags);
	for (size_t i = 0; i < tests->n; i++) {
		const struct policy_test *t = &tests->items[i];
		const struct ruleset *other = NULL;
		if (t->kind == POLICY_SAME && !(other = read_other(path, t, s, &status)))
			continue;
		struct tested_line line = { text,
					    policy_ask(tests, t, rs, other, s->arena, &diags) };
		if (line.result.gave_up)
			complain("%s:%u: '%.*s' could not be answered: %s", text->name, t->line,
				 STR_FMT(t->text), line.result.gave_up);
		vec_push(s->arena, all, line);
		status = line.result.gave_up ? EXIT_INPUT : status;
	}
	diags_sort(&diags);
	report_diags(stderr, text, &diags, s->quiet, want_colour(s, stderr));
	return diags.n ? EXIT_INPUT : status;
}

static int run(int argc, char **argv, struct settings *s)
{
	struct input in;
	int n_specs = argc - s->n_behind, status;
	struct tested all = { 0 };
	if (n_specs < 1 || (!s->live && !s->n_behind)) {
		complain("usage: fwlint test SPEC... -- FILE..., or fwlint test --live SPEC...");
		return EXIT_INPUT;
	}
	status = host_read(&in, s->n_behind, argv + n_specs, s);
	for (int i = 0; i < n_specs && in.ruleset && !status; i++)
		status = test_spec(argv[i], in.ruleset, s, &all);
	if (status)
		return status;
	all.ruleset = in.ruleset;
	struct outputs out = outputs_open(s, NULL);
	for (size_t i = 0; i < out.n; i++)
		out.printers[i].format->tests(&out.printers[i], &all);
	return outputs_close(&out, tested_failed(&all) ? EXIT_FOUND : EXIT_CLEAN);
}

// clang-format off
const struct command command_test = {
	.name = "test", .arguments = "[options] SPEC... -- FILE...",
	.about = "check a ruleset against a policy: lines that must hold for packets",
	.help = "Each line of a SPEC says what must happen to packets: \"accept input tcp dport 22\" (every packet\n"
		"that matches), \"some drop forward udp\" (at least one), \"same old.v4\" (each packet as in that\n"
		"ruleset); fwlint-test(5) has the grammar. If a line does not hold, a packet that shows it is\n"
		"printed with its way. The FILEs are the ruleset of one host. Exit status: 0 all held, 1 some line\n"
		"did not, 2 an input is wrong, or a line could not be answered, 3 fwlint or the system failed.",
	.min = 1, .max = MANY,
	.options = OPTIONS(OPTIONS_OF_HOST),
	.prints = PRODUCT_TESTS, .rights = RIGHTS_READ_ALL,
	.run = run,
};
// clang-format on

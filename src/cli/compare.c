/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint compare OLD NEW */
#include "host.h"
#include "running.h"

static int compare(struct input *old, struct input *new, const struct settings *s)
{
	struct comparison c = flow_compare_translated(old->ruleset, new->ruleset, s->arena);
	if (c.gave_up) {
		complain("'%s' and '%s' could not be compared: %s", old->source->name,
			 new->source->name, c.gave_up);
		return EXIT_INPUT;
	}
	struct outputs out = outputs_open(s, NULL);
	for (size_t i = 0; i < out.n; i++)
		out.printers[i].format->comparison(&out.printers[i], &c);
	return outputs_close(&out, c.n ? EXIT_FOUND : EXIT_CLEAN);
}

/* ---- the running ruleset against its files ---- */

/* The dialect that a running ruleset of this kind is read in. */
static const char *kind_of(const struct ruleset *rs)
{
	return strcmp(rs->dialect, "iptables") == 0 ? "iptables" : "nft";
}

/* Would such a file be loaded into this running ruleset? */
static bool is_of_kind(const struct live_ruleset *live, const struct input *file)
{
	const char *kind = kind_of(file->ruleset);
	if (strcmp(live->backend->dialect, kind) != 0)
		return false;
	if (strcmp(kind, "iptables") != 0)
		return true;
	for (size_t i = 0; i < file->ruleset->n; i++)
		if (file->ruleset->items[i]->family == live->family ||
		    file->ruleset->items[i]->family == FAMILY_INET)
			return true;
	return false;
}

/*
 * Those of the running rulesets that the files are for, in the order of the files, so that
 * chains of one priority have the same order on both sides; with --live=BACKEND all that were read.
 */
static size_t choose_running(const struct live_rulesets *live, const struct input *files,
			     size_t n_files, const struct settings *s, struct input *ret)
{
	bool *taken = arena_new_array(s->arena, bool, live->n);
	size_t n = 0;
	for (size_t k = 0; k < n_files; k++)
		for (size_t i = 0; i < live->n; i++) {
			if (taken[i] || !(s->backend || is_of_kind(&live->items[i], &files[k])))
				continue;
			taken[i] = true;
			ret[n++] = (struct input){ .path = live->items[i].name,
						   .live = &live->items[i] };
		}
	return n;
}

static int compare_live(int argc, char **argv, struct settings *s)
{
	size_t n_files = (size_t)argc;
	struct input old = { .arena = s->arena }, new = { .arena = s->arena };
	struct input *files = arena_new_array(s->arena, struct input, n_files);
	struct live_rulesets live;
	const char *why = live_begin(s);
	for (size_t i = 0; i < n_files; i++)
		files[i] = (struct input){ .path = argv[i] };
	int status = why ? EXIT_SYSTEM : host_join(&old, files, n_files, s);
	if (!why && status)
		return status;
	if (!why)
		why = live_read(s->backend, s->arena, &live);
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
	}
	/* if nothing is loaded: a ruleset without rules */
	const struct live_ruleset nothing = { .name = "no ruleset",
					      .backend = backend_for(kind_of(old.ruleset)),
					      .text = str_from("") };
	struct input *running = arena_new_array(s->arena, struct input, live.n + 1);
	size_t n = choose_running(&live, files, n_files, s, running);
	if (!n && !nothing.backend) {
		complain("this fwlint was built without a backend for rulesets like '%s'",
			 old.source->name);
		return EXIT_SYSTEM;
	}
	if (!n) {
		complain("no ruleset of the same kind as '%s' is loaded here", old.source->name);
		running[n++] = (struct input){ .path = nothing.name, .live = &nothing };
	}
	status = host_join(&new, running, n, s);
	if (status)
		return status;
	new.source->name = arena_printf(s->arena, "running: %s", new.source->name);
	return compare(&old, &new, s);
}

static int run(int argc, char **argv, struct settings *s)
{
	struct input inputs[2];
	int status = EXIT_CLEAN;
	if (s->netns && !s->live) {
		complain("--netns needs --live");
		return EXIT_INPUT;
	}
	if (s->live)
		return compare_live(argc, argv, s);
	if (argc != 2) {
		complain("usage: fwlint compare OLD NEW (one of them may be -), or fwlint compare "
			 "--live FILE...");
		return EXIT_INPUT;
	}
	for (int i = 0; i < 2; i++) {
		inputs[i] = (struct input){ .path = argv[i], .arena = s->arena };
		bool read = input_read(&inputs[i], &s->job.read);
		say_input(&inputs[i], s);
		if (!read && input_exit_status(inputs[i].status) > status)
			status = input_exit_status(inputs[i].status);
	}
	return status ? status : compare(&inputs[0], &inputs[1], s);
}

// clang-format off
const struct command command_compare = {
	.name = "compare", .arguments = "[options] OLD NEW | --live FILE...",
	.about = "the packets that two rulesets treat differently",
	.help = "Says whether two rulesets, of one dialect or of two, give every packet the same verdict.\n"
		"If not, it prints the classes of packets that differ, and a packet of each. Only verdicts are\n"
		"compared. Address translation, marks, proxies and other statements that are written differently\n"
		"are listed, but do not change the exit status; logs and counters are left out. With --live it\n"
		"says how far the running ruleset has drifted from its FILEs, in the backends that load such\n"
		"files, or in the one that --live names. Exit status: 0 equal, 1 they differ, 2 an input is wrong\n"
		"or they could not be compared, 3 fwlint or the system failed.",
	.min = 1, .max = MANY,
	.options = OPTIONS(OPT_LIVE, OPT_NETNS, OPT_FORMAT, OPT_OUTPUT, OPT_DIALECT, OPT_INCLUDE_DIR,
			   OPT_INCLUDE_ANY, OPT_NO_INCLUDE, OPT_STDIN_FILENAME, OPT_COLOR, OPT_QUIET),
	.prints = PRODUCT_COMPARISON, .rights = RIGHTS_FILES,
	.run = run,
};
// clang-format on

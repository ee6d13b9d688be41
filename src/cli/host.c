/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include "running.h"

int host_join(struct input *in, struct input *parts, size_t n, const struct settings *s)
{
	bool joined = input_join(in, parts, n, &s->job.read);
	for (size_t i = 0; i < n; i++)
		say_input(&parts[i], s);
	say_input(in, s);
	return joined ? EXIT_CLEAN : input_exit_status(in->status);
}

static int read_one(struct input *in, const struct settings *s)
{
	bool read = input_read(in, &s->job.read);
	say_input(in, s);
	return read ? EXIT_CLEAN : input_exit_status(in->status);
}

static int read_running(struct input *in, struct settings *s)
{
	struct live_rulesets live;
	const char *why = live_begin(s);
	if (!why)
		why = live_read(s->backend, s->arena, &live);
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
	}
	if (!live.n) {
		complain("no ruleset%s%s is loaded here: nothing is filtered",
			 s->backend ? " of " : "", s->backend ? s->backend->name : "");
		*in = (struct input){ .path = "no ruleset",
				      .text = STR("table inet none {\n}\n"),
				      .arena = s->arena };
		return read_one(in, s);
	}
	struct input *parts = arena_new_array(s->arena, struct input, live.n);
	for (size_t i = 0; i < live.n; i++)
		parts[i] = (struct input){ .path = live.items[i].name, .live = &live.items[i] };
	return host_join(in, parts, live.n, s);
}

int host_read(struct input *in, int argc, char **argv, struct settings *s)
{
	*in = (struct input){ .path = argc ? argv[0] : "-", .arena = s->arena };
	if (s->netns && !s->live) {
		complain("--netns needs --live");
		return EXIT_INPUT;
	}
	if (s->live && argc) {
		complain("--live takes no FILE: it reads the running ruleset");
		return EXIT_INPUT;
	}
	if (s->live)
		return read_running(in, s);
	if (argc < 2)
		return read_one(in, s);
	struct input *parts = arena_new_array(s->arena, struct input, argc);
	for (int i = 0; i < argc; i++)
		parts[i] = (struct input){ .path = argv[i] };
	return host_join(in, parts, (size_t)argc, s);
}

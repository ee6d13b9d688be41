/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint --live: the running ruleset goes the road of a file. */
#include "lint.h"

/* Rules of more than one tool: a packet must pass all of them. */
static void say_which(const struct live_rulesets *live)
{
	const struct backend *seen = NULL;
	bool several = false;
	for (size_t i = 0; i < live->n; i++) {
		if (live->items[i].is_empty)
			continue;
		several |= seen && seen != live->items[i].backend;
		seen = live->items[i].backend;
	}
	if (!several)
		return;
	fputs("fwlint: more than one backend is active:", stderr);
	for (size_t i = 0; i < live->n; i++)
		if (!live->items[i].is_empty)
			fprintf(stderr, " %s", live->items[i].name);
	fputs("; a packet must pass the rules of each\n", stderr);
}

int run_live(struct settings *s)
{
	struct live_rulesets live;
	struct live_conntrack conntrack;
	const char *why = live_rights(s->netns);
	if (!why && s->netns)
		why = live_enter(s->netns, s->arena);
	if (!why)
		why = live_read(s->backend, s->arena, &live);
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
	}
	conntrack = live_conntrack(s->arena);
	if (conntrack.running)
		s->conntrack = &conntrack;
	say_which(&live);
	if (!live.n)
		complain("no ruleset is loaded here");
	struct job *jobs = arena_new_array(s->arena, struct job, live.n + 1);
	for (size_t i = 0; i < live.n; i++)
		jobs[i].in = (struct input){ .path = live.items[i].name, .live = &live.items[i], .arena = arena_new() };
	int status = lint_all(jobs, live.n, s);
	for (size_t i = 0; i < live.n; i++)
		arena_free(jobs[i].in.arena);
	return status;
}

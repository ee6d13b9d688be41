/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint pending, confirm and rollback: changes of the running ruleset that wait. */
#include <fwlint/process.h>

#include "lint.h"

#include <unistd.h>

static bool is_waiting(const struct live_record *r)
{
	return r->state == RECORD_PENDING || r->state == RECORD_APPLYING || r->state == RECORD_RETURNING ||
	       r->state == RECORD_STUCK;
}

/* The ID that was given, or that of the only change that waits; NULL: it complained. */
static const char *which(int argc, char **argv, const char *verb, struct arena *a)
{
	struct live_records list;
	const char *why = record_list(a, &list), *found = NULL;
	size_t n = 0;
	if (argc > 1)
		complain("usage: fwlint %s [ID]", verb);
	else if (why)
		complain("%s", why);
	if (argc > 1 || why)
		return NULL;
	if (argc)
		return argv[0];
	for (size_t i = 0; i < list.n; i++)
		if (is_waiting(&list.items[i])) {
			found = list.items[i].id;
			n++;
		}
	if (n == 1)
		return found;
	complain(n ? "%zu changes wait: say which (fwlint pending)" : "no change waits to be confirmed", n);
	return NULL;
}

/* What a guardian may take to undo a change, before it is said to do nothing. */
enum { GUARDIAN_MS = 1000 };

static int run_pending(int argc, char **argv, struct settings *s)
{
	struct live_records list;
	const char *why = record_list(s->arena, &list);
	(void)argv;
	if (argc || why) {
		complain("%s", argc ? "usage: fwlint pending" : why);
		return argc ? EXIT_INPUT : EXIT_SYSTEM;
	}
	for (size_t i = 0; i < list.n; i++) {
		const struct live_record *r = &list.items[i];
		long left = r->deadline - process_now_ms();
		if (!is_waiting(r))
			continue;
		say(stdout, "%s: %s", r->id, r->message);
		if (!r->guarded)
			say(stdout, "; its guardian is gone: fwlint rollback %s", r->id);
		else if (r->state == RECORD_PENDING && left > 0)
			say(stdout, "; %ld seconds left", (left + 999) / 1000);
		else if (r->state == RECORD_PENDING && left < -GUARDIAN_MS)
			say(stdout, "; its time is over, and its guardian (process %d) does nothing: fwlint rollback --force %s",
			       r->guardian, r->id);
		say(stdout, "\n");
		say_rules(stdout, &r->change);
	}
	return EXIT_CLEAN;
}

/* Confirmed with --save: the file too, with the selection of that time. */
static int save(const char *id, struct settings *s)
{
	struct live_records list;
	if (record_list(s->arena, &list))
		return EXIT_SYSTEM;
	for (size_t i = 0; i < list.n; i++) {
		const struct live_record *r = &list.items[i];
		if (strcmp(r->id, id) != 0)
			continue;
		if (!r->save) {
			complain("it does not survive a reboot (see --save)");
			return EXIT_CLEAN;
		}
		s->unsafe_fixes = r->save_unsafe;
		s->selection.select = r->save_select[0] ? r->save_select : NULL;
		s->selection.ignore = r->save_ignore[0] ? r->save_ignore : NULL;
		return save_change(r, s);
	}
	complain("the record of change %s is gone: nothing is saved", id);
	return EXIT_SYSTEM;
}

static int run_confirm(int argc, char **argv, struct settings *s)
{
	const char *id = which(argc, argv, "confirm", s->arena);
	const char *why = id ? record_confirm(id, s->arena) : NULL;
	if (!id || why) {
		if (why)
			complain("%s", why);
		return EXIT_INPUT;
	}
	complain("change %s is confirmed: it stays", id);
	return save(id, s);
}

static int run_rollback(int argc, char **argv, struct settings *s)
{
	const char *id = which(argc, argv, "rollback", s->arena), *why;
	struct live_record r;
	if (!id)
		return EXIT_INPUT;
	if (record_rollback(id, s->force, s->arena, &r, &why) == LIVE_FAILED) {
		complain("%s", why);
		return EXIT_INPUT;
	}
	complain("change %s: %s", id, r.message);
	return EXIT_CLEAN;
}

static int run_guard(int argc, char **argv, struct settings *s)
{
	if (argc != 1) {
		complain("fwlint guard is for fwlint itself");
		return EXIT_INPUT;
	}
	record_guard(argv[0], s->arena);
	return EXIT_CLEAN;
}

const struct command command_pending = {
	.name = "pending", .arguments = "", .about = "changes of the running ruleset that wait to be confirmed",
	.help = "Lists the changes of fwlint --live --apply that are not confirmed yet, with their rules.",
	.options = "", .run = run_pending,
};

const struct command command_confirm = {
	.name = "confirm", .arguments = "[ID]", .about = "keep a change of the running ruleset",
	.help = "The change of fwlint --live --apply stays. Without ID: the only one that waits. Exit status:\n"
		"0 it stays, 2 there is no such change, it is taken back already, or its rules are no longer there,\n"
		"3 it stays, and --save failed.",
	.options = "", .run = run_confirm,
};

const struct command command_rollback = {
	.name = "rollback", .arguments = "[ID]", .about = "take a change of the running ruleset back",
	.help = "Takes out just the rules that fwlint --live --apply has inserted, whether they are confirmed or\n"
		"not, wherever in their table they stand now. Exit status: 0 they are gone, 2 there is nothing to take back or it cannot be done.",
	.options = "force", .run = run_rollback,
};

const struct command command_guard = {
	.name = "guard", .arguments = "ID", .help = "What fwlint --live --apply starts.", .options = "", .run = run_guard,
};

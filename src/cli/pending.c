/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint pending, confirm and rollback: changes of the running ruleset that wait. */
#include <fwlint/process.h>

#include "running.h"

static bool is_waiting(const struct live_record *r)
{
	return r->state == RECORD_PENDING || r->state == RECORD_APPLYING ||
	       r->state == RECORD_RETURNING || r->state == RECORD_STUCK;
}

/* The given ID, or that of the only change that waits; NULL: an error was printed. */
static const char *which(int argc, char **argv, struct arena *a)
{
	struct live_records list;
	const char *why = record_list(a, &list), *found = NULL;
	size_t n = 0;
	if (why)
		complain("%s", why);
	if (why)
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
	complain(n ? "%zu changes are pending: name one (see fwlint pending)"
		   : "no change is pending",
		 n);
	return NULL;
}

/* How long a guardian may take to undo a change before it counts as stuck. */
enum { GUARDIAN_MS = 1000 };

static int run_pending(int argc, char **argv, struct settings *s)
{
	struct live_records list;
	const char *why = record_list(s->arena, &list);
	(void)argc, (void)argv;
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
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
			say(stdout,
			    "; its time is over, but its guardian (process %d) does not act: "
			    "fwlint rollback --force %s",
			    r->guardian, r->id);
		say(stdout, "\n");
		say_rules(stdout, &r->change);
	}
	return EXIT_CLEAN;
}

/* Confirmed with --save: fixes the file too, with the selection of that time. */
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
		return save_change(r, s);
	}
	complain("the record of change %s is gone: nothing is saved", id);
	return EXIT_SYSTEM;
}

static int run_confirm(int argc, char **argv, struct settings *s)
{
	const char *id = which(argc, argv, s->arena);
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
	const char *id = which(argc, argv, s->arena), *why;
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
	(void)argc;
	record_guard(argv[0], s->arena);
	return EXIT_CLEAN;
}

// clang-format off
const struct command command_pending = {
	.name = "pending", .arguments = "", .about = "changes of the running ruleset that wait to be confirmed",
	.help = "Lists the changes of fwlint --live --apply that are not confirmed yet, with their rules.",
	.options = OPTIONS(OPT_NONE), .prints = N_PRODUCTS, .run = run_pending,
};

const struct command command_confirm = {
	.name = "confirm", .arguments = "[ID]", .max = 1, .about = "keep a change of the running ruleset",
	.help = "Keeps the change that fwlint --live --apply has made. Without ID: the only pending one.\n"
		"Exit status: 0 it is kept, 2 there is no such change, it has been undone already, or its\n"
		"rules are no longer there, 3 it is kept, but --save failed.",
	.options = OPTIONS(OPT_NONE), .prints = N_PRODUCTS, .run = run_confirm,
};

const struct command command_rollback = {
	.name = "rollback", .arguments = "[ID]", .max = 1, .about = "undo a change of the running ruleset",
	.help = "Removes just the rules that fwlint --live --apply has inserted, confirmed or not, wherever in\n"
		"their table they stand now. Exit status: 0 they are gone, 2 there is nothing to undo, or it\n"
		"cannot be done.",
	.options = OPTIONS(OPT_FORCE), .prints = N_PRODUCTS, .run = run_rollback,
};

const struct command command_guard = {
	.name = "guard", .arguments = "ID", .min = 1, .max = 1, .help = "What fwlint --live --apply starts.", .options = OPTIONS(OPT_NONE),
	.prints = N_PRODUCTS, .run = run_guard,
};
// clang-format on

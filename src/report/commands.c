/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixes as commands for a running system that has the ruleset loaded. Each one only drops more,
 * in one step, so no packet passes at any time that was blocked before. Their rule numbers assume
 * that the earlier commands were already run.
 */
#include <fwlint/report.h>

#include "terminal.h"

extern const struct format format_commands;

/* The command of a fix has a line for each family, if the rule is for IPv4 and IPv6. */
static bool lines_are_visible(const char *commands)
{
	struct str rest = str_from(commands);
	while (rest.p)
		if (!str_is_visible(str_cut(&rest, '\n')))
			return false;
	return true;
}

static void print_fix(FILE *out, const struct report *r, const struct fix *f, struct arena *a)
{
	const struct dialect *dialect = dialect_find(
		ruleset_part(r->ruleset, f->change.chain->table)->dialect);
	const char *command = dialect->command(ruleset_part(r->ruleset, f->change.chain->table),
					       &f->change, f->rule, &f->form, a);
	uint32_t line, col;
	source_pos(r->source, f->finding->span.off, &line, &col);
	say(out, "# %s:%u: %s %s, %s: %s\n", source_file_at(r->source, f->finding->span.off)->name,
	    line, f->finding->check->id, f->finding->check->name,
	    f->safety == FIX_SAFE ? "safe" : "unsafe", fix_certificate(f, a));
	/* text for a shell must be exact: it is written unchanged, or not at all */
	if (command && lines_are_visible(command))
		for (struct str rest = str_from(command); rest.p;) {
			struct str one = str_cut(&rest, '\n');
			say(out, "%.*s\n", STR_FMT(one));
		}
	else
		say(out, "# this one cannot be written as a command: load the corrected ruleset "
			 "(fwlint --fix)\n");
}

static void print_report(struct printer *p, const struct report *r)
{
	struct arena *a = arena_new();
	for (size_t i = 0; i < r->messages->n; i++)
		if (r->messages->items[i].kind != MESSAGE_NOTE)
			say(p->out, "# %s\n", r->messages->items[i].text);
	for (size_t i = 0; i < r->diags->n; i++)
		say(p->out, "# %s: error: %s %s\n", r->name,
		    check_of_error(r->diags->items[i].code)->id, r->diags->items[i].message);
	for (size_t i = 0; r->plan && i < r->plan->used.n; i++)
		print_fix(p->out, r, &r->plan->used.items[i], a);
	arena_free(a);
}

static void nothing(struct printer *p)
{
	(void)p;
}

const struct format format_commands = {
	.name = "commands",
	.about = "for a shell: the commands that make the fixes on a running system",
	.has_errors = true,
	.lint = { nothing, print_report, nothing },
};

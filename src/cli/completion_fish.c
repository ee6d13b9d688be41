/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint completion fish, see complete(1) of fish. */
#include "completion.h"

/* 'word\tabout' for each, within single quotes. */
static const char *described(const struct words *w, struct arena *a)
{
	struct text t = { .arena = a };
	for (size_t i = 0; i < w->n; i++) {
		const char *about = w->items[i].about;
		text_printf(&t, "%s%s", i ? " " : "", w->items[i].name);
		if (about) /* fish parses this again: a quoted word */
			text_printf(&t, "\\t\"%s\"", quoted(about, "\"$\\", a));
	}
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

static void add_option(struct text *t, const struct command *c, enum option_id id, const char *when)
{
	const struct row *r = &option_rows[id];
	const struct value v = value_of(c, id, t->arena);
	text_printf(t, "complete -c fwlint -n '%s' -l %s", when, r->name);
	if (r->letter)
		text_printf(t, " -s %c", r->letter);
	switch (v.kind) {
	case KIND_NONE: break;
	case KIND_WORDS:
		text_printf(t, v.is_optional ? " -f -a '%s'" : " -x -a '%s'",
			    described(&v.words, t->arena));
		break;
	case KIND_CODES: text_printf(t, " -x -a '(__fwlint_codes)'"); break;
	case KIND_FILES: text_printf(t, " -r -F"); break;
	case KIND_DIRECTORIES: text_printf(t, " -x -a '(__fish_complete_directories)'"); break;
	case KIND_OTHER: text_printf(t, v.is_optional ? "" : " -x"); break;
	}
	text_printf(t, " -d '%s'\n", quoted(r->help, "\\", t->arena));
}

static void add_command(struct text *t, const struct command *const *all, const struct command *c,
			const char *names)
{
	const struct operands o = operands_of(all, c, t->arena);
	const char *when = arena_printf(t->arena,
					c == all[0] ? "not __fish_seen_subcommand_from %s"
						    : "__fish_seen_subcommand_from %s",
					c == all[0] ? names : c->name);
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++)
		if (takes_option(c, id))
			add_option(t, c, id, when);
	for (size_t i = 0; i < o.words.n; i++)
		text_printf(t, "complete -c fwlint -n '%s' -f -a %s -d '%s'\n", when,
			    o.words.items[i].name,
			    quoted(o.words.items[i].about ? o.words.items[i].about : "", "\\",
				   t->arena));
	if (o.takes_files)
		text_printf(t, "complete -c fwlint -n '%s' -F\n", when);
}

void completion_fish(struct text *t, const struct command *const *all)
{
	struct words names = { 0 };
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about && all[i] != all[0])
			vec_push(t->arena, &names, ((struct word){ all[i]->name, NULL }));
	text_printf(t, "# Made by 'fwlint completion fish' from the tables of fwlint.\n"
		       "function __fwlint_codes\n"
		       "\t__fish_append ,");
	for (size_t i = 0; check_list[i]; i++)
		text_printf(t, " %s\\t%s", check_list[i]->id, check_list[i]->name);
	text_printf(t, "\nend\ncomplete -c fwlint -f\n");
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			add_command(t, all, all[i], joined(&names, t->arena));
}

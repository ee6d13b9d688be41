/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be completed where, by the tables; and the words for the shells. */
#include "completion.h"

const char *const kind_names[] = { [KIND_NONE] = "",
				   [KIND_WORDS] = "words",
				   [KIND_CODES] = "codes",
				   [KIND_FILES] = "files",
				   [KIND_DIRECTORIES] = "directories",
				   [KIND_OTHER] = "other" };

static enum kind kind_of_shown(const char *shown, const struct words *w)
{
	if (w->n)
		return KIND_WORDS;
	if (strstr(shown, "FILE") || strstr(shown, "PATH") || strstr(shown, "OLD"))
		return KIND_FILES;
	return strstr(shown, "DIR") ? KIND_DIRECTORIES : KIND_OTHER;
}

struct value value_of(const struct command *c, enum option_id id, struct arena *a)
{
	const struct row *r = &option_rows[id];
	struct value v = { .words = value_words(c, id, r->argument, a) };
	v.is_optional = r->argument && r->argument[0] == '[';
	if (r->argument)
		v.kind = takes_codes(id) ? KIND_CODES : kind_of_shown(r->argument, &v.words);
	return v;
}

struct operands operands_of(const struct command *const *all, const struct command *c,
			    struct arena *a)
{
	struct operands o = { .words = argument_words(all, c, a) };
	o.takes_files = kind_of_shown(c->arguments, &(struct words){ 0 }) == KIND_FILES;
	for (size_t i = 0; c == all[0] && all[i]; i++)
		if (all[i]->about)
			vec_push(a, &o.words, ((struct word){ all[i]->name, all[i]->about }));
	return o;
}

const char *quoted(const char *text, const char *escape, struct arena *a)
{
	struct text t = { .arena = a };
	for (; *text; text++)
		if (*text == '\'')
			text_printf(&t, "'\\''");
		else
			text_printf(&t, strchr(escape, *text) ? "\\%c" : "%c", *text);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

const char *joined(const struct words *w, struct arena *a)
{
	struct text t = { .arena = a };
	for (size_t i = 0; i < w->n; i++)
		text_printf(&t, "%s%s", i ? " " : "", w->items[i].name);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

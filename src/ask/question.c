/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question: the paths that are asked about, and the match part of an nft rule. */
#include "ask_private.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Is the first word that of a path? Then it is taken off. */
static unsigned take_paths(struct str *rest)
{
	static const enum path directions[] = { PATH_INPUT, PATH_FORWARD, PATH_OUTPUT };
	struct str word = *rest;
	for (word.n = 0; word.n < rest->n && !is_blank(rest->p[word.n]);)
		word.n++;
	for (unsigned i = 0; i < ARRAY_SIZE(directions); i++)
		if (str_is(word, path_name(directions[i]))) {
			*rest = (struct str){ rest->p + word.n, rest->n - word.n };
			return 1u << directions[i];
		}
	return ASK_PATHS_ALL;
}

bool ask_read(const struct ruleset *rs, const struct source *text, struct span span,
	      struct arena *a, struct diags *diags, struct ask_question *ret)
{
	struct str rest = str_trim(source_view(text, span));
	struct ask_question q = { .paths = take_paths(&rest) };
	struct source *part = source_new(a, text->name, arena_strndup(a, rest.p, rest.n), rest.n);
	struct diags mine = { .arena = a };
	bool read = match_part_read(rs, part, a, &mine, &q.part);
	for (size_t i = 0; i < mine.n; i++) {
		struct span at = mine.items[i].span;
		at.off += source_span(text, rest).off;
		diag_add(diags, at, ERROR_QUESTION, "%s", mine.items[i].message);
	}
	if (read)
		*ret = q;
	return read;
}

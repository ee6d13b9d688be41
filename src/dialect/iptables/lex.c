/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line into words. */
#include "parser.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct str unquote(struct arena *a, struct str raw)
{
	char *out = arena_alloc(a, raw.n + 1);
	size_t n = 0;
	bool in_quotes = false;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if (c == '"')
			in_quotes = !in_quotes;
		else if (c == '\\' && in_quotes && i + 1 < raw.n)
			out[n++] = raw.p[++i];
		else
			out[n++] = c;
	}
	if (in_quotes) /* the line's end is in them, too (xshared.c: add_param_to_argv) */
		out[n++] = '\n';
	return (struct str){ out, n };
}

void lex_line(struct arena *a, struct str line, struct words *ret)
{
	size_t i = 0;
	while (true) {
		while (i < line.n && is_blank(line.p[i]))
			i++;
		if (i >= line.n)
			return;
		size_t from = i;
		bool in_quotes = false, quoted = false;
		while (i < line.n && (in_quotes || !is_blank(line.p[i]))) {
			char c = line.p[i++];
			if (c == '\\' && in_quotes && i < line.n) {
				i++;
			} else if (c == '"') {
				quoted = true;
				in_quotes = !in_quotes;
				if (!in_quotes)
					break; /* a closing quote ends the word */
			}
		}
		struct str raw = { line.p + from, i - from };
		struct word w = { .text = quoted ? unquote(a, raw) : raw, .raw = raw };
		vec_push(a, ret, w);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prose in lines that fit the terminal. */
#include "terminal.h"

/* How many columns the text takes: one for each character (UTF-8) with which it is shown. */
static size_t columns(struct str s)
{
	struct arena *a = arena_new();
	size_t n = 0;
	for (const char *p = str_visible(s, a); *p; p++)
		n += (*p & 0xc0) != 0x80;
	arena_free(a);
	return n;
}

size_t say_wrapped(FILE *out, const struct wrap *w, size_t at, const char *text)
{
	struct str rest = str_from(text);
	bool first = true;
	while (rest.n) {
		struct str word = str_cut(&rest, ' ');
		size_t n = columns(word);
		if (!first && w->width && at + 1 + n > w->width) {
			say(out, "\n%*s", (int)w->indent, "");
			at = w->indent;
		} else if (!first) {
			say(out, " ");
			at++;
		}
		say(out, "%.*s", STR_FMT(word));
		at += n;
		first = false;
	}
	return at;
}

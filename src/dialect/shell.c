/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quotes words for the shell. */
#include <fwlint/dialect.h>

const char *shell_word(struct str s, struct arena *a)
{
	struct text t = { .arena = a };
	bool plain = s.n > 0;
	for (size_t i = 0; i < s.n; i++)
		plain = plain &&
			((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
			 (s.p[i] >= '0' && s.p[i] <= '9') || strchr("_-./:,+=@%", s.p[i]));
	if (plain)
		return arena_strndup(a, s.p, s.n);
	text_printf(&t, "'");
	for (size_t i = 0; i < s.n; i++)
		text_printf(&t, s.p[i] == '\'' ? "'\\''" : "%c", s.p[i]);
	text_printf(&t, "'");
	return arena_strndup(a, t.items, t.n);
}

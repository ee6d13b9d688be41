/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words that somebody may have meant: a few letters are added, missing, wrong or swapped with the
 * next one (optimal string alignment distance).
 */
#include <fwlint/base.h>

#define WORD_MAX 48

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static unsigned distance(struct str a, struct str b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	for (unsigned i = 0; i <= a.n; i++)
		d[i][0] = i;
	for (unsigned k = 0; k <= b.n; k++)
		d[0][k] = k;
	for (unsigned i = 1; i <= a.n; i++)
		for (unsigned k = 1; k <= b.n; k++) {
			char x = lower(a.p[i - 1]), y = lower(b.p[k - 1]);
			d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1,
					d[i - 1][k - 1] + (x != y));
			if (i > 1 && k > 1 && x == lower(b.p[k - 2]) && y == lower(a.p[i - 2]))
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	return d[a.n][b.n];
}

void near_try(struct near *n, const char *candidate)
{
	struct str word = n->word, c = str_from(candidate);
	if (!word.n || word.n > WORD_MAX || c.n > WORD_MAX)
		return;
	size_t both = word.n < c.n ? word.n : c.n;
	bool begins = both >= 3 &&
		      str_eq_nocase((struct str){ word.p, both }, (struct str){ c.p, both });
	unsigned far = begins ? 1 : distance(word, c), most = word.n < 3 ? 0 : word.n < 6 ? 1 : 2;
	if (far > most || (n->n && far > n->distance))
		return;
	if (!n->n || far < n->distance)
		n->n = 0;
	n->distance = far;
	if (n->n < NEAR_MAX)
		n->words[n->n] = candidate;
	n->n++;
}

const char *near_question(const struct near *n, struct arena *a)
{
	if (!n->n || n->n > NEAR_MAX)
		return "";
	return n->n == 1
		       ? arena_printf(a, ": did you mean '%s'?", n->words[0])
		       : arena_printf(a, ": did you mean '%s' or '%s'?", n->words[0], n->words[1]);
}

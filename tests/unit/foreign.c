/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints "FILE: what it is taken for" of each FILE that looks like no ruleset; see
 * tests/newcomer.py. */
#include <fwlint/dialect.h>
#include <fwlint/file.h>

#include <stdio.h>

int main(int argc, char **argv)
{
	int found = 0;
	for (int i = 1; i < argc; i++) {
		struct arena *a = arena_new();
		struct text t = { .arena = a };
		struct str line;
		const char *why = file_read(argv[i], SOURCE_MAX, &t, NULL);
		const struct foreign *kind = why ? NULL : foreign_find(text_str(&t), &line);
		if (why || kind)
			printf("%s: %s\n", argv[i], why ? why : kind->what);
		found += why || kind;
		arena_free(a);
	}
	return found != 0;
}

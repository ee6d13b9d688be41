/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lints standard input: cc lint.c $(pkg-config --cflags --libs fwlint) -o lint; iptables-save | ./lint
 * Exit status: 0 nothing was found, 1 something was, 2 it is no ruleset.
 */
#include <fwlint.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	static const char *const severities[] = { "note", "warning", "error" };
	char *text = NULL;
	size_t n = 0, room = 0, got = 1;
	while (got) {
		if (n == room && !(text = realloc(text, room = 2 * room + 65536)))
			return 3;
		got = fread(text + n, 1, room - n, stdin);
		n += got;
	}
	struct fwlint_report *r = fwlint_lint("stdin", text, n, NULL);
	if (fwlint_error(r)) {
		fprintf(stderr, "%s\n", fwlint_error(r));
		return 2;
	}
	struct fwlint_finding f;
	for (size_t i = 0; fwlint_get(r, i, &f); i++) {
		printf("%s:%u:%u: %s: %s %s\n", f.file, f.line, f.column, severities[f.severity],
		       f.code, f.message);
		if (f.fix)
			printf("    insert (%s): %s\n", f.is_fix_safe ? "safe" : "unsafe", f.fix);
	}
	fputs(fwlint_diff(r), stdout);
	int status = fwlint_count(r) > 0;
	fwlint_free(r);
	free(text);
	return status;
}

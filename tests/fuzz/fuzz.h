/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the libFuzzer targets share. Each has one file: what it does with any bytes. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <fwlint/report.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts `*rest` at a line "%%". */
static inline struct str fuzz_part(struct str *rest)
{
	const char *at = rest->n ? memmem(rest->p, rest->n, "\n%%\n", 4) : NULL;
	struct str part = { rest->p, at ? (size_t)(at - rest->p) + 1 : rest->n };
	*rest = at ? (struct str){ at + 4, (size_t)(rest->p + rest->n - at) - 4 }
		   : (struct str){ NULL, 0 };
	return part;
}

/* NULL: it is no ruleset. `dialect` NULL: detected. */
static inline struct ruleset *fuzz_read(struct str text, const struct dialect *dialect,
					const struct includer *in, struct arena *a)
{
	struct diags diags = { .arena = a };
	const char *copy = arena_strndup(a, text.n ? text.p : "", text.n);
	struct source *s = source_new(a, "fuzz", copy, text.n);
	if (!dialect)
		dialect = dialect_detect((struct str){ copy, text.n });
	struct ruleset *rs = dialect ? dialect->read(a, s, in, &diags) : NULL;
	FILE *out = fopen("/dev/null", "w");
	FW_ASSERT(out);
	report_diags(out, s, &diags, false, true);
	fclose(out);
	return diags.n ? NULL : rs;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: --fix twice. The corrected text is a ruleset, and has nothing left to fix. */
#include "fuzz.h"

/* The corrected text; p NULL: it is no ruleset, or there is nothing to fix. */
static struct str fix(struct str text, bool *ret_read, struct arena *a)
{
	const char *gave_up;
	struct ruleset *rs = fuzz_read(text, NULL, NULL, a);
	*ret_read = rs;
	if (!rs)
		return (struct str){ NULL, 0 };
	struct findings found = check_run(rs, NULL, a, &gave_up);
	if (gave_up || !found.n)
		return (struct str){ NULL, 0 };
	struct fix_plan plan = fix_plan_make(rs, &found, NULL,
					     &(struct fix_options){ .unsafe = true }, a);
	return plan.used.n && !plan.failed ? plan.texts[0] : (struct str){ NULL, 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	bool read;
	struct str once = fix((struct str){ (const char *)data, size }, &read, a);
	if (once.p) {
		struct str twice = fix(once, &read, a);
		if (!read || twice.p)
			abort();
	}
	arena_free(a);
	return 0;
}

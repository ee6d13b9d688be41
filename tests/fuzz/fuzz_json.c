/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: nft's JSON. What the fixes make of it is JSON that says a ruleset. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const struct dialect *json = dialect_find("nft-json");
	struct ruleset *rs = fuzz_read((struct str){ (const char *)data, size }, json, NULL, a);
	const char *gave_up;
	struct findings found = { 0 };
	if (rs)
		found = check_run(rs, NULL, a, &gave_up);
	if (found.n && !gave_up) {
		struct fix_plan plan = fix_plan_make(rs, &found, NULL,
						     &(struct fix_options){ .unsafe = true }, a);
		if (plan.used.n && !plan.failed && !fuzz_read(plan.texts[0], json, NULL, a))
			abort();
		for (size_t i = 0; i < found.n; i++)
			(void)json->pointer(rs->source, found.items[i].span, a);
	}
	arena_free(a);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: two rulesets with a line "%%" between them are compared; one alone is equal to
 * itself. */
#include "fuzz.h"

static void print(const struct format *f, FILE *out, const struct comparison *c, struct arena *a)
{
	const struct printer_options o = { .colour = true };
	struct printer p = printer_new(f, out, &o, a);
	if (format_offers(f, PRODUCT_COMPARISON))
		p.format->comparison(&p, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str rest = { (const char *)data, size };
	struct str old_text = fuzz_part(&rest), new_text = rest.p ? rest : old_text;
	const struct ruleset *old = fuzz_read(old_text, NULL, NULL, a),
			     *new = old ? fuzz_read(new_text, NULL, NULL, a) : NULL;
	FILE *out = fopen("/dev/null", "w");
	FW_ASSERT(out);
	if (old && new) {
		struct comparison c = flow_compare(old, new, a);
		if (!rest.p && !c.gave_up && c.n)
			abort();
		for (size_t i = 0; format_list[i] && !c.gave_up; i++)
			print(format_list[i], out, &c, a);
	}
	fclose(out);
	arena_free(a);
	return 0;
}

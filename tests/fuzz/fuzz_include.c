/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: a ruleset and the files that it may include, with lines
 * "%%" between them. The last character of a pattern says which; "*" is all.
 */
#include "fuzz.h"

#define PARTS_MAX 8

struct memory {
	struct includer includer; /* stands first */
	struct str parts[PARTS_MAX];
	size_t n;
};

static const char *include(const struct includer *in, struct source *s, struct source_include *inc)
{
	const struct memory *m = (const struct memory *)(const void *)in;
	char last = inc->pattern.n ? inc->pattern.p[inc->pattern.n - 1] : 0;
	for (size_t i = 0; i < m->n; i++) {
		if (last != '*' && (size_t)(unsigned char)last % m->n != i)
			continue;
		const char *name = arena_printf(s->arena, "part%zu", i);
		struct source_file *f = NULL;
		for (size_t k = 0; k < s->n; k++)
			if (strcmp(s->items[k]->name, name) == 0)
				f = s->items[k];
		if (!f)
			f = source_add(s, name,
				       arena_strndup(s->arena, m->parts[i].p, m->parts[i].n),
				       m->parts[i].n);
		if (!f)
			return "the files are too long";
		vec_push(s->arena, inc, f);
	}
	return m->n ? NULL : "there is no file";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str rest = { (const char *)data, size }, main_file = fuzz_part(&rest);
	struct memory m = { .includer = { include } };
	while (rest.p && m.n < PARTS_MAX)
		m.parts[m.n++] = fuzz_part(&rest);
	struct ruleset *rs = fuzz_read(main_file, dialect_find("nft"), &m.includer, a);
	const char *gave_up;
	struct findings found = { 0 };
	if (rs)
		found = check_run(rs, NULL, a, &gave_up);
	if (found.n && !gave_up) {
		struct fix_plan plan = fix_plan_make(rs, &found, NULL,
						     &(struct fix_options){ .unsafe = true }, a);
		(void)edits_diff(&plan.edits, rs->source, a);
	}
	arena_free(a);
	return 0;
}

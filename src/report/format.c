/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of output formats. */
#include <fwlint/report.h>

// clang-format off
#define FORMATS(X) \
	X(text) \
	X(json) \
	X(html) \
	X(sarif) \
	X(junit) \
	X(github) \
	X(gitlab) \
	X(checkstyle) \
	X(gcc) \
	X(commands) \
	X(tap) \
	X(csv) \
	X(markdown)
// clang-format on

#define DECLARE(name) extern const struct format format_##name;
#define ENTRY(name) &format_##name,
FORMATS(DECLARE)

const struct format *const format_list[] = { FORMATS(ENTRY) NULL };
const struct format *const format_default = &format_text;

const struct format *format_find(const char *name)
{
	for (size_t i = 0; format_list[i]; i++)
		if (strcmp(format_list[i]->name, name) == 0)
			return format_list[i];
	return NULL;
}

bool format_offers(const struct format *f, enum product what)
{
	switch (what) {
	case PRODUCT_LINT: return f->lint.each;
	case PRODUCT_COMPARISON: return f->comparison;
	case PRODUCT_RESETS: return f->resets;
	case PRODUCT_PROOFS: return f->proofs.each;
	case PRODUCT_ANSWER: return f->answer;
	case PRODUCT_TRACE: return f->trace;
	case PRODUCT_TESTS: return f->tests;
	case PRODUCT_SERVICES: return f->services;
	case PRODUCT_CHECKS: return f->checks;
	case N_PRODUCTS: break;
	}
	return false;
}

const char *format_names(enum product what, struct arena *a)
{
	const char *names = NULL, *last = NULL;
	for (size_t i = 0; format_list[i]; i++) {
		if (!format_offers(format_list[i], what))
			continue;
		names = !last ? NULL : names ? arena_printf(a, "%s, %s", names, last) : last;
		last = format_list[i]->name;
	}
	return names ? arena_printf(a, "%s or %s", names, last) : last;
}

struct printer printer_new(const struct format *f, FILE *out, const struct printer_options *o,
			   struct arena *a)
{
	return (struct printer){ .format = f,
				 .out = out,
				 .options = *o,
				 .arena = a,
				 .state = arena_new_array(a, char, f->state_size + 1) };
}

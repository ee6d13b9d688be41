/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * late: libraries that are mapped when a function of theirs is first called, so that a run that
 * needs none of them does not pay for the dynamic loader's work. <fwlint/late_NAME.h> stands for
 * the library's own headers; who includes it calls the functions as always. scripts/late.py writes
 * these headers: run it after the first use of another function.
 */
#ifndef FWLINT_LATE_H
#define FWLINT_LATE_H

#include <fwlint/base.h>

struct late_library {
	const char *const *files; /* its sonames: systems differ. NULL-terminated */
	const char *const *names; /* of what is used of it, NULL-terminated */
	void *addresses;          /* pointers: of each, once it is loaded */
	bool is_loaded;
};

/*
 * Maps the library, by the dynamic loader's own search for libraries. What the program itself or a
 * preloaded library has under one of the names goes first, as if it were linked. NULL, or why
 * that is not possible (dlerror(3)). Nothing happens when it is loaded already.
 */
FW_CHECKED const char *late_load(struct late_library *l);
/* The same; without the library the program ends with a message and exit status 3. */
void late_need(struct late_library *l);

/* What the headers define. `use` is LATE_NAME(X) with the macros below for X. */
#define LATE_SLOT(symbol) __typeof__(symbol) *at_##symbol;
#define LATE_NAME(symbol) #symbol,
// clang-format off
#define LATE_DECLARE(library, use)                                             \
	extern struct late_library late_##library;                             \
	extern struct late_symbols_##library {                                 \
		use(LATE_SLOT)                                                 \
	} late_symbols_##library;                                              \
	static inline const struct late_symbols_##library *late_now_##library(void) \
	{                                                                      \
		if (!late_##library.is_loaded)                                 \
			late_need(&late_##library);                            \
		return &late_symbols_##library;                                \
	}
#define LATE_DEFINE(library, use, ...)                                         \
	static const char *const late_files[] = { __VA_ARGS__, NULL };         \
	static const char *const late_names[] = { use(LATE_NAME) NULL };       \
	struct late_symbols_##library late_symbols_##library;                  \
	struct late_library late_##library = {                                 \
		.files = late_files,                                           \
		.names = late_names,                                           \
		.addresses = &late_symbols_##library,                          \
	};
// clang-format on

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completions of shells; private to cli. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "options.h"

/* What can be completed in a place. */
enum kind { KIND_NONE, KIND_WORDS, KIND_CODES, KIND_FILES, KIND_DIRECTORIES, KIND_OTHER };
extern const char *const kind_names[];

/* The value of an option; KIND_NONE: it takes none. */
struct value {
	enum kind kind;
	bool is_optional; /* --option[=VALUE]: never in a word of its own */
	struct words words;
};
struct value value_of(const struct command *c, enum option_id id, struct arena *a);

/* The arguments of a command; of the command without a name: command names may be among them. */
struct operands {
	struct words words;
	bool takes_files;
};
struct operands operands_of(const struct command *const *all, const struct command *c,
			    struct arena *a);

/* Text to put between single quotes, which all three shells read alike; the characters in `escape`
 * get a backslash. */
const char *quoted(const char *text, const char *escape, struct arena *a);
/* Their names, with blanks between. */
const char *joined(const struct words *w, struct arena *a);

/* `all`: the list of commands. */
void completion_bash(struct text *t, const struct command *const *all);
void completion_zsh(struct text *t, const struct command *const *all);
void completion_fish(struct text *t, const struct command *const *all);

#endif

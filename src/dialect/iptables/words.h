/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a line (lex.c). */
#ifndef IPTABLES_WORDS_H
#define IPTABLES_WORDS_H

#include <fwlint/source.h>

struct word {
	struct str text; /* quotes and backslashes resolved */
	struct str raw;  /* as it stands in the source */
};

struct words {
	struct word *items;
	size_t n, cap;
};

#define OPERANDS_MAX 3

/* A line split at its command, wherever that is (line.c). */
struct command {
	char letter;
	struct str raw;                     /* the word of the command */
	struct word operands[OPERANDS_MAX]; /* a chain; a number, a policy or a second name */
	size_t n_operands;
	struct words words; /* the others, in order: the options of a rule */
	struct table *table;
	struct span line;
};

/*
 * Splits one line as iptables-restore does (xshared.c: add_param_to_argv):
 * blanks separate, "…" quotes, \ escapes inside quotes only.
 */
void lex_line(struct arena *a, struct str line, struct words *ret);
/* The table that the option at word i names: -t nat, -tnat, --table=nat; p NULL: it names none. */
struct str table_named(const struct words *w, size_t i);
/* The command among the words (line.c); false: there is none. */
FW_CHECKED bool command_find(struct arena *a, const struct words *w, size_t from,
			     struct command *ret);
/* V4 and/or V6: what the words of a file are most likely for (family.c). */
unsigned file_families(const struct source *s);

#endif

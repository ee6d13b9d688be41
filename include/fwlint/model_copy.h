/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of chains, for rulesets that are put side by side or joined. */
#ifndef FWLINT_MODEL_COPY_H
#define FWLINT_MODEL_COPY_H

#include <fwlint/model.h>

/* The new numbers in a copy. */
struct renumbering {
	struct arena *arena;
	uint32_t rules;                   /* added to the ids of rules */
	const uint32_t *var;              /* by variable */
	const struct opaque *const *vars; /* by new variable */
	const unsigned *field;            /* by field */
};

/* Names, tables and the targets of jumps are those of the chain that is copied. */
struct chain *chain_copy(const struct renumbering *n, const struct chain *from);

#endif

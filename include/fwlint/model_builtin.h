/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The base chains that iptables makes with its tables. */
#ifndef FWLINT_MODEL_BUILTIN_H
#define FWLINT_MODEL_BUILTIN_H

#include <fwlint/model.h>

struct builtin_chain {
	const char *table, *name;
	enum hook hook;
	int priority;     /* with iptables-legacy */
	int nft_priority; /* with iptables-nft */
	enum chain_type type;
};

/* The last has no name. */
extern const struct builtin_chain builtin_chains[];
/* NULL: it is a user chain. */
const struct builtin_chain *builtin_chain_find(struct str table, struct str name);
/* Is there a table of this name? */
bool is_builtin_table(struct str table);

#endif

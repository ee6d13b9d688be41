/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files share that make random nft rulesets. */
#ifndef TESTS_RANDOM_NFT_H
#define TESTS_RANDOM_NFT_H

#include "property.h"

struct generator {
	struct text out;
	uint32_t n_user; /* user chains u0 … ; u_i jumps to u_j, j > i */
	bool fixes, kernel;
	bool not_tcp;   /* the rule tests another protocol, so nft refuses tests of TCP */
	bool shared;    /* a chain that those of several hooks jump to */
	bool nat;       /* the chain is a nat chain */
	bool inet;      /* the table is of both families */
	bool stateless; /* nothing makes the kernel reassemble fragments */
	const char *hook;
};

/* Classes that are no rules: random_nft.c makes them. */
extern const char class_dormant_table[], class_stateless_ruleset[], class_woken_table[];

/* Rules of one class, picked at random, or none. */
void random_nft_add_class(struct generator *g);
/* Takes back what was added where it makes the kernel track connections; false: nothing is left. */
bool random_nft_keep(struct generator *g, size_t before);

#endif

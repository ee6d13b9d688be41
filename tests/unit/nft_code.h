/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code of a rule of nf_tables: the messages that src/live/nft_compile.c has from the kernel. */
#ifndef TESTS_NFT_CODE_H
#define TESTS_NFT_CODE_H

#include <fwlint/base.h>

/* An anonymous set with one element. */
void code_add_set(struct text *code, const char *name, uint32_t element);
/* A rule that looks up these sets. */
void code_add_rule(struct text *code, const char *const *sets, size_t n, struct str userdata);
/* A rule that looks up two anonymous sets, and one with a name. */
struct str code_some(void);

#endif

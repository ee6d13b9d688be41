/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the generators of random rulesets share. */
#ifndef TESTS_PROPERTY_H
#define TESTS_PROPERTY_H

#include <fwlint/base.h>

void random_seed(uint64_t seed);
uint32_t random_below(uint32_t n);
bool chance(uint32_t percent);
const char *one_of(const char *const *list, uint32_t n);

#define ONE_OF(...) one_of((const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/*
 * `fixes`: rulesets in which something is to be fixed. `kernel`: ones of which
 * it is known what the kernel does with a packet (no rates, no copied marks).
 */
struct str random_nft_ruleset(struct arena *a, bool fixes, bool kernel);
struct str random_iptables_ruleset(struct arena *a, bool fixes, bool kernel);

#endif

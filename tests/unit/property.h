/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the generators of random rulesets share. */
#ifndef TESTS_PROPERTY_H
#define TESTS_PROPERTY_H

#include <fwlint/base.h>

void random_seed(uint64_t seed);
uint32_t random_below(uint32_t n);
bool chance(uint32_t percent);
const char *one_of(const char *const *list, uint32_t n);

// clang-format off
#define ONE_OF(...) one_of((const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
// clang-format on

/*
 * Classes of rules: a class is a kind of rule that something was wrong with once,
 * or could be. Each generator has a table of them; what it has produced is counted by name.
 */
enum class_for {
	FOR_SETS = 1,   /* property tests: sets and interpreter */
	FOR_FIXES = 2,  /* rulesets in which something is to be fixed */
	FOR_KERNEL = 4, /* differential test: the kernel's answer is known */
	FOR_ALL = 7
};

/* The ruleset that is being made has a rule of the class; `name` stays valid. */
void class_seen(const char *name);
/* The ruleset is done: that many packets were sent through it (0: it was not used). */
void classes_sent(uint64_t packets);
/* Prints class, rulesets, packets for each of the n names; returns how many were never produced. */
unsigned classes_print(const char *const *names, unsigned n);
/* The names of the dialect's classes that are for `what`; returns how many. */
unsigned random_nft_classes(enum class_for what, const char **ret_names, unsigned max);
unsigned random_iptables_classes(enum class_for what, const char **ret_names, unsigned max);
/* classes_print() for the dialect ("nft" or "iptables"). */
unsigned classes_report(const char *dialect, enum class_for what);

/*
 * `fixes`: rulesets in which something is to be fixed. `kernel`: ones of which
 * it is known what the kernel does with a packet (no rates, no copied marks).
 */
struct str random_nft_ruleset(struct arena *a, bool fixes, bool kernel);
struct str random_iptables_ruleset(struct arena *a, bool fixes, bool kernel);

#endif

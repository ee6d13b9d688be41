/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of tests with Check: each has an arena of its own. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <fwlint/model.h>

#include <check.h>

extern struct arena *a; /* of the running test */

/* Where it is set: called before each test, when `a` is there. */
extern void (*suite_prepare)(void);

/* A group of tests, which CK_RUN_CASE=NAME runs alone. */
struct suite_group {
	const char *name;
	const TTest *const *tests;
	size_t n;
};

/* Runs the tests; returns the exit status of the program. */
int suite_run(const char *name, const TTest *const *tests, size_t n);
int suite_run_groups(const char *name, const struct suite_group *groups, size_t n);

/* A ruleset of a dialect, in the arena of the test, which fails where it has an error. */
struct ruleset *suite_read(const char *dialect, const char *text);

#endif

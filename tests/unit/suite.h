/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of tests with Check: each has an arena of its own. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <fwlint/base.h>

#include <check.h>

extern struct arena *a; /* of the running test */

/* Runs the tests; returns the exit status of the program. */
int suite_run(const char *name, const TTest *const *tests, size_t n);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suite.h"

struct arena *a;
void (*suite_prepare)(void);

static void setup(void)
{
	a = arena_new();
	if (suite_prepare)
		suite_prepare();
}

static void teardown(void)
{
	arena_free(a);
}

static TCase *new_case(const struct suite_group *g)
{
	TCase *t = tcase_create(g->name);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	for (size_t i = 0; i < g->n; i++)
		tcase_add_test(t, g->tests[i]);
	return t;
}

int suite_run(const char *name, const TTest *const *tests, size_t n)
{
	const struct suite_group all = { "all", tests, n };
	return suite_run_groups(name, &all, 1);
}

int suite_run_groups(const char *name, const struct suite_group *groups, size_t n)
{
	Suite *s = suite_create(name);
	for (size_t i = 0; i < n; i++)
		suite_add_tcase(s, new_case(&groups[i]));
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}

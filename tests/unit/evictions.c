/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/net/stat/nf_conntrack says of evicted entries: the column is found by its name. */
#include <fwlint/live_conntrack.h>

#include "suite.h"

static uint64_t evictions_of(const char *text)
{
	FILE *f = tmpfile();
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	uint64_t n = live_evictions(f);
	ck_assert_uint_eq(live_evictions(f), n); /* it begins anew */
	fclose(f);
	return n;
}

START_TEST(processors_are_summed_up)
{
	ck_assert_uint_eq(evictions_of("entries  clashres drop early_drop icmp_error\n"
				       "00000001  00000002 00000003 0000000a 00000005\n"
				       "00000001  00000002 00000003 00000010 00000005\n"),
			  26);
}
END_TEST

START_TEST(without_the_column_there_are_none)
{
	ck_assert_uint_eq(evictions_of(""), 0);
	ck_assert_uint_eq(evictions_of("entries drop\n00000001 00000007\n"), 0);
	ck_assert_uint_eq(evictions_of("entries early_drop\n00000001\n"), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { processors_are_summed_up,
				       without_the_column_there_are_none };
	return suite_run("evictions", tests, ARRAY_SIZE(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells whether iptables-legacy still has the ruleset that was read: a number for its
 * texts. Counters move by themselves; all else is a change.
 */
#include "../../src/live/backend.h"

#include "suite.h"

#define RULES                                                                                 \
	"*filter\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A INPUT -j user\n-A user -p tcp -j " \
	"DROP\nCOMMIT\n"

static uint64_t hash_of(const char *text)
{
	return dump_hash(DUMP_HASH_START, str_from(text));
}

static uint64_t hash_of_two(const char *one, const char *other)
{
	return dump_hash(hash_of(one), str_from(other));
}

/* FNV-1a of 64 bits, made in Python: of "a\n", and of ":INPUT ACCEPT [\n-A INPUT -j DROP\n". */
START_TEST(it_is_fnv_of_the_lines_without_counters)
{
	ck_assert_uint_eq(hash_of(""), DUMP_HASH_START);
	ck_assert_uint_eq(hash_of("a"), 0x089bdc07b544e7b2u);
	ck_assert_uint_eq(hash_of("a\n"), 0x089bdc07b544e7b2u);
	ck_assert_uint_eq(hash_of(":INPUT ACCEPT [12:3456]\n-A INPUT -j DROP\n"),
			  0xd945bcbfd6a8884au);
}
END_TEST

START_TEST(counters_of_policies_do_not_count)
{
	ck_assert_uint_eq(hash_of(RULES), hash_of("*filter\n:INPUT DROP [13:99999999999]\n:user - "
						  "[0:0]\n"
						  "-A INPUT -j user\n-A user -p tcp -j "
						  "DROP\nCOMMIT\n"));
}
END_TEST

START_TEST(each_other_change_makes_another_number)
{
	static const char *const others[] = {
		RULES,
		"*mangle\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A INPUT -j user\n-A user -p tcp "
		"-j DROP\nCOMMIT\n",
		"*filter\n:INPUT ACCEPT [12:3456]\n:user - [0:0]\n-A INPUT -j user\n-A user -p tcp "
		"-j DROP\nCOMMIT\n",
		"*filter\n:INPUT DROP [12:3456]\n:usex - [0:0]\n-A INPUT -j user\n-A user -p tcp "
		"-j DROP\nCOMMIT\n",
		"*filter\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A user -p tcp -j DROP\n-A INPUT "
		"-j user\nCOMMIT\n",
		"*filter\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A INPUT -j user\n-A user -p udp "
		"-j DROP\nCOMMIT\n",
		"*filter\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A INPUT -j user\nCOMMIT\n",
		"*filter\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A INPUT -j user\n-A INPUT -j "
		"user\n"
		"-A user -p tcp -j DROP\nCOMMIT\n",
		/* a counter in brackets that is the rule's own text */
		"*filter\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A INPUT -j user\n"
		"-A user -p tcp -m comment --comment \"[1:2]\" -j DROP\nCOMMIT\n",
		"*filter\n:INPUT DROP [12:3456]\n:user - [0:0]\n-A INPUT -j user\n"
		"-A user -p tcp -m comment --comment \"[1:3]\" -j DROP\nCOMMIT\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(hash_of(others[i]) != hash_of(others[k]), "%zu %zu", i, k);
}
END_TEST

START_TEST(where_a_line_and_a_text_end_counts)
{
	ck_assert_uint_ne(hash_of("ab\nc\n"), hash_of("a\nbc\n"));
	ck_assert_uint_ne(hash_of("a\nb\n"), hash_of("b\na\n"));
	ck_assert_uint_ne(hash_of_two(RULES, ""), hash_of_two("", ""));
	ck_assert_uint_ne(hash_of_two("a\n", "b\n"), hash_of_two("b\n", "a\n"));
	ck_assert_uint_eq(hash_of_two("a\n", "b\n"), hash_of("a\nb\n"));
}
END_TEST

START_TEST(only_texts_of_legacy_are_counted_in_their_order)
{
	static const struct backend legacy = { .name = "legacy" }, nft = { .name = "nft" };
	struct live_ruleset items[] = { { .backend = &nft, .text = STR("table ip t\n") },
					{ .backend = &legacy, .text = STR("*filter\nCOMMIT\n") },
					{ .backend = &legacy, .text = STR("*nat\nCOMMIT\n") } };
	struct live_rulesets all = { .items = items, .n = 3 };
	uint64_t before = live_legacy_hash(&all);
	ck_assert_uint_eq(before, hash_of_two("*filter\nCOMMIT\n", "*nat\nCOMMIT\n"));
	items[0].text = STR("table ip other\n");
	ck_assert_uint_eq(live_legacy_hash(&all), before);
	items[2].text = STR("*nat\n-A OUTPUT\nCOMMIT\n");
	ck_assert_uint_ne(live_legacy_hash(&all), before);
	all.n = 1;
	ck_assert_uint_eq(live_legacy_hash(&all), DUMP_HASH_START);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_fnv_of_the_lines_without_counters,         counters_of_policies_do_not_count,
		each_other_change_makes_another_number,          where_a_line_and_a_text_end_counts,
		only_texts_of_legacy_are_counted_in_their_order,
	};
	return suite_run("hash", tests, ARRAY_SIZE(tests));
}

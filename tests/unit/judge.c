/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judge of fixes by itself: rules that no check would propose. */
#include <fwlint/fix.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define INVALID_DROP "-A INPUT -m conntrack --ctstate INVALID -j DROP\n"
#define RESET "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"

static struct arena *a;

static void setup(void)
{
	a = arena_new();
}

static void teardown(void)
{
	arena_free(a);
}

static struct ruleset *read_rules(const char *policy, const char *rules)
{
	struct diags d = { .arena = a };
	const char *text = arena_printf(a, "*filter\n:INPUT %s\n%sCOMMIT\n", policy, rules);
	struct ruleset *rs = dialect_find("iptables")->read(a, source_new(a, "rules", text, strlen(text)), NULL, &d);
	ck_assert_msg(d.n == 0, "%s", d.n ? d.items[0].message : "");
	return rs;
}

/* What is said of `rule` put in front of the rules of a chain, or behind them all. */
static struct fix judge_in(const struct ruleset *rs, const char *table, const char *chain, const char *rule, bool at_end)
{
	const struct ruleset *one = read_rules("ACCEPT", rule);
	struct fix fix = { .form.after = true };
	for (size_t i = 0; i < rs->n_chains; i++)
		if (str_is(rs->chains[i]->name, chain) && str_is(rs->chains[i]->table->name, table))
			fix.change.chain = rs->chains[i];
	ck_assert_ptr_nonnull(fix.change.chain);
	fix.change.index = at_end ? fix.change.chain->n : 0;
	fix.change.rule = one->chains[0]->items[0];
	fix_judge(rs, &fix, a);
	return fix;
}

/* The same of INPUT of filter. */
static struct fix judge(const char *policy, const char *rules, const char *rule, bool at_end)
{
	return judge_in(read_rules(policy, rules), "filter", "INPUT", rule, at_end);
}

START_TEST(an_invalid_drop_before_a_reset_is_safe)
{
	struct fix f = judge("DROP", RESET, INVALID_DROP, false);
	ck_assert_int_eq(f.safety, FIX_SAFE);
	ck_assert_uint_eq(f.n_classes, 1);
}
END_TEST

START_TEST(a_walk_that_is_not_finished_forbids)
{
	struct text t = { .arena = a };
	for (unsigned i = 0; i < 600; i++)
		text_printf(&t, ":c%u -\n", i);
	for (unsigned i = 0; i < 599; i++)
		text_printf(&t, "-A c%u -j c%u\n", i, i + 1);
	text_printf(&t, "-A c599 -p tcp -j REJECT --reject-with tcp-reset\n-A INPUT -j c0\n");
	struct fix f = judge("DROP", arena_strndup(a, t.items, t.n), INVALID_DROP, false);
	ck_assert_int_eq(f.safety, FIX_FORBIDDEN);
	ck_assert_str_eq(f.hazard, "the comparison of old and new was not finished");
}
END_TEST

/*
 * n + 1 pigeons sit in n holes, none in the same: no packet is left, and that
 * is long to find out. The hole of pigeon p is in three bits of the mark.
 */
static const char *pigeons(unsigned n)
{
	struct text t = { .arena = a };
	for (unsigned p = 0; p <= n; p++) {
		for (unsigned none = n; none < 8; none++)
			text_printf(&t, "-A INPUT -m mark --mark %#x/%#x -j DROP\n", none << 3 * p, 7u << 3 * p);
		for (unsigned q = 0; q < p; q++)
			for (unsigned h = 0; h < n; h++)
				text_printf(&t, "-A INPUT -m mark --mark %#x/%#x -j DROP\n", h << 3 * p | h << 3 * q,
					    7u << 3 * p | 7u << 3 * q);
	}
	return arena_strndup(a, t.items, t.n);
}

START_TEST(a_search_that_is_not_finished_forbids)
{
	struct fix f = judge("ACCEPT", pigeons(7), INVALID_DROP, true);
	ck_assert_msg(f.safety == FIX_FORBIDDEN, "%d %s", (int)f.safety, f.hazard ? f.hazard : "");
	ck_assert_str_eq(f.hazard, "the comparison of old and new was not finished");
	f = judge("ACCEPT", pigeons(2), INVALID_DROP, true);
	ck_assert_int_eq(f.safety, FIX_SAFE);
	ck_assert_uint_eq(f.n_classes, 0);
}
END_TEST

START_TEST(what_a_queue_had_makes_unsafe)
{
	struct fix f = judge("DROP", "-A INPUT -p tcp -j NFQUEUE --queue-num 3\n", INVALID_DROP, false);
	ck_assert_int_eq(f.safety, FIX_UNSAFE);
	ck_assert_str_eq(f.hazard, "a program that reads a queue sees these packets now");
}
END_TEST

START_TEST(what_syn_proxies_had_forbids)
{
	struct fix f = judge("DROP", "-A INPUT -p tcp -m conntrack --ctstate INVALID -j SYNPROXY\n", INVALID_DROP, false);
	ck_assert_int_eq(f.safety, FIX_FORBIDDEN);
}
END_TEST

START_TEST(what_a_rule_accepted_of_loopback_makes_unsafe_of_every_protocol)
{
	static const char *const protocols[] = { "tcp", "udp", "icmp", "sctp", "1", "5", "7", "255" };
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		const char *rules = arena_printf(a, "-A INPUT -i lo -p %s -j ACCEPT\n", protocols[i]);
		struct fix f = judge("DROP", rules, INVALID_DROP, false);
		ck_assert_msg(f.safety == FIX_UNSAFE, "%s", rules);
		rules = arena_printf(a, "-A INPUT ! -i lo -p %s -j ACCEPT\n", protocols[i]);
		f = judge("DROP", rules, INVALID_DROP, false);
		ck_assert_msg(f.safety == FIX_SAFE, "%s", rules);
	}
}
END_TEST

START_TEST(what_only_the_policy_accepted_of_loopback_is_safe_but_for_tcp)
{
	ck_assert_int_eq(judge("ACCEPT", RESET, INVALID_DROP, false).safety, FIX_SAFE);
	ck_assert_int_eq(judge("ACCEPT", "-A INPUT -p udp -j REJECT\n", INVALID_DROP, false).safety, FIX_UNSAFE);
}
END_TEST

/* What the chain of the one table accepts, that of the other sees: the fix may be in either. */
START_TEST(what_a_rule_of_any_table_accepted_of_loopback_makes_unsafe)
{
	static const struct { const char *mangle, *filter; enum fix_safety safety; } rows[] = {
		{ "", "", FIX_SAFE },
		{ "-A INPUT -p icmp -j RETURN\n", "", FIX_SAFE },
		{ "-A INPUT -p icmp -j ACCEPT\n", "", FIX_UNSAFE },
		{ "", "-A INPUT -p icmp -j ACCEPT\n", FIX_UNSAFE },
		{ "-A INPUT -p icmp -j ACCEPT\n", "-A INPUT -p icmp -j DROP\n", FIX_SAFE },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *rules = arena_printf(a, RESET "%sCOMMIT\n*mangle\n:INPUT ACCEPT\n%s", rows[i].filter, rows[i].mangle);
		const struct ruleset *rs = read_rules("ACCEPT", rules);
		ck_assert_int_eq(judge_in(rs, "filter", "INPUT", INVALID_DROP, false).safety, rows[i].safety);
		ck_assert_int_eq(judge_in(rs, "mangle", "INPUT", INVALID_DROP, false).safety, rows[i].safety);
	}
}
END_TEST

START_TEST(new_segments_may_be_dropped_without_syn_only)
{
	static const struct { const char *rule; bool may; } rows[] = {
		{ "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j DROP\n", true },
		{ "-A INPUT -p tcp -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p tcp --syn -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p tcp ! --tcp-flags ACK ACK -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p tcp ! --tcp-flags SYN,ACK ACK -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p udp -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW,INVALID -j DROP\n", false },
		{ "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j ACCEPT\n", false },
		{ "-A INPUT -m conntrack --ctstate INVALID -j ACCEPT\n", false },
		{ "-A INPUT -j DROP\n", false },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fix f = judge("DROP", RESET, rows[i].rule, false);
		ck_assert_msg((f.safety == FIX_UNSAFE) == rows[i].may && f.safety != FIX_SAFE, "%s: %d, %s", rows[i].rule,
			      (int)f.safety, f.hazard ? f.hazard : "");
	}
}
END_TEST

START_TEST(new_segments_that_were_accepted_stay_accepted)
{
	struct fix f = judge("DROP", "-A INPUT -p tcp --dport 22 -j ACCEPT\n" RESET,
			     "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j DROP\n", false);
	ck_assert_int_eq(f.safety, FIX_FORBIDDEN);
	ck_assert_str_eq(f.hazard, "it would drop packets of connections that are accepted");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("judge");
	TCase *t = tcase_create("all");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_invalid_drop_before_a_reset_is_safe);
	tcase_add_test(t, a_walk_that_is_not_finished_forbids);
	tcase_add_test(t, a_search_that_is_not_finished_forbids);
	tcase_add_test(t, what_a_queue_had_makes_unsafe);
	tcase_add_test(t, what_syn_proxies_had_forbids);
	tcase_add_test(t, what_a_rule_accepted_of_loopback_makes_unsafe_of_every_protocol);
	tcase_add_test(t, what_only_the_policy_accepted_of_loopback_is_safe_but_for_tcp);
	tcase_add_test(t, what_a_rule_of_any_table_accepted_of_loopback_makes_unsafe);
	tcase_add_test(t, new_segments_may_be_dropped_without_syn_only);
	tcase_add_test(t, new_segments_that_were_accepted_stay_accepted);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}

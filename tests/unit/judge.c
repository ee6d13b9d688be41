/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judge of fixes by itself: rules that no check would propose. */
#include <fwlint/fix.h>

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

#define INVALID_DROP "-A INPUT -m conntrack --ctstate INVALID -j DROP\n"
#define RESET "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"

static struct ruleset *read_rules(const char *policy, const char *rules)
{
	return suite_read("iptables",
			  arena_printf(a, "*filter\n:INPUT %s\n%sCOMMIT\n", policy, rules));
}

/* What is said of `rule` put in front of the rules of a chain, or behind them all. */
static struct fix judge_in(const struct ruleset *rs, const char *table, const char *chain,
			   const char *rule, bool at_end)
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
	ck_assert_str_eq(fix_certificate(&f, a), "changes 1 class of packets, all INVALID, and "
						 "nothing else: "
						 "tcp reset -> drop (input)");
	f = judge("DROP", INVALID_DROP RESET, INVALID_DROP, true);
	ck_assert_str_eq(fix_certificate(&f, a), "changes no verdict: what it drops was dropped "
						 "before");
}
END_TEST

START_TEST(what_would_make_the_kernel_reassemble_what_rules_see_forbids)
{
	const char *sees = "-A FORWARD -f -j ACCEPT\n" RESET;
	ck_assert_int_eq(judge("DROP", sees, INVALID_DROP, false).safety, FIX_FORBIDDEN);
	/* it is reassembled already */
	sees = "-A FORWARD -f -j ACCEPT\n-A INPUT -m conntrack --ctstate ESTABLISHED -j "
	       "ACCEPT\n" RESET;
	ck_assert_int_eq(judge("DROP", sees, INVALID_DROP, true).safety, FIX_SAFE);
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
	for (int at_end = 0; at_end < 2; at_end++) { /* there the walk does not come to it */
		struct fix f = judge("DROP", arena_strndup(a, t.items, t.n), INVALID_DROP, at_end);
		ck_assert_int_eq(f.safety, FIX_FORBIDDEN);
		ck_assert_str_eq(f.hazard, "the comparison of old and new was not finished");
	}
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
			text_printf(&t, "-A INPUT -m mark --mark %#x/%#x -j DROP\n", none << 3 * p,
				    7u << 3 * p);
		for (unsigned q = 0; q < p; q++)
			for (unsigned h = 0; h < n; h++)
				text_printf(&t, "-A INPUT -m mark --mark %#x/%#x -j DROP\n",
					    h << 3 * p | h << 3 * q, 7u << 3 * p | 7u << 3 * q);
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
	struct fix f = judge("DROP", "-A INPUT -p tcp -j NFQUEUE --queue-num 3\n", INVALID_DROP,
			     false);
	ck_assert_int_eq(f.safety, FIX_UNSAFE);
	ck_assert_str_eq(f.hazard, "a program that reads a queue sees these packets now");
}
END_TEST

/* nft_ct_set_zone_eval() makes UNTRACKED packets NEW where it stands behind conntrack, and before
 * it only what is NEW anyway. */
START_TEST(a_zone_behind_conntrack_forbids_a_drop_of_new_segments)
{
	static const char text[] = "table ip raw {\nchain early {\ntype filter hook input priority "
				   "%s;\nudp dport 5 ct zone set 1\n}\n"
				   "chain input {\ntype filter hook input priority 0;\nip protocol "
				   "tcp reject with tcp reset\n}\n}\n";
	static const char drop[] = "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j DROP\n";
	char *behind = arena_strndup(a, text, strlen(text)), *at = strstr(behind, "%s");
	at[0] = '-';
	at[1] = '5';
	struct fix f = judge_in(suite_read("nft", behind), "raw", "input", drop, false);
	ck_assert_int_eq(f.safety, FIX_FORBIDDEN);
	ck_assert_str_eq(f.hazard, "a zone that is set after conntrack makes packets NEW");
}
END_TEST

START_TEST(what_may_make_half_of_a_connection_invalid_makes_unsafe)
{
	static const char *const rules[] = {
		"-A INPUT -p vrrp -j ACCEPT\n",
		"-A INPUT -i eth0 -p 112 -j ACCEPT\n",
		"-A INPUT -m ipvs --ipvs -j ACCEPT\n",
		"COMMIT\n*raw\n:PREROUTING ACCEPT\n-A PREROUTING -j NOTRACK\n",
		"COMMIT\n*raw\n:PREROUTING ACCEPT\n-A PREROUTING -p udp -j NOTRACK\n",
	};
	static const char *const harmless[] = {
		"-A INPUT -p vrrp -j DROP\n",
		"-A INPUT ! -p vrrp -j LOG\n",
		"-A INPUT -p 111 -j LOG\n",
		("-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
		 "COMMIT\n*raw\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp --syn -j NOTRACK\n"),
	};
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		ck_assert_msg(judge("DROP",
				    arena_printf(a, ":FORWARD ACCEPT\n" RESET "%s", rules[i]),
				    INVALID_DROP, false)
					      .safety == FIX_UNSAFE,
			      "%s", rules[i]);
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		ck_assert_msg(judge("DROP",
				    arena_printf(a, ":FORWARD ACCEPT\n" RESET "%s", harmless[i]),
				    INVALID_DROP, false)
					      .safety == FIX_SAFE,
			      "%s", harmless[i]);
}
END_TEST

START_TEST(what_syn_proxies_had_forbids)
{
	struct fix f = judge("DROP", "-A INPUT -p tcp -m conntrack --ctstate INVALID -j SYNPROXY\n",
			     INVALID_DROP, false);
	ck_assert_int_eq(f.safety, FIX_FORBIDDEN);
}
END_TEST

START_TEST(what_a_rule_accepted_of_loopback_makes_unsafe_of_every_protocol)
{
	static const char *const protocols[] = {
		"tcp", "udp", "icmp", "sctp", "1", "5", "7", "255"
	};
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		const char *rules = arena_printf(a, "-A INPUT -i lo -p %s -j ACCEPT\n",
						 protocols[i]);
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
	ck_assert_int_eq(judge("ACCEPT", "-A INPUT -p udp -j REJECT\n", INVALID_DROP, false).safety,
			 FIX_UNSAFE);
	/* what is accepted before conntrack goes on to it */
	ck_assert_int_eq(judge("ACCEPT",
			       RESET "COMMIT\n*raw\n:PREROUTING ACCEPT\n-A PREROUTING -p icmp -j "
				     "ACCEPT\n",
			       INVALID_DROP, false)
				 .safety,
			 FIX_SAFE);
}
END_TEST

/* What the chain of the one table accepts, that of the other sees: the fix may be in either. */
START_TEST(what_a_rule_of_any_table_accepted_of_loopback_makes_unsafe)
{
	static const struct {
		const char *mangle, *filter;
		enum fix_safety safety;
	} rows[] = {
		{ "", "", FIX_SAFE },
		{ "-A INPUT -p icmp -j RETURN\n", "", FIX_SAFE },
		{ "-A INPUT -p icmp -j ACCEPT\n", "", FIX_UNSAFE },
		{ "", "-A INPUT -p icmp -j ACCEPT\n", FIX_UNSAFE },
		{ "-A INPUT -p icmp -j ACCEPT\n", "-A INPUT -p icmp -j DROP\n", FIX_SAFE },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *rules = arena_printf(a, RESET "%sCOMMIT\n*mangle\n:INPUT ACCEPT\n%s",
						 rows[i].filter, rows[i].mangle);
		const struct ruleset *rs = read_rules("ACCEPT", rules);
		ck_assert_int_eq(judge_in(rs, "filter", "INPUT", INVALID_DROP, false).safety,
				 rows[i].safety);
		ck_assert_int_eq(judge_in(rs, "mangle", "INPUT", INVALID_DROP, false).safety,
				 rows[i].safety);
	}
}
END_TEST

START_TEST(new_segments_may_be_dropped_without_syn_only)
{
	static const struct {
		const char *rule;
		bool may;
	} rows[] = {
		{ "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j DROP\n", true },
		{ "-A INPUT -p tcp -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p tcp --syn -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p tcp ! --tcp-flags ACK ACK -m conntrack --ctstate NEW -j DROP\n",
		  false },
		{ "-A INPUT -p tcp ! --tcp-flags SYN,ACK ACK -m conntrack --ctstate NEW -j DROP\n",
		  false },
		{ "-A INPUT -p udp -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -m conntrack --ctstate NEW -j DROP\n", false },
		{ "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW,INVALID -j DROP\n", false },
		{ "-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j ACCEPT\n", false },
		{ "-A INPUT -m conntrack --ctstate INVALID -j ACCEPT\n", false },
		{ "-A INPUT -j DROP\n", false },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fix f = judge("DROP", RESET, rows[i].rule, false);
		ck_assert_msg((f.safety == FIX_UNSAFE) == rows[i].may && f.safety != FIX_SAFE,
			      "%s: %d, %s", rows[i].rule, (int)f.safety, f.hazard ? f.hazard : "");
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

static const struct ruleset *read_behind(const struct source *before, const char *name,
					 const char *rule)
{
	struct diags d = { .arena = a };
	const char *text = arena_printf(a,
					"table ip %s {\nchain i {\ntype filter hook input priority "
					"0; policy accept;\n%s\n}\n}\n",
					name, rule);
	struct source *s = before ? source_new_behind(before, a, name, text, strlen(text))
				  : source_new(a, name, text, strlen(text));
	const struct ruleset *rs = dialect_find("nft")->read(a, s, NULL, &d);
	ck_assert_uint_eq(d.n, 0);
	return rs;
}

/* Two rulesets of one host: nobody knows which of their chains is asked first. */
static const struct ruleset *both(const char *one, const char *other)
{
	const struct ruleset *x = read_behind(NULL, "x", one),
			     *y = read_behind(x->source, "y", other);
	const struct ruleset *parts[] = { x, y };
	struct source *sources[] = { (struct source *)(uintptr_t)x->source,
				     (struct source *)(uintptr_t)y->source };
	return ruleset_join(parts, 2, source_join(a, "both", sources, 2), a);
}

START_TEST(what_differs_in_one_order_of_equal_priorities_differs)
{
	static const char refuse[] = "tcp dport 22 reject", lose[] = "tcp dport 22 drop";
	const struct ruleset *one = read_behind(NULL, "x", refuse), *only = both(refuse, "");
	const struct ruleset *two[] = { both(refuse, lose), both(lose, refuse) };
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(flow_compare(two[i], two[i], a).n, 0);
		ck_assert_uint_gt(flow_compare(two[i], only, a).n, 0);
		ck_assert_uint_gt(flow_compare(only, two[i], a).n, 0);
		ck_assert_uint_gt(flow_compare(two[i], one, a).n, 0);
		ck_assert_uint_gt(flow_compare(one, two[i], a).n, 0);
	}
	ck_assert_uint_eq(flow_compare(only, one, a).n, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_invalid_drop_before_a_reset_is_safe,
		what_would_make_the_kernel_reassemble_what_rules_see_forbids,
		a_walk_that_is_not_finished_forbids,
		a_search_that_is_not_finished_forbids,
		what_a_queue_had_makes_unsafe,
		a_zone_behind_conntrack_forbids_a_drop_of_new_segments,
		what_may_make_half_of_a_connection_invalid_makes_unsafe,
		what_syn_proxies_had_forbids,
		what_a_rule_accepted_of_loopback_makes_unsafe_of_every_protocol,
		what_only_the_policy_accepted_of_loopback_is_safe_but_for_tcp,
		what_a_rule_of_any_table_accepted_of_loopback_makes_unsafe,
		new_segments_may_be_dropped_without_syn_only,
		new_segments_that_were_accepted_stay_accepted,
		what_differs_in_one_order_of_equal_priorities_differs,
	};
	return suite_run("judge", tests, ARRAY_SIZE(tests));
}

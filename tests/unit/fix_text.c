/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of fixes: which tests of a reset they repeat, and whether they say what was meant. */
#include <fwlint/fix.h>

#include "suite.h"

/* A fix repeats the tests of the reset: each has its form in JSON, and is read again as it was
 * meant. */
START_TEST(fixes_in_json_say_every_test_of_the_reset)
{
#define TEST(op, left, right) \
	"{\"match\": {\"op\": \"" op "\", \"left\": " left ", \"right\": " right "}}"
#define META(key) "{\"meta\": {\"key\": \"" key "\"}}"
#define OF(proto, f) "{\"payload\": {\"protocol\": \"" proto "\", \"field\": \"" f "\"}}"
	static const char *const tests[] = {
		TEST("==", META("iifname"), "\"eth0\""),
		TEST("!=", META("oifname"), "\"eth0\""),
		TEST("==", OF("ip", "saddr"), "\"10.0.0.1\""),
		TEST("!=", OF("ip", "daddr"), "{\"prefix\": {\"addr\": \"10.0.0.0\", \"len\": 8}}"),
		TEST("==", OF("ip6", "saddr"), "\"2001:db8::1\""),
		TEST("==", OF("ip6", "daddr"), "{\"set\": [\"2001:db8::1\", \"2001:db8::2\"]}"),
		TEST("==", OF("tcp", "dport"), "{\"range\": [5, 9]}"),
		TEST("!=", OF("tcp", "sport"), "{\"set\": [5, 9]}"),
		TEST("==", OF("th", "dport"), "5"),
		TEST("==", META("nfproto"), "\"ipv4\""),
		TEST("==", META("l4proto"), "\"tcp\""),
	};
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		const char *text = arena_printf(
			a,
			"{\"nftables\": [{\"table\": {\"family\": \"inet\", \"name\": \"t\"}}, "
			"{\"chain\": {\"family\": \"inet\", \"table\": \"t\", \"name\": \"c\", "
			"\"type\": \"filter\", "
			"\"hook\": \"forward\", \"prio\": 0, \"policy\": \"accept\"}}, {\"rule\": "
			"{\"family\": \"inet\", "
			"\"table\": \"t\", \"chain\": \"c\", \"expr\": [" TEST(
				"in", "{\"ct\": {\"key\": \"state\"}}",
				"[\"established\", \"new\"]") ", {\"accept\": null}]}}, {\"rule\": "
							      "{\"family\": \"inet\", "
							      "\"table\": \"t\", \"chain\": \"c\", "
							      "\"expr\": [%s, " TEST(
								      "==", META("l4proto"),
								      "\"tcp\"") ", {\"reject\": "
										 "{\"type\": \"tcp "
										 "reset\"}}]}}]}",
			tests[i]);
		struct ruleset *rs = suite_read("nft-json", text);
		const char *gave_up;
		struct selection resets = { .select = "FW102,FW103" };
		struct findings found = check_run(rs, &resets, a, &gave_up);
		ck_assert_msg(found.n > 0, "%s", tests[i]);
		struct fix_plan plan = fix_plan_make(rs, &found, &resets,
						     &(struct fix_options){ .unsafe = true }, a);
		ck_assert_msg(!plan.failed && plan.used.n > 0, "%s: %s", tests[i],
			      plan.failed ? plan.failed : "no fix");
		ck_assert_msg(!plan.remaining.n, "%s", tests[i]);
	}
}
END_TEST

/* The same of iptables, in its usual words. */
START_TEST(fixes_in_iptables_say_every_test_of_the_reset)
{
	static const struct {
		const char *test, *words;
	} rows[] = {
		{ "-s 10.0.0.0/24", " -s 10.0.0.0/24 " },
		{ "! -d 10.0.0.1", "! -d 10.0.0.1/32 " },
		{ "-s 10.0.0.0/7", " -s 10.0.0.0/7 " },
		{ "-m iprange --src-range 10.0.0.1-10.0.0.9", "-m iprange --src-range "
							      "10.0.0.1-10.0.0.9 " },
		{ "-m iprange ! --dst-range 10.0.0.1-10.0.0.2", "-m iprange ! --dst-range "
								"10.0.0.1-10.0.0.2 " },
		{ "-m iprange --src-range 10.0.0.4-10.0.0.7", " -s 10.0.0.4/30 " },
		{ "-m iprange --src-range 10.0.0.2-10.0.0.5", "-m iprange --src-range "
							      "10.0.0.2-10.0.0.5 " },
		{ "-i eth+", " -i eth+ " },
		{ "! -o eth0", " ! -o eth0 " },
		{ "--dport 5:9", " --dport 5:9 " },
		{ "! --sport 7", " ! --sport 7 " },
		{ "-m multiport --dports 5,7:9", "-m multiport --dports 5,7:9 " },
		{ "-m multiport ! --sports 5,7", "-m multiport ! --sports 5,7 " },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = arena_printf(a,
						"*filter\n:FORWARD ACCEPT\n-A FORWARD -m conntrack "
						"--ctstate NEW,ESTABLISHED -j ACCEPT\n"
						"-A FORWARD -p tcp %s -j REJECT --reject-with "
						"tcp-reset\nCOMMIT\n",
						rows[i].test);
		struct ruleset *rs = suite_read("iptables", text);
		const char *gave_up;
		struct selection resets = { .select = "FW102" };
		struct findings found = check_run(rs, &resets, a, &gave_up);
		ck_assert_msg(found.n == 1, "%s", rows[i].test);
		struct fix_plan plan = fix_plan_make(rs, &found, &resets,
						     &(struct fix_options){ .unsafe = true }, a);
		ck_assert_msg(!plan.failed && plan.used.n == 1, "%s: %s", rows[i].test,
			      plan.failed ? plan.failed : "no fix");
		const char *fix = plan.used.items[0].text;
		ck_assert_msg(strstr(fix, rows[i].words) && strstr(fix, " -p tcp ") &&
				      strstr(fix, "--ctstate INVALID -j DROP"),
			      "%s: %s", rows[i].test, fix);
	}
}
END_TEST

/* The drop before a reset is for the interfaces, addresses and ports of the reset, and for nothing
 * narrower. */
START_TEST(a_drop_has_the_scope_of_its_reset)
{
	static const struct {
		const char *tests, *drop;
	} rows[] = {
		{ "meta l4proto tcp", "meta l4proto tcp" },
		{ "meta nfproto ipv4 meta l4proto tcp", "meta l4proto tcp meta nfproto ipv4" },
		{ "meta nfproto ipv6 meta l4proto tcp", "meta l4proto tcp meta nfproto ipv6" },
		{ "iifname \"eth0\" meta l4proto tcp", "meta l4proto tcp iifname \"eth0\"" },
		{ "iifname \"eth*\" meta l4proto tcp", "meta l4proto tcp iifname \"eth*\"" },
		{ "oifname \"eth0\" meta l4proto tcp", "meta l4proto tcp oifname \"eth0\"" },
		{ "iifname { \"eth0\", \"eth1\" } meta l4proto tcp", "meta l4proto tcp" },
		{ "ip saddr 192.0.2.0/24 meta l4proto tcp", "meta l4proto tcp ip saddr "
							    "192.0.2.0/24" },
		{ "ip saddr 192.0.2.1-192.0.2.5 meta l4proto tcp", "meta l4proto tcp ip saddr "
								   "192.0.2.1-192.0.2.5" },
		{ "ip saddr 192.0.2.1-192.0.2.2 meta l4proto tcp", "meta l4proto tcp ip saddr "
								   "192.0.2.1-192.0.2.2" },
		{ "ip saddr != 192.0.2.1 meta l4proto tcp", "meta l4proto tcp ip saddr != "
							    "192.0.2.1" },
		{ "ip saddr { 192.0.2.1, 192.0.2.9 } meta l4proto tcp", "meta l4proto tcp meta "
									"nfproto ipv4" },
		{ "ip daddr 192.0.2.1 meta l4proto tcp", "meta l4proto tcp ip daddr 192.0.2.1" },
		{ "ip6 saddr 2001:db8::/32 meta l4proto tcp", "meta l4proto tcp ip6 saddr "
							      "2001:db8::/32" },
		{ "ip6 daddr fe80::1 meta l4proto tcp", "meta l4proto tcp ip6 daddr fe80::1" },
		{ "tcp sport 22", "tcp sport 22" },
		{ "tcp dport { 2222, 8080-8090 }", "tcp dport { 2222, 8080-8090 }" },
		{ "tcp dport != 2222", "tcp dport != 2222" },
		{ "meta l4proto tcp th dport 2222", "tcp dport 2222" },
		{ "meta length < 90 meta l4proto tcp", "meta l4proto tcp" },
		{ "meta mark 3 meta l4proto tcp", "meta l4proto tcp" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *gave_up, *hook = strstr(rows[i].tests, "oifname") ? "output" : "input";
		const struct ruleset *rs = suite_read("nft", arena_printf(a,
									  "table inet t {\nchain c "
									  "{\ntype filter hook %s "
									  "priority 0; "
									  "policy accept;\nct "
									  "state "
									  "established accept\n%s "
									  "reject with tcp "
									  "reset\n}\n}\n",
									  hook, rows[i].tests));
		struct selection only = { .select = "FW102" };
		struct findings found = check_run(rs, &only, a, &gave_up);
		struct fix_plan plan = fix_plan_make(rs, &found, &only,
						     &(struct fix_options){ .unsafe = true }, a);
		ck_assert_msg(plan.used.n == 1, "%s: %zu, %s", rows[i].tests, plan.used.n,
			      plan.failed ? plan.failed : "");
		ck_assert_str_eq(plan.used.items[0].text,
				 arena_printf(a, "%s ct state invalid drop", rows[i].drop));
	}
}
END_TEST

/* Each fix is read again and must say what was meant: whatever a rule can have more, less or other
 * is told apart. */
START_TEST(rules_that_say_something_else_are_told_apart)
{
	static const char *const rules[] = {
		"",
		"drop",
		"accept",
		"reject",
		"meta l4proto tcp reject with tcp reset",
		"meta l4proto tcp reject",
		"tcp dport 22 drop",
		"tcp dport 23 drop",
		"tcp dport != 22 drop",
		"tcp dport 22 tcp sport 5 drop",
		"jump a",
		"goto a",
		"jump b",
		"return",
		"notrack",
		"meta mark set 1",
		"meta mark set 2",
		"meta mark set 1 accept",
		"meta mark set 1 meta mark 1 accept",
		"counter accept",
		"log accept",
		"ct state vmap { new : accept, invalid : drop }",
		"ct state vmap { new : drop }",
		"ct state new accept",
		"ct mark set 1",
		"ct zone set 1",
		"tcp dport { 22, 23 } drop",
		"tcp flags syn / syn,ack drop",
		"tcp flags & syn == syn drop",
		"limit rate 5/minute drop",
		"limit rate 6/minute drop",
		"drop\ndrop",
		"queue num 1",
		"queue num 2",
	};
	const struct ruleset *read[ARRAY_SIZE(rules)];
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		read[i] = suite_read("nft", arena_printf(a,
							 "table inet t {\nchain a {\n}\nchain b "
							 "{\n}\nchain c {\n"
							 "type filter hook prerouting priority "
							 "-300;\n%s\n}\n}\n",
							 rules[i]));
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		for (size_t k = 0; k < ARRAY_SIZE(rules); k++)
			ck_assert_msg(fix_is_said(read[i], read[k]) == (i == k), "'%s' and '%s'",
				      rules[i], rules[k]);
}
END_TEST

/* A text that was edited says what was meant, or differs in one thing. */
START_TEST(another_rule_is_not_what_was_meant)
{
	static const struct {
		const char *old, *new;
	} rows[] = {
		{ "drop\n", "drop\n" }, /* the same */
		{ "dport 22 accept", "dport 22 drop" },
		{ "dport 22 accept", "dport 23 accept" },
		{ "dport 22 accept", "dport 22 ip ttl 9 accept" },
		{ "dport 22 accept", "dport 22 counter accept" },
		{ "tcp dport 22 accept", "" },
		{ "mark set 1 jump", "mark set 2 jump" },
		{ "meta mark set 1 jump", "jump" },
		{ "jump one", "jump two" },
		{ "jump one", "goto one" },
		{ "jump one", "accept" },
		{ "with tcp reset", "with icmp type port-unreachable" },
		{ "tcp reset", "tcp reset; accept" },
		{ "vmap { established : accept, related : drop }", "established,related" },
		{ "established : accept, related : drop", "established : accept" },
		{ "established : accept", "established : drop" },
		{ "vmap { established : accept, related : drop } meta", "vmap { established : "
									"accept, related : drop }; "
									"meta" },
		{ "chain two", "chain other" },
		{ "table ip ", "table ip6 " },
		{ "chain one {}", "chain one { drop; }" },
		{ "chain one {}", "chain one {}; chain more {}" },
	};
	static const char whole[] = "table ip t {\nchain one {}\nchain two {}\nchain i {\n"
				    "type filter hook input priority 0; policy accept;\ntcp dport "
				    "22 accept\nmeta mark set 1 jump one\n"
				    "meta l4proto tcp reject with tcp reset\nct state vmap { "
				    "established : accept, related : drop } meta mark 7 accept\n"
				    "ct state invalid drop\n}\n}\n";
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *at = strstr(whole, rows[i].old);
		ck_assert_ptr_nonnull(at);
		const char *other = arena_printf(a, "%.*s%s%s", (int)(at - whole), whole,
						 rows[i].new, at + strlen(rows[i].old));
		const struct ruleset *want = suite_read("nft", whole),
				     *got = suite_read("nft", other);
		ck_assert_msg(fix_is_said(want, got) == (i == 0), "%s: %s", rows[i].old,
			      rows[i].new);
		ck_assert_msg(fix_is_said(got, want) == (i == 0), "%s: %s", rows[i].new,
			      rows[i].old);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		fixes_in_json_say_every_test_of_the_reset,
		fixes_in_iptables_say_every_test_of_the_reset,
		a_drop_has_the_scope_of_its_reset,
		rules_that_say_something_else_are_told_apart,
		another_rule_is_not_what_was_meant,
	};
	return suite_run("fix-text", tests, ARRAY_SIZE(tests));
}

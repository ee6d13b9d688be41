/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The match part of an nft rule as a question about any ruleset. */
#include <fwlint/dialect.h>
#include <fwlint/dialect_match.h>
#include <fwlint/flow.h>

#include "suite.h"

static const char iptables_rules[] = "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
				     "-A INPUT -m string --string x --algo bm -j DROP\n"
				     "-A OUTPUT -m owner --uid-owner 5 -j DROP\nCOMMIT\n";

static const struct ruleset *none(void)
{
	return suite_read("iptables", "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
}

/* NULL: it was read. */
static const char *ask(const struct ruleset *rs, const char *question, struct match_part *ret)
{
	struct diags d = { .arena = a };
	struct source *s = source_new(a, "question", question, strlen(question));
	bool read = match_part_read(rs, s, a, &d, ret);
	ck_assert(read == (d.n == 0));
	return read ? NULL : d.items[0].message;
}

static const struct match *test_of(const struct match_part *q, enum field f)
{
	for (uint32_t i = 0; i < q->rule->n_matches; i++)
		if (q->rule->matches[i].kind == MATCH_RANGES && q->rule->matches[i].field == f)
			return &q->rule->matches[i];
	return NULL;
}

START_TEST(a_match_part_says_what_it_implies)
{
	struct match_part q;
	ck_assert_ptr_null(ask(none(),
			       "iifname \"wan*\" ip saddr 10.0.0.0/8 tcp dport { 22, 80-90 } "
			       "ct state new",
			       &q));
	const struct match *family = test_of(&q, FIELD_NFPROTO),
			   *proto = test_of(&q, FIELD_L4PROTO), *dport = test_of(&q, FIELD_DPORT),
			   *in = test_of(&q, FIELD_IIFNAME);
	ck_assert(family && family->n == 1 && family->ranges[0].hi == NFPROTO_VALUE_IPV4);
	ck_assert(proto && proto->n == 1 && proto->ranges[0].lo == L4PROTO_TCP);
	ck_assert(dport && dport->n == 2 && dport->ranges[1].hi == 90);
	ck_assert(in && in->ranges[0].lo == ifname_value(STR("wan")));
	ck_assert(test_of(&q, FIELD_CT_STATE) && q.ruleset->tests[FIELD_DPORT]);
}
END_TEST

START_TEST(an_empty_match_part_is_every_packet)
{
	struct match_part q;
	ck_assert_ptr_null(ask(none(), " \n", &q));
	ck_assert_uint_eq(q.rule->n_matches, 0);
}
END_TEST

/* What the ruleset has no row for comes behind its own; its rules stay as they are. */
START_TEST(a_question_has_the_numbers_of_the_ruleset)
{
	const struct ruleset *rs = suite_read("iptables", iptables_rules);
	size_t vars = rs->n_vars, extra = rs->n_extra;
	struct match_part q, next;
	ck_assert_ptr_null(ask(rs, "meta skuid 5 meta cgroup 7 @ll,0,8 0", &q));
	ck_assert(rs->n_vars == vars && rs->n_extra == extra);
	ck_assert(q.ruleset->chains == rs->chains && q.rule->id == rs->n_rules);
	ck_assert_ptr_nonnull(test_of(&q, FIELD_EXTRA));
	ck_assert(str_is(ruleset_field_name(q.ruleset, FIELD_EXTRA), "meta skuid"));
	ck_assert(str_is(ruleset_field_name(q.ruleset, FIELD_EXTRA + 1), "meta cgroup"));
	ck_assert_ptr_null(ask(q.ruleset, "@ll,0,8 0", &next));
	ck_assert_uint_eq(next.ruleset->n_vars, q.ruleset->n_vars);
	ck_assert_ptr_null(ask(q.ruleset, "@ll,0,8 1", &next));
	ck_assert(next.ruleset->n_vars >= q.ruleset->n_vars);
}
END_TEST

/* A walk of the ruleset that came with the question knows its tests. */
START_TEST(a_question_is_a_set_of_packets)
{
	struct match_part q;
	ck_assert_ptr_null(
		ask(suite_read("iptables", iptables_rules), "tcp dport 22 meta cgroup 7", &q));
	struct flow_options o = { .path = PATH_INPUT, .state = CT_STATE_NEW };
	const struct flow *f = flow_walk(q.ruleset, flow_space_new(q.ruleset, a), &o, a);
	struct pktset s = flow_rule_set(f, q.ruleset->chains[0], q.rule, SCOPE_WHOLE, a);
	struct packet p;
	ck_assert_uint_eq(s.n, 1);
	const struct region *const regions[] = { &s.items[0] };
	ck_assert(flow_pick(f, regions, 1, a, &p) == PICK_FOUND);
	ck_assert(p.v[FIELD_DPORT] == 22 && p.v[FIELD_L4PROTO] == L4PROTO_TCP);
}
END_TEST

START_TEST(a_question_is_matches_only)
{
	static const struct {
		const char *question, *message;
	} wrong[] = {
		{ "tcp dport 22 accept", "this is a verdict: expected matches only" },
		{ "tcp dport 22 reject", "this is a verdict: expected matches only" },
		{ "tcp dport vmap { 22 : accept }", "this is a map of verdicts: expected matches "
						    "only" },
		{ "limit rate 1/second", "this match does not depend on the packet alone: "
					 "expected matches on the packet" },
		{ "counter", "this is a statement: expected matches only" },
		{ "meta mark set 1", "this is a statement: expected matches only" },
		{ "tcp dport 22; tcp dport 23", "expected the end of the matches" },
		{ "tcp dport 22 }", "expected the end of the matches" },
		{ "tcp dport 22 comment \"x\"", "a question takes no comment" },
		{ "ip saddr @friends", "set 'friends' is not declared" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct match_part q;
		const char *message = ask(none(), wrong[i].question, &q);
		ck_assert_msg(message && strcmp(message, wrong[i].message) == 0, "%s: %s",
			      wrong[i].question, message ? message : "read");
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_match_part_says_what_it_implies,
		an_empty_match_part_is_every_packet,
		a_question_has_the_numbers_of_the_ruleset,
		a_question_is_a_set_of_packets,
		a_question_is_matches_only,
	};
	return suite_run("question", tests, ARRAY_SIZE(tests));
}

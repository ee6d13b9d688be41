/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a walk does where marks are written and tested in many ways, and where it ends. */
#include <fwlint/dialect.h>
#include <fwlint/flow_reach.h>

#include "suite.h"

#define WRITES 10
#define DEPTH 8
#define DIAMONDS 14 /* chains below a base chain: nft takes 15 */

/* Each of the writes may have been the last; each of the chains asks for the mark that all of them
 * write. */
static const struct ruleset *nested_tests_of_a_mark(void)
{
	const char *text = arena_printf(a, "table ip t {\nchain u%d { drop; }\n", DEPTH);
	for (int i = DEPTH - 1; i; i--)
		text = arena_printf(a, "%schain u%d { meta mark 1 jump u%d; }\n", text, i, i + 1);
	text = arena_printf(a, "%schain f { type filter hook forward priority 0; policy accept;\n",
			    text);
	for (int i = 1; i <= WRITES; i++)
		text = arena_printf(a, "%slimit rate %d/second meta mark set 1\n", text, i);
	text = arena_printf(a, "%smeta mark 1 jump u1\n}\n}\n", text);
	return suite_read("nft", text);
}

static const struct flow *walk_forward(uint32_t pieces_max)
{
	const struct ruleset *rs = nested_tests_of_a_mark();
	struct flow_options o = { .path = PATH_FORWARD,
				  .family = NFPROTO_VALUE_IPV4,
				  .state = CT_STATE_INVALID,
				  .unmarked = true,
				  .pieces_max = pieces_max };
	return flow_walk(rs, flow_space_new(rs, a), &o, a);
}

/* What the first jump asked is known in its chain: each way of the first test is one way of the
 * next. */
START_TEST(tests_of_a_mark_in_tests_of_it_do_not_multiply)
{
	const struct flow *f = walk_forward(0);
	ck_assert_ptr_null(f->gave_up);
	ck_assert_uint_le(f->n, WRITES + 2 + WRITES * DEPTH);
}
END_TEST

/* The rules of the base chain alone take WRITES regions with up to WRITES exceptions. */
START_TEST(a_walk_of_too_many_pieces_is_given_up)
{
	ck_assert_str_eq(walk_forward(WRITES)->gave_up, "a mark is written and tested in too many "
							"ways");
	ck_assert_ptr_null(walk_forward(100000)->gave_up);
}
END_TEST

/* Each chain jumps to the next twice: 2^DIAMONDS ways, which are all the same. */
static const struct ruleset *diamonds(const char *between)
{
	const char *text = arena_printf(a,
					"table ip t {\nchain d%d { tcp dport 22 accept; meta mark "
					"7 drop; }\n",
					DIAMONDS);
	for (int i = DIAMONDS - 1; i >= 0; i--)
		text = arena_printf(a, "%schain d%d { jump d%d; %s jump d%d; }\n", text, i, i + 1,
				    i ? "" : between, i + 1);
	return suite_read("nft", arena_printf(a,
					      "%schain f { type filter hook forward priority 0; "
					      "policy "
					      "accept;\njump d0\n}\n}\n",
					      text));
}

static struct trace trace_forward(const struct ruleset *rs)
{
	struct packet p = { .n_answers = 0 };
	p.v[FIELD_TTL] = 64;
	p.v[FIELD_L4PROTO] = L4PROTO_TCP;
	return packet_trace(rs, PATH_FORWARD, &p, a);
}

static const struct flow *walk_marked(const struct ruleset *rs)
{
	struct flow_options o = { .path = PATH_FORWARD,
				  .family = NFPROTO_VALUE_IPV4,
				  .state = CT_STATE_NEW,
				  .unmarked = true };
	return flow_walk(rs, flow_space_new(rs, a), &o, a);
}

static unsigned drops(const struct flow *f)
{
	unsigned n = 0;
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < f->items[i].n_taken; k++) {
			const struct region *one[] = { &f->items[i].taken[k] };
			n += f->items[i].verdict == VERDICT_DROP &&
			     flow_pick(f, one, 1, a, NULL) == PICK_FOUND;
		}
	return n;
}

START_TEST(packets_that_come_back_from_a_chain_go_through_it_once)
{
	const struct ruleset *rs = diamonds("");
	const struct flow *f = walk_marked(rs);
	ck_assert_ptr_null(f->gave_up);
	ck_assert_uint_le(f->n, 2 * DIAMONDS + 4);
	ck_assert_uint_eq(drops(f), 0);
	ck_assert_uint_le(trace_forward(rs).n, 1000 + 2 * DIAMONDS);
	ck_assert_int_eq(trace_forward(rs).verdict.kind, VERDICT_ACCEPT);
}
END_TEST

START_TEST(packets_that_were_changed_since_go_through_a_chain_again)
{
	const struct ruleset *rs = diamonds("meta mark set 7;");
	ck_assert_uint_eq(drops(walk_marked(rs)), 1);
	ck_assert_int_eq(trace_forward(rs).verdict.kind, VERDICT_DROP);
}
END_TEST

static struct reachability reach_of(const char *rules)
{
	return ruleset_reachability(suite_read("nft", arena_printf(a,
								   "table ip t {\nchain u { tcp "
								   "dport 1 "
								   "accept; }\n"
								   "chain f { type filter hook "
								   "input "
								   "priority 0; policy "
								   "drop;\n%s\n}\n}\n",
								   rules)),
				    false, a);
}

/* Rule 0 is that of chain u. */
START_TEST(each_rule_says_who_takes_its_packets)
{
	struct reachability r = reach_of("ip saddr 10.0.0.0/9 drop\nip saddr 10.128.0.0/9 accept\n"
					 "udp dport 9 accept\nip saddr 10.0.0.0/8 accept\n"
					 "oifname \"eth0\" drop\ntcp dport 9 accept\ndrop\n"
					 "udp dport 10 accept");
	static const enum reach expected[] = {
		REACH_NONE,     REACH_TAKES, REACH_TAKES, REACH_TAKES, REACH_TAKEN,
		REACH_NO_MATCH, REACH_TAKES, REACH_TAKES, REACH_NONE,
	};
	ck_assert_uint_eq(r.n, ARRAY_SIZE(expected));
	ck_assert_ptr_null(r.gave_up);
	for (size_t i = 0; i < r.n; i++)
		ck_assert_msg(r.items[i].reach == expected[i], "rule %zu: %d", i,
			      (int)r.items[i].reach);
	ck_assert_uint_eq(r.items[4].n_takers, 2);
	ck_assert_uint_eq(r.items[4].takers[0]->id, 1);
	ck_assert_uint_eq(r.items[4].takers[1]->id, 2);
	ck_assert_uint_eq(r.items[8].n_takers, 1);
	ck_assert_uint_eq(r.items[8].takers[0]->id, 7);
}
END_TEST

START_TEST(a_rule_whose_packets_were_let_on_before_is_taken)
{
	struct reachability r = reach_of("ct state established jump u\ntcp dport 1 drop\n"
					 "ct state != established tcp dport 1 accept\n"
					 "ct state established tcp dport 1 accept");
	ck_assert_int_eq(r.items[0].reach, REACH_TAKES);
	ck_assert_int_eq(r.items[2].reach, REACH_TAKES);
	ck_assert_int_eq(r.items[3].reach, REACH_TAKEN);
	ck_assert_uint_eq(r.items[3].n_takers, 1);
	ck_assert_uint_eq(r.items[3].takers[0]->id, 2);
	ck_assert_int_eq(r.items[4].reach, REACH_TAKEN);
	ck_assert_uint_ge(r.items[4].n_takers, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tests_of_a_mark_in_tests_of_it_do_not_multiply,
		a_walk_of_too_many_pieces_is_given_up,
		packets_that_come_back_from_a_chain_go_through_it_once,
		packets_that_were_changed_since_go_through_a_chain_again,
		each_rule_says_who_takes_its_packets,
		a_rule_whose_packets_were_let_on_before_is_taken,
	};
	return suite_run("walk", tests, ARRAY_SIZE(tests));
}

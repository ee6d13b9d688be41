/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to nfnetlink and their answers, and rules of nf_tables in them: src/live/netlink.c and
 * nft_rules.c, before a kernel that answers as the test wants.
 */
#include "../../src/live/nft_rules.h"

#include "fake_netlink.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

#define NEW_RULE (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE)
#define NEW_ELEMENTS (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM)

static unsigned seen;

static void count(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	seen++;
	ck_assert_ptr_eq(arg, &seen);
}

static int ask(int flags)
{
	char buf[NETLINK_REQUEST];
	int why = netlink_ask(netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, flags,
					      NFPROTO_INET),
			      count, &seen);
	ck_assert_uint_eq(fake.open, 0);
	return why;
}

/* ---- asking ---- */

START_TEST(a_request_names_what_it_asks_for)
{
	ck_assert_int_eq(ask(NLM_F_DUMP), EAGAIN);
	const struct nlmsghdr *h = (const void *)fake.sent.p;
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	ck_assert_uint_eq(fake.sent.n, 20);
	ck_assert_uint_eq(h->nlmsg_len, 20);
	ck_assert_uint_eq(h->nlmsg_type, 10 << 8 | 7); /* NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE */
	ck_assert_uint_eq(h->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	ck_assert(g->nfgen_family == 1 && g->version == 0 && g->res_id == 0);
}
END_TEST

START_TEST(a_dump_ends_with_its_end_and_not_with_a_datagram)
{
	struct answer one = answer_new(), two = answer_new();
	for (int i = 0; i < 3; i++)
		answer_add(&one, NEW_RULE, NLM_F_MULTI, 1);
	answer_give(&one, 0);
	answer_add(&two, NEW_RULE, NLM_F_MULTI, 1);
	answer_add_done(&two, 1);
	answer_give(&two, 0);
	ck_assert_int_eq(ask(NLM_F_DUMP), 0);
	ck_assert_uint_eq(seen, 4);
	/* the same without the second */
	fake.taken = 0;
	fake.n = 1;
	ck_assert_int_eq(ask(NLM_F_DUMP), EAGAIN);
}
END_TEST

START_TEST(a_single_answer_ends_by_itself_or_with_its_acknowledgement)
{
	struct answer x = answer_new();
	answer_add(&x, NEW_RULE, 0, 1);
	answer_give(&x, 0);
	ck_assert_int_eq(ask(0), 0);
	ck_assert_uint_eq(seen, 1);
	fake.taken = 0;
	ck_assert_int_eq(ask(NLM_F_ACK), EAGAIN);
	x = answer_new();
	answer_add_error(&x, 0, 1);
	answer_give(&x, 0);
	fake.taken = 0;
	ck_assert_int_eq(ask(NLM_F_ACK), 0);
}
END_TEST

START_TEST(an_error_is_its_errno)
{
	struct answer x = answer_new();
	answer_add_error(&x, ENOENT, 1);
	answer_give(&x, 0);
	ck_assert_int_eq(ask(NLM_F_DUMP), ENOENT);
	fake = (struct fake_netlink){ .receive_errno = ENOBUFS };
	ck_assert_int_eq(ask(NLM_F_DUMP), ENOBUFS);
	fake = (struct fake_netlink){ .send_errno = EMSGSIZE };
	ck_assert_int_eq(ask(NLM_F_DUMP), EMSGSIZE);
	fake = (struct fake_netlink){ .open_errno = EMFILE };
	ck_assert_int_eq(ask(NLM_F_DUMP), EMFILE);
}
END_TEST

/* The kernel says so when the ruleset changed under way (nl_dump_check_consistent()). */
START_TEST(an_interrupted_dump_is_no_whole_one)
{
	struct answer x = answer_new();
	answer_add(&x, NEW_RULE, NLM_F_MULTI | NLM_F_DUMP_INTR, 1);
	answer_add_done(&x, 1);
	answer_give(&x, 0);
	ck_assert_int_eq(ask(NLM_F_DUMP), EINTR);
}
END_TEST

START_TEST(answers_to_others_and_messages_cut_short_are_no_answers)
{
	struct answer x = answer_new();
	answer_add_done(&x, 2); /* of another request */
	answer_give(&x, 0);
	ck_assert_int_eq(ask(NLM_F_DUMP), EPROTO);
	fake = (struct fake_netlink){ 0 };
	x = answer_new();
	answer_add_done(&x, 1);
	x.last->nlmsg_pid = 78; /* to another socket */
	answer_give(&x, 0);
	ck_assert_int_eq(ask(NLM_F_DUMP), ESRCH);
	for (size_t cut = 1; cut <= 20; cut++) {
		fake = (struct fake_netlink){ 0 };
		x = answer_new();
		answer_add_done(&x, 1);
		answer_give(&x, cut);
		ck_assert_int_ne(ask(NLM_F_DUMP), 0);
	}
	ck_assert_uint_eq(seen, 0);
}
END_TEST

/* ---- marks ---- */

/* A rule of a chain, as the kernel lists it. */
static struct nlmsghdr *add_rule(struct answer *x, int family, const char *table, const char *chain,
				 uint64_t handle)
{
	struct nlmsghdr *h = answer_add(x, NEW_RULE, NLM_F_MULTI, 1);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = (uint8_t)family;
	if (table)
		mnl_attr_put_strz(h, NFTA_RULE_TABLE, table);
	if (chain)
		mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	if (handle)
		mnl_attr_put_u64(h, NFTA_RULE_HANDLE, htobe64(handle));
	return h;
}

static struct nft_listing listed(struct answer *x)
{
	struct nft_listing l = { .arena = a, .contents = true };
	answer_add_done(x, 1);
	fake.taken = fake.n = 0;
	answer_give(x, 0);
	ck_assert_int_eq(nft_list_rules("t", "c", NFPROTO_INET, &l), 0);
	return l;
}

static struct nft_mark mark_in(const void *userdata, size_t n)
{
	struct answer x = answer_new();
	mnl_attr_put(add_rule(&x, NFPROTO_INET, "t", "c", 1), NFTA_RULE_USERDATA, n, userdata);
	return listed(&x).items[0].mark;
}

START_TEST(a_mark_is_found_before_and_behind_what_others_wrote)
{
	static const unsigned char comment[] = { 0, 3, 'h', 'i', 0 };
	unsigned char buf[sizeof(comment) + NFT_MARK_BYTES];
	struct nft_mark m = { 0x8877665544332211, 0xfffffffe }, got;
	uint32_t n = nft_mark_write(buf, m);
	ck_assert_uint_eq(n, 20);
	ck_assert_mem_eq(buf,
			 "\x66\x12"
			 "fwlint\x88\x77\x66\x55\x44\x33\x22\x11\xff\xff\xff\xfe",
			 20);
	memcpy(buf + n, comment, sizeof(comment));
	got = mark_in(buf, n + sizeof(comment));
	ck_assert(got.tag == m.tag && got.index == m.index);
	memcpy(buf, comment, sizeof(comment));
	nft_mark_write(buf + sizeof(comment), m);
	got = mark_in(buf, n + sizeof(comment));
	ck_assert(got.tag == m.tag && got.index == m.index);
}
END_TEST

START_TEST(user_data_that_is_broken_or_of_others_is_no_mark)
{
	unsigned char buf[NFT_MARK_BYTES], behind[2 + NFT_MARK_BYTES] = { 0, 0 };
	uint32_t n = nft_mark_write(buf, (struct nft_mark){ 7, 8 });
	memcpy(behind + 2, buf, n);
	ck_assert_uint_eq(mark_in(behind, 2 + n).tag, 7);
	ck_assert_uint_eq(mark_in(behind, 2 + n - 1).tag, 0);
	for (uint32_t cut = 0; cut < n; cut++)
		ck_assert_uint_eq(mark_in(buf, cut).tag, 0);
	ck_assert_uint_eq(mark_in(buf, n).tag, 7);
	for (unsigned i = 0; i < 8; i++) { /* its type, its length, its word */
		for (unsigned v = 0; v < 256; v++) {
			nft_mark_write(buf, (struct nft_mark){ 7, 8 });
			bool same = buf[i] == v;
			buf[i] = (unsigned char)v;
			ck_assert_uint_eq(mark_in(buf, n).tag, same ? 7 : 0);
		}
		nft_mark_write(buf, (struct nft_mark){ 7, 8 });
	}
}
END_TEST

/* ---- listings ---- */

START_TEST(rules_are_numbered_in_their_chain)
{
	struct answer x = answer_new();
	add_rule(&x, NFPROTO_INET, "t", "c", 4);
	add_rule(&x, NFPROTO_INET, "t", "c", 0x1122334455667788);
	add_rule(&x, NFPROTO_INET, "t", "d", 6);
	add_rule(&x, NFPROTO_INET, "u", "d", 7);
	add_rule(&x, NFPROTO_IPV4, "u", "d", 8);
	add_rule(&x, NFPROTO_IPV4, "u", "d", 9);
	struct nft_listing l = listed(&x);
	static const uint32_t numbers[] = { 1, 2, 1, 1, 1, 2 };
	ck_assert_uint_eq(l.n, ARRAY_SIZE(numbers));
	for (size_t i = 0; i < l.n; i++)
		ck_assert_uint_eq(l.items[i].number, numbers[i]);
	ck_assert_uint_eq(l.items[1].handle, 0x1122334455667788);
	ck_assert_str_eq(l.items[3].table, "u");
	ck_assert_str_eq(l.items[3].chain, "d");
	ck_assert_int_eq(l.items[4].family, NFPROTO_IPV4);
	ck_assert_ptr_nonnull(memmem(fake.sent.p, fake.sent.n, "t\0\0\0\6\0\2\0c",
				     9)); /* the question: NFTA_RULE_CHAIN */
}
END_TEST

START_TEST(a_rule_that_lacks_parts_has_empty_ones)
{
	struct answer x = answer_new();
	struct nlmsghdr *h = add_rule(&x, NFPROTO_INET, NULL, NULL, 0);
	mnl_attr_put(h, NFTA_RULE_TABLE, 3, "abc"); /* without the byte that ends it */
	mnl_attr_put(h, NFTA_RULE_EXPRESSIONS, 3, "\x20\0\1");
	add_rule(&x, NFPROTO_INET, NULL, NULL, 0);
	struct nft_listing l = listed(&x);
	ck_assert_uint_eq(l.n, 2);
	ck_assert_str_eq(l.items[0].table, "abc");
	ck_assert_str_eq(l.items[0].chain, "");
	ck_assert_uint_eq(l.items[0].handle, 0);
	ck_assert_uint_eq(l.items[0].mark.tag, 0);
	ck_assert(str_is(l.items[0].content, ":"));
	ck_assert_uint_eq(l.items[1].content.n, 0);
}
END_TEST

/* ---- what a rule says ---- */

struct expression {
	const char *name, *set, *value;
};

static void put_expressions(struct nlmsghdr *h, const struct expression *list, size_t n)
{
	struct nlattr *all = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	for (size_t i = 0; i < n; i++) {
		struct nlattr *one = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
		mnl_attr_put_strz(h, NFTA_EXPR_NAME, list[i].name);
		struct nlattr *data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
		if (list[i].set)
			mnl_attr_put_strz(h, NFTA_LOOKUP_SET, list[i].set);
		mnl_attr_put_strz(h, 9, list[i].value);
		mnl_attr_nest_end(h, data);
		mnl_attr_nest_end(h, one);
	}
	mnl_attr_nest_end(h, all);
}

static struct nft_listed rule_of(struct expression one, struct expression other)
{
	struct answer x = answer_new();
	put_expressions(add_rule(&x, NFPROTO_INET, "t", "c", 1),
			(struct expression[]){ one, other }, 2);
	return listed(&x).items[0];
}

START_TEST(what_a_rule_says_leaves_out_counts_and_names_of_anonymous_sets)
{
	struct expression drop = { "immediate", NULL, "drop" },
			  accept = { "immediate", NULL, "accept" };
	struct nft_listed r = rule_of((struct expression){ "counter", NULL, "17" }, drop);
	ck_assert(str_eq(r.content,
			 rule_of((struct expression){ "counter", NULL, "18" }, drop).content));
	ck_assert(!str_eq(r.content,
			  rule_of((struct expression){ "counter", NULL, "17" }, accept).content));
	ck_assert(!str_eq(r.content,
			  rule_of((struct expression){ "limit", NULL, "17" }, drop).content));
	r = rule_of((struct expression){ "lookup", "__set1", "x" }, drop);
	ck_assert_uint_eq(r.n_sets, 1);
	ck_assert_str_eq(r.sets[0], "__set1");
	ck_assert(str_eq(r.content,
			 rule_of((struct expression){ "lookup", "__set2", "x" }, drop).content));
	ck_assert(!str_eq(r.content,
			  rule_of((struct expression){ "lookup", "__set1", "y" }, drop).content));
	ck_assert(!str_eq(rule_of((struct expression){ "lookup", "a", "x" }, drop).content,
			  rule_of((struct expression){ "lookup", "b", "x" }, drop).content));
	ck_assert(!str_eq(rule_of(drop, accept).content, rule_of(accept, drop).content));
}
END_TEST

static void put_elements(struct answer *x, const char *set, const char *const *values, size_t n)
{
	struct nlmsghdr *h = answer_add(x, NEW_ELEMENTS, NLM_F_MULTI, 1);
	mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	struct nlattr *all = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < n; i++)
		mnl_attr_put_strz(h, NFTA_LIST_ELEM, values[i]);
	mnl_attr_nest_end(h, all);
}

static struct str whole(const char *set, const char *first, const char *second)
{
	struct answer x = answer_new();
	struct nft_listed r = rule_of((struct expression){ "lookup", "__set1", "x" },
				      (struct expression){ "immediate", NULL, "drop" });
	put_elements(&x, set, (const char *const[]){ first }, 1);
	put_elements(&x, set, (const char *const[]){ second }, 1);
	answer_add_done(&x, 1);
	fake.taken = fake.n = 0;
	answer_give(&x, 0);
	ck_assert_int_eq(nft_whole_content(&r, a), 0);
	ck_assert_uint_eq(r.n_sets, 0);
	return r.content;
}

START_TEST(elements_of_its_sets_count_in_any_order)
{
	ck_assert(str_eq(whole("__set1", "aa", "b"), whole("__set1", "b", "aa")));
	ck_assert(!str_eq(whole("__set1", "aa", "b"), whole("__set1", "aa", "c")));
	ck_assert(!str_eq(whole("__set1", "aa", "b"), whole("__set2", "aa", "b")));
	struct nft_listed r = rule_of((struct expression){ "lookup", "__set1", "x" },
				      (struct expression){ "immediate", NULL, "drop" });
	struct str before = r.content;
	fake = (struct fake_netlink){ .receive_errno = ENOENT };
	ck_assert_int_eq(nft_whole_content(&r, a), ENOENT);
	ck_assert(str_eq(r.content, before));
}
END_TEST

/* ---- the code of a rule ---- */

/* Of a rule with two elements in its set, as it is compiled. */
static struct str some_code(void)
{
	struct answer x = answer_new();
	put_elements(&x, "__set1", (const char *const[]){ "b", "aa" }, 2);
	put_expressions(add_rule(&x, NFPROTO_INET, "t", "c", 1),
			(struct expression[]){ { "lookup", "__set1", "x" },
					       { "immediate", NULL, "drop" } },
			2);
	return (struct str){ x.buf, x.n + x.last->nlmsg_len };
}

START_TEST(the_code_of_a_rule_says_what_the_listed_rule_says)
{
	struct str code = some_code();
	struct nft_listed r = rule_of((struct expression){ "lookup", "__set1", "x" },
				      (struct expression){ "immediate", NULL, "drop" });
	ck_assert(r.content.n > 10 && str_eq(nft_short_content_of_code(code, a), r.content));
	ck_assert(str_eq(nft_content_of_code(code, a), whole("__set1", "aa", "b")));
}
END_TEST

/* A copy that ends where it ends, and begins at an odd address: the sanitizer sees each byte
 * beyond. */
START_TEST(code_that_is_cut_short_or_spoiled_is_read_within_its_bounds)
{
	struct str code = some_code();
	for (size_t n = 0; n < code.n; n++) {
		char *copy = malloc(n + 1);
		memcpy(copy + 1, code.p, n);
		ck_assert_uint_eq(nft_short_content_of_code((struct str){ copy + 1, n }, a).n, 0);
		nft_content_of_code((struct str){ copy + 1, n }, a);
		free(copy);
	}
	for (size_t i = 0; i < code.n; i++)
		for (unsigned v = 0; v < 256; v += 51) {
			char *copy = arena_strndup(a, code.p, code.n);
			copy[i] = (char)v;
			nft_content_of_code((struct str){ copy, code.n }, a);
		}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_names_what_it_asks_for,
		a_dump_ends_with_its_end_and_not_with_a_datagram,
		a_single_answer_ends_by_itself_or_with_its_acknowledgement,
		an_error_is_its_errno,
		an_interrupted_dump_is_no_whole_one,
		answers_to_others_and_messages_cut_short_are_no_answers,
		a_mark_is_found_before_and_behind_what_others_wrote,
		user_data_that_is_broken_or_of_others_is_no_mark,
		rules_are_numbered_in_their_chain,
		a_rule_that_lacks_parts_has_empty_ones,
		what_a_rule_says_leaves_out_counts_and_names_of_anonymous_sets,
		elements_of_its_sets_count_in_any_order,
		the_code_of_a_rule_says_what_the_listed_rule_says,
		code_that_is_cut_short_or_spoiled_is_read_within_its_bounds,
	};
	return suite_run("netlink", tests, ARRAY_SIZE(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches of nf_tables, src/live/nft_batch.c: what is sent, and what the kernel's answers are taken
 * for. */
#include "../../src/live/nft_batch.h"

#include "fake_netlink.h"
#include "nft_code.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

#define GENERATION 0x01020304

/* For the leak sanitizer: libnftnl 1.2.4 does not free the name of a lookup's set for another. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:strdup";
}

static const struct backend nft = { .name = "nft", .dialect = "nft" };
static const struct backend iptables = { .name = "iptables-nft", .dialect = "iptables" };

static struct live_rule some_rule(const struct backend *backend)
{
	return (struct live_rule){
		.backend = backend,
		.family = FAMILY_INET,
		.table = "mine",
		.chain = "input",
		.protocol = 6,
		.code = code_some(),
	};
}

/* ---- what a batch holds ---- */

static const struct nlmsghdr *message(struct str s, size_t n)
{
	int left = (int)s.n;
	const struct nlmsghdr *h = (const void *)s.p;
	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
		if (n-- == 0)
			return h;
	return NULL;
}

static struct str built(const struct batch *b)
{
	return (struct str){ b->buf, (size_t)(b->at - b->buf) };
}

static struct nftnl_rule *rule_of(const struct nlmsghdr *h)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	ck_assert_int_eq(h->nlmsg_type, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE);
	ck_assert_int_eq(nftnl_rule_nlmsg_parse(h, r), 0);
	return r;
}

static struct nftnl_set *set_of(const struct nlmsghdr *h)
{
	struct nftnl_set *s = nftnl_set_alloc();
	ck_assert_int_eq(h->nlmsg_type, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSET);
	ck_assert_int_eq(nftnl_set_nlmsg_parse(h, s), 0);
	return s;
}

static struct batch begun(const struct live_rule *r)
{
	struct batch b;
	batch_begin(&b, r ? batch_room_for(r) : 0, GENERATION, a);
	return b;
}

static bool add(struct batch *b, const struct live_rule *r)
{
	return batch_add_rule(b, r, 0, (struct nft_mark){ 7, 8 }, a);
}

/* The message of the rule in a batch with this one. */
static const struct nlmsghdr *built_rule(struct batch *b, const struct live_rule *r,
					 uint64_t before)
{
	*b = begun(r);
	ck_assert(batch_add_rule(b, r, before, (struct nft_mark){ 7, 8 }, a));
	ck_assert_ptr_eq(b->last, message(built(b), 5));
	ck_assert_ptr_null(message(built(b), 6));
	return message(built(b), 5);
}

START_TEST(it_begins_with_the_generation_that_it_is_for)
{
	struct batch b = begun(NULL);
	const struct nlmsghdr *h = message(built(&b), 0);
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(h, sizeof(*g));
	ck_assert_uint_eq(h->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
	ck_assert_uint_eq(ntohs(g->res_id), NFNL_SUBSYS_NFTABLES);
	ck_assert_uint_eq(mnl_attr_get_type(attr), NFNL_BATCH_GENID);
	ck_assert_uint_eq(ntohl(mnl_attr_get_u32(attr)), GENERATION);
	ck_assert_ptr_null(b.last);
}
END_TEST

START_TEST(a_rule_goes_to_its_chain_before_a_handle_or_to_the_end)
{
	struct batch b;
	struct live_rule r = some_rule(&nft);
	const struct nlmsghdr *h = built_rule(&b, &r, 0x1122334455667788);
	struct nftnl_rule *got = rule_of(h);
	ck_assert_uint_eq(h->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE);
	ck_assert_str_eq(nftnl_rule_get_str(got, NFTNL_RULE_TABLE), "mine");
	ck_assert_str_eq(nftnl_rule_get_str(got, NFTNL_RULE_CHAIN), "input");
	ck_assert_uint_eq(nftnl_rule_get_u32(got, NFTNL_RULE_FAMILY), NFPROTO_INET);
	ck_assert_uint_eq(nftnl_rule_get_u64(got, NFTNL_RULE_POSITION), 0x1122334455667788);
	ck_assert(!nftnl_rule_is_set(got, NFTNL_RULE_HANDLE) &&
		  !nftnl_rule_is_set(got, NFTNL_RULE_COMPAT_PROTO));
	nftnl_rule_free(got);
	h = built_rule(&b, &r, 0);
	got = rule_of(h);
	ck_assert_uint_eq(h->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND);
	ck_assert(!nftnl_rule_is_set(got, NFTNL_RULE_POSITION));
	nftnl_rule_free(got);
}
END_TEST

START_TEST(a_rule_of_iptables_names_its_protocol)
{
	struct batch b;
	struct live_rule r = some_rule(&iptables);
	struct nftnl_rule *got = rule_of(built_rule(&b, &r, 0));
	ck_assert_uint_eq(nftnl_rule_get_u32(got, NFTNL_RULE_COMPAT_PROTO), 6);
	nftnl_rule_free(got);
	r.protocol = 0;
	got = rule_of(built_rule(&b, &r, 0));
	ck_assert(!nftnl_rule_is_set(got, NFTNL_RULE_COMPAT_PROTO));
	nftnl_rule_free(got);
}
END_TEST

START_TEST(the_mark_stands_behind_the_rules_own_comment)
{
	struct batch b;
	struct live_rule r = some_rule(&nft);
	struct nftnl_rule *got = rule_of(built_rule(&b, &r, 0));
	uint32_t n = 0;
	unsigned char mark[NFT_MARK_BYTES];
	uint32_t marked = nft_mark_write(mark, (struct nft_mark){ 7, 8 });
	const char *data = nftnl_rule_get_data(got, NFTNL_RULE_USERDATA, &n);
	ck_assert_uint_eq(n, 5 + marked);
	ck_assert_mem_eq(data, "\0\3hi\0", 5);
	ck_assert_mem_eq(data + 5, mark, marked);
	nftnl_rule_free(got);
}
END_TEST

/* NFT_USERDATA_MAXLEN: what is too long for both loses the comment, never the mark. */
START_TEST(a_mark_goes_before_a_comment_that_leaves_no_room)
{
	struct text code = { .arena = a };
	char comment[NFT_USERDATA_MAXLEN - 4] = { 0, (char)(NFT_USERDATA_MAXLEN - 6) };
	struct live_rule r = some_rule(&nft);
	uint32_t n = 0;
	code_add_rule(&code, NULL, 0, (struct str){ comment, sizeof(comment) });
	r.code = text_str(&code);
	struct batch b = begun(&r);
	ck_assert(add(&b, &r));
	struct nftnl_rule *got = rule_of(message(built(&b), 1));
	const unsigned char *data = nftnl_rule_get_data(got, NFTNL_RULE_USERDATA, &n);
	ck_assert(n == 20 && data[0] == 0x66);
	nftnl_rule_free(got);
}
END_TEST

/* ---- its sets ---- */

struct lookups {
	const char *names[3];
	uint32_t ids[3], n;
};

static int add_lookup(struct nftnl_expr *e, void *arg)
{
	struct lookups *l = arg;
	if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "lookup") != 0)
		return 0;
	ck_assert_uint_lt(l->n, 3);
	l->names[l->n] = arena_printf(a, "%s", nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET));
	l->ids[l->n++] = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_SET_ID);
	return 0;
}

static struct lookups lookups_of(const struct nlmsghdr *h)
{
	struct lookups l = { .n = 0 };
	struct nftnl_rule *r = rule_of(h);
	nftnl_expr_foreach(r, add_lookup, &l);
	nftnl_rule_free(r);
	return l;
}

static uint32_t id_of_set(const struct nlmsghdr *h)
{
	struct nftnl_set *s = set_of(h);
	uint32_t id = nftnl_set_get_u32(s, NFTNL_SET_ID);
	ck_assert_str_eq(nftnl_set_get_str(s, NFTNL_SET_NAME), "__set%d");
	ck_assert_str_eq(nftnl_set_get_str(s, NFTNL_SET_TABLE), "mine");
	ck_assert(!nftnl_set_is_set(s, NFTNL_SET_HANDLE));
	nftnl_set_free(s);
	return id;
}

static int add_element(struct nftnl_set_elem *e, void *arg)
{
	uint32_t n, *sum = arg;
	const void *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &n);
	ck_assert_uint_eq(n, 4);
	memcpy(&n, key, 4);
	*sum += n;
	return 0;
}

static uint32_t elements_of(const struct nlmsghdr *h, uint32_t id)
{
	struct nftnl_set *s = nftnl_set_alloc();
	uint32_t sum = 0;
	ck_assert_int_eq(h->nlmsg_type, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM);
	ck_assert_int_eq(nftnl_set_elems_nlmsg_parse(h, s), 0);
	ck_assert_uint_eq(nftnl_set_get_u32(s, NFTNL_SET_ID), id);
	nftnl_set_elem_foreach(s, add_element, &sum);
	nftnl_set_free(s);
	return sum;
}

START_TEST(each_anonymous_set_comes_first_under_a_number_of_the_batch)
{
	struct batch b;
	struct live_rule r = some_rule(&nft);
	struct lookups l = lookups_of(built_rule(&b, &r, 0));
	uint32_t one = id_of_set(message(built(&b), 1)), other = id_of_set(message(built(&b), 3));
	ck_assert(one && other && one != other);
	ck_assert_uint_eq(elements_of(message(built(&b), 2), one), 0x11);
	ck_assert_uint_eq(elements_of(message(built(&b), 4), other), 0x22);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_uint_eq(l.ids[0], other); /* __set5 */
	ck_assert_uint_eq(l.ids[2], one);
	ck_assert_str_eq(l.names[0], "__set%d");
	ck_assert_str_eq(l.names[1], "named");
	ck_assert_uint_eq(l.ids[1], 0);
}
END_TEST

START_TEST(two_rules_share_no_set)
{
	struct batch b;
	struct live_rule r = some_rule(&nft);
	batch_begin(&b, 2 * batch_room_for(&r), GENERATION, a);
	for (uint32_t i = 0; i < 2; i++)
		ck_assert(batch_add_rule(&b, &r, 0, (struct nft_mark){ 7, i }, a));
	uint32_t ids[] = { id_of_set(message(built(&b), 1)), id_of_set(message(built(&b), 3)),
			   id_of_set(message(built(&b), 6)), id_of_set(message(built(&b), 8)) };
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(ids[i], ids[k]);
	ck_assert_uint_eq(lookups_of(message(built(&b), 10)).ids[2], ids[2]);
	for (size_t i = 1; i < 11; i++)
		ck_assert_uint_eq(message(built(&b), i)->nlmsg_seq,
				  message(built(&b), 0)->nlmsg_seq + i);
}
END_TEST

/* ---- code that is none ---- */

START_TEST(code_without_a_rule_adds_nothing)
{
	struct text code = { .arena = a };
	struct live_rule r = some_rule(&nft);
	code_add_set(&code, "__set4", 0x11);
	struct batch b = begun(&r);
	size_t before = built(&b).n;
	r.code = text_str(&code);
	ck_assert(!add(&b, &r));
	r.code = (struct str){ 0 };
	ck_assert(!add(&b, &r));
	ck_assert_uint_eq(built(&b).n, before);
	ck_assert_ptr_null(b.last);
}
END_TEST

/* A copy that ends where it ends: the sanitizer sees each byte beyond. The rule is its last
 * message. */
START_TEST(code_that_is_cut_short_holds_no_rule)
{
	struct live_rule r = some_rule(&nft);
	struct str all = r.code;
	for (size_t n = 0; n < all.n; n++) {
		char *copy = malloc(n + 1);
		memcpy(copy + 1, all.p, n);
		r.code = (struct str){ copy + 1, n };
		struct batch b = begun(&r);
		ck_assert(!add(&b, &r));
		free(copy);
	}
}
END_TEST

/*
 * Not so the attributes: of one that is of another size than it should be libnftnl ends the process
 * (abi_breakage()).
 */
START_TEST(lengths_of_messages_may_say_anything)
{
	struct live_rule r = some_rule(&nft);
	struct str all = r.code;
	for (size_t n = 0; n < 5; n++) {
		size_t at = (size_t)((const char *)message(all, n) - all.p);
		for (size_t i = at; i < at + 4; i++)
			for (unsigned v = 0; v < 256; v++) {
				char *copy = arena_strndup(a, all.p, all.n);
				copy[i] = (char)v;
				r.code = (struct str){ copy, all.n };
				struct batch b = begun(&r);
				add(&b, &r);
				ck_assert_uint_le(built(&b).n, b.room);
			}
	}
}
END_TEST

/* ---- taking out, and sending ---- */

START_TEST(a_rule_is_taken_out_by_its_handle)
{
	const uint64_t handle = 0x1122334455667788;
	struct nft_listed r = { NFPROTO_IPV6, .table = "mine", .chain = "input", .handle = handle };
	struct batch b = begun(NULL);
	batch_delete_rule(&b, &r);
	const struct nlmsghdr *h = message(built(&b), 1);
	struct nftnl_rule *got = nftnl_rule_alloc();
	ck_assert_uint_eq(h->nlmsg_type, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELRULE);
	ck_assert_int_eq(nftnl_rule_nlmsg_parse(h, got), 0);
	ck_assert_uint_eq(nftnl_rule_get_u32(got, NFTNL_RULE_FAMILY), NFPROTO_IPV6);
	ck_assert_str_eq(nftnl_rule_get_str(got, NFTNL_RULE_TABLE), "mine");
	ck_assert_str_eq(nftnl_rule_get_str(got, NFTNL_RULE_CHAIN), "input");
	ck_assert_uint_eq(nftnl_rule_get_u64(got, NFTNL_RULE_HANDLE), r.handle);
	nftnl_rule_free(got);
}
END_TEST

/* Sends a batch that takes three rules out, whose messages are number 2, 3 and 4. */
static int send_three(void)
{
	struct nft_listed r = { .table = "mine", .chain = "input", .handle = 4 };
	struct batch b = begun(NULL);
	for (int i = 0; i < 3; i++)
		batch_delete_rule(&b, &r);
	int why = batch_send(&b);
	ck_assert_uint_eq(fake.open, 0);
	return why;
}

START_TEST(only_the_last_message_asks_for_an_acknowledgement)
{
	ck_assert_int_eq(send_three(), EAGAIN);
	for (size_t i = 0; i < 5; i++) {
		const struct nlmsghdr *h = message(fake.sent, i);
		ck_assert_uint_eq(h->nlmsg_seq, i + 1);
		ck_assert_int_eq(h->nlmsg_flags & NLM_F_ACK, i == 3 ? NLM_F_ACK : 0);
	}
	ck_assert_uint_eq(message(fake.sent, 4)->nlmsg_type, NFNL_MSG_BATCH_END);
	ck_assert_ptr_null(message(fake.sent, 5));
}
END_TEST

static int send_before(struct fake_netlink kernel)
{
	fake = kernel;
	return send_three();
}

static int answered(int first, uint32_t first_seq, int second, uint32_t second_seq, size_t cut)
{
	struct answer x = answer_new();
	fake = (struct fake_netlink){ 0 };
	answer_add_error(&x, first, first_seq);
	answer_add(&x, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN, 0,
		   4); /* a notification of others */
	answer_add_error(&x, second, second_seq);
	answer_give(&x, cut);
	return send_three();
}

START_TEST(the_last_acknowledgement_or_the_first_error_is_the_answer)
{
	ck_assert_int_eq(answered(0, 2, 0, 4, 0), 0);
	ck_assert_int_eq(answered(0, 4, ENOENT, 3, 0), 0);
	ck_assert_int_eq(answered(ENOENT, 2, 0, 4, 0), ENOENT);
	ck_assert_int_eq(answered(0, 2, ERESTART, 1, 0), ERESTART);
	ck_assert_int_eq(answered(0, 2, 0, 3, 0), EAGAIN);
	/* the second is cut short: what became of the batch is not known */
	for (size_t cut = 1; cut < 36; cut++)
		ck_assert_int_eq(answered(0, 2, 0, 4, cut), EAGAIN);
	ck_assert_int_eq(send_before((struct fake_netlink){ .receive_errno = ENOBUFS }), ENOBUFS);
	ck_assert_int_eq(send_before((struct fake_netlink){ .send_errno = EMSGSIZE }), EMSGSIZE);
	ck_assert_int_eq(send_before((struct fake_netlink){ .open_errno = EMFILE }), EMFILE);
}
END_TEST

START_TEST(an_answer_may_come_in_several_datagrams)
{
	struct answer one = answer_new(), other = answer_new();
	answer_add_error(&one, 0, 3);
	answer_give(&one, 0);
	answer_add_error(&other, 0, 4);
	answer_give(&other, 0);
	ck_assert_int_eq(send_three(), 0);
	ck_assert_uint_eq(fake.taken, 2);
}
END_TEST

/* Its header says that it ends before the error does. */
START_TEST(an_error_without_its_number_is_no_acknowledgement)
{
	struct answer x = answer_new();
	answer_add(&x, NLMSG_ERROR, 0, 4);
	answer_give(&x, 0);
	ck_assert_int_eq(send_three(), EBADMSG);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_begins_with_the_generation_that_it_is_for,
		a_rule_goes_to_its_chain_before_a_handle_or_to_the_end,
		a_rule_of_iptables_names_its_protocol,
		the_mark_stands_behind_the_rules_own_comment,
		a_mark_goes_before_a_comment_that_leaves_no_room,
		each_anonymous_set_comes_first_under_a_number_of_the_batch,
		two_rules_share_no_set,
		code_without_a_rule_adds_nothing,
		code_that_is_cut_short_holds_no_rule,
		lengths_of_messages_may_say_anything,
		a_rule_is_taken_out_by_its_handle,
		only_the_last_message_asks_for_an_acknowledgement,
		the_last_acknowledgement_or_the_first_error_is_the_answer,
		an_answer_may_come_in_several_datagrams,
		an_error_without_its_number_is_no_acknowledgement,
	};
	return suite_run("nft_batch", tests, ARRAY_SIZE(tests));
}

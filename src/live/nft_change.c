/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of nf_tables, for nft and iptables-nft alike: one batch for all
 * tables and families, which carries the generation that was read. A ruleset
 * that changed meanwhile is refused by the kernel (NFNL_BATCH_GENID,
 * nfnetlink_rcv_batch() in net/netfilter/nfnetlink.c).
 */
#include "backend.h"
#include "nft.h"

#include <fwlint/process.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/time.h>

#define TRIES 100           /* of an undo, against who changes the ruleset at the same time */
#define ANSWER_SECONDS 10
#define MESSAGE_ROOM 4096   /* for a message, besides what the rule's own code takes */
#define CODE_MAX 32768      /* bytes of a rule with its sets: the elements of a set must fit one attribute of 64 KiB */
#define ANONYMOUS "__set%d" /* the kernel puts a number in */

/* ---- the rules of a chain ---- */

/* What the rule does, as libnftnl prints it; counts left out. */
static const char *describe(const struct nftnl_rule *r, struct arena *a)
{
	struct text t = { .arena = a };
	struct nftnl_expr_iter *it = nftnl_expr_iter_create(r);
	for (struct nftnl_expr *e = nftnl_expr_iter_next(it); e; e = nftnl_expr_iter_next(it)) {
		char buf[4096];
		if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "counter") == 0)
			snprintf(buf, sizeof(buf), "counter");
		else
			nftnl_expr_snprintf(buf, sizeof(buf), e, NFTNL_OUTPUT_DEFAULT, 0);
		text_printf(&t, "[%s]", buf);
	}
	nftnl_expr_iter_destroy(it);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

struct listed {
	uint64_t handle;
	const char *text;
};

struct listing {
	struct arena *arena;
	bool describe;
	struct listed *items;
	size_t n, cap;
};

static void add_listed(const struct nlmsghdr *h, void *arg)
{
	struct listing *l = arg;
	struct nftnl_rule *r = nftnl_rule_alloc();
	if (r && nftnl_rule_nlmsg_parse(h, r) == 0) {
		struct listed x = { nftnl_rule_get_u64(r, NFTNL_RULE_HANDLE), l->describe ? describe(r, l->arena) : NULL };
		vec_push(l->arena, l, x);
	}
	nftnl_rule_free(r);
}

/* The rules of its chain, in order; or just the one with a handle. Returns 0 or an errno. */
static int list_rules(const struct live_rule *r, uint64_t handle, struct listing *l)
{
	char buf[NETLINK_REQUEST];
	struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, handle ? 0 : NLM_F_DUMP,
					     nft_family(r->family));
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, r->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, r->chain);
	if (handle)
		mnl_attr_put_u64(h, NFTA_RULE_HANDLE, htobe64(handle));
	return netlink_ask(h, add_listed, l);
}

/* ---- a batch ---- */

struct batch {
	char *buf, *at;
	uint32_t seq;
	uint32_t acks;              /* messages that will be answered */
	struct live_rule *const *rules;
	const uint32_t *rule_seq;   /* the message that inserts each */
	size_t n;
};

static struct nlmsghdr *add_message(struct batch *b, int message, const struct live_rule *r, int flags)
{
	struct nlmsghdr *h = nftnl_nlmsg_build_hdr(b->at, (uint16_t)message, (uint16_t)nft_family(r->family),
						   (uint16_t)(flags | NLM_F_ACK), ++b->seq);
	b->acks++;
	return h;
}

static void end_message(struct batch *b, const struct nlmsghdr *h)
{
	b->at += h->nlmsg_len;
}

static void begin_batch(struct batch *b, size_t room, uint32_t generation, struct arena *a)
{
	b->buf = b->at = arena_alloc(a, room);
	struct nlmsghdr *h = nftnl_batch_begin(b->at, ++b->seq);
	mnl_attr_put_u32(h, NFNL_BATCH_GENID, htonl(generation));
	end_message(b, h);
}

/* The handle of a rule that was inserted comes back as an echo. */
static void take_echo(const struct nlmsghdr *h, struct batch *b)
{
	/* NFT_MSG_NEWGEN comes with the same number; libnftnl ends the process on what is no rule */
	if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE))
		return;
	struct nftnl_rule *r = nftnl_rule_alloc();
	for (size_t i = 0; i < b->n && r; i++)
		if (b->rule_seq[i] == h->nlmsg_seq && nftnl_rule_nlmsg_parse(h, r) == 0)
			b->rules[i]->handle = nftnl_rule_get_u64(r, NFTNL_RULE_HANDLE);
	nftnl_rule_free(r);
}

/* Takes the acknowledgements of all messages, or the first error. Returns 0 or an errno. */
static int take_answers(struct mnl_socket *nl, struct batch *b)
{
	char *buf = (char[NETLINK_BUFFER]){ 0 };
	while (b->acks) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, NETLINK_BUFFER);
		if (n < 0)
			return errno;
		int left = (int)n;
		for (const struct nlmsghdr *h = (const void *)buf; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
			if (h->nlmsg_type != NLMSG_ERROR)
				take_echo(h, b);
			else if (e->error)
				return -e->error;
			else
				b->acks--;
		}
	}
	return 0;
}

static int send_batch(struct batch *b)
{
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct nlmsghdr *h = nftnl_batch_end(b->at, ++b->seq);
	end_message(b, h);
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int why;
	if (!nl)
		return errno;
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 || mnl_socket_sendto(nl, b->buf, (size_t)(b->at - b->buf)) < 0)
		why = errno;
	else
		why = take_answers(nl, b);
	mnl_socket_close(nl);
	return why;
}

/* ---- inserting ---- */

/* Its sets, with the numbers that they have in the batch. */
struct sets {
	struct arena *arena;
	struct nftnl_set **items;
	size_t n, cap;
};

static struct nftnl_set *find_set(const struct sets *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(nftnl_set_get_str(s->items[i], NFTNL_SET_NAME), name) == 0)
			return s->items[i];
	return NULL;
}

/* The sets of the code, with their elements, and its rule. NULL: there is no rule in it. */
static struct nftnl_rule *read_code(struct str code, struct sets *sets)
{
	struct nftnl_rule *rule = NULL;
	char *copy = arena_alloc(sets->arena, code.n + 1);
	int left = (int)code.n;
	memcpy(copy, code.p, code.n);
	for (const struct nlmsghdr *h = (const void *)copy; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		struct nftnl_set *set = nftnl_set_alloc(), *known;
		switch (h->nlmsg_type & 0xff) {
		case NFT_MSG_NEWSET:
			if (nftnl_set_nlmsg_parse(h, set) == 0) {
				vec_push(sets->arena, sets, set);
				set = NULL;
			}
			break;
		case NFT_MSG_NEWSETELEM:
			if (nftnl_set_elems_nlmsg_parse(h, set) == 0 &&
			    (known = find_set(sets, nftnl_set_get_str(set, NFTNL_SET_NAME))))
				nftnl_set_elems_nlmsg_parse(h, known);
			break;
		case NFT_MSG_NEWRULE:
			rule = rule ? rule : nftnl_rule_alloc();
			if (rule && nftnl_rule_nlmsg_parse(h, rule) < 0) {
				nftnl_rule_free(rule);
				rule = NULL;
			}
			break;
		}
		if (set)
			nftnl_set_free(set);
	}
	return rule;
}

/* The lookups of the rule name each set by a number of the batch. */
static void number_sets(struct nftnl_rule *rule, const struct sets *sets, uint32_t *id)
{
	for (size_t i = 0; i < sets->n; i++)
		nftnl_set_set_u32(sets->items[i], NFTNL_SET_ID, ++*id);
	struct nftnl_expr_iter *it = nftnl_expr_iter_create(rule);
	for (struct nftnl_expr *e = nftnl_expr_iter_next(it); e; e = nftnl_expr_iter_next(it)) {
		const struct nftnl_set *s = strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "lookup") == 0 ?
			find_set(sets, nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET)) : NULL;
		if (!s)
			continue;
		nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, ANONYMOUS);
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, nftnl_set_get_u32(s, NFTNL_SET_ID));
	}
	nftnl_expr_iter_destroy(it);
}

static void add_sets(struct batch *b, const struct live_rule *r, const struct sets *sets)
{
	for (size_t i = 0; i < sets->n; i++) {
		struct nftnl_set *s = sets->items[i];
		nftnl_set_unset(s, NFTNL_SET_HANDLE);
		nftnl_set_set_str(s, NFTNL_SET_TABLE, r->table);
		nftnl_set_set_str(s, NFTNL_SET_NAME, ANONYMOUS);
		nftnl_set_set_u32(s, NFTNL_SET_FAMILY, (uint32_t)nft_family(r->family));
		struct nlmsghdr *h = add_message(b, NFT_MSG_NEWSET, r, NLM_F_CREATE);
		nftnl_set_nlmsg_build_payload(h, s);
		end_message(b, h);
		h = add_message(b, NFT_MSG_NEWSETELEM, r, NLM_F_CREATE);
		nftnl_set_elems_nlmsg_build_payload(h, s);
		end_message(b, h);
	}
}

/* `before`: the handle of the rule that comes behind it; 0: it goes to the end. */
static bool add_rule(struct batch *b, const struct live_rule *r, uint64_t before, uint32_t *id, uint32_t *ret_seq,
		     struct arena *a)
{
	struct sets sets = { .arena = a };
	struct nftnl_rule *rule = read_code(r->code, &sets);
	if (!rule)
		return false;
	nftnl_rule_unset(rule, NFTNL_RULE_HANDLE);
	nftnl_rule_unset(rule, NFTNL_RULE_POSITION);
	nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, r->table);
	nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, r->chain);
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, (uint32_t)nft_family(r->family));
	if (before)
		nftnl_rule_set_u64(rule, NFTNL_RULE_POSITION, before);
	if (r->protocol && strcmp(r->backend->dialect, "iptables") == 0) {
		/* the kernel asks which protocol an extension of xtables is for, and does not list it */
		nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_PROTO, r->protocol);
		nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_FLAGS, 0);
	}
	number_sets(rule, &sets, id);
	add_sets(b, r, &sets);
	struct nlmsghdr *h = add_message(b, NFT_MSG_NEWRULE, r, NLM_F_CREATE | NLM_F_ECHO | (before ? 0 : NLM_F_APPEND));
	nftnl_rule_nlmsg_build_payload(h, rule);
	end_message(b, h);
	*ret_seq = h->nlmsg_seq;
	nftnl_rule_free(rule);
	for (size_t i = 0; i < sets.n; i++)
		nftnl_set_free(sets.items[i]);
	return true;
}

/*
 * The handle of the rule that is to stand behind the i-th one, as its chain is
 * now; 0: none. Returns 0 or an errno.
 */
static int find_next(struct live_rule *const *rules, size_t i, uint64_t *ret, struct arena *a)
{
	const struct live_rule *r = rules[i];
	struct listing l = { .arena = a };
	size_t at = r->number - 1;
	for (size_t k = 0; k < i; k++)
		at -= rules[k]->family == r->family && strcmp(rules[k]->table, r->table) == 0 &&
		      strcmp(rules[k]->chain, r->chain) == 0;
	int why = list_rules(r, 0, &l);
	*ret = !why && at < l.n ? l.items[at].handle : 0;
	return why ? why : at > l.n ? ENOENT : 0;
}

static enum live_outcome nft_insert(const struct live_change *c, struct live_rule *const *rules, size_t n, struct arena *a,
				    const char **ret_why)
{
	size_t room = 4 * MESSAGE_ROOM;
	uint32_t id = 0, *seq = arena_new_array(a, uint32_t, n);
	struct batch b = { .rules = rules, .rule_seq = seq, .n = n };
	for (size_t i = 0; i < n; i++) {
		room += 4 * MESSAGE_ROOM + 2 * rules[i]->code.n;
		if (rules[i]->code.n > CODE_MAX) {
			*ret_why = "a rule names so many values that it does not fit a message to the kernel";
			return LIVE_FAILED;
		}
	}
	begin_batch(&b, room, c->generation, a);
	for (size_t i = 0; i < n; i++) {
		uint64_t before;
		int why = find_next(rules, i, &before, a);
		if (why && nft_generation() != c->generation)
			return LIVE_MOVED;
		if (why) {
			*ret_why = arena_printf(a, "the place in chain %s of table %s cannot be found: %s", rules[i]->chain,
						rules[i]->table, strerror(why));
			return LIVE_FAILED;
		}
		if (!add_rule(&b, rules[i], before, &id, &seq[i], a)) {
			*ret_why = "the compiled rule cannot be read back";
			return LIVE_FAILED;
		}
	}
	int why = send_batch(&b);
	if (why == ERESTART)
		return LIVE_MOVED;
	if (why) {
		*ret_why = arena_printf(a, "the kernel refuses the change: %s", strerror(why));
		return LIVE_FAILED;
	}
	for (size_t i = 0; i < n; i++) {
		struct listing l = { .arena = a, .describe = true };
		if (rules[i]->handle && list_rules(rules[i], rules[i]->handle, &l) == 0 && l.n == 1)
			rules[i]->listed = l.items[0].text;
	}
	return LIVE_DONE;
}

/* ---- taking out ---- */

/*
 * The handle under which the rule stands now; 0: it is gone, or another has its
 * handle. Where its handle was never noted: if it stands at its place. Returns 0 or an errno.
 */
static int find_rule(const struct live_rule *r, uint64_t *ret, struct arena *a)
{
	struct listing l = { .arena = a, .describe = true };
	const char *text = r->listed;
	if (!text) {
		struct sets sets = { .arena = a };
		struct nftnl_rule *rule = read_code(r->code, &sets);
		text = rule ? describe(rule, a) : "";
	}
	int why = list_rules(r, r->handle, &l);
	*ret = 0;
	for (size_t i = 0; i < l.n; i++)
		if (strcmp(l.items[i].text, text) == 0 && (r->listed || i + 1 == r->number))
			*ret = l.items[i].handle;
	return why == ENOENT ? 0 : why == EINTR ? ERESTART : why;
}

static enum live_outcome nft_remove(struct live_rule *const *rules, size_t n, struct arena *a, const char **ret_why)
{
	int why = ERESTART;
	bool gone = false;
	for (unsigned try = 0; try < TRIES && why == ERESTART; try++) {
		struct batch b = { .n = 0 };
		begin_batch(&b, (n + 2) * MESSAGE_ROOM, nft_generation(), a);
		gone = false;
		why = 0;
		for (size_t i = 0; i < n && !why; i++) {
			uint64_t handle;
			why = find_rule(rules[i], &handle, a);
			gone |= !why && !handle;
			if (why || !handle)
				continue;
			struct nlmsghdr *h = add_message(&b, NFT_MSG_DELRULE, rules[i], 0);
			mnl_attr_put_strz(h, NFTA_RULE_TABLE, rules[i]->table);
			mnl_attr_put_strz(h, NFTA_RULE_CHAIN, rules[i]->chain);
			mnl_attr_put_u64(h, NFTA_RULE_HANDLE, htobe64(handle));
			end_message(&b, h);
		}
		if (!why && b.acks)
			why = send_batch(&b);
	}
	if (why) {
		*ret_why = why == ERESTART ? "the ruleset changes so often that the rule could not be taken out" :
			arena_printf(a, "the kernel refuses to take the rule out: %s", strerror(why));
		return LIVE_FAILED;
	}
	return gone ? LIVE_GONE : LIVE_DONE;
}

const struct live_part nft_part = { .insert = nft_insert, .remove = nft_remove };

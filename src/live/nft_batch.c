/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only the last message asks for an acknowledgement: the kernel carries out all or nothing, and
 * reports it after the commit (nfnetlink_rcv_batch() in net/netfilter/nfnetlink.c). Errors are sent
 * for any message.
 */
#include "nft_batch.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define MESSAGE_ROOM 1024   /* for a message, besides what the rule's own code takes */
#define ANONYMOUS "__set%d" /* the kernel puts a number in */

static struct nlmsghdr *add_message(struct batch *b, int message, int family, int flags)
{
	FW_ASSERT((size_t)(b->at - b->buf) + MESSAGE_ROOM <= b->room);
	return nftnl_nlmsg_build_hdr(b->at, (uint16_t)message, (uint16_t)family, (uint16_t)flags,
				     ++b->seq);
}

static void end_message(struct batch *b, struct nlmsghdr *h)
{
	b->at += h->nlmsg_len;
	b->last = h;
}

void batch_begin(struct batch *b, size_t room, uint32_t generation, struct arena *a)
{
	*b = (struct batch){ .room = room + (size_t)4 * MESSAGE_ROOM };
	b->buf = b->at = arena_alloc(a, b->room);
	struct nlmsghdr *h = nftnl_batch_begin(b->at, ++b->seq);
	FW_ASSERT(generation != 0);
	mnl_attr_put_u32(h, NFNL_BATCH_GENID, htonl(generation));
	b->at += h->nlmsg_len;
}

/* ---- a rule and its sets ---- */

struct sets {
	struct arena *arena;
	struct nftnl_set **items;
	size_t n, cap;
};

/* `name` may be NULL: not every message has one. */
static struct nftnl_set *find_set(const struct sets *s, const char *name)
{
	for (size_t i = 0; name && i < s->n; i++)
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
	if (code.n)
		memcpy(copy, code.p, code.n);
	for (const struct nlmsghdr *h = (const void *)copy; netlink_is_whole(h, left);
	     h = mnl_nlmsg_next(h, &left)) {
		struct nftnl_set *set = nftnl_set_alloc(), *known;
		switch (h->nlmsg_type & 0xff) {
		case NFT_MSG_NEWSET:
			if (nftnl_set_nlmsg_parse(h, set) == 0 &&
			    nftnl_set_is_set(set, NFTNL_SET_NAME)) {
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

static void free_sets(const struct sets *s)
{
	for (size_t i = 0; i < s->n; i++)
		nftnl_set_free(s->items[i]);
}

/* The lookups of the rule refer to each set by its number in the batch. */
static void number_sets(struct nftnl_rule *rule, const struct sets *sets, uint32_t *id)
{
	for (size_t i = 0; i < sets->n; i++)
		nftnl_set_set_u32(sets->items[i], NFTNL_SET_ID, ++*id);
	struct nftnl_expr_iter *it = nftnl_expr_iter_create(rule);
	for (struct nftnl_expr *e = nftnl_expr_iter_next(it); e; e = nftnl_expr_iter_next(it)) {
		const struct nftnl_set *s =
			strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "lookup") == 0
				? find_set(sets, nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET))
				: NULL;
		if (!s)
			continue;
		nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, ANONYMOUS);
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, nftnl_set_get_u32(s, NFTNL_SET_ID));
	}
	nftnl_expr_iter_destroy(it);
}

static void add_sets(struct batch *b, const struct live_rule *r, const struct sets *sets)
{
	int family = nft_family(r->family);
	for (size_t i = 0; i < sets->n; i++) {
		struct nftnl_set *s = sets->items[i];
		nftnl_set_unset(s, NFTNL_SET_HANDLE);
		nftnl_set_set_str(s, NFTNL_SET_TABLE, r->table);
		nftnl_set_set_str(s, NFTNL_SET_NAME, ANONYMOUS);
		nftnl_set_set_u32(s, NFTNL_SET_FAMILY, (uint32_t)family);
		struct nlmsghdr *h = add_message(b, NFT_MSG_NEWSET, family, NLM_F_CREATE);
		nftnl_set_nlmsg_build_payload(h, s);
		end_message(b, h);
		h = add_message(b, NFT_MSG_NEWSETELEM, family, NLM_F_CREATE);
		nftnl_set_elems_nlmsg_build_payload(h, s);
		end_message(b, h);
	}
}

/* The rule's own user data (a comment), followed by the mark. */
static void set_mark(struct nftnl_rule *rule, struct nft_mark mark)
{
	unsigned char data[NFT_USERDATA_MAXLEN];
	uint32_t n = 0;
	const void *own = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &n);
	if (own && n + NFT_MARK_BYTES <= sizeof(data))
		memcpy(data, own, n);
	else
		n = 0;
	n += nft_mark_write(data + n, mark);
	nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, data, n);
}

size_t batch_room_for(const struct live_rule *r)
{
	/* the sets take more bytes in the batch than in a listing, but never twice as many
	 */
	return (size_t)8 * MESSAGE_ROOM + 2 * r->code.n;
}

bool batch_add_rule(struct batch *b, const struct live_rule *r, uint64_t before,
		    struct nft_mark mark, struct arena *a)
{
	struct sets sets = { .arena = a };
	struct nftnl_rule *rule = read_code(r->code, &sets);
	if (!rule) {
		free_sets(&sets);
		return false;
	}
	nftnl_rule_unset(rule, NFTNL_RULE_HANDLE);
	nftnl_rule_unset(rule, NFTNL_RULE_POSITION);
	nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, r->table);
	nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, r->chain);
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, (uint32_t)nft_family(r->family));
	if (before)
		nftnl_rule_set_u64(rule, NFTNL_RULE_POSITION, before);
	if (r->protocol && strcmp(r->backend->dialect, "iptables") == 0) {
		/* the kernel asks which protocol an extension of xtables is for, and does not list
		 * it */
		nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_PROTO, r->protocol);
		nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_FLAGS, 0);
	}
	set_mark(rule, mark);
	number_sets(rule, &sets, &b->set_id);
	add_sets(b, r, &sets);
	struct nlmsghdr *h = add_message(b, NFT_MSG_NEWRULE, nft_family(r->family),
					 NLM_F_CREATE | (before ? 0 : NLM_F_APPEND));
	nftnl_rule_nlmsg_build_payload(h, rule);
	end_message(b, h);
	nftnl_rule_free(rule);
	free_sets(&sets);
	return true;
}

void batch_delete_rule(struct batch *b, const struct nft_listed *r)
{
	struct nlmsghdr *h = add_message(b, NFT_MSG_DELRULE, r->family, 0);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, r->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, r->chain);
	mnl_attr_put_u64(h, NFTA_RULE_HANDLE, htobe64(r->handle));
	end_message(b, h);
}

/* ---- sending ---- */

/* Takes the acknowledgement of the last message, or the first error. Returns 0 or an errno. */
static int take_answers(struct mnl_socket *nl, uint32_t last)
{
	char *buf = (char[NETLINK_BUFFER]){ 0 };
	while (true) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, NETLINK_BUFFER);
		if (n < 0)
			return errno;
		int left = (int)n;
		for (const struct nlmsghdr *h = (const void *)buf; netlink_is_whole(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			if (mnl_nlmsg_get_payload_len(h) < sizeof(*e))
				return EBADMSG;
			if (e->error)
				return -e->error;
			if (h->nlmsg_seq == last)
				return 0;
		}
	}
}

int batch_send(struct batch *b)
{
	struct nlmsghdr *last = b->last, *h = nftnl_batch_end(b->at, ++b->seq);
	last->nlmsg_flags |= NLM_F_ACK;
	end_message(b, h);
	size_t size = (size_t)(b->at - b->buf);
	struct mnl_socket *nl = netlink_open(size);
	if (!nl)
		return errno;
	int why = mnl_socket_sendto(nl, b->buf, size) < 0 ? errno
							  : take_answers(nl, last->nlmsg_seq);
	mnl_socket_close(nl);
	return why;
}

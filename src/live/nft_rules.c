/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nft_rules.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

#define MARK_TYPE 0x66 /* of user data: nft (1.0.6 to 1.1) uses 0 to 2 */
#define MARK_WORD "fwlint"

/* ---- marks ---- */

uint32_t nft_mark_write(unsigned char *buf, struct nft_mark m)
{
	uint64_t tag = htobe64(m.tag);
	uint32_t index = htonl(m.index), n = 2;
	memcpy(buf + n, MARK_WORD, strlen(MARK_WORD));
	n += (uint32_t)strlen(MARK_WORD);
	memcpy(buf + n, &tag, sizeof(tag));
	n += (uint32_t)sizeof(tag);
	memcpy(buf + n, &index, sizeof(index));
	n += (uint32_t)sizeof(index);
	/* type, length, value: nftnl_udata_put() */
	buf[0] = MARK_TYPE;
	buf[1] = (unsigned char)(n - 2);
	return n;
}

static struct nft_mark mark_of(const struct nlattr *userdata)
{
	struct nft_mark m = { 0 };
	const unsigned char *p = userdata ? mnl_attr_get_payload(userdata) : NULL;
	size_t left = userdata ? mnl_attr_get_payload_len(userdata) : 0, word = strlen(MARK_WORD);
	for (; left >= 2 && left - 2 >= p[1]; left -= 2u + p[1], p += 2 + p[1]) {
		if (p[0] != MARK_TYPE || p[1] != word + 12 || memcmp(p + 2, MARK_WORD, word) != 0)
			continue;
		memcpy(&m.tag, p + 2 + word, sizeof(m.tag));
		memcpy(&m.index, p + 2 + word + sizeof(m.tag), sizeof(m.index));
		m.tag = be64toh(m.tag);
		m.index = ntohl(m.index);
	}
	return m;
}

/* ---- what a rule says ---- */

static const struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;
	NETLINK_EACH_NESTED(attr, nest)
	if (mnl_attr_get_type(attr) == type)
		return attr;
	return NULL;
}

static const struct nlattr *find_in_message(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *attr;
	NETLINK_EACH(attr, h)
	if (mnl_attr_get_type(attr) == type)
		return attr;
	return NULL;
}

static const char *string(const struct nlattr *attr, struct arena *a)
{
	const char *s = attr ? mnl_attr_get_payload(attr) : "";
	return arena_strndup(a, s, attr ? strnlen(s, mnl_attr_get_payload_len(attr)) : 0);
}

static void add_bytes(struct text *t, const struct nlattr *attr)
{
	text_add(t, (struct str){ (const char *)attr, attr->nla_len });
}

struct sets_of_rule {
	struct arena *arena;
	const char **items;
	size_t n, cap;
};

/* A lookup names its set; the kernel numbers anonymous ones ("__set3"). */
static void add_lookup(struct text *t, const struct nlattr *data, struct sets_of_rule *sets)
{
	const struct nlattr *attr;
	NETLINK_EACH_NESTED(attr, data)
	{
		const char *name = mnl_attr_get_type(attr) == NFTA_LOOKUP_SET
					   ? string(attr, t->arena)
					   : NULL;
		if (mnl_attr_get_type(attr) == NFTA_LOOKUP_SET_ID)
			continue;
		if (name && strncmp(name, "__", 2) == 0)
			vec_push(sets->arena, sets, name);
		else
			add_bytes(t, attr);
	}
}

static struct str content_of(const struct nlattr *expressions, struct sets_of_rule *sets)
{
	struct text t = { .arena = sets->arena };
	const struct nlattr *e;
	if (!expressions)
		return (struct str){ 0 };
	text_add(&t, STR(":"));
	NETLINK_EACH_NESTED(e, expressions)
	{
		const struct nlattr *name = find(e, NFTA_EXPR_NAME),
				    *data = find(e, NFTA_EXPR_DATA);
		const char *word = string(name, sets->arena);
		text_printf(&t, "[%s ", word);
		if (data && strcmp(word, "lookup") == 0)
			add_lookup(&t, data, sets);
		else if (data && strcmp(word, "counter") != 0)
			add_bytes(&t, data);
		text_add(&t, STR("]"));
	}
	return text_str(&t);
}

/* ---- the elements of a set ---- */

struct elements {
	struct arena *arena;
	const char *set; /* the elements in the messages of this set */
	struct str *items;
	size_t n, cap;
};

static void add_elements(const struct nlmsghdr *h, void *arg)
{
	struct elements *list = arg;
	const struct nlattr *nest = find_in_message(h, NFTA_SET_ELEM_LIST_ELEMENTS), *e;
	if (!nest ||
	    strcmp(string(find_in_message(h, NFTA_SET_ELEM_LIST_SET), list->arena), list->set) != 0)
		return;
	NETLINK_EACH_NESTED(e, nest)
	{
		struct str s = { arena_strndup(list->arena, (const char *)e, e->nla_len),
				 e->nla_len };
		vec_push(list->arena, list, s);
	}
}

static int compare_elements(const void *x, const void *y)
{
	const struct str *a = x, *b = y;
	int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
	return order ? order : a->n < b->n ? -1 : a->n > b->n;
}

/* Sorted: the order of a listing is up to the kernel. */
static void add_sorted(struct text *t, struct elements *list)
{
	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), compare_elements);
	text_add(t, STR("{"));
	for (size_t i = 0; i < list->n; i++)
		text_add(t, list->items[i]);
	text_add(t, STR("}"));
}

int nft_whole_content(struct nft_listed *r, struct arena *a)
{
	struct text t = { .arena = a };
	text_add(&t, r->content);
	for (size_t i = 0; i < r->n_sets; i++) {
		char buf[NETLINK_REQUEST];
		struct elements list = { .arena = a, .set = r->sets[i] };
		struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETSETELEM,
						     NLM_F_DUMP, r->family);
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, r->table);
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, r->sets[i]);
		int why = netlink_ask(h, add_elements, &list);
		if (why)
			return why;
		add_sorted(&t, &list);
	}
	r->n_sets = 0;
	r->content = text_str(&t);
	return 0;
}

/* ---- the code of a rule ---- */

/* Calls `visit` with each message of the code, which may have any alignment. */
static void visit_code(struct str code, netlink_visit *visit, void *arg, struct arena *a)
{
	char *copy = arena_alloc(a, code.n + 1);
	int left = (int)code.n;
	if (code.n)
		memcpy(copy, code.p, code.n);
	for (const struct nlmsghdr *h = (const void *)copy; netlink_is_whole(h, left);
	     h = mnl_nlmsg_next(h, &left))
		visit(h, arg);
}

struct reading_code {
	struct sets_of_rule sets;
	struct str content;
	bool found;
};

static void take_rule(const struct nlmsghdr *h, void *arg)
{
	struct reading_code *r = arg;
	if ((h->nlmsg_type & 0xff) != NFT_MSG_NEWRULE || r->found)
		return;
	r->content = content_of(find_in_message(h, NFTA_RULE_EXPRESSIONS), &r->sets);
	r->found = true;
}

static void take_elements(const struct nlmsghdr *h, void *arg)
{
	if ((h->nlmsg_type & 0xff) == NFT_MSG_NEWSETELEM)
		add_elements(h, arg);
}

struct str nft_short_content_of_code(struct str code, struct arena *a)
{
	struct reading_code r = { .sets = { .arena = a } };
	visit_code(code, take_rule, &r, a);
	return r.content;
}

struct str nft_content_of_code(struct str code, struct arena *a)
{
	struct reading_code r = { .sets = { .arena = a } };
	struct text t = { .arena = a };
	visit_code(code, take_rule, &r, a);
	text_add(&t, r.content);
	for (size_t i = 0; i < r.sets.n; i++) {
		struct elements list = { .arena = a, .set = r.sets.items[i] };
		visit_code(code, take_elements, &list, a);
		add_sorted(&t, &list);
	}
	return text_str(&t);
}

/* ---- listing ---- */

static void add_listed(const struct nlmsghdr *h, void *arg)
{
	struct nft_listing *l = arg;
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	const struct nlattr *handle = find_in_message(h, NFTA_RULE_HANDLE);
	struct sets_of_rule sets = { .arena = l->arena };
	struct nft_listed x = {
		.family = g->nfgen_family,
		.number = 1,
		.table = string(find_in_message(h, NFTA_RULE_TABLE), l->arena),
		.chain = string(find_in_message(h, NFTA_RULE_CHAIN), l->arena),
		.handle = handle ? be64toh(mnl_attr_get_u64(handle)) : 0,
		.mark = mark_of(find_in_message(h, NFTA_RULE_USERDATA)),
	};
	const struct nft_listed *before = l->n ? &l->items[l->n - 1] : NULL;
	if (before && before->family == x.family && strcmp(before->table, x.table) == 0 &&
	    strcmp(before->chain, x.chain) == 0)
		x.number = before->number + 1;
	if (l->contents) {
		x.content = content_of(find_in_message(h, NFTA_RULE_EXPRESSIONS), &sets);
		x.sets = sets.items;
		x.n_sets = sets.n;
	}
	vec_push(l->arena, l, x);
}

int nft_list_rules(const char *table, const char *chain, int family, struct nft_listing *l)
{
	char buf[NETLINK_REQUEST];
	struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, NLM_F_DUMP,
					     family);
	if (table)
		mnl_attr_put_strz(h, NFTA_RULE_TABLE, table);
	if (chain)
		mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	l->n = 0;
	return netlink_ask(h, add_listed, l);
}

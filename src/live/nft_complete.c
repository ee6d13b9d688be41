/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libnftables 1.0.6 ignores a dump that fails: a listing then looks as if there were no rules,
 * objects or elements of a set (rule_cache_dump(), netlink_list_setelems() in nftables' src/cache.c
 * and src/netlink.c; only EINTR makes it start again). So we count what the kernel has, and compare
 * that with what was printed. The tools of iptables-nft are not trusted either. Names and comments
 * are printed unchanged: a line end in one can forge rules, but then there are more rules than the
 * kernel has.
 */
#include "backend.h"
#include "nft_rules.h"

#include <fwlint/late_nftnl.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

struct counts {
	size_t rules;
	size_t bound;  /* rules of chains without a name: listed inside the rule with the chain,
			  without handles (1.0.6) */
	size_t blocks; /* "chain x {", "set x {" … of a table */
	size_t filled; /* sets with elements, except those whose elements come and go by themselves
			*/
};

/* ---- what the kernel has ---- */

struct set {
	int family;
	const char *table, *name;
	size_t n_elements;
};

/* A chain without a name, in a rule. */
struct bound {
	int family;
	const char *table, *chain;
};

struct counting {
	struct arena *arena;
	const struct nft_tables *tables;
	struct counts counts;
	struct set *items;
	size_t n, cap;
	VEC(struct bound) bound;
	bool is_odd; /* a name has a line end */
};

static bool is_wanted(const struct counting *c, int family, const char *table)
{
	for (size_t i = 0; i < c->tables->n; i++)
		if (c->tables->items[i].family == family &&
		    strcmp(c->tables->items[i].name, table) == 0)
			return !c->tables->items[i].is_iptables;
	return false;
}

static const char *copy(const struct counting *c, const char *z)
{
	return arena_strndup(c->arena, z, strlen(z));
}

static void count_chain(const struct nlmsghdr *h, void *arg)
{
	struct counting *c = arg;
	struct nftnl_chain *x = nftnl_chain_alloc();
	if (x && nftnl_chain_nlmsg_parse(h, x) == 0) {
		int family = (int)nftnl_chain_get_u32(x, NFTNL_CHAIN_FAMILY);
		const char *table = nftnl_chain_get_str(x, NFTNL_CHAIN_TABLE);
		bool binds = nftnl_chain_get_u32(x, NFTNL_CHAIN_FLAGS) & NFT_CHAIN_BINDING;
		struct bound b = { family, copy(c, table),
				   copy(c, nftnl_chain_get_str(x, NFTNL_CHAIN_NAME)) };
		if (binds)
			vec_push(c->arena, &c->bound, b);
		c->is_odd |= strchr(b.chain, '\n') != NULL;
		c->counts.blocks += !binds && is_wanted(c, family, table);
	}
	nftnl_chain_free(x);
}

static bool is_bound(const struct counting *c, const struct nft_listed *r)
{
	for (size_t i = 0; i < c->bound.n; i++) {
		const struct bound *b = &c->bound.items[i];
		if (b->family == r->family && strcmp(b->table, r->table) == 0 &&
		    strcmp(b->chain, r->chain) == 0)
			return true;
	}
	return false;
}

static void count_object(const struct nlmsghdr *h, void *arg)
{
	struct counting *c = arg;
	struct nftnl_obj *x = nftnl_obj_alloc();
	if (x && nftnl_obj_nlmsg_parse(h, x) == 0) {
		c->counts.blocks += is_wanted(c, (int)nftnl_obj_get_u32(x, NFTNL_OBJ_FAMILY),
					      nftnl_obj_get_str(x, NFTNL_OBJ_TABLE));
		c->is_odd |= strchr(nftnl_obj_get_str(x, NFTNL_OBJ_NAME), '\n') != NULL;
	}
	nftnl_obj_free(x);
}

static void count_set(const struct nlmsghdr *h, void *arg)
{
	struct counting *c = arg;
	struct nftnl_set *x = nftnl_set_alloc();
	if (x && nftnl_set_nlmsg_parse(h, x) == 0) {
		struct set s = { .family = (int)nftnl_set_get_u32(x, NFTNL_SET_FAMILY) };
		const char *table = nftnl_set_get_str(x, NFTNL_SET_TABLE),
			   *name = nftnl_set_get_str(x, NFTNL_SET_NAME);
		uint32_t flags = nftnl_set_get_u32(x, NFTNL_SET_FLAGS);
		c->is_odd |= strchr(name, '\n') != NULL;
		if (is_wanted(c, s.family, table) && !(flags & NFT_SET_ANONYMOUS)) {
			c->counts.blocks++;
			s.table = copy(c, table);
			s.name = copy(c, name);
			if (!(flags & (NFT_SET_TIMEOUT | NFT_SET_EVAL)))
				vec_push(c->arena, c, s);
		}
	}
	nftnl_set_free(x);
}

static void count_elements(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *attr, *e;
	NETLINK_EACH(attr, h)
	{
		if (mnl_attr_get_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		NETLINK_EACH_NESTED(e, attr)
		(*(size_t *)arg)++;
	}
}

static int dump(int message, netlink_visit *visit, struct counting *c)
{
	char buf[NETLINK_REQUEST];
	return netlink_ask(netlink_request(buf, NFNL_SUBSYS_NFTABLES, message, NLM_F_DUMP,
					   NFPROTO_UNSPEC),
			   visit, c);
}

static int dump_elements(struct set *s)
{
	char buf[NETLINK_REQUEST];
	struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETSETELEM,
					     NLM_F_DUMP, s->family);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, s->table);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, s->name);
	return netlink_ask(h, count_elements, &s->n_elements);
}

static int count_in_kernel(struct counting *c)
{
	struct nft_listing l = { .arena = c->arena };
	int why = dump(NFT_MSG_GETCHAIN, count_chain, c);
	if (!why)
		why = nft_list_rules(NULL, NULL, NFPROTO_UNSPEC, &l);
	for (size_t i = 0; i < l.n; i++)
		if (is_wanted(c, l.items[i].family, l.items[i].table))
			(*(is_bound(c, &l.items[i]) ? &c->counts.bound : &c->counts.rules))++;
	if (!why)
		why = dump(NFT_MSG_GETSET, count_set, c);
	if (!why)
		why = dump(NFT_MSG_GETOBJ, count_object, c);
	for (size_t i = 0; i < c->n && !why; i++) {
		why = dump_elements(&c->items[i]);
		c->counts.filled += c->items[i].n_elements > 0;
	}
	return why;
}

/* ---- what was printed ---- */

/* Cuts the " # handle 7" off the line; false: it has none. */
static bool cut_handle(struct str *line)
{
	size_t n = line->n;
	while (n && line->p[n - 1] >= '0' && line->p[n - 1] <= '9')
		n--;
	struct str word = STR(" # handle ");
	if (n == line->n || n < word.n || memcmp(line->p + n - word.n, word.p, word.n) != 0)
		return false;
	line->n = n - word.n;
	return true;
}

static struct counts count_printed(struct str text)
{
	struct counts c = { 0 };
	bool comes_and_goes = false;
	while (text.n) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(line, "\t\tflags ") || str_starts(line, "\t\ttimeout "))
			comes_and_goes |= str_contains(line, "timeout") || str_contains(line, "dyna"
											      "mi"
											      "c");
		else if (str_starts(line, "\t\telements = {"))
			c.filled += !comes_and_goes;
		if (!cut_handle(&line))
			continue;
		if (!line.n || line.p[line.n - 1] != '{') {
			c.rules++;
		} else if (str_starts(line, "\t")) {
			c.blocks++;
			comes_and_goes = false;
		}
	}
	return c;
}

const char *nft_missing_in(struct str text, const struct nft_tables *tables, struct arena *a)
{
	struct counting c = { .arena = a, .tables = tables };
	int why = count_in_kernel(&c);
	struct counts printed = count_printed(text);
	if (why)
		return nft_unreadable(why, a);
	for (size_t i = 0; i < tables->n; i++)
		c.is_odd |= strchr(tables->items[i].name, '\n') != NULL;
	if (c.is_odd || printed.rules > c.counts.rules + c.counts.bound)
		return "a name or a comment contains a line break, so nft's listing cannot be read";
	if (printed.rules >= c.counts.rules && printed.blocks >= c.counts.blocks &&
	    printed.filled >= c.counts.filled)
		return NULL;
	return arena_printf(a,
			    "libnftables has listed %zu of %zu rules, %zu of %zu chains, sets and "
			    "objects, and the elements of "
			    "%zu of %zu sets: the rest could not be read",
			    printed.rules, c.counts.rules, printed.blocks, c.counts.blocks,
			    printed.filled, c.counts.filled);
}

const char *iptables_nft_missing_in(struct str text, const struct nft_tables *tables, int family,
				    struct arena *a)
{
	struct nft_listing l = { .arena = a };
	size_t printed = 0, rules = 0;
	int why = nft_list_rules(NULL, NULL, family, &l);
	if (why)
		return nft_unreadable(why, a);
	for (size_t i = 0; i < l.n; i++)
		for (size_t k = 0; k < tables->n; k++)
			rules += tables->items[k].is_iptables &&
				 tables->items[k].family == l.items[i].family &&
				 strcmp(tables->items[k].name, l.items[i].table) == 0;
	while (text.n)
		printed += str_starts(str_cut(&text, '\n'), "-A ");
	return printed >= rules ? NULL
				: arena_printf(a,
					       "the tools of iptables-nft have listed %zu of %zu "
					       "rules: the rest could not be read",
					       printed, rules);
}

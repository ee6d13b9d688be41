/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of nf_tables: nft's own, listed by libnftables with handles, and
 * those of iptables-nft, which only iptables-nft-save prints in full.
 */
#include "backend.h"
#include "nft.h"

#include <fwlint/late_nftables.h>
#include <fwlint/live.h>
#include <fwlint/model_builtin.h>
#include <fwlint/process.h>

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <stdio.h>

/* ---- who made the table? ---- */

/* The names in nf_tables: linux/netfilter.h, and the names of nft_chain_type. */
// clang-format off
static const uint32_t hook_numbers[] = {
	[HOOK_PREROUTING] = NF_INET_PRE_ROUTING, [HOOK_INPUT] = NF_INET_LOCAL_IN,
	[HOOK_FORWARD] = NF_INET_FORWARD, [HOOK_OUTPUT] = NF_INET_LOCAL_OUT,
	[HOOK_POSTROUTING] = NF_INET_POST_ROUTING,
};
static const char *const type_names[] = {
	[CHAIN_FILTER] = "filter", [CHAIN_NAT] = "nat", [CHAIN_ROUTE] = "route",
};
// clang-format on

/* Is it one of the base chains that iptables makes? */
static bool is_builtin(const char *table, const struct nftnl_chain *c)
{
	const char *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);
	const struct builtin_chain *b = builtin_chain_find(
		str_from(table), str_from(nftnl_chain_get_str(c, NFTNL_CHAIN_NAME)));
	return b && type && strcmp(type_names[b->type], type) == 0 &&
	       hook_numbers[b->hook] == nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM) &&
	       b->nft_priority == nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO);
}

static void add_table(const struct nlmsghdr *h, void *arg)
{
	struct nft_tables *list = arg;
	struct nftnl_table *t = nftnl_table_alloc();
	if (t && nftnl_table_nlmsg_parse(h, t) == 0) {
		const char *name = nftnl_table_get_str(t, NFTNL_TABLE_NAME);
		struct nft_table x = { .family = (int)nftnl_table_get_u32(t, NFTNL_TABLE_FAMILY),
				       .name = arena_strndup(list->arena, name, strlen(name)) };
		vec_push(list->arena, list, x);
	}
	nftnl_table_free(t);
}

static struct nft_table *find_table(struct nft_tables *list, int family, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].family == family && strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

static void look_at_chain(const struct nlmsghdr *h, void *arg)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	if (c && nftnl_chain_nlmsg_parse(h, c) == 0 && nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM)) {
		struct nft_table *t = find_table(arg,
						 (int)nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY),
						 nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE));
		if (t) {
			t->n_base++;
			t->others |= !is_builtin(t->name, c);
		}
	}
	nftnl_chain_free(c);
}

static void look_at_rule(const struct nlmsghdr *h, void *arg)
{
	struct nft_table *t = arg;
	struct nftnl_rule *r = nftnl_rule_alloc();
	bool counts = false, looks_up = false;
	if (r && nftnl_rule_nlmsg_parse(h, r) == 0) {
		struct nftnl_expr_iter *it = nftnl_expr_iter_create(r);
		for (struct nftnl_expr *e = nftnl_expr_iter_next(it); e;
		     e = nftnl_expr_iter_next(it)) {
			const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
			counts |= strcmp(name, "counter") == 0;
			looks_up |= strcmp(name, "lookup") == 0 || strcmp(name, "objref") == 0;
		}
		nftnl_expr_iter_destroy(it);
		t->others |= !counts || looks_up;
	}
	nftnl_rule_free(r);
}

/*
 * A table counts as one of iptables-nft if its name and its base chains are those of iptables, and
 * every rule has a counter and no set, as iptables makes them. (iptables-nft-save itself also
 * prints tables of nft, and leaves out what it cannot express: seen with 1.8.9 and `tcp dport { 22,
 * 23 } accept`. So it is not used for a table to which somebody has added rules with nft.)
 */
static int look_at_rules(struct nft_table *t)
{
	char buf[NETLINK_REQUEST];
	struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, NLM_F_DUMP,
					     t->family);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, t->name);
	return netlink_ask(h, look_at_rule, t);
}

static int read_tables(struct nft_tables *list)
{
	char buf[NETLINK_REQUEST];
	int why = netlink_ask(netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE,
					      NLM_F_DUMP, NFPROTO_UNSPEC),
			      add_table, list);
	if (!why)
		why = netlink_ask(netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETCHAIN,
						  NLM_F_DUMP, NFPROTO_UNSPEC),
				  look_at_chain, list);
	for (size_t i = 0; i < list->n && !why; i++) {
		struct nft_table *t = &list->items[i];
		if ((t->family != NFPROTO_IPV4 && t->family != NFPROTO_IPV6) ||
		    !is_builtin_table(str_from(t->name)) || t->others || !t->n_base)
			continue;
		why = look_at_rules(t);
		t->is_iptables = !t->others;
	}
	return why;
}

/* ---- nft ---- */

static enum family family_of(int nfproto)
{
	int f = FAMILY_IP;
	while (f < FAMILY_ARP && nft_family((enum family)f) != nfproto)
		f++;
	return (enum family)f;
}

static int run_one(const char *command)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft)
		return 1;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE);
	int status = nft_run_cmd_from_buffer(nft, command) ? 1 : 0;
	nft_ctx_free(nft);
	return status;
}

/*
 * In a child: libnftables prints, and ends the process on a kernel that it does not know. Runs the
 * commands, each ended by a NUL, one by one: of several "list table" in one run, 1.0.6 reads only
 * the last table and reports the others as missing files (nft_cache_filter in its src/cache.c).
 */
static int run_nft(void *arg)
{
	const struct text *commands = arg;
	int status = 0;
	for (struct str rest = text_str(commands); rest.n && !status;)
		status = run_one(str_cut(&rest, 0).p);
	return status;
}

/* A name from the kernel may be anything; nft cannot mistake a plain one for something else. */
static bool is_plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
				 ".")] == 0;
}

const char *nft_read(struct arena *a, struct live_rulesets *out)
{
	struct nft_tables list = { .arena = a };
	struct text commands = { .arena = a }, text = { .arena = a }, errors = { .arena = a };
	int why = read_tables(&list);
	if (why)
		return nft_unreadable(why, a);
	bool all = true;
	for (size_t i = 0; i < list.n; i++)
		if (list.items[i].is_iptables)
			all = false;
		else
			text_printf(&commands, "list table %s %s%c",
				    family_name(family_of(list.items[i].family)),
				    list.items[i].name, 0);
	if (!commands.n)
		return NULL;
	for (size_t i = 0; i < list.n && !all; i++)
		if (!is_plain(list.items[i].name))
			return "nft has no way to list one of the tables, because of its name";
	if (all) {
		commands.n = 0;
		text_printf(&commands, "list ruleset%c", 0);
	}
	if (process_call(run_nft, &commands, &text, &errors))
		return arena_printf(a, "libnftables cannot list the ruleset: %s",
				    first_line(&errors, a));
	const char *missing = nft_missing_in(text_str(&text), &list, a);
	if (missing)
		return missing;
	struct live_ruleset r = { .family = FAMILY_INET, .name = "nft", .text = text_str(&text) };
	r.is_empty = !text.n;
	vec_push(a, out, r);
	return NULL;
}

/* ---- iptables-nft ---- */

static const char *save(const char *tool, const char *table, struct text *out)
{
	const char *const all[] = { tool, NULL }, *const one[] = { tool, "-t", table, NULL };
	struct text errors = { .arena = out->arena };
	int status = process_run(table ? one : all, STR(""), out, &errors);
	if (!status)
		return NULL;
	if (status == PROCESS_MISSING)
		return arena_printf(out->arena,
				    "there are tables of iptables-nft, but no '%s' (package "
				    "iptables)",
				    tool);
	return arena_printf(out->arena, "%s: %s", tool, first_line(&errors, out->arena));
}

static const char *read_family(struct nft_tables *list, int family, struct live_rulesets *out)
{
	const char *tool = family == NFPROTO_IPV6 ? "ip6tables-nft-save" : "iptables-nft-save",
		   *why = NULL;
	struct text text = { .arena = list->arena };
	size_t iptables = 0, others = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct nft_table *t = &list->items[i];
		iptables += t->family == family && t->is_iptables;
		others += t->family == family && !t->is_iptables &&
			  is_builtin_table(str_from(t->name));
	}
	if (!iptables)
		return NULL;
	if (!others)
		why = save(tool, NULL, &text);
	for (size_t i = 0; others && i < list->n && !why; i++)
		if (list->items[i].family == family && list->items[i].is_iptables)
			why = save(tool, list->items[i].name, &text);
	if (!why)
		why = iptables_nft_missing_in(text_str(&text), list, family, list->arena);
	if (why)
		return why;
	struct live_ruleset r = { .text = text_str(&text),
				  .family = family == NFPROTO_IPV6 ? FAMILY_IP6 : FAMILY_IP,
				  .name = family == NFPROTO_IPV6 ? "ip6tables-nft"
								 : "iptables-nft" };
	r.is_empty = dump_is_empty(r.text);
	vec_push(list->arena, out, r);
	return NULL;
}

const char *iptables_nft_read(struct arena *a, struct live_rulesets *out)
{
	struct nft_tables list = { .arena = a };
	int why = read_tables(&list);
	if (why)
		return nft_unreadable(why, a);
	const char *failed = read_family(&list, NFPROTO_IPV4, out);
	return failed ? failed : read_family(&list, NFPROTO_IPV6, out);
}

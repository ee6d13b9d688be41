/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiles the text of a rule for nf_tables: libnftables or iptables-nft-restore loads it in a new
 * namespace, and the result is dumped from the kernel: the messages of its anonymous sets, their
 * elements, and the rule.
 */
#include "backend.h"
#include "nft.h"

#include <fwlint/late_nftables.h>
#include <fwlint/process.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

struct compiling {
	const struct live_rule *rule;
	struct arena *arena;
	struct text sets; /* their names, a line each */
};

static void write_message(const struct nlmsghdr *h, void *arg)
{
	(void)arg;
	child_write((struct str){ (const char *)h, h->nlmsg_len });
}

static void write_set(const struct nlmsghdr *h, void *arg)
{
	struct compiling *c = arg;
	struct nftnl_set *s = nftnl_set_alloc();
	if (s && nftnl_set_nlmsg_parse(h, s) == 0) {
		text_printf(&c->sets, "%s\n", nftnl_set_get_str(s, NFTNL_SET_NAME));
		write_message(h, NULL);
	}
	nftnl_set_free(s);
}

static int dump_table(struct compiling *c, const char *table)
{
	char buf[NETLINK_REQUEST];
	int family = nft_family(c->rule->family);
	struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETSET, NLM_F_DUMP,
					     family);
	mnl_attr_put_strz(h, NFTA_SET_TABLE, table);
	int why = netlink_ask(h, write_set, c);
	struct str rest = text_str(&c->sets);
	while (rest.n && !why) {
		struct str name = str_cut(&rest, '\n');
		h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETSETELEM, NLM_F_DUMP,
				    family);
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, table);
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET,
				  arena_strndup(c->arena, name.p, name.n));
		if (name.n)
			why = netlink_ask(h, write_message, NULL);
	}
	h = netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, NLM_F_DUMP, family);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, table);
	return why ? why : netlink_ask(h, write_message, NULL);
}

static int compile_nft_here(void *arg)
{
	struct compiling *c = arg;
	const struct live_rule *r = c->rule;
	const char *why = process_enter_namespaces(c->arena), *family = family_name(r->family);
	if (why)
		return child_fail(str_from(why));
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft)
		return 1;
	nft_ctx_buffer_error(nft);
	/* names of our own: those in the kernel may be anything */
	if (nft_run_cmd_from_buffer(nft, arena_printf(c->arena,
						      "add table %s t\nadd chain %s t c\nadd rule "
						      "%s t c %s\n",
						      family, family, family, r->rule)))
		return child_fail(str_from(nft_ctx_get_error_buffer(nft)));
	return dump_table(c, "t");
}

static int compile_iptables_here(void *arg)
{
	struct compiling *c = arg;
	const char *const argv[] = { c->rule->family == FAMILY_IP6 ? "ip6tables-nft-restore"
								   : "iptables-nft-restore",
				     NULL };
	const char *why = process_enter_namespaces(c->arena);
	struct text out = { .arena = c->arena };
	if (why)
		return child_fail(str_from(why));
	int status = process_run(argv, dump_of_rule(c->rule, c->arena), &out, &out);
	if (status)
		return child_fail(status == PROCESS_MISSING ? STR("there is no "
								  "iptables-nft-restore")
							    : text_str(&out));
	return dump_table(c, c->rule->table);
}

static const char *compile(struct live_rule *r, int (*here)(void *arg), struct arena *a)
{
	struct text out = { .arena = a }, errors = { .arena = a };
	struct compiling c = { .rule = r, .arena = a, .sets = { .arena = a } };
	if (process_call(here, &c, &out, &errors) || !out.n)
		return arena_printf(a, "'%s' cannot be compiled into a kernel rule: %s", r->rule,
				    first_line(&errors, a));
	r->code = text_str(&out);
	return NULL;
}

/* The rule names interfaces (iifname): those given by number (iif) would have to exist. */
static const char *compile_nft(struct live_rule *r, struct arena *a)
{
	return compile(r, compile_nft_here, a);
}

static const char *compile_iptables_nft(struct live_rule *r, struct arena *a)
{
	return compile(r, compile_iptables_here, a);
}

// clang-format off
const struct backend backend_nft = {
	.name = "nft", .dialect = "nft", .has_generation = true, .read = nft_read, .compile = compile_nft, .part = &nft_part,
};

const struct backend backend_iptables_nft = {
	.name = "iptables-nft", .dialect = "iptables", .has_generation = true,
	.read = iptables_nft_read, .compile = compile_iptables_nft, .part = &nft_part,
};
// clang-format on

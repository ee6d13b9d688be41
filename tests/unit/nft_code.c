/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nft_code.h"

#include "suite.h"

#include <stdio.h>

#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

static void add_expression(struct nftnl_rule *r, const char *name, const char *set)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);
	if (set) {
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
		nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set);
	}
	nftnl_rule_add_expr(r, e);
}

static struct nlmsghdr *begin_message(int message)
{
	static char buf[4096];
	return nftnl_nlmsg_build_hdr(buf, (uint16_t)message, NFPROTO_INET, 0, 1);
}

static void end_message(struct text *code, const struct nlmsghdr *h)
{
	text_add(code, (struct str){ (const char *)h, h->nlmsg_len });
}

void code_add_set(struct text *code, const char *name, uint32_t element)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nftnl_set_elem *e = nftnl_set_elem_alloc();
	nftnl_set_set_str(s, NFTNL_SET_TABLE, "compiled");
	nftnl_set_set_str(s, NFTNL_SET_NAME, name);
	nftnl_set_set_u32(s, NFTNL_SET_FLAGS, NFT_SET_ANONYMOUS | NFT_SET_CONSTANT);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 4);
	nftnl_set_set_u64(s, NFTNL_SET_HANDLE, 9);
	struct nlmsghdr *h = begin_message(NFT_MSG_NEWSET);
	nftnl_set_nlmsg_build_payload(h, s);
	end_message(code, h);
	nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, &element, sizeof(element));
	nftnl_set_elem_add(s, e);
	h = begin_message(NFT_MSG_NEWSETELEM);
	nftnl_set_elems_nlmsg_build_payload(h, s);
	end_message(code, h);
	nftnl_set_free(s);
}

void code_add_rule(struct text *code, const char *const *sets, size_t n, struct str userdata)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, "compiled");
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, "compiled");
	nftnl_rule_set_u64(r, NFTNL_RULE_HANDLE, 3);
	nftnl_rule_set_u64(r, NFTNL_RULE_POSITION, 2);
	if (userdata.n)
		nftnl_rule_set_data(r, NFTNL_RULE_USERDATA, userdata.p, (uint32_t)userdata.n);
	for (size_t i = 0; i < n; i++)
		add_expression(r, "lookup", sets[i]);
	add_expression(r, "counter", NULL);
	struct nlmsghdr *h = begin_message(NFT_MSG_NEWRULE);
	nftnl_rule_nlmsg_build_payload(h, r);
	end_message(code, h);
	nftnl_rule_free(r);
}

struct str code_some(void)
{
	struct text code = { .arena = a };
	code_add_set(&code, "__set4", 0x11);
	code_add_set(&code, "__set5", 0x22);
	code_add_rule(&code, (const char *const[]){ "__set5", "named", "__set4" }, 3,
		      STR("\0\3hi\0"));
	return text_str(&code);
}

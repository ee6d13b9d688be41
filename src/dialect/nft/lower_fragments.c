/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a rule make the kernel reassemble fragments before the chains see them? Everything that uses
 * conntrack does (nf_conntrack_proto.c: nf_ct_netns_get is called when the rule is made), and
 * tproxy (nft_tproxy.c: nft_tproxy_init).
 */
#include "lower.h"

static bool names_ct(const struct expr *e)
{
	bool found = e && e->kind == EXPR_SELECTOR && str_starts(e->text, "ct ");
	for (size_t i = 0; e && i < e->n && !found; i++)
		found = names_ct(e->items[i]);
	return found;
}

static bool uses_ct(const struct script *s, const struct stmt *st)
{
	bool counts = st->kind == ST_STATEFUL &&
		      str_contains(source_view(s->source, st->span), "ct count");
	bool found = counts || names_ct(st->a) || names_ct(st->b) || st->kind == ST_NAT ||
		     st->kind == ST_TPROXY || st->kind == ST_XT ||
		     str_starts(st->text, "synproxy") || str_is(st->text, "flow") ||
		     str_starts(st->text, "ct ");
	for (size_t i = 0; i < st->reads.n && !found; i++)
		found = names_ct(st->reads.items[i]);
	return found;
}

static bool table_uses_ct(const struct script *s, const struct nft_table *t)
{
	for (size_t i = 0; i < t->chains.n; i++)
		for (size_t k = 0; k < t->chains.items[i]->rules.n; k++) {
			const struct nft_rule *r = t->chains.items[i]->rules.items[k];
			for (size_t j = 0; j < r->stmts.n; j++)
				if (uses_ct(s, r->stmts.items[j]))
					return true;
		}
	return t->objects & (1u << OBJECT_HELPER | 1u << OBJECT_TIMEOUT | 1u << OBJECT_EXPECTATION |
			     1u << OBJECT_SYNPROXY);
}

void lower_fragments(struct script *s, struct ruleset *rs)
{
	bool whole[2] = { false, false };
	for (size_t i = 0; i < s->n; i++) {
		bool uses = table_uses_ct(s, s->items[i]);
		enum family f = s->items[i]->family;
		whole[NFPROTO_VALUE_IPV4] = whole[NFPROTO_VALUE_IPV4] || (uses && f != FAMILY_IP6);
		whole[NFPROTO_VALUE_IPV6] = whole[NFPROTO_VALUE_IPV6] || (uses && f != FAMILY_IP);
	}
	rs->fragments[NFPROTO_VALUE_IPV4] = !whole[NFPROTO_VALUE_IPV4];
	rs->reads_fragments = true;
	rs->fragments[NFPROTO_VALUE_IPV6] = !whole[NFPROTO_VALUE_IPV6];
}

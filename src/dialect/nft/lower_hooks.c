/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where base chains may hook in, and which statements may run where: the kernel refuses a file with
 * an impossible base chain (nf_tables_api.c: nft_chain_parse_hook, and the hook_mask of each
 * nft_chain_type) or with one that reaches a statement that needs another hook (nft_table_validate,
 * and the validate function of each expression).
 */
#include "lower.h"

#define AT(h) (1u << HOOK_##h)
#define ANY_IP_HOOK (AT(PREROUTING) | AT(INPUT) | AT(FORWARD) | AT(OUTPUT) | AT(POSTROUTING))
#define ARRIVING (AT(PREROUTING) | AT(INPUT) | AT(FORWARD))
#define LEAVING (AT(FORWARD) | AT(OUTPUT) | AT(POSTROUTING))

static const char *const
	type_names[] = { [CHAIN_FILTER] = "filter", [CHAIN_NAT] = "nat", [CHAIN_ROUTE] = "route" };

/* ---- base chains ---- */

static unsigned hooks_of(enum family f, enum chain_type t)
{
	bool ip = f == FAMILY_IP || f == FAMILY_IP6 || f == FAMILY_INET;
	switch (t) {
	case CHAIN_NAT: return ip ? ANY_IP_HOOK & ~AT(FORWARD) : 0;
	case CHAIN_ROUTE: return ip ? AT(OUTPUT) : 0;
	case CHAIN_FILTER: break;
	}
	if (f == FAMILY_NETDEV)
		return AT(INGRESS) | AT(EGRESS);
	if (f == FAMILY_ARP)
		return AT(INPUT) | AT(OUTPUT);
	return f == FAMILY_INET ? ANY_IP_HOOK | AT(INGRESS) : ANY_IP_HOOK;
}

static void check_base(struct lowering *l, const struct nft_chain *c)
{
	enum family f = c->table->family;
	bool of_device = c->hook == HOOK_INGRESS || c->hook == HOOK_EGRESS;
	l->failed = false;
	if (!(hooks_of(f, c->type) & 1u << c->hook))
		lower_error(l, c->span, ERROR_PLACE,
			    "the kernel has no chains of type %s at hook %s in tables of family %s",
			    type_names[c->type], hook_word(c->hook), family_name(f));
	else if (c->type == CHAIN_NAT && c->priority <= PRIORITY_CONNTRACK)
		lower_error(l, c->span, ERROR_PLACE,
			    "the kernel refuses nat chains before conntrack: expected a priority "
			    "over %d",
			    PRIORITY_CONNTRACK);
	else if (of_device && !c->devices.n)
		lower_error(l, c->span, ERROR_MISSING,
			    "a chain at hook %s needs a device: expected device before priority",
			    hook_word(c->hook));
	else if (!of_device && c->devices.n)
		lower_error(l, c->span, ERROR_CONFLICT, "a chain at hook %s takes no device",
			    hook_word(c->hook));
}

/* ---- statements ---- */

struct need {
	const char *what;
	unsigned hooks;
	bool nat; /* the base chain is of type nat */
};

// clang-format off
static const struct need statements[] = {
	{ "masquerade", AT(POSTROUTING), true },                  /* nft_masq.c */
	{ "redirect", AT(PREROUTING) | AT(OUTPUT), true },        /* nft_redir.c */
	{ "dnat", AT(PREROUTING) | AT(OUTPUT), true },            /* nft_nat.c */
	{ "snat", AT(POSTROUTING) | AT(INPUT), true },
	{ "tproxy", AT(PREROUTING), false },                      /* nft_tproxy.c */
	{ "synproxy", AT(INPUT) | AT(FORWARD), false },           /* nft_synproxy.c */
	{ "flow", AT(FORWARD), false },                           /* nft_flow_offload.c */
};

static const struct need selectors[] = {
	{ "rt mtu", LEAVING, false },                             /* nft_rt.c */
	{ "socket ", AT(PREROUTING) | AT(INPUT) | AT(OUTPUT), false }, /* nft_socket.c */
	{ "osf ", ARRIVING, false },                              /* nft_osf.c */
	{ "meta ipsec", ARRIVING, false },                        /* nft_meta.c: nft_meta_get_validate_xfrm */
	{ "ipsec in ", ARRIVING, false },                         /* nft_xfrm.c */
	{ "ipsec out ", LEAVING, false },
};
// clang-format on

/* nft_fib.c: nft_fib_validate */
static unsigned fib_hooks(struct str text)
{
	bool type = text.n > 5 && memcmp(text.p + text.n - 5, " type", 5) == 0;
	if (!type || str_contains(text, ". iif"))
		return ARRIVING;
	return str_contains(text, ". oif") ? LEAVING : ANY_IP_HOOK | AT(INGRESS) | AT(EGRESS);
}

static unsigned reject_hooks(enum family f)
{
	/* nft_reject.c, nft_reject_inet.c, nft_reject_netdev.c,
	 * bridge/netfilter/nft_reject_bridge.c */
	unsigned ip = AT(PREROUTING) | AT(INPUT) | AT(FORWARD) | AT(OUTPUT);
	return f == FAMILY_NETDEV   ? AT(INGRESS)
	       : f == FAMILY_BRIDGE ? AT(PREROUTING) | AT(INPUT)
	       : f == FAMILY_INET   ? ip | AT(INGRESS)
				    : ip;
}

struct visit {
	struct lowering *l;
	const struct nft_chain *base;
	struct hash seen;
};

static void require(struct visit *v, struct span at, struct str what, unsigned hooks, bool nat)
{
	const struct nft_chain *base = v->base;
	struct text at_hooks = { .arena = v->l->arena };
	if (hooks & 1u << base->hook && (!nat || base->type == CHAIN_NAT))
		return;
	for (unsigned h = 0; h < HOOK_COUNT; h++)
		if (hooks & 1u << h)
			text_printf(&at_hooks, "%s%s", at_hooks.n ? ", " : "",
				    hook_word((enum hook)h));
	v->l->failed = false;
	lower_error(v->l, at, ERROR_PLACE,
		    "the kernel refuses '%.*s' here: it works only %shook %.*s, but chain "
		    "'%.*s' (type %s, hook %s) leads here",
		    STR_FMT(what), nat ? "in chains of type nat at " : "at ",
		    STR_FMT(text_str(&at_hooks)), STR_FMT(base->name), type_names[base->type],
		    hook_word(base->hook));
}

static void check_expr(struct visit *v, const struct stmt *st, const struct expr *e)
{
	enum family f = v->base->table->family;
	bool ip = f == FAMILY_IP || f == FAMILY_IP6 || f == FAMILY_INET;
	if (!e || !ip)
		return;
	for (size_t i = 0; i < e->n && e->kind != EXPR_SET; i++)
		check_expr(v, st, e->items[i]);
	if (e->kind != EXPR_SELECTOR)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++)
		if (str_starts(e->text, selectors[i].what))
			require(v, e->span, e->text, selectors[i].hooks, false);
	if (str_starts(e->text, "fib "))
		require(v, e->span, e->text, fib_hooks(e->text), false);
}

static void visit_chain(struct visit *v, const struct nft_chain *c);

static void visit_verdict(struct visit *v, const struct expr *e)
{
	if (e->kind == EXPR_MAPPING)
		e = e->items[1];
	if (e->kind != EXPR_VERDICT || !(str_is(e->text, "jump") || str_is(e->text, "goto")))
		return;
	const struct nft_chain *to = e->anonymous ? e->anonymous
						  : table_chain(v->base->table, e->items[0]->text);
	if (to && !to->is_base)
		visit_chain(v, to);
}

static void visit_map(struct visit *v, const struct expr *map)
{
	const struct nft_set *set = map->kind == EXPR_SET_REF ? table_set(v->base->table, map->text)
							      : NULL;
	for (size_t i = 0; map->kind == EXPR_SET && i < map->n; i++)
		visit_verdict(v, map->items[i]);
	for (size_t i = 0; set && i < set->elements.n; i++)
		visit_verdict(v, set->elements.items[i]);
}

static void visit_statement(struct visit *v, const struct stmt *st)
{
	enum family f = v->base->table->family;
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if ((st->kind == ST_NAT || st->kind == ST_TPROXY || st->kind == ST_STOLEN ||
		     st->kind == ST_OTHER) &&
		    str_is(st->text, statements[i].what))
			require(v, st->span, st->text, statements[i].hooks, statements[i].nat);
	if (st->kind == ST_REJECT)
		require(v, st->span, STR("reject"), reject_hooks(f), false);
	/* nft_meta.c: nft_meta_set_validate */
	if (st->kind == ST_SET && str_is(st->a->text, "meta pkttype"))
		require(v, st->span, STR("meta pkttype set"),
			f == FAMILY_NETDEV ? AT(INGRESS) : AT(PREROUTING), false);
	check_expr(v, st, st->a);
	if (st->kind != ST_VERDICT)
		check_expr(v, st, st->b);
	for (size_t i = 0; i < st->reads.n; i++)
		check_expr(v, st, st->reads.items[i]);
	if (st->kind == ST_VERDICT)
		visit_verdict(v, st->a);
	if (st->kind == ST_VMAP)
		visit_map(v, st->b);
}

static void visit_chain(struct visit *v, const struct nft_chain *c)
{
	if (hash_get(&v->seen, c->name))
		return;
	hash_put(&v->seen, c->name, (void *)(uintptr_t)c);
	for (size_t i = 0; i < c->rules.n && !v->l->script->diags->dropped; i++)
		for (size_t k = 0; k < c->rules.items[i]->stmts.n; k++)
			visit_statement(v, c->rules.items[i]->stmts.items[k]);
}

void lower_check_hooks(struct lowering *l, const struct nft_table *t)
{
	size_t errors = l->script->diags->n;
	for (size_t i = 0; i < t->chains.n; i++)
		if (t->chains.items[i]->is_base)
			check_base(l, t->chains.items[i]);
	for (size_t i = 0; i < t->chains.n && l->script->diags->n == errors; i++) {
		struct visit v = { .l = l, .base = t->chains.items[i] };
		hash_init(&v.seen, l->arena);
		if (v.base->is_base)
			visit_chain(&v, v.base);
	}
	l->failed = false;
}

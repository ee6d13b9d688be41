/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an address translation sends packets: addresses, ports, nets, and maps of them. */
#include "lower.h"

#define CHOICES_MAX 4096

/* The values of one selector that an expression says; false: it says none in numbers. */
static bool values_of(const char *selector, const struct expr *e, struct range *ret)
{
	const struct selector *s = selector_find(str_from(selector));
	struct range end;
	if (e->kind == EXPR_WORD || e->kind == EXPR_STRING)
		return value_parse(s, e->text, ret) == VALUE_OK;
	if (e->kind != EXPR_RANGE || !values_of(selector, e->items[0], ret) ||
	    !values_of(selector, e->items[1], &end))
		return false;
	ret->hi = end.hi;
	return ret->lo <= ret->hi;
}

static bool net_of(u128 prefix, unsigned width, struct range *r)
{
	u128 all = width == 128 ? ~(u128)0 : ((u128)1 << width) - 1;
	if (prefix > width)
		return false;
	u128 behind = prefix ? all >> (unsigned)prefix : all;
	r->lo &= ~behind;
	r->hi = r->lo | behind;
	return true;
}

static bool addresses(const struct expr *e, struct range *ret)
{
	u128 prefix;
	bool is_net = e->kind == EXPR_PREFIX;
	struct str first = is_net || e->kind == EXPR_RANGE ? e->items[0]->text : e->text;
	bool v6 = str_contains(first, ":");
	if (!values_of(v6 ? "ip6 saddr" : "ip saddr", is_net ? e->items[0] : e, ret))
		return false;
	return !is_net ||
	       (str_number(e->items[1]->text, 128, &prefix) && net_of(prefix, v6 ? 128 : 32, ret));
}

static bool ports(const struct expr *e, struct range *ret)
{
	return values_of("tcp dport", e, ret);
}

/* ---- maps ---- */

/* Is it known for each packet which key it looks up in the map? */
static bool is_typed(const struct expr *e)
{
	if (e->kind == EXPR_SELECTOR)
		return e->selector && e->selector->field != NO_FIELD && !e->selector->stateful;
	for (size_t i = 0; i < e->n; i++)
		if (!is_typed(e->items[i]))
			return false;
	return e->kind == EXPR_CONCAT;
}

/* The value of an element: ADDR, PORT, or ADDR . PORT. */
static bool choice_value(const struct expr *e, bool is_port, struct nat_choice *c)
{
	if (e->kind == EXPR_CONCAT && e->n == 2) {
		c->has_address = addresses(e->items[0], &c->address);
		c->has_ports = ports(e->items[1], &c->ports);
		return c->has_address && c->has_ports;
	}
	c->has_ports = is_port && ports(e, &c->ports);
	c->has_address = !is_port && addresses(e, &c->address);
	return c->has_ports || c->has_address;
}

static const struct expr *elements_of(struct lowering *l, const struct expr *map)
{
	const struct nft_set *named;
	if (map->kind != EXPR_SET_REF)
		return map;
	named = table_set(l->rule->chain->table, map->text);
	if (!named || !named->is_map || named->is_dynamic)
		return NULL;
	struct expr *e = arena_new_one(l->arena, struct expr);
	*e = (struct expr){ .kind = EXPR_SET,
			    .items = named->elements.items,
			    .n = named->elements.n };
	return e;
}

/* False: some of it is not known. */
static bool read_map(struct lowering *l, const struct expr *e, bool is_port, struct nat_target *to)
{
	const struct expr *left = e->items[0], *map = elements_of(l, e->items[1]);
	bool typed = is_typed(left);
	if (!map || !map->n || map->n > CHOICES_MAX || to->n_choices)
		return false;
	struct nat_choice *list = arena_new_array(l->arena, struct nat_choice, map->n);
	struct nat_choice rest = { .key = { .kind = MATCH_ALL } };
	bool has_rest = false;
	uint32_t n = 0;
	for (size_t i = 0; i < map->n && (typed || !n) && !l->failed; i++) {
		const struct expr *x = map->items[i];
		struct nat_choice c = { .key = { .kind = MATCH_ALL }, .is_one_of = !typed };
		if (x->kind != EXPR_MAPPING || !choice_value(x->items[1], is_port, &c))
			return false;
		if (lower_is_catch_all(x->items[0])) {
			rest = c;
			has_rest = true;
			continue;
		}
		if (typed)
			c.key = lower_key(l, left, x->items[0]);
		list[n++] = c;
	}
	if (has_rest && n < map->n)
		list[n++] = rest;
	to->choices = list;
	to->n_choices = n;
	return true;
}

/* ---- the statement ---- */

static bool read_address(struct lowering *l, const struct expr *e, struct nat_target *to)
{
	if (e->kind == EXPR_MAP)
		return read_map(l, e, false, to);
	if (e->kind == EXPR_CONCAT && e->n == 2) {
		to->has_ports = ports(e->items[1], &to->ports);
		to->has_address = addresses(e->items[0], &to->address);
		return to->has_ports && to->has_address;
	}
	to->has_address = addresses(e, &to->address);
	return to->has_address;
}

struct nat_target lower_nat_target(struct lowering *l, const struct stmt *st)
{
	struct nat_target to = {
		.end = str_is(st->text, "snat") || str_is(st->text, "masquerade") ? END_SOURCE
										  : END_DESTINATION,
		.is_prefix = st->nat_prefix,
		.is_random = st->nat_random,
		.is_persistent = st->nat_persistent,
	};
	struct range end;
	bool known = !(st->says_address && !st->address) && !(st->says_port && !st->port);
	if (st->address)
		known = read_address(l, st->address, &to) && known;
	if (st->address_end) {
		to.has_address = to.has_address && addresses(st->address_end, &end);
		to.address.hi = to.has_address ? end.hi : to.address.hi;
		known = known && to.has_address;
	}
	if (st->prefix && to.has_address)
		to.has_address = net_of(st->prefix, 128, &to.address);
	if (st->port && st->port->kind == EXPR_MAP)
		known = read_map(l, st->port, true, &to) && known;
	else if (st->port)
		known = (to.has_ports = ports(st->port, &to.ports)) && known;
	to.is_unknown = !known;
	return to;
}

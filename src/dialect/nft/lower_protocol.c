/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements that need a protocol, and fields that only some types of ICMP have (evaluate.c:
 * stmt_evaluate_reject, stmt_evaluate_nat, stmt_evaluate_dup; payload.c:
 * payload_gen_icmp_dependency).
 */
#include "context.h"

#include <arpa/inet.h>

/* ---- ICMP ---- */

/* payload.c: icmp_dep_to_type, icmp_dep_type_match; a second type does as well as the first */
static const struct {
	const char *field;
	int type, other;
} icmp_fields[] = {
	{ "icmp mtu", 3, 3 },
	{ "icmp gateway", 5, 5 },
	{ "icmp id", 8, 0 },
	{ "icmp sequence", 8, 0 },
	{ "icmpv6 mtu", 2, 2 },
	{ "icmpv6 id", 128, 129 },
	{ "icmpv6 sequence", 128, 129 },
	{ "icmpv6 parameter-problem", 4, 4 },
	{ "icmpv6 max-delay", 130, 130 },
};

bool context_reads_icmp(struct context *c, const struct expr *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(icmp_fields); i++) {
		if (!str_is(e->text, icmp_fields[i].field))
			continue;
		if (c->icmp_type < 0)
			c->icmp_type = icmp_fields[i].type;
		if (c->icmp_type == icmp_fields[i].type || c->icmp_type == icmp_fields[i].other)
			return true;
		lower_error(c->l, e->span, ERROR_CONFLICT,
			    "'%.*s' is a field of ICMP type %d, but this rule matches type %d",
			    STR_FMT(e->text), icmp_fields[i].type, c->icmp_type);
		return false;
	}
	return true;
}

void context_names_icmp(struct context *c, const struct expr *left, const struct expr *values)
{
	bool v6 = str_is(left->text, "icmpv6 type"), set = values->kind == EXPR_SET;
	if (left->kind != EXPR_SELECTOR || (!v6 && !str_is(left->text, "icmp type")))
		return;
	for (size_t i = 0; i < (set ? values->n : 1); i++) {
		const struct expr *e = set ? values->items[i] : values;
		unsigned symbol;
		u128 n;
		if (e->kind != EXPR_WORD)
			continue;
		if (datatype_symbol(v6 ? TYPE_ICMP6_TYPE : TYPE_ICMP_TYPE, e->text, &symbol))
			c->icmp_type = (int)symbol;
		else if (str_number(e->text, 255, &n))
			c->icmp_type = (int)n;
	}
}

/* ---- statements that need a protocol ---- */

static bool is_ip(enum header p)
{
	return p == H_IP || p == H_IP6;
}

static void check_reject(struct context *c, const struct stmt *st)
{
	enum header transport = c->at[TRANSPORT], network = c->at[NETWORK];
	bool reset = str_is(st->text, "tcp reset");
	enum header wanted = str_starts(st->text, "icmp ")     ? H_IP
			     : str_starts(st->text, "icmpv6 ") ? H_IP6
							       : H_NONE;
	bool frames = c->family == FAMILY_BRIDGE || c->family == FAMILY_NETDEV;
	if (c->family == FAMILY_ARP)
		lower_error(c->l, st->span, ERROR_PLACE,
			    "reject does not work in tables of family arp: ARP has no answer for "
			    "it");
	else if (reset && transport != H_NONE && transport != H_TCP)
		lower_error(c->l, st->span, ERROR_CONFLICT,
			    "a reset answers only TCP, but this rule matches %s",
			    name_of(transport));
	else if (wanted != H_NONE && network != H_NONE && network != wanted)
		lower_error(c->l, st->span, ERROR_CONFLICT,
			    "this answer is for %s, but the rule matches %s", name_of(wanted),
			    name_of(network));
	else if (frames && network != H_NONE && !is_ip(network))
		lower_error(c->l, st->span, ERROR_CONFLICT,
			    "only IPv4 and IPv6 can be rejected, but this rule matches %s",
			    name_of(network));
	else if (!c->l->failed && str_starts(st->text, "icmpx") &&
		 (c->family == FAMILY_IP || c->family == FAMILY_IP6))
		lower_error(c->l, st->span, ERROR_PLACE,
			    "icmpx is for tables that see both IPv4 and IPv6: expected %s here",
			    c->family == FAMILY_IP ? "icmp" : "icmpv6");
}

/* A map of addresses and ports whose key has a protocol or a port says which ports are meant.
 */
static bool asks_for_transport(const struct expr *e)
{
	if (!e || e->kind != EXPR_MAP || e->items[0]->kind != EXPR_CONCAT)
		return false;
	for (size_t i = 0; i < e->items[0]->n; i++) {
		struct str name = e->items[0]->items[i]->text;
		if (is_transport(header_find(name)) || str_is(name, "meta l4proto") ||
		    str_is(name, "ip protocol") || str_is(name, "ip6 nexthdr"))
			return true;
	}
	return false;
}

/* A map whose values are addresses and ports. */
static bool maps_port(const struct context *c, const struct expr *e)
{
	if (!e || e->kind != EXPR_MAP)
		return false;
	const struct expr *map = e->items[1];
	const struct nft_set *s = map->kind == EXPR_SET_REF ? table_set(c->l->table, map->text)
							    : NULL;
	if (s)
		return s->data.n == 2;
	return map->kind == EXPR_SET && map->n && map->items[0]->kind == EXPR_MAPPING &&
	       map->items[0]->items[1]->kind == EXPR_CONCAT;
}

/* The address, the first of a range or of a net, is written as one of the other family. */
static bool is_foreign(const struct expr *e, enum header family)
{
	unsigned char bytes[16];
	char buf[INET6_ADDRSTRLEN + 1];
	if (e && (e->kind == EXPR_RANGE || e->kind == EXPR_PREFIX))
		e = e->items[0];
	if (!e || e->kind != EXPR_WORD || e->text.n >= sizeof(buf) || !is_ip(family))
		return false;
	memcpy(buf, e->text.p, e->text.n);
	buf[e->text.n] = 0;
	return inet_pton(family == H_IP ? AF_INET6 : AF_INET, buf, bytes) == 1;
}

static void check_translation(struct context *c, const struct stmt *st)
{
	enum header network = c->at[NETWORK];
	enum header family = st->l3 == 6 ? H_IP6 : st->l3 == 4 ? H_IP : network;
	bool tproxy = st->kind == ST_TPROXY;
	bool both = c->family == FAMILY_INET;
	if (!both && c->family != FAMILY_IP && c->family != FAMILY_IP6)
		lower_error(c->l, st->span, ERROR_PLACE,
			    "addresses can be translated only in tables of family ip, ip6 or inet");
	else if (st->says_address && st->l3 && is_ip(network) && network != family)
		lower_error(c->l, st->span, ERROR_CONFLICT,
			    "this address is for %s, but the rule matches %s", name_of(family),
			    name_of(network));
	else if (st->says_address && both && !is_ip(family))
		lower_error(c->l, st->span, ERROR_MISSING,
			    "unknown family of this address: expected %.*s ip to or %.*s ip6 to",
			    STR_FMT(st->text), STR_FMT(st->text));
	else if (is_foreign(st->address, family))
		lower_error(c->l, st->address->span, ERROR_TYPE, "'%.*s' is not an address of %s",
			    STR_FMT(expr_text(c->l->arena, st->address)), name_of(family));
	else if (!(st->says_port || tproxy || maps_port(c, st->b)) || c->at[TRANSPORT] != H_NONE ||
		 asks_for_transport(st->b))
		return;
	else if (c->by_set)
		ruleset_refused_by(c->l->rs, LOADER_NFT, st->span,
				   "nft 1.0.6 refuses a port here: it does not look into named "
				   "sets to learn the protocol");
	else
		lower_error(c->l, st->span, ERROR_MISSING,
			    "unknown protocol of this port: expected a match such as 'meta l4proto "
			    "tcp' before it");
}

static void check_sent(struct context *c, const struct stmt *st)
{
	bool is_dup = str_is(st->text, "dup");
	bool ip = c->family == FAMILY_IP || c->family == FAMILY_IP6;
	if (c->family != FAMILY_NETDEV && !(is_dup && ip))
		lower_error(c->l, st->span, ERROR_PLACE, "%.*s works only in tables of family %s",
			    STR_FMT(st->text), is_dup ? "ip, ip6 or netdev" : "netdev");
}

/* evaluate.c: stmt_evaluate_queue; parser_bison.y: queue_stmt_expr */
static void check_queue(struct context *c, const struct stmt *st)
{
	u128 mod = 0, offset = 0;
	const struct expr *e = st->b;
	if (!e || (e->kind != EXPR_SELECTOR && e->kind != EXPR_MAP))
		return;
	if (e->kind == EXPR_SELECTOR && !selector_numbers(e->text, &mod, &offset))
		lower_error(c->l, e->span, ERROR_MISSING,
			    "expected map and the queues of each value");
	else if (mod + offset > UINT16_MAX + 1u)
		lower_error(c->l, e->span, ERROR_VALUE, "a queue number is at most 65535");
	else if (st->fanout)
		lower_error(c->l, e->span, ERROR_CONFLICT, "fanout needs a range of queues");
}

void context_check_statement(struct context *c, const struct stmt *st)
{
	if (st->kind == ST_REJECT)
		check_reject(c, st);
	if (st->kind == ST_QUEUE)
		check_queue(c, st);
	if (st->kind == ST_NAT || st->kind == ST_TPROXY)
		check_translation(c, st);
	if (str_is(st->text, "dup") || str_is(st->text, "fwd"))
		check_sent(c, st);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which protocols the statements of a rule have named so far, layer by layer, and what
 * nft refuses because of it: a rule for two protocols at once, a reset for a protocol other than
 * TCP, a translation to a port without a protocol that has ports. As nft 1.0.6 does it (evaluate.c:
 * __expr_evaluate_payload, expr_evaluate_exthdr, stmt_evaluate_reject, stmt_evaluate_nat;
 * payload.c: payload_gen_dependency; proto.c: proto_ctx_update).
 */
#include "context.h"

static bool conflict(struct context *c, const struct expr *e, enum header a, enum header b)
{
	lower_error(c->l, e->span, ERROR_CONFLICT,
		    "no packet is both %s and %s: nft refuses a rule with conflicting protocols",
		    name_of(a), name_of(b));
	return false;
}

/* ---- which header may contain which ---- */

static bool carries(enum header lower, enum header upper)
{
	bool ip = upper == H_IP || upper == H_IP6;
	if (lower == H_ETHER || lower == H_VLAN || lower == H_NETDEV)
		return ip || upper == H_ARP || upper == H_VLAN;
	if (lower == H_INET)
		return ip;
	if (lower == H_IP || lower == H_IP6 || lower == H_ANY_TRANSPORT)
		return is_transport(upper);
	return (lower == H_AH || lower == H_COMP) && is_transport(upper) && upper <= H_SCTP;
}

/* The header that this number in `lower` announces; H_NONE: none that nft knows. */
static enum header carried(enum header lower, u128 number)
{
	if (number == 0x88a8) /* 802.1ad */
		number = header_number(H_VLAN);
	for (unsigned p = H_VLAN; p <= H_ICMP6; p++)
		if (p != H_ANY_TRANSPORT && header_number(p) == number &&
		    carries(lower, (enum header)p))
			return (enum header)p;
	return H_NONE;
}

static void name_proto(struct context *c, enum layer layer, enum header p)
{
	bool known = layer != TRANSPORT || c->n_transports >= ARRAY_SIZE(c->transports);
	for (size_t i = 0; i < c->n_transports; i++)
		known = known || c->transports[i] == p;
	if (!known)
		c->transports[c->n_transports++] = p;
	c->at[layer] = p;
}

/* A header says that it contains `p`. */
static void name_next(struct context *c, enum header p)
{
	enum layer layer = header_table[p].layer;
	c->vlan_in_ether = c->vlan_in_ether || layer == LINK;
	name_proto(c, layer, p);
}

/* ---- headers that are read ---- */

static enum header link_of_family(enum family f)
{
	return f == FAMILY_INET     ? H_INET
	       : f == FAMILY_BRIDGE ? H_ETHER
	       : f == FAMILY_NETDEV ? H_NETDEV
				    : H_NONE;
}

/*
 * No protocol of the layer of `p` is named yet: nft adds the test that the layer below contains it.
 */
static bool add_test(struct context *c, const struct expr *e, enum header p)
{
	enum layer layer = header_table[p].layer;
	if (layer == LINK) { /* in tables of ip, ip6 and arp: a test of the kind of device */
		name_proto(c, LINK, H_ETHER);
		if (p != H_ETHER)
			name_next(c, p);
		return true;
	}
	enum header below = c->at[layer - 1];
	if (below == H_NONE && (p == H_ICMP || p == H_IGMP || p == H_ICMP6)) {
		enum header link = c->at[LINK] != H_NONE ? c->at[LINK] : link_of_family(c->family);
		below = p == H_ICMP6 ? H_IP6 : H_IP;
		if (!carries(link, below))
			return conflict(c, e, link, below);
		name_proto(c, NETWORK, below);
	} else if (below == H_NONE) {
		below = H_ANY_TRANSPORT;
	}
	if (!carries(below, p))
		return conflict(c, e, below, p);
	name_proto(c, layer, p);
	return true;
}

/* Another header of this layer was named: may it contain this one? */
static bool is_inside(struct context *c, const struct expr *e, enum header p)
{
	enum layer layer = header_table[p].layer;
	enum header was = c->at[layer];
	if (layer == LINK && (was == H_INET || was == H_NETDEV)) {
		/* a test of the kind of device, which says Ethernet */
		name_proto(c, LINK, H_ETHER);
		if (p == H_ETHER)
			return true;
		was = H_ETHER;
	} else if (layer == LINK && p == H_ETHER && c->vlan_in_ether) {
		return true;
	}
	if (layer == TRANSPORT || c->at[layer + 1] != H_NONE || !carries(was, p))
		return conflict(c, e, was, p);
	name_next(c, p);
	return true;
}

static bool reads_header(struct context *c, const struct expr *e, enum header p)
{
	enum layer layer = header_table[p].layer;
	enum header was = c->at[layer];
	if (was == H_NONE)
		return add_test(c, e, p);
	if (header_table[was].layer == layer && layer == TRANSPORT && c->n_transports > 1) {
		for (size_t i = 0; i < c->n_transports; i++)
			if (c->transports[i] != p)
				return conflict(c, e, c->transports[i], p);
	}
	if (was == p)
		return true;
	return header_table[was].layer == layer ? is_inside(c, e, p) : conflict(c, e, was, p);
}

/* Options of IPv4, extension headers of IPv6. */
static bool reads_option(struct context *c, const struct expr *e, enum header p)
{
	if (c->at[NETWORK] == p)
		return true;
	if (c->at[NETWORK] != H_NONE)
		return conflict(c, e, c->at[NETWORK], p);
	if (c->at[LINK] != H_NONE && !carries(c->at[LINK], p))
		return conflict(c, e, c->at[LINK], p);
	name_proto(c, NETWORK, p);
	return true;
}

static bool reads_address(struct context *c, const struct expr *e)
{
	enum header p = str_contains(e->text, " ip6 ")  ? H_IP6
			: str_contains(e->text, " ip ") ? H_IP
							: H_NONE;
	enum header now = c->at[NETWORK];
	if (p != H_NONE && now != H_NONE && p != now)
		return conflict(c, e, now, p);
	if (p == H_NONE && str_starts(e->text, "ct ") && !c->plain) {
		/* netlink_linearize.c, evaluate.c: expr_evaluate_ct */
		lower_error(c->l, e->span, ERROR_MISSING,
			    "in sets, maps and concatenations nft wants ip or ip6 before this "
			    "address");
		return false;
	}
	if (p == H_NONE && now != H_IP && now != H_IP6) {
		lower_error(c->l, e->span, ERROR_MISSING,
			    "unknown family of this address: expected ip or ip6 before it");
		return false;
	}
	return true;
}

static bool is_any(struct str text, const char *const *heads)
{
	for (size_t i = 0; heads[i]; i++)
		if (str_starts(text, heads[i]))
			return true;
	return false;
}

static bool reads_selector(struct context *c, const struct expr *e)
{
	static const char *const ip6_headers[] = {
		"exthdr ", "hbh ",       "frag ",        "dst ",    "mh ",         "rt0 ", "rt2 ",
		"srh ",    "rt nexthdr", "rt hdrlength", "rt type", "rt seg-left", NULL
	};
	static const char *const addresses[] = { "ct original ip",    "ct reply ip",
						 "ct original saddr", "ct original daddr",
						 "ct reply saddr",    "ct reply daddr",
						 "rt nexthop",        "rt ip nexthop",
						 "rt ip6 nexthop",    NULL };
	static const char *const anywhere[] = { "tcp option ", "sctp chunk ", "dccp option ",
						"th ",         "@",           NULL };
	if (is_any(e->text, anywhere))
		return true;
	if (str_starts(e->text, "ip option "))
		return reads_option(c, e, H_IP);
	if (is_any(e->text, ip6_headers))
		return reads_option(c, e, H_IP6);
	if (is_any(e->text, addresses))
		return reads_address(c, e);
	/* the width of what is filled into a map is not checked (netlink_gen_map_stmt()) */
	if (str_starts(e->text, "ct ") && str_contains(e->text, " proto-") && !c->fills_map &&
	    c->at[TRANSPORT] == H_NONE) {
		lower_error(c->l, e->span, ERROR_MISSING,
			    "unknown protocol of this port: expected a match such as 'meta l4proto "
			    "tcp' before it");
		return false;
	}
	if (str_is(e->text, "meta nfproto") && c->family != FAMILY_INET) {
		lower_error(c->l, e->span, ERROR_PLACE,
			    "nft takes meta nfproto only in tables of family inet");
		return false;
	}
	if ((str_starts(e->text, "meta ibr") || str_starts(e->text, "meta obr")) &&
	    c->family != FAMILY_BRIDGE) {
		lower_error(c->l, e->span, ERROR_PLACE,
			    "the kernel knows bridge ports only in tables of family bridge");
		return false;
	}
	if (str_starts(e->text, "ipsec ") && c->family != FAMILY_IP && c->family != FAMILY_IP6 &&
	    c->family != FAMILY_INET) {
		lower_error(c->l, e->span, ERROR_PLACE,
			    "ipsec works only in tables of family ip, ip6 or inet");
		return false;
	}
	u128 mod = 1, offset = 0;
	if (selector_numbers(e->text, &mod, &offset) && !mod) {
		lower_error(c->l, e->span, ERROR_VALUE,
			    "expected a number of at least 1 after mod");
		return false;
	}
	enum header h = header_find(e->text);
	if ((h == H_ICMP || h == H_ICMP6) && !context_reads_icmp(c, e))
		return false;
	return h == H_NONE || h > H_ICMP6 || reads_header(c, e, h);
}

static bool reads(struct context *c, const struct expr *e)
{
	if (!e || c->l->failed)
		return !c->l->failed;
	for (size_t i = 0; i < e->n && (e->kind != EXPR_SET || c->fills); i++)
		if (!reads(c, e->items[i]))
			return false;
	return e->kind != EXPR_SELECTOR || reads_selector(c, e);
}

/* ---- tests that name a protocol ---- */

static void says_link(struct context *c, u128 number)
{
	if (c->family != FAMILY_BRIDGE)
		name_proto(c, LINK, number == 1 ? H_ETHER : H_UNKNOWN);
}

/* `meta protocol` says nothing if the hook has a single family, or in inet tables. */
static void says_network(struct context *c, u128 number)
{
	enum header p = carried(link_of_family(c->family), number);
	if (c->family == FAMILY_NETDEV || c->family == FAMILY_BRIDGE)
		name_proto(c, NETWORK, p == H_NONE ? H_UNKNOWN : p);
}

static void says_family(struct context *c, u128 number)
{
	name_proto(c, NETWORK, number == 2 ? H_IP : number == 10 ? H_IP6 : H_UNKNOWN);
}

static void says_transport(struct context *c, u128 number)
{
	enum header p = carried(H_ANY_TRANSPORT, number);
	name_proto(c, TRANSPORT, p == H_NONE ? H_UNKNOWN : p);
}

static void says_next(struct context *c, enum layer layer, u128 number)
{
	enum header p = carried(c->at[layer], number);
	if (p != H_NONE)
		name_next(c, p);
}

static void link_says(struct context *c, u128 number)
{
	says_next(c, LINK, number);
}
static void network_says(struct context *c, u128 number)
{
	says_next(c, NETWORK, number);
}
static void transport_says(struct context *c, u128 number)
{
	says_next(c, TRANSPORT, number);
}

static void ct_family(struct context *c, u128 number)
{
	if (c->at[LINK] == H_INET && (number == 2 || number == 10))
		says_family(c, number);
}

static const struct {
	const char *selector;
	enum value_type type;
	void (*name)(struct context *c, u128 number);
} namings[] = {
	{ "meta iiftype", TYPE_IFTYPE, says_link },
	{ "meta protocol", TYPE_ETHERTYPE, says_network },
	{ "meta nfproto", TYPE_NFPROTO, says_family },
	{ "meta l4proto", TYPE_PROTO, says_transport },
	{ "ether type", TYPE_ETHERTYPE, link_says },
	{ "vlan type", TYPE_ETHERTYPE, link_says },
	{ "ip protocol", TYPE_PROTO, network_says },
	{ "ip6 nexthdr", TYPE_PROTO, network_says },
	{ "ah nexthdr", TYPE_PROTO, transport_says },
	{ "comp nexthdr", TYPE_PROTO, transport_says },
	{ "ct l3proto", TYPE_NFPROTO, ct_family },
	{ "ct original l3proto", TYPE_NFPROTO, ct_family },
	{ "ct reply l3proto", TYPE_NFPROTO, ct_family },
	{ "ct protocol", TYPE_PROTO, network_says },
	{ "ct original protocol", TYPE_PROTO, network_says },
	{ "ct reply protocol", TYPE_PROTO, network_says },
};

/* The number of a word as it is in the header. */
static bool wire_number(enum value_type type, struct str word, u128 *ret)
{
	static const struct {
		const char *word;
		enum value_type type;
		unsigned number;
	} words[] = {
		{ "ipv4", TYPE_NFPROTO, 2 },         { "ipv6", TYPE_NFPROTO, 10 },
		{ "ip", TYPE_ETHERTYPE, 0x0800 },    { "ip6", TYPE_ETHERTYPE, 0x86dd },
		{ "arp", TYPE_ETHERTYPE, 0x0806 },   { "vlan", TYPE_ETHERTYPE, 0x8100 },
		{ "8021q", TYPE_ETHERTYPE, 0x8100 }, { "8021ad", TYPE_ETHERTYPE, 0x88a8 },
	};
	unsigned n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].type == type && str_is(word, words[i].word)) {
			*ret = words[i].number;
			return true;
		}
	if (str_number(word, UINT32_MAX, ret))
		return true;
	bool found = type == TYPE_PROTO ? protocol_number(word, &n)
					: datatype_symbol(type, word, &n);
	if (found)
		*ret = n;
	return found;
}

static void names(struct context *c, const struct expr *left, const struct expr *values)
{
	for (size_t i = 0; left->kind == EXPR_SELECTOR && i < ARRAY_SIZE(namings); i++) {
		u128 n;
		if (!str_is(left->text, namings[i].selector))
			continue;
		c->by_set = c->by_set ||
			    (values->kind == EXPR_SET_REF && namings[i].type == TYPE_PROTO);
		bool set = values->kind == EXPR_SET;
		for (size_t k = 0; k < (set ? values->n : 1); k++) {
			const struct expr *e = set ? values->items[k] : values;
			if ((e->kind == EXPR_WORD || e->kind == EXPR_STRING) &&
			    wire_number(namings[i].type, e->text, &n))
				namings[i].name(c, n);
		}
	}
}

static bool check_statement(struct context *c, const struct stmt *st)
{
	bool compares = st->kind == ST_MATCH && st->a && st->a->kind == EXPR_SELECTOR;
	c->plain = compares && st->b && st->b->kind != EXPR_SET && st->b->kind != EXPR_SET_REF;
	c->fills = st->kind == ST_OTHER || st->kind == ST_STATEFUL;
	c->fills_map = c->fills && st->a && st->a->kind == EXPR_SET && st->a->n &&
		       st->a->items[0]->kind == EXPR_MAPPING;
	if (!reads(c, st->a) ||
	    !reads(c, st->kind == ST_MATCH || st->kind == ST_VMAP ? NULL : st->b))
		return false;
	for (size_t i = 0; i < st->reads.n; i++)
		if (!reads(c, st->reads.items[i]))
			return false;
	if (st->kind == ST_MATCH && st->a && st->b && (!st->op.n || str_is(st->op, "==")) &&
	    !st->mask) {
		names(c, st->a, st->b);
		context_names_icmp(c, st->a, st->b);
	}
	context_check_statement(c, st);
	return !c->l->failed;
}

void lower_check_context(struct lowering *l, const struct nft_rule *r)
{
	struct context c = { .l = l, .family = r->chain->table->family, .icmp_type = -1 };
	c.at[LINK] = link_of_family(c.family);
	c.at[NETWORK] = c.family == FAMILY_IP    ? H_IP
			: c.family == FAMILY_IP6 ? H_IP6
			: c.family == FAMILY_ARP ? H_ARP
						 : H_NONE;
	for (size_t i = 0; i < r->stmts.n; i++)
		if (!check_statement(&c, r->stmts.items[i]))
			return;
}

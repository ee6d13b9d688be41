/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an expression needs before it has a value. Without it the rule ends there (NFT_BREAK), and
 * the rest of the rule, with the verdict, does not apply to the packet:
 *
 *   - the family and the protocol of the header that is read; nft writes these
 *     tests itself (src/payload.c of nftables: payload_gen_dependency)
 *   - a conntrack entry (nft_ct.c: nft_ct_get_eval)
 *   - a key that the map holds (nft_lookup.c: nft_lookup_eval; nft_objref.c)
 *   - for a value that a statement takes: that the packet has it at all
 *     (nft_exthdr.c, nft_payload.c, nft_meta.c). A test of what is not there fails
 *     by itself: see FIELD_ABSENT.
 */
#include "header.h"
#include "lower.h"

/* What packets of the family and protocol may still lack. */
// clang-format off
static const char *const optional[] = {
	"ether ", "vlan ", "tcp option ", "ip option ", "sctp chunk ", "dccp option ", "hbh ", "rt ", "rt0 ",
	"rt2 ", "srh ", "frag ", "dst ", "mh ", "@", "socket ", "osf ", "ipsec ", "tunnel ", "meta skuid",
	"meta skgid", "meta cgroup", "meta rtclassid", "meta iiftype", "meta oiftype", "meta iifgroup",
	"meta oifgroup", "meta ibrname", "meta obrname", "meta ibrpvid", "meta ibrvproto",
};
// clang-format on

bool lower_needs_ct(const struct expr *e)
{
	return e->kind == EXPR_SELECTOR && str_starts(e->text, "ct ") &&
	       !str_is(e->text, "ct state");
}

/* The family and protocol of the header that a selector belongs to. */
static void implied_by_header(struct lowering *l, const struct expr *e)
{
	const struct header_info *h = &header_table[header_find(e->text)];
	struct selector s = { .l3 = h->l3, .l4 = h->l4 };
	if (!e->selector)
		lower_implied(l, &s);
}

/*
 * A later fragment has no options (nft_exthdr.c: nft_tcp_header_pointer) and nothing behind
 * its header (nft_payload_inner_offset). Ports and the like are whatever bytes are there:
 * nft_payload_fast_eval() does not look at the offset, as nft_payload_eval() does (seen: Linux
 * 6.18). A test of `missing` holds; see lower_match().
 */
static bool needs_whole(const struct lowering *l, struct str name)
{
	enum header h = header_find(name);
	struct datatype d = { TYPE_OTHER, 0 };
	if (str_starts(name, "tcp option ") || str_starts(name, "dccp option "))
		return !selector_type(name, l->table->family, &d) || d.type != TYPE_BOOLEAN;
	return (header_table[h].layer == INNER && h != H_TH) || str_starts(name, "@ih");
}

static bool is_optional(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		if (str_starts(name, optional[i]))
			return true;
	return false;
}

/* The packet has what the selector names. */
static void lower_present(struct lowering *l, const struct expr *e)
{
	enum field f = ruleset_extra_field(l->rs, e->text, FORMAT_NUMBER);
	struct range *any = arena_new_one(l->arena, struct range);
	*any = (struct range){ 0, FIELD_OPTIONAL_MAX };
	if (f != FIELD_COUNT)
		lower_add_match(l,
				(struct match){
					.kind = MATCH_RANGES, .field = f, .n = 1, .ranges = any });
	else
		lower_opaque(l, str_from(arena_printf(l->arena, "%.*s is there", STR_FMT(e->text))),
			     false);
}

/* ---- keys of maps ---- */

/* Only packets whose key is in the map go on. */
static void lower_key_is_held(struct lowering *l, const struct expr *left, struct expr *map)
{
	struct expr *const *elements = map->items;
	size_t n = map->n;
	if (map->kind == EXPR_SET_REF) {
		const struct nft_set *named = lower_find_set(l, map);
		if (!named)
			return;
		if (!named->is_map) {
			lower_error(l, map->span, ERROR_TYPE, "'%.*s' is a set, not a map",
				    STR_FMT(map->text));
			return;
		}
		elements = named->elements.items;
		n = named->is_dynamic ? 0 : named->elements.n;
	}
	lower_implied_by(l, left);
	for (size_t i = 0; i < n; i++)
		if (elements[i]->kind == EXPR_MAPPING && lower_is_catch_all(elements[i]->items[0]))
			return;
	if (lower_takes_all_numbers(l, left, elements, n))
		return;
	struct stmt in = {
		.kind = ST_MATCH, .span = left->span, .a = (struct expr *)(uintptr_t)left, .b = map
	};
	in.op = STR("");
	lower_match(l, &in);
}

/* ---- expressions ---- */

void lower_implied_by(struct lowering *l, const struct expr *e)
{
	if (e->kind == EXPR_MAP) {
		lower_key_is_held(l, e->items[0], e->items[1]);
		return;
	}
	if (e->kind == EXPR_SELECTOR) {
		lower_implied(l, e->selector);
		if (lower_needs_ct(e))
			lower_tracked(l);
		implied_by_header(l, e);
		if (needs_whole(l, e->text))
			lower_whole(l);
	}
	for (size_t i = 0; i < e->n; i++)
		lower_implied_by(l, e->items[i]);
}

static void all_present(struct lowering *l, const struct expr *e)
{
	if (e->kind == EXPR_SELECTOR && is_optional(e->text))
		lower_present(l, e);
	/* the map has tested its key, and holds constants */
	for (size_t i = 0; i < e->n && e->kind != EXPR_MAP; i++)
		all_present(l, e->items[i]);
}

void lower_reads(struct lowering *l, const struct expr *e)
{
	lower_implied_by(l, e);
	all_present(l, e);
}

void lower_writes(struct lowering *l, const struct expr *e)
{
	if (e->selector && (e->selector->l3 || e->selector->l4))
		lower_implied(l, e->selector);
	implied_by_header(l, e);
	enum layer layer = header_table[header_find(e->text)].layer;
	if (layer == TRANSPORT || layer == INNER || str_starts(e->text, "@th"))
		lower_whole(l); /* nft_payload_set_eval() */
	/* a missing option is not written, and the rule goes on
	 * (nft_exthdr_tcp_set_eval) */
	if (str_starts(e->text, "ether ") || str_starts(e->text, "vlan "))
		lower_present(l, e);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of one set or map that conflict: nft refuses the file, and with it
 * every rule (intervals.c: setelem_overlap; nf_tables_api.c: nft_add_set_elem;
 * nft_set_pipapo.c: nft_pipapo_insert). Elements whose numbers are not known
 * are compared by their text.
 */
#include "lower.h"

#include <stdlib.h>

#define PAIRS_MAX 1000u /* ranges of several parts, each compared with those before it */

/* An element: its key as a range of numbers for each part. */
struct keyed {
	const struct expr *element;
	struct range *parts;
};

static const struct expr *key_of(const struct expr *element)
{
	return element->kind == EXPR_MAPPING ? element->items[0] : element;
}

/* The field with the width and the format of a type; NO_FIELD: its values are not plain numbers. */
static enum field field_of(enum value_type t)
{
	static const struct {
		enum value_type type;
		enum field field;
	} fields[] = {
		{ TYPE_ADDR4, FIELD_IP_SADDR },      { TYPE_ADDR6, FIELD_IP6_SADDR },
		{ TYPE_PORT, FIELD_DPORT },          { TYPE_PROTO, FIELD_L4PROTO },
		{ TYPE_IFNAME, FIELD_IIFNAME },      { TYPE_MARK, FIELD_MARK },
		{ TYPE_CT_STATE, FIELD_CT_STATE },   { TYPE_CT_STATUS, FIELD_CT_STATUS },
		{ TYPE_TCP_FLAGS, FIELD_TCP_FLAGS }, { TYPE_DSCP, FIELD_DSCP },
	};
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].type == t)
			return fields[i].field;
	return NO_FIELD;
}

static bool part_range(struct lowering *l, struct datatype d, const struct expr *e,
		       struct range *ret)
{
	struct selector s = { .name = "", .field = field_of(d.type), .type = d.type };
	struct numbers v = { 0 };
	if (s.field == NO_FIELD && d.type != TYPE_OTHER && d.type != TYPE_ANY_STRING) {
		/* its words are numbers of a field that the model lacks */
		s = (struct selector){
			.name = "", .field = FIELD_EXTRA, .type = TYPE_OTHER, .words = d.type
		};
	}
	if (s.field == NO_FIELD || e->kind == EXPR_ANY || e->kind == EXPR_LIST ||
	    e->kind == EXPR_SET)
		return false;
	lower_values(l, &s, e, &v);
	if (v.opaque || v.wrong || v.n != 1)
		return false;
	*ret = v.items[0];
	return true;
}

static bool key_ranges(struct lowering *l, const struct datatype *types, size_t n,
		       const struct expr *key, struct range *out)
{
	if (n > 1 && (key->kind != EXPR_CONCAT || key->n != n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!part_range(l, types[i], n > 1 ? key->items[i] : key, &out[i]))
			return false;
	return true;
}

static int by_range(const void *x, const void *y)
{
	const struct keyed *a = x, *b = y;
	if (a->parts[0].lo != b->parts[0].lo)
		return a->parts[0].lo < b->parts[0].lo ? -1 : 1;
	if (a->parts[0].hi != b->parts[0].hi)
		return a->parts[0].hi > b->parts[0].hi ? -1 : 1;
	return a->element->span.off < b->element->span.off
		       ? -1
		       : a->element->span.off > b->element->span.off;
}

static bool same_key(const struct keyed *a, const struct keyed *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a->parts[i].lo != b->parts[i].lo || a->parts[i].hi != b->parts[i].hi)
			return false;
	return true;
}

static bool same_value(struct lowering *l, const struct expr *a, const struct expr *b)
{
	bool maps = a->kind == EXPR_MAPPING && b->kind == EXPR_MAPPING;
	return !maps || str_eq(expr_text(l->arena, a->items[1]), expr_text(l->arena, b->items[1]));
}

static void conflict(struct lowering *l, const struct expr *a, const struct expr *b)
{
	/* the later of the two is reported */
	const struct expr *first = a->span.off <= b->span.off ? a : b, *later = first == a ? b : a;
	lower_error(l, later->span, ERROR_DUPLICATE,
		    "this element conflicts with '%.*s': nft refuses the whole file",
		    STR_FMT(expr_text(l->arena, first)));
}

/* Keys of one part. `merges`: nft joins what overlaps. */
static void check_sorted(struct lowering *l, struct keyed *items, size_t n, bool merges)
{
	if (n)
		qsort(items, n, sizeof(*items), by_range);
	const struct keyed *widest = items;
	for (size_t i = 1; i < n && !l->failed; i++) {
		const struct keyed *before = same_key(&items[i], &items[i - 1], 1) ? &items[i - 1]
										   : widest;
		bool overlap = items[i].parts[0].lo <= before->parts[0].hi;
		bool same = same_key(&items[i], before, 1);
		if (overlap && (same ? !same_value(l, items[i].element, before->element) : !merges))
			conflict(l, before->element, items[i].element);
		if (items[i].parts[0].hi > widest->parts[0].hi)
			widest = &items[i];
	}
}

static bool holds(const struct keyed *k, const struct keyed *other, size_t n, bool of_ends)
{
	for (size_t i = 0; i < n; i++) {
		u128 v = of_ends ? other->parts[i].hi : other->parts[i].lo;
		if (v < k->parts[i].lo || v > k->parts[i].hi)
			return false;
	}
	return true;
}

/* Keys of several parts: an element whose first or last key an earlier one holds is refused. */
static void check_in_order(struct lowering *l, const struct keyed *items, size_t n, size_t n_parts)
{
	for (size_t i = 1; i < n && i < PAIRS_MAX && !l->failed; i++)
		for (size_t k = 0; k < i && !l->failed; k++) {
			const struct keyed *a = &items[k], *b = &items[i];
			if (same_key(a, b, n_parts)
				    ? !same_value(l, a->element, b->element)
				    : holds(a, b, n_parts, false) || holds(a, b, n_parts, true))
				conflict(l, a->element, b->element);
		}
}

/* Keys that are not numbers here: the same text with another value. */
static void check_texts(struct lowering *l, struct expr *const *elements, size_t n)
{
	struct hash seen;
	hash_init(&seen, l->arena);
	for (size_t i = 0; i < n && !l->failed; i++) {
		struct str text = expr_text(l->arena, key_of(elements[i]));
		const struct expr *first = hash_get(&seen, text);
		if (first && !same_value(l, first, elements[i]))
			conflict(l, first, elements[i]);
		else
			hash_put(&seen, text, elements[i]);
	}
}

void lower_check_overlaps(struct lowering *l, const struct datatype *types, size_t n_types,
			  struct expr *const *elements, size_t n, bool merges)
{
	struct keyed *items = arena_new_array(l->arena, struct keyed, n);
	VEC(struct expr *) others = { 0 };
	size_t known = 0;
	struct range *parts = arena_new_array(l->arena, struct range, n * n_types);
	for (size_t i = 0; i < n && !l->failed; i++) {
		struct range *at = parts + known * n_types;
		if (n_types && key_ranges(l, types, n_types, key_of(elements[i]), at))
			items[known++] = (struct keyed){ elements[i], at };
		else
			vec_push(l->arena, &others, elements[i]);
	}
	if (l->failed)
		return;
	if (n_types == 1)
		check_sorted(l, items, known, merges);
	else
		check_in_order(l, items, known, n_types);
	check_texts(l, others.items, others.n);
}

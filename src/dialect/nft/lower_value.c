/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of one field as ranges of numbers: single ones, prefixes, ranges,
 * the elements of sets; and constants that are computed from several.
 */
#include "lower.h"

static void wrong(struct lowering *l, const struct selector *s, const struct expr *e,
		  struct numbers *out)
{
	out->wrong = true;
	lower_error(l, e->span, ERROR_VALUE, "'%.*s' is not %s", STR_FMT(expr_text(l->arena, e)),
		    value_wanted(s->type));
}

static void take_prefix(struct lowering *l, const struct selector *s, const struct expr *e,
			struct numbers *out)
{
	struct range base;
	u128 len;
	struct datatype d;
	/* for a length or a state, nft has more bits than the model */
	unsigned width = selector_type(str_from(s->name), l->table->family, &d)
				 ? d.width
				 : field_table[s->field].width;
	u128 max = width >= 128 ? ~(u128)0 : ((u128)1 << width) - 1;
	enum value_result v = value_parse(s, e->items[0]->text, &base);
	if (v == VALUE_OPAQUE) {
		out->opaque = true;
		return;
	}
	if (v == VALUE_WRONG || !str_number(e->items[1]->text, width, &len)) {
		wrong(l, s, e, out);
		return;
	}
	u128 low = len == width ? 0 : max >> len;
	struct range r = { base.lo & ~low, base.lo | low };
	vec_push(l->arena, out, r);
}

static void take_range(struct lowering *l, const struct selector *s, const struct expr *e,
		       struct numbers *out)
{
	struct range lo, hi;
	enum value_result a = value_parse(s, e->items[0]->text, &lo);
	enum value_result b = value_parse(s, e->items[1]->text, &hi);
	if (a == VALUE_OPAQUE || b == VALUE_OPAQUE) {
		out->opaque = true;
	} else if (a == VALUE_WRONG || b == VALUE_WRONG) {
		wrong(l, s, e, out);
	} else if (lo.lo > hi.hi) {
		out->wrong = true;
		lower_error(l, e->span, ERROR_VALUE, "the range ends before it begins");
	} else {
		struct range r = { lo.lo, hi.hi };
		vec_push(l->arena, out, r);
	}
}

/* a | b, (a & b) << c: a constant; false: it is none. */
bool lower_constant(struct lowering *l, const struct selector *s, const struct expr *e, u128 *ret)
{
	struct range r;
	u128 x, y;
	switch (e->kind) {
	case EXPR_WORD:
	case EXPR_STRING:
		if (value_parse(s, e->text, &r) != VALUE_OK || r.lo != r.hi)
			return str_number(e->text, ~(u128)0, ret);
		*ret = r.lo;
		return true;
	case EXPR_LIST:
		y = 0;
		for (size_t i = 0; i < e->n; i++) {
			if (!lower_constant(l, s, e->items[i], &x))
				return false;
			y |= x;
		}
		*ret = y;
		return true;
	case EXPR_BINARY:
		if (!lower_constant(l, s, e->items[0], &x) ||
		    !lower_constant(l, s, e->items[1], &y))
			return false;
		if (str_is(e->text, "&"))
			*ret = x & y;
		else if (str_is(e->text, "|"))
			*ret = x | y;
		else if (str_is(e->text, "^"))
			*ret = x ^ y;
		else if (y >= 128)
			return false;
		else
			*ret = str_is(e->text, "<<") ? x << y : x >> y;
		return true;
	case EXPR_SET: return e->n == 1 && lower_constant(l, s, e->items[0], ret);
	case EXPR_SELECTOR:
	case EXPR_PREFIX:
	case EXPR_RANGE:
	case EXPR_SET_REF:
	case EXPR_CONCAT:
	case EXPR_MAP:
	case EXPR_MAPPING:
	case EXPR_VERDICT:
	case EXPR_ANY: return false;
	}
	return false;
}

static void take_named(struct lowering *l, const struct selector *s, const struct expr *ref,
		       struct numbers *out)
{
	struct nft_set *set = lower_find_set(l, ref);
	if (!set) {
		out->wrong = true;
		return;
	}
	/* Empty sets will be filled later, or `nft -t` left out their elements. */
	if (set->is_dynamic || !set->elements.n) {
		out->opaque = true;
		return;
	}
	for (size_t i = 0; i < set->elements.n && !out->wrong; i++)
		lower_values(l, s, set->elements.items[i], out);
}

void lower_values(struct lowering *l, const struct selector *s, const struct expr *e,
		  struct numbers *out)
{
	struct range r;
	u128 v;
	switch (e->kind) {
	case EXPR_WORD:
	case EXPR_STRING: {
		enum value_type own;
		enum value_result res = value_parse(s, e->text, &r);
		/* a number of another type, which nft takes among others (lower_check.c) */
		if (res == VALUE_WRONG && e->kind == EXPR_WORD && word_type(e->text, &own))
			res = VALUE_OPAQUE;
		if (res == VALUE_OK)
			vec_push(l->arena, out, r);
		else if (res == VALUE_OPAQUE)
			out->opaque = true;
		else
			wrong(l, s, e, out);
		break;
	}
	case EXPR_PREFIX: take_prefix(l, s, e, out); break;
	case EXPR_RANGE: take_range(l, s, e, out); break;
	case EXPR_SET_REF: take_named(l, s, e, out); break;
	case EXPR_MAPPING: lower_values(l, s, e->items[0], out); break;
	case EXPR_SET:
		for (size_t i = 0; i < e->n && !out->wrong; i++)
			lower_values(l, s, e->items[i], out);
		break;
	case EXPR_ANY:
		r = (struct range){ 0, s->field == NO_FIELD ? 0 : field_max(s->field) };
		vec_push(l->arena, out, r);
		break;
	case EXPR_BINARY:
	case EXPR_LIST:
		if (lower_constant(l, s, e, &v)) {
			r = (struct range){ v, v };
			vec_push(l->arena, out, r);
		} else {
			out->opaque = true;
		}
		break;
	case EXPR_SELECTOR:
	case EXPR_CONCAT:
	case EXPR_MAP:
	case EXPR_VERDICT: out->opaque = true; break;
	}
}

/* ---- numbers that a selector gives ---- */

bool selector_numbers(struct str key, u128 *ret_mod, u128 *ret_offset)
{
	struct str rest = key;
	if (!str_starts(rest, "numgen ") && !str_starts(rest, "jhash ") &&
	    !str_starts(rest, "symhash "))
		return false;
	while (rest.p) {
		struct str word = str_cut(&rest, ' '), after = rest;
		u128 *ret = str_is(word, "mod")      ? ret_mod
			    : str_is(word, "offset") ? ret_offset
						     : NULL;
		if (ret)
			FW_MAY_FAIL(str_number(str_cut(&after, ' '), UINT32_MAX,
					       ret)); /* it was read as a number */
	}
	return true;
}

bool lower_takes_all_numbers(struct lowering *l, const struct expr *left,
			     struct expr *const *elements, size_t n)
{
	u128 mod = 0, offset = 0, held = 0;
	struct numbers keys = { 0 };
	static const struct selector number = { .name = "number",
						.field = FIELD_MARK,
						.type = TYPE_NUMBER };
	if (left->kind != EXPR_SELECTOR || !selector_numbers(left->text, &mod, &offset))
		return false;
	for (size_t i = 0; i < n && !keys.opaque && !keys.wrong; i++)
		lower_values(l, &number, elements[i], &keys);
	if (keys.opaque || keys.wrong || !mod || !keys.n)
		return false;
	keys.n = ranges_normalize(keys.items, (uint32_t)keys.n);
	for (size_t i = 0; i < keys.n; i++)
		if (keys.items[i].lo <= offset && keys.items[i].hi >= offset)
			held = keys.items[i].hi - offset + 1;
	return held >= mod;
}

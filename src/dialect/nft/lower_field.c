/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of one field as a match: ranges, bits under a mask, conntrack states.
 */
#include "lower.h"

#include <stdlib.h>

struct match lower_ranges(struct lowering *l, enum field f, const struct range *r, size_t n,
			  bool negate)
{
	struct range *copy = arena_new_array(l->arena, struct range, n);
	if (n)
		memcpy(copy, r, n * sizeof(*r));
	struct match m = { .kind = MATCH_RANGES, .field = f, .negate = negate, .ranges = copy };
	m.n = ranges_normalize(copy, (uint32_t)n);
	return m;
}

static struct match mask_match(struct lowering *l, enum field f, u128 mask, u128 value, bool negate)
{
	if (value & ~mask)
		return lower_ranges(l, f, NULL, 0, negate); /* never equal */
	struct mask_value *v = arena_new_one(l->arena, struct mask_value);
	*v = (struct mask_value){ mask, value };
	return (struct match){ .kind = MATCH_MASK, .field = f, .negate = negate, .mask = v };
}

struct match lower_opaque_match(struct lowering *l, struct str text, bool stateful)
{
	struct match m = { .kind = MATCH_OPAQUE };
	m.opaque = ruleset_add_opaque(l->rs, &l->pure_texts, text,
				      stateful ? OPAQUE_STATEFUL : OPAQUE_PURE);
	return m;
}

static int by_meaning(const void *x, const void *y)
{
	return match_order(x, y);
}

/* Sorted, because nft lists the elements of a set in another order than the script. */
struct match lower_any(struct match *parts, size_t n, bool negate)
{
	if (n)
		qsort(parts, n, sizeof(*parts), by_meaning);
	if (n == 1) {
		struct match one = parts[0];
		one.negate = one.negate != negate;
		return one;
	}
	return (struct match){
		.kind = MATCH_ANY, .negate = negate, .n = (uint32_t)n, .parts = parts
	};
}

/* Field values of a masked field as tests of bits: each range as prefixes. */
static bool masked_ranges(struct lowering *l, enum field f, u128 mask, const struct range *r,
			  size_t n, bool negate, struct match *ret)
{
	VEC(struct match) parts = { 0 };
	u128 max = field_max(f);
	for (size_t i = 0; i < n; i++) {
		u128 lo = r[i].lo;
		if (lo > max)
			continue;
		while (lo <= r[i].hi && lo <= max) {
			u128 size = 1;
			while (!(lo & size) && (lo | (2 * size - 1)) <= r[i].hi &&
			       2 * size - 1 <= max)
				size *= 2;
			if (mask != max && size > 1)
				return false; /* a range of a masked value: not modelled */
			struct match one = mask_match(l, f, mask & ~(size - 1), lo, false);
			vec_push(l->arena, &parts, one);
			lo += size;
			if (!lo || parts.n > PARTS_MAX)
				break;
		}
		if (parts.n > PARTS_MAX)
			return false;
	}
	if (!parts.n)
		*ret = lower_ranges(l, f, NULL, 0, negate);
	else
		*ret = lower_any(parts.items, parts.n, negate);
	return true;
}

/* The bit that stands for a state (nf_conntrack_common.h: NF_CT_STATE_BIT). */
static u128 state_bit(unsigned s)
{
	static const unsigned char bits[CT_STATE_COUNT] = {
		[CT_STATE_NEW] = 8,     [CT_STATE_ESTABLISHED] = 2, [CT_STATE_RELATED] = 4,
		[CT_STATE_INVALID] = 1, [CT_STATE_UNTRACKED] = 64,
	};
	return bits[s];
}

static bool in_ranges(u128 v, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v >= r[i].lo && v <= r[i].hi)
			return true;
	return false;
}

/*
 * The states whose bit, under the mask, is one of the values. A negation is resolved, except that
 * of no state at all, which is a trap (FW110).
 */
static struct match state_match(struct lowering *l, u128 mask, const struct range *r, size_t n,
				bool negate)
{
	struct range states[CT_STATE_COUNT];
	size_t k = 0;
	for (unsigned s = 0; s < CT_STATE_COUNT; s++)
		if (in_ranges(state_bit(s) & mask, r, n))
			states[k++] = (struct range){ s, s };
	if (!negate || !k)
		return lower_ranges(l, FIELD_CT_STATE, states, k, negate);
	k = 0;
	for (unsigned s = 0; s < CT_STATE_COUNT; s++)
		if (!in_ranges(state_bit(s) & mask, r, n))
			states[k++] = (struct range){ s, s };
	return lower_ranges(l, FIELD_CT_STATE, states, k, false);
}

bool selector_has_bits(const struct selector *s)
{
	return s->type == TYPE_CT_STATE || s->type == TYPE_CT_STATUS || s->type == TYPE_TCP_FLAGS;
}

bool lower_field(struct lowering *l, const struct selector *s, u128 mask, const struct range *r,
		 size_t n, bool negate, struct match *ret)
{
	u128 max = field_max(s->field);
	if (s->field == FIELD_CT_STATE) {
		*ret = state_match(l, mask, r, n, negate);
		return true;
	}
	if (field_table[s->field].masked)
		return masked_ranges(l, s->field, mask & max, r, n, negate, ret);
	if (field_table[s->field].optional) {
		/* a packet without the field passes no test, not even a negated one */
		uint32_t k = (uint32_t)n;
		struct range *in = arena_new_array(l->arena, struct range, n);
		if (n)
			memcpy(in, r, n * sizeof(*r));
		k = ranges_normalize(in, k);
		const struct range *out = negate ? ranges_complement(l->arena, in, k,
								     FIELD_OPTIONAL_MAX, &k)
						 : in;
		*ret = lower_ranges(l, s->field, out, k, false);
		return true;
	}
	if ((mask & max) == max) {
		struct range *in = arena_new_array(l->arena, struct range, n + 1);
		size_t k = 0;
		for (size_t i = 0; i < n; i++)
			if (r[i].lo <= max)
				in[k++] = (struct range){ r[i].lo, r[i].hi > max ? max : r[i].hi };
		*ret = lower_ranges(l, s->field, in, k, negate);
		return true;
	}
	/* a prefix: the high bits */
	u128 low = max & ~mask;
	if ((low & (low + 1)) != 0)
		return false;
	struct range *in = arena_new_array(l->arena, struct range, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		if (r[i].lo != r[i].hi)
			return false;
		if (!(r[i].lo & low) && r[i].lo <= max)
			in[k++] = (struct range){ r[i].lo, r[i].lo | low };
	}
	*ret = lower_ranges(l, s->field, in, k, negate);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches: a selector, a comparison, values. The result is ranges of a field, bits under a mask, an
 * alternative of these, or an opaque test.
 */
#include "lower.h"

/* ---- comparisons ---- */

static bool is_list(const struct expr *e)
{
	return e->kind == EXPR_SET || e->kind == EXPR_SET_REF;
}

/* <, >, <=, >= a number, as a range; 0: no number satisfies it. */
static size_t ordered(struct str op, u128 v, u128 max, struct range *ret)
{
	if ((str_is(op, "<") && v == 0) || (str_is(op, ">") && v >= max))
		return 0;
	*ret = str_is(op, "<")    ? (struct range){ 0, v - 1 }
	       : str_is(op, "<=") ? (struct range){ 0, v }
	       : str_is(op, ">")  ? (struct range){ v + 1, max }
				  : (struct range){ v, max };
	return 1;
}

/*
 * A test of bits. What nft makes of it (evaluate.c: expr_evaluate_relational): without a comparison
 * any of the bits; == and != compare the whole value, so `!= a,b` is true of every state; ! none of
 * the bits; of a set, each element as a whole.
 */
static bool bits_match(struct lowering *l, const struct selector *s, u128 mask, bool masked,
		       const struct stmt *st, const struct numbers *v, struct match *ret)
{
	u128 bits = 0, max = field_max(s->field);
	bool whole = is_list(st->b) || masked || str_is(st->op, "==") || str_is(st->op, "!=");
	if (s->field == FIELD_CT_STATE)
		max = UINT32_MAX;
	for (size_t i = 0; i < v->n; i++)
		bits |= v->items[i].lo;
	if (st->mask) {
		u128 m;
		if (!lower_constant(l, s, st->mask, &m))
			return false;
		struct range exact = { bits, bits };
		return lower_field(l, s, m, &exact, 1, str_is(st->op, "!="), ret);
	}
	if (whole)
		return lower_field(l, s, mask & max, v->items, v->n, str_is(st->op, "!="), ret);
	/* any of the bits: the negation of "none of them" */
	struct range none = { 0, 0 };
	return lower_field(l, s, bits, &none, 1, !str_is(st->op, "!"), ret);
}

/*
 * A named set as values of a plain field: read once, however many rules use it. NULL: something
 * else.
 */
static struct nft_set *whole_set(struct lowering *l, const struct selector *s, bool masked,
				 const struct stmt *st)
{
	bool plain = st->b->kind == EXPR_SET_REF && !masked && !st->mask &&
		     !field_table[s->field].optional && !field_table[s->field].masked &&
		     s->field != FIELD_CT_STATE && !(st->op.n && strchr("<>", st->op.p[0]));
	return plain ? table_set(l->rule->chain->table, st->b->text) : NULL;
}

static bool typed_match(struct lowering *l, const struct selector *s, u128 mask, bool masked,
			const struct stmt *st, struct match *ret)
{
	struct numbers v = { 0 };
	bool not_equal = str_is(st->op, "!=") || str_is(st->op, "!");
	struct nft_set *set = whole_set(l, s, masked, st);
	if (set && set->read_as == s) {
		*ret = set->values;
		ret->negate = not_equal;
		return true;
	}
	lower_values(l, s, st->b, &v);
	if (v.opaque || v.wrong)
		return false;
	if (set) {
		if (!lower_field(l, s, mask, v.items, v.n, false, &set->values))
			return false;
		set->read_as = s;
		*ret = set->values;
		ret->negate = not_equal;
		return true;
	}
	if (selector_has_bits(s) && !strchr("<>", st->op.n ? st->op.p[0] : '='))
		return bits_match(l, s, mask, masked, st, &v, ret);
	if (st->mask)
		return false;
	if (st->op.n && strchr("<>", st->op.p[0])) {
		struct range r;
		u128 max = s->field == FIELD_CT_STATE       ? UINT32_MAX
			   : field_table[s->field].optional ? FIELD_OPTIONAL_MAX
							    : field_max(s->field);
		if (v.n != 1 || v.items[0].lo != v.items[0].hi)
			return false;
		size_t n = ordered(st->op, v.items[0].lo, max, &r);
		return lower_field(l, s, mask, &r, n, false, ret);
	}
	/* `! value` means != for types without bits */
	return lower_field(l, s, mask, v.items, v.n, str_is(st->op, "!=") || str_is(st->op, "!"),
			   ret);
}

static bool is_negative(struct str op)
{
	return str_is(op, "!=") || str_is(op, "!");
}

/* th sport, th dport: in other protocols than these, the bytes there are no ports. */
static struct match of_port_protocols(struct lowering *l, struct match m, const struct expr *left)
{
	struct selector raw = { .type = TYPE_OTHER, .name = "" };
	raw.field = ruleset_extra_field(l->rs, expr_text(l->arena, left), FORMAT_NUMBER);
	static const struct range with_ports[] = {
		{ 6, 6 }, { 17, 17 }, { 33, 33 }, { 132, 132 }, { 136, 136 }
	};
	struct match *both = arena_new_array(l->arena, struct match, 4);
	both[0] = lower_ranges(l, FIELD_L4PROTO, with_ports, ARRAY_SIZE(with_ports), false);
	both[1] = m;
	both[2] = lower_ranges(l, FIELD_L4PROTO, with_ports, ARRAY_SIZE(with_ports), true);
	if (raw.field == FIELD_COUNT ||
	    !lower_field(l, &raw, ~(u128)0, m.ranges, m.n, m.negate, &both[3]))
		both[3] = lower_opaque_match(l, expr_text(l->arena, left), false);
	struct match *ways = arena_new_array(l->arena, struct match, 2);
	ways[0] = (struct match){ .kind = MATCH_ALL, .n = 2, .parts = both };
	ways[1] = (struct match){ .kind = MATCH_ALL, .n = 2, .parts = both + 2 };
	return (struct match){ .kind = MATCH_ANY, .n = 2, .parts = ways };
}

static bool l4proto_is_known(const struct lowering *l)
{
	for (size_t i = 0; i < l->matches.n; i++) {
		const struct match *m = &l->matches.items[i];
		if (m->kind != MATCH_RANGES || m->field != FIELD_L4PROTO || m->negate)
			continue;
		for (uint32_t k = 0; k < m->n; k++)
			for (u128 p = m->ranges[k].lo; p <= m->ranges[k].hi; p++)
				if (p != 6 && p != 17 && p != 33 && p != 132 && p != 136)
					return false;
		return true;
	}
	return false;
}

static bool is_stateful(const struct expr *e)
{
	if (e->kind == EXPR_SELECTOR &&
	    (str_starts(e->text, "numgen") || (e->selector && e->selector->stateful)))
		return true;
	for (size_t i = 0; i < e->n; i++)
		if (is_stateful(e->items[i]))
			return true;
	return false;
}

/* A named set that packets or timeouts change. */
static bool is_filled(struct lowering *l, const struct expr *e)
{
	const struct nft_set *s = e->kind == EXPR_SET_REF
					  ? table_set(l->rule->chain->table, e->text)
					  : NULL;
	return s && s->is_dynamic;
}

static struct str match_text(struct lowering *l, const struct expr *left, struct str op,
			     const struct expr *right)
{
	struct text t = { .arena = l->arena };
	expr_print(&t, left);
	text_printf(&t, " %.*s%s", STR_FMT(op), op.n ? " " : "");
	expr_print(&t, right);
	return text_str(&t);
}

#define LONG_SET 4096 /* elements that are read again for each rule that names an extra field */

/* The format of the first value, for messages; false: some value is not a number. */
static bool all_numbers(struct lowering *l, const struct expr *e, enum value_type words,
			enum field_format *ret)
{
	struct range r;
	enum field_format format = FORMAT_NUMBER;
	struct expr *const *items = e->items;
	size_t n = e->n;
	if (e->kind == EXPR_WORD || e->kind == EXPR_STRING)
		return value_parse_any(e->text, words, &r, ret) == VALUE_OK;
	if (e->kind == EXPR_SET_REF) {
		const struct nft_set *s = table_set(l->rule->chain->table, e->text);
		if (!s || s->elements.n > LONG_SET || s->is_dynamic)
			return false;
		items = s->elements.items;
		n = s->elements.n;
	} else if (e->kind != EXPR_SET && e->kind != EXPR_RANGE) {
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!all_numbers(l, items[i], words, &format))
			return false;
	if (n)
		*ret = format;
	return n > 0;
}

/*
 * The extra field of this ruleset for a selector that has no row of its own, but numbers as values.
 * NULL: there is none.
 */
static const struct selector *extra_selector(struct lowering *l, const struct expr *left,
					     const struct expr *values)
{
	enum field_format format = FORMAT_NUMBER;
	struct datatype d = { TYPE_OTHER, 0 };
	if (left->kind != EXPR_SELECTOR || !selector_type(left->text, l->table->family, &d))
		d.type = TYPE_OTHER;
	if (is_stateful(left) || left->kind == EXPR_CONCAT || left->kind == EXPR_MAP ||
	    !all_numbers(l, values, d.type, &format))
		return NULL;
	struct str name = expr_text(l->arena, left);
	enum field f = ruleset_extra_field(l->rs, name, format);
	if (f == FIELD_COUNT)
		return NULL;
	struct selector *s = arena_new_one(l->arena, struct selector);
	*s = (struct selector){ .name = "extra", .field = f, .type = TYPE_OTHER, .words = d.type };
	return s;
}

/* selector & mask with a constant mask; `*ret_mask` is all ones if there is no mask. */
static const struct selector *masked_selector(struct lowering *l, const struct expr *e,
					      u128 *ret_mask, bool *ret_masked)
{
	if (e->kind == EXPR_SELECTOR && e->selector) {
		*ret_mask = ~(u128)0;
		*ret_masked = false;
		return e->selector;
	}
	if (e->kind != EXPR_BINARY || !str_is(e->text, "&") || e->items[0]->kind != EXPR_SELECTOR ||
	    !e->items[0]->selector || e->items[0]->selector->field == NO_FIELD)
		return NULL;
	if (!lower_constant(l, e->items[0]->selector, e->items[1], ret_mask))
		return NULL;
	*ret_masked = true;
	return e->items[0]->selector;
}

/* ---- concatenations ---- */

/* One selector of a key against its value. */
static struct match part_match(struct lowering *l, const struct expr *left,
			       const struct expr *value)
{
	struct numbers v = { 0 };
	struct match m;
	u128 mask = ~(u128)0;
	bool masked = false;
	const struct selector *s = masked_selector(l, left, &mask, &masked);
	if (!s || s->field == NO_FIELD) {
		s = extra_selector(l, left, value);
		mask = ~(u128)0;
	}
	if (s && s->field != NO_FIELD) {
		lower_values(l, s, value, &v);
		if (!v.opaque && !v.wrong && lower_field(l, s, mask, v.items, v.n, false, &m)) {
			bool th = str_starts(str_from(s->name), "th ");
			return th && !l4proto_is_known(l) ? of_port_protocols(l, m, left) : m;
		}
	}
	return lower_opaque_match(l, match_text(l, left, STR(""), value), is_stateful(left));
}

struct match lower_key(struct lowering *l, const struct expr *left, const struct expr *key)
{
	if (left->kind != EXPR_CONCAT)
		return part_match(l, left, key);
	enum value_type own; /* a word that nft takes for any key (lower_check.c) */
	if (key->kind == EXPR_WORD && word_type(key->text, &own))
		return lower_opaque_match(l, expr_text(l->arena, key), false);
	if (key->kind != EXPR_CONCAT || key->n != left->n) {
		lower_error(l, key->span, ERROR_TYPE, "expected %zu values, joined by dots",
			    left->n);
		return lower_opaque_match(l, expr_text(l->arena, key), false);
	}
	struct match *parts = arena_new_array(l->arena, struct match, left->n);
	size_t n = 0;
	for (size_t i = 0; i < left->n && !l->failed; i++)
		if (key->items[i]->kind != EXPR_ANY)
			parts[n++] = part_match(l, left->items[i], key->items[i]);
	return (struct match){ .kind = MATCH_ALL, .n = (uint32_t)n, .parts = parts };
}

/* The concatenation is one of the keys of a set. */
static void concat_match(struct lowering *l, const struct stmt *st)
{
	struct expr *const *keys = (struct expr *const[]){ st->b };
	size_t n = 1;
	bool opaque = false;
	if (st->b->kind == EXPR_SET_REF) {
		struct nft_set *set = lower_find_set(l, st->b);
		if (!set)
			return;
		keys = set->elements.items;
		n = set->elements.n;
		opaque = set->is_dynamic || !n;
	} else if (st->b->kind == EXPR_SET) {
		keys = st->b->items;
		n = st->b->n;
	}
	if (opaque || n > PARTS_MAX) {
		struct match m = lower_opaque_match(l, match_text(l, st->a, STR(""), st->b),
						    is_filled(l, st->b));
		m.negate = is_negative(st->op);
		lower_add_match(l, m);
		return;
	}
	struct match *parts = arena_new_array(l->arena, struct match, n);
	for (size_t i = 0; i < n && !l->failed; i++)
		parts[i] = lower_key(l, st->a,
				     keys[i]->kind == EXPR_MAPPING ? keys[i]->items[0] : keys[i]);
	if (!l->failed)
		lower_add_match(l, lower_any(parts, n, is_negative(st->op)));
}

/* `tcp option X exists`: a later fragment has none. */
static bool wants_option(const struct stmt *st)
{
	bool option = st->a->kind == EXPR_SELECTOR && (str_starts(st->a->text, "tcp option ") ||
						       str_starts(st->a->text, "dccp option "));
	bool exists = st->b->kind == EXPR_WORD && str_is(st->b->text, "exists");
	bool missing = st->b->kind == EXPR_WORD && str_is(st->b->text, "missing");
	return option && (is_negative(st->op) ? missing : exists);
}

/*
 * Is it a fragment other than the first? `ip frag-off & 0x1fff != 0`, and of IPv6, where a
 * packet without the header passes neither test, `frag frag-off != 0`. False: another test.
 */
static bool fragment_match(struct lowering *l, const struct stmt *st, struct match *ret)
{
	static const struct selector number = { .name = "number",
						.field = FIELD_LENGTH,
						.type = TYPE_NUMBER };
	static const struct range later = { 1, 1 };
	u128 mask, value;
	bool masked = st->a->kind == EXPR_BINARY && str_is(st->a->text, "&") &&
		      str_is(st->a->items[0]->text, "ip frag-off") &&
		      lower_constant(l, &number, st->a->items[1], &mask) && mask == 0x1fff;
	bool ip6 = st->a->kind == EXPR_SELECTOR && str_is(st->a->text, "frag frag-off");
	bool not = str_is(st->op, "!=") || str_is(st->op, ">");
	if ((!masked && !(ip6 && not )) || st->mask || !lower_constant(l, &number, st->b, &value) ||
	    value || !(not || !st->op.n || str_is(st->op, "==")))
		return false;
	*ret = lower_ranges(l, FIELD_FRAGMENT, &later, 1, !not );
	return true;
}

void lower_match(struct lowering *l, const struct stmt *st)
{
	u128 mask = ~(u128)0;
	bool masked = false;
	struct match m;
	if (l->has_write)
		lower_split(l);
	lower_implied_by(l, st->a);
	if (wants_option(st))
		lower_whole(l);
	if (st->a->kind == EXPR_CONCAT) {
		concat_match(l, st);
		return;
	}
	if (fragment_match(l, st, &m)) {
		lower_add_match(l, m);
		return;
	}
	const struct selector *s = masked_selector(l, st->a, &mask, &masked);
	if (s && s->field != NO_FIELD && typed_match(l, s, mask, masked, st, &m)) {
		if (str_starts(str_from(s->name), "th ") && !l4proto_is_known(l))
			m = of_port_protocols(l, m, st->a);
		lower_add_match(l, m);
		return;
	}
	if (!l->failed && !(s && s->field != NO_FIELD && !masked) && !st->mask) {
		s = extra_selector(l, st->a, st->b);
		if (s && typed_match(l, s, ~(u128)0, false, st, &m)) {
			lower_add_match(l, m);
			return;
		}
	}
	if (l->failed)
		return;
	if (st->b->kind == EXPR_SET_REF && !lower_find_set(l, st->b))
		return;
	lower_implied_by(l, st->b);
	/* the negation of a pure test has the same variable */
	bool negative = str_is(st->op, "!=");
	/* nft_ct_get_eval(): without a helper the rule ends, negated or not */
	if (negative && st->a->kind == EXPR_SELECTOR && str_is(st->a->text, "ct helper"))
		lower_opaque(l, STR("ct has a helper"), false);
	m = lower_opaque_match(
		l, match_text(l, st->a, negative || str_is(st->op, "==") ? STR("") : st->op, st->b),
		is_stateful(st->a) || is_filled(l, st->b));
	m.negate = negative;
	lower_add_match(l, m);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdict maps: a rule of the model for each element. Their order has no meaning,
 * and nft lists them sorted: here they are sorted by what they match, so that each
 * form of a ruleset gives the same model.
 */
#include "lower.h"

#include <stdlib.h>

#define ARMS_MAX 1000000u

/* One element of the map. */
struct arm {
	const struct expr *element;
	struct str text; /* of its key; only where keys may be opaque */
	struct match key;
};

struct arms {
	struct arm *items;
	size_t n;
	const struct expr *rest; /* the element for all other keys; NULL: there is none */
};

/* The keys of a map's elements. */
struct keys {
	struct match *all, *going_on; /* going_on: those of `continue` */
	size_t n, n_going_on;
};

static struct match any_of(const struct match *keys, size_t n, bool negate)
{
	return (struct match){
		.kind = MATCH_ANY, .negate = negate, .n = (uint32_t)n, .parts = keys
	};
}

static int by_text(const void *x, const void *y)
{
	const struct str *a = &((const struct arm *)x)->text, *b = &((const struct arm *)y)->text;
	int d = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
	return d ? d : (a->n > b->n) - (a->n < b->n);
}

static int by_key(const void *x, const void *y)
{
	return match_order(&((const struct arm *)x)->key, &((const struct arm *)y)->key);
}

/* May a key be an opaque test? Then the order of the texts decides the number of its variable. */
static bool may_be_opaque(const struct expr *left)
{
	if (left->kind != EXPR_CONCAT)
		return left->kind != EXPR_SELECTOR || !left->selector ||
		       left->selector->field == NO_FIELD;
	for (size_t i = 0; i < left->n; i++)
		if (may_be_opaque(left->items[i]))
			return true;
	return false;
}

static struct arms read_arms(struct lowering *l, const struct expr *left,
			     struct expr *const *elements, size_t n)
{
	struct arms arms = { .items = arena_new_array(l->arena, struct arm, n) };
	bool opaque = may_be_opaque(left);
	for (size_t i = 0; i < n; i++) {
		const struct expr *e = elements[i];
		if (e->kind != EXPR_MAPPING) {
			lower_error(l, e->span, ERROR_SYNTAX,
				    "expected an element of the form 'key : verdict'");
			return arms;
		}
		if (lower_is_catch_all(e->items[0]))
			arms.rest = e;
		else
			arms.items[arms.n++] = (struct arm){
				.element = e,
				.text = opaque ? expr_text(l->arena, e->items[0]) : STR("")
			};
	}
	if (opaque && arms.n)
		qsort(arms.items, arms.n, sizeof(*arms.items), by_text);
	for (size_t i = 0; i < arms.n && !l->failed; i++)
		arms.items[i].key = lower_key(l, left, arms.items[i].element->items[0]);
	if (!opaque && arms.n)
		qsort(arms.items, arms.n, sizeof(*arms.items), by_key);
	return arms;
}

static void add_key(struct lowering *l, struct match key)
{
	if (key.kind == MATCH_ALL && !key.negate)
		for (uint32_t i = 0; i < key.n; i++)
			vec_push(l->arena, &l->matches, key.parts[i]);
	else
		vec_push(l->arena, &l->matches, key);
}

static void emit_arm(struct lowering *l, const struct arms *arms, size_t i, const struct verdict *v)
{
	size_t before = l->matches.n;
	const struct match *key = &arms->items[i].key;
	/* each answer of an opaque key is for one element only */
	for (size_t k = 0; key->kind == MATCH_OPAQUE && k < i && k < 64; k++) {
		struct match other = arms->items[k].key;
		other.negate = !other.negate;
		add_key(l, other);
	}
	add_key(l, *key);
	lower_emit(l, v)->is_arm = true;
	l->matches.n = before;
}

/* Every key has an element: the last one takes what no other one takes. */
static void close_arms(struct lowering *l, struct arms *arms)
{
	struct match *others = arena_new_array(l->arena, struct match, arms->n);
	for (size_t i = 0; i + 1 < arms->n; i++)
		others[i] = arms->items[i].key;
	if (arms->n)
		arms->items[arms->n - 1].key = any_of(others, arms->n - 1, true);
}

/* Makes each element a rule of its own, unless the packet goes on in this rule. */
static struct keys lower_arms(struct lowering *l, const struct arms *arms)
{
	struct keys keys = { arena_new_array(l->arena, struct match, arms->n),
			     arena_new_array(l->arena, struct match, arms->n), 0, 0 };
	for (size_t i = 0; i < arms->n && !l->failed; i++) {
		const struct arm *arm = &arms->items[i];
		struct verdict v;
		if (!lower_verdict(l, arm->element->items[1], &v))
			break;
		v.span = arm->element->span;
		keys.all[keys.n++] = arm->key;
		if (v.kind == VERDICT_CONTINUE)
			keys.going_on[keys.n_going_on++] = arm->key;
		else
			emit_arm(l, arms, i, &v);
	}
	return keys;
}

/* The element `*`: for the keys that no other element has. True: it continues. */
static bool lower_rest(struct lowering *l, const struct expr *element, const struct keys *keys)
{
	struct verdict v;
	size_t before = l->matches.n;
	if (!lower_verdict(l, element->items[1], &v))
		return false;
	v.span = element->span;
	if (v.kind == VERDICT_CONTINUE)
		return true;
	if (keys->n)
		add_key(l, any_of(keys->all, keys->n, true));
	lower_emit(l, &v)->is_arm = true;
	l->matches.n = before;
	return false;
}

/*
 * A packet whose key has no element leaves the rule (nft_lookup.c: NFT_BREAK);
 * the rest of the rule is for `continue`. False: nothing gets there.
 */
static bool go_on_behind(struct lowering *l, const struct keys *keys, bool others)
{
	struct match *ways = arena_new_array(l->arena, struct match, 2);
	size_t n = 0;
	if (keys->n_going_on)
		ways[n++] = any_of(keys->going_on, keys->n_going_on, false);
	if (others && !keys->n)
		return true;
	if (others)
		ways[n++] = any_of(keys->all, keys->n, true);
	if (n)
		lower_add_match(l, n == 1 ? ways[0] : any_of(ways, 2, false));
	return n > 0;
}

bool lower_vmap(struct lowering *l, const struct stmt *st)
{
	const struct nft_set *named = NULL;
	struct expr *const *elements = st->b->items;
	size_t n = st->b->n;
	if (st->b->kind == EXPR_SET_REF) {
		named = lower_find_set(l, st->b);
		if (!named)
			return false;
		if (!named->is_map) {
			lower_error(l, st->b->span, ERROR_TYPE, "'%.*s' is a set, not a map",
				    STR_FMT(st->b->text));
			return false;
		}
		elements = named->elements.items;
		n = named->elements.n;
	}
	if (l->rs->n_rules + n > ARMS_MAX) {
		lower_error(l, st->span, ERROR_LIMIT,
			    "the verdict maps have more than %u elements in all", ARMS_MAX);
		return false;
	}
	lower_implied_by(l, st->a);
	if (l->has_write)
		lower_split(l);
	if (named && named->is_dynamic)
		lower_opaque(l, expr_text(l->arena, st->b), true);
	struct arms arms = read_arms(l, st->a, elements, n);
	if (l->failed)
		return false;
	if (!(named && named->is_dynamic) && lower_takes_all_numbers(l, st->a, elements, n))
		close_arms(l, &arms);
	struct keys keys = lower_arms(l, &arms);
	bool others = arms.rest && !l->failed && lower_rest(l, arms.rest, &keys);
	return !l->failed && go_on_behind(l, &keys, others);
}

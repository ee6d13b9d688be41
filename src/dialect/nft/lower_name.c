/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names in a statement: objects, sets and maps, which must be declared and hold what the
 * statement takes (evaluate.c: stmt_evaluate_objref, expr_evaluate_map, set_ref_expr).
 */
#include "lower.h"

static void check_object(struct lowering *l, enum object_kind kind, const struct expr *name)
{
	if ((name->kind == EXPR_WORD || name->kind == EXPR_STRING) &&
	    !table_object(l->table, kind, name->text))
		lower_error(l, name->span, ERROR_UNDEFINED, "%s '%.*s' is not declared",
			    object_word(kind), STR_FMT(name->text));
}

static void check_objects(struct lowering *l, enum object_kind kind, const struct expr *e)
{
	if (e->kind != EXPR_MAP) {
		check_object(l, kind, e);
		return;
	}
	const struct expr *map = e->items[1];
	const struct nft_set *named = map->kind == EXPR_SET_REF ? lower_find_set(l, map) : NULL;
	if (named && !named->holds_objects)
		lower_error(l, map->span, ERROR_TYPE, "'%.*s' holds no names of a %s",
			    STR_FMT(map->text), object_word(kind));
	for (size_t i = 0; map->kind == EXPR_SET && i < map->n; i++)
		if (map->items[i]->kind == EXPR_MAPPING)
			check_object(l, kind, map->items[i]->items[1]);
}

/* Values of one of these types are never those of another. */
static bool is_distinct(enum value_type t)
{
	return t == TYPE_ADDR4 || t == TYPE_ADDR6 || t == TYPE_PORT || t == TYPE_PROTO ||
	       t == TYPE_MARK || t == TYPE_ETHER || t == TYPE_IFNAME || t == TYPE_CT_STATE ||
	       t == TYPE_CT_STATUS || t == TYPE_TCP_FLAGS || t == TYPE_DSCP;
}

static void check_key(struct lowering *l, const struct expr *left, const struct expr *ref)
{
	const struct nft_set *set = table_set(l->table, ref->text);
	size_t n = left->kind == EXPR_CONCAT ? left->n : 1;
	if (!set || !set->key.n)
		return;
	if (n != set->key.n && left->kind != EXPR_MAP) {
		lower_error(l, ref->span, ERROR_TYPE,
			    "the keys of '%.*s' have %zu parts, and here is one of %zu",
			    STR_FMT(ref->text), set->key.n, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct expr *part = left->kind == EXPR_CONCAT ? left->items[i] : left;
		struct datatype d = { TYPE_OTHER, 0 };
		if (part->kind != EXPR_SELECTOR || !selector_type(part->text, l->table->family, &d))
			continue;
		enum value_type has = set->key.items[i].type;
		if (d.type != has && is_distinct(d.type) && is_distinct(has))
			lower_error(l, ref->span, ERROR_TYPE, "'%.*s' holds not %s, but %s",
				    STR_FMT(ref->text), value_wanted(d.type), value_wanted(has));
	}
}

/* The maps whose values a statement takes, and the sets that it looks up. */
static void check_sets(struct lowering *l, const struct expr *e)
{
	const struct expr *ref = e->kind == EXPR_MAP && e->items[1]->kind == EXPR_SET_REF
					 ? e->items[1]
					 : NULL;
	const struct nft_set *named = ref ? table_set(l->table, ref->text) : NULL;
	if (named && named->is_map && (named->holds_verdicts || named->holds_objects))
		lower_error(l, ref->span, ERROR_TYPE, "'%.*s' holds no values", STR_FMT(ref->text));
	if (ref)
		check_key(l, e->items[0], ref);
}

void lower_check_names(struct lowering *l, const struct stmt *st)
{
	enum object_kind kind;
	const struct expr *object = stmt_object(st, &kind);
	bool fills = (st->kind == ST_OTHER || st->kind == ST_STATEFUL) && st->b &&
		     st->b->kind == EXPR_SET_REF;
	if (object)
		check_objects(l, kind, object);
	else if (st->b && st->kind != ST_VMAP)
		check_sets(l, st->b);
	if (fills && !object) {
		const struct nft_set *set = lower_find_set(l, st->b);
		if (set && set->holds_verdicts)
			lower_error(l, st->b->span, ERROR_TYPE,
				    "'%.*s' holds verdicts, and packets add none",
				    STR_FMT(st->b->text));
	}
	if ((st->kind == ST_MATCH || st->kind == ST_VMAP) && st->b && st->b->kind == EXPR_SET_REF)
		check_key(l, st->a, st->b);
}

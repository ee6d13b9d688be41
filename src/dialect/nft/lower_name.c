/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names in a statement: objects, sets and maps, which must be declared and hold what the
 * statement takes (evaluate.c: stmt_evaluate_objref, expr_evaluate_map, set_ref_expr).
 */
#include "header.h"
#include "lower.h"

/*
 * A flushed rule may name a set that was deleted or made anew since: NULL, and nothing is reported.
 */
static const struct nft_set *set_of(struct lowering *l, const struct expr *ref)
{
	const struct nft_set *set = table_set(l->table, ref->text);
	if (l->is_gone)
		return set && set->span.off < l->rule->span.off ? set : NULL;
	return set ? set : lower_find_set(l, ref);
}

static void check_object(struct lowering *l, enum object_kind kind, const struct expr *name)
{
	if (!l->is_gone && (name->kind == EXPR_WORD || name->kind == EXPR_STRING) &&
	    !table_object(l->table, kind, name->text))
		lower_error(l, name->span, ERROR_UNDEFINED, "%s '%.*s' is not declared",
			    object_word(kind), STR_FMT(name->text));
}

static struct datatype type_of(const struct lowering *l, const struct expr *e)
{
	struct datatype d = { TYPE_OTHER, 0 };
	if (e->kind == EXPR_BINARY && !str_is(e->text, "<<") && !str_is(e->text, ">>"))
		return type_of(l, e->items[0]);
	if (e->kind != EXPR_SELECTOR || !selector_type(e->text, l->table->family, &d) ||
	    (str_starts(e->text, "@") && d.type == TYPE_NUMBER))
		d = (struct datatype){ TYPE_OTHER, 0 };
	return d;
}

/*
 * A number fits any element that packets fill if it is no field of a header, a field that is not
 * whole bytes, or a field of the same length (evaluate.c: __stmt_evaluate_arg). Options and
 * extension headers are no payload there (EXPR_EXTHDR).
 */
static bool fits(struct datatype d, struct datatype has, const struct expr *e)
{
	struct str rest = e->text, first = str_cut(&rest, ' ');
	bool payload = e->kind == EXPR_SELECTOR && header_find(e->text) != H_NONE &&
		       !is_exthdr(first) && !str_starts(rest, "option ") &&
		       !str_starts(rest, "chunk ");
	return d.type == TYPE_NUMBER && (!payload || d.width == has.width || d.width % 8);
}

static void check_key(struct lowering *l, const struct expr *left, const struct expr *ref,
		      bool fills)
{
	const struct nft_set *set = set_of(l, ref);
	size_t n = left->kind == EXPR_CONCAT ? left->n : 1;
	if (!set || !set->key.n)
		return;
	if (n != set->key.n && left->kind != EXPR_MAP) {
		lower_error(l, ref->span, ERROR_TYPE,
			    "the keys of '%.*s' have %zu parts, but this one has %zu",
			    STR_FMT(ref->text), set->key.n, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct expr *part = left->kind == EXPR_CONCAT ? left->items[i] : left;
		struct datatype d = type_of(l, part), has = set->key.items[i];
		if (!datatype_equal(d, has) && !(fills && n == 1 && fits(d, has, part)))
			lower_error(l, ref->span, ERROR_TYPE,
				    "this is %s, but an element of '%.*s' is %s",
				    value_wanted(d.type), STR_FMT(ref->text),
				    value_wanted(has.type));
	}
}

/* The named map whose values are taken; NULL: another expression, or it is not declared. */
static const struct nft_set *named_map(struct lowering *l, const struct expr *e)
{
	bool named = e->kind == EXPR_MAP && e->items[1]->kind == EXPR_SET_REF &&
		     table_set(l->table, e->items[1]->text);
	return named ? set_of(l, e->items[1]) : NULL;
}

static void check_objects(struct lowering *l, enum object_kind kind, const struct expr *e)
{
	if (e->kind != EXPR_MAP) {
		check_object(l, kind, e);
		return;
	}
	const struct expr *map = e->items[1];
	const struct nft_set *named = map->kind == EXPR_SET_REF ? set_of(l, map) : NULL;
	if (named)
		check_key(l, e->items[0], map, false);
	if (named && !named->holds_objects)
		lower_error(l, map->span, ERROR_TYPE, "'%.*s' does not hold names of a %s",
			    STR_FMT(map->text), object_word(kind));
	for (size_t i = 0; map->kind == EXPR_SET && i < map->n; i++)
		if (map->items[i]->kind == EXPR_MAPPING)
			check_object(l, kind, map->items[i]->items[1]);
}

/* A map whose values a statement takes. */
static void check_values(struct lowering *l, const struct expr *e)
{
	const struct nft_set *map = named_map(l, e);
	if (!map)
		return;
	if (map->is_map && (map->holds_verdicts || map->holds_objects))
		lower_error(l, e->items[1]->span, ERROR_TYPE, "'%.*s' holds no values",
			    STR_FMT(map->name));
	check_key(l, e->items[0], e->items[1], false);
}

/* A value of the type that a statement takes (evaluate.c: __stmt_evaluate_arg). */
static void check_taken(struct lowering *l, struct datatype wanted, const struct expr *e)
{
	struct datatype d = type_of(l, e);
	const struct nft_set *map = named_map(l, e);
	if (map && map->is_map && map->data.n == 1)
		d = map->data.items[0];
	if (datatype_equal(wanted, d) || d.type == TYPE_NUMBER)
		return;
	bool strings = d.type == TYPE_IFNAME || d.type == TYPE_STRING ||
		       wanted.type == TYPE_IFNAME || wanted.type == TYPE_STRING;
	if (map || strings)
		lower_error(l, e->span, ERROR_TYPE, "this is %s, but the statement takes %s",
			    value_wanted(d.type), value_wanted(wanted.type));
	else
		ruleset_refused_by(l->rs, LOADER_NFT, e->span,
				   "nft 1.0.6 refuses %s where it expects %s; later versions take "
				   "any number",
				   value_wanted(d.type), value_wanted(wanted.type));
}

/* A value of several parts has exactly the types of the map's. */
static void check_parts(struct lowering *l, const struct nft_set *map, const struct expr *e)
{
	if (e->kind != EXPR_CONCAT)
		return;
	bool same = e->n == map->data.n;
	for (size_t i = 0; same && i < e->n; i++)
		same = datatype_equal(type_of(l, e->items[i]), map->data.items[i]);
	if (!same)
		lower_error(l, e->span, ERROR_TYPE, "'%.*s' holds values of other types",
			    STR_FMT(map->name));
}

/* Addresses and ports of a translation that a map holds. */
static void check_translation(struct lowering *l, const struct stmt *st)
{
	enum family f = l->table->family;
	unsigned l3 = st->l3 ? st->l3 : f == FAMILY_IP ? 4 : f == FAMILY_IP6 ? 6 : 0;
	if (st->address && l3)
		check_taken(l, datatype_of_type(l3 == 4 ? TYPE_ADDR4 : TYPE_ADDR6), st->address);
	if (st->port)
		check_taken(l, datatype_of_type(TYPE_PORT), st->port);
}

/* add @SET { KEY [: VALUE] } (evaluate.c: stmt_evaluate_set, stmt_evaluate_map) */
static void check_filled(struct lowering *l, const struct stmt *st, const struct nft_set *set)
{
	if (!st->a || !set->key.n)
		return;
	if (st->a->kind != EXPR_SET || !st->a->n) { /* set update KEY @SET */
		check_key(l, st->a, st->b, true);
		return;
	}
	const struct expr *e = st->a->items[0];
	bool maps = e->kind == EXPR_MAPPING;
	if (maps != set->is_map && str_among(st->text, "add update"))
		lower_error(l, e->span, ERROR_TYPE,
			    maps ? "'%.*s' is a set: it has no values"
				 : "'%.*s' is a map: expected ':' and a value",
			    STR_FMT(set->name));
	if ((e->temporary || (maps && e->items[0]->temporary)) && !set->flag_timeout)
		lower_error(l, e->span, ERROR_MISSING,
			    "an element with a timeout needs a set with flags timeout");
	check_key(l, maps ? e->items[0] : e, st->b, true);
	if (maps && set->data.n == 1)
		check_taken(l, set->data.items[0], e->items[1]);
	else if (maps && set->data.n)
		check_parts(l, set, e->items[1]);
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
		check_values(l, st->b);
	if (fills && !object) {
		const struct nft_set *set = set_of(l, st->b);
		if (set && set->holds_verdicts)
			lower_error(l, st->b->span, ERROR_TYPE,
				    "'%.*s' holds verdicts, and a rule cannot add verdicts",
				    STR_FMT(st->b->text));
		else if (set)
			check_filled(l, st, set);
	}
	if (st->kind == ST_SET && st->a && st->b && st->a->kind == EXPR_SELECTOR)
		check_taken(l, type_of(l, st->a), st->b);
	if (st->kind == ST_NAT || st->kind == ST_TPROXY)
		check_translation(l, st);
	if (st->kind == ST_VMAP && st->b && st->b->kind == EXPR_SET_REF) {
		const struct nft_set *map = set_of(l, st->b);
		if (map && map->is_map && !map->holds_verdicts)
			lower_error(l, st->b->span, ERROR_TYPE, "'%.*s' holds no verdicts",
				    STR_FMT(st->b->text));
	}
	if ((st->kind == ST_MATCH || st->kind == ST_VMAP) && st->b && st->b->kind == EXPR_SET_REF)
		check_key(l, st->a, st->b, false);
}

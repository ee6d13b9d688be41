/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks the values of statements and of sets against the type that they are compared with, as nft
 * does (evaluate.c: expr_evaluate_symbol, and the parse functions of datatype.c). Later stages only
 * read values that passed this check.
 */
#include "lower.h"

#define PARTS_OF_KEY 16

/* The types of a key, part by part; a part of TYPE_OTHER is not known. */
struct key_type {
	struct datatype parts[PARTS_OF_KEY];
	size_t n; /* 0: nothing is known */
};

static void check_value(struct lowering *l, const struct key_type *t, const struct expr *e);
static void check_among(struct lowering *l, const struct key_type *t, const struct expr *e);

static enum family family_of(const struct lowering *l)
{
	return l->table->family;
}

static struct datatype type_of_part(struct lowering *l, const struct expr *e)
{
	struct datatype d = { TYPE_OTHER, 0 };
	if (e->kind == EXPR_SELECTOR && !selector_type(e->text, family_of(l), &d))
		d = (struct datatype){ TYPE_OTHER, 0 };
	/* a field under a mask has the type of the field */
	if (e->kind == EXPR_BINARY && !str_is(e->text, "<<") && !str_is(e->text, ">>"))
		d = type_of_part(l, e->items[0]);
	return d;
}

static struct key_type type_of(struct lowering *l, const struct expr *e)
{
	struct key_type t = { .n = 1 };
	if (e->kind != EXPR_CONCAT) {
		t.parts[0] = type_of_part(l, e);
		return t;
	}
	t.n = e->n <= PARTS_OF_KEY ? e->n : 0;
	for (size_t i = 0; i < t.n; i++)
		t.parts[i] = type_of_part(l, e->items[i]);
	return t;
}

static struct key_type declared_type(const struct datatype *parts, size_t n)
{
	struct key_type t = { .n = n <= PARTS_OF_KEY ? n : 0 };
	for (size_t i = 0; i < t.n; i++)
		t.parts[i] = parts[i];
	return t;
}

static void wrong_value(struct lowering *l, enum value_type type, const struct expr *e)
{
	const char *near = datatype_near(type, e->text);
	int n = (int)(e->text.n < 60 ? e->text.n : 60);
	if (near)
		lower_error(l, e->span, ERROR_WORD, "'%.*s' is not %s: did you mean '%s'?", n,
			    e->text.p, value_wanted(type), near);
	else
		lower_error(l, e->span, ERROR_VALUE, "'%.*s' is not %s", n, e->text.p,
			    value_wanted(type));
}

/* fib … oif exists */
static bool is_boolean_key(struct datatype d, enum value_type own)
{
	return own == TYPE_BOOLEAN && (d.type == TYPE_IFINDEX || d.type == TYPE_ROUTE_TYPE);
}

/*
 * nft checks the type of a word that has one of its own (tcp, redirect, exists) only where it
 * stands alone; among elements or operands, it just takes its number (seen: 1.0.6, all types but
 * days).
 */
static bool takes_any_constant(struct lowering *l, struct datatype d, const struct expr *e)
{
	if (!l->among_others || d.type == TYPE_DAY)
		return false;
	ruleset_refused_by(l->rs, LOADER_NFT, e->span,
			   "this word is a value of another type: nft 1.0.6 does not say so here, "
			   "and takes its number");
	return true;
}

static void check_word(struct lowering *l, struct datatype d, const struct expr *e)
{
	u128 v;
	/* without quotes they are values of their own type (parser_bison.y: boolean_expr) */
	bool is_boolean = e->kind == EXPR_WORD &&
			  (str_is(e->text, "exists") || str_is(e->text, "missing"));
	if (is_boolean &&
	    (d.type == TYPE_IFNAME || d.type == TYPE_STRING || d.type == TYPE_ANY_STRING))
		wrong_value(l, d.type, e);
	enum value_type own;
	bool of_other = e->kind == EXPR_WORD && d.type != TYPE_OTHER && d.type != TYPE_BOOLEAN &&
			word_type(e->text, &own) && own != d.type && !is_boolean_key(d, own);
	if (of_other && takes_any_constant(l, d, e))
		return;
	if (of_other)
		wrong_value(l, d.type, e);
	else if (d.type == TYPE_OTHER || value_check(d, e->text) != VALUE_WRONG)
		return;
	if (str_number(e->text, ~(u128)0, &v) && d.width && d.width < 128 && v >> d.width)
		lower_error(l, e->span, ERROR_VALUE, "'%.*s' is not %s of at most %u bits",
			    STR_FMT(e->text), value_wanted(d.type), d.width);
	else
		wrong_value(l, d.type, e);
}

static void check_prefix(struct lowering *l, struct datatype d, const struct expr *e)
{
	struct key_type one = { .parts = { d }, .n = 1 };
	u128 len;
	check_value(l, &one, e->items[0]);
	if (d.type == TYPE_OTHER || !d.width)
		return;
	if (!str_number(e->items[1]->text, d.width, &len))
		lower_error(l, e->items[1]->span, ERROR_VALUE,
			    "expected a prefix length of 0 to %u", d.width);
}

static int str_order(struct str a, struct str b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return order ? order : a.n < b.n ? -1 : a.n > b.n;
}

static void check_range(struct lowering *l, const struct key_type *t, const struct expr *e)
{
	u128 lo, hi;
	enum value_type type = t->parts[0].type;
	if (type == TYPE_IFNAME || type == TYPE_STRING) {
		lower_error(l, e->span, ERROR_TYPE, "names have no ranges: expected %s",
			    value_wanted(type));
		return;
	}
	check_value(l, t, e->items[0]);
	check_value(l, t, e->items[1]);
	/* alone, such a range means "all but the values between" (evaluate.c: range_needs_swap) */
	bool turns = type == TYPE_DAY || type == TYPE_HOUR;
	if (!turns && str_number(e->items[0]->text, ~(u128)0, &lo) &&
	    str_number(e->items[1]->text, ~(u128)0, &hi) && lo > hi)
		lower_error(l, e->span, ERROR_VALUE, "the range ends before it begins");
	/* written from the longest unit to the shortest, so texts sort like times */
	if (type == TYPE_DATE && e->items[0]->kind == EXPR_STRING &&
	    str_order(e->items[0]->text, e->items[1]->text) > 0)
		lower_error(l, e->span, ERROR_VALUE, "the range ends before it begins");
}

static bool day_number(struct str word, unsigned *ret)
{
	u128 n;
	if (datatype_symbol(TYPE_DAY, word, ret))
		return true;
	if (!str_number(word, 6, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

/* Alone, a range of hours may pass midnight, and one of days may pass into the next week; in a set
 * neither is allowed. */
static void check_times_of_set(struct lowering *l, enum value_type type, const struct expr *set)
{
	unsigned lo, hi;
	for (size_t i = 0; i < set->n; i++) {
		const struct expr *e = set->items[i]->kind == EXPR_MAPPING ? set->items[i]->items[0]
									   : set->items[i];
		if (e->kind != EXPR_RANGE)
			continue;
		if (type == TYPE_HOUR && str_order(e->items[0]->text, e->items[1]->text) > 0)
			ruleset_refused_by(l->rs, LOADER_NFT, e->span,
					   "in a set, nft refuses hours that cross midnight UTC; "
					   "write them outside of a set");
		if (type == TYPE_DAY && day_number(e->items[0]->text, &lo) &&
		    day_number(e->items[1]->text, &hi) && lo > hi)
			lower_error(l, e->span, ERROR_VALUE,
				    "the range ends before it begins, and in a set nft does not "
				    "swap the two");
	}
}

static bool is_time(enum value_type t)
{
	return t == TYPE_HOUR || t == TYPE_DAY;
}

/* numgen and hashes: from the offset on, mod of them (evaluate.c: expr_evaluate_integer). */
static void check_numbers(struct lowering *l, struct str key, const struct expr *e)
{
	u128 mod = 0, offset = 0, n;
	if (!selector_numbers(key, &mod, &offset))
		return;
	for (size_t i = 0; i < e->n; i++)
		check_numbers(l, key, e->items[i]);
	if (!e->n && str_number(e->text, ~(u128)0, &n) && mod && n >= mod + offset)
		lower_error(l, e->span, ERROR_VALUE,
			    "'%.*s' never comes up: the numbers are %u to %u", STR_FMT(e->text),
			    (unsigned)offset, (unsigned)(mod + offset - 1));
}

/* One part of a key, or a value that has one part only. */
static void check_part(struct lowering *l, struct datatype d, const struct expr *e)
{
	struct key_type one = { .parts = { d }, .n = 1 };
	switch (e->kind) {
	case EXPR_WORD:
	case EXPR_STRING: check_word(l, d, e); break;
	case EXPR_PREFIX: check_prefix(l, d, e); break;
	case EXPR_LIST:
		if (!datatype_is_bitmask(d.type)) {
			lower_error(l, e->span, ERROR_SYNTAX,
				    "write several values in braces: { %.*s }; without braces, "
				    "commas join only flags",
				    STR_FMT(expr_text(l->arena, e)));
			break;
		}
		/* fall through */
	case EXPR_SET:
		for (size_t i = 0; i < e->n && !l->failed; i++)
			check_value(l, &one, e->items[i]);
		break;
	case EXPR_RANGE: check_range(l, &one, e); break;
	case EXPR_BINARY:
		check_among(l, &one, e->items[0]);
		if (!str_is(e->text, "<<") && !str_is(e->text, ">>"))
			check_among(l, &one, e->items[1]);
		break;
	case EXPR_CONCAT:
		if (d.type != TYPE_OTHER)
			lower_error(l, e->span, ERROR_TYPE,
				    "expected %s, not %zu values joined by dots",
				    value_wanted(d.type), e->n);
		break;
	case EXPR_MAPPING:
	case EXPR_MAP:
	case EXPR_SELECTOR:
	case EXPR_SET_REF:
	case EXPR_VERDICT:
	case EXPR_ANY: break;
	}
}

static void check_map(struct lowering *l, const struct key_type *values, const struct expr *left,
		      const struct expr *map)
{
	struct key_type keys = type_of(l, left);
	if (map->kind == EXPR_SET && !map->n)
		lower_error(l, map->span, ERROR_SYNTAX, "this map is empty: nft refuses it");
	for (size_t i = 0; map->kind == EXPR_SET && i < map->n && !l->failed; i++) {
		const struct expr *e = map->items[i];
		if (e->kind != EXPR_MAPPING)
			continue;
		check_among(l, &keys, e->items[0]);
		check_among(l, values, e->items[1]);
	}
	if (map->kind == EXPR_SET && is_time(keys.parts[0].type))
		check_times_of_set(l, keys.parts[0].type, map);
	if (map->kind == EXPR_SET && !l->failed)
		lower_check_overlaps(l, keys.parts, keys.n, map->items, map->n, false);
}

static void check_among(struct lowering *l, const struct key_type *t, const struct expr *e)
{
	bool before = l->among_others;
	l->among_others = true;
	check_value(l, t, e);
	l->among_others = before;
}

/* The type of a set of several parts is that of its last element (evaluate.c: expr_evaluate_set).
 */
static void check_elements(struct lowering *l, const struct key_type *t, const struct expr *set)
{
	for (size_t i = 0; i < set->n && !l->failed; i++)
		if (set->n == 1 || (i + 1 == set->n && set->items[i]->kind == EXPR_CONCAT))
			check_value(l, t, set->items[i]);
		else
			check_among(l, t, set->items[i]);
}

static void check_value(struct lowering *l, const struct key_type *t, const struct expr *e)
{
	enum value_type own;
	if (l->failed || !t->n)
		return;
	if (e->kind == EXPR_MAP) {
		check_map(l, t, e->items[0], e->items[1]);
	} else if (e->kind == EXPR_MAPPING) {
		check_value(l, t, e->items[0]);
	} else if (e->kind == EXPR_SET) {
		check_elements(l, t, e);
		if (!e->n)
			lower_error(l, e->span, ERROR_SYNTAX, "this set is empty: nft refuses it");
		else if (is_time(t->parts[0].type))
			check_times_of_set(l, t->parts[0].type, e);
		else if (t->n > 1 && !l->failed)
			lower_check_overlaps(l, t->parts, t->n, e->items, e->n, true);
	} else if (t->n == 1) {
		check_part(l, t->parts[0], e);
	} else if (e->kind == EXPR_CONCAT && e->n == t->n) {
		for (size_t i = 0; i < e->n && !l->failed; i++)
			check_part(l, t->parts[i], e->items[i]);
	} else if (e->kind == EXPR_WORD && word_type(e->text, &own) &&
		   takes_any_constant(l, t->parts[0], e)) {
		return;
	} else if (e->kind != EXPR_SET_REF && e->kind != EXPR_ANY && e->kind != EXPR_SELECTOR) {
		lower_error(l, e->span, ERROR_TYPE, "expected %zu values, joined by dots", t->n);
	}
}

/* The operand of & on the left side of a match. */
static void check_mask(struct lowering *l, const struct expr *left)
{
	struct key_type t = type_of(l, left);
	if (left->kind == EXPR_BINARY && t.parts[0].type != TYPE_OTHER)
		check_part(l, t.parts[0], left);
	for (size_t i = 0; left->kind == EXPR_CONCAT && i < left->n; i++)
		check_mask(l, left->items[i]);
}

/* Where dup and fwd send packets: an address of the family, a device, or both (stmt_evaluate_dup,
 * stmt_evaluate_fwd). */
static void check_sent_to(struct lowering *l, const struct stmt *st)
{
	enum family f = family_of(l);
	bool fwd = str_is(st->text, "fwd"), has_device = st->reads.n > 0;
	unsigned l3 = st->l3 ? st->l3 : f == FAMILY_IP ? 4 : f == FAMILY_IP6 ? 6 : 0;
	struct key_type to = { .parts = { datatype_of_type(l3 == 4   ? TYPE_ADDR4
							   : l3 == 6 ? TYPE_ADDR6
								     : TYPE_IFINDEX) },
			       .n = 1 };
	struct key_type device = { .parts = { datatype_of_type(TYPE_IFINDEX) }, .n = 1 };
	if (l3 && fwd && !has_device)
		lower_error(l, st->span, ERROR_MISSING, "expected device after the address");
	else if (!l3 && has_device)
		lower_error(l, st->span, ERROR_VALUE, "expected one device%s",
			    fwd ? ", or an address behind fwd ip to" : "");
	check_value(l, &to, st->b);
	for (size_t i = 0; i < st->reads.n; i++)
		check_value(l, &device, st->reads.items[i]);
}

/* What conntrack would have to say (nft_ct.c); NULL: nothing. */
static const struct expr *of_conntrack(const struct expr *e)
{
	if (!e || (e->kind == EXPR_SELECTOR && str_starts(e->text, "ct ")))
		return e;
	const struct expr *found = NULL;
	for (size_t i = 0; i < e->n && !found; i++)
		found = of_conntrack(e->items[i]);
	return found;
}

/* No conntrack is registered for these families (nf_conntrack_proto.c: nf_ct_netns_do_get: EPROTO).
 */
static void check_conntrack(struct lowering *l, const struct stmt *st)
{
	if (family_of(l) != FAMILY_ARP && family_of(l) != FAMILY_NETDEV)
		return;
	const struct expr *e = of_conntrack(st->a);
	e = e ? e : of_conntrack(st->b);
	for (size_t i = 0; i < st->reads.n && !e; i++)
		e = of_conntrack(st->reads.items[i]);
	if (e || str_starts(st->text, "ct count"))
		lower_error(l, e ? e->span : st->span, ERROR_PLACE,
			    "there is no conntrack in tables of %s (Protocol error)",
			    family_name(family_of(l)));
}

void lower_check_statement(struct lowering *l, const struct stmt *st)
{
	static const struct key_type verdicts = { .parts = { { TYPE_OTHER, 0 } }, .n = 1 };
	static const struct key_type queues = { .parts = { { TYPE_NUMBER, 16 } }, .n = 1 };
	if (st->kind == ST_QUEUE && st->b)
		check_value(l, &queues, st->b);
	if ((str_is(st->text, "dup") || str_is(st->text, "fwd")) && st->b)
		check_sent_to(l, st);
	check_conntrack(l, st);
	bool compares = st->kind == ST_MATCH || st->kind == ST_SET || st->kind == ST_VMAP;
	if (!compares || !st->a || !st->b)
		return;
	if (st->kind == ST_VMAP) {
		check_mask(l, st->a);
		check_map(l, &verdicts, st->a, st->b);
		return;
	}
	/* `ct helper set "name"` and `meta secmark set "name"` name an object, whose name is longer
	 * than a helper's (NFT_OBJ_MAXNAMELEN) */
	static const struct key_type object = { .parts = { { TYPE_ANY_STRING, 0 } }, .n = 1 };
	bool names_object = st->kind == ST_SET &&
			    (str_is(st->a->text, "ct helper") ||
			     (str_is(st->a->text, "meta secmark") && st->b->kind == EXPR_STRING));
	struct key_type t = names_object ? object : type_of(l, st->a);
	if (st->kind == ST_MATCH)
		check_mask(l, st->a);
	check_value(l, &t, st->b);
	if (st->kind == ST_MATCH && st->a->kind == EXPR_SELECTOR)
		check_numbers(l, st->a->text, st->b);
	/* evaluate.c: expr_evaluate_relational */
	if (str_is(st->op, "!") && st->a->kind == EXPR_BINARY)
		lower_error(l, st->span, ERROR_SYNTAX,
			    "'!' cannot negate a masked field: expected !=");
	if (str_is(st->op, "!") &&
	    (!datatype_is_bitmask(t.parts[0].type) || st->b->kind == EXPR_SET))
		lower_error(l, st->b->span, ERROR_SYNTAX, "'!' negates only flags: expected !=");
	if (st->mask)
		check_value(l, &t, st->mask);
}

/* Where an element of a map sends packets, whether a rule uses the map or not (nft_verdict_init).
 */
static void check_target(struct lowering *l, const struct nft_table *t, const struct expr *e)
{
	if (e->kind != EXPR_VERDICT || (!e->n && !e->anonymous))
		return;
	struct str name = e->anonymous ? e->anonymous->name : e->items[0]->text;
	const struct nft_chain *target = table_chain(t, name);
	if (!target)
		lower_error(l, e->n ? e->items[0]->span : e->span, ERROR_UNDEFINED,
			    "chain '%.*s' is not declared", STR_FMT(name));
	else if (target->is_base)
		lower_error(l, e->span, ERROR_PLACE,
			    "'%.*s' is a base chain: no element can send packets to it",
			    STR_FMT(name));
}

static void check_data(struct lowering *l, const struct nft_set *s, const struct key_type *data,
		       const struct expr *e)
{
	if (e->kind == EXPR_VERDICT && s->data.n && !s->holds_verdicts)
		lower_error(l, e->span, ERROR_TYPE, "this map has values, and no verdicts");
	else
		check_among(l, data, e);
}

void lower_check_sets(struct lowering *l, const struct nft_table *t)
{
	l->table = t;
	for (size_t i = 0; i < t->sets.n; i++) {
		const struct nft_set *s = t->sets.items[i];
		struct key_type key = declared_type(s->key.items, s->key.n);
		struct key_type data = declared_type(s->data.items, s->data.n);
		bool wrong = !lower_check_declared(l, s);
		for (size_t k = 0; k < s->elements.n && !l->script->diags->dropped; k++) {
			const struct expr *e = s->elements.items[k];
			l->failed = false;
			check_among(l, &key, e);
			if (e->kind == EXPR_MAPPING)
				check_data(l, s, &data, e->items[1]);
			if (e->kind == EXPR_MAPPING)
				check_target(l, t, e->items[1]);
			wrong = wrong || l->failed;
		}
		l->failed = false;
		if (!wrong)
			lower_check_overlaps(l, key.parts, key.n, s->elements.items, s->elements.n,
					     s->merges || !(s->is_interval || s->is_map));
	}
	l->failed = false;
}

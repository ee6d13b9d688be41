/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a statement sets: the bits of a field, if they are known. */
#include "lower.h"

/* field = (field & keep) ^ value */
struct formula {
	u128 keep, value;
	bool known;
};

/* The effect of an expression on the field itself: mark & 0xff | 1. */
static struct formula formula_of(struct lowering *l, const struct selector *s, const struct expr *e)
{
	struct formula f = { 0, 0, true };
	u128 c;
	if (e->kind == EXPR_SELECTOR && e->selector == s)
		return (struct formula){ ~(u128)0, 0, true };
	if (lower_constant(l, s, e, &c))
		return (struct formula){ 0, c, true };
	f.known = false;
	if (e->kind != EXPR_BINARY)
		return f;
	struct formula x = formula_of(l, s, e->items[0]);
	if (!x.known || !lower_constant(l, s, e->items[1], &c))
		return f;
	if (str_is(e->text, "&"))
		return (struct formula){ x.keep & c, x.value & c, true };
	if (str_is(e->text, "|"))
		return (struct formula){ x.keep & ~c, x.value | c, true };
	if (str_is(e->text, "^"))
		return (struct formula){ x.keep, x.value ^ c, true };
	return f;
}

/* ct timeout set "name": how long an established connection of TCP may be idle. */
static bool timeout_of(struct lowering *l, const struct stmt *st, struct statement *w)
{
	const struct nft_table *t = l->rule->chain->table;
	if (!str_is(w->text, "ct timeout"))
		return false;
	w->kind = STMT_TIMEOUT;
	w->unknown = true; /* a map, or an object of another file */
	const struct nft_object *o = table_object(t, OBJECT_TIMEOUT, st->b->text);
	if (o) {
		w->unknown = false;
		w->kind = o->is_tcp && o->has_established ? STMT_TIMEOUT : STMT_OTHER;
		w->value = o->established;
	}
	w->text = st->b->text;
	return true;
}

/* nft_ct.c: nft_ct_expect_obj_eval() is for the first packet of a connection, as long as there is
 * room. */
static void expects(struct lowering *l)
{
	static const struct mask_value not_confirmed = { CT_STATUS_CONFIRMED, 0 };
	lower_tracked(l);
	lower_add_match(l, (struct match){ .kind = MATCH_MASK,
					   .field = FIELD_CT_STATUS,
					   .mask = &not_confirmed });
	lower_opaque(l, STR("there is room for the expectation"), true);
}

/* ct zone, ct original zone, ct reply zone: set in a template (nft_ct_set_zone_eval()). */
static bool is_zone(const struct expr *e)
{
	return str_starts(e->text, "ct ") && str_contains(e->text, " zone");
}

/* What the kernel can set: nft_payload.c, nft_exthdr.c; nft_meta_set_init, nft_ct_set_init. */
static bool is_settable(struct str name)
{
	static const char meta[] = "mark priority nftrace pkttype secmark broute";
	static const char ct[] = "mark label zone event helper secmark timeout expectation";
	struct str rest = name, first = str_cut(&rest, ' ');
	if (str_is(first, "meta"))
		return str_among(rest, meta);
	if (str_is(first, "ct")) {
		if (str_starts(rest, "original ") || str_starts(rest, "reply "))
			str_cut(&rest, ' ');
		return str_among(rest, ct);
	}
	/* inside a tunnel: parser_bison.y has no set statement */
	if (str_among(first, "vxlan geneve gre gretap"))
		return !str_contains(rest, " ");
	return !str_among(first, "fib socket numgen jhash symhash osf ipsec tunnel") &&
	       !str_is(name, "rt mtu") && !str_is(name, "rt classid") &&
	       !str_contains(name, " nexthop");
}

void lower_set_statement(struct lowering *l, const struct stmt *st)
{
	const struct selector *s = st->a->kind == EXPR_SELECTOR ? st->a->selector : NULL;
	struct statement w = { .kind = STMT_OTHER, .text = expr_text(l->arena, st->a) };
	if (st->a->kind != EXPR_SELECTOR || !st->b) {
		lower_error(l, st->span, ERROR_PLACE,
			    "nothing can be written here: expected a packet field, or a meta or ct "
			    "key that can be set");
		return;
	}
	if (!is_settable(st->a->text)) {
		lower_error(l, st->a->span, ERROR_TYPE, "'%.*s' cannot be set",
			    STR_FMT(st->a->text));
		return;
	}
	lower_writes(l, st->a);
	lower_reads(l, st->b);
	if (str_is(w.text, "ct expectation"))
		expects(l);
	if (is_zone(st->a)) {
		w.kind = STMT_TEMPLATE;
		w.over_untracked = true;
		l->has_write = true;
	}
	bool is_timeout = timeout_of(l, st, &w);
	if (!is_timeout)
		w.text = lower_text(l, st);
	if (is_timeout || !s || s->field == NO_FIELD || !field_table[s->field].writable) {
		vec_push(l->arena, &l->statements, w);
		return;
	}
	struct formula f = formula_of(l, s, st->b);
	u128 max = field_max(s->field);
	w.kind = STMT_WRITE;
	w.field = s->field;
	w.mask = ~f.keep & max;
	w.value = f.value & max;
	w.needs_ct = s->field == FIELD_CT_MARK;
	if (!f.known || (!field_table[s->field].masked && w.mask != max)) {
		w.unknown = true;
		w.mask = max;
		w.value = 0;
	}
	/* one unknown value for each rule of the model */
	if (w.unknown && l->has_unknown)
		lower_split(l);
	l->has_unknown = l->has_unknown || w.unknown;
	l->has_write = true;
	vec_push(l->arena, &l->statements, w);
}

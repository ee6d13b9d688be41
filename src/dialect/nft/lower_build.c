/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of the model, put together piece by piece.
 *
 * A rule of nft is a list that is run from left to right, and a rule of the
 * model is tests, then statements, then a verdict. Where a test follows a write, the rule is split:
 * the first part is a "head", and the second is only for packets that matched the head.
 */
#include "lower.h"

#include <stdarg.h>

void lower_error(struct lowering *l, struct span at, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	if (l->failed)
		return;
	l->failed = true;
	va_start(ap, fmt);
	diag_vadd(l->script->diags, at, code, fmt, ap);
	va_end(ap);
}

/* ---- building one rule ---- */

struct rule *lower_emit(struct lowering *l, const struct verdict *v)
{
	struct rule r = { .span = l->rule->span,
			  .verdict = *v,
			  .comment = l->rule->comment,
			  .same_rule = l->is_started,
			  .is_part = l->is_part,
			  .needs_whole = l->needs_whole };
	r.n_matches = (uint32_t)l->matches.n;
	r.n_statements = (uint32_t)l->statements.n;
	struct match *m = arena_new_array(l->arena, struct match, r.n_matches);
	struct statement *s = arena_new_array(l->arena, struct statement, r.n_statements);
	if (r.n_matches)
		memcpy(m, l->matches.items, r.n_matches * sizeof(*m));
	if (r.n_statements)
		memcpy(s, l->statements.items, r.n_statements * sizeof(*s));
	r.matches = m;
	r.statements = s;
	l->is_started = true;
	return ruleset_add_rule(l->rs, l->chain, l->chain->n, &r);
}

static bool is_written(const struct lowering *l, enum field f)
{
	for (size_t i = 0; i < l->statements.n; i++)
		if ((l->statements.items[i].kind == STMT_WRITE &&
		     l->statements.items[i].field == f) ||
		    ((l->statements.items[i].kind == STMT_NOTRACK ||
		      l->statements.items[i].kind == STMT_TEMPLATE) &&
		     f == FIELD_CT_STATE))
			return true;
	return false;
}

void lower_split(struct lowering *l)
{
	struct verdict on = { .kind = VERDICT_CONTINUE, .span = l->rule->span };
	struct rule *head = lower_emit(l, &on);
	size_t kept = 0;
	head->is_head = true;
	/* Later parts repeat the tests that still hold; the head has handled the others. */
	for (size_t i = 0; i < l->matches.n; i++) {
		const struct match *m = &l->matches.items[i];
		bool simple = m->kind == MATCH_RANGES || m->kind == MATCH_MASK;
		if (m->kind == MATCH_OPAQUE || (simple && !is_written(l, m->field)))
			l->matches.items[kept++] = *m;
	}
	l->matches.n = kept;
	l->statements.n = 0;
	l->has_write = l->has_unknown = false;
	l->is_part = true;
}

static bool same_ranges(const struct match *x, const struct match *y)
{
	if (x->kind != MATCH_RANGES || y->kind != MATCH_RANGES || x->field != y->field ||
	    x->negate != y->negate || x->no_template != y->no_template || x->n != y->n)
		return false;
	for (uint32_t i = 0; i < x->n; i++)
		if (x->ranges[i].lo != y->ranges[i].lo || x->ranges[i].hi != y->ranges[i].hi)
			return false;
	return true;
}

void lower_add_match(struct lowering *l, struct match m)
{
	for (size_t i = 0; i < l->matches.n; i++)
		if (same_ranges(&l->matches.items[i], &m) && !is_written(l, m.field))
			return;
	if (l->has_write)
		lower_split(l);
	vec_push(l->arena, &l->matches, m);
}

void lower_opaque(struct lowering *l, struct str text, bool stateful)
{
	struct match m = { .kind = MATCH_OPAQUE };
	struct opaque *o = ruleset_add_opaque(l->rs, &l->pure_texts, text,
					      stateful ? OPAQUE_STATEFUL : OPAQUE_PURE);
	if (stateful)
		o->key = limit_key(l->arena, text);
	m.opaque = o;
	lower_add_match(l, m);
}

static void add_range(struct lowering *l, enum field f, u128 lo, u128 hi)
{
	struct range *r = arena_new_one(l->arena, struct range);
	*r = (struct range){ lo, hi };
	lower_add_match(l, (struct match){ .kind = MATCH_RANGES, .field = f, .n = 1, .ranges = r });
}

/* nft_ct.c: nft_ct_get_eval() leaves the rule if there is no entry or only a template, except for
 * the state. */
void lower_tracked(struct lowering *l)
{
	static const struct range tracked = { CT_STATE_NEW, CT_STATE_RELATED };
	lower_add_match(l, (struct match){ .kind = MATCH_RANGES,
					   .field = FIELD_CT_STATE,
					   .no_template = true,
					   .n = 1,
					   .ranges = &tracked });
}

void lower_whole(struct lowering *l)
{
	if (!l->needs_whole && l->has_write)
		lower_split(l);
	l->needs_whole = true;
}

void lower_l4proto(struct lowering *l, unsigned proto)
{
	add_range(l, FIELD_L4PROTO, proto, proto);
}

void lower_nfproto(struct lowering *l, enum nfproto_value v)
{
	enum family f = l->rule->chain->table->family;
	if (f != FAMILY_IP && f != FAMILY_IP6)
		add_range(l, FIELD_NFPROTO, v, v);
}

void lower_implied(struct lowering *l, const struct selector *s)
{
	if (!s)
		return;
	if (s->l3)
		lower_nfproto(l, s->l3 == 6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4);
	if (s->l4)
		lower_l4proto(l, s->l4);
}

struct str lower_text(const struct lowering *l, const struct stmt *st)
{
	struct str text = source_view(l->script->source, st->span);
	struct text out = { .arena = l->arena };
	if (!str_contains(text, "$"))
		return text;
	text_printf(&out, "%.*s%s", STR_FMT(st->text),
		    str_contains(text, "fanout") ? " fanout" : "");
	if (st->b)
		text_printf(&out, " %.*s", STR_FMT(expr_text(l->arena, st->b)));
	for (size_t i = 0; i < st->reads.n; i++)
		text_printf(&out, " %.*s", STR_FMT(expr_text(l->arena, st->reads.items[i])));
	return text_str(&out);
}

/* ---- verdicts ---- */

bool lower_verdict(struct lowering *l, const struct expr *e, struct verdict *ret)
{
	static const struct {
		const char *word;
		enum verdict_kind kind;
	} kinds[] = {
		{ "accept", VERDICT_ACCEPT },     { "drop", VERDICT_DROP },
		{ "continue", VERDICT_CONTINUE }, { "return", VERDICT_RETURN },
		{ "jump", VERDICT_JUMP },         { "goto", VERDICT_GOTO },
	};
	struct verdict v = { .span = e->span };
	if (e->kind != EXPR_VERDICT) {
		lower_error(l, e->span, ERROR_TYPE, "expected a verdict");
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_is(e->text, kinds[i].word))
			v.kind = kinds[i].kind;
	if (v.kind != VERDICT_JUMP && v.kind != VERDICT_GOTO) {
		*ret = v;
		return true;
	}
	struct str name = e->anonymous ? e->anonymous->name : e->items[0]->text;
	struct nft_chain *target = table_chain(l->rule->chain->table, name);
	if (!target)
		lower_error(l, e->n ? e->items[0]->span : e->span, ERROR_UNDEFINED,
			    "chain '%.*s' is not declared", STR_FMT(name));
	else if (target->is_base)
		lower_error(l, e->span, ERROR_PLACE,
			    "'%.*s' is a base chain: no rule can jump to it", STR_FMT(name));
	else
		v.target = target->lowered;
	if (l->failed)
		return false;
	*ret = v;
	return true;
}

struct nft_set *lower_find_set(struct lowering *l, const struct expr *ref)
{
	struct nft_set *s = table_set(l->rule->chain->table, ref->text);
	if (!s)
		lower_error(l, ref->span, ERROR_UNDEFINED, "set '%.*s' is not declared",
			    STR_FMT(ref->text));
	return s;
}

bool lower_is_catch_all(const struct expr *key)
{
	return key->kind == EXPR_ANY || (key->kind == EXPR_WORD && str_is(key->text, "*"));
}

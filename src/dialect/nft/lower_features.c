/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a script uses that not every version of the kernel and of nft has (model_feature.h). */
#include "lower.h"

static void use(struct ruleset *rs, enum feature_kind kind, struct str name, struct span at)
{
	ruleset_uses(rs, feature_find(kind, name), at);
}

static struct str first_word(struct str s)
{
	return str_cut(&s, ' ');
}

static void selector(struct ruleset *rs, const struct expr *e)
{
	struct str rest = e->text, first = str_cut(&rest, ' '), second = first_word(rest);
	struct str two = { e->text.p, second.n ? first.n + 1 + second.n : first.n };
	const struct feature *f = feature_find(FEATURE_SELECTOR, two);
	ruleset_uses(rs, f ? f : feature_find(FEATURE_SELECTOR, first), e->span);
}

/* "eth*" among elements. */
static void element(struct ruleset *rs, const struct expr *e)
{
	const struct expr *key = element_key(e);
	struct str s = key->text;
	if (key->kind == EXPR_STRING && s.n > 1 && s.p[s.n - 1] == '*' && s.p[s.n - 2] != '\\')
		use(rs, FEATURE_SET, STR("wildcard names"), key->span);
}

static void expression(struct ruleset *rs, const struct expr *e)
{
	if (!e)
		return;
	for (size_t i = 0; e->kind == EXPR_SET && i < e->n; i++)
		element(rs, e->items[i]);
	if (e->kind == EXPR_SELECTOR)
		selector(rs, e);
	else if (e->kind == EXPR_ANY)
		use(rs, FEATURE_SET, STR("catch-all"), e->span);
	else if (e->kind == EXPR_CONCAT && is_interval_key(e))
		use(rs, FEATURE_SET, STR("anonymous concatenated intervals"), e->span);
	if (e->anonymous)
		use(rs, FEATURE_CHAIN, STR("anonymous"), e->span);
	for (size_t i = 0; i < e->n; i++)
		expression(rs, e->items[i]);
}

static void statement(struct ruleset *rs, const struct stmt *st)
{
	if (st->kind == ST_STOLEN || st->kind == ST_TPROXY || st->kind == ST_OTHER)
		use(rs, FEATURE_STATEMENT, first_word(st->text), st->span);
	if (st->kind == ST_NAT && st->nat_prefix)
		use(rs, FEATURE_STATEMENT, STR("nat prefix"), st->span);
	if (st->mask)
		use(rs, FEATURE_SELECTOR, STR("value under a mask"), st->span);
	expression(rs, st->a);
	expression(rs, st->b);
	expression(rs, st->mask);
	for (size_t i = 0; i < st->reads.n; i++)
		expression(rs, st->reads.items[i]);
}

/* Of base chains alone: where a jump leads is not followed. */
static void reject(struct ruleset *rs, const struct nft_chain *c, const struct stmt *st)
{
	if (st->kind == ST_REJECT && c->is_base && c->hook == HOOK_PREROUTING)
		use(rs, FEATURE_STATEMENT, STR("reject at prerouting"), st->span);
	if (st->kind == ST_REJECT && c->is_base && c->hook == HOOK_INGRESS)
		use(rs, FEATURE_STATEMENT, STR("reject at ingress"), st->span);
}

static void chain(struct ruleset *rs, const struct nft_chain *c)
{
	const char *family = family_name(c->table->family);
	if (c->is_base && c->type == CHAIN_NAT)
		use(rs, FEATURE_CHAIN, str_from(arena_printf(rs->arena, "%s nat", family)),
		    c->span);
	if (c->is_base && c->hook == HOOK_INGRESS)
		use(rs, FEATURE_CHAIN, str_from(arena_printf(rs->arena, "%s ingress", family)),
		    c->span);
	if (c->is_base && c->hook == HOOK_EGRESS)
		use(rs, FEATURE_CHAIN, STR("netdev egress"), c->span);
	for (size_t i = 0; i < c->rules.n; i++)
		for (size_t k = 0; k < c->rules.items[i]->stmts.n; k++) {
			statement(rs, c->rules.items[i]->stmts.items[k]);
			reject(rs, c, c->rules.items[i]->stmts.items[k]);
		}
}

static void set(struct ruleset *rs, const struct nft_set *s)
{
	bool said = s->is_interval && s->key.n > 1;
	if (said)
		use(rs, FEATURE_SET, STR("concatenated intervals"), s->span);
	if (s->n_stateful)
		use(rs, FEATURE_SET, STR("stateful"), s->span);
	if (s->n_stateful > 1)
		use(rs, FEATURE_SET, STR("several stateful"), s->span);
	for (size_t i = 0; i < s->elements.n; i++)
		element(rs, s->elements.items[i]);
	for (size_t i = 0; i < s->elements.n; i++)
		if (!said || element_key(s->elements.items[i])->kind != EXPR_CONCAT)
			expression(rs, s->elements.items[i]);
}

void lower_features(const struct script *s, struct ruleset *rs)
{
	for (size_t i = 0; i < s->features.n; i++)
		vec_push(rs->arena, &rs->features, s->features.items[i]);
	for (size_t i = 0; i < s->n; i++) {
		const struct nft_table *t = s->items[i];
		for (size_t k = 0; k < t->sets.n; k++)
			set(rs, t->sets.items[k]);
		for (size_t k = 0; k < t->chains.n; k++)
			chain(rs, t->chains.items[k]);
		for (unsigned k = 0; k < OBJECT_KINDS; k++)
			if (t->objects >> k & 1)
				use(rs, FEATURE_OBJECT, str_from(object_word((enum object_kind)k)),
				    t->span);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables, chains, rules and sets, as the commands of a script change them. */
#include "nft.h"

#include <stdarg.h>

void script_error(struct script *s, struct span at, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	diag_vadd(s->diags, at, code, fmt, ap);
	va_end(ap);
}

void script_refused(struct script *s, struct span at, const char *message)
{
	struct script_note n = { at, message };
	vec_push(s->arena, &s->notes, n);
}

void script_uses(struct script *s, enum feature_kind kind, const char *name, struct span at)
{
	const struct feature *f = feature_find(kind, str_from(name));
	FW_ASSERT(f);
	vec_push(s->arena, &s->features, ((struct feature_use){ f, at }));
}

bool family_find(struct str word, enum family *ret)
{
	for (unsigned f = FAMILY_IP; f <= FAMILY_ARP; f++)
		if (str_is(word, family_name((enum family)f))) {
			*ret = (enum family)f;
			return true;
		}
	return false;
}

/* ---- tables ---- */

struct nft_table *script_table(struct script *s, enum family f, struct str name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i]->family == f && str_eq(s->items[i]->name, name))
			return s->items[i];
	return NULL;
}

static bool is_known_gone(const struct script *s, enum family f, struct str name)
{
	bool gone = s->is_flushed[f];
	for (size_t i = 0; i < s->gone.n && !gone; i++)
		gone = s->gone.items[i]->family == f && str_eq(s->gone.items[i]->name, name);
	return gone;
}

struct nft_table *script_add_table(struct script *s, enum family f, struct str name,
				   struct span span)
{
	struct nft_table *t = script_table(s, f, name);
	if (t)
		return t;
	t = arena_new_one(s->arena, struct nft_table);
	*t = (struct nft_table){
		.family = f, .name = name, .span = span, .is_new = is_known_gone(s, f, name)
	};
	hash_init(&t->chain_by_name, s->arena);
	hash_init(&t->set_by_name, s->arena);
	for (unsigned k = 0; k < OBJECT_KINDS; k++)
		hash_init(&t->object_by_name[k], s->arena);
	vec_push(s->arena, s, t);
	return t;
}

void script_delete_table(struct script *s, struct nft_table *t)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i] == t) {
			vec_remove(s, i);
			if (!is_known_gone(s, t->family, t->name))
				vec_push(s->arena, &s->gone, t);
			return;
		}
}

void script_flush(struct script *s, const enum family *f)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++)
		if (f && s->items[i]->family != *f)
			s->items[kept++] = s->items[i];
	s->n = kept;
	for (size_t i = 0; i < ARRAY_SIZE(s->is_flushed); i++)
		s->is_flushed[i] = s->is_flushed[i] || !f || *f == i;
}

void script_missing(struct script *s, struct span at, const struct nft_table *t, enum family f,
		    const char *kind, struct str name)
{
	bool certain = t ? t->is_new : is_known_gone(s, f, name);
	s->fails = true;
	if (certain)
		script_error(s, at, ERROR_UNDEFINED,
			     "there is no %s '%.*s' at this line: nft refuses the file", kind,
			     STR_FMT(name));
	else
		script_refused(s, at,
			       arena_printf(s->arena,
					    "nft refuses this file where no %s '%.*s' exists yet, "
					    "for example at boot",
					    kind, STR_FMT(name)));
}

/* ---- what uses a chain or a set ---- */

static bool uses(const struct expr *e, enum expr_kind by, struct str name)
{
	bool found = e && e->kind == by &&
		     (by == EXPR_SET_REF ? str_eq(e->text, name)
					 : e->n && str_eq(e->items[0]->text, name));
	for (size_t i = 0; e && i < e->n && !found; i++)
		found = uses(e->items[i], by, name);
	return found;
}

static bool rule_uses(const struct nft_rule *r, enum expr_kind by, struct str name)
{
	for (size_t i = 0; i < r->stmts.n; i++) {
		const struct stmt *st = r->stmts.items[i];
		bool found = uses(st->a, by, name) || uses(st->b, by, name);
		for (size_t k = 0; k < st->reads.n && !found; k++)
			found = uses(st->reads.items[k], by, name);
		if (found)
			return true;
	}
	return false;
}

#define LOOKED_AT_MAX 5000000u

bool script_is_used(struct script *s, const struct nft_table *t, enum expr_kind by, struct str name)
{
	for (size_t i = 0; i < t->chains.n; i++)
		for (size_t k = 0; k < t->chains.items[i]->rules.n && s->compared < LOOKED_AT_MAX;
		     k++, s->compared++)
			if (!str_eq(t->chains.items[i]->name, name) &&
			    rule_uses(t->chains.items[i]->rules.items[k], by, name))
				return true;
	for (size_t i = 0; by == EXPR_VERDICT && i < t->sets.n; i++)
		for (size_t k = 0; k < t->sets.items[i]->elements.n && s->compared < LOOKED_AT_MAX;
		     k++, s->compared++)
			if (uses(t->sets.items[i]->elements.items[k], by, name))
				return true;
	return false;
}

void script_check_targets(struct script *s, const struct nft_table *t, const struct expr *e)
{
	if (!e)
		return;
	if (e->kind == EXPR_VERDICT && e->n && !table_chain(t, e->items[0]->text))
		script_missing(s, e->span, t, t->family, "chain", e->items[0]->text);
	for (size_t i = 0; i < e->n; i++)
		script_check_targets(s, t, e->items[i]);
}

/* Does a statement, or a map that it uses, name the object? */
static bool names_object(const struct nft_table *t, const struct expr *e, struct str name)
{
	if (!e)
		return false;
	if (e->kind == EXPR_MAP && e->items[1]->kind == EXPR_SET_REF) {
		const struct nft_set *set = table_set(t, e->items[1]->text);
		for (size_t i = 0; set && i < set->elements.n; i++)
			if (set->elements.items[i]->kind == EXPR_MAPPING &&
			    str_eq(set->elements.items[i]->items[1]->text, name))
				return true;
		return false;
	}
	if (e->kind != EXPR_MAP)
		return str_eq(e->text, name);
	for (size_t i = 0; i < e->items[1]->n; i++)
		if (e->items[1]->items[i]->kind == EXPR_MAPPING &&
		    str_eq(e->items[1]->items[i]->items[1]->text, name))
			return true;
	return false;
}

bool script_uses_object(struct script *s, const struct nft_table *t, enum object_kind kind,
			struct str name)
{
	enum object_kind k;
	for (size_t i = 0; i < t->chains.n; i++)
		for (size_t r = 0; r < t->chains.items[i]->rules.n && s->compared < LOOKED_AT_MAX;
		     r++, s->compared++)
			for (size_t j = 0; j < t->chains.items[i]->rules.items[r]->stmts.n; j++) {
				const struct stmt *st =
					t->chains.items[i]->rules.items[r]->stmts.items[j];
				if (stmt_object(st, &k) && k == kind &&
				    names_object(t, stmt_object(st, &k), name))
					return true;
			}
	return false;
}

/* A set, a map or an object that an earlier line must have made. */
static void check_names(struct script *s, const struct nft_table *t, const struct stmt *st)
{
	enum object_kind kind;
	const struct expr *o = stmt_object(st, &kind), *const sides[] = { st->a, st->b };
	if (o && (o->kind == EXPR_WORD || o->kind == EXPR_STRING) &&
	    !table_object(t, kind, o->text))
		script_missing(s, o->span, t, t->family, object_word(kind), o->text);
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		const struct expr *e = sides[i] && sides[i]->kind == EXPR_MAP ? sides[i]->items[1]
									      : sides[i];
		if (e && e->kind == EXPR_SET_REF && !table_set(t, e->text))
			script_missing(s, e->span, t, t->family, "set or map", e->text);
	}
}

void script_check_rule_targets(struct script *s, const struct nft_table *t,
			       const struct nft_rule *r)
{
	for (size_t i = 0; i < r->stmts.n; i++) {
		script_check_targets(s, t, r->stmts.items[i]->a);
		script_check_targets(s, t, r->stmts.items[i]->b);
		check_names(s, t, r->stmts.items[i]);
	}
}

/* ---- chains ---- */

struct nft_chain *table_chain(const struct nft_table *t, struct str name)
{
	struct nft_chain *c = hash_get(&t->chain_by_name, name);
	return c && c->table ? c : NULL;
}

struct nft_chain *table_add_chain(struct script *s, struct nft_table *t, struct str name,
				  struct span span)
{
	struct nft_chain *c = table_chain(t, name);
	if (c)
		return c;
	c = arena_new_one(s->arena, struct nft_chain);
	*c = (struct nft_chain){ .table = t, .name = name, .span = span };
	hash_put(&t->chain_by_name, name, c);
	vec_push(s->arena, &t->chains, c);
	return c;
}

void script_check_redeclared(struct script *s, const struct nft_chain *c,
			     const struct nft_chain *was, bool old, struct span at)
{
	if (c->has_policy && !c->is_base)
		script_error(s, at, ERROR_MISSING,
			     "chain '%.*s' has a policy but no hook: expected type, hook and "
			     "priority",
			     STR_FMT(c->name));
	else if (old && c->is_base && !was->is_base)
		script_error(s, at, ERROR_DUPLICATE,
			     "chain '%.*s' already exists, without a hook: a hook cannot be "
			     "added",
			     STR_FMT(c->name));
	else if (old && was->is_base &&
		 (c->hook != was->hook || c->type != was->type || c->priority != was->priority))
		script_error(s, at, ERROR_DUPLICATE,
			     "chain '%.*s' already exists: its type, hook and priority cannot be "
			     "changed",
			     STR_FMT(c->name));
}

void table_delete_chain(struct nft_table *t, struct nft_chain *c)
{
	for (size_t i = 0; i < t->chains.n; i++)
		if (t->chains.items[i] == c) {
			vec_remove(&t->chains, i);
			c->table = NULL; /* the hash keeps it */
			return;
		}
}

/* ---- sets ---- */

struct nft_set *table_set(const struct nft_table *t, struct str name)
{
	struct nft_set *set = hash_get(&t->set_by_name, name);
	return set && set->table ? set : NULL;
}

struct nft_set *table_add_set(struct script *s, struct nft_table *t, struct str name,
			      struct span span)
{
	struct nft_set *set = table_set(t, name);
	if (set)
		return set;
	set = arena_new_one(s->arena, struct nft_set);
	*set = (struct nft_set){ .table = t, .name = name, .span = span };
	hash_put(&t->set_by_name, name, set);
	vec_push(s->arena, &t->sets, set);
	return set;
}

void table_delete_set(struct nft_table *t, struct nft_set *set)
{
	for (size_t i = 0; i < t->sets.n; i++)
		if (t->sets.items[i] == set) {
			vec_remove(&t->sets, i);
			set->table = NULL;
			return;
		}
}

void set_add_elements(struct script *s, struct nft_set *set, const struct expr *elements)
{
	for (size_t i = 0; elements && i < elements->n; i++) {
		struct expr *e = elements->items[i];
		if (e->temporary || (e->kind == EXPR_MAPPING && e->items[0]->temporary))
			set->is_dynamic = true;
		vec_push(s->arena, &set->elements, e);
	}
}

static bool same_types(const struct datatype *x, size_t n, const struct datatype *y, size_t m)
{
	for (size_t i = 0; i < n && i < m; i++)
		if (x[i].type != y[i].type && x[i].type != TYPE_OTHER && y[i].type != TYPE_OTHER)
			return false;
	return n == m;
}

static bool same_set(const struct nft_set *x, const struct nft_set *y)
{
	return x->is_map == y->is_map && x->holds_verdicts == y->holds_verdicts &&
	       x->holds_objects == y->holds_objects &&
	       (x->is_interval || x->merges) == (y->is_interval || y->merges) &&
	       x->flag_constant == y->flag_constant && x->flag_dynamic == y->flag_dynamic &&
	       x->flag_timeout == y->flag_timeout && x->n_stateful == y->n_stateful &&
	       str_eq(x->timeout, y->timeout) && str_eq(x->gc_interval, y->gc_interval) &&
	       same_types(x->key.items, x->key.n, y->key.items, y->key.n) &&
	       same_types(x->data.items, x->data.n, y->data.items, y->data.n);
}

void script_redeclare_set(struct script *s, struct nft_set *set, const struct nft_set *again,
			  struct span at)
{
	if (!same_set(set, again))
		script_error(s, at, ERROR_DUPLICATE,
			     "'%.*s' already exists: its type, flags and timeouts cannot be "
			     "changed",
			     STR_FMT(set->name));
	for (size_t i = 0; i < again->elements.n; i++)
		vec_push(s->arena, &set->elements, again->elements.items[i]);
	set->is_dynamic = set->is_dynamic || again->is_dynamic;
}

/* ---- the words of base chains ---- */

// clang-format off
static const char *const hooks[HOOK_COUNT] = {
	[HOOK_INGRESS] = "ingress", [HOOK_PREROUTING] = "prerouting", [HOOK_INPUT] = "input",
	[HOOK_FORWARD] = "forward", [HOOK_OUTPUT] = "output",
	[HOOK_POSTROUTING] = "postrouting", [HOOK_EGRESS] = "egress",
};
// clang-format on

const char *hook_word(enum hook h)
{
	return hooks[h];
}

bool hook_find(struct str word, enum hook *ret)
{
	for (size_t i = 0; i < HOOK_COUNT; i++)
		if (str_is(word, hooks[i])) {
			*ret = (enum hook)i;
			return true;
		}
	return false;
}

bool chain_type_find(struct str word, enum chain_type *ret)
{
	static const char *const types[] = {
		[CHAIN_FILTER] = "filter",
		[CHAIN_NAT] = "nat",
		[CHAIN_ROUTE] = "route",
	};
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_is(word, types[i])) {
			*ret = (enum chain_type)i;
			return true;
		}
	return false;
}

/* nft(8), standard priority names; rule.c of nftables: std_prio_family_hook_compat */
bool priority_find(struct str word, enum family f, enum hook h, int *ret)
{
	static const unsigned all = (1u << HOOK_COUNT) - 1, pre = 1u << HOOK_PREROUTING,
			      post = 1u << HOOK_POSTROUTING, out = 1u << HOOK_OUTPUT;
	const struct {
		const char *name;
		int ip, bridge;
		unsigned ip_hooks, bridge_hooks;
	} names[] = {
		{ "raw", PRIORITY_RAW, 0, all, 0 },
		{ "mangle", PRIORITY_MANGLE, 0, all, 0 },
		{ "dstnat", PRIORITY_DSTNAT, -300, pre | out, pre },
		{ "filter", PRIORITY_FILTER, -200, all, all },
		{ "security", PRIORITY_SECURITY, 0, all, 0 },
		{ "srcnat", PRIORITY_SRCNAT, 300, post, post },
		{ "out", 0, 100, 0, out },
	};
	bool ip = f == FAMILY_IP || f == FAMILY_IP6 || f == FAMILY_INET;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_is(word, names[i].name)) {
			if (ip                   ? !(names[i].ip_hooks & 1u << h)
			    : f == FAMILY_BRIDGE ? !(names[i].bridge_hooks & 1u << h)
						 : !str_is(word, "filter"))
				return false;
			*ret = f == FAMILY_BRIDGE ? names[i].bridge : names[i].ip;
			return true;
		}
	return false;
}

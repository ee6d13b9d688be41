/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The expressions of libnftables-json(5), into the same tree as the text. */
#include "json.h"

struct expr *json_wrong(struct script *s, const struct json *j, const char *what)
{
	script_error(s, j->span, ERROR_SYNTAX, "expected %s", what);
	return NULL;
}

struct expr *json_selector(struct script *s, const struct json *j, struct text *name)
{
	struct expr *e = expr_new(s->arena, EXPR_SELECTOR, j->span, text_str(name));
	e->selector = selector_find(e->text);
	return e;
}

static void add_member(struct text *t, const struct json *j, const char *key)
{
	struct str v = json_member(j, key);
	if (v.n)
		text_printf(t, " %.*s", STR_FMT(v));
}

static void add_option(struct text *t, const struct json *j, const char *key, const char *word)
{
	struct str v = json_member(j, key);
	if (v.n && !str_is(v, "0"))
		text_printf(t, " %s %.*s", word, STR_FMT(v));
}

/* ---- selectors ---- */

static void payload(struct text *t, const struct json *j)
{
	struct str protocol = json_member(j, "protocol"), field = json_member(j, "field");
	struct str tunnel = json_member(j, "tunnel");
	if (json_get(j, "base")) {
		text_printf(t, "@%.*s,%.*s,%.*s", STR_FMT(json_member(j, "base")),
			    STR_FMT(json_member(j, "offset")), STR_FMT(json_member(j, "len")));
		return;
	}
	if (tunnel.n && !str_eq(tunnel, protocol))
		text_printf(t, "%.*s ", STR_FMT(tunnel));
	text_printf(t, "%.*s %.*s", STR_FMT(protocol), STR_FMT(field));
}

static void meta(struct text *t, const struct json *j)
{
	text_printf(t, "meta %.*s", STR_FMT(meta_key_name(json_member(j, "key"))));
}

static void ct(struct text *t, const struct json *j)
{
	struct str family = json_member(j, "family");
	text_printf(t, "ct");
	add_member(t, j, "dir");
	if (family.n)
		text_printf(t, " %.*s", STR_FMT(family));
	add_member(t, j, "key");
}

static void fib(struct text *t, const struct json *j)
{
	const struct json *flags = json_get(j, "flags");
	text_printf(t, "fib");
	if (flags && flags->kind == JSON_STRING)
		text_printf(t, " %.*s", STR_FMT(flags->text));
	for (size_t i = 0; flags && i < flags->n; i++)
		text_printf(t, "%s%.*s", i ? " . " : " ", STR_FMT(flags->items[i]->text));
	if (str_is(json_member(j, "result"), "check"))
		text_printf(t, " oif");
	else
		add_member(t, j, "result");
}

static void exthdr(struct text *t, const struct json *j)
{
	bool whole = !json_get(j, "field");
	text_printf(t, whole ? "exthdr %.*s" : "%.*s", STR_FMT(json_member(j, "name")));
	add_member(t, j, "field");
	/* rt0 addr[1], srh sid[2] */
	struct str offset = json_member(j, "offset");
	if (offset.n &&
	    (str_is(json_member(j, "name"), "rt0") || str_is(json_member(j, "name"), "srh")))
		text_printf(t, "[%.*s]", STR_FMT(offset));
}

static void tcp_option(struct text *t, const struct json *j)
{
	struct str name = json_member(j, "name");
	text_printf(t, "tcp option");
	if (json_get(j, "base")) {
		text_printf(t, " @");
		add_member(t, j, "base");
		add_member(t, j, "offset");
		add_member(t, j, "len");
		return;
	}
	text_printf(t, " %.*s", STR_FMT(str_is(name, "mss") ? STR("maxseg") : name));
	add_member(t, j, "field");
}

static void two_words(struct text *t, const struct json *j, const char *head)
{
	text_printf(t, "%s", head);
	add_member(t, j, "name");
	add_member(t, j, "field");
}

static void numgen(struct text *t, const struct json *j)
{
	text_printf(t, "numgen %.*s mod %.*s", STR_FMT(json_member(j, "mode")),
		    STR_FMT(json_member(j, "mod")));
	add_option(t, j, "offset", "offset");
}

/* NULL: not an expression. */
static struct expr *hash(struct script *s, struct text *t, const struct json *j, bool keyed)
{
	struct expr *of = keyed && json_get(j, "expr") ? json_expr(s, json_get(j, "expr")) : NULL;
	text_printf(t, keyed ? "jhash " : "symhash");
	if (of)
		expr_print(t, of);
	text_printf(t, " mod %.*s", STR_FMT(json_member(j, "mod")));
	add_option(t, j, "seed", "seed");
	add_option(t, j, "offset", "offset");
	return of;
}

static void ipsec(struct text *t, const struct json *j)
{
	text_printf(t, "ipsec");
	add_member(t, j, "dir");
	add_option(t, j, "spnum", "spnum");
	add_member(t, j, "family");
	add_member(t, j, "key");
}

static void rt(struct text *t, const struct json *j)
{
	text_printf(t, "rt");
	add_member(t, j, "family");
	add_member(t, j, "key");
}

static void socket_key(struct text *t, const struct json *j)
{
	text_printf(t, "socket");
	add_member(t, j, "key");
	if (json_get(j, "level"))
		text_printf(t, " level %.*s", STR_FMT(json_member(j, "level")));
}

static void osf(struct text *t, const struct json *j)
{
	text_printf(t, "osf");
	if (json_get(j, "ttl"))
		text_printf(t, " ttl %.*s", STR_FMT(json_member(j, "ttl")));
	add_member(t, j, "key");
}

static void tunnel(struct text *t, const struct json *j)
{
	text_printf(t, "tunnel");
	add_member(t, j, "key");
}

// clang-format off
static const struct { const char *key; void (*print)(struct text *, const struct json *); } readers[] = {
	{ "payload", payload }, { "meta", meta }, { "ct", ct }, { "fib", fib }, { "exthdr", exthdr },
	{ "tcp option", tcp_option }, { "numgen", numgen }, { "ipsec", ipsec }, { "rt", rt },
	{ "socket", socket_key }, { "osf", osf }, { "tunnel", tunnel },
};
// clang-format on

/* NULL: not the key of a selector. */
static struct expr *selector(struct script *s, struct str key, const struct json *v)
{
	struct text t = { .arena = s->arena };
	struct expr *of = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (str_is(key, readers[i].key) && v->kind == JSON_OBJECT) {
			readers[i].print(&t, v);
			return json_selector(s, v, &t);
		}
	if (str_is(key, "ip option"))
		two_words(&t, v, "ip option");
	else if (str_is(key, "sctp chunk"))
		two_words(&t, v, "sctp chunk");
	else if (str_is(key, "dccp option"))
		text_printf(&t, "dccp option %.*s", STR_FMT(json_member(v, "type")));
	else if (str_is(key, "jhash") || str_is(key, "symhash"))
		of = hash(s, &t, v, str_is(key, "jhash"));
	else
		return NULL;
	struct expr *e = json_selector(s, v, &t);
	if (of)
		expr_add(s->arena, e, of);
	return e;
}

/* ---- expressions ---- */

static struct expr *list(struct script *s, const struct json *j, const struct json *items,
			 enum expr_kind kind, struct str text)
{
	struct expr *e = expr_new(s->arena, kind, j->span, text);
	if (items->kind != JSON_ARRAY)
		return json_wrong(s, items, "an array");
	for (size_t i = 0; i < items->n; i++) {
		struct expr *item = json_expr(s, items->items[i]);
		if (!item)
			return NULL;
		expr_add(s->arena, e, item);
	}
	return e;
}

bool json_is_verdict(struct str w)
{
	return str_is(w, "accept") || str_is(w, "drop") || str_is(w, "continue") ||
	       str_is(w, "return") || str_is(w, "jump") || str_is(w, "goto");
}

struct expr *json_verdict(struct script *s, const struct json *j, struct str word,
			  const struct json *v)
{
	struct expr *e = expr_new(s->arena, EXPR_VERDICT, j->span, word);
	const struct json *target = json_get(v, "target");
	if (!str_is(word, "jump") && !str_is(word, "goto"))
		return e;
	if (!target || target->kind != JSON_STRING)
		return json_wrong(s, j, "the chain as \"target\"");
	expr_add(s->arena, e, expr_new(s->arena, EXPR_WORD, target->span, target->text));
	return e;
}

/* {"&": [a, b]}; {"|": [a, b, c]} from left to right */
static struct expr *binary(struct script *s, const struct json *j, struct str op,
			   const struct json *items)
{
	if (items->kind != JSON_ARRAY || items->n < 2)
		return json_wrong(s, j, "an array of two values");
	struct expr *e = json_expr(s, items->items[0]);
	for (size_t i = 1; e && i < items->n; i++) {
		struct expr *right = json_expr(s, items->items[i]);
		if (!right)
			return NULL;
		struct expr *both = expr_new(s->arena, EXPR_BINARY, j->span, op);
		expr_add(s->arena, both, e);
		expr_add(s->arena, both, right);
		e = both;
	}
	return e;
}

static struct expr *prefix(struct script *s, const struct json *j, const struct json *v)
{
	const struct json *addr = json_get(v, "addr"), *len = json_get(v, "len");
	struct expr *e = expr_new(s->arena, EXPR_PREFIX, j->span, STR("/"));
	struct expr *a = addr ? json_expr(s, addr) : NULL, *b = len ? json_expr(s, len) : NULL;
	if (!a || !b)
		return json_wrong(s, j, "a prefix with \"addr\" and \"len\"");
	expr_add(s->arena, e, a);
	expr_add(s->arena, e, b);
	return e;
}

static struct expr *map(struct script *s, const struct json *j, const struct json *v)
{
	const struct json *key = json_get(v, "key"), *data = json_get(v, "data");
	struct expr *e = expr_new(s->arena, EXPR_MAP, j->span, STR("map"));
	struct expr *a = key ? json_expr(s, key) : NULL, *b = data ? json_expr(s, data) : NULL;
	if (!a || !b)
		return json_wrong(s, j, "a map with \"key\" and \"data\"");
	expr_add(s->arena, e, a);
	expr_add(s->arena, e, b);
	return e;
}

/* {"elem": {"val": v, "timeout": n, …}} */
static struct expr *element(struct script *s, const struct json *j, const struct json *v)
{
	const struct json *val = json_get(v, "val");
	struct expr *e = val ? json_expr(s, val) : json_wrong(s, j, "\"val\"");
	if (e && (json_get(v, "timeout") || json_get(v, "expires")))
		e->temporary = true;
	return e;
}

struct expr *json_elements(struct script *s, const struct json *j)
{
	struct expr *e = expr_new(s->arena, EXPR_SET, j->span, STR("{}"));
	bool many = j->kind == JSON_ARRAY;
	for (size_t i = 0; i < (many ? j->n : 1); i++) {
		const struct json *k = many ? j->items[i] : j;
		struct expr *item;
		if (many && k->kind == JSON_ARRAY && k->n == 2) {
			item = expr_new(s->arena, EXPR_MAPPING, k->span, STR(":"));
			struct expr *key = json_expr(s, k->items[0]),
				    *v = json_expr(s, k->items[1]);
			if (!key || !v)
				return NULL;
			if (key->kind == EXPR_STRING && str_is(key->text, "*"))
				key->kind = EXPR_ANY;
			expr_add(s->arena, item, key);
			expr_add(s->arena, item, v);
		} else {
			item = json_expr(s, k);
		}
		if (!item)
			return NULL;
		if (item->kind == EXPR_STRING && str_is(item->text, "*"))
			item->kind = EXPR_ANY;
		expr_add(s->arena, e, item);
	}
	return e;
}

static struct expr *object_expr(struct script *s, const struct json *j)
{
	struct json *v = NULL;
	struct str key = json_kind_of(j, &v);
	struct expr *e;
	if (!key.n)
		return json_wrong(s, j, "an object with one member");
	if (str_is(key, "concat"))
		return list(s, j, v, EXPR_CONCAT, STR("."));
	if (str_is(key, "set"))
		return json_elements(s, v);
	if (str_is(key, "range"))
		return v->kind == JSON_ARRAY && v->n == 2
			       ? list(s, j, v, EXPR_RANGE, STR("-"))
			       : json_wrong(s, j, "a range of two values");
	if (str_is(key, "prefix"))
		return prefix(s, j, v);
	if (str_is(key, "map"))
		return map(s, j, v);
	if (str_is(key, "elem"))
		return element(s, j, v);
	if (str_is(key, "&") || str_is(key, "|") || str_is(key, "^") || str_is(key, "<<") ||
	    str_is(key, ">>"))
		return binary(s, j, key, v);
	if (json_is_verdict(key))
		return json_verdict(s, j, key, v);
	e = selector(s, key, v);
	return e ? e
		 : json_wrong(s, j,
			      arena_printf(s->arena, "an expression, not '%.*s'",
					   (int)(key.n < 40 ? key.n : 40), key.p));
}

struct expr *json_expr(struct script *s, const struct json *j)
{
	switch (j->kind) {
	case JSON_OBJECT: return object_expr(s, j);
	case JSON_ARRAY: return list(s, j, j, EXPR_LIST, STR(","));
	case JSON_STRING:
		if (j->text.n > 1 && j->text.p[0] == '@')
			return expr_new(s->arena, EXPR_SET_REF, j->span,
					(struct str){ j->text.p + 1, j->text.n - 1 });
		return expr_new(s->arena, EXPR_STRING, j->span, j->text);
	case JSON_NUMBER: return expr_new(s->arena, EXPR_WORD, j->span, j->text);
	case JSON_TRUE: return expr_new(s->arena, EXPR_WORD, j->span, STR("exists"));
	case JSON_FALSE: return expr_new(s->arena, EXPR_WORD, j->span, STR("missing"));
	case JSON_NULL: return json_wrong(s, j, "a value");
	}
	return NULL;
}

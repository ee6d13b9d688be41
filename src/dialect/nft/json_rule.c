/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statements and expressions of libnftables-json(5), into the same tree
 * as the text.
 */
#include "json.h"

static struct expr *wrong(struct script *s, const struct json *j, const char *what)
{
	script_error(s, j->span, "expected %s", what);
	return NULL;
}

static struct expr *named(struct script *s, const struct json *j, struct text *name)
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
	if (offset.n && (str_is(json_member(j, "name"), "rt0") || str_is(json_member(j, "name"), "srh")))
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

/* NULL: it is of no expression. */
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

static const struct { const char *key; void (*print)(struct text *, const struct json *); } readers[] = {
	{ "payload", payload }, { "meta", meta }, { "ct", ct }, { "fib", fib }, { "exthdr", exthdr },
	{ "tcp option", tcp_option }, { "numgen", numgen }, { "ipsec", ipsec }, { "rt", rt },
	{ "socket", socket_key }, { "osf", osf }, { "tunnel", tunnel },
};

/* NULL: the key is none of a selector. */
static struct expr *selector(struct script *s, struct str key, const struct json *v)
{
	struct text t = { .arena = s->arena };
	struct expr *of = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (str_is(key, readers[i].key) && v->kind == JSON_OBJECT) {
			readers[i].print(&t, v);
			return named(s, v, &t);
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
	struct expr *e = named(s, v, &t);
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
		return wrong(s, items, "an array");
	for (size_t i = 0; i < items->n; i++) {
		struct expr *item = json_expr(s, items->items[i]);
		if (!item)
			return NULL;
		expr_add(s->arena, e, item);
	}
	return e;
}

static bool is_verdict_word(struct str w)
{
	return str_is(w, "accept") || str_is(w, "drop") || str_is(w, "continue") ||
	       str_is(w, "return") || str_is(w, "jump") || str_is(w, "goto");
}

static struct expr *verdict(struct script *s, const struct json *j, struct str word,
			    const struct json *v)
{
	struct expr *e = expr_new(s->arena, EXPR_VERDICT, j->span, word);
	const struct json *target = json_get(v, "target");
	if (!str_is(word, "jump") && !str_is(word, "goto"))
		return e;
	if (!target || target->kind != JSON_STRING)
		return wrong(s, j, "the chain as \"target\"");
	expr_add(s->arena, e, expr_new(s->arena, EXPR_WORD, target->span, target->text));
	return e;
}

/* {"&": [a, b]}; {"|": [a, b, c]} from left to right */
static struct expr *binary(struct script *s, const struct json *j, struct str op,
			   const struct json *items)
{
	if (items->kind != JSON_ARRAY || items->n < 2)
		return wrong(s, j, "an array of two values");
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
		return wrong(s, j, "a prefix with \"addr\" and \"len\"");
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
		return wrong(s, j, "a map with \"key\" and \"data\"");
	expr_add(s->arena, e, a);
	expr_add(s->arena, e, b);
	return e;
}

/* {"elem": {"val": v, "timeout": n, …}} */
static struct expr *element(struct script *s, const struct json *j, const struct json *v)
{
	const struct json *val = json_get(v, "val");
	struct expr *e = val ? json_expr(s, val) : wrong(s, j, "\"val\"");
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
			struct expr *key = json_expr(s, k->items[0]), *v = json_expr(s, k->items[1]);
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
		return wrong(s, j, "an object with one member");
	if (str_is(key, "concat"))
		return list(s, j, v, EXPR_CONCAT, STR("."));
	if (str_is(key, "set"))
		return json_elements(s, v);
	if (str_is(key, "range"))
		return v->kind == JSON_ARRAY && v->n == 2 ? list(s, j, v, EXPR_RANGE, STR("-")) :
			wrong(s, j, "a range of two values");
	if (str_is(key, "prefix"))
		return prefix(s, j, v);
	if (str_is(key, "map"))
		return map(s, j, v);
	if (str_is(key, "elem"))
		return element(s, j, v);
	if (str_is(key, "&") || str_is(key, "|") || str_is(key, "^") || str_is(key, "<<") ||
	    str_is(key, ">>"))
		return binary(s, j, key, v);
	if (is_verdict_word(key))
		return verdict(s, j, key, v);
	e = selector(s, key, v);
	return e ? e : wrong(s, j, arena_printf(s->arena, "an expression, not '%.*s'",
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
	case JSON_NULL: return wrong(s, j, "a value");
	}
	return NULL;
}

/* ---- statements ---- */

static unsigned shift_of(struct str unit)
{
	return str_is(unit, "kbytes") ? 10 : str_is(unit, "mbytes") ? 20 : 0;
}

/* As statement.c: amount() writes it. */
static void amount(struct text *t, const struct json *v, const char *key, const char *unit_key,
		   bool always)
{
	u128 n = 0;
	struct str unit = json_member(v, unit_key);
	str_number(json_member(v, key), UINT64_MAX, &n);
	if (always || (unit.n && !str_is(unit, "packets")))
		text_printf(t, " %llu bytes", (unsigned long long)(n << shift_of(unit)));
	else if (str_is(unit, "packets"))
		text_printf(t, " %llu packets", (unsigned long long)n);
	else
		text_printf(t, " %llu", (unsigned long long)n);
}

static bool is_true(const struct json *o, const char *key)
{
	const struct json *j = json_get(o, key);
	return j && j->kind == JSON_TRUE;
}

/* The name of an object, or a map of names: "limit name …" */
static bool by_name(struct script *s, struct stmt *st, const struct json *v, const char *word)
{
	struct text t = { .arena = s->arena };
	struct json *inner;
	bool map_of = str_is(json_kind_of(v, &inner), "map");
	if (v->kind != JSON_STRING && !map_of)
		return false;
	text_printf(&t, "%s name ", word);
	st->b = json_expr(s, v);
	if (st->b)
		expr_print(&t, st->b);
	st->text = text_str(&t);
	return true;
}

static void limit(struct script *s, struct stmt *st, const struct json *v)
{
	struct text t = { .arena = s->arena };
	if (by_name(s, st, v, "limit"))
		return;
	bool packets = !json_member(v, "rate_unit").n || str_is(json_member(v, "rate_unit"), "packets");
	text_printf(&t, "limit rate%s", is_true(v, "inv") ? " over" : "");
	amount(&t, v, "rate", "rate_unit", !packets);
	text_printf(&t, "/%.*s", STR_FMT(json_member(v, "per")));
	struct str burst = json_member(v, "burst");
	if (burst.n && !(str_is(burst, "0") && !packets)) {
		text_printf(&t, " burst");
		if (packets)
			text_printf(&t, " %.*s packets", STR_FMT(burst));
		else
			amount(&t, v, "burst", "burst_unit", true);
	}
	st->text = text_str(&t);
}

static void quota(struct script *s, struct stmt *st, const struct json *v)
{
	struct text t = { .arena = s->arena };
	if (by_name(s, st, v, "quota"))
		return;
	text_printf(&t, "quota%s", is_true(v, "inv") ? " over" : "");
	amount(&t, v, "val", "val_unit", true);
	st->text = text_str(&t);
}

static void reject(struct script *s, struct stmt *st, const struct json *v)
{
	struct str type = json_member(v, "type"), code = json_member(v, "expr");
	if (str_is(type, "tcp reset"))
		st->text = STR("tcp reset");
	else if (type.n)
		st->text = str_from(arena_printf(s->arena, "%.*s %.*s", STR_FMT(type), STR_FMT(code)));
}

/* A limit in the set's element may end the rule. */
static void set_update(struct script *s, struct stmt *st, const struct json *v)
{
	const struct json *stmts = json_get(v, "stmt");
	struct json *inner;
	st->text = json_member(v, "op");
	for (size_t i = 0; stmts && i < stmts->n; i++) {
		struct str k = json_kind_of(stmts->items[i], &inner);
		if (str_is(k, "limit") || str_is(k, "quota") || str_is(k, "ct count")) {
			st->kind = ST_STATEFUL;
			st->text = str_from(arena_printf(s->arena, "%.*s of a set",
							 STR_FMT(json_member(v, "op"))));
			return;
		}
	}
}

static void match(struct script *s, struct stmt *st, const struct json *v)
{
	const struct json *left = json_get(v, "left"), *right = json_get(v, "right");
	struct str op = json_member(v, "op");
	st->a = left ? json_expr(s, left) : NULL;
	st->b = right ? json_expr(s, right) : NULL;
	/* "in" is the test without a sign */
	st->op = str_is(op, "in") ? STR("") : op;
	if (!left || !right)
		wrong(s, v, "a match with \"left\" and \"right\"");
}

/* tcp flags syn / syn,ack is written as a mask: {"&": [flags, [syn, ack]]} */
static void key_value(struct script *s, struct stmt *st, const struct json *v, const char *value)
{
	const struct json *k = json_get(v, "key"), *d = json_get(v, value);
	st->a = k ? json_expr(s, k) : NULL;
	st->b = d ? json_expr(s, d) : NULL;
	if (!k || !d)
		script_error(s, v->span, "expected \"key\" and \"%s\"", value);
}

static void xt(struct script *s, struct stmt *st, const struct json *v)
{
	(void)s;
	struct str type = json_member(v, "type"), name = json_member(v, "name");
	bool target = name.n && name.p[0] >= 'A' && name.p[0] <= 'Z';
	st->op = type.n ? type : target ? STR("target") : STR("match");
	st->text = name;
}

/* {"num": 0 | {"range": [0, 3]} | expression, "flags": "bypass" | ["bypass", …]} */
static void queue(struct script *s, struct stmt *st, const struct json *v)
{
	const struct json *num = json_get(v, "num"), *flags = json_get(v, "flags");
	st->b = num ? json_expr(s, num) : NULL;
	st->bypass = flags && str_is(flags->text, "bypass");
	for (size_t i = 0; flags && i < flags->n; i++)
		st->bypass = st->bypass || str_is(flags->items[i]->text, "bypass");
}

static void object_of(struct script *s, struct stmt *st, const struct json *v, const char *name)
{
	/* ct helper "ftp" is `ct helper set "ftp"` */
	struct text t = { .arena = s->arena };
	text_printf(&t, "%s", name);
	st->a = named(s, v, &t);
	st->b = json_expr(s, v);
}

static const struct { const char *key; enum stmt_kind kind; } statements[] = {
	{ "match", ST_MATCH }, { "vmap", ST_VMAP }, { "mangle", ST_SET }, { "limit", ST_STATEFUL },
	{ "quota", ST_STATEFUL }, { "ct count", ST_STATEFUL }, { "reject", ST_REJECT },
	{ "snat", ST_NAT }, { "dnat", ST_NAT }, { "masquerade", ST_NAT }, { "redirect", ST_NAT },
	{ "notrack", ST_NOTRACK }, { "log", ST_LOG }, { "queue", ST_QUEUE }, { "synproxy", ST_STOLEN },
	{ "fwd", ST_STOLEN }, { "tproxy", ST_TPROXY }, { "xt", ST_XT }, { "counter", ST_OTHER },
	{ "dup", ST_OTHER }, { "flow", ST_OTHER }, { "set", ST_OTHER }, { "map", ST_OTHER },
	{ "meter", ST_OTHER }, { "last", ST_OTHER }, { "reset", ST_OTHER }, { "ct helper", ST_SET },
	{ "ct timeout", ST_SET }, { "ct expectation", ST_SET }, { "secmark", ST_OTHER },
	{ "tunnel", ST_OTHER },
};

static void fill(struct script *s, struct stmt *st, struct str key, const struct json *v)
{
	switch (st->kind) {
	case ST_MATCH: match(s, st, v); break;
	case ST_VMAP: key_value(s, st, v, "data"); break;
	case ST_SET:
		if (str_is(key, "mangle"))
			key_value(s, st, v, "value");
		else
			object_of(s, st, v, arena_strndup(s->arena, key.p, key.n));
		break;
	case ST_STATEFUL:
		if (str_is(key, "limit"))
			limit(s, st, v);
		else if (str_is(key, "quota"))
			quota(s, st, v);
		else
			st->text = str_from(arena_printf(s->arena, "ct count%s %.*s",
				is_true(v, "inv") ? " over" : "", STR_FMT(json_member(v, "val"))));
		break;
	case ST_REJECT: reject(s, st, v); break;
	case ST_XT: xt(s, st, v); break;
	case ST_QUEUE: queue(s, st, v); break;
	case ST_OTHER:
		if (str_is(key, "set") || str_is(key, "map") || str_is(key, "meter"))
			set_update(s, st, v);
		if (str_is(key, "meter"))
			st->text = st->kind == ST_STATEFUL ? STR("meter of a set") : STR("meter");
		if (str_is(key, "secmark"))
			st->text = STR("meta secmark");
		if (str_is(key, "reset"))
			st->text = STR("reset tcp option");
		break;
	case ST_VERDICT: case ST_NAT: case ST_NOTRACK: case ST_LOG: case ST_STOLEN:
	case ST_TPROXY:
		break;
	}
}

/* What a statement looks at: its keys, addresses, ports; or the map that gives the name of its object. */
static void reads(struct script *s, struct stmt *st, const struct json *v)
{
	static const char *const members[] = { "addr", "port", "dev", "elem", "key", "data" };
	struct json *inner = NULL;
	struct str family = json_member(v, "family");
	bool tested = st->kind == ST_MATCH || st->kind == ST_VMAP || st->kind == ST_SET || st->kind == ST_VERDICT;
	if (tested || v->kind != JSON_OBJECT)
		return;
	st->l3 = str_is(family, "ip6") ? 6 : str_is(family, "ip") ? 4 : 0;
	st->says_address = json_get(v, "addr") != NULL;
	st->says_port = json_get(v, "port") != NULL;
	if (str_is(json_kind_of(v, &inner), "map") && !st->b) {
		st->b = json_expr(s, v);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *m = json_get(v, members[i]);
		struct expr *e = m && (m->kind == JSON_OBJECT || m->kind == JSON_ARRAY) ? json_expr(s, m) : NULL;
		if (e)
			vec_push(s->arena, &st->reads, e);
	}
}

static struct stmt *statement(struct script *s, const struct json *j)
{
	struct json *v = NULL;
	struct str key = json_kind_of(j, &v);
	struct stmt *st = arena_new_one(s->arena, struct stmt);
	*st = (struct stmt){ .span = j->span };
	if (is_verdict_word(key)) {
		st->kind = ST_VERDICT;
		st->a = verdict(s, j, key, v);
		return st->a ? st : NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (str_is(key, statements[i].key)) {
			size_t before = s->diags->n;
			st->kind = statements[i].kind;
			if (st->kind != ST_REJECT)
				st->text = key;
			fill(s, st, key, v);
			reads(s, st, v);
			return s->diags->n == before ? st : NULL;
		}
	wrong(s, j, key.n ? arena_printf(s->arena, "a statement, not '%.*s'",
					 (int)(key.n < 40 ? key.n : 40), key.p) : "a statement");
	return NULL;
}

void json_statements(struct script *s, const struct json *items, struct nft_rule *r)
{
	if (!items || items->kind != JSON_ARRAY) {
		script_error(s, items ? items->span : r->span, "expected the rule's statements in \"expr\"");
		return;
	}
	for (size_t i = 0; i < items->n; i++) {
		const struct json *j = items->items[i];
		/* what nft has no JSON for it prints as text, in a string */
		if (j->kind == JSON_STRING) {
			parse_loose_rule(s, r->chain->table, j->text, j->span, r);
			continue;
		}
		struct stmt *st = statement(s, j);
		if (!st)
			return;
		vec_push(s->arena, &r->stmts, st);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statements of libnftables-json(5), into the same tree as the text. */
#include "json.h"

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
	FW_MAY_FAIL(str_number(json_member(v, key), UINT64_MAX, &n)); /* left out: 0 */
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
	bool packets = !json_member(v, "rate_unit").n || str_is(json_member(v, "rate_unit"), "packe"
											     "ts");
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
		st->text = str_from(
			arena_printf(s->arena, "%.*s %.*s", STR_FMT(type), STR_FMT(code)));
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
	/* "in" is the test without an operator */
	st->op = str_is(op, "in") ? STR("") : op;
	if (!left || !right)
		json_wrong(s, v, "a match with \"left\" and \"right\"");
}

/* tcp flags syn / syn,ack is written as a mask: {"&": [flags, [syn, ack]]} */
static void key_value(struct script *s, struct stmt *st, const struct json *v, const char *value)
{
	const struct json *k = json_get(v, "key"), *d = json_get(v, value);
	st->a = k ? json_expr(s, k) : NULL;
	st->b = d ? json_expr(s, d) : NULL;
	if (!k || !d)
		script_error(s, v->span, ERROR_SYNTAX, "expected \"key\" and \"%s\"", value);
}

static void xt(struct script *s, struct stmt *st, const struct json *v)
{
	(void)s;
	struct str type = json_member(v, "type"), name = json_member(v, "name");
	bool target = name.n && name.p[0] >= 'A' && name.p[0] <= 'Z';
	st->op = type.n ? type : target ? STR("target") : STR("match");
	st->text = name;
}

/* "flags": "bypass" | ["bypass", …] */
static bool has_flag(const struct json *v, const char *key, const char *flag)
{
	const struct json *flags = json_get(v, key);
	bool has = flags && str_is(flags->text, flag);
	for (size_t i = 0; flags && i < flags->n; i++)
		has = has || str_is(flags->items[i]->text, flag);
	return has;
}

/* {"num": 0 | {"range": [0, 3]} | expression, "flags": "bypass" | ["bypass", …]} */
static void queue(struct script *s, struct stmt *st, const struct json *v)
{
	const struct json *num = json_get(v, "num");
	st->b = num ? json_expr(s, num) : NULL;
	st->bypass = has_flag(v, "flags", "bypass");
}

static void object_of(struct script *s, struct stmt *st, const struct json *v, const char *name)
{
	/* ct helper "ftp" is `ct helper set "ftp"` */
	struct text t = { .arena = s->arena };
	text_printf(&t, "%s", name);
	st->a = json_selector(s, v, &t);
	st->b = json_expr(s, v);
}

/* {"counter": "name"}, {"flow": {"flowtable": "@name"}}, {"set": {"set": "@name"}} */
static void object_name(struct script *s, struct stmt *st, struct str key, const struct json *v)
{
	const struct json *set = json_get(v, str_is(key, "map") ? "map" : "set"),
			  *table = json_get(v, "flowtable");
	if (v->kind == JSON_STRING &&
	    (str_is(key, "counter") || str_is(key, "synproxy") || str_is(key, "tunnel"))) {
		st->b = json_expr(s, v);
	} else if (str_is(key, "flow") && table) {
		st->b = json_expr(s, table);
		if (st->b)
			st->b->kind = EXPR_WORD; /* begins with "@", but is not a set */
	} else if ((str_is(key, "set") || str_is(key, "map")) && set) {
		st->b = json_expr(s, set);
	}
}

// clang-format off
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
// clang-format on

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
							 is_true(v, "inv") ? " over" : "",
							 STR_FMT(json_member(v, "val"))));
		break;
	case ST_REJECT: reject(s, st, v); break;
	case ST_XT: xt(s, st, v); break;
	case ST_QUEUE: queue(s, st, v); break;
	case ST_OTHER:
	case ST_STOLEN:
		object_name(s, st, key, v);
		if (str_is(key, "set") || str_is(key, "map") || str_is(key, "meter"))
			set_update(s, st, v);
		if (str_is(key, "meter"))
			st->text = st->kind == ST_STATEFUL ? STR("meter of a set") : STR("meter");
		if (str_is(key, "secmark"))
			st->text = STR("meta secmark");
		if (str_is(key, "reset"))
			st->text = STR("reset tcp option");
		break;
	case ST_VERDICT:
	case ST_NAT:
	case ST_NOTRACK:
	case ST_LOG:
	case ST_TPROXY: break;
	}
}

/* {"addr": …, "port": …, "flags": "random" or a list, "type_flags": "prefix"} */
static void translation(struct script *s, struct stmt *st, const struct json *v)
{
	const struct json *addr = json_get(v, "addr"), *port = json_get(v, "port");
	st->address = addr ? json_expr(s, addr) : NULL;
	st->port = port ? json_expr(s, port) : NULL;
	st->nat_persistent = has_flag(v, "flags", "persistent");
	st->nat_random = has_flag(v, "flags", "random") || has_flag(v, "flags", "fully-random");
	st->nat_prefix = has_flag(v, "type_flags", "prefix");
}

/* The operands of a statement: its keys, addresses, ports; or the map that gives the name of its
 * object. */
static void reads(struct script *s, struct stmt *st, const struct json *v)
{
	static const char *const members[] = { "addr", "port", "dev", "elem", "key", "data" };
	struct json *inner = NULL;
	struct str family = json_member(v, "family");
	bool tested = st->kind == ST_MATCH || st->kind == ST_VMAP || st->kind == ST_SET ||
		      st->kind == ST_VERDICT;
	if (tested || v->kind != JSON_OBJECT)
		return;
	st->l3 = str_is(family, "ip6") ? 6 : str_is(family, "ip") ? 4 : 0;
	st->says_address = json_get(v, "addr") != NULL;
	st->says_port = json_get(v, "port") != NULL;
	if (st->kind == ST_NAT)
		translation(s, st, v);
	if (str_is(json_kind_of(v, &inner), "map") && !st->b) {
		st->b = json_expr(s, v);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *m = json_get(v, members[i]);
		struct expr *e = m && (m->kind == JSON_OBJECT || m->kind == JSON_ARRAY)
					 ? json_expr(s, m)
					 : NULL;
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
	if (json_is_verdict(key)) {
		st->kind = ST_VERDICT;
		st->a = json_verdict(s, j, key, v);
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
	json_wrong(s, j,
		   key.n ? arena_printf(s->arena, "a statement, not '%.*s'",
					(int)(key.n < 40 ? key.n : 40), key.p)
			 : "a statement");
	return NULL;
}

void json_statements(struct script *s, const struct json *items, struct nft_rule *r)
{
	if (!items || items->kind != JSON_ARRAY) {
		script_error(s, items ? items->span : r->span, ERROR_SYNTAX,
			     "expected the rule's statements in \"expr\"");
		return;
	}
	for (size_t i = 0; i < items->n; i++) {
		const struct json *j = items->items[i];
		/* nft prints a statement without a JSON form as text, in a string */
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

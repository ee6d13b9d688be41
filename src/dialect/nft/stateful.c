/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements with a state of their own (limits, quotas, counters), and those that fill a
 * set, whose elements may have such a state.
 */
#include "text.h"

static bool accept_value(struct parser *p)
{
	bool yes = p->tok.kind == TOK_VALUE;
	if (yes)
		advance(p);
	return yes;
}

/* ---- with a state of their own ---- */

static const char *const periods[] = { "second", "minute", "hour", "day", "week", NULL };

/* counter [packets N bytes N] | counter name EXPR */
static struct stmt *counter(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "counter");
	advance(p);
	if (accept_word(p, "name")) {
		s->b = parse_expr(p, MODE_STATEMENT);
		return s;
	}
	for (int i = 0; i < 2; i++)
		if (accept_word(p, "packets") || accept_word(p, "bytes"))
			expect_number(p, "a number");
	return s;
}

enum unit { UNIT_NONE, UNIT_BYTES, UNIT_PACKETS };

static const struct {
	const char *name;
	enum unit unit;
	unsigned shift;
} units[] = {
	{ "bytes", UNIT_BYTES, 0 },
	{ "kbytes", UNIT_BYTES, 10 },
	{ "mbytes", UNIT_BYTES, 20 },
	{ "packets", UNIT_PACKETS, 0 },
};

/* NUMBER UNIT as bytes; the same from text ("1 kbytes") and from JSON (1024 and "bytes") */
static enum unit amount(struct parser *p, struct text *t)
{
	uint64_t n = expect_number(p, "an amount");
	cut_word(p, '/');
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (accept_word(p, units[i].name)) {
			text_printf(t, " %llu %s", (unsigned long long)n << units[i].shift,
				    units[i].unit == UNIT_BYTES ? "bytes" : "packets");
			return units[i].unit;
		}
	text_printf(t, " %llu", (unsigned long long)n);
	return UNIT_NONE;
}

/* name EXPR: the object that the statement is; false: it is none. */
static bool by_name(struct parser *p, struct stmt *s, struct text *t)
{
	if (!accept_word(p, "name"))
		return false;
	s->b = parse_expr(p, MODE_STATEMENT);
	text_printf(t, " name ");
	if (s->b)
		expr_print(t, s->b);
	s->text = text_str(t);
	return true;
}

/* limit rate [over] N [UNIT] "/" PERIOD [burst N UNIT] | limit name EXPR */
static struct stmt *limit(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "limit");
	struct text t = { .arena = p->arena };
	text_printf(&t, "limit");
	advance(p);
	if (by_name(p, s, &t))
		return s;
	if (!accept_word(p, "rate"))
		parse_error(p, ERROR_SYNTAX, "expected rate or name");
	text_printf(&t, " rate%s", accept_word(p, "over") ? " over" : "");
	accept_word(p, "until");
	u128 rate = 1;
	FW_MAY_FAIL(str_number(p->tok.text, UINT64_MAX, &rate)); /* amount() says what is wrong */
	if (!rate)                                               /* nft_limit.c: nft_limit_init */
		parse_error(p, ERROR_VALUE, "expected a rate of at least 1");
	enum unit unit = amount(p, &t);
	struct str period = p->tok.text;
	if (!accept_punct(p, "/") || (period = p->tok.text, !accept_one_of(p, periods)))
		parse_error(p, ERROR_WORD, "expected '/' and second, minute, hour, day or week");
	text_printf(&t, "/%.*s", STR_FMT(period));
	if (accept_word(p, "burst")) {
		text_printf(&t, " burst");
		struct str at = p->tok.raw;
		if (amount(p, &t) != (unit == UNIT_BYTES ? UNIT_BYTES : UNIT_PACKETS))
			parse_error_at(p, at, ERROR_TYPE,
				       "expected a burst of %s, as the rate is one of %s",
				       unit == UNIT_BYTES ? "bytes, kbytes or mbytes" : "packets",
				       unit == UNIT_BYTES ? "bytes" : "packets");
	}
	s->text = text_str(&t);
	return s;
}

/* quota [over | until] N UNIT [used N UNIT] | quota name EXPR */
static struct stmt *quota(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "quota");
	struct text t = { .arena = p->arena };
	text_printf(&t, "quota");
	advance(p);
	if (by_name(p, s, &t))
		return s;
	if (accept_word(p, "over"))
		text_printf(&t, " over");
	accept_word(p, "until");
	struct str at = p->tok.raw;
	if (amount(p, &t) != UNIT_BYTES)
		parse_error_at(p, at, ERROR_VALUE, "expected an amount in bytes, kbytes or mbytes");
	if (accept_word(p, "used")) {
		struct text used = { .arena = p->arena };
		amount(p, &used);
	}
	s->text = text_str(&t);
	return s;
}

/* last [used (never | TIME)] */
static struct stmt *last(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "last");
	advance(p);
	if (accept_word(p, "used") && !accept_word(p, "never") && !accept_value(p))
		parse_error(p, ERROR_VALUE, "expected never or a time");
	return s;
}

/* ct count [over] N */
static struct stmt *ct_count(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "ct count");
	advance(p);
	advance(p);
	bool over = accept_word(p, "over");
	s->text = str_from(arena_printf(p->arena, "ct count%s %llu", over ? " over" : "",
					(unsigned long long)expect_number(p, "a number")));
	return s;
}

struct stmt *parse_stateful(struct parser *p)
{
	if (is_word(p, "counter"))
		return counter(p);
	if (is_word(p, "limit"))
		return limit(p);
	if (is_word(p, "quota"))
		return quota(p);
	if (is_word(p, "last"))
		return last(p);
	if (is_word(p, "ct") && next_is_word(p, "count"))
		return ct_count(p);
	return NULL;
}

/* ---- sets that packets fill ---- */

/* One that holds a limit may end the rule, just as the limit itself may. */
static struct stmt *filled(struct parser *p, struct stmt *s, struct str first)
{
	struct text t = { .arena = p->arena };
	struct str words = { first.p, (size_t)(p->last.p + p->last.n - first.p) };
	if (!p->failed && (str_contains(words, "limit ") || str_contains(words, "quota ") ||
			   str_contains(words, "ct count"))) {
		s->kind = ST_STATEFUL;
		text_printf(&t, "%.*s of a set", STR_FMT(s->text));
		s->text = text_str(&t);
	}
	return s;
}

/*
 * (add | update | delete | destroy) "@" NAME "{" element "}"
 * set (add | update | delete) EXPR "@" NAME       (before nft 0.9)
 */
static struct stmt *set_update(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "set");
	struct str first = p->tok.raw;
	bool old = accept_word(p, "set") || accept_word(p, "map");
	s->text = p->tok.text;
	advance(p);
	if (old) {
		s->a = parse_expr(p, MODE_LEFT);
		if (accept_word(p, "timeout") && !accept_value(p))
			parse_error(p, ERROR_SYNTAX, "expected a time");
		if (s->a && accept_punct(p, ":"))
			stmt_reads(p, s, parse_expr(p, MODE_STATEMENT));
		expect_punct(p, "@");
		s->b = expr_new(p->arena, EXPR_SET_REF, span_of(p, p->tok.raw), p->tok.text);
		expect_identifier(p, "the name of a set");
		return s;
	}
	s->b = is_punct(p, "@") || is_punct(p, "$") ? parse_expr(p, MODE_VALUE) : NULL;
	if (!s->b || s->b->kind != EXPR_SET_REF)
		parse_error(p, ERROR_SYNTAX, "expected '@' and the name of a set");
	if (!is_punct(p, "{"))
		parse_error(p, ERROR_SYNTAX, "expected '{'");
	s->a = parse_set(p, MODE_STATEMENT);
	return filled(p, s, first);
}

/* (meter | flow table) NAME [size N] "{" element "}" */
static struct stmt *meter(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "meter");
	struct str first = p->tok.raw;
	if (accept_word(p, "flow"))
		accept_word(p, "table");
	else
		advance(p);
	if (!is_punct(p, "{"))
		expect_identifier(p, "the name of a meter");
	if (accept_word(p, "size"))
		expect_number(p, "a size");
	if (!is_punct(p, "{"))
		parse_error(p, ERROR_SYNTAX, "expected '{'");
	s->a = parse_set(p, MODE_STATEMENT);
	return filled(p, s, first);
}

/* flow (add | offload) "@" NAME */
static struct stmt *flow(struct parser *p)
{
	if (next_is_word(p, "table"))
		return meter(p);
	struct stmt *s = stmt_new(p, ST_OTHER, "flow");
	advance(p);
	if (!accept_word(p, "add") && !accept_word(p, "offload"))
		parse_error(p, ERROR_SYNTAX, "expected add");
	expect_punct(p, "@");
	s->b = expr_new(p->arena, EXPR_WORD, span_of(p, p->tok.raw), p->tok.text);
	expect_identifier(p, "the name of a flowtable");
	return s;
}

struct stmt *parse_filling(struct parser *p)
{
	static const char *const updates[] = { "add", "update", "delete", "destroy",
					       "set", "map",    NULL };
	if (is_word(p, "flow"))
		return flow(p);
	if (is_word(p, "meter"))
		return meter(p);
	for (size_t i = 0; updates[i]; i++)
		if (is_word(p, updates[i]))
			return set_update(p);
	return NULL;
}

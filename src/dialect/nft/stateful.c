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

/* packets N bytes N, in this order: parser_bison.y: counter_config */
void parse_counts(struct parser *p)
{
	if (!accept_word(p, "packets"))
		parse_error(p, ERROR_SYNTAX, "expected packets");
	expect_number(p, "a number");
	if (!accept_word(p, "bytes"))
		parse_error(p, ERROR_SYNTAX, "expected bytes");
	expect_number(p, "a number");
}

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

/* ---- amounts and rates ---- */

static const struct {
	const char *name;
	unsigned shift;
} units[] = { { "bytes", 0 }, { "kbytes", 10 }, { "mbytes", 20 } };

/* NUMBER UNIT as bytes; the same from text ("1 kbytes") and from JSON (1024 and "bytes") */
static uint64_t bytes(struct parser *p, uint64_t n, struct text *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (accept_word(p, units[i].name)) {
			n <<= units[i].shift;
			text_printf(t, " %llu bytes", (unsigned long long)n);
			return n;
		}
	parse_error(p, ERROR_WORD, "expected bytes, kbytes or mbytes");
	return 0;
}

static uint64_t amount(struct parser *p, struct text *t)
{
	return bytes(p, expect_number(p, "an amount"), t);
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

/* nft_limit.c: nft_limit_init; a burst of 0 packets is one of 5 */
static bool overflows(uint64_t rate, uint64_t burst, unsigned seconds, bool of_bytes)
{
	u128 nsecs = (u128)seconds * 1000000000u, sum = (u128)rate + burst;
	u128 tokens = of_bytes ? nsecs * sum : nsecs / rate * (burst ? burst : 5);
	return sum > UINT64_MAX || tokens > UINT64_MAX;
}

/* [burst N (packets | UNIT)] */
static uint64_t burst(struct parser *p, bool of_bytes, struct text *t)
{
	if (!accept_word(p, "burst"))
		return 0;
	text_printf(t, " burst");
	struct str at = p->tok.raw;
	uint64_t n = expect_number(p, "a number");
	if (of_bytes)
		return bytes(p, n, t);
	cut_word(p, '/');
	if (!accept_word(p, "packets"))
		parse_error(p, ERROR_SYNTAX, "expected packets, because the rate counts packets");
	if (!n)
		parse_error_at(p, at, ERROR_VALUE, "expected a burst of at least 1 packet");
	text_printf(t, " %llu packets", (unsigned long long)n);
	return n;
}

/* rate [over] N "/" PERIOD [burst N packets] | rate [over] N UNIT "/" PERIOD [burst N UNIT] */
void parse_limit_rate(struct parser *p, struct text *t)
{
	struct str at = p->tok.raw;
	unsigned seconds = 0;
	if (!accept_word(p, "rate"))
		parse_error(p, ERROR_SYNTAX, "expected rate or name");
	text_printf(t, " rate%s", accept_word(p, "over") ? " over" : "");
	uint64_t rate = expect_number(p, "a rate");
	cut_word(p, '/');
	if (!p->failed && !rate) /* nft_limit.c: nft_limit_init */
		parse_error_at(p, p->last, ERROR_VALUE, "expected a rate of at least 1");
	bool of_bytes = !is_punct(p, "/");
	if (of_bytes)
		rate = bytes(p, rate, t);
	else
		text_printf(t, " %llu", (unsigned long long)rate);
	expect_punct(p, "/");
	if (p->tok.kind == TOK_WORD)
		seconds = period_seconds(p->tok.text);
	if (!seconds)
		parse_error(p, ERROR_WORD, "expected second, minute, hour, day or week");
	text_printf(t, "/%.*s", STR_FMT(p->tok.text));
	advance(p);
	uint64_t more = burst(p, of_bytes, t);
	if (!p->failed && rate &&
	    overflows(rate, (of_bytes ? more : (uint32_t)more), seconds, of_bytes))
		parse_error_at(p, at, ERROR_VALUE,
			       "this rate and burst are too large for the kernel (Value too large "
			       "for defined data type)");
}

/* limit rate … | limit name EXPR */
static struct stmt *limit(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "limit");
	struct text t = { .arena = p->arena };
	text_printf(&t, "limit");
	advance(p);
	if (by_name(p, s, &t))
		return s;
	parse_limit_rate(p, &t);
	s->text = text_str(&t);
	return s;
}

/* [over | until] N UNIT [used N UNIT] */
void parse_quota_amount(struct parser *p, struct text *t)
{
	if (accept_word(p, "over"))
		text_printf(t, " over");
	else
		accept_word(p, "until");
	amount(p, t);
	struct text used = { .arena = p->arena };
	if (accept_word(p, "used"))
		amount(p, &used);
}

/* quota AMOUNT | quota name EXPR */
static struct stmt *quota(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "quota");
	struct text t = { .arena = p->arena };
	text_printf(&t, "quota");
	advance(p);
	if (by_name(p, s, &t))
		return s;
	parse_quota_amount(p, &t);
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

uint16_t stateful_add(uint16_t before, const struct stmt *st)
{
	static const char *const kinds[] = { "counter", "limit", "quota", "last", "ct count" };
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_starts(st->text, kinds[i]))
			return (uint16_t)((unsigned)before << 3 | (i + 1));
	return before;
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
	if (is_word(p, "add"))
		script_uses(p->script, FEATURE_STATEMENT, "flow add", span_of(p, p->tok.raw));
	if (!accept_word(p, "add") && !accept_word(p, "offload"))
		parse_error(p, ERROR_SYNTAX, "expected 'add' and a flowtable");
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

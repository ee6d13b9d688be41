/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions. One grammar for both sides of a match and for the values of
 * statements; the mode says what a bare word may be.
 *
 *   expr    = concat ["map" (set | "@" NAME)]
 *   concat  = or ("." or)*
 *   or      = xor (("|" | "or") xor)*
 *   xor     = and (("^" | "xor") and)*
 *   and     = shift (("&" | "and") shift)*
 *   shift   = range (("<<" | "lshift" | ">>" | "rshift") range)*
 *   range   = prefix ["-" prefix]
 *   prefix  = primary ["/" NUMBER]
 */
#include "text.h"

#define SIZE_MAX_OF_EXPR 8000000u

static struct expr *fail(struct parser *p, const char *what)
{
	parse_error(p, ERROR_SYNTAX, "expected %s", what);
	return NULL;
}

static struct expr *pair(struct parser *p, enum expr_kind kind, struct str first, struct str op,
			 struct expr *x, struct expr *y)
{
	if (!x || !y || p->failed)
		return NULL;
	struct expr *e = expr_new(p->arena, kind, span_from(p, first), op);
	expr_add(p->arena, e, x);
	expr_add(p->arena, e, y);
	return e;
}

/* '$' NAME */
static struct expr *variable(struct parser *p)
{
	advance(p);
	if (p->tok.kind != TOK_WORD)
		return fail(p, "the name of a variable");
	struct expr *e = define_find(p, p->tok.text);
	advance(p);
	return e;
}

/* Words that begin a statement: in the place of a value they mean that the value was forgotten. */
static bool is_statement_word(const struct parser *p)
{
	static const char *const words[] = { "accept",     "drop",    "continue", "return",
					     "jump",       "goto",    "counter",  "reject",
					     "log",        "limit",   "quota",    "queue",
					     "masquerade", "notrack", "comment",  NULL };
	for (size_t i = 0; words[i]; i++)
		if (is_word(p, words[i]))
			return true;
	return false;
}

/* primary = selector | WORD | VALUE | STRING | "@" NAME | "$" NAME | set | "(" expr ")" | "*" */
static struct expr *primary(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	if (is_selector(p, mode))
		return parse_selector(p, mode);
	if (is_punct(p, "$"))
		return variable(p);
	if (is_punct(p, "{"))
		return parse_set(p, mode);
	if (accept_punct(p, "@")) {
		struct str name = expect_identifier(p, "the name of a set");
		return p->failed ? NULL
				 : expr_new(p->arena, EXPR_SET_REF, span_from(p, first), name);
	}
	if (accept_punct(p, "(")) {
		struct expr *e = enter(p) ? parse_expr(p, mode) : NULL;
		expect_punct(p, ")");
		leave(p);
		return e;
	}
	if (accept_punct(p, "*"))
		return expr_new(p->arena, EXPR_ANY, span_from(p, first), STR("*"));
	if ((p->tok.kind != TOK_WORD && p->tok.kind != TOK_VALUE && p->tok.kind != TOK_STRING) ||
	    (mode != MODE_LEFT && is_statement_word(p)) ||
	    (mode == MODE_VALUE && p->tok.kind == TOK_WORD && !is_value_word(p->tok.text)))
		return fail(p, mode == MODE_LEFT ? "a match or a statement" : "a value");
	struct token t = p->tok;
	advance(p);
	return expr_new(p->arena, t.kind == TOK_STRING ? EXPR_STRING : EXPR_WORD, span_of(p, t.raw),
			t.text);
}

static struct expr *prefix(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	struct expr *e = primary(p, mode);
	if (!e || e->kind == EXPR_SELECTOR || (p->flag_values && !p->sets) || !is_punct(p, "/"))
		return e;
	advance(p);
	if (p->tok.kind != TOK_VALUE)
		return fail(p, "a prefix length");
	struct expr *len = expr_new(p->arena, EXPR_WORD, span_of(p, p->tok.raw), p->tok.text);
	advance(p);
	return pair(p, EXPR_PREFIX, first, STR("/"), e, len);
}

static struct expr *range(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	struct expr *e = prefix(p, mode);
	if (!e || e->kind == EXPR_SELECTOR || !accept_punct(p, "-"))
		return e;
	return pair(p, EXPR_RANGE, first, STR("-"), e, prefix(p, mode));
}

// clang-format off
static const struct operator {
	const char *sign, *word;
	int level;
} operators[] = {
	// clang-format on
	{ "<<", "lshift", 3 }, { ">>", "rshift", 3 }, { "&", "and", 2 },
	{ "^", "xor", 1 },     { "|", "or", 0 },
};

static const struct operator* operator_here(const struct parser *p, int level)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (operators[i].level == level &&
		    (is_punct(p, operators[i].sign) || is_word(p, operators[i].word)))
			return &operators[i];
	return NULL;
}

static struct expr *binary(struct parser *p, enum mode mode, int level)
{
	struct str first = p->tok.raw;
	if (level > 3)
		return range(p, mode);
	struct expr *e = binary(p, mode, level + 1);
	const struct operator* op;
	while (e && (op = operator_here(p, level))) {
		advance(p);
		/* after an operator a word is a value, unless a field follows it */
		enum mode right = mode == MODE_LEFT ? MODE_STATEMENT : mode;
		e = pair(p, EXPR_BINARY, first, str_from(op->sign), e, binary(p, right, level + 1));
	}
	return e;
}

static struct expr *concat(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	struct expr *e = binary(p, mode, 0);
	if (!e || !is_punct(p, "."))
		return e;
	struct expr *all = expr_new(p->arena, EXPR_CONCAT, e->span, STR("."));
	expr_add(p->arena, all, e);
	while (accept_punct(p, ".")) {
		e = binary(p, mode, 0);
		if (!e)
			return NULL;
		expr_add(p->arena, all, e);
	}
	all->span = span_from(p, first);
	return all;
}

struct expr *parse_expr(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	struct expr *e = enter(p) ? concat(p, mode) : NULL;
	if (e && accept_word(p, "map")) {
		struct expr *m = primary(p, MODE_VALUE);
		if (m && m->kind != EXPR_SET && m->kind != EXPR_SET_REF)
			e = fail(p, "a map");
		else
			e = pair(p, EXPR_MAP, first, STR("map"), e, m);
	}
	if (e && e->size > SIZE_MAX_OF_EXPR)
		parse_error_at(p, first, ERROR_LIMIT,
			       "this has more than %u parts once its variables are replaced",
			       SIZE_MAX_OF_EXPR);
	leave(p);
	return p->failed ? NULL : e;
}

/* list = expr ("," expr)* */
struct expr *parse_list(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	struct expr *e = parse_expr(p, mode);
	if (!e || !is_punct(p, ","))
		return e;
	struct expr *list = expr_new(p->arena, EXPR_LIST, e->span, STR(","));
	expr_add(p->arena, list, e);
	while (e && accept_punct(p, ",")) {
		e = parse_expr(p, mode);
		if (e)
			expr_add(p->arena, list, e);
	}
	list->span = span_from(p, first);
	return e ? list : NULL;
}

/* values = list; of bits, "a / b" is a under the mask b and no prefix */
struct expr *parse_values(struct parser *p, const struct expr *left)
{
	bool flags = p->flag_values;
	p->flag_values = left && left->kind == EXPR_SELECTOR && left->selector &&
			 datatype_is_bitmask(left->selector->type);
	struct expr *e = parse_list(p, MODE_VALUE);
	p->flag_values = flags;
	return e;
}

/* ---- verdicts ---- */

static const char *const verdicts[] = { "accept", "drop", "continue", "return", "jump", "goto" };

bool is_verdict(const struct parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (is_word(p, verdicts[i]))
			return true;
	return false;
}

/* jump "{" rules "}": a chain without a name */
static void anonymous_chain(struct parser *p, struct expr *e)
{
	struct nft_table *t = p->table;
	if (!t) {
		parse_error(p, ERROR_SYNTAX, "expected the name of a chain");
		return;
	}
	struct span span = span_of(p, p->tok.raw);
	const char *name = arena_printf(p->arena, "__chain%u", p->script->n_anonymous++);
	struct nft_chain *c = table_add_chain(p->script, t, str_from(name), span);
	c->is_anonymous = true;
	e->anonymous = c;
	parse_block(p, parse_chain_body, c);
	p->table = t;
}

/* accept | drop | continue | return | (jump | goto) (NAME | "{" rules "}") */
struct expr *parse_verdict(struct parser *p)
{
	struct str first = p->tok.raw;
	struct expr *e = expr_new(p->arena, EXPR_VERDICT, span_of(p, first), p->tok.text);
	bool calls = is_word(p, "jump") || is_word(p, "goto");
	advance(p);
	if (!calls)
		return e;
	if (is_punct(p, "{")) {
		anonymous_chain(p, e);
	} else {
		struct str at = p->tok.raw;
		struct str name = is_punct(p, "$") ? expect_name(p, "the name of a chain")
						   : expect_identifier(p, "the name of a chain");
		if (p->failed)
			return NULL;
		expr_add(p->arena, e, expr_new(p->arena, EXPR_WORD, span_of(p, at), name));
	}
	e->span = span_from(p, first);
	return p->failed ? NULL : e;
}

/* ---- sets ---- */

/* timeout 1h | expires 5m | comment "x" | counter … | limit … | quota … | last … */
static void element_options(struct parser *p, struct expr *element)
{
	while (!p->failed) {
		if (accept_word(p, "timeout") || accept_word(p, "expires")) {
			element->temporary = true;
			parse_duration(p);
		} else if (accept_word(p, "comment")) {
			if (p->tok.kind != TOK_STRING &&
			    (p->tok.kind != TOK_WORD || is_keyword(p->tok.text)))
				fail(p, "a comment in quotes");
			advance(p);
		} else {
			const struct stmt *st = parse_stateful(p);
			if (!st)
				return;
			element->stateful = stateful_add(element->stateful, st);
		}
	}
}

/* element = expr options [":" (verdict | expr) options] */
static struct expr *element(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	struct expr *key = parse_expr(p, mode);
	if (!key)
		return NULL;
	element_options(p, key);
	if (!accept_punct(p, ":"))
		return key;
	struct expr *value = is_verdict(p) ? parse_verdict(p) : parse_expr(p, MODE_STATEMENT);
	if (!value)
		return NULL;
	struct expr *e = pair(p, EXPR_MAPPING, first, STR(":"), key, value);
	if (e)
		element_options(p, e);
	return e;
}

/* set = "{" [element ("," element)* [","]] "}" */
/* Ends of lines; a semicolon has no place between elements. */
static void skip_lines(struct parser *p)
{
	while (p->tok.kind == TOK_NEWLINE && !str_is(p->tok.raw, ";"))
		advance(p);
}

struct expr *parse_set(struct parser *p, enum mode mode)
{
	struct str first = p->tok.raw;
	struct expr *set = expr_new(p->arena, EXPR_SET, span_of(p, first), STR("{}"));
	/* In a key, the braces contain values. */
	enum mode inside = mode == MODE_LEFT ? MODE_VALUE : mode;
	expect_punct(p, "{");
	enter(p);
	p->sets++;
	for (skip_lines(p); !is_punct(p, "}") && p->tok.kind != TOK_END; skip_lines(p)) {
		struct expr *e = element(p, inside);
		if (!e)
			break;
		/* a set in a set, or a variable that is one: its elements */
		if (e->kind == EXPR_SET)
			for (size_t i = 0; i < e->n && set->size <= SIZE_MAX_OF_EXPR; i++)
				expr_add(p->arena, set, e->items[i]);
		else
			expr_add(p->arena, set, e);
		skip_lines(p);
		if (!is_punct(p, ","))
			break;
		while (accept_punct(p, ",")) /* one more is accepted as well */
			skip_lines(p);
	}
	leave(p);
	if (!set->n && is_punct(p, "}") && str_is(p->last, "{") && !p->defines_value)
		parse_error(p, ERROR_SYNTAX, "expected an element");
	expect_punct(p, "}");
	if (!p->failed)
		p->sets--;
	set->span = span_from(p, first);
	return p->failed ? NULL : set;
}

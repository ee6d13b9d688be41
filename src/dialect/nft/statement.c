/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statements of a rule. A match begins with a selector; everything else with a word of
 * its own: see stateful.c and action.c.
 */
#include "text.h"

struct stmt *stmt_new(struct parser *p, enum stmt_kind kind, const char *text)
{
	struct stmt *s = arena_new_one(p->arena, struct stmt);
	*s = (struct stmt){ .kind = kind, .span = span_of(p, p->tok.raw), .text = str_from(text) };
	return s;
}

void stmt_reads(struct parser *p, struct stmt *s, struct expr *e)
{
	if (e)
		vec_push(p->arena, &s->reads, e);
}

/* ip | ip6 */
bool stmt_family(struct parser *p, struct stmt *s)
{
	if (!is_word(p, "ip") && !is_word(p, "ip6"))
		return false;
	s->l3 = is_word(p, "ip6") ? 6 : 4;
	advance(p);
	return true;
}

bool accept_one_of(struct parser *p, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (accept_word(p, list[i]))
			return true;
	return false;
}
/* ---- matches and assignments ---- */

// clang-format off
static const struct { const char *sign, *word; } comparisons[] = {
	{ "==", "eq" }, { "!=", "ne" }, { "<=", "le" }, { ">=", "ge" }, { "<", "lt" }, { ">", "gt" },
	{ "!", "not" },
};
// clang-format on

static struct str comparison(struct parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++)
		if (accept_punct(p, comparisons[i].sign) || accept_word(p, comparisons[i].word))
			return str_from(comparisons[i].sign);
	return STR("");
}

/* exists | missing, behind a header that may be there or not */
static bool may_be_missing(const struct expr *e)
{
	return e->kind == EXPR_SELECTOR &&
	       (str_starts(e->text, "exthdr") || str_starts(e->text, "tcp option") ||
		str_starts(e->text, "ip option") || str_starts(e->text, "fib") ||
		str_starts(e->text, "sctp chunk") || str_starts(e->text, "dccp option"));
}

/* A number behind the slash is the length of a prefix, also of bits: 0x2 / 0x1 is no mask
 * (parser_bison.y: prefix_rhs_expr) */
static void prefix_of_bits(struct parser *p, struct stmt *s)
{
	unsigned width = datatype_of_type(s->a->selector->type).width;
	struct str at = p->tok.raw;
	uint64_t len = expect_number(p, "a prefix length");
	if (p->failed || !width || width > 64 || len > width) {
		parse_error_at(p, at, ERROR_VALUE,
			       "a number after '/' is a prefix length, here 0 to %u: write the "
			       "mask by names, or as & %.*s ==",
			       width, STR_FMT(at));
		return;
	}
	uint64_t mask = len ? (~(uint64_t)0 >> (64 - width)) &
					~((len < width ? (uint64_t)1 << (width - len) : 1) - 1)
			    : 0;
	struct str text = str_from(arena_printf(p->arena, "0x%llx", (unsigned long long)mask));
	struct expr *and = expr_new(p->arena, EXPR_BINARY, s->b->span, STR("&"));
	s->mask = expr_new(p->arena, EXPR_WORD, span_of(p, at), text);
	expr_add(p->arena, and, s->b);
	expr_add(p->arena, and, s->mask);
	s->b = and;
}

static struct stmt *match_or_set(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_MATCH, "");
	struct str first = p->tok.raw;
	s->a = parse_expr(p, MODE_LEFT);
	if (!s->a)
		return s;
	if (s->a->kind == EXPR_WORD || s->a->kind == EXPR_STRING || s->a->kind == EXPR_SET) {
		parse_error_at(p, first, ERROR_WORD, "expected a match or a statement, not '%.*s'",
			       (int)(first.n < 60 ? first.n : 60), first.p);
		return s;
	}
	if (accept_word(p, "vmap")) {
		s->kind = ST_VMAP;
		s->b = is_punct(p, "{") || is_punct(p, "@") || is_punct(p, "$")
			       ? parse_expr(p, MODE_VALUE)
			       : NULL;
		if (!s->b)
			parse_error(p, ERROR_SYNTAX, "expected a map");
	} else if (accept_word(p, "set")) {
		s->kind = ST_SET;
		if (is_punct(p, "{"))
			parse_error(p, ERROR_SYNTAX, "expected a value");
		s->b = parse_list(p, MODE_STATEMENT); /* ct event set new,related */
	} else {
		s->op = comparison(p);
		if (at_statement_end(p) && may_be_missing(s->a)) {
			parse_error(p, ERROR_SYNTAX, "expected a value, exists or missing");
			return s;
		}
		s->b = parse_values(p, s->a);
		if (s->b && s->a->kind == EXPR_SELECTOR && is_punct(p, "/")) {
			advance(p);
			/* several numbers are not lengths: nft -n lists a mask like this */
			bool several = peek_next(p)->kind == TOK_PUNCT &&
				       str_is(peek_next(p)->text, ",");
			if (p->tok.kind == TOK_VALUE && !several)
				prefix_of_bits(p, s);
			else
				s->mask = parse_values(p, s->a);
		}
	}
	return s;
}

static struct stmt *verdict(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_VERDICT, "");
	s->a = parse_verdict(p);
	return s;
}

/* ---- the rule ---- */

static struct stmt *statement(struct parser *p)
{
	struct stmt *s = is_verdict(p) ? verdict(p) : NULL;
	if (!s)
		s = parse_stateful(p);
	if (!s)
		s = parse_filling(p);
	if (!s)
		s = parse_action(p);
	return s ? s : match_or_set(p);
}

void parse_loose_rule(struct script *s, struct nft_table *t, struct str text, struct span place,
		      struct nft_rule *r)
{
	struct parser p = { .script = s,
			    .arena = s->arena,
			    .file = s->source->items[0],
			    .table = t,
			    .at = text.p,
			    .end = text.p + text.n,
			    .fixed = &place };
	struct nft_rule loose = { .chain = r->chain };
	lex_start(&p);
	parse_rule(&p, &loose);
	for (size_t i = 0; i < loose.stmts.n; i++)
		vec_push(s->arena, &r->stmts, loose.stmts.items[i]);
}

/* rule = statement+ [comment STRING] */
void parse_rule(struct parser *p, struct nft_rule *r)
{
	struct str first = p->tok.raw;
	bool ended = false;
	p->handle = 0;
	while (!at_statement_end(p)) {
		struct str at = p->tok.raw;
		if (accept_word(p, "comment")) {
			r->comment = p->tok.text;
			if (p->tok.kind != TOK_STRING && p->tok.kind != TOK_WORD)
				parse_error(p, ERROR_SYNTAX, "expected a comment in quotes");
			if (r->comment.n > 128)
				parse_error(p, ERROR_VALUE, "a comment has at most 128 characters");
			advance(p);
			if (!at_statement_end(p))
				parse_error(p, ERROR_SYNTAX,
					    "expected the end of the rule after its comment");
			break;
		}
		struct stmt *s = statement(p);
		if (p->failed)
			return;
		s->span = span_from(p, at);
		if (ended)
			parse_error_at(p, at, ERROR_SYNTAX,
				       "nothing after a verdict has any effect");
		ended = s->kind == ST_VERDICT || s->kind == ST_NAT || s->kind == ST_REJECT ||
			s->kind == ST_QUEUE;
		vec_push(p->arena, &r->stmts, s);
	}
	if (p->failed)
		return;
	if (!r->stmts.n)
		parse_error(p, ERROR_SYNTAX, "expected a rule");
	r->span = span_from(p, first);
	r->handle = p->handle;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* define, redefine, undefine and include: allowed between commands, and in blocks. */
#include "text.h"

/* ---- define, include ---- */

static void add_define(struct parser *p, struct str name, struct expr *value)
{
	struct define *d = arena_new_one(p->arena, struct define);
	*d = (struct define){ name, value, p->defines, p->depth };
	p->defines = d;
}

static struct define *find_define(struct parser *p, struct str name)
{
	for (struct define *d = p->defines; d; d = d->outer)
		if (str_eq(d->name, name))
			return d;
	return NULL;
}

/* The value as one text, if it is not an expression: -100, filter - 5 */
static struct expr *raw_value(struct parser *p)
{
	struct str first = p->tok.raw;
	while (!at_statement_end(p))
		advance(p);
	struct str all = { first.p, (size_t)(p->last.p + p->last.n - first.p) };
	return expr_new(p->arena, EXPR_WORD, span_of(p, all), all);
}

static bool is_priority_sum(struct parser *p)
{
	static const enum hook hooks[] = { HOOK_PREROUTING, HOOK_POSTROUTING };
	int n;
	const struct token *t;
	bool named = false;
	if (is_punct(p, "-"))
		return true;
	for (size_t i = 0; p->tok.kind == TOK_WORD && i < ARRAY_SIZE(hooks); i++)
		named = named || priority_find(p->tok.text, FAMILY_INET, hooks[i], &n);
	if (!named)
		return false;
	t = peek_next(p);
	return t->kind == TOK_PUNCT && (str_is(t->text, "-") || str_is(t->text, "+"));
}

/* (define | redefine) NAME "=" values | undefine NAME */
bool parse_define(struct parser *p)
{
	bool again = is_word(p, "redefine"), un = is_word(p, "undefine");
	if (!again && !un && !is_word(p, "define"))
		return false;
	advance(p);
	struct str at = p->tok.raw, name = p->tok.text;
	if (p->tok.kind != TOK_WORD)
		parse_error(p, ERROR_SYNTAX, "expected the name of a variable");
	else
		expect_identifier(p, "the name of a variable");
	struct define *old = find_define(p, name);
	if (!p->failed && (again || un) && !old)
		parse_error_at(p, at, ERROR_UNDEFINED, "'%.*s' is not defined", STR_FMT(name));
	if (un) {
		if (old)
			old->name = (struct str){ "", 0 };
		return true;
	}
	if (!p->failed && !again && old)
		parse_error_at(p, at, ERROR_DUPLICATE,
			       "'%.*s' is already defined (use redefine to change it)",
			       STR_FMT(name));
	expect_punct(p, "=");
	p->defines_value = is_punct(p, "{");
	struct expr *value = is_priority_sum(p) ? raw_value(p) : parse_values(p, NULL);
	p->defines_value = false;
	if (!value)
		return true;
	if (again && old)
		old->value = value;
	else
		add_define(p, name, value);
	return true;
}

#define INCLUDES_MAX 16     /* deep, as in nft (MAX_INCLUDE_DEPTH) */
#define INCLUDED_MAX 10000u /* files in all */
#define INCLUDED_BYTES_MAX (256u << 20)

static void include_file(struct parser *p, const struct source_file *f,
			 void (*body)(struct parser *p, void *ctx), void *ctx)
{
	struct parser inner = *p;
	inner.file = f;
	inner.at = f->text;
	inner.end = f->text + f->len;
	inner.include_depth++;
	lex_start(&inner);
	body(&inner, ctx);
	if (inner.failed)
		recover(&inner);
	if (inner.tok.kind != TOK_END)
		script_error(p->script, span_of(&inner, inner.tok.raw), ERROR_SYNTAX,
			     "this closes a block that the included file did not open");
	p->defines = inner.defines;
}

/* include STRING */
void parse_include(struct parser *p, void (*body)(struct parser *p, void *ctx), void *ctx)
{
	struct source *s = p->script->source;
	advance(p);
	struct str at = p->tok.raw, pattern = p->tok.text;
	if (p->tok.kind != TOK_STRING)
		parse_error(p, ERROR_SYNTAX, "expected the name of a file in quotes");
	advance(p);
	if (!at_statement_end(p))
		parse_error(p, ERROR_SYNTAX, "expected the end of the line");
	if (p->failed)
		return;
	if (!p->includer) {
		parse_error_at(p, at, ERROR_PLACE, "include is not allowed here");
		return;
	}
	if (p->include_depth >= INCLUDES_MAX || s->includes.n >= INCLUDED_MAX) {
		parse_error_at(p, at, ERROR_DEPTH, "files include each other more than %d deep",
			       INCLUDES_MAX);
		return;
	}
	struct source_include *inc = arena_new_one(s->arena, struct source_include);
	*inc = (struct source_include){ .from = p->file, .pattern = pattern };
	const char *why = p->includer->include(p->includer, s, inc);
	if (why) {
		parse_error_at(p, at, ERROR_UNDEFINED, "%s", why);
		return;
	}
	vec_push(s->arena, &s->includes, inc);
	for (size_t i = 0; i < inc->n; i++)
		p->script->included += inc->items[i]->len;
	if (p->script->included > INCLUDED_BYTES_MAX) {
		parse_error_at(p, at, ERROR_LIMIT,
			       "the included files are larger than %u MiB together",
			       INCLUDED_BYTES_MAX >> 20);
		return;
	}
	for (size_t i = 0; i < inc->n; i++)
		include_file(p, inc->items[i], body, ctx);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks in braces: of tables and chains.
 */
#include "text.h"

void skip_block(struct parser *p)
{
	unsigned open = 0;
	if (!is_punct(p, "{")) {
		parse_error(p, ERROR_SYNTAX, "expected '{'");
		return;
	}
	while (p->tok.kind != TOK_END) {
		if (is_punct(p, "{"))
			open++;
		else if (is_punct(p, "}") && --open == 0)
			break;
		advance(p);
	}
	expect_punct(p, "}");
}

bool parse_block(struct parser *p, void (*body)(struct parser *p, void *ctx), void *ctx)
{
	unsigned said = p->said;
	if (!expect_punct(p, "{"))
		return false;
	p->said = 0;
	if (enter(p))
		body(p, ctx);
	p->said = said;
	bool closed = expect_punct(p, "}");
	leave(p);
	return closed;
}

void say_once(struct parser *p, enum said what, struct str at)
{
	if (p->said & what)
		parse_error_at(p, at, ERROR_DUPLICATE, "this is given twice in this block");
	p->said |= what;
}

void parse_block_comment(struct parser *p)
{
	say_once(p, SAID_COMMENT, p->tok.raw);
	script_uses(p->script, FEATURE_CHAIN, "comment", span_of(p, p->tok.raw));
	advance(p);
	if (p->tok.kind != TOK_STRING && (p->tok.kind != TOK_WORD || is_keyword(p->tok.text)))
		parse_error(p, ERROR_SYNTAX, "expected a comment in quotes");
	advance(p);
}

/* ---- chains ---- */

/* The number of a constant: a word, or a variable that holds one. */
static struct str constant(struct parser *p, const char *what)
{
	return expect_name(p, what);
}

/* [-] NUMBER | NAME [(+ | -) NUMBER]; the name may have the number glued to it */
int parse_priority(struct parser *p, enum family family, enum hook hook)
{
	bool negative = accept_punct(p, "-");
	struct str at = p->tok.raw, word = constant(p, "a priority");
	u128 n = 0;
	int base = 0;
	if (p->failed)
		return 0;
	struct str head = word, tail = { 0 };
	/* what a variable holds: "filter - 5" or "-100" */
	if (!negative && head.n && head.p[0] == '-') {
		negative = true;
		head.p++;
		head.n--;
	}
	/* nft keeps the low 32 bits */
	if (str_number(head, UINT64_MAX, &n))
		return (int)(int32_t)(negative ? -(uint32_t)n : (uint32_t)n);
	for (size_t i = 0; i < word.n && !tail.p; i++)
		if (word.p[i] == '-' || word.p[i] == '+' || word.p[i] == ' ') {
			head.n = i;
			tail = (struct str){ word.p + i, word.n - i };
		}
	if (!priority_find(head, family, hook, &base)) {
		parse_error_at(p, at, ERROR_VALUE,
			       "expected a priority for hook %s in a table of family %s: a number, "
			       "or a name such as filter, optionally with +N or -N",
			       hook_word(hook), family_name(family));
		return 0;
	}
	script_uses(p->script, FEATURE_CHAIN, "priority name", span_of(p, at));
	if (hook == HOOK_OUTPUT && str_is(head, "dstnat"))
		script_refused(p->script, span_of(p, at),
			       "nft 1.0.6 refuses this name at hook output: write its number, "
			       "-100");
	int sign = 0;
	for (size_t i = 0; i < tail.n; i++) {
		if (tail.p[i] == '-' || tail.p[i] == '+')
			sign = tail.p[i] == '-' ? -1 : 1;
		if (tail.p[i] < '0' || tail.p[i] > '9')
			continue;
		if (!str_number(str_trim((struct str){ tail.p + i, tail.n - i }), INT32_MAX, &n)) {
			parse_error_at(p, at, ERROR_SYNTAX,
				       "expected a number after the name of a priority");
			return 0;
		}
		return base + sign * (int)n;
	}
	if (accept_punct(p, "+"))
		sign = 1;
	else if (accept_punct(p, "-"))
		sign = -1;
	return sign ? base + sign * (int)(expect_number(p, "a number") & 0xffffff) : base;
}

static void add_device(struct parser *p, struct nft_chain *c, struct str name, struct span at)
{
	static const struct selector ifname = { .type = TYPE_IFNAME, .field = FIELD_IIFNAME };
	struct range r;
	if (value_parse(&ifname, name, &r) != VALUE_OK)
		script_error(p->script, at, ERROR_VALUE, "'%.*s' is not %s", STR_FMT(name),
			     value_wanted(TYPE_IFNAME));
	else
		vec_push(p->arena, &c->devices, r);
}

/* device NAME | devices "=" "{" NAME, … "}" */
void parse_devices(struct parser *p, struct nft_chain *c)
{
	bool several = is_word(p, "devices");
	advance(p);
	if (several)
		expect_punct(p, "=");
	struct expr *e = parse_expr(p, MODE_VALUE);
	if (!e)
		return;
	if (e->kind != EXPR_SET)
		add_device(p, c, e->text, e->span);
	for (size_t i = 0; e->kind == EXPR_SET && i < e->n; i++)
		add_device(p, c, e->items[i]->text, e->items[i]->span);
}

/* type T hook H [device D] priority P */
static void chain_hook(struct parser *p, struct nft_chain *c)
{
	struct str at = p->tok.raw;
	/* nft 1.0.6 takes the last one (parser_bison.y: hook_spec) */
	if (p->said & SAID_HOOK) {
		script_refused(p->script, span_of(p, at),
			       "the chain has a type and a hook already: nft 1.0.6 forgets those, "
			       "and takes these");
		c->devices.n = 0;
	}
	p->said |= SAID_HOOK;
	advance(p);
	struct str type = constant(p, "filter, nat or route");
	if (!p->failed && !chain_type_find(type, &c->type))
		parse_error_at(p, at, ERROR_WORD, "expected type filter, nat or route");
	if (!accept_word(p, "hook"))
		parse_error(p, ERROR_SYNTAX, "expected 'hook' and its name after the type");
	at = p->tok.raw;
	struct str hook = constant(p, "a hook");
	if (!p->failed && !hook_find(hook, &c->hook))
		parse_error_at(p, at, ERROR_WORD,
			       "'%.*s' is not a hook: expected prerouting, input, forward, output, "
			       "postrouting, ingress or egress",
			       STR_FMT(hook));
	if (is_word(p, "devices"))
		script_uses(p->script, FEATURE_CHAIN, "several devices", span_of(p, p->tok.raw));
	if (is_word(p, "device") || is_word(p, "devices"))
		parse_devices(p, c);
	if (!accept_word(p, "priority"))
		parse_error(p, ERROR_SYNTAX,
			    "expected 'priority' and a number or a name after the hook");
	c->priority = parse_priority(p, c->table->family, c->hook);
	if (p->failed)
		return;
	c->is_base = true;
	ranges_normalize(c->devices.items, (uint32_t)c->devices.n);
}

/* policy (accept | drop) */
static void chain_policy(struct parser *p, struct nft_chain *c)
{
	say_once(p, SAID_POLICY, p->tok.raw);
	advance(p);
	c->has_policy = true;
	struct str at = p->tok.raw, word = constant(p, "accept or drop");
	if (str_is(word, "accept"))
		c->policy = POLICY_ACCEPT;
	else if (str_is(word, "drop"))
		c->policy = POLICY_DROP;
	else
		parse_error_at(p, at, ERROR_WORD, "expected policy accept or drop");
}

void parse_statement_end(struct parser *p)
{
	if (!at_statement_end(p))
		parse_error(p, ERROR_SYNTAX, "expected ';' or the end of the line");
	if (p->failed || p->fixed || !is_punct(p, "}") || p->script->brace_noted)
		return;
	p->script->brace_noted = true;
	script_refused(p->script, span_of(p, p->tok.raw),
		       "nft 1.0.6 refuses a '}' here: put ';' or a line break before it");
}

/* What is said of the chain itself, and variables; false: it is a rule. */
static bool chain_setting(struct parser *p, struct nft_chain *c)
{
	if (parse_define(p))
		return true;
	if (is_word(p, "include")) {
		parse_include(p, parse_chain_body, c);
		return true;
	}
	if (is_word(p, "type") && peek_next(p)->kind == TOK_WORD) {
		chain_hook(p, c);
	} else if (is_word(p, "policy")) {
		chain_policy(p, c);
	} else if (is_word(p, "devices") || is_word(p, "device")) {
		parse_devices(p, c);
	} else if (is_word(p, "flags") && next_is_word(p, "offload")) {
		advance(p);
		advance(p);
	} else if (is_word(p, "comment")) {
		parse_block_comment(p);
	} else {
		return false;
	}
	parse_statement_end(p);
	return true;
}

/* A chain without a name holds rules only (parser_bison.y: subchain_block). */
static void chain_line(struct parser *p, struct nft_chain *c)
{
	if (!c->is_anonymous && chain_setting(p, c))
		return;
	struct nft_rule *r = arena_new_one(p->arena, struct nft_rule);
	r->place = IN_BLOCK;
	parse_rule(p, r);
	if (!p->failed)
		chain_add_rule(p->script, c, r, c->rules.n);
}

/* body = (line (";" | NEWLINE))*, up to the closing brace */
void parse_chain_body(struct parser *p, void *chain)
{
	struct nft_chain *c = chain;
	p->table = c->table;
	for (skip_newlines(p); p->tok.kind != TOK_END && !is_punct(p, "}"); skip_newlines(p)) {
		chain_line(p, c);
		if (p->failed)
			recover(p);
		else
			parse_statement_end(p);
		if (p->failed)
			recover(p);
	}
}

void parse_chain_block(struct parser *p, struct nft_chain *c)
{
	struct str at = p->last;
	struct nft_chain was = *c;
	if (parse_block(p, parse_chain_body, c))
		script_check_redeclared(p->script, c, &was, was.is_declared, span_of(p, at));
	c->is_declared = true;
}

/* ---- tables ---- */

/* The place of the object's name, from its word on. */
static struct str object_name(struct parser *p, struct str *ret_at)
{
	struct str at = p->tok.raw, name = expect_identifier(p, "a name");
	*ret_at = (struct str){ at.p, (size_t)(p->last.p + p->last.n - at.p) };
	return name;
}

static void table_line(struct parser *p, struct nft_table *t)
{
	struct str at;
	if (accept_word(p, "chain")) {
		struct str name = object_name(p, &at);
		if (!p->failed)
			parse_chain_block(p, table_add_chain(p->script, t, name, span_of(p, at)));
	} else if (is_word(p, "set") || is_word(p, "map") || is_word(p, "meter")) {
		bool is_map = is_word(p, "map"), is_meter = is_word(p, "meter");
		advance(p);
		struct str name = object_name(p, &at);
		if (p->failed)
			return;
		parse_set_block(p, t, name, span_of(p, at), is_map, is_meter);
	} else if (accept_word(p, "flags")) {
		do {
			t->dormant = t->dormant || is_word(p, "dormant");
			if (!accept_word(p, "dormant") && !accept_word(p, "owner") &&
			    !accept_word(p, "persist"))
				parse_error(p, ERROR_WORD, "expected dormant, owner or persist");
		} while (accept_punct(p, ","));
	} else if (is_word(p, "comment")) {
		parse_block_comment(p);
	} else if (!parse_object_block(p, t)) {
		parse_error(p, ERROR_WORD,
			    "expected chain, set, map, flowtable, counter, quota, limit, ct, "
			    "secmark, synproxy, flags or comment");
	}
}

static void table_body(struct parser *p, void *table)
{
	struct nft_table *t = table;
	for (skip_newlines(p); p->tok.kind != TOK_END && !is_punct(p, "}"); skip_newlines(p)) {
		p->table = t;
		if (is_word(p, "include"))
			parse_include(p, table_body, t);
		else if (!parse_define(p))
			table_line(p, t);
		parse_statement_end(p);
		if (p->failed)
			recover(p);
	}
}

/* "{" (object | define | include)* "}" */
void parse_table_block(struct parser *p, struct nft_table *t)
{
	parse_block(p, table_body, t);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands: a script is a list of them, a listing repeats the command `table`. The script is run on
 * an empty ruleset; what it deletes need not exist.
 */
#include "text.h"

/* ---- places ---- */

/* [FAMILY] TABLE NAME */
static struct nft_chain *chain_spec(struct parser *p, bool must)
{
	struct nft_table *t = parse_table_spec(p, false, must);
	struct str at = p->tok.raw, name = expect_identifier(p, "the name of a chain");
	struct nft_chain *c = t ? table_chain(t, name) : NULL;
	if (!c && must && !p->failed)
		parse_error_at(p, at, ERROR_UNDEFINED, "chain '%.*s' is not declared here",
			       STR_FMT(name));
	p->table = t;
	return c;
}

/* ---- commands ---- */

enum verb { V_ADD, V_CREATE, V_INSERT, V_REPLACE, V_DELETE, V_DESTROY, V_FLUSH };

static bool removes(enum verb v)
{
	return v == V_DELETE || v == V_DESTROY;
}

/* Then it stays, so that its users are not reported as errors, too. */
static bool still_used(struct parser *p, const struct nft_table *t, enum expr_kind by,
		       struct str at, struct str name)
{
	bool used = script_is_used(p->script, t, by, name);
	if (used)
		parse_error_at(p, at, ERROR_USED,
			       "'%.*s' is still used: the kernel does not delete it (Device or "
			       "resource busy)",
			       STR_FMT(name));
	return used;
}

static void table_command(struct parser *p, enum verb v)
{
	if (removes(v) && accept_word(p, "handle")) {
		expect_number(p, "a handle");
		return;
	}
	size_t before = p->script->n;
	struct str at = p->tok.raw;
	struct nft_table *t = parse_table_spec(p, v == V_ADD || v == V_CREATE, false);
	if (!t && (v == V_DELETE || v == V_FLUSH))
		parse_missing(p, NULL, "table", p->last);
	if (t && v == V_CREATE && p->script->n != before)
		t->is_new = true;
	if (v == V_CREATE && t && p->script->n == before)
		parse_error_at(p, at, ERROR_DUPLICATE,
			       "this table already exists, and 'create' fails then (use add)");
	/* a table that is named again without flags is no longer dormant (nf_tables_api.c:
	 * nf_tables_updtable)
	 */
	if (t && (v == V_ADD || v == V_CREATE))
		t->dormant = false;
	if (removes(v) && t) {
		script_delete_table(p->script, t);
	} else if (v == V_FLUSH && t) {
		for (size_t i = 0; i < t->chains.n; i++)
			script_drop_rules(p->script, t->chains.items[i]);
	} else if (t && is_punct(p, "{")) {
		parse_table_block(p, t);
	}
}

static void chain_command(struct parser *p, enum verb v)
{
	struct nft_table *t = parse_table_spec(p, false, !removes(v) && v != V_FLUSH);
	struct str at = p->tok.raw, name = STR("");
	if (p->failed)
		return;
	bool by_handle = removes(v) && accept_word(p, "handle");
	if (by_handle)
		expect_number(p, "a handle");
	else
		name = expect_identifier(p, "the name of a chain");
	struct nft_chain *c = t ? table_chain(t, name) : NULL;
	if (!c && (v == V_DELETE || v == V_FLUSH) && !by_handle && (name.n || !t))
		parse_missing(p, t, t ? "chain" : "table", t ? name : p->last);
	if (removes(v)) {
		if (c && !still_used(p, t, EXPR_VERDICT, at, name))
			table_delete_chain(t, c);
		if (is_punct(p, "{"))
			skip_block(p);
	} else if (v == V_FLUSH) {
		if (c)
			script_drop_rules(p->script, c);
	} else if (t && !p->failed) {
		if (v == V_CREATE && c)
			parse_error_at(p, at, ERROR_DUPLICATE,
				       "chain '%.*s' already exists, and 'create' fails then (use "
				       "add)",
				       STR_FMT(name));
		p->table = t;
		c = table_add_chain(p->script, t, name, span_of(p, at));
		if (is_punct(p, "{"))
			parse_chain_block(p, c);
		c->is_declared = true;
	}
}

static void set_command(struct parser *p, enum verb v, bool is_map)
{
	struct nft_table *t = parse_table_spec(p, false, !removes(v) && v != V_FLUSH);
	struct str at = p->tok.raw;
	if (p->failed)
		return;
	if (removes(v) && accept_word(p, "handle")) {
		expect_number(p, "a handle");
		return;
	}
	struct str name = expect_identifier(p, "the name of a set");
	struct nft_set *s = t ? table_set(t, name) : NULL;
	if (!s && (v == V_DELETE || v == V_FLUSH))
		parse_missing(p, t, is_map ? "map" : "set", name);
	if (removes(v)) {
		if (s && !still_used(p, t, EXPR_SET_REF, at, name))
			table_delete_set(t, s);
	} else if (v == V_FLUSH) {
		if (s && s->is_map != is_map)
			parse_error_at(p, at, ERROR_TYPE, "'%.*s' is a %s", STR_FMT(name),
				       is_map ? "set" : "map");
		else if (s)
			s->elements.n = 0;
	} else if (t && !p->failed) {
		if (v == V_CREATE && s)
			parse_error_at(p, at, ERROR_DUPLICATE,
				       "set '%.*s' already exists, and 'create' fails then (use "
				       "add)",
				       STR_FMT(name));
		else
			parse_set_block(p, t, name, span_of(p, at), is_map, false);
	}
}

#define COMPARED_MAX 5000000u

static struct str key_text(const struct expr *e, struct arena *a)
{
	return expr_text(a, e->kind == EXPR_MAPPING ? e->items[0] : e);
}

static void delete_elements(struct parser *p, enum verb v, struct nft_set *s,
			    const struct expr *what)
{
	p->script->compared += s->elements.n;
	if (p->script->compared > COMPARED_MAX) {
		parse_error_at(p, p->last, ERROR_LIMIT,
			       "too many deletions from long sets for fwlint to follow: delete the "
			       "elements in one command");
		return;
	}
	struct arena *a = arena_new();
	struct hash gone;
	size_t kept = 0;
	hash_init(&gone, a);
	for (size_t i = 0; i < what->n; i++)
		hash_put(&gone, key_text(what->items[i], a), s);
	for (size_t i = 0; i < s->elements.n; i++)
		if (!hash_get(&gone, key_text(s->elements.items[i], a)))
			s->elements.items[kept++] = s->elements.items[i];
	/* duplicates that are hidden by different spellings are not reported */
	if (v == V_DELETE && !s->is_dynamic && !s->is_interval && s->elements.n - kept < what->n)
		script_missing(p->script, what->span, s->table, s->table->family, "such element in",
			       s->name);
	s->elements.n = kept;
	arena_free(a);
}

static void create_elements(struct parser *p, const struct nft_set *s, const struct expr *what)
{
	struct arena *a = arena_new();
	struct hash here;
	hash_init(&here, a);
	for (size_t i = 0; i < s->elements.n; i++)
		hash_put(&here, key_text(s->elements.items[i], a), (void *)(uintptr_t)s);
	for (size_t i = 0; i < what->n; i++)
		if (hash_get(&here, key_text(what->items[i], a)))
			script_error(p->script, what->items[i]->span, ERROR_DUPLICATE,
				     "this element already exists, and 'create' fails then (use "
				     "add)");
	arena_free(a);
}

/* element [FAMILY] TABLE SET "{" … "}" */
static void element_command(struct parser *p, enum verb v)
{
	struct nft_table *t = parse_table_spec(p, false, !removes(v));
	struct str at = p->tok.raw;
	if (p->failed)
		return;
	struct str name = expect_identifier(p, "the name of a set");
	struct nft_set *s = t ? table_set(t, name) : NULL;
	struct expr *e = parse_expr(p, MODE_STATEMENT);
	if (!e)
		return;
	if (s && e->kind == EXPR_SET && v == V_CREATE)
		create_elements(p, s, e);
	if (s && !removes(v))
		script_check_targets(p->script, t, e);
	if (e->kind != EXPR_SET)
		parse_error_at(p, at, ERROR_SYNTAX, "expected elements in braces");
	else if (s && removes(v))
		delete_elements(p, v, s, e);
	else if (s)
		set_add_elements(p->script, s, e);
	else if (v == V_DELETE)
		parse_missing(p, t, "set", name);
	else if (!removes(v))
		parse_error_at(p, at, ERROR_UNDEFINED, "set '%.*s' is not declared here",
			       STR_FMT(name));
}

/*
 * [FAMILY] TABLE CHAIN [(handle | position | index) N] rule. A handle that no comment of the file
 * names may be anywhere: the rule goes to the end (add) or to the start (insert).
 */
static void rule_command(struct parser *p, enum verb v)
{
	struct nft_chain *c = chain_spec(p, !removes(v));
	struct nft_rule *r = arena_new_one(p->arena, struct nft_rule);
	bool known = false, by_index = false;
	size_t at = 0;
	r->place = v == V_ADD || v == V_CREATE ? BY_ADD : v == V_INSERT ? BY_INSERT : BY_OTHER;
	if (is_word(p, "handle") || is_word(p, "position")) {
		advance(p);
		uint64_t handle = expect_number(p, "a handle");
		known = c && chain_find_handle(c, handle, &at);
		r->place = BY_OTHER;
		if (!known && handle && v != V_DESTROY && v != V_REPLACE)
			parse_missing(p, p->table, "rule with handle", p->last);
	} else if (removes(v) || v == V_REPLACE) {
		parse_error(p, ERROR_SYNTAX, "expected handle and the number of the rule");
	} else if (accept_word(p, "index")) {
		struct str where = p->tok.raw;
		uint64_t index = expect_number(p, "an index");
		by_index = true;
		r->place = BY_OTHER;
		if (c && !p->failed && !chain_place(c, index, v != V_INSERT, &at))
			parse_error_at(p, where, ERROR_UNDEFINED,
				       "chain '%.*s' has %zu rules: there is none with this index",
				       STR_FMT(c->name), c->rules.n);
	}
	if (p->failed)
		return;
	if (removes(v)) {
		if (known)
			chain_delete_rule(c, at);
		return;
	}
	parse_rule(p, r);
	if (p->failed || !c)
		return;
	if (v == V_REPLACE) {
		if (!known)
			parse_error_at(p, (struct str){ p->last.p, 0 }, ERROR_UNDEFINED,
				       "the rule to replace is not in this file");
		else
			chain_delete_rule(c, at);
	}
	if (p->failed)
		return;
	if (!by_index && (v == V_ADD || v == V_CREATE))
		at = known ? at + 1 : c->rules.n;
	else if (!by_index && !known)
		at = chain_front(c);
	script_check_rule_targets(p->script, c->table, r);
	chain_add_rule(p->script, c, r, at);
}

/* flush ruleset [FAMILY] */
static void flush_ruleset(struct parser *p)
{
	enum family f;
	if (p->tok.kind == TOK_WORD && family_find(p->tok.text, &f)) {
		advance(p);
		script_flush(p->script, &f);
		return;
	}
	script_flush(p->script, NULL);
}

/* chain [FAMILY] TABLE NAME NAME: nft 1.0.6 only knows the chains that existed before the file */
static void rename_command(struct parser *p)
{
	if (!accept_word(p, "chain")) {
		parse_error(p, ERROR_SYNTAX, "expected chain: nft renames nothing else");
		return;
	}
	struct nft_table *t = parse_table_spec(p, false, false);
	struct str name = expect_identifier(p, "the name of a chain");
	struct nft_chain *c = t ? table_chain(t, name) : NULL;
	struct str at = p->last;
	expect_identifier(p, "a new name");
	if (c && !p->failed)
		parse_error_at(p, at, ERROR_UNDEFINED,
			       "nft 1.0.6 cannot rename a chain that the same file creates");
	else
		parse_missing(p, t, "chain", at);
}

/* KIND ([FAMILY] TABLE NAME | handle N) [BODY] */
static void named_command(struct parser *p, enum verb v)
{
	struct str at = p->tok.raw;
	if (accept_word(p, "meter")) {
		skip_statement(p);
		return;
	}
	enum object_kind kind = accept_object_kind(p);
	if (kind == OBJECT_KINDS && !p->failed)
		parse_error_at(p, at, ERROR_WORD,
			       "expected table, chain, rule, set, map, element or another object");
	struct nft_table *t = p->failed ? NULL : parse_table_spec(p, false, !removes(v));
	if (p->failed)
		return;
	bool by_handle = removes(v) && accept_word(p, "handle");
	if (by_handle) {
		expect_number(p, "a handle");
		return;
	}
	at = p->tok.raw;
	struct str name = expect_object_name(p, kind);
	struct nft_object *o = t ? table_object(t, kind, name) : NULL;
	if (p->failed)
		return;
	if (removes(v)) {
		if (o && script_uses_object(p->script, t, kind, name))
			parse_error_at(p, at, ERROR_USED,
				       "'%.*s' is still used: the kernel does not delete it "
				       "(Device or resource busy)",
				       STR_FMT(name));
		else if (o)
			o->is_gone = true;
		else if (v == V_DELETE)
			parse_missing(p, t, object_word(kind), name);
		skip_statement(p);
		return;
	}
	if (v == V_CREATE && o)
		parse_error_at(p, at, ERROR_DUPLICATE,
			       "%s '%.*s' already exists, and 'create' fails then (use add)",
			       object_word(kind), STR_FMT(name));
	o = table_add_object(p->script, t, kind, name);
	if (is_punct(p, "{"))
		parse_object_body(p, o);
	else if (at_statement_end(p) && kind != OBJECT_COUNTER)
		parse_error(p, ERROR_SYNTAX, "expected '{' and the definition of the %s",
			    object_word(kind));
	else if (!at_statement_end(p))
		parse_object_words(p, o);
}

/* What each command may name (parser_bison.y: add_cmd, replace_cmd, create_cmd …). */
static bool has_object(struct parser *p, enum verb v)
{
	static const char all[] = "table chain rule set map element flowtable counter quota ct "
				  "limit secmark synproxy tunnel meter";
	if (p->tok.kind != TOK_WORD || !str_among(p->tok.text, all))
		return true; /* another word is an error elsewhere, or names a rule */
	switch (v) {
	case V_INSERT:
	case V_REPLACE: return is_word(p, "rule");
	case V_CREATE: return !is_word(p, "rule");
	case V_FLUSH: return str_among(p->tok.text, "table chain set map meter");
	case V_ADD:
	case V_DELETE:
	case V_DESTROY: break;
	}
	return true;
}

static void object_command(struct parser *p, enum verb v)
{
	if (!has_object(p, v)) {
		parse_error_at(p, p->tok.raw, ERROR_WORD, "nft has no command '%.*s %.*s'",
			       STR_FMT(p->last), STR_FMT(p->tok.text));
		return;
	}
	if (accept_word(p, "table"))
		table_command(p, v);
	else if (accept_word(p, "chain"))
		chain_command(p, v);
	else if (accept_word(p, "rule"))
		rule_command(p, v);
	else if (accept_word(p, "set"))
		set_command(p, v, false);
	else if (accept_word(p, "map"))
		set_command(p, v, true);
	else if (accept_word(p, "element"))
		element_command(p, v);
	else if (v == V_FLUSH && accept_word(p, "ruleset"))
		flush_ruleset(p);
	else if ((v == V_ADD || v == V_INSERT || v == V_REPLACE) && p->tok.kind == TOK_WORD &&
		 peek_next(p)->kind == TOK_WORD && !is_word(p, "ct") && !is_word(p, "counter") &&
		 !is_word(p, "quota") && !is_word(p, "limit") && !is_word(p, "flowtable") &&
		 !is_word(p, "secmark") && !is_word(p, "synproxy"))
		rule_command(p, v); /* the word `rule` may be left out */
	else
		named_command(p, v);
}

static void command(struct parser *p)
{
	static const struct {
		const char *word;
		enum verb verb;
	} verbs[] = {
		{ "add", V_ADD },         { "create", V_CREATE }, { "insert", V_INSERT },
		{ "replace", V_REPLACE }, { "delete", V_DELETE }, { "destroy", V_DESTROY },
		{ "flush", V_FLUSH },
	};
	if (parse_define(p))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (is_word(p, verbs[i].word)) {
			if (verbs[i].verb == V_DESTROY)
				script_uses(p->script, FEATURE_COMMAND, "destroy",
					    span_of(p, p->tok.raw));
			advance(p);
			p->script->clears = p->script->clears || removes(verbs[i].verb) ||
					    verbs[i].verb == V_FLUSH;
			object_command(p, verbs[i].verb);
			return;
		}
	if (accept_word(p, "rename")) {
		rename_command(p);
		return;
	}
	if (parse_query(p))
		return;
	enum family f;
	if (p->tok.kind == TOK_WORD && family_find(p->tok.text, &f))
		rule_command(p, V_ADD);
	else if (p->tok.kind == TOK_WORD)
		object_command(p, V_ADD);
	else if (is_punct(p, "}"))
		parse_error(p, ERROR_SYNTAX, "this brace closes nothing: expected a command");
	else
		parse_error(p, ERROR_WORD,
			    "expected a command: table, add, flush, define, include …");
}

void script_body(struct parser *p, void *ctx)
{
	(void)ctx;
	for (skip_newlines(p); p->tok.kind != TOK_END; skip_newlines(p)) {
		p->table = NULL;
		if (is_word(p, "include"))
			parse_include(p, script_body, NULL);
		else
			command(p);
		if (!p->failed && !at_statement_end(p))
			parse_error(p, ERROR_SYNTAX, "expected ';' or the end of the line");
		if (!p->failed && is_punct(p, "}"))
			parse_error(p, ERROR_SYNTAX,
				    "this brace closes nothing: expected a command");
		if (!p->failed)
			continue;
		recover(p);
		if (is_punct(p, "}"))
			advance(p);
	}
}

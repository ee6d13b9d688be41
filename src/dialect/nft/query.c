/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that do not change the ruleset: list, get, reset and others. What they name must exist.
 */
#include "text.h"

/* The last word of a command; false, reported: something else stands behind. */
static bool is_last(struct parser *p)
{
	if (!at_statement_end(p))
		parse_error(p, ERROR_SYNTAX, "expected the end of the command");
	return !p->failed;
}

/* [FAMILY] TABLE NAME: of a chain, a set, a map, an object */
static void named(struct parser *p, const char *kind,
		  bool (*is_there)(const struct nft_table *t, const char *kind, struct str name))
{
	struct nft_table *t = parse_table_spec(p, false, false);
	if (p->failed)
		return;
	if (!t)
		parse_missing(p, NULL, "table", p->last);
	struct str name = expect_identifier(p, "a name");
	if (!p->failed && t && !is_there(t, kind, name))
		parse_missing(p, t, kind, name);
}

static bool chain_is_there(const struct nft_table *t, const char *kind, struct str name)
{
	(void)kind;
	return table_chain(t, name) != NULL;
}

static bool set_is_there(const struct nft_table *t, const char *kind, struct str name)
{
	const struct nft_set *s = table_set(t, name);
	return s && (str_is(STR("set"), kind)   ? !s->is_map
		     : str_is(STR("map"), kind) ? s->is_map
						: true);
}

static bool object_is_there(const struct nft_table *t, const char *kind, struct str name)
{
	return table_object(t, object_kind_find(str_from(kind)), name) != NULL;
}

/* [FAMILY] | table [FAMILY] TABLE: where the things to list are */
static void place(struct parser *p)
{
	enum family f;
	if (accept_word(p, "table")) {
		if (!parse_table_spec(p, false, false) && !p->failed)
			parse_missing(p, NULL, "table", p->last);
	} else if (p->tok.kind == TOK_WORD && family_find(p->tok.text, &f)) {
		advance(p);
	}
}

/* element [FAMILY] TABLE SET "{" … "}" */
static void get(struct parser *p)
{
	if (!accept_word(p, "element")) {
		parse_error(p, ERROR_WORD, "expected 'element'");
		return;
	}
	struct nft_table *t = parse_table_spec(p, false, false);
	struct str name = expect_identifier(p, "the name of a set");
	struct nft_set *s = t && !p->failed ? table_set(t, name) : NULL;
	if (!s)
		parse_missing(p, t, "set", name);
	struct expr *e = parse_expr(p, MODE_STATEMENT);
	for (size_t i = 0; e && s && !s->is_dynamic && !s->is_interval && i < e->n; i++) {
		bool found = false;
		for (size_t k = 0; k < s->elements.n && !found; k++) {
			const struct expr *has = s->elements.items[k];
			found = str_eq(expr_text(p->arena,
						 has->kind == EXPR_MAPPING ? has->items[0] : has),
				       expr_text(p->arena, e->items[i]));
		}
		if (!found)
			script_missing(p->script, e->items[i]->span, t, t->family,
				       "such element in", name);
	}
}

/* KIND NAME … | KINDS [place] */
static void list(struct parser *p)
{
	static const char *const all[] = { "ruleset",    "tables",   "chains",   "sets",
					   "maps",       "counters", "quotas",   "limits",
					   "flowtables", "meters",   "secmarks", "synproxys",
					   NULL };
	if (accept_one_of(p, all)) {
		place(p);
	} else if (is_word(p, "ct") && (next_is_word(p, "helpers") || next_is_word(p, "timeout") ||
					next_is_word(p, "expectation"))) {
		advance(p);
		advance(p);
		skip_statement(p);
	} else if (accept_word(p, "table")) {
		if (!parse_table_spec(p, false, false) && !p->failed)
			parse_missing(p, NULL, "table", p->last);
	} else if (accept_word(p, "chain")) {
		named(p, "chain", chain_is_there);
	} else if (is_word(p, "set") || is_word(p, "map")) {
		bool is_map = is_word(p, "map");
		advance(p);
		named(p, is_map ? "map" : "set", set_is_there);
	} else if (is_word(p, "hooks") || is_word(p, "meter")) {
		skip_statement(p);
	} else {
		enum object_kind kind = accept_object_kind(p);
		if (kind == OBJECT_KINDS)
			parse_error(p, ERROR_SYNTAX, "expected what to list");
		else
			named(p, object_word(kind), object_is_there);
	}
}

/* (counter | quota) NAME … | (counters | quotas) [place] */
static void reset(struct parser *p)
{
	static const char *const all[] = { "counters", "quotas", NULL };
	static const char *const later[] = { "rule", "rules", "set", "map", "element", NULL };
	struct str at = p->tok.raw;
	if (accept_one_of(p, all)) {
		place(p);
	} else if (accept_one_of(p, later)) {
		script_refused(p->script, span_of(p, at),
			       "nft 1.0.6 resets counters and quotas only");
		skip_statement(p);
	} else {
		enum object_kind kind = accept_object_kind(p);
		if (kind != OBJECT_COUNTER && kind != OBJECT_QUOTA)
			parse_error_at(p, at, ERROR_WORD,
				       "expected counter, quota, counters or quotas");
		else
			named(p, object_word(kind), object_is_there);
	}
}

bool parse_query(struct parser *p)
{
	static const char *const silent[] = { "describe", "monitor", "export", "import", NULL };
	if (accept_one_of(p, silent)) {
		skip_statement(p);
		return true;
	}
	void (*read)(struct parser *) = is_word(p, "list")    ? list
					: is_word(p, "get")   ? get
					: is_word(p, "reset") ? reset
							      : NULL;
	if (!read)
		return false;
	advance(p);
	read(p);
	is_last(p);
	return true;
}

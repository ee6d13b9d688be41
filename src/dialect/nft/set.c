/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocks of sets and maps (parser_bison.y: set_block, map_block). What they declare is checked
 * by lower_set.c.
 */
#include "text.h"

/* ---- types ---- */

/* Names of objects that a map may hold (parser_bison.y: map_block_obj_type). */
static const char object_types[] = "counter quota limit secmark synproxy";
/* Those of later versions, or with a word before it. */
static const char later_types[] = "helper timeout expectation tunnel";

/* False: it holds no objects. */
static bool object_type(struct parser *p, struct nft_set *s, bool of_selector)
{
	struct str at = p->tok.raw;
	bool ct = is_word(p, "ct") && (next_is_word(p, "helper") || next_is_word(p, "timeout") ||
				       next_is_word(p, "expectation"));
	bool later = ct || is_word(p, "tunnel");
	if (!later && !(p->tok.kind == TOK_WORD && str_among(p->tok.text, object_types)))
		return false;
	if (ct)
		advance(p);
	advance(p);
	s->holds_objects = true;
	if (later || of_selector)
		script_refused(p->script, span_of(p, at),
			       "nft 1.0.6 has no maps of such objects; later versions have");
	return true;
}

/* Has no length of its own (evaluate.c: set_evaluate, set_expr_evaluate_concat). */
static bool is_unqualified(struct str name)
{
	return str_among(name, "verdict integer string bitmask");
}

static struct datatype type_name(struct parser *p, struct nft_set *s, bool is_data, bool *ret_bare)
{
	struct datatype d = { TYPE_OTHER, 0 };
	struct str at = p->tok.raw, name = expect_name(p, "a type");
	if (p->failed)
		return d;
	*ret_bare = is_unqualified(name);
	if (is_data && str_is(name, "verdict"))
		s->holds_verdicts = true;
	if (!datatype_find(name, &d) || (is_data && str_among(name, later_types)))
		parse_error_at(p, at, ERROR_WORD,
			       "'%.*s' is not a data type: expected ipv4_addr, ipv6_addr, "
			       "ether_addr, inet_proto, inet_service, mark, ifname …",
			       STR_FMT(name));
	return d;
}

/* What typeof takes the type of: a selector, perhaps with a mask; or a variable. */
static struct datatype type_of(struct parser *p, struct nft_set *s, bool is_data)
{
	struct datatype d = { TYPE_OTHER, 0 };
	enum family f = p->table ? p->table->family : p->family;
	if (is_data && accept_word(p, "verdict")) {
		s->holds_verdicts = true;
		return d;
	}
	struct str first = p->tok.raw;
	struct expr *e = is_selector(p, MODE_LEFT) ? parse_selector(p, MODE_LEFT)
			 : is_punct(p, "$")        ? parse_expr(p, MODE_LEFT)
						   : NULL;
	if (!e) {
		parse_error(p, ERROR_SYNTAX, "expected a selector after typeof");
		return d;
	}
	/* evaluate.c: set_evaluate: "unqualified type invalid" */
	if (e->kind == EXPR_SELECTOR && !selector_type(e->text, f, &d) &&
	    (str_starts(e->text, "rt ") || str_starts(e->text, "ct ")))
		parse_error_at(p, first, ERROR_TYPE,
			       "unknown family of this address: typeof needs a key that names ip "
			       "or ip6");
	while (!p->failed && (is_punct(p, "&") || is_punct(p, "<<") || is_punct(p, ">>"))) {
		advance(p);
		expect_name(p, "a value");
	}
	return d;
}

/* A key, or the values of a map: parts that are joined by dots. */
static void set_type_side(struct parser *p, struct nft_set *s, bool of_selector, bool is_data)
{
	struct str at = p->tok.raw;
	bool bare = false, any_bare = false;
	size_t n = 0;
	do {
		struct datatype d = of_selector ? type_of(p, s, is_data)
						: type_name(p, s, is_data, &bare);
		if (is_data)
			vec_push(p->arena, &s->data, d);
		else
			vec_push(p->arena, &s->key, d);
		any_bare = any_bare || bare;
		n++;
	} while (!p->failed && accept_punct(p, "."));
	if (!p->failed && any_bare && (n > 1 || !is_data || !s->holds_verdicts))
		parse_error_at(p, at, ERROR_TYPE,
			       "this type has no length of its own: expected typeof and a "
			       "selector");
	if (!p->failed && of_selector && s->holds_verdicts && n > 1)
		parse_error_at(p, at, ERROR_TYPE, "a verdict cannot be part of a value");
}

/* type T ("." T)* [":" T] | typeof SELECTOR ("." SELECTOR)* [":" …] */
static void set_type(struct parser *p, struct nft_set *s)
{
	bool of_selector = is_word(p, "typeof");
	if (of_selector)
		script_uses(p->script, FEATURE_SET, "typeof", span_of(p, p->tok.raw));
	advance(p);
	s->key.n = s->data.n = 0;
	set_type_side(p, s, of_selector, false);
	if (p->failed)
		return;
	if (!s->is_map) {
		if (is_punct(p, ":"))
			parse_error(p, ERROR_TYPE, "a set has no values: expected a map");
		return;
	}
	if (!accept_punct(p, ":")) {
		parse_error(p, ERROR_MISSING, "expected ':' and the type of the map's values");
		return;
	}
	accept_word(p, "interval");
	if (!object_type(p, s, of_selector))
		set_type_side(p, s, of_selector, true);
}

/* ---- lines ---- */

static void set_flags(struct parser *p, struct nft_set *s)
{
	advance(p);
	/* the last line of flags counts (parser_bison.y: set_block); a timeout is a flag, too */
	s->flag_dynamic = s->flag_constant = s->is_interval = false;
	s->flag_timeout = s->timeout.n > 0;
	do {
		s->flag_dynamic = s->flag_dynamic || is_word(p, "dynamic");
		s->flag_timeout = s->flag_timeout || is_word(p, "timeout");
		s->flag_constant = s->flag_constant || is_word(p, "constant");
		s->is_dynamic = s->is_dynamic || s->flag_dynamic || s->flag_timeout;
		s->is_interval = s->is_interval || is_word(p, "interval");
		if (!accept_word(p, "constant") && !accept_word(p, "interval") &&
		    !accept_word(p, "dynamic") && !accept_word(p, "timeout"))
			parse_error(p, ERROR_WORD,
				    "expected constant, interval, dynamic or timeout");
	} while (accept_punct(p, ","));
}

struct str parse_duration(struct parser *p)
{
	u128 n;
	struct str text = p->tok.text;
	if (p->tok.kind != TOK_VALUE || !time_value(text, &n) || str_number(text, ~(u128)0, &n))
		parse_error(p, ERROR_SYNTAX, "expected a time with its unit, such as 5m");
	advance(p);
	return text;
}

/* A counter, limit … that each element has; false: it is none. */
static bool set_stateful(struct parser *p, struct nft_set *s)
{
	const struct stmt *st = parse_stateful(p);
	if (!st)
		return false;
	s->stateful = stateful_add(s->stateful, st);
	s->n_stateful++;
	return true;
}

static void set_line(struct parser *p, struct nft_set *s)
{
	if (is_word(p, "type") || is_word(p, "typeof")) {
		set_type(p, s);
	} else if (is_word(p, "flags")) {
		set_flags(p, s);
	} else if (accept_word(p, "timeout")) {
		s->is_dynamic = s->flag_timeout = true;
		s->timeout = parse_duration(p);
	} else if (is_word(p, "gc-interval")) {
		if (s->is_map)
			script_refused(p->script, span_of(p, p->tok.raw),
				       "nft 1.0.6 refuses gc-interval in a map; later versions "
				       "take it");
		advance(p);
		s->gc_interval = parse_duration(p);
	} else if (accept_word(p, "size")) {
		s->size = expect_number(p, "a number of elements");
	} else if (accept_word(p, "policy")) {
		if (!accept_word(p, "performance") && !accept_word(p, "memory"))
			parse_error(p, ERROR_WORD, "expected performance or memory");
	} else if (is_word(p, "comment")) {
		parse_block_comment(p);
	} else if (is_word(p, "elements")) {
		/* parser_bison.y: set_block: $1->init = $4 */
		if (s->elements.n)
			script_refused(p->script, span_of(p, p->tok.raw),
				       "the set has elements already: nft 1.0.6 forgets those, and "
				       "takes these");
		s->elements.n = 0;
		advance(p);
		expect_punct(p, "=");
		set_add_elements(p->script, s, parse_expr(p, MODE_STATEMENT));
	} else if (!s->is_map && accept_word(p, "auto-merge")) {
		s->merges = true;
	} else if (!set_stateful(p, s)) {
		parse_error(p, ERROR_WORD,
			    "expected type, typeof, flags, timeout, size, policy, elements, "
			    "comment%s",
			    s->is_map ? "" : ", gc-interval or auto-merge");
	}
}

/* (line | define | include) (";" | NEWLINE) */
static void set_body(struct parser *p, void *set)
{
	struct nft_set *s = set;
	for (skip_newlines(p); p->tok.kind != TOK_END && !is_punct(p, "}"); skip_newlines(p)) {
		if (is_word(p, "include"))
			parse_include(p, set_body, s);
		else if (!parse_define(p))
			set_line(p, s);
		/* several statements of one set may follow each other */
		while (!p->failed && set_stateful(p, s))
			;
		/* after elements nft accepts the closing brace */
		if (!(is_punct(p, "}") && str_is(p->last, "}")))
			parse_statement_end(p);
		if (p->failed)
			recover(p);
	}
}

void parse_set_block(struct parser *p, struct nft_table *t, struct str name, struct span at,
		     bool is_map, bool is_meter)
{
	struct nft_set again = {
		.table = t, .name = name, .is_map = is_map, .is_dynamic = is_meter, .span = at
	};
	struct nft_set *old = table_set(t, name),
		       *s = old ? &again : table_add_set(p->script, t, name, at);
	size_t errors = p->script->diags->n;
	if (!old)
		*s = again;
	if (parse_block(p, set_body, s) && !s->key.n && p->script->diags->n == errors)
		script_error(p->script, at, ERROR_MISSING, "'%.*s' has no type", STR_FMT(name));
	if (old && !p->failed)
		script_redeclare_set(p->script, old, s, at);
}

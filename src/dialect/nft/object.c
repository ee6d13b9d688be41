/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects with names as the text has them: in the block of a table, and as commands. */
#include "text.h"

/* counter | quota | … | ct (helper | timeout | expectation); OBJECT_KINDS: none of them */
enum object_kind accept_object_kind(struct parser *p)
{
	enum object_kind k = object_kind_find(p->tok.kind == TOK_WORD ? p->tok.text : STR(""));
	if (k < OBJECT_KINDS) {
		advance(p);
		return k;
	}
	if (!is_word(p, "ct"))
		return OBJECT_KINDS;
	advance(p);
	k = object_kind_find(str_from(arena_printf(p->arena, "ct %.*s", STR_FMT(p->tok.text))));
	if (k == OBJECT_KINDS)
		parse_error(p, ERROR_WORD, "expected helper, timeout or expectation");
	advance(p);
	return k;
}

/*
 * The block in braces: keeps only what FW109 needs, and checks that everything nft requires is
 * there.
 */
void parse_object_body(struct parser *p, struct nft_object *o)
{
	unsigned open = 0;
	struct str at = p->tok.raw;
	bool has_type = false, has_amount = false;
	if (!is_punct(p, "{")) {
		parse_error(p, ERROR_SYNTAX, "expected '{'");
		return;
	}
	while (p->tok.kind != TOK_END) {
		if (is_punct(p, "{")) {
			open++;
		} else if (is_punct(p, "}") && --open == 0) {
			break;
		} else if (is_word(p, "protocol")) {
			o->is_tcp = next_is_word(p, "tcp");
		} else if (is_word(p, "established")) {
			advance(p);
			if (is_punct(p, ":"))
				advance(p);
			o->has_established = time_value(p->tok.text, &o->established);
		}
		has_type = has_type || is_word(p, "type");
		has_amount = has_amount || p->tok.kind == TOK_VALUE;
		advance(p);
	}
	expect_punct(p, "}");
	if (o->kind == OBJECT_HELPER && !has_type)
		parse_error_at(p, at, ERROR_SYNTAX,
			       "expected the type of a helper: type \"ftp\" protocol tcp");
	if ((o->kind == OBJECT_QUOTA || o->kind == OBJECT_LIMIT) && !has_amount)
		parse_error_at(p, at, ERROR_VALUE, "expected an amount in a %s",
			       object_word(o->kind));
}

bool parse_object_block(struct parser *p, struct nft_table *t)
{
	enum object_kind kind = accept_object_kind(p);
	if (kind == OBJECT_KINDS)
		return p->failed;
	struct str name = expect_object_name(p, kind);
	if (!p->failed)
		parse_object_body(p, table_add_object(p->script, t, kind, name));
	return true;
}

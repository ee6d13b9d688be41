/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the table that a command names; says so if it does not exist. */
#include "text.h"

static enum family accept_family(struct parser *p)
{
	enum family f = FAMILY_IP;
	if (p->tok.kind == TOK_WORD && family_find(p->tok.text, &f))
		advance(p);
	return f;
}

/* [FAMILY] TABLE, which must be there unless `make` */
struct nft_table *parse_table_spec(struct parser *p, bool make, bool must)
{
	enum family f = p->family = accept_family(p);
	struct str at = p->tok.raw, name = expect_identifier(p, "the name of a table");
	if (p->failed)
		return NULL;
	if (make)
		return script_add_table(p->script, f, name, span_of(p, at));
	struct nft_table *t = script_table(p->script, f, name);
	if (!t && must)
		parse_error_at(p, at, ERROR_UNDEFINED, "table %s %.*s is not declared here",
			       family_name(f), STR_FMT(name));
	return t;
}

/* Not for `destroy`, which accepts a missing name. */
void parse_missing(struct parser *p, const struct nft_table *t, const char *kind, struct str name)
{
	if (!p->failed)
		script_missing(p->script, span_of(p, name), t, p->family, kind, name);
}

void skip_statement(struct parser *p)
{
	while (!at_statement_end(p)) {
		if (is_punct(p, "{"))
			skip_block(p);
		else
			advance(p);
	}
}

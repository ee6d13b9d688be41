/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds what a command names: its table, and the message if it does not exist. */
#include "text.h"

static enum family accept_family(struct parser *p)
{
	enum family f = FAMILY_IP;
	if (p->tok.kind == TOK_WORD && family_find(p->tok.text, &f))
		advance(p);
	return f;
}

/*
 * A table may not have the name of a command, a family or a verdict, and may not be quoted (nft's
 * scanner.l and `identifier` of parser_bison.y; seen: 1.0.6). Words that only some versions of nft
 * know are not listed here. Chains are not checked: listings of what iptables-nft made have such
 * names, and are read.
 */
static void check_table_name(struct parser *p)
{
	static const char *const words[] = {
		"add",     "replace",   "create", "insert",   "delete",   "get",    "list",
		"flush",   "rename",    "reset",  "describe", "continue", "jump",   "goto",
		"return",  "drop",      "accept", "inet",     "netdev",   "bridge", "ip",
		"ip6",     "arp",       "table",  "chain",    "rule",     "set",    "map",
		"element", "flowtable", "handle", "ruleset",  "hook",     "device"
	};
	if (p->tok.kind == TOK_STRING)
		parse_error(p, ERROR_SYNTAX, "expected the name of a table, without quotes");
	for (size_t i = 0; i < ARRAY_SIZE(words) && p->tok.kind == TOK_WORD; i++)
		if (str_is(p->tok.text, words[i]))
			parse_error(p, ERROR_SYNTAX,
				    "expected the name of a table that is no word of nft");
}

/* [FAMILY] TABLE, which must be there unless `make` */
struct nft_table *parse_table_spec(struct parser *p, bool make, bool must)
{
	enum family f = p->family = accept_family(p);
	check_table_name(p);
	struct str at = p->tok.raw, name = expect_name(p, "the name of a table");
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iptables as a shell script runs it: one command after the other, on a ruleset that is empty at
 * first. What a command does, and when it fails, is as in a network namespace of its own.
 */
#include <fwlint/dialect_commands.h>

#include "parser.h"

struct iptables_session {
	struct parser parser;
};

struct iptables_session *iptables_open(struct arena *a, const struct source *s, struct diags *diags,
				       bool v6)
{
	struct iptables_session *i = arena_new_one(a, struct iptables_session);
	parser_begin(&i->parser, a, s, diags, v6 ? V6 : V4);
	i->parser.by_command = i->parser.all_chains = true;
	return i;
}

static enum command_result result_of(const struct parser *p, size_t before)
{
	if (p->diags->n + p->diags->dropped == before)
		return COMMAND_DONE;
	return p->fails ? COMMAND_FAILED : COMMAND_WRONG;
}

enum command_result iptables_command_line(struct iptables_session *i, struct str line)
{
	struct parser *p = &i->parser;
	size_t before = p->diags->n + p->diags->dropped, unknown = p->uses.n;
	p->fails = false;
	line_command(p, line);
	if (p->uses.n > unknown) { /* it jumps to what is not there */
		struct chain_use *u = &p->uses.items[--p->uses.n];
		if (p->diags->n + p->diags->dropped == before)
			parser_fails(p, source_view(p->source, u->span), ERROR_UNDEFINED,
				     "'%.*s' is neither a chain of table '%.*s' nor a known target",
				     STR_FMT(u->name), STR_FMT(u->table->name));
	}
	return result_of(p, before);
}

enum command_result iptables_restore(struct iptables_session *i, struct str text, bool noflush)
{
	struct parser *p = &i->parser;
	size_t before = p->diags->n + p->diags->dropped;
	p->fails = false;
	p->by_command = false;
	p->noflush = noflush;
	parser_lines(p, text);
	p->has_section = false;
	p->by_command = true;
	p->noflush = false;
	return result_of(p, before);
}

struct ruleset *iptables_close(struct iptables_session *i)
{
	parser_finish(&i->parser);
	return i->parser.rs;
}

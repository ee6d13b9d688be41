/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables and chains while a file is read: what exists at this line, which rules jump to a chain,
 * and where the policies come from.
 */
#include <fwlint/model_builtin.h>

#include "parser.h"

/* "table\nname" for the hash of chains. */
static struct str chain_key(struct parser *p, const struct table *t, struct str name)
{
	struct str key = { arena_printf(p->arena, "%.*s\n%.*s", STR_FMT(t->name), STR_FMT(name)),
			   t->name.n + 1 + name.n };
	return key;
}

struct chain_state *chain_state(struct parser *p, const struct chain *c)
{
	return &p->states.items[c->id];
}

struct chain *parser_add_chain(struct parser *p, struct table *t, struct str name, struct span span)
{
	struct str key = chain_key(p, t, name);
	struct chain *c = hash_get(&p->chains, key);
	if (c && chain_state(p, c)->gone && str_eq(c->name, name)) {
		*chain_state(p, c) = (struct chain_state){ 0 };
		c->span = span;
		return c;
	}
	const struct builtin_chain *b = builtin_chain_find(t->name, name);
	c = ruleset_add_chain(p->rs, t, name, span);
	c->policy = POLICY_UNKNOWN;
	if (b) {
		c->is_base = true;
		c->hook = b->hook;
		c->priority = b->priority;
		c->type = b->type;
	}
	vec_push(p->arena, &p->states, (struct chain_state){ 0 });
	hash_put(&p->chains, key, c);
	return c;
}

struct chain *parser_find_chain(struct parser *p, const struct table *t, struct str name)
{
	/* Consecutive lines are mostly of one chain. */
	struct chain *c = t->n && str_eq(t->items[t->n - 1]->name, name)
				  ? t->items[t->n - 1]
				  : hash_get(&p->chains, chain_key(p, t, name));
	return c && !chain_state(p, c)->gone && str_eq(c->name, name) ? c : NULL;
}

struct chain *parser_chain(struct parser *p, struct table *t, struct str name)
{
	struct chain *c = parser_find_chain(p, t, name);
	if (!c && builtin_chain_find(t->name, name))
		c = parser_add_chain(p, t, name, (struct span){ 0, 0 });
	return c;
}

struct chain *parser_foreign_chain(struct parser *p, struct table *t, struct str name,
				   struct str at)
{
	if (!parser_knows_all(p) || !chain_is_of_program(name))
		return NULL;
	p->keeps = true;
	/* ufw itself loads its files this way. */
	if (!str_starts(name, "ufw"))
		ruleset_load_needs(p->rs, source_span(p->source, at),
				   p->by_command ? "chain '%.*s' is not created here: the command "
						   "fails unless another program has created it"
						 : "chain '%.*s' is not declared here: the file "
						   "loads only with --noflush, "
						   "after another program has created it",
				   STR_FMT(name));
	struct chain *c = parser_add_chain(p, t, name, (struct span){ 0, 0 });
	chain_state(p, c)->foreign = true;
	return c;
}

void parser_set_policy(struct parser *p, struct chain *c, enum policy policy)
{
	c->policy = policy;
	chain_state(p, c)->kept_policy = false;
}

void parser_remove_rule(struct parser *p, struct chain *c, size_t i)
{
	const struct chain *to = c->items[i]->verdict.target;
	if (to)
		chain_state(p, to)->uses--;
	memmove(c->items + i, c->items + i + 1, (c->n - i - 1) * sizeof(*c->items));
	c->n--;
}

void parser_flush(struct parser *p, struct chain *c)
{
	while (c->n)
		parser_remove_rule(p, c, c->n - 1);
}

void parser_remove_chain(struct parser *p, struct chain *c)
{
	FW_ASSERT(!c->is_base && !c->n);
	chain_state(p, c)->gone = true;
}

void parser_rename_chain(struct parser *p, struct chain *c, struct str name)
{
	c->name = name;
	hash_put(&p->chains, chain_key(p, c->table, name), c);
}

struct table *parser_table(struct parser *p, struct str name, struct str at)
{
	for (size_t i = 0; i < p->rs->n; i++)
		if (str_eq(p->rs->items[i]->name, name))
			return p->rs->items[i];
	if (!is_builtin_table(name)) {
		parser_error(p, at, ERROR_WORD,
			     "unknown table '%.*s': expected filter, nat, mangle, raw or "
			     "security",
			     STR_FMT(name));
		return NULL;
	}
	enum family family = p->families == V4   ? FAMILY_IP
			     : p->families == V6 ? FAMILY_IP6
						 : FAMILY_INET;
	struct table *t = ruleset_add_table(p->rs, name, family, source_span(p->source, at));
	for (const struct builtin_chain *b = builtin_chains; b->name && p->all_chains; b++)
		if (str_is(name, b->table))
			parser_add_chain(p, t, str_from(b->name), (struct span){ 0, 0 });
	return t;
}

void parser_begin_section(struct parser *p, struct table *t, struct span at)
{
	p->section = at;
	if (p->noflush)
		return;
	for (size_t i = 0; i < t->n; i++)
		parser_flush(p, t->items[i]);
	for (size_t i = 0; i < t->n; i++) {
		struct chain *c = t->items[i];
		chain_state(p, c)->kept_policy = c->is_base && c->policy == POLICY_DROP;
		if (!c->is_base)
			parser_remove_chain(p, c);
	}
}

/* iptables-nft-restore replaces the table, iptables-legacy-restore changes the existing one.
 */
void parser_end_section(struct parser *p, struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (chain_state(p, t->items[i])->kept_policy)
			ruleset_differs_by_loader(p->rs, p->section,
						  "table '%.*s' comes again here without a policy "
						  "for %.*s: iptables-legacy-restore keeps DROP, "
						  "iptables-nft-restore sets ACCEPT",
						  STR_FMT(t->name), STR_FMT(t->items[i]->name));
}

/* Removes the deleted chains, and renumbers the others. */
static void drop_gone_chains(struct parser *p)
{
	struct ruleset *rs = p->rs;
	size_t kept = 0;
	for (size_t i = 0; i < rs->n; i++) {
		struct table *t = rs->items[i];
		size_t left = 0;
		for (size_t k = 0; k < t->n; k++)
			if (!chain_state(p, t->items[k])->gone)
				t->items[left++] = t->items[k];
		t->n = left;
	}
	for (size_t i = 0; i < rs->n_chains; i++) {
		struct chain *c = rs->chains[i];
		if (chain_state(p, c)->gone)
			continue;
		p->states.items[kept] = p->states.items[i];
		rs->chains[kept] = c;
		kept++;
	}
	rs->n_chains = kept;
	for (size_t i = 0; i < kept; i++)
		rs->chains[i]->id = (uint32_t)i;
}

void parser_finish_chains(struct parser *p)
{
	drop_gone_chains(p);
	/* The kernel's default for a new table. */
	for (size_t i = 0; i < p->rs->n_chains && parser_knows_all(p) && !p->keeps; i++)
		if (p->rs->chains[i]->is_base && p->rs->chains[i]->policy == POLICY_UNKNOWN)
			p->rs->chains[i]->policy = POLICY_ACCEPT;
}

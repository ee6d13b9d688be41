/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of a line: -A -I -D -R -N -P -F -X, and those that change nothing. */
#include "parser.h"

static const struct { const char *name; char letter; } long_commands[] = {
	{ "append", 'A' }, { "insert", 'I' }, { "delete", 'D' }, { "replace", 'R' },
	{ "new-chain", 'N' }, { "policy", 'P' }, { "flush", 'F' }, { "delete-chain", 'X' },
	{ "zero", 'Z' }, { "rename-chain", 'E' }, { "check", 'C' },
	{ "list", 'L' }, { "list-rules", 'S' },
};

/* The letter of a command word; 0: it is none. */
char command_letter(struct str w)
{
	if (w.n == 2 && w.p[0] == '-' && strchr("AIDRNPFXZECLS", w.p[1]) && w.p[1])
		return w.p[1];
	if (w.n < 3 || w.p[0] != '-' || w.p[1] != '-')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(long_commands); i++)
		if (str_is((struct str){ w.p + 2, w.n - 2 }, long_commands[i].name))
			return long_commands[i].letter;
	return 0;
}

static const struct word *command_word(struct parser *p, struct command *c, const char *what)
{
	if (c->at < c->words->n)
		return &c->words->items[c->at++];
	parser_error(p, c->raw, "'%.*s' needs %s", STR_FMT(c->raw), what);
	return NULL;
}

bool valid_chain_name(struct parser *p, struct str name, struct str at)
{
	if (!name.n || name.n > 28) /* XT_EXTENSION_MAXNAMELEN less its end */
		parser_error(p, at, "chain name '%.*s' is %s", STR_FMT(name),
			     name.n ? "longer than 28 characters" : "empty");
	else if (name.p[0] == '-' || name.p[0] == '!')
		parser_error(p, at, "chain name '%.*s' may not begin with '%c'", STR_FMT(name),
			     name.p[0]);
	else
		return true;
	return false;
}

static struct chain *command_chain(struct parser *p, struct command *c)
{
	const struct word *w = command_word(p, c, "a chain");
	if (!w)
		return NULL;
	struct chain *chain = parser_chain(p, c->table, w->text);
	/* Pasted lines mostly come without declarations; both backends want them. */
	if (!chain && (c->letter == 'A' || c->letter == 'I') && !p->has_section &&
	    valid_chain_name(p, w->text, w->raw))
		chain = parser_add_chain(p, c->table, w->text, source_span(p->source, w->raw));
	if (!chain)
		parser_error(p, w->raw, "chain '%.*s' is not declared in table '%.*s'",
			     STR_FMT(w->text), STR_FMT(c->table->name));
	return chain;
}

static bool command_number(struct parser *p, struct command *c, size_t max, size_t *ret)
{
	u128 n;
	const struct word *w = &c->words->items[c->at];
	if (!str_number(w->text, UINT32_MAX, &n))
		return false;
	c->at++;
	if (n < 1 || n > max) {
		parser_error(p, w->raw, "rule number %.*s is not there: the chain has %zu rules",
			     STR_FMT(w->text), max);
		*ret = SIZE_MAX;
		return true;
	}
	*ret = (size_t)n - 1;
	return true;
}

static void remove_rule(struct chain *c, size_t i)
{
	memmove(c->items + i, c->items + i + 1, (c->n - i - 1) * sizeof(*c->items));
	c->n--;
}

/* Do two rule lines say the same words after their chain name? */
static bool same_rule(struct parser *p, const struct rule *r, const struct command *c)
{
	struct words w = { 0 };
	size_t at = 0;
	lex_line(p->arena, source_view(p->source, r->span), &w);
	while (at < w.n && !command_letter(w.items[at].raw))
		at++;
	at += 2;
	if (at < w.n && command_letter(w.items[at - 2].raw) == 'I' &&
	    w.items[at].raw.p[0] >= '0' && w.items[at].raw.p[0] <= '9')
		at++;
	if (w.n - at != c->words->n - c->at)
		return false;
	for (size_t i = 0; at + i < w.n; i++)
		if (!str_eq(w.items[at + i].text, c->words->items[c->at + i].text))
			return false;
	return true;
}

static void command_delete(struct parser *p, struct command *c)
{
	size_t i = 0;
	struct chain *chain = command_chain(p, c);
	if (!chain)
		return;
	if (c->at < c->words->n && command_number(p, c, chain->n, &i)) {
		if (i != SIZE_MAX)
			remove_rule(chain, i);
		return;
	}
	for (i = 0; i < chain->n; i++)
		if (same_rule(p, chain->items[i], c)) {
			remove_rule(chain, i);
			return;
		}
	parser_error(p, c->raw, "no such rule in chain '%.*s'", STR_FMT(chain->name));
}

static void command_rule(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	if (!chain)
		return;
	size_t index = chain->n;
	if (c->letter == 'I') {
		index = 0;
		if (c->at < c->words->n && command_number(p, c, chain->n + 1, &index) &&
		    index == SIZE_MAX)
			return;
	} else if (c->letter == 'R') {
		if (c->at >= c->words->n || !command_number(p, c, chain->n, &index)) {
			parser_error(p, c->raw, "'-R' needs a rule number");
			return;
		}
		if (index == SIZE_MAX)
			return;
	}
	struct rule *r = rule_parse(p, c->words, c->at, c->table, chain, index, p->families,
				    c->line);
	if (r && c->letter == 'C')
		remove_rule(chain, index); /* only asked for */
	if (r && c->letter == 'R')
		remove_rule(chain, index + 1);
}

static void command_policy(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	const struct word *w = chain ? command_word(p, c, "a policy") : NULL;
	if (!w)
		return;
	if (!chain->is_base)
		parser_error(p, w->raw, "a user chain has no policy");
	else if (str_is(w->text, "ACCEPT"))
		chain->policy = POLICY_ACCEPT;
	else if (str_is(w->text, "DROP"))
		chain->policy = POLICY_DROP;
	else
		parser_error(p, w->raw, "policy '%.*s' is not ACCEPT or DROP", STR_FMT(w->text));
}

static void command_new(struct parser *p, struct command *c)
{
	const struct word *w = command_word(p, c, "a chain");
	if (!w || !valid_chain_name(p, w->text, w->raw))
		return;
	if (hash_get(&p->chains, chain_key(p, c->table, w->text))) {
		if (p->has_section)
			parser_error(p, w->raw, "chain '%.*s' is there already", STR_FMT(w->text));
		return;
	}
	parser_add_chain(p, c->table, w->text, source_span(p->source, w->raw));
}

static void command_flush(struct parser *p, struct command *c)
{
	if (c->at < c->words->n) {
		struct chain *chain = command_chain(p, c);
		if (chain)
			chain->n = 0;
		return;
	}
	for (size_t i = 0; i < c->table->n; i++)
		c->table->items[i]->n = 0;
}

/* A chain that has rules, or is not there, cannot be deleted. */
static void command_delete_chain(struct parser *p, struct command *c)
{
	if (c->at >= c->words->n)
		return;
	struct chain *chain = command_chain(p, c);
	if (chain && chain->n)
		parser_error(p, c->words->items[c->at - 1].raw, "chain '%.*s' is not empty",
			     STR_FMT(chain->name));
}

void command_run(struct parser *p, struct command *c)
{
	switch (c->letter) {
	case 'A': case 'I': case 'R': case 'C': command_rule(p, c); return;
	case 'D': command_delete(p, c); return;
	case 'N': command_new(p, c); return;
	case 'P': command_policy(p, c); return;
	case 'F': command_flush(p, c); return;
	case 'X': command_delete_chain(p, c); return;
	case 'Z': case 'L': case 'S': return;
	default:
		parser_error(p, c->raw, "'%.*s' is not supported in a ruleset file", STR_FMT(c->raw));
	}
}

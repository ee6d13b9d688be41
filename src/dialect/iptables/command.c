/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of a line: -A -I -D -R -N -P -F -X -E, and those that change nothing. */
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
		chain = parser_foreign_chain(p, c->table, w->text, w->raw);
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

/* The place of a rule that says the same as the words; SIZE_MAX: reported. */
static size_t find_rule(struct parser *p, struct command *c, struct chain *chain)
{
	size_t i = 0, n = chain->n;
	struct rule *wanted = rule_parse(p, c->words, c->at, c->table, chain, n, p->families, c->line);
	if (!wanted)
		return SIZE_MAX;
	while (i < n && !rule_same(p, chain->items[i], wanted))
		i++;
	parser_remove_rule(p, chain, n);
	if (i < n)
		return i;
	parser_error(p, c->raw, "no such rule in chain '%.*s'", STR_FMT(chain->name));
	return SIZE_MAX;
}

static void command_delete(struct parser *p, struct command *c)
{
	size_t i = 0;
	struct chain *chain = command_chain(p, c);
	if (!chain)
		return;
	if (c->at >= c->words->n || !command_number(p, c, chain->n, &i))
		i = find_rule(p, c, chain);
	if (i != SIZE_MAX)
		parser_remove_rule(p, chain, i);
}

static void command_check(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	if (chain)
		find_rule(p, c, chain);
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
	if (r && c->letter == 'R' && p->rule->several)
		parser_error(p, c->raw, "'-R' takes one rule: one source and one destination address");
	if (r && c->letter == 'R')
		parser_remove_rule(p, chain, index + 1);
	if (r && c->letter == 'R' && p->has_section)
		ruleset_refused_by(p->rs, LOADER_NFT, source_span(p->source, c->raw),
				   "iptables-nft-restore replaces no rule that the same file makes");
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
		parser_set_policy(p, chain, POLICY_ACCEPT);
	else if (str_is(w->text, "DROP"))
		parser_set_policy(p, chain, POLICY_DROP);
	else
		parser_error(p, w->raw, "policy '%.*s' is not ACCEPT or DROP", STR_FMT(w->text));
}

static void command_new(struct parser *p, struct command *c)
{
	const struct word *w = command_word(p, c, "a chain");
	if (!w || !valid_chain_name(p, w->text, w->raw))
		return;
	if (parser_find_chain(p, c->table, w->text)) {
		if (p->has_section)
			parser_error(p, w->raw, "chain '%.*s' is there already", STR_FMT(w->text));
		return;
	}
	parser_add_chain(p, c->table, w->text, source_span(p->source, w->raw));
}

static void command_flush(struct parser *p, struct command *c)
{
	bool had_rules = false;
	if (c->at < c->words->n) {
		struct chain *chain = command_chain(p, c);
		if (chain)
			parser_flush(p, chain);
		return;
	}
	for (size_t i = 0; i < c->table->n; i++) {
		had_rules |= c->table->items[i]->n > 0;
		parser_flush(p, c->table->items[i]);
	}
	if (had_rules && p->has_section)
		ruleset_differs_by_loader(p->rs, source_span(p->source, c->raw), "iptables-legacy-restore removes the "
			"rules that stand before this line, iptables-nft-restore leaves them: name the chain");
}

/* A user chain that has rules, or to which one jumps, cannot be deleted. */
static void delete_user_chain(struct parser *p, struct str at, struct chain *chain)
{
	if (chain->n)
		parser_error(p, at, "chain '%.*s' is not empty", STR_FMT(chain->name));
	else if (chain_state(p, chain)->uses)
		parser_error(p, at, "a rule jumps to chain '%.*s': it cannot be deleted", STR_FMT(chain->name));
	else if (p->has_section)
		parser_remove_chain(p, chain);
}

/* iptables-nft deletes built-in chains too, and their policy with them. */
static void delete_built_in(struct parser *p, struct str at, struct chain *chain)
{
	if (chain->n)
		parser_error(p, at, "chain '%.*s' is not empty", STR_FMT(chain->name));
	else
		ruleset_refused_by(p->rs, LOADER_LEGACY, source_span(p->source, at), "iptables-legacy-restore deletes no "
				   "built-in chain, iptables-nft-restore makes its policy ACCEPT");
	parser_set_policy(p, chain, POLICY_ACCEPT);
}

static void command_delete_chain(struct parser *p, struct command *c)
{
	if (c->at < c->words->n) {
		struct chain *chain = command_chain(p, c);
		struct str at = c->words->items[c->at - 1].raw;
		if (chain && chain->is_base)
			delete_built_in(p, at, chain);
		else if (chain)
			delete_user_chain(p, at, chain);
		return;
	}
	for (size_t i = 0; i < c->table->n && p->has_section; i++) {
		struct chain *chain = c->table->items[i];
		if (!chain->is_base && !chain_state(p, chain)->gone)
			delete_user_chain(p, c->raw, chain);
		else if (chain->is_base && !chain->n && chain->policy == POLICY_DROP)
			ruleset_differs_by_loader(p->rs, source_span(p->source, c->raw), "the policy of %.*s stays DROP with "
				"iptables-legacy-restore, and becomes ACCEPT with iptables-nft-restore", STR_FMT(chain->name));
	}
}

static void command_rename(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	const struct word *w = chain ? command_word(p, c, "a new name") : NULL;
	if (!w || !valid_chain_name(p, w->text, w->raw))
		return;
	if (chain->is_base || parser_chain(p, c->table, w->text)) {
		parser_error(p, w->raw, chain->is_base ? "a built-in chain is not renamed" : "chain '%.*s' is there already",
			     STR_FMT(w->text));
		return;
	}
	ruleset_refused_by(p->rs, LOADER_NFT, source_span(p->source, c->raw),
			   "iptables-nft-restore renames no chain that the same file makes");
	parser_rename_chain(p, chain, w->text);
}

/* -L, -S, -Z: they change no rule, but a chain that they name must be there. */
static void command_look(struct parser *p, struct command *c)
{
	if (c->at < c->words->n && c->words->items[c->at].raw.p[0] != '-')
		command_chain(p, c);
}

void command_run(struct parser *p, struct command *c)
{
	switch (c->letter) {
	case 'A': case 'I': case 'R': command_rule(p, c); return;
	case 'C': command_check(p, c); return;
	case 'D': command_delete(p, c); return;
	case 'N': command_new(p, c); return;
	case 'P': command_policy(p, c); return;
	case 'F': command_flush(p, c); return;
	case 'X': command_delete_chain(p, c); return;
	case 'E': command_rename(p, c); return;
	case 'Z': case 'L': case 'S': command_look(p, c); return;
	default:
		parser_error(p, c->raw, "'%.*s' is not supported in a ruleset file", STR_FMT(c->raw));
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands do: -A -I -D -R -N -P -F -X -E, and those that change nothing. */
#include "parser.h"

bool valid_chain_name(struct parser *p, struct str name, struct str at)
{
	if (!name.n || name.n > 28) /* XT_EXTENSION_MAXNAMELEN less its end */
		parser_error(p, at, ERROR_VALUE, "chain name '%.*s' is %s", STR_FMT(name),
			     name.n ? "longer than 28 characters" : "empty");
	else if (name.p[0] == '-' || name.p[0] == '!')
		parser_error(p, at, ERROR_VALUE, "chain name '%.*s' may not begin with '%c'",
			     STR_FMT(name), name.p[0]);
	else
		return true;
	return false;
}

/* The chain that the command names. */
static struct chain *command_chain(struct parser *p, struct command *c)
{
	if (!c->n_operands) {
		parser_error(p, c->raw, ERROR_SYNTAX, "'%.*s' needs a chain", STR_FMT(c->raw));
		return NULL;
	}
	const struct word *w = &c->operands[0];
	struct chain *chain = parser_chain(p, c->table, w->text);
	/* Pasted lines mostly come without declarations; both backends want them. */
	if (!chain && (c->letter == 'A' || c->letter == 'I') && !parser_knows_all(p) &&
	    valid_chain_name(p, w->text, w->raw))
		chain = parser_add_chain(p, c->table, w->text, source_span(p->source, w->raw));
	if (!chain)
		chain = parser_foreign_chain(p, c->table, w->text, w->raw);
	if (!chain)
		parser_fails(p, w->raw, ERROR_UNDEFINED,
			     "chain '%.*s' is not declared in table '%.*s'", STR_FMT(w->text),
			     STR_FMT(c->table->name));
	return chain;
}

/* The second word of the command; NULL: reported. */
static const struct word *second_word(struct parser *p, const struct command *c, const char *what)
{
	if (c->n_operands > 1)
		return &c->operands[1];
	parser_error(p, c->raw, ERROR_SYNTAX, "'%.*s' needs %s", STR_FMT(c->raw), what);
	return NULL;
}

/* The number of a rule, from 0; false: reported. */
static bool rule_place_number(struct parser *p, const struct command *c, size_t max, size_t *ret)
{
	const struct word *w = &c->operands[1];
	u128 n;
	if (!str_number(w->text, INT32_MAX, &n) || !n) {
		parser_error(p, w->raw, ERROR_VALUE, "'%.*s' is not a rule number",
			     STR_FMT(w->text));
		return false;
	}
	if (n > max) {
		parser_fails(p, w->raw, ERROR_UNDEFINED,
			     "there is no rule number %.*s: the chain has %zu rules",
			     STR_FMT(w->text), max);
		return false;
	}
	*ret = (size_t)n - 1;
	return true;
}

static struct rule *read_rule(struct parser *p, const struct command *c, struct chain *chain,
			      size_t index);

/* The tools read a match here as in a rule of any chain, and ignore it. */
static bool takes_matches(struct parser *p, const struct command *c)
{
	struct chain *chain = c->table->n ? c->table->items[0] : NULL;
	if (!chain)
		return true;
	if (!read_rule(p, c, chain, chain->n))
		return false;
	parser_remove_rule(p, chain, chain->n - 1);
	return true;
}

/*
 * The options that a command accepts besides its operands, if it takes no rule (xshared.c:
 * commands_v_options).
 */
static bool takes_no_options(struct parser *p, const struct command *c)
{
	for (size_t i = 0; i < c->words.n; i++) {
		const struct word *w = &c->words.items[i];
		bool ok = false;
		if (!p->has_section && w->raw.p[0] == '#') /* of a shell */
			return true;
		if (w->text.n > 2 && w->text.p[0] == '-' && w->text.p[1] == '-') {
			struct str rest = { w->text.p + 2, w->text.n - 2 },
				   name = str_cut(&rest, '=');
			const struct core *o = core_meant(name);
			ok = o && (o->id == CORE_VERBOSE || o->id == CORE_IPV4 ||
				   o->id == CORE_IPV6 || (o->id == CORE_LIST && c->letter == 'L') ||
				   (o->id == CORE_TABLE && !p->has_section));
			i += ok && !rest.p && core_takes_word(o->id);
		} else if (str_is(w->text, "-m") && strchr("FXZNPE", c->letter)) {
			return takes_matches(p, c);
		} else if (w->text.n > 1 && w->text.p[0] == '-') {
			const struct core *o = core_short(w->text.p[1]);
			ok = o && (o->id == CORE_VERBOSE || o->id == CORE_IPV4 ||
				   o->id == CORE_IPV6 || (o->id == CORE_LIST && c->letter == 'L') ||
				   (o->id == CORE_TABLE && !p->has_section) ||
				   (o->id == CORE_SHELL && !p->has_section));
			i += ok && w->text.n == 2 && core_takes_word(o->id);
		}
		if (!ok) {
			parser_error(p, w->raw, ERROR_SYNTAX, "'%.*s' cannot be used with '%.*s'",
				     STR_FMT(w->raw), STR_FMT(c->raw));
			return false;
		}
	}
	return true;
}

static struct rule *read_rule(struct parser *p, const struct command *c, struct chain *chain,
			      size_t index)
{
	struct rule_place place = { .table = c->table,
				    .chain = chain,
				    .index = index,
				    .families = p->families,
				    .span = c->line,
				    .letter = c->letter };
	return rule_parse(p, &c->words, &place);
}

/*
 * To insert before a rule, iptables-nft-restore gives that rule a number; to delete the rule, it
 * uses another number (nft.c: nft_rule_insert, __nft_rule_del).
 */
static void delete_rule(struct parser *p, const struct command *c, struct chain *chain, size_t i)
{
	if (p->has_section && p->known.items[chain->items[i]->id].before)
		ruleset_refused_by(p->rs, LOADER_NFT, source_span(p->source, c->raw),
				   "iptables-nft-restore cannot delete a rule of the same file "
				   "once '-I %.*s' with a number has put another before it",
				   STR_FMT(chain->name));
	parser_remove_rule(p, chain, i);
}

/*
 * -D and -C: the first rule that says the same as the words. With several addresses, it finds one
 * rule for each pair.
 */
static void find_rules(struct parser *p, struct command *c, struct chain *chain)
{
	size_t n = chain->n;
	bool found = true;
	const struct rule *words = read_rule(p, c, chain, n);
	if (!words)
		return;
	size_t wanted = words->more_rules + 1;
	if (parts_count(chain) > chain->n)
		n = parts_split(p, chain, chain->n) - wanted;
	for (; wanted; wanted--) {
		size_t i = 0;
		while (i < n && !rule_same(p, chain->items[i], chain->items[n]))
			i++;
		parser_remove_rule(p, chain, n);
		found = found && i < n;
		if (found && c->letter == 'D')
			delete_rule(p, c, chain, i), n--;
	}
	if (!found)
		parser_fails(p, c->raw, ERROR_UNDEFINED, "no such rule in chain '%.*s'",
			     STR_FMT(chain->name));
}

static void command_delete(struct parser *p, struct command *c)
{
	size_t i;
	struct chain *chain = command_chain(p, c);
	if (!chain)
		return;
	if (c->n_operands < 2)
		find_rules(p, c, chain);
	else if (takes_no_options(p, c) && rule_place_number(p, c, parts_count(chain), &i))
		delete_rule(p, c, chain, parts_place(p, chain, i, true));
}

static void command_check(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	if (chain)
		find_rules(p, c, chain);
}

static void command_rule(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	if (!chain)
		return;
	size_t index = c->letter == 'I' ? 0 : chain->n;
	if (c->letter == 'R' && !second_word(p, c, "a rule number"))
		return;
	if (c->n_operands > 1) {
		if (!rule_place_number(p, c, parts_count(chain) + (c->letter == 'I'), &index))
			return;
		index = parts_place(p, chain, index, c->letter == 'R');
	}
	bool before = c->letter == 'I' && index;
	if (before && index < chain->n)
		p->known.items[chain->items[index]->id].before |= BEFORE_FIRST;
	const struct rule *r = read_rule(p, c, chain, index);
	if (r && before && r->more_rules) /* each of its rules is put before the last one */
		p->known.items[r->id].before = BEFORE_OTHERS;
	if (!r || c->letter != 'R')
		return;
	if (r->more_rules)
		parser_error(p, c->raw, ERROR_CONFLICT,
			     "'-R' replaces one rule: give one source and one destination address");
	parser_remove_rule(p, chain, index + 1);
	if (p->has_section)
		ruleset_refused_by(p->rs, LOADER_NFT, source_span(p->source, c->raw),
				   "iptables-nft-restore cannot replace a rule that the same file "
				   "creates");
}

static void command_policy(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	const struct word *w = chain ? second_word(p, c, "a policy") : NULL;
	if (!w)
		return;
	if (!chain->is_base)
		parser_error(p, w->raw, ERROR_PLACE, "a user-defined chain has no policy");
	else if (str_is(w->text, "ACCEPT"))
		parser_set_policy(p, chain, POLICY_ACCEPT);
	else if (str_is(w->text, "DROP"))
		parser_set_policy(p, chain, POLICY_DROP);
	else
		parser_error(p, w->raw, ERROR_WORD, "policy '%.*s' is not ACCEPT or DROP",
			     STR_FMT(w->text));
}

static void command_new(struct parser *p, struct command *c)
{
	const struct word *w = &c->operands[0];
	if (!c->n_operands) {
		parser_error(p, c->raw, ERROR_SYNTAX, "'%.*s' needs a chain", STR_FMT(c->raw));
		return;
	}
	if (!valid_chain_name(p, w->text, w->raw))
		return;
	if (parser_find_chain(p, c->table, w->text)) {
		if (parser_knows_all(p))
			parser_fails(p, w->raw, ERROR_DUPLICATE, "chain '%.*s' already exists",
				     STR_FMT(w->text));
		return;
	}
	parser_add_chain(p, c->table, w->text, source_span(p->source, w->raw));
}

static void command_flush(struct parser *p, struct command *c)
{
	bool had_rules = false;
	if (c->n_operands) {
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
		ruleset_differs_by_loader(p->rs, source_span(p->source, c->raw),
					  "iptables-legacy-restore removes the rules before this "
					  "line, iptables-nft-restore keeps them: name the chain");
}

/* A user chain that has rules or is the target of a jump cannot be deleted. */
static void delete_user_chain(struct parser *p, struct str at, struct chain *chain)
{
	if (chain->n)
		parser_fails(p, at, ERROR_USED, "chain '%.*s' is not empty", STR_FMT(chain->name));
	else if (chain_state(p, chain)->uses)
		parser_fails(p, at, ERROR_USED,
			     "a rule jumps to chain '%.*s': it cannot be deleted",
			     STR_FMT(chain->name));
	else if (parser_knows_all(p))
		parser_remove_chain(p, chain);
}

/* iptables-nft deletes built-in chains too, and their policy with them. */
static void delete_built_in(struct parser *p, struct str at, struct chain *chain)
{
	if (chain->n)
		parser_error(p, at, ERROR_USED, "chain '%.*s' is not empty", STR_FMT(chain->name));
	else
		ruleset_refused_by(p->rs, LOADER_LEGACY, source_span(p->source, at),
				   "iptables-legacy-restore cannot delete a built-in chain, "
				   "iptables-nft-restore sets its policy to ACCEPT");
	parser_set_policy(p, chain, POLICY_ACCEPT);
}

static void command_delete_chain(struct parser *p, struct command *c)
{
	if (c->n_operands) {
		struct chain *chain = command_chain(p, c);
		struct str at = c->operands[0].raw;
		if (chain && chain->is_base)
			delete_built_in(p, at, chain);
		else if (chain)
			delete_user_chain(p, at, chain);
		return;
	}
	for (size_t i = 0; i < c->table->n && parser_knows_all(p); i++) {
		struct chain *chain = c->table->items[i];
		if (!chain->is_base && !chain_state(p, chain)->gone)
			delete_user_chain(p, c->raw, chain);
		else if (chain->is_base && !chain->n && chain->policy == POLICY_DROP &&
			 p->has_section)
			ruleset_differs_by_loader(p->rs, source_span(p->source, c->raw),
						  "iptables-legacy-restore keeps the policy DROP "
						  "of %.*s, iptables-nft-restore sets it to ACCEPT",
						  STR_FMT(chain->name));
	}
}

static void command_rename(struct parser *p, struct command *c)
{
	struct chain *chain = command_chain(p, c);
	const struct word *w = chain ? second_word(p, c, "a new name") : NULL;
	if (!w || !valid_chain_name(p, w->text, w->raw))
		return;
	if (chain->is_base || parser_chain(p, c->table, w->text)) {
		parser_fails(p, w->raw, chain->is_base ? ERROR_PLACE : ERROR_DUPLICATE,
			     chain->is_base ? "a built-in chain cannot be renamed"
					    : "chain '%.*s' already exists",
			     STR_FMT(w->text));
		return;
	}
	if (p->has_section)
		ruleset_refused_by(p->rs, LOADER_NFT, source_span(p->source, c->raw),
				   "iptables-nft-restore cannot rename a chain that the same file "
				   "creates");
	parser_rename_chain(p, chain, w->text);
}

/* -L, -S, -Z: they change no rule, but what they name must be there. */
static void command_look(struct parser *p, struct command *c)
{
	const struct chain *chain = c->n_operands ? command_chain(p, c) : NULL;
	size_t i;
	if (!chain || c->n_operands < 2 || !rule_place_number(p, c, INT32_MAX, &i))
		return;
	if (c->letter == 'Z' && i >= parts_count(chain))
		ruleset_refused_by(p->rs, LOADER_LEGACY, source_span(p->source, c->operands[1].raw),
				   "there is no such rule: iptables-legacy-restore refuses this, "
				   "iptables-nft-restore ignores it");
	else if (c->letter == 'Z' && p->has_section)
		ruleset_refused_by(p->rs, LOADER_NFT, source_span(p->source, c->operands[1].raw),
				   "iptables-nft-restore cannot zero the counters of a rule that "
				   "the same file creates");
}

void command_run(struct parser *p, struct command *c)
{
	switch (c->letter) {
	case 'A':
	case 'I':
	case 'R': command_rule(p, c); return;
	case 'C': command_check(p, c); return;
	case 'D': command_delete(p, c); return;
	}
	if (!takes_no_options(p, c))
		return;
	switch (c->letter) {
	case 'N': command_new(p, c); return;
	case 'P': command_policy(p, c); return;
	case 'F': command_flush(p, c); return;
	case 'X': command_delete_chain(p, c); return;
	case 'E': command_rename(p, c); return;
	case 'Z':
	case 'L':
	case 'S': command_look(p, c); return;
	}
}

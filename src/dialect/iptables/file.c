/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An iptables-save file line by line: comments, `*table`, `:CHAIN POLICY`,
 * commands, COMMIT. Without any `*table` it is the output of `iptables -S` or
 * lines as people paste them: table filter, unless `-t` or the chain says so.
 */
#include "parser.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- tables and chains ---- */

static const struct built_in {
	const char *table, *chain;
	enum hook hook;
	int priority;
	enum chain_type type;
} built_ins[] = {
	{ "filter", "INPUT", HOOK_INPUT, PRIORITY_FILTER, CHAIN_FILTER },
	{ "filter", "FORWARD", HOOK_FORWARD, PRIORITY_FILTER, CHAIN_FILTER },
	{ "filter", "OUTPUT", HOOK_OUTPUT, PRIORITY_FILTER, CHAIN_FILTER },
	{ "nat", "PREROUTING", HOOK_PREROUTING, PRIORITY_DSTNAT, CHAIN_NAT },
	{ "nat", "INPUT", HOOK_INPUT, PRIORITY_SRCNAT, CHAIN_NAT },
	{ "nat", "OUTPUT", HOOK_OUTPUT, PRIORITY_DSTNAT, CHAIN_NAT },
	{ "nat", "POSTROUTING", HOOK_POSTROUTING, PRIORITY_SRCNAT, CHAIN_NAT },
	{ "mangle", "PREROUTING", HOOK_PREROUTING, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "mangle", "INPUT", HOOK_INPUT, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "mangle", "FORWARD", HOOK_FORWARD, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "mangle", "OUTPUT", HOOK_OUTPUT, PRIORITY_MANGLE, CHAIN_ROUTE },
	{ "mangle", "POSTROUTING", HOOK_POSTROUTING, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "raw", "PREROUTING", HOOK_PREROUTING, PRIORITY_RAW, CHAIN_FILTER },
	{ "raw", "OUTPUT", HOOK_OUTPUT, PRIORITY_RAW, CHAIN_FILTER },
	{ "security", "INPUT", HOOK_INPUT, PRIORITY_SECURITY, CHAIN_FILTER },
	{ "security", "FORWARD", HOOK_FORWARD, PRIORITY_SECURITY, CHAIN_FILTER },
	{ "security", "OUTPUT", HOOK_OUTPUT, PRIORITY_SECURITY, CHAIN_FILTER },
};

void parser_error(struct parser *p, struct str at, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	diag_add(p->diags, source_span(p->source, at), "%s", buf);
}

static struct str chain_key(struct parser *p, const struct table *t, struct str name)
{
	struct str key = { arena_printf(p->arena, "%.*s\n%.*s", STR_FMT(t->name), STR_FMT(name)),
			   t->name.n + 1 + name.n };
	return key;
}

struct chain *parser_add_chain(struct parser *p, struct table *t, struct str name,
			       struct span span)
{
	struct chain *c = ruleset_add_chain(p->rs, t, name, span);
	c->policy = POLICY_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(built_ins); i++)
		if (str_is(t->name, built_ins[i].table) && str_is(name, built_ins[i].chain)) {
			c->is_base = true;
			c->hook = built_ins[i].hook;
			c->priority = built_ins[i].priority;
			c->type = built_ins[i].type;
		}
	hash_put(&p->chains, chain_key(p, t, name), c);
	return c;
}

static bool is_built_in(const struct table *t, struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(built_ins); i++)
		if (str_is(t->name, built_ins[i].table) && str_is(name, built_ins[i].chain))
			return true;
	return false;
}

struct chain *parser_chain(struct parser *p, struct table *t, struct str name)
{
	/* Consecutive lines are mostly of one chain. */
	if (t->n && str_eq(t->items[t->n - 1]->name, name))
		return t->items[t->n - 1];
	struct chain *c = hash_get(&p->chains, chain_key(p, t, name));
	if (!c && is_built_in(t, name)) {
		c = parser_add_chain(p, t, name, (struct span){ 0, 0 });
		if (p->has_section)
			c->policy = POLICY_ACCEPT; /* what the kernel gives a new one */
	}
	return c;
}

struct table *parser_table(struct parser *p, struct str name, struct str at)
{
	for (size_t i = 0; i < p->rs->n; i++)
		if (str_eq(p->rs->items[i]->name, name))
			return p->rs->items[i];
	bool known = false;
	for (size_t i = 0; i < ARRAY_SIZE(built_ins); i++)
		known = known || str_is(name, built_ins[i].table);
	if (!known) {
		parser_error(p, at, "unknown table '%.*s': expected filter, nat, mangle, raw or "
			     "security", STR_FMT(name));
		return NULL;
	}
	enum family family = p->families == V4 ? FAMILY_IP : p->families == V6 ? FAMILY_IP6
									       : FAMILY_INET;
	return ruleset_add_table(p->rs, name, family, source_span(p->source, at));
}

/* ---- commands ---- */

struct command {
	char letter;
	struct str raw;
	struct table *table;
	const struct words *words;
	size_t at;             /* next word */
	struct span line;
};

static const struct { const char *name; char letter; } long_commands[] = {
	{ "append", 'A' }, { "insert", 'I' }, { "delete", 'D' }, { "replace", 'R' },
	{ "new-chain", 'N' }, { "policy", 'P' }, { "flush", 'F' }, { "delete-chain", 'X' },
	{ "zero", 'Z' }, { "rename-chain", 'E' }, { "check", 'C' },
	{ "list", 'L' }, { "list-rules", 'S' },
};

/* The letter of a command word; 0: it is none. */
static char command_letter(struct str w)
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

static bool valid_chain_name(struct parser *p, struct str name, struct str at)
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
	if (!parse_number(w->text, UINT32_MAX, &n))
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

static void run_command(struct parser *p, struct command *c)
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

/* ---- lines ---- */

static bool is_nat_target(const struct words *w)
{
	for (size_t i = 0; i + 1 < w->n; i++)
		if (str_is(w->items[i].raw, "-j") || str_is(w->items[i].raw, "--jump")) {
			const struct extension *e = target_find(w->items[i + 1].text, V4 | V6);
			return e && e->statement == STMT_NAT;
		}
	return false;
}

/* The table of a line without a section: -t, or what the chain makes likely. */
static struct table *pasted_table(struct parser *p, const struct words *w, size_t chain_at)
{
	for (size_t i = 0; i + 1 < w->n; i++)
		if (str_is(w->items[i].raw, "-t") || str_is(w->items[i].raw, "--table"))
			return parser_table(p, w->items[i + 1].text, w->items[i + 1].raw);
	const char *name = "filter";
	if (is_nat_target(w))
		name = "nat";
	else if (chain_at < w->n && (str_is(w->items[chain_at].text, "PREROUTING") ||
				     str_is(w->items[chain_at].text, "POSTROUTING")))
		name = "mangle";
	struct str view = w->items[0].raw;
	return parser_table(p, str_from(name), view);
}

static bool is_counter_pair(struct str s)
{
	struct str rest = { s.p + 1, s.n - 2 };
	u128 n;
	struct str packets = str_cut(&rest, ':');
	return rest.p && parse_number(packets, UINT64_MAX, &n) &&
	       parse_number(rest, UINT64_MAX, &n);
}

static void line_command(struct parser *p, struct str line)
{
	p->words.n = 0;
	const char *bracket = line.p[0] == '[' ? memchr(line.p, ']', line.n) : NULL;
	if (bracket) { /* "[1:2]-A" is two words */
		struct str counters = { line.p, (size_t)(bracket + 1 - line.p) };
		struct str rest = { bracket + 1, line.n - counters.n };
		lex_line(p->arena, counters, &p->words);
		lex_line(p->arena, rest, &p->words);
	} else {
		lex_line(p->arena, line, &p->words);
	}
	const struct words w = p->words;
	struct command c = { .line = source_span(p->source, line), .words = &w };
	size_t at = 0;
	struct str last = w.items[w.n - 1].raw;
	if (memchr(last.p, '"', last.n) && (last.p[last.n - 1] != '"' || last.n == 1)) {
		parser_error(p, last, "the double quote is not closed");
		return;
	}
	if (memchr(line.p, '\'', line.n))
		for (size_t i = 0; i < w.n; i++)
			if (w.items[i].raw.p[0] == '\'') {
				parser_error(p, w.items[i].raw, "single quotes do not quote in a "
					     "restore file: use double quotes");
				return;
			}
	if (w.items[0].raw.p[0] == '[') {
		struct str s = w.items[0].raw;
		if (s.n < 5 || s.p[s.n - 1] != ']' || !is_counter_pair(s)) {
			parser_error(p, s, "expected counters as [packets:bytes]");
			return;
		}
		at++;
	}
	while (at < w.n && !command_letter(w.items[at].raw)) {
		struct str s = w.items[at].raw;
		if (str_is(s, "-4") || str_is(s, "-6") || str_is(s, "--ipv4") || str_is(s, "--ipv6")) {
			at++;
		} else if (!p->has_section && (str_is(s, "-t") || str_is(s, "--table"))) {
			at += 2;
		} else {
			parser_error(p, s, "expected '*table', ':CHAIN', a command such as -A, or COMMIT");
			return;
		}
	}
	if (at >= w.n) {
		parser_error(p, w.items[w.n - 1].raw, "expected a command such as -A");
		return;
	}
	if (!p->table && p->has_section) {
		parser_error(p, w.items[at].raw, "no table here: expected '*table' after COMMIT");
		return;
	}
	c.letter = command_letter(w.items[at].raw);
	c.raw = w.items[at].raw;
	c.at = at + 1;
	c.table = p->table ? p->table : pasted_table(p, &w, at + 1);
	if (c.table)
		run_command(p, &c);
}

static void line_table(struct parser *p, struct str line)
{
	struct str name = str_trim((struct str){ line.p + 1, line.n - 1 });
	if (p->table) {
		parser_error(p, line, "no COMMIT before this table");
		p->table = NULL;
	}
	p->has_section = true;
	if (!name.n) {
		parser_error(p, line, "expected a table name after '*'");
		return;
	}
	p->table = parser_table(p, name, name);
	/* A table named again is flushed first: the last section wins. */
	for (size_t i = 0; p->table && i < p->table->n; i++)
		p->table->items[i]->n = 0;
}

/* ":CHAIN POLICY [packets:bytes]"; what follows the policy is ignored. */
static void line_chain(struct parser *p, struct str line)
{
	struct words w = { 0 };
	lex_line(p->arena, (struct str){ line.p + 1, line.n - 1 }, &w);
	if (!p->table) {
		parser_error(p, line, "a chain outside of a table: expected '*table' first");
		return;
	}
	if (w.n < 2) {
		parser_error(p, line, "expected a chain and its policy (or '-')");
		return;
	}
	struct str name = w.items[0].text, policy = w.items[1].text;
	if (!valid_chain_name(p, name, w.items[0].raw))
		return;
	bool standard = str_is(name, "ACCEPT") || str_is(name, "DROP") || str_is(name, "RETURN") ||
			str_is(name, "QUEUE");
	if (standard) {
		parser_error(p, w.items[0].raw, "chain name '%.*s' is a standard target", STR_FMT(name));
		return;
	}
	struct chain *c = parser_chain(p, p->table, name);
	if (!c)
		c = parser_add_chain(p, p->table, name, source_span(p->source, w.items[0].raw));
	c->span = source_span(p->source, w.items[0].raw);
	if (!c->is_base && !str_is(policy, "-")) {
		if (!str_is(policy, "ACCEPT") && !str_is(policy, "DROP") && !str_is(policy, "RETURN"))
			parser_error(p, w.items[1].raw, "a user chain has no policy: expected '-'");
		return;
	}
	if (str_is(policy, "ACCEPT"))
		c->policy = POLICY_ACCEPT;
	else if (str_is(policy, "DROP"))
		c->policy = POLICY_DROP;
	else if (!str_is(policy, "-"))
		parser_error(p, w.items[1].raw, "policy '%.*s' is not ACCEPT, DROP or '-'", STR_FMT(policy));
}

static void read_line(struct parser *p, struct str line)
{
	struct str t = str_trim(line);
	if (!t.n && !p->has_section)
		return;
	if (!t.n) {
		parser_error(p, line, "a line of blanks only is refused by iptables-restore");
		return;
	}
	if (line.p[0] == '#')
		return;
	/* A blank before '*', ':' or COMMIT: iptables-restore takes the line for a command. */
	if (line.p[0] == '*') {
		line_table(p, t);
	} else if (line.p[0] == ':') {
		line_chain(p, t);
	} else if (str_is(line, "COMMIT")) {
		if (!p->table)
			parser_error(p, t, "COMMIT without a table");
		p->table = NULL;
	} else if (str_starts(t, "COMMIT")) {
		parser_error(p, t, "COMMIT must stand alone on its line");
	} else if (t.p[0] == '*' || t.p[0] == ':') {
		parser_error(p, t, "no blank is allowed before '%c'", t.p[0]);
	} else {
		line_command(p, t);
	}
}

/* ---- the address family of the file ---- */

static bool has_text(struct str text, const char *needle)
{
	return memmem(text.p, text.n, needle, strlen(needle)) != NULL;
}

/* Does `-s` or `-d` take an address of this family somewhere? */
static bool has_address(struct str text, bool v6)
{
	for (const char *p = text.p, *end = text.p + text.n;
	     p < end && (p = memmem(p, (size_t)(end - p), v6 ? ":" : ".", 1)); p++) {
		const char *q = p;
		while (q > text.p && ((q[-1] >= '0' && q[-1] <= '9') || (v6 && (q[-1] | 32) >= 'a' &&
				      (q[-1] | 32) <= 'f') || q[-1] == *p))
			q--;
		if (q - text.p < 4 || q[-1] != ' ' || (!v6 && q == p))
			continue;
		if (memcmp(q - 3, "-s ", 3) == 0 || memcmp(q - 3, "-d ", 3) == 0)
			return true;
	}
	return false;
}

#define LOOK_AT ((size_t)256 * 1024) /* bytes that the family is guessed from */

/*
 * Newer ip6tables-save writes "iptables-save" in its header too, so the header
 * decides only when it says ip6tables.
 */
static unsigned file_families(const struct source *s)
{
	struct str text = { s->text, s->len < LOOK_AT ? s->len : LOOK_AT };
	struct str name = str_from(s->name);
	struct str head = { text.p, text.n < 400 ? text.n : 400 };
	static const char *const prefixes[] = { "\n-4 ", "\n--ipv4 ", "\n-6 ", "\n--ipv6 " };
	if (has_text(head, "ip6tables"))
		return V6;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (has_text(text, prefixes[i]) || str_starts(text, prefixes[i] + 1))
			return V4 | V6;
	bool seen4 = has_address(text, false) || has_text(text, "-p icmp ") ||
		     has_text(text, "with icmp-");
	bool seen6 = has_address(text, true) || has_text(text, "icmp6") ||
		     has_text(text, "icmpv6") || has_text(text, "ipv6-icmp");
	if (seen4 != seen6)
		return seen6 ? V6 : V4;
	if (!seen4 && (has_text(name, "ip6tables") || has_text(name, "rules.v6") ||
		       has_text(name, "rules6")))
		return V6;
	return V4;
}

/* ---- what only the whole file shows ---- */

static void resolve_targets(struct parser *p)
{
	for (size_t i = 0; i < p->uses.n; i++) {
		const struct chain_use *u = &p->uses.items[i];
		struct chain *c = hash_get(&p->chains, chain_key(p, u->table, u->name));
		/*
		 * ufw's own files (before.rules …) are loaded with --noflush into
		 * tables where ufw made these chains before. They log or return.
		 */
		if (!c && (str_starts(u->name, "ufw-") || str_starts(u->name, "ufw6-")))
			c = parser_add_chain(p, u->table, u->name, (struct span){ 0, 0 });
		u->rule->verdict.target = c;
		if (!c)
			parser_error(p, source_view(p->source, u->span),
				     "'%.*s' is neither a chain of table '%.*s' nor a known target",
				     STR_FMT(u->name), STR_FMT(u->table->name));
		else if (c->is_base)
			parser_error(p, source_view(p->source, u->span),
				     "a jump to the built-in chain '%.*s' is refused", STR_FMT(u->name));
	}
}

enum colour { WHITE, GREY, BLACK };

/*
 * A chain that calls itself, directly or not, is refused by the kernel ("Too
 * many links") though --test lets it pass. Depth-first without recursion, so
 * that a file of nested chains cannot exhaust the stack.
 */
static void find_loops(struct parser *p)
{
	struct ruleset *rs = p->rs;
	size_t n = rs->n_chains, depth = 0;
	unsigned char *colour = arena_new_array(p->arena, unsigned char, n + 1);
	size_t *next = arena_new_array(p->arena, size_t, n + 1);
	uint32_t *stack = arena_new_array(p->arena, uint32_t, n + 1);
	for (size_t root = 0; root < n; root++) {
		if (colour[root] != WHITE)
			continue;
		colour[root] = GREY;
		stack[depth++] = (uint32_t)root;
		while (depth) {
			uint32_t id = stack[depth - 1];
			if (next[id] >= rs->chains[id]->n) {
				colour[id] = BLACK;
				depth--;
				continue;
			}
			const struct rule *r = rs->chains[id]->items[next[id]++];
			const struct chain *to = r->verdict.target;
			if (!to || colour[to->id] == BLACK)
				continue;
			if (colour[to->id] == GREY) {
				parser_error(p, source_view(p->source, r->verdict.span),
					     "chains loop: '%.*s' is reached again from itself",
					     STR_FMT(to->name));
				continue;
			}
			colour[to->id] = GREY;
			stack[depth++] = to->id;
		}
	}
}

static void check_bytes(struct parser *p, struct str *text)
{
	if (str_starts(*text, "\xef\xbb\xbf")) {
		parser_error(p, (struct str){ text->p, 3 }, "byte order mark at the start of the file: "
			     "the kernel tools refuse it");
		text->p += 3;
		text->n -= 3;
	}
	const char *cr = text->n ? memmem(text->p, text->n, "\r\n", 2) : NULL;
	if (cr)
		parser_error(p, (struct str){ cr, 1 }, "CRLF line end: the kernel tools take the "
			     "carriage return as part of the last word");
	const char *nul = text->n ? memchr(text->p, 0, text->n) : NULL;
	if (nul) {
		parser_error(p, (struct str){ nul, 1 }, "a NUL byte: this is not a text file");
		text->n = (size_t)(nul - text->p);
	}
}

static struct ruleset *read_as(struct arena *a, const struct source *s, struct diags *diags,
			       unsigned families)
{
	struct parser p = { .arena = a, .source = s, .diags = diags };
	p.rs = arena_new_one(a, struct ruleset);
	p.rule = arena_new_one(a, struct rule_parser);
	*p.rs = (struct ruleset){ .arena = a, .source = s, .dialect = "iptables" };
	hash_init(&p.pure_texts, a);
	hash_init(&p.chains, a);
	p.families = families;
	struct str text = { s->text, s->len };
	check_bytes(&p, &text);
	struct str rest = text, line = text;
	while (rest.p) {
		line = str_cut(&rest, '\n');
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n)
			read_line(&p, line);
	}
	if (p.table && s->len)
		parser_error(&p, (struct str){ text.p + text.n, 0 }, "no COMMIT at the end of table '%.*s'",
			     STR_FMT(p.table->name));
	resolve_targets(&p);
	find_loops(&p);
	return p.rs;
}

/* A file that does not read as one family may be of the other. */
static struct ruleset *read_file(struct arena *a, const struct source *s, struct diags *diags)
{
	unsigned families = file_families(s);
	struct diags first = { .arena = a }, second = { .arena = a };
	struct ruleset *rs = read_as(a, s, &first, families);
	*diags = first;
	if (first.n && families != (V4 | V6)) {
		struct ruleset *other = read_as(a, s, &second, families ^ (V4 | V6));
		if (second.n < first.n) {
			*diags = second;
			rs = other;
		}
	}
	return rs;
}

/* ---- detection ---- */

static int detect(struct str text)
{
	struct str rest = { text.p, text.n < LOOK_AT ? text.n : LOOK_AT };
	int score = 0;
	for (unsigned lines = 0; rest.p && lines < 200; lines++) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		static const char *const signs[] = { "*filter", "*nat", "*mangle", "*raw", "*security",
			"-A ", "-P ", "-N ", "-I ", "COMMIT", ":INPUT", ":FORWARD", ":OUTPUT",
			":PREROUTING", "-t ", "# Generated by ip", "-4 -", "-6 -", "--ipv", "[0:0] -A" };
		for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
			if (str_starts(line, signs[i]))
				score += 10;
	}
	return score;
}

extern const struct dialect dialect_iptables;
bool iptables_render(const struct ruleset *rs, const struct rule *rule,
		     const struct rule_form *form, struct edits *edits, const char **ret_text);

const struct dialect dialect_iptables = {
	.name = "iptables",
	.about = "iptables-save and ip6tables-save, iptables -S, and bare -A lines",
	.detect = detect,
	.read = read_file,
	.render = iptables_render,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of a restore file or of a shell: its counters, its command with the
 * words that belong to it, and the options of the rule. As getopt_long() does,
 * the command is found wherever it stands, and however it is written: `-A INPUT`,
 * `-AINPUT`, `--append=INPUT`, `--app INPUT`, `-vA INPUT` (xshared.c: do_parse).
 */
#include "extension.h"

/* ---- the command among the words ---- */

/* How many words go with a command: those that it must have, and those that it may have. */
static void operands_of(char letter, size_t *ret_needed, size_t *ret_max)
{
	bool free = strchr("FXLSZ", letter);
	*ret_needed = free ? 0 : 1;
	*ret_max = strchr("ACNFX", letter) ? 1 : 2;
}

/* A command glued to others: "-A", "-AINPUT", "-vA". What stands before its letter goes to
 * *ret_flags. */
static char short_command(struct str w, struct str *flags, struct str *glued)
{
	for (size_t i = 1; i < w.n; i++) {
		const struct core *c = core_short(w.p[i]);
		if (!c || core_takes_word(c->id))
			return 0;
		*flags = (struct str){ w.p, i };
		*glued = (struct str){ i + 1 < w.n ? w.p + i + 1 : NULL, w.n - i - 1 };
		if (c->id == CORE_COMMAND)
			return c->letter;
	}
	return 0;
}

/* Is the argument of the option in the next word? */
static bool needs_next(struct str w)
{
	const struct core *c;
	if (w.n > 2 && w.p[1] == '-') {
		c = memchr(w.p, '=', w.n) ? NULL : core_meant((struct str){ w.p + 2, w.n - 2 });
		return c && core_takes_word(c->id);
	}
	for (size_t i = 1; i < w.n; i++) {
		c = core_short(w.p[i]);
		if (!c || core_takes_word(c->id))
			return c && i + 1 == w.n;
	}
	return false;
}

static char command_of(struct str w, struct str *flags, struct str *glued)
{
	*flags = *glued = (struct str){ 0 };
	if (w.n < 2 || w.p[0] != '-')
		return 0;
	if (w.p[1] != '-')
		return short_command(w, flags, glued);
	struct str rest = { w.p + 2, w.n - 2 }, name = str_cut(&rest, '=');
	const struct core *c = core_meant(name);
	*glued = rest;
	return c && c->id == CORE_COMMAND ? c->letter : 0;
}

/* Takes the words of the command from *at on; a negation or an option is not one of them. */
static void take_operands(const struct words *w, size_t *at, struct str glued, struct command *c)
{
	size_t needed, max;
	operands_of(c->letter, &needed, &max);
	if (glued.p)
		c->operands[c->n_operands++] = (struct word){ glued, c->raw };
	for (; *at < w->n && c->n_operands < max; (*at)++) {
		struct str t = w->items[*at].text;
		if (c->n_operands >= needed && t.n && (t.p[0] == '-' || t.p[0] == '!'))
			return;
		c->operands[c->n_operands++] = w->items[*at];
	}
}

bool command_find(struct arena *a, const struct words *w, size_t from, struct command *ret)
{
	struct str flags = { 0 }, glued = { 0 };
	struct command c = { 0 };
	size_t i = from;
	for (; i < w->n && !c.letter; i++) {
		struct str t = w->items[i].text;
		c.letter = command_of(t, &flags, &glued);
		if (!c.letter && t.n && t.p[0] == '-' && needs_next(t))
			i++;
	}
	if (!c.letter)
		return false;
	size_t at = i--;
	c.raw = w->items[i].raw;
	take_operands(w, &at, glued, &c);
	if (i == from && flags.n < 2) { /* mostly */
		*ret = c;
		ret->words = (struct words){ w->items + at, w->n - at, w->n - at };
		return true;
	}
	for (size_t k = from; k < w->n; k++)
		if (k < i || k >= at)
			vec_push(a, &c.words, w->items[k]);
		else if (k == i && flags.n > 1)
			vec_push(a, &c.words, ((struct word){ flags, w->items[i].raw }));
	*ret = c;
	return true;
}

/* ---- the table of a line without a section ---- */

static bool is_nat_target(const struct words *w)
{
	for (size_t i = 0; i + 1 < w->n; i++)
		if (str_is(w->items[i].raw, "-j") || str_is(w->items[i].raw, "--jump")) {
			const struct extension *e = target_find(w->items[i + 1].text, V4 | V6);
			return e && e->statement == STMT_NAT;
		}
	return false;
}

struct str table_named(const struct words *w, size_t i)
{
	struct str t = w->items[i].raw, none = { 0 };
	if (str_is(t, "-t") || str_is(t, "--table"))
		return i + 1 < w->n ? w->items[i + 1].text : none;
	if (str_starts(t, "-t") && t.n > 2)
		return (struct str){ t.p + 2, t.n - 2 };
	return str_starts(t, "--table=") ? (struct str){ t.p + 8, t.n - 8 } : none;
}

/* -t, or what the chain makes likely. */
static struct table *pasted_table(struct parser *p, const struct command *c)
{
	const struct words *w = &c->words;
	for (size_t i = 0; i < w->n; i++) {
		struct str named = table_named(w, i);
		bool apart = named.p && i + 1 < w->n && named.p == w->items[i + 1].text.p;
		if (named.p)
			return parser_table(p, named, w->items[i + apart].raw);
	}
	const char *name = "filter";
	if (p->by_command)
		return parser_table(p, str_from(name), c->raw);
	if (is_nat_target(w))
		name = "nat";
	else if (c->n_operands &&
		 (str_is(c->operands[0].text, "PREROUTING") || str_is(c->operands[0].text, "POSTROU"
											   "TING")))
		name = "mangle";
	return parser_table(p, str_from(name), c->raw);
}

/* ---- the line ---- */

static bool is_counter_pair(struct str s)
{
	struct str rest = { s.p + 1, s.n - 2 };
	u128 n;
	struct str packets = str_cut(&rest, ':');
	return rest.p && str_number(packets, UINT64_MAX, &n) && str_number(rest, UINT64_MAX, &n);
}

/*
 * Reports words that the loaders read otherwise than their author probably meant; false: no loader
 * accepts them.
 */
static bool has_good_quotes(struct parser *p, struct str line, const struct words *w)
{
	struct word last = w->items[w->n - 1];
	if (memchr(last.raw.p, '"', last.raw.n) && last.text.n &&
	    last.text.p[last.text.n - 1] == '\n')
		ruleset_load_needs(p->rs, source_span(p->source, last.raw),
				   "the double quote is not closed: iptables reads the rest of the "
				   "line and its line break as one word");
	for (size_t i = 0; i < w->n && memchr(line.p, '\'', line.n); i++) {
		struct str raw = w->items[i].raw;
		bool is_whole = raw.n > 1 && raw.p[raw.n - 1] == '\'';
		if (raw.p[0] == '\'' && !is_whole) {
			parser_error(p, raw, ERROR_SYNTAX,
				     "single quotes do not quote in a restore file: use double "
				     "quotes");
			return false;
		}
	}
	return true;
}

void line_command(struct parser *p, struct str line)
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
	struct command c;
	size_t at = 0;
	if (!has_good_quotes(p, line, &w))
		return;
	struct str first = w.items[0].raw;
	if (first.p[0] == '[') {
		if (first.n < 5 || first.p[first.n - 1] != ']' || !is_counter_pair(first)) {
			parser_error(p, first, ERROR_SYNTAX,
				     "expected counters as [packets:bytes]");
			return;
		}
		at++;
	}
	if (!command_find(p->arena, &w, at, &c)) {
		parser_error(p, at < w.n ? w.items[at].raw : first, ERROR_SYNTAX,
			     at < w.n && first.p[0] != '-' && !at ? "expected '*table', ':CHAIN', "
								    "a command such as -A, or "
								    "COMMIT"
								  : "expected a command such as "
								    "-A");
		return;
	}
	if (!p->table && p->has_section) {
		parser_error(p, c.raw, ERROR_SYNTAX,
			     "no table here: expected '*table' after COMMIT");
		return;
	}
	c.line = source_span(p->source, line);
	c.table = p->table ? p->table : pasted_table(p, &c);
	if (c.table)
		command_run(p, &c);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An iptables-save file line by line: comments, `*table`, `:CHAIN POLICY`,
 * commands, COMMIT. Without any `*table` it is the output of `iptables -S` or
 * lines as people paste them: table filter, unless `-t` or the chain says so.
 */
#include <fwlint/dialect_commands.h>

#include "parser.h"

/* ---- lines ---- */

/* "*TABLE"; what follows the name is ignored (xtables_restore_parse_line: strtok). */
static void line_table(struct parser *p, struct str line)
{
	struct str name = str_trim((struct str){ line.p + 1, line.n - 1 });
	size_t n = 0;
	while (n < name.n && name.p[n] != ' ' && name.p[n] != '\t')
		n++;
	name.n = n;
	if (p->table) {
		parser_error(p, line, ERROR_SYNTAX,
			     "the table before this one is not finished: expected COMMIT before "
			     "'*'");
		p->table = NULL;
	}
	p->has_section = true;
	if (!name.n) {
		parser_error(p, line, ERROR_SYNTAX, "expected a table name after '*'");
		return;
	}
	p->table = parser_table(p, name, name);
	if (p->table)
		parser_begin_section(p, p->table, source_span(p->source, name));
}

/* ":CHAIN POLICY [packets:bytes]"; what follows the policy is ignored. */
static void line_chain(struct parser *p, struct str line)
{
	struct words w = { 0 };
	lex_line(p->arena, (struct str){ line.p + 1, line.n - 1 }, &w);
	if (!p->table) {
		parser_error(p, line, ERROR_SYNTAX,
			     "a chain outside of a table: expected '*table' first");
		return;
	}
	if (w.n < 2) {
		parser_error(p, line, ERROR_SYNTAX, "expected a chain and its policy (or '-')");
		return;
	}
	struct str name = w.items[0].text, policy = w.items[1].text;
	if (!valid_chain_name(p, name, w.items[0].raw))
		return;
	bool standard = str_is(name, "ACCEPT") || str_is(name, "DROP") || str_is(name, "RETURN") ||
			str_is(name, "QUEUE");
	if (standard) {
		parser_error(p, w.items[0].raw, ERROR_DUPLICATE,
			     "chain name '%.*s' is a standard target", STR_FMT(name));
		return;
	}
	struct span at = source_span(p->source, w.items[0].raw);
	struct chain *c = parser_chain(p, p->table, name);
	if (c && !c->is_base) {
		if (!chain_state(p, c)->foreign)
			ruleset_refused_by(p->rs, LOADER_LEGACY, at,
					   "chain '%.*s' already exists: iptables-nft-restore "
					   "flushes it here, iptables-legacy-restore refuses the "
					   "file",
					   STR_FMT(name));
		parser_flush(p, c);
	}
	if (!c)
		c = parser_add_chain(p, p->table, name, at);
	c->span = at;
	if (!c->is_base && !str_is(policy, "-")) {
		ruleset_refused_by(p->rs, LOADER_LEGACY, source_span(p->source, w.items[1].raw),
				   "a user-defined chain has no policy: iptables-legacy-restore "
				   "refuses this, iptables-nft-restore ignores it (write '-')");
		return;
	}
	if (str_is(policy, "ACCEPT"))
		parser_set_policy(p, c, POLICY_ACCEPT);
	else if (str_is(policy, "DROP"))
		parser_set_policy(p, c, POLICY_DROP);
	else if (!str_is(policy, "-"))
		parser_error(p, w.items[1].raw, ERROR_WORD,
			     "policy '%.*s' is not ACCEPT, DROP or '-'", STR_FMT(policy));
}

static void read_line(struct parser *p, struct str line)
{
	struct str t = str_trim(line);
	if (!t.n && !p->has_section)
		return;
	if (!t.n) {
		parser_error(p, line, ERROR_SYNTAX,
			     "iptables-restore refuses a line of blanks: leave it empty");
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
			parser_error(p, t, ERROR_SYNTAX,
				     "this COMMIT ends no table: expected '*table' before it");
		else
			parser_end_section(p, p->table);
		p->table = NULL;
		if (line.p + line.n == p->source->text + p->source->len)
			ruleset_refused_by(p->rs, LOADER_LEGACY, source_span(p->source, t),
					   "iptables-legacy-restore takes COMMIT at the end of a "
					   "line only: end the file with a line end");
	} else if (str_starts(t, "COMMIT")) {
		parser_error(p, t, ERROR_SYNTAX, "COMMIT must stand alone on its line");
	} else if (t.p[0] == '*' || t.p[0] == ':') {
		parser_error(p, t, ERROR_SYNTAX, "no blank is allowed before '%c'", t.p[0]);
	} else {
		line_command(p, t);
	}
}

static void check_bytes(struct parser *p, struct str *text)
{
	if (str_starts(*text, "\xef\xbb\xbf")) {
		parser_error(p, (struct str){ text->p, 3 }, ERROR_SYNTAX,
			     "byte order mark at the start of the file: "
			     "the kernel tools refuse it");
		text->p += 3;
		text->n -= 3;
	}
	const char *cr = text->n ? memmem(text->p, text->n, "\r\n", 2) : NULL;
	if (cr)
		parser_error(p, (struct str){ cr, 1 }, ERROR_SYNTAX,
			     "CRLF line end: the kernel tools take the "
			     "carriage return as part of the last word");
	const char *nul = text->n ? memchr(text->p, 0, text->n) : NULL;
	if (nul) {
		parser_error(p, (struct str){ nul, 1 }, ERROR_SYNTAX,
			     "a NUL byte: this is not a text file");
		text->n = (size_t)(nul - text->p);
	}
}

void parser_begin(struct parser *p, struct arena *a, const struct source *s, struct diags *diags,
		  unsigned families)
{
	*p = (struct parser){ .arena = a, .source = s, .diags = diags, .families = families };
	p->rs = arena_new_one(a, struct ruleset);
	p->rule = arena_new_one(a, struct rule_parser);
	*p->rs = (struct ruleset){ .arena = a, .source = s, .dialect = "iptables" };
	hash_init(&p->pure_texts, a);
	hash_init(&p->chains, a);
}

void parser_lines(struct parser *p, struct str text)
{
	struct str rest = text;
	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n)
			read_line(p, line);
	}
	if (p->table)
		parser_error(p, (struct str){ text.p + text.n, 0 }, ERROR_SYNTAX,
			     "no COMMIT at the end of table '%.*s'", STR_FMT(p->table->name));
	p->table = NULL;
}

void parser_finish(struct parser *p)
{
	parts_set_apart(p);
	resolve_targets(p);
	parts_finish(p);
	parser_finish_chains(p);
	template_marks_finish(p);
	check_chains(p);
	p->rs->fragments[0] = p->rs->fragments[1] = !p->reassembles;
}

static struct ruleset *read_as(struct arena *a, const struct source *s, struct diags *diags,
			       unsigned families, bool *ret_skipped)
{
	struct parser p;
	struct str text = { s->text, s->len };
	parser_begin(&p, a, s, diags, families);
	check_bytes(&p, &text);
	parser_lines(&p, text);
	parser_finish(&p);
	*ret_skipped = p.has_skipped;
	return p.rs;
}

/* A file that has errors for one family may be for the other. */
static struct ruleset *read_file(struct arena *a, struct source *s, const struct includer *in,
				 struct diags *diags)
{
	(void)in; /* a restore file includes nothing */
	unsigned families = file_families(s);
	struct diags first = { .arena = a }, second = { .arena = a };
	bool skipped;
	struct ruleset *rs = read_as(a, s, &first, families, &skipped);
	*diags = first;
	if (first.n && families != (V4 | V6)) {
		struct ruleset *other = read_as(a, s, &second, families ^ (V4 | V6), &skipped);
		if (second.n < first.n && !skipped) { /* nothing was checked of those */
			*diags = second;
			rs = other;
		}
	}
	return rs;
}

/* ---- detection ---- */

static int detect(struct str text)
{
	struct str rest = text;
	int score = 0;
	for (unsigned lines = 0; rest.p && lines < 200; lines++) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		static const char *const signs[] = {
			"*filter",   "*nat",        "*mangle", "*raw",
			"*security", "-A ",         "-P ",     "-N ",
			"-I ",       "COMMIT",      ":INPUT",  ":FORWARD",
			":OUTPUT",   ":PREROUTING", "-t ",     "# Generated by ip",
			"-4 -",      "-6 -",        "--ipv",   "[0:0] -A"
		};
		for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
			if (str_starts(line, signs[i]))
				score += 10;
	}
	return score;
}

// clang-format off
const struct dialect dialect_iptables = {
	.name = "iptables",
	.about = "iptables-save and ip6tables-save, iptables -S, and bare -A lines",
	.detect = detect,
	.read = read_file,
	.render = iptables_render, .body = iptables_body, .command = iptables_command,
};
// clang-format on

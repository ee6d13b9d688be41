/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "fwlint: allow CODE[,CODE…] REASON" in the comment of a rule, or in a comment of the file: at the
 * end of the rule's line, or on a line of its own before it. "allow-chain" is for the chain of that
 * rule, "allow-file" for the file. A comment that is nearly such a mark allows nothing, and is
 * reported (FW901).
 */
#include "suppress.h"

#include <strings.h>

static const char *const scopes[] = { [SUPPRESSION_LINE] = "allow",
				      [SUPPRESSION_CHAIN] = "allow-chain",
				      [SUPPRESSION_FILE] = "allow-file" };

#define HOW "write 'fwlint: allow CODE[,CODE] REASON' (or allow-chain, allow-file)"

static struct str next_word(struct str *rest)
{
	*rest = str_trim(*rest);
	struct str word = { rest->p, 0 };
	while (word.n < rest->n && rest->p[word.n] != ' ' && rest->p[word.n] != '\t')
		word.n++;
	rest->p += word.n;
	rest->n -= word.n;
	return word;
}

/* A mark in a text. */
struct mark {
	struct str whole; /* "fwlint: allow" */
	struct str rest;  /* what follows it */
	enum suppression_scope scope;
	const char *problem; /* it is only nearly one */
};

/* Words that other linters have, and that somebody may try. */
static bool is_like_allow(struct str word)
{
	static const char *const words[] = { "ignore", "disable", "noqa",     "nolint",
					     "off",    "skip",    "suppress", "accept" };
	if (word.n >= 5 && strncasecmp(word.p, "allow", 5) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (word.n >= strlen(words[i]) &&
		    strncasecmp(word.p, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

static bool is_word(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* A mark that begins at `at`; "fwlint:" stands there, in any case. */
static bool mark_at(struct str text, size_t at, struct mark *ret)
{
	size_t colon = at + strlen("fwlint"), i = colon;
	while (i < text.n && strchr(": \t-", text.p[i]) && text.p[i])
		i++;
	struct str word = { text.p + i, 0 }, between = { text.p + colon, i - colon };
	while (i + word.n < text.n && (is_word(word.p[word.n]) || word.p[word.n] == '-'))
		word.n++;
	*ret = (struct mark){ { text.p + at, i + word.n - at },
			      { word.p + word.n, text.n - i - word.n },
			      SUPPRESSION_LINE,
			      HOW };
	bool is_exact = str_is(between, ": ") && memcmp(text.p + at, "fwlint", 6) == 0;
	for (size_t k = 0; k < ARRAY_SIZE(scopes); k++)
		if (is_exact && str_is(word, scopes[k])) {
			ret->scope = (enum suppression_scope)k;
			ret->problem = NULL;
		}
	return i > colon && is_like_allow(word);
}

static bool find_mark(struct str text, struct mark *ret)
{
	for (size_t i = 0; i + strlen("fwlint") <= text.n; i++)
		if ((text.p[i] | 32) == 'f' && strncasecmp(text.p + i, "fwlint", 6) == 0 &&
		    mark_at(text, i, ret))
			return true;
	return false;
}

/* A code of a list, as people write lists. */
static struct str without_comma(struct str code)
{
	while (code.n && (code.p[code.n - 1] == ',' || code.p[code.n - 1] == ';'))
		code.n--;
	return code;
}

/* One suppression for each code of the list, up to the first that is wrong. */
static void add(struct analysis *an, const struct mark *m, struct suppression s)
{
	struct str text = m->rest, codes = next_word(&text), after = text,
		   second = without_comma(next_word(&after));
	s.reason = str_trim(text);
	s.scope = m->scope;
	if (!s.problem)
		s.problem = m->problem;
	if (!s.problem && !s.reason.n)
		s.problem = "it gives no reason: write one after the code";
	if (!s.problem && second.n && check_find(arena_strndup(an->results, second.p, second.n)))
		s.problem = arena_printf(an->results, "codes are joined by commas alone: %.*s,%.*s",
					 STR_FMT(without_comma(codes)), STR_FMT(second));
	do {
		struct str code = str_cut(&codes, ',');
		s.check = check_find(arena_strndup(an->results, code.p ? code.p : "", code.n));
		if (!s.check && !s.problem)
			s.problem = arena_printf(an->results, "there is no check '%.*s'",
						 STR_FMT(code));
		if (s.check && s.check->error && !s.problem)
			s.problem = arena_printf(an->results,
						 "%s is an error of the input, which cannot be "
						 "allowed",
						 s.check->id);
		vec_push(an->results, &an->suppressions, s);
	} while (codes.p && !s.problem);
}

static void read_rule(struct analysis *an, const struct rule *r)
{
	struct mark m, there;
	if (r->same_rule || r->inserted || !find_mark(r->comment, &m))
		return;
	struct suppression s = { .rule = r, .span = r->span, .chain = r->chain };
	s.file = source_file_at(an->ruleset->source, r->span.off);
	if (find_mark(source_view(an->ruleset->source, r->span), &there))
		s.span = source_span(an->ruleset->source, there.whole);
	add(an, &m, s);
}

/* The chain of the first rule behind an offset, in its file. */
static const struct chain *chain_behind(const struct ruleset *rs, uint32_t off)
{
	const struct source_file *file = source_file_at(rs->source, off);
	const struct rule *first = NULL;
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			const struct rule *r = rs->chains[i]->items[k];
			if (!r->inserted && r->span.off >= off &&
			    source_file_at(rs->source, r->span.off) == file &&
			    (!first || r->span.off < first->span.off))
				first = r;
		}
	return first ? first->chain : NULL;
}

/* Where a comment begins in the line: its '#' outside of quotes; NULL: none. */
static const char *comment_of(struct str line)
{
	bool quoted = false;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '"')
			quoted = !quoted;
		else if (line.p[i] == '#' && !quoted)
			return line.p + i;
	}
	return NULL;
}

/* A line with content: neither blank nor a comment. */
static bool says_something(struct str line)
{
	line = str_trim(line);
	return line.n && line.p[0] != '#';
}

static void read_file(struct analysis *an, const struct source_file *f)
{
	struct str rest = { f->text, f->len };
	size_t pending = an->suppressions.n; /* from here on they wait for their line */
	for (uint32_t number = 1; rest.p; number++) {
		struct str line = str_cut(&rest, '\n');
		const char *comment = comment_of(line);
		bool says = says_something(line);
		struct mark m;
		if (comment &&
		    find_mark((struct str){ comment, (size_t)(line.p + line.n - comment) }, &m)) {
			struct suppression s = { .file = f, .line = says ? number : 0 };
			s.span = (struct span){ f->base + (uint32_t)(m.whole.p - f->text),
						(uint32_t)m.whole.n };
			s.chain = m.scope == SUPPRESSION_CHAIN
					  ? chain_behind(an->ruleset,
							 f->base + (uint32_t)(line.p - f->text))
					  : NULL;
			if (m.scope == SUPPRESSION_CHAIN && !s.chain)
				s.problem = "no rule follows, so no chain is meant";
			add(an, &m, s);
		}
		for (; says && pending < an->suppressions.n; pending++)
			if (!an->suppressions.items[pending].line)
				an->suppressions.items[pending].line = number;
	}
}

void suppressions_read(struct analysis *an)
{
	const struct ruleset *rs = an->ruleset;
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++)
			if (rs->chains[i]->items[k]->comment.n)
				read_rule(an, rs->chains[i]->items[k]);
	for (size_t i = 0; i < rs->source->n; i++) {
		const struct source_file *f = rs->source->items[i];
		if (memmem(f->text, f->len, "lint", 4) || memmem(f->text, f->len, "LINT", 4))
			read_file(an, f);
	}
}

static bool is_on_line(const struct analysis *an, struct span at, const struct suppression *s)
{
	uint32_t line, col;
	if (source_file_at(an->ruleset->source, at.off) != s->file)
		return false;
	source_pos(an->ruleset->source, at.off, &line, &col);
	return line == s->line;
}

static bool covers(const struct analysis *an, const struct suppression *s, const struct finding *f)
{
	if (s->problem || s->check != f->check)
		return false;
	if (s->scope == SUPPRESSION_FILE)
		return source_file_at(an->ruleset->source, f->span.off) == s->file;
	if (s->scope == SUPPRESSION_CHAIN)
		return f->rule && f->rule->chain->id == s->chain->id;
	if (s->rule)
		return f->rule && (f->rule->id == s->rule->id ||
				   (!f->rule->inserted && f->rule->span.off == s->rule->span.off));
	return is_on_line(an, f->span, s) ||
	       (f->rule && !f->rule->inserted && is_on_line(an, f->rule->span, s));
}

const struct suppression *suppression_find(struct analysis *an, const struct finding *f)
{
	for (size_t i = 0; i < an->suppressions.n; i++)
		if (covers(an, &an->suppressions.items[i], f)) {
			an->suppressions.items[i].used = true;
			return &an->suppressions.items[i];
		}
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "fwlint: allow CODE[,CODE…] REASON" in the comment of a rule, or in a comment
 * of the file: at the end of the rule's line, or on a line of its own before it.
 */
#include "suppress.h"

#define MARK "fwlint: allow"

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

/* One suppression for each code of the list; `text` is what follows the mark. */
static void add(struct analysis *an, struct str text, struct suppression s)
{
	struct str codes = next_word(&text);
	s.reason = str_trim(text);
	if (!s.reason.n)
		s.problem = "it gives no reason: write it behind the code";
	while (codes.p) {
		struct str code = str_cut(&codes, ',');
		s.check = check_find(arena_strndup(an->results, code.p ? code.p : "", code.n));
		if (!s.check)
			s.problem = arena_printf(an->results, "there is no check '%.*s'",
						 STR_FMT(code));
		vec_push(an->results, &an->suppressions, s);
	}
}

/* What follows the mark in a text; false: it is not there. */
static bool after_mark(struct str text, struct str *ret)
{
	for (size_t i = 0; i + strlen(MARK) <= text.n; i++)
		if (memcmp(text.p + i, MARK, strlen(MARK)) == 0) {
			*ret = (struct str){ text.p + i + strlen(MARK), text.n - i - strlen(MARK) };
			return true;
		}
	return false;
}

static void read_rule(struct analysis *an, const struct rule *r)
{
	struct str text;
	if (r->same_rule || r->inserted || !after_mark(r->comment, &text))
		return;
	struct suppression s = { .rule = r, .span = r->span };
	struct str whole = source_view(an->ruleset->source, r->span), there;
	if (after_mark(whole, &there))
		s.span = source_span(an->ruleset->source,
				     (struct str){ there.p - strlen(MARK), strlen(MARK) });
	add(an, text, s);
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
		struct str line = str_cut(&rest, '\n'), text;
		const char *comment = comment_of(line);
		bool says = says_something(line);
		if (comment &&
		    after_mark((struct str){ comment, (size_t)(line.p + line.n - comment) },
			       &text)) {
			struct suppression s = { .file = f, .line = says ? number : 0 };
			s.span = (struct span){ f->base +
							(uint32_t)(text.p - strlen(MARK) - f->text),
						(uint32_t)strlen(MARK) };
			add(an, text, s);
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
		if (memmem(f->text, f->len, MARK, strlen(MARK)))
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

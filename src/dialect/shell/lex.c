/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens of a shell script (POSIX.1-2017, XCU 2.3), and its here-documents. */
#include "shell.h"

bool sh_is_in(struct str s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(s, list[i]))
			return true;
	return false;
}

static bool is_meta(char c)
{
	return c && strchr(" \t\n;&|<>()", c);
}

/* The offset after the quote that closes the one at i. */
static size_t quotes_end(struct str s, size_t i)
{
	char quote = s.p[i++];
	while (i < s.n && s.p[i] != quote) {
		if (quote == '"' && s.p[i] == '\\')
			i += 2;
		else if (quote == '"' && (s.p[i] == '`' || s.p[i] == '$'))
			i = sh_substitution_end(s, i);
		else
			i++;
	}
	return i < s.n ? i + 1 : s.n;
}

/* The offset after the bracket that closes the one before i. */
static size_t brackets_end(struct str s, size_t i, char open, char close)
{
	unsigned depth = 1;
	while (i < s.n && depth) {
		char c = s.p[i];
		if (c == '\\') {
			i += 2;
		} else if (c == '\'' || c == '"') {
			i = quotes_end(s, i);
		} else {
			depth = c == open ? depth + 1 : c == close ? depth - 1 : depth;
			i++;
		}
	}
	return i < s.n ? i : s.n;
}

size_t sh_substitution_end(struct str s, size_t i)
{
	if (s.p[i] == '`') {
		for (i++; i < s.n && s.p[i] != '`'; i++)
			i += s.p[i] == '\\';
		return i < s.n ? i + 1 : s.n;
	}
	if (i + 1 < s.n && s.p[i + 1] == '(')
		return brackets_end(s, i + 2, '(', ')');
	if (i + 1 < s.n && s.p[i + 1] == '{')
		return brackets_end(s, i + 2, '{', '}');
	return i + 1;
}

static size_t word_end(struct str s, size_t i)
{
	while (i < s.n && !is_meta(s.p[i])) {
		char c = s.p[i];
		if (c == '\\')
			i += 2;
		else if (c == '\'' || c == '"')
			i = quotes_end(s, i);
		else if (c == '$' || c == '`')
			i = sh_substitution_end(s, i);
		else
			i++;
	}
	return i < s.n ? i : s.n;
}

/* The line at l->at, which moves past it. */
static struct str cut_line(struct sh_lexer *l)
{
	struct str rest = { l->text.p + l->at, l->text.n - l->at };
	const char *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
	struct str line = { rest.p, end ? (size_t)(end - rest.p) : rest.n };
	l->at += line.n + (end != NULL);
	return line;
}

/* The delimiter without its quotes. */
static struct str delimiter(struct sh_lexer *l, struct sh_redirect *r)
{
	struct text t = { .arena = l->arena };
	for (size_t i = 0; i < r->word.n; i++)
		if (strchr("'\"\\", r->word.p[i]))
			r->is_literal = true;
		else
			text_add(&t, (struct str){ r->word.p + i, 1 });
	return text_str(&t);
}

static void read_here_documents(struct sh_lexer *l)
{
	for (size_t i = 0; i < l->awaited.n; i++) {
		struct sh_redirect *r = l->awaited.items[i];
		struct str end = delimiter(l, r);
		bool strips = str_is(r->op, "<<-"), found = false;
		size_t from = l->at;
		while (l->at < l->text.n && !found) {
			size_t before = l->at;
			struct str line = cut_line(l);
			while (strips && line.n && line.p[0] == '\t') {
				line.p++;
				line.n--;
			}
			found = str_eq(line, end);
			r->body = (struct str){ l->text.p + from, (found ? before : l->at) - from };
		}
		if (!found)
			l->problem = "this here-document does not end";
	}
	l->awaited.n = 0;
}

static size_t operator_length(struct str s)
{
	static const char *const operators[] = { "&&", "||", ";;&", ";;", ";&", "|&" };
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (str_starts(s, operators[i]) && !str_starts(s, "&>"))
			return strlen(operators[i]);
	return 1;
}

/* The length of "2>", "&>", "<<-" …; 0: not a redirection. */
static size_t redirect_length(struct str s)
{
	static const char *const operators[] = { "&>>", "&>", "<<<", "<<-", "<<", "<&",
						 "<>",  "<",  ">>",  ">&",  ">|", ">" };
	size_t digits = 0;
	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	struct str rest = { s.p + digits, s.n - digits };
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (str_starts(rest, operators[i]) && !(digits && operators[i][0] == '&'))
			return digits + strlen(operators[i]);
	return 0;
}

static void skip_blanks(struct sh_lexer *l)
{
	struct str s = l->text;
	while (l->at < s.n) {
		bool continues = s.p[l->at] == '\\' && l->at + 1 < s.n && s.p[l->at + 1] == '\n';
		if (continues)
			l->at += 2;
		else if (strchr(" \t", s.p[l->at]) && s.p[l->at])
			l->at++;
		else if (s.p[l->at] == '#')
			while (l->at < s.n && s.p[l->at] != '\n')
				l->at++;
		else
			return;
	}
}

static void take(struct sh_lexer *l, enum sh_token_kind kind, size_t n)
{
	l->tok = (struct sh_token){ kind, { l->text.p + l->at, n } };
	l->at += n;
}

void sh_advance(struct sh_lexer *l)
{
	skip_blanks(l);
	struct str rest = { l->text.p + l->at, l->text.n - l->at };
	size_t n;
	if (!rest.n) {
		if (l->awaited.n)
			l->problem = "this here-document does not end";
		take(l, SH_END, 0);
	} else if (rest.p[0] == '\n') {
		take(l, SH_NEWLINE, 1);
		read_here_documents(l);
	} else if ((n = redirect_length(rest))) {
		take(l, SH_REDIRECT, n);
	} else if (is_meta(rest.p[0])) {
		take(l, SH_OPERATOR, operator_length(rest));
	} else {
		take(l, SH_WORD, word_end(l->text, l->at) - l->at);
	}
}

void sh_lex_start(struct sh_lexer *l, struct arena *a, struct str text)
{
	*l = (struct sh_lexer){ .arena = a, .text = text };
	sh_advance(l);
}

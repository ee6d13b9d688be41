/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens, made one at a time (nft's scanner.l). Words hold letters, digits and
 * / - _ . ; a number, an address or a time is one token; a comment runs from #
 * to the end of the line, also in the middle of a word. After an error every
 * token is the end, so that all loops end; recover() goes on.
 */
#include "text.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static size_t left(const struct parser *p)
{
	return (size_t)(p->end - p->at);
}

/* "# handle 12" of `nft -a`, anywhere in the comment. */
static void read_handle(struct parser *p, struct str comment)
{
	static const char key[] = "handle ";
	for (size_t i = 0; i + sizeof(key) <= comment.n; i++) {
		if (memcmp(comment.p + i, key, sizeof(key) - 1) != 0)
			continue;
		uint64_t v = 0;
		for (size_t k = i + sizeof(key) - 1; k < comment.n && is_digit(comment.p[k]); k++)
			v = v * 10 + (uint64_t)(comment.p[k] - '0');
		p->handle = v;
	}
}

/* No version of nft takes a carriage return outside of a comment (scanner.l: "unexpected junk"). */
static void say_return(struct parser *p)
{
	if (!p->script->return_said && !p->fixed)
		script_error(p->script, span_of(p, (struct str){ p->at, 1 }), ERROR_SYNTAX,
			     "CRLF line end: nft takes no carriage return");
	p->script->return_said = true;
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end) {
		if (*p->at == ' ' || *p->at == '\t') {
			p->at++;
		} else if (*p->at == '\r') {
			say_return(p);
			p->at++;
		} else if (*p->at == '\\' && left(p) > 1 && p->at[1] == '\n') {
			p->at += 2;
		} else if (*p->at == '\\' && left(p) > 2 && p->at[1] == '\r' && p->at[2] == '\n') {
			say_return(p);
			p->at += 3;
		} else if (*p->at == '#') {
			const char *from = p->at;
			while (p->at < p->end && *p->at != '\n')
				p->at++;
			read_handle(p, (struct str){ from, (size_t)(p->at - from) });
		} else {
			return;
		}
	}
}

/* The length of a MAC address that begins here; 0: none. */
static size_t mac_length(const struct parser *p)
{
	size_t n = 0;
	for (unsigned part = 0; part < 6; part++) {
		size_t from = part ? n + 1 : 0;
		if (part && (n >= left(p) || p->at[n] != ':'))
			return 0;
		for (n = from; n < left(p) && n < from + 2 && is_hex(p->at[n]);)
			n++;
		if (n == from)
			return 0;
	}
	return n;
}

/* The length of a MAC or IPv6 address that begins here, of the longer one; 0: none. */
static size_t address_length(const struct parser *p)
{
	size_t n = 0, colons = 0, mac = mac_length(p);
	char buf[INET6_ADDRSTRLEN + 1];
	unsigned char bytes[16];
	while (n < left(p) && n < sizeof(buf) &&
	       (is_hex(p->at[n]) || p->at[n] == ':' || (p->at[n] == '.' && colons)))
		colons += p->at[n++] == ':';
	for (; colons >= 2 && n > mac; n--) {
		if (n >= sizeof(buf))
			continue;
		memcpy(buf, p->at, n);
		buf[n] = 0;
		if (inet_pton(AF_INET6, buf, bytes) == 1)
			return n;
	}
	return mac;
}

/* 10.0.0.1, 0x1f, 1h30m, 22; anything else ends it. */
static size_t number_length(const struct parser *p)
{
	size_t n = 0, dots = 0;
	if (left(p) > 2 && p->at[0] == '0' && (p->at[1] | 32) == 'x' && is_hex(p->at[2])) {
		for (n = 2; n < left(p) && is_hex(p->at[n]);)
			n++;
		return n;
	}
	while (n < left(p) && (is_digit(p->at[n]) || (p->at[n] == '.' && n + 1 < left(p) &&
						      is_digit(p->at[n + 1]) && dots < 3)))
		dots += p->at[n++] == '.';
	if (dots && dots != 3) {
		for (n = 0; is_digit(p->at[n]);)
			n++;
		dots = 0;
	}
	if (dots)
		return n;
	size_t time = n;
	while (time < left(p) && strchr("dhms", p->at[time]) && time && is_digit(p->at[time - 1])) {
		time += p->at[time] == 'm' && time + 1 < left(p) && p->at[time + 1] == 's' ? 2 : 1;
		while (time < left(p) && is_digit(p->at[time]))
			time++;
	}
	if (time > n && !is_digit(p->at[time - 1]) && !(time < left(p) && is_letter(p->at[time])))
		return time;
	return n;
}

/* 1:2, dada:beef, 18:00: two numbers joined by a colon, with a separator after them; 0: none. */
static size_t pair_length(const struct parser *p)
{
	size_t n = 0, digits = 0;
	while (n < left(p) && n < 5 && is_hex(p->at[n]))
		n++;
	if (!n || n > 4 || n >= left(p) || p->at[n] != ':')
		return 0;
	for (n++; n < left(p) && is_hex(p->at[n]); n++)
		digits++;
	if (!digits || digits > 4 || n >= left(p) || !strchr(" \t\n:-},", p->at[n]))
		return 0;
	return n;
}

static size_t word_length(const struct parser *p)
{
	size_t n = 1;
	while (n < left(p)) {
		char c = p->at[n];
		if (c == '\\' && n + 1 < left(p) && p->at[n + 1] == '*')
			n++;
		else if (!is_letter(c) && !is_digit(c) && !strchr("/-_.*", c))
			break;
		n++;
	}
	return n;
}

static void lex_string(struct parser *p)
{
	const char *from = ++p->at;
	while (p->at < p->end && *p->at != '"' && *p->at != '\n')
		p->at++;
	p->tok = (struct token){ TOK_STRING,
				 { from, (size_t)(p->at - from) },
				 { from - 1, (size_t)(p->at - from) + 1 } };
	if (p->at >= p->end || *p->at != '"') {
		parse_error(p, ERROR_SYNTAX, "this string has no closing quote");
		return;
	}
	p->at++;
	p->tok.raw.n++;
}

static void take(struct parser *p, enum token_kind kind, size_t n)
{
	p->tok = (struct token){ kind, { p->at, n }, { p->at, n } };
	p->at += n;
}

static void lex_token(struct parser *p)
{
	static const char *const pairs[] = { "==", "!=", "<=", ">=", "<<", ">>" };
	size_t n;
	skip_blanks(p);
	if (p->at >= p->end) {
		take(p, TOK_END, 0);
		return;
	}
	char c = *p->at;
	if (c == '\n' || c == ';') {
		take(p, TOK_NEWLINE, 1);
		return;
	}
	if (c == '"') {
		lex_string(p);
		return;
	}
	if ((is_hex(c) || c == ':') && (n = address_length(p)) > 0) {
		take(p, TOK_VALUE, n);
		return;
	}
	if (is_hex(c) && (n = pair_length(p)) > 0) {
		take(p, TOK_VALUE, n);
		return;
	}
	if (is_digit(c)) {
		/* two Ethernet types have names that begin with a digit */
		bool vlan = left(p) >= 5 && memcmp(p->at, "8021", 4) == 0;
		n = !vlan                                            ? 0
		    : p->at[4] == 'q'                                ? 5
		    : left(p) > 5 && memcmp(p->at + 4, "ad", 2) == 0 ? 6
								     : 0;
		take(p, TOK_VALUE, n ? n : number_length(p));
		return;
	}
	if (is_letter(c) || c == '_' || (c == '.' && left(p) > 1 && is_letter(p->at[1]))) {
		take(p, TOK_WORD, word_length(p));
		return;
	}
	if (c == '\\' && left(p) > 1 && p->at[1] == '*') {
		take(p, TOK_WORD, 2);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (left(p) > 1 && memcmp(p->at, pairs[i], 2) == 0) {
			take(p, TOK_PUNCT, 2);
			return;
		}
	take(p, TOK_PUNCT, 1);
	if (!c || !strchr("{}()[],:./-=<>!|^&@$*+~", c))
		parse_error(p, ERROR_SYNTAX, "unexpected character");
}

void advance(struct parser *p)
{
	if (p->failed) {
		p->tok.kind = TOK_END;
		return;
	}
	if (p->tok.raw.p && p->tok.kind != TOK_NEWLINE && p->tok.kind != TOK_END)
		p->last = p->tok.raw;
	if (p->has_next) {
		p->tok = p->next;
		p->has_next = false;
		return;
	}
	lex_token(p);
}

void lex_start(struct parser *p)
{
	p->tok = (struct token){ 0 };
	p->has_next = false;
	p->last = (struct str){ p->at, 0 };
	advance(p);
}

const struct token *peek_next(struct parser *p)
{
	static const struct token end = { .kind = TOK_END };
	if (p->failed)
		return &end;
	if (!p->has_next) {
		struct token now = p->tok;
		lex_token(p);
		if (p->failed)
			return &end;
		p->next = p->tok;
		p->tok = now;
		p->has_next = true;
	}
	return &p->next;
}

void cut_word(struct parser *p, char c)
{
	const char *at = p->tok.kind == TOK_WORD ? memchr(p->tok.raw.p, c, p->tok.raw.n) : NULL;
	if (!at || p->failed)
		return;
	p->tok.raw.n = p->tok.text.n = (size_t)(at - p->tok.raw.p);
	p->at = at;
	p->has_next = false;
}

bool is_word(const struct parser *p, const char *w)
{
	return p->tok.kind == TOK_WORD && str_is(p->tok.text, w);
}

bool is_punct(const struct parser *p, const char *w)
{
	return p->tok.kind == TOK_PUNCT && str_is(p->tok.text, w);
}

bool next_is_word(struct parser *p, const char *w)
{
	const struct token *t = peek_next(p);
	return t->kind == TOK_WORD && str_is(t->text, w);
}

bool accept_word(struct parser *p, const char *w)
{
	bool yes = is_word(p, w);
	if (yes)
		advance(p);
	return yes;
}

bool accept_punct(struct parser *p, const char *w)
{
	bool yes = is_punct(p, w);
	if (yes)
		advance(p);
	return yes;
}

bool expect_punct(struct parser *p, const char *w)
{
	if (accept_punct(p, w))
		return true;
	parse_error(p, ERROR_SYNTAX, "expected '%s'", w);
	return false;
}

struct str expect_name(struct parser *p, const char *what)
{
	struct str name = p->tok.text;
	if (is_punct(p, "$")) {
		advance(p);
		struct expr *e = define_find(p, p->tok.text);
		if (e && e->kind != EXPR_WORD && e->kind != EXPR_STRING)
			parse_error(p, ERROR_TYPE, "$%.*s is not %s", STR_FMT(p->tok.text), what);
		advance(p);
		return e ? e->text : name;
	}
	if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_VALUE && p->tok.kind != TOK_STRING) {
		parse_error(p, ERROR_SYNTAX, "expected %s", what);
		return name;
	}
	advance(p);
	return name;
}

uint64_t expect_number(struct parser *p, const char *what)
{
	u128 v = 0;
	if (p->tok.kind != TOK_VALUE || !str_number(p->tok.text, UINT64_MAX, &v)) {
		parse_error(p, ERROR_SYNTAX, "expected %s", what);
		return 0;
	}
	advance(p);
	return (uint64_t)v;
}

struct span span_of(const struct parser *p, struct str raw)
{
	if (p->fixed)
		return *p->fixed;
	if (!raw.p)
		raw = (struct str){ p->end, 0 };
	return source_span(p->script->source, raw);
}

struct span span_from(const struct parser *p, struct str first)
{
	size_t n = p->last.p >= first.p ? (size_t)(p->last.p + p->last.n - first.p) : first.n;
	return span_of(p, (struct str){ first.p, n });
}

static void report(struct parser *p, struct str at, enum error_code code, const char *fmt,
		   va_list ap)
{
	if (p->failed)
		return;
	diag_vadd(p->script->diags, span_of(p, at), code, fmt, ap);
	p->failed = true;
	p->tok.kind = TOK_END;
}

void parse_error_at(struct parser *p, struct str at, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	report(p, at, code, fmt, ap);
	va_end(ap);
}

void parse_error(struct parser *p, enum error_code code, const char *fmt, ...)
{
	char buf[300];
	va_list ap;
	struct str at = p->tok.raw;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (p->tok.kind == TOK_NEWLINE || p->tok.kind == TOK_END)
		parse_error_at(p, at, code, "%s before the end of the %s", buf,
			       p->tok.kind == TOK_END ? "file" : "line");
	else
		parse_error_at(p, at, code, "%s, not '%.*s'", buf, (int)(at.n < 60 ? at.n : 60),
			       at.p);
}

bool at_statement_end(const struct parser *p)
{
	return p->tok.kind == TOK_NEWLINE || p->tok.kind == TOK_END || is_punct(p, "}");
}

void skip_newlines(struct parser *p)
{
	while (p->tok.kind == TOK_NEWLINE)
		advance(p);
}

/* Skips to the end of the line, and of the blocks that open in it; leaves the sets around it. */
void recover(struct parser *p)
{
	int open = 0;
	unsigned sets = p->sets;
	p->at = p->tok.raw.p ? p->tok.raw.p : p->at;
	while (p->at < p->end && (*p->at != '\n' || open > 0)) {
		if (*p->at == '{')
			open++;
		if (*p->at == '}' && open == 0 && sets > 0)
			sets--;
		else if (*p->at == '}' && --open < 0)
			break;
		p->at++;
	}
	p->sets = 0;
	p->failed = false;
	p->has_next = false;
	p->tok = (struct token){ 0 };
	advance(p);
}

bool enter(struct parser *p)
{
	if (++p->depth > NESTING_MAX)
		parse_error_at(p, p->tok.raw, ERROR_DEPTH, "nested more than %d deep", NESTING_MAX);
	return !p->failed;
}

void leave(struct parser *p)
{
	p->depth--;
	while (p->defines && p->defines->depth > p->depth)
		p->defines = p->defines->outer;
}

struct expr *define_find(struct parser *p, struct str name)
{
	for (struct define *d = p->defines; d; d = d->outer)
		if (str_eq(d->name, name))
			return d->value;
	parse_error_at(p, p->tok.raw, ERROR_UNDEFINED, "'%.*s' is not defined", STR_FMT(name));
	return NULL;
}

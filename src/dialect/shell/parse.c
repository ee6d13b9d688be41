/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of a shell script (POSIX.1-2017, XCU 2.9). A compound command is skipped as a whole: the
 * commands in it are only listed.
 */
#include "shell.h"

static bool is_operator(const struct sh_lexer *l, const char *op)
{
	return l->tok.kind == SH_OPERATOR && str_is(l->tok.raw, op);
}

/* The word that ends what the token opens; NULL: it opens nothing. */
static const char *closer_of(const struct sh_token *t)
{
	static const char *const pairs[][2] = {
		{ "if", "fi" },       { "for", "done" },  { "while", "done" }, { "until", "done" },
		{ "select", "done" }, { "case", "esac" }, { "{", "}" },        { "(", ")" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if ((t->kind == SH_WORD) != (pairs[i][0][0] == '(') && str_is(t->raw, pairs[i][0]))
			return pairs[i][1];
	return NULL;
}

/* [[ … ]]: its operators are not those of the shell. */
static void skip_brackets(struct sh_lexer *l)
{
	while (l->tok.kind != SH_END && l->tok.kind != SH_NEWLINE && !str_is(l->tok.raw, "]]"))
		sh_advance(l);
}

static struct sh_command *new_command(struct sh_lexer *l)
{
	struct sh_command *c = arena_new_one(l->arena, struct sh_command);
	c->text = (struct str){ l->tok.raw.p, 0 };
	return c;
}

static void take_redirect(struct sh_lexer *l, struct sh_command *c)
{
	struct sh_redirect *r = arena_new_one(l->arena, struct sh_redirect);
	r->op = l->tok.raw;
	sh_advance(l);
	if (l->tok.kind != SH_WORD) {
		l->problem = "a redirection without a file name";
		return;
	}
	r->word = l->tok.raw;
	vec_push(l->arena, &c->redirects, r);
	if (str_is(r->op, "<<") || str_is(r->op, "<<-"))
		vec_push(l->arena, &l->awaited, r);
}

/* Words and redirections up to an operator. */
static struct sh_command *simple_command(struct sh_lexer *l)
{
	struct sh_command *c = new_command(l);
	while (l->tok.kind == SH_WORD || l->tok.kind == SH_REDIRECT) {
		if (l->tok.kind == SH_REDIRECT)
			take_redirect(l, c);
		else if (!c->words.n && sh_is_assignment(l->tok.raw))
			vec_push(l->arena, &c->assignments, l->tok.raw);
		else
			vec_push(l->arena, &c->words, l->tok.raw);
		if (c->words.n == 1 && str_is(l->tok.raw, "[["))
			skip_brackets(l);
		if (l->tok.kind != SH_WORD)
			break; /* an error, or the end of the line in [[ */
		c->text.n = (size_t)(l->tok.raw.p + l->tok.raw.n - c->text.p);
		sh_advance(l);
	}
	return c;
}

static void add_inner(struct sh_lexer *l, struct sh_command *c, struct sh_command *inner)
{
	vec_push(l->arena, &c->inner, inner);
	for (size_t i = 0; i < inner->assignments.n; i++) {
		struct str rest = inner->assignments.items[i], name = str_cut(&rest, '=');
		if (!inner->words.n || !str_is(name, "IFS")) /* only for "IFS= read x" */
			vec_push(l->arena, &c->sets, name);
	}
	for (size_t i = 1; i < inner->words.n && str_is(inner->words.items[0], "read"); i++)
		vec_push(l->arena, &c->sets, inner->words.items[i]);
}

#define DEPTH_MAX 60

/* Inside of a compound command. */
struct compound {
	struct sh_lexer *lexer;
	struct sh_command *command;
	const char *closers[DEPTH_MAX]; /* those still to come */
	unsigned depth;
	bool at_command; /* a command may begin here */
	bool at_pattern; /* in `case`: up to the ')' */
};

static const char *awaited(const struct compound *c)
{
	return c->closers[c->depth - 1];
}

static void open_compound(struct compound *c)
{
	struct str word = c->lexer->tok.raw;
	const char *closer = closer_of(&c->lexer->tok);
	if (c->depth == DEPTH_MAX) {
		c->lexer->problem = "commands are nested too deep";
		return;
	}
	c->closers[c->depth++] = closer;
	c->at_command = !str_is(word, "for") && !str_is(word, "case") && !str_is(word, "select");
	if (str_is(word, "for") || str_is(word, "select")) {
		sh_advance(c->lexer);
		vec_push(c->lexer->arena, &c->command->sets, c->lexer->tok.raw);
	}
}

/* Takes a word; if it begins a command, reads that to its end. */
static void compound_word(struct compound *c)
{
	static const char *const going_on[] = { "then", "do", "else", "elif", "!", "time" };
	struct sh_lexer *l = c->lexer;
	struct str word = l->tok.raw;
	if (str_is(word, awaited(c)) && (c->at_command || c->at_pattern)) {
		c->depth--;
		c->at_command = c->at_pattern = false;
	} else if (c->at_pattern) {
		return;
	} else if (str_is(word, "in") && str_is(str_from(awaited(c)), "esac") && !c->at_command) {
		c->at_pattern = true;
	} else if (!c->at_command) {
		return;
	} else if (closer_of(&l->tok)) {
		open_compound(c);
	} else if (!sh_is_in(word, going_on, ARRAY_SIZE(going_on))) {
		add_inner(l, c->command, simple_command(l));
		c->at_command = false;
	}
}

static void compound_operator(struct compound *c)
{
	struct sh_lexer *l = c->lexer;
	bool in_case = c->depth && str_is(str_from(awaited(c)), "esac");
	if (str_is(l->tok.raw, "(")) {
		if (c->at_command && !c->at_pattern)
			open_compound(c);
		return;
	}
	if (str_is(l->tok.raw, ")")) {
		if (in_case && c->at_pattern)
			c->at_command = true;
		else if (c->depth && str_is(str_from(awaited(c)), ")"))
			c->depth--, c->at_command = false;
		else
			c->at_command = true; /* of a function, whose body follows */
		c->at_pattern = false;
		return;
	}
	c->at_command = true;
	if (in_case && str_starts(l->tok.raw, ";;"))
		c->at_pattern = true;
}

/* Reads from its first word to the one that closes it. */
static void compound_command(struct sh_lexer *l, struct sh_command *command)
{
	struct compound c = { .lexer = l, .command = command };
	open_compound(&c);
	sh_advance(l);
	while (c.depth && l->tok.kind != SH_END && !l->problem) {
		size_t inner = command->inner.n;
		const char *end = l->tok.raw.p + l->tok.raw.n;
		if (l->tok.kind == SH_WORD)
			compound_word(&c);
		else if (l->tok.kind == SH_NEWLINE)
			c.at_command = !c.at_pattern;
		else if (l->tok.kind == SH_OPERATOR)
			compound_operator(&c);
		if (!c.depth)
			command->text.n = (size_t)(end - command->text.p);
		if (command->inner.n == inner) /* else the next token is there */
			sh_advance(l);
	}
	if (c.depth && !l->problem)
		l->problem = "this command does not end";
	while (l->tok.kind == SH_REDIRECT) {
		take_redirect(l, command);
		sh_advance(l);
	}
}

/* Reads what follows the name: the "()" and the body. */
static void function_body(struct sh_lexer *l, struct sh_command *c)
{
	while (is_operator(l, "(") || is_operator(l, ")") || l->tok.kind == SH_NEWLINE)
		sh_advance(l);
	if (closer_of(&l->tok))
		compound_command(l, c);
	else
		l->problem = "a function without a body";
	c->sets.n = 0; /* set only when it is called */
}

static struct sh_command *one_command(struct sh_lexer *l)
{
	bool negated = l->tok.kind == SH_WORD && str_is(l->tok.raw, "!");
	if (negated)
		sh_advance(l);
	struct sh_command *c = new_command(l);
	c->keyword = l->tok.raw;
	if (closer_of(&l->tok)) {
		compound_command(l, c);
		return c;
	}
	if (l->tok.kind == SH_WORD && str_is(l->tok.raw, "function")) {
		sh_advance(l);
		c->function = l->tok.raw;
		sh_advance(l);
		function_body(l, c);
		return c;
	}
	c = simple_command(l);
	c->is_negated = negated;
	if (is_operator(l, "(") && !c->words.n && c->assignments.n)
		l->problem = "an array: fwlint follows plain variables only";
	if (is_operator(l, "(") && c->words.n == 1 && !c->assignments.n) {
		c->function = c->keyword = c->words.items[0];
		function_body(l, c);
	}
	return c;
}

bool sh_next_list(struct sh_lexer *l, struct sh_list *ret)
{
	enum sh_link link = SH_FIRST;
	ret->n = 0;
	while (l->tok.kind == SH_NEWLINE || is_operator(l, ";"))
		sh_advance(l);
	while (l->tok.kind != SH_END && !l->problem) {
		const char *from = l->tok.raw.p;
		struct sh_command *c = one_command(l);
		c->link = link;
		vec_push(l->arena, ret, c);
		if (l->tok.kind != SH_OPERATOR)
			break;
		if (from == l->tok.raw.p && !c->text.n) {
			l->problem = "this is not a command";
			break;
		}
		bool ends = is_operator(l, ";") || is_operator(l, "&");
		c->in_background = is_operator(l, "&");
		link = is_operator(l, "&&") ? SH_AND : is_operator(l, "||") ? SH_OR : SH_PIPE;
		if (!l->problem && !ends && link == SH_PIPE && !is_operator(l, "|") &&
		    !is_operator(l, "|&")) {
			l->problem = "a command was expected here";
			break;
		}
		sh_advance(l);
		while (!ends && l->tok.kind == SH_NEWLINE)
			sh_advance(l);
		if (ends && !l->awaited.n) /* the here-document follows this line */
			break;
		if (ends)
			link = SH_FIRST;
	}
	return ret->n > 0;
}

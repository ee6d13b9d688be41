/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expands words into fields (POSIX.1-2017, XCU 2.6): quotes, variables that the script has set, and
 * the splitting of their values. What only a running shell knows is unknown.
 */
#include "shell.h"

/* ---- variables ---- */

static bool is_name_char(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

static size_t name_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && is_name_char(s.p[n], n == 0))
		n++;
	return n;
}

bool sh_is_assignment(struct str word)
{
	size_t n = name_length(word);
	return n && n < word.n && word.p[n] == '=';
}

static void set_variable(struct sh_variables *v, struct str name, struct sh_variable value)
{
	struct sh_variable *x = arena_new_one(v->arena, struct sh_variable);
	*x = value;
	v->sets_ifs = v->sets_ifs || str_is(name, "IFS");
	hash_put(&v->by_name, name, x);
}

void sh_forget(struct sh_variables *v, struct str name, struct str at, const char *why)
{
	set_variable(v, name, (struct sh_variable){ .unknown = at, .why = why });
}

/* ---- fields while they are made ---- */

struct expansion {
	struct sh_variables *v;
	struct sh_fields *fields;
	struct str word;
	struct sh_unknown *why;
	bool open;          /* the last field may still grow */
	bool quoted;        /* inside of double quotes */
	bool is_text;       /* a here-document: no quotes, no splitting */
	bool is_assignment; /* no splitting */
};

static struct sh_field *field(struct expansion *x)
{
	if (!x->open) {
		struct sh_field new = { .text = { .arena = x->v->arena }, .word = x->word };
		vec_push(x->v->arena, x->fields, new);
		x->open = true;
	}
	return &x->fields->items[x->fields->n - 1];
}

static void add(struct expansion *x, struct str what, struct str from)
{
	struct sh_field *f = field(x);
	bool verbatim = what.p == from.p;
	struct sh_run *last = f->runs.n ? &f->runs.items[f->runs.n - 1] : NULL;
	if (verbatim && last && last->is_verbatim && last->from.p + last->from.n == from.p) {
		last->len += (uint32_t)what.n;
		last->from.n += from.n;
	} else {
		struct sh_run run = { (uint32_t)f->text.n, (uint32_t)what.n, from, verbatim };
		vec_push(x->v->arena, &f->runs, run);
	}
	text_add(&f->text, what);
}

static bool unknown(struct expansion *x, struct str at, const char *why)
{
	*x->why = (struct sh_unknown){ at, why };
	return false;
}

/* Adds the value of a variable; outside of quotes it is split at blanks. */
static void add_value(struct expansion *x, struct str value, struct str from)
{
	if (x->quoted || x->is_text || x->is_assignment) {
		add(x, value, from);
		return;
	}
	for (size_t i = 0; i < value.n;) {
		size_t n = 0;
		while (i + n < value.n && !strchr(" \t\n", value.p[i + n]))
			n++;
		if (n) {
			/* copied bytes, not the text at `from` */
			add(x, (struct str){ value.p + i, n }, from);
			i += n;
		} else {
			x->open = false;
			i++;
		}
	}
}

/* ---- $ ---- */

#define NOT_SET "not set in this script"

/* `$(which iptables)` and `$(command -v iptables)` stand for the program. */
static bool is_lookup(struct str inside, struct str *ret_name)
{
	static const char *const ways[] = { "which ", "command -v ", "type -p ", "type -P " };
	inside = str_trim(inside);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (str_starts(inside, ways[i])) {
			size_t n = strlen(ways[i]), from = n;
			while (n < inside.n && !strchr(" \t\n;|&<>()$`\"'", inside.p[n]))
				n++;
			*ret_name = (struct str){ inside.p + from, n - from };
			struct str rest = str_trim((struct str){ inside.p + n, inside.n - n });
			return *ret_name->p && (!rest.n || str_is(rest, "2>/dev/null") ||
						str_is(rest, "2> /dev/null"));
		}
	return false;
}

static bool add_output(struct expansion *x, struct str whole, struct str inside)
{
	struct str name;
	if (!is_lookup(inside, &name))
		return unknown(x, whole, "what a command prints is known only when it runs");
	add_value(x, name, whole);
	return true;
}

/* ${NAME:-WORD}: `rest` is the text after the name. */
static bool add_default(struct expansion *x, struct str whole, const struct sh_variable *var,
			struct str rest)
{
	bool colon = rest.n && rest.p[0] == ':';
	struct str op = { rest.p + colon, rest.n - colon };
	if (!op.n || !strchr("-=?", op.p[0]))
		return unknown(x, whole, "this kind of expansion is not understood");
	if (var && (var->value.n || !colon)) {
		add_value(x, var->value, whole);
		return true;
	}
	if (op.p[0] == '?')
		return unknown(x, whole, NOT_SET);
	struct sh_fields fields = { 0 };
	struct str word = { op.p + 1, op.n - 1 };
	if (!sh_expand(x->v, word, &fields, x->why))
		return false;
	for (size_t i = 0; i < fields.n; i++) {
		if (i)
			add_value(x, STR(" "), whole);
		add_value(x, text_str(&fields.items[i].text), whole);
	}
	return true;
}

/* Would the shell not split the value at blanks, or split it at other bytes? */
static bool is_split_otherwise(const struct expansion *x, struct str value)
{
	if (!x->v->sets_ifs || x->quoted || x->is_text || x->is_assignment)
		return false;
	for (size_t i = 0; i < value.n; i++)
		if (strchr(" \t\n,:;.|/-", value.p[i]))
			return true;
	return false;
}

static bool add_variable(struct expansion *x, struct str whole, struct str name, struct str rest)
{
	const struct sh_variable *var = hash_get(&x->v->by_name, name);
	if (!name.n)
		return unknown(x, whole, "this kind of expansion is not understood");
	if (var && var->unknown.p)
		return unknown(x, var->unknown, var->why);
	if (var && is_split_otherwise(x, var->value))
		return unknown(x, whole, "the script sets IFS, so this may be split (quote it)");
	if (rest.n)
		return add_default(x, whole, var, rest);
	if (!var)
		return unknown(x, whole, NOT_SET);
	add_value(x, var->value, whole);
	return true;
}

/* Expands the `$` or '`' at *i, and moves *i past it. */
static bool add_dollar(struct expansion *x, size_t *i)
{
	struct str s = x->word, rest = { s.p + *i, s.n - *i };
	size_t end = sh_substitution_end(s, *i);
	struct str whole = { rest.p, end - *i };
	size_t n = name_length((struct str){ rest.p + 1, rest.n - 1 });
	if (rest.p[0] == '`' || str_starts(rest, "$(")) {
		size_t open = rest.p[0] == '`' ? 1 : 2;
		*i = end;
		if (str_starts(rest, "$(("))
			return unknown(x, whole, "arithmetic is not understood");
		return add_output(x, whole,
				  (struct str){ rest.p + open,
						whole.n > open ? whole.n - open - 1 : 0 });
	}
	if (str_starts(rest, "${")) {
		struct str inside = { rest.p + 2, whole.n > 2 ? whole.n - 3 : 0 };
		*i = end;
		n = name_length(inside);
		return add_variable(x, whole, (struct str){ inside.p, n },
				    (struct str){ inside.p + n, inside.n - n });
	}
	if (!n && rest.n > 1 && strchr("0123456789@*#?$!-", rest.p[1])) {
		*i += 2;
		return unknown(x, (struct str){ rest.p, 2 }, "known only when the script runs");
	}
	*i += n + 1;
	if (n)
		return add_variable(x, (struct str){ rest.p, n + 1 }, (struct str){ rest.p + 1, n },
				    STR(""));
	add(x, (struct str){ rest.p, 1 }, (struct str){ rest.p, 1 });
	return true;
}

/* ---- words ---- */

static struct str byte(const struct expansion *x, size_t i)
{
	return (struct str){ x->word.p + i, 1 };
}

/* Adds what a backslash at *i stands for. */
static void add_escaped(struct expansion *x, size_t *i)
{
	const char *special = x->is_text ? "$`\\\n" : "$`\"\\\n";
	size_t next = *i + 1;
	if (next >= x->word.n || ((x->quoted || x->is_text) && !strchr(special, x->word.p[next]))) {
		add(x, byte(x, *i), byte(x, *i));
		*i += 1;
		return;
	}
	if (x->word.p[next] != '\n')
		add(x, byte(x, next), byte(x, next));
	*i += 2;
}

static bool holds_braces(const struct expansion *x, size_t i)
{
	struct str rest = { x->word.p + i, x->word.n - i };
	const char *end = memchr(rest.p, '}', rest.n);
	struct str inside = { rest.p, end ? (size_t)(end - rest.p) : 0 };
	return str_contains(inside, ",") || str_contains(inside, "..");
}

static bool add_plain(struct expansion *x, size_t *i)
{
	char c = x->word.p[*i];
	bool bare = !x->quoted && !x->is_text;
	if (bare && c == '{' && x->v->expands_braces && holds_braces(x, *i))
		return unknown(x, x->word,
			       "the shell expands these braces to several words (quote them)");
	if (bare && (c == '*' || c == '?'))
		return unknown(x, x->word,
			       "the shell expands this pattern to file names (quote it)");
	add(x, byte(x, *i), byte(x, *i));
	*i += 1;
	return true;
}

static bool expand(struct expansion *x)
{
	for (size_t i = 0; i < x->word.n;) {
		char c = x->word.p[i];
		if (c == '\'' && !x->quoted && !x->is_text) {
			const char *end = memchr(x->word.p + i + 1, '\'', x->word.n - i - 1);
			size_t n = end ? (size_t)(end - (x->word.p + i + 1)) : 0;
			struct str inside = { x->word.p + i + 1, n };
			add(x, inside, inside);
			i += n + 2;
		} else if (c == '"' && !x->is_text) {
			x->quoted = !x->quoted;
			field(x);
			i++;
		} else if (c == '\\') {
			add_escaped(x, &i);
		} else if (c == '$' || c == '`') {
			if (!add_dollar(x, &i))
				return false;
		} else if (!add_plain(x, &i)) {
			return false;
		}
	}
	return true;
}

bool sh_expand(struct sh_variables *v, struct str word, struct sh_fields *fields,
	       struct sh_unknown *why)
{
	struct expansion x = { .v = v, .fields = fields, .word = word, .why = why };
	return expand(&x);
}

bool sh_expand_text(struct sh_variables *v, const struct sh_redirect *r, struct sh_field *ret,
		    struct sh_unknown *why)
{
	struct sh_fields fields = { 0 };
	struct expansion x = {
		.v = v, .fields = &fields, .word = r->body, .why = why, .is_text = true
	};
	bool ok = true;
	field(&x);
	if (r->is_literal)
		add(&x, r->body, r->body);
	else
		ok = expand(&x);
	*ret = fields.items[0];
	return ok;
}

void sh_assign(struct sh_variables *v, struct str assignment)
{
	struct str rest = assignment, name = str_cut(&rest, '=');
	struct sh_unknown why = { 0 };
	struct sh_fields fields = { 0 };
	struct expansion x = {
		.v = v, .fields = &fields, .word = rest, .why = &why, .is_assignment = true
	};
	field(&x);
	if (expand(&x))
		set_variable(v, name,
			     (struct sh_variable){ .value = text_str(&fields.items[0].text) });
	else
		sh_forget(v, name, why.at, why.why);
}

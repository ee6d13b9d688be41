/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands inside other commands: in a compound command, or in a word of `sh -c` and `trap`. Those
 * that do nothing to the ruleset are skipped.
 */
#include "shell.h"

bool sh_expand_words(struct sh_reader *r, const struct sh_command *c, struct sh_fields *f,
		     struct sh_unknown *why)
{
	for (size_t i = 0; i < c->words.n; i++)
		if (!sh_expand(&r->variables, c->words.items[i], f, why))
			return false;
	return true;
}

/* The text between the quotes, if they are around the whole word. */
static struct str without_quotes(struct str word)
{
	bool quoted = word.n > 1 && (word.p[0] == '\'' || word.p[0] == '"') &&
		      word.p[word.n - 1] == word.p[0];
	return quoted ? (struct str){ word.p + 1, word.n - 2 } : word;
}

/* Does nothing in the text touch the ruleset? */
static bool text_is_harmless(struct sh_reader *r, struct str text)
{
	struct sh_lexer l;
	struct sh_list list = { 0 };
	sh_lex_start(&l, r->s->arena, text);
	while (sh_next_list(&l, &list) && !l.problem)
		for (size_t i = 0; i < list.n; i++) {
			const struct sh_command *c = list.items[i];
			for (size_t k = 0; k < c->inner.n; k++)
				if (!sh_is_harmless(r, c->inner.items[k]))
					return false;
			if (!sh_is_harmless(r, c))
				return false;
		}
	return !l.problem;
}

/*
 * Do the commands in a word of `sh -c` and `trap` leave the ruleset alone? A known word is read as
 * the shell reads it; a word in such a word is not expanded, so that variables cannot nest it.
 */
static bool word_is_harmless(struct sh_reader *r, struct str word)
{
	struct sh_fields f = { 0 };
	struct sh_unknown why;
	bool was_in_word = r->in_word;
	bool is_known = !was_in_word && sh_expand(&r->variables, word, &f, &why) && f.n;
	r->in_word = true;
	bool ret = text_is_harmless(r, is_known ? sh_field_text(&f, 0) : without_quotes(word));
	r->in_word = was_in_word;
	return ret;
}

/* The word of `sh -c WORD`; p NULL: another command. */
static struct str word_of_shell(const struct sh_command *c)
{
	static const char *const shells[] = { "sh",        "bash",      "dash", "/bin/sh",
					      "/bin/bash", "/bin/dash", "ash",  "su" };
	for (size_t i = 0; i + 2 < c->words.n; i++)
		if (sh_is_in(c->words.items[i], shells, ARRAY_SIZE(shells)) &&
		    sh_is_bundle(c->words.items[i + 1], 'c'))
			return c->words.items[i + 2];
	return (struct str){ 0 };
}

/* The word of `trap WORD EXIT`; with other signals, it runs only when somebody interrupts the
 * script. */
static struct str word_of_trap(const struct sh_command *c)
{
	static const char *const always[] = { "EXIT", "0", "ERR", "DEBUG", "RETURN" };
	for (size_t i = 2; i < c->words.n && str_is(c->words.items[0], "trap"); i++)
		if (sh_is_in(c->words.items[i], always, ARRAY_SIZE(always)) &&
		    !str_is(c->words.items[1], "-"))
			return c->words.items[1];
	return (struct str){ 0 };
}

struct sh_program sh_program_of(struct sh_reader *r, const struct sh_command *c,
				const struct sh_fields *f)
{
	struct sh_program p = sh_program_find(f, &r->functions);
	struct str shell = p.kind == SH_OTHER ? word_of_shell(c) : (struct str){ 0 };
	struct str trap = word_of_trap(c);
	if (shell.p && word_is_harmless(r, shell))
		p.kind = SH_HARMLESS;
	else if (shell.p)
		p.why = SH_NOT_FOLLOWED;
	if (trap.p && !word_is_harmless(r, trap)) {
		p.kind = SH_OTHER;
		p.why = "what this does to the ruleset when the script ends is not followed";
	}
	return p;
}

bool sh_is_harmless(struct sh_reader *r, const struct sh_command *c)
{
	if (!c->words.n)
		return true;
	struct sh_fields f = { 0 };
	struct sh_unknown why;
	FW_MAY_FAIL(sh_expand_words(r, c, &f, &why));
	struct sh_program p = sh_program_of(r, c, &f);
	return p.kind != SH_IPTABLES && p.kind != SH_RESTORE && p.kind != SH_NFT &&
	       p.kind != SH_OTHER;
}

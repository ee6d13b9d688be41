/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a script to steps: the input of iptables and nft, in the order in which they run. What
 * cannot be known without running the script is an error at that place.
 */
#include "shell.h"

/* iptables-legacy and iptables-nft keep rulesets of their own. */
static void check_variant(struct sh_reader *r, const struct sh_command *c,
			  const struct sh_program *p)
{
	if (p->kind == SH_NFT)
		return;
	enum loader *known = &r->variant[0];
	if (*known != p->variant && *known != LOADER_ANY && p->variant != LOADER_ANY)
		sh_not_understood(r, c->text,
				  "iptables-legacy and iptables-nft in one script: both rulesets "
				  "are in force");
	if (p->variant != LOADER_ANY)
		*known = p->variant;
}

/* Are error messages thrown away? */
static bool is_quiet(const struct sh_command *c)
{
	bool null = false, quiet = false;
	for (size_t i = 0; i < c->redirects.n; i++) {
		const struct sh_redirect *r = c->redirects.items[i];
		bool to_null = str_is(r->word, "/dev/null");
		if (str_is(r->op, ">") || str_is(r->op, ">>") || str_is(r->op, "1>"))
			null = to_null;
		if (str_is(r->op, "2>") || str_is(r->op, "2>>") || str_is(r->op, "&>") ||
		    str_is(r->op, "&>>") || str_is(r->op, ">&"))
			quiet = quiet || to_null;
		if (str_is(r->op, "2>&") && str_is(r->word, "1"))
			quiet = quiet || null;
	}
	return quiet;
}

static void firewall_command(struct sh_reader *r, const struct sh_list *l, size_t i,
			     const struct sh_fields *f, struct sh_program *p)
{
	const struct sh_command *c = l->items[i];
	struct str program = f->items[p->at].word;
	struct sh_step step = {
		.kind = p->kind,
		.v6 = p->v6,
		.link = c->link,
		.is_quiet = is_quiet(c),
		.from = (uint32_t)r->s->text.n,
		.command = c->text,
		.program = { c->text.p, (size_t)(program.p + program.n - c->text.p) },
		.exits_on_error = r->exits_on_error,
		.wait = "",
	};
	size_t pieces = r->s->pieces.n;
	bool ok = true;
	check_variant(r, c, p);
	if (c->in_background || c->is_negated) {
		sh_not_understood(r, c->text,
				  c->in_background ? "a command in the background"
						   : "a command that is expected to fail");
		return;
	}
	if (p->kind == SH_NFT)
		ok = sh_write_nft(r, l, i, f, p, &step);
	else if (p->kind == SH_RESTORE)
		ok = sh_write_restore(r, l, i, f, p, &step);
	else
		sh_write_words(r, f, p, &step);
	if (!ok)
		return;
	/* The rule begins where its command does. */
	if (!step.is_text && pieces < r->s->pieces.n) {
		struct sh_piece *first = &r->s->pieces.items[pieces];
		struct span command = sh_span(r->s, c->text);
		first->from.len += first->from.off - command.off;
		first->from.off = command.off;
		first->is_verbatim = false;
	}
	step.len = (uint32_t)r->s->text.n - step.from;
	text_add(&r->s->text, STR("\n"));
	vec_push(r->s->arena, &r->s->steps, step);
}

static void other_step(struct sh_reader *r, const struct sh_command *c, enum sh_kind kind)
{
	vec_push(r->s->arena, &r->s->steps,
		 ((struct sh_step){ .kind = kind,
				    .link = c->link,
				    .command = c->text,
				    .exits_on_error = r->exits_on_error }));
}

/* set -e, set -eu, set -o errexit */
static void set_options(struct sh_reader *r, const struct sh_fields *f, size_t at)
{
	for (size_t i = at + 1; i < f->n; i++) {
		struct str t = sh_field_text(f, i);
		bool on = t.n && t.p[0] == '-';
		if (t.n < 2 || (!on && t.p[0] != '+'))
			continue;
		if (memchr(t.p, 'e', t.n) ||
		    (memchr(t.p, 'o', t.n) && str_is(sh_field_text(f, i + 1), "errexit")))
			r->exits_on_error = on;
	}
}

static void assign_all(struct sh_reader *r, const struct sh_command *c, bool is_certain)
{
	for (size_t i = 0; i < c->assignments.n; i++) {
		struct str rest = c->assignments.items[i], name = str_cut(&rest, '=');
		if (is_certain)
			sh_assign(&r->variables, c->assignments.items[i]);
		else
			sh_forget(&r->variables, name, c->assignments.items[i],
				  "it is known only when the script runs");
	}
}

/* export NAME=VALUE */
static void assign_words(struct sh_reader *r, const struct sh_command *c, bool is_certain)
{
	static const char *const makers[] = { "export", "readonly", "local", "declare", "typeset" };
	bool makes = c->words.n && sh_is_in(c->words.items[0], makers, ARRAY_SIZE(makers));
	struct sh_command words = { .assignments = { 0 } };
	for (size_t i = 1; i < c->words.n && makes; i++)
		if (sh_is_assignment(c->words.items[i]))
			vec_push(r->s->arena, &words.assignments, c->words.items[i]);
	assign_all(r, &words, is_certain);
	bool reads = c->words.n && str_is(c->words.items[0], "read");
	bool unsets = c->words.n && str_is(c->words.items[0], "unset");
	for (size_t i = 1; i < c->words.n && (reads || unsets); i++)
		sh_forget(&r->variables, c->words.items[i], c->text,
			  reads ? "it is known only when the script runs"
				: "it is not set any more");
}

static void simple(struct sh_reader *r, const struct sh_list *l, size_t i, bool is_certain)
{
	const struct sh_command *c = l->items[i];
	struct sh_fields f = { 0 };
	struct sh_unknown why = { 0 };
	if (!c->words.n) {
		assign_all(r, c, is_certain);
		other_step(r, c, SH_SUCCEEDS);
		return;
	}
	assign_words(r, c, is_certain);
	bool known = sh_expand_words(r, c, &f, &why) && f.n;
	struct sh_program p = sh_program_of(r, c, &f);
	switch (p.kind) {
	case SH_IPTABLES:
	case SH_RESTORE:
	case SH_NFT:
		if (known)
			firewall_command(r, l, i, &f, &p);
		else
			sh_cannot_expand(r, &why);
		return;
	case SH_OTHER:
		if (!hash_get(&r->refused, c->words.items[0]))
			sh_not_understood(r, c->text,
					  why.at.p && !f.n ? "fwlint cannot tell which program "
							     "this runs"
							   : p.why);
		return;
	case SH_SET: set_options(r, &f, p.at); break;
	case SH_EXIT: r->has_ended = r->has_ended || (is_certain && l->n == 1); break;
	case SH_SUCCEEDS:
	case SH_FAILS:
	case SH_HARMLESS: break;
	}
	other_step(r, c, p.kind);
}

/* ---- compound commands ---- */

static const char *kind_of(const struct sh_command *c, struct arena *a)
{
	if (c->function.p)
		return arena_printf(a, "the function '%.*s'", STR_FMT(c->function));
	if (str_is(c->keyword, "if") || str_is(c->keyword, "case"))
		return "a condition";
	if (str_is(c->keyword, "{") || str_is(c->keyword, "("))
		return "a group of commands";
	return "a loop";
}

static void compound(struct sh_reader *r, const struct sh_command *c)
{
	const struct sh_command *first = NULL;
	for (size_t i = 0; i < c->inner.n && !first; i++)
		if (!sh_is_harmless(r, c->inner.items[i]))
			first = c->inner.items[i];
	for (size_t i = 0; i < c->sets.n; i++)
		sh_forget(&r->variables, c->sets.items[i], c->text,
			  "it is known only when the script runs");
	if (!first && c->function.p) {
		hash_put(&r->functions, c->function, r);
		other_step(r, c, SH_SUCCEEDS);
	} else if (!first) {
		other_step(r, c, SH_HARMLESS);
	} else {
		struct str rest = first->text, words = str_cut(&rest, '\n');
		if (c->function.p)
			hash_put(&r->refused, c->function, r);
		words.n = words.n < 40 ? words.n : 40;
		sh_not_understood(r, c->text,
				  arena_printf(r->s->arena,
					       "%s around '%.*s': fwlint reads only plain commands",
					       kind_of(c, r->s->arena), STR_FMT(words)));
	}
}

/* ---- the script ---- */

/* Is the command alone on its lines? */
static bool is_alone(const struct sh_script *s, const struct sh_list *l)
{
	const struct sh_command *c = l->items[0];
	const char *from = c->text.p, *to = c->text.p + c->text.n, *end = s->source.p + s->source.n;
	while (from > s->source.p && (from[-1] == ' ' || from[-1] == '\t'))
		from--;
	while (to < end && (*to == ' ' || *to == '\t' || *to == ';'))
		to++;
	return l->n == 1 && (from == s->source.p || from[-1] == '\n') &&
	       (to == end || *to == '\n' || *to == '#');
}

static void read_list(struct sh_reader *r, const struct sh_list *l)
{
	size_t before = r->s->steps.n;
	for (size_t i = 0; i < l->n && !r->has_ended; i++) {
		const struct sh_command *c = l->items[i];
		bool is_certain = c->link == SH_FIRST;
		if (c->keyword.p && (c->function.p || c->inner.n || !c->words.n) &&
		    !c->assignments.n)
			compound(r, c);
		else
			simple(r, l, i, is_certain);
	}
	if (r->s->steps.n == before + 1)
		r->s->steps.items[before].is_alone = is_alone(r->s, l);
}

/* "#!/bin/sh -e" */
static void read_first_line(struct sh_reader *r)
{
	struct str rest = r->s->source, line = str_cut(&rest, '\n');
	bool is_bash = str_contains(line, "bash") || str_contains(line, "zsh");
	bool is_script = str_starts(line, "#!");
	r->variables.expands_braces = is_script && is_bash;
	const char *options = is_script ? memmem(line.p, line.n, " -", 2) : NULL;
	if (options && memchr(options, 'e', (size_t)(line.p + line.n - options)))
		r->exits_on_error = true;
	bool is_path = strcmp(r->s->name, "stdin") != 0;
	r->s->trial = arena_printf(r->s->arena, "fwlint trial -- %s %s",
				   is_script && is_bash ? "bash" : "sh",
				   is_path ? shell_word(str_from(r->s->name), r->s->arena)
					   : "SCRIPT");
}

void sh_script_read(struct sh_script *s, struct arena *a, const char *name, struct str text,
		    struct diags *diags)
{
	*s = (struct sh_script){
		.arena = a, .source = text, .name = name, .diags = diags, .text = { .arena = a }
	};
	struct sh_reader r = { .s = s, .variables = { .arena = a } };
	struct sh_lexer lexer;
	struct sh_list list = { 0 };
	hash_init(&r.variables.by_name, a);
	hash_init(&r.functions, a);
	hash_init(&r.told, a);
	hash_init(&r.refused, a);
	read_first_line(&r);
	if (sh_is_shorewall(text)) {
		sh_shorewall_read(&r);
		return;
	}
	sh_lex_start(&lexer, a, text);
	while (!r.has_ended && sh_next_list(&lexer, &list) && !lexer.problem)
		read_list(&r, &list);
	if (lexer.problem && !r.has_ended) {
		struct str at = lexer.tok.raw;
		if (!at.p || at.p + at.n > text.p + text.n)
			at = (struct str){ text.p + text.n, 0 };
		sh_not_understood(&r, at, lexer.problem);
	}
	if (!s->steps.n)
		text_add(&s->text, STR("\n"));
}

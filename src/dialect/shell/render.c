/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An inserted rule as a separate command beside that of its neighbour, for the same program; in a
 * here-document, in the form of that text's dialect.
 */
#include "shell.h"

/* The step that made the rule; NULL: none, or there is no such text. */
static const struct sh_step *step_of(const struct ruleset *rs, const struct rule *near,
				     struct sh_script *script)
{
	const struct source *s = rs->source;
	struct diags diags = { .arena = rs->arena };
	const char *at = source_view(s, near->span).p;
	sh_script_read(script, rs->arena, s->name, (struct str){ s->text, s->len }, &diags);
	for (size_t i = 0; i < script->steps.n; i++) {
		const struct sh_step *step = &script->steps.items[i];
		struct str where = step->is_text ? step->body : step->command;
		if (where.p && at >= where.p && at < where.p + where.n)
			return step;
	}
	return NULL;
}

static struct str step_text(const struct sh_script *script, const struct sh_step *step)
{
	return (struct str){ script->text.items + step->from, step->len };
}

/* Does a later command name a rule of the chain by its number? */
static bool is_counted_on(const struct sh_script *script, const struct sh_step *step,
			  struct str chain)
{
	for (const struct sh_step *s = step + 1; s < script->steps.items + script->steps.n; s++) {
		if (s->kind != SH_IPTABLES)
			continue;
		struct iptables_shape shape = iptables_shape(script->arena, step_text(script, s));
		if (iptables_counts_on(&shape, chain))
			return true;
	}
	return false;
}

/* Does the command itself have the -t, not a variable with the program? */
static bool says_table(const struct sh_step *step)
{
	struct str behind = { step->program.p + step->program.n,
			      step->command.n - step->program.n };
	return str_contains(behind, "-t ") || str_contains(behind, "--table");
}

static bool iptables_line(const struct sh_script *script, const struct sh_step *step,
			  const struct ruleset *rs, const struct rule *rule,
			  const struct rule_form *form, struct text *t, bool *ret_inserts)
{
	struct iptables_shape shape = iptables_shape(rs->arena, step_text(script, step));
	const char *body = dialect_iptables.body(rs, rule, form, rs->arena);
	bool other_chain = form->near->chain->id != rule->chain->id;
	bool appends = shape.letter == 'A', inserts = shape.letter == 'I' && !other_chain;
	if (!body || !(appends || inserts) || is_counted_on(script, step, rule->chain->name))
		return false;
	text_printf(t, " %s", step->wait);
	if (shape.table.n && says_table(step))
		text_printf(t, "-t %.*s ", STR_FMT(shape.table));
	text_printf(t, "-%c %s ", shape.letter, shell_word(rule->chain->name, rs->arena));
	if (shape.number.n)
		text_printf(t, "%.*s ", STR_FMT(shape.number));
	text_printf(t, "%s", body);
	*ret_inserts = inserts;
	return true;
}

static bool nft_line(const struct sh_script *script, const struct sh_step *step,
		     const struct ruleset *rs, const struct rule *rule,
		     const struct rule_form *form, struct text *t, bool *ret_inserts)
{
	struct str text = step_text(script, step);
	const struct table *table = rule->chain->table;
	const char *body = rule->is_arm ? NULL : dialect_nft.body(rs, rule, form, rs->arena);
	bool inserts = str_starts(text, "insert ");
	if (!body || !(inserts || str_starts(text, "add rule") || str_starts(text, "rule ")) ||
	    memchr(text.p, ';', text.n) || str_contains(text, " index ") ||
	    str_contains(text, " position ") || str_contains(text, " handle "))
		return false;
	const char *whole = arena_printf(rs->arena, "%s rule %s %.*s %.*s %s",
					 inserts ? "insert" : "add", family_name(table->family),
					 STR_FMT(table->name), STR_FMT(rule->chain->name), body);
	bool plain = true;
	for (const char *p = whole; *p && plain; p++)
		plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			(*p >= '0' && *p <= '9') || strchr(" _-./:,", *p);
	text_printf(t, " %s", plain ? whole : shell_word(str_from(whole), rs->arena));
	*ret_inserts = inserts;
	return true;
}

/* The offset after the line of the script in which the command ends. */
static size_t behind_line(const struct source *s, const struct sh_step *step)
{
	size_t end = (size_t)(step->command.p + step->command.n - s->text);
	const char *nl = end < s->len ? memchr(s->text + end, '\n', s->len - end) : NULL;
	return nl ? (size_t)(nl + 1 - s->text) : s->len;
}

bool shell_render(const struct ruleset *rs, const struct rule *rule, const struct rule_form *form,
		  struct edits *edits, const char **ret_text)
{
	const struct source *s = rs->source;
	struct sh_script script;
	struct text t = { .arena = rs->arena }, out = { .arena = rs->arena };
	bool inserts;
	if (form->near->inserted)
		return false;
	const struct sh_step *step = step_of(rs, form->near, &script);
	if (!step)
		return false;
	if (step->is_text)
		return (step->kind == SH_NFT ? &dialect_nft : &dialect_iptables)
			->render(rs, rule, form, edits, ret_text);
	bool ok = step->is_alone && !form->near_is_chain &&
		  !memchr(step->program.p, '\n', step->program.n) &&
		  (step->kind == SH_NFT
			   ? nft_line(&script, step, rs, rule, form, &t, &inserts)
			   : iptables_line(&script, step, rs, rule, form, &t, &inserts));
	if (!ok)
		return false;
	struct span line = source_line_span(s, s->items[0]->base +
						       (uint32_t)(step->command.p - s->text));
	struct str indent = { s->text + (line.off - s->items[0]->base),
			      (size_t)(step->command.p - s->text) -
				      (line.off - s->items[0]->base) };
	*ret_text = arena_printf(rs->arena, "%.*s%.*s", STR_FMT(step->program),
				 STR_FMT(text_str(&t)));
	/* Rules that are inserted end up in reverse order. */
	bool after = form->after != inserts;
	size_t end = behind_line(s, step);
	bool ends = end > 0 && s->text[end - 1] == '\n';
	if (after && !ends)
		text_printf(&out, "\n");
	text_printf(&out, "%.*s%s", STR_FMT(indent), *ret_text);
	if (!after || ends)
		text_printf(&out, "\n");
	edits_add(edits, (struct span){ after ? s->items[0]->base + (uint32_t)end : line.off, 0 },
		  text_str(&out));
	return true;
}

static const struct dialect *dialect_of(const struct ruleset *rs, const struct rule *near)
{
	struct sh_script script;
	const struct sh_step *step = step_of(rs, near, &script);
	return step && step->kind == SH_NFT ? &dialect_nft : &dialect_iptables;
}

const char *shell_body(const struct ruleset *rs, const struct rule *rule,
		       const struct rule_form *form, struct arena *a)
{
	return dialect_of(rs, form->near)->body(rs, rule, form, a);
}

const char *shell_command(const struct ruleset *rs, const struct change *c, const struct rule *rule,
			  const struct rule_form *form, struct arena *a)
{
	return dialect_of(rs, form->near)->command(rs, c, rule, form, a);
}

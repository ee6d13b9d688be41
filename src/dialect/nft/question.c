/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The match part of a rule that is in no ruleset: read in an empty table of family inet, then
 * written in the numbers of the ruleset that it is a question about.
 */
#include "text.h"

#include <fwlint/dialect_match.h>
#include <fwlint/model_copy.h>

/* What a question may not say, in words; NULL: it is a match. */
static const char *other_than_match(const struct stmt *s)
{
	switch (s->kind) {
	case ST_MATCH: return NULL;
	case ST_VERDICT:
	case ST_REJECT:
	case ST_QUEUE:
	case ST_STOLEN: return "this is a verdict: expected matches only";
	case ST_VMAP: return "this is a map of verdicts: expected matches only";
	case ST_STATEFUL:
		return "this match does not depend on the packet alone: expected matches on the "
		       "packet";
	case ST_SET:
	case ST_NAT:
	case ST_NOTRACK:
	case ST_LOG:
	case ST_TPROXY:
	case ST_XT:
	case ST_OTHER: break;
	}
	return "this is a statement: expected matches only";
}

static bool parse_question(struct script *s, struct nft_rule *r)
{
	const struct source *q = s->source;
	struct parser p = { .script = s,
			    .arena = s->arena,
			    .file = q->items[0],
			    .table = r->chain->table,
			    .at = q->text,
			    .end = q->text + q->len };
	lex_start(&p);
	skip_newlines(&p);
	if (p.tok.kind == TOK_END && !p.failed && !s->diags->n)
		return true;
	parse_rule(&p, r);
	skip_newlines(&p);
	if (!p.failed && !s->diags->n && p.tok.kind != TOK_END)
		script_error(s, span_of(&p, p.tok.raw), ERROR_SYNTAX,
			     "expected the end of the matches");
	if (r->comment.n)
		script_error(s, r->span, ERROR_SYNTAX, "a question takes no comment");
	for (size_t i = 0; i < r->stmts.n && !s->diags->n; i++) {
		const char *why = other_than_match(r->stmts.items[i]);
		if (why)
			script_error(s, r->stmts.items[i]->span, ERROR_SYNTAX, "%s", why);
	}
	return !s->diags->n;
}

/* ---- the numbers of another ruleset ---- */

static uint32_t var_among(struct ruleset *out, const struct opaque *o)
{
	for (size_t i = 0; i < out->n_vars && o->class == OPAQUE_PURE; i++)
		if (out->vars[i]->class == OPAQUE_PURE && str_eq(out->vars[i]->key, o->key))
			return (uint32_t)i;
	struct opaque *added = arena_new_one(out->arena, struct opaque);
	*added = *o;
	added->var = (uint32_t)out->n_vars;
	arena_grow(out->arena, (void **)&out->vars, out->n_vars, &out->vars_cap,
		   sizeof(*out->vars));
	out->vars[out->n_vars++] = added;
	return added->var;
}

static struct ruleset *ruleset_to_extend(const struct ruleset *rs, struct arena *a)
{
	struct ruleset *out = arena_new_one(a, struct ruleset);
	*out = *rs;
	out->arena = a;
	out->vars = arena_new_array(a, const struct opaque *, rs->n_vars + 1);
	out->vars_cap = rs->n_vars + 1;
	for (size_t i = 0; i < rs->n_vars; i++)
		out->vars[i] = rs->vars[i];
	return out;
}

/* The chain with the question, in the numbers of `out`; NULL: they do not suffice. */
static struct chain *renumber(struct ruleset *out, const struct ruleset *asked)
{
	unsigned field[FIELD_COUNT];
	uint32_t *var = arena_new_array(out->arena, uint32_t, asked->n_vars);
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		field[f] = f;
	for (unsigned i = 0; i < asked->n_extra; i++) {
		field[FIELD_EXTRA + i] = ruleset_extra_field(out, asked->extra[i].name,
							     asked->extra[i].format);
		if (field[FIELD_EXTRA + i] == FIELD_COUNT)
			return NULL;
	}
	for (unsigned f = 0; f < FIELD_EXTRA + asked->n_extra; f++)
		out->tests[field[f]] |= asked->tests[f];
	for (size_t i = 0; i < asked->n_vars; i++)
		var[i] = var_among(out, asked->vars[i]);
	const struct renumbering numbers = { .arena = out->arena,
					     .rules = out->n_rules,
					     .var = var,
					     .vars = out->vars,
					     .field = field };
	return chain_copy(&numbers, asked->chains[0]);
}

bool match_part_read(const struct ruleset *rs, struct source *question, struct arena *a,
		     struct diags *diags, struct match_part *ret)
{
	struct script s = { .arena = a, .source = question, .diags = diags };
	struct span all = { question->items[0]->base, (uint32_t)question->len };
	struct nft_table *t = script_add_table(&s, FAMILY_INET, STR("question"), all);
	struct nft_chain *c = table_add_chain(&s, t, STR("question"), all);
	struct nft_rule *r = arena_new_one(a, struct nft_rule);
	*r = (struct nft_rule){ .chain = c, .span = all };
	if (!parse_question(&s, r))
		return false;
	vec_push(a, &c->rules, r);
	struct ruleset *asked = script_lower(&s, rs->dialect);
	if (diags->n)
		return false;
	struct ruleset *out = ruleset_to_extend(rs, a);
	const struct chain *copy = renumber(out, asked);
	if (!copy) {
		diag_add(diags, all, ERROR_LIMIT,
			 "the ruleset and this question together test too many different things");
		return false;
	}
	out->n_rules += asked->n_rules;
	*ret = (struct match_part){ .ruleset = out, .rule = copy->items[0] };
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of chains with new numbers. */
#include <fwlint/model_copy.h>

static const struct match *copy_matches(const struct renumbering *n, const struct match *list,
					uint32_t count)
{
	struct match *out = arena_new_array(n->arena, struct match, count);
	for (uint32_t i = 0; i < count; i++) {
		out[i] = list[i];
		if (out[i].kind == MATCH_OPAQUE)
			out[i].opaque = n->vars[n->var[out[i].opaque->var]];
		else if (out[i].kind == MATCH_ANY || out[i].kind == MATCH_ALL)
			out[i].parts = copy_matches(n, out[i].parts, out[i].n);
		else
			out[i].field = (enum field)n->field[out[i].field];
	}
	return out;
}

static const struct nat_choice *copy_choices(const struct renumbering *n,
					     const struct nat_target *to)
{
	struct nat_choice *out = arena_new_array(n->arena, struct nat_choice, to->n_choices);
	for (uint32_t i = 0; i < to->n_choices; i++) {
		out[i] = to->choices[i];
		out[i].key = *copy_matches(n, &to->choices[i].key, 1);
	}
	return out;
}

static const struct statement *copy_statements(const struct renumbering *n, const struct rule *r)
{
	struct statement *out = arena_new_array(n->arena, struct statement, r->n_statements);
	for (uint32_t i = 0; i < r->n_statements; i++) {
		out[i] = r->statements[i];
		if (out[i].kind == STMT_WRITE)
			out[i].field = (enum field)n->field[out[i].field];
		if (out[i].to.n_choices)
			out[i].to.choices = copy_choices(n, &out[i].to);
	} /* a write copies only from a mark, and marks have the same number everywhere */
	return out;
}

struct chain *chain_copy(const struct renumbering *n, const struct chain *from)
{
	struct chain *c = arena_new_one(n->arena, struct chain);
	*c = *from;
	c->items = arena_new_array(n->arena, struct rule *, from->n);
	c->cap = from->n;
	for (size_t i = 0; i < from->n; i++) {
		struct rule *r = arena_new_one(n->arena, struct rule);
		*r = *from->items[i];
		r->id += n->rules;
		r->matches = copy_matches(n, r->matches, r->n_matches);
		if (r->verdict.program)
			r->verdict.program = n->vars[n->var[r->verdict.program->var]];
		r->statements = copy_statements(n, r);
		c->items[i] = r;
	}
	return c;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several rulesets as one. Every node is copied with new numbers; equal tests of two parts share a
 * variable if the answer depends on the packet alone.
 */
#include <fwlint/model_copy.h>

struct join {
	struct ruleset *out;
	const struct ruleset *part;
	unsigned number;
	struct hash pure; /* variables by key */
	struct renumbering numbers;
	uint32_t *var;
	unsigned field[FIELD_COUNT];
};

static bool join_fields(struct join *j)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		j->field[f] = f;
	for (unsigned i = 0; i < j->part->n_extra; i++) {
		const struct extra_field *x = &j->part->extra[i];
		enum field f = ruleset_extra_field(j->out, x->name, x->format);
		if (f == FIELD_COUNT)
			return false;
		j->field[FIELD_EXTRA + i] = f;
	}
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		j->out->tests[j->field[f]] |= j->part->tests[f];
	return true;
}

static void join_vars(struct join *j)
{
	struct ruleset *out = j->out;
	j->var = arena_new_array(out->arena, uint32_t, j->part->n_vars);
	for (size_t i = 0; i < j->part->n_vars; i++) {
		const struct opaque *from = j->part->vars[i];
		const struct opaque *known = from->class == OPAQUE_PURE
						     ? hash_get(&j->pure, from->key)
						     : NULL;
		if (!known) {
			struct opaque *o = arena_new_one(out->arena, struct opaque);
			*o = *from;
			o->var = (uint32_t)out->n_vars;
			arena_grow(out->arena, (void **)&out->vars, out->n_vars, &out->vars_cap,
				   sizeof(*out->vars));
			out->vars[out->n_vars++] = o;
			known = o;
			if (o->class == OPAQUE_PURE)
				hash_put(&j->pure, o->key, o);
		}
		j->var[i] = known->var;
	}
}

static void join_chain(struct join *j, struct table *t, const struct chain *from)
{
	struct ruleset *out = j->out;
	struct chain *c = chain_copy(&j->numbers, from);
	c->id = (uint32_t)out->n_chains;
	c->table = t;
	arena_grow(out->arena, (void **)&out->chains, out->n_chains, &out->chains_cap,
		   sizeof(*out->chains));
	out->chains[out->n_chains++] = c;
	vec_push(out->arena, t, c);
}

/* Chains keep the order of their ids, which is the order in which they are registered. */
static void join_tables(struct join *j)
{
	struct ruleset *out = j->out;
	size_t first_table = out->n, first_chain = out->n_chains;
	for (size_t i = 0; i < j->part->n; i++) {
		struct table *t = arena_new_one(out->arena, struct table);
		*t = *j->part->items[i];
		t->items = NULL;
		t->n = t->cap = 0;
		t->part = j->part;
		t->part_number = j->number;
		vec_push(out->arena, out, t);
	}
	for (size_t i = 0; i < j->part->n_chains; i++) {
		size_t k = 0;
		while (j->part->items[k] != j->part->chains[i]->table)
			k++;
		join_chain(j, out->items[first_table + k], j->part->chains[i]);
	}
	for (size_t i = first_chain; i < out->n_chains; i++)
		for (size_t k = 0; k < out->chains[i]->n; k++) {
			struct rule *r = out->chains[i]->items[k];
			r->chain = out->chains[i];
			if (r->verdict.target)
				r->verdict.target =
					out->chains[first_chain + r->verdict.target->id];
		}
}

struct ruleset *ruleset_join(const struct ruleset *const *parts, size_t n,
			     const struct source *source, struct arena *a)
{
	struct ruleset *out = arena_new_one(a, struct ruleset);
	struct join j = { .out = out };
	*out = (struct ruleset){ .arena = a,
				 .source = source,
				 .dialect = parts[0]->dialect,
				 .n_parts = (unsigned)n,
				 .loader = parts[0]->loader,
				 .fragments = { true, true } };
	hash_init(&j.pure, a);
	const struct ruleset **list = arena_new_array(a, const struct ruleset *, n);
	out->parts = list;
	for (size_t i = 0; i < n; i++) {
		j.part = list[i] = parts[i];
		j.number = (unsigned)i;
		if (!join_fields(&j))
			return NULL;
		join_vars(&j);
		j.numbers = (struct renumbering){ .arena = a,
						  .rules = out->n_rules,
						  .var = j.var,
						  .vars = out->vars,
						  .field = j.field };
		join_tables(&j);
		for (unsigned f = 0; f < 2; f++)
			out->fragments[f] = out->fragments[f] && parts[i]->fragments[f];
		out->reads_fragments = out->reads_fragments || parts[i]->reads_fragments;
		out->n_rules += j.part->n_rules;
		for (size_t k = 0; k < j.part->features.n; k++)
			vec_push(a, &out->features, j.part->features.items[k]);
		for (size_t k = 0; k < j.part->loader_notes.n; k++)
			vec_push(a, &out->loader_notes, j.part->loader_notes.items[k]);
	}
	return out;
}

const struct ruleset *ruleset_part(const struct ruleset *rs, const struct table *t)
{
	return t->part ? t->part : rs;
}

const struct table *ruleset_same_table(const struct ruleset *x, const struct ruleset *y)
{
	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; k < y->n; k++) {
			const struct table *t = x->items[i], *u = y->items[k];
			bool is_nft = str_starts(str_from(x->dialect), "nft");
			if (is_nft == str_starts(str_from(y->dialect), "nft") &&
			    str_eq(t->name, u->name) && t->family == u->family)
				return t;
		}
	return NULL;
}

/* Does any packet pass chains of both families? */
static bool meet(enum family x, enum family y)
{
	return x == y || (x == FAMILY_INET && (y == FAMILY_IP || y == FAMILY_IP6)) ||
	       (y == FAMILY_INET && (x == FAMILY_IP || x == FAMILY_IP6));
}

static bool does_something(const struct chain *c)
{
	return c->n || c->policy == POLICY_DROP;
}

static bool is_tie(const struct chain *x, const struct chain *y)
{
	return x->is_base && y->is_base && x->hook == y->hook && x->priority == y->priority &&
	       does_something(x) && does_something(y) &&
	       x->table->part_number != y->table->part_number &&
	       meet(x->table->family, y->table->family);
}

const struct ruleset *ruleset_other_order(const struct ruleset *rs, struct arena *a)
{
	bool tie = false;
	for (size_t i = 0; rs->n_parts > 1 && i < rs->n_chains && !tie; i++)
		for (size_t k = 0; rs->chains[i]->is_base && k < i && !tie; k++)
			tie = is_tie(rs->chains[i], rs->chains[k]);
	if (!tie)
		return NULL;
	struct ruleset *out = arena_new_one(a, struct ruleset);
	*out = *rs;
	out->reversed = !rs->reversed;
	return out;
}

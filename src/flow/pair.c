/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two rulesets side by side: which rules are the same in both, and common numbers for what they
 * test.
 */
#include <fwlint/flow_pair.h>
#include <fwlint/model_copy.h>

#define NO_COUNTERPART UINT32_MAX
#define TABLE_MAX 4000000u /* cells of the table that finds the longest common part */

struct pairing {
	const struct ruleset *old, *new;
	struct arena *arena;
	uint32_t *chain_of_new; /* by chain id of new: chain id of old */
	uint32_t *rule_of_new;  /* by rule id of new: rule id of old */
	uint32_t *var_of_new;
	unsigned field_of_new[FIELD_COUNT];
};

static const struct statement *next_acting(const struct rule *r, uint32_t *at)
{
	while (*at < r->n_statements && !statement_acts(&r->statements[*at]))
		++*at;
	return *at < r->n_statements ? &r->statements[(*at)++] : NULL;
}

static bool same_statements(const struct rule *x, const struct rule *y)
{
	uint32_t i = 0, j = 0;
	while (true) {
		const struct statement *a = next_acting(x, &i), *b = next_acting(y, &j);
		if (!a || !b)
			return !a && !b;
		if (!statement_equal(a, b))
			return false;
	}
}

/* Extra fields have numbers of their own in each ruleset: compared by name. */
static bool same_field(const struct pairing *p, enum field of_old, enum field of_new)
{
	return p->field_of_new[of_new] == (unsigned)of_old;
}

static bool same_test(const struct pairing *p, const struct match *x, const struct match *y)
{
	if (x->kind != y->kind || x->n != y->n || x->negate != y->negate)
		return false;
	if (x->kind == MATCH_ANY || x->kind == MATCH_ALL) {
		for (uint32_t i = 0; i < x->n; i++)
			if (!same_test(p, &x->parts[i], &y->parts[i]))
				return false;
		return true;
	}
	if (x->kind == MATCH_OPAQUE)
		return match_equal(x, y);
	struct match renamed = *y;
	renamed.field = x->field;
	return same_field(p, x->field, y->field) && match_equal(x, &renamed);
}

static bool same_rule(const struct pairing *p, const struct rule *x, const struct rule *y)
{
	const struct verdict *v = &x->verdict, *w = &y->verdict;
	bool fragments = (p->old->fragments[0] || p->new->fragments[0]) &&
			 p->old->reads_fragments == p->new->reads_fragments;
	if ((fragments && x->needs_whole != y->needs_whole) || x->n_matches != y->n_matches ||
	    x->is_head != y->is_head || x->is_part != y->is_part || !verdict_equal(v, w) ||
	    !same_statements(x, y))
		return false;
	if (v->target && p->chain_of_new[w->target->id] != v->target->id)
		return false;
	for (uint32_t i = 0; i < x->n_matches; i++) {
		bool found = false;
		for (uint32_t k = 0; k < y->n_matches && !found; k++)
			found = same_test(p, &x->matches[i], &y->matches[k]);
		if (!found)
			return false;
	}
	return true;
}

/*
 * Rules that depend on each other are compared as one: a head and its parts,
 * and the elements of a map if one of them jumps (packets that return from it skip the others).
 */
struct unit {
	uint32_t from, n;
};

struct units {
	struct unit *items;
	size_t n, cap;
};

static bool depends_on_others(const struct rule *r)
{
	return r->is_head || r->is_part || (r->is_arm && r->verdict.kind == VERDICT_JUMP);
}

static struct units units_of(const struct chain *c, struct arena *a)
{
	struct units out = { 0 };
	for (size_t i = 0; i < c->n;) {
		size_t end = i + 1;
		bool depend = depends_on_others(c->items[i]);
		while (end < c->n && c->items[end]->same_rule)
			depend = depends_on_others(c->items[end++]) || depend;
		if (!depend)
			end = i + 1;
		struct unit u = { (uint32_t)i, (uint32_t)(end - i) };
		vec_push(a, &out, u);
		i = end;
	}
	return out;
}

static bool same_unit(const struct pairing *p, const struct chain *x, struct unit u,
		      const struct chain *y, struct unit v)
{
	if (u.n != v.n)
		return false;
	for (uint32_t i = 0; i < u.n; i++) {
		const struct rule *a = x->items[u.from + i], *b = y->items[v.from + i];
		if (!same_rule(p, a, b) || (u.n > 1 && a->is_arm != b->is_arm))
			return false;
	}
	return true;
}

static void pair_units(struct pairing *p, const struct chain *x, struct unit u,
		       const struct chain *y, struct unit v)
{
	for (uint32_t i = 0; i < u.n; i++)
		p->rule_of_new[y->items[v.from + i]->id] = x->items[u.from + i]->id;
}

/* The longest common subsequence between the common start and the common end. */
static void pair_rules(struct pairing *p, const struct chain *x, const struct chain *y)
{
	struct arena *a = arena_new();
	struct units us = units_of(x, a), vs = units_of(y, a);
	size_t from = 0, n = us.n, m = vs.n;
	while (from < n && from < m && same_unit(p, x, us.items[from], y, vs.items[from])) {
		pair_units(p, x, us.items[from], y, vs.items[from]);
		from++;
	}
	while (n > from && m > from && same_unit(p, x, us.items[n - 1], y, vs.items[m - 1])) {
		n--, m--;
		pair_units(p, x, us.items[n], y, vs.items[m]);
	}
	size_t rows = n - from, columns = m - from;
	if (rows && columns && rows <= TABLE_MAX / columns) {
		uint32_t *longest = arena_new_array(a, uint32_t, (rows + 1) * (columns + 1));
		bool *same = arena_new_array(a, bool, rows *columns);
		for (size_t i = rows; i-- > 0;)
			for (size_t j = columns; j-- > 0;) {
				uint32_t *cell = &longest[i * (columns + 1) + j];
				bool eq = same_unit(p, x, us.items[from + i], y,
						    vs.items[from + j]);
				same[i * columns + j] = eq;
				*cell = eq                            ? cell[columns + 2] + 1
					: cell[1] > cell[columns + 1] ? cell[1]
								      : cell[columns + 1];
			}
		for (size_t i = 0, j = 0; i < rows && j < columns;) {
			uint32_t *cell = &longest[i * (columns + 1) + j];
			if (same[i * columns + j]) {
				pair_units(p, x, us.items[from + i], y, vs.items[from + j]);
				i++, j++;
			} else if (cell[1] > cell[columns + 1]) {
				j++;
			} else {
				i++;
			}
		}
	}
	arena_free(a);
}

static bool same_place(const struct chain *x, const struct chain *y)
{
	if (x->is_base != y->is_base || x->table->family != y->table->family)
		return false;
	if (!x->is_base)
		return true;
	if (x->hook != y->hook || x->priority != y->priority || x->type != y->type ||
	    x->n_devices != y->n_devices)
		return false;
	for (uint32_t i = 0; i < x->n_devices; i++)
		if (x->devices[i].lo != y->devices[i].lo || x->devices[i].hi != y->devices[i].hi)
			return false;
	return true;
}

/* Among chains of one hook and priority the order decides: it must be the same. */
static bool keeps_order(const struct pairing *p, const struct chain *x, const struct chain *y)
{
	for (size_t i = 0; i < y->id && y->is_base; i++) {
		const struct chain *other = p->new->chains[i];
		if (p->chain_of_new[i] != NO_COUNTERPART && other->is_base &&
		    other->hook == y->hook && other->priority == y->priority &&
		    p->chain_of_new[i] >= x->id)
			return false;
	}
	return true;
}

static void pair_chains(struct pairing *p)
{
	for (size_t i = 0; i < p->new->n_chains; i++) {
		const struct chain *y = p->new->chains[i];
		p->chain_of_new[i] = NO_COUNTERPART;
		for (size_t k = 0; k < p->old->n_chains; k++) {
			const struct chain *x = p->old->chains[k];
			if (!str_eq(x->name, y->name) || !str_eq(x->table->name, y->table->name) ||
			    !same_place(x, y) || !keeps_order(p, x, y))
				continue;
			p->chain_of_new[i] = (uint32_t)k;
			break;
		}
	}
	for (size_t i = 0; i < p->new->n_chains; i++)
		if (p->chain_of_new[i] != NO_COUNTERPART)
			pair_rules(p, p->old->chains[p->chain_of_new[i]], p->new->chains[i]);
}

/* ---- common numbers ---- */

static const char *pair_fields(struct pairing *p, struct ruleset *old)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		p->field_of_new[f] = f;
	for (unsigned i = 0; i < p->new->n_extra; i++) {
		const struct extra_field *x = &p->new->extra[i];
		enum field f = ruleset_extra_field(old, x->name, x->format);
		if (f == FIELD_COUNT)
			return "the two rulesets test too many different things to be compared";
		p->field_of_new[FIELD_EXTRA + i] = f;
	}
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		old->tests[p->field_of_new[f]] |= p->new->tests[f];
	return NULL;
}

static void pair_vars_of(struct pairing *p, const struct match *x, const struct match *y)
{
	if (x->kind == MATCH_OPAQUE)
		p->var_of_new[y->opaque->var] = x->opaque->var;
	else if (x->kind == MATCH_ANY || x->kind == MATCH_ALL)
		for (uint32_t i = 0; i < x->n; i++)
			pair_vars_of(p, &x->parts[i], &y->parts[i]);
}

/* Stateful tests of rules that are the same on both sides answer alike. */
static void pair_vars_of_rule(struct pairing *p, const struct rule *x, const struct rule *y)
{
	bool *used = arena_new_array(p->arena, bool, y->n_matches);
	for (uint32_t i = 0; i < x->n_matches; i++)
		for (uint32_t k = 0; k < y->n_matches; k++)
			if (!used[k] && same_test(p, &x->matches[i], &y->matches[k])) {
				used[k] = true;
				pair_vars_of(p, &x->matches[i], &y->matches[k]);
				break;
			}
}

/* The others: pure ones by text, stateful ones by text and order. */
static void pair_rest_of_vars(struct pairing *p, struct ruleset *old)
{
	bool *used = arena_new_array(p->arena, bool, p->old->n_vars);
	for (size_t i = 0; i < p->new->n_vars; i++)
		if (p->var_of_new[i] != NO_COUNTERPART)
			used[p->var_of_new[i]] = true;
	for (size_t i = 0; i < p->new->n_vars; i++) {
		const struct opaque *y = p->new->vars[i];
		for (size_t k = 0; k < p->old->n_vars && p->var_of_new[i] == NO_COUNTERPART; k++) {
			const struct opaque *x = p->old->vars[k];
			if (x->class != y->class || !str_eq(x->key, y->key) ||
			    (x->class == OPAQUE_STATEFUL && used[k]))
				continue;
			p->var_of_new[i] = (uint32_t)k;
			used[k] = true;
		}
		if (p->var_of_new[i] != NO_COUNTERPART)
			continue;
		struct opaque *o = arena_new_one(p->arena, struct opaque);
		*o = *y;
		o->var = (uint32_t)old->n_vars;
		p->var_of_new[i] = o->var;
		arena_grow(p->arena, (void **)&old->vars, old->n_vars, &old->vars_cap,
			   sizeof(*old->vars));
		old->vars[old->n_vars++] = o;
	}
}

static struct ruleset *copy_new(struct pairing *p, const struct ruleset *old)
{
	struct ruleset *out = arena_new_one(p->arena, struct ruleset);
	*out = *p->new;
	out->n_rules = p->old->n_rules + p->new->n_rules;
	out->vars = old->vars;
	out->n_vars = old->n_vars;
	memcpy(out->extra, old->extra, sizeof(out->extra));
	out->n_extra = old->n_extra;
	memcpy(out->tests, old->tests, sizeof(out->tests));
	out->chains = arena_new_array(p->arena, struct chain *, out->n_chains);
	const struct renumbering numbers = { .arena = p->arena,
					     .rules = p->old->n_rules,
					     .vars = old->vars,
					     .var = p->var_of_new,
					     .field = p->field_of_new };
	for (size_t i = 0; i < out->n_chains; i++)
		out->chains[i] = chain_copy(&numbers, p->new->chains[i]);
	return out;
}

static void mark_differences(const struct pairing *p, struct ruleset_pair *ret)
{
	uint32_t n = p->old->n_rules + p->new->n_rules;
	uint32_t *counterpart = arena_new_array(p->arena, uint32_t, n);
	bool *policy[2] = { arena_new_array(p->arena, bool, p->old->n_chains),
			    arena_new_array(p->arena, bool, p->new->n_chains) };
	memset(counterpart, 0xff, sizeof(*counterpart) * n);
	for (uint32_t i = 0; i < p->new->n_rules; i++) {
		uint32_t x = p->rule_of_new[i];
		if (x == NO_COUNTERPART)
			continue;
		counterpart[x] = p->old->n_rules + i;
		counterpart[p->old->n_rules + i] = x;
	}
	memset(policy[0], true, sizeof(bool) * p->old->n_chains);
	for (size_t i = 0; i < p->new->n_chains; i++) {
		uint32_t x = p->chain_of_new[i];
		policy[1][i] = x == NO_COUNTERPART ||
			       (p->old->chains[x]->policy == POLICY_DROP) !=
				       (p->new->chains[i]->policy == POLICY_DROP);
		if (x != NO_COUNTERPART)
			policy[0][x] = policy[1][i];
	}
	ret->counterpart = counterpart;
	ret->policy_differs[0] = policy[0];
	ret->policy_differs[1] = policy[1];
}

static bool translates_otherwise(const struct rule *x, const struct rule *y)
{
	const struct statement *s = rule_statement(x, STMT_NAT), *t = rule_statement(y, STMT_NAT);
	return s && t && (s->to_self != t->to_self || !nat_target_equal(&s->to, &t->to));
}

static void mark_translations(struct ruleset_pair *ret, const struct rule *const *of_old,
			      struct arena *a)
{
	bool *otherwise = arena_new_array(a, bool, ret->new->n_rules);
	for (size_t i = 0; i < ret->new->n_chains; i++)
		for (size_t k = 0; k < ret->new->chains[i]->n; k++) {
			const struct rule *r = ret->new->chains[i]->items[k];
			uint32_t id = ret->counterpart[r->id];
			if (id != NO_COUNTERPART && translates_otherwise(of_old[id], r))
				otherwise[id] = otherwise[r->id] = true;
		}
	ret->translates_otherwise = otherwise;
}

struct ruleset_pair ruleset_pair(const struct ruleset *old, const struct ruleset *new,
				 struct arena *a)
{
	struct pairing p = { .old = old, .new = new, .arena = a };
	struct ruleset_pair ret = { 0 };
	struct ruleset *both = arena_new_one(a, struct ruleset);
	*both = *old;
	both->vars = arena_new_array(a, const struct opaque *, old->n_vars + 1);
	both->vars_cap = old->n_vars + 1;
	for (size_t i = 0; i < old->n_vars; i++)
		both->vars[i] = old->vars[i];
	ret.failed = pair_fields(&p, both);
	if (ret.failed)
		return ret;
	p.chain_of_new = arena_new_array(a, uint32_t, new->n_chains);
	p.rule_of_new = arena_new_array(a, uint32_t, new->n_rules);
	p.var_of_new = arena_new_array(a, uint32_t, new->n_vars);
	memset(p.rule_of_new, 0xff, sizeof(uint32_t) * new->n_rules);
	memset(p.var_of_new, 0xff, sizeof(uint32_t) * new->n_vars);
	pair_chains(&p);
	const struct rule **rules_of_old = arena_new_array(a, const struct rule *, old->n_rules);
	for (size_t i = 0; i < old->n_chains; i++)
		for (size_t k = 0; k < old->chains[i]->n; k++)
			rules_of_old[old->chains[i]->items[k]->id] = old->chains[i]->items[k];
	for (size_t i = 0; i < new->n_chains; i++)
		for (size_t k = 0; k < new->chains[i]->n; k++) {
			const struct rule *y = new->chains[i]->items[k];
			if (p.rule_of_new[y->id] != NO_COUNTERPART)
				pair_vars_of_rule(&p, rules_of_old[p.rule_of_new[y->id]], y);
		}
	pair_rest_of_vars(&p, both);
	ret.old = both;
	ret.new = copy_new(&p, both);
	mark_differences(&p, &ret);
	mark_translations(&ret, rules_of_old, a);
	return ret;
}

bool pair_has_counterpart(const struct ruleset_pair *p, const struct rule *r)
{
	return p->counterpart[r->id] != NO_COUNTERPART;
}

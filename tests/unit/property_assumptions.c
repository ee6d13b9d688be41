/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a witness assumes is just what it needs: with other answers to all other tests the packet
 * walks the same way, and with another answer to one that is named it does not.
 */
#include "property_parts.h"

#define TRIES 40

static bool step_matters(const struct trace_step *s)
{
	bool matters = !s->rule || s->rule->verdict.kind != VERDICT_CONTINUE || s->rule->is_head;
	for (uint32_t i = 0; s->rule && i < s->rule->n_statements; i++)
		matters = matters || s->rule->statements[i].kind == STMT_WRITE ||
			  s->rule->statements[i].kind == STMT_NOTRACK ||
			  s->rule->statements[i].kind == STMT_TEMPLATE;
	return matters;
}

/* Do the rules that were taken differ, beside those that only log? */
static bool walks_differ(const struct trace *x, const struct trace *y)
{
	size_t i = 0, k = 0;
	while (true) {
		while (i < x->n && !step_matters(&x->items[i]))
			i++;
		while (k < y->n && !step_matters(&y->items[k]))
			k++;
		if (i == x->n || k == y->n)
			return i != x->n || k != y->n || !verdict_equal(&x->verdict, &y->verdict);
		if (x->items[i].rule != y->items[k].rule || x->items[i].base != y->items[k].base)
			return true;
		i++;
		k++;
	}
}

/* Does any answer to the tests that are not named, and the other one to test `v`, change the walk?
 */
static bool is_needed(const struct ruleset *rs, const struct finding *f, size_t v, struct arena *a)
{
	struct packet p = f->witness;
	bool *answers = arena_new_array(a, bool, p.n_answers);
	p.answers = answers;
	for (unsigned tries = 0; tries < TRIES; tries++) {
		for (size_t i = 0; i < p.n_answers; i++)
			answers[i] = p.relied_on[i] ? f->witness.answers[i] != (i == v)
				     : tries < 2    ? tries == 0
						    : chance(50);
		struct trace other = packet_trace(rs, f->path, &p, a);
		if (walks_differ(&f->trace, &other))
			return true;
	}
	return false;
}

unsigned check_assumptions(struct str text, const struct ruleset *rs, const struct findings *found,
			   struct arena *a)
{
	unsigned named = 0;
	for (size_t i = 0; i < found->n; i++) {
		const struct finding *f = &found->items[i];
		struct packet p = f->witness;
		bool *answers = arena_new_array(a, bool, p.n_answers);
		if (!f->trace.n || !p.relied_on)
			continue;
		p.answers = answers;
		for (size_t v = 0; v < p.n_answers; v++)
			answers[v] = p.relied_on[v] ? f->witness.answers[v] : chance(50);
		struct trace other = packet_trace(rs, f->path, &p, a);
		if (walks_differ(&f->trace, &other))
			fail(text, "a witness needs an answer that it does not name", rs,
			     &f->witness);
		for (size_t v = 0; v < p.n_answers; v++) {
			named += p.relied_on[v];
			if (p.relied_on[v] && !is_needed(rs, f, v, a))
				fail(text, "a witness names an answer that it does not need", rs,
				     &f->witness);
		}
	}
	return named;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two passes. First, each rule is searched in its own chain; then the missing ones in any chain of
 * the table, because the chain may have another name now. A rule counts as ours only if there are
 * more equal ones than before the change.
 */
#include "standing.h"

void standing_count(const struct standing *s, struct str content, struct live_rule *r)
{
	r->twins = r->table_twins = 0;
	for (size_t i = 0; i < s->n; i++) {
		bool same = str_eq(s->items[i].content, content);
		r->table_twins += same;
		r->twins += same && strcmp(s->items[i].chain, r->chain) == 0;
	}
}

/* How well does this place fit the rule? 0: not at all. */
static unsigned fit(const struct standing_rule *x, const struct live_rule *r, bool own_chain)
{
	if (x->foreign || x->taken)
		return 0;
	if (own_chain) /* rules added before it move it down, removed ones move it up: take the last
			  one up to its place, else the first */
		return x->number <= r->number ? 1 + x->number : 1;
	return x->number == r->number ? 2 : 1;
}

static size_t find_one(const struct standing *s, const struct live_rule *r, struct str content,
		       bool own_chain)
{
	size_t there = 0, best = NOT_STANDING;
	unsigned best_fit = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct standing_rule *x = &s->items[i];
		if (x->taken || !str_eq(x->content, content) ||
		    (own_chain && strcmp(x->chain, r->chain) != 0))
			continue;
		there++;
		/* not known whether the rule went in: only one at its exact place is ours */
		if (r->where == LIVE_NOT_YET &&
		    (x->number != r->number || strcmp(x->chain, r->chain) != 0))
			continue;
		unsigned f = fit(x, r, own_chain);
		if (f > best_fit) {
			best_fit = f;
			best = i;
		}
	}
	return there > (own_chain ? r->twins : r->table_twins) ? best : NOT_STANDING;
}

void standing_find(struct standing *s, struct live_rule *const *rules, const struct str *contents,
		   size_t n, size_t *ret_at)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			if (ret_at[i] == NOT_STANDING)
				ret_at[i] = find_one(s, rules[i], contents[i], pass == 0);
			if (ret_at[i] != NOT_STANDING)
				s->items[ret_at[i]].taken = true;
		}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of a chain, and the places that commands name. nft counts `index N` in its own list,
 * which keeps the rules that the file has flushed (rule_evaluate(): rule_lookup_by_index()): such a
 * rule still counts as a place.
 */
#include "nft.h"

bool chain_find_handle(const struct nft_chain *c, uint64_t handle, size_t *ret)
{
	for (size_t i = 0; i < c->rules.n; i++)
		if (handle && c->rules.items[i]->handle == handle) {
			*ret = i;
			return true;
		}
	return false;
}

/* Moves the places of the flushed rules from `first` on by one. */
static void move_flushed(struct nft_chain *c, size_t first)
{
	for (size_t i = first; i < c->flushed.n; i++)
		c->flushed.items[i]++;
}

bool chain_place(struct nft_chain *c, uint64_t index, bool behind, size_t *ret)
{
	size_t gone = 0, end = c->flushed.n; /* flushed rules that stand before it */
	if (index >= c->rules.n + c->flushed.n)
		return false;
	while (gone < end) {
		size_t middle = gone + (end - gone) / 2;
		if (c->flushed.items[middle] + middle < index)
			gone = middle + 1;
		else
			end = middle;
	}
	size_t rule = (size_t)index - gone;
	if (behind && gone < c->flushed.n && c->flushed.items[gone] == rule)
		gone++;
	else if (behind)
		rule++;
	move_flushed(c, gone);
	*ret = rule;
	return true;
}

size_t chain_front(struct nft_chain *c)
{
	move_flushed(c, 0);
	return 0;
}

void chain_add_rule(struct script *s, struct nft_chain *c, struct nft_rule *r, size_t at)
{
	r->chain = c;
	vec_push(s->arena, &c->rules, r);
	for (size_t i = c->rules.n - 1; i > at; i--)
		c->rules.items[i] = c->rules.items[i - 1];
	if (at < c->rules.n)
		c->rules.items[at] = r;
}

void script_drop_rules(struct script *s, struct nft_chain *c)
{
	/* they are sorted: those that no rule stands before come first */
	for (size_t i = c->flushed.n; i > 0 && c->flushed.items[i - 1]; i--)
		c->flushed.items[i - 1] = 0;
	for (size_t i = 0; i < c->rules.n; i++) {
		vec_push(s->arena, &s->gone_rules, c->rules.items[i]);
		vec_push(s->arena, &c->flushed, (size_t)0);
	}
	c->rules.n = 0;
}

void chain_delete_rule(struct nft_chain *c, size_t index)
{
	if (index >= c->rules.n)
		return;
	vec_remove(&c->rules, index);
	for (size_t i = 0; i < c->flushed.n; i++)
		c->flushed.items[i] -= c->flushed.items[i] > index;
}

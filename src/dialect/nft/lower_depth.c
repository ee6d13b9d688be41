/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loops, and chains that lie too deep in one another: the kernel follows every jump, goto and
 * verdict map from each base chain, and refuses the file with "Too many links" where it is 16
 * chains away (nf_tables_api.c: nft_chain_validate, NFT_JUMP_STACK_SIZE; nft_immediate.c:
 * nft_immediate_validate; nft_lookup.c: nft_lookup_validate). Chains that no base chain reaches
 * may loop.
 */
#include "lower.h"

#define JUMP_STACK 16 /* NFT_JUMP_STACK_SIZE */

struct way {
	struct lowering *l;
	const struct nft_chain *chains[JUMP_STACK]; /* from the base chain to here */
	unsigned n;
	bool found;
};

static void follow(struct way *w, struct nft_chain *c, struct span at);

static void follow_verdict(struct way *w, const struct expr *e)
{
	if (e->kind == EXPR_MAPPING)
		e = e->items[1];
	if (e->kind != EXPR_VERDICT || (!e->n && !e->anonymous))
		return;
	struct nft_chain *to = e->anonymous;
	if (!to)
		to = table_chain(w->chains[0]->table, e->items[0]->text);
	if (to && !to->is_base) /* a jump to a base chain is an error of its own */
		follow(w, to, e->span);
}

static void follow_rule(struct way *w, const struct nft_rule *r)
{
	for (size_t i = 0; i < r->stmts.n && !w->found; i++) {
		const struct stmt *st = r->stmts.items[i];
		if (st->kind == ST_VERDICT)
			follow_verdict(w, st->a);
		if (st->kind != ST_VMAP)
			continue;
		const struct nft_set *set = st->b->kind == EXPR_SET_REF
						    ? table_set(w->chains[0]->table, st->b->text)
						    : NULL;
		for (size_t k = 0; st->b->kind == EXPR_SET && k < st->b->n; k++)
			follow_verdict(w, st->b->items[k]);
		for (size_t k = 0; set && k < set->elements.n; k++)
			follow_verdict(w, set->elements.items[k]);
	}
}

static void refuse(struct way *w, const struct nft_chain *c, struct span at)
{
	bool loops = false;
	for (unsigned i = 0; i < w->n; i++)
		loops = loops || w->chains[i] == c;
	if (!loops && w->n < JUMP_STACK)
		return;
	w->found = true;
	w->l->failed = false;
	if (loops)
		lower_error(w->l, at, ERROR_LOOP,
			    "jump loop: chain '%.*s' leads back to itself (Too many links)",
			    STR_FMT(c->name));
	else
		lower_error(w->l, at, ERROR_DEPTH,
			    "'%.*s' is %u chains away from base chain '%.*s': the kernel refuses "
			    "more than %u (Too many links)",
			    STR_FMT(c->name), w->n, STR_FMT(w->chains[0]->name), JUMP_STACK - 1);
}

/* Each chain is looked at once for each depth at which it is deeper than before. */
static void follow(struct way *w, struct nft_chain *c, struct span at)
{
	if (w->found)
		return;
	refuse(w, c, at);
	if (w->found || c->checked_depth > w->n)
		return;
	w->chains[w->n++] = c;
	c->checked_depth = (unsigned char)w->n;
	for (size_t i = 0; i < c->rules.n && !w->found; i++)
		follow_rule(w, c->rules.items[i]);
	w->n--;
}

void lower_check_depth(struct lowering *l, const struct nft_table *t)
{
	for (size_t i = 0; i < t->chains.n && !l->script->diags->dropped; i++) {
		struct way w = { .l = l };
		if (t->chains.items[i]->is_base)
			follow(&w, t->chains.items[i], t->chains.items[i]->span);
		if (w.found) /* the depths are not those of whole searches */
			break;
	}
	l->failed = false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which chain jumps to which: targets that are not chains, loops, and chains that are nested too
 * deep. The kernel only follows its base chains; chains that none of them reaches may loop.
 */
#include "parser.h"

void resolve_targets(struct parser *p)
{
	for (size_t i = 0; i < p->uses.n; i++) {
		const struct chain_use *u = &p->uses.items[i];
		struct chain *c = parser_find_chain(p, u->table, u->name);
		if (c && !parser_knows_all(p))
			use_chain(p, u, c);
		else if (c)
			parser_error(p, source_view(p->source, u->span), ERROR_UNDEFINED,
				     "chain '%.*s' is used before it is declared",
				     STR_FMT(u->name));
		else
			parser_error(p, source_view(p->source, u->span), ERROR_UNDEFINED,
				     "'%.*s' is neither a chain of table '%.*s' nor a known target",
				     STR_FMT(u->name), STR_FMT(u->table->name));
	}
}

void use_chain(struct parser *p, const struct chain_use *u, struct chain *c)
{
	u->rule->verdict.target = c;
	chain_state(p, c)->uses++;
	if (c->is_base)
		parser_error(p, source_view(p->source, u->span), ERROR_PLACE,
			     "a jump to the built-in chain '%.*s' is refused", STR_FMT(u->name));
}

/* ---- loops and depth ---- */

enum colour { WHITE, GREY, BLACK };

/* One search through the chains. */
struct search {
	struct parser *p;
	bool as_nft;           /* nf_tables looks at all rules, x_tables at those before an end */
	unsigned char *colour; /* of each chain, by id */
	size_t *next;          /* its next rule */
	uint32_t *depth;       /* BLACK: the depth of nested chains from here, including this one */
	uint32_t *stack;
	bool found;
};

/*
 * Does x_tables ignore what follows? It does after a rule without any match that ends the chain
 * (ip_tables.c: mark_source_chains).
 */
static bool ends_chain(const struct rule *r)
{
	enum verdict_kind v = r->verdict.kind;
	return !r->n_matches && !r->comment.p &&
	       (v == VERDICT_ACCEPT || v == VERDICT_DROP || v == VERDICT_RETURN);
}

static void found_loop(struct search *s, const struct rule *r)
{
	struct str name = r->verdict.target->name;
	s->found = true;
	if (!s->as_nft)
		parser_error(s->p, source_view(s->p->source, r->verdict.span), ERROR_LOOP,
			     "jump loop: chain '%.*s' leads back to itself", STR_FMT(name));
	else
		ruleset_refused_by(s->p->rs, LOADER_NFT, r->verdict.span,
				   "jump loop behind a rule that takes every packet: chain '%.*s' "
				   "leads back to itself; iptables-nft-restore refuses that",
				   STR_FMT(name));
}

/* Depth first without recursion: a file of nested chains cannot exhaust the stack. */
static void search_from(struct search *s, uint32_t root)
{
	struct ruleset *rs = s->p->rs;
	size_t n = 0;
	s->colour[root] = GREY;
	s->stack[n++] = root;
	while (n) {
		uint32_t id = s->stack[n - 1];
		const struct chain *c = rs->chains[id];
		if (s->next[id] >= c->n) {
			s->colour[id] = BLACK;
			s->depth[id]++;
			n--;
			if (n && s->depth[s->stack[n - 1]] < s->depth[id])
				s->depth[s->stack[n - 1]] = s->depth[id];
			continue;
		}
		const struct rule *r = c->items[s->next[id]++];
		const struct chain *to = r->verdict.target;
		if (!s->as_nft && ends_chain(r))
			s->next[id] = c->n;
		if (!to)
			continue;
		if (s->colour[to->id] == GREY) {
			found_loop(s, r);
		} else if (s->colour[to->id] == BLACK) {
			if (s->depth[id] < s->depth[to->id])
				s->depth[id] = s->depth[to->id];
		} else {
			s->colour[to->id] = GREY;
			s->stack[n++] = to->id;
		}
	}
}

static bool search(struct parser *p, bool as_nft, uint32_t **ret_depth)
{
	size_t n = p->rs->n_chains;
	struct search s = {
		.p = p,
		.as_nft = as_nft,
		.colour = arena_new_array(p->arena, unsigned char, n),
		.next = arena_new_array(p->arena, size_t, n),
		.depth = arena_new_array(p->arena, uint32_t, n),
		.stack = arena_new_array(p->arena, uint32_t, n),
	};
	for (size_t i = 0; i < n; i++)
		if (p->rs->chains[i]->is_base && s.colour[i] == WHITE)
			search_from(&s, (uint32_t)i);
	*ret_depth = s.depth;
	return s.found;
}

#define NFT_DEPTH 16 /* NFT_JUMP_STACK_SIZE: the base chain and 15 others (nft_chain_validate) */

static void find_depth(struct parser *p, const struct chain *base, const uint32_t *depth)
{
	for (size_t i = 0; i < base->n; i++) {
		const struct rule *r = base->items[i];
		if (!r->verdict.target || depth[r->verdict.target->id] < NFT_DEPTH)
			continue;
		ruleset_refused_by(p->rs, LOADER_NFT, r->verdict.span,
				   "from '%.*s' on, jumps are nested %u deep: iptables-nft-restore "
				   "refuses more than %u",
				   STR_FMT(r->verdict.target->name), depth[r->verdict.target->id],
				   NFT_DEPTH - 1);
		return;
	}
}

void check_chains(struct parser *p)
{
	uint32_t *depth;
	if (search(p, false, &depth) || search(p, true, &depth))
		return;
	for (size_t i = 0; i < p->rs->n_chains; i++)
		if (p->rs->chains[i]->is_base)
			find_depth(p, p->rs->chains[i], depth);
}

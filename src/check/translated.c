/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset as seen by packets whose destination is translated: the chains before the translation
 * test another address and port than the chains after it (NF_IP_PRI_NAT_DST, -100 at PREROUTING and
 * OUTPUT). In table raw, Docker drops packets for the address of a container, while those that its
 * DNAT sends there come through.
 */
#include "analysis.h"

static bool tests_destination(const struct match *m)
{
	bool does = false;
	if (m->kind == MATCH_OPAQUE)
		return m->opaque->is_local != END_SOURCE;
	for (uint32_t i = 0; (m->kind == MATCH_ANY || m->kind == MATCH_ALL) && i < m->n; i++)
		does = does || tests_destination(&m->parts[i]);
	if (m->kind == MATCH_RANGES || m->kind == MATCH_MASK)
		does = field_table[m->field].part == PART_DESTINATION ||
		       field_table[m->field].part == PART_ANYTHING;
	return does;
}

/* Does it test the destination, or a rule of a chain that it leads to? `seen`: chains, by id. */
static bool is_by_destination(const struct ruleset *rs, const struct rule *r, bool *seen)
{
	bool is = false;
	for (uint32_t i = 0; i < r->n_matches && !is; i++)
		is = tests_destination(&r->matches[i]);
	const struct chain *to = r->verdict.target ? ruleset_chain(rs, r->verdict.target) : NULL;
	if (!to || seen[to->id])
		return is;
	seen[to->id] = true;
	for (size_t i = 0; i < to->n && !is; i++)
		is = is_by_destination(rs, to->items[i], seen);
	return is;
}

static bool translates_destination(const struct rule *r)
{
	bool may_be = !r->chain->is_base || r->chain->hook == HOOK_PREROUTING ||
		      r->chain->hook == HOOK_OUTPUT;
	return may_be && rule_statement(r, STMT_NAT);
}

static bool is_in_front(const struct chain *c)
{
	return c->is_base && c->type == CHAIN_FILTER && c->n &&
	       (chain_is_before_dnat(c) ||
		(c->hook == HOOK_OUTPUT && c->priority < PRIORITY_DSTNAT));
}

/*
 * Without the rules that stop packets by their destination. The rules behind one that lets some
 * destinations go on, or jumps to such tests, do not see all packets: they are left out, too.
 */
static struct chain *without_destinations(const struct ruleset *rs, const struct chain *c,
					  struct arena *a)
{
	struct chain *out = arena_new_one(a, struct chain);
	bool *seen = arena_new_array(a, bool, rs->n_chains);
	*out = *c;
	out->items = arena_new_array(a, struct rule *, c->n);
	out->n = out->cap = 0;
	for (size_t i = 0; i < c->n; i++) {
		enum verdict_kind k = c->items[i]->verdict.kind;
		if (!is_by_destination(rs, c->items[i], seen))
			out->items[out->n++] = c->items[i];
		else if (k != VERDICT_DROP && k != VERDICT_REJECT && k != VERDICT_CONTINUE)
			break;
	}
	return out;
}

const struct ruleset *ruleset_as_translated(const struct ruleset *rs, struct arena *a)
{
	bool any = false;
	if (!ruleset_any_rule(rs, translates_destination))
		return NULL;
	struct ruleset *out = arena_new_one(a, struct ruleset);
	*out = *rs;
	out->chains = arena_new_array(a, struct chain *, rs->n_chains);
	for (size_t i = 0; i < rs->n_chains; i++) {
		out->chains[i] = rs->chains[i];
		if (!is_in_front(rs->chains[i]))
			continue;
		out->chains[i] = without_destinations(rs, rs->chains[i], a);
		any = any || out->chains[i]->n < rs->chains[i]->n;
	}
	return any ? out : NULL;
}

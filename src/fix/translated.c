/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules of nat chains test, in the form for a rule of another chain. */
#include "plan.h"

const struct rule *fix_tests_in(const struct rule *r, const struct chain *c, struct arena *a)
{
	enum nfproto_value family = r->chain->table->family == FAMILY_IP6 ? NFPROTO_VALUE_IPV6
									  : NFPROTO_VALUE_IPV4;
	struct rule *like = arena_new_one(a, struct rule);
	struct match *matches = arena_new_array(a, struct match, r->n_matches + 1);
	struct range *only = arena_new_one(a, struct range);
	uint32_t n = 0;
	only->lo = only->hi = (u128)family;
	if (c->table->family == FAMILY_INET && r->chain->table->family != FAMILY_INET)
		matches[n++] = (struct match){
			.kind = MATCH_RANGES, .field = FIELD_NFPROTO, .n = 1, .ranges = only
		};
	for (uint32_t i = 0; i < r->n_matches; i++)
		matches[n++] = r->matches[i];
	*like = (struct rule){ .chain = c, .matches = matches, .n_matches = n };
	return like;
}

/* `r` with the tests of a jump to its chain; NULL: both test one field, which one rule cannot say.
 */
static const struct rule *behind_jump(const struct rule *jump, const struct rule *r,
				      struct arena *a)
{
	struct rule *both = arena_new_one(a, struct rule);
	uint32_t n = jump->n_matches + r->n_matches;
	struct match *matches = arena_new_array(a, struct match, n);
	for (uint32_t i = 0; i < n; i++)
		matches[i] = i < jump->n_matches ? jump->matches[i]
						 : r->matches[i - jump->n_matches];
	for (uint32_t i = 0; i < jump->n_matches; i++)
		for (uint32_t k = jump->n_matches; k < n; k++)
			if (matches[i].field == matches[k].field &&
			    matches[i].kind == MATCH_RANGES && matches[k].kind == MATCH_RANGES)
				return NULL;
	*both = (struct rule){ .chain = jump->chain, .matches = matches, .n_matches = n };
	return both;
}

static void add_ways(const struct ruleset *rs, const struct rule *r, const struct chain *c,
		     unsigned jumps, struct arena *a, struct nat_tests *ret)
{
	for (size_t i = 0; i < rs->n_chains && jumps < JUMPS_MAX && !r->chain->is_base; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			const struct rule *jump = rs->chains[i]->items[k];
			const struct rule *both = jump->verdict.target &&
								  jump->verdict.target->id ==
									  r->chain->id
							  ? behind_jump(jump, r, a)
							  : NULL;
			if (!both)
				continue;
			if (both->n_matches > r->n_matches)
				vec_push(a, ret, fix_tests_in(both, c, a));
			add_ways(rs, both, c, jumps + 1, a, ret);
		}
}

struct nat_tests fix_nat_tests(const struct ruleset *rs, const struct chain *c, struct arena *a)
{
	struct nat_tests ret = { 0 };
	for (int ways = 0; ways < 2; ways++)
		for (size_t i = 0; i < rs->n_chains; i++)
			for (size_t k = 0; k < rs->chains[i]->n && ret.n < CANDIDATES_MAX; k++) {
				const struct rule *r = rs->chains[i]->items[k];
				if (!rule_statement(r, STMT_NAT))
					continue;
				if (ways)
					add_ways(rs, r, c, 0, a, &ret);
				else
					vec_push(a, &ret, fix_tests_in(r, c, a));
			}
	return ret;
}

static bool is_named_interface(const struct ruleset *rs, u128 name)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++)
			if (rule_is_only(rs->chains[i]->items[k], FIELD_IIFNAME, name))
				return true;
	return false;
}

const struct rule *fix_nat_tests_by_interface(const struct ruleset *rs, const struct finding *f,
					      const struct chain *c, struct arena *a)
{
	struct range *name = arena_new_one(a, struct range);
	*name = (struct range){ f->witness.v[FIELD_IIFNAME], f->witness.v[FIELD_IIFNAME] };
	if (!rule_statement(f->rule, STMT_NAT) || !is_named_interface(rs, name->lo))
		return NULL;
	const struct rule *tests = fix_tests_in(f->rule, c, a);
	struct rule *r = arena_new_one(a, struct rule);
	struct match *matches = arena_new_array(a, struct match, tests->n_matches + 1);
	for (uint32_t i = 0; i < tests->n_matches; i++)
		matches[i] = tests->matches[i];
	matches[tests->n_matches] = (struct match){
		.kind = MATCH_RANGES, .field = FIELD_IIFNAME, .n = 1, .ranges = name
	};
	*r = (struct rule){ .chain = c, .matches = matches, .n_matches = tests->n_matches + 1 };
	return r;
}

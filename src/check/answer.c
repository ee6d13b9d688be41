/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tcp reset is a packet too: the host sends it through its own chains of OUTPUT, and it is
 * harmless if these stop it.
 */
#include "analysis.h"

/*
 * The state of the reset. It gets the entry of a NEW segment, and is RELATED to it
 * (nf_ct_attach()). An INVALID segment has no entry, so conntrack examines the reset: its endpoints
 * are those of the connection. If that is translated, they belong to no connection, and the reset
 * is INVALID (tcp_new()).
 */
static enum ct_state reset_state(const struct flow *f, bool is_translated)
{
	if (f->options.state == CT_STATE_NEW)
		return CT_STATE_RELATED;
	return is_translated ? CT_STATE_INVALID : CT_STATE_ESTABLISHED;
}

/* A reset that got an entry has a state before conntrack, and must not become untracked: not
 * followed. */
static bool is_followed(const struct flow *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_event *e = &f->items[i];
		bool changes = e->rule && (rule_statement(e->rule, STMT_NOTRACK) ||
					   rule_statement(e->rule, STMT_TEMPLATE));
		if (e->n_taken && chain_is_before_conntrack(e->base) &&
		    (changes || verdict_ends(e->verdict)))
			return false;
	}
	return true;
}

/* The resets that get out; false: all do, as far as is known. */
static bool find_leaving(struct analysis *an, const struct flow *f, bool is_translated,
			 struct region *ret)
{
	const struct flow_options *o = &f->options;
	/* reject of a bridge sends its reset by itself (nf_reject_bridge.c) */
	if ((o->path != PATH_INPUT && o->path != PATH_FORWARD && o->path != PATH_OUTPUT) ||
	    !path_has_chains(an->ruleset, PATH_OUTPUT, o->family))
		return false;
	const struct flow *resets = analysis_flow_view(an, PATH_OUTPUT, o->family,
						       (int)reset_state(f, is_translated),
						       o->path == PATH_OUTPUT ? VIEW_RESET_TO_SELF
									      : VIEW_RESET);
	if (!resets->stopped || !is_followed(resets))
		return false;
	*ret = analysis_accepted(an, resets, false);
	return true;
}

/* All packets that share the endpoints of this one. */
static struct region with_endpoints(struct analysis *an, const struct packet *p)
{
	struct region r = { .cube = &cube_all };
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		if (!field_is_of_end(f) && f != FIELD_L4PROTO && f != FIELD_IIFNAME)
			continue;
		struct range *one = arena_new_one(an->arena, struct range);
		one->lo = one->hi = p->v[f];
		r.cube = cube_and(&an->space->dims, an->arena, r.cube,
				  flow_cube_ranges(an->arena, f, one, 1));
	}
	return r;
}

/*
 * Does the reset for this packet get out, or else the reset for any packet of the regions?
 * Including that in the search for the packet would take too long if OUTPUT tests marks and states.
 */
static bool may_leave(struct analysis *an, const struct flow *f, const struct region *leaves,
		      const struct region *const *regions, size_t n, const struct packet *p)
{
	struct region same = with_endpoints(an, p);
	const struct region *reset[] = { leaves, &same },
			    *any[] = { leaves, regions[0], n > 1 ? regions[1] : &same };
	return flow_pick(f, reset, 2, an->arena, NULL) != PICK_EMPTY ||
	       flow_pick(f, any, n > 1 ? 3 : 2, an->arena, NULL) != PICK_EMPTY;
}

bool analysis_pick_reset_with(struct analysis *an, const struct flow *flow, bool is_translated,
			      const struct flow *const *others, size_t n_others,
			      const struct region *const *regions, struct finding *f,
			      struct packet *ret_others)
{
	struct region leaves;
	struct packet p;
	size_t n = regions_count(regions);
	if (!analysis_pick_all(an, flow, others, n_others, regions, n, &p, ret_others))
		return false;
	if (find_leaving(an, flow, is_translated, &leaves) &&
	    !may_leave(an, flow, &leaves, regions, n, &p))
		return false;
	analysis_make_plausible(an, flow, others, n_others, regions, n, &p, ret_others);
	finding_set_witness(an, flow, &p, f);
	return true;
}

bool analysis_pick_reset(struct analysis *an, const struct flow *flow,
			 const struct region *const *regions, struct finding *f)
{
	return analysis_pick_reset_with(an, flow, false, NULL, 0, regions, f, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets without which others are useless: does an interface accept the others, but none of these?
 */
#include "analysis.h"

/*
 * Interfaces are taken one by one: those that the ruleset names, and any other. What a wildcard
 * stands for is not known to exist. More than these are not looked at.
 */
#define INTERFACES_MAX 64

static enum field interface_of(enum path p)
{
	return path_direction(p) == PATH_OUTPUT ? FIELD_OIFNAME : FIELD_IIFNAME;
}

static struct region at(struct analysis *an, const struct flow *f, const struct range *r,
			uint32_t n)
{
	return (struct region){ .cube = flow_cube_ranges(an->arena, interface_of(f->options.path),
							 r, n) };
}

/* The same for one of these interfaces: the first by which others pass. */
static bool blocks_at(struct analysis *an, const struct essential *q, const struct range *r,
		      uint32_t n, struct finding *f)
{
	struct finding other;
	struct region passing = analysis_accepted(an, q->passing, true),
		      there = at(an, q->passing, r, n);
	if (!analysis_pick(an, q->passing, ALL_OF(&passing, q->others, &there), &other))
		return false;
	u128 name = other.witness.v[interface_of(other.path)];
	struct range *one = arena_new_one(an->arena, struct range);
	*one = (struct range){ name, name };
	struct region here = at(an, q->flow, one, 1), start = { .cube = q->flow->start },
		      accepted = analysis_accepted(an, q->flow, false);
	if (analysis_pick(an, q->flow, ALL_OF(&accepted, q->meant, &here), NULL) || an->gave_up ||
	    !analysis_pick(an, q->flow, ALL_OF(&start, q->meant, &here), f))
		return false;
	const struct trace_step *stop = trace_last(&f->trace), *pass = trace_last(&other.trace);
	return finding_set_place(f, stop && !stop->rule && pass && pass->rule ? pass : stop);
}

const char *analysis_interface(struct analysis *an, const struct finding *f)
{
	enum field name = interface_of(f->path);
	return field_print(name, f->witness.v[name], an->results);
}

const char *analysis_step(struct analysis *an, const struct finding *f, const char *iptables,
			  const char *nft)
{
	const struct trace_step *stop = trace_last(&f->trace);
	if (!stop)
		return "accept it";
	const struct chain *c = stop->rule ? stop->rule->chain : stop->base;
	const char *advice = chain_owner_advice(an->ruleset, c);
	bool is_nft = strncmp(ruleset_part(an->ruleset, c->table)->dialect, "nft", 3) == 0;
	if (advice)
		return arena_printf(an->results, "'%.*s' is a %s", STR_FMT(c->name), advice);
	const char *rule = is_nft ? arena_printf(an->arena, "%s accept", nft)
				  : arena_printf(an->arena, "-A %.*s %s -j ACCEPT",
						 STR_FMT(c->name), iptables);
	return stop->rule ? arena_printf(an->results, "put '%s' in front of %s", rule,
					 rule_place(an, stop->rule))
			  : arena_printf(an->results, "add '%s' to chain %.*s", rule,
					 STR_FMT(c->name));
}

bool analysis_blocks(struct analysis *an, const struct essential *q, struct finding *f)
{
	uint32_t n_names, n_rest;
	const struct range *names = analysis_interfaces(an, &n_names);
	struct range *known = arena_new_array(an->arena, struct range, n_names + 2);
	for (uint32_t i = 0; i < n_names && i < INTERFACES_MAX; i++)
		if (names[i].lo == names[i].hi && blocks_at(an, q, &names[i], 1, f))
			return true;
	if (n_names && !q->is_anywhere)
		return false;
	if (n_names)
		memcpy(known, names, n_names * sizeof(*names));
	known[n_names] = (struct range){ ifname_value(STR("lo")), ifname_value(STR("lo")) };
	known[n_names + 1] = (struct range){ 0, 0 }; /* no interface */
	uint32_t n = ranges_normalize(known, n_names + 2);
	const struct range *rest = ranges_complement(an->arena, known, n, ~(u128)0, &n_rest);
	return n_rest && blocks_at(an, q, rest, n_rest, f);
}

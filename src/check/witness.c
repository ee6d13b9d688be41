/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the packets that show a finding, chooses one that a reader of this ruleset would expect: its
 * source and destination differ, it uses interfaces that the ruleset names, comes in by the one
 * that belongs to its net, and goes out by another. Each of these is a wish: one more region for
 * the same search, kept if such a packet exists.
 */
#include "analysis.h"

#define REGIONS_MAX 12
#define WIDEST_NET ((u128)1 << 24) /* addresses of a net of IPv4 that has one interface */
#define WIDEST_NET6 ((u128)1 << 80)

struct search {
	struct analysis *an;
	const struct flow *flow;
	const struct flow *const *others;
	size_t n_others;
	const struct region *regions[REGIONS_MAX];
	size_t n;
	struct packet *packet, *packets; /* of `others` */
};

static struct range only(u128 v)
{
	return (struct range){ v, v };
}

/* The ranges live as long as the search. */
static bool grant(struct search *s, enum field f, const struct range *r, uint32_t n)
{
	struct packet p, others[2];
	struct region *wish = arena_new_one(s->an->arena, struct region);
	if (!n || s->n == REGIONS_MAX)
		return false;
	wish->cube = flow_cube_ranges(s->an->arena, f, r, n);
	s->regions[s->n] = wish;
	if (flow_pick_all(s->flow, s->others, s->n_others, s->regions, s->n + 1, s->an->results, &p,
			  others) != PICK_FOUND)
		return false;
	s->n++;
	*s->packet = p;
	for (size_t i = 0; i < s->n_others; i++)
		s->packets[i] = others[i];
	return true;
}

static bool grant_one(struct search *s, enum field f, u128 value)
{
	struct range *r = arena_new_one(s->an->arena, struct range);
	*r = only(value);
	return grant(s, f, r, 1);
}

static bool grant_other(struct search *s, enum field f, u128 than)
{
	uint32_t n;
	struct range r = only(than);
	const struct range *rest = ranges_complement(s->an->arena, &r, 1, field_max(f), &n);
	return grant(s, f, rest, n);
}

/* ---- interfaces ---- */

static bool is_interface(const struct match *m)
{
	return m->kind == MATCH_RANGES && (m->field == FIELD_IIFNAME || m->field == FIELD_OIFNAME);
}

/* Those that the ruleset names, but for loopback. */
static void find_names(struct analysis *an)
{
	VEC(struct range) names = { 0 };
	u128 lo = ifname_value(STR("lo"));
	for (size_t i = 0; i < an->ruleset->n_chains; i++)
		for (size_t k = 0; k < an->ruleset->chains[i]->n; k++) {
			const struct rule *r = an->ruleset->chains[i]->items[k];
			for (uint32_t m = 0; m < r->n_matches; m++)
				for (uint32_t j = 0;
				     is_interface(&r->matches[m]) && j < r->matches[m].n; j++)
					if (r->matches[m].ranges[j].lo &&
					    r->matches[m].ranges[j].lo != lo)
						vec_push(an->arena, &names,
							 r->matches[m].ranges[j]);
		}
	an->names = names.items;
	an->n_names = ranges_normalize(names.items, (uint32_t)names.n);
	an->has_names = true;
}

const struct range *analysis_interfaces(struct analysis *an, uint32_t *ret_n)
{
	if (!an->has_names)
		find_names(an);
	*ret_n = an->n_names;
	return an->names;
}

/* The interface of the rule on this side; 0: none, or several. */
static u128 interface_of(const struct rule *r, enum field f, bool negate)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_RANGES && m->field == f && m->negate == negate && m->n == 1 &&
		    m->ranges[0].lo == m->ranges[0].hi)
			return m->ranges[0].lo;
	}
	return 0;
}

/* By what the rule says about the net: from it, into it, or out of it to any other interface. */
static u128 interface_of_net(const struct rule *r, enum field f)
{
	if (f == FIELD_IP_DADDR || f == FIELD_IP6_DADDR)
		return interface_of(r, FIELD_OIFNAME, false);
	u128 name = interface_of(r, FIELD_IIFNAME, false);
	return name ? name : interface_of(r, FIELD_OIFNAME, true);
}

/*
 * A net that a rule says is at an interface, or is not there because it is translated on its way.
 */
struct tie {
	bool v6, elsewhere;
	struct range net;
	u128 interface;
};

static void add_ties(struct analysis *an, const struct rule *r, struct ties *ret)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		bool v4 = m->field == FIELD_IP_SADDR || m->field == FIELD_IP_DADDR,
		     v6 = m->field == FIELD_IP6_SADDR || m->field == FIELD_IP6_DADDR;
		if (m->kind != MATCH_RANGES || m->negate || !(v4 || v6))
			continue;
		u128 name = interface_of_net(r, m->field), widest = v4 ? WIDEST_NET : WIDEST_NET6;
		bool elsewhere = !name && rule_statement(r, STMT_NAT);
		if (elsewhere)
			name = interface_of(r, FIELD_OIFNAME, false);
		for (uint32_t k = 0; name && k < m->n; k++)
			if (m->ranges[k].hi - m->ranges[k].lo < widest)
				vec_push(an->arena, ret,
					 ((struct tie){ v6, elsewhere, m->ranges[k], name }));
	}
}

/* The first that the ruleset names; NULL: none. */
static const struct tie *tie_of(struct analysis *an, bool v6, u128 address)
{
	if (!an->has_ties)
		for (size_t i = 0; i < an->ruleset->n_chains; i++)
			for (size_t k = 0; k < an->ruleset->chains[i]->n; k++)
				add_ties(an, an->ruleset->chains[i]->items[k], &an->ties);
	an->has_ties = true;
	for (size_t i = 0; i < an->ties.n; i++) {
		const struct tie *t = &an->ties.items[i];
		if (t->v6 == v6 && address >= t->net.lo && address <= t->net.hi)
			return t;
	}
	return NULL;
}

/* One that the ruleset names, but none of these. */
static bool grant_named(struct search *s, enum field f, u128 but)
{
	VEC(struct range) names = { 0 };
	const struct range *all = s->an->names;
	uint32_t n = s->an->n_names;
	uint32_t at = 0;
	while (at < n && (but < all[at].lo || but > all[at].hi))
		at++;
	if (at == n)
		return grant(s, f, all, n);
	for (uint32_t i = 0; i < n; i++)
		if (i != at)
			vec_push(s->an->arena, &names, all[i]);
	return grant(s, f, names.items, (uint32_t)names.n);
}

/*
 * The interface of the net that the address is in; else an address of another net, which comes by
 * this interface.
 */
static bool grant_tied(struct search *s, enum field f, enum field address)
{
	const struct tie *t = tie_of(s->an, s->flow->options.family == NFPROTO_VALUE_IPV6,
				     s->packet->v[address]);
	uint32_t n;
	if (!t || !s->packet->v[f])
		return false;
	if (t->elsewhere ? grant_named(s, f, t->interface) : grant_one(s, f, t->interface))
		return true;
	const struct range *rest = ranges_complement(s->an->arena, &t->net, 1, field_max(address),
						     &n);
	FW_MAY_FAIL(grant(s, address, rest, n));
	return false;
}

/*
 * An interface that the ruleset names, other than the one on the other side, or of its group. A
 * packet to the host by eth0 needs no named interface.
 */
static void wish_for_name(struct search *s, enum field f, u128 other)
{
	bool to_host = path_direction(s->flow->options.path) == PATH_INPUT &&
		       s->packet->v[f] == ifname_value(STR("eth0"));
	if (s->packet->v[f] && !to_host)
		FW_MAY_FAIL(grant_named(s, f, other)); /* then any */
}

/*
 * Out of a net that has its own interface, or one of a group (lxc+), a packet goes by one that no
 * rule names: eth0.
 */
static void wish_for_uplink(struct search *s)
{
	u128 in = s->packet->v[FIELD_IIFNAME], out = s->packet->v[FIELD_OIFNAME];
	u128 uplink = ifname_value(STR("eth0"));
	bool named = false;
	for (uint32_t i = 0; i < s->an->n_names; i++) {
		const struct range *r = &s->an->names[i];
		named = named || (out >= r->lo && out <= r->hi && (in < r->lo || in > r->hi));
	}
	if (in && out && in != uplink && !named)
		FW_MAY_FAIL(grant_one(s, FIELD_OIFNAME, uplink));
}

void analysis_make_plausible(struct analysis *an, const struct flow *flow,
			     const struct flow *const *others, size_t n_others,
			     const struct region *const *regions, size_t n, struct packet *p,
			     struct packet *packets)
{
	bool v6 = flow->options.family == NFPROTO_VALUE_IPV6;
	enum field from = v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR,
		   to = v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR;
	struct search s = { .an = an,
			    .flow = flow,
			    .others = others,
			    .n_others = n_others,
			    .n = n,
			    .packet = p,
			    .packets = packets };
	if (n > REGIONS_MAX)
		return;
	memcpy(s.regions, regions, n * sizeof(*regions));
	uint32_t n_names;
	analysis_interfaces(an, &n_names);
	/* the first packet found stays if the wish cannot be granted */
	if (p->v[from] == p->v[to])
		FW_MAY_FAIL(grant_other(&s, to, p->v[from]) || grant_other(&s, from, p->v[to]));
	bool in = grant_tied(&s, FIELD_IIFNAME, from), out = grant_tied(&s, FIELD_OIFNAME, to);
	if (!in)
		wish_for_name(&s, FIELD_IIFNAME, out ? p->v[FIELD_OIFNAME] : 0);
	if (!out)
		wish_for_name(&s, FIELD_OIFNAME, p->v[FIELD_IIFNAME]);
	if (p->v[FIELD_IIFNAME] == p->v[FIELD_OIFNAME])
		FW_MAY_FAIL(grant_other(&s, FIELD_OIFNAME, p->v[FIELD_IIFNAME]) ||
			    grant_other(&s, FIELD_IIFNAME, p->v[FIELD_OIFNAME]));
	if (!out)
		wish_for_uplink(&s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of packets that several checks use. */
#include <fwlint/check_analysis.h>

struct region analysis_packets(struct analysis *an, const struct field_range *list, size_t n)
{
	struct region r = region_all;
	for (size_t i = 0; i < n; i++) {
		struct range *one = arena_new_one(an->arena, struct range);
		*one = (struct range){ list[i].lo, list[i].hi };
		const struct cube *c = flow_cube_ranges(an->arena, list[i].field, one, 1);
		r.cube = cube_and(&an->space->dims, an->arena, r.cube, c);
	}
	return r;
}

/* Of these flags a segment that opens a connection has SYN, or SYN and ACK. */
#define OPENING_FLAGS (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)

struct region analysis_opening(struct analysis *an, unsigned flags, const struct field_range *list,
			       size_t n)
{
	static const struct field_range tcp[] = { { FIELD_L4PROTO, L4PROTO_TCP, L4PROTO_TCP },
						  { FIELD_FRAGMENT, 0, 0 } };
	struct region r = analysis_packets(an, list, n),
		      whole = analysis_packets(an, tcp, ARRAY_SIZE(tcp));
	r.cube = cube_and(&an->space->dims, an->arena, r.cube, whole.cube);
	r.cube = cube_and(&an->space->dims, an->arena, r.cube,
			  flow_cube_mask(an->arena, FIELD_TCP_FLAGS, OPENING_FLAGS, flags));
	return r;
}

struct region analysis_midstream(struct analysis *an)
{
	static const struct field_range tests[] = {
		{ FIELD_L4PROTO, L4PROTO_TCP, L4PROTO_TCP },
		{ FIELD_FRAGMENT, 0, 0 },
		{ FIELD_PKTTYPE, 0, 0 },
		{ FIELD_IP6_SADDR, 0, ((u128)0xff << 120) - 1 },
		{ FIELD_IP6_DADDR, 0, ((u128)0xff << 120) - 1 },
	};
	static const struct range unicast4[] = { { 0, 0xdfffffff }, { 0xf0000000, 0xfffffffe } };
	struct arena *a = an->arena;
	const struct cube *more[] = {
		flow_cube_ranges(a, FIELD_IP_SADDR, unicast4, 2),
		flow_cube_ranges(a, FIELD_IP_DADDR, unicast4, 2),
		flow_cube_mask(a, FIELD_TCP_FLAGS, TCP_ACK | TCP_SYN | TCP_RST, TCP_ACK),
	};
	struct region r = analysis_packets(an, tests, ARRAY_SIZE(tests));
	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		r.cube = cube_and(&an->space->dims, a, r.cube, more[i]);
	return r;
}

/*
 * Not used by clients (ip_local_port_range), nor by programs that want a reserved port:
 * rresvport(3) takes 512 to 1023.
 */
static const struct range server_ports[] = { { 0, 511 } };

/* The part of a SYN that later segments share: addresses, ports, interfaces. Flags, marks and
 * unknown tests differ. */
static bool is_of_connection(const struct flow *f, uint32_t dim)
{
	uint32_t first = f->space->var_dim[f->options.bank];
	if (dim >= first && dim - first < f->ruleset->n_vars)
		return f->ruleset->vars[dim - first]->of_connection;
	return dim < FIELD_COUNT && field_table[dim].scope != SCOPE_NOT_KEPT;
}

/* Is that so of all packets of a walk, whatever its rules test? */
static bool is_of_all(const struct cube *start, const struct values *v)
{
	for (uint32_t i = 0; i < start->n; i++)
		if (start->v[i].dim == v->dim)
			return start->v[i].n == v->n &&
			       memcmp(start->v[i].r, v->r, v->n * sizeof(*v->r)) == 0;
	return false;
}

static bool is_only_of_connection(const struct flow *f, const struct cube *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!is_of_connection(f, c->v[i].dim) && !is_of_all(f->start, &c->v[i]))
			return false;
	return true;
}

/* All segments to those ports whose connection may be that of one of `r`. */
static struct region to_server_ports(struct analysis *an, const struct flow *flow,
				     const struct region *r)
{
	struct region to = { .cube = flow_cube_ranges(an->arena, FIELD_DPORT, server_ports, 1) };
	for (uint32_t i = 0; i < r->cube->n && to.cube; i++)
		if (is_of_connection(flow, r->cube->v[i].dim))
			to.cube = cube_and(&an->space->dims, an->arena, to.cube,
					   cube_one(an->arena, r->cube->v[i]));
	for (unsigned l = 0; l < REGION_LISTS && to.cube; l++)
		for (const struct except *x = r->lists[l]; x; x = x->next) {
			bool nested = x->region.lists[0] || x->region.lists[1] ||
				      x->region.lists[2] || x->region.lists[3];
			if (!nested && x->region.cube &&
			    !cube_disjoint(&an->space->dims, to.cube, x->region.cube) &&
			    is_only_of_connection(flow, x->region.cube))
				to.lists[0] = except_add(an->arena, to.lists[0], &x->region);
		}
	return to;
}

struct region analysis_with_connections(struct analysis *an, const struct flow *flow,
					const struct region *taken)
{
	const struct flow_options *o = &flow->options;
	const struct flow *new = analysis_flow(an, o->path, o->family, CT_STATE_NEW);
	struct region all = region_all, open = flow_passing(new),
		      to = to_server_ports(an, flow, taken);
	struct region start = { .cube = new->start };
	struct region syn = { .cube = flow_cube_mask(an->arena, FIELD_TCP_FLAGS, OPENING_FLAGS,
						     TCP_SYN) };
	if (!to.cube || analysis_pick(an, new, ALL_OF(&start, &open, &to, &syn), NULL))
		return all;
	region_leave_out(an->arena, &all, except_add(an->arena, NULL, &to));
	return all;
}

struct region analysis_of_clients(struct analysis *an)
{
	static const struct range ports[] = { { 512, 65535 } };
	return (struct region){ .cube = flow_cube_ranges(an->arena, FIELD_DPORT, ports, 1) };
}

struct region analysis_not_loopback(struct analysis *an, enum path path)
{
	struct range lo = { ifname_value(STR("lo")), ifname_value(STR("lo")) };
	uint32_t n;
	if (path_direction(path) == PATH_FORWARD)
		return region_all;
	const struct range *other = ranges_complement(an->arena, &lo, 1, ~(u128)0, &n);
	enum field interface = path_direction(path) == PATH_INPUT ? FIELD_IIFNAME : FIELD_OIFNAME;
	return (struct region){ .cube = flow_cube_ranges(an->arena, interface, other, n) };
}

struct region analysis_between_interfaces(struct analysis *an, enum path path)
{
	struct region r = region_all;
	uint32_t n;
	const struct range *names = analysis_interfaces(an, &n);
	for (uint32_t i = 0; i < n && path == PATH_FORWARD; i++) {
		const struct field_range same[] = { { FIELD_IIFNAME, names[i].lo, names[i].hi },
						    { FIELD_OIFNAME, names[i].lo, names[i].hi } };
		struct region back = analysis_packets(an, same, ARRAY_SIZE(same));
		if (names[i].lo == names[i].hi)
			region_leave_out(an->arena, &r, except_add(an->arena, NULL, &back));
	}
	return r;
}

static bool is_unknown_policy(const struct flow_event *e, const void *context)
{
	(void)context;
	return !e->rule && e->base->policy == POLICY_UNKNOWN;
}

struct region analysis_accepted(struct analysis *an, const struct flow *f, bool known)
{
	struct region r = flow_passing(f);
	r.cube = f->start;
	if (known)
		flow_leave_out(f, is_unknown_policy, NULL, an->arena, &r);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets are possible at the start of a walk, by path, state and view. */
#include "compile.h"

/*
 * The packet types (linux/if_packet.h) that a path carries. Frames for another host's
 * address end before any chain of IP (ip_rcv, ipv6_rcv); what is forwarded is for this
 * host, or multicast (ip_forward, ip_mr_forward); what the host itself sends is HOST.
 */
static const struct cube *possible_types(const struct flow_options *o, struct flow_space *space,
					 struct arena *a)
{
	static const struct range host[] = { { 0, 0 } }, received[] = { { 0, 2 } },
				  forwarded[] = { { 0, 0 }, { 2, 2 } };
	uint32_t dim = view_dim(space, o->view, FIELD_PKTTYPE);
	switch (o->path) {
	case PATH_INPUT: return cube_one(a, (struct values){ dim, 1, received });
	case PATH_FORWARD: return cube_one(a, (struct values){ dim, 2, forwarded });
	case PATH_OUTPUT: return cube_one(a, (struct values){ dim, 1, host });
	case PATH_BRIDGE_INPUT:
	case PATH_BRIDGE_FORWARD:
	case PATH_BRIDGE_OUTPUT:
	case PATH_COUNT: break;
	}
	return &cube_all;
}

static const struct cube *with_bits(struct flow_space *space, enum view view, enum field f,
				    u128 mask, u128 value, struct arena *a)
{
	struct range *r = arena_new_one(a, struct range);
	*r = (struct range){ mask, value };
	return cube_one(a, (struct values){ view_dim(space, view, f), 1, r });
}

static const struct cube *without_bits(struct flow_space *space, enum view view, enum field f,
				       u128 mask, struct arena *a)
{
	return with_bits(space, view, f, mask, 0, a);
}

static const struct cube *of_direction(struct flow_space *space, enum view view, bool reply,
				       struct arena *a)
{
	static const struct range directions[2] = { { 0, 0 }, { 1, 1 } };
	return cube_one(a, (struct values){ view_dim(space, view, FIELD_CT_DIRECTION), 1,
					    &directions[reply] });
}

const struct cube *possible_entries(struct flow_space *space, enum view view, int state,
				    struct arena *a)
{
	if (state != CT_STATE_NEW)
		return &cube_all;
	return cube_and(&space->dims, a, of_direction(space, view, false, a),
			without_bits(space, view, FIELD_CT_STATUS, CT_STATUS_NOT_NEW, a));
}

/*
 * The resets that answer segments without SYN. A reset that answers a NEW segment, of the original
 * direction, gets the segment's entry (nf_ct_attach(), nf_conntrack_attach()).
 */
static const struct cube *possible_resets(const struct flow_options *o, struct flow_space *space,
					  struct arena *a)
{
	struct range *lo = arena_new_one(a, struct range);
	lo->lo = lo->hi = ifname_value(STR("lo"));
	const struct cube *c = with_bits(space, o->view, FIELD_TCP_FLAGS,
					 TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, TCP_RST, a);
	if (o->state == CT_STATE_RELATED)
		c = cube_and(&space->dims, a, c, of_direction(space, o->view, true, a));
	if (o->view == VIEW_RESET_TO_SELF)
		c = cube_and(&space->dims, a, c,
			     cube_one(a, (struct values){ view_dim(space, o->view, FIELD_OIFNAME),
							  1, lo }));
	return c;
}

static bool is_foreign(enum nfproto_value family, enum packet_end end)
{
	return end == END_DESTINATION || (end == END_SOURCE && family == NFPROTO_VALUE_IPV4);
}

/*
 * Nothing translates a packet without an entry: if it is forwarded, it was never for an address of
 * the host, and not even chains in front of the translation see such an address (see
 * chain_sees_foreign()).
 */
const struct cube *possible_forwarded(const struct ruleset *rs, const struct flow_options *o,
				      struct flow_space *space, struct arena *a)
{
	static const struct range none[] = { { 0, 0 } };
	const struct cube *c = &cube_all;
	if (o->path != PATH_FORWARD ||
	    (o->state != CT_STATE_INVALID && o->state != CT_STATE_UNTRACKED))
		return c;
	for (size_t i = 0; i < rs->n_vars; i++)
		if (is_foreign(o->family, rs->vars[i]->is_local))
			c = cube_and(&space->dims, a, c,
				     cube_one(a, (struct values){ space->var_dim[o->bank] +
									  rs->vars[i]->var,
								  1, none }));
	for (enum field f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++) {
		struct range *local = arena_new_one(a, struct range);
		struct values v = { .dim = view_dim(space, o->view, f) };
		if (!is_foreign(o->family, field_is_type_of(rs, f)))
			continue;
		local->lo = local->hi = ROUTE_LOCAL;
		v.r = ranges_complement(a, local, 1, field_max(f), &v.n);
		c = cube_and(&space->dims, a, c, cube_one(a, v));
	}
	return c;
}

/*
 * No connection begins as a translated one. Where no nat chain sees the destination, somebody else
 * may translate it, in a file that is not here.
 */
const struct cube *possible_status(const struct ruleset *rs, const struct flow_options *o,
				   struct flow_space *space, struct arena *a)
{
	const struct chain *const *chains;
	if (!o->translates || o->state != CT_STATE_NEW)
		return &cube_all;
	size_t n = o->path == PATH_INPUT || o->path == PATH_FORWARD
			   ? hook_chains(rs, o->path, HOOK_PREROUTING, o->family, a, &chains)
			   : 0;
	for (size_t i = 0; i < n; i++)
		if (chains[i]->type == CHAIN_NAT)
			return without_bits(space, o->view, FIELD_CT_STATUS, CT_STATUS_DNAT, a);
	return &cube_all;
}

/* "wg+": all names that begin with "wg". */
static struct range interface_range(struct str name)
{
	struct range r;
	bool is_prefix = name.p[name.n - 1] == '+';
	name.n -= is_prefix;
	r.lo = r.hi = ifname_value(name);
	if (is_prefix && !name.n)
		r.lo = 1; /* 0: no interface */
	if (is_prefix)    /* the bytes behind it may be any */
		r.hi |= name.n < sizeof(r.hi) ? ~(u128)0 >> 8 * name.n : 0;
	return r;
}

/* The interfaces that the administrator says the host has; NULL: any. */
static const struct range *said_interfaces(const struct ruleset *rs, bool with_lo, struct arena *a,
					   uint32_t *ret_n)
{
	if (!rs->host || !rs->host->interfaces)
		return NULL;
	struct str rest = str_from(rs->host->interfaces), name;
	struct range *r = arena_new_array(a, struct range, rest.n + 1);
	uint32_t n = 0;
	while ((name = host_next(&rest)).n)
		r[n++] = interface_range(name);
	if (with_lo)
		r[n++] = interface_range(STR("lo"));
	*ret_n = ranges_normalize(r, n);
	return r;
}

/*
 * Every packet has the interfaces that its path gives it, and no others. A packet that comes in by
 * loopback is for the host itself and is never forwarded.
 */
const struct cube *possible_packets(const struct ruleset *rs, const struct flow_options *o,
				    struct flow_space *space, struct arena *a)
{
	static const struct range named[] = { { 1, ~(u128)0 } };
	static const struct range none[] = { { 0, 0 } };
	const struct range *r = named;
	uint32_t n = 1;
	enum path direction = path_direction(o->path);
	if (direction == PATH_FORWARD) {
		u128 lo = ifname_value(STR("lo"));
		struct range not [] = { { 0, 0 }, { lo, lo } };
		r = ranges_complement(a, not, 2, ~(u128)0, &n);
	}
	const struct range *said = said_interfaces(rs, direction != PATH_FORWARD, a, &n);
	r = said ? said : r;
	bool no_in = direction == PATH_OUTPUT, no_out = direction == PATH_INPUT;
	const struct cube *in = cube_one(a,
					 (struct values){ view_dim(space, o->view, FIELD_IIFNAME),
							  no_in ? 1 : n, no_in ? none : r });
	const struct cube *out = cube_one(a,
					  (struct values){ view_dim(space, o->view, FIELD_OIFNAME),
							   no_out ? 1 : n, no_out ? none : r });
	const struct cube *start = cube_and(&space->dims, a, cube_and(&space->dims, a, in, out),
					    possible_types(o, space, a));
	if (o->unmarked)
		start = cube_and(&space->dims, a, start,
				 without_bits(space, o->view, FIELD_MARK, field_max(FIELD_MARK),
					      a));
	if (o->first)
		start = cube_and(&space->dims, a, start,
				 without_bits(space, o->view, FIELD_CT_MARK,
					      field_max(FIELD_CT_MARK), a));
	if (o->view == VIEW_RESET || o->view == VIEW_RESET_TO_SELF)
		start = cube_and(&space->dims, a, start, possible_resets(o, space, a));
	start = cube_and(&space->dims, a, start, possible_forwarded(rs, o, space, a));
	start = cube_and(&space->dims, a, start, possible_status(rs, o, space, a));
	return cube_and(&space->dims, a, start, possible_entries(space, o->view, o->state, a));
}

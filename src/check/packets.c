/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of packets that several checks ask about. */
#include <fwlint/check_analysis.h>

struct region analysis_midstream(struct analysis *an)
{
	static const struct range tcp[] = { { L4PROTO_TCP, L4PROTO_TCP } };
	static const struct range zero[] = { { 0, 0 } };
	static const struct range unicast4[] = { { 0, 0xdfffffff }, { 0xf0000000, 0xfffffffe } };
	static const struct range unicast6[] = { { 0, ((u128)0xff << 120) - 1 } };
	static const struct { enum field field; const struct range *r; uint32_t n; } tests[] = {
		{ FIELD_L4PROTO, tcp, 1 }, { FIELD_FRAGMENT, zero, 1 }, { FIELD_PKTTYPE, zero, 1 },
		{ FIELD_IP_SADDR, unicast4, 2 }, { FIELD_IP_DADDR, unicast4, 2 },
		{ FIELD_IP6_SADDR, unicast6, 1 }, { FIELD_IP6_DADDR, unicast6, 1 },
	};
	struct arena *a = an->arena;
	const struct cube *c = flow_cube_mask(a, FIELD_TCP_FLAGS, TCP_ACK | TCP_SYN | TCP_RST, TCP_ACK);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		c = cube_and(&an->space->dims, a, c, flow_cube_ranges(a, tests[i].field, tests[i].r, tests[i].n));
	return (struct region){ .cube = c };
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a packet to a class around it. A region of a walk is a cube minus regions that have
 * exceptions themselves. The set begins as everything; it is cut down to each region that holds the
 * packet, and away from each that does not: by one dimension in which the packet is outside, or
 * into the exception that holds it. What is left is a cube in which every packet has the packet's
 * way. Values are added up before they are cut off, so a list of 10,000 hosts is cut off once.
 */
#include "ask_private.h"

#define DEPTH_MAX 200
#define COVERS_MAX 64 /* exceptions that are looked at to see that a region is empty here */

struct cut {
	uint32_t dim;
	VEC(struct range) off;
};

struct carving {
	const struct ruleset *ruleset;
	const struct space *dims;
	struct arena *arena;
	const u128 *p;
	const struct cube *cube;
	const struct except *without;
	VEC(struct cut) cuts;
	VEC(const struct region *) inside; /* regions that the set is wholly inside of */
	struct budget *left;
	unsigned depth;
	bool failed;
};

static bool holds(const struct carving *c, const struct values *v)
{
	u128 x = c->p[v->dim];
	if (c->dims->items[v->dim].kind == DIM_MASK)
		return (x & v->r->lo) == v->r->hi;
	for (uint32_t i = 0; i < v->n; i++)
		if (x >= v->r[i].lo && x <= v->r[i].hi)
			return true;
	return false;
}

static bool cube_holds(const struct carving *c, const struct cube *cube)
{
	for (uint32_t i = 0; i < cube->n; i++)
		if (!holds(c, &cube->v[i]))
			return false;
	return true;
}

static bool region_holds(struct carving *c, const struct region *r)
{
	c->left->looks--;
	if (c->left->looks > UINT64_MAX / 2)
		c->failed = true;
	if (c->failed || !r->cube || !cube_holds(c, r->cube))
		return false;
	for (int k = 0; k < REGION_LISTS; k++)
		for (const struct except *e = r->lists[k]; e && !c->failed; e = e->next)
			if (region_holds(c, &e->region))
				return false;
	return true;
}

static void restrict_to(struct carving *c, const struct cube *with)
{
	c->cube = cube_and(c->dims, c->arena, c->cube, with);
	FW_ASSERT(c->cube); /* the packet is in both */
}

/* ---- cutting off values ---- */

static void flush(struct carving *c, struct cut *cut)
{
	struct values v = { .dim = cut->dim };
	uint32_t n = ranges_normalize(cut->off.items, (uint32_t)cut->off.n);
	v.r = ranges_complement(c->arena, cut->off.items, n, c->dims->items[cut->dim].max, &v.n);
	cut->off.n = 0;
	FW_ASSERT(v.n); /* the packet's own value is left */
	restrict_to(c, cube_one(c->arena, v));
}

static struct cut *cut_of(struct carving *c, uint32_t dim)
{
	for (size_t i = 0; i < c->cuts.n; i++)
		if (c->cuts.items[i].dim == dim)
			return &c->cuts.items[i];
	struct cut cut = { .dim = dim };
	vec_push(c->arena, &c->cuts, cut);
	return &c->cuts.items[c->cuts.n - 1];
}

/* A packet without a conntrack entry lacks the field. */
static bool is_of_entry(uint32_t dim)
{
	return dim < FIELD_COUNT && field_table[dim].part == PART_ENTRY;
}

static bool has_entry(const struct carving *c)
{
	u128 state = c->p[FIELD_CT_STATE];
	return state != CT_STATE_INVALID && state != CT_STATE_UNTRACKED;
}

/* Only these protocols have the field, and a rule says one of them. */
static bool is_of_protocol(uint32_t dim)
{
	return dim == FIELD_SPORT || dim == FIELD_DPORT || dim == FIELD_ICMP_TYPE ||
	       dim == FIELD_ICMP_CODE || dim == FIELD_TCP_FLAGS;
}

static void keep_only(struct carving *c, uint32_t dim, u128 lo, u128 hi)
{
	struct range *r = arena_new_one(c->arena, struct range);
	*r = (struct range){ lo, hi };
	restrict_to(c, cube_one(c->arena, (struct values){ dim, 1, r }));
}

static void cut_off(struct carving *c, const struct values *v)
{
	if (is_of_protocol(v->dim))
		keep_only(c, FIELD_L4PROTO, c->p[FIELD_L4PROTO], c->p[FIELD_L4PROTO]);
	if (c->dims->items[v->dim].kind == DIM_MASK) {
		struct region r = { .cube = cube_one(c->arena, *v) };
		c->without = except_add(c->arena, c->without, &r);
		return;
	}
	if (v->dim >= FIELD_EXTRA && v->dim <= FIELD_EXTRA_LAST) {
		if (c->p[v->dim] == FIELD_ABSENT) {
			keep_only(c, v->dim, FIELD_ABSENT, FIELD_ABSENT);
			return;
		}
		keep_only(c, v->dim, 0, FIELD_OPTIONAL_MAX);
	}
	struct cut *cut = cut_of(c, v->dim);
	const struct values *have = cube_values(c->cube, v->dim);
	for (uint32_t i = 0; i < v->n; i++)
		vec_push(c->arena, &cut->off, v->r[i]);
	if (cut->off.n > 8 + (have ? have->n : 0))
		flush(c, cut);
}

/* The lower, the sooner a class is cut there: first comes what people name first in a rule. */
static unsigned rank(uint32_t dim)
{
	static const unsigned char order[] = { FIELD_L4PROTO, FIELD_DPORT,   FIELD_ICMP_TYPE,
					       FIELD_SPORT,   FIELD_IIFNAME, FIELD_OIFNAME,
					       FIELD_CT_STATE };
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		if (order[i] == dim)
			return i;
	return dim < FIELD_COUNT ? 100 : 200;
}

static bool can_cut(const struct carving *c, const struct values *v)
{
	u128 proto = c->p[FIELD_L4PROTO];
	if (holds(c, v) || (is_of_entry(v->dim) && !has_entry(c)))
		return false;
	switch (v->dim) {
	case FIELD_SPORT:
	case FIELD_DPORT: return l4proto_has_ports(proto);
	case FIELD_ICMP_TYPE:
	case FIELD_ICMP_CODE: return proto == L4PROTO_ICMP || proto == L4PROTO_ICMPV6;
	case FIELD_TCP_FLAGS: return proto == L4PROTO_TCP;
	default: return true;
	}
}

static const struct values *way_out(const struct carving *c, const struct cube *cube)
{
	const struct values *best = NULL;
	for (uint32_t i = 0; i < cube->n; i++)
		if (can_cut(c, &cube->v[i]) && (!best || rank(cube->v[i].dim) < rank(best->dim)))
			best = &cube->v[i];
	for (uint32_t i = 0; i < cube->n && !best; i++)
		if (!holds(c, &cube->v[i]))
			best = &cube->v[i];
	return best;
}

/* ---- regions ---- */

static bool is_apart(const struct carving *c, const struct cube *other)
{
	if (cube_disjoint(c->dims, c->cube, other))
		return true;
	for (const struct except *e = c->without; e; e = e->next)
		if (cube_subset(c->dims, other, e->region.cube))
			return true;
	for (size_t i = 0; i < c->cuts.n; i++) { /* cut off, but not yet done */
		const struct cut *cut = &c->cuts.items[i];
		const struct values *v = cut->off.n ? cube_values(other, cut->dim) : NULL;
		for (size_t k = 0; v && v->n == 1 && k < cut->off.n && k < COVERS_MAX; k++)
			if (v->r->lo >= cut->off.items[k].lo && v->r->hi <= cut->off.items[k].hi)
				return true;
	}
	return false;
}

static bool same_region(const struct region *x, const struct region *y)
{
	return x == y || memcmp(x, y, sizeof(*x)) == 0;
}

/*
 * Is it clear that no packet of the set is in the region, because one of its exceptions takes them
 * all?
 */
static bool is_covered(struct carving *c, const struct region *r)
{
	for (int k = 0; k < REGION_LISTS; k++) {
		size_t looks = 0;
		for (const struct except *e = r->lists[k]; e && looks < COVERS_MAX;
		     e = e->next, looks++) {
			const struct region *x = &e->region;
			c->left->looks--;
			for (size_t i = 0; i < c->inside.n; i++)
				if (same_region(c->inside.items[i], x))
					return true;
			if (x->cube && !x->lists[0] && !x->lists[1] && !x->lists[2] &&
			    !x->lists[3] &&
			    (cube_subset(c->dims, c->cube, x->cube) ||
			     cube_subset(c->dims, r->cube, x->cube)))
				return true;
		}
	}
	return false;
}

static void stay_in(struct carving *c, const struct region *r);

static void stay_out(struct carving *c, const struct region *r)
{
	c->left->looks--;
	if (c->left->looks > UINT64_MAX / 2 || c->depth > DEPTH_MAX)
		c->failed = true;
	if (c->failed || !r->cube || is_apart(c, r->cube) || is_covered(c, r))
		return;
	const struct values *v = way_out(c, r->cube);
	if (v) {
		cut_off(c, v);
		return;
	}
	for (int k = 0; k < REGION_LISTS; k++)
		for (const struct except *e = r->lists[k]; e && !c->failed; e = e->next)
			if (region_holds(c, &e->region)) {
				stay_in(c, &e->region);
				return;
			}
	FW_ASSERT(c->failed); /* the packet is in the region */
}

static void stay_in(struct carving *c, const struct region *r)
{
	c->depth++;
	restrict_to(c, r->cube);
	for (int k = 0; k < REGION_LISTS; k++)
		for (const struct except *e = r->lists[k]; e && !c->failed; e = e->next)
			stay_out(c, &e->region);
	vec_push(c->arena, &c->inside, r);
	c->depth--;
}

static bool tests(const struct carving *c, uint32_t dim)
{
	bool tested = cube_values(c->cube, dim) != NULL;
	for (const struct except *e = c->without; e; e = e->next)
		tested |= e->region.cube->v[0].dim == dim;
	return tested;
}

/* Of the protocols that have ports, or of the others: those of the packet's kind. */
static void keep_ports(struct carving *c)
{
	VEC(struct range) with = { 0 };
	bool has = l4proto_has_ports(c->p[FIELD_L4PROTO]);
	for (u128 p = 0; p <= c->dims->items[FIELD_L4PROTO].max; p++) {
		struct range one = { p, p };
		if (l4proto_has_ports(p) == has)
			vec_push(c->arena, &with, one);
	}
	struct values v = { .dim = FIELD_L4PROTO, .r = with.items };
	v.n = ranges_normalize(with.items, (uint32_t)with.n);
	restrict_to(c, cube_one(c->arena, v));
}

/* Is it in a transport header? */
static bool is_of_transport(struct str field)
{
	static const char *const headers[] = { "tcp ",  "udp ",  "udplite ", "sctp ",
					       "dccp ", "icmp ", "icmpv6 ",  "igmp ",
					       "ah ",   "esp ",  "comp " };
	for (unsigned i = 0; i < ARRAY_SIZE(headers); i++)
		if (str_starts(field, headers[i]))
			return true;
	return false;
}

/* Fields that the ruleset names; those that the packet lacks are cut off by that alone. */
static void keep_owners_of_extra(struct carving *c)
{
	u128 proto = c->p[FIELD_L4PROTO];
	for (unsigned i = 0; i < c->ruleset->n_extra; i++) {
		struct str name = ruleset_field_name(c->ruleset, FIELD_EXTRA + i);
		if (!tests(c, FIELD_EXTRA + i) || c->p[FIELD_EXTRA + i] == FIELD_ABSENT)
			continue;
		if (str_starts(name, "th "))
			keep_ports(c);
		else if (is_of_transport(name))
			keep_only(c, FIELD_L4PROTO, proto, proto);
	}
}

/*
 * A rule tests a field that only some packets have behind a test that they have it; an exception of
 * the rule, by itself, no longer says so.
 */
static void keep_owners(struct carving *c)
{
	u128 proto = c->p[FIELD_L4PROTO];
	bool icmp = tests(c, FIELD_ICMP_TYPE) || tests(c, FIELD_ICMP_CODE), entry = false;
	for (uint32_t f = 0; f < FIELD_COUNT; f++)
		entry |= is_of_entry(f) && tests(c, f);
	if (entry && has_entry(c))
		keep_only(c, FIELD_CT_STATE, CT_STATE_NEW, CT_STATE_RELATED);
	if ((tests(c, FIELD_TCP_FLAGS) && proto == L4PROTO_TCP) ||
	    (icmp && (proto == L4PROTO_ICMP || proto == L4PROTO_ICMPV6)))
		keep_only(c, FIELD_L4PROTO, proto, proto);
	else if ((tests(c, FIELD_SPORT) || tests(c, FIELD_DPORT)) && l4proto_has_ports(proto))
		keep_ports(c);
	keep_owners_of_extra(c);
}

bool carve(const struct flow *f, const struct region *const *regions, size_t n,
	   const struct except *found, const u128 *p, struct budget *left, struct arena *a,
	   struct region *ret)
{
	struct carving c = { .ruleset = f->ruleset,
			     .dims = &f->space->dims,
			     .arena = a,
			     .p = p,
			     .cube = &cube_all,
			     .left = left };
	for (size_t i = 0; i < n; i++)
		restrict_to(&c, regions[i]->cube);
	for (size_t i = 0; i < n && !c.failed; i++)
		stay_in(&c, regions[i]);
	for (; found && !c.failed; found = found->next)
		stay_out(&c, &found->region);
	for (size_t i = 0; i < c.cuts.n && !c.failed; i++)
		if (c.cuts.items[i].off.n)
			flush(&c, &c.cuts.items[i]);
	keep_owners(&c);
	*ret = (struct region){ .cube = c.cube };
	ret->lists[0] = c.without;
	return !c.failed;
}

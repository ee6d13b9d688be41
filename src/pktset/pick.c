/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for a packet of a region: cube C minus excepted regions E1 … En.
 *
 * Take the cube, pick a packet of it, and look for an excepted region that
 * holds the packet. None: found. Otherwise that region has to be left by one
 * of its dimensions (values outside of what it allows) or by one of its own
 * exceptions; each way out makes the cube smaller, and the search goes on
 * with it. When no way is left the cube is covered: backtrack. Ways are made
 * disjoint, so nothing is searched twice.
 *
 * Only those exceptions are ever looked at closely that a packet runs into:
 * with values nobody names (liked values first) these are few, however long
 * the lists are. Exact, and bounded by STEPS_MAX.
 */
#include <fwlint/pktset.h>

#include "values.h"

#define STEPS_MAX 20000
#define DEPTH_MAX 3000

struct trail {
	uint32_t dim, n;
	const struct range *r;
	u128 value;
};

struct search {
	const struct space *space;
	struct arena *arena;
	const struct range **r; /* per dimension: allowed values; NULL = all */
	uint32_t *n;
	u128 *packet;
	const struct except **avoid; /* lists of regions to stay out of */
	size_t n_avoid, avoid_cap;
	struct { struct trail *items; size_t n, cap; } trail;
	unsigned steps, depth;
	bool gave_up;
};

/* ---- a value of the allowed ones ---- */

static u128 pick_value(const struct dim *d, const struct range *r, uint32_t n)
{
	for (unsigned i = 0; i < d->n_liked; i++)
		if (!r || values_contain(d, r, n, d->liked[i]))
			return d->liked[i];
	if (!r)
		return 0;
	if (d->kind == DIM_MASK) {
		u128 like = d->n_liked ? d->liked[0] : 0;
		return (like & ~r->lo) | r->hi;
	}
	uint32_t widest = 0;
	for (uint32_t i = 1; i < n; i++)
		if (r[i].hi - r[i].lo > r[widest].hi - r[widest].lo)
			widest = i;
	return r[widest].lo + (r[widest].hi - r[widest].lo) / 2;
}

static void set_values(struct search *s, uint32_t dim, const struct range *r, uint32_t n)
{
	struct trail t = { dim, s->n[dim], s->r[dim], s->packet[dim] };
	vec_push(s->arena, &s->trail, t);
	s->r[dim] = r;
	s->n[dim] = n;
	const struct dim *d = &s->space->items[dim];
	if (!values_contain(d, r, n, s->packet[dim]))
		s->packet[dim] = pick_value(d, r, n);
}

static void undo(struct search *s, size_t to)
{
	while (s->trail.n > to) {
		const struct trail *t = &s->trail.items[--s->trail.n];
		s->r[t->dim] = t->r;
		s->n[t->dim] = t->n;
		s->packet[t->dim] = t->value;
	}
}

/* Makes the cube smaller; false when nothing is left. */
static bool restrict_to(struct search *s, struct values v)
{
	const struct dim *d = &s->space->items[v.dim];
	if (!s->r[v.dim]) {
		set_values(s, v.dim, v.r, v.n);
		return true;
	}
	struct values have = { v.dim, s->n[v.dim], s->r[v.dim] };
	if (values_subset(d, have.r, have.n, v.r, v.n))
		return true;
	struct values both = values_and(s->arena, d, have, v);
	if (!both.n)
		return false;
	set_values(s, v.dim, both.r, both.n);
	return true;
}

static bool restrict_to_cube(struct search *s, const struct cube *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!restrict_to(s, c->v[i]))
			return false;
	return true;
}

/* ---- does the packet lie in an excepted region? ---- */

static bool cube_contains(const struct space *s, const struct cube *c, const u128 *packet)
{
	for (uint32_t i = 0; i < c->n; i++) {
		const struct values *v = &c->v[i];
		if (!values_contain(&s->items[v->dim], v->r, v->n, packet[v->dim]))
			return false;
	}
	return true;
}

static const struct region *list_hit(const struct space *s, const struct except *list,
				     const u128 *packet)
{
	for (; list; list = list->next)
		if (region_contains(s, &list->region, packet))
			return &list->region;
	return NULL;
}

bool region_contains(const struct space *s, const struct region *r, const u128 *packet)
{
	if (!r->cube || !cube_contains(s, r->cube, packet))
		return false;
	for (int i = 0; i < REGION_LISTS; i++)
		if (list_hit(s, r->lists[i], packet))
			return false;
	return true;
}

/* ---- the search ---- */

static bool search(struct search *s);

static bool avoid_lists(struct search *s, const struct region *r)
{
	for (int i = 0; i < REGION_LISTS; i++) {
		if (!r->lists[i])
			continue;
		arena_grow(s->arena, (void **)&s->avoid, s->n_avoid, &s->avoid_cap,
			   sizeof(*s->avoid));
		s->avoid[s->n_avoid++] = r->lists[i];
	}
	return true;
}

/* Leave `hit` by giving dimension v->dim another value; then stay inside v. */
static bool leave_by_ranges(struct search *s, const struct values *v)
{
	const struct dim *d = &s->space->items[v->dim];
	uint32_t n;
	const struct range *other = ranges_complement(s->arena, v->r, v->n, d->max, &n);
	size_t mark = s->trail.n;
	if (n && restrict_to(s, (struct values){ v->dim, n, other }) && search(s))
		return true;
	undo(s, mark);
	return false;
}

static bool leave_by_mask(struct search *s, const struct values *v, bool *ret_possible)
{
	u128 mask = v->r->lo, bits = v->r->hi;
	*ret_possible = true;
	for (unsigned i = 0; i < s->space->items[v->dim].width; i++) {
		u128 bit = (u128)1 << i;
		if (!(mask & bit))
			continue;
		struct range *flip = arena_new_array(s->arena, struct range, 2);
		flip[0] = (struct range){ bit, ~bits & bit };
		flip[1] = (struct range){ bit, bits & bit };
		size_t mark = s->trail.n;
		if (restrict_to(s, (struct values){ v->dim, 1, &flip[0] }) && search(s))
			return true;
		undo(s, mark);
		if (s->gave_up)
			return false;
		*ret_possible = restrict_to(s, (struct values){ v->dim, 1, &flip[1] });
		if (!*ret_possible)
			return false;
	}
	return false;
}

static bool leave_by_exception(struct search *s, const struct region *hit)
{
	for (int i = 0; i < REGION_LISTS; i++)
		for (const struct except *e = hit->lists[i]; e; e = e->next) {
			size_t mark = s->trail.n, avoid = s->n_avoid;
			if (e->region.cube && restrict_to_cube(s, e->region.cube) &&
			    avoid_lists(s, &e->region) && search(s))
				return true;
			undo(s, mark);
			s->n_avoid = avoid;
			if (s->gave_up)
				return false;
		}
	return false;
}

/* The hit region's dimensions, those that are cheap to change first. */
static uint32_t order_by_cost(const struct search *s, const struct cube *c,
			      const struct values **out)
{
	uint32_t n = 0;
	for (unsigned cost = 0; cost < 8; cost++)
		for (uint32_t i = 0; i < c->n; i++)
			if (s->space->items[c->v[i].dim].cost == cost)
				out[n++] = &c->v[i];
	return n;
}

static bool leave(struct search *s, const struct region *hit)
{
	const struct values **order = arena_new_array(s->arena, const struct values *,
						      hit->cube->n + 1);
	uint32_t n = order_by_cost(s, hit->cube, order);
	for (uint32_t i = 0; i < n; i++) {
		const struct values *v = order[i];
		bool possible = true;
		if (s->space->items[v->dim].kind == DIM_MASK) {
			if (leave_by_mask(s, v, &possible))
				return true;
		} else {
			if (leave_by_ranges(s, v))
				return true;
			possible = restrict_to(s, *v);
		}
		if (s->gave_up || !possible)
			return false;
	}
	return leave_by_exception(s, hit);
}

static bool search(struct search *s)
{
	if (++s->steps > STEPS_MAX || s->depth > DEPTH_MAX) {
		s->gave_up = true;
		return false;
	}
	const struct region *hit = NULL;
	for (size_t i = 0; i < s->n_avoid && !hit; i++)
		hit = list_hit(s->space, s->avoid[i], s->packet);
	if (!hit)
		return true;
	s->depth++;
	bool found = leave(s, hit);
	s->depth--;
	return found;
}

enum pick region_pick(const struct space *space, const struct region *const *regions, size_t n,
		      u128 *ret_packet)
{
	struct arena *a = arena_new();
	struct search s = { .space = space, .arena = a };
	s.r = arena_new_array(a, const struct range *, space->n);
	s.n = arena_new_array(a, uint32_t, space->n);
	s.packet = arena_new_array(a, u128, space->n);
	for (size_t i = 0; i < space->n; i++)
		s.packet[i] = pick_value(&space->items[i], NULL, 0);
	bool possible = true;
	for (size_t i = 0; i < n && possible; i++)
		possible = regions[i]->cube && restrict_to_cube(&s, regions[i]->cube) &&
			   avoid_lists(&s, regions[i]);
	bool found = possible && search(&s);
	if (found)
		memcpy(ret_packet, s.packet, space->n * sizeof(u128));
	arena_free(a);
	return found ? PICK_FOUND : s.gave_up ? PICK_GAVE_UP : PICK_EMPTY;
}

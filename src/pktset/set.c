/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unions of regions: the algebra works on list nodes and multiplies nothing out. */
#include <fwlint/pktset.h>

const struct except *except_add_by(struct arena *a, const struct except *list,
				   const struct region *r, uint32_t by)
{
	struct except *e = arena_new_one(a, struct except);
	*e = (struct except){ *r, list, list ? list->n + 1 : 1, by };
	return e;
}

const struct except *except_add(struct arena *a, const struct except *list, const struct region *r)
{
	return except_add_by(a, list, r, 0);
}

const struct region region_all = { .cube = &cube_all };

void region_leave_out(struct arena *a, struct region *r, const struct except *list)
{
	int free = 0;
	while (free < REGION_OWN && r->lists[free])
		free++;
	if (free < REGION_OWN)
		r->lists[free] = list; /* not copied: lists are long, and shared */
	else
		for (; list; list = list->next)
			r->lists[REGION_OWN] = except_add(a, r->lists[REGION_OWN], &list->region);
}

const struct except *except_shared(const struct except *x, const struct except *y)
{
	while (x != y && x && y)
		if (x->n >= y->n)
			x = x->next;
		else
			y = y->next;
	return x == y ? x : NULL;
}

/* A common tail, as lists of one walk often have, is kept only once. */
static const struct except *except_join(struct arena *a, const struct except *x,
					const struct except *y)
{
	const struct except *both = except_shared(x, y);
	if (x == both)
		return y;
	for (; y != both; y = y->next)
		x = except_add(a, x, &y->region);
	return x;
}

/*
 * Is the region inside a region that it excepts, judging by their common parts? That happens where
 * one test of a rule takes the packets that met a write, and another test those that did not.
 */
static bool excepts_itself(const struct space *s, const struct region *r)
{
	for (const struct except *e = r->lists[REGION_OWN]; e; e = e->next) {
		bool inside = e->region.cube && cube_subset(s, r->cube, e->region.cube);
		for (int k = 0; k < REGION_LISTS && inside; k++)
			inside = except_shared(e->region.lists[k], r->lists[k]) ==
				 e->region.lists[k];
		if (inside)
			return true;
	}
	return false;
}

struct pktset pktset_and(const struct space *s, struct arena *a, const struct pktset *x,
			 const struct pktset *y)
{
	struct pktset out = { 0 };
	for (size_t i = 0; i < x->n; i++)
		for (size_t j = 0; j < y->n; j++) {
			struct region r = x->items[i];
			if (!r.cube || !y->items[j].cube)
				continue;
			r.cube = cube_and(s, a, r.cube, y->items[j].cube);
			if (!r.cube)
				continue;
			for (int k = 0; k < REGION_LISTS; k++)
				r.lists[k] = except_join(a, r.lists[k], y->items[j].lists[k]);
			if (!excepts_itself(s, &r))
				vec_push(a, &out, r);
		}
	return out;
}

struct pktset pktset_minus(struct arena *a, const struct pktset *x, const struct pktset *y)
{
	struct pktset out = { 0 };
	for (size_t i = 0; i < x->n; i++) {
		struct region r = x->items[i];
		for (size_t j = 0; j < y->n; j++)
			r.lists[REGION_OWN] = except_add(a, r.lists[REGION_OWN], &y->items[j]);
		vec_push(a, &out, r);
	}
	return out;
}

struct pktset pktset_or(struct arena *a, const struct pktset *x, const struct pktset *y)
{
	struct pktset out = { 0 };
	for (size_t i = 0; i < x->n; i++)
		vec_push(a, &out, x->items[i]);
	for (size_t i = 0; i < y->n; i++)
		vec_push(a, &out, y->items[i]);
	return out;
}

enum pick pktset_pick(const struct space *s, const struct pktset *x, u128 *ret_packet)
{
	enum pick result = PICK_EMPTY;
	for (size_t i = 0; i < x->n; i++) {
		const struct region *one = &x->items[i];
		enum pick p = region_pick(s, &one, 1, ret_packet);
		if (p == PICK_FOUND)
			return p;
		if (p == PICK_GAVE_UP)
			result = p;
	}
	return result;
}

enum pick pktset_subset(const struct space *s, const struct pktset *x, const struct pktset *y,
			u128 *ret_packet)
{
	struct pktset rest = pktset_minus(s->arena, x, y);
	return pktset_pick(s, &rest, ret_packet);
}

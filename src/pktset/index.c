/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index over lists of regions, made when the same long list is searched again and again. A list
 * grows at its front, and a walk asks about the same list at many lengths. So a list is taken as
 * blocks of 64, 256, 1024 … nodes, which begin at multiples of their size counted from the end:
 * longer lists share the blocks of shorter ones. In a block each region is filed under the
 * dimension that allows the fewest values, in an array sorted by the first of these; a packet is
 * looked up in each array. Regions without such a dimension are scanned one by one.
 */
#include "search.h"
#include "values.h"

#include <stdlib.h>

#define USES_BEFORE 4        /* scans of a block before it gets an index */
#define BLOCK_MIN 64u        /* nodes; fewer are scanned */
#define BLOCK_STEP 4u        /* the next larger block has this many times as many */
#define INDEXED_MAX 8000000u /* nodes in all indexes of a space */

/* Regions that allow the same values of the dimension share an entry, and a tree of their own. */
struct entry {
	u128 lo, hi, max_hi;       /* max_hi: of this entry and all before it */
	const struct except *node; /* or NULL: */
	struct tree *same;
};

struct shelf {
	uint32_t dim;
	struct entry *items;
	size_t n, cap;
};

struct nodes {
	const struct except **items;
	size_t n, cap;
};

struct tree {
	VEC(struct shelf *) shelves;
	struct nodes rest;
};

struct block {
	const struct except *first, *end; /* the nodes before `end` */
	unsigned uses;
	struct tree *tree; /* NULL: not built */
	struct blocks *of;
};

/* The dimensions that the trees above are sorted by. */
struct above {
	uint32_t dim;
	const struct above *next;
};

static struct tree *build(struct hits *h, struct blocks *of, const struct nodes *nodes,
			  const struct above *above);

static struct block **slot_of(struct blocks *all, const struct except *first)
{
	size_t i = ((uintptr_t)first >> 4) * 0x9e3779b97f4a7c15ULL % all->cap;
	while (all->slots[i] && all->slots[i]->first != first)
		i = (i + 1) % all->cap;
	return &all->slots[i];
}

static void make_room(struct blocks *all)
{
	struct block **old = all->slots;
	size_t n = all->cap;
	if (all->cap && all->n * 2 < all->cap)
		return;
	all->cap = n ? n * 2 : 256;
	all->slots = arena_new_array(all->arena, struct block *, all->cap);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*slot_of(all, old[i]->first) = old[i];
}

/* The block that begins with this node; the list from here on has a multiple of BLOCK_MIN nodes. */
static struct block *block_at(struct hits *h, const struct except *first)
{
	make_room(&h->own);
	struct blocks *all = &h->own;
	struct block **slot = slot_of(all, first), *there = *slot;
	if (!there && h->lent.arena && arena_has(h->lent.arena, first)) {
		all = &h->lent;
		make_room(all);
		slot = slot_of(all, first);
		there = *slot;
	}
	if (there)
		return there;
	struct block *b = *slot = arena_new_one(all->arena, struct block);
	b->of = all;
	uint32_t size = BLOCK_MIN;
	while (size <= UINT32_MAX / BLOCK_STEP && first->n % (size * BLOCK_STEP) == 0)
		size *= BLOCK_STEP;
	b->first = b->end = first;
	for (uint32_t i = 0; i < size; i++)
		b->end = b->end->next;
	all->n++;
	return b;
}

static bool is_above(const struct above *a, uint32_t dim)
{
	while (a && a->dim != dim)
		a = a->next;
	return a != NULL;
}

/* Are the values one range? Those of a mask are if it tests all bits, or only the highest ones. */
static bool as_range(const struct dim *d, const struct values *v, struct range *ret)
{
	u128 free = d->max & ~v->r->lo;
	if (d->kind == DIM_RANGES)
		*ret = *v->r;
	else if (!(free & (free + 1)))
		*ret = (struct range){ v->r->hi, v->r->hi | free };
	else
		return false;
	return v->n == 1;
}

static unsigned bits_of(u128 size)
{
	uint64_t high = (uint64_t)(size >> 64), low = (uint64_t)size;
	return high  ? 128 - (unsigned)__builtin_clzll(high)
	       : low ? 64 - (unsigned)__builtin_clzll(low)
		     : 0;
}

/*
 * The dimension in which the cube allows the fewest values, and these values; false: in no
 * dimension are they one range.
 */
static bool find_narrowest(const struct space *s, const struct cube *c, const struct above *above,
			   uint32_t *ret_dim, struct range *ret)
{
	unsigned best_fixed = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct values *v = &c->v[i];
		const struct dim *d = &s->items[v->dim];
		struct range r;
		if (is_above(above, v->dim) || !as_range(d, v, &r))
			continue;
		unsigned bits = bits_of(r.hi - r.lo);
		if (d->width - bits > best_fixed) {
			*ret = r;
			*ret_dim = v->dim;
			best_fixed = d->width - bits;
		}
	}
	return best_fixed > 0;
}

static struct shelf *shelf_for(struct arena *a, struct tree *t, uint32_t dim)
{
	for (size_t i = 0; i < t->shelves.n; i++)
		if (t->shelves.items[i]->dim == dim)
			return t->shelves.items[i];
	struct shelf *s = arena_new_one(a, struct shelf);
	s->dim = dim;
	vec_push(a, &t->shelves, s);
	return s;
}

static int by_range(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return a->hi < b->hi ? -1 : a->hi > b->hi;
}

/* Sorts a shelf, and puts runs of equal ranges into trees of their own. */
static void settle(struct hits *h, struct blocks *of, struct shelf *s, const struct above *above)
{
	struct above here = { s->dim, above };
	size_t n = 0;
	u128 max = 0;
	qsort(s->items, s->n, sizeof(*s->items), by_range);
	for (size_t i = 0; i < s->n;) {
		size_t end = i;
		struct nodes run = { 0 };
		struct entry e = s->items[i];
		for (; end < s->n && s->items[end].lo == e.lo && s->items[end].hi == e.hi; end++)
			vec_push(h->scratch, &run, s->items[end].node);
		if (run.n > 1) {
			e.node = NULL;
			e.same = build(h, of, &run, &here);
		}
		max = e.hi > max ? e.hi : max;
		e.max_hi = max;
		s->items[n++] = e;
		i = end;
	}
	s->n = n;
}

static struct tree *build(struct hits *h, struct blocks *of, const struct nodes *nodes,
			  const struct above *above)
{
	struct tree *t = arena_new_one(of->arena, struct tree);
	of->indexed += nodes->n;
	for (size_t i = 0; i < nodes->n; i++) {
		const struct except *e = nodes->items[i];
		struct range r;
		uint32_t dim;
		if (!find_narrowest(h->space, e->region.cube, above, &dim, &r)) {
			vec_push(of->arena, &t->rest, e);
			continue;
		}
		struct entry item = { .lo = r.lo, .hi = r.hi, .node = e };
		vec_push(of->arena, shelf_for(of->arena, t, dim), item);
	}
	for (size_t i = 0; i < t->shelves.n; i++)
		settle(h, of, t->shelves.items[i], above);
	return t;
}

bool hits_hold(struct hits *h, const struct region *r, const u128 *packet)
{
	if (h->looks >= LOOKS_MAX || !r->cube)
		return false;
	h->looks++;
	for (uint32_t i = 0; i < r->cube->n; i++) {
		const struct values *v = &r->cube->v[i];
		const struct dim *d = &h->space->items[v->dim];
		u128 value = packet[v->dim];
		if (v->n == 1 && d->kind == DIM_RANGES ? value < v->r->lo || value > v->r->hi
						       : !values_contain(d, v->r, v->n, value))
			return false;
	}
	for (int i = 0; i < REGION_LISTS; i++)
		if (r->lists[i] && hits_find(h, r->lists[i], packet))
			return false;
	return true;
}

static const struct region *find_in_tree(struct hits *h, const struct tree *t, const u128 *packet);

static const struct region *find_on_shelf(struct hits *h, const struct shelf *s, const u128 *packet)
{
	u128 v = packet[s->dim];
	size_t lo = 0, hi = s->n;
	const struct region *hit = NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->items[mid].lo <= v)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo; i > 0 && s->items[i - 1].max_hi >= v && !hit; i--) {
		const struct entry *e = &s->items[i - 1];
		if (e->hi < v)
			continue;
		if (!e->node)
			hit = find_in_tree(h, e->same, packet);
		else if (hits_hold(h, &e->node->region, packet))
			hit = &e->node->region;
	}
	return hit;
}

static const struct region *find_in_tree(struct hits *h, const struct tree *t, const u128 *packet)
{
	const struct region *hit = NULL;
	for (size_t i = 0; i < t->rest.n && !hit; i++)
		if (hits_hold(h, &t->rest.items[i]->region, packet))
			hit = &t->rest.items[i]->region;
	for (size_t i = 0; i < t->shelves.n && !hit; i++)
		hit = find_on_shelf(h, t->shelves.items[i], packet);
	return hit;
}

static struct tree *build_block(struct hits *h, const struct block *b)
{
	struct nodes all = { 0 };
	for (const struct except *e = b->first; e != b->end; e = e->next)
		if (e->region.cube)
			vec_push(h->scratch, &all, e);
	return build(h, b->of, &all, NULL);
}

static const struct region *find_in_block(struct hits *h, struct block *b, const u128 *packet)
{
	if (!b->tree && ++b->uses > USES_BEFORE && hits_indexed(h) < INDEXED_MAX)
		b->tree = build_block(h, b);
	if (b->tree)
		return find_in_tree(h, b->tree, packet);
	for (const struct except *e = b->first; e != b->end; e = e->next)
		if (hits_hold(h, &e->region, packet))
			return &e->region;
	return NULL;
}

void hits_lend(struct hits *h, struct arena *a)
{
	FW_ASSERT(!h->lent.arena);
	h->lent = (struct blocks){ .arena = a };
}

void hits_take_back(struct hits *h)
{
	h->lent = (struct blocks){ 0 };
}

const struct region *hits_find(struct hits *h, const struct except *list, const u128 *packet)
{
	const struct region *hit = NULL;
	size_t length = 0;
	for (const struct except *e = list; e && !hit;) {
		/* A shortcut: most lists are short, or their first nodes hold the packet. */
		if (length >= BLOCK_MIN && e->n % BLOCK_MIN == 0) {
			struct block *b = block_at(h, e);
			hit = find_in_block(h, b, packet);
			e = b->end;
			continue;
		}
		if (hits_hold(h, &e->region, packet))
			hit = &e->region;
		e = e->next;
		length++;
	}
	return hit;
}

bool region_contains(const struct space *s, const struct region *r, const u128 *packet)
{
	struct hits *h = &s->search->hits;
	h->space = s;
	h->looks = 0;
	return hits_hold(h, r, packet);
}

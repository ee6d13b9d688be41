/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a search knows at each point; private to pktset. */
#ifndef PKTSET_SEARCH_H
#define PKTSET_SEARCH_H

#include "index.h"

#define DEPTH_MAX 1000

/* A set of choices, by depth; depth 0 is the input. */
struct choices {
	uint64_t bits[DEPTH_MAX / 64 + 1];
};

struct trail {
	uint32_t dim, n;
	const struct range *r;
	const struct choices *why;
	u128 value;
};

struct avoid {
	const struct except *list;
	unsigned depth; /* the depth of the choice that asks for it */
};

/*
 * Between two searches all dimensions are free, and `packet` is the one that people would choose
 * first.
 */
struct search {
	const struct space *space;
	struct arena *arena; /* scratch memory */
	size_t n_dims, dims_cap;
	const struct range **r; /* per dimension: allowed values; NULL = all */
	uint32_t *n;
	const struct choices **why; /* per dimension: choices that made it smaller; NULL = none */
	u128 *packet;
	struct avoid *avoid; /* lists of regions to stay out of */
	size_t n_avoid, avoid_cap;
	VEC(struct trail) trail;
	struct hits hits;
	uint64_t work; /* of all searches */
	unsigned steps, steps_max, depth;
	bool gave_up;
	bool hits_wanted; /* collect the regions that a packet ran into: */
	VEC(const struct region *) met;
	struct pieces *pieces; /* region_pick_each(); the first list to avoid holds those found */
};

static inline void choices_add(struct choices *c, unsigned depth)
{
	c->bits[depth / 64] |= (uint64_t)1 << depth % 64;
}

static inline void choices_remove(struct choices *c, unsigned depth)
{
	c->bits[depth / 64] &= ~((uint64_t)1 << depth % 64);
}

static inline bool choices_has(const struct choices *c, unsigned depth)
{
	return c->bits[depth / 64] >> depth % 64 & 1;
}

static inline void choices_join(struct choices *c, const struct choices *other)
{
	for (size_t i = 0; other && i < ARRAY_SIZE(c->bits); i++)
		c->bits[i] |= other->bits[i];
}

#endif

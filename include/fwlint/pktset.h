/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pktset: sets of packets over numbered dimensions. Pure: knows the width of
 * each dimension, not its name.
 *
 *   cube      a conjunction: for each of some dimensions, the values allowed
 *   region    a cube minus lists of regions (subtraction is kept, not done)
 *   pktset    a union of regions
 *
 * Subtracting adds one list node, whatever is subtracted, so a walk over a million rules makes a
 * million nodes. Whether a set is empty is only found out when somebody asks, by an exact search:
 * see region_pick().
 */
#ifndef FWLINT_PKTSET_H
#define FWLINT_PKTSET_H

#include <fwlint/base.h>

/* How a dimension is tested; fixed per dimension. */
enum dim_kind {
	DIM_RANGES, /* value lies in one of some ranges */
	DIM_MASK    /* (value & mask) == bits */
};

struct dim {
	unsigned char width; /* bits, 1 to 128 */
	unsigned char kind;  /* enum dim_kind */
	unsigned char cost;  /* the search changes low-cost dimensions first */
	u128 max;            /* the largest value */
	const u128 *liked;   /* values to try first when a packet is picked */
	unsigned n_liked;
};

/*
 * The searches of a space share an index over its long lists, and scratch memory; so lists that are
 * searched must live as long as the space.
 */
struct space {
	struct arena *arena;
	struct dim *items;
	size_t n, cap;
	uint64_t work_max;     /* of all searches, in looks at regions; 0: no limit. A search that
				  begins when it is spent gives up */
	struct search *search; /* private to pktset */
};

/* The work of all searches so far. */
uint64_t space_work(const struct space *s);
/* Adds a dimension; returns its number. */
uint32_t space_add(struct space *s, struct dim d);

/*
 * From here on lists that live in `a` may be searched, too, until space_take_back(): then the index
 * forgets them. One arena at a time.
 */
void space_lend(struct space *s, struct arena *a);
void space_take_back(struct space *s);

/*
 * The values of one dimension in a cube. DIM_RANGES: `n` ranges, sorted,
 * disjoint, not touching. DIM_MASK: n == 1 and the one "range" holds the mask
 * in `lo` and the bits in `hi`.
 */
struct values {
	uint32_t dim, n;
	const struct range *r;
};

/* The intersection of two tests of one dimension; n == 0 when it is empty. */
struct values values_and(struct arena *a, const struct dim *d, struct values x, struct values y);

/* Sorted by dimension; a missing dimension is free. */
struct cube {
	uint32_t n;
	struct values v[];
};

extern const struct cube cube_all;

/* A cube of one dimension. */
const struct cube *cube_one(struct arena *a, struct values v);
/* The intersection, or NULL when it is empty. */
const struct cube *cube_and(const struct space *s, struct arena *a, const struct cube *x,
			    const struct cube *y);
bool cube_disjoint(const struct space *s, const struct cube *x, const struct cube *y);
/* Is x inside y? */
bool cube_subset(const struct space *s, const struct cube *x, const struct cube *y);
#define REGION_LISTS 4
#define REGION_OWN (REGION_LISTS - 1) /* the list that set operations add to */

/* cube minus every region of every list. A NULL cube: the empty set. */
struct region {
	const struct cube *cube;
	const struct except *lists[REGION_LISTS];
};

extern const struct region region_all;

/* A persistent list: adding to the front leaves the old list as it was. */
struct except {
	struct region region;
	const struct except *next;
	uint32_t n;  /* length of the list from here on */
	uint32_t by; /* what the region is there for: a number of the caller's, see
			region_pick_why() */
};

const struct except *except_add(struct arena *a, const struct except *list, const struct region *r);
const struct except *except_add_by(struct arena *a, const struct except *list,
				   const struct region *r, uint32_t by);
/* Takes every region of a list out of `r`. */
void region_leave_out(struct arena *a, struct region *r, const struct except *list);
/* The common tail of both lists, or NULL. */
const struct except *except_shared(const struct except *x, const struct except *y);

struct pktset {
	struct region *items;
	size_t n, cap;
};

/* x ∩ y, into a new set. */
struct pktset pktset_and(const struct space *s, struct arena *a, const struct pktset *x,
			 const struct pktset *y);
/* x minus y. */
struct pktset pktset_minus(struct arena *a, const struct pktset *x, const struct pktset *y);
/* x ∪ y. */
struct pktset pktset_or(struct arena *a, const struct pktset *x, const struct pktset *y);

/* A packet: one value per dimension of the space. */
bool region_contains(const struct space *s, const struct region *r, const u128 *packet);

enum pick {
	PICK_EMPTY, /* proved: there is no such packet */
	PICK_FOUND,
	PICK_GAVE_UP /* the search reached its limit of steps */
};

/* Do the cubes alone show, without a search, that no packet is in all n regions? */
bool regions_apart(const struct space *s, const struct region *const *regions, size_t n);
/*
 * Looks for a packet that is in all n regions (their intersection). On PICK_FOUND `ret_packet`
 * (s->n values; NULL: not wanted) is one.
 */
FW_CHECKED
enum pick region_pick(const struct space *s, const struct region *const *regions, size_t n,
		      u128 *ret_packet);
/*
 * The same; on PICK_EMPTY `*ret_by` has the numbers of the excepted regions that the proof is made
 * of, in `a`: sorted, each once, without 0. All packets of the regions are in these, but fewer may
 * do.
 */
FW_CHECKED
enum pick region_pick_why(const struct space *s, const struct region *const *regions, size_t n,
			  u128 *ret_packet, struct arena *a, const uint32_t **ret_by,
			  size_t *ret_n);
/*
 * All packets of the regions, piece by piece: for each one found that is in no piece yet, `take`
 * puts a region that holds it in front of `found`, and starts no search of the space. False ends
 * the search.
 */
struct pieces {
	const struct except *found;
	bool (*take)(struct pieces *p, const u128 *packet);
	uint64_t looks, looks_max; /* at regions, so far and at most */
};
/*
 * One search for all pieces: PICK_EMPTY: they hold all packets; PICK_FOUND: `take` ended it. One
 * that gave up may go on when it is called again, if it found a piece and has looks left.
 */
FW_CHECKED
enum pick region_pick_each(const struct space *s, const struct region *const *regions, size_t n,
			   struct pieces *pieces);
/* The same for a union. */
FW_CHECKED enum pick pktset_pick(const struct space *s, const struct pktset *x, u128 *ret_packet);
/* Is x inside y? PICK_EMPTY: yes; PICK_FOUND: no, and the packet shows it. */
FW_CHECKED
enum pick pktset_subset(const struct space *s, const struct pktset *x, const struct pktset *y,
			u128 *ret_packet);

#endif

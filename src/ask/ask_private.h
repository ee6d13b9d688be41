/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the layer share; private to ask. */
#ifndef ASK_PRIVATE_H
#define ASK_PRIVATE_H

#include <fwlint/ask.h>

/* A part of a class, before parts are joined. */
struct part {
	enum path path;
	unsigned families;
	struct verdict verdict;
	struct region set; /* a cube minus other cubes (list 0), each of one masked field */
	VEC(struct ask_place) places;
	size_t order; /* of its first place, in the walk */
};

struct parts {
	struct part *items;
	size_t n, cap;
};

/* ---- carve.c ---- */

/* How much work one answer may take. */
struct budget {
	size_t parts;
	uint64_t looks; /* at regions */
};

/*
 * A set around the packet `p` that is inside all n regions, without those on `found`. Its list 0
 * holds what is left out of it. False: the budget is spent.
 */
FW_CHECKED
bool carve(const struct flow *f, const struct region *const *regions, size_t n,
	   const struct except *found, const u128 *p, struct budget *left, struct arena *a,
	   struct region *ret);

/* ---- join.c ---- */

/* Joins parts of one verdict that differ in one dimension only, until there are none. */
void parts_join(const struct space *dims, struct parts *parts, struct arena *a);
/* The same values? */
bool values_same(const struct values *x, const struct values *y);
/* Of a dimension, in a cube; NULL: it is free there. */
const struct values *cube_values(const struct cube *c, uint32_t dim);
/* The cube with other values of a dimension; v == NULL: it becomes free. */
const struct cube *cube_with(const struct cube *c, uint32_t dim, const struct values *v,
			     struct arena *a);
/* The same cube, but for one dimension? */
bool cubes_same_but(const struct cube *x, const struct cube *y, uint32_t dim);
/* The union of two such cubes, which both have ranges in the dimension. */
const struct cube *cube_joined(const struct cube *x, const struct cube *y, uint32_t dim,
			       struct arena *a);

/* ---- unsaid.c ---- */

/* Does one of the n matches test the field? */
bool matches_test(const struct match *m, uint32_t n, enum field f);
/*
 * The cube without the tests that every packet of `unsaid` passes, save those of fields that the
 * question tests.
 */
const struct cube *cube_to_say(const struct space *space, const struct rule *question,
			       const struct cube *unsaid, const struct cube *cube, struct arena *a);

/* ---- words.c ---- */

/* Sets `match` and `assumes` of a class from its set. */
void class_words(const struct ask_answer *answer, struct ask_class *c, struct arena *a);
/* A set of values of a field as nft writes it, with "!= " where that is shorter. */
const char *values_words(const struct ruleset *rs, enum field f, const struct values *v,
			 struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which region of a long list holds a packet? Private to pktset. */
#ifndef PKTSET_INDEX_H
#define PKTSET_INDEX_H

#include <fwlint/pktset.h>

/* The blocks that are known, by their first node: open addressing. */
struct blocks {
	struct arena *arena; /* their trees, too */
	struct block **slots;
	size_t n, cap;
	size_t indexed; /* nodes in the trees */
};

struct hits {
	const struct space *space;
	struct arena *scratch;
	struct blocks own;  /* of the lists that live as long as the space */
	struct blocks lent; /* see space_lend(); no arena: there are none */
	uint64_t looks;     /* looks at regions, also in nested lists */
};

/* A search that looks more often gives up; the answer of hits_find() is then of no use. */
#define LOOKS_MAX 100000000u

/* A region of the list that holds the packet, or NULL. */
const struct region *hits_find(struct hits *h, const struct except *list, const u128 *packet);
/* Does the region hold the packet? */
bool hits_hold(struct hits *h, const struct region *r, const u128 *packet);

static inline size_t hits_indexed(const struct hits *h)
{
	return h->own.indexed + h->lent.indexed;
}

void hits_lend(struct hits *h, struct arena *a);
void hits_take_back(struct hits *h);

#endif

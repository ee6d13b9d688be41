/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for a packet of a region: cube C minus excepted regions E1 … En.
 *
 * Take the cube, pick a packet of it, and look for an excepted region that
 * holds the packet. If there is none, the packet is found. Otherwise the search must leave that
 * region by one of its dimensions (a value that it does not allow) or by one of its own exceptions.
 * Each way out makes the cube smaller, and the search goes on with it. When no way is left, the
 * cube is covered: backtrack. The ways are disjoint, so nothing is searched twice. A failure names
 * the choices that caused it; for other choices no alternatives are tried (conflict-directed
 * backjumping).
 *
 * Only the exceptions that contain a candidate packet are examined. With values that no rule names
 * (preferred values first) these are few, however long the lists are. The search is exact, and
 * bounded by STEPS_MAX plus one step for each indexed region, because each exit by an exception
 * takes a step. A step may look at many regions, because exceptions have exceptions: LOOKS_MAX
 * limits that.
 */
#include <fwlint/pktset.h>

#include "search.h"
#include "values.h"

#include <stdlib.h>

#define STEPS_MAX 20000
#define PIECE_STEPS_MAX 1000000   /* from one piece to the next */
#define STEP_LOOKS ((uint64_t)20) /* what a step costs in addition to its looks */
#define RANGES_MANY 64            /* of a dimension that is used up value by value */

/* ---- the cube ---- */

static void set_values(struct search *s, uint32_t dim, const struct range *r, uint32_t n,
		       const struct choices *why)
{
	struct trail t = { dim, s->n[dim], s->r[dim], s->why[dim], s->packet[dim] };
	const struct dim *d = &s->space->items[dim];
	vec_push(s->arena, &s->trail, t);
	s->why[dim] = why;
	s->r[dim] = r;
	s->n[dim] = n;
	if (values_contain(d, r, n, s->packet[dim]))
		return;
	s->packet[dim] = d->kind == DIM_RANGES && n > RANGES_MANY
				 ? value_beside(r, n, s->packet[dim])
				 : value_liked(d, r, n);
}

static void undo(struct search *s, size_t to)
{
	while (s->trail.n > to) {
		const struct trail *t = &s->trail.items[--s->trail.n];
		s->r[t->dim] = t->r;
		s->n[t->dim] = t->n;
		s->why[t->dim] = t->why;
		s->packet[t->dim] = t->value;
	}
}

/* The reasons: the choice at this depth, and the earlier choices for the dimension. */
static const struct choices *chosen_here(struct search *s, uint32_t dim)
{
	if (!s->depth)
		return s->why[dim];
	struct choices *why = arena_new_one(s->arena, struct choices);
	if (s->why[dim])
		*why = *s->why[dim];
	choices_add(why, s->depth);
	return why;
}

/* Makes the cube smaller; false when nothing is left. */
static bool restrict_to(struct search *s, struct values v)
{
	const struct dim *d = &s->space->items[v.dim];
	if (!s->r[v.dim]) {
		set_values(s, v.dim, v.r, v.n, chosen_here(s, v.dim));
		return true;
	}
	struct values have = { v.dim, s->n[v.dim], s->r[v.dim] };
	if (values_subset(d, have.r, have.n, v.r, v.n))
		return true;
	struct values both = values_and(s->arena, d, have, v);
	if (!both.n)
		return false;
	set_values(s, v.dim, both.r, both.n, chosen_here(s, v.dim));
	return true;
}

/* `why` gets the choices that together leave nothing. */
static bool restrict_to_cube(struct search *s, const struct cube *c, struct choices *why)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!restrict_to(s, c->v[i])) {
			choices_join(why, s->why[c->v[i].dim]);
			return false;
		}
	return true;
}

/* ---- the search ---- */

static bool search(struct search *s, struct choices *why);

static void avoid_lists(struct search *s, const struct region *r)
{
	for (int i = 0; i < REGION_LISTS; i++) {
		if (!r->lists[i])
			continue;
		arena_grow(s->arena, (void **)&s->avoid, s->n_avoid, &s->avoid_cap,
			   sizeof(*s->avoid));
		s->avoid[s->n_avoid++] = (struct avoid){ r->lists[i], s->depth };
	}
}

enum outcome { FOUND, FAILED, IRRELEVANT };

/*
 * Searches on after the choice of this depth. IRRELEVANT: the search fails whatever is chosen here,
 * so there is no need to try other ways; `total` then says why.
 */
static enum outcome descend(struct search *s, struct choices *total)
{
	struct choices why = { .bits = { 0 } };
	unsigned depth = s->depth;
	if (search(s, &why))
		return FOUND;
	if (s->gave_up)
		return IRRELEVANT;
	if (!choices_has(&why, depth)) {
		*total = why;
		return IRRELEVANT;
	}
	choices_join(total, &why); /* search() removes this depth */
	return FAILED;
}

/* Leave `hit` by giving dimension v->dim another value. */
static enum outcome leave_by(struct search *s, struct values other, struct choices *total)
{
	size_t mark = s->trail.n;
	enum outcome o = FAILED;
	if (other.n && restrict_to(s, other))
		o = descend(s, total);
	else
		choices_join(total, s->why[other.dim]);
	if (o != FOUND)
		undo(s, mark);
	return o;
}

/* All other values, then stay inside v. */
static enum outcome leave_by_ranges(struct search *s, const struct values *v, struct choices *total,
				    bool *possible)
{
	uint32_t n;
	const struct range *r = ranges_complement(s->arena, v->r, v->n, s->space->items[v->dim].max,
						  &n);
	enum outcome o = leave_by(s, (struct values){ v->dim, n, r }, total);
	if (o == FAILED) {
		*possible = restrict_to(s, *v);
		if (!*possible)
			choices_join(total, s->why[v->dim]);
	}
	return o;
}

/* Bit by bit: this bit differs, those before it are the same. */
static enum outcome leave_by_mask(struct search *s, const struct values *v, struct choices *total,
				  bool *possible)
{
	u128 mask = v->r->lo, bits = v->r->hi;
	for (unsigned i = 0; i < s->space->items[v->dim].width && *possible; i++) {
		u128 bit = (u128)1 << i;
		if (!(mask & bit))
			continue;
		struct range *flip = arena_new_array(s->arena, struct range, 2);
		flip[0] = (struct range){ bit, ~bits & bit };
		flip[1] = (struct range){ bit, bits & bit };
		enum outcome o = leave_by(s, (struct values){ v->dim, 1, &flip[0] }, total);
		if (o != FAILED)
			return o;
		*possible = restrict_to(s, (struct values){ v->dim, 1, &flip[1] });
		if (!*possible)
			choices_join(total, s->why[v->dim]);
	}
	return FAILED;
}

static enum outcome leave_by_exception(struct search *s, const struct region *hit,
				       struct choices *total)
{
	for (int i = 0; i < REGION_LISTS; i++)
		for (const struct except *e = hit->lists[i]; e; e = e->next) {
			size_t mark = s->trail.n, avoid = s->n_avoid;
			if (!e->region.cube || !restrict_to_cube(s, e->region.cube, total)) {
				undo(s, mark);
				continue;
			}
			avoid_lists(s, &e->region);
			enum outcome o = descend(s, total);
			if (o == FOUND)
				return o;
			undo(s, mark);
			s->n_avoid = avoid;
			if (o == IRRELEVANT)
				return o;
		}
	return FAILED;
}

/*
 * The dimensions of the hit region, the cheapest to change first. A search for all pieces takes
 * them in one order everywhere: if it split differently in different places, it would meet each
 * piece again and again.
 */
static uint32_t order_dims(const struct search *s, const struct cube *c, const struct values **out)
{
	uint32_t n = 0;
	for (; s->pieces && n < c->n; n++)
		out[n] = &c->v[n];
	for (unsigned cost = 0; cost < 8 && !s->pieces; cost++)
		for (uint32_t i = 0; i < c->n; i++)
			if (s->space->items[c->v[i].dim].cost == cost)
				out[n++] = &c->v[i];
	return n;
}

static enum outcome leave(struct search *s, const struct region *hit, struct choices *total)
{
	const struct values **order = arena_new_array(s->arena, const struct values *,
						      hit->cube->n + 1);
	uint32_t n = order_dims(s, hit->cube, order);
	bool possible = true;
	for (uint32_t i = 0; i < n && possible; i++) {
		bool masked = s->space->items[order[i]->dim].kind == DIM_MASK;
		enum outcome o = masked ? leave_by_mask(s, order[i], total, &possible)
					: leave_by_ranges(s, order[i], total, &possible);
		if (o != FAILED)
			return o;
	}
	return possible ? leave_by_exception(s, hit, total) : FAILED;
}

/* ---- a region that can be left in one way only ---- */

static bool is_inside(const struct search *s, const struct values *v)
{
	const struct dim *d = &s->space->items[v->dim];
	const struct range all = { 0, d->kind == DIM_MASK ? 0 : d->max };
	const struct range *r = s->r[v->dim];
	return values_subset(d, r ? r : &all, r ? s->n[v->dim] : 1, v->r, v->n);
}

/* The one dimension by which `hit` can be left; NULL: there are others, or none. */
static const struct values *only_way(const struct search *s, const struct region *hit)
{
	const struct values *way = NULL;
	for (int i = 0; i < REGION_LISTS; i++)
		if (hit->lists[i])
			return NULL;
	for (uint32_t i = 0; i < hit->cube->n; i++) {
		const struct values *v = &hit->cube->v[i];
		if (is_inside(s, v))
			continue;
		if (way || s->space->items[v->dim].kind != DIM_RANGES)
			return NULL;
		way = v;
	}
	return way;
}

/* Leaves it that way: not a choice, but a consequence of the choices already made. */
static void take_way(struct search *s, const struct region *hit, const struct values *way,
		     unsigned asked)
{
	struct choices *why = arena_new_one(s->arena, struct choices);
	struct values other = { .dim = way->dim };
	const struct dim *d = &s->space->items[way->dim];
	for (uint32_t i = 0; i < hit->cube->n; i++)
		choices_join(why, s->why[hit->cube->v[i].dim]);
	if (asked)
		choices_add(why, asked);
	other.r = ranges_complement(s->arena, way->r, way->n, d->max, &other.n);
	if (s->r[way->dim]) {
		struct values have = { way->dim, s->n[way->dim], s->r[way->dim] };
		other = values_and(s->arena, d, have, other);
	}
	set_values(s, way->dim, other.r, other.n, why);
}

/*
 * The packet is in none of the pieces so far. The piece made from it is left like any region of the
 * first list to avoid; what failed without the piece also fails with it. False: enough pieces.
 */
static bool take_piece(struct search *s)
{
	struct pieces *all = s->pieces;
	all->looks += s->hits.looks + STEP_LOOKS * s->steps;
	s->hits.looks = s->steps = 0;
	if (!all->take(all, s->packet))
		return false;
	FW_ASSERT(hits_hold(&s->hits, &all->found->region, s->packet));
	s->avoid[0].list = all->found;
	return true;
}

/* The next region that holds the packet, and must be left by a choice; NULL: there is none. */
static const struct region *next_hit(struct search *s, unsigned *ret_asked)
{
	for (;;) {
		const struct region *hit = NULL;
		const struct values *way;
		size_t i;
		if (++s->steps > s->steps_max + hits_indexed(&s->hits) || s->depth + 1 >= DEPTH_MAX)
			s->gave_up = true;
		/* The newest first: a chosen exception holds only once its own were left. */
		for (i = s->n_avoid; i > 0 && !hit && !s->gave_up; i--)
			hit = hits_find(&s->hits, s->avoid[i - 1].list, s->packet);
		if (s->hits.looks >= LOOKS_MAX ||
		    (s->pieces && s->pieces->looks + s->hits.looks > s->pieces->looks_max))
			s->gave_up = true;
		if (!hit && !s->gave_up && s->pieces && take_piece(s))
			continue;
		if (!hit || s->gave_up)
			return NULL;
		if (s->hits_wanted)
			vec_push(s->arena, &s->met, hit);
		*ret_asked = s->avoid[i].depth;
		way = only_way(s, hit);
		if (!way)
			return hit;
		take_way(s, hit, way, *ret_asked);
	}
}

static bool search(struct search *s, struct choices *why)
{
	unsigned asked;
	const struct region *hit = next_hit(s, &asked);
	if (!hit || s->gave_up)
		return !s->gave_up;
	size_t mark = s->trail.n;
	s->depth++;
	enum outcome o = leave(s, hit, why);
	if (o == FOUND)
		return true;
	undo(s, mark);
	if (o == FAILED) {
		choices_remove(why, s->depth);
		if (asked)
			choices_add(why, asked);
	}
	s->depth--;
	return false;
}

/* Makes room for what is kept for each dimension. */
static void make_room(struct search *s)
{
	const struct space *space = s->space;
	size_t cap = s->dims_cap ? s->dims_cap : 64;
	while (cap < space->n)
		cap *= 2;
	if (cap > s->dims_cap) {
		u128 *packet = arena_new_array(space->arena, u128, cap);
		if (s->n_dims)
			memcpy(packet, s->packet, s->n_dims * sizeof(*packet));
		s->packet = packet;
		s->r = arena_new_array(space->arena, const struct range *, cap);
		s->n = arena_new_array(space->arena, uint32_t, cap);
		s->why = arena_new_array(space->arena, const struct choices *, cap);
		s->dims_cap = cap;
	}
	for (; s->n_dims < space->n; s->n_dims++)
		s->packet[s->n_dims] = value_liked(&space->items[s->n_dims], NULL, 0);
}

static struct search *search_begin(const struct space *space)
{
	struct search *s = space->search;
	arena_reset(s->arena);
	s->space = s->hits.space = space;
	make_room(s);
	s->avoid = NULL;
	s->n_avoid = s->avoid_cap = 0;
	s->trail.items = NULL;
	s->trail.n = s->trail.cap = s->met.n = s->met.cap = 0;
	s->hits.looks = 0;
	s->met.items = NULL;
	s->steps = s->depth = 0;
	s->steps_max = STEPS_MAX;
	s->gave_up = s->hits_wanted = false;
	s->pieces = NULL;
	return s;
}

uint64_t space_work(const struct space *s)
{
	return s->search->work;
}

static struct search *search_new(struct arena *a)
{
	struct search *s = arena_new_one(a, struct search);
	s->arena = arena_part(a);
	s->hits.own.arena = a;
	s->hits.scratch = s->arena;
	return s;
}

uint32_t space_add(struct space *s, struct dim d)
{
	if (!s->search)
		s->search = search_new(s->arena);
	vec_push(s->arena, s, d);
	return (uint32_t)s->n - 1;
}

void space_lend(struct space *s, struct arena *a)
{
	hits_lend(&s->search->hits, a);
}

void space_take_back(struct space *s)
{
	hits_take_back(&s->search->hits);
}

static enum pick run(struct search *s, const struct region *const *regions, size_t n,
		     u128 *ret_packet)
{
	struct choices why = { .bits = { 0 } };
	bool possible = true;
	if (s->space->work_max && s->work >= s->space->work_max)
		return PICK_GAVE_UP;
	for (size_t i = 0; i < n && possible; i++) {
		possible = regions[i]->cube && restrict_to_cube(s, regions[i]->cube, &why);
		if (possible)
			avoid_lists(s, regions[i]);
	}
	bool found = possible && search(s, &why);
	for (size_t i = 0; i < n && found; i++)
		FW_ASSERT(hits_hold(&s->hits, regions[i], s->packet));
	if (found && ret_packet)
		memcpy(ret_packet, s->packet, s->space->n * sizeof(u128));
	undo(s, 0);
	s->work += s->hits.looks + STEP_LOOKS * s->steps;
	return found ? PICK_FOUND : s->gave_up ? PICK_GAVE_UP : PICK_EMPTY;
}

enum pick region_pick(const struct space *space, const struct region *const *regions, size_t n,
		      u128 *ret_packet)
{
	if (regions_apart(space, regions, n))
		return PICK_EMPTY;
	return run(search_begin(space), regions, n, ret_packet);
}

enum pick region_pick_each(const struct space *space, const struct region *const *regions, size_t n,
			   struct pieces *pieces)
{
	if (regions_apart(space, regions, n))
		return PICK_EMPTY;
	struct search *s = search_begin(space);
	s->pieces = pieces;
	s->steps_max = PIECE_STEPS_MAX;
	arena_grow(s->arena, (void **)&s->avoid, s->n_avoid, &s->avoid_cap, sizeof(*s->avoid));
	s->avoid[s->n_avoid++] = (struct avoid){ pieces->found, 0 };
	enum pick p = run(s, regions, n, NULL);
	pieces->looks += s->hits.looks + STEP_LOOKS * s->steps;
	return p;
}

static int by_number(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return a < b ? -1 : a > b;
}

enum pick region_pick_why(const struct space *space, const struct region *const *regions, size_t n,
			  u128 *ret_packet, struct arena *a, const uint32_t **ret_by, size_t *ret_n)
{
	struct search *s = search_begin(space);
	s->hits_wanted = true;
	enum pick p = run(s, regions, n, ret_packet);
	if (p != PICK_EMPTY)
		return p;
	size_t kept = 0;
	uint32_t *by = arena_new_array(a, uint32_t, s->met.n + 1);
	for (size_t i = 0; i < s->met.n; i++)
		by[i] = ((const struct except *)s->met.items[i])->by;
	qsort(by, s->met.n, sizeof(*by), by_number);
	for (size_t i = 0; i < s->met.n; i++)
		if (by[i] && (!kept || by[kept - 1] != by[i]))
			by[kept++] = by[i];
	*ret_by = by;
	*ret_n = kept;
	return p;
}

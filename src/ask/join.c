/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins sets that are the same but for one dimension, by sorting them with that dimension left
 * out, until a round over all dimensions joins nothing.
 */
#include "ask_private.h"

#include <stdlib.h>

#define ROUNDS_MAX 20
#define DIM_FAMILY UINT32_MAX /* not a dimension of the space: the families of a part */

const struct values *cube_values(const struct cube *c, uint32_t dim)
{
	for (uint32_t i = 0; i < c->n && c->v[i].dim <= dim; i++)
		if (c->v[i].dim == dim)
			return &c->v[i];
	return NULL;
}

const struct cube *cube_with(const struct cube *c, uint32_t dim, const struct values *v,
			     struct arena *a)
{
	struct cube *out = arena_alloc(a, sizeof(*out) + sizeof(struct values) * (c->n + 1));
	bool done = !v;
	for (uint32_t i = 0; i < c->n; i++) {
		if (!done && c->v[i].dim >= dim) {
			out->v[out->n++] = *v;
			done = true;
		}
		if (c->v[i].dim != dim)
			out->v[out->n++] = c->v[i];
	}
	if (!done)
		out->v[out->n++] = *v;
	return out;
}

/* ---- an order of parts, without one dimension ---- */

struct joining {
	const struct space *dims;
	struct arena *arena;
	uint32_t dim;
};

static int of_numbers(u128 x, u128 y)
{
	return x < y ? -1 : x > y;
}

static int of_values(const struct values *x, const struct values *y)
{
	int d = of_numbers(x->dim, y->dim);
	if (!d)
		d = of_numbers(x->n, y->n);
	if (x->r == y->r)
		return d;
	for (uint32_t i = 0; i < x->n && !d; i++) {
		d = of_numbers(x->r[i].lo, y->r[i].lo);
		if (!d)
			d = of_numbers(x->r[i].hi, y->r[i].hi);
	}
	return d;
}

bool values_same(const struct values *x, const struct values *y)
{
	return of_values(x, y) == 0;
}

static int of_cubes(const struct cube *x, const struct cube *y, uint32_t but)
{
	uint32_t i = 0, j = 0;
	for (;; i++, j++) {
		while (i < x->n && x->v[i].dim == but)
			i++;
		while (j < y->n && y->v[j].dim == but)
			j++;
		if (i >= x->n || j >= y->n)
			return (i < x->n) - (j < y->n);
		int d = of_values(&x->v[i], &y->v[j]);
		if (d)
			return d;
	}
}

bool cubes_same_but(const struct cube *x, const struct cube *y, uint32_t dim)
{
	return of_cubes(x, y, dim) == 0;
}

const struct cube *cube_joined(const struct cube *x, const struct cube *y, uint32_t dim,
			       struct arena *a)
{
	const struct values *vx = cube_values(x, dim), *vy = cube_values(y, dim);
	struct range *r = arena_new_array(a, struct range, vx->n + vy->n);
	memcpy(r, vx->r, vx->n * sizeof(*r));
	memcpy(r + vx->n, vy->r, vy->n * sizeof(*r));
	struct values v = { .dim = dim, .n = ranges_normalize(r, vx->n + vy->n), .r = r };
	return cube_with(x, dim, &v, a);
}

/* The next on the list that is not of this dimension. */
static const struct except *next_but(const struct except *e, uint32_t but)
{
	while (e && e->region.cube->v[0].dim == but)
		e = e->next;
	return e;
}

static int of_lists(const struct except *x, const struct except *y, uint32_t but)
{
	for (;; x = x->next, y = y->next) {
		x = next_but(x, but);
		y = next_but(y, but);
		if (!x || !y)
			return !!x - !!y;
		int d = of_values(&x->region.cube->v[0], &y->region.cube->v[0]);
		if (d)
			return d;
	}
}

static int of_verdicts(const struct verdict *x, const struct verdict *y)
{
	if (verdict_equal(x, y))
		return 0;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	size_t n = x->reject_with.n < y->reject_with.n ? x->reject_with.n : y->reject_with.n;
	int d = n ? memcmp(x->reject_with.p, y->reject_with.p, n) : 0;
	if (!d)
		d = of_numbers(x->reject_with.n, y->reject_with.n);
	if (!d)
		d = of_numbers(x->tcp_reset, y->tcp_reset);
	return d ? d : of_numbers((uintptr_t)x->program, (uintptr_t)y->program);
}

static int of_parts(const void *v, const void *w, void *context)
{
	const struct part *x = v, *y = w;
	const struct joining *j = context;
	int d = of_numbers(x->path, y->path);
	if (!d && j->dim != DIM_FAMILY)
		d = of_numbers(x->families, y->families);
	if (!d)
		d = of_verdicts(&x->verdict, &y->verdict);
	if (!d)
		d = of_cubes(x->set.cube, y->set.cube, j->dim);
	return d ? d : of_lists(x->set.lists[0], y->set.lists[0], j->dim);
}

/* ---- joining two ---- */

static bool is_without(const struct part *p, uint32_t dim)
{
	for (const struct except *e = p->set.lists[0]; e; e = e->next)
		if (e->region.cube->v[0].dim == dim)
			return true;
	return false;
}

/* The list without the entries of a dimension. */
static const struct except *list_but(const struct except *list, uint32_t dim, struct arena *a)
{
	struct region *r = arena_new_array(a, struct region, list ? list->n : 0);
	size_t n = 0;
	for (; list; list = list->next)
		if (list->region.cube->v[0].dim != dim)
			r[n++] = list->region;
	const struct except *out = NULL;
	while (n)
		out = except_add(a, out, &r[--n]);
	return out;
}

/* Has x just the values that y is without? */
static bool completes(const struct part *x, const struct part *y, uint32_t dim)
{
	const struct values *v = cube_values(x->set.cube, dim);
	unsigned n = 0;
	if (!v || cube_values(y->set.cube, dim) || is_without(x, dim))
		return false;
	for (const struct except *e = y->set.lists[0]; e; e = e->next)
		if (e->region.cube->v[0].dim == dim) {
			if (!values_same(&e->region.cube->v[0], v))
				return false;
			n++;
		}
	return n == 1;
}

static bool join_masks(struct joining *j, struct part *x, const struct part *y)
{
	const struct values *vx = cube_values(x->set.cube, j->dim),
			    *vy = cube_values(y->set.cube, j->dim);
	if (completes(x, y, j->dim) || completes(y, x, j->dim)) {
		x->set.cube = cube_with(x->set.cube, j->dim, NULL, j->arena);
		x->set.lists[0] = list_but(x->set.lists[0], j->dim, j->arena);
		return true;
	}
	if (!vx || !vy || is_without(x, j->dim) || is_without(y, j->dim) || vx->r->lo != vy->r->lo)
		return false;
	u128 differ = vx->r->hi ^ vy->r->hi;
	if (differ & (differ - 1))
		return false;
	struct range *r = arena_new_one(j->arena, struct range);
	*r = (struct range){ vx->r->lo & ~differ, vx->r->hi & ~differ };
	struct values v = { j->dim, 1, r };
	x->set.cube = cube_with(x->set.cube, j->dim, r->lo ? &v : NULL, j->arena);
	return true;
}

/* All of them are the same but for the ranges of the dimension. */
static void join_ranges(struct joining *j, struct part *x, const struct part *others, size_t n)
{
	VEC(struct range) all = { 0 };
	for (size_t i = 0; i <= n; i++) {
		const struct values *v = cube_values(i ? others[i - 1].set.cube : x->set.cube,
						     j->dim);
		for (uint32_t k = 0; v && k < v->n; k++)
			vec_push(j->arena, &all, v->r[k]);
	}
	FW_ASSERT(all.items); /* what differs in the dimension has values there */
	struct values v = { .dim = j->dim, .r = all.items };
	v.n = ranges_normalize(all.items, (uint32_t)all.n);
	bool whole = v.n == 1 && v.r->lo == 0 && v.r->hi == j->dims->items[j->dim].max;
	x->set.cube = cube_with(x->set.cube, j->dim, whole ? NULL : &v, j->arena);
}

static void add_place(struct joining *j, struct part *x, const struct ask_place *p)
{
	size_t at = x->places.n;
	vec_push(j->arena, &x->places, *p);
	for (; at && p->rule && x->places.items[at - 1].rule &&
	       x->places.items[at - 1].rule->span.off > p->rule->span.off;
	     at--)
		x->places.items[at] = x->places.items[at - 1];
	x->places.items[at] = *p;
}

static void add_places(struct joining *j, struct part *x, const struct part *y)
{
	for (size_t i = 0; i < y->places.n; i++) {
		bool known = false;
		for (size_t k = 0; k < x->places.n && !known; k++)
			known = x->places.items[k].rule == y->places.items[i].rule &&
				x->places.items[k].base == y->places.items[i].base;
		if (!known)
			add_place(j, x, &y->places.items[i]);
	}
	if (y->order < x->order)
		x->order = y->order;
}

/*
 * The same for a field that a packet may lack: nft's tests fail then, so a set of values and the
 * packets that lack the field are joined only if the set holds all values. Returns how many are
 * left.
 */
static size_t join_optional(struct joining *j, struct part *p, size_t n)
{
	size_t there = 0;
	for (size_t i = 0; i < n; i++)
		if (cube_values(p[i].set.cube, j->dim)->r[0].lo != FIELD_ABSENT) {
			struct part x = p[there];
			p[there++] = p[i];
			p[i] = x;
		}
	for (size_t i = 1; i < there; i++)
		add_places(j, p, &p[i]);
	if (there)
		join_ranges(j, p, p + 1, there - 1);
	if (!there || there == n) {
		for (size_t i = 1; !there && i < n; i++)
			add_places(j, p, &p[i]);
		return 1;
	}
	const struct values *v = cube_values(p->set.cube, j->dim);
	if (v->n != 1 || v->r->lo || v->r->hi != FIELD_OPTIONAL_MAX) {
		p[1] = p[there];
		for (size_t i = there + 1; i < n; i++)
			add_places(j, &p[1], &p[i]);
		return 2;
	}
	for (size_t i = there; i < n; i++)
		add_places(j, p, &p[i]);
	p->set.cube = cube_with(p->set.cube, j->dim, NULL, j->arena);
	return 1;
}

/* Joins the n parts, which are equal but for the dimension; returns how many are left. */
static size_t join_equal(struct joining *j, struct part *p, size_t n)
{
	if (n < 2)
		return n;
	if (j->dim >= FIELD_EXTRA && j->dim <= FIELD_EXTRA_LAST)
		return join_optional(j, p, n);
	bool masked = j->dim != DIM_FAMILY && j->dims->items[j->dim].kind == DIM_MASK;
	if (j->dim == DIM_FAMILY)
		for (size_t i = 1; i < n; i++)
			p->families |= p[i].families;
	else if (!masked)
		join_ranges(j, p, p + 1, n - 1);
	for (size_t i = 1; i < n && !masked; i++)
		add_places(j, p, &p[i]);
	if (!masked)
		return 1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (join_masks(j, &p[i], &p[k])) {
				add_places(j, &p[i], &p[k]);
				p[k] = p[--n];
				k = i;
			}
	return n;
}

/* Does the set have a test that IPv4 and IPv6 do not share? */
static bool is_of_family(const struct part *p)
{
	static const enum field of_one[] = { FIELD_IP_SADDR,  FIELD_IP_DADDR,  FIELD_IP6_SADDR,
					     FIELD_IP6_DADDR, FIELD_ICMP_TYPE, FIELD_ICMP_CODE,
					     FIELD_TTL,       FIELD_DSCP,      FIELD_FRAGMENT };
	for (unsigned i = 0; i < ARRAY_SIZE(of_one); i++)
		if (cube_values(p->set.cube, of_one[i]))
			return true;
	return false;
}

static bool can_join(const struct joining *j, const struct part *p, const struct part *next)
{
	if (j->dim == DIM_FAMILY && is_of_family(p))
		return false;
	if (j->dim != DIM_FAMILY && j->dims->items[j->dim].kind != DIM_MASK &&
	    (is_without(p, j->dim) || !cube_values(p->set.cube, j->dim) ||
	     !cube_values(next->set.cube, j->dim)))
		return false;
	return of_parts(p, next, (void *)(uintptr_t)j) == 0;
}

static bool join_dim(struct joining *j, struct parts *parts)
{
	size_t before = parts->n, n = 0;
	if (before < 2)
		return false;
	qsort_r(parts->items, parts->n, sizeof(*parts->items), of_parts, j);
	for (size_t i = 0; i < before;) {
		size_t end = i + 1;
		while (end < before && can_join(j, &parts->items[i], &parts->items[end]))
			end++;
		size_t left = join_equal(j, &parts->items[i], end - i);
		memmove(&parts->items[n], &parts->items[i], left * sizeof(*parts->items));
		n += left;
		i = end;
	}
	parts->n = n;
	return n < before;
}

static void find_dims(const struct space *dims, const struct parts *parts, bool *used)
{
	memset(used, 0, dims->n * sizeof(*used));
	for (size_t i = 0; i < parts->n; i++) {
		const struct cube *c = parts->items[i].set.cube;
		for (uint32_t k = 0; k < c->n; k++)
			used[c->v[k].dim] = true;
		for (const struct except *e = parts->items[i].set.lists[0]; e; e = e->next)
			used[e->region.cube->v[0].dim] = true;
	}
}

void parts_join(const struct space *dims, struct parts *parts, struct arena *a)
{
	struct joining j = { .dims = dims, .arena = a };
	bool *used = arena_new_array(a, bool, dims->n), some = true;
	for (unsigned round = 0; round < ROUNDS_MAX && some; round++) {
		some = false;
		find_dims(dims, parts, used);
		for (uint32_t d = (uint32_t)dims->n; d-- > 0;) {
			j.dim = d;
			if (used[d])
				some |= join_dim(&j, parts);
		}
		j.dim = DIM_FAMILY;
		some |= join_dim(&j, parts);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cubes and the value sets of their dimensions. */
#include <fwlint/pktset.h>

#include "values.h"

const struct cube cube_all = { 0 };

const struct cube *cube_one(struct arena *a, struct values v)
{
	struct cube *c = arena_alloc(a, sizeof(*c) + sizeof(struct values));
	c->n = 1;
	c->v[0] = v;
	return c;
}

/* ---- the values of one dimension ---- */

bool values_contain(const struct dim *d, const struct range *r, uint32_t n, u128 v)
{
	if (d->kind == DIM_MASK)
		return (v & r->lo) == r->hi;
	if (n < 8) {
		for (uint32_t i = 0; i < n; i++)
			if (v >= r[i].lo && v <= r[i].hi)
				return true;
		return false;
	}
	uint32_t lo = 0, hi = n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (v > r[mid].hi)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && v >= r[lo].lo;
}

bool values_disjoint(const struct dim *d, const struct range *x, uint32_t nx, const struct range *y,
		     uint32_t ny)
{
	if (d->kind == DIM_MASK)
		return ((x->hi ^ y->hi) & x->lo & y->lo) != 0;
	for (uint32_t i = 0, j = 0; i < nx && j < ny;) {
		if (x[i].hi < y[j].lo)
			i++;
		else if (y[j].hi < x[i].lo)
			j++;
		else
			return false;
	}
	return true;
}

bool values_subset(const struct dim *d, const struct range *x, uint32_t nx, const struct range *y,
		   uint32_t ny)
{
	if (d->kind == DIM_MASK)
		return (y->lo & ~x->lo) == 0 && ((x->hi ^ y->hi) & y->lo) == 0;
	for (uint32_t i = 0, j = 0; i < nx; i++) {
		while (j < ny && y[j].hi < x[i].lo)
			j++;
		if (j >= ny || x[i].lo < y[j].lo || x[i].hi > y[j].hi)
			return false;
	}
	return true;
}

struct values values_and(struct arena *a, const struct dim *d, struct values x, struct values y)
{
	struct values out = { x.dim, 0, NULL };
	if (d->kind == DIM_MASK) {
		if (values_disjoint(d, x.r, x.n, y.r, y.n))
			return out;
		struct range *m = arena_new_one(a, struct range);
		*m = (struct range){ x.r->lo | y.r->lo, x.r->hi | y.r->hi };
		return (struct values){ x.dim, 1, m };
	}
	struct range *r = arena_new_array(a, struct range, x.n + y.n);
	for (uint32_t i = 0, j = 0; i < x.n && j < y.n;) {
		u128 lo = x.r[i].lo > y.r[j].lo ? x.r[i].lo : y.r[j].lo;
		u128 hi = x.r[i].hi < y.r[j].hi ? x.r[i].hi : y.r[j].hi;
		if (lo <= hi)
			r[out.n++] = (struct range){ lo, hi };
		if (x.r[i].hi < y.r[j].hi)
			i++;
		else
			j++;
	}
	out.r = r;
	return out;
}

/* ---- one of the allowed values ---- */

u128 value_liked(const struct dim *d, const struct range *r, uint32_t n)
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

u128 value_beside(const struct range *r, uint32_t n, u128 v)
{
	uint32_t lo = 0, hi = n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (r[mid].hi < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n ? r[lo].lo : r[n - 1].hi;
}

/* ---- cubes ---- */

const struct cube *cube_and(const struct space *s, struct arena *a, const struct cube *x,
			    const struct cube *y)
{
	if (cube_disjoint(s, x, y))
		return NULL;
	if (!x->n)
		return y;
	if (!y->n)
		return x;
	struct cube *c = arena_alloc(a, sizeof(*c) + sizeof(struct values) * (x->n + y->n));
	for (uint32_t i = 0, j = 0; i < x->n || j < y->n;) {
		if (j >= y->n || (i < x->n && x->v[i].dim < y->v[j].dim)) {
			c->v[c->n++] = x->v[i++];
		} else if (i >= x->n || y->v[j].dim < x->v[i].dim) {
			c->v[c->n++] = y->v[j++];
		} else {
			const struct dim *d = &s->items[x->v[i].dim];
			const struct values *vx = &x->v[i++], *vy = &y->v[j++];
			c->v[c->n++] = values_subset(d, vx->r, vx->n, vy->r, vy->n) ? *vx
				       : values_subset(d, vy->r, vy->n, vx->r, vx->n)
					       ? *vy
					       : values_and(a, d, *vx, *vy);
		}
	}
	return c;
}

bool cube_disjoint(const struct space *s, const struct cube *x, const struct cube *y)
{
	for (uint32_t i = 0, j = 0; i < x->n && j < y->n;) {
		if (x->v[i].dim < y->v[j].dim) {
			i++;
		} else if (y->v[j].dim < x->v[i].dim) {
			j++;
		} else {
			const struct values *vx = &x->v[i++], *vy = &y->v[j++];
			if (values_disjoint(&s->items[vx->dim], vx->r, vx->n, vy->r, vy->n))
				return true;
		}
	}
	return false;
}

bool cube_subset(const struct space *s, const struct cube *x, const struct cube *y)
{
	uint32_t i = 0;
	for (uint32_t j = 0; j < y->n; j++) {
		const struct values *vy = &y->v[j];
		while (i < x->n && x->v[i].dim < vy->dim)
			i++;
		if (i >= x->n || x->v[i].dim != vy->dim)
			return false;
		if (!values_subset(&s->items[vy->dim], x->v[i].r, x->v[i].n, vy->r, vy->n))
			return false;
	}
	return true;
}

bool regions_apart(const struct space *space, const struct region *const *regions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!regions[i]->cube)
			return true;
		for (size_t k = 0; k < i; k++)
			if (cube_disjoint(space, regions[i]->cube, regions[k]->cube))
				return true;
	}
	return false;
}

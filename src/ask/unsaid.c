/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds for all packets of the question is left out of the words of a class. */
#include "ask_private.h"

bool matches_test(const struct match *m, uint32_t n, enum field f)
{
	for (uint32_t i = 0; i < n; i++) {
		if ((m[i].kind == MATCH_RANGES || m[i].kind == MATCH_MASK) && m[i].field == f)
			return true;
		if ((m[i].kind == MATCH_ANY || m[i].kind == MATCH_ALL) &&
		    matches_test(m[i].parts, m[i].n, f))
			return true;
	}
	return false;
}

/* Adds the values that no packet has here, if that takes no more ranges; false: it would. */
static bool widened(const struct dim *d, const struct values *v, const struct values *possible,
		    struct values *ret, struct arena *a)
{
	uint32_t n;
	const struct range *never = ranges_complement(a, possible->r, possible->n, d->max, &n);
	struct range *all = arena_new_array(a, struct range, v->n + n);
	memcpy(all, v->r, v->n * sizeof(*all));
	memcpy(all + v->n, never, n * sizeof(*all));
	*ret = (struct values){ v->dim, ranges_normalize(all, v->n + n), all };
	return n && ret->n <= v->n;
}

/* A masked test without the bits that are the same in every packet; NULL: none is left. */
static const struct values *bits_to_say(const struct values *v, const struct values *possible,
					struct arena *a)
{
	struct range *r = arena_new_one(a, struct range);
	struct values *ret = arena_new_one(a, struct values);
	r->lo = v->r->lo & ~possible->r->lo;
	r->hi = v->r->hi & r->lo;
	*ret = (struct values){ v->dim, 1, r };
	return r->lo ? ret : NULL;
}

static bool is_whole(const struct dim *d, const struct values *v)
{
	return v->n == 1 && v->r->lo == 0 && v->r->hi == d->max;
}

const struct cube *cube_to_say(const struct space *space, const struct rule *question,
			       const struct cube *unsaid, const struct cube *cube, struct arena *a)
{
	const struct dim *dims = space->items;
	const struct cube *out = cube;
	for (uint32_t i = 0; i < cube->n; i++) {
		const struct values *v = &cube->v[i], *b = cube_values(unsaid, v->dim);
		bool asked = v->dim < FIELD_EXTRA &&
			     matches_test(question->matches, question->n_matches, v->dim);
		if (!b)
			continue;
		struct values both = values_and(a, &dims[v->dim], *v, *b), wide;
		if (!asked && values_same(&both, b))
			out = cube_with(out, v->dim, NULL, a);
		else if (dims[v->dim].kind == DIM_MASK)
			out = cube_with(out, v->dim, bits_to_say(v, b, a), a);
		else if (dims[v->dim].kind == DIM_RANGES && v->dim < FIELD_EXTRA &&
			 widened(&dims[v->dim], v, b, &wide, a))
			out = cube_with(out, v->dim, is_whole(&dims[v->dim], &wide) ? NULL : &wide,
					a);
	}
	return out;
}

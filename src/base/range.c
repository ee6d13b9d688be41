/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of ranges: sorted, disjoint, not touching. */
#include <fwlint/base.h>

#include <stdlib.h>

const struct range *ranges_complement(struct arena *a, const struct range *r, uint32_t n, u128 max,
				      uint32_t *ret_n)
{
	struct range *out = arena_new_array(a, struct range, n + 1);
	uint32_t k = 0;
	u128 from = 0;
	bool open = true;
	for (uint32_t i = 0; i < n; i++) {
		if (r[i].lo > from)
			out[k++] = (struct range){ from, r[i].lo - 1 };
		if (r[i].hi >= max) {
			open = false;
			break;
		}
		from = r[i].hi + 1;
	}
	if (open)
		out[k++] = (struct range){ from, max };
	*ret_n = k;
	return out;
}

static int by_lo(const void *x, const void *y)
{
	const struct range *a = x, *b = y;
	return a->lo < b->lo ? -1 : a->lo > b->lo;
}

uint32_t ranges_normalize(struct range *r, uint32_t n)
{
	if (n < 2)
		return n;
	qsort(r, n, sizeof(*r), by_lo);
	uint32_t k = 0;
	for (uint32_t i = 1; i < n; i++) {
		if (r[k].hi == ~(u128)0 || r[i].lo <= r[k].hi + 1) {
			if (r[i].hi > r[k].hi)
				r[k].hi = r[i].hi;
		} else {
			r[++k] = r[i];
		}
	}
	return k + 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet-set structure that was not taken: disjoint cubes, subtracted
 * eagerly. Walks the longest chain of a file and prints how many cubes are
 * left after 1, 2, 4, 8 … rules, and how long it took, against the lists that
 * fwlint keeps (one node per rule, one search at the end).
 *
 * usage: eager FILE [SECONDS]
 */
#include <fwlint/dialect.h>
#include <fwlint/flow.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct arena *a;
static struct space *space;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Ranges only: the fields that such lists are made of. */
static const struct cube *rule_cube(const struct rule *r)
{
	const struct cube *c = &cube_all;
	for (uint32_t i = 0; i < r->n_matches && c; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_RANGES && !m->negate && m->n)
			c = cube_and(space, a, c, flow_cube_ranges(a, m->field, m->ranges, m->n));
	}
	return c;
}

struct cubes {
	const struct cube **items;
	size_t n, cap;
};

/* x minus y as disjoint cubes: dimension by dimension. */
static void subtract(struct cubes *out, const struct cube *x, const struct cube *y)
{
	if (cube_disjoint(space, x, y)) {
		vec_push(a, out, x);
		return;
	}
	for (uint32_t i = 0; i < y->n && x; i++) {
		const struct values *v = &y->v[i];
		uint32_t n;
		const struct range *r = ranges_complement(a, v->r, v->n, space->items[v->dim].max,
							  &n);
		const struct cube *outside = n ? cube_and(space, a, x,
							  cube_one(a,
								   (struct values){ v->dim, n, r }))
					       : NULL;
		if (outside)
			vec_push(a, out, outside);
		x = cube_and(space, a, x, cube_one(a, *v));
	}
}

int main(int argc, char **argv)
{
	static char buf[1 << 25];
	FILE *f = argc > 1 ? fopen(argv[1], "r") : NULL;
	double limit = argc > 2 ? atof(argv[2]) : 60;
	if (!f)
		return 2;
	size_t len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	a = arena_new();
	struct diags d = { .arena = a };
	struct ruleset *rs =
		dialect_find("iptables")->read(a, source_new(a, argv[1], buf, len), NULL, &d);
	const struct chain *longest = rs->chains[0];
	for (size_t i = 0; i < rs->n_chains; i++)
		if (rs->chains[i]->n > longest->n)
			longest = rs->chains[i];
	space = &flow_space_new(rs, a)->dims;

	struct cubes left = { 0 };
	struct region lazy = { .cube = &cube_all };
	vec_push(a, &left, &cube_all);
	double start = now();
	printf("%.*s: %zu rules\n%10s %12s %10s\n", STR_FMT(longest->name), longest->n, "rules",
	       "cubes", "seconds");
	for (size_t i = 0, show = 1; i < longest->n && now() - start < limit; i++) {
		const struct cube *c = rule_cube(longest->items[i]);
		struct cubes next = { 0 };
		for (size_t k = 0; k < left.n && c && c->n; k++)
			subtract(&next, left.items[k], c);
		if (c && c->n)
			left = next;
		if (i + 1 == show || i + 1 == longest->n) {
			printf("%10zu %12zu %10.3f\n", i + 1, left.n, now() - start);
			fflush(stdout);
			show *= 2;
		}
		if (left.n > 20000000)
			break;
	}
	start = now();
	for (size_t i = 0; i < longest->n; i++) {
		struct region r = { .cube = rule_cube(longest->items[i]) };
		if (r.cube && r.cube->n)
			lazy.lists[0] = except_add(a, lazy.lists[0], &r);
	}
	u128 *packet = arena_new_array(a, u128, space->n);
	const struct region *one = &lazy;
	enum pick p = region_pick(space, &one, 1, packet);
	printf("lists: all %zu rules and one search: %.3f seconds (%s)\n", longest->n,
	       now() - start,
	       p == PICK_FOUND   ? "a packet is left"
	       : p == PICK_EMPTY ? "empty"
				 : "gave up");
	arena_free(a);
	return 0;
}

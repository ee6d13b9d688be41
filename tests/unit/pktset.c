/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of packets against a count of all packets. The space is so small that each set can be kept a
 * second time as a table with a yes or no for each packet; the two are built by the same
 * operations.
 *
 * usage: pktset [COUNT [SEED]]
 */
#include "../../src/pktset/values.h"
#include "property.h"

#include <fwlint/pktset.h>

#include <stdio.h>
#include <stdlib.h>

#define PACKETS (40u * 8 * 6) /* of all values of the three dimensions */

static struct space space;
static struct arena *a;
static const u128 *all_packets[PACKETS];

#define CHECK(what) check((what), #what, __LINE__)

static uint64_t checks;

static void check(bool ok, const char *what, int line)
{
	checks++;
	if (ok)
		return;
	printf("FAILED, line %d: %s\n", line, what);
	exit(1);
}

struct model {
	struct pktset set;
	bool *in;
};

static void make_space(void)
{
	static const u128 ports[] = { 7, 39, 0, 39 }, bits[] = { 5 };
	space = (struct space){ .arena = a };
	space_add(&space, (struct dim){ .width = 6,
					.max = 39,
					.liked = ports + random_below(3),
					.n_liked = random_below(2),
					.cost = (unsigned char)random_below(3) });
	space_add(&space, (struct dim){ .width = 3,
					.max = 7,
					.kind = DIM_MASK,
					.liked = bits,
					.n_liked = random_below(2),
					.cost = (unsigned char)random_below(8) });
	space_add(&space,
		  (struct dim){ .width = 3, .max = 5, .cost = (unsigned char)random_below(8) });
	for (unsigned i = 0; i < PACKETS; i++) {
		u128 *p = arena_new_array(a, u128, 3);
		p[0] = i % 40;
		p[1] = i / 40 % 8;
		p[2] = i / 320;
		all_packets[i] = p;
	}
}

/* ---- the values of one dimension ---- */

/* Ranges as the library has them: sorted, not touching, and never all that there is. */
static struct values random_ranges(uint32_t dim)
{
	uint32_t max = (uint32_t)space.items[dim].max, most = chance(30) ? max / 2 : 3, n = 0,
		 at = random_below(4);
	struct range *r = arena_new_array(a, struct range, max / 2 + 2);
	while (at <= max && (!n || n < most)) {
		uint32_t end = at + (chance(60) ? 0 : random_below(max - at + 1));
		if (at == 0 && end == max)
			end--;
		r[n++] = (struct range){ at, end };
		at = end + 2 + (chance(60) ? 0 : random_below(5));
	}
	return (struct values){ dim, n, r };
}

static struct values random_mask(uint32_t dim)
{
	struct range *r = arena_new_one(a, struct range);
	r->lo = 1 + random_below(7);
	r->hi = random_below(8) & r->lo;
	return (struct values){ dim, 1, r };
}

static struct values random_values(uint32_t dim)
{
	return space.items[dim].kind == DIM_MASK ? random_mask(dim) : random_ranges(dim);
}

static bool is_value(const struct values *v, u128 value)
{
	if (space.items[v->dim].kind == DIM_MASK)
		return (value & v->r->lo) == v->r->hi;
	bool in = false;
	for (uint32_t i = 0; i < v->n; i++)
		in = in || (value >= v->r[i].lo && value <= v->r[i].hi);
	return in;
}

static void values_are_right(void)
{
	uint32_t dim = random_below(3);
	const struct dim *d = &space.items[dim];
	struct values x = random_values(dim), y = random_values(dim), both = values_and(a, d, x, y);
	bool apart = true, inside = true;
	for (u128 v = 0; v <= d->max; v++) {
		bool in_x = is_value(&x, v), in_y = is_value(&y, v);
		CHECK(values_contain(d, x.r, x.n, v) == in_x);
		CHECK((both.n && is_value(&both, v)) == (in_x && in_y));
		apart = apart && !(in_x && in_y);
		inside = inside && (!in_x || in_y);
	}
	CHECK(values_disjoint(d, x.r, x.n, y.r, y.n) == apart);
	CHECK(values_subset(d, x.r, x.n, y.r, y.n) == inside);
	CHECK(both.dim == dim && !both.n == apart);
	for (uint32_t i = 1; i < both.n && d->kind == DIM_RANGES; i++)
		CHECK(both.r[i - 1].hi + 1 < both.r[i].lo);
}

/* ---- cubes ---- */

static const struct cube *random_cube(void)
{
	const struct cube *c = &cube_all;
	for (uint32_t dim = 0; dim < 3; dim++)
		if (chance(60)) {
			const struct cube *one = cube_one(a, random_values(dim));
			c = chance(50) ? cube_and(&space, a, c, one) : cube_and(&space, a, one, c);
		}
	return c;
}

static bool in_cube(const struct cube *c, const u128 *p)
{
	bool in = true;
	for (uint32_t i = 0; i < c->n; i++)
		in = in && is_value(&c->v[i], p[c->v[i].dim]);
	return in;
}

static void cubes_are_right(void)
{
	const struct cube *x = random_cube(), *y = random_cube(), *both = cube_and(&space, a, x, y);
	bool apart = true, inside = true;
	for (unsigned i = 0; i < PACKETS; i++) {
		bool in_x = in_cube(x, all_packets[i]), in_y = in_cube(y, all_packets[i]);
		CHECK((both && in_cube(both, all_packets[i])) == (in_x && in_y));
		apart = apart && !(in_x && in_y);
		inside = inside && (!in_x || in_y);
	}
	CHECK(cube_disjoint(&space, x, y) == apart);
	CHECK(cube_disjoint(&space, y, x) == apart);
	CHECK(!both == apart);
	CHECK(cube_subset(&space, x, y) == inside);
	for (uint32_t i = 1; both && i < both->n; i++)
		CHECK(both->v[i - 1].dim < both->v[i].dim);
}

/* ---- sets ---- */

static struct model model_new(void)
{
	return (struct model){ .in = arena_new_array(a, bool, PACKETS) };
}

static struct model model_of_cube(void)
{
	struct model m = model_new();
	struct region r = { .cube = random_cube() };
	vec_push(a, &m.set, r);
	for (unsigned i = 0; i < PACKETS; i++)
		m.in[i] = in_cube(r.cube, all_packets[i]);
	return m;
}

static struct model combine(const struct model *x, const struct model *y, unsigned how)
{
	struct model m = model_new();
	m.set = how == 0   ? pktset_and(&space, a, &x->set, &y->set)
		: how == 1 ? pktset_or(a, &x->set, &y->set)
			   : pktset_minus(a, &x->set, &y->set);
	for (unsigned i = 0; i < PACKETS; i++)
		m.in[i] = how == 0   ? x->in[i] && y->in[i]
			  : how == 1 ? x->in[i] || y->in[i]
				     : x->in[i] && !y->in[i];
	return m;
}

/* Some lists of its regions move to another place, and some regions are empty ones. */
static void shuffle_lists(struct model *m)
{
	for (size_t i = 0; i < m->set.n; i++) {
		struct region *r = &m->set.items[i];
		unsigned k = random_below(REGION_LISTS);
		if (k != REGION_OWN && !r->lists[k]) {
			r->lists[k] = r->lists[REGION_OWN];
			r->lists[REGION_OWN] = NULL;
		}
	}
	struct region none = { .cube = NULL };
	if (chance(10))
		vec_push(a, &m->set, none);
}

/* x without y, by lists that are left out as they are. */
static struct model leave_out(const struct model *x, const struct model *y)
{
	struct model m = model_new();
	const struct except *list = NULL;
	for (size_t i = 0; i < y->set.n; i++)
		list = except_add(a, list, &y->set.items[i]);
	for (size_t i = 0; i < x->set.n; i++) {
		struct region r = x->set.items[i];
		region_leave_out(a, &r, list);
		vec_push(a, &m.set, r);
	}
	for (unsigned i = 0; i < PACKETS; i++)
		m.in[i] = x->in[i] && !y->in[i];
	return m;
}

static struct model random_set(unsigned depth)
{
	if (!depth || chance(10))
		return model_of_cube();
	struct model x = random_set(depth - 1), y = random_set(depth - 1);
	unsigned how = random_below(5);
	struct model m = how == 4 ? leave_out(&x, &y) : combine(&x, &y, how);
	shuffle_lists(&m);
	return m;
}

/* A cube without many small parts, which are alike or not: long lists get an index. */
static struct model random_long_set(void)
{
	struct model m = model_of_cube(), part[8];
	unsigned n = 60 + random_below(120), alike = chance(50) ? 8 : 0;
	for (unsigned i = 0; i < 8; i++)
		part[i] = random_set(random_below(3));
	for (unsigned i = 0; i < n; i++) {
		struct model one = alike && chance(40) ? part[random_below(8)]
						       : random_set(random_below(100) / 70);
		m = combine(&m, &one, 2);
		if (chance(2))
			shuffle_lists(&m);
	}
	return m;
}

static unsigned index_of(const u128 *p)
{
	CHECK(p[0] < 40 && p[1] < 8 && p[2] < 6);
	return (unsigned)(p[0] + p[1] * 40 + p[2] * 320);
}

static bool set_contains(const struct pktset *s, const u128 *p)
{
	for (size_t i = 0; i < s->n; i++)
		if (region_contains(&space, &s->items[i], p))
			return true;
	return false;
}

static void pick_is_right(const struct model *m)
{
	u128 p[3];
	bool empty = true;
	for (unsigned i = 0; i < PACKETS; i++) {
		CHECK(set_contains(&m->set, all_packets[i]) == m->in[i]);
		empty = empty && !m->in[i];
	}
	enum pick got = pktset_pick(&space, &m->set, p);
	CHECK(got == (empty ? PICK_EMPTY : PICK_FOUND));
	CHECK(empty || m->in[index_of(p)]);
}

static void subset_is_right(const struct model *x, const struct model *y)
{
	u128 p[3];
	bool inside = true;
	for (unsigned i = 0; i < PACKETS; i++)
		inside = inside && (!x->in[i] || y->in[i]);
	CHECK(pktset_subset(&space, &x->set, &y->set, p) == (inside ? PICK_EMPTY : PICK_FOUND));
	CHECK(inside || (x->in[index_of(p)] && !y->in[index_of(p)]));
}

/* Regions of any sets, all at once. */
static void common_packets_are_right(const struct model *x, const struct model *y)
{
	const struct region *two[2];
	u128 p[3];
	if (!x->set.n || !y->set.n)
		return;
	two[0] = &x->set.items[random_below((uint32_t)x->set.n)];
	two[1] = &y->set.items[random_below((uint32_t)y->set.n)];
	bool none = true, cubes_apart = true;
	for (unsigned i = 0; i < PACKETS; i++) {
		const u128 *at = all_packets[i];
		none = none && !(region_contains(&space, two[0], at) &&
				 region_contains(&space, two[1], at));
		cubes_apart = cubes_apart && !(two[0]->cube && in_cube(two[0]->cube, at) &&
					       two[1]->cube && in_cube(two[1]->cube, at));
	}
	CHECK(regions_apart(&space, two, 2) == cubes_apart);
	CHECK(region_pick(&space, two, 2, p) == (none ? PICK_EMPTY : PICK_FOUND));
	CHECK(none || (region_contains(&space, two[0], p) && region_contains(&space, two[1], p)));
}

struct taking {
	struct pieces pieces; /* first */
	const bool *wanted;
	bool *taken;
};

/* A piece around the packet, which may overlap others and go beyond what is wanted. */
static bool take_piece(struct pieces *p, const u128 *packet)
{
	struct taking *t = (struct taking *)p;
	struct region r = { .cube = &cube_all };
	unsigned at = index_of(packet);
	CHECK(t->wanted[at] && !t->taken[at]);
	for (uint32_t dim = 0; dim < 3; dim++) {
		struct range *one = arena_new_one(a, struct range);
		*one = (struct range){ dim == 1 ? 7 : packet[dim], packet[dim] };
		if (chance(60))
			r.cube = cube_and(&space, a, r.cube,
					  cube_one(a, (struct values){ dim, 1, one }));
	}
	p->found = except_add(a, p->found, &r);
	for (unsigned i = 0; i < PACKETS; i++)
		t->taken[i] = t->taken[i] || in_cube(r.cube, all_packets[i]);
	return true;
}

static bool take_none(struct pieces *p, const u128 *packet)
{
	struct taking *t = (struct taking *)p;
	CHECK(t->wanted[index_of(packet)]);
	return false;
}

/* Regions of any sets, piece by piece. */
static void pieces_are_right(const struct model *x, const struct model *y)
{
	if (!x->set.n || !y->set.n)
		return;
	const struct region *two[2] = { &x->set.items[random_below((uint32_t)x->set.n)],
					&y->set.items[random_below((uint32_t)y->set.n)] };
	bool *wanted = arena_new_array(a, bool, PACKETS), some = false;
	for (unsigned i = 0; i < PACKETS; i++) {
		wanted[i] = region_contains(&space, two[0], all_packets[i]) &&
			    region_contains(&space, two[1], all_packets[i]);
		some = some || wanted[i];
	}
	struct taking t = { .pieces = { .take = take_piece, .looks_max = 1000000000 },
			    .wanted = wanted,
			    .taken = arena_new_array(a, bool, PACKETS) };
	CHECK(region_pick_each(&space, two, 2, &t.pieces) == PICK_EMPTY);
	for (unsigned i = 0; i < PACKETS; i++)
		CHECK(!wanted[i] || t.taken[i]);
	t.pieces = (struct pieces){ .take = take_none, .looks_max = 1000000000 };
	CHECK(region_pick_each(&space, two, 2, &t.pieces) == (some ? PICK_FOUND : PICK_EMPTY));
}

/* What is left of a set without itself is not kept: sets stay small on long walks. */
static void nothing_is_kept_of_what_excepts_itself(void)
{
	struct model x = model_of_cube(), y = model_of_cube();
	struct model rest = combine(&x, &y, 2), none = combine(&rest, &y, 0);
	CHECK(none.set.n == 0);
	for (unsigned i = 0; i < PACKETS; i++)
		CHECK(!none.in[i]);
}

/* More lists than a region has room for. */
static void each_list_is_left_out(void)
{
	struct model m = model_of_cube();
	for (unsigned i = 0; i < REGION_LISTS + 2; i++) {
		struct model one = model_of_cube();
		m = leave_out(&m, &one);
		pick_is_right(&m);
	}
}

int main(int argc, char **argv)
{
	unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 300;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 20261128;
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(seed);
	for (unsigned round = 0; round < count; round++) {
		a = arena_new();
		make_space();
		for (unsigned i = 0; i < 20; i++)
			values_are_right();
		cubes_are_right();
		nothing_is_kept_of_what_excepts_itself();
		each_list_is_left_out();
		struct model x = random_set(1 + random_below(4)),
			     y = random_set(1 + random_below(3));
		struct model more = round % 4 ? combine(&x, &y, 2) : random_long_set();
		pick_is_right(&x);
		pick_is_right(&more);
		subset_is_right(&x, &y);
		subset_is_right(&x, &more);
		common_packets_are_right(&x, &more);
		pieces_are_right(&x, &more);
		arena_free(a);
	}
	printf("%u rounds, %llu answers are right\n", count, (unsigned long long)checks);
	return 0;
}

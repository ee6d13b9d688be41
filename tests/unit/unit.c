/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unit tests of the library, with Check. */
#include <fwlint/fix.h>

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- base ---- */

START_TEST(hash_finds_what_was_put)
{
	struct hash h;
	hash_init(&h, a);
	for (uintptr_t i = 1; i <= 5000; i++) {
		char *key = arena_printf(a, "key%lu", (unsigned long)i);
		hash_put(&h, str_from(key), (void *)i);
	}
	ck_assert_uint_eq(h.n, 5000);
	for (uintptr_t i = 1; i <= 5000; i++)
		ck_assert_ptr_eq(hash_get(&h,
					  str_from(arena_printf(a, "key%lu", (unsigned long)i))),
				 (void *)i);
	ck_assert_ptr_null(hash_get(&h, STR("key0")));
}
END_TEST

START_TEST(ranges_are_joined_and_complemented)
{
	struct range r[] = { { 20, 30 }, { 1, 5 }, { 6, 9 }, { 25, 40 } };
	uint32_t n = ranges_normalize(r, 4);
	ck_assert_uint_eq(n, 2);
	ck_assert(r[0].lo == 1 && r[0].hi == 9 && r[1].lo == 20 && r[1].hi == 40);
	uint32_t k;
	const struct range *c = ranges_complement(a, r, n, 100, &k);
	ck_assert_uint_eq(k, 3);
	ck_assert(c[0].lo == 0 && c[0].hi == 0 && c[1].lo == 10 && c[1].hi == 19 && c[2].lo == 41 &&
		  c[2].hi == 100);
	struct range all = { 0, ~(u128)0 };
	ranges_complement(a, &all, 1, ~(u128)0, &k);
	ck_assert_uint_eq(k, 0);
}
END_TEST

/* ---- source ---- */

START_TEST(positions_are_found)
{
	static const char text[] = "one\n\nthree\n";
	struct source *s = source_new(a, "x", text, sizeof(text) - 1);
	uint32_t line, col;
	ck_assert_uint_eq(s->items[0]->n_lines, 3);
	source_pos(s, 5, &line, &col);
	ck_assert(line == 3 && col == 1);
	source_pos(s, 3, &line, &col);
	ck_assert(line == 1 && col == 4);
	ck_assert(str_is(source_line(s, 5), "three"));
}
END_TEST

/* A long text with edits in many places: the diff turns the one into the other. */
START_TEST(diff_is_what_patch_applies)
{
	struct text t = { .arena = a };
	for (int i = 0; i < 60; i++)
		text_printf(&t, "line %d%s", i, i == 59 ? "" : "\n");
	struct source *s = source_new(a, "x", t.items, t.n);
	struct edits e = { .arena = a };
	static const unsigned after[] = { 40, 3, 4, 20, 59 };
	for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
		struct span line = source_line_span(s, s->items[0]->line_start[after[i]]);
		bool last = after[i] == 59;
		edits_add(&e, (struct span){ line.off + line.len, 0 },
			  last ? STR("\nnew") : STR("new\n"));
	}
	struct str diff = edits_diff(&e, s, a), edited = edits_apply(&e, s->items[0], a);
	char dir[] = "/tmp/fwlint-unit-XXXXXX";
	ck_assert_ptr_nonnull(mkdtemp(dir));
	FILE *f = fopen(arena_printf(a, "%s/x", dir), "w");
	fwrite(t.items, 1, t.n, f);
	fclose(f);
	f = popen(arena_printf(a, "patch -s %s/x", dir), "w");
	fwrite(diff.p, 1, diff.n, f);
	ck_assert_int_eq(pclose(f), 0);
	f = fopen(arena_printf(a, "%s/x", dir), "r");
	char *got = arena_alloc(a, edited.n + 100);
	size_t n = fread(got, 1, edited.n + 100, f);
	fclose(f);
	ck_assert(str_eq((struct str){ got, n }, edited));
	ck_assert_int_eq(system(arena_printf(a, "rm -r %s", dir)), 0);
}
END_TEST

/* ---- packet sets ---- */

static struct space space;

static const struct cube *ranges_cube(uint32_t dim, u128 lo, u128 hi)
{
	struct range *r = arena_new_one(a, struct range);
	*r = (struct range){ lo, hi };
	return cube_one(a, (struct values){ dim, 1, r });
}

static struct pktset set_of(const struct cube *c)
{
	struct pktset s = { 0 };
	struct region r = { .cube = c };
	vec_push(a, &s, r);
	return s;
}

static void two_dims(void)
{
	space = (struct space){ .arena = a };
	space_add(&space, (struct dim){ .width = 16, .max = 65535 });
	space_add(&space, (struct dim){ .width = 8, .max = 255, .kind = DIM_MASK });
}

/* Two exceptions with the same two below them, and so on: there are 2^100 ways down. */
START_TEST(a_search_in_exceptions_of_exceptions_gives_up)
{
	two_dims();
	u128 p[2];
	const struct except *list = NULL;
	for (unsigned i = 0; i < 200; i++) {
		struct region r = { .cube = &cube_all, .lists = { list } };
		list = except_add(a, except_add(a, NULL, &r), &r);
	}
	struct region all = { .cube = &cube_all, .lists = { list } };
	const struct region *one = &all;
	ck_assert_int_eq(region_pick(&space, &one, 1, p), PICK_GAVE_UP);
}
END_TEST

START_TEST(covering_a_set_piece_by_piece_empties_it)
{
	two_dims();
	struct pktset all = set_of(&cube_all);
	u128 p[2];
	for (unsigned i = 0; i < 256; i++) {
		ck_assert_int_eq(pktset_pick(&space, &all, p), PICK_FOUND);
		struct pktset piece = set_of(ranges_cube(0, i * 256, i * 256 + 255));
		all = pktset_minus(a, &all, &piece);
	}
	ck_assert_int_eq(pktset_pick(&space, &all, p), PICK_EMPTY);
}
END_TEST

/*
 * Each of many dimensions may not be 0, but for one, which has to be 0 (and another 7 then): a
 * search that goes on with what is not 0 there finds nothing, and has to come back to that choice.
 */
START_TEST(a_choice_of_any_depth_is_taken_back)
{
	enum { DIMS = 200 };
	space = (struct space){ .arena = a };
	for (unsigned i = 0; i <= DIMS; i++)
		space_add(&space, (struct dim){ .width = 8, .max = 255 });
	for (uint32_t k = 0; k < DIMS; k++) {
		struct region seven = { .cube = ranges_cube(DIMS, 7, 7) },
			      not_zero = { .cube = ranges_cube(k, 1, 255) };
		const struct except *list = except_add(a, NULL, &not_zero);
		for (uint32_t i = 0; i < DIMS; i++) {
			struct region zero = { .cube = ranges_cube(i, 0, 0) };
			if (i == k)
				zero.lists[0] = except_add(a, NULL, &seven);
			list = except_add(a, list, &zero);
		}
		struct region all = { .cube = &cube_all, .lists = { list } };
		const struct region *one = &all;
		u128 p[DIMS + 1];
		ck_assert_int_eq(region_pick(&space, &one, 1, p), PICK_FOUND);
		ck_assert(p[k] == 0 && p[DIMS] == 7 && p[k ? 0 : 1] != 0);
	}
}
END_TEST

START_TEST(masks_are_told_apart_bit_by_bit)
{
	two_dims();
	struct pktset all = set_of(&cube_all);
	u128 p[2];
	for (unsigned bits = 0; bits < 16; bits++) {
		ck_assert_int_eq(pktset_pick(&space, &all, p), PICK_FOUND);
		struct range *r = arena_new_one(a, struct range);
		*r = (struct range){ 0xf, bits };
		struct pktset piece = set_of(cube_one(a, (struct values){ 1, 1, r }));
		all = pktset_minus(a, &all, &piece);
	}
	ck_assert_int_eq(pktset_pick(&space, &all, p), PICK_EMPTY);
}
END_TEST

START_TEST(an_exception_of_an_exception_is_in_again)
{
	two_dims();
	struct pktset all = set_of(&cube_all), mid = set_of(ranges_cube(0, 10, 20)),
		      hole = set_of(ranges_cube(0, 15, 15));
	struct pktset ring = pktset_minus(a, &mid, &hole), rest = pktset_minus(a, &all, &ring);
	struct pktset inside = pktset_and(&space, a, &rest, &mid);
	u128 p[2];
	ck_assert_int_eq(pktset_pick(&space, &inside, p), PICK_FOUND);
	ck_assert(p[0] == 15);
	ck_assert_int_eq(pktset_subset(&space, &hole, &rest, p), PICK_EMPTY);
	ck_assert_int_eq(pktset_subset(&space, &mid, &rest, p), PICK_FOUND);
	ck_assert(p[0] != 15);
}
END_TEST

/* Of many pieces all but one are left out: the search looks at each, those of one value last. */
START_TEST(a_long_list_of_exceptions_is_asked_whole)
{
	enum { PIECES = 300 };
	two_dims();
	struct range *pieces = arena_new_array(a, struct range, PIECES);
	for (unsigned i = 0; i < PIECES; i++)
		pieces[i] = (struct range){ 4 * i, 4 * i + (i % 7 ? 2 : 0) };
	for (unsigned left = 0; left <= PIECES; left++) {
		struct region all = { .cube = cube_one(a, (struct values){ 0, PIECES, pieces }) };
		const struct region *one = &all;
		for (unsigned i = 0; i < PIECES; i++) {
			struct region r = { .cube = ranges_cube(0, pieces[i].lo, pieces[i].hi) };
			if (i != left)
				all.lists[0] = except_add(a, all.lists[0], &r);
		}
		u128 p[2];
		ck_assert_int_eq(region_pick(&space, &one, 1, p),
				 left < PIECES ? PICK_FOUND : PICK_EMPTY);
		ck_assert(left == PIECES || p[0] / 4 == left);
	}
}
END_TEST

START_TEST(a_cube_is_seen_inside_of_another)
{
	two_dims();
	const struct cube *wide = ranges_cube(0, 10, 20), *narrow = ranges_cube(0, 12, 20);
	struct range bit = { 1, 1 };
	const struct cube *masked = cube_one(a, (struct values){ 1, 1, &bit });
	const struct cube *both = cube_and(&space, a, narrow, masked);
	ck_assert(cube_subset(&space, narrow, wide) && !cube_subset(&space, wide, narrow));
	ck_assert(cube_subset(&space, wide, wide) && cube_subset(&space, wide, &cube_all));
	ck_assert(cube_subset(&space, both, wide) && cube_subset(&space, both, masked));
	ck_assert(!cube_subset(&space, narrow, masked) && !cube_subset(&space, wide, both));
	ck_assert(!cube_subset(&space, &cube_all, wide));
}
END_TEST

/* As long as there is a list that is free it becomes that of the region; then its nodes go to one.
 */
START_TEST(what_is_left_out_stays_out_however_often)
{
	two_dims();
	struct region r = { .cube = &cube_all };
	for (unsigned i = 0; i < 2 * REGION_LISTS; i++) {
		struct region piece = { .cube = ranges_cube(0, i, i) };
		region_leave_out(a, &r, except_add(a, NULL, &piece));
	}
	for (u128 v = 0; v <= 2 * REGION_LISTS; v++) {
		u128 p[2] = { v, 0 };
		ck_assert_int_eq(region_contains(&space, &r, p), v == 2 * REGION_LISTS);
	}
}
END_TEST

/* ---- the examples of the checks ---- */

/* The dialects report it, once, at its line. */
static void error_holds(const struct check *c, const struct example *e)
{
	const struct dialect *dialect = dialect_find(e->dialect);
	struct diags d = { .arena = a };
	uint32_t line, col;
	if (!dialect)
		return; /* of FW014, which is no ruleset: tests/errors.py */
	struct source *s = source_new(a, "example", e->bad, strlen(e->bad));
	dialect->read(a, s, NULL, &d);
	ck_assert_msg(d.n == 1, "%s: %zu errors", e->title, d.n);
	ck_assert_ptr_eq(check_of_error(d.items[0].code), c);
	source_pos(s, d.items[0].span.off, &line, &col);
	ck_assert_uint_eq(line, e->line);
	suite_read(e->dialect, e->good);
}

static void examples_hold(const struct check *c)
{
	struct selection only = { .select = c->id };
	const char *gave_up;
	ck_assert_uint_gt(c->n_examples, 0);
	for (size_t i = 0; i < c->n_examples; i++) {
		const struct example *e = &c->examples[i];
		if (c->error) {
			error_holds(c, e);
			continue;
		}
		struct ruleset *bad = suite_read(e->dialect, e->bad);
		struct findings found = check_run(bad, &only, a, &gave_up);
		uint32_t line, col;
		ck_assert_msg(found.n == 1, "%s: %zu findings", e->title, found.n);
		source_pos(bad->source, found.items[0].span.off, &line, &col);
		ck_assert_uint_eq(line, e->line);
		struct ruleset *good = suite_read(e->dialect, e->good);
		ck_assert_uint_eq(check_run(good, &only, a, &gave_up).n, 0);
		struct findings others = check_run(good, NULL, a, &gave_up);
		for (size_t k = 0; k < others.n;
		     k++) /* a reset stays one for lost connections (FW103) */
			ck_assert_msg(others.items[k].severity < SEV_ERROR, "%s: %s", e->title,
				      others.items[k].message);
		struct fix_plan plan = fix_plan_make(
			bad, &found, &only,
			&(struct fix_options){ .unsafe = e->unsafe, .tidy = e->tidy }, a);
		ck_assert_ptr_null(plan.failed);
		ck_assert_int_eq(plan.used.n == 0, e->by_hand || e->tidy);
		ck_assert_int_eq(plan.n_tidied != 0, e->tidy);
		ck_assert_msg(str_is(plan.texts[0], e->by_hand ? e->bad : e->good), "%.*s",
			      STR_FMT(plan.texts[0]));
	}
}

START_TEST(every_example_holds)
{
	for (size_t i = 0; check_list[i]; i++)
		examples_hold(check_list[i]);
}
END_TEST

START_TEST(every_check_is_documented)
{
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		ck_assert(c->id && c->name && c->since && c->finds && c->why && c->fix_safety);
		ck_assert_ptr_nonnull(c->references[0].text);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(check_list[k]->id, c->id);
	}
}
END_TEST

/* ---- the model ---- */

START_TEST(a_change_leaves_the_old_ruleset_as_it_was)
{
	struct ruleset *rs = suite_read("iptables", "*filter\n:c - [0:0]\n-A INPUT -j c\n-A c -j "
						    "DROP\nCOMMIT\n");
	const struct chain *c = rs->chains[0];
	struct rule drop = { .verdict = { .kind = VERDICT_DROP } };
	struct change change = { c, 0, &drop };
	const struct rule *added;
	struct ruleset *new = ruleset_apply(rs, &change, &added);
	ck_assert_uint_eq(c->n, 1);
	ck_assert_uint_eq(ruleset_chain(new, c)->n, 2);
	ck_assert_ptr_eq(ruleset_chain(new, c)->items[0], added);
	ck_assert_uint_eq(rule_number(new, c->items[0]), 2);
	ck_assert_uint_eq(rule_number(rs, c->items[0]), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hash_finds_what_was_put,
		ranges_are_joined_and_complemented,
		positions_are_found,
		diff_is_what_patch_applies,
		covering_a_set_piece_by_piece_empties_it,
		a_choice_of_any_depth_is_taken_back,
		a_long_list_of_exceptions_is_asked_whole,
		a_cube_is_seen_inside_of_another,
		masks_are_told_apart_bit_by_bit,
		an_exception_of_an_exception_is_in_again,
		what_is_left_out_stays_out_however_often,
		every_example_holds,
		every_check_is_documented,
		a_change_leaves_the_old_ruleset_as_it_was,
	};
	/* takes seconds: scripts/mutants.py leaves it out where it can */
	const TTest *const bounds[] = { a_search_in_exceptions_of_exceptions_gives_up };
	const struct suite_group groups[] = {
		{ "all", tests, ARRAY_SIZE(tests) },
		{ "bounds", bounds, ARRAY_SIZE(bounds) },
	};
	return suite_run_groups("fwlint", groups, ARRAY_SIZE(groups));
}

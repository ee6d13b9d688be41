/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule's matches as a packet set. Most rules are one cube, built in one go;
 * the others (negated masks, alternatives, fields written on the way) are intersected match by
 * match.
 */
#include "compile.h"

static uint32_t dim_of(const struct compile *c, enum field f)
{
	return c->view == VIEW_SAME ? (uint32_t)f : view_dim(c->space, c->view, f);
}

enum truth { NEVER, ALWAYS, DEPENDS };

static bool in_ranges(const struct range *r, uint32_t n, u128 v)
{
	for (uint32_t i = 0; i < n; i++)
		if (v >= r[i].lo && v <= r[i].hi)
			return true;
	return false;
}

static enum truth truth_of(bool b)
{
	return b ? ALWAYS : NEVER;
}

static enum truth match_known(const struct compile *c, const struct match *m)
{
	if (m->kind == MATCH_OPAQUE && c->is_foreign[m->opaque->is_local])
		return truth_of(m->negate);
	if (m->kind == MATCH_OPAQUE || m->kind == MATCH_ANY || m->kind == MATCH_ALL)
		return DEPENDS;
	if (m->field == FIELD_CT_STATE && c->no_state)
		return ALWAYS;
	if (m->no_template && c->before_conntrack)
		return truth_of(m->negate);
	if (m->no_template && c->templated)
		return DEPENDS;
	if (!c->is_known[m->field])
		return DEPENDS;
	u128 v = c->known[m->field];
	bool in = m->kind == MATCH_RANGES ? in_ranges(m->ranges, m->n, v)
					  : (v & m->mask->mask) == m->mask->value;
	return truth_of(in != m->negate);
}

/*
 * Without a conntrack entry there is no status either. Where the state is unknown, a test of the
 * status becomes two: for tracked packets, and for the others.
 */
static bool depends_on_tracking(const struct compile *c, const struct match *m)
{
	return m->kind == MATCH_MASK && m->field == FIELD_CT_STATUS && !c->is_known[FIELD_CT_STATE];
}

/*
 * The original values for these current types of an address: it was the host's (local) as it came,
 * and is now another host's (unicast).
 */
static struct values before_dnat(const struct compile *c, struct values v)
{
	struct range *out = arena_new_array(c->arena, struct range, v.n * 2 + 1);
	uint32_t n = 0;
	for (uint32_t i = 0; i < v.n; i++) {
		if (v.r[i].lo < ROUTE_LOCAL)
			out[n++] = (struct range){ v.r[i].lo, v.r[i].hi < ROUTE_LOCAL
								      ? v.r[i].hi
								      : ROUTE_LOCAL - 1 };
		if (v.r[i].hi > ROUTE_LOCAL)
			out[n++] = (struct range){ v.r[i].lo > ROUTE_LOCAL ? v.r[i].lo
									   : ROUTE_LOCAL + 1,
						   v.r[i].hi };
	}
	if (in_ranges(v.r, v.n, ROUTE_UNICAST))
		out[n++] = (struct range){ ROUTE_LOCAL, ROUTE_LOCAL };
	return (struct values){ v.dim, ranges_normalize(out, n), out };
}

/*
 * The original values for these current values of a field: the TTL of a forwarded packet was one
 * more. So it cannot have the largest value now.
 */
static struct values as_it_came(const struct compile *c, enum field f, const struct range *r,
				uint32_t n)
{
	struct values v = { dim_of(c, f), n, r };
	if (c->is_foreign[c->type_of[f]])
		return before_dnat(c, v);
	if (f != FIELD_TTL || !c->ttl_is_less)
		return v;
	struct range *out = arena_new_array(c->arena, struct range, n);
	u128 max = field_max(f);
	v.n = 0;
	for (uint32_t i = 0; i < n && r[i].lo < max; i++)
		out[v.n++] = (struct range){ r[i].lo + 1, r[i].hi < max ? r[i].hi + 1 : max };
	v.r = out;
	return v;
}

static const struct range range_false = { 0, 0 }, range_true = { 1, 1 };

/* The values of a match that is one test of one dimension; false: it is not such a match. */
static bool simple_values(const struct compile *c, const struct match *m, struct values *ret)
{
	switch (m->kind) {
	case MATCH_OPAQUE:
		*ret = (struct values){ answer_dim(c->space, c->bank, m->opaque), 1,
					m->negate ? &range_false : &range_true };
		return true;
	case MATCH_RANGES:
		if (c->writes[m->field] || (m->no_template && c->templated))
			return false;
		*ret = as_it_came(c, m->field, m->ranges, m->n);
		if (m->negate)
			ret->r = ranges_complement(c->arena, ret->r, ret->n, field_max(m->field),
						   &ret->n);
		return true;
	case MATCH_MASK:
		if (c->writes[m->field] || (m->negate && m->mask->mask) ||
		    depends_on_tracking(c, m))
			return false;
		struct range *r = arena_new_one(c->arena, struct range);
		*r = (struct range){ m->mask->mask, m->mask->value };
		*ret = (struct values){ dim_of(c, m->field), m->negate ? 0 : 1, r };
		return true;
	case MATCH_ANY:
	case MATCH_ALL: return false;
	}
	return false;
}

/* ---- the slow way: sets ---- */

/* Most sets are one region, and stay so: room for no more. */
static struct pktset set_of_region(struct arena *a, const struct region *r)
{
	struct region *one = arena_new_one(a, struct region);
	*one = *r;
	return (struct pktset){ one, 1, 1 };
}

static struct pktset set_of_cube(struct arena *a, const struct cube *cube)
{
	return set_of_region(a, &(struct region){ .cube = cube });
}

static struct pktset set_of_values(struct arena *a, struct values v)
{
	if (!v.n)
		return (struct pktset){ 0 };
	return set_of_cube(a, cube_one(a, v));
}

static struct pktset set_of_write(struct arena *a, const struct write *w)
{
	return set_of_region(a, &w->where);
}

/*
 * A test of a field that was written on the way splits into alternatives, one for each possible
 * origin of the value. `*room` counts down; at 0 the result is useless.
 */
#define ALTERNATIVES_MAX 64
#define TRANSLATIONS_MAX 4096 /* few of which are to an address or port that is asked for */

static struct pktset masked(const struct compile *c, enum field f, const struct write *w, u128 mask,
			    u128 value, unsigned *room);

#define SETS_OF_BITS_MAX 8 /* rulesets write few different ones */

void write_link(struct write *w, struct arena *a)
{
	const struct write *older = w->older, *list[SETS_OF_BITS_MAX];
	uint32_t n = 0;
	w->touched = w->mask | w->value | mark_shifted(w->from_mask, w->shift);
	if (!older)
		return;
	w->serial = older->serial + 1;
	list[n++] = older;
	for (uint32_t i = 0; i < older->n_before; i++) {
		if (older->before[i]->touched == older->touched)
			continue;
		if (n == SETS_OF_BITS_MAX)
			return;
		list[n++] = older->before[i];
	}
	if (older->older && !older->before)
		return;
	const struct write **before = arena_new_array(a, const struct write *, n);
	memcpy(before, list, n * sizeof(*list));
	w->before = before;
	w->n_before = n;
}

/* The newest of the writes from `w` on that touched one of these bits; NULL: none. */
static const struct write *last_touching(const struct write *w, u128 bits)
{
	const struct write *last = NULL;
	while (w && !(w->touched & bits) && !w->before)
		w = w->older;
	if (!w || (w->touched & bits))
		return w;
	for (uint32_t i = 0; i < w->n_before; i++)
		if ((w->before[i]->touched & bits) &&
		    (!last || w->before[i]->serial > last->serial))
			last = w->before[i];
	return last;
}

/* The packets for which the copied bits of a mask have these values; *room 0: unknown. */
static struct pktset copied(const struct compile *c, const struct write *w, u128 mask, u128 value,
			    unsigned *room)
{
	u128 bits = mark_shifted(w->from_mask, w->shift) & mask;
	if (bits & ~w->mask) /* xored with what is kept */
		*room = 0;
	if ((value & mask & ~bits) || !*room)
		return (struct pktset){ 0 };
	return masked(c, w->from, w->from_writes, mark_shifted(bits, -w->shift),
		      mark_shifted(value & bits, -w->shift), room);
}

static struct pktset masked(const struct compile *c, enum field f, const struct write *w, u128 mask,
			    u128 value, unsigned *room)
{
	struct arena *a = c->arena;
	w = last_touching(w, mask);
	if (!*room)
		return (struct pktset){ 0 };
	--*room;
	if (!mask)
		return set_of_cube(a, &cube_all);
	if (!w) {
		struct range *r = arena_new_one(a, struct range);
		*r = (struct range){ mask, value };
		return set_of_values(a, (struct values){ dim_of(c, f), 1, r });
	}
	u128 written = mask & w->mask, kept = mask & ~w->mask;
	struct pktset hit = set_of_write(a, w);
	if (w->fresh) {
		struct range *r = arena_new_one(a, struct range);
		*r = (struct range){ written, value & written };
		struct pktset bits = set_of_values(a, (struct values){ w->fresh, 1, r });
		if (written)
			hit = pktset_and(&c->space->dims, a, &hit, &bits);
	} else if (w->from_mask) {
		u128 all = written | (mask & mark_shifted(w->from_mask, w->shift));
		struct pktset bits = copied(c, w, all, (value ^ w->value) & all, room);
		hit = pktset_and(&c->space->dims, a, &hit, &bits);
	} else if ((w->value & written) != (value & written)) {
		hit = (struct pktset){ 0 };
	}
	if (hit.n) {
		struct pktset rest = masked(c, f, w->older, kept, (value ^ w->value) & kept, room);
		hit = pktset_and(&c->space->dims, a, &hit, &rest);
	}
	struct pktset where = set_of_write(a, w);
	struct pktset older = masked(c, f, w->older, mask, value, room);
	struct pktset miss = pktset_minus(a, &older, &where);
	if (hit.n + miss.n > ALTERNATIVES_MAX)
		*room = 0;
	return *room ? pktset_or(a, &hit, &miss) : (struct pktset){ 0 };
}

/*
 * The numbers that give a value in these ranges: a number in `within` stays as it is, any other
 * becomes the first of `within`.
 */
static struct values picked_values(const struct compile *c, enum field f,
				   const struct range *within, const struct range *r, uint32_t n)
{
	u128 max = field_max(f);
	struct range *out = arena_new_array(c->arena, struct range, n + 2);
	uint32_t count = 0;
	for (uint32_t i = 0; i < n; i++) {
		u128 lo = r[i].lo > within->lo ? r[i].lo : within->lo,
		     hi = r[i].hi < within->hi ? r[i].hi : within->hi;
		if (lo <= hi)
			out[count++] = (struct range){ lo, hi };
	}
	if (in_ranges(r, n, within->lo)) {
		if (within->lo)
			out[count++] = (struct range){ 0, within->lo - 1 };
		if (within->hi < max)
			out[count++] = (struct range){ within->hi + 1, max };
	}
	return (struct values){ 0, ranges_normalize(out, count), out };
}

/* Fields that are tested by ranges are always written as a whole. */
static struct pktset ranged(const struct compile *c, enum field f, const struct write *w,
			    const struct range *r, uint32_t n, unsigned *room)
{
	struct arena *a = c->arena;
	if (!*room)
		return (struct pktset){ 0 };
	--*room;
	if (!w)
		return set_of_values(a, as_it_came(c, f, r, n));
	struct pktset hit = { 0 };
	struct values written = { 0, n, r };
	if (w->before_forward)
		written = as_it_came(c, f, r, n);
	if (w->fresh) {
		struct pktset where = set_of_write(a, w);
		if (w->within.hi)
			written = picked_values(c, f, &w->within, r, n);
		written.dim = w->fresh;
		struct pktset bits = set_of_values(a, written);
		hit = pktset_and(&c->space->dims, a, &where, &bits);
	} else if (in_ranges(written.r, written.n, w->value)) {
		hit = set_of_write(a, w);
	}
	struct pktset where = set_of_write(a, w);
	struct pktset older = ranged(c, f, w->older, r, n, room);
	struct pktset miss = pktset_minus(a, &older, &where);
	return pktset_or(a, &hit, &miss);
}

static struct pktset now_in_ranges(const struct compile *c, const struct match *m, unsigned *room)
{
	struct arena *a = c->arena;
	struct pktset s = c->is_known[m->field]
				  ? (in_ranges(m->ranges, m->n, c->known[m->field])
					     ? set_of_cube(a, &cube_all)
					     : (struct pktset){ 0 })
				  : ranged(c, m->field, c->writes[m->field], m->ranges, m->n, room);
	for (const struct except *x = m->no_template ? c->templated : NULL; x; x = x->next) {
		struct pktset one = { 0 };
		vec_push(a, &one, x->region);
		s = pktset_minus(a, &s, &one);
	}
	return s;
}

/* Any answer is possible: a variable of its own. */
static struct pktset unknown_answer(const struct compile *c)
{
	uint32_t dim = space_add(&c->space->dims, (struct dim){ .width = 1, .max = 1, .cost = 6 });
	if (c->approximated)
		*c->approximated = true;
	return set_of_values(c->arena, (struct values){ dim, 1, &range_true });
}

/*
 * Each value of a list is one alternative; a written field may add one more, which does not matter.
 */
static uint32_t most_alternatives(const struct match *m)
{
	return ALTERNATIVES_MAX + (m->kind == MATCH_ANY ? 2 * m->n : 0);
}

static struct pktset match_set(const struct compile *c, const struct match *m)
{
	struct arena *a = c->arena;
	enum truth t = match_known(c, m);
	struct values v;
	unsigned room = ALTERNATIVES_MAX;
	if (c->translates && m->kind == MATCH_RANGES &&
	    field_table[m->field].part == PART_DESTINATION)
		room = TRANSLATIONS_MAX;
	if (t != DEPENDS)
		return t == ALWAYS ? set_of_cube(a, &cube_all) : (struct pktset){ 0 };
	if (simple_values(c, m, &v))
		return set_of_values(a, v);
	struct pktset s = { 0 };
	if (m->kind == MATCH_ANY) {
		for (uint32_t i = 0; i < m->n; i++) {
			/* Disjoint, because no packet may walk a chain twice for one jump. */
			struct pktset one = match_set(c, &m->parts[i]);
			if (s.n > most_alternatives(m))
				return unknown_answer(c);
			one = pktset_minus(a, &one, &s);
			s = pktset_or(a, &s, &one);
		}
	} else if (m->kind == MATCH_ALL) {
		s = set_of_cube(a, &cube_all);
		for (uint32_t i = 0; i < m->n; i++) {
			struct pktset one = match_set(c, &m->parts[i]);
			s = pktset_and(&c->space->dims, a, &s, &one);
		}
	} else if (depends_on_tracking(c, m)) {
		static const struct range tracked[] = { { CT_STATE_NEW, CT_STATE_RELATED } };
		static const struct range untracked[] = { { CT_STATE_INVALID,
							    CT_STATE_UNTRACKED } };
		const struct write *w = c->writes[FIELD_CT_STATE];
		struct pktset with = ranged(c, FIELD_CT_STATE, w, tracked, 1, &room);
		struct pktset bits = masked(c, m->field, c->writes[m->field], m->mask->mask,
					    m->mask->value, &room);
		s = pktset_and(&c->space->dims, a, &with, &bits);
		if (m->mask->value == 0) {
			struct pktset without = ranged(c, FIELD_CT_STATE, w, untracked, 1, &room);
			s = pktset_or(a, &s, &without);
		}
	} else if (m->kind == MATCH_MASK) {
		s = masked(c, m->field, c->writes[m->field], m->mask->mask, m->mask->value, &room);
	} else {
		s = now_in_ranges(c, m, &room);
	}
	if (!room)
		return unknown_answer(c);
	if (!m->negate)
		return s;
	struct pktset all = set_of_cube(a, &cube_all);
	return pktset_minus(a, &all, &s);
}

/* ---- the rule ---- */

/* Inserts by dimension; two tests of one dimension are intersected. */
static bool cube_insert(const struct compile *c, struct cube *cube, struct values v)
{
	uint32_t i = cube->n;
	while (i > 0 && cube->v[i - 1].dim >= v.dim)
		i--;
	if (i < cube->n && cube->v[i].dim == v.dim) {
		cube->v[i] = values_and(c->arena, &c->space->dims.items[v.dim], cube->v[i], v);
		return cube->v[i].n > 0;
	}
	memmove(&cube->v[i + 1], &cube->v[i], (cube->n - i) * sizeof(v));
	cube->v[i] = v;
	cube->n++;
	return v.n > 0;
}

bool compile_rule(const struct compile *c, const struct rule *r, struct pktset *ret)
{
	struct arena *a = c->arena;
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (match_known(c, &r->matches[i]) == NEVER)
			return false;
	struct cube *cube = arena_alloc(a,
					sizeof(*cube) + sizeof(struct values) * (r->n_matches + 1));
	bool all_simple = true;
	if (r->needs_whole && !c->is_known[FIELD_FRAGMENT])
		cube_insert(c, cube, (struct values){ dim_of(c, FIELD_FRAGMENT), 1, &range_false });
	for (uint32_t i = 0; i < r->n_matches; i++) {
		struct values v;
		if (match_known(c, &r->matches[i]) == ALWAYS)
			continue;
		if (!simple_values(c, &r->matches[i], &v))
			all_simple = false;
		else if (!cube_insert(c, cube, v))
			return false;
	}
	struct pktset set = set_of_cube(a, cube);
	for (uint32_t i = 0; i < r->n_matches && set.n && !all_simple; i++) {
		struct values v;
		if (simple_values(c, &r->matches[i], &v))
			continue;
		struct pktset one = match_set(c, &r->matches[i]);
		set = pktset_and(&c->space->dims, a, &set, &one);
		if (set.n <= most_alternatives(&r->matches[i]))
			continue;
		struct pktset simple = set_of_cube(a, cube), unknown = unknown_answer(c);
		set = pktset_and(&c->space->dims, a, &simple, &unknown);
		break;
	}
	if (!set.n)
		return false;
	*ret = set;
	return true;
}

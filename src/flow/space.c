/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dimensions of a ruleset, and from a point back to a packet. */
#include "compile.h"

#define COST_VARIABLE 6

/* A rule writes at most one unknown value. */
static const struct statement *unknown_write(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_statements; i++)
		if (r->statements[i].kind == STMT_WRITE && r->statements[i].unknown)
			return &r->statements[i];
	return NULL;
}

/* Dimensions for the unknown values that the rules of a ruleset write. */
static void add_fresh(struct flow_space *s, const struct ruleset *rs, uint32_t *fresh,
		      const struct ruleset_pair *pair)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t j = 0; j < rs->chains[i]->n; j++) {
			const struct rule *r = rs->chains[i]->items[j];
			const struct statement *st = unknown_write(r);
			if (!st)
				continue;
			if (pair && pair_has_counterpart(pair, r) &&
			    fresh[pair->counterpart[r->id]])
				fresh[r->id] = fresh[pair->counterpart[r->id]];
			else
				fresh[r->id] = space_add(&s->dims, s->dims.items[st->field]);
		}
}

/*
 * What all searches of an input may cost together, in looks at regions, so that where they give up
 * does not depend on the machine. Lists of 10^5 rules take a thousandth of it.
 */
#define WORK_MAX 200000000u
#define WORK_PER_RULE 20000u

static struct flow_space *space_of(const struct ruleset *rs, const struct ruleset_pair *pair,
				   struct arena *a)
{
	struct flow_space *s = arena_new_one(a, struct flow_space);
	s->dims.arena = a;
	s->pair = pair;
	s->n_rules = pair ? pair->new->n_rules : rs->n_rules;
	s->dims.work_max = WORK_MAX + WORK_PER_RULE * (uint64_t)rs->n_rules;
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		const struct field_info *info = &field_table[f];
		struct dim d = {
			.width = (unsigned char)info->width,
			.kind = info->masked ? DIM_MASK : DIM_RANGES,
			.cost = info->cost,
			.max = field_max((enum field)f),
			.liked = info->liked,
			.n_liked = info->n_liked,
		};
		space_add(&s->dims, d);
	}
	for (unsigned bank = 0; bank < FLOW_BANKS; bank++) {
		s->var_dim[bank] = (uint32_t)s->dims.n;
		for (size_t i = 0; i < rs->n_vars; i++)
			space_add(&s->dims,
				  (struct dim){ .width = 1, .max = 1, .cost = COST_VARIABLE });
	}
	uint32_t n = pair ? pair->new->n_rules : rs->n_rules;
	uint32_t *fresh = arena_new_array(a, uint32_t, n);
	size_t before = s->dims.n;
	add_fresh(s, rs, fresh, NULL);
	if (pair)
		add_fresh(s, pair->new, fresh, pair);
	s->fresh_dim = fresh;
	s->n_fresh = s->dims.n > before ? n : 0;
	return s;
}

struct flow_space *flow_space_new(const struct ruleset *rs, struct arena *a)
{
	return space_of(rs, NULL, a);
}

struct flow_space *flow_space_new_pair(const struct ruleset_pair *p, struct arena *a)
{
	return space_of(p->old, p, a);
}

/* ---- views ---- */

uint32_t answer_dim(const struct flow_space *s, enum flow_bank bank, const struct opaque *o)
{
	/* the live segments and the INVALID ones are of one connection */
	if (bank == BANK_ESTABLISHED && o->of_connection)
		bank = BANK_PLAIN;
	return s->var_dim[bank] + o->var;
}

static bool is_of(enum field f, enum field_part part)
{
	return field_table[f].part == part;
}

/* One more dimension for each field: for a packet other than the one that the sets describe. */
static uint32_t another(struct flow_space *s, uint32_t *first, enum field f)
{
	if (!*first) {
		*first = (uint32_t)s->dims.n;
		for (unsigned i = 0; i < FIELD_COUNT; i++)
			space_add(&s->dims, s->dims.items[i]);
	}
	return *first + f;
}

static uint32_t shadow(struct flow_space *s, enum field f)
{
	return another(s, &s->shadow_dim, f);
}

/* The same for the fields of one part only; `f` is one of them. */
static uint32_t another_of_part(struct flow_space *s, uint32_t *first, enum field f)
{
	uint32_t place = 0;
	bool is_new = !*first;
	if (is_new)
		*first = (uint32_t)s->dims.n;
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (is_of((enum field)i, field_table[f].part)) {
			place += i < (unsigned)f;
			if (is_new)
				space_add(&s->dims, s->dims.items[i]);
		}
	return *first + place;
}

/* What the conntrack entry of a packet holds, which a packet of another state does not have. */
static uint32_t with_entry(struct flow_space *s, enum field f)
{
	return is_of(f, PART_ENTRY) ? another_of_part(s, &s->entry_dim, f) : (uint32_t)f;
}

static uint32_t translated(struct flow_space *s, enum field f)
{
	if (is_of(f, PART_DESTINATION) || f == FIELD_OIFNAME)
		return shadow(s, field_table[f].swapped);
	if (is_of(f, PART_ANYTHING)) /* a value that depends on the destination may change with the
					translation */
		return another_of_part(s, &s->translated_dim, f);
	return with_entry(s, f);
}

static uint32_t of_reset(struct flow_space *s, enum view view, enum field f)
{
	if (is_of(f, PART_CONNECTION))
		return f;
	if (field_is_of_end(f) || (f == FIELD_OIFNAME && view == VIEW_RESET))
		return field_table[f].swapped;
	return another(s, &s->reset_dim, f);
}

uint32_t view_dim(struct flow_space *s, enum view view, enum field f)
{
	if (view == VIEW_RESET || view == VIEW_RESET_TO_SELF)
		return of_reset(s, view, f);
	bool opens = view == VIEW_OPENS || view == VIEW_OPENS_SNAT;
	if (view == VIEW_SAME || is_of(f, PART_CONNECTION) || f == FIELD_FRAGMENT ||
	    (f == FIELD_TCP_FLAGS && !opens))
		return f;
	if (view == VIEW_WITH_ENTRY)
		return with_entry(s, f);
	if (view == VIEW_TRANSLATED)
		return translated(s, f);
	if (view == VIEW_OPENS)
		return field_is_of_end(f) || f == FIELD_IIFNAME ? (uint32_t)f : shadow(s, f);
	enum field other = field_table[f].swapped;
	bool both = view == VIEW_REPLY_OF_BOTH,
	     changed = ((view == VIEW_REPLY_OF_DNAT || both) && is_of(f, PART_DESTINATION)) ||
		       ((view == VIEW_REPLY_OF_SNAT || both || opens) &&
			(is_of(f, PART_SOURCE) || f == FIELD_IIFNAME));
	return other != f && !changed ? (uint32_t)other : shadow(s, f);
}

/* The packet before the translation; its conntrack entry is the same. */
static const u128 *untranslated(const u128 *point, const struct packet *p, struct arena *a)
{
	u128 *v = arena_new_array(a, u128, FIELD_COUNT);
	memcpy(v, point, sizeof(*v) * FIELD_COUNT);
	v[FIELD_NFPROTO] = p->v[FIELD_NFPROTO];
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (is_of((enum field)i, PART_ENTRY))
			v[i] = p->v[i];
	return v;
}

struct packet flow_packet(const struct flow *f, const u128 *point, struct arena *a)
{
	const struct flow_space *s = f->space;
	struct packet p = { .n_answers = f->ruleset->n_vars, .n_fresh = s->n_fresh };
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		p.v[i] = point[view_dim(f->space, f->options.view, (enum field)i)];
	p.v[FIELD_NFPROTO] = f->options.family;
	if (f->options.view == VIEW_TRANSLATED)
		p.untranslated = untranslated(point, &p, a);
	if (f->options.state != STATE_EVERY)
		p.v[FIELD_CT_STATE] = (u128)f->options.state;
	enum path direction = path_direction(f->options.path);
	if (direction == PATH_INPUT)
		p.v[FIELD_OIFNAME] = 0;
	if (direction == PATH_OUTPUT)
		p.v[FIELD_IIFNAME] = 0;
	bool *answers = arena_new_array(a, bool, p.n_answers);
	for (size_t i = 0; i < p.n_answers; i++)
		answers[i] = point[answer_dim(s, f->options.bank, f->ruleset->vars[i])] != 0;
	u128 *fresh = arena_new_array(a, u128, p.n_fresh);
	for (size_t i = 0; i < p.n_fresh; i++)
		fresh[i] = s->fresh_dim[i] ? point[s->fresh_dim[i]] : 0;
	p.answers = answers;
	p.fresh = fresh;
	if (!f->options.translates)
		return p;
	p.n_picks = s->n_rules;
	struct nat_pick *picks = arena_new_array(a, struct nat_pick, p.n_picks + 1);
	for (size_t i = 0; i < s->picks.n; i++) {
		const struct flow_pick_dims *d = &s->picks.items[i];
		if (d->family == f->options.family)
			picks[d->rule] = (struct nat_pick){ point[d->address], point[d->port] };
	}
	p.picks = picks;
	return p;
}

/* ---- a packet for people ---- */

static bool all_contain(const struct space *s, const struct region *const *regions, size_t n,
			const u128 *point)
{
	for (size_t i = 0; i < n; i++)
		if (!region_contains(s, regions[i], point))
			return false;
	return true;
}

/* A plausible interface name: the printable beginning, and a digit. */
static bool plain_name(u128 v, char digit, u128 *ret)
{
	u128 out = 0;
	for (int shift = 120; shift > 8; shift -= 8) {
		unsigned char c = (unsigned char)(v >> shift);
		if (!c)
			return false;
		if (c <= ' ' || c > '~' || c == '/') {
			*ret = out | (u128)(unsigned char)digit << shift;
			return true;
		}
		out |= (u128)c << shift;
	}
	return false;
}

/* A name with the same beginning. */
static void make_plain_name(const struct space *s, const struct region *const *regions, size_t n,
			    u128 *point, unsigned f)
{
	u128 plain, was = point[f];
	for (char digit = '0'; digit <= '9' && plain_name(was, digit, &plain); digit++) {
		point[f] = plain;
		if (all_contain(s, regions, n, point))
			return;
		point[f] = was;
	}
}

static void make_plain_number(const struct space *s, const struct region *const *regions, size_t n,
			      u128 *point, unsigned f)
{
	static const u128 numbers[] = { 1, 0, 1000, 65535 };
	u128 was = point[f];
	for (unsigned i = 0; i < ARRAY_SIZE(numbers) && was > UINT32_MAX && was != FIELD_ABSENT;
	     i++) {
		point[f] = numbers[i];
		if (all_contain(s, regions, n, point))
			return;
		point[f] = was;
	}
}

/* The second address of the widest net around it: a host of a net, not its middle. */
static void make_plain_address(const struct space *s, const struct region *const *regions, size_t n,
			       u128 *point, unsigned f)
{
	unsigned width = field_table[f].width, step = width / 8;
	u128 was = point[f], max = field_max((enum field)f);
	for (unsigned i = 0; i < field_table[f].n_liked; i++)
		if (was == field_table[f].liked[i])
			return;
	for (unsigned host = width - step; host > 1; host -= step / 2) {
		u128 net = max << host & max;
		point[f] = (was & net) | 2;
		if (all_contain(s, regions, n, point))
			return;
	}
	point[f] = was;
}

/* The search takes values from the middle of wide ranges; there may be better-looking ones. */
static void make_plain(const struct space *s, const struct region *const *regions, size_t n,
		       u128 *point)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (field_table[f].format == FORMAT_IFNAME)
			make_plain_name(s, regions, n, point, f);
		else if (field_table[f].format == FORMAT_ADDR4 ||
			 field_table[f].format == FORMAT_ADDR6)
			make_plain_address(s, regions, n, point, f);
		else if (field_table[f].optional)
			make_plain_number(s, regions, n, point, f);
}

enum pick flow_pick(const struct flow *f, const struct region *const *regions, size_t n,
		    struct arena *results, struct packet *ret_packet)
{
	return flow_pick_all(f, NULL, 0, regions, n, results, ret_packet, NULL);
}

/* A view adds its dimensions on first use: do it now, before a point is made. */
static void add_dims(const struct flow *f)
{
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		view_dim(f->space, f->options.view, (enum field)i);
}

/* A point is as long as all variables of all banks, and soon turned into a packet: room for one. */
static u128 *room_for_point(struct flow_space *s)
{
	if (s->point_cap < s->dims.n) {
		s->point_cap = s->dims.n + s->dims.n / 2;
		s->point = arena_new_array(s->dims.arena, u128, s->point_cap);
	}
	return s->point;
}

enum pick flow_pick_all(const struct flow *f, const struct flow *const *others, size_t n_others,
			const struct region *const *regions, size_t n, struct arena *results,
			struct packet *ret_packet, struct packet *ret_others)
{
	const struct space *s = &f->space->dims;
	if (regions_apart(s, regions, n))
		return PICK_EMPTY; /* the case of most questions of most checks */
	add_dims(f);
	for (size_t i = 0; i < n_others; i++)
		add_dims(others[i]);
	u128 *point = ret_packet ? room_for_point(f->space) : NULL;
	enum pick p = region_pick(s, regions, n, point);
	if (p != PICK_FOUND || !ret_packet)
		return p;
	make_plain(s, regions, n, point);
	*ret_packet = flow_packet(f, point, results);
	for (size_t i = 0; i < n_others; i++)
		ret_others[i] = flow_packet(others[i], point, results);
	return p;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dimensions of a ruleset, and from a point back to a packet. */
#include "compile.h"

/*
 * Values that a witness shows when it is free to choose: addresses from the
 * documentation blocks (RFC 5737, RFC 3849), a port pair of a usual
 * connection, a segment in mid-stream.
 */
static const u128 like_saddr4[] = { 0xc000020a, 0xcb007107, 0x0a01020f, 0xc0a80a0f };
static const u128 like_daddr4[] = { 0xc6336414, 0xc0000214, 0x0a010414, 0xc0a81414 };
#define DOC6(n) (((u128)0x20010db8u << 96) | (n))
static const u128 like_saddr6[] = { DOC6(0x0a), DOC6(0x10a) };
static const u128 like_daddr6[] = { DOC6(0x14), DOC6(0x214) };
static const u128 like_sport[] = { 40123, 443, 51234, 33333, 80 };
static const u128 like_dport[] = { 50321, 443, 41414, 34567, 80, 22 };
static const u128 like_proto[] = { 6, 17, 1, 58, 132, 253 };
static const u128 like_flags[] = { TCP_ACK | TCP_PSH, TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK };
static const u128 like_ttl[] = { 64 };
static const u128 like_length[] = { 60, 84, 1500 };
static const u128 like_zero[] = { 0 };
static const u128 like_absent[] = { FIELD_ABSENT };
static const char *const like_iif[] = { "eth0", "wan0", "eth1", "lan0", "lo" };
static const char *const like_oif[] = { "eth1", "lan0", "eth0", "wan0", "lo" };

static const struct { const u128 *values; unsigned n; unsigned char cost; } likes[FIELD_COUNT] = {
	[FIELD_NFPROTO] = { like_zero, 1, 5 },
	[FIELD_L4PROTO] = { like_proto, 6, 3 },
	[FIELD_IIFNAME] = { NULL, 0, 1 },
	[FIELD_OIFNAME] = { NULL, 0, 1 },
	[FIELD_PHYSIN] = { like_zero, 1, 2 },
	[FIELD_PHYSOUT] = { like_zero, 1, 2 },
	[FIELD_IP_SADDR] = { like_saddr4, 4, 0 },
	[FIELD_IP_DADDR] = { like_daddr4, 4, 0 },
	[FIELD_IP6_SADDR] = { like_saddr6, 2, 0 },
	[FIELD_IP6_DADDR] = { like_daddr6, 2, 0 },
	[FIELD_SPORT] = { like_sport, 5, 0 },
	[FIELD_DPORT] = { like_dport, 6, 0 },
	[FIELD_ICMP_TYPE] = { like_zero, 1, 1 },
	[FIELD_ICMP_CODE] = { like_zero, 1, 1 },
	[FIELD_TCP_FLAGS] = { like_flags, 4, 3 },
	[FIELD_FRAGMENT] = { like_zero, 1, 4 },
	[FIELD_CT_STATE] = { like_zero, 1, 4 },
	[FIELD_CT_STATUS] = { like_zero, 1, 3 },
	[FIELD_CT_DIRECTION] = { like_zero, 1, 3 },
	[FIELD_CT_MARK] = { like_zero, 1, 2 },
	[FIELD_MARK] = { like_zero, 1, 2 },
	[FIELD_PKTTYPE] = { like_zero, 1, 3 },
	[FIELD_LENGTH] = { like_length, 3, 2 },
	[FIELD_TTL] = { like_ttl, 1, 2 },
	[FIELD_DSCP] = { like_zero, 1, 2 },
	[FIELD_EXTRA ... FIELD_EXTRA_LAST] = { like_absent, 1, 3 },
};

#define COST_VARIABLE 6

static void like_names(struct dim *d, const char *const *names, unsigned n, struct arena *a)
{
	u128 *v = arena_new_array(a, u128, n);
	for (unsigned i = 0; i < n; i++)
		v[i] = ifname_value(str_from(names[i]));
	d->liked = v;
	d->n_liked = n;
}

/* A rule writes at most one unknown value. */
static const struct statement *unknown_write(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_statements; i++)
		if (r->statements[i].kind == STMT_WRITE && r->statements[i].unknown)
			return &r->statements[i];
	return NULL;
}

/* Dimensions for what the rules of a ruleset write without saying. */
static void add_fresh(struct flow_space *s, const struct ruleset *rs, uint32_t *fresh,
		      const struct ruleset_pair *pair)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t j = 0; j < rs->chains[i]->n; j++) {
			const struct rule *r = rs->chains[i]->items[j];
			const struct statement *st = unknown_write(r);
			if (!st)
				continue;
			if (pair && pair_has_counterpart(pair, r) && fresh[pair->counterpart[r->id]])
				fresh[r->id] = fresh[pair->counterpart[r->id]];
			else
				fresh[r->id] = space_add(&s->dims, s->dims.items[st->field]);
		}
}

static struct flow_space *space_of(const struct ruleset *rs, const struct ruleset_pair *pair,
				   struct arena *a)
{
	struct flow_space *s = arena_new_one(a, struct flow_space);
	s->dims.arena = a;
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		struct dim d = {
			.width = (unsigned char)field_table[f].width,
			.kind = field_table[f].masked ? DIM_MASK : DIM_RANGES,
			.cost = likes[f].cost, .max = field_max((enum field)f),
			.liked = likes[f].values, .n_liked = likes[f].n,
		};
		if (f == FIELD_IIFNAME)
			like_names(&d, like_iif, ARRAY_SIZE(like_iif), a);
		if (f == FIELD_OIFNAME)
			like_names(&d, like_oif, ARRAY_SIZE(like_oif), a);
		space_add(&s->dims, d);
	}
	for (unsigned bank = 0; bank < FLOW_BANKS; bank++) {
		s->var_dim[bank] = (uint32_t)s->dims.n;
		for (size_t i = 0; i < rs->n_vars; i++)
			space_add(&s->dims, (struct dim){ .width = 1, .max = 1,
							  .cost = COST_VARIABLE });
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

static const enum field swapped[FIELD_COUNT] = {
	[FIELD_IP_SADDR] = FIELD_IP_DADDR, [FIELD_IP_DADDR] = FIELD_IP_SADDR,
	[FIELD_IP6_SADDR] = FIELD_IP6_DADDR, [FIELD_IP6_DADDR] = FIELD_IP6_SADDR,
	[FIELD_SPORT] = FIELD_DPORT, [FIELD_DPORT] = FIELD_SPORT,
	[FIELD_IIFNAME] = FIELD_OIFNAME, [FIELD_OIFNAME] = FIELD_IIFNAME,
};

static bool is_source(enum field f)
{
	return f == FIELD_IP_SADDR || f == FIELD_IP6_SADDR || f == FIELD_SPORT;
}

static bool is_destination(enum field f)
{
	return f == FIELD_IP_DADDR || f == FIELD_IP6_DADDR || f == FIELD_DPORT;
}

/* Another field for each: of a packet that is not the one that the sets speak of. */
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

/* What depends on the destination ("fib daddr type") is another one behind the translation. */
static uint32_t translated_extra(struct flow_space *s, enum field f)
{
	if (!s->translated_dim) {
		s->translated_dim = (uint32_t)s->dims.n;
		for (unsigned i = FIELD_EXTRA; i < FIELD_COUNT; i++)
			space_add(&s->dims, s->dims.items[i]);
	}
	return s->translated_dim + (f - FIELD_EXTRA);
}

/* What the conntrack entry of a packet holds, which a packet of another state does not have. */
static const enum field entry_fields[] = { FIELD_CT_STATUS, FIELD_CT_DIRECTION, FIELD_CT_MARK };

static uint32_t with_entry(struct flow_space *s, enum field f)
{
	unsigned i = 0;
	while (i < ARRAY_SIZE(entry_fields) && entry_fields[i] != f)
		i++;
	if (i == ARRAY_SIZE(entry_fields))
		return f;
	if (!s->entry_dim) {
		s->entry_dim = (uint32_t)s->dims.n;
		for (unsigned k = 0; k < ARRAY_SIZE(entry_fields); k++)
			space_add(&s->dims, s->dims.items[entry_fields[k]]);
	}
	return s->entry_dim + i;
}

static uint32_t translated(struct flow_space *s, enum field f)
{
	if (is_destination(f) || f == FIELD_OIFNAME)
		return shadow(s, swapped[f]);
	return f >= FIELD_EXTRA ? translated_extra(s, f) : with_entry(s, f);
}

static bool is_endpoint(enum field f)
{
	return is_source(f) || is_destination(f) || f == FIELD_IIFNAME;
}

static uint32_t of_reset(struct flow_space *s, enum view view, enum field f)
{
	if (f == FIELD_NFPROTO || f == FIELD_L4PROTO)
		return f;
	if (is_source(f) || is_destination(f) || (f == FIELD_OIFNAME && view == VIEW_RESET))
		return swapped[f];
	return another(s, &s->reset_dim, f);
}

uint32_t view_dim(struct flow_space *s, enum view view, enum field f)
{
	if (view == VIEW_RESET || view == VIEW_RESET_TO_SELF)
		return of_reset(s, view, f);
	bool opens = view == VIEW_OPENS || view == VIEW_OPENS_SNAT;
	if (view == VIEW_SAME || f == FIELD_NFPROTO || f == FIELD_L4PROTO || f == FIELD_FRAGMENT ||
	    (f == FIELD_TCP_FLAGS && !opens))
		return f;
	if (view == VIEW_WITH_ENTRY)
		return with_entry(s, f);
	if (view == VIEW_TRANSLATED)
		return translated(s, f);
	if (view == VIEW_OPENS)
		return is_endpoint(f) ? (uint32_t)f : shadow(s, f);
	bool changed = (view == VIEW_REPLY_OF_DNAT && is_destination(f)) ||
		       ((view == VIEW_REPLY_OF_SNAT || opens) && (is_source(f) || f == FIELD_IIFNAME));
	return swapped[f] && !changed ? (uint32_t)swapped[f] : shadow(s, f);
}

/* Before the translation; the entry is the same. */
static const u128 *untranslated(const u128 *point, const struct packet *p, struct arena *a)
{
	u128 *v = arena_new_array(a, u128, FIELD_COUNT);
	memcpy(v, point, sizeof(*v) * FIELD_COUNT);
	v[FIELD_NFPROTO] = p->v[FIELD_NFPROTO];
	for (unsigned i = 0; i < ARRAY_SIZE(entry_fields); i++)
		v[entry_fields[i]] = p->v[entry_fields[i]];
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
		answers[i] = point[s->var_dim[f->options.bank] + i] != 0;
	u128 *fresh = arena_new_array(a, u128, p.n_fresh);
	for (size_t i = 0; i < p.n_fresh; i++)
		fresh[i] = s->fresh_dim[i] ? point[s->fresh_dim[i]] : 0;
	p.answers = answers;
	p.fresh = fresh;
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

/* A name that one could give an interface: the printable beginning, and a digit. */
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

/* The search takes values from the middle of wide ranges; there may be better-looking ones. */
static void make_plain(const struct space *s, const struct region *const *regions, size_t n, u128 *point)
{
	static const enum field names[] = { FIELD_IIFNAME, FIELD_OIFNAME, FIELD_PHYSIN, FIELD_PHYSOUT };
	static const u128 numbers[] = { 1, 0, 1000, 65535 };
	u128 plain;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		u128 *v = &point[names[i]], was = *v;
		for (char digit = '0'; digit <= '9' && plain_name(was, digit, &plain); digit++) {
			*v = plain;
			if (all_contain(s, regions, n, point))
				break;
			*v = was;
		}
	}
	for (unsigned f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++) {
		u128 was = point[f];
		for (unsigned i = 0; i < ARRAY_SIZE(numbers) && was > UINT32_MAX && was != FIELD_ABSENT; i++) {
			point[f] = numbers[i];
			if (all_contain(s, regions, n, point))
				break;
			point[f] = was;
		}
	}
}

enum pick flow_pick(const struct flow *f, const struct region *const *regions, size_t n,
		    struct arena *results, struct packet *ret_packet)
{
	return flow_pick_all(f, NULL, 0, regions, n, results, ret_packet, NULL);
}

/* A view adds its dimensions when they are first asked for: now, before a point is made. */
static void add_dims(const struct flow *f)
{
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		view_dim(f->space, f->options.view, (enum field)i);
}

enum pick flow_pick_all(const struct flow *f, const struct flow *const *others, size_t n_others,
			const struct region *const *regions, size_t n, struct arena *results,
			struct packet *ret_packet, struct packet *ret_others)
{
	const struct space *s = &f->space->dims;
	if (regions_apart(s, regions, n))
		return PICK_EMPTY; /* most questions of most checks */
	add_dims(f);
	for (size_t i = 0; i < n_others; i++)
		add_dims(others[i]);
	u128 *point = arena_new_array(s->arena, u128, s->n);
	enum pick p = region_pick(s, regions, n, point);
	if (p != PICK_FOUND || !ret_packet)
		return p;
	make_plain(s, regions, n, point);
	*ret_packet = flow_packet(f, point, results);
	for (size_t i = 0; i < n_others; i++)
		ret_others[i] = flow_packet(others[i], point, results);
	return p;
}

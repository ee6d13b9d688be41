/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records: in chunks that do not move, in a hash table (open addressing, with the hash in the
 * slot, so that hardly any record is looked at in vain), and in three lists by age: closed ones,
 * those without an answer, the others. The order of the lists is exact to GRAIN. When there is no
 * more room, the oldest record of the first non-empty list is given up. A closed record that has
 * been silent for long is given up before memory grows.
 */
#include "track.h"

#define CHUNK 1024                 /* records */
#define FIRST_SLOTS 32768          /* a power of two */
#define LONG_SILENT (600 * SECOND) /* longer than any time-out of a closed connection */
#define GRAIN (8 * SECOND)
#define NONE UINT32_MAX
#define CACHE_LINE 64
#define FETCHED (sizeof(struct track_connection) + (size_t)4 * CACHE_LINE)

enum list { CLOSED, UNANSWERED, OPEN, LISTS };

struct slot {
	uint32_t code, record;
};

struct track_table {
	struct arena *arena;
	struct track_settings settings;
	size_t stride;
	VEC(unsigned char *) chunks;
	uint32_t n; /* records in use */
	struct slot *slots;
	uint32_t n_slots;
	uint32_t newest[LISTS], oldest[LISTS];
	uint64_t evicted, now;
};

const struct track_settings *table_settings(const struct track_table *t)
{
	return &t->settings;
}

uint32_t track_count(const struct track_table *t)
{
	return t->n;
}

uint64_t track_evicted(const struct track_table *t)
{
	return t->evicted;
}

void *track_extra(const struct track_table *t, const struct track_connection *c)
{
	(void)t;
	return (char *)(uintptr_t)c + sizeof(*c);
}

static struct track_connection *record(const struct track_table *t, uint32_t i)
{
	return (struct track_connection *)(void *)(t->chunks.items[i / CHUNK] +
						   (size_t)(i % CHUNK) * t->stride);
}

/* ---- the hash table ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static uint64_t hash_end(u128 addr, uint16_t port)
{
	return mix(mix(port, (uint64_t)addr), (uint64_t)(addr >> 64));
}

/* The same for both directions. */
static uint32_t hash_key(const struct key *k)
{
	if (k->code)
		return k->code;
	uint64_t ends = hash_end(k->addr[0], k->port[0]) + hash_end(k->addr[1], k->port[1]);
	uint32_t code = (uint32_t)(mix(ends, (uint64_t)k->protocol << 8 | k->kind) >> 16);
	return code ? code : 1;
}

static void key_of(const struct track_connection *c, struct key *ret)
{
	*ret = (struct key){ .v6 = c->v6,
			     .protocol = c->protocol,
			     .kind = c->kind,
			     .addr = { c->side[0].addr, c->side[1].addr },
			     .port = { c->side[0].port, c->side[1].port } };
}

static bool is_end(const struct track_side *s, const struct key *k, int end)
{
	return s->addr == k->addr[end] && s->port == k->port[end];
}

static bool is_of(const struct track_connection *c, const struct key *k, unsigned char *ret_side)
{
	if (c->v6 != k->v6 || c->protocol != k->protocol || c->kind != k->kind)
		return false;
	for (unsigned char side = 0; side < 2; side++)
		if (is_end(&c->side[side], k, 0) && is_end(&c->side[!side], k, 1)) {
			*ret_side = side;
			return true;
		}
	return false;
}

static uint32_t find(const struct track_table *t, const struct key *k, unsigned char *ret_side)
{
	uint32_t code = hash_key(k), mask = t->n_slots - 1;
	for (uint32_t at = code & mask; t->slots[at].record != NONE; at = (at + 1) & mask)
		if (t->slots[at].code == code && is_of(record(t, t->slots[at].record), k, ret_side))
			return t->slots[at].record;
	return NONE;
}

static void put_slot(struct track_table *t, uint32_t code, uint32_t i)
{
	uint32_t mask = t->n_slots - 1, at = code & mask;
	while (t->slots[at].record != NONE)
		at = (at + 1) & mask;
	t->slots[at] = (struct slot){ code, i };
}

static void link_slot(struct track_table *t, uint32_t i)
{
	struct key k;
	key_of(record(t, i), &k);
	put_slot(t, hash_key(&k), i);
}

/* The slots after it move up, so that no gap hides them. */
static void unlink_slot(struct track_table *t, uint32_t i)
{
	struct key k;
	key_of(record(t, i), &k);
	uint32_t mask = t->n_slots - 1, at = hash_key(&k) & mask;
	while (t->slots[at].record != i)
		at = (at + 1) & mask;
	for (uint32_t next = (at + 1) & mask; t->slots[next].record != NONE;
	     next = (next + 1) & mask) {
		uint32_t home = t->slots[next].code & mask;
		if (((next - home) & mask) < ((next - at) & mask))
			continue;
		t->slots[at] = t->slots[next];
		at = next;
	}
	t->slots[at].record = NONE;
}

static void make_slots(struct track_table *t, uint32_t n)
{
	const struct slot *old = t->slots;
	uint32_t n_old = t->n_slots;
	t->n_slots = n;
	t->slots = arena_new_array(t->arena, struct slot, n);
	memset(t->slots, 0xff, n * sizeof(*t->slots));
	for (uint32_t i = 0; i < n_old; i++)
		if (old[i].record != NONE)
			put_slot(t, old[i].code, old[i].record);
}

struct track_table *track_new(struct arena *a, const struct track_settings *s, size_t extra)
{
	struct track_table *t = arena_new_one(a, struct track_table);
	t->arena = a;
	t->settings = *s;
	t->stride = (sizeof(struct track_connection) + extra + 15) & ~(size_t)15;
	make_slots(t, FIRST_SLOTS);
	for (int i = 0; i < LISTS; i++)
		t->newest[i] = t->oldest[i] = NONE;
	return t;
}

/* ---- the lists ---- */

static void link_list(struct track_table *t, uint32_t i, enum list list)
{
	struct track_connection *c = record(t, i);
	c->list = (unsigned char)list;
	c->newer = NONE;
	c->older = t->newest[list];
	if (c->older != NONE)
		record(t, c->older)->newer = i;
	else
		t->oldest[list] = i;
	t->newest[list] = i;
}

static void unlink_list(struct track_table *t, uint32_t i)
{
	const struct track_connection *c = record(t, i);
	if (c->newer != NONE)
		record(t, c->newer)->older = c->older;
	else
		t->newest[c->list] = c->older;
	if (c->older != NONE)
		record(t, c->older)->newer = c->newer;
	else
		t->oldest[c->list] = c->newer;
}

static enum list list_of(const struct track_connection *c)
{
	if (c->gone != TRACK_LIVE || c->tcp == TRACK_TCP_TIME_WAIT || c->tcp == TRACK_TCP_CLOSE)
		return CLOSED;
	return c->seen_reply ? OPEN : UNANSWERED;
}

/* The number of a record, which its neighbours in the list have, or the ends of the list. */
static uint32_t number_of(const struct track_table *t, const struct track_connection *c)
{
	return c->older != NONE ? record(t, c->older)->newer : t->oldest[c->list];
}

void table_touch(struct track_table *t, struct track_connection *c)
{
	enum list list = list_of(c);
	t->now = c->last_time;
	if (list == c->list && (c->newer == NONE || c->listed + GRAIN > t->now))
		return;
	uint32_t i = number_of(t, c);
	unlink_list(t, i);
	link_list(t, i, list);
	c->listed = t->now;
}

/* ---- records ---- */

static uint32_t give_up(struct track_table *t)
{
	int list = CLOSED;
	while (t->oldest[list] == NONE)
		list++;
	uint32_t i = t->oldest[list];
	t->evicted++;
	return i;
}

static uint32_t long_silent(const struct track_table *t)
{
	uint32_t i = t->oldest[CLOSED];
	return i != NONE && record(t, i)->last_time + LONG_SILENT < t->now ? i : NONE;
}

static uint32_t new_record(struct track_table *t)
{
	uint32_t i = t->n < t->settings.max_connections ? long_silent(t) : give_up(t);
	if (i != NONE) {
		unlink_slot(t, i);
		unlink_list(t, i);
		memset(record(t, i), 0, t->stride);
		return i;
	}
	if (t->n == t->n_slots / 2)
		make_slots(t, t->n_slots * 2);
	if (t->n % CHUNK == 0 && t->n / CHUNK == t->chunks.n)
		vec_push(t->arena, &t->chunks, arena_alloc(t->arena, CHUNK * t->stride));
	return t->n++;
}

void track_expect(const struct track_table *t, struct track_packet *p)
{
	struct key k;
	if (!packet_key(p, &k))
		return;
	p->code = hash_key(&k);
	__builtin_prefetch(&t->slots[p->code & (t->n_slots - 1)]);
}

void track_fetch(const struct track_table *t, const struct track_packet *p)
{
	uint32_t mask = t->n_slots - 1, at = p->code & mask;
	while (t->slots[at].record != NONE && t->slots[at].code != p->code)
		at = (at + 1) & mask;
	if (t->slots[at].record == NONE)
		return;
	const char *begin = (const char *)record(t, t->slots[at].record);
	for (size_t i = 0; i < FETCHED; i += CACHE_LINE)
		__builtin_prefetch(begin + i, 1);
}

struct track_connection *table_find(const struct track_table *t, const struct key *k,
				    unsigned char *ret_side)
{
	uint32_t i = find(t, k, ret_side);
	return i == NONE ? NULL : record(t, i);
}

struct track_connection *table_get(struct track_table *t, const struct key *k,
				   unsigned char *ret_side)
{
	struct track_connection *c = table_find(t, k, ret_side);
	if (c)
		return c;
	uint32_t i = new_record(t);
	c = record(t, i);
	c->v6 = k->v6;
	c->protocol = k->protocol;
	c->kind = k->kind;
	c->gone = TRACK_NEVER;
	for (int s = 0; s < 2; s++) {
		c->side[s].addr = k->addr[s];
		c->side[s].port = k->port[s];
	}
	link_slot(t, i);
	link_list(t, i, CLOSED);
	*ret_side = 0;
	return c;
}

struct track_connection *track_find(const struct track_table *t, const struct track_packet *p)
{
	struct key k;
	unsigned char side = 0;
	return packet_key(p, &k) ? table_find(t, &k, &side) : NULL;
}

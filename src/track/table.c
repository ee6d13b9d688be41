/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records: in chunks that do not move, in chains of a hash table, and in three lists by age:
 * closed ones, those without an answer, the others. When there is room for no more, the oldest of
 * the first list that has one is given up; so is a closed one that is long silent before memory
 * grows.
 */
#include "track.h"

#define CHUNK 16384                /* records */
#define FIRST_BUCKETS 16384        /* a power of two */
#define LONG_SILENT (600 * SECOND) /* longer than any time-out of a closed connection */
#define NONE UINT32_MAX

enum list { CLOSED, UNANSWERED, OPEN, LISTS };

struct track_table {
	struct arena *arena;
	struct track_settings settings;
	size_t stride;
	VEC(unsigned char *) chunks;
	uint32_t n; /* records in use */
	uint32_t *buckets, n_buckets;
	uint32_t newest[LISTS], oldest[LISTS];
	uint64_t evicted, now;
};

struct track_table *track_new(struct arena *a, const struct track_settings *s, size_t extra)
{
	struct track_table *t = arena_new_one(a, struct track_table);
	t->arena = a;
	t->settings = *s;
	t->stride = (sizeof(struct track_connection) + extra + 15) & ~(size_t)15;
	t->n_buckets = FIRST_BUCKETS;
	t->buckets = arena_new_array(a, uint32_t, t->n_buckets);
	memset(t->buckets, 0xff, t->n_buckets * sizeof(*t->buckets));
	for (int i = 0; i < LISTS; i++)
		t->newest[i] = t->oldest[i] = NONE;
	return t;
}

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
	uint64_t ends = hash_end(k->addr[0], k->port[0]) + hash_end(k->addr[1], k->port[1]);
	return (uint32_t)(mix(ends, (uint64_t)k->protocol << 8 | k->kind) >> 16);
}

static void key_of(const struct track_connection *c, struct key *ret)
{
	*ret = (struct key){ .v6 = c->v6,
			     .protocol = c->protocol,
			     .kind = c->kind,
			     .addr = { c->side[0].addr, c->side[1].addr },
			     .port = { c->side[0].port, c->side[1].port } };
}

static uint32_t *bucket(const struct track_table *t, const struct key *k)
{
	return &t->buckets[hash_key(k) & (t->n_buckets - 1)];
}

static bool is_end(const struct track_side *s, const struct key *k, int end)
{
	return s->addr == k->addr[end] && s->port == k->port[end];
}

static uint32_t find(const struct track_table *t, const struct key *k, unsigned char *ret_side)
{
	uint32_t i = *bucket(t, k);
	for (; i != NONE; i = record(t, i)->next_in_bucket) {
		const struct track_connection *c = record(t, i);
		if (c->v6 != k->v6 || c->protocol != k->protocol || c->kind != k->kind)
			continue;
		if (is_end(&c->side[0], k, 0) && is_end(&c->side[1], k, 1)) {
			*ret_side = 0;
			break;
		}
		if (is_end(&c->side[1], k, 0) && is_end(&c->side[0], k, 1)) {
			*ret_side = 1;
			break;
		}
	}
	return i;
}

static void link_bucket(struct track_table *t, uint32_t i)
{
	struct track_connection *c = record(t, i);
	struct key k;
	key_of(c, &k);
	uint32_t *head = bucket(t, &k);
	c->next_in_bucket = *head;
	*head = i;
}

static void unlink_bucket(struct track_table *t, uint32_t i)
{
	struct key k;
	key_of(record(t, i), &k);
	uint32_t *at = bucket(t, &k);
	while (*at != i)
		at = &record(t, *at)->next_in_bucket;
	*at = record(t, i)->next_in_bucket;
}

static void grow_buckets(struct track_table *t)
{
	t->n_buckets *= 2;
	t->buckets = arena_new_array(t->arena, uint32_t, t->n_buckets);
	memset(t->buckets, 0xff, t->n_buckets * sizeof(*t->buckets));
	for (uint32_t i = 0; i < t->n; i++)
		link_bucket(t, i);
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

/* Its number: the neighbours in its list know it, or the ends of the list. */
static uint32_t number_of(const struct track_table *t, const struct track_connection *c)
{
	return c->older != NONE ? record(t, c->older)->newer : t->oldest[c->list];
}

void table_touch(struct track_table *t, struct track_connection *c)
{
	enum list list = list_of(c);
	t->now = c->last_time;
	if (list == c->list && c->newer == NONE)
		return;
	uint32_t i = number_of(t, c);
	unlink_list(t, i);
	link_list(t, i, list);
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
		unlink_bucket(t, i);
		unlink_list(t, i);
		memset(record(t, i), 0, t->stride);
		return i;
	}
	if (t->n == t->n_buckets)
		grow_buckets(t);
	if (t->n % CHUNK == 0 && t->n / CHUNK == t->chunks.n)
		vec_push(t->arena, &t->chunks, arena_alloc(t->arena, CHUNK * t->stride));
	return t->n++;
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
	link_bucket(t, i);
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

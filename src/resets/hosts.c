/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts: the TTL of what they send, and the MAC addresses that claim theirs. */
#include "facts.h"

#define HOSTS_MAX (1u << 20) /* more are not remembered */
#define OWNERS 1024u
#define CLAIMS 4

/* What a MAC claims. */
struct owner {
	uint8_t mac[MAC_LEN], n;
	struct address claimed[CLAIMS];
};

struct hosts {
	struct arena *arena;
	struct host **slots; /* a power of two, at most half full */
	size_t n, cap;
	struct owner owners[OWNERS];
	size_t n_owners;
};

struct hosts *hosts_new(struct arena *a)
{
	struct hosts *h = arena_new_one(a, struct hosts);
	h->arena = a;
	h->cap = 1024;
	h->slots = arena_new_array(a, struct host *, h->cap);
	return h;
}

static size_t slot_of(struct host *const *slots, size_t cap, const struct address *x)
{
	size_t i = (size_t)address_hash(x) & (cap - 1);
	while (slots[i] && !address_is_same(&slots[i]->address, x))
		i = (i + 1) & (cap - 1);
	return i;
}

static void grow(struct hosts *h)
{
	struct host **slots = arena_new_array(h->arena, struct host *, h->cap * 2);
	for (size_t i = 0; i < h->cap; i++)
		if (h->slots[i])
			slots[slot_of(slots, h->cap * 2, &h->slots[i]->address)] = h->slots[i];
	h->slots = slots;
	h->cap *= 2;
}

struct host *hosts_get(struct hosts *h, const struct address *x, bool make)
{
	size_t i = slot_of(h->slots, h->cap, x);
	if (h->slots[i] || !make || h->n >= HOSTS_MAX)
		return h->slots[i];
	struct host *host = arena_new_one(h->arena, struct host);
	host->address = *x;
	h->slots[i] = host;
	if (++h->n * 2 > h->cap)
		grow(h);
	return host;
}

void hosts_expect(const struct hosts *h, const struct address *x)
{
	__builtin_prefetch(&h->slots[(size_t)address_hash(x) & (h->cap - 1)]);
}

static struct owner *owner_of(struct hosts *h, const uint8_t mac[MAC_LEN], bool make)
{
	for (size_t i = 0; i < h->n_owners; i++)
		if (memcmp(h->owners[i].mac, mac, MAC_LEN) == 0)
			return &h->owners[i];
	if (!make || h->n_owners == OWNERS)
		return NULL;
	struct owner *o = &h->owners[h->n_owners++];
	memcpy(o->mac, mac, MAC_LEN);
	return o;
}

static bool claims(const struct owner *o, const struct address *x)
{
	for (uint8_t i = 0; i < o->n; i++)
		if (address_is_same(&o->claimed[i], x))
			return true;
	return false;
}

void hosts_claim(struct hosts *h, const struct captured *p)
{
	if (!p->has_mac)
		return;
	struct owner *o = owner_of(h, p->mac, true);
	if (o && !claims(o, &p->source) && o->n < CLAIMS)
		o->claimed[o->n++] = p->source;
	struct host *host = hosts_get(h, &p->source, true);
	if (!host)
		return;
	if (!host->claims)
		host->claims = arena_new_array(h->arena, struct claim, CLAIMANTS);
	for (uint8_t i = 0; i < host->n_claims; i++)
		if (memcmp(host->claims[i].mac, p->mac, MAC_LEN) == 0)
			return;
	if (host->n_claims == CLAIMANTS)
		return;
	memcpy(host->claims[host->n_claims].mac, p->mac, MAC_LEN);
	host->claims[host->n_claims++].frame = p->frame;
}

static bool is_link_local(const struct address *x)
{
	return x->family == 6 && x->bytes[0] == 0xfe && (x->bytes[1] & 0xc0) == 0x80;
}

bool hosts_is_of_another(const struct hosts *h, const uint8_t mac[MAC_LEN], const struct address *x)
{
	const struct owner *o = owner_of((struct hosts *)h, mac, false);
	if (!o || claims(o, x))
		return false;
	for (uint8_t i = 0; i < o->n; i++)
		if (o->claimed[i].family == x->family &&
		    is_link_local(&o->claimed[i]) == is_link_local(x))
			return true;
	return false;
}

/* ---- points ---- */

static bool is_at(const struct point *x, const struct captured *p)
{
	return x->is_used && x->way == (uint8_t)p->way && x->has_mac == p->has_mac &&
	       (!x->has_mac || memcmp(x->mac, p->mac, MAC_LEN) == 0);
}

const struct point *points_find(const struct point points[POINTS], const struct captured *p)
{
	for (size_t i = 0; i < POINTS; i++)
		if (is_at(&points[i], p))
			return &points[i];
	return NULL;
}

void points_learn(struct point points[POINTS], const struct captured *p)
{
	struct point *x = (struct point *)points_find(points, p);
	for (size_t i = 0; i < POINTS && !x; i++)
		if (!points[i].is_used)
			x = &points[i];
	if (!x)
		return;
	x->is_used = true;
	x->way = (unsigned)p->way & 3;
	x->has_mac = p->has_mac;
	if (p->has_mac)
		memcpy(x->mac, p->mac, MAC_LEN);
	x->ttl = p->ttl;
	x->frame = p->frame & FRAME_MASK;
}

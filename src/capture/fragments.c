/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments of IP packets. Only the first bytes of a packet are kept, for its TCP header; the rest
 * is only counted. Fragments that overlap are not put together: their bytes do not add up.
 */
#include "decode.h"

#define WAITING_MAX 64
#define KEPT 128 /* a TCP header has 60 at most */
#define WAIT_NS (60 * INT64_C(1000000000))

struct waiting {
	struct address source, destination;
	int64_t time;
	uint32_t id, got, total; /* total: 0 while the last one has not come */
	uint8_t protocol;
	uint8_t n_kept;
	bool is_used, has_first;
	uint8_t kept[KEPT];
};

struct fragments {
	struct waiting items[WAITING_MAX];
	size_t next; /* the next one to be thrown out */
};

struct fragments *fragments_new(struct arena *a)
{
	return arena_new_one(a, struct fragments);
}

static bool is_of(const struct waiting *w, const struct fragment *x)
{
	const struct captured *p = x->packet;
	return w->is_used && w->id == x->id && w->protocol == x->protocol &&
	       p->time - w->time < WAIT_NS && address_is_same(&w->source, &p->source) &&
	       address_is_same(&w->destination, &p->destination);
}

static struct waiting *waiting_of(struct fragments *f, const struct fragment *x)
{
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (is_of(&f->items[i], x))
			return &f->items[i];
	struct waiting *w = &f->items[f->next];
	f->next = (f->next + 1) % WAITING_MAX;
	*w = (struct waiting){ .source = x->packet->source,
			       .destination = x->packet->destination,
			       .time = x->packet->time,
			       .id = x->id,
			       .protocol = x->protocol,
			       .is_used = true };
	return w;
}

bool fragments_add(struct fragments *f, const struct fragment *x, struct view *data)
{
	struct waiting *w = waiting_of(f, x);
	if (data->wire > UINT16_MAX)
		return false;
	w->got += (uint32_t)data->wire;
	if (x->is_last)
		w->total = x->offset + (uint32_t)data->wire;
	if (!x->offset && !w->has_first) {
		w->has_first = true;
		w->n_kept = (uint8_t)(data->n < KEPT ? data->n : KEPT);
		memcpy(w->kept, data->p, w->n_kept);
	}
	if (!w->has_first || !w->total || w->got < w->total)
		return false;
	w->is_used = false;
	*data = (struct view){ w->kept, w->n_kept, w->total };
	return w->got == w->total && w->total >= w->n_kept;
}

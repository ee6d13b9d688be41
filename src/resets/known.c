/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that conntrack knew before their first packet was seen here, and still knows as far
 * as it has reported. The kernel's window for them is not known, because the model picked them up
 * later.
 */
#include "facts.h"

struct known {
	struct arena *arena;
	struct hash entries; /* of struct entry */
};

struct entry {
	bool lives;
};

#define KEY 37 /* bytes: version, two addresses, two ports */

static struct known *known_new(struct arena *a)
{
	struct known *k = arena_new_one(a, struct known);
	k->arena = a;
	hash_init(&k->entries, a);
	return k;
}

static void put_end(char *to, const struct resets_ends *e, int i)
{
	memcpy(to, &e->addr[i], sizeof(e->addr[i]));
	memcpy(to + sizeof(e->addr[i]), &e->port[i], sizeof(e->port[i]));
}

/* The same for either order of the ends. */
static struct str key_of(const struct resets_ends *e, char buf[KEY])
{
	bool turned = e->addr[0] > e->addr[1] ||
		      (e->addr[0] == e->addr[1] && e->port[0] > e->port[1]);
	buf[0] = (char)e->v6;
	put_end(buf + 1, e, turned);
	put_end(buf + 1 + (KEY - 1) / 2, e, !turned);
	return (struct str){ buf, KEY };
}

bool known_lives(const struct known *k, const struct resets_ends *e)
{
	char buf[KEY];
	const struct entry *x = k ? hash_get(&k->entries, key_of(e, buf)) : NULL;
	return x && x->lives;
}

struct resets_ends ends_of(const struct facts *f)
{
	return (struct resets_ends){ .v6 = f->source.family == 6,
				     .addr = { address_number(&f->source),
					       address_number(&f->destination) },
				     .port = { f->sport, f->dport } };
}

void resets_know(struct resets *r, const struct resets_ends *e)
{
	char buf[KEY];
	struct str key = key_of(e, buf);
	if (!r->known)
		r->known = known_new(r->arena);
	struct known *k = r->known;
	struct entry *x = arena_new_one(k->arena, struct entry);
	x->lives = true;
	hash_put(&k->entries, (struct str){ arena_strndup(k->arena, key.p, key.n), key.n }, x);
}

void resets_forget(struct resets *r, const struct resets_ends *e)
{
	char buf[KEY];
	struct track_packet p = { .v6 = e->v6,
				  .protocol = L4PROTO_TCP,
				  .saddr = e->addr[0],
				  .daddr = e->addr[1],
				  .sport = e->port[0],
				  .dport = e->port[1] };
	struct entry *x = r->known ? hash_get(&r->known->entries, key_of(e, buf)) : NULL;
	struct track_connection *c = track_find(r->table, &p);
	if (x)
		x->lives = false;
	if (c)
		track_forget(c);
}

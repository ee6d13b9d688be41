/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures of the same time are read again, to see which packets of one are in the others. Where
 * addresses are translated between them, a connection is recognized by its sequence numbers.
 */
#include "facts.h"

#define CLOCKS_NS (5 * SECOND) /* how much two clocks may differ */

/* Lists of numbers by a hash. */
struct chains {
	uint32_t *heads, *next; /* number + 1; 0: none */
	size_t mask;
};

struct look {
	struct chains ends;       /* resets by the ends of their connection, … */
	struct chains translated; /* … by the ends that it has elsewhere, */
	struct chains numbers;    /* … and by the numbers of each print */
	struct arena *arena;
};

static struct chains chains_new(size_t n, struct arena *a)
{
	size_t cap = 64;
	while (cap < n * 2)
		cap *= 2;
	return (struct chains){ arena_new_array(a, uint32_t, cap), arena_new_array(a, uint32_t, n),
				cap - 1 };
}

static void chains_put(struct chains *c, uint64_t hash, size_t i)
{
	c->next[i] = c->heads[hash & c->mask];
	c->heads[hash & c->mask] = (uint32_t)i + 1;
}

/* The same for both directions. */
static uint64_t ends_hash(const struct address *x, const struct address *y, uint16_t sport,
			  uint16_t dport)
{
	return address_hash(x) + address_hash(y) + (uint64_t)sport + dport;
}

/*
 * By what is_translated() wants to be equal. The SYNs of a scan have the same numbers: their IP ID
 * tells them apart, or else their destination, which they must keep then.
 */
static uint64_t numbers_hash(const struct print *x, const struct address *to, uint16_t port)
{
	uint64_t h = ((uint64_t)x->seq << 32 | x->ack) * UINT64_C(0x9e3779b97f4a7c15) + x->ip_id;
	if (!x->ip_id && !(x->flags & TCP_ACK))
		h += address_hash(to) + port;
	return h ^ h >> 32;
}

static uint64_t hash_of_print(const struct facts *f, const struct print *x)
{
	return x->is_of_sender ? numbers_hash(x, &f->destination, f->dport)
			       : numbers_hash(x, &f->source, f->sport);
}

/* ---- prints ---- */

static bool is_end(const struct address *x, uint16_t xport, const struct address *y, uint16_t yport)
{
	return xport == yport && address_is_same(x, y);
}

/*
 * Translation changes one end of a connection; if it changes both, the unchanged IP ID tells. A
 * scan sends one SYN to many ports: without an IP ID, the port must be the same.
 */
static bool is_translated(const struct facts *f, const struct print *x, const struct captured *p)
{
	bool of = x->is_of_sender, has_ack = p->flags & TCP_ACK;
	bool source = is_end(&p->source, p->sport, of ? &f->source : &f->destination,
			     of ? f->sport : f->dport);
	bool destination = is_end(&p->destination, p->dport, of ? &f->destination : &f->source,
				  of ? f->dport : f->sport);
	if (p->source.family != f->source.family || p->seq != x->seq || p->ack != x->ack ||
	    p->flags != x->flags || p->length != x->length || p->ip_id != x->ip_id ||
	    (p->flags & TCP_RST) || (source && destination))
		return false;
	if (!has_ack)
		return destination || (source && p->ip_id);
	return source || destination || p->ip_id;
}

static void set_translated(struct look *l, struct facts *f, size_t i, const struct captured *p,
			   bool is_of_sender)
{
	struct translated *t = arena_new_one(l->arena, struct translated);
	t->source = is_of_sender ? p->source : p->destination;
	t->destination = is_of_sender ? p->destination : p->source;
	t->sport = is_of_sender ? p->sport : p->dport;
	t->dport = is_of_sender ? p->dport : p->sport;
	f->translated = t;
	chains_put(&l->translated, ends_hash(&p->source, &p->destination, p->sport, p->dport), i);
}

/* ---- the captures ---- */

bool resets_compares(struct resets *r)
{
	if (r->captures.n < 2 || !r->items.n)
		return false;
	struct look *l = r->look = arena_new_one(r->arena, struct look);
	l->arena = r->arena;
	l->ends = chains_new(r->items.n, r->arena);
	l->translated = chains_new(r->items.n, r->arena);
	l->numbers = chains_new(r->items.n * RING, r->arena);
	for (size_t i = 0; i < r->items.n; i++) {
		const struct facts *f = &r->items.items[i];
		chains_put(&l->ends, ends_hash(&f->source, &f->destination, f->sport, f->dport), i);
		for (size_t k = 0; k < f->n_prints; k++)
			chains_put(&l->numbers, hash_of_print(f, &f->prints[k]), i * RING + k);
	}
	return true;
}

bool is_covered(const struct resets *r, const struct facts *f)
{
	for (size_t i = 0; i < r->spans.n; i++) {
		const struct period *s = &r->spans.items[i];
		if (i != f->capture && s->from <= s->to && s->from - CLOCKS_NS <= f->time &&
		    f->time <= s->to + CLOCKS_NS)
			return true;
	}
	return false;
}

static bool is_near(const struct facts *f, const struct captured *p)
{
	return p->time - f->time < CLOCKS_NS && f->time - p->time < CLOCKS_NS;
}

/* A segment of the connection in the other capture. */
static void look(struct facts *f, const struct captured *p, bool is_of_sender)
{
	if (is_of_sender) {
		if (!(p->flags & TCP_RST)) {
			f->other_has_stream = true;
			f->other_ttl = p->ttl;
		}
		f->other_has_reset = f->other_has_reset ||
				     (is_near(f, p) && p->flags == f->flags && p->seq == f->seq);
	} else if (f->has_provoking && is_near(f, p)) {
		f->other_has_provoking = f->other_has_provoking || (p->seq == f->provoking.seq &&
								    p->ack == f->provoking.ack &&
								    p->flags == f->provoking.flags);
	}
}

/* Looks at the segment if it has these ends, of which that of the reset's sender is the first. */
static void look_at_ends(struct facts *f, const struct captured *p, const struct translated *t)
{
	if (is_end(&p->source, p->sport, &t->source, t->sport) &&
	    is_end(&p->destination, p->dport, &t->destination, t->dport))
		look(f, p, true);
	else if (is_end(&p->source, p->sport, &t->destination, t->dport) &&
		 is_end(&p->destination, p->dport, &t->source, t->sport))
		look(f, p, false);
}

static void look_at_numbers(struct resets *r, unsigned capture, const struct captured *p)
{
	struct look *l = r->look;
	const struct print own = {
		.seq = p->seq, .ack = p->ack, .ip_id = p->ip_id, .flags = p->flags
	};
	uint64_t hash = numbers_hash(&own, &p->destination, p->dport);
	for (uint32_t i = l->numbers.heads[hash & l->numbers.mask]; i; i = l->numbers.next[i - 1]) {
		size_t n = (i - 1) / RING;
		struct facts *f = &r->items.items[n];
		const struct print *x = &f->prints[(i - 1) % RING];
		if (f->capture == capture || !is_near(f, p) || !is_translated(f, x, p))
			continue;
		if (!f->translated)
			set_translated(l, f, n, p, x->is_of_sender);
		look(f, p, x->is_of_sender);
	}
}

void resets_look(struct resets *r, unsigned capture, const struct captured *p)
{
	const struct look *l = r->look;
	if (p->kind != CAPTURED_TCP)
		return;
	uint64_t hash = ends_hash(&p->source, &p->destination, p->sport, p->dport);
	for (uint32_t i = l->ends.heads[hash & l->ends.mask]; i; i = l->ends.next[i - 1]) {
		struct facts *f = &r->items.items[i - 1];
		struct translated own = { f->source, f->destination, f->sport, f->dport };
		if (f->capture != capture)
			look_at_ends(f, p, &own);
	}
	for (uint32_t i = l->translated.heads[hash & l->translated.mask]; i;
	     i = l->translated.next[i - 1])
		if (r->items.items[i - 1].capture != capture)
			look_at_ends(&r->items.items[i - 1], p, r->items.items[i - 1].translated);
	look_at_numbers(r, capture, p);
}

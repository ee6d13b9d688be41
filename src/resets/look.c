/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures of the same time are read again: what of the one is in the others? */
#include "facts.h"

#define CLOCKS_NS (5 * SECOND) /* by which two clocks may differ */

/* The resets of each connection, and those of each address. */
struct look {
	uint32_t *heads, *next;
	size_t mask;
};

/* The same for both directions. */
static uint64_t ends_hash(const struct address *x, const struct address *y, uint16_t sport,
			  uint16_t dport)
{
	return address_hash(x) + address_hash(y) + (uint64_t)sport + dport;
}

bool resets_compares(struct resets *r)
{
	if (r->captures.n < 2 || !r->items.n)
		return false;
	struct look *l = r->look = arena_new_one(r->arena, struct look);
	size_t cap = 64;
	while (cap < r->items.n * 2)
		cap *= 2;
	l->mask = cap - 1;
	l->heads = arena_new_array(r->arena, uint32_t, cap);
	l->next = arena_new_array(r->arena, uint32_t, r->items.n);
	for (size_t i = 0; i < r->items.n; i++) {
		const struct facts *f = &r->items.items[i];
		uint32_t *head =
			&l->heads[ends_hash(&f->source, &f->destination, f->sport, f->dport) &
				  l->mask];
		l->next[i] = *head;
		*head = (uint32_t)i + 1;
	}
	return true;
}

static bool is_from_sender(const struct facts *f, const struct captured *p)
{
	return p->sport == f->sport && p->dport == f->dport &&
	       address_is_same(&p->source, &f->source) &&
	       address_is_same(&p->destination, &f->destination);
}

static bool is_to_sender(const struct facts *f, const struct captured *p)
{
	return p->sport == f->dport && p->dport == f->sport &&
	       address_is_same(&p->source, &f->destination) &&
	       address_is_same(&p->destination, &f->source);
}

static void look(struct facts *f, unsigned capture, const struct captured *p)
{
	bool near = p->time - f->time < CLOCKS_NS && f->time - p->time < CLOCKS_NS;
	if (f->capture == capture)
		return;
	if (is_from_sender(f, p)) {
		if (!(p->flags & TCP_RST)) {
			f->other_has_stream = true;
			f->other_ttl = p->ttl;
		}
		f->other_has_reset = f->other_has_reset ||
				     (near && p->flags == f->flags && p->seq == f->seq);
	} else if (is_to_sender(f, p) && f->has_provoking && near) {
		f->other_has_provoking = f->other_has_provoking || (p->seq == f->provoking.seq &&
								    p->ack == f->provoking.ack &&
								    p->flags == f->provoking.flags);
	}
}

void resets_look(struct resets *r, unsigned capture, const struct captured *p)
{
	struct look *l = r->look;
	if (p->kind != CAPTURED_TCP)
		return;
	uint32_t i = l->heads[ends_hash(&p->source, &p->destination, p->sport, p->dport) & l->mask];
	for (; i; i = l->next[i - 1])
		look(&r->items.items[i - 1], capture, p);
}

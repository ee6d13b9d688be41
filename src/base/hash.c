/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open addressing with linear probing; FNV-1a; entries are never removed. */
#include <fwlint/base.h>

struct hash_slot {
	struct str key;
	uint64_t code;
	void *value;
};

static uint64_t hash_code(struct str key)
{
	uint64_t h = 14695981039346656037ULL;
	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 1099511628211ULL;
	return h;
}

void hash_init(struct hash *h, struct arena *a)
{
	*h = (struct hash){ .arena = a };
}

static struct hash_slot *find(const struct hash *h, struct str key, uint64_t code)
{
	size_t i = code & (h->cap - 1);
	while (h->slots[i].value && (h->slots[i].code != code || !str_eq(h->slots[i].key, key)))
		i = (i + 1) & (h->cap - 1);
	return &h->slots[i];
}

void *hash_get(const struct hash *h, struct str key)
{
	return h->cap ? find(h, key, hash_code(key))->value : NULL;
}

static void rehash(struct hash *h)
{
	struct hash old = *h;
	h->cap = old.cap ? old.cap * 2 : 32;
	h->slots = arena_new_array(h->arena, struct hash_slot, h->cap);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value)
			*find(h, old.slots[i].key, old.slots[i].code) = old.slots[i];
}

void hash_put(struct hash *h, struct str key, void *value)
{
	FW_ASSERT(value);
	if ((h->n + 1) * 2 > h->cap)
		rehash(h);
	uint64_t code = hash_code(key);
	struct hash_slot *slot = find(h, key, code);
	if (!slot->value)
		h->n++;
	*slot = (struct hash_slot){ key, code, value };
}

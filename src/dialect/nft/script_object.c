/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters, limits, helpers of conntrack …: objects that have a name, and the statements that take
 * them. */
#include "nft.h"

// clang-format off
static const char *const words[OBJECT_KINDS] = {
	[OBJECT_COUNTER] = "counter", [OBJECT_QUOTA] = "quota", [OBJECT_LIMIT] = "limit",
	[OBJECT_SECMARK] = "secmark", [OBJECT_SYNPROXY] = "synproxy", [OBJECT_TUNNEL] = "tunnel",
	[OBJECT_FLOWTABLE] = "flowtable", [OBJECT_HELPER] = "ct helper", [OBJECT_TIMEOUT] = "ct timeout",
	[OBJECT_EXPECTATION] = "ct expectation",
};
// clang-format on

const char *object_word(enum object_kind kind)
{
	return words[kind];
}

enum object_kind object_kind_find(struct str word)
{
	unsigned k = 0;
	while (k < OBJECT_KINDS && !str_is(word, words[k]))
		k++;
	return (enum object_kind)k;
}

struct nft_object *table_object(const struct nft_table *t, enum object_kind kind, struct str name)
{
	struct nft_object *o = hash_get(&t->object_by_name[kind], name);
	return o && !o->is_gone ? o : NULL;
}

struct nft_object *table_add_object(struct script *s, struct nft_table *t, enum object_kind kind,
				    struct str name)
{
	struct nft_object *o = table_object(t, kind, name);
	if (o)
		return o;
	o = arena_new_one(s->arena, struct nft_object);
	*o = (struct nft_object){ .kind = kind, .name = name };
	hash_put(&t->object_by_name[kind], name, o);
	t->objects |= 1u << kind;
	return o;
}

const struct expr *stmt_object(const struct stmt *st, enum object_kind *ret_kind)
{
	static const struct {
		const char *text;
		enum stmt_kind kind;
		enum object_kind object;
	} takers[] = {
		{ "counter", ST_OTHER, OBJECT_COUNTER },
		{ "limit name ", ST_STATEFUL, OBJECT_LIMIT },
		{ "quota name ", ST_STATEFUL, OBJECT_QUOTA },
		{ "synproxy", ST_STOLEN, OBJECT_SYNPROXY },
		{ "tunnel", ST_OTHER, OBJECT_TUNNEL },
		{ "flow", ST_OTHER, OBJECT_FLOWTABLE },
	};
	if (st->kind == ST_SET && st->a && st->a->kind == EXPR_SELECTOR) {
		enum object_kind kind = str_is(st->a->text, "meta secmark")
						? OBJECT_SECMARK
						: object_kind_find(st->a->text);
		if ((kind < OBJECT_HELPER && kind != OBJECT_SECMARK) || kind >= OBJECT_KINDS)
			return NULL;
		*ret_kind = kind;
		return st->b;
	}
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (st->kind == takers[i].kind && str_starts(st->text, takers[i].text)) {
			*ret_kind = takers[i].object;
			return st->b;
		}
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a set or a map declares, and whether its elements are such as it may hold. */
#include "lower.h"

static void say(struct lowering *l, struct span at, enum error_code kind, const char *what)
{
	l->failed = false;
	lower_error(l, at, kind, "%s", what);
}

/* nf_tables_api.c: nf_tables_newset, nft_select_set_ops; evaluate.c: set_evaluate */
static void check_flags(struct lowering *l, const struct nft_set *s)
{
	if (s->is_interval && s->flag_dynamic)
		say(l, s->span, ERROR_CONFLICT,
		    "the kernel has no interval sets that rules can fill (flags interval, "
		    "dynamic)");
	else if (s->flag_constant && s->flag_timeout)
		say(l, s->span, ERROR_CONFLICT, "the kernel has no constant sets with timeouts");
	else if (s->gc_interval.n && !s->flag_timeout)
		say(l, s->span, ERROR_MISSING, "gc-interval needs a set with a timeout");
	else if (s->merges && !s->is_interval)
		say(l, s->span, ERROR_MISSING, "auto-merge needs a set with flags interval");
}

const struct expr *element_key(const struct expr *e)
{
	return e->kind == EXPR_MAPPING ? e->items[0] : e;
}

bool is_interval_key(const struct expr *key)
{
	bool found = key->kind == EXPR_RANGE || key->kind == EXPR_PREFIX;
	for (size_t i = 0; key->kind == EXPR_CONCAT && i < key->n; i++)
		found = found || is_interval_key(key->items[i]);
	return found;
}

/* evaluate.c: setelem_evaluate, elems_evaluate; nf_tables_api.c: nft_add_set_elem */
static void check_element(struct lowering *l, const struct nft_set *s, const struct expr *e)
{
	const struct expr *key = element_key(e);
	uint16_t stateful = e->stateful ? e->stateful : key->stateful;
	if (!s->is_interval && s->key.n && is_interval_key(key))
		say(l, e->span, ERROR_MISSING,
		    "a range or a prefix needs a set with flags interval");
	else if (e->kind == EXPR_MAPPING && !s->is_map)
		say(l, e->span, ERROR_TYPE, "a set has no values: expected a key alone");
	else if (e->kind != EXPR_MAPPING && s->is_map)
		say(l, e->span, ERROR_MISSING, "expected ':' and the value of this key of a map");
	else if ((e->temporary || key->temporary) && !s->flag_timeout)
		say(l, e->span, ERROR_MISSING,
		    "an element with a timeout needs a set with flags timeout");
	else if (stateful && s->stateful && stateful != s->stateful)
		say(l, e->span, ERROR_TYPE,
		    "the counters or limits of this element differ from those that its set "
		    "declares");
	else if (stateful && !s->n_stateful && !s->flag_dynamic)
		say(l, e->span, ERROR_MISSING,
		    "the set does not declare the counters or limits that this element has");
}

/* Elements that hash and bitmap sets have no room for (ENFILE). */
static void check_size(struct lowering *l, const struct nft_set *s)
{
	if (!s->size || s->is_interval || s->elements.n <= s->size)
		return;
	struct hash seen;
	size_t n = 0;
	hash_init(&seen, l->arena);
	for (size_t i = 0; i < s->elements.n; i++) {
		const struct expr *e = s->elements.items[i];
		struct str text = expr_text(l->arena, element_key(e));
		if (hash_get(&seen, text))
			continue;
		hash_put(&seen, text, s->elements.items[i]);
		if (++n > s->size) {
			say(l, e->span, ERROR_VALUE,
			    "the set has more elements than its size (Too many open files in "
			    "system)");
			return;
		}
	}
}

bool lower_check_declared(struct lowering *l, const struct nft_set *s)
{
	size_t errors = l->script->diags->n;
	check_flags(l, s);
	for (size_t i = 0; i < s->elements.n && l->script->diags->n == errors; i++)
		check_element(l, s, s->elements.items[i]);
	if (l->script->diags->n == errors)
		check_size(l, s);
	l->failed = false;
	return l->script->diags->n == errors;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When are two rules the same for -D and -C? The tools compare the compiled rules: -s, -d, -i, -o
 * and -p in any order, the -m parts one by one in order, and the target (iptables.c: delete_entry,
 * nft-shared.c: nft_rule_cmp). Here each rule gets a number of all that; equal numbers are equal
 * rules.
 */
#include "extension.h"

#include <stdlib.h>

static uint64_t mix(uint64_t h, u128 v)
{
	for (unsigned i = 0; i < 16; i++)
		h = (h ^ (unsigned char)(v >> 8 * i)) * 1099511628211ULL;
	return h;
}

static uint64_t mix_text(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211ULL;
	return mix(h, s.n);
}

#define START 14695981039346656037ULL

static uint64_t match_sum(const struct match *m)
{
	uint64_t h = mix(mix(mix(START, m->kind), m->negate),
			 m->kind == MATCH_OPAQUE ? 0 : m->field);
	switch (m->kind) {
	case MATCH_RANGES:
		for (uint32_t i = 0; i < m->n; i++)
			h = mix(mix(h, m->ranges[i].lo), m->ranges[i].hi);
		return h;
	case MATCH_MASK: return mix(mix(h, m->mask->mask), m->mask->value);
	case MATCH_OPAQUE: return mix_text(h, m->opaque->key);
	case MATCH_ANY:
	case MATCH_ALL:
		for (uint32_t i = 0; i < m->n; i++)
			h = mix(h, match_sum(&m->parts[i]));
		return h;
	}
	return h;
}

static uint64_t matches_sum(const struct match *m, size_t n)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += match_sum(&m[i]);
	return sum;
}

/* ---- the text of an opaque match or a target ---- */

static const struct option *option_named(const struct extension *e, const char *name)
{
	for (size_t i = 0; i < e->n_options; i++)
		if (strcmp(e->options[i].name, name) == 0)
			return &e->options[i];
	return NULL;
}

void instance_say(struct rule_parser *r, struct instance *in, const struct option *o,
		  const struct option_value *v)
{
	const char *other = o->opposite ? o->opposite : o->same_as;
	const struct option *real = other ? option_named(in->ext, other) : o;
	bool negate = v->negate != v->flipped, opposite = o->opposite;
	FW_ASSERT(real);
	if (real->standard && !negate && !opposite && str_is(v->normal, real->standard))
		return; /* the same as without the option */
	/* options that may be given again belong to a part, and --next begins one */
	in->part += (o->flags & OPT_REPEAT) && o->arg == ARG_NONE;
	const char *part = o->flags & OPT_REPEAT ? arena_printf(r->p->arena, "%u", in->part) : "";
	struct said said = { str_from(arena_printf(r->p->arena, "--%s%s %.*s", real->name, part,
						   STR_FMT(v->normal))),
			     negate != opposite };
	vec_push(r->p->arena, &in->said, said);
}

static int said_order(const void *x, const void *y)
{
	const struct said *a = x, *b = y;
	size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
	int order = memcmp(a->text.p, b->text.p, n);
	return order ? order : (a->text.n > b->text.n) - (a->text.n < b->text.n);
}

struct str instance_said(struct arena *a, const struct instance *in, const struct said *plain)
{
	struct text t = { .arena = a };
	struct said *sorted = arena_new_array(a, struct said, in->said.n);
	if (in->said.n)
		memcpy(sorted, in->said.items, in->said.n * sizeof(*sorted));
	if (plain)
		sorted[plain - in->said.items].negate = false;
	if (in->said.n)
		qsort(sorted, in->said.n, sizeof(*sorted), said_order);
	text_printf(&t, "-m %s", in->ext->name);
	for (size_t i = 0; i < in->said.n; i++)
		text_printf(&t, "%s %.*s", sorted[i].negate ? " !" : "", STR_FMT(sorted[i].text));
	return text_str(&t);
}

static uint64_t target_sum(const struct rule_parser *r)
{
	uint64_t h = mix(mix_text(START, r->verdict_name), r->verdict.kind);
	bool writes = r->has_target && r->target.ext->statement == STMT_WRITE,
	     known = r->verdict.kind == VERDICT_REJECT;
	for (size_t i = 0; i < r->statements.n; i++) {
		const struct statement *s = &r->statements.items[i];
		if (s->kind != STMT_WRITE)
			continue;
		known = writes && !s->unknown;
		h = mix(mix(mix(h, s->field), s->mask), s->value);
		h = mix(mix(mix(h, s->from), s->from_mask), (unsigned)s->shift);
	}
	h = mix(mix_text(h, r->verdict.reject_with), r->target.number);
	return r->has_target && !known ? mix_text(h, instance_said(r->p->arena, &r->target, NULL))
				       : h;
}

uint64_t rule_sum(const struct rule_parser *r, size_t own)
{
	uint64_t h = mix(mix(START, r->proto), matches_sum(r->matches.items, own));
	for (size_t i = 0; i < r->loaded.n; i++) {
		const struct instance *in = &r->loaded.items[i];
		h = mix_text(h, str_from(in->ext->name));
		h = mix(h, matches_sum(in->pending.items, in->pending.n));
		if (in->ext->flags & EXT_ALL_SAME)
			continue;
		if (in->ext->flags & EXT_FOREIGN)
			h = mix_text(h, text_str(&in->text));
		else
			h = mix_text(h, in->ext->flags & EXT_TYPED
						? in->key
						: instance_said(r->p->arena, in, NULL));
	}
	return mix(mix_text(h, r->comment), target_sum(r));
}

bool rule_same(const struct parser *p, const struct rule *x, const struct rule *y)
{
	return p->known.items[x->id].sum == p->known.items[y->id].sum;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When are two rules the same to -D and -C? The kernel's tools compare what the
 * words compile to: -s, -d, -i, -o and -p in any order, the -m parts one by one in
 * order, and the target (iptables.c: delete_entry, nft-shared.c: nft_rule_cmp). Here
 * each rule gets a number of all that; equal numbers are equal rules.
 */
#include "parser.h"

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
	uint64_t h = mix(mix(mix(START, m->kind), m->negate), m->kind == MATCH_OPAQUE ? 0 : m->field);
	switch (m->kind) {
	case MATCH_RANGES:
		for (uint32_t i = 0; i < m->n; i++)
			h = mix(mix(h, m->ranges[i].lo), m->ranges[i].hi);
		return h;
	case MATCH_MASK:
		return mix(mix(h, m->mask->mask), m->mask->value);
	case MATCH_OPAQUE:
		return mix_text(h, m->opaque->text);
	case MATCH_ANY: case MATCH_ALL:
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

/* Does the option say what is so without it? */
static bool is_standard(const struct option *o, const struct option_value *v)
{
	u128 n;
	if (!o->standard || v->negate)
		return false;
	return o->arg == ARG_NONE || str_is(v->word, o->standard) ||
	       (v->lo == v->hi && (o->arg == ARG_U16 || o->arg == ARG_U32 || o->arg == ARG_LOG_LEVEL) &&
		str_number(str_from(o->standard), UINT32_MAX, &n) && n == v->lo);
}

uint64_t option_sum(const struct option *o, const struct option_value *v)
{
	if (is_standard(o, v))
		return 0;
	uint64_t h = mix(mix_text(START, str_from(o->name)), v->negate);
	bool is_text = o->arg == ARG_TEXT || o->arg == ARG_TWO_TEXTS || o->arg == ARG_MAYBE ||
		       o->arg == ARG_HOST || o->arg == ARG_HOSTMASK || o->arg == ARG_PLEN || o->arg == ARG_TOS;
	return is_text ? mix_text(mix_text(h, v->word), v->second) : mix(mix(h, v->lo), v->hi);
}

static uint64_t target_sum(const struct rule_parser *r)
{
	uint64_t h = mix(mix_text(START, r->verdict_name), r->verdict.kind);
	bool known = r->verdict.kind == VERDICT_REJECT;
	for (size_t i = 0; i < r->statements.n; i++) {
		const struct statement *s = &r->statements.items[i];
		if (s->kind != STMT_WRITE)
			continue;
		known = !s->unknown;
		h = mix(mix(mix(h, s->field), s->mask), s->value);
		h = mix(mix(mix(h, s->from), s->from_mask), (unsigned)s->shift);
	}
	h = mix(mix_text(h, r->verdict.reject_with), r->target.number);
	return r->has_target && !known ? mix(h, r->target.sum) : h;
}

uint64_t rule_sum(const struct rule_parser *r, size_t own)
{
	uint64_t h = mix(mix(START, r->proto), matches_sum(r->matches.items, own));
	for (size_t i = 0; i < r->loaded.n; i++) {
		const struct instance *in = &r->loaded.items[i];
		h = mix_text(h, str_from(in->ext->name));
		h = mix(h, matches_sum(in->pending.items, in->pending.n));
		if (in->key.n)
			h = mix_text(h, in->key);
		else if (!(in->ext->flags & EXT_TYPED))
			h = mix(h, in->ext->flags & EXT_FOREIGN ? mix_text(START, text_str(&in->text)) : in->sum);
	}
	return mix(mix_text(h, r->comment), target_sum(r));
}

bool rule_same(const struct parser *p, const struct rule *x, const struct rule *y)
{
	return p->known.items[x->id].sum == p->known.items[y->id].sum;
}

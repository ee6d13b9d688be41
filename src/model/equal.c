/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do matches, statements and verdicts say the same? */
#include <fwlint/model.h>

bool match_equal(const struct match *x, const struct match *y)
{
	if (x->kind != y->kind || x->negate != y->negate)
		return false;
	switch (x->kind) {
	case MATCH_RANGES:
		if (x->field != y->field || x->n != y->n || x->no_template != y->no_template)
			return false;
		for (uint32_t i = 0; i < x->n; i++)
			if (x->ranges[i].lo != y->ranges[i].lo ||
			    x->ranges[i].hi != y->ranges[i].hi)
				return false;
		return true;
	case MATCH_MASK:
		return x->field == y->field && x->mask->mask == y->mask->mask &&
		       x->mask->value == y->mask->value;
	case MATCH_OPAQUE:
		return x->opaque->class == y->opaque->class &&
		       str_eq(x->opaque->key, y->opaque->key);
	case MATCH_ANY:
	case MATCH_ALL:
		if (x->n != y->n)
			return false;
		for (uint32_t i = 0; i < x->n; i++)
			if (!match_equal(&x->parts[i], &y->parts[i]))
				return false;
		return true;
	}
	return false;
}

bool rule_is_only(const struct rule *r, enum field field, u128 value)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (match_is_only(&r->matches[i], field, value))
			return true;
	return false;
}

const struct match *match_among(const struct match *list, uint32_t n, const struct match *m)
{
	for (uint32_t i = 0; i < n; i++)
		if (match_equal(&list[i], m))
			return &list[i];
	return NULL;
}

bool statement_equal(const struct statement *x, const struct statement *y)
{
	return x->kind == y->kind && x->field == y->field && x->mask == y->mask &&
	       x->value == y->value && x->unknown == y->unknown && x->needs_ct == y->needs_ct &&
	       x->over_untracked == y->over_untracked && x->from_mask == y->from_mask &&
	       (!x->from_mask || (x->from == y->from && x->shift == y->shift));
}

static bool same_range(const struct range *x, const struct range *y)
{
	return x->lo == y->lo && x->hi == y->hi;
}

static bool same_choice(const struct nat_choice *x, const struct nat_choice *y)
{
	return match_equal(&x->key, &y->key) && x->has_address == y->has_address &&
	       x->has_ports == y->has_ports && x->is_one_of == y->is_one_of &&
	       same_range(&x->address, &y->address) && same_range(&x->ports, &y->ports);
}

bool nat_target_equal(const struct nat_target *x, const struct nat_target *y)
{
	bool equal = x->end == y->end && x->has_address == y->has_address &&
		     x->has_ports == y->has_ports && same_range(&x->address, &y->address) &&
		     same_range(&x->ports, &y->ports) && x->is_prefix == y->is_prefix &&
		     x->is_random == y->is_random && x->is_persistent == y->is_persistent &&
		     x->base == y->base && x->is_unknown == y->is_unknown &&
		     x->n_choices == y->n_choices;
	for (uint32_t i = 0; equal && i < x->n_choices; i++)
		equal = same_choice(&x->choices[i], &y->choices[i]);
	return equal;
}

u128 mark_shifted(u128 bits, int shift)
{
	bits &= 0xffffffffu;
	return (shift < 0 ? bits >> -shift : bits << shift) & 0xffffffffu;
}

const char *rate_key(struct arena *a, uint64_t n, unsigned seconds)
{
	uint64_t x = n, y = seconds;
	while (y) {
		uint64_t rest = x % y;
		x = y;
		y = rest;
	}
	return arena_printf(a, "%llu in %llu s", (unsigned long long)(n / x),
			    (unsigned long long)(seconds / x));
}

/* Codes of ICMP type 3 and ICMPv6 type 1 (RFC 792, RFC 4443); icmpx as nft_reject.c has them. */
// clang-format off
static const struct { const char *name; int code[2]; } rejects[] = {
	{ "port-unreachable", { 3, 4 } }, { "net-unreachable", { 0, -1 } }, { "no-route", { 0, 0 } },
	{ "host-unreachable", { 1, 3 } }, { "addr-unreachable", { -1, 3 } },
	{ "proto-unreachable", { 2, -1 } }, { "prot-unreachable", { 2, -1 } },
	{ "net-prohibited", { 9, -1 } }, { "host-prohibited", { 10, -1 } },
	{ "admin-prohibited", { 13, 1 } }, { "adm-prohibited", { -1, 1 } },
	{ "not-neighbor", { -1, 2 } }, { "policy-fail", { -1, 5 } }, { "reject-route", { -1, 6 } },
};
// clang-format on

/* The codes in both families of a name in any dialect; false: no code has this name. */
static bool reject_codes(struct str name, int ret[2])
{
	static const char *const prefixes[] = { "icmp-", "icmp6-", "icmp ", "icmpv6 ", "icmpx " };
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_starts(name, prefixes[i])) {
			name.p += strlen(prefixes[i]);
			name.n -= strlen(prefixes[i]);
			break;
		}
	for (size_t i = 0; i < ARRAY_SIZE(rejects); i++)
		if (str_is(name, rejects[i].name)) {
			memcpy(ret, rejects[i].code, sizeof(rejects[i].code));
			return true;
		}
	return false;
}

static bool same_reject(struct str x, struct str y)
{
	int a[2], b[2];
	if (str_eq(x, y))
		return true;
	if (!reject_codes(x, a) || !reject_codes(y, b))
		return false;
	bool some = false;
	for (int f = 0; f < 2; f++) {
		if (a[f] >= 0 && b[f] >= 0 && a[f] != b[f])
			return false;
		some = some || (a[f] >= 0 && b[f] >= 0);
	}
	return some;
}

bool verdict_equal(const struct verdict *x, const struct verdict *y)
{
	if (x->kind == VERDICT_QUEUE && y->kind == VERDICT_QUEUE)
		return x->bypass == y->bypass && str_eq(x->program->key, y->program->key);
	return x->kind == y->kind && x->tcp_reset == y->tcp_reset &&
	       (x->kind != VERDICT_REJECT || x->tcp_reset ||
		same_reject(x->reject_with, y->reject_with));
}

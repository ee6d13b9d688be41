/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the argument of an extension's option of the right kind and in its bounds? Also gives all
 * spellings of a value one normal form: for -D, and so that a test is one variable however it is
 * written.
 */
#include "extension.h"

#include <stdlib.h>

static bool number_value(const struct option *o, struct str s, u128 type_max,
			 struct option_value *v)
{
	u128 max = o->max ? o->max : type_max;
	if (!str_number(s, max, &v->lo) || v->lo < o->min)
		return false;
	v->hi = v->lo;
	return true;
}

static bool range_value(const struct option *o, struct range range, struct option_value *v)
{
	v->lo = range.lo;
	v->hi = range.hi;
	return range.lo <= range.hi || (o->flags & OPT_REVERSED);
}

static bool number_range(const struct option *o, u128 max, struct option_value *v)
{
	struct range range;
	return parse_number_range(v->word, ':', max, &range) && range_value(o, range, v);
}

/* A single number means "from this number on" (libxt_connbytes.c). */
static bool range_from(const struct option *o, struct option_value *v)
{
	if (!number_range(o, UINT64_MAX, v))
		return false;
	if (!memchr(v->word.p, ':', v->word.n))
		v->hi = UINT64_MAX;
	return true;
}

/* As the kernel has it, in parts of 2^31 (libxt_statistic.c). */
static bool probability(struct str s, u128 *ret)
{
	char buf[64], *end;
	if (!s.n || s.n >= sizeof(buf))
		return false;
	memcpy(buf, s.p, s.n);
	buf[s.n] = 0;
	double d = strtod(buf, &end);
	if (*end || d < 0 || d > 1)
		return false;
	*ret = (u128)(d * 0x80000000u + 0.5);
	return true;
}

static bool mac_address(struct str s, u128 *ret)
{
	u128 v = 0;
	if (s.n != 17)
		return false;
	for (size_t i = 0; i < 17; i++) {
		char c = s.p[i];
		bool hex = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
		if (i % 3 == 2 ? c != ':' : !hex)
			return false;
		v = hex ? v << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10) : v;
	}
	*ret = v;
	return true;
}

/*
 * An address, or a name, which stays as it is. An address with a mask differs from one without,
 * even if the mask is all ones: 10.0.0.1 has 128 bits of it, 10.0.0.1/32 has 32 (xtoptions.c:
 * xtopt_parse_hostmask).
 */
static bool host_value(const struct rule_parser *r, bool with_mask, struct option_value *v)
{
	struct str rest = v->word, host = str_cut(&rest, '/');
	bool v6 = !(r->families & V4), has_mask = rest.p;
	v->hi = v6 ? ~(u128)0 : UINT32_MAX;
	if (has_mask && (!with_mask || !parse_mask(rest, v6, &v->hi)))
		return false;
	if (!parse_addr(host, v6, &v->lo)) {
		v->normal = v->word;
		return is_hostname(host);
	}
	const char *addr = number_text(r->p->arena, v->lo);
	v->normal = str_from(
		has_mask && !v6
			? arena_printf(r->p->arena, "%s/%s", addr, number_text(r->p->arena, v->hi))
		: v6 ? arena_printf(r->p->arena, "%s/%s", addr, number_text(r->p->arena, v->hi))
		     : addr);
	return true;
}

/* By number or by name; not by "err" and "warn" of syslog(3) (xtoptions.c: xtopt_parse_sysloglvl).
 */
static bool log_level(struct str s, u128 *ret)
{
	static const struct {
		const char *name;
		unsigned level;
	} names[] = {
		{ "emerg", 0 },   { "panic", 0 },  { "alert", 1 }, { "crit", 2 },  { "error", 3 },
		{ "warning", 4 }, { "notice", 5 }, { "info", 6 },  { "debug", 7 },
	};
	if (str_number(s, 7, ret))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_is(s, names[i].name)) {
			*ret = names[i].level;
			return true;
		}
	return false;
}

/* A name is a value in six bits, a number in all eight (xtables' tos_values.c). */
static bool tos_value(struct option_value *v)
{
	struct str rest = v->word, value = str_cut(&rest, '/');
	static const struct {
		const char *name;
		unsigned value;
	} names[] = {
		{ "Minimize-Delay", 16 },      { "Maximize-Throughput", 8 },
		{ "Maximize-Reliability", 4 }, { "Minimize-Cost", 2 },
		{ "Normal-Service", 0 },
	};
	v->hi = 0x3f;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq_nocase(v->word, str_from(names[i].name))) {
			v->lo = names[i].value;
			return true;
		}
	v->hi = 0xff;
	return str_number(value, 255, &v->lo) && (!rest.p || str_number(rest, 255, &v->hi));
}

/* A prefix length or, if `masks`, a mask of any form. */
static bool prefix_value(const struct rule_parser *r, bool masks, struct option_value *v)
{
	u128 n;
	bool v6 = !(r->families & V4);
	if (!masks && !str_number(v->word, v6 ? 128 : 32, &n))
		return false;
	return parse_mask(v->word, v6, &v->lo);
}

bool word_in(struct str s, const char *words, unsigned flags, u128 *ret_bit)
{
	struct str rest = str_from(words);
	for (unsigned i = 0; rest.p; i++) {
		struct str one = str_cut(&rest, ',');
		if ((flags & OPT_SHORT) && s.n && s.n < one.n)
			one.n = s.n;
		if (flags & (OPT_ANY_CASE | OPT_SHORT) ? str_eq_nocase(s, one) : str_eq(s, one)) {
			*ret_bit = (u128)1 << i;
			return true;
		}
	}
	return false;
}

static bool words_value(const struct option *o, bool several, struct option_value *v)
{
	struct str rest = v->word;
	v->lo = 0;
	while (rest.p) {
		u128 bit;
		if (!word_in(several ? str_cut(&rest, ',') : v->word, o->words, o->flags, &bit))
			return false;
		v->lo |= bit;
		if (!several)
			return true;
	}
	return v->word.p;
}

static bool value_read(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	struct range range;
	unsigned proto;
	switch (o->arg) {
	case ARG_NONE:
	case ARG_TWO_TEXTS:
	case ARG_MAYBE: return true;
	case ARG_TEXT: return v->word.n >= o->min && (!o->max || v->word.n <= o->max);
	case ARG_U8: return number_value(o, v->word, 255, v);
	case ARG_U16: return number_value(o, v->word, 65535, v);
	case ARG_U32: return number_value(o, v->word, UINT32_MAX, v);
	case ARG_U64: return number_value(o, v->word, UINT64_MAX, v);
	case ARG_U16_RANGE: return number_range(o, o->max ? o->max : 65535, v);
	case ARG_U32_RANGE: return number_range(o, UINT32_MAX, v);
	case ARG_U64_RANGE: return range_from(o, v);
	case ARG_MARK: return parse_mark(v->word, &v->lo, &v->hi);
	case ARG_HOST: return host_value(r, false, v);
	case ARG_HOSTMASK: return host_value(r, true, v);
	case ARG_PORT: return parse_decimal_port(v->word, &v->lo);
	case ARG_PORT_RANGE:
		return parse_decimal_port_range(v->word, ':', &range) && range_value(o, range, v);
	case ARG_C_PORT_RANGE:
		return parse_port_range(v->word, ':', &range) && range_value(o, range, v);
	case ARG_PROTO:
		if (!parse_protocol(v->word, &proto))
			return false;
		v->lo = proto;
		return proto >= o->min;
	case ARG_PLEN: return prefix_value(r, o->max, v);
	case ARG_MAC: return mac_address(v->word, &v->lo);
	case ARG_PROBABILITY: return probability(v->word, &v->lo);
	case ARG_LOG_LEVEL: return log_level(v->word, &v->lo);
	case ARG_TOS: return tos_value(v);
	case ARG_WORD: return words_value(o, false, v);
	case ARG_WORDS: return words_value(o, true, v);
	}
	return false;
}

const char *number_text(struct arena *a, u128 v)
{
	return v >> 64 ? arena_printf(a, "0x%llx%016llx", (unsigned long long)(v >> 64),
				      (unsigned long long)v)
		       : arena_printf(a, "%llu", (unsigned long long)v);
}

/* The value in the one spelling of its kind. */
static struct str normal_of(struct arena *a, const struct option *o, const struct option_value *v)
{
	switch (o->arg) {
	case ARG_NONE: return STR("");
	case ARG_TEXT:
	case ARG_MAYBE: return v->word;
	case ARG_TWO_TEXTS:
		return str_from(arena_printf(a, "%.*s %.*s", STR_FMT(v->word), STR_FMT(v->second)));
	case ARG_U16_RANGE:
	case ARG_U32_RANGE:
	case ARG_U64_RANGE:
	case ARG_PORT_RANGE:
	case ARG_C_PORT_RANGE:
		return str_from(
			arena_printf(a, "%s:%s", number_text(a, v->lo), number_text(a, v->hi)));
	case ARG_MARK:
	case ARG_TOS:
		return str_from(
			arena_printf(a, "%s/%s", number_text(a, v->lo), number_text(a, v->hi)));
	case ARG_HOST:
	case ARG_HOSTMASK: return v->normal;
	case ARG_U8:
	case ARG_U16:
	case ARG_U32:
	case ARG_U64:
	case ARG_PORT:
	case ARG_PROTO:
	case ARG_PLEN:
	case ARG_MAC:
	case ARG_PROBABILITY:
	case ARG_LOG_LEVEL:
	case ARG_WORD:
	case ARG_WORDS: return str_from(number_text(a, v->lo));
	}
	return v->word;
}

bool mask_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	(void)o;
	if (v->lo == (r->families & V4 ? UINT32_MAX : ~(u128)0))
		v->normal = STR("all");
	return true;
}

bool long_mask_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	return r->families & V4 ? true : mask_normal(r, o, v);
}

bool argument_read(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	if (!value_read(r, o, v))
		return false;
	if (o->arg != ARG_HOST && o->arg != ARG_HOSTMASK)
		v->normal = normal_of(r->p->arena, o, v);
	return !o->normal || o->normal(r, o, v);
}

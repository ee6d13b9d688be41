/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The argument of an extension's option: of its kind and in its bounds? */
#include "parser.h"

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
	*ret = 0;
	if (s.n != 17)
		return false;
	for (size_t i = 0; i < 17; i++) {
		char c = s.p[i];
		bool hex = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
		if (i % 3 == 2 ? c != ':' : !hex)
			return false;
		*ret = hex ? *ret << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10) : *ret;
	}
	return true;
}

static bool is_host(const struct rule_parser *r, struct str s, bool with_mask)
{
	struct str rest = s, host = str_cut(&rest, '/');
	u128 v;
	bool v6 = !(r->families & V4);
	if (rest.p && (!with_mask || !parse_mask(rest, v6, &v)))
		return false;
	return parse_addr(host, v6, &v) || is_hostname(host);
}

/* By number or by name (syslog(3)). */
static bool log_level(struct str s, u128 *ret)
{
	static const char *const names[] = { "emerg", "alert", "crit", "error", "warning", "notice", "info", "debug" };
	if (str_number(s, 7, ret))
		return true;
	*ret = str_is(s, "panic") ? 0 : str_is(s, "err") ? 3 : str_is(s, "warn") ? 4 : 8;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (str_is(s, names[i]))
			*ret = i;
	return *ret < 8;
}

static bool is_tos(struct str s)
{
	struct str rest = s, value = str_cut(&rest, '/');
	u128 n;
	static const char *const names[] = { "Minimize-Delay", "Maximize-Throughput",
		"Maximize-Reliability", "Minimize-Cost", "Normal-Service" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq_nocase(s, str_from(names[i])))
			return true;
	return str_number(value, 255, &n) && (!rest.p || str_number(rest, 255, &n));
}

bool argument_read(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	struct range range;
	unsigned proto;
	switch (o->arg) {
	case ARG_NONE: case ARG_TWO_TEXTS: case ARG_MAYBE: return true;
	case ARG_TEXT: return v->word.n >= o->min && (!o->max || v->word.n <= o->max);
	case ARG_U8: return number_value(o, v->word, 255, v);
	case ARG_U16: return number_value(o, v->word, 65535, v);
	case ARG_U32: return number_value(o, v->word, UINT32_MAX, v);
	case ARG_U64: return number_value(o, v->word, UINT64_MAX, v);
	case ARG_U16_RANGE: return number_range(o, o->max ? o->max : 65535, v);
	case ARG_U32_RANGE: return number_range(o, UINT32_MAX, v);
	case ARG_U64_RANGE: return number_range(o, UINT64_MAX, v);
	case ARG_MARK: return parse_mark(v->word, &v->lo, &v->hi);
	case ARG_HOST: return is_host(r, v->word, false);
	case ARG_HOSTMASK: return is_host(r, v->word, true);
	case ARG_PORT: return parse_port(v->word, &v->lo);
	case ARG_PORT_RANGE:
		return parse_port_range(v->word, ':', &range) && range_value(o, range, v);
	case ARG_PROTO:
		if (!parse_protocol(v->word, &proto))
			return false;
		v->lo = proto;
		return proto >= o->min;
	case ARG_PLEN: {
		u128 n;
		return (o->max && parse_mask(v->word, !(r->families & V4), &n)) ||
		       str_number(v->word, r->families & V4 ? 32 : 128, &n);
	}
	case ARG_MAC: return mac_address(v->word, &v->lo);
	case ARG_PROBABILITY: return probability(v->word, &v->lo);
	case ARG_LOG_LEVEL:
		if (!log_level(v->word, &v->lo))
			return false;
		v->hi = v->lo;
		return true;
	case ARG_TOS: return is_tos(v->word);
	}
	return false;
}

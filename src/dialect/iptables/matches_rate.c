/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates: limit and hashlimit. The kernel stores the cost of one packet, so 60/min and 1/s are the
 * same rate (libxt_limit.c: parse_rate, libxt_hashlimit.c).
 */
#include "extension.h"

/* Seconds of a unit: any beginning of second, minute, hour, day; 0: it is none. */
static unsigned unit_seconds(struct str s)
{
	static const struct {
		const char *name;
		unsigned seconds;
	} units[] = {
		{ "second", 1 },
		{ "minute", 60 },
		{ "hour", 3600 },
		{ "day", 86400 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(units) && s.n; i++)
		if (s.n <= strlen(units[i].name) &&
		    str_eq_nocase(s, (struct str){ units[i].name, s.n }))
			return units[i].seconds;
	return 0;
}

struct rate {
	u128 n;
	unsigned seconds;
	struct str behind; /* the number, up to the '/' */
};

/* Digits, of which the tools read as many as there are; then anything; then a unit. */
static bool read_rate(struct str word, u128 max, struct rate *ret)
{
	struct str rest = word, number = str_cut(&rest, '/');
	size_t digits = 0;
	struct rate rate = { 0 };
	while (digits < number.n && number.p[digits] >= '0' && number.p[digits] <= '9') {
		rate.n = rate.n * 10 + (unsigned)(number.p[digits++] - '0');
		if (rate.n > max)
			return false;
	}
	rate.behind = (struct str){ number.p + digits, number.n - digits };
	rate.seconds = rest.p ? unit_seconds(rest) : 1;
	if (!rate.n || !rate.seconds)
		return false;
	*ret = rate;
	return true;
}

/* ---- limit ---- */

#define LIMIT_SCALE 10000 /* XT_LIMIT_SCALE */

static bool limit_normal(const struct rule_parser *r, const struct option *o,
			 struct option_value *v)
{
	struct rate rate;
	(void)o;
	if (!read_rate(v->word, UINT32_MAX, &rate) || rate.n > (u128)LIMIT_SCALE * rate.seconds)
		return false;
	v->normal = str_from(number_text(r->p->arena, (u128)LIMIT_SCALE * rate.seconds / rate.n));
	return true;
}

static void limit_rate(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	struct rate rate;
	(void)o;
	if (read_rate(v->word, UINT32_MAX, &rate))
		in->key = str_from(rate_key(r->p->arena, (uint64_t)rate.n, rate.seconds));
}

static void limit_burst(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)o;
	in->number = v->lo;
	if (!v->lo)
		ruleset_refused_by(r->p->rs, LOADER_LEGACY, source_span(r->p->source, in->at),
				   "iptables-legacy-restore refuses a burst of 0, "
				   "iptables-nft-restore reads it as 5");
}

/* 3/hour and 5 are the defaults (libxt_limit.c). */
static void finish_limit(struct rule_parser *r, struct instance *in)
{
	struct str rate = in->key.n ? in->key : str_from(rate_key(r->p->arena, 3, 3600));
	in->key = str_from(arena_printf(r->p->arena, "limit rate %.*s burst %u packets",
					STR_FMT(rate), in->number ? (unsigned)in->number : 5));
}

// clang-format off
static const struct option limit_options[] = {
	O("limit", TEXT, .normal = limit_normal, .parse = limit_rate, .standard = "12000000"),
	O("limit-burst", U32, .max = 10000, .parse = limit_burst, .standard = "5") };

/* ---- hashlimit ---- */

#define HASHLIMIT_SCALE 1000000 /* XT_HASHLIMIT_SCALE_v2 */

/*
 * The factor of "b", "kb", "mb" or "gb", followed by `end`; 0: it is none of these
 * (libxt_hashlimit.c: parse_bytes).
 */
static u128 bytes_factor(struct str s, const char *end)
{
	static const char *const units[] = { "b", "kb", "mb", "gb" };
	for (size_t i = ARRAY_SIZE(units); i-- > 0;) {
		size_t n = strlen(units[i]);
		if (str_starts(s, units[i]) && str_is((struct str){ s.p + n, s.n - n }, end))
			return (u128)1 << 10 * i;
	}
	return 0;
}
// clang-format on

static u128 rate_bytes(const struct rate *rate, struct str word)
{
	return bytes_factor(
		(struct str){ rate->behind.p, (size_t)(word.p + word.n - rate->behind.p) }, "/s");
}

/* N, N/unit, or bytes: N[kmg]b/s. Anything else behind the digits is ignored. */
static bool hashlimit_normal(const struct rule_parser *r, const struct option *o,
			     struct option_value *v)
{
	struct rate rate;
	(void)o;
	if (!read_rate(v->word, UINT64_MAX, &rate))
		return false;
	u128 factor = rate_bytes(&rate, v->word);
	if (!factor && !rate.behind.n && rate.n > (u128)HASHLIMIT_SCALE * rate.seconds)
		return false;
	/* bytes are counted in parts of 16 (bytes_to_cost) */
	u128 part = (uint32_t)(rate.n * factor >> 4), cost = UINT32_MAX / (part + 1);
	v->normal = str_from(
		factor ? arena_printf(r->p->arena, "%s of bytes", number_text(r->p->arena, cost))
		       : number_text(r->p->arena, (u128)HASHLIMIT_SCALE * rate.seconds / rate.n));
	return true;
}

/* A number of packets, or of bytes with their unit. */
static bool burst_normal(const struct rule_parser *r, const struct option *o,
			 struct option_value *v)
{
	struct rate burst;
	u128 n;
	(void)o;
	if (!str_number(v->word, UINT64_MAX, &n)) {
		if (!read_rate(v->word, UINT32_MAX, &burst))
			return false;
		n = burst.n * bytes_factor(burst.behind, "");
	}
	v->normal = str_from(number_text(r->p->arena, n));
	return n > 0;
}

static void hashlimit_rate(struct rule_parser *r, struct instance *in, const struct option *o,
			   const struct option_value *v)
{
	struct rate rate;
	(void)r, (void)o;
	in->number = read_rate(v->word, UINT64_MAX, &rate) && !rate_bytes(&rate, v->word)
			     ? rate.seconds
			     : 0;
}

enum { HASHLIMIT_EXPIRE = 1 };
#define RATE(n, ...) \
	O(n, TEXT, GROUP_INV, .normal = hashlimit_normal, .parse = hashlimit_rate, __VA_ARGS__)
// clang-format off
static const struct option hashlimit_options[] = {
	RATE("hashlimit-upto"), RATE("hashlimit-above", .opposite = "hashlimit-upto"),
	RATE("hashlimit", .same_as = "hashlimit-upto"),
	O("hashlimit-srcmask", PLEN, .normal = mask_normal, .standard = "all"),
	O("hashlimit-dstmask", PLEN, .normal = mask_normal, .standard = "all"),
	O("hashlimit-burst", TEXT, .normal = burst_normal, .standard = "5"),
	O("hashlimit-htable-size", U32, .standard = "0"),
	O("hashlimit-htable-max", U32, .standard = "0"),
	O("hashlimit-htable-gcinterval", U32, .standard = "1000"),
	O("hashlimit-htable-expire", U32, .id = HASHLIMIT_EXPIRE),
	O("hashlimit-mode", WORDS, .words = "srcip,srcport,dstip,dstport"),
	O("hashlimit-name", TEXT, NEED, .min = 1),
	O("hashlimit-rate-match", NONE), O("hashlimit-rate-interval", TEXT) };
// clang-format on

/*
 * An entry lives for one unit of the rate unless the rule says otherwise (libxt_hashlimit.c:
 * hashlimit_check).
 */
static void finish_hashlimit(struct rule_parser *r, struct instance *in)
{
	if (!in->number || is_given(in, HASHLIMIT_EXPIRE))
		return;
	struct str expire = str_from(number_text(r->p->arena, in->number * 1000));
	for (size_t i = 0; i < ARRAY_SIZE(hashlimit_options); i++)
		if (hashlimit_options[i].id == HASHLIMIT_EXPIRE)
			instance_say(r, in, &hashlimit_options[i],
				     &(struct option_value){ .normal = expire });
}

/* ---- the table ---- */

// clang-format off
static const struct extension table[] = {
	M("limit", V46, EXT_STATEFUL, limit_options, .finish = finish_limit),
	M("hashlimit", V46, GROUP_BOTH | EXT_STATEFUL, hashlimit_options, .finish = finish_hashlimit),
};
// clang-format on

const struct extension_list rate_matches = LIST(table);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches whose options check one another, or whose words have a form of their
 * own (iptables 1.8.9, extensions/lib*t_*.c; what the kernel adds is said). None
 * of them is modelled: what they test is one opaque match.
 */
#include "parser.h"

static void bad_word(struct rule_parser *r, const struct instance *in, const struct option *o, struct str word)
{
	rule_error(r, in->at, "'%.*s' is not a value that '--%s' takes", STR_FMT(word), o->name);
}

static void list_of(struct rule_parser *r, const struct instance *in, const struct option *o, struct str words,
		    const char *list)
{
	while (words.p) {
		struct str one = str_cut(&words, ',');
		if (!in_list(one, list))
			bad_word(r, in, o, one);
	}
}

/* ---- recent ---- */

static void recent_name(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	if (!v->word.n || memchr(v->word.p, '/', v->word.n)) /* a file of /proc/net/xt_recent */
		bad_word(r, in, o, v->word);
}

/* xt_recent.c: recent_mt_check: --set and --remove count and wait for nothing */
#define ONLY_ASKING .excludes = "set,remove"
static const struct option recent_options[] = {
	O("set", NONE, GROUP_INV), O("rcheck", NONE, GROUP_INV), O("update", NONE, GROUP_INV),
	O("remove", NONE, GROUP_INV), O("seconds", U32, .min = 1, ONLY_ASKING),
	O("reap", NONE, .needs = "seconds", ONLY_ASKING), O("hitcount", U32, .max = 65535, ONLY_ASKING),
	O("rttl", NONE, ONLY_ASKING), O("name", TEXT, .parse = recent_name, .standard = "DEFAULT"),
	O("rsource", NONE, .standard = ""), O("rdest", NONE), O("mask", HOST) };

/* --set adds the address, or finds it there: it always matches (xt_recent.c: recent_mt). */
static void finish_recent(struct rule_parser *r, struct instance *in)
{
	(void)r;
	in->always = in->seen & 1;
}

/* ---- statistic ---- */

/* The mode: 'r' or 'n', in the low byte of the number; every in the next 32 bits, packet in those behind. */
static void statistic(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	if (o->name[0] == 'm' && !str_is(v->word, "random") && !str_is(v->word, "nth"))
		bad_word(r, in, o, v->word);
	else if (o->name[0] == 'm')
		in->number |= (unsigned char)v->word.p[0];
	else
		in->number |= v->lo << (o->name[0] == 'e' ? 8 : 40);
}

static void finish_statistic(struct rule_parser *r, struct instance *in)
{
	bool nth = (in->number & 0xff) == 'n';
	uint32_t every = (uint32_t)(in->number >> 8), packet = (uint32_t)(in->number >> 40);
	bool probability = in->seen & 2, counts = in->seen & 4;
	if (nth ? !counts || probability : !probability || counts)
		rule_error(r, in->at, nth ? "'--mode nth' takes '--every' and '--packet'"
					  : "'--mode random' takes '--probability'");
	else if (nth && packet >= every)
		rule_error(r, in->at, "'--packet' counts from 0 and is less than '--every'");
}

static const struct option statistic_options[] = {
	O("mode", TEXT, NEED, .parse = statistic), O("probability", PROBABILITY, INV),
	O("every", U32, INV, .min = 1, .needs = "packet", .parse = statistic),
	O("packet", U32, .needs = "every", .standard = "0", .parse = statistic) };

/* ---- string ---- */

#define STRING_MAX 128 /* XT_STRING_MAX_PATTERN_SIZE */

static void string_text(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	if (!v->word.n || v->word.n > STRING_MAX)
		rule_error(r, in->at, "'--%s' takes a text of 1 to %d characters", o->name, STRING_MAX);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Text with bytes between bars: abc|0d 0a| (libxt_string.c: parse_hex_string). */
static void string_hex(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	size_t n = 0;
	bool hex = false, ok = true;
	for (size_t i = 0; i < v->word.n && ok; i++) {
		char c = v->word.p[i];
		if (c == '|') {
			hex = !hex;
		} else if (c == ' ' && hex) {
			continue;
		} else if (hex || (c == '\\' && i + 1 < v->word.n)) {
			i++;
			ok = !hex || (i < v->word.n && is_hex(c) && is_hex(v->word.p[i]));
			n++;
		} else {
			n++;
		}
	}
	if (!ok || hex || !n || n > STRING_MAX)
		rule_error(r, in->at, "'--%s' takes text and pairs of hexadecimal digits between bars (|0d 0a|), "
			   "up to %d bytes", o->name, STRING_MAX);
}

static void string_algorithm(struct rule_parser *r, struct instance *in, const struct option *o,
			     const struct option_value *v)
{
	list_of(r, in, o, v->word, "bm,kmp,fsm"); /* lib/ts_*.c of the kernel */
}

static void string_place(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	(void)r;
	in->number |= v->lo << (o->name[0] == 'f' ? 16 : 0);
}

/* xt_string.c: string_mt_check */
static void finish_string(struct rule_parser *r, struct instance *in)
{
	if ((in->seen & 2) && (uint16_t)in->number < (uint16_t)(in->number >> 16))
		rule_error(r, in->at, "'--to' is before '--from'");
}

static const struct option string_options[] = {
	O("from", U16, .standard = "0", .parse = string_place), O("to", U16, .standard = "65535", .parse = string_place),
	O("algo", TEXT, NEED, .parse = string_algorithm), O("string", TEXT, GROUP_INV, .parse = string_text),
	O("hex-string", TEXT, GROUP_INV, .parse = string_hex), O("icase", NONE) };

/* ---- hashlimit ---- */

/* N, N/unit, or bytes: N[kmg]b/s. What follows the digits counts for bytes only (libxt_hashlimit.c: parse_rate). */
static void hashlimit_rate(struct rule_parser *r, struct instance *in, const struct option *o,
			   const struct option_value *v)
{
	static const struct { const char *name; unsigned seconds; } units[] = {
		{ "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", 86400 },
	};
	struct str rest = v->word, number = str_cut(&rest, '/');
	unsigned seconds = rest.p ? 0 : 1;
	size_t digits = 0;
	u128 n;
	for (size_t i = 0; i < ARRAY_SIZE(units) && rest.n && !seconds; i++)
		if (rest.n <= strlen(units[i].name) && str_eq_nocase(rest, (struct str){ units[i].name, rest.n }))
			seconds = units[i].seconds;
	while (digits < number.n && number.p[digits] >= '0' && number.p[digits] <= '9')
		digits++;
	bool bytes = digits < number.n;
	number.n = digits;
	if (!seconds || !str_number(number, UINT64_MAX, &n) || !n ||
	    (!bytes && n > (u128)1000000 * seconds)) /* XT_HASHLIMIT_SCALE_v2 */
		bad_word(r, in, o, v->word);
}

static void hashlimit_mode(struct rule_parser *r, struct instance *in, const struct option *o,
			   const struct option_value *v)
{
	list_of(r, in, o, v->word, "srcip,srcport,dstip,dstport");
}

static const struct option hashlimit_options[] = {
	O("hashlimit-upto", TEXT, GROUP_INV, .parse = hashlimit_rate),
	O("hashlimit-above", TEXT, GROUP_INV, .parse = hashlimit_rate),
	O("hashlimit", TEXT, GROUP_INV, .parse = hashlimit_rate), O("hashlimit-srcmask", PLEN),
	O("hashlimit-dstmask", PLEN), O("hashlimit-burst", TEXT, .standard = "5"), O("hashlimit-htable-size", U32),
	O("hashlimit-htable-max", U32), O("hashlimit-htable-gcinterval", U32), O("hashlimit-htable-expire", U32),
	O("hashlimit-mode", TEXT, .parse = hashlimit_mode), O("hashlimit-name", TEXT, NEED, .min = 1),
	O("hashlimit-rate-match", NONE), O("hashlimit-rate-interval", TEXT) };

/* ---- policy ---- */

enum { /* of in->number: what the policy has, what the current element has */
	POLICY_IN = 1, POLICY_OUT = 2, POLICY_NONE = 4, POLICY_HAS_EMPTY = 8, POLICY_BAD_TUNNEL = 16,
	ELEMENT_TUNNEL = 32, ELEMENT_ADDRESS = 64, ELEMENT_REQID = 128, ELEMENT_SPI = 256, ELEMENT_SRC = 512,
	ELEMENT_DST = 1024, ELEMENT_PROTO = 2048, ELEMENT_MODE = 4096,
	ELEMENT = ELEMENT_REQID | ELEMENT_SPI | ELEMENT_SRC | ELEMENT_DST | ELEMENT_PROTO | ELEMENT_MODE
};

static void policy_direction(struct rule_parser *r, struct instance *in, const struct option *o,
			     const struct option_value *v)
{
	list_of(r, in, o, v->word, "in,out");
	in->number |= str_is(v->word, "in") ? POLICY_IN : POLICY_OUT;
}

static void policy_kind(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	list_of(r, in, o, v->word, "none,ipsec");
	in->number |= str_is(v->word, "none") ? POLICY_NONE : 0;
}

static void end_element(struct instance *in)
{
	if (!(in->number & ELEMENT))
		in->number |= POLICY_HAS_EMPTY;
	if ((in->number & ELEMENT_ADDRESS) && !(in->number & ELEMENT_TUNNEL))
		in->number |= POLICY_BAD_TUNNEL;
	in->number &= ~(u128)(ELEMENT | ELEMENT_TUNNEL | ELEMENT_ADDRESS);
}

static void policy_next(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)r, (void)o, (void)v;
	end_element(in);
}

static void policy_element(struct rule_parser *r, struct instance *in, const struct option *o,
			   const struct option_value *v)
{
	static const struct { const char *name; unsigned bit; } names[] = {
		{ "reqid", ELEMENT_REQID }, { "spi", ELEMENT_SPI }, { "tunnel-src", ELEMENT_SRC },
		{ "tunnel-dst", ELEMENT_DST }, { "proto", ELEMENT_PROTO }, { "mode", ELEMENT_MODE },
	};
	unsigned bit = 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, o->name) == 0)
			bit = names[i].bit;
	if (in->number & bit)
		rule_error(r, in->at, "'--%s' is given twice in one element", o->name);
	in->number |= bit | (bit & (ELEMENT_SRC | ELEMENT_DST) ? ELEMENT_ADDRESS : 0);
	if (bit == ELEMENT_PROTO && v->lo != 50 && v->lo != 51 && v->lo != 108)
		rule_error(r, in->at, "'--proto' of a policy is ah, esp or ipcomp");
	if (bit != ELEMENT_MODE)
		return;
	list_of(r, in, o, v->word, "tunnel,transport");
	if (str_is(v->word, "tunnel") != v->negate)
		in->number |= ELEMENT_TUNNEL;
}

/* libxt_policy.c: policy_check; for the chains xt_policy.c: policy_mt_check */
static void finish_policy(struct rule_parser *r, struct instance *in)
{
	bool strict = in->seen & 4;
	end_element(in);
	if ((in->number & POLICY_NONE) && strict)
		rule_error(r, in->at, "'--pol none' takes no '--strict'");
	if (strict && (in->number & POLICY_HAS_EMPTY))
		rule_error(r, in->at, "'--strict' wants something in every element: --reqid, --spi, --proto, --mode, "
			   "--tunnel-src or --tunnel-dst");
	if (in->number & POLICY_BAD_TUNNEL)
		rule_error(r, in->at, "'--tunnel-src' and '--tunnel-dst' go with '--mode tunnel'");
	if ((in->number & POLICY_OUT && in_list(r->chain_name, "PREROUTING,INPUT")) ||
	    (in->number & POLICY_IN && in_list(r->chain_name, "POSTROUTING,OUTPUT")))
		rule_error(r, in->at, "'--dir %s' is not allowed in %.*s", in->number & POLICY_IN ? "in" : "out",
			   STR_FMT(r->chain_name));
}

#define REPEAT_INV .flags = OPT_REPEAT | OPT_INVERT, .parse = policy_element
static const struct option policy_options[] = {
	O("dir", TEXT, NEED, .parse = policy_direction), O("pol", TEXT, .parse = policy_kind), O("strict", NONE),
	O("reqid", U32, REPEAT_INV), O("spi", U32, REPEAT_INV), O("tunnel-src", HOSTMASK, REPEAT_INV),
	O("tunnel-dst", HOSTMASK, REPEAT_INV), O("proto", PROTO, REPEAT_INV), O("mode", TEXT, REPEAT_INV),
	O("next", NONE, .flags = OPT_REPEAT, .needs = "strict", .parse = policy_next) };

/* ---- mh ---- */

/* A name, a beginning of one, or a number (libip6t_mh.c: name_to_type). */
static bool mh_value(struct str s, u128 *ret)
{
	static const struct { const char *name; unsigned type; } names[] = {
		{ "binding-refresh-request", 0 }, { "brr", 0 }, { "home-test-init", 1 }, { "hoti", 1 },
		{ "careof-test-init", 2 }, { "coti", 2 }, { "home-test", 3 }, { "hot", 3 }, { "careof-test", 4 },
		{ "cot", 4 }, { "binding-update", 5 }, { "bu", 5 }, { "binding-acknowledgement", 6 }, { "ba", 6 },
		{ "binding-error", 7 }, { "be", 7 },
	};
	if (str_number(s, 255, ret))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names) && s.n; i++)
		if (s.n <= strlen(names[i].name) && str_eq_nocase(s, (struct str){ names[i].name, s.n })) {
			*ret = names[i].type;
			return true;
		}
	return false;
}

static void mh_type(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	struct str rest = v->word, first = str_cut(&rest, ':');
	u128 lo = 0, hi = 255;
	if ((first.n && !mh_value(first, &lo)) || (rest.n && !mh_value(rest, &hi)) || lo > hi || !v->word.n)
		bad_word(r, in, o, v->word);
}

static const struct option mh_options[] = { O("mh-type", TEXT, INV, .parse = mh_type) };

/* ---- owner ---- */

/* A name, or numbers N or N-M (libxt_owner.c: owner_parse_range); 2^32 - 1 is no user. */
static void owner_id(struct rule_parser *r, struct instance *in, const struct option *o,
		     const struct option_value *v)
{
	struct str rest = v->word, first = str_cut(&rest, '-');
	u128 lo, hi;
	if (!v->word.n || v->word.p[0] < '0' || v->word.p[0] > '9')
		return;
	if (!str_number(first, UINT32_MAX - 1, &lo) ||
	    (rest.p && (!str_number(rest, UINT32_MAX - 1, &hi) || hi < lo)))
		bad_word(r, in, o, v->word);
}

static void owner_groups(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	(void)o, (void)v;
	if (!(in->seen & 2))
		rule_error(r, in->at, "'--suppl-groups' stands behind '--gid-owner'");
}

static const struct option owner_options[] = {
	O("uid-owner", TEXT, INV, .parse = owner_id), O("gid-owner", TEXT, INV, .parse = owner_id),
	O("socket-exists", NONE, INV), O("suppl-groups", NONE, .parse = owner_groups), O("pid-owner", U32, INV),
	O("sid-owner", U32, INV), O("cmd-owner", TEXT, INV) };

/* ---- time ---- */

/* hh:mm[:ss] */
static void time_of_day(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	static const unsigned max[] = { 23, 59, 59 };
	struct str rest = v->word;
	size_t n = 0;
	bool ok = true;
	while (rest.p && ok && n < 3) {
		struct str part = str_cut(&rest, ':');
		unsigned value = 0;
		for (size_t i = 0; i < part.n; i++) {
			ok = ok && part.p[i] >= '0' && part.p[i] <= '9' && part.n <= 2;
			value = value * 10 + (unsigned)(part.p[i] - '0');
		}
		ok = ok && part.n && value <= max[n++];
	}
	if (!ok || n < 2 || rest.p)
		rule_error(r, in->at, "'%.*s' is not a time of day that '--%s' takes (hh:mm[:ss])", STR_FMT(v->word),
			   o->name);
}

static void time_days(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	struct str rest = v->word;
	bool week = o->name[0] == 'w';
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		u128 n;
		bool ok = str_number(one, week ? 7 : 31, &n) && n;
		if (week && one.n >= 2) /* the first two letters count (libxt_time.c: time_parse_weekdays) */
			ok = ok || in_list((struct str){ one.p, 2 }, "Mo,Tu,We,Th,Fr,Sa,Su");
		if (!ok)
			bad_word(r, in, o, one);
	}
}

static const struct option time_options[] = {
	O("datestart", TEXT), O("datestop", TEXT), O("timestart", TEXT, .parse = time_of_day),
	O("timestop", TEXT, .parse = time_of_day), O("contiguous", NONE),
	O("weekdays", TEXT, INV, .parse = time_days), O("monthdays", TEXT, INV, .parse = time_days),
	O("localtz", NONE), O("utc", NONE, .excludes = "kerneltz"), O("kerneltz", NONE) };

/* ---- the table ---- */

static const struct extension table[] = {
	M("hashlimit", V46, GROUP_BOTH | EXT_STATEFUL, hashlimit_options),
	M("mh", V6, 0, mh_options, .protocols = "mh"),
	M("owner", V46, EXT_FLIPS | EXT_GROUP_NEED, owner_options, .chains = "OUTPUT,POSTROUTING"),
	M("policy", V46, 0, policy_options, .finish = finish_policy),
	M("recent", V46, GROUP_BOTH | EXT_STATEFUL, recent_options, .finish = finish_recent),
	M("statistic", V46, EXT_STATEFUL, statistic_options, .finish = finish_statistic),
	M("string", V46, EXT_FLIPS | GROUP_BOTH, string_options, .finish = finish_string),
	M("time", V46, EXT_FLIPS, time_options),
};

const struct extension_list checked_matches = LIST(table);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches whose options check one another, or whose words have a form of their
 * own (iptables 1.8.9, extensions/lib*t_*.c; what the kernel adds is said). None
 * of them is modelled: what they test is one opaque match.
 */
#include "extension.h"

static void bad_word(struct rule_parser *r, const struct instance *in, const struct option *o,
		     struct str word)
{
	rule_error(r, in->at, ERROR_VALUE, "'%.*s' is not a value that '--%s' takes", STR_FMT(word),
		   o->name);
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
// clang-format off
enum { RECENT_SET = 1 };
static const struct option recent_options[] = {
	O("set", NONE, GROUP_INV, .id = RECENT_SET), O("rcheck", NONE, GROUP_INV),
	O("update", NONE, GROUP_INV),
	O("remove", NONE, GROUP_INV), O("seconds", U32, .min = 1, ONLY_ASKING),
	O("reap", NONE, .needs = "seconds", ONLY_ASKING), O("hitcount", U32, .max = 65535, ONLY_ASKING),
	O("rttl", NONE, ONLY_ASKING), O("name", TEXT, .parse = recent_name, .standard = "DEFAULT"),
	O("rsource", NONE, .standard = ""), O("rdest", NONE),
	O("mask", HOST, .normal = long_mask_normal, .standard = "all") };

/* --set adds the address, or finds it there: it always matches (xt_recent.c: recent_mt). */
static void finish_recent(struct rule_parser *r, struct instance *in)
{
	(void)r;
	in->always = is_given(in, RECENT_SET);
}
// clang-format on

/* ---- statistic ---- */

enum { STATISTIC_MODE = 1, STATISTIC_PROBABILITY, STATISTIC_EVERY, STATISTIC_PACKET };
enum { MODE_RANDOM = 1, MODE_NTH = 2 }; /* the bits of "random,nth" */

/* The mode, a bit of `words`, in the low byte of the number; every in the next 32 bits, packet in
 * those behind. */
static void statistic(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	(void)r;
	in->number |= v->lo << (o->id == STATISTIC_MODE ? 0 : o->id == STATISTIC_EVERY ? 8 : 40);
}

static void finish_statistic(struct rule_parser *r, struct instance *in)
{
	bool nth = (in->number & 0xff) == MODE_NTH;
	uint32_t every = (uint32_t)(in->number >> 8), packet = (uint32_t)(in->number >> 40);
	bool probability = is_given(in, STATISTIC_PROBABILITY),
	     counts = is_given(in, STATISTIC_EVERY);
	if (nth ? !counts || probability : !probability || counts)
		rule_error(r, in->at, ERROR_MISSING,
			   nth ? "'--mode nth' takes '--every' and '--packet'"
			       : "'--mode random' takes '--probability'");
	else if (nth && packet >= every)
		rule_error(r, in->at, ERROR_VALUE,
			   "'--packet' counts from 0 and is less than '--every'");
}

// clang-format off
static const struct option statistic_options[] = {
	O("mode", WORD, NEED, .words = "random,nth", .id = STATISTIC_MODE, .parse = statistic),
	O("probability", PROBABILITY, INV, .id = STATISTIC_PROBABILITY),
	O("every", U32, INV, .min = 1, .needs = "packet", .id = STATISTIC_EVERY, .parse = statistic),
	O("packet", U32, .needs = "every", .standard = "0", .id = STATISTIC_PACKET, .parse = statistic) };

/* ---- string ---- */

#define STRING_MAX 128 /* XT_STRING_MAX_PATTERN_SIZE */

/* The bytes, as hexadecimal digits. */
static bool string_bytes(const struct rule_parser *r, struct str bytes, struct option_value *v)
{
	struct text out = { .arena = r->p->arena };
	for (size_t i = 0; i < bytes.n; i++)
		text_printf(&out, "%02x", (unsigned char)bytes.p[i]);
	v->normal = text_str(&out);
	return bytes.n && bytes.n <= STRING_MAX;
}
// clang-format on

static bool string_text(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	(void)o;
	return string_bytes(r, v->word, v);
}

static unsigned hex_digit(char c)
{
	return c >= '0' && c <= '9'                 ? (unsigned)(c - '0')
	       : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a' + 10)
						    : 16;
}

/* Text with bytes between bars: abc|0d 0a| (libxt_string.c: parse_hex_string). */
static bool string_hex(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	char bytes[STRING_MAX + 1];
	size_t n = 0;
	bool hex = false;
	(void)o;
	for (size_t i = 0; i < v->word.n; i++) {
		char c = v->word.p[i];
		bool more = i + 1 < v->word.n;
		if (c == '|') {
			hex = !hex;
			continue;
		}
		if (c == ' ' && hex)
			continue;
		if (hex) {
			unsigned high = hex_digit(c), low = more ? hex_digit(v->word.p[i + 1]) : 16;
			if (high > 15 || low > 15)
				return false;
			c = (char)(high << 4 | low);
			i++;
		} else if (c == '\\' && more) {
			c = v->word.p[++i];
		}
		if (n == STRING_MAX)
			return false;
		bytes[n++] = c;
	}
	return !hex && string_bytes(r, (struct str){ bytes, n }, v);
}

enum { STRING_FROM = 1, STRING_TO };

static void string_place(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	(void)r;
	in->number |= v->lo << (o->id == STRING_FROM ? 16 : 0);
}

/* xt_string.c: string_mt_check */
static void finish_string(struct rule_parser *r, struct instance *in)
{
	if (is_given(in, STRING_TO) && (uint16_t)in->number < (uint16_t)(in->number >> 16))
		rule_error(r, in->at, ERROR_VALUE, "'--to' is less than '--from'");
}

// clang-format off
static const struct option string_options[] = {
	O("from", U16, .standard = "0", .id = STRING_FROM, .parse = string_place),
	O("to", U16, .standard = "65535", .id = STRING_TO, .parse = string_place),
	O("algo", WORD, NEED, .words = "bm,kmp,fsm" /* lib/ts_*.c of the kernel */),
	O("string", TEXT, GROUP_INV, .normal = string_text),
	O("hex-string", TEXT, GROUP_INV, .normal = string_hex, .same_as = "string"), O("icase", NONE) };

/* ---- policy ---- */

enum { /* the options, as bits */
	OF_STRICT = 1, OF_REQID, OF_SPI, OF_SRC, OF_DST, OF_PROTO, OF_MODE, OF_END
};

enum { /* of in->number: what the current element has, and what the policy has */
	ELEMENT_SRC = 1 << OF_SRC, ELEMENT_DST = 1 << OF_DST, ELEMENT_PROTO = 1 << OF_PROTO,
	ELEMENT_MODE = 1 << OF_MODE,
	ELEMENT = 1 << OF_REQID | 1 << OF_SPI | ELEMENT_SRC | ELEMENT_DST | ELEMENT_PROTO | ELEMENT_MODE,
	ELEMENT_TUNNEL = 1 << OF_END, ELEMENT_ADDRESS = 2 << OF_END,
	POLICY_IN = 4 << OF_END, POLICY_OUT = 8 << OF_END, POLICY_NONE = 16 << OF_END,
	POLICY_HAS_EMPTY = 32 << OF_END, POLICY_BAD_TUNNEL = 64 << OF_END
};
// clang-format on

static void policy_direction(struct rule_parser *r, struct instance *in, const struct option *o,
			     const struct option_value *v)
{
	(void)r, (void)o;
	in->number |= str_is(v->word, "in") ? POLICY_IN : POLICY_OUT;
}

static void policy_kind(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)r, (void)o;
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
	unsigned bit = 1u << o->id;
	if (in->number & bit)
		rule_error(r, in->at, ERROR_DUPLICATE, "'--%s' is given twice in one element",
			   o->name);
	in->number |= bit | (bit & (ELEMENT_SRC | ELEMENT_DST) ? ELEMENT_ADDRESS : 0);
	if (bit == ELEMENT_PROTO && v->lo != 50 && v->lo != 51 && v->lo != 108)
		rule_error(r, in->at, ERROR_VALUE,
			   "'--proto' of match policy takes ah, esp or ipcomp");
	if (bit != ELEMENT_MODE)
		return;
	if (str_is(v->word, "tunnel") != v->negate)
		in->number |= ELEMENT_TUNNEL;
}

/* libxt_policy.c: policy_check; for the chains xt_policy.c: policy_mt_check */
static void finish_policy(struct rule_parser *r, struct instance *in)
{
	bool strict = is_given(in, OF_STRICT);
	end_element(in);
	if ((in->number & POLICY_NONE) && strict)
		rule_error(r, in->at, ERROR_CONFLICT,
			   "'--pol none' cannot be used with '--strict'");
	if (strict && (in->number & POLICY_HAS_EMPTY))
		rule_error(r, in->at, ERROR_MISSING,
			   "'--strict' needs at least one of these in every element: --reqid, "
			   "--spi, --proto, --mode, --tunnel-src or --tunnel-dst");
	if (in->number & POLICY_BAD_TUNNEL)
		rule_error(r, in->at, ERROR_MISSING,
			   "'--tunnel-src' and '--tunnel-dst' need '--mode tunnel'");
	if ((in->number & POLICY_OUT && in_list(r->chain_name, "PREROUTING,INPUT")) ||
	    (in->number & POLICY_IN && in_list(r->chain_name, "POSTROUTING,OUTPUT")))
		rule_error(r, in->at, ERROR_PLACE, "'--dir %s' is not allowed in %.*s",
			   in->number & POLICY_IN ? "in" : "out", STR_FMT(r->chain_name));
}

#define ELEMENT_INV .flags = OPT_REPEAT | OPT_INVERT, .parse = policy_element
// clang-format off
static const struct option policy_options[] = {
	O("dir", WORD, NEED, .words = "in,out", .parse = policy_direction),
	O("pol", WORD, .words = "none,ipsec", .parse = policy_kind), O("strict", NONE, .id = OF_STRICT),
	O("reqid", U32, ELEMENT_INV, .id = OF_REQID), O("spi", U32, ELEMENT_INV, .id = OF_SPI),
	O("tunnel-src", HOSTMASK, ELEMENT_INV, .id = OF_SRC),
	O("tunnel-dst", HOSTMASK, ELEMENT_INV, .id = OF_DST), O("proto", PROTO, ELEMENT_INV, .id = OF_PROTO),
	O("mode", WORD, ELEMENT_INV, .id = OF_MODE, .words = "tunnel,transport"),
	O("next", NONE, .flags = OPT_REPEAT, .needs = "strict", .parse = policy_next) };

/* ---- mh ---- */

/* A name, a beginning of one, or a number (libip6t_mh.c: name_to_type). */
static bool mh_value(struct str s, u128 *ret)
{
	static const struct { const char *name; unsigned type; } names[] = {
		{ "binding-refresh-request", 0 }, { "brr", 0 }, { "home-test-init", 1 }, { "hoti", 1 },
		{ "careof-test-init", 2 }, { "coti", 2 }, { "home-test", 3 }, { "hot", 3 },
		{ "careof-test", 4 }, { "cot", 4 }, { "binding-update", 5 }, { "bu", 5 },
		{ "binding-acknowledgement", 6 }, { "ba", 6 }, { "binding-error", 7 }, { "be", 7 },
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
// clang-format on

static bool mh_type(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	struct str rest = v->word, first = str_cut(&rest, ':');
	u128 lo = 0, hi = 255;
	(void)o;
	if ((first.n && !mh_value(first, &lo)) || (rest.n && !mh_value(rest, &hi)) || lo > hi ||
	    !v->word.n)
		return false;
	hi = rest.p ? hi : lo;
	v->normal = str_from(arena_printf(r->p->arena, "%s:%s", number_text(r->p->arena, lo),
					  number_text(r->p->arena, hi)));
	return true;
}

static const struct option mh_options[] = { O("mh-type", TEXT, INV, .normal = mh_type) };

/* ---- owner ---- */

/* A name, or numbers N or N-M (libxt_owner.c: owner_parse_range); 2^32 - 1 is no user. */
static bool owner_id(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	struct str rest = v->word, first = str_cut(&rest, '-');
	u128 lo = 0, hi;
	bool is_root = str_is(
		v->word, "root"); /* 0 everywhere; what other names are is not in the ruleset */
	(void)o;
	v->normal = v->word;
	if (!is_root && (!v->word.n || v->word.p[0] < '0' || v->word.p[0] > '9'))
		return true;
	if (!is_root && (!str_number(first, UINT32_MAX - 1, &lo) ||
			 (rest.p && !str_number(rest, UINT32_MAX - 1, &hi))))
		return false;
	hi = is_root || !rest.p ? lo : hi;
	v->normal = str_from(arena_printf(r->p->arena, "%s-%s", number_text(r->p->arena, lo),
					  number_text(r->p->arena, hi)));
	return lo <= hi;
}

enum { OWNER_GID = 1 };

static void owner_groups(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	(void)o, (void)v;
	if (!is_given(in, OWNER_GID))
		rule_error(r, in->at, ERROR_MISSING,
			   "'--suppl-groups' must come after '--gid-owner'");
}

// clang-format off
static const struct option owner_options[] = {
	O("uid-owner", TEXT, INV, .normal = owner_id),
	O("gid-owner", TEXT, INV, .id = OWNER_GID, .normal = owner_id),
	O("socket-exists", NONE, INV), O("suppl-groups", NONE, .parse = owner_groups),
	O("pid-owner", U32, INV),
	O("sid-owner", U32, INV), O("cmd-owner", TEXT, INV) };

/* ---- the table ---- */

static const struct extension table[] = {
	M("mh", V6, 0, mh_options, .protocols = "mh"),
	M("owner", V46, EXT_FLIPS | EXT_GROUP_NEED | EXT_OF_CONNECTION, owner_options,
	  .chains = "OUTPUT,POSTROUTING"),
	M("policy", V46, 0, policy_options, .finish = finish_policy),
	M("recent", V46, GROUP_BOTH | EXT_STATEFUL, recent_options, .finish = finish_recent),
	M("statistic", V46, EXT_STATEFUL, statistic_options, .finish = finish_statistic),
	M("string", V46, EXT_FLIPS_WHOLE | GROUP_BOTH, string_options, .finish = finish_string),
};
// clang-format on

const struct extension_list checked_matches = LIST(table);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches that the model knows: their options add tests of fields. Values
 * and limits as in iptables 1.8.9 (its extensions/lib*t_*.c).
 */
#include "extension.h"

static const struct option mark_options[] = { O("mark", MARK, NEED_INV, TESTS(MARK)) };

enum { RANGE_SOURCE = 1, RANGE_DESTINATION };

static void iprange(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	bool v6 = !(r->families & V4), source = o->id == RANGE_SOURCE;
	struct range range;
	struct str rest = v->word, first = str_cut(&rest, '-');
	if (!rest.p)
		rest = first;
	if (!parse_addr(first, v6, &range.lo) || !parse_addr(rest, v6, &range.hi)) {
		rule_error(r, in->at, ERROR_VALUE, "'%.*s' is not a range of IPv%c addresses",
			   STR_FMT(v->word), v6 ? '6' : '4');
		return;
	}
	bool empty = range.lo > range.hi; /* loads with a warning, matches nothing */
	rule_match_ranges(r,
			  v6 ? (source ? FIELD_IP6_SADDR : FIELD_IP6_DADDR)
			     : (source ? FIELD_IP_SADDR : FIELD_IP_DADDR),
			  &range, empty ? 0 : 1, v->negate);
}

static const struct option iprange_options[] = {
	O("src-range", TEXT, GROUP_INV, .id = RANGE_SOURCE, .parse = iprange),
	O("dst-range", TEXT, GROUP_INV, .id = RANGE_DESTINATION, .parse = iprange),
};

static void pkttype(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	static const struct {
		const char *name;
		unsigned type;
	} names[] = {
		{ "unicast", 0 }, { "broadcast", 1 }, { "multicast", 2 },
		{ "bcast", 1 },   { "mcast", 2 },     { "host", 0 },
	};
	(void)o;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq_nocase(v->word, str_from(names[i].name))) {
			struct range type = { names[i].type, names[i].type };
			rule_match_ranges(r, FIELD_PKTTYPE, &type, 1, v->negate);
			return;
		}
	rule_error(r, in->at, ERROR_WORD, "'%.*s' is not a packet type", STR_FMT(v->word));
}

static const struct option pkttype_options[] = {
	O("pkt-type", TEXT, NEED_INV, .parse = pkttype),
};

static const struct option length_options[] = {
	O("length", U16_RANGE, .flags = OPT_NEEDED | OPT_INVERT | OPT_REVERSED, TESTS(LENGTH)),
};

enum { TTL_EQUAL = 1, TTL_LESS, TTL_GREATER };

static void ttl(struct rule_parser *r, struct instance *in, const struct option *o,
		const struct option_value *v)
{
	struct range range = { v->lo, v->lo };
	bool empty = false;
	(void)in;
	if (o->id == TTL_LESS) {
		empty = v->lo == 0;
		range = (struct range){ 0, v->lo - 1 };
	} else if (o->id == TTL_GREATER) {
		empty = v->lo == 255;
		range = (struct range){ v->lo + 1, 255 };
	}
	rule_match_ranges(r, FIELD_TTL, &range, empty ? 0 : 1, v->negate);
}

// clang-format off
static const struct option ttl_options[] = {
	O("ttl-lt", U8, GROUP, .id = TTL_LESS, .parse = ttl),
	O("ttl-gt", U8, GROUP, .id = TTL_GREATER, .parse = ttl),
	O("ttl-eq", U8, GROUP_INV, .id = TTL_EQUAL, .parse = ttl),
	O("ttl", U8, GROUP_INV, .id = TTL_EQUAL, .parse = ttl),
};
static const struct option hl_options[] = {
	O("hl-lt", U8, GROUP, .id = TTL_LESS, .parse = ttl),
	O("hl-gt", U8, GROUP, .id = TTL_GREATER, .parse = ttl),
	O("hl-eq", U8, GROUP_INV, .id = TTL_EQUAL, .parse = ttl),
	O("hl", U8, GROUP_INV, .id = TTL_EQUAL, .parse = ttl),
};
// clang-format on

bool dscp_class(struct str s, u128 *ret)
{
	u128 n, drop;
	if (str_eq_nocase(s, STR("EF")) || str_eq_nocase(s, STR("BE"))) {
		*ret = (s.p[0] | 32) == 'e' ? 46 : 0;
		return true;
	}
	if (s.n == 3 && (s.p[0] | 32) == 'c' && (s.p[1] | 32) == 's' &&
	    str_number((struct str){ s.p + 2, 1 }, 7, &n)) {
		*ret = n * 8;
		return true;
	}
	if (s.n == 4 && (s.p[0] | 32) == 'a' && (s.p[1] | 32) == 'f' &&
	    str_number((struct str){ s.p + 2, 1 }, 4, &n) && n &&
	    str_number((struct str){ s.p + 3, 1 }, 3, &drop) && drop) {
		*ret = n * 8 + drop * 2;
		return true;
	}
	return false;
}

enum { DSCP_NUMBER = 1, DSCP_CLASS };

static void dscp(struct rule_parser *r, struct instance *in, const struct option *o,
		 const struct option_value *v)
{
	u128 value = v->lo;
	if (o->id == DSCP_CLASS && !dscp_class(v->word, &value)) {
		rule_error(r, in->at, ERROR_WORD, "'%.*s' is not a DSCP class", STR_FMT(v->word));
		return;
	}
	struct range range = { value, value };
	rule_match_ranges(r, FIELD_DSCP, &range, 1, v->negate);
}

static const struct option dscp_options[] = {
	O("dscp", U8, GROUP_INV, .max = 63, .id = DSCP_NUMBER, .parse = dscp),
	O("dscp-class", TEXT, GROUP_INV, .id = DSCP_CLASS, .parse = dscp),
};

static void physdev_name(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	struct range range;
	if (!interface_range(r, v->word, in->at, &range))
		return;
	rule_match_ranges(r, o->field, &range, 1, v->negate);
}

static const struct option physdev_options[] = {
	O("physdev-in", TEXT, GROUP_INV, .field = FIELD_PHYSIN, .parse = physdev_name),
	O("physdev-out", TEXT, GROUP_INV, .field = FIELD_PHYSOUT, .parse = physdev_name),
	O("physdev-is-in", NONE, GROUP_INV, .parse = opaque_option),
	O("physdev-is-out", NONE, GROUP_INV, .parse = opaque_option),
	O("physdev-is-bridged", NONE, GROUP_INV, .parse = opaque_option),
};

static void comment(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	(void)in, (void)o;
	r->comment = v->word;
}

static const struct option comment_options[] = {
	O("comment", TEXT, NEED, .parse = comment),
};
/* ---- the table ---- */

static const struct extension table[] = {
	M("mark", V46, EXT_TYPED, mark_options),
	M("iprange", V46, EXT_TYPED | EXT_GROUP_NEED, iprange_options),
	M("pkttype", V46, EXT_TYPED, pkttype_options),
	M("length", V46, EXT_TYPED, length_options),
	M("ttl", V4, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, ttl_options),
	M("hl", V6, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, hl_options),
	M("dscp", V46, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, dscp_options),
	M("physdev", V46, EXT_TYPED | EXT_GROUP_NEED, physdev_options),
	M("comment", V46, EXT_TYPED, comment_options),
};

const struct extension_list typed_matches = LIST(table);

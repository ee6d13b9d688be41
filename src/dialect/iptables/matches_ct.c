/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matches that ask for the conntrack entry and that the model knows: conntrack, state,
 * connmark. */
#include "extension.h"

/* A state by name or any prefix of it, in this order (libxt_conntrack.c: parse_state). */
static bool parse_states(struct str list, bool with_nat, unsigned *ret_states, unsigned *ret_status)
{
	static const struct {
		const char *name;
		unsigned state, status;
	} names[] = {
		{ "INVALID", 1u << CT_STATE_INVALID, 0 },
		{ "NEW", 1u << CT_STATE_NEW, 0 },
		{ "ESTABLISHED", 1u << CT_STATE_ESTABLISHED, 0 },
		{ "RELATED", 1u << CT_STATE_RELATED, 0 },
		{ "UNTRACKED", 1u << CT_STATE_UNTRACKED, 0 },
		{ "SNAT", 0, CT_STATUS_SNAT },
		{ "DNAT", 0, CT_STATUS_DNAT },
	};
	struct str rest = list;
	unsigned states = 0, status = 0;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		size_t i, n = with_nat ? ARRAY_SIZE(names) : ARRAY_SIZE(names) - 2;
		for (i = 0; i < n; i++)
			if (one.n && one.n <= strlen(names[i].name) &&
			    str_eq_nocase(one, (struct str){ names[i].name, one.n }))
				break;
		if (i == n)
			return false;
		states |= names[i].state;
		status |= names[i].status;
	}
	*ret_states = states;
	*ret_status = status;
	return true;
}

static void add_states(struct rule_parser *r, unsigned states, unsigned status, bool negate)
{
	struct range ranges[CT_STATE_COUNT];
	uint32_t n = 0;
	for (unsigned s = 0; s < CT_STATE_COUNT; s++)
		if (states & (1u << s))
			ranges[n++] = (struct range){ s, s };
	if (!status) {
		rule_match_ranges(r, FIELD_CT_STATE, ranges, n, negate);
		return;
	}
	struct match any[2] = {
		match_mask(r->p->arena, FIELD_CT_STATUS, status, 0, true),
		match_ranges(r->p->arena, FIELD_CT_STATE, ranges, n, false),
	};
	rule_match_any(r, any, 2, negate);
}

enum { CT_STATES = 1, CT_STATES_AND_NAT };

static void ctstate(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	unsigned states, status;
	bool with_nat = o->id == CT_STATES_AND_NAT;
	if (!parse_states(v->word, with_nat, &states, &status)) {
		rule_error(r, in->at, ERROR_WORD,
			   "'%.*s' is not a list of connection states (NEW, ESTABLISHED, "
			   "RELATED, INVALID, UNTRACKED%s)",
			   STR_FMT(v->word), with_nat ? ", SNAT, DNAT" : "");
		return;
	}
	in->flag = true;
	add_states(r, states, status, v->negate);
}

static void pend(struct rule_parser *r, struct instance *in, struct match m)
{
	vec_push(r->p->arena, &in->pending, m);
}

static void ctstatus(struct rule_parser *r, struct instance *in, const struct option *o,
		     const struct option_value *v)
{
	static const struct {
		const char *name;
		unsigned bits;
	} names[] = {
		{ "NONE", 0 },
		{ "EXPECTED", CT_STATUS_EXPECTED },
		{ "SEEN_REPLY", CT_STATUS_SEEN_REPLY },
		{ "ASSURED", CT_STATUS_ASSURED },
		{ "CONFIRMED", CT_STATUS_CONFIRMED },
	};
	struct str rest = v->word;
	unsigned bits = 0;
	(void)o;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		size_t i;
		for (i = 0; i < ARRAY_SIZE(names); i++)
			if (one.n && one.n <= strlen(names[i].name) &&
			    str_eq_nocase(one, (struct str){ names[i].name, one.n }))
				break;
		if (i == ARRAY_SIZE(names)) {
			rule_error(r, in->at, ERROR_WORD, "'%.*s' is not a connection status",
				   STR_FMT(one));
			return;
		}
		bits |= names[i].bits;
	}
	pend(r, in, match_mask(r->p->arena, FIELD_CT_STATUS, bits, 0, !v->negate));
}

static void ctdir(struct rule_parser *r, struct instance *in, const struct option *o,
		  const struct option_value *v)
{
	struct range dir = { 0, 0 };
	(void)o;
	if (str_eq_nocase(v->word, STR("REPLY")))
		dir.lo = dir.hi = 1;
	else if (!str_eq_nocase(v->word, STR("ORIGINAL")))
		rule_error(r, in->at, ERROR_WORD, "'--ctdir' takes ORIGINAL or REPLY");
	pend(r, in, match_ranges(r->p->arena, FIELD_CT_DIRECTION, &dir, 1, v->negate));
}

static void ct_opaque(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	pend(r, in,
	     (struct match){ .kind = MATCH_OPAQUE,
			     .negate = v->negate,
			     .opaque = option_as_opaque(r, in, o, v) });
}

/*
 * Without a conntrack entry the kernel stops after the state test: true when
 * there was one, false when there was none (xt_conntrack.c: conntrack_mt).
 */
static void finish_conntrack(struct rule_parser *r, struct instance *in)
{
	static const struct range no_entry = { CT_STATE_INVALID, CT_STATE_UNTRACKED };
	if (!in->flag && in->pending.n)
		rule_match_tracked(r);
	for (size_t i = 0; i < in->pending.n; i++) {
		struct match any[2] = {
			in->pending.items[i],
			match_ranges(r->p->arena, FIELD_CT_STATE, &no_entry, 1, false),
		};
		if (in->flag)
			rule_match_any(r, any, 2, false);
		else
			rule_add_match(r, any[0]);
	}
}

static const struct option conntrack_options[] = {
	O("ctstate", TEXT, INV, .id = CT_STATES_AND_NAT, .parse = ctstate),
	O("ctproto", PROTO, INV, .parse = ct_opaque),
	O("ctorigsrc", HOSTMASK, INV, .parse = ct_opaque),
	O("ctorigdst", HOSTMASK, INV, .parse = ct_opaque),
	O("ctreplsrc", HOSTMASK, INV, .parse = ct_opaque),
	O("ctrepldst", HOSTMASK, INV, .parse = ct_opaque),
	O("ctstatus", TEXT, INV, .parse = ctstatus),
	O("ctexpire", U32_RANGE, .flags = OPT_INVERT | OPT_REVERSED, .parse = ct_opaque),
	O("ctorigsrcport", PORT_RANGE, .flags = OPT_INVERT | OPT_REVERSED, .parse = ct_opaque),
	O("ctorigdstport", PORT_RANGE, .flags = OPT_INVERT | OPT_REVERSED, .parse = ct_opaque),
	O("ctreplsrcport", PORT_RANGE, .flags = OPT_INVERT | OPT_REVERSED, .parse = ct_opaque),
	O("ctrepldstport", PORT_RANGE, .flags = OPT_INVERT | OPT_REVERSED, .parse = ct_opaque),
	O("ctdir", TEXT, .parse = ctdir),
};
static const struct option state_options[] = {
	O("state", TEXT, NEED_INV, .id = CT_STATES, .parse = ctstate),
};

static const struct option connmark_options[] = { O("mark", MARK, NEED_INV, TESTS(CT_MARK)) };

/* ---- the table ---- */

// clang-format off
static const struct extension table[] = {
	M("conntrack", V46, EXT_TYPED | EXT_REASSEMBLES | EXT_GROUP_NEED, conntrack_options,
	  .finish = finish_conntrack),
	M("state", V46, EXT_TYPED | EXT_REASSEMBLES, state_options),
	M("connmark", V46, EXT_TYPED | EXT_REASSEMBLES, connmark_options, .no_entry = NO_ENTRY_FALSE),
};
// clang-format on

const struct extension_list ct_matches = LIST(table);

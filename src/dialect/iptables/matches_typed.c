/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches that the model knows: their options add tests of fields. Values
 * and limits as in iptables 1.8.9 (its extensions/lib*t_*.c).
 */
#include "parser.h"

/* ---- ports: tcp, udp, sctp, dccp, multiport ---- */

static void ports(struct rule_parser *r, struct instance *in, const struct option *o,
		  const struct option_value *v)
{
	struct range range = { v->lo, v->hi };
	(void)in;
	if (v->negate || v->lo != 0 || v->hi != 65535)
		rule_match_ranges(r, o->name[0] == 's' ? FIELD_SPORT : FIELD_DPORT, &range,
				  v->lo <= v->hi, v->negate);
}

#define PORT_OPTIONS(fl)                                                   \
	O("source-port", PORT_RANGE, .flags = (fl), .parse = ports),       \
	O("sport", PORT_RANGE, .flags = (fl), .parse = ports),             \
	O("destination-port", PORT_RANGE, .flags = (fl), .parse = ports),  \
	O("dport", PORT_RANGE, .flags = (fl), .parse = ports)

static bool parse_flag_list(struct str list, unsigned *ret)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };
	struct str rest = list;
	*ret = 0;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		bool known = !one.n || str_eq_nocase(one, STR("NONE")); /* strtok() passes over "SYN,," */
		if (str_eq_nocase(one, STR("ALL"))) {
			*ret |= 0x3f;
			known = true;
		}
		for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
			if (str_eq_nocase(one, str_from(names[i]))) {
				*ret |= 1u << i;
				known = true;
			}
		if (!known)
			return false;
	}
	return true;
}

static void tcp_flags(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	unsigned mask, value;
	(void)o;
	if (!parse_flag_list(v->word, &mask) || !parse_flag_list(v->second, &value))
		rule_error(r, in->at, "'--tcp-flags' takes two lists of SYN ACK FIN RST PSH URG ALL NONE");
	else
		rule_match_mask(r, FIELD_TCP_FLAGS, mask, value, v->negate);
}

static void tcp_syn(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	(void)in, (void)o;
	rule_match_mask(r, FIELD_TCP_FLAGS, TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, TCP_SYN, v->negate);
}

static void opaque_option(struct rule_parser *r, struct instance *in, const struct option *o,
			  const struct option_value *v)
{
	char *text = arena_printf(r->p->arena, "-m %s --%s %.*s%s%.*s", in->ext->name, o->name, STR_FMT(v->word),
				  v->second.n ? " " : "", STR_FMT(v->second));
	rule_match_opaque(r, str_from(text), OPAQUE_PURE, v->negate);
}

/* Every word before a ':' is one of the list, in any case. */
static bool all_words(struct str rest, const char *list)
{
	while (rest.p) {
		struct str one = str_cut(&rest, ','), of = str_from(list);
		bool known = false;
		one = str_cut(&one, ':');
		while (of.p)
			known |= str_eq_nocase(one, str_cut(&of, ','));
		if (!known)
			return false;
	}
	return true;
}

static void chunk_types(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	if (!all_words(v->word, "all,any,only") ||
	    !all_words(v->second, "DATA,INIT,INIT_ACK,SACK,HEARTBEAT,HEARTBEAT_ACK,ABORT,SHUTDOWN,SHUTDOWN_ACK,ERROR,"
		       "COOKIE_ECHO,COOKIE_ACK,ECN_ECNE,ECN_CWR,SHUTDOWN_COMPLETE,I_DATA,RE_CONFIG,PAD,ASCONF,ASCONF_ACK,"
		       "FORWARD_TSN,I_FORWARD_TSN,ALL,NONE"))
		rule_error(r, in->at, "'--chunk-types' takes all, any or only, and a list of chunks (DATA,INIT …)");
	else
		opaque_option(r, in, o, v);
}

static void dccp_types(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	if (!all_words(v->word, "REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID"))
		rule_error(r, in->at, "'%.*s' is not a list of DCCP types", STR_FMT(v->word));
	else
		opaque_option(r, in, o, v);
}

static const struct option tcp_options[] = {
	PORT_OPTIONS(OPT_INVERT),
	O("syn", NONE, INV, .parse = tcp_syn),
	O("tcp-flags", TWO_TEXTS, INV, .parse = tcp_flags),
	O("tcp-option", U8, INV, .min = 1, .parse = opaque_option),
};

static const struct option udp_options[] = { PORT_OPTIONS(OPT_INVERT | OPT_REVERSED) };

static const struct option sctp_options[] = {
	PORT_OPTIONS(OPT_INVERT),
	O("chunk-types", TWO_TEXTS, INV, .parse = chunk_types),
};

static const struct option dccp_options[] = {
	PORT_OPTIONS(OPT_INVERT | OPT_REVERSED),
	O("dccp-types", TEXT, INV, .parse = dccp_types),
	O("dccp-option", U8, INV, .min = 1, .parse = opaque_option),
};

#define MULTIPORT_MAX 15 /* XT_MULTI_PORTS; a range takes two places */

static void multiport(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	struct range ranges[MULTIPORT_MAX];
	struct text ports = { .arena = r->p->arena }; /* -D heeds their order */
	uint32_t n = 0, places = 0;
	struct str rest = v->word;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		bool is_range = memchr(one.p, ':', one.n);
		places += is_range ? 2 : 1;
		if (places > MULTIPORT_MAX) {
			rule_error(r, in->at, "more than 15 ports in '--%s'", o->name);
			return;
		}
		bool open = one.n && (one.p[0] == ':' || one.p[one.n - 1] == ':');
		if (!one.n || open || !parse_port_range(one, ':', &ranges[n]) ||
		    (is_range && ranges[n].lo >= ranges[n].hi)) {
			rule_error(r, in->at, "'%.*s' is not a port or a range of ports", STR_FMT(one));
			return;
		}
		text_printf(&ports, "%u:%u ", (unsigned)ranges[n].lo, (unsigned)ranges[n].hi);
		n++;
	}
	in->key = text_str(&ports);
	if (o->name[0] == 's') {
		rule_match_ranges(r, FIELD_SPORT, ranges, n, v->negate);
	} else if (o->name[0] == 'd') {
		rule_match_ranges(r, FIELD_DPORT, ranges, n, v->negate);
	} else {
		struct match any[2] = {
			match_ranges(r->p->arena, FIELD_SPORT, ranges, n, false),
			match_ranges(r->p->arena, FIELD_DPORT, ranges, n, false),
		};
		rule_match_any(r, any, 2, v->negate);
	}
}

static const struct option multiport_options[] = {
	O("source-ports", TEXT, GROUP_INV, .parse = multiport),
	O("sports", TEXT, GROUP_INV, .parse = multiport),
	O("destination-ports", TEXT, GROUP_INV, .parse = multiport),
	O("dports", TEXT, GROUP_INV, .parse = multiport),
	O("ports", TEXT, GROUP_INV, .parse = multiport),
};

/* ---- icmp ---- */

static void icmp_type(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	bool v6 = o->name[4] == 'v', ambiguous;
	struct range type = { 0 }, code = { 0, 255 };
	const struct icmp_name *name = icmp_find(v->word, v6, &ambiguous);
	if (name && !ambiguous) {
		type = (struct range){ name->type, name->type };
		code = (struct range){ name->code_min, name->code_max };
		if (!v6 && name->type == 255)
			type = (struct range){ 0, 255 };
	} else {
		struct str rest = v->word, first = str_cut(&rest, '/');
		if (name || !str_number(first, 255, &type.lo) ||
		    (rest.p && !parse_number_range(rest, ':', 255, &code))) {
			rule_error(r, in->at, "'%.*s' is %s ICMP%s type", STR_FMT(v->word),
				   name ? "more than one" : "not an", v6 ? "v6" : "");
			return;
		}
		type.hi = type.lo;
		if (!v6 && type.lo == 255)
			type.lo = 0;
	}
	struct match tests[2] = {
		match_ranges(r->p->arena, FIELD_ICMP_TYPE, &type, 1, v->negate),
		match_ranges(r->p->arena, FIELD_ICMP_CODE, &code, code.lo <= code.hi, v->negate),
	};
	bool all_codes = code.lo == 0 && code.hi == 255;
	if (all_codes && type.lo == 0 && type.hi == 255 && !v->negate)
		return;
	if (!v->negate || all_codes) {
		rule_add_match(r, tests[0]);
		if (!all_codes)
			rule_add_match(r, tests[1]);
	} else {
		rule_match_any(r, tests, 2, false); /* not type, or not code */
	}
}

static const struct option icmp_options[] = {
	O("icmp-type", TEXT, NEED_INV, .parse = icmp_type),
};
static const struct option icmp6_options[] = {
	O("icmpv6-type", TEXT, NEED_INV, .parse = icmp_type),
};

/* ---- conntrack ---- */

/* A state by name or any prefix of it, in this order (libxt_conntrack.c: parse_state). */
static bool parse_states(struct str list, bool with_nat, unsigned *ret_states, unsigned *ret_status)
{
	static const struct { const char *name; unsigned state, status; } names[] = {
		{ "INVALID", 1u << CT_STATE_INVALID, 0 }, { "NEW", 1u << CT_STATE_NEW, 0 },
		{ "ESTABLISHED", 1u << CT_STATE_ESTABLISHED, 0 },
		{ "RELATED", 1u << CT_STATE_RELATED, 0 },
		{ "UNTRACKED", 1u << CT_STATE_UNTRACKED, 0 },
		{ "SNAT", 0, CT_STATUS_SNAT }, { "DNAT", 0, CT_STATUS_DNAT },
	};
	struct str rest = list;
	*ret_states = *ret_status = 0;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		size_t i, n = with_nat ? ARRAY_SIZE(names) : ARRAY_SIZE(names) - 2;
		for (i = 0; i < n; i++)
			if (one.n && one.n <= strlen(names[i].name) &&
			    str_eq_nocase(one, (struct str){ names[i].name, one.n }))
				break;
		if (i == n)
			return false;
		*ret_states |= names[i].state;
		*ret_status |= names[i].status;
	}
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

static void ctstate(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	unsigned states, status;
	bool with_nat = o->name[0] == 'c';
	if (!parse_states(v->word, with_nat, &states, &status)) {
		rule_error(r, in->at, "'%.*s' is not a list of connection states (NEW, ESTABLISHED, "
			   "RELATED, INVALID, UNTRACKED%s)", STR_FMT(v->word),
			   with_nat ? ", SNAT, DNAT" : "");
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
	static const struct { const char *name; unsigned bits; } names[] = {
		{ "NONE", 0 }, { "EXPECTED", CT_STATUS_EXPECTED },
		{ "SEEN_REPLY", CT_STATUS_SEEN_REPLY }, { "ASSURED", CT_STATUS_ASSURED },
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
			rule_error(r, in->at, "'%.*s' is not a connection status", STR_FMT(one));
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
		rule_error(r, in->at, "'--ctdir' is ORIGINAL or REPLY");
	pend(r, in, match_ranges(r->p->arena, FIELD_CT_DIRECTION, &dir, 1, v->negate));
}

static void ct_opaque(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	char *text = arena_printf(r->p->arena, "-m conntrack --%s %.*s", o->name, STR_FMT(v->word));
	const struct opaque *q = ruleset_add_opaque(r->p->rs, &r->p->pure_texts, str_from(text),
						    OPAQUE_PURE);
	pend(r, in, (struct match){ .kind = MATCH_OPAQUE, .negate = v->negate, .opaque = q });
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
	O("ctstate", TEXT, INV, .parse = ctstate),
	O("ctproto", PROTO, INV, .min = 1, .parse = ct_opaque),
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
	O("state", TEXT, NEED_INV, .parse = ctstate),
};

/* ---- marks ---- */

static void mark(struct rule_parser *r, struct instance *in, const struct option *o,
		 const struct option_value *v)
{
	(void)in, (void)o;
	rule_match_mask(r, FIELD_MARK, v->hi, v->lo, v->negate);
}

static void connmark(struct rule_parser *r, struct instance *in, const struct option *o,
		     const struct option_value *v)
{
	(void)in, (void)o;
	rule_match_mask(r, FIELD_CT_MARK, v->hi, v->lo, v->negate);
}

static const struct option mark_options[] = { O("mark", MARK, NEED_INV, .parse = mark) };
static const struct option connmark_options[] = { O("mark", MARK, NEED_INV, .parse = connmark) };

/* ---- other typed matches ---- */

static void iprange(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	bool v6 = !(r->families & V4), source = o->name[0] == 's';
	struct range range;
	struct str rest = v->word, first = str_cut(&rest, '-');
	if (!rest.p)
		rest = first;
	if (!parse_addr(first, v6, &range.lo) || !parse_addr(rest, v6, &range.hi)) {
		rule_error(r, in->at, "'%.*s' is not a range of IPv%c addresses", STR_FMT(v->word),
			   v6 ? '6' : '4');
		return;
	}
	bool empty = range.lo > range.hi; /* loads with a warning, matches nothing */
	rule_match_ranges(r, v6 ? (source ? FIELD_IP6_SADDR : FIELD_IP6_DADDR)
				: (source ? FIELD_IP_SADDR : FIELD_IP_DADDR),
			  &range, empty ? 0 : 1, v->negate);
}

static const struct option iprange_options[] = {
	O("src-range", TEXT, GROUP_INV, .parse = iprange),
	O("dst-range", TEXT, GROUP_INV, .parse = iprange),
};

static void pkttype(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	static const struct { const char *name; unsigned type; } names[] = {
		{ "unicast", 0 }, { "broadcast", 1 }, { "multicast", 2 }, { "bcast", 1 },
		{ "mcast", 2 }, { "host", 0 },
	};
	(void)o;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq_nocase(v->word, str_from(names[i].name))) {
			struct range type = { names[i].type, names[i].type };
			rule_match_ranges(r, FIELD_PKTTYPE, &type, 1, v->negate);
			return;
		}
	rule_error(r, in->at, "'%.*s' is not a packet type", STR_FMT(v->word));
}

static const struct option pkttype_options[] = {
	O("pkt-type", TEXT, NEED_INV, .parse = pkttype),
};

static void length(struct rule_parser *r, struct instance *in, const struct option *o,
		   const struct option_value *v)
{
	struct range range = { v->lo, v->hi };
	(void)in, (void)o;
	rule_match_ranges(r, FIELD_LENGTH, &range, v->lo <= v->hi, v->negate);
}

static const struct option length_options[] = {
	O("length", U16_RANGE, .flags = OPT_NEEDED | OPT_INVERT | OPT_REVERSED, .parse = length),
};

static void ttl(struct rule_parser *r, struct instance *in, const struct option *o,
		const struct option_value *v)
{
	const char *how = o->name + strlen(o->name) - 2;
	struct range range = { v->lo, v->lo };
	(void)in;
	if (strcmp(how, "lt") == 0)
		range = (struct range){ 0, v->lo - 1 };
	else if (strcmp(how, "gt") == 0)
		range = (struct range){ v->lo + 1, 255 };
	bool empty = (strcmp(how, "lt") == 0 && v->lo == 0) || range.lo > 255;
	rule_match_ranges(r, FIELD_TTL, &range, empty ? 0 : 1, v->negate);
}

static const struct option ttl_options[] = {
	O("ttl-lt", U8, GROUP, .parse = ttl), O("ttl-gt", U8, GROUP, .parse = ttl),
	O("ttl-eq", U8, GROUP_INV, .parse = ttl), O("ttl", U8, GROUP_INV, .parse = ttl),
};
static const struct option hl_options[] = {
	O("hl-lt", U8, GROUP, .parse = ttl), O("hl-gt", U8, GROUP, .parse = ttl),
	O("hl-eq", U8, GROUP_INV, .parse = ttl), O("hl", U8, GROUP_INV, .parse = ttl),
};

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

static void dscp(struct rule_parser *r, struct instance *in, const struct option *o,
		 const struct option_value *v)
{
	u128 value = v->lo;
	if (strcmp(o->name, "dscp-class") == 0 && !dscp_class(v->word, &value)) {
		rule_error(r, in->at, "'%.*s' is not a DSCP class", STR_FMT(v->word));
		return;
	}
	struct range range = { value, value };
	rule_match_ranges(r, FIELD_DSCP, &range, 1, v->negate);
}

static const struct option dscp_options[] = {
	O("dscp", U8, GROUP_INV, .max = 63, .parse = dscp),
	O("dscp-class", TEXT, GROUP_INV, .parse = dscp),
};

static void physdev_name(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	struct range range;
	if (!interface_range(r, v->word, in->at, &range))
		return;
	rule_match_ranges(r, strcmp(o->name, "physdev-in") == 0 ? FIELD_PHYSIN : FIELD_PHYSOUT,
			  &range, 1, v->negate);
}

static const struct option physdev_options[] = {
	O("physdev-in", TEXT, GROUP_INV, .parse = physdev_name),
	O("physdev-out", TEXT, GROUP_INV, .parse = physdev_name),
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

#define M(n, fam, fl, opts, ...) \
	{ .name = n, .families = fam, .flags = fl, OPTIONS(opts), __VA_ARGS__ }

const struct extension typed_matches[] = {
	M("tcp", V46, EXT_TYPED | EXT_NEEDS_WHOLE, tcp_options, .protocols = "tcp"),
	M("udp", V46, EXT_TYPED | EXT_NEEDS_WHOLE, udp_options, .protocols = "udp,udplite"),
	M("udplite", V46, EXT_TYPED | EXT_NEEDS_WHOLE, udp_options, .protocols = "udplite"),
	M("sctp", V46, EXT_TYPED | EXT_NEEDS_WHOLE, sctp_options, .protocols = "sctp"),
	M("dccp", V46, EXT_TYPED | EXT_NEEDS_WHOLE, dccp_options, .protocols = "dccp"),
	M("multiport", V46, EXT_TYPED | EXT_NEEDS_WHOLE | EXT_GROUP_NEED | EXT_GROUP_ONE, multiport_options,
	  .protocols = "tcp,udp,udplite,sctp,dccp"),
	M("icmp", V4, EXT_TYPED | EXT_NEEDS_WHOLE, icmp_options, .protocols = "icmp"),
	M("icmp6", V6, EXT_TYPED | EXT_NEEDS_WHOLE, icmp6_options, .protocols = "ipv6-icmp"),
	M("icmpv6", V6, EXT_TYPED | EXT_NEEDS_WHOLE, icmp6_options, .protocols = "ipv6-icmp"),
	M("conntrack", V46, EXT_TYPED | EXT_REASSEMBLES | EXT_GROUP_NEED, conntrack_options,
	  .finish = finish_conntrack),
	M("state", V46, EXT_TYPED | EXT_REASSEMBLES, state_options),
	M("mark", V46, EXT_TYPED, mark_options),
	M("connmark", V46, EXT_TYPED | EXT_REASSEMBLES, connmark_options, .no_entry = NO_ENTRY_FALSE),
	M("iprange", V46, EXT_TYPED | EXT_GROUP_NEED, iprange_options),
	M("pkttype", V46, EXT_TYPED, pkttype_options),
	M("length", V46, EXT_TYPED, length_options),
	M("ttl", V4, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, ttl_options),
	M("hl", V6, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, hl_options),
	M("dscp", V46, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, dscp_options),
	M("physdev", V46, EXT_TYPED | EXT_GROUP_NEED, physdev_options),
	M("comment", V46, EXT_TYPED, comment_options),
};

const size_t n_typed_matches = ARRAY_SIZE(typed_matches);

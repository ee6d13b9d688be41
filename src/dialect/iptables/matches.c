/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches of iptables 1.8.9 (its extensions/lib*t_*.c): every option with
 * the values that it takes. Matches that the model knows are typed: their
 * options add matches of fields. The rest becomes one opaque match.
 */
#include "parser.h"

#define O(n, a, ...) { .name = n, .arg = ARG_##a, __VA_ARGS__ }
#define INV .flags = OPT_INVERT
#define NEED .flags = OPT_NEEDED
#define GROUP .flags = OPT_GROUP
#define GROUP_INV .flags = OPT_GROUP | OPT_INVERT
#define NEED_INV .flags = OPT_NEEDED | OPT_INVERT

/* ---- ports: tcp, udp, sctp, dccp, multiport ---- */

static void source_ports(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	struct range range = { v->lo, v->hi };
	(void)in, (void)o;
	if (v->negate || v->lo != 0 || v->hi != 65535)
		rule_match_ranges(r, FIELD_SPORT, &range, 1, v->negate);
}

static void destination_ports(struct rule_parser *r, struct instance *in, const struct option *o,
			      const struct option_value *v)
{
	struct range range = { v->lo, v->hi };
	(void)in, (void)o;
	if (v->negate || v->lo != 0 || v->hi != 65535)
		rule_match_ranges(r, FIELD_DPORT, &range, 1, v->negate);
}

#define PORT_OPTIONS                                                                   \
	O("source-port", PORT_RANGE, INV, .parse = source_ports),                      \
	O("sport", PORT_RANGE, INV, .parse = source_ports),                            \
	O("destination-port", PORT_RANGE, INV, .parse = destination_ports),            \
	O("dport", PORT_RANGE, INV, .parse = destination_ports)

static bool parse_flag_list(struct str list, unsigned *ret)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };
	struct str rest = list;
	*ret = 0;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		bool known = str_eq_nocase(one, STR("NONE"));
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
	char *text = arena_printf(r->p->arena, "-m %s --%s %.*s", in->ext->name, o->name,
				  STR_FMT(v->word));
	rule_match_opaque(r, str_from(text), OPAQUE_PURE, v->negate);
}

static const struct option tcp_options[] = {
	PORT_OPTIONS,
	O("syn", NONE, INV, .parse = tcp_syn),
	O("tcp-flags", TWO_TEXTS, INV, .parse = tcp_flags),
	O("tcp-option", U8, INV, .min = 1, .parse = opaque_option),
};

static const struct option udp_options[] = { PORT_OPTIONS };

static const struct option sctp_options[] = {
	PORT_OPTIONS,
	O("chunk-types", TWO_TEXTS, INV, .parse = opaque_option),
};

static const struct option dccp_options[] = {
	PORT_OPTIONS,
	O("dccp-types", TEXT, INV, .parse = opaque_option),
	O("dccp-option", U8, INV, .min = 1, .parse = opaque_option),
};

#define MULTIPORT_MAX 15 /* XT_MULTI_PORTS; a range takes two places */

static void multiport(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	struct range ranges[MULTIPORT_MAX];
	uint32_t n = 0, places = 0;
	struct str rest = v->word;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		places += memchr(one.p, ':', one.n) ? 2 : 1;
		if (places > MULTIPORT_MAX) {
			rule_error(r, in->at, "more than 15 ports in '--%s'", o->name);
			return;
		}
		if (!one.n || !parse_port_range(one, ':', &ranges[n])) {
			rule_error(r, in->at, "'%.*s' is not a port or a range of ports", STR_FMT(one));
			return;
		}
		n++;
	}
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
		if (name || !parse_number(first, 255, &type.lo) ||
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
		match_ranges(r->p->arena, FIELD_ICMP_CODE, &code, 1, v->negate),
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
	in->a = 1;
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
	if (!in->a && in->pending.n)
		rule_match_tracked(r);
	for (size_t i = 0; i < in->pending.n; i++) {
		struct match any[2] = {
			in->pending.items[i],
			match_ranges(r->p->arena, FIELD_CT_STATE, &no_entry, 1, false),
		};
		if (in->a)
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
	O("ctexpire", U32_RANGE, INV, .parse = ct_opaque),
	O("ctorigsrcport", PORT_RANGE, INV, .parse = ct_opaque),
	O("ctorigdstport", PORT_RANGE, INV, .parse = ct_opaque),
	O("ctreplsrcport", PORT_RANGE, INV, .parse = ct_opaque),
	O("ctrepldstport", PORT_RANGE, INV, .parse = ct_opaque),
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
	rule_match_ranges(r, FIELD_LENGTH, &range, 1, v->negate);
}

static const struct option length_options[] = {
	O("length", U16_RANGE, NEED_INV, .parse = length),
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

static bool dscp_class(struct str s, u128 *ret)
{
	u128 n, drop;
	if (str_eq_nocase(s, STR("EF")) || str_eq_nocase(s, STR("BE"))) {
		*ret = (s.p[0] | 32) == 'e' ? 46 : 0;
		return true;
	}
	if (s.n == 3 && (s.p[0] | 32) == 'c' && (s.p[1] | 32) == 's' &&
	    parse_number((struct str){ s.p + 2, 1 }, 7, &n)) {
		*ret = n * 8;
		return true;
	}
	if (s.n == 4 && (s.p[0] | 32) == 'a' && (s.p[1] | 32) == 'f' &&
	    parse_number((struct str){ s.p + 2, 1 }, 4, &n) && n &&
	    parse_number((struct str){ s.p + 3, 1 }, 3, &drop) && drop) {
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
	struct str name = v->word;
	if (!name.n || name.n > 15) {
		rule_error(r, in->at, "'%.*s' is not an interface name", STR_FMT(name));
		return;
	}
	struct range range = { ifname_value(name), ifname_value(name) };
	if (name.p[name.n - 1] == '+') {
		struct str prefix = { name.p, name.n - 1 };
		range.lo = ifname_value(prefix);
		range.hi = prefix.n ? range.lo | ((((u128)1) << 8 * (16 - prefix.n)) - 1)
				    : ~(u128)0;
	}
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
	O("comment", TEXT, NEED, .max = 255, .parse = comment),
};

/* ---- opaque matches ---- */

static void word_of(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v, const char *list)
{
	struct str rest = v->word;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		if (!in_list(one, list)) {
			rule_error(r, in->at, "'%.*s' is not a value that '--%s' takes", STR_FMT(one),
				   o->name);
			return;
		}
	}
}

static void addrtype_name(struct rule_parser *r, struct instance *in, const struct option *o,
			  const struct option_value *v)
{
	word_of(r, in, o, v, "UNSPEC,UNICAST,LOCAL,BROADCAST,ANYCAST,MULTICAST,BLACKHOLE,"
		"UNREACHABLE,PROHIBIT,THROW,NAT,XRESOLVE");
}

static const struct option addrtype_options[] = {
	O("src-type", TEXT, GROUP_INV, .parse = addrtype_name),
	O("dst-type", TEXT, GROUP_INV, .parse = addrtype_name),
	O("limit-iface-in", NONE), O("limit-iface-out", NONE),
};

static void finish_addrtype(struct rule_parser *r, struct instance *in)
{
	if ((in->seen >> 2 & 3) == 3)
		rule_error(r, in->at, "'--limit-iface-in' and '--limit-iface-out' exclude each other");
}

static const struct option ah_options[] = { O("ahspi", U32_RANGE, INV) };
static const struct option ah6_options[] = {
	O("ahspi", U32_RANGE, INV), O("ahlen", U32, INV), O("ahres", NONE) };
static const struct option bpf_options[] = {
	O("bytecode", TEXT, GROUP, .min = 1), O("object-pinned", TEXT, GROUP, .min = 1) };
static const struct option cgroup_options[] = {
	O("path", TEXT, GROUP_INV), O("cgroup", U32, GROUP_INV) };
static const struct option cluster_options[] = {
	O("cluster-total-nodes", U32, NEED, .min = 1, .max = 32),
	O("cluster-local-node", U32, GROUP_INV, .min = 1, .max = 32),
	O("cluster-local-nodemask", U32, GROUP_INV, .min = 1),
	O("cluster-hash-seed", U32, NEED) };

static void connbytes_mode(struct rule_parser *r, struct instance *in, const struct option *o,
			   const struct option_value *v)
{
	word_of(r, in, o, v, "packets,bytes,avgpkt");
}

static void connbytes_dir(struct rule_parser *r, struct instance *in, const struct option *o,
			  const struct option_value *v)
{
	word_of(r, in, o, v, "original,reply,both");
}

static const struct option connbytes_options[] = {
	O("connbytes", U64_RANGE, NEED_INV), O("connbytes-dir", TEXT, NEED, .parse = connbytes_dir),
	O("connbytes-mode", TEXT, NEED, .parse = connbytes_mode) };
static const struct option connlabel_options[] = {
	O("label", TEXT, NEED_INV, .min = 1), O("set", NONE) };
static const struct option connlimit_options[] = {
	O("connlimit-upto", U32, GROUP_INV), O("connlimit-above", U32, GROUP_INV),
	O("connlimit-mask", PLEN, .max = 1), O("connlimit-saddr", NONE), O("connlimit-daddr", NONE) };

static void finish_connlimit(struct rule_parser *r, struct instance *in)
{
	if ((in->seen >> 3 & 3) == 3)
		rule_error(r, in->at, "'--connlimit-saddr' and '--connlimit-daddr' exclude each other");
}

static const struct option cpu_options[] = { O("cpu", U32, NEED_INV) };
static const struct option devgroup_options[] = {
	O("src-group", TEXT, GROUP_INV), O("dst-group", TEXT, GROUP_INV) };
static const struct option dst_options[] = { O("dst-len", U32, INV), O("dst-opts", TEXT) };
static const struct option hbh_options[] = { O("hbh-len", U32, INV), O("hbh-opts", TEXT) };
static const struct option ecn_options[] = {
	O("ecn-tcp-cwr", NONE, GROUP_INV), O("ecn-tcp-ece", NONE, GROUP_INV),
	O("ecn-ip-ect", U8, GROUP_INV, .max = 3) };

static void finish_ecn(struct rule_parser *r, struct instance *in)
{
	if ((in->seen & 3) && (!r->has_proto || r->proto != L4PROTO_TCP || r->proto_negated))
		rule_error(r, in->at, "'--ecn-tcp-…' needs '-p tcp'");
}

static const struct option esp_options[] = { O("espspi", U32_RANGE, INV) };
static const struct option frag_options[] = {
	O("fragid", U32_RANGE, INV), O("fraglen", U32, INV), O("fragres", NONE),
	O("fragfirst", NONE), O("fragmore", NONE), O("fraglast", NONE) };

static void finish_frag(struct rule_parser *r, struct instance *in)
{
	if ((in->seen >> 4 & 3) == 3)
		rule_error(r, in->at, "'--fragmore' and '--fraglast' exclude each other");
}

static const struct option hashlimit_options[] = {
	O("hashlimit-upto", TEXT, GROUP_INV), O("hashlimit-above", TEXT, GROUP_INV),
	O("hashlimit", TEXT, GROUP_INV), O("hashlimit-srcmask", PLEN), O("hashlimit-dstmask", PLEN),
	O("hashlimit-burst", TEXT), O("hashlimit-htable-size", U32), O("hashlimit-htable-max", U32),
	O("hashlimit-htable-gcinterval", U32), O("hashlimit-htable-expire", U32),
	O("hashlimit-mode", TEXT), O("hashlimit-name", TEXT, NEED, .min = 1),
	O("hashlimit-rate-match", NONE), O("hashlimit-rate-interval", TEXT) };
static const struct option helper_options[] = { O("helper", TEXT, NEED_INV) };
static const struct option ipcomp_options[] = { O("ipcompspi", U32_RANGE, INV), O("compres", NONE) };
static const struct option ipv6header_options[] = { O("header", TEXT, NEED_INV), O("soft", NONE) };
static const struct option ipvs_options[] = {
	O("ipvs", NONE, INV), O("vproto", PROTO, INV), O("vaddr", HOSTMASK, INV),
	O("vport", PORT, INV), O("vdir", TEXT), O("vmethod", TEXT, INV), O("vportctl", PORT, INV) };
/* N or N/unit, the unit any beginning of second, minute, hour, day (libxt_limit.c). */
static void limit_rate(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	static const char *const units[] = { "second", "minute", "hour", "day" };
	struct str rest = v->word, number = str_cut(&rest, '/');
	bool unit_ok = !rest.p;
	u128 n;
	for (size_t i = 0; i < ARRAY_SIZE(units) && rest.n; i++)
		unit_ok = unit_ok || (rest.n <= strlen(units[i]) &&
				      str_eq_nocase(rest, (struct str){ units[i], rest.n }));
	if (!unit_ok || !parse_number(number, UINT32_MAX, &n) || !n)
		rule_error(r, in->at, "'%.*s' is not a rate that '--%s' takes (5/min)",
			   STR_FMT(v->word), o->name);
}

static const struct option limit_options[] = {
	O("limit", TEXT, .parse = limit_rate), O("limit-burst", U32, .max = 10000) };
static const struct option mac_options[] = { O("mac-source", MAC, NEED_INV) };
static const struct option mh_options[] = { O("mh-type", TEXT, INV) };

static const struct option nfacct_options[] = { O("nfacct-name", TEXT, NEED, .min = 1, .max = 31) };
static const struct option osf_options[] = {
	O("genre", TEXT, NEED_INV), O("ttl", U32, .max = 2), O("log", U32, .max = 2) };
static const struct option owner_options[] = {
	O("uid-owner", TEXT, INV), O("gid-owner", TEXT, INV), O("socket-exists", NONE, INV),
	O("suppl-groups", NONE), O("pid-owner", U32, INV), O("sid-owner", U32, INV),
	O("cmd-owner", TEXT, INV) };
#define REPEAT_INV .flags = OPT_REPEAT | OPT_INVERT
static const struct option policy_options[] = {
	O("dir", TEXT, NEED), O("pol", TEXT), O("strict", NONE), O("reqid", U32, REPEAT_INV),
	O("spi", U32, REPEAT_INV), O("tunnel-src", HOSTMASK, REPEAT_INV),
	O("tunnel-dst", HOSTMASK, REPEAT_INV), O("proto", PROTO, REPEAT_INV),
	O("mode", TEXT, REPEAT_INV), O("next", NONE, .flags = OPT_REPEAT) };
static const struct option quota_options[] = { O("quota", U64, NEED_INV) };
static const struct option rateest_options[] = {
	O("rateest1", TEXT), O("rateest", TEXT), O("rateest2", TEXT), O("rateest-bps1", MAYBE),
	O("rateest-pps1", MAYBE), O("rateest-bps2", MAYBE), O("rateest-pps2", MAYBE),
	O("rateest-bps", MAYBE), O("rateest-pps", MAYBE), O("rateest-delta", NONE),
	O("rateest-lt", NONE, INV), O("rateest-gt", NONE, INV), O("rateest-eq", NONE, INV) };
static const struct option realm_options[] = { O("realm", TEXT, NEED_INV) };
static const struct option recent_options[] = {
	O("set", NONE, GROUP_INV), O("rcheck", NONE, GROUP_INV), O("update", NONE, GROUP_INV),
	O("remove", NONE, GROUP_INV), O("seconds", U32, .min = 1), O("reap", NONE),
	O("hitcount", U32, .max = 65535), O("rttl", NONE), O("name", TEXT), O("rsource", NONE),
	O("rdest", NONE), O("mask", HOST) };
static const struct option rpfilter_options[] = {
	O("loose", NONE), O("validmark", NONE), O("accept-local", NONE), O("invert", NONE) };
static const struct option rt_options[] = {
	O("rt-type", U32, INV), O("rt-segsleft", U32_RANGE, INV), O("rt-len", U32, INV),
	O("rt-0-res", NONE), O("rt-0-addrs", TEXT), O("rt-0-not-strict", NONE) };
static const struct option set_options[] = {
	O("match-set", TWO_TEXTS, INV), O("set", TWO_TEXTS, INV), O("return-nomatch", NONE),
	O("update-counters", NONE, INV), O("packets-eq", U64, INV), O("packets-lt", U64),
	O("packets-gt", U64), O("bytes-eq", U64, INV), O("bytes-lt", U64), O("bytes-gt", U64),
	O("update-subcounters", NONE, INV) };
static const struct option socket_options[] = {
	O("transparent", NONE), O("nowildcard", NONE), O("restore-skmark", NONE) };
static const struct option srh_options[] = {
	O("srh-next-hdr", U8, INV), O("srh-hdr-len-eq", U8, INV), O("srh-hdr-len-gt", U8, INV),
	O("srh-hdr-len-lt", U8, INV), O("srh-segs-left-eq", U8, INV), O("srh-segs-left-gt", U8, INV),
	O("srh-segs-left-lt", U8, INV), O("srh-last-entry-eq", U8, INV),
	O("srh-last-entry-gt", U8, INV), O("srh-last-entry-lt", U8, INV), O("srh-tag", U16, INV),
	O("srh-psid", HOSTMASK, INV), O("srh-nsid", HOSTMASK, INV), O("srh-lsid", HOSTMASK, INV) };
static const struct option statistic_options[] = {
	O("mode", TEXT, NEED), O("probability", PROBABILITY, INV), O("every", U32, INV, .min = 1),
	O("packet", U32) };
static const struct option string_options[] = {
	O("from", U16), O("to", U16), O("algo", TEXT, NEED), O("string", TEXT, GROUP_INV),
	O("hex-string", TEXT, GROUP_INV), O("icase", NONE) };
static const struct option tcpmss_options[] = { O("mss", U16_RANGE, NEED_INV) };
static const struct option time_options[] = {
	O("datestart", TEXT), O("datestop", TEXT), O("timestart", TEXT), O("timestop", TEXT),
	O("contiguous", NONE), O("weekdays", TEXT, INV), O("monthdays", TEXT, INV),
	O("localtz", NONE), O("utc", NONE), O("kerneltz", NONE) };
static const struct option tos_options[] = { O("tos", TOS, NEED_INV) };
static const struct option u32_options[] = { O("u32", TEXT, NEED_INV, .min = 1) };

#define V46 (V4 | V6)
#define M(n, fam, fl, opts, ...) \
	{ .name = n, .families = fam, .flags = fl, OPTIONS(opts), __VA_ARGS__ }
#define FOREIGN(n) { .name = n, .families = V46, .flags = EXT_FOREIGN }

static const struct extension matches[] = {
	M("tcp", V46, EXT_TYPED, tcp_options, .protocols = "tcp"),
	M("udp", V46, EXT_TYPED, udp_options, .protocols = "udp,udplite"),
	M("udplite", V46, EXT_TYPED, udp_options, .protocols = "udplite"),
	M("sctp", V46, EXT_TYPED, sctp_options, .protocols = "sctp"),
	M("dccp", V46, EXT_TYPED, dccp_options, .protocols = "dccp"),
	M("multiport", V46, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, multiport_options,
	  .protocols = "tcp,udp,udplite,sctp,dccp"),
	M("icmp", V4, EXT_TYPED, icmp_options, .protocols = "icmp"),
	M("icmp6", V6, EXT_TYPED, icmp6_options, .protocols = "ipv6-icmp"),
	M("icmpv6", V6, EXT_TYPED, icmp6_options, .protocols = "ipv6-icmp"),
	M("conntrack", V46, EXT_TYPED | EXT_GROUP_NEED, conntrack_options,
	  .finish = finish_conntrack),
	M("state", V46, EXT_TYPED, state_options),
	M("mark", V46, EXT_TYPED, mark_options),
	M("connmark", V46, EXT_TYPED | EXT_NEEDS_CT, connmark_options),
	M("iprange", V46, EXT_TYPED | EXT_GROUP_NEED, iprange_options),
	M("pkttype", V46, EXT_TYPED, pkttype_options),
	M("length", V46, EXT_TYPED, length_options),
	M("ttl", V4, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, ttl_options),
	M("hl", V6, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, hl_options),
	M("dscp", V46, EXT_TYPED | EXT_GROUP_NEED | EXT_GROUP_ONE, dscp_options),
	M("physdev", V46, EXT_TYPED | EXT_GROUP_NEED, physdev_options),
	M("comment", V46, EXT_TYPED, comment_options),

	M("addrtype", V46, EXT_GROUP_NEED, addrtype_options, .finish = finish_addrtype),
	M("ah", V4, 0, ah_options, .protocols = "ah"),
	M("ah", V6, 0, ah6_options),
	M("bpf", V46, EXT_GROUP_NEED | EXT_GROUP_ONE, bpf_options),
	M("cgroup", V46, EXT_GROUP_NEED | EXT_GROUP_ONE, cgroup_options),
	M("cluster", V46, EXT_GROUP_NEED | EXT_GROUP_ONE | EXT_NEEDS_CT, cluster_options),
	M("connbytes", V46, EXT_NEEDS_CT, connbytes_options),
	M("connlabel", V46, EXT_NEEDS_CT, connlabel_options),
	M("connlimit", V46, EXT_GROUP_NEED | EXT_GROUP_ONE | EXT_STATEFUL, connlimit_options,
	  .finish = finish_connlimit),
	M("cpu", V46, 0, cpu_options),
	M("devgroup", V46, EXT_GROUP_NEED, devgroup_options),
	M("dst", V6, 0, dst_options),
	M("ecn", V46, EXT_GROUP_NEED, ecn_options, .finish = finish_ecn),
	M("esp", V46, 0, esp_options, .protocols = "esp"),
	{ .name = "eui64", .families = V6 },
	M("frag", V6, 0, frag_options, .finish = finish_frag),
	M("hashlimit", V46, EXT_GROUP_NEED | EXT_GROUP_ONE | EXT_STATEFUL, hashlimit_options),
	M("hbh", V6, 0, hbh_options),
	M("helper", V46, EXT_NEEDS_CT, helper_options),
	M("ipcomp", V46, 0, ipcomp_options, .protocols = "ipcomp"),
	M("ipv6header", V6, 0, ipv6header_options),
	M("ipvs", V46, EXT_GROUP_NEED, ipvs_options),
	M("limit", V46, EXT_STATEFUL, limit_options),
	M("mac", V46, 0, mac_options, .chains = "PREROUTING,INPUT,FORWARD"),
	M("mh", V6, 0, mh_options, .protocols = "mh"),
	M("nfacct", V46, EXT_STATEFUL, nfacct_options),
	M("osf", V4, 0, osf_options, .protocols = "tcp"),
	M("owner", V46, EXT_GROUP_NEED, owner_options, .chains = "OUTPUT,POSTROUTING"),
	M("policy", V46, 0, policy_options),
	M("quota", V46, EXT_STATEFUL, quota_options),
	M("rateest", V46, EXT_STATEFUL, rateest_options),
	M("realm", V4, 0, realm_options),
	M("recent", V46, EXT_GROUP_NEED | EXT_GROUP_ONE | EXT_STATEFUL, recent_options),
	M("rpfilter", V46, 0, rpfilter_options),
	M("rt", V6, 0, rt_options),
	M("set", V46, 0, set_options),
	M("socket", V46, 0, socket_options),
	M("srh", V6, 0, srh_options),
	M("statistic", V46, EXT_STATEFUL, statistic_options),
	M("string", V46, EXT_GROUP_NEED | EXT_GROUP_ONE, string_options),
	M("tcpmss", V46, 0, tcpmss_options, .protocols = "tcp"),
	M("time", V46, 0, time_options),
	M("tos", V46, 0, tos_options),
	M("u32", V46, 0, u32_options),
	{ .name = "unclean", .families = V4 },

	/* patch-o-matic, xtables-addons and vendors' own: options not known */
	FOREIGN("condition"), FOREIGN("fuzzy"), FOREIGN("geoip"), FOREIGN("gradm"),
	FOREIGN("iface"), FOREIGN("ipp2p"), FOREIGN("ipv4options"), FOREIGN("layer7"),
	FOREIGN("length2"), FOREIGN("lscan"), FOREIGN("ndpi"), FOREIGN("nth"), FOREIGN("psd"),
	FOREIGN("quota2"), FOREIGN("random"), FOREIGN("asn"), FOREIGN("web"), FOREIGN("webstr"),
	FOREIGN("account"), FOREIGN("bcount"), FOREIGN("exp"), FOREIGN("qtaguid"), FOREIGN("weburl"),
	FOREIGN("bandwidth"), FOREIGN("timerange"), FOREIGN("dnetmap"), FOREIGN("dstlimit"),
};

const struct extension *match_find(struct str name, unsigned families)
{
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++)
		if ((matches[i].families & families) && str_is(name, matches[i].name))
			return &matches[i];
	return NULL;
}

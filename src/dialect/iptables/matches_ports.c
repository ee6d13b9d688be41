/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches of protocols: ports, flags, chunks, types. Values and limits as in iptables 1.8.9 (its
 * extensions/lib*t_*.c).
 */
#include "extension.h"

/* ---- ports: tcp, udp, sctp, dccp, multiport ---- */

static void ports(struct rule_parser *r, struct instance *in, const struct option *o,
		  const struct option_value *v)
{
	struct range range = { v->lo, v->hi };
	(void)in;
	if (v->negate || v->lo != 0 || v->hi != 65535)
		rule_match_ranges(r, o->field, &range, v->lo <= v->hi, v->negate);
}

// clang-format off
#define PORT_OPTION(name, kind, fl, f) O(name, kind, .flags = (fl), .field = (f), .parse = ports)
#define PORT_OPTIONS(kind, fl)                                       \
	PORT_OPTION("source-port", kind, fl, FIELD_SPORT),           \
	PORT_OPTION("sport", kind, fl, FIELD_SPORT),                 \
	PORT_OPTION("destination-port", kind, fl, FIELD_DPORT),      \
	PORT_OPTION("dport", kind, fl, FIELD_DPORT)
// clang-format on

static bool parse_flag_list(struct str list, unsigned *ret)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };
	struct str rest = list;
	unsigned flags = 0;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		bool known = !one.n ||
			     str_eq_nocase(one, STR("NONE")); /* strtok() passes over "SYN,," */
		if (str_eq_nocase(one, STR("ALL"))) {
			flags |= 0x3f;
			known = true;
		}
		for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
			if (str_eq_nocase(one, str_from(names[i]))) {
				flags |= 1u << i;
				known = true;
			}
		if (!known)
			return false;
	}
	*ret = flags;
	return true;
}

static void tcp_flags(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	unsigned mask, value;
	(void)o;
	if (!parse_flag_list(v->word, &mask) || !parse_flag_list(v->second, &value))
		rule_error(r, in->at, ERROR_WORD,
			   "'--tcp-flags' takes two lists of SYN ACK FIN RST PSH URG ALL NONE");
	else
		rule_match_mask(r, FIELD_TCP_FLAGS, mask, value, v->negate);
}

static void tcp_syn(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	(void)in, (void)o;
	rule_match_mask(r, FIELD_TCP_FLAGS, TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, TCP_SYN,
			v->negate);
}

/* all, any or only, then a set of chunks, each with flags behind a ':' (libxt_sctp.c). */
static bool chunk_types(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	static const char names[] = "DATA,INIT,INIT_ACK,SACK,HEARTBEAT,HEARTBEAT_ACK,ABORT,"
				    "SHUTDOWN,SHUTDOWN_ACK,ERROR,"
				    "COOKIE_ECHO,COOKIE_ACK,ECN_ECNE,ECN_CWR,SHUTDOWN_COMPLETE,I_"
				    "DATA,RE_CONFIG,PAD,ASCONF,ASCONF_ACK,"
				    "FORWARD_TSN,I_FORWARD_TSN,ALL,NONE";
	u128 how, types = 0, bit;
	struct text flags = { .arena = r->p->arena };
	struct str rest = v->second;
	(void)o;
	if (!word_in(v->word, "all,any,only", OPT_ANY_CASE, &how))
		return false;
	while (rest.p) {
		struct str one = str_cut(&rest, ','), name = str_cut(&one, ':');
		if (!word_in(name, names, OPT_ANY_CASE, &bit))
			return false;
		types |= bit;
		unsigned long long letters = 0; /* a bit for each */
		for (size_t i = 0; i < one.n; i++)
			letters |= 1ULL << (one.p[i] & 63);
		if (one.p)
			text_printf(&flags, " %s:%llx", number_text(r->p->arena, bit), letters);
	}
	v->normal = str_from(arena_printf(r->p->arena, "%s %s%.*s", number_text(r->p->arena, how),
					  number_text(r->p->arena, types),
					  STR_FMT(text_str(&flags))));
	return true;
}

static const struct option tcp_options[] = {
	PORT_OPTIONS(C_PORT_RANGE, OPT_INVERT),
	O("syn", NONE, INV, .parse = tcp_syn),
	O("tcp-flags", TWO_TEXTS, INV, .parse = tcp_flags),
	O("tcp-option", U8, INV, .min = 1, .parse = opaque_option),
};

static const struct option udp_options[] = { PORT_OPTIONS(PORT_RANGE, OPT_INVERT | OPT_REVERSED) };

static const struct option sctp_options[] = {
	PORT_OPTIONS(C_PORT_RANGE, OPT_INVERT),
	O("chunk-types", TWO_TEXTS, INV, .normal = chunk_types, .parse = opaque_option),
};

static const struct option dccp_options[] = {
	PORT_OPTIONS(PORT_RANGE, OPT_INVERT | OPT_REVERSED),
	O("dccp-types", WORDS, .flags = OPT_INVERT | OPT_ANY_CASE, .parse = opaque_option,
	  .words = "REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID"),
	O("dccp-option", U8, INV, .min = 1, .parse = opaque_option),
};

/*
 * After `! -p tcp`, iptables-nft reads whatever bytes are where TCP has its ports and flags (`meta
 * l4proto != 6 th dport 80`); legacy refuses that.
 */
static void reads_any_bytes(struct rule_parser *r, struct instance *in)
{
	if (!r->proto_negated)
		return;
	ruleset_refused_by(r->p->rs, LOADER_LEGACY, source_span(r->p->source, in->at),
			   "iptables-legacy-restore refuses options of %s after '! -p %s', "
			   "iptables-nft-restore compares whatever bytes other protocols have "
			   "there",
			   in->ext->name, in->ext->name);
	for (size_t i = 0; i < r->matches.n; i++) {
		struct match *m = &r->matches.items[i];
		bool port = m->kind == MATCH_RANGES &&
			    (m->field == FIELD_SPORT || m->field == FIELD_DPORT) && m->n;
		bool flags = m->kind == MATCH_MASK && m->field == FIELD_TCP_FLAGS;
		u128 one = port ? m->ranges[0].lo : flags ? m->mask->mask : 0;
		u128 two = port ? m->ranges[0].hi : flags ? m->mask->value : 0;
		if (!port && !flags)
			continue;
		const char *text = arena_printf(r->p->arena, "%u%c%u where %s has its %s",
						(unsigned)one, port ? ':' : '/', (unsigned)two,
						in->ext->name,
						flags                     ? "flags"
						: m->field == FIELD_SPORT ? "source port"
									  : "destination port");
		struct opaque *o = rule_opaque(r, str_from(text), str_from(text), OPAQUE_PURE);
		*m = (struct match){ .kind = MATCH_OPAQUE, .negate = m->negate, .opaque = o };
	}
}

enum { ONE_PORT = 1, EITHER_PORT };

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
			rule_error(r, in->at, ERROR_VALUE, "more than 15 ports in '--%s'", o->name);
			return;
		}
		bool open = one.n && (one.p[0] == ':' || one.p[one.n - 1] == ':');
		if (!one.n || open || !parse_port_range(one, ':', &ranges[n]) ||
		    (is_range && ranges[n].lo >= ranges[n].hi)) {
			rule_error(r, in->at, ERROR_VALUE,
				   "'%.*s' is not a port or a range of ports", STR_FMT(one));
			return;
		}
		text_printf(&ports, "%u:%u ", (unsigned)ranges[n].lo, (unsigned)ranges[n].hi);
		n++;
	}
	in->key = text_str(&ports);
	if (o->id == ONE_PORT) {
		rule_match_ranges(r, o->field, ranges, n, v->negate);
	} else {
		struct match any[2] = {
			match_ranges(r->p->arena, FIELD_SPORT, ranges, n, false),
			match_ranges(r->p->arena, FIELD_DPORT, ranges, n, false),
		};
		rule_match_any(r, any, 2, v->negate);
	}
}

#define PORTS(name, ...) O(name, TEXT, GROUP_INV, .parse = multiport, __VA_ARGS__)
static const struct option multiport_options[] = {
	PORTS("source-ports", .id = ONE_PORT, .field = FIELD_SPORT),
	PORTS("sports", .id = ONE_PORT, .field = FIELD_SPORT),
	PORTS("destination-ports", .id = ONE_PORT, .field = FIELD_DPORT),
	PORTS("dports", .id = ONE_PORT, .field = FIELD_DPORT),
	PORTS("ports", .id = EITHER_PORT),
};

/* ---- icmp ---- */

enum { ICMP_TYPE = 1, ICMP6_TYPE };

static void icmp_type(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	bool v6 = o->id == ICMP6_TYPE, ambiguous;
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
			rule_error(r, in->at, ERROR_WORD, "'%.*s' is %s ICMP%s type",
				   STR_FMT(v->word), name ? "more than one" : "not an",
				   v6 ? "v6" : "");
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
	O("icmp-type", TEXT, NEED_INV, .id = ICMP_TYPE, .parse = icmp_type),
};
static const struct option icmp6_options[] = {
	O("icmpv6-type", TEXT, NEED_INV, .id = ICMP6_TYPE, .parse = icmp_type),
};
/* ---- the table ---- */

// clang-format off
static const struct extension table[] = {
	M("tcp", V46, EXT_TYPED | EXT_NEEDS_WHOLE | EXT_READS_BYTES, tcp_options, .protocols = "tcp",
	  .finish = reads_any_bytes),
	M("udp", V46, EXT_TYPED | EXT_NEEDS_WHOLE | EXT_READS_BYTES, udp_options, .protocols = "udp",
	  .finish = reads_any_bytes),
	M("sctp", V46, EXT_TYPED | EXT_NEEDS_WHOLE, sctp_options, .protocols = "sctp"),
	M("dccp", V46, EXT_TYPED | EXT_NEEDS_WHOLE, dccp_options, .protocols = "dccp"),
	M("multiport", V46, EXT_TYPED | EXT_NEEDS_WHOLE | EXT_GROUP_NEED | EXT_GROUP_ONE, multiport_options,
	  .protocols = "tcp,udp,udplite,sctp,dccp"),
	M("icmp", V4, EXT_TYPED | EXT_NEEDS_WHOLE, icmp_options, .protocols = "icmp"),
	M("icmp6", V6, EXT_TYPED | EXT_NEEDS_WHOLE, icmp6_options, .protocols = "ipv6-icmp"),
	M("icmpv6", V6, EXT_TYPED | EXT_NEEDS_WHOLE, icmp6_options, .protocols = "ipv6-icmp"),
};
// clang-format on

const struct extension_list port_matches = LIST(table);

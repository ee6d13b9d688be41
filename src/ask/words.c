/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A class in the words of nft: one match for each field, as people write it. What nft has no word
 * for (answers of tests that fwlint keeps whole, unknown values) is an assumption.
 */
#include "ask_private.h"

#define PKTTYPE_MAX 3    /* PACKET_OTHERHOST of linux/if_packet.h */
#define ROUTE_TYPE_MAX 8 /* RTN_PROHIBIT of linux/rtnetlink.h, the last that nft has a name for */

struct writer {
	const struct ruleset *rs;
	const struct ask_answer *answer;
	struct ask_class *c;
	struct arena *arena;
	struct text text;
	bool family_said, protocol_said;
};

/* ---- values ---- */

/* How many bits of the range are free, if it is a prefix; -1: it is none. */
static int free_bits(const struct range *r)
{
	u128 free = r->lo ^ r->hi;
	int n = 0;
	if (free & (free + 1) || r->lo & free)
		return -1;
	for (; free; free >>= 1)
		n++;
	return n;
}

static const char *one_value(const struct ruleset *rs, enum field f, u128 v, struct arena *a)
{
	static const char *const types[] = { "host", "broadcast", "multicast", "other" };
	if (f == FIELD_CT_DIRECTION)
		return v ? "reply" : "original";
	if (f == FIELD_PKTTYPE && v < ARRAY_SIZE(types))
		return types[v];
	if (f == FIELD_L4PROTO && v == L4PROTO_UDPLITE)
		return "udplite";
	if (f == FIELD_L4PROTO && v == L4PROTO_DCCP)
		return "dccp";
	return ruleset_field_print(rs, f, v, a);
}

static const char *name_words(const struct range *r, struct arena *a)
{
	u128 lo = r->lo, hi = r->hi;
	if (lo == hi)
		return arena_printf(a, "\"%s\"", field_print(FIELD_IIFNAME, lo, a));
	unsigned shift = 128;
	while (shift >= 8 && (lo >> (shift - 8)) == (hi >> (shift - 8)))
		shift -= 8;
	u128 prefix = shift < 128 ? lo >> shift << shift : 0, rest = hi - prefix;
	u128 whole = shift < 128 ? ((u128)1 << shift) - 1 : ~(u128)0;
	bool is_prefix = lo == prefix && (rest | 0xff) == whole;
	if (!is_prefix || shift == 128)
		return NULL;
	return arena_printf(a, "\"%s*\"", field_print(FIELD_IIFNAME, prefix, a));
}

static enum field_format format_of(const struct ruleset *rs, enum field f)
{
	return f >= FIELD_EXTRA ? rs->extra[f - FIELD_EXTRA].format : field_table[f].format;
}

static const char *range_words(const struct ruleset *rs, enum field f, const struct range *r,
			       struct arena *a)
{
	enum field_format format = format_of(rs, f);
	if (format == FORMAT_IFNAME)
		return name_words(r, a);
	if (r->lo == r->hi)
		return one_value(rs, f, r->lo, a);
	bool address = format == FORMAT_ADDR4 || format == FORMAT_ADDR6;
	if (address && free_bits(r) >= 0)
		return arena_printf(a, "%s/%u", field_print(f, r->lo, a),
				    field_table[f].width - (unsigned)free_bits(r));
	return arena_printf(a, "%s-%s", one_value(rs, f, r->lo, a), one_value(rs, f, r->hi, a));
}

static u128 largest(enum field f)
{
	if (f == FIELD_PKTTYPE)
		return PKTTYPE_MAX;
	return field_table[f].optional ? FIELD_OPTIONAL_MAX : field_max(f);
}

/*
 * Values that nft knows by name only, and a name cannot be the end of a range; NULL: some have no
 * name.
 */
static const char *named_words(const struct ruleset *rs, enum field f, const struct range *r,
			       uint32_t n, u128 last, struct arena *a)
{
	struct text t = { .arena = a };
	unsigned named = 0;
	for (uint32_t i = 0; i < n; i++)
		for (u128 v = r[i].lo; v <= r[i].hi; v++) {
			if (v > last)
				return NULL;
			text_printf(&t, "%s%s", named++ ? ", " : "", one_value(rs, f, v, a));
		}
	const char *words = arena_strndup(a, t.n ? t.items : "", t.n);
	return named == 1 ? words : arena_printf(a, "{ %s }", words);
}

static const char *list_words(const struct ruleset *rs, enum field f, const struct range *r,
			      uint32_t n, struct arena *a)
{
	struct text t = { .arena = a };
	if (f == FIELD_PKTTYPE)
		return named_words(rs, f, r, n, PKTTYPE_MAX, a);
	if (format_of(rs, f) == FORMAT_ROUTE_TYPE)
		return named_words(rs, f, r, n, ROUTE_TYPE_MAX, a);
	if (n == 1)
		return range_words(rs, f, r, a);
	text_printf(&t, "{ ");
	for (uint32_t i = 0; i < n; i++) {
		const char *words = range_words(rs, f, &r[i], a);
		if (!words)
			return NULL;
		text_printf(&t, "%s%s", i ? ", " : "", words);
	}
	text_printf(&t, " }");
	return arena_strndup(a, t.items, t.n);
}

/* States are a list of flags to nft. */
static const char *state_words(const struct values *v, struct arena *a)
{
	static const char *const names[] = { "new", "established", "related", "invalid",
					     "untracked" };
	struct text t = { .arena = a };
	unsigned n = 0, missing = 0;
	for (unsigned s = 0; s < CT_STATE_COUNT; s++) {
		bool is_in = false;
		for (uint32_t i = 0; i < v->n; i++)
			is_in |= s >= v->r[i].lo && s <= v->r[i].hi;
		if (is_in)
			text_printf(&t, "%s%s", n++ ? "," : "", names[s]);
		else
			missing = s;
	}
	if (n == CT_STATE_COUNT - 1)
		return arena_printf(a, "!= %s", names[missing]);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

const char *values_words(const struct ruleset *rs, enum field f, const struct values *v,
			 struct arena *a)
{
	uint32_t n;
	if (f == FIELD_CT_STATE)
		return state_words(v, a);
	const struct range *not = ranges_complement(a, v->r, v->n, largest(f), &n);
	const char *words = n && n < v->n + (v->r[0].lo != v->r[0].hi)
				    ? list_words(rs, f, not, n, a)
				    : NULL;
	if (words)
		return arena_printf(a, "!= %s", words);
	words = list_words(rs, f, v->r, v->n, a);
	if (words)
		return words;
	words = n ? list_words(rs, f, not, n, a) : NULL;
	return words ? arena_printf(a, "!= %s", words) : NULL;
}

/* ---- masks ---- */

static const char *flag_words(u128 bits, const char *between, struct arena *a)
{
	static const char *const names[] = {
		"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"
	};
	struct text t = { .arena = a };
	for (unsigned i = 0; i < 8; i++)
		if (bits >> i & 1)
			text_printf(&t, "%s%s", t.n ? between : "", names[i]);
	return t.n ? arena_strndup(a, t.items, t.n) : "0x0";
}

static const char *mask_words(enum field f, const struct values *v, const char * not,
			      struct arena *a)
{
	u128 mask = v->r->lo, bits = v->r->hi;
	const char *name = f == FIELD_MARK ? "meta mark" : field_table[f].name;
	if (f == FIELD_TCP_FLAGS && mask == field_max(f))
		return arena_printf(a, "tcp flags %s %s",
				    not ? "!=" : "==", flag_words(bits, " | ", a));
	if (f == FIELD_TCP_FLAGS && mask & (mask - 1))
		return arena_printf(a, "tcp flags & (%s) %s %s", flag_words(mask, " | ", a),
				    not ? "!=" : "==", flag_words(bits, " | ", a));
	if (f == FIELD_TCP_FLAGS)
		return arena_printf(a, "tcp flags & %s %s %s", flag_words(mask, "", a),
				    not ? "!=" : "==", flag_words(bits, "", a));
	if (mask == field_max(f)) /* a status alone is a flag that may be set among others */
		return arena_printf(a, "%s %s0x%llx", name,
				    not                    ? "!= "
				    : f == FIELD_CT_STATUS ? "== "
							   : "",
				    (unsigned long long)bits);
	return arena_printf(a, "%s & 0x%llx %s 0x%llx", name, (unsigned long long)mask,
			    not ? "!=" : "==", (unsigned long long)bits);
}

/* ---- the matches of a class ---- */

static void add(struct writer *w, const char *words)
{
	text_printf(&w->text, "%s%s", w->text.n ? " " : "", words);
}

static bool is_one(const struct values *v, u128 *ret)
{
	if (!v || v->n != 1 || v->r->lo != v->r->hi)
		return false;
	*ret = v->r->lo;
	return true;
}

static const char *protocol_of_ports(const struct writer *w)
{
	u128 proto;
	if (!is_one(cube_values(w->c->set.cube, FIELD_L4PROTO), &proto))
		return NULL;
	return proto == L4PROTO_TCP       ? "tcp"
	       : proto == L4PROTO_UDP     ? "udp"
	       : proto == L4PROTO_SCTP    ? "sctp"
	       : proto == L4PROTO_DCCP    ? "dccp"
	       : proto == L4PROTO_UDPLITE ? "udplite"
					  : NULL;
}

static bool is_v6_only(const struct writer *w)
{
	return w->c->families == 1u << NFPROTO_VALUE_IPV6;
}

/* The words of IPv4, and of IPv6 alone, where they say the family. */
static const char *const of_family[FIELD_COUNT][2] = {
	[FIELD_IP_SADDR] = { "ip saddr", "ip saddr" },
	[FIELD_IP_DADDR] = { "ip daddr", "ip daddr" },
	[FIELD_IP6_SADDR] = { "ip6 saddr", "ip6 saddr" },
	[FIELD_IP6_DADDR] = { "ip6 daddr", "ip6 daddr" },
	[FIELD_ICMP_TYPE] = { "icmp type", "icmpv6 type" },
	[FIELD_ICMP_CODE] = { "icmp code", "icmpv6 code" },
	[FIELD_TTL] = { "ip ttl", "ip6 hoplimit" },
	[FIELD_DSCP] = { "ip dscp", "ip6 dscp" },
};

/* Words that differ from the name in the table of fields. */
static const char *const other_words[FIELD_COUNT] = {
	[FIELD_L4PROTO] = "meta l4proto",
	[FIELD_PKTTYPE] = "meta pkttype",
	[FIELD_LENGTH] = "meta length",
};

/* What stands before the values; it may say the family or the protocol by itself. */
static const char *field_words(struct writer *w, enum field f)
{
	const char *proto = protocol_of_ports(w);
	w->family_said |= of_family[f][0] != NULL;
	w->protocol_said |= f == FIELD_ICMP_TYPE || f == FIELD_ICMP_CODE;
	if (of_family[f][0])
		return of_family[f][is_v6_only(w)];
	if (f == FIELD_SPORT || f == FIELD_DPORT) {
		w->protocol_said |= proto != NULL;
		return arena_printf(w->arena, "%s %s", proto ? proto : "th", field_table[f].name);
	}
	return other_words[f] ? other_words[f] : field_table[f].name;
}

static void assume(struct writer *w, const char *words)
{
	vec_push(w->arena, &w->c->assumes, words);
}

/* Names as a prefix, and the names with this prefix that are not among them. */
static void add_names(struct writer *w, enum field f, const struct values *v, const char *name)
{
	u128 lo = v->r[0].lo, hi = v->r[v->n - 1].hi;
	unsigned shift = 128;
	while (shift >= 8 && (lo >> (shift - 8)) == (hi >> (shift - 8)))
		shift -= 8;
	u128 low = shift < 128 ? ((u128)1 << shift) - 1 : ~(u128)0;
	struct range *r = arena_new_array(w->arena, struct range, v->n + 2);
	struct values all = { f, 1, r };
	r[0] = (struct range){ lo & ~low, (lo & ~low) | low };
	struct range *inside = arena_new_array(w->arena, struct range, v->n + 2);
	uint32_t n = 0;
	if (r[0].lo < lo)
		inside[n++] = (struct range){ r[0].lo, lo - 1 };
	for (uint32_t i = 0; i + 1 < v->n; i++)
		inside[n++] = (struct range){ v->r[i].hi + 1, v->r[i + 1].lo - 1 };
	if (hi < r[0].hi && (hi | 0xff) != r[0].hi)
		inside[n++] = (struct range){ hi + 1, r[0].hi };
	const char *prefix = shift < 128 ? values_words(w->rs, f, &all, w->arena) : NULL;
	const char *holes = n ? list_words(w->rs, f, inside, n, w->arena) : NULL;
	if (prefix)
		add(w, arena_printf(w->arena, "%s %s", name, prefix));
	if (holes)
		add(w, arena_printf(w->arena, "%s != %s", name, holes));
	if (n && !holes)
		assume(w, arena_printf(w->arena, "%s is one of those that the rules tell apart",
				       name));
}

static void add_extra(struct writer *w, enum field f, struct values v)
{
	struct str name = ruleset_field_name(w->rs, f);
	if (v.r[v.n - 1].hi == FIELD_ABSENT && v.r[0].lo == FIELD_ABSENT) {
		assume(w, arena_printf(w->arena, "it has no '%.*s'", STR_FMT(name)));
		return;
	}
	if (v.n == 1 && v.r->lo == 0 && v.r->hi == FIELD_OPTIONAL_MAX) {
		assume(w, arena_printf(w->arena, "it has a '%.*s'", STR_FMT(name)));
		return;
	}
	const char *values = values_words(w->rs, f, &v, w->arena);
	add(w, arena_printf(w->arena, "%.*s %s", STR_FMT(name), values ? values : "?"));
}

static void add_ranges(struct writer *w, enum field f, const struct values *v)
{
	if (f == FIELD_L4PROTO && w->protocol_said)
		return;
	if (f == FIELD_PHYSIN || f == FIELD_PHYSOUT) {
		const char *port = values_words(w->rs, f, v, w->arena);
		assume(w, arena_printf(w->arena, "%s %s",
				       f == FIELD_PHYSIN ? "physdev-in" : "physdev-out",
				       port ? port : "of those that the rules tell apart"));
		return;
	}
	if (f == FIELD_FRAGMENT) {
		bool later = v->r->lo == 1;
		bool v6 = is_v6_only(w);
		if (v6 && !later) /* nft has no test that holds for a packet without the header */
			assume(w, "it is no later fragment");
		else
			add(w, v6      ? "frag frag-off != 0"
			       : later ? "ip frag-off & 0x1fff != 0"
				       : "ip frag-off & 0x1fff == 0");
		w->family_said |= !v6;
		return;
	}
	if (f >= FIELD_EXTRA) {
		add_extra(w, f, *v);
		return;
	}
	const char *name = field_words(w, f), *values = values_words(w->rs, f, v, w->arena);
	if (values)
		add(w, arena_printf(w->arena, "%s %s", name, values));
	else
		add_names(w, f, v, name);
}

static void add_field(struct writer *w, enum field f)
{
	const struct values *v = cube_values(w->c->set.cube, f);
	bool said = v;
	if (v && field_table[f].masked)
		add(w, mask_words(f, v, NULL, w->arena));
	else if (v)
		add_ranges(w, f, v);
	for (const struct except *e = w->c->set.lists[0]; e; e = e->next)
		if (e->region.cube->v[0].dim == (uint32_t)f) {
			add(w, mask_words(f, &e->region.cube->v[0], "", w->arena));
			said = true;
		}
	w->protocol_said |= f == FIELD_TCP_FLAGS && said;
}

/* ---- what nft has no word for ---- */

static const struct opaque *opaque_of(const struct writer *w, uint32_t dim)
{
	uint32_t first = w->answer->space->var_dim[BANK_PLAIN];
	return dim >= first && dim < first + w->rs->n_vars ? w->rs->vars[dim - first] : NULL;
}

static void add_others(struct writer *w)
{
	const struct cube *c = w->c->set.cube;
	bool unknown = false;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct opaque *o = opaque_of(w, c->v[i].dim);
		if (o)
			assume(w, opaque_words(o, c->v[i].r->lo == 1, w->arena));
		else
			unknown |= c->v[i].dim >= FIELD_COUNT;
	}
	for (const struct except *e = w->c->set.lists[0]; e; e = e->next)
		unknown |= e->region.cube->v[0].dim >= FIELD_COUNT;
	if (unknown)
		assume(w, "a value that a rule writes, and that is not in the ruleset, is one for "
			  "which this holds");
}

void class_words(const struct ask_answer *answer, struct ask_class *c, struct arena *a)
{
	static const enum field order[] = { FIELD_IIFNAME,   FIELD_OIFNAME,   FIELD_PHYSIN,
					    FIELD_PHYSOUT,   FIELD_IP_SADDR,  FIELD_IP_DADDR,
					    FIELD_IP6_SADDR, FIELD_IP6_DADDR, FIELD_ICMP_TYPE,
					    FIELD_ICMP_CODE, FIELD_SPORT,     FIELD_DPORT,
					    FIELD_TCP_FLAGS, FIELD_L4PROTO,   FIELD_FRAGMENT,
					    FIELD_CT_STATE,  FIELD_CT_STATUS, FIELD_CT_DIRECTION,
					    FIELD_CT_MARK,   FIELD_MARK,      FIELD_PKTTYPE,
					    FIELD_LENGTH,    FIELD_TTL,       FIELD_DSCP };
	struct writer w = {
		.rs = answer->ruleset, .answer = answer, .c = c, .arena = a, .text = { .arena = a }
	};
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		add_field(&w, order[i]);
	for (enum field f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++)
		add_field(&w, f);
	add_others(&w);
	c->match = arena_strndup(a, w.text.n ? w.text.items : "", w.text.n);
	if (w.family_said || c->families == answer->families)
		return;
	c->match = arena_printf(a, "meta nfproto %s%s%s", is_v6_only(&w) ? "ipv6" : "ipv4",
				*c->match ? " " : "", c->match);
}

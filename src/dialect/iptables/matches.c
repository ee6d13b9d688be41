/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches of iptables 1.8.9 (its extensions/lib*t_*.c) that the model does
 * not know: every option with the values that it takes, one opaque match for
 * the whole. The typed ones are in matches_ports.c, matches_ct.c and matches_typed.c.
 */
#include "extension.h"

#define REVERSED .flags = OPT_INVERT | OPT_REVERSED
#define SPI(n) O(n, U32_RANGE, REVERSED, .standard = "0:4294967295")

#define ADDRESS_TYPES                                                                            \
	"UNSPEC,UNICAST,LOCAL,BROADCAST,ANYCAST,MULTICAST,BLACKHOLE,UNREACHABLE,PROHIBIT,THROW," \
	"NAT,XRESOLVE"
/* By their places among these. */
#define ONLY_LOCAL (1u << 2)
#define OF_ONE_HOST (1u << 1 | ONLY_LOCAL)

static void address_type(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	(void)r;
	if (v->lo == ONLY_LOCAL)
		in->is_local = *o->name == 's' ? END_SOURCE : END_DESTINATION;
	in->is_rare = !(v->lo & OF_ONE_HOST);
}

// clang-format off
enum { LIMIT_IN = 1, LIMIT_OUT };
#define ADDRESS_TYPE(n) O(n, WORDS, .flags = OPT_GROUP | OPT_INVERT | OPT_SHORT, .words = ADDRESS_TYPES, \
	.parse = address_type)
static const struct option addrtype_options[] = {
	ADDRESS_TYPE("src-type"), ADDRESS_TYPE("dst-type"),
	O("limit-iface-in", NONE, .id = LIMIT_IN, .excludes = "limit-iface-out"),
	O("limit-iface-out", NONE, .id = LIMIT_OUT),
};
// clang-format on

static void finish_addrtype(struct rule_parser *r, struct instance *in)
{
	/* xt_addrtype.c: addrtype_mt_checkentry_v1 */
	bool is_in = is_given(in, LIMIT_IN), is_out = is_given(in, LIMIT_OUT);
	if ((is_in && in_list(r->chain_name, "OUTPUT,POSTROUTING")) ||
	    (is_out && in_list(r->chain_name, "PREROUTING,INPUT")))
		rule_error(r, in->at, ERROR_PLACE, "'%s' is not allowed in %.*s",
			   is_in ? "--limit-iface-in" : "--limit-iface-out",
			   STR_FMT(r->chain_name));
	/* with another option or an interface, it may fail for the host's address, too */
	if (in->said.n > 1)
		in->is_local = END_NONE;
	in->is_rare = in->is_rare && in->said.n == 1;
}

static const struct option ah_options[] = { SPI("ahspi") };
// clang-format off
static const struct option ah6_options[] = {
	SPI("ahspi"), O("ahlen", U32, INV), O("ahres", NONE) };
static const struct option bpf_options[] = {
	O("bytecode", TEXT, GROUP, .min = 1), O("object-pinned", TEXT, GROUP, .min = 1) };
static const struct option cgroup_options[] = {
	O("path", TEXT, GROUP_INV), O("cgroup", U32, GROUP_INV) };
// clang-format on

/*
 * The total in the low 32 bits of the number, the local node in the next, the nodes of a mask in
 * those behind.
 */
enum { CLUSTER_TOTAL = 1, CLUSTER_LOCAL, CLUSTER_MASK };
static void cluster_node(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	(void)r;
	in->number |= v->lo << 32 * (o->id - CLUSTER_TOTAL);
}

/* As a mask of one bit. */
static bool node_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	(void)o;
	v->normal = str_from(number_text(r->p->arena, (u128)1 << (v->lo - 1)));
	return true;
}

// clang-format off
static const struct option cluster_options[] = {
	O("cluster-total-nodes", U32, NEED, .min = 1, .max = 32, .id = CLUSTER_TOTAL, .parse = cluster_node),
	O("cluster-local-node", U32, GROUP_INV, .min = 1, .max = 32, .id = CLUSTER_LOCAL,
	  .parse = cluster_node, .normal = node_normal, .same_as = "cluster-local-nodemask"),
	O("cluster-local-nodemask", U32, GROUP_INV, .min = 1, .id = CLUSTER_MASK, .parse = cluster_node),
	O("cluster-hash-seed", U32, NEED) };
// clang-format on

/* xt_cluster.c: xt_cluster_mt_checkentry */
static void finish_cluster(struct rule_parser *r, struct instance *in)
{
	if (in->number && (uint32_t)in->number < (uint32_t)(in->number >> 32))
		rule_error(r, in->at, ERROR_VALUE,
			   "'--cluster-local-node' is greater than '--cluster-total-nodes'");
	else if (in->number >> 64 >> (uint32_t)in->number)
		rule_error(r, in->at, ERROR_VALUE,
			   "'--cluster-local-nodemask' has nodes beyond '--cluster-total-nodes'");
}

// clang-format off
static const struct option connbytes_options[] = {
	O("connbytes", U64_RANGE, NEED_INV),
	O("connbytes-dir", WORD, NEED, .words = "original,reply,both"),
	O("connbytes-mode", WORD, NEED, .words = "packets,bytes,avgpkt") };
// clang-format on

/* Of digits only, and too great? */
static bool is_too_great(struct str word)
{
	u128 n;
	return str_number(word, ~(u128)0, &n) && n > UINT32_MAX;
}

/* A number, where it is one; a name stays. */
static bool number_or_name(const struct rule_parser *r, const struct option *o,
			   struct option_value *v)
{
	u128 n;
	(void)o;
	v->normal = str_number(v->word, UINT32_MAX, &n) ? str_from(number_text(r->p->arena, n))
							: v->word;
	return !is_too_great(v->word);
}

enum { DEVICE_GROUP = 1, REALM };

/* A number and its mask, or a name of it; group 0 is "default" in every iproute2. */
static bool group_normal(const struct rule_parser *r, const struct option *o,
			 struct option_value *v)
{
	bool is_default = o->id == DEVICE_GROUP && str_is(v->word, "default");
	v->normal = v->word;
	v->hi = UINT32_MAX;
	if (is_default || parse_mark(v->word, &v->lo, &v->hi))
		v->normal = str_from(arena_printf(r->p->arena, "%s/%s",
						  number_text(r->p->arena, is_default ? 0 : v->lo),
						  number_text(r->p->arena, v->hi)));
	return v->word.n && !is_too_great(v->word);
}

/* A name of connlabel.conf, or its bit (XT_CONNLABEL_MAXBIT). */
static void connlabel(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	u128 n;
	if (str_number(v->word, UINT32_MAX, &n) && n > 127)
		rule_error(r, in->at, ERROR_VALUE, "'--%s' takes a name or a number up to 127",
			   o->name);
}

// clang-format off
static const struct option connlabel_options[] = {
	O("label", TEXT, NEED_INV, .min = 1, .normal = number_or_name, .parse = connlabel),
	O("set", NONE) };
static const struct option connlimit_options[] = {
	O("connlimit-upto", U32, GROUP_INV),
	O("connlimit-above", U32, GROUP_INV, .opposite = "connlimit-upto"),
	O("connlimit-mask", PLEN, .max = 1, .normal = long_mask_normal, .standard = "all"),
	O("connlimit-saddr", NONE, .standard = "", .excludes = "connlimit-daddr"),
	O("connlimit-daddr", NONE) };
// clang-format on

static const struct option cpu_options[] = { O("cpu", U32, NEED_INV) };
// clang-format off
static const struct option devgroup_options[] = {
	O("src-group", TEXT, GROUP_INV, .id = DEVICE_GROUP, .normal = group_normal),
	O("dst-group", TEXT, GROUP_INV, .id = DEVICE_GROUP, .normal = group_normal) };
/* type[:length], with commas; in order. */
static bool header_options(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	struct text out = { .arena = r->p->arena };
	struct str rest = v->word;
	(void)o;
	while (rest.p) {
		struct str length = str_cut(&rest, ','), type = str_cut(&length, ':');
		u128 n = 0, bytes = 0;
		if (!str_number(type, 255, &n) || (length.p && !str_number(length, 255, &bytes)))
			return false;
		text_printf(&out, length.p ? "%u:%u," : "%u,", (unsigned)n, (unsigned)bytes);
	}
	v->normal = text_str(&out);
	return true;
}
// clang-format on

static const struct option dst_options[] = { O("dst-len", U32, INV),
					     O("dst-opts", TEXT, .normal = header_options) };
static const struct option hbh_options[] = { O("hbh-len", U32, INV),
					     O("hbh-opts", TEXT, .normal = header_options) };
// clang-format off
enum { ECN_OF_TCP = 1 };
static const struct option ecn_options[] = {
	O("ecn-tcp-cwr", NONE, GROUP_INV, .id = ECN_OF_TCP),
	O("ecn-tcp-ece", NONE, GROUP_INV, .id = ECN_OF_TCP),
	O("ecn-ip-ect", U8, GROUP_INV, .max = 3) };

static void finish_ecn(struct rule_parser *r, struct instance *in)
{
	if (is_given(in, ECN_OF_TCP) && (!r->has_proto || r->proto != L4PROTO_TCP || r->proto_negated))
		rule_error(r, in->at, ERROR_MISSING, "'--ecn-tcp-…' needs '-p tcp'");
}
// clang-format on

static const struct option esp_options[] = { SPI("espspi") };
// clang-format off
static const struct option frag_options[] = {
	O("fragid", U32_RANGE, REVERSED), O("fraglen", U32, INV), O("fragres", NONE),
	O("fragfirst", NONE), O("fragmore", NONE, .excludes = "fraglast"), O("fraglast", NONE) };
// clang-format on

static void helper_name(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)o;
	if (!v->negate)
		in->key = str_from(arena_printf(r->p->arena, "ct helper %.*s", STR_FMT(v->word)));
}

static const struct option helper_options[] = { O("helper", TEXT, NEED_INV, .parse = helper_name) };
static const struct option ipcomp_options[] = { O("ipcompspi", U32_RANGE, REVERSED),
						O("compres", NONE) };
/* A set of headers, by name, short name or number (libip6t_ipv6header.c). */
static bool headers_normal(const struct rule_parser *r, const struct option *o,
			   struct option_value *v)
{
	static const struct {
		const char *names;
		unsigned number;
	} headers[] = {
		{ "hop-by-hop,hop", 0 },   { "ipv6-opts,dst", 60 },  { "ipv6-route,route", 43 },
		{ "ipv6-frag,frag", 44 },  { "ah,auth", 51 },        { "esp", 50 },
		{ "ipv6-nonxt,none", 59 }, { "protocol,prot", 255 },
	};
	struct str rest = v->word;
	u128 set = 0, n;
	unsigned number;
	(void)o;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		size_t i = 0;
		bool is_number = str_number(one, 255, &n);
		if (!is_number && protocol_number(one, &number)) {
			is_number = true;
			n = number;
		}
		while (i < ARRAY_SIZE(headers) &&
		       (is_number ? headers[i].number != n : !in_list(one, headers[i].names)))
			i++;
		if (i == ARRAY_SIZE(headers))
			return false; /* libip6t_ipv6header.c: parse_header: "unknown header" */
		set |= (u128)1 << i;
	}
	v->normal = str_from(number_text(r->p->arena, set));
	return true;
}

static const struct option ipv6header_options[] = {
	O("header", TEXT, NEED_INV, .normal = headers_normal), O("soft", NONE)
};
// clang-format off
static const struct option ipvs_options[] = {
	O("ipvs", NONE, INV), O("vproto", PROTO, INV), O("vaddr", HOSTMASK, INV),
	O("vport", PORT, INV), O("vdir", TEXT), O("vmethod", TEXT, INV), O("vportctl", PORT, INV) };
static const struct option mac_options[] = { O("mac-source", MAC, NEED_INV) };

/*
 * An object without a quota always matches; one with a quota does when that is used up
 * (nfacct_mt()). The rule does not say which. kube-proxy makes these two without a quota
 * (pkg/proxy/util/nfacct: Add()).
 */
static void nfacct_name(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)r;
	(void)o;
	in->always = str_is(v->word, "ct_state_invalid_dropped_pkts") ||
		     str_is(v->word, "localhost_nps_accepted_pkts");
}

static const struct option nfacct_options[] = {
	O("nfacct-name", TEXT, NEED, .min = 1, .max = 31, .parse = nfacct_name) };
static const struct option osf_options[] = {
	O("genre", TEXT, NEED_INV), O("ttl", U32, .max = 2), O("log", U32, .max = 2) };
static const struct option quota_options[] = { O("quota", U64, NEED_INV) };
static const struct option rateest_options[] = {
	O("rateest1", TEXT), O("rateest", TEXT), O("rateest2", TEXT), O("rateest-bps1", MAYBE),
	O("rateest-pps1", MAYBE), O("rateest-bps2", MAYBE), O("rateest-pps2", MAYBE),
	O("rateest-bps", MAYBE), O("rateest-pps", MAYBE), O("rateest-delta", NONE),
	O("rateest-lt", NONE, INV), O("rateest-gt", NONE, INV), O("rateest-eq", NONE, INV) };
static const struct option realm_options[] = {
	O("realm", TEXT, NEED_INV, .id = REALM, .normal = group_normal) };
static const struct option rpfilter_options[] = {
	O("loose", NONE), O("validmark", NONE), O("accept-local", NONE), O("invert", NONE) };
static const struct option rt_options[] = {
	O("rt-type", U32, INV), O("rt-segsleft", U32_RANGE, REVERSED), O("rt-len", U32, INV),
	O("rt-0-res", NONE), O("rt-0-addrs", TEXT), O("rt-0-not-strict", NONE) };
static const struct option set_options[] = {
	O("match-set", TWO_TEXTS, INV), O("set", TWO_TEXTS, INV, .same_as = "match-set"),
	O("return-nomatch", NONE),
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
static const struct option tcpmss_options[] = { O("mss", U16_RANGE, NEED_INV) };
static const struct option tos_options[] = { O("tos", TOS, NEED_INV) };

/* ---- u32 ---- */

/* A number of 32 bits at *at; false: there is none. */
static bool u32_number(struct str s, size_t *at, u128 *ret)
{
	size_t from = *at;
	while (*at < s.n && s.p[*at] && strchr("0123456789abcdefABCDEFxX", s.p[*at]))
		++*at;
	return str_number((struct str){ s.p + from, *at - from }, UINT32_MAX, ret);
}
// clang-format on

/*
 * TESTS   = TEST { "&&" TEST }
 * TEST    = NUMBER { ("&" | "<<" | ">>" | "@") NUMBER } "=" VALUE { "," VALUE }
 * VALUE   = NUMBER [ ":" NUMBER ]          (libxt_u32.c: u32_parse)
 */
static bool u32_read(struct str s, struct text *out)
{
	enum { TEST, LEFT, RIGHT, AND, AT, IS, VALUE, RANGE, N_SIGNS };
	static const char *const signs[] = {
		[TEST] = "&&", [LEFT] = "<<", [RIGHT] = ">>", [AND] = "&",
		[AT] = "@",    [IS] = "=",    [VALUE] = ",",  [RANGE] = ":"
	};
	bool in_values = false, was_range = false;
	for (size_t at = 0;;) {
		u128 n;
		if (!u32_number(s, &at, &n))
			return false;
		text_printf(out, "%u", (unsigned)n);
		size_t k = 0;
		while (k < N_SIGNS && !str_starts((struct str){ s.p + at, s.n - at }, signs[k]))
			k++;
		bool range = k == RANGE;
		if (in_values && !range && !was_range)
			text_printf(out, ":%u", (unsigned)n); /* 1 is 1:1 */
		if (at == s.n)
			return in_values;
		bool of_value = k == TEST || k == VALUE || k == RANGE;
		if (k == N_SIGNS || of_value != in_values || (range && was_range))
			return false;
		text_printf(out, "%s", signs[k]);
		at += strlen(signs[k]);
		in_values = k == IS || (in_values && k != TEST);
		was_range = range;
	}
}

static bool u32_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	struct text plain = { .arena = r->p->arena }, out = { .arena = r->p->arena };
	(void)o;
	for (size_t i = 0; i < v->word.n; i++)
		if (!strchr(" \t\n", v->word.p[i]))
			text_add(&plain, (struct str){ v->word.p + i, 1 });
	bool ok = u32_read(text_str(&plain), &out);
	v->normal = text_str(&out);
	return ok;
}

static const struct option u32_options[] = { O("u32", TEXT, NEED_INV, .min = 1,
					       .normal = u32_normal) };

/*
 * Looks at the conntrack entry; without one: xt_cluster.c, xt_connbytes.c false,
 * xt_connlabel.c, xt_helper.c inverted. (connlimit takes the packet's own addresses then.)
 */
#define ASKS(answer) .no_entry = NO_ENTRY_##answer, .template_is_none = true
#define FOREIGN(n)                                               \
	{                                                        \
		.name = n, .families = V46, .flags = EXT_FOREIGN \
	}

// clang-format off
static const struct extension matches[] = {
	M("addrtype", V46, EXT_FLIPS | EXT_GROUP_NEED, addrtype_options, .finish = finish_addrtype),
	M("ah", V4, 0, ah_options, .protocols = "ah"),
	M("ah", V6, 0, ah6_options),
	M("bpf", V46, EXT_GROUP_NEED | EXT_GROUP_ONE, bpf_options),
	M("cgroup", V46, EXT_GROUP_NEED | EXT_GROUP_ONE, cgroup_options),
	M("cluster", V46, EXT_GROUP_NEED | EXT_REASSEMBLES | EXT_GROUP_ONE, cluster_options, ASKS(FALSE),
	  .finish = finish_cluster),
	M("connbytes", V46, EXT_REASSEMBLES, connbytes_options, ASKS(FALSE)),
	M("connlabel", V46, EXT_REASSEMBLES, connlabel_options, ASKS(INVERTED)),
	M("connlimit", V46, EXT_GROUP_NEED | EXT_REASSEMBLES | EXT_GROUP_ONE | EXT_STATEFUL,
	  connlimit_options),
	M("cpu", V46, EXT_FLIPS, cpu_options),
	M("devgroup", V46, EXT_FLIPS | EXT_GROUP_NEED, devgroup_options),
	M("dst", V6, 0, dst_options),
	M("ecn", V46, EXT_GROUP_NEED, ecn_options, .finish = finish_ecn),
	M("esp", V46, EXT_NEEDS_WHOLE, esp_options, .protocols = "esp"),
	{ .name = "eui64", .families = V6, .chains = "PREROUTING,INPUT,FORWARD" },
	M("frag", V6, 0, frag_options),
	M("hbh", V6, 0, hbh_options),
	M("helper", V46, EXT_REASSEMBLES | EXT_ALL_SAME, helper_options, ASKS(INVERTED)),
	M("ipcomp", V46, 0, ipcomp_options, .protocols = "ipcomp"),
	M("ipv6header", V6, 0, ipv6header_options),
	M("ipvs", V46, EXT_GROUP_NEED, ipvs_options),
	M("mac", V46, 0, mac_options, .chains = "PREROUTING,INPUT,FORWARD"),
	M("nfacct", V46, EXT_STATEFUL, nfacct_options),
	M("osf", V4, 0, osf_options, .protocols = "tcp"),
	M("quota", V46, EXT_STATEFUL, quota_options),
	M("rateest", V46, EXT_STATEFUL, rateest_options),
	M("realm", V4, EXT_FLIPS, realm_options),
	M("rpfilter", V46, 0, rpfilter_options),
	M("rt", V6, 0, rt_options),
	M("set", V46, EXT_FLIPS, set_options),
	M("socket", V46, EXT_REASSEMBLES, socket_options),
	M("srh", V6, 0, srh_options),
	M("tcpmss", V46, EXT_FLIPS, tcpmss_options, .protocols = "tcp"),
	M("tos", V46, EXT_FLIPS, tos_options),
	M("u32", V46, EXT_FLIPS, u32_options),
	{ .name = "unclean", .families = V4 },

	/* patch-o-matic, xtables-addons and vendors' own: options not known */
	FOREIGN("condition"), FOREIGN("fuzzy"), FOREIGN("geoip"), FOREIGN("gradm"),
	FOREIGN("iface"), FOREIGN("ipp2p"), FOREIGN("ipv4options"), FOREIGN("layer7"),
	FOREIGN("length2"), FOREIGN("lscan"), FOREIGN("ndpi"), FOREIGN("nth"), FOREIGN("psd"),
	FOREIGN("quota2"), FOREIGN("random"), FOREIGN("asn"), FOREIGN("web"), FOREIGN("webstr"),
	FOREIGN("account"), FOREIGN("bcount"), FOREIGN("exp"), FOREIGN("qtaguid"), FOREIGN("weburl"),
	FOREIGN("bandwidth"), FOREIGN("timerange"), FOREIGN("dnetmap"), FOREIGN("dstlimit"),
};
// clang-format on

const struct extension *extension_find(const struct extension_list *const *lists, size_t n,
				       struct str name, unsigned families)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			const struct extension *e = &lists[k]->items[i];
			if ((e->families & families) && str_is(name, e->name))
				return e;
		}
	return NULL;
}

const struct extension *match_find(struct str name, unsigned families)
{
	static const struct extension_list opaque_matches = LIST(matches);
	static const struct extension_list *const lists[] = { &port_matches,  &ct_matches,
							      &typed_matches, &checked_matches,
							      &rate_matches,  &time_matches,
							      &opaque_matches };
	return extension_find(lists, ARRAY_SIZE(lists), name, families);
}

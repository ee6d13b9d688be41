/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches of iptables 1.8.9 (its extensions/lib*t_*.c) that the model does
 * not know: every option with the values that it takes, one opaque match for
 * the whole. The typed ones are in matches_ports.c, matches_ct.c and matches_typed.c.
 */
#include "parser.h"

#define REVERSED .flags = OPT_INVERT | OPT_REVERSED

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
	static const char types[] = "UNSPEC,UNICAST,LOCAL,BROADCAST,ANYCAST,MULTICAST,BLACKHOLE,UNREACHABLE,PROHIBIT,"
		"THROW,NAT,XRESOLVE,unspec,unicast,local,broadcast,anycast,multicast,blackhole,unreachable,prohibit,"
		"throw,nat,xresolve";
	word_of(r, in, o, v, types);
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
	/* xt_addrtype.c: addrtype_mt_checkentry_v1 */
	if ((in->seen & 4 && in_list(r->chain_name, "OUTPUT,POSTROUTING")) ||
	    (in->seen & 8 && in_list(r->chain_name, "PREROUTING,INPUT")))
		rule_error(r, in->at, "'%s' is not allowed in %.*s", in->seen & 4 ? "--limit-iface-in" :
			   "--limit-iface-out", STR_FMT(r->chain_name));
}

static const struct option ah_options[] = { O("ahspi", U32_RANGE, REVERSED) };
static const struct option ah6_options[] = {
	O("ahspi", U32_RANGE, REVERSED), O("ahlen", U32, INV), O("ahres", NONE) };
static const struct option bpf_options[] = {
	O("bytecode", TEXT, GROUP, .min = 1), O("object-pinned", TEXT, GROUP, .min = 1) };
static const struct option cgroup_options[] = {
	O("path", TEXT, GROUP_INV), O("cgroup", U32, GROUP_INV) };
/* The total in the low half of the number, the local node in the high one. */
static void cluster_node(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	(void)r;
	in->number |= o->name[8] == 't' ? v->lo : v->lo << 32;
}

static const struct option cluster_options[] = {
	O("cluster-total-nodes", U32, NEED, .min = 1, .max = 32, .parse = cluster_node),
	O("cluster-local-node", U32, GROUP_INV, .min = 1, .max = 32, .parse = cluster_node),
	O("cluster-local-nodemask", U32, GROUP_INV, .min = 1),
	O("cluster-hash-seed", U32, NEED) };

static void finish_cluster(struct rule_parser *r, struct instance *in)
{
	if (in->number && (uint32_t)in->number < (uint32_t)(in->number >> 32))
		rule_error(r, in->at, "'--cluster-local-node' is greater than '--cluster-total-nodes'");
}

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
/* A name of connlabel.conf, or its bit (XT_CONNLABEL_MAXBIT). */
static void connlabel(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	u128 n;
	if (str_number(v->word, UINT32_MAX, &n) && n > 127)
		rule_error(r, in->at, "'--%s' takes a name or a number up to 127", o->name);
}

static const struct option connlabel_options[] = {
	O("label", TEXT, NEED_INV, .min = 1, .parse = connlabel), O("set", NONE) };
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

static const struct option esp_options[] = { O("espspi", U32_RANGE, REVERSED) };
static const struct option frag_options[] = {
	O("fragid", U32_RANGE, REVERSED), O("fraglen", U32, INV), O("fragres", NONE),
	O("fragfirst", NONE), O("fragmore", NONE), O("fraglast", NONE) };

static void finish_frag(struct rule_parser *r, struct instance *in)
{
	if ((in->seen >> 4 & 3) == 3)
		rule_error(r, in->at, "'--fragmore' and '--fraglast' exclude each other");
}

static void helper_name(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)o;
	if (!v->negate)
		in->key = str_from(arena_printf(r->p->arena, "ct helper %.*s", STR_FMT(v->word)));
}

static const struct option helper_options[] = { O("helper", TEXT, NEED_INV, .parse = helper_name) };
static const struct option ipcomp_options[] = { O("ipcompspi", U32_RANGE, REVERSED), O("compres", NONE) };
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
	const char *unit = rest.p ? NULL : units[0];
	u128 n;
	for (size_t i = 0; i < ARRAY_SIZE(units) && rest.n && !unit; i++)
		if (rest.n <= strlen(units[i]) && str_eq_nocase(rest, (struct str){ units[i], rest.n }))
			unit = units[i];
	in->key = str_from(arena_printf(r->p->arena, "%.*s/%s", STR_FMT(number), unit ? unit : ""));
	u128 fastest = (unit && *unit == 'm' ? 60 : unit && *unit == 'h' ? 3600 : unit && *unit == 'd' ? 86400 : 1) *
		       (u128)10000; /* XT_LIMIT_SCALE */
	if (!unit || !str_number(number, UINT32_MAX, &n) || !n || n > fastest)
		rule_error(r, in->at, "'%.*s' is not a rate that '--%s' takes (5/min)",
			   STR_FMT(v->word), o->name);
}

static void limit_burst(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)o;
	in->number = v->lo;
	if (!v->lo)
		ruleset_refused_by(r->p->rs, LOADER_LEGACY, source_span(r->p->source, in->at),
				   "iptables-legacy-restore refuses a burst of 0, iptables-nft-restore takes it for 5");
}

/* 3/hour and 5 are the defaults (libxt_limit.c). */
static void finish_limit(struct rule_parser *r, struct instance *in)
{
	const char *burst = arena_printf(r->p->arena, " burst %u packets",
					 in->seen & 2 ? (unsigned)in->number : 5);
	in->key = str_from(arena_printf(r->p->arena, "limit rate %.*s%s",
					STR_FMT(in->key.n ? in->key : STR("3/hour")), burst));
}

static const struct option limit_options[] = {
	O("limit", TEXT, .parse = limit_rate),
	O("limit-burst", U32, .max = 10000, .parse = limit_burst) };
static const struct option mac_options[] = { O("mac-source", MAC, NEED_INV) };

static const struct option nfacct_options[] = { O("nfacct-name", TEXT, NEED, .min = 1, .max = 31) };
static const struct option osf_options[] = {
	O("genre", TEXT, NEED_INV), O("ttl", U32, .max = 2), O("log", U32, .max = 2) };
static const struct option quota_options[] = { O("quota", U64, NEED_INV) };
static const struct option rateest_options[] = {
	O("rateest1", TEXT), O("rateest", TEXT), O("rateest2", TEXT), O("rateest-bps1", MAYBE),
	O("rateest-pps1", MAYBE), O("rateest-bps2", MAYBE), O("rateest-pps2", MAYBE),
	O("rateest-bps", MAYBE), O("rateest-pps", MAYBE), O("rateest-delta", NONE),
	O("rateest-lt", NONE, INV), O("rateest-gt", NONE, INV), O("rateest-eq", NONE, INV) };
static const struct option realm_options[] = { O("realm", TEXT, NEED_INV) };
static const struct option rpfilter_options[] = {
	O("loose", NONE), O("validmark", NONE), O("accept-local", NONE), O("invert", NONE) };
static const struct option rt_options[] = {
	O("rt-type", U32, INV), O("rt-segsleft", U32_RANGE, REVERSED), O("rt-len", U32, INV),
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
static const struct option tcpmss_options[] = { O("mss", U16_RANGE, NEED_INV) };
static const struct option tos_options[] = { O("tos", TOS, NEED_INV) };
static const struct option u32_options[] = { O("u32", TEXT, NEED_INV, .min = 1) };

/*
 * Looks at the conntrack entry; without one: xt_cluster.c, xt_connbytes.c false,
 * xt_connlabel.c, xt_helper.c inverted. (connlimit takes the packet's own addresses then.)
 */
#define ASKS(answer) .no_entry = NO_ENTRY_##answer, .template_is_none = true
#define FOREIGN(n) { .name = n, .families = V46, .flags = EXT_FOREIGN }

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
	M("connlimit", V46, EXT_GROUP_NEED | EXT_REASSEMBLES | EXT_GROUP_ONE | EXT_STATEFUL, connlimit_options,
	  .finish = finish_connlimit),
	M("cpu", V46, EXT_FLIPS, cpu_options),
	M("devgroup", V46, EXT_FLIPS | EXT_GROUP_NEED, devgroup_options),
	M("dst", V6, 0, dst_options),
	M("ecn", V46, EXT_GROUP_NEED, ecn_options, .finish = finish_ecn),
	M("esp", V46, EXT_NEEDS_WHOLE, esp_options, .protocols = "esp"),
	{ .name = "eui64", .families = V6, .chains = "PREROUTING,INPUT,FORWARD" },
	M("frag", V6, 0, frag_options, .finish = finish_frag),
	M("hbh", V6, 0, hbh_options),
	M("helper", V46, EXT_REASSEMBLES, helper_options, ASKS(INVERTED)),
	M("ipcomp", V46, 0, ipcomp_options, .protocols = "ipcomp"),
	M("ipv6header", V6, 0, ipv6header_options),
	M("ipvs", V46, EXT_GROUP_NEED, ipvs_options),
	M("limit", V46, EXT_STATEFUL, limit_options, .finish = finish_limit),
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

const struct extension *extension_find(const struct extension_list *const *lists, size_t n, struct str name,
				       unsigned families)
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
	static const struct extension_list *const lists[] = { &port_matches, &ct_matches, &typed_matches, &checked_matches,
							      &opaque_matches };
	return extension_find(lists, ARRAY_SIZE(lists), name, families);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The targets of iptables 1.8.9: options, verdict, and what they write. A
 * target ends the walk only where its documentation says so.
 */
#include "extension.h"

#include <stdlib.h>

/* ---- REJECT ---- */

struct reject_type {
	const char *name, *alias;
};

// clang-format off
static const struct reject_type reject4[] = {
	{ "icmp-net-unreachable", "net-unreach" }, { "icmp-host-unreachable", "host-unreach" },
	{ "icmp-proto-unreachable", "proto-unreach" }, { "icmp-port-unreachable", "port-unreach" },
	{ "icmp-net-prohibited", "net-prohib" }, { "icmp-host-prohibited", "host-prohib" },
	{ "tcp-reset", "tcp-rst" }, { "icmp-admin-prohibited", "admin-prohib" },
};

static const struct reject_type reject6[] = {
	{ "icmp6-no-route", "no-route" }, { "icmp6-adm-prohibited", "adm-prohibited" },
	{ "icmp6-not-neighbor", "not-neighbor" }, { "icmp6-addr-unreachable", "addr-unreach" },
	{ "icmp6-port-unreachable", "port-unreach" }, { "tcp-reset", "tcp-reset" },
	{ "icmp6-policy-fail", "policy-fail" }, { "icmp6-reject-route", "reject-route" },
};
// clang-format on

static bool is_prefix_nocase(struct str given, const char *name)
{
	return given.n && given.n <= strlen(name) &&
	       str_eq_nocase(given, (struct str){ name, given.n });
}

/* The first name or alias that the text is a prefix of (libipt_REJECT.c). */
static void reject_with(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	bool v6 = !(r->families & V4);
	const struct reject_type *table = v6 ? reject6 : reject4;
	size_t n = v6 ? ARRAY_SIZE(reject6) : ARRAY_SIZE(reject4);
	(void)o;
	for (size_t i = 0; i < n; i++)
		if (is_prefix_nocase(v->word, table[i].name) ||
		    is_prefix_nocase(v->word, table[i].alias)) {
			r->verdict.reject_with = str_from(table[i].name);
			r->verdict.tcp_reset = strcmp(table[i].name, "tcp-reset") == 0;
			return;
		}
	rule_error(r, in->at, ERROR_WORD, "'%.*s' is not a reject type of IPv%c", STR_FMT(v->word),
		   v6 ? '6' : '4');
}

static void finish_reject(struct rule_parser *r, struct instance *in)
{
	if (!r->verdict.reject_with.p)
		r->verdict.reject_with = !(r->families & V4) ? STR("icmp6-port-unreachable")
							     : STR("icmp-port-unreachable");
	if (r->verdict.tcp_reset && (!r->has_proto || r->proto_negated || r->proto != L4PROTO_TCP))
		rule_error(r, in->at, ERROR_MISSING,
			   "the kernel refuses '--reject-with tcp-reset' without '-p tcp'");
}

static const struct option reject_options[] = { O("reject-with", TEXT, .parse = reject_with) };

/* ---- CT ---- */

static void notrack(struct rule_parser *r, struct instance *in, const struct option *o,
		    const struct option_value *v)
{
	struct statement st = { .kind = STMT_NOTRACK, .text = r->verdict_name };
	(void)o, (void)v;
	in->notrack = true;
	vec_push(r->p->arena, &r->statements, st);
}

/* A policy of nfct(8): its content is not in the ruleset. */
static void ct_timeout(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	struct statement st = { .kind = STMT_TIMEOUT, .text = v->word, .unknown = true };
	(void)in, (void)o;
	vec_push(r->p->arena, &r->statements, st);
}

static bool zone_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	bool mark = str_is(v->word, "mark");
	(void)o;
	if (!mark && !str_number(v->word, 65535, &v->lo))
		return false;
	v->normal = mark ? v->word : str_from(number_text(r->p->arena, v->lo));
	return true;
}

// clang-format off
static const struct option ct_options[] = {
	O("notrack", NONE, .parse = notrack), O("helper", TEXT, .id = CT_HELPER),
	O("timeout", TEXT, .parse = ct_timeout),
	O("ctevents", WORDS,
	  .words = "new,related,destroy,reply,assured,protoinfo,helper,mark,natseqinfo,secmark"),
	O("expevents", WORDS, .words = "new"), O("zone-orig", TEXT, .normal = zone_normal),
	O("zone-reply", TEXT, .normal = zone_normal), O("zone", TEXT, .normal = zone_normal) };

/* Everything that it sets, except NOTRACK, goes into a template (xt_CT.c: xt_ct_tg_check()). */
static void finish_ct(struct rule_parser *r, struct instance *in)
{
	struct statement st = { .kind = STMT_TEMPLATE, .text = r->verdict_name };
	check_ct_helper(r, in);
	if (!in->notrack)
		vec_push(r->p->arena, &r->statements, st);
}
// clang-format on

static void finish_notrack(struct rule_parser *r, struct instance *in)
{
	notrack(r, in, NULL, NULL);
}

/* ---- SYNPROXY: takes the opening SYN and bare ACKs, lets the rest go on ---- */

static void finish_synproxy(struct rule_parser *r, struct instance *in)
{
	unsigned mask = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN;
	struct match any[2] = {
		match_mask(r->p->arena, FIELD_TCP_FLAGS, mask, TCP_SYN, false),
		match_mask(r->p->arena, FIELD_TCP_FLAGS, mask, TCP_ACK, false),
	};
	(void)in;
	rule_match_any(r, any, 2, false);
}

// clang-format off
static const struct option synproxy_options[] = {
	O("sack-perm", NONE), O("timestamp", NONE), O("wscale", U32), O("mss", U32),
	O("ecn", NONE) };

/* ---- targets that the walk only passes ---- */

static const struct option audit_options[] = {
	O("type", WORD, .flags = OPT_NEEDED | OPT_ANY_CASE, .words = "accept,drop,reject") };
static const struct option checksum_options[] = { O("checksum-fill", NONE, NEED) };
static const struct option classify_options[] = { O("set-class", TEXT, NEED, .normal = classify_class) };
static const struct option clusterip_options[] = {
	O("new", NONE), O("hashmode", TEXT), O("clustermac", MAC), O("total-nodes", U16),
	O("local-node", U16, .min = 1), O("hash-init", U32) };
static const struct option connsecmark_options[] = { O("save", NONE, GROUP), O("restore", NONE, GROUP) };
static const struct option ecn_options[] = {
	O("ecn-tcp-remove", NONE, GROUP), O("ecn-tcp-cwr", U8, GROUP, .max = 1),
	O("ecn-tcp-ece", U8, GROUP, .max = 1), O("ecn-ip-ect", U8, GROUP, .max = 3) };
enum { HMARK_PORT = 1, HMARK_PORT_MASK, HMARK_SPI, HMARK_SPI_MASK };
static const struct option hmark_options[] = {
	O("hmark-tuple", WORDS, .flags = OPT_ANY_CASE, .words = "src,dst,sport,dport,spi,ct"),
	O("hmark-src-prefix", PLEN, .max = 1), O("hmark-dst-prefix", PLEN, .max = 1),
	O("hmark-sport-mask", U16, .id = HMARK_PORT_MASK), O("hmark-dport-mask", U16, .id = HMARK_PORT_MASK),
	O("hmark-spi-mask", U32, .id = HMARK_SPI_MASK), O("hmark-sport", U16, .id = HMARK_PORT),
	O("hmark-dport", U16, .id = HMARK_PORT), O("hmark-spi", U32, .id = HMARK_SPI),
	O("hmark-proto-mask", U16), O("hmark-rnd", U32, NEED), O("hmark-mod", U32, NEED, .min = 1),
	O("hmark-offset", U32) };

static void finish_hmark(struct rule_parser *r, struct instance *in)
{
	/* libxt_HMARK.c: the values of both, or the masks of both */
	if ((is_given(in, HMARK_SPI) && is_given(in, HMARK_PORT)) ||
	    (is_given(in, HMARK_SPI_MASK) && is_given(in, HMARK_PORT_MASK)))
		rule_error(r, in->at, ERROR_CONFLICT, "HMARK takes an SPI or ports, not both");
	rule_write(r, FIELD_MARK, 0xffffffffu, 0, true, false);
}

static const struct option idletimer_options[] = {
	O("timeout", U32, NEED, .min = 1, .max = 2147482 /* xt_IDLETIMER.c: below INT_MAX / 1000 */),
	O("label", TEXT, NEED), O("alarm", NONE) };
static const struct option led_options[] = {
	O("led-trigger-id", TEXT, NEED), O("led-delay", TEXT), O("led-always-blink", NONE) };
/* Names that tools before iptables 1.8 accepted. */
static void level_name(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	if (str_is(v->word, "warn") || str_is(v->word, "err"))
		ruleset_load_needs(r->p->rs, source_span(r->p->source, in->at),
				   "iptables 1.8 has no '--%s %.*s': write '%s'", o->name,
				   STR_FMT(v->word), v->lo == 4 ? "warning" : "error");
}
// clang-format on

static bool one_line(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	(void)r, (void)o;
	return !memchr(v->word.p, '\n', v->word.n);
}

// clang-format off
static const struct option log_options[] = {
	O("log-level", LOG_LEVEL, .standard = "4", .parse = level_name),
	O("log-prefix", TEXT, .min = 1, .normal = one_line), O("log-tcp-sequence", NONE),
	O("log-tcp-options", NONE), O("log-ip-options", NONE), O("log-uid", NONE),
	O("log-macdecode", NONE) };
static const struct option nflog_options[] = {
	O("nflog-group", U16, .standard = "0"),
	O("nflog-prefix", TEXT, .min = 1, .normal = one_line),
	O("nflog-range", U32, .standard = "0"), O("nflog-size", U32),
	O("nflog-threshold", U16) };

static void queue_num(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	(void)in, (void)o;
	r->queues = (struct range){ v->lo, v->lo };
}
// clang-format on

static void queue_balance(struct rule_parser *r, struct instance *in, const struct option *o,
			  const struct option_value *v)
{
	if (!memchr(v->word.p, ':', v->word.n) || v->lo >= v->hi)
		rule_error(r, in->at, ERROR_VALUE,
			   "'--%s' takes two different queue numbers, low:high", o->name);
	r->queues = (struct range){ v->lo, v->hi };
}

// clang-format off
enum { QUEUE_BYPASS = 1 };
static const struct option nfqueue_options[] = {
	O("queue-num", U16, .parse = queue_num, .standard = "0", .excludes = "queue-balance"),
	O("queue-balance", U16_RANGE, .max = 65534, .parse = queue_balance),
	O("queue-bypass", NONE, .id = QUEUE_BYPASS), O("queue-cpu-fanout", NONE, .needs = "queue-balance") };

static void finish_nfqueue(struct rule_parser *r, struct instance *in)
{
	const char *queues = r->queues.lo == r->queues.hi ?
		arena_printf(r->p->arena, "%u", (unsigned)r->queues.lo) :
		arena_printf(r->p->arena, "%u-%u", (unsigned)r->queues.lo, (unsigned)r->queues.hi);
	rule_queue(r, str_from(queues), is_given(in, QUEUE_BYPASS));
}
// clang-format on

/* A number and s, ms or us, as in 0.25s (libxt_RATEEST.c: rateest_get_time). */
static bool duration_normal(const struct rule_parser *r, const struct option *o,
			    struct option_value *v)
{
	static const struct {
		const char *name;
		double scale;
	} units[] = {
		{ "s", 1e6 },     { "sec", 1e6 }, { "secs", 1e6 }, { "ms", 1e3 },  { "msec", 1e3 },
		{ "msecs", 1e3 }, { "us", 1 },    { "usec", 1 },   { "usecs", 1 },
	};
	char buf[32] = "", *end;
	(void)o;
	memcpy(buf, v->word.p, v->word.n < sizeof(buf) ? v->word.n : sizeof(buf) - 1);
	double number = strtod(buf, &end);
	v->normal = v->word;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(end, units[i].name) == 0)
			v->normal = str_from(
				arena_printf(r->p->arena, "%.0f", number * units[i].scale));
	return true;
}

// clang-format off
static const struct option rateest_options[] = {
	O("rateest-name", TEXT, NEED), O("rateest-interval", TEXT, NEED, .normal = duration_normal),
	O("rateest-ewmalog", TEXT, NEED, .normal = duration_normal) };
static const struct option secmark_options[] = { O("selctx", TEXT, NEED) };
enum { SET_MAP_MARK = 1 };
static const struct option set_options[] = {
	O("add-set", TWO_TEXTS, GROUP), O("del-set", TWO_TEXTS, GROUP), O("map-set", TWO_TEXTS, GROUP),
	O("exist", NONE), O("timeout", U32), O("map-mark", NONE, .id = SET_MAP_MARK), O("map-prio", NONE),
	O("map-queue", NONE) };

static void finish_set(struct rule_parser *r, struct instance *in)
{
	if (is_given(in, SET_MAP_MARK))
		rule_write(r, FIELD_MARK, 0xffffffffu, 0, true, false);
}

static const struct option tcpmss_options[] = {
	O("set-mss", U16, GROUP, .max = 65515),
	O("clamp-mss-to-pmtu", NONE, GROUP, .parse = clamp_mss) };

/* 0 and 1 are "end of options" and "no operation" and cannot be stripped. */
static bool strip_options(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	static const char names[] = ",,mss,wscale,sack-permitted,sack,,,timestamp,,,,,,,,,,,md5";
	struct str rest = v->word;
	unsigned char is_set[256] = { 0 };
	struct text out = { .arena = r->p->arena };
	(void)o;
	while (rest.p) {
		struct str one = str_cut(&rest, ',');
		u128 n, bit;
		if (!str_number(one, 255, &n)) {
			if (!one.n || !word_in(one, names, 0, &bit))
				return false;
			for (n = 0; bit > 1; bit >>= 1)
				n++;
		}
		if (n < 2 || is_set[n]) /* given twice */
			return false;
		is_set[n] = 1;
	}
	for (unsigned i = 2; i < 256; i++)
		if (is_set[i])
			text_printf(&out, "%u,", i);
	v->normal = text_str(&out);
	return true;
}

static const struct option tcpoptstrip_options[] = {
	O("strip-options", TEXT, .normal = strip_options) };
static const struct option tee_options[] = { O("gateway", HOST, NEED), O("oif", TEXT) };

static void tproxy_mark(struct rule_parser *r, struct instance *in, const struct option *o,
			const struct option_value *v)
{
	(void)in, (void)o;
	rule_write(r, FIELD_MARK, v->hi, v->lo, false, false);
}

static const struct option tproxy_options[] = {
	O("on-port", PORT, NEED), O("on-ip", HOST, .standard = "0"),
	O("tproxy-mark", MARK, .parse = tproxy_mark) };
static const struct option ulog_options[] = {
	O("ulog-nlgroup", U8, .min = 1, .max = 32), O("ulog-prefix", TEXT), O("ulog-cprange", U64),
	O("ulog-qthreshold", U64, .min = 1, .max = 50) };

/* ---- the table ---- */

#define PASS .verdict = VERDICT_CONTINUE, .statement = STMT_OTHER
#define LOGS .verdict = VERDICT_CONTINUE, .statement = STMT_LOG
#define FOREIGN(n, v) \
	{ .name = n, .families = V46, .flags = EXT_FOREIGN, .verdict = v, .statement = STMT_OTHER }

static const struct extension targets[] = {
	T("REJECT", V46, 0, reject_options, .verdict = VERDICT_REJECT, .statement = STMT_OTHER,
	  .tables = "filter", .finish = finish_reject),
	T("LOG", V46, 0, log_options, LOGS),
	T("NFLOG", V46, 0, nflog_options, LOGS),
	T("ULOG", V4, 0, ulog_options, LOGS),
	T("AUDIT", V46, 0, audit_options, LOGS),
	{ .name = "TRACE", .families = V46, LOGS, .legacy_tables = "raw" },
	T("HMARK", V46, 0, hmark_options, WRITES, .finish = finish_hmark),
	T("CT", V46, EXT_REASSEMBLES, ct_options, PASS, .tables = "raw", .finish = finish_ct),
	{ .name = "NOTRACK", .families = V46, .verdict = VERDICT_CONTINUE, .statement = STMT_OTHER,
	  .tables = "raw", .finish = finish_notrack },
	T("SYNPROXY", V46, EXT_REASSEMBLES, synproxy_options, .verdict = VERDICT_STOLEN,
	  .statement = STMT_OTHER, .protocols = "tcp", .finish = finish_synproxy),
	T("NFQUEUE", V46, 0, nfqueue_options, .verdict = VERDICT_QUEUE, .statement = STMT_OTHER,
	  .finish = finish_nfqueue),
	T("TPROXY", V46, EXT_REASSEMBLES, tproxy_options, .verdict = VERDICT_ACCEPT, .statement = STMT_OTHER,
	  .protocols = "tcp,udp", .tables = "mangle"),
	T("CLUSTERIP", V4, 0, clusterip_options, .verdict = VERDICT_CONTINUE, .statement = STMT_OTHER),
	T("CHECKSUM", V46, 0, checksum_options, PASS, .tables = "mangle"),
	T("CLASSIFY", V46, 0, classify_options, PASS, .chains = "FORWARD,OUTPUT,POSTROUTING"),
	T("CONNSECMARK", V46, GROUP_BOTH | EXT_REASSEMBLES, connsecmark_options, PASS),
	T("ECN", V4, EXT_GROUP_NEED, ecn_options, PASS, .tables = "mangle", .protocols = "tcp"),
	T("IDLETIMER", V46, 0, idletimer_options, PASS),
	T("LED", V46, 0, led_options, PASS),
	T("RATEEST", V46, 0, rateest_options, PASS),
	T("SECMARK", V46, 0, secmark_options, PASS),
	T("SET", V46, GROUP_BOTH, set_options, WRITES, .finish = finish_set),
	T("TCPMSS", V46, GROUP_BOTH, tcpmss_options, PASS, .protocols = "tcp", .finish = finish_tcpmss),
	T("TCPOPTSTRIP", V46, 0, tcpoptstrip_options, PASS, .tables = "mangle", .protocols = "tcp"),
	T("TEE", V46, 0, tee_options, PASS),

	/* xtables-addons, patch-o-matic and vendors' own: options not known */
	FOREIGN("TARPIT", VERDICT_STOLEN), FOREIGN("DELUDE", VERDICT_DROP),
	FOREIGN("CHAOS", VERDICT_STOLEN), FOREIGN("STEAL", VERDICT_STOLEN),
	FOREIGN("MIRROR", VERDICT_STOLEN), FOREIGN("ECHO", VERDICT_STOLEN),
	FOREIGN("IMQ", VERDICT_CONTINUE), FOREIGN("ACCOUNT", VERDICT_CONTINUE),
	FOREIGN("LOGMARK", VERDICT_CONTINUE), FOREIGN("DHCPMAC", VERDICT_CONTINUE),
	FOREIGN("IPMARK", VERDICT_CONTINUE), FOREIGN("SYSRQ", VERDICT_CONTINUE),
	{ .name = "FLOWOFFLOAD", .families = V46, .flags = EXT_FOREIGN, .verdict = VERDICT_CONTINUE,
	  .statement = STMT_OFFLOAD },
	FOREIGN("ROUTE", VERDICT_CONTINUE),
	FOREIGN("FULLCONENAT", VERDICT_ACCEPT), FOREIGN("RAWDNAT", VERDICT_CONTINUE),
	FOREIGN("RAWSNAT", VERDICT_CONTINUE), FOREIGN("DNETMAP", VERDICT_ACCEPT),
	FOREIGN("SAME", VERDICT_ACCEPT), FOREIGN("BALANCE", VERDICT_ACCEPT),
};
// clang-format on

const struct extension *target_find(struct str name, unsigned families)
{
	static const struct extension_list other_targets = LIST(targets);
	static const struct extension_list *const lists[] = { &write_targets, &nat_targets,
							      &other_targets };
	return extension_find(lists, ARRAY_SIZE(lists), name, families);
}

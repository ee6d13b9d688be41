/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW109. Time-outs that the ruleset gives to connections, and, where the
 * kernel's settings are known, its own time-out and the size of its table.
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

#define ASKED "RFC 5382 asks for 7440 s (2 h 4 min) at least"

static void look(const struct visit *v, void *context)
{
	static const struct range tcp[] = { { L4PROTO_TCP, L4PROTO_TCP } };
	struct arena *a = v->an->results;
	struct region is_tcp = { .cube = flow_cube_ranges(v->an->arena, FIELD_L4PROTO, tcp, 1) };
	struct finding f = { .rule = v->rule, .span = v->rule->span };
	const struct statement *st = rule_statement(v->rule, STMT_TIMEOUT);
	(void)context;
	if (!st || (!st->unknown && !timeout_is_short(st)) || !visit_pick(v, ALL_OF(&is_tcp), &f))
		return;
	f.severity = st->unknown ? SEV_NOTE : SEV_WARNING;
	if (st->unknown) {
		f.message = arena_printf(a, "connections get the time-outs of policy '%.*s'",
					 STR_FMT(st->text));
		f.detail = "this input does not show the policy: it should keep established ones "
			   "for at least 2 h 4 min";
	} else {
		f.message = arena_printf(a,
					 "connections that are idle for %u s are forgotten (policy "
					 "'%.*s')",
					 (unsigned)st->value, STR_FMT(st->text));
		f.detail = ASKED;
	}
	analysis_report(v->an, &f);
}

/* What happens to a segment whose connection has been forgotten: it is NEW. */
static void add_setting(struct analysis *an, enum kernel_key key, const char *message,
			const char *detail)
{
	enum path path = path_has_chains(an->ruleset, PATH_FORWARD, NFPROTO_VALUE_IPV4)
				 ? PATH_FORWARD
				 : PATH_INPUT;
	const struct flow *flow = analysis_flow(an, path, NFPROTO_VALUE_IPV4, CT_STATE_NEW);
	struct region start = { .cube = flow->start }, midstream = analysis_midstream(an);
	struct finding f = { .severity = SEV_WARNING,
			     .span = an->ruleset->kernel->key[key].span,
			     .message = message,
			     .detail = detail };
	if (analysis_pick(an, flow, ALL_OF(&start, &midstream), &f))
		analysis_report(an, &f);
}

static void check_settings(struct analysis *an, const struct kernel_settings *k)
{
	if (kernel_forgets_early(k))
		add_setting(an, KERNEL_ESTABLISHED_TIMEOUT,
			    arena_printf(an->results,
					 "connections that are idle for %u s are forgotten",
					 (unsigned)k->key[KERNEL_ESTABLISHED_TIMEOUT].value),
			    ASKED ", the kernel's default is 432000 s");
	if (kernel_table_is_full(k))
		add_setting(an, KERNEL_CONNTRACK_MAX,
			    arena_printf(an->results,
					 "the table of connections holds %u of %u entries",
					 (unsigned)k->count,
					 (unsigned)k->key[KERNEL_CONNTRACK_MAX].value),
			    "once it is full, new connections are dropped, and some idle ones are "
			    "forgotten early");
}

static bool sets_timeout(const struct rule *r)
{
	return rule_statement(r, STMT_TIMEOUT) != NULL;
}

static void run(struct analysis *an)
{
	if (ruleset_any_rule(an->ruleset, sets_timeout))
		analysis_visits(an, CT_STATE_NEW, look, NULL);
	if (an->ruleset->kernel)
		check_settings(an, an->ruleset->kernel);
}

// clang-format off
static const struct reference references[] = {
	{ "RFC 5382, REQ-5: 2 hours 4 minutes for an established connection that is idle",
	  "https://www.rfc-editor.org/rfc/rfc5382" },
	{ "nft(8), CT TIMEOUT; iptables-extensions(8), CT: --timeout; nfct(8)",
	  "https://www.netfilter.org/projects/nftables/manpage.html" },
	{ "nf_conntrack-sysctl.rst: nf_conntrack_tcp_timeout_established, nf_conntrack_max (Linux)",
	  "https://docs.kernel.org/networking/nf_conntrack-sysctl.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a policy of ten minutes", .line = 8, .by_hand = true,
		.bad = LINES("table ip filter {",
			     "\tct timeout short {",
			     "\t\tprotocol tcp",
			     "\t\tpolicy = { established : 10m }",
			     "\t}",
			     "\tchain prerouting {",
			     "\t\ttype filter hook prerouting priority -150; policy accept;",
			     "\t\ttcp dport 22 ct timeout set \"short\"",
			     "\t}",
			     "}"),
		.good = LINES("table ip filter {",
			      "\tct timeout short {",
			      "\t\tprotocol tcp",
			      "\t\tpolicy = { established : 3h }",
			      "\t}",
			      "\tchain prerouting {",
			      "\t\ttype filter hook prerouting priority -150; policy accept;",
			      "\t\ttcp dport 22 ct timeout set \"short\"",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "iptables", .title = "a policy that stands elsewhere (a note)", .line = 2, .by_hand = true,
		.bad = LINES("*raw",
			     "-A PREROUTING -p tcp --dport 22 -j CT --timeout short",
			     "COMMIT"),
		.good = LINES("*raw",
			      "-A PREROUTING -p udp --dport 5060 -j CT --timeout short",
			      "COMMIT"),
	},
};

const struct check check_short_established_timeout = {
	.id = "FW109", .name = "short-established-timeout", .since = "0.1", .severity = SEV_WARNING,
	.finds = "a time-out so short that connection tracking forgets idle connections",
	.why =
		"A TCP connection may be silent for hours: ssh, a database pool, a push channel. RFC 5382 allows a\n"
		"translator or firewall to forget it after 2 hours 4 minutes at the earliest, so that the usual\n"
		"keep-alive of two hours keeps it. Linux keeps it for five days by default. Once it is forgotten,\n"
		"its next segment is NEW and meets the rules for new connections: it is dropped (the connection\n"
		"hangs) or answered with a reset (FW103).\n"
		"\n"
		"fwlint checks `ct timeout` objects of nft that a rule sets, `-j CT --timeout` (a note: the policy\n"
		"is kept by nfct, not in the ruleset), and with --sysctl FILE the kernel's own\n"
		"nf_conntrack_tcp_timeout_established. With --conntrack-count N, nf_conntrack_max is checked too: a\n"
		"table that is nine tenths full or more is close to dropping connections. Time-outs that a map\n"
		"chooses are a note, because fwlint does not follow which one a connection gets.",
	.fix_safety =
		"There is no fix in the ruleset: raise `established` of the policy, or the setting, to 7440 or more.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

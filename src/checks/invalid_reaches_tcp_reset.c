/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW102. For each tcp reset: is there a segment that reaches it as INVALID,
 * while as ESTABLISHED it would have been let through? Then it belongs to a
 * connection that lives, and the reset kills it.
 */
#include <fwlint/check.h>

#include "lines.h"

extern const struct check check_invalid_reaches_tcp_reset;

static const enum field endpoints[2][4] = {
	{ FIELD_IP_SADDR, FIELD_IP_DADDR, FIELD_SPORT, FIELD_DPORT },
	{ FIELD_IP6_SADDR, FIELD_IP6_DADDR, FIELD_SPORT, FIELD_DPORT },
};

struct named {
	struct range *items;
	size_t n, cap;
};

/* Values of a field that some rule names, negated or not: less than half of all there are. */
static struct named named_values(struct analysis *an, enum field field)
{
	struct named out = { 0 };
	for (size_t i = 0; i < an->ruleset->n_chains; i++)
		for (size_t j = 0; j < an->ruleset->chains[i]->n; j++) {
			const struct rule *r = an->ruleset->chains[i]->items[j];
			for (uint32_t k = 0; k < r->n_matches; k++) {
				const struct match *m = &r->matches[k];
				if (m->kind != MATCH_RANGES || m->field != field)
					continue;
				u128 size = 0;
				for (uint32_t x = 0; x < m->n; x++)
					size += m->ranges[x].hi - m->ranges[x].lo + 1;
				for (uint32_t x = 0; x < m->n && size <= field_max(field) / 2; x++)
					vec_push(an->arena, &out, m->ranges[x]);
			}
		}
	out.n = ranges_normalize(out.items, (uint32_t)out.n);
	return out;
}

/*
 * Packets whose addresses and ports no rule names. A reset that such a packet
 * reaches is broad: nothing particular is needed. NULL when every value is named.
 */
static const struct cube *nobody_named(struct analysis *an, enum nfproto_value family)
{
	const struct cube *c = &cube_all;
	for (unsigned i = 0; i < 4 && c; i++) {
		enum field f = endpoints[family][i];
		struct named names = named_values(an, f);
		uint32_t n;
		if (!names.n)
			continue;
		const struct range *other = ranges_complement(an->arena, names.items,
							      (uint32_t)names.n, field_max(f), &n);
		c = n ? cube_and(&an->space->dims, an->arena, c,
				 flow_cube_ranges(an->arena, f, other, n)) : NULL;
	}
	return c;
}

static bool pick(struct analysis *an, const struct flow *flow, const struct region *taken,
		 const struct region *alive, const struct cube *cube, struct finding *f)
{
	struct region only = { .cube = cube };
	const struct region *all[] = { taken, alive, &only };
	return cube && analysis_pick(an, flow, all, 3, &f->witness, &f->trace) &&
	       f->trace.verdict.tcp_reset;
}

/*
 * nf_conntrack_tcp_be_liberal: what is out of the window is not INVALID then.
 * Bad flags remain; the reset that they draw is ignored by most (RFC 5961).
 */
static void heed_liberal(struct analysis *an, struct finding *f)
{
	const struct kernel_setting *s = analysis_liberal(an);
	if (!s)
		return;
	f->severity = SEV_NOTE;
	f->message = arena_printf(an->results, "INVALID TCP segments reach this tcp reset; only those with bad flags "
				  "are INVALID, since nf_conntrack_tcp_be_liberal is 1 (%s)", setting_place(an, s));
}

static void check_reset(struct analysis *an, const struct flow *flow, const struct flow_event *e,
			const struct region *alive, const struct cube *broad, struct findings *out)
{
	const struct cube *midstream = analysis_midstream(an);
	const struct cube *broad_midstream = broad ?
		cube_and(&an->space->dims, an->arena, broad, midstream) : NULL;
	struct finding f = { .check = &check_invalid_reaches_tcp_reset, .rule = e->rule,
			     .span = e->rule->verdict.span, .path = flow->options.path,
			     .reset = e->rule, .cure = CURE_DROP_INVALID };
	for (uint32_t i = 0; i < e->n_taken; i++) {
		if (pick(an, flow, &e->taken[i], alive, broad_midstream, &f)) {
			f.severity = SEV_ERROR;
			f.message = "INVALID TCP segments reach this tcp reset: one that is out of the "
				    "window kills the healthy connection that it belongs to";
			heed_liberal(an, &f);
			findings_add(an, out, &f);
		} else if (pick(an, flow, &e->taken[i], alive, midstream, &f)) {
			f.severity = SEV_WARNING;
			f.message = "INVALID TCP segments of particular addresses or ports reach this "
				    "tcp reset: one that is out of the window kills its connection";
			heed_liberal(an, &f);
			findings_add(an, out, &f);
		}
	}
}

static void check_path(struct analysis *an, enum path path, enum nfproto_value family,
		       struct findings *out)
{
	const struct flow *invalid = analysis_flow(an, path, family, CT_STATE_INVALID);
	const struct cube *broad = NULL;
	struct region alive = { .cube = NULL };
	for (size_t i = 0; i < invalid->n; i++) {
		const struct flow_event *e = &invalid->items[i];
		if (!e->rule || e->verdict != VERDICT_REJECT || !e->rule->verdict.tcp_reset ||
		    !e->n_taken)
			continue;
		if (!alive.cube) {
			alive.cube = &cube_all;
			alive.lists[0] = analysis_flow(an, path, family, CT_STATE_ESTABLISHED)->stopped;
			broad = nobody_named(an, family);
		}
		check_reset(an, invalid, e, &alive, broad, out);
	}
}

static void run(struct analysis *an, struct findings *out)
{
	for (unsigned family = 0; family < 2; family++)
		for (unsigned p = 0; p < PATH_COUNT; p++)
			if (path_has_chains(an->ruleset, (enum path)p, (enum nfproto_value)family))
				check_path(an, (enum path)p, (enum nfproto_value)family, out);
}

static const struct reference references[] = {
	{ "iptables-extensions(8), REJECT: the warning about packets of state INVALID (since iptables 1.8.6)",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ "nf_reject_ipv4.c: nf_send_reset() takes the sequence number from the ACK of the packet (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/ipv4/netfilter/nf_reject_ipv4.c" },
	{ "RFC 5961, section 3: a reset with exactly the expected sequence number closes the connection",
	  "https://www.rfc-editor.org/rfc/rfc5961" },
	{ "\"netfilter: conntrack: ignore overly delayed tcp packets\" (Linux 6.1)",
	  NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "no accept of ESTABLISHED alone to put the drop behind", .line = 5,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\ttcp dport 22 ct state new,established accept",
			     "\t\tmeta l4proto tcp reject with tcp reset",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\ttcp dport 22 ct state new,established accept",
			      "\t\tmeta l4proto tcp ct state invalid drop",
			      "\t\tmeta l4proto tcp reject with tcp reset",
			      "\t}",
			      "}"),
	},
	{
		.dialect = "iptables", .title = "the accept takes NEW too, so the drop goes before the reset",
		.line = 3,
		.bad = LINES("*filter",
			     "-A INPUT -m conntrack --ctstate NEW,RELATED,ESTABLISHED -p tcp --dport 22 -j ACCEPT",
			     "-A INPUT -p tcp -j REJECT --reject-with tcp-reset",
			     "COMMIT"),
		.good = LINES("*filter",
			      "-A INPUT -m conntrack --ctstate NEW,RELATED,ESTABLISHED -p tcp --dport 22 -j ACCEPT",
			      "-A INPUT -p tcp -m conntrack --ctstate INVALID -j DROP",
			      "-A INPUT -p tcp -j REJECT --reject-with tcp-reset",
			      "COMMIT"),
	},
};

const struct check check_invalid_reaches_tcp_reset = {
	.id = "FW102", .name = "invalid-reaches-tcp-reset", .since = "0.1", .severity = SEV_ERROR,
	.finds = "a tcp reset that INVALID segments of a living connection reach",
	.why =
		"Connection tracking calls a segment INVALID whose sequence number lies above the\n"
		"window or whose ACK is of data it has not seen (any kernel), or that is merely late\n"
		"(before Linux 6.1; later kernels ignore it). The segment may be quite in order: a\n"
		"packet was lost between the firewall and the other end, or came by another way. A\n"
		"rule that answers it with a reset sends exactly the sequence number that its sender\n"
		"expects, and the sender closes the connection: \"connection reset by peer\", now and\n"
		"then, without any cause at either end.\n"
		"\n"
		"Reported as an error when any connection can be hit, as a warning when only some\n"
		"addresses or ports that the rules name can. Nothing is reported where no connection\n"
		"can live: where ESTABLISHED segments are not accepted either. With --sysctl and\n"
		"nf_conntrack_tcp_be_liberal=1 it is a note: then only segments with bad flags are INVALID.",
	.fix_safety =
		"The fix drops INVALID packets after the accept of ESTABLISHED, or directly before\n"
		"the reset and with its matches where the former would change more. See FW101 for\n"
		"where dropping INVALID hurts.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};

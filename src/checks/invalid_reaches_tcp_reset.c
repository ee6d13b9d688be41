/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW102. For each tcp reset: is there a segment that reaches it as INVALID, but would have been let
 * through as ESTABLISHED, here or, translated, on another path? Then it belongs to a live
 * connection, and the reset kills that.
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

struct named {
	struct range *items;
	size_t n, cap;
};

/*
 * The values of a field that a match singles out: the smaller set of those that match and those
 * that do not, however the match is written.
 */
static void add_named(struct analysis *an, const struct match *m, struct named *out)
{
	u128 size = 0, max = field_max(m->field);
	const struct range *r = m->ranges;
	uint32_t n = m->n;
	for (uint32_t i = 0; i < n; i++)
		size += r[i].hi - r[i].lo + 1;
	if (size - 1 > max / 2) /* all addresses of IPv6 are 0 */
		r = ranges_complement(an->arena, r, n, max, &n);
	for (uint32_t i = 0; i < n; i++)
		vec_push(an->arena, out, r[i]);
}

/* By field. */
struct all_named {
	struct named of[FIELD_COUNT];
};

static void add_all_named(struct analysis *an, const struct match *m, struct all_named *out)
{
	if (m->kind == MATCH_ANY || m->kind == MATCH_ALL)
		for (uint32_t i = 0; i < m->n; i++)
			add_all_named(an, &m->parts[i], out);
	if (m->kind == MATCH_RANGES && field_is_of_end(m->field))
		add_named(an, m, &out->of[m->field]);
}

/* Being translated does not make a packet particular: `nat` ignores the values that these rules
 * name. */
static struct all_named *named_values(struct analysis *an, bool nat)
{
	struct all_named *out = arena_new_one(an->arena, struct all_named);
	for (size_t i = 0; i < an->ruleset->n_chains; i++)
		for (size_t j = 0; j < an->ruleset->chains[i]->n; j++) {
			const struct rule *r = an->ruleset->chains[i]->items[j];
			for (uint32_t k = 0;
			     k < r->n_matches && !(nat && rule_statement(r, STMT_NAT)); k++)
				add_all_named(an, &r->matches[k], out);
		}
	return out;
}

/*
 * Packets whose addresses and ports no rule names. A reset that such a packet
 * reaches is broad: nothing particular is needed. None when every value is named.
 */
static struct region nobody_named(struct analysis *an, enum nfproto_value family, bool nat)
{
	struct region r = analysis_midstream(an);
	struct all_named *all = named_values(an, nat);
	for (enum field f = 0; f < FIELD_COUNT && r.cube; f++) {
		struct named *names = &all->of[f];
		uint32_t n;
		if (!names->n || field_is_of_other_family(f, family))
			continue;
		names->n = ranges_normalize(names->items, (uint32_t)names->n);
		const struct range *other = ranges_complement(an->arena, names->items,
							      (uint32_t)names->n, field_max(f), &n);
		r.cube = n ? cube_and(&an->space->dims, an->arena, r.cube,
				      flow_cube_ranges(an->arena, f, other, n))
			   : NULL;
	}
	return r;
}

/*
 * With nf_conntrack_tcp_be_liberal, segments out of the window are not INVALID. Segments with bad
 * flags still are; most hosts ignore the reset that these cause (RFC 5961).
 */
static void heed_liberal(struct analysis *an, struct finding *f)
{
	const struct kernel_setting *s = analysis_liberal(an);
	if (!s)
		return;
	f->severity = SEV_NOTE;
	f->detail = arena_printf(an->results,
				 "only those with bad flags are INVALID, since "
				 "nf_conntrack_tcp_be_liberal "
				 "is 1 (%s)",
				 setting_place(an, s));
}

/* What we look for at a reset: the packets of each kind of finding. */
struct question {
	struct analysis *an;
	const struct flow *invalid;
	struct region alive; /* accepted as ESTABLISHED, on the same path */
	struct region midstream;
	struct region broad;     /* that no rule names */
	struct region broad_nat; /* that no rule names, except those that translate */
	bool has_broad_nat;
};

static bool pick(const struct question *q, const struct region *taken, const struct region *only,
		 struct finding *f)
{
	return analysis_pick_reset(q->an, q->invalid, ALL_OF(taken, &q->alive, only), f) &&
	       f->trace.verdict.tcp_reset;
}

/* Connections on the same path as the segment. */
static bool ask_here(const struct question *q, const struct region *taken, struct finding *f)
{
	if (pick(q, taken, &q->broad, f)) {
		f->severity = SEV_ERROR;
		f->message = "INVALID segments reach this tcp reset, which kills their connections";
		return true;
	}
	struct region living = analysis_with_connections(q->an, q->invalid, taken);
	living.cube = q->midstream.cube;
	if (!pick(q, taken, &living, f)) {
		if (!pick(q, taken, &q->midstream, f))
			return false;
		f->severity = SEV_NOTE;
		f->cure = CURE_NONE;
		f->message = "INVALID segments to a port that no connection has reach this tcp "
			     "reset";
		return true;
	}
	f->severity = SEV_WARNING;
	f->message = "INVALID segments of some addresses or ports reach this tcp reset";
	f->detail = "it kills the connections that they belong to";
	return true;
}

static bool rule_translates(const struct rule *r)
{
	return rule_statement(r, STMT_NAT) != NULL;
}

/* Connections that are translated, and take another path. */
static bool ask_elsewhere(struct question *q, const struct region *taken, struct finding *f)
{
	struct elsewhere e;
	if (!analysis_any_rule(q->an, rule_translates))
		return false;
	if (!q->has_broad_nat)
		q->broad_nat = nobody_named(q->an, q->invalid->options.family, true);
	q->has_broad_nat = true;
	bool broad = find_elsewhere(q->an, q->invalid, taken, &q->broad_nat, false, f, &e);
	if (!broad && !find_elsewhere(q->an, q->invalid, taken, &q->midstream, false, f, &e))
		return false;
	f->nat = e.nat;
	f->severity = broad ? SEV_ERROR : SEV_WARNING;
	f->message = broad ? "INVALID segments reach this tcp reset untranslated, which kills "
			     "their connections"
			   : "INVALID segments of some addresses or ports reach this tcp reset "
			     "untranslated";
	f->detail = arena_printf(q->an->results,
				 "their connection is translated by %s, and lives on the %s path",
				 rule_place(q->an, e.nat), path_name(e.path));
	return true;
}

static void check_reset(struct question *q, const struct flow_event *e)
{
	for (uint32_t i = 0; i < e->n_taken; i++) {
		struct finding f = { .rule = e->rule,
				     .span = e->rule->verdict.span,
				     .reset = e->rule,
				     .cure = CURE_DROP_INVALID };
		bool here = ask_here(q, &e->taken[i], &f);
		struct finding other = f;
		if ((!here || f.severity < SEV_ERROR) && ask_elsewhere(q, &e->taken[i], &other) &&
		    (!here || other.severity > f.severity))
			f = other;
		else if (!here)
			continue;
		heed_liberal(q->an, &f);
		analysis_report(q->an, &f);
	}
}

static void check_walk(struct analysis *an, const struct flow *flow, void *context)
{
	const struct flow_options *o = &flow->options;
	struct question q = { .an = an };
	(void)context;
	for (size_t i = 0; i < flow->n; i++) {
		const struct flow_event *e = &flow->items[i];
		if (!e->rule || e->verdict != VERDICT_REJECT || !e->rule->verdict.tcp_reset ||
		    !e->n_taken)
			continue;
		if (!q.invalid)
			q = (struct question){
				.an = an,
				.invalid = flow,
				.midstream = analysis_midstream(an),
				.alive = flow_passing(analysis_flow_view(an, o->path, o->family,
									 CT_STATE_ESTABLISHED,
									 VIEW_WITH_ENTRY)),
				.broad = nobody_named(an, o->family, false),
			};
		check_reset(&q, e);
	}
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_INVALID, check_walk, NULL);
}

// clang-format off
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
	.fix = FIX_KIND_INSERT,
	.finds = "a tcp reset that INVALID segments of a living connection reach",
	.why =
		"Connection tracking calls a segment INVALID if its sequence number lies above the window, if\n"
		"its ACK is of data not yet seen (any kernel), or if it is merely late (before Linux 6.1; later\n"
		"kernels ignore it). Nothing need be wrong with the segment: a packet was lost between the\n"
		"firewall and the other end, or came by another way. A rule that answers it with a reset sends\n"
		"exactly the sequence number that the sender expects, and the sender closes the connection:\n"
		"\"connection reset by peer\", now and then, with no cause at either end.\n"
		"\n"
		"It is an error when any connection can be hit, and a warning when only some addresses or ports\n"
		"that the rules name can. Nothing is reported where no connection can live: where ESTABLISHED\n"
		"segments are not accepted either.\n"
		"\n"
		"A connection and its INVALID segment may take different paths, because the segment is not\n"
		"translated. A segment of a masqueraded connection comes to INPUT, since its destination is the\n"
		"router, while the connection lives in FORWARD. A segment to a port that DNAT or REDIRECT\n"
		"translates keeps that port. A reset there kills the connection too; the message names the rule\n"
		"that translates. Behind a DNAT, any address and port is taken as possible. A DNAT to the host's\n"
		"own address, and translation in OUTPUT or INPUT, are not followed.\n"
		"\n"
		"A reset for server ports (under 512) is a note if no SYN to them is let through: then no\n"
		"connection has such a port. Port 113 (ident) is often answered like that.\n"
		"\n"
		"With --sysctl and nf_conntrack_tcp_be_liberal=1 it is a note: only segments with bad flags are\n"
		"INVALID then.",
	.fix_safety =
		"The fix drops INVALID packets after the accept of ESTABLISHED. Where that would change more, it\n"
		"drops them directly before the reset, with the reset's own matches. See FW101 for where dropping\n"
		"INVALID does harm.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FW104. For each address translation: the segments of the connections that it
 * translates, in both directions. As INVALID they are not translated; does the
 * filter let them through?
 */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* Where an untranslated segment goes, and the consequence. */
enum way { TO_HOST, THROUGH, REPLY_TO_HOST, REPLY_THROUGH };

static const struct way_info {
	enum path path;
	enum view view; /* the translated segment, seen from the untranslated one */
	const char *hook, *what;
} ways[] = {
	[TO_HOST] = { PATH_INPUT, VIEW_SAME, "INPUT",
		      "they come to the host itself, which answers with a reset" },
	[THROUGH] = { PATH_FORWARD, VIEW_SAME, "FORWARD",
		      "they are forwarded with their old address" },
	[REPLY_TO_HOST] = { PATH_INPUT, VIEW_REPLY_OF_SNAT, "INPUT",
			    "replies come to the host itself, which answers with a reset" },
	[REPLY_THROUGH] = { PATH_FORWARD, VIEW_REPLY_OF_DNAT, "FORWARD",
			    "replies are forwarded with their old address, and the peer answers "
			    "with a reset" },
};

static bool translates(const struct flow_event *e)
{
	return e->rule && e->n_taken && e->base->type == CHAIN_NAT &&
	       rule_statement(e->rule, STMT_NAT);
}

/*
 * The filter chain of the hook, and in it the first rule that accepts only ESTABLISHED; NULL: none.
 */
static const struct rule *established_accept(const struct flow *f, enum hook hook, bool *has_filter)
{
	const struct rule *found = NULL;
	*has_filter = false;
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_event *e = &f->items[i];
		if (e->base->type != CHAIN_FILTER || e->base->hook != hook ||
		    e->base->priority != PRIORITY_FILTER)
			continue;
		*has_filter = true;
		if (!found && event_accepts_established(e))
			found = e->rule;
	}
	return found;
}

/* From the address that the rule writes; not to that address, if it is one. */
static const struct cube *server_to_others(struct analysis *an, const struct nat_target *to)
{
	bool v6 = to->address.hi > UINT32_MAX;
	enum field from = v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR,
		   client = v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR;
	const struct cube *c = flow_cube_ranges(an->arena, from, &to->address, 1);
	uint32_t n;
	const struct range *rest = ranges_complement(an->arena, &to->address, 1, field_max(client),
						     &n);
	return to->address.lo == to->address.hi
		       ? cube_and(&an->space->dims, an->arena, c,
				  flow_cube_ranges(an->arena, client, rest, n))
		       : c;
}

/*
 * Replies come from where the rule sends connections to: the address and the ports that it writes,
 * or the ports that it tests and does not change. Unknown values may be anything.
 */
static struct region replies(struct analysis *an, const struct rule *nat)
{
	const struct nat_target *to = &rule_statement(nat, STMT_NAT)->to;
	const struct range *ports = to->has_ports ? &to->ports : NULL;
	uint32_t n = to->has_ports;
	struct region r = region_all;
	for (uint32_t i = 0; i < nat->n_matches && !n; i++)
		if (nat->matches[i].kind == MATCH_RANGES && nat->matches[i].field == FIELD_DPORT &&
		    !nat->matches[i].negate) {
			ports = nat->matches[i].ranges;
			n = nat->matches[i].n;
		}
	if (n)
		r.cube = flow_cube_ranges(an->arena, FIELD_SPORT, ports, n);
	if (to->has_address)
		r.cube = cube_and(&an->space->dims, an->arena, r.cube, server_to_others(an, to));
	return r;
}

/* A translation, as the view of its way sees it, and the same event where both ends are changed. */
struct translation {
	const struct flow *seen, *both;
	const struct flow_event *nat, *nat_of_both;
};

static bool is_dnat(const struct flow_event *e, const void *context)
{
	(void)context;
	return translates(e) && e->base->hook == HOOK_PREROUTING;
}

/* Packets that a DNAT changed before: their replies come from where it sent them. */
static bool pick_of_both(struct analysis *an, const struct flow *invalid,
			 const struct translation *t, const struct region *open, struct finding *f)
{
	const struct flow_event *nat = t->nat_of_both;
	for (size_t i = 0; i < t->both->n; i++) {
		const struct flow_event *dnat = &t->both->items[i];
		if (!is_dnat(dnat, NULL))
			continue;
		struct region from = replies(an, dnat->rule);
		for (uint32_t k = 0; k < dnat->n_taken; k++)
			for (uint32_t m = 0; m < nat->n_taken; m++)
				if (analysis_pick(an, invalid,
						  ALL_OF(&nat->taken[m], &dnat->taken[k], open,
							 &from),
						  f) &&
				    f->trace.verdict.kind == VERDICT_ACCEPT)
					return true;
	}
	return false;
}

/* The INVALID segments that get through. */
static struct region let_through(struct analysis *an, const struct flow *invalid, bool known)
{
	struct region ret = analysis_accepted(an, invalid, known);
	const struct region midstream = analysis_midstream(an),
			    outside = analysis_not_loopback(an, invalid->options.path);
	ret.cube = cube_and(&an->space->dims, an->arena, ret.cube, midstream.cube);
	if (ret.cube)
		ret.cube = cube_and(&an->space->dims, an->arena, ret.cube, outside.cube);
	return ret;
}

static bool pick(struct analysis *an, const struct flow *invalid, const struct translation *t,
		 enum way way, bool known, struct finding *f)
{
	struct region from = way == REPLY_THROUGH ? replies(an, t->nat->rule) : region_all;
	struct region open = let_through(an, invalid, known);
	if (!open.cube || !analysis_pick(an, invalid, ALL_OF(&open), NULL))
		return false;
	if (way == REPLY_TO_HOST)
		flow_leave_out(t->seen, is_dnat, NULL, an->arena, &from);
	for (uint32_t i = 0; i < t->nat->n_taken; i++)
		if (analysis_pick(an, invalid, ALL_OF(&t->nat->taken[i], &open, &from), f) &&
		    f->trace.verdict.kind == VERDICT_ACCEPT)
			return true;
	return way == REPLY_TO_HOST && pick_of_both(an, invalid, t, &open, f);
}

/* The one address that a rule wants at an end; NULL: it tests none, or several. */
static const struct range *only_address(const struct rule *r, enum field v4, enum field v6)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_RANGES && !m->negate && m->n == 1 &&
		    (m->field == v4 || m->field == v6) && m->ranges[0].lo == m->ranges[0].hi)
			return &m->ranges[0];
	}
	return NULL;
}

/*
 * A server that connects to its own published port: DNAT sends that back to it. Untranslated, its
 * segments are for the published address, and it sends none to its own.
 */
static bool is_to_itself(const struct rule *r)
{
	const struct range *from = only_address(r, FIELD_IP_SADDR, FIELD_IP6_SADDR),
			   *to = only_address(r, FIELD_IP_DADDR, FIELD_IP6_DADDR);
	return from && to && from->lo == to->lo;
}

/* Each hook is reported once, at the first translation that it affects. */
struct reported {
	bool input, forward;
};

static void check_way(struct analysis *an, const struct flow_options *o, size_t event, enum way way,
		      struct reported *reported)
{
	const struct way_info *w = &ways[way];
	bool *done = w->path == PATH_INPUT ? &reported->input : &reported->forward;
	if (*done)
		return;
	const struct flow *seen = analysis_flow_view(an, o->path, o->family, CT_STATE_NEW, w->view),
			  *both = analysis_flow_view(an, o->path, o->family, CT_STATE_NEW,
						     VIEW_REPLY_OF_BOTH);
	if (event >= seen->n || event >= both->n)
		return; /* it gave up */
	/* a view renames dimensions, nothing else */
	const struct translation t = { seen, both, &seen->items[event], &both->items[event] };
	const struct flow_event *nat = t.nat;
	const struct flow *invalid = analysis_flow(an, w->path, o->family, CT_STATE_INVALID);
	bool has_filter;
	struct finding f = {
		.rule = nat->rule,
		.span = nat->rule->verdict.span,
		.part = (unsigned)w->path +
			(way == THROUGH && nat->base->hook == HOOK_PREROUTING ? PATH_COUNT : 0)
	};
	if (!translates(nat) || (way == THROUGH && is_to_itself(nat->rule)))
		return;
	f.at = established_accept(invalid, w->path == PATH_INPUT ? HOOK_INPUT : HOOK_FORWARD,
				  &has_filter);
	if (has_filter && pick(an, invalid, &t, way, true, &f))
		f.severity = SEV_WARNING;
	else if (pick(an, invalid, &t, way, false, &f))
		f.severity = SEV_NOTE;
	else
		return;
	f.message = arena_printf(an->results, "INVALID segments pass %s untranslated by this rule",
				 w->hook);
	f.detail = has_filter
			   ? w->what
			   : arena_printf(an->results, "%s; no filter chain of %s is in the input",
					  w->what, w->hook);
	const struct kernel_setting *liberal = analysis_liberal(an);
	if (liberal && has_filter) {
		f.severity = SEV_NOTE;
		f.detail = arena_printf(an->results,
					"only those with bad flags are INVALID, since "
					"nf_conntrack_tcp_be_liberal is 1 (%s)",
					setting_place(an, liberal));
	}
	f.cure = f.severity > SEV_NOTE ? CURE_DROP_INVALID : CURE_NONE;
	analysis_report(an, &f);
	*done = true;
}

static void check_family(struct analysis *an, enum nfproto_value family)
{
	struct reported reported = { false, false };
	/*
	 * Replies certainly come to an address of the host; what DNAT sends elsewhere may have been
	 * meant for an address that is not the host's (such as that of a Kubernetes service).
	 */
	const enum path seen_on[] = { PATH_FORWARD, PATH_INPUT };
	for (unsigned p = 0; p < ARRAY_SIZE(seen_on); p++) {
		if (!path_has_chains(an->ruleset, seen_on[p], family))
			continue;
		const struct flow *new = analysis_flow(an, seen_on[p], family, CT_STATE_NEW);
		for (size_t i = 0; i < new->n; i++) {
			if (!translates(&new->items[i]))
				continue;
			const struct flow_event *e = &new->items[i];
			enum way both[2] = { THROUGH, REPLY_TO_HOST };
			if (seen_on[p] == PATH_INPUT) {
				check_way(an, &new->options, i, TO_HOST, &reported);
				continue;
			}
			if (e->base->hook != HOOK_POSTROUTING) {
				/* packets to the old address are rarely forwarded */
				both[0] = REPLY_THROUGH;
				both[1] = THROUGH;
			}
			for (unsigned k = 0; k < ARRAY_SIZE(both); k++)
				check_way(an, &new->options, i, both[k], &reported);
		}
	}
}

static bool has_nat(const struct rule *r)
{
	return rule_statement(r, STMT_NAT) != NULL;
}

static void run(struct analysis *an)
{
	if (!ruleset_any_rule(an->ruleset, has_nat))
		return;
	for (unsigned family = 0; family < 2; family++)
		check_family(an, (enum nfproto_value)family);
}

// clang-format off
static const struct reference references[] = {
	{ "nf_nat_core.c: nf_nat_inet_fn(), a packet without a conntrack entry is not translated (Linux)",
	  "https://elixir.bootlin.com/linux/v6.1/source/net/netfilter/nf_nat_core.c" },
	{ "kubernetes issue 74839: \"Connection reset by peer\" due to invalid conntrack packets",
	  "https://github.com/kubernetes/kubernetes/issues/74839" },
	{ "kubernetes pull requests 74840, 120412 and 122663: how kube-proxy drops INVALID",
	  "https://github.com/kubernetes/kubernetes/pull/120412" },
	{ "moby/libnetwork issue 1090: TCP reset of connections through MASQUERADE",
	  "https://github.com/moby/libnetwork/issues/1090" },
	{ "istio issue 36566: connections reset by untranslated packets",
	  "https://github.com/istio/istio/issues/36566" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a router with masquerading whose own policy is to accept", .line = 2,
		.bad = LINES("*nat",
			     "-A POSTROUTING -o wan0 -j MASQUERADE",
			     "COMMIT",
			     "*filter",
			     ":INPUT ACCEPT [0:0]",
			     ":FORWARD DROP [0:0]",
			     "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			     "-A FORWARD -i lan0 -m conntrack --ctstate NEW -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*nat",
			      "-A POSTROUTING -o wan0 -j MASQUERADE",
			      "COMMIT",
			      "*filter",
			      ":INPUT ACCEPT [0:0]",
			      ":FORWARD DROP [0:0]",
			      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			      "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A FORWARD -i lan0 -m conntrack --ctstate NEW -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a port that is sent on to a server", .line = 4, .unsafe = true,
		.bad = LINES("table ip t {",
			     "\tchain prerouting {",
			     "\t\ttype nat hook prerouting priority dstnat;",
			     "\t\tiifname wan0 tcp dport 443 dnat to 10.0.0.5",
			     "\t}",
			     "\tchain forward {",
			     "\t\ttype filter hook forward priority filter;",
			     "\t\tct state established,related accept",
			     "\t}",
			     "\tchain input { type filter hook input priority filter; policy drop; }",
			     "}"),
		.good = LINES("table ip t {",
			      "\tchain prerouting {",
			      "\t\ttype nat hook prerouting priority dstnat;",
			      "\t\tiifname wan0 tcp dport 443 dnat to 10.0.0.5",
			      "\t}",
			      "\tchain forward {",
			      "\t\ttype filter hook forward priority filter;",
			      "\t\tct state established,related accept",
			      "\t\tct state invalid drop",
			      "\t}",
			      "\tchain input { type filter hook input priority filter; policy drop; }",
			      "}"),
	},
};

const struct check check_nat_without_invalid_drop = {
	.id = "FW104", .name = "nat-without-invalid-drop", .since = "0.1", .severity = SEV_WARNING,
	.fix = FIX_KIND_INSERT,
	.finds = "address translation without a drop of INVALID packets, which it does not translate",
	.why =
		"An INVALID packet has no conntrack entry, so it is not translated and no nat chain sees it. A\n"
		"segment that connection tracking takes for INVALID goes on with the addresses that it has: out\n"
		"of a masqueraded net with its private source, from a server behind DNAT to a client that never\n"
		"spoke to that address, or, on its way back, to the router itself. Whoever gets it knows no such\n"
		"connection and answers with a reset. The connection that the segment belonged to dies, without\n"
		"any REJECT rule.\n"
		"\n"
		"fwlint checks the TCP segments, in both directions, of connections that a rule translates on their\n"
		"way to or through the host. The message names the hook that lets them through; each hook is\n"
		"reported once. It is a note where the input has no filter chain of that hook, where the policy of\n"
		"that chain is not known, and where nf_conntrack_tcp_be_liberal is 1. Translation in OUTPUT (of the\n"
		"host's own connections) is not checked.\n"
		"\n"
		"kube-proxy drops INVALID in FORWARD itself: since Kubernetes 1.15 by -A KUBE-FORWARD -m\n"
		"conntrack --ctstate INVALID -j DROP, since 1.29 only if nf_conntrack_tcp_be_liberal was 0 when it\n"
		"started; in its nftables mode since 1.30 by ct state invalid drop in chain forward. It never does\n"
		"so in INPUT.",
	.fix_safety =
		"The fix drops INVALID behind the accept of ESTABLISHED in the filter chain of that hook, or at the\n"
		"head of that chain if there is no such accept, or none on that way; on Docker hosts, in\n"
		"DOCKER-USER. At FORWARD it is safe if it is limited to what a rule would have translated (its\n"
		"interfaces and addresses, and those of the jumps to it): no other end knows the address with\n"
		"which such a packet leaves. A drop of all INVALID packets there is unsafe: they were forwarded\n"
		"until now. See FW101 for where dropping INVALID does harm.",
	.kernel = INVALID_BY_VERSION,
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

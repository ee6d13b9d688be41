/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be seen at a hook, and which packets come to the chains there. */
#include "walk.h"

/*
 * Interfaces that do not exist at a hook are empty (xtables: state->in / ->out NULL, compared as an
 * empty name). Before conntrack there is no entry, and an entry that is not there is INVALID
 * (xt_conntrack.c: conntrack_mt).
 */
void walk_enter_hook(struct walk *w, const struct chain *base)
{
	const struct flow_options *o = &w->flow->options;
	memset(w->compile.is_known, 0, sizeof(w->compile.is_known));
	w->compile.view = o->view == VIEW_TRANSLATED && chain_is_before_dnat(base) ? VIEW_WITH_ENTRY
										   : o->view;
	walk_know(w, FIELD_NFPROTO, o->family);
	if (!chain_sees_fragments(w->flow->ruleset, base, o->family))
		walk_know(w, FIELD_FRAGMENT, 0);
	if (path_direction(o->path) == PATH_OUTPUT)
		walk_know(w, FIELD_IIFNAME, 0);
	if (base->hook == HOOK_INGRESS || base->hook == HOOK_PREROUTING || base->hook == HOOK_INPUT)
		walk_know(w, FIELD_OIFNAME, 0);
	/* ip_forward() and ip6_forward() decrement it before the hook; a bridge does not */
	w->compile.ttl_is_less = o->path == PATH_FORWARD &&
				 (base->hook == HOOK_FORWARD || base->hook == HOOK_POSTROUTING ||
				  base->hook == HOOK_EGRESS);
	for (enum packet_end end = END_SOURCE; end <= END_DESTINATION; end++)
		w->compile.is_foreign[end] = chain_sees_foreign(base, o->path, o->family, end);
	for (enum field f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++)
		w->compile.type_of[f] = field_is_type_of(w->flow->ruleset, f);
	walk_see_state(w);
}

/*
 * A nat chain is asked only for the first packet of a connection
 * (nf_nat_inet_fn), and not for ICMP errors about another connection: these are translated like it
 * (nf_nat_ipv4_fn, nf_nat_ipv6_fn).
 */
static const struct rule *nat_filter(enum nfproto_value family)
{
	static const struct range new[] = { { CT_STATE_NEW, CT_STATE_NEW } };
	static const struct range related[] = { { CT_STATE_RELATED, CT_STATE_RELATED } };
	static const struct range icmp[] = { { L4PROTO_ICMP, L4PROTO_ICMP } };
	static const struct range icmp6[] = { { L4PROTO_ICMPV6, L4PROTO_ICMPV6 } };
#define TEST(f, no, r)                                                                    \
	{                                                                                 \
		.kind = MATCH_RANGES, .field = (f), .negate = (no), .n = 1, .ranges = (r) \
	}
	static const struct match other[2][2] = {
		{ TEST(FIELD_CT_STATE, false, related), TEST(FIELD_L4PROTO, true, icmp) },
		{ TEST(FIELD_CT_STATE, false, related), TEST(FIELD_L4PROTO, true, icmp6) },
	};
	static const struct match either[2][2] = {
		{ TEST(FIELD_CT_STATE, false, new),
		  { .kind = MATCH_ALL, .n = 2, .parts = other[0] } },
		{ TEST(FIELD_CT_STATE, false, new),
		  { .kind = MATCH_ALL, .n = 2, .parts = other[1] } },
	};
#undef TEST
	static const struct match is_fresh[2] = {
		{ .kind = MATCH_ANY, .n = 2, .parts = either[0] },
		{ .kind = MATCH_ANY, .n = 2, .parts = either[1] },
	};
	static const struct rule filter[2] = {
		{ .matches = &is_fresh[0], .n_matches = 1 },
		{ .matches = &is_fresh[1], .n_matches = 1 },
	};
	return &filter[family];
}

/* A chain at a device sees only the packets of its devices. */
static struct rule device_filter(const struct chain *base, struct match *m)
{
	*m = (struct match){ .kind = MATCH_RANGES,
			     .n = base->n_devices,
			     .ranges = base->devices,
			     .field = base->hook == HOOK_EGRESS ? FIELD_OIFNAME : FIELD_IIFNAME };
	return (struct rule){ .matches = m, .n_matches = 1 };
}

struct pktset walk_chain_filter(struct walk *w, const struct chain *base)
{
	static const struct rule everything = { 0 };
	struct match at_device;
	struct rule of_device = device_filter(base, &at_device);
	const struct rule *filter = &everything;
	struct pktset sees;
	if (base->type == CHAIN_NAT)
		filter = nat_filter(w->flow->options.family);
	else if (base->hook == HOOK_INGRESS || base->hook == HOOK_EGRESS)
		filter = &of_device;
	if (!compile_rule(&w->compile, filter, &sees))
		return (struct pktset){ 0 };
	return sees;
}

/*
 * A packet whose TTL or hop limit is 0 or 1 after PREROUTING is not forwarded (ip_forward(),
 * ip6_forward()).
 */
void walk_expire(struct walk *w)
{
	static const struct range last[] = { { 0, 1 } };
	static const struct match has_expired = {
		.kind = MATCH_RANGES, .field = FIELD_TTL, .n = 1, .ranges = last
	};
	static const struct rule filter = { .matches = &has_expired, .n_matches = 1 };
	struct pktset set;
	memset(w->compile.is_known, 0, sizeof(w->compile.is_known));
	w->compile.ttl_is_less = false;
	w->compile.view = w->flow->options.view;
	if (!compile_rule(&w->compile, &filter, &set))
		return;
	struct region here = { .cube = w->flow->start };
	here.lists[STOPPED] = w->flow->stopped;
	struct pktset all = { &here, 1, 1 };
	w->flow->expired = pktset_and(w->dims, w->arena, &all, &set);
	for (size_t i = 0; i < w->flow->expired.n; i++)
		push_region(w, &w->flow->stopped, &w->flow->expired.items[i]);
}

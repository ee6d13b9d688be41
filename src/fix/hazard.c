/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hazards: where one half of a living connection may be INVALID. Some show in the ruleset; others
 * only the administrator knows.
 */
#include "plan.h"

static const struct {
	const char *name, *reason;
} hazards[] = {
	{ "asymmetric-routing", "routing is asymmetric here: the other direction of a connection "
				"may pass elsewhere, which makes packets INVALID" },
	{ "failover", "this host takes part in fail-over: without conntrackd, connections are "
		      "INVALID here after one" },
	{ "fast-path", "packets of a fast path come back here: they may be INVALID" },
};

const char *hazard_name(size_t i)
{
	return i < ARRAY_SIZE(hazards) ? hazards[i].name : NULL;
}

const char *hazard_known(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(hazards); i++)
		if (str_is(name, hazards[i].name))
			return hazards[i].reason;
	return NULL;
}

/* ---- in the ruleset ---- */

static bool may_be_tcp(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind != MATCH_RANGES || m->field != FIELD_L4PROTO)
			continue;
		bool in = false;
		for (uint32_t k = 0; k < m->n; k++)
			in = in ||
			     (m->ranges[k].lo <= L4PROTO_TCP && m->ranges[k].hi >= L4PROTO_TCP);
		if (in == m->negate)
			return false;
	}
	return true;
}

static bool tests_tcp_flags(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_MASK && r->matches[i].field == FIELD_TCP_FLAGS)
			return true;
	return false;
}

/* NOTRACK of one direction; NOTRACK of opening SYNs, which belongs to SYNPROXY, does no harm. */
static bool is_notrack(const struct rule *r, bool of_tcp_only)
{
	return rule_statement(r, STMT_NOTRACK) && !tests_tcp_flags(r) &&
	       (!of_tcp_only || may_be_tcp(r));
}

static bool accepts_vrrp(const struct rule *r)
{
	return r->verdict.kind == VERDICT_ACCEPT && rule_is_only(r, FIELD_L4PROTO, L4PROTO_VRRP);
}

static bool asks_ipvs(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_OPAQUE &&
		    str_starts(r->matches[i].opaque->text, "-m ipvs"))
			return true;
	return false;
}

static const char *hazard_of(const struct rule *r, bool of_tcp_only)
{
	if (is_notrack(r, of_tcp_only))
		return "NOTRACK is in use: one half of a connection may be INVALID";
	if (rule_statement(r, STMT_OFFLOAD))
		return "flows are offloaded: packets that come back from the fast path may be "
		       "INVALID";
	if (accepts_vrrp(r))
		return "VRRP is in use: without conntrackd, connections are INVALID here after a "
		       "fail-over";
	if (asks_ipvs(r))
		return "IPVS is in use: with direct routing one half of a connection is INVALID";
	return NULL;
}

const char *hazard_shown(const struct ruleset *rs, bool of_tcp_only)
{
	struct str rest = str_from(rs->host && rs->host->hazards ? rs->host->hazards : ""), name;
	const char *why = NULL;
	while (!why && (name = host_next(&rest)).n)
		why = hazard_known(name);
	for (size_t i = 0; i < rs->n_chains && !why; i++)
		for (size_t k = 0; k < rs->chains[i]->n && !why; k++)
			why = hazard_of(rs->chains[i]->items[k], of_tcp_only);
	return why;
}

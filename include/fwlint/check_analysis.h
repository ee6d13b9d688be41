/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a check asks of a ruleset: which packets reach a rule, what becomes of them, is there one
 * of this kind? And how it reports what it found. A check goes through walks or visits, describes
 * sets of packets, picks a packet that is in all of them, and reports:
 *
 *	static void look(const struct visit *v, void *context)
 *	{
 *		struct finding f = { .rule = v->rule, .span = v->rule->span, .message = "…" };
 *		if (is_what_is_meant(v->rule) && visit_pick(v, NULL, &f))
 *			analysis_report(v->an, &f);
 *	}
 *
 *	static void run(struct analysis *an)
 *	{
 *		analysis_visits(an, CT_STATE_INVALID, look, NULL);
 *	}
 */
#ifndef FWLINT_CHECK_ANALYSIS_H
#define FWLINT_CHECK_ANALYSIS_H

#include <fwlint/check.h>

struct analysis {
	const struct ruleset *ruleset;
	struct arena *arena;       /* walks and sets: gone with analysis_free() */
	struct arena *results;     /* what findings point to */
	struct findings *found;    /* see analysis_report() */
	const struct check *check; /* that runs now */
	const char *gave_up;       /* NULL, or why an answer is missing */
	VEC(struct suppression) suppressions;
	/* Private to the engine. */
	struct flow_space *space;
	struct flow *flows[PATH_COUNT][2][1 + CT_STATE_COUNT][VIEW_COUNT]; /* made when asked for */
	bool unmarked;             /* see ruleset_writes_mark() */
	const struct range *names; /* of interfaces in the ruleset, once they were looked for */
	uint32_t n_names;
	bool has_names;
};

/* ---- walks ---- */

/*
 * The walk along a path: of the packets of one state, or of all (STATE_EVERY). Unknown tests may
 * answer otherwise for a packet that is ESTABLISHED, and for one that is seen with a view.
 */
const struct flow *analysis_flow(struct analysis *an, enum path path, enum nfproto_value family,
				 int state);
const struct flow *analysis_flow_view(struct analysis *an, enum path path,
				      enum nfproto_value family, int state, enum view view);
/*
 * Calls `look` for the walk of a state (or STATE_EVERY) along every path that has chains, for
 * both families.
 */
void analysis_walks(struct analysis *an, int state,
		    void (*look)(struct analysis *an, const struct flow *flow, void *context),
		    void *context);

/* A walk comes to a rule. */
struct visit {
	struct analysis *an;
	const struct flow *flow;
	const struct flow_event *event;
	const struct rule *rule; /* of the event */
};

/* Calls `look` for every visit to a rule in the walks of analysis_walks(). */
void analysis_visits(struct analysis *an, int state,
		     void (*look)(const struct visit *v, void *context), void *context);

/* ---- sets of packets ---- */

/*
 * Segments in mid-connection: TCP, ACK set, neither SYN nor RST, no fragment, from one host to
 * one. The kernel answers no RST, no fragment and no multicast with a reset (nf_reject_ipv4.c).
 */
struct region analysis_midstream(struct analysis *an);
/*
 * All packets but those to ports of servers (under 512) that no SYN of `taken` would be let through
 * to, along the path of the walk: no connection has such a port, so what is reset there is no
 * segment of one.
 */
struct region analysis_with_connections(struct analysis *an, const struct flow *flow,
					const struct region *taken);
/* Packets to the ports that clients have (512 and up). */
struct region analysis_of_clients(struct analysis *an);
/*
 * Packets of other interfaces than loopback; on the way through the host, all. The customary
 * order is established, loopback, INVALID drop, and what a host sends itself is not
 * lost or reordered on the way.
 */
struct region analysis_not_loopback(struct analysis *an, enum path path);
/* What a walk lets through; `known`: less what falls to a policy that the input does not say. */
struct region analysis_accepted(struct analysis *an, const struct flow *f, bool known);

/* What arrives at the visit and passes the rule's own tests, or those but for the ct state. */
struct pktset visit_scope(const struct visit *v, enum rule_scope scope);

/* ---- a packet of them ---- */

/* What analysis_pick() takes: ALL_OF(&x, &y). */
#define ALL_OF(...) ((const struct region *const[]){ __VA_ARGS__, NULL })

/*
 * A packet that is in all of the regions of a list that NULL ends: the witness of the finding,
 * with its path and what becomes of it. `f` may be NULL. False: there is none, or none
 * was found in the bounded time, and an->gave_up says so.
 */
FW_CHECKED bool analysis_pick(struct analysis *an, const struct flow *flow,
			      const struct region *const *regions, struct finding *f);
/* The same, of what the rule takes at the visit, and of all regions of `also` (NULL: no others). */
FW_CHECKED
bool visit_pick(const struct visit *v, const struct region *const *also, struct finding *f);
/*
 * The same in a walk of packets that are INVALID, or NEW and lost. None where no tcp reset that
 * answers one of the first two regions gets through the chains of OUTPUT. To conntrack
 * that reset is RELATED where the packet is NEW; else it belongs to the connection.
 */
FW_CHECKED bool analysis_pick_reset(struct analysis *an, const struct flow *flow,
				    const struct region *const *regions, struct finding *f);
/*
 * The same, and in `ret_others` the packets of `n_others` further walks that go with it, without
 * traces. `is_translated`: to conntrack the reset belongs to no connection.
 */
FW_CHECKED
bool analysis_pick_reset_with(struct analysis *an, const struct flow *flow, bool is_translated,
			      const struct flow *const *others, size_t n_others,
			      const struct region *const *regions, struct finding *f,
			      struct packet *ret_others);

/* ---- connections that live on another path than their segments without an entry take ---- */

/* A translated connection, and where it lives. */
struct elsewhere {
	enum path path;
	const struct rule *nat; /* what translates it */
};

/*
 * Is there a segment in both regions of the walk (of INVALID packets, or NEW
 * ones of a connection that was lost) whose connection is translated, and would
 * it have been accepted as ESTABLISHED where that connection lives? The witness
 * and its trace go to `f`. `comes_back`: and a segment of the other direction would be
 * accepted as NEW, and translated again.
 */
FW_CHECKED
bool find_elsewhere(struct analysis *an, const struct flow *flow, const struct region *taken,
		    const struct region *only, bool comes_back, struct finding *f,
		    struct elsewhere *ret);

/* ---- rules and settings ---- */

/* A rule of a filter chain that accepts ESTABLISHED, but not NEW or INVALID: the usual way in. */
bool event_accepts_established(const struct flow_event *e);
/* Does a time-out for established connections end those that may live: under 2 h 4 min (RFC 5382,
 * REQ-5)? */
bool timeout_is_short(const struct statement *timeout);
bool kernel_forgets_early(const struct kernel_settings *k);
/* Is more than 90 % of the table of connections in use? */
bool kernel_table_is_full(const struct kernel_settings *k);
/* NULL, or in words what in the ruleset and the settings shows that conntrack loses connections
 * that live. */
const char *analysis_loses_connections(const struct analysis *an);
/*
 * The setting by which only segments with bad flags are INVALID: be_liberal=1,
 * unless tcp_loose=0 makes those of lost connections INVALID too. NULL: not so.
 */
const struct kernel_setting *analysis_liberal(const struct analysis *an);

/* ---- reports ---- */

/* "sysctl.conf:3": where a setting is made. */
const char *setting_place(struct analysis *an, const struct kernel_setting *s);
/* "line 5", "line 2 of b.nft", "the policy of INPUT"; NULL: "no chain". */
const char *step_place(struct analysis *an, const struct trace_step *s);
/* The same of a rule. */
const char *rule_place(struct analysis *an, const struct rule *r);
/*
 * Adds a finding of the check that runs, with its witness; of two that are the same
 * (finding_is_same()) the more severe one is kept.
 */
void analysis_report(struct analysis *an, const struct finding *f);
/* The same of a finding about the text, which has no witness. */
void analysis_report_text(struct analysis *an, struct finding f);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a check asks about a ruleset (which packets reach a rule, what happens to them, is there one
 * of this kind?), and how it reports what it found. A check goes through walks or visits, describes
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
#include <fwlint/flow_reach.h>

/* The answer to a question about all rules. */
struct any_rule {
	bool (*is_so)(const struct rule *r);
	bool answer;
};

struct analysis {
	const struct ruleset *ruleset;
	struct arena *arena;       /* walks and sets: gone with analysis_free() */
	struct arena *results;     /* what findings point to */
	struct findings *found;    /* see analysis_report() */
	const struct check *check; /* that runs now */
	const char *gave_up;       /* NULL, or why an answer of this check is missing */
	VEC(struct suppression) suppressions;
	/* Private to the engine. */
	struct flow_walks *walks;
	struct flow_space *space;
	const struct flow
		*flows[PATH_COUNT][2][1 + CT_STATE_COUNT][VIEW_COUNT]; /* made on demand */
	bool unmarked;             /* see ruleset_writes_mark() */
	const struct range *names; /* of interfaces in the ruleset, once they were looked for */
	uint32_t n_names;
	bool has_names;
	const struct reachability *reach; /* analysis_reach() */
	struct ties {                     /* nets and their interfaces, once they were looked for */
		struct tie *items;
		size_t n, cap;
	} ties;
	bool has_ties;
	unsigned char *idle;      /* chain_does_nothing(), by chain id */
	unsigned char *effects;   /* rule_has_effects(), by rule id */
	VEC(struct any_rule) any; /* analysis_any_rule() */
	unsigned n_dead_traced;   /* witnesses of dead rules so far: each costs a trace */
};

/* ---- walks ---- */

/*
 * The walk along a path: of the packets of one state, or of all (STATE_EVERY). Unknown tests may
 * answer differently for an ESTABLISHED packet, and for one that is seen with a view.
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

/* A walk reaches a rule. */
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
 * Segments in mid-connection: TCP, ACK set, neither SYN nor RST, no fragment, to a unicast address.
 * The kernel answers no RST, no fragment and no multicast with a reset (nf_reject_ipv4.c).
 */
struct region analysis_midstream(struct analysis *an);
/*
 * All packets except those to server ports (under 512) to which no SYN of `taken` would be let
 * through along the path of the walk. No connection has such a port, so a packet that is reset
 * there belongs to none.
 */
struct region analysis_with_connections(struct analysis *an, const struct flow *flow,
					const struct region *taken);
/* Packets to the ports that clients have (512 and up). */
struct region analysis_of_clients(struct analysis *an);
/*
 * Packets of all interfaces but loopback; on the forward path, all packets. The customary order is
 * established, loopback, INVALID drop, and packets from the host to itself are not lost or
 * reordered.
 */
struct region analysis_not_loopback(struct analysis *an, enum path path);
/*
 * On the forward path, packets that leave by another interface than they came by, as far as the
 * ruleset names interfaces; on other paths, all packets.
 */
struct region analysis_between_interfaces(struct analysis *an, enum path path);
/*
 * What a walk lets through; `known`: without the packets that reach a policy that the input does
 * not state.
 */
struct region analysis_accepted(struct analysis *an, const struct flow *f, bool known);

/*
 * The packets that arrive at the visit and pass the rule's own tests, or all of these tests except
 * that of the ct state.
 */
struct pktset visit_scope(const struct visit *v, enum rule_scope scope);

/* ---- one packet of these sets ---- */

/* What analysis_pick() takes: ALL_OF(&x, &y). */
#define ALL_OF(...) ((const struct region *const[]){ __VA_ARGS__, NULL })

/*
 * A packet that is in all regions of a NULL-terminated list: the witness of the finding, with its
 * path and its fate. `f` may be NULL. False: there is none, or none was found in the bounded time,
 * and an->gave_up says so.
 */
FW_CHECKED bool analysis_pick(struct analysis *an, const struct flow *flow,
			      const struct region *const *regions, struct finding *f);
/* Puts the finding at the rule, or the policy, of a step; false: `s` is NULL. */
FW_CHECKED bool finding_set_place(struct finding *f, const struct trace_step *s);
/*
 * The same for the packets that the rule takes at the visit, and all regions of `also` (NULL: no
 * others).
 */
FW_CHECKED
bool visit_pick(const struct visit *v, const struct region *const *also, struct finding *f);
/*
 * The same in a walk of packets that are INVALID, or NEW because their entry was lost. Finds none
 * where no tcp reset that answers the packet gets through the chains of OUTPUT. For conntrack that
 * reset is RELATED where the packet is NEW; else it belongs to the connection.
 */
FW_CHECKED bool analysis_pick_reset(struct analysis *an, const struct flow *flow,
				    const struct region *const *regions, struct finding *f);
/*
 * The same, and in `ret_others` the packets of `n_others` further walks that go with it, without
 * traces. `is_translated`: for conntrack the reset belongs to no connection.
 */
FW_CHECKED
bool analysis_pick_reset_with(struct analysis *an, const struct flow *flow, bool is_translated,
			      const struct flow *const *others, size_t n_others,
			      const struct region *const *regions, struct finding *f,
			      struct packet *ret_others);

/* ---- connections on another path than the one their segments take without an entry ---- */

/* A translated connection, and the path that it takes. */
struct elsewhere {
	enum path path;
	const struct rule *nat; /* what translates it */
};

/*
 * Is there a segment of a translated connection in both regions of the walk (of INVALID packets, or
 * of NEW ones whose entry was lost) that would have been accepted as ESTABLISHED on the path of
 * that connection? The witness and its trace go to `f`. `comes_back`: also, a segment of the other
 * direction would be accepted as NEW, and translated again.
 */
FW_CHECKED
bool find_elsewhere(struct analysis *an, const struct flow *flow, const struct region *taken,
		    const struct region *only, bool comes_back, struct finding *f,
		    struct elsewhere *ret);

/* ---- packets that others need ---- */

/* The interfaces that the ruleset names, loopback apart: ranges in their order. */
const struct range *analysis_interfaces(struct analysis *an, uint32_t *ret_n);

struct field_range {
	enum field field;
	u128 lo, hi;
};

struct essential {
	const struct flow *flow;     /* the walk of what must get through */
	const struct region *meant;  /* of its packets: these */
	const struct flow *passing;  /* the walk of what needs it */
	const struct region *others; /* of its packets: these */
	bool is_anywhere; /* also on interfaces that no rule names, though others are named: there
			     may be none */
};

/*
 * Is there an interface, not loopback, on which some of the others are accepted and none of what is
 * meant is, whatever unknown tests answer? Then one of what is meant is the witness of the finding,
 * whose rule is the one that stops it, or, where a policy does, the one that accepts the others
 * (NULL: that is a policy too).
 */
FW_CHECKED bool analysis_blocks(struct analysis *an, const struct essential *q, struct finding *f);
/*
 * What to do so that the witness gets through: the rule with these tests, in the dialect and in
 * front of what stops it now.
 */
const char *analysis_step(struct analysis *an, const struct finding *f, const char *iptables,
			  const char *nft);
/* The interface by which the witness comes in; for a packet of the host, by which it leaves. */
const char *analysis_interface(struct analysis *an, const struct finding *f);
/* Packets of a protocol: `n` fields, each in one range. */
struct region analysis_packets(struct analysis *an, const struct field_range *list, size_t n);
/* Of these: segments that open a TCP connection. `flags`: TCP_SYN, or TCP_SYN | TCP_ACK. */
struct region analysis_opening(struct analysis *an, unsigned flags, const struct field_range *list,
			       size_t n);

/* ---- what each rule does ---- */

/*
 * Says of each rule whether any packet comes to it, with any mark and in either order of the chains
 * whose order is not known. It does not answer for chains that see more than IP packets. Where it
 * gives up, nothing is reported, which is not a failure.
 */
const struct reachability *analysis_reach(struct analysis *an);
/* A rule of the text: how many rules of the model, from place `at` of its chain on. */
size_t text_rule(const struct chain *c, size_t at);
/* The answer of the part whose `reach` comes first in enum reach: it says most. */
const struct rule_reach *text_rule_reach(const struct reachability *all, const struct chain *c,
					 size_t at);
/* By rule id: has an earlier check reported the rule? A later one would only say it again. */
const bool *analysis_rules_found(struct analysis *an);
/* Do the rules of the chain, and of those it jumps to, decide about no packet and change none? */
bool chain_does_nothing(struct analysis *an, const struct chain *c);
/* Does a test of the rule depend on more than the packet, as a limit does? */
bool rule_remembers(const struct rule *r);
/* ruleset_any_rule() of the ruleset; all rules are looked at once for each question. */
bool analysis_any_rule(struct analysis *an, bool (*is_so)(const struct rule *r));
/* Does the rule do something beside its verdict: count by name, remember, log, write? */
bool rule_has_effects(struct analysis *an, const struct rule *r);
/* "line 5, line 7, line 9 and 12 others take", "line 5 takes": each line is said once. */
const char *rules_take(struct analysis *an, const struct rule *const *list, size_t n);

/* ---- edits that tidy ---- */

/*
 * Removes the text of a rule, and its lines where nothing else is on them. NULL: removing text is
 * not enough, or another program writes its chain.
 */
const struct tidy *tidy_delete(struct analysis *an, const struct rule *r, const char *what);
/* The same for several rules, all or none. */
const struct tidy *tidy_delete_all(struct analysis *an, const struct rule *const *list, size_t n,
				   const char *what);

/* Puts the edits in the order of the text, each once. False: some overlap, or there is none. */
FW_CHECKED bool tidy_put_in_order(struct tidy *t);

/* ---- rules and settings ---- */

/* A rule of a filter chain that accepts ESTABLISHED, but not NEW or INVALID: the usual way in. */
bool event_accepts_established(const struct flow_event *e);
/* Is a timeout for established connections so short (under 2 h 4 min; RFC 5382, REQ-5) that it may
 * end live ones? */
bool timeout_is_short(const struct statement *timeout);
bool kernel_forgets_early(const struct kernel_settings *k);
/* Is more than 90 % of the conntrack table in use? */
bool kernel_table_is_full(const struct kernel_settings *k);
/* NULL, or a text: what in the ruleset and the settings shows that conntrack loses live
 * connections. */
const char *analysis_loses_connections(struct analysis *an);
/*
 * The setting by which only segments with bad flags are INVALID: be_liberal=1,
 * unless tcp_loose=0 makes those of lost connections INVALID too. NULL: there is none.
 */
const struct kernel_setting *analysis_liberal(const struct analysis *an);

/* ---- reports ---- */

/* "sysctl.conf:3": where a setting is made. */
const char *setting_place(struct analysis *an, const struct kernel_setting *s);
/* "line 5", "line 2 of b.nft", "the policy of INPUT"; NULL: "no chain". */
const char *step_place(struct analysis *an, const struct trace_step *s);
/* The same for a rule. */
const char *rule_place(struct analysis *an, const struct rule *r);
/*
 * Adds a finding of the running check, with its witness; of two that are the same
 * (finding_is_same()) the more severe one is kept.
 */
void analysis_report(struct analysis *an, const struct finding *f);
/* The same for a finding about the text, which has no witness. */
void analysis_report_text(struct analysis *an, struct finding f);
/* The same as analysis_report(), where the check has reported none that is the same. */
void analysis_report_new(struct analysis *an, const struct finding *f);

#endif

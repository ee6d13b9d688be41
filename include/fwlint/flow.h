/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow: which packets reach each rule, and what happens to them.
 *
 * A walk follows one path (to the host, through it, or from it) along the base chains of each hook
 * in order of priority. It is for one address family, and for packets of one conntrack state or of
 * every state. Walks of one state need no dimension for it: `ct state` matches are decided.
 *
 * An opaque match is one boolean dimension: the result of a walk holds whatever the match answers,
 * and a witness packet names the answers that it assumes. A packet that meets the same match twice
 * gets the same answer twice.
 */
#ifndef FWLINT_FLOW_H
#define FWLINT_FLOW_H

#include <fwlint/flow_pair.h>
#include <fwlint/model.h>
#include <fwlint/pktset.h>

/* Ways through the host: as IP packets, and as frames of a bridge. */
enum path {
	PATH_INPUT,
	PATH_FORWARD,
	PATH_OUTPUT,
	PATH_BRIDGE_INPUT,
	PATH_BRIDGE_FORWARD,
	PATH_BRIDGE_OUTPUT,
	PATH_COUNT
};

/* To the host, through it, from it: PATH_INPUT, PATH_FORWARD or PATH_OUTPUT. */
enum path path_direction(enum path p);

const char *path_name(enum path p);
/* The hooks of a path, in order; returns how many. */
unsigned path_hooks(enum path p, const enum hook **ret_hooks);
/* The base chains that packets of a family meet at a hook, in their order; returns how many. */
size_t hook_chains(const struct ruleset *rs, enum path p, enum hook h, enum nfproto_value family,
		   struct arena *a, const struct chain *const **ret_chains);
/* Has no packet of the path an address of the host's there, when it comes to the chain? */
bool chain_sees_foreign(const struct chain *base, enum path p, enum nfproto_value family,
			enum packet_end end);
/* Of which address is the field the type (nft's "fib daddr type")? */
enum packet_end field_is_type_of(const struct ruleset *rs, enum field f);
/* Types of addresses: RTN_UNICAST and RTN_LOCAL of linux/rtnetlink.h. */
enum { ROUTE_UNICAST = 1, ROUTE_LOCAL = 2 };
/* Does the ruleset have a chain that packets of this family can meet on the path? */
bool path_has_chains(const struct ruleset *rs, enum path p, enum nfproto_value family);

/* ---- the dimensions ---- */

/*
 * Several packets can be looked at together, and an unknown test may answer differently for each.
 * So there is one set of opaque variables (a bank) for each kind of packet.
 */
enum flow_bank {
	BANK_PLAIN, /* packets of any state but ESTABLISHED */
	BANK_ESTABLISHED,
	BANK_COMPANION, /* the packet that opens the connection, or answers */
	BANK_RESET,
	FLOW_BANKS
};

/*
 * The order of the dimensions: the fields, then FLOW_BANKS for each opaque variable, then one for
 * each rule that writes an unknown value. A walk with a view adds one more per field.
 */

/* The dimensions of what the kernel or the host picks where a rule translates. */
struct flow_pick_dims {
	uint32_t rule; /* its id */
	enum nfproto_value family;
	uint32_t address, port;
};

struct flow_space {
	struct space dims;
	uint32_t var_dim[FLOW_BANKS]; /* first variable of each bank */
	uint32_t shadow_dim;     /* first field of the other packet of a view; 0: no view yet */
	uint32_t translated_dim; /* VIEW_TRANSLATED: first of the extra fields; 0: not in use */
	uint32_t reset_dim;      /* VIEW_RESET: first field of the reset; 0: not in use */
	uint32_t entry_dim; /* VIEW_WITH_ENTRY, VIEW_TRANSLATED: first of the entry's fields; 0: not
			       in use */
	const uint32_t *fresh_dim;        /* by rule id; 0 = none */
	size_t n_fresh;                   /* entries of fresh_dim; 0 when nothing is unknown */
	VEC(struct flow_pick_dims) picks; /* of walks that translate */
	const struct ruleset_pair *pair;  /* NULL: of one ruleset */
	uint32_t n_rules;
	/* private to flow */
	u128 *point; /* scratch memory */
	size_t point_cap;
	const struct writing *writing;
};

struct flow_space *flow_space_new(const struct ruleset *rs, struct arena *a);
/* One space for both: rules that are the same write the same unknown value. */
struct flow_space *flow_space_new_pair(const struct ruleset_pair *p, struct arena *a);

/* ---- the walk ---- */

#define STATE_EVERY (-1)

/*
 * How the packets of a walk relate to the packets in its sets. With VIEW_REPLY the sets hold the
 * packets whose answers walk: addresses, ports and interfaces are swapped, and only the protocol,
 * the TCP flags and the fragment are sure to be the same. Behind a translation, only the
 * untranslated end of the connection is the same in both.
 */
enum view {
	VIEW_SAME,
	VIEW_REPLY,         /* they are of the other direction of the connection */
	VIEW_REPLY_OF_DNAT, /* … as seen where the destination was translated */
	VIEW_REPLY_OF_SNAT, /* … as seen where the source was translated */
	VIEW_REPLY_OF_BOTH, /* … as seen where both were */
	/* They open the connection that the packets belong to; flags may differ too. */
	VIEW_OPENS,      /* … packets of the same direction */
	VIEW_OPENS_SNAT, /* … packets of the other direction, to a source that was translated */
	/*
	 * They are the same packets as the kernel sees them behind the translation at
	 * PREROUTING: to another address and port, and out by another interface. Behind
	 * a source translation these are where the packet of VIEW_OPENS_SNAT came from.
	 */
	VIEW_TRANSLATED,
	/*
	 * They are the same packets, if they had a conntrack entry: its contents may be anything.
	 */
	VIEW_WITH_ENTRY,
	/*
	 * They are the tcp resets that answer the packets (nf_send_reset()): the host sends them,
	 * back to where a packet came from, or to itself by loopback. Only the endpoints are taken
	 * from the packets.
	 */
	VIEW_RESET,
	VIEW_RESET_TO_SELF,
	VIEW_COUNT
};

struct flow_options {
	enum path path;
	enum nfproto_value family;
	int state; /* enum ct_state, or STATE_EVERY */
	enum flow_bank bank;
	enum view view;
	bool unmarked;       /* packets set out with mark 0: see ruleset_writes_mark() */
	bool first;          /* state NEW: they are the first of their entry, so its mark is 0
				(init_conntrack()) */
	bool translates;     /* those that open a connection go to where the nat chains at
				PREROUTING send them; only of VIEW_SAME */
	bool keeps_path;     /* translated packets stay on the path, wherever they are sent to */
	bool all_visits;     /* events for rules that match nothing on the path, too */
	uint32_t pieces_max; /* limit of exceptions in the sets that the rules take; 0:
				FLOW_PIECES_MAX, and 1,000 more for each rule */
};

/* A walk that needs more gives up. */
#define FLOW_PIECES_MAX 5000000u

/*
 * Does any rule write the packet mark? If so, marks come from the ruleset, and a packet starts with
 * none (the kernel's default, except for tc and XDP). Where marks are only tested, they come from
 * elsewhere and may have any value.
 */
bool ruleset_writes_mark(const struct ruleset *rs);

/*
 * One visit to one rule, or (rule == NULL) to the policy of a base chain. A rule with a queue has
 * two visits: ACCEPT, for the packets that its program lets go on, and QUEUE. There is no visit for
 * packets that come a second time and take the same way again, nor for a rule that matches nothing
 * on this path, unless it names a ct state.
 */
struct flow_event {
	const struct rule *rule;
	const struct chain *base; /* the base chain that is walked */
	enum verdict_kind verdict;
	bool state_named; /* this rule or a jump to it names a ct state */
	uint32_t entry;   /* which visit of its chain this belongs to, from 0 */
	uint32_t n_taken;
	struct region arrives;
	const struct region *taken;    /* what matches; n_taken == 0: nothing */
	const struct except *accepted; /* what left the base chain before, and goes on to others */
};

struct flow {
	const struct ruleset *ruleset;
	struct flow_options options;
	struct flow_space *space;
	struct flow_event *items;
	size_t n, cap;
	const uint32_t *n_entries;    /* by chain: visits, see flow_event */
	const struct cube *start;     /* the packets that set out */
	const struct except *stopped; /* dropped, rejected, queued or stolen anywhere */
	struct pktset expired; /* of these, not forwarded because their TTL has run out: no event */
	struct pktset elsewhere; /* translated to where the path does not go; on `stopped`, too */
	const char *gave_up;     /* NULL, or why the walk is not complete */
	bool approximated;       /* a mark that is written in too many ways counts as unknown */
};

struct flow *flow_walk(const struct ruleset *rs, struct flow_space *space,
		       const struct flow_options *o, struct arena *a);

/* All packets that no rule or policy of a walk stops. */
struct region flow_passing(const struct flow *f);
/* Subtracts from `r` what is taken at the visits for which `is_so` is true. */
void flow_leave_out(const struct flow *f,
		    bool (*is_so)(const struct flow_event *e, const void *context),
		    const void *context, struct arena *a, struct region *r);

/* A cube of one field (ranges) or field & mask == value, for questions. */
const struct cube *flow_cube_ranges(struct arena *a, enum field f, const struct range *r,
				    uint32_t n);
const struct cube *flow_cube_mask(struct arena *a, enum field f, u128 mask, u128 value);

/*
 * The packets of a walk that match all matches of a rule as they set out, with the state that
 * conntrack will give them; the rule need not be one of the ruleset.
 */
struct pktset flow_question_set(const struct flow *f, const struct rule *r, struct arena *a);
/* Those that are possible in a state, of a walk of every state; NULL: none. */
const struct cube *flow_possible(const struct flow *f, enum ct_state s, struct arena *a);

enum rule_scope {
	SCOPE_WHOLE,   /* all matches */
	SCOPE_NO_STATE /* the ct state matches left out */
};

/* The packets that the rule itself matches in `base`, whether they arrive there or not. */
struct pktset flow_rule_set(const struct flow *f, const struct chain *base, const struct rule *r,
			    enum rule_scope scope, struct arena *a);
/* Is it clear without a search that the visit takes all arriving packets of a cube? */
bool flow_event_takes(const struct flow *f, const struct flow_event *e, const struct cube *arrives);

/* ---- one packet ---- */

/* What was picked for a packet where a rule translates it; outside of the rule's range: its first.
 */
struct nat_pick {
	u128 address, port;
};

struct packet {
	u128 v[FIELD_COUNT];
	const bool *answers; /* by opaque variable; NULL: all false */
	size_t n_answers;
	const u128 *fresh; /* by rule id: the value of its unknown write; or NULL */
	size_t n_fresh;
	const bool *relied_on; /* by opaque variable: a verdict or a write depended on the answer;
				  NULL: not known */
	const struct nat_pick *picks; /* by rule id: its destination is translated; NULL: is not */
	size_t n_picks;
	const u128 *untranslated; /* by field, before the translation at PREROUTING; NULL: there is
				     none */
};

/*
 * A packet that is in all n regions; where there is a choice, one that people read easily. It lives
 * in `results`; ret_packet may be NULL.
 */
FW_CHECKED enum pick flow_pick(const struct flow *f, const struct region *const *regions, size_t n,
			       struct arena *results, struct packet *ret_packet);
/* The same, and of each of `n_others` further walks (with views) the packet that goes with it. */
FW_CHECKED
enum pick flow_pick_all(const struct flow *f, const struct flow *const *others, size_t n_others,
			const struct region *const *regions, size_t n, struct arena *results,
			struct packet *ret_packet, struct packet *ret_others);
/* Turns a point of the space into the packet that walks, for the interpreter. */
struct packet flow_packet(const struct flow *f, const u128 *point, struct arena *a);

struct trace_step {
	const struct rule *rule; /* NULL: the policy of `base` */
	const struct chain *base;
	enum verdict_kind verdict;
	const struct translation *to; /* packet_follow(): what the rule translates to; or NULL */
};

struct trace {
	struct trace_step *items;
	size_t n, cap;
	struct verdict verdict; /* what finally happens to the packet */
	const bool *relied_on;  /* by opaque variable: a rule with a verdict or a write depended on
				   its answer */
};

/* Does the chain see packets before the kernel has translated their destination (nf_nat_proto.c)?
 */
bool chain_is_before_dnat(const struct chain *c);

/*
 * The plain interpreter: one packet, rule by rule, along a path. Every rule
 * that matches is a step. Knows nothing of packet sets.
 */
struct trace packet_trace(const struct ruleset *rs, enum path path, const struct packet *p,
			  struct arena *a);
/* The step that decided; NULL: there is none. */
const struct trace_step *trace_last(const struct trace *t);

/* ---- two rulesets ---- */

/* A class of packets whose verdict differs: by path, state, and both verdicts. */
struct difference {
	enum path path;
	enum ct_state state; /* that conntrack gives them */
	struct verdict old, new;
	struct packet sample;
	struct trace old_trace, new_trace; /* of the sample */
};

/* What two rules do besides their verdicts, in different words; not part of the comparison. */
struct uncompared {
	const char *what;             /* "address translation" … */
	const struct rule *old, *new; /* the rules of the pair; NULL: there is none on that side */
};

struct comparison {
	struct difference *items; /* all classes; n == 0: equal */
	size_t n, cap;
	struct ruleset_pair pair;  /* what samples and traces refer to */
	const char *gave_up;       /* NULL, or why the comparison is not complete */
	bool untranslated;         /* there were too many translations to be followed */
	const char *whole_packets; /* why later fragments are not compared; NULL: they are */
	VEC(struct uncompared) uncompared; /* of flow_compare() */
};

/*
 * The packets whose verdict differs, along every path and for both families.
 * Verdicts only: address translation, logs, counters and marks that no rule
 * tests are not compared. Where they differ, except for logs and counters, that is listed (see
 * struct uncompared). A policy that is not known is taken as ACCEPT.
 */
struct comparison flow_compare(const struct ruleset *old, const struct ruleset *new,
			       struct arena *a);
/*
 * The same, where what opens a connection goes to where the nat chains at PREROUTING send it.
 * Whether that is the host is not asked: translated packets stay on their path.
 */
struct comparison flow_compare_translated(const struct ruleset *old, const struct ruleset *new,
					  struct arena *a);
/* As flow_compare(), but only for the packets of one family and of a cube (flow_cube_ranges()). */
struct comparison flow_compare_within(const struct ruleset *old, const struct ruleset *new,
				      enum nfproto_value family, const struct cube *only,
				      struct arena *a);

#endif

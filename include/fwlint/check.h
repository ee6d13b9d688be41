/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check: the engine that runs checks over a ruleset. It names no single
 * check; those are listed in src/checks/list.c.
 */
#ifndef FWLINT_CHECK_H
#define FWLINT_CHECK_H

#include <fwlint/flow.h>
#include <fwlint/model.h>

enum severity { SEV_NOTE, SEV_WARNING, SEV_ERROR };

const char *severity_name(enum severity s);

/* What would cure a finding: the rule that a fix inserts. */
enum cure {
	CURE_NONE,           /* nothing that a fix could insert */
	CURE_DROP_INVALID,   /* a drop of INVALID packets */
	CURE_DROP_MIDSTREAM  /* a drop of NEW TCP segments that are no SYN */
};

struct finding {
	const struct check *check;
	enum severity severity;
	const struct rule *rule;   /* the rule at fault; NULL: a setting of the kernel is */
	struct span span;          /* what the caret points at */
	const char *message;       /* one sentence, no full stop */
	enum path path;            /* of the witness; PATH_COUNT: it is about the text, without one */
	struct packet witness;
	struct trace trace;        /* what the ruleset does with the witness */
	const struct rule *reset;  /* a tcp reset that the witness ends in, or NULL */
	enum cure cure;
	const struct rule *at;     /* the accept behind which the cure belongs; NULL: `rule` or `reset` */
	const struct rule *nat;    /* the rule that translates the witness's connection, which lives on another path; or NULL */
	unsigned part;             /* tells findings of one check on one rule apart; else 0 */
};

/* A "fwlint: allow CODE REASON" of the ruleset. */
struct suppression {
	const struct check *check;      /* NULL: there is no such check */
	struct str reason;
	struct span span;               /* of its mark */
	const struct rule *rule;        /* in whose comment it stands; or NULL, and */
	const struct source_file *file; /* the file and line that it is for */
	uint32_t line;
	const char *problem;            /* NULL, or why it is not heeded */
	bool used;
};

struct findings {
	struct finding *items;
	size_t n, cap;
	/* Found, but allowed. */
	struct { struct allowed { struct finding finding; struct str reason; } *items; size_t n, cap; } allowed;
};

struct example {
	const char *dialect;
	const char *title;
	const char *bad, *good;  /* whole inputs; fixing bad gives good byte for byte */
	unsigned line;           /* of `bad`, that is flagged */
	bool unsafe;             /* the fix is an unsafe one */
	bool by_hand;            /* there is no fix: `good` is what to write instead */
};

/* Where the reader can look it up. */
struct reference {
	const char *text, *url; /* url may be NULL */
};

struct analysis;

struct check {
	const char *id, *name, *since;
	enum severity severity;    /* the highest that it reports */
	const char *finds;         /* one sentence */
	const char *why;           /* paragraphs */
	const char *fix_safety;
	const char *kernel;        /* how kernel versions differ; or NULL */
	const struct reference *references; /* ended by one without a text */
	const struct example *examples;
	size_t n_examples;
	/* One of the two; `run_last` runs when the suppressions have been heeded. */
	void (*run)(struct analysis *an, struct findings *out);
	void (*run_last)(struct analysis *an, struct findings *out);
};

/* All checks, NULL-terminated, in order of their codes. */
extern const struct check *const check_list[];
const struct check *check_find(const char *id);

/* ---- one ruleset under analysis: walks are made when first asked for ---- */

struct analysis {
	const struct ruleset *ruleset;
	struct arena *arena;   /* walks and sets: gone with analysis_free() */
	struct arena *results; /* what findings point to */
	struct flow_space *space;
	struct flow *flows[PATH_COUNT][2][CT_STATE_COUNT][VIEW_COUNT];
	bool unmarked;       /* see ruleset_writes_mark() */
	const char *gave_up; /* NULL, or why an answer is missing */
	struct { struct suppression *items; size_t n, cap; } suppressions;
};

/* Findings will live in `results`; end it with analysis_free(). */
struct analysis *analysis_new(const struct ruleset *rs, struct arena *results);
void analysis_free(struct analysis *an);
/*
 * The walk of one state along a path. Unknown tests may answer otherwise for a
 * packet that is ESTABLISHED, and for one that is seen with a view: these have
 * banks of their own.
 */
const struct flow *analysis_flow(struct analysis *an, enum path path,
				 enum nfproto_value family, enum ct_state state);
const struct flow *analysis_flow_view(struct analysis *an, enum path path,
				      enum nfproto_value family, enum ct_state state,
				      enum view view);
/* Calls `visit` for the walk of one state along every path that has chains, for both families. */
void analysis_walks(struct analysis *an, enum ct_state state,
		    void (*visit)(struct analysis *an, const struct flow *flow, struct findings *out),
		    struct findings *out);
/*
 * A packet that is in all n regions, with what becomes of it. False: there is
 * none (or it was not to be found in the bounded time: an->gave_up says so).
 */
bool analysis_pick(struct analysis *an, const struct flow *f,
		   const struct region *const *regions, size_t n,
		   struct packet *ret_packet, struct trace *ret_trace);
/* The same, and the packets of `n_others` further walks that go with it, without traces. */
bool analysis_pick_all(struct analysis *an, const struct flow *f, const struct flow *const *others, size_t n_others,
		       const struct region *const *regions, size_t n, struct packet *ret_packet,
		       struct packet *ret_others);
/*
 * A segment in mid-connection: TCP, ACK set, neither SYN nor RST, no fragment, from one host to
 * one. The kernel answers no RST, no fragment and no multicast with a reset (nf_reject_ipv4.c).
 */
const struct cube *analysis_midstream(struct analysis *an);

/*
 * The setting by which only segments with bad flags are INVALID: be_liberal=1,
 * unless tcp_loose=0 makes those of lost connections INVALID too. NULL: not so.
 */
const struct kernel_setting *analysis_liberal(const struct analysis *an);
/* "sysctl.conf:3": where a setting is made. */
const char *setting_place(struct analysis *an, const struct kernel_setting *s);
/* "line 5", "line 2 of b.nft", "the policy of INPUT"; NULL: "no chain". */
const char *step_place(struct analysis *an, const struct trace_step *s);
/*
 * A packet of all n regions of a walk (INVALID, or NEW and lost), with its trace. None where no tcp reset that answers one
 * of the first two regions gets through the chains of OUTPUT. To conntrack that reset is RELATED where the packet is
 * NEW; else of the connection, or of none where `is_translated`. `others` as in analysis_pick_all().
 */
bool analysis_pick_reset(struct analysis *an, const struct flow *f, bool is_translated, const struct flow *const *others,
			 size_t n_others, const struct region *const *regions, size_t n, struct packet *ret_packet,
			 struct trace *ret_trace, struct packet *ret_others);
/* What a walk lets through; `known`: less what falls to a policy that the input does not say. */
struct region analysis_accepted(struct analysis *an, const struct flow *f, bool known);
/* The same check on the same rule (of this ruleset, or of one that a change made of it)? */
bool finding_is_same(const struct finding *x, const struct finding *y);
/* A rule of a filter chain that accepts ESTABLISHED, and neither NEW nor INVALID: the usual way back in. */
bool event_accepts_established(const struct flow_event *e);
/*
 * Packets of other interfaces than loopback; on the way through the host, all. The customary
 * order is established, loopback, INVALID drop, and what a host sends itself is not
 * lost or reordered on the way.
 */
const struct cube *analysis_not_loopback(struct analysis *an, enum path path);
/*
 * Connections that live on another path than their segments take without a
 * conntrack entry: these are not translated.
 */

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
bool find_elsewhere(struct analysis *an, const struct flow *flow, const struct region *taken,
		    const struct region *only, bool comes_back, struct finding *f, struct elsewhere *ret);
/* Adds a finding; of two that are the same the more severe one is kept. */
void findings_add(struct analysis *an, struct findings *out, const struct finding *f);

/* A selection of codes: "FW101,FW2" (prefixes); NULL = all / none. */
struct selection {
	const char *select, *ignore;
};

/* Is the text a list of codes or prefixes of codes? */
bool selection_is_valid(const char *list);

/*
 * Runs the selected checks on a ruleset; findings, in the order of the text,
 * live in `results`. What a comment allows is not among them. `*ret_gave_up`:
 * NULL, or why the answer is not complete.
 */
struct findings check_run(const struct ruleset *rs, const struct selection *sel,
			  struct arena *results, const char **ret_gave_up);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resets: who sent each TCP reset of a capture, and why, with the evidence.
 *
 * Packets go in one by one. What matters of a connection is kept beside its record in the table of
 * `track`; a few hundred bytes of each reset are kept until the end, because some causes are told
 * apart only by what comes later and by what happened to other connections. Where the evidence does
 * not suffice the cause is CAUSE_UNKNOWN: nothing is guessed.
 */
#ifndef FWLINT_RESETS_H
#define FWLINT_RESETS_H

#include <fwlint/capture.h>
#include <fwlint/model.h>

enum reset_cause {
	CAUSE_FIREWALL_RULE,
	CAUSE_CLOSED_PORT,
	CAUSE_ABORTED,
	CAUSE_HALF_OPEN,
	CAUSE_MIDDLEBOX,
	CAUSE_IDLE,
	CAUSE_EVICTION,
	CAUSE_DUPLICATE,
	CAUSE_UNKNOWN,
	N_CAUSES
};

/* What the segment was to the firewall whose rule reset it. */
enum reset_why {
	WHY_NONE,
	WHY_OUT_OF_WINDOW,
	WHY_UNSEEN_ACK,
	WHY_BAD_FLAGS,
	WHY_LOST_ENTRY,
	WHY_NEW_NOT_ALLOWED,
	WHY_OTHER,
	N_WHYS
};

enum reset_confidence { CONFIDENCE_NONE, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };

/* The words of the JSON output: "firewall-rule", "out-of-window", "likely"; NULL for NONE. */
const char *reset_cause_name(enum reset_cause c);
const char *reset_why_name(enum reset_why w);
const char *reset_confidence_name(enum reset_confidence c);
/* A line for people: what it means, and what to do next. */
const char *reset_cause_words(enum reset_cause c);
const char *reset_cause_advice(enum reset_cause c, enum reset_why w);

#define EVIDENCE_MAX 16

struct reset {
	const char *capture;                /* its name */
	uint64_t frame;                     /* as Wireshark counts */
	int64_t time;                       /* ns since 1970 */
	struct address source, destination; /* as the reset has them */
	uint16_t sport, dport;
	enum reset_cause cause;
	enum reset_why why;
	enum reset_confidence confidence;
	bool is_copy;                       /* it was seen before, earlier on its way */
	const struct rule *rule;            /* of the firewall; NULL: none is known */
	const char *evidence[EVIDENCE_MAX]; /* the strongest first */
	size_t n_evidence;
};

/* Resets of one cause, reason and rule. */
struct reset_group {
	enum reset_cause cause;
	enum reset_why why;
	const struct rule *rule;
	size_t n;
	size_t example; /* the reset with the strongest evidence */
};

struct resets;

/* `rules`: those of the firewall on the way, or NULL. */
struct resets *resets_new(const struct ruleset *rules, struct arena *a);
/* What follows comes from this capture. */
void resets_begin(struct resets *r, const char *capture);
/* One packet, in the order of the capture. */
void resets_see(struct resets *r, const struct captured *p);
/* The same for some packets at once, which is quicker. */
#define RESETS_BATCH 16
void resets_see_batch(struct resets *r, const struct captured *p, size_t n);

/*
 * Several captures of the same time are compared: when all were seen once, each is read again and
 * its packets are shown to resets_look(). False: that is not needed.
 */
FW_CHECKED bool resets_compares(struct resets *r);
void resets_look(struct resets *r, unsigned capture, const struct captured *p);

/* Finds the causes of all resets so far. */
void resets_judge(struct resets *r);

/* ---- while packets come in ---- */

/* The ends of a TCP connection, either first; host order. */
struct resets_ends {
	bool v6;
	u128 addr[2];
	uint16_t port[2];
};

/* Connection tracking has an entry for it, older than the first packet that was seen here. */
void resets_know(struct resets *r, const struct resets_ends *e);
/* Its entry ended. */
void resets_forget(struct resets *r, const struct resets_ends *e);
/* Frames that were lost because they were not read in time. */
void resets_set_lost(struct resets *r, uint64_t n);
uint64_t resets_lost(const struct resets *r);
/* Entries that conntrack here evicted meanwhile, for want of room. */
void resets_set_evicted(struct resets *r, uint64_t n);
/*
 * Finds the causes of the resets until then (ns since 1970), by what is known now. Returns how many
 * have one: those before that number. resets_judge() may find another cause later, because many
 * resets tell more than one.
 */
size_t resets_settle(struct resets *r, int64_t until);

/* ---- what was found ---- */

size_t resets_count(const struct resets *r);
/* Resets that were seen, but are too many to be kept. */
uint64_t resets_unlisted(const struct resets *r);
uint64_t resets_packets(const struct resets *r); /* TCP segments */
uint64_t resets_connections(const struct resets *r);
/* With its evidence in words. */
struct reset resets_get(const struct resets *r, size_t i, struct arena *a);
/* The groups, the largest first; returns how many. */
size_t resets_groups(const struct resets *r, struct arena *a, struct reset_group **ret);
/* The frames of a capture that the evidence names, in order. */
size_t resets_frames(const struct resets *r, unsigned capture, struct arena *a, uint64_t **ret);
size_t resets_captures(const struct resets *r);
/* "FILE:LINE, chain FORWARD (forward): -A …" */
const char *reset_rule_words(const struct resets *r, const struct rule *rule, struct arena *a);
const struct ruleset *resets_rules(const struct resets *r);

#endif

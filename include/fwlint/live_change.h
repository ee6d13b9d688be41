/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules inserted into the running firewall, and taken out of it again. */
#ifndef FWLINT_LIVE_CHANGE_H
#define FWLINT_LIVE_CHANGE_H

#include <fwlint/live.h>

/* A rule to insert, or one that was inserted. */
struct live_rule {
	const struct backend *backend;
	enum family family; /* of its table */
	const char *table, *chain;
	uint32_t number;  /* 1-based place in the chain, once all rules of the change are in */
	const char *rule; /* in its dialect: "ct state invalid drop", "-m state … -j DROP" */
	uint8_t protocol; /* the IP protocol that it is for; 0: any */
	const char *certificate; /* what it changes, in words */
	struct str code;         /* what the kernel gets, in a form that only the backend knows */
	uint64_t handle;         /* handle in nf_tables, once it is in; else 0 */
	uint32_t twins,
		table_twins; /* identical rules that were in the chain, in the table before it */
	enum live_where {
		LIVE_NOT_YET,
		LIVE_IN,
		LIVE_LEAVING, /* its removal was sent, but the answer does not tell whether it was
				 removed */
		LIVE_OUT      /* or an undo found it gone */
	} where;
};

struct live_change {
	struct live_rule *items; /* by chain in order of their numbers */
	size_t n, cap;
	uint32_t generation;  /* the generation of nf_tables that it was made for */
	uint64_t legacy_hash; /* the hash of the iptables-legacy rulesets that it was made for:
				 live_legacy_hash() */
	uint64_t tag;         /* the number that marks its rules in nf_tables; not 0 */
};

/* A hash of the iptables-legacy rulesets, without counters. */
uint64_t live_legacy_hash(const struct live_rulesets *live);

enum live_outcome {
	LIVE_DONE,
	LIVE_MOVED,  /* the ruleset is no longer the one that was read: nothing was done */
	LIVE_GONE,   /* undo: a rule is gone or was changed; the others were taken out
		      */
	LIVE_FAILED, /* nothing was done, or (undo) not all: see the reason */
	LIVE_HALF /* insert: it failed, and rules may be in: try live_undo() until it does not fail
		   */
};

/* Notes what an undo must know about the ruleset before the change. NULL, or why that cannot be
 * read.
 */
FW_CHECKED const char *live_survey(struct live_change *c, struct arena *a);
/* Inserts all rules of the change, or none; after live_survey(). `*why_not` says what went wrong.
 */
FW_CHECKED
enum live_outcome live_insert(struct live_change *c, struct arena *a, const char **why_not);
/*
 * Takes the inserted rules out again, and nothing else. A rule is recognized by its mark, else by
 * its text, in any chain of its table. A rule that is not known to be in (LIVE_NOT_YET) is
 * recognized only by its mark or its place. After LIVE_FAILED it may be tried again for the rest.
 * `force`: even while another program holds the lock of iptables.
 */
FW_CHECKED
enum live_outcome live_undo(struct live_change *c, bool force, struct arena *a,
			    const char **why_not);
/* How many rules of the change are no longer in. NULL, or why that cannot be read. */
FW_CHECKED
const char *live_missing(const struct live_change *c, struct arena *a, size_t *ret_missing);

#endif

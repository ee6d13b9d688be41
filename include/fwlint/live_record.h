/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes that wait to be confirmed. A guardian makes a change, and undoes it when nobody confirms
 * it. It is a separate process that survives the end of its terminal, session and parent. A file in
 * RECORD_FOLDER records what it does, so that any session can see it. A record is valid for the
 * boot in which it was written.
 */
#ifndef FWLINT_LIVE_RECORD_H
#define FWLINT_LIVE_RECORD_H

#include <fwlint/live_change.h>

#define RECORD_FOLDER "/run/fwlint"

enum record_state {
	RECORD_PREPARED, /* nothing is done yet */
	RECORD_APPLYING,
	RECORD_PENDING,   /* the rules are in; the guardian waits */
	RECORD_CONFIRMED, /* they stay */
	RECORD_RETURNING, /* the guardian must take them out, or is trying to */
	RECORD_UNDONE,
	RECORD_STUCK,   /* they could not be taken out: see `message` */
	RECORD_MOVED,   /* nothing was done: the ruleset was no longer the one that was read */
	RECORD_REFUSED, /* nothing was done: see `message` */
	RECORD_STATES
};

/* Which network namespace: inode numbers are reused, cookies are not (SO_NETNS_COOKIE; 0: the
 * kernel has none). */
struct live_netns {
	uint64_t device, inode, cookie;
};

/* Texts that --save needs again. */
enum record_text {
	RECORD_PROFILE,
	RECORD_SELECT,
	RECORD_EXTEND,
	RECORD_IGNORE,
	RECORD_SEVERITIES, /* "FW101=note,…" */
	RECORD_OWNED_CHAINS,
	RECORD_HAZARDS,
	RECORD_INTERFACES,
	RECORD_TEXTS
};

struct live_record {
	const char *id;
	enum record_state state;
	struct live_change change;
	uint32_t seconds;        /* the time to confirm it; 0: it stays in any case */
	long deadline;           /* process_now_ms() */
	struct live_netns netns; /* its network namespace */
	const char *netns_path;  /* by which the guardian enters it */
	const char *message;     /* the result as a text; or "" */
	/* What --save does after the confirmation; `save` false: nothing. */
	bool save, save_unsafe;
	unsigned save_severity;               /* enum severity: fixes for findings from there on */
	const char *save_texts[RECORD_TEXTS]; /* NULL: none */
	bool guarded;                         /* record_list(): its guardian is alive */
	int guardian; /* its process; 0: it is not in this process's pid namespace */
};

struct live_records {
	struct live_record *items;
	size_t n, cap;
};

/* All changes since the system started (finished ones for a day). NULL, or why they cannot be read.
 */
FW_CHECKED const char *record_list(struct arena *a, struct live_records *ret);
/*
 * Starts a guardian that makes wanted->change and undoes it after wanted->seconds unless it is
 * confirmed; the save fields are kept. Returns when the change is in, or was refused. Nothing is
 * done when the guardian cannot be started. `ret`: the record at that time.
 */
FW_CHECKED
enum live_outcome record_apply(const struct live_record *wanted, struct arena *a,
			       struct live_record *ret, const char **why_not);
/* The guardian itself: `fwlint guard ID`. Returns when there is nothing left to guard. */
void record_guard(const char *id, struct arena *a);
/* The change stays. NULL, or why that is not possible, for example because a rule of it is gone.
 */
FW_CHECKED const char *record_confirm(const char *id, struct arena *a);
/*
 * Takes the rules out, by the guardian or without it. `force`: ends a guardian that does not
 * answer, and does not wait for the lock of iptables. `ret`: the record at that time.
 */
FW_CHECKED
enum live_outcome record_rollback(const char *id, bool force, struct arena *a,
				  struct live_record *ret, const char **why_not);
/* Writes the result of a change to the system's log. */
void record_log(const char *id, bool is_error, const char *message);

#endif

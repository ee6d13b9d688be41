/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes that wait to be confirmed. A change is made, and undone when nobody confirms it, by a
 * guardian: a process of its own that no terminal, session or parent can take down. What it does
 * is in a file of RECORD_FOLDER, so that any session can see it. A record holds for the
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
	RECORD_RETURNING, /* the guardian is to take them out, or tries to */
	RECORD_UNDONE,
	RECORD_STUCK,   /* they could not be taken out: see `message` */
	RECORD_MOVED,   /* nothing was done: the ruleset was no longer the one that was read */
	RECORD_REFUSED, /* nothing was done: see `message` */
	RECORD_STATES
};

/* Which network namespace: inode numbers are used again, cookies are not (SO_NETNS_COOKIE; 0: the
 * kernel has none). */
struct live_netns {
	uint64_t device, inode, cookie;
};

struct live_record {
	const char *id;
	enum record_state state;
	struct live_change change;
	uint32_t seconds;        /* to confirm it in; 0: it stays in any case */
	long deadline;           /* process_now_ms() */
	struct live_netns netns; /* its network namespace */
	const char *netns_path;  /* by which the guardian enters that */
	const char *message;     /* what became of it, in words; or "" */
	/* What --save is to do once it is confirmed; `save` false: nothing. */
	bool save, save_unsafe;
	unsigned save_severity;                /* enum severity: fixes for findings from there on */
	const char *save_select, *save_ignore; /* or "" */
	bool guarded;                          /* record_list(): its guardian lives */
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
 * Has wanted->change made by a guardian, which undoes it after wanted->seconds unless it
 * is confirmed; the save fields are kept. Returns when it is in, or was refused; nothing is done
 * when the guardian cannot be started. `ret`: the record as it is then.
 */
FW_CHECKED
enum live_outcome record_apply(const struct live_record *wanted, struct arena *a,
			       struct live_record *ret, const char **why_not);
/* The guardian itself: `fwlint guard ID`. Returns when there is nothing left to guard. */
void record_guard(const char *id, struct arena *a);
/* The change stays. NULL, or why that is not possible: also when a rule of it is no longer there.
 */
FW_CHECKED const char *record_confirm(const char *id, struct arena *a);
/*
 * Takes the rules out, by the guardian or without it. `force`: a guardian that does not
 * answer is ended, and the lock of iptables is not waited for. `ret`: the record as it is then.
 */
FW_CHECKED
enum live_outcome record_rollback(const char *id, bool force, struct arena *a,
				  struct live_record *ret, const char **why_not);
/* Writes to the system's log what became of a change. */
void record_log(const char *id, bool is_error, const char *message);

#endif

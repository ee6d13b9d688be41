/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a change in RECORD_FOLDER:
 *
 *     ID.json      the record; a new state replaces it in one step
 *     ID.guardian  whoever has the lock of this file (fcntl(2)) owns the change: it
 *                  alone writes the record and takes rules out. The guardian as long as it lives
 *     ID.open      the decision: the file is renamed to ID.confirmed, ID.returning
 *                  or ID.undone. One of two who decide at the same time fails. It needs no
 *                  lock, no room on the file system, and nobody's answer
 */
#ifndef LIVE_RECORD_H
#define LIVE_RECORD_H

#include <fwlint/live_record.h>

enum decision {
	DECISION_NONE /* the file is gone */,
	DECISION_OPEN,
	DECISION_CONFIRMED,
	DECISION_RETURNING,
	DECISION_UNDONE
};

/* Makes the folder and the files of a new change under an ID that it fills in. NULL, or why not. */
FW_CHECKED const char *record_make(struct live_record *r, struct arena *a);
/* NULL, or why it cannot be read. `guarded` is not filled in. */
FW_CHECKED const char *record_load(const char *id, struct arena *a, struct live_record *ret);
/* Only for the owner. NULL, or why it cannot be written; then the old record is still there. */
FW_CHECKED const char *record_save(const struct live_record *r, struct arena *a);
void record_remove(const struct live_record *r, struct arena *a);

enum decision record_decision(const char *id);
/*
 * Changes the decision from `from` to `to`. false: errno says why; ENOENT: it was no longer `from`.
 */
FW_CHECKED bool record_decide(const char *id, enum decision from, enum decision to);

/* This process owns the change until the descriptor is closed; -1: another process owns it (EAGAIN,
 * EACCES), or another errno. */
FW_CHECKED int record_own(const char *id);
/*
 * `*ret_pid`: the process that owns the change, or 0: none. Do not call this for a change that this
 * process owns: closing a file gives up its locks.
 */
FW_CHECKED bool record_is_owned(const char *id, int *ret_pid);

/* Of this process. */
struct live_netns current_netns(void);
bool is_same_netns(const struct live_netns *x, const struct live_netns *y);

/* Changes the state and says so in the log. false: it could not be written. */
FW_CHECKED
bool record_set(struct live_record *r, enum record_state state, const char *message,
		struct arena *a);
/* Takes the rules out, and retries for `patience` milliseconds; only for the owner. */
FW_CHECKED
enum live_outcome record_undo(struct live_record *r, const char *because, long patience, bool force,
			      struct arena *a, const char **why_not);
/* "12:34:56" */
const char *now_words(struct arena *a);
/* Was it never made, or has it been undone already? */
bool is_nothing(enum record_state s);

#endif

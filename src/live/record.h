/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a change in RECORD_FOLDER. */
#ifndef LIVE_RECORD_H
#define LIVE_RECORD_H

#include <fwlint/live.h>

/* Makes the folder, for root only. NULL, or why not. */
const char *record_folder(struct arena *a);
/* Holds the folder against other processes until it is closed; -1: not possible. */
int record_lock(void);
/*
 * NULL, or why it cannot be read or written. Only under the lock: to read it is to
 * try whether its guardian holds it, and would else keep one from beginning.
 */
const char *record_load(const char *id, struct arena *a, struct live_record *ret);
const char *record_save(const struct live_record *r, struct arena *a);
/* Just the state, and whether the guardian lives; RECORD_STATES: there is no such record. Takes the lock. */
enum record_state record_peek(const char *id, bool *ret_guarded);
void record_remove(const struct live_record *r, struct arena *a);
/* A file that the guardian holds as long as it lives; -1: it is held. Under the lock. */
int record_hold(const char *id);
/* The inode of this process's network namespace. */
uint64_t current_netns(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file: reading and replacing files where others may have a hand in.
 *
 * Reading opens no device and does not wait for a writer that is not there.
 * Replacing works in directories that are held open, so that a directory
 * that is swapped for a link meanwhile leads nowhere. Functions that return
 * a text return NULL, or what went wrong, for the user.
 */
#ifndef FWLINT_FILE_H
#define FWLINT_FILE_H

#include <fwlint/base.h>

/* Which file it was that was read. */
struct file_id {
	uint64_t dev, ino;
	uint32_t uid;
	bool is_regular;
};

bool file_is_same(const struct file_id *a, const struct file_id *b);

/* ---- reading ---- */

/*
 * Reads what `fd` gives, to its end, at most `max` bytes (else EFBIG); it may
 * be non-blocking. False: errno says why.
 */
FW_CHECKED bool file_read_fd(int fd, size_t max, struct text *t);
/*
 * Reads a file that the user named. A FIFO is read when somebody writes into
 * it (bash makes one of <(command)); without a writer it is an error after
 * one second; one of another user is an error. So are devices, save terminals
 * and /dev/null. `ret_id` may
 * be NULL. On failure errno is ENOENT, EISDIR, EFBIG … where it was the
 * system that refused, and EINVAL otherwise.
 */
FW_CHECKED
const char *file_read(const char *path, size_t max, struct text *t, struct file_id *ret_id);

/* ---- places: a directory that is held open, and a name in it ---- */

struct place {
	int dir;          /* of the last directory (O_PATH); -1: none */
	const char *name; /* in it; "": the path names a directory */
	const char *path; /* absolute, without links */
	struct file_id id;
	uint32_t gid;
	/*
	 * Could somebody else than root and the caller give the path another
	 * meaning: by a link of his, or a directory that he can write?
	 */
	bool is_exposed;
	int64_t link_owner; /* of links on the way that neither of them owns; -1: none; -2: several
			     */
};

/*
 * Follows `path` directory by directory, each opened from the one before
 * without following links; links are followed by their text (40 at most).
 * The place is to be closed in any case.
 */
FW_CHECKED const char *place_open(const char *path, struct arena *a, struct place *place);
void place_close(struct place *p);
/* Reads the regular file at a place. */
FW_CHECKED const char *place_read(const struct place *p, size_t max, struct text *t);
/* Is `path` (as of a place) the file or directory `root`, or below it? "/" holds just its own
 * files. */
bool path_is_below(const char *path, const char *root);

/* ---- replacing ---- */

enum replacement_stage {
	REPLACEMENT_NONE, /* nothing has a name yet, or all is as it was */
	REPLACEMENT_DONE, /* the file has the new text */
};

struct replacement {
	struct place place; /* of the file */
	int text, backup; /* the new text and the copy of the old one, as files without names yet */
	int64_t mtime[2]; /* of the old file, with its size: */
	int64_t size;
	const char *temporary;                    /* a hidden name beside the file */
	const char *text_name, *backup_temporary; /* where files without names cannot be had */
	int backup_dir;
	const char *backup_name, *backup_path; /* as it is called at last */
	bool made_backup;                      /* false: one was there with just this text */
	bool keeps_old;                        /* the old file is at `temporary` */
	uint64_t n_names;                      /* hard links of the old file */
	enum replacement_stage stage;
};

/* What is to be done with a file. */
struct replacement_order {
	const char *path;
	struct file_id read; /* the file that `old_text` was read from */
	struct str old_text, text;
	const char *backup_dir; /* NULL: beside the file, as FILE~ */
};

/*
 * Writes the new text and the backup, with the mode, owner and extended
 * attributes of the old file, complete on the disk, and gives them no name
 * yet. As root the file of another user in a directory that others can write
 * is replaced with the rights of its owner. Refuses what is no regular file,
 * what is not the file that was read or has another text by now, and a link
 * that neither root, the caller nor the owner of the file made. In any case
 * to be ended with replacement_end().
 */
FW_CHECKED const char *replacement_prepare(const struct replacement_order *o, struct arena *a,
					   struct replacement *r);
/*
 * Replaces all of the files or none; signals wait meanwhile. The backup is
 * FILE~, or FILE~2, FILE~3 … when that is taken by another text: no backup is
 * ever overwritten. When something went wrong, what is left at
 * REPLACEMENT_DONE could not be put back.
 */
FW_CHECKED const char *replacements_commit(struct replacement **list, size_t n, struct arena *a);
/* Closes, and removes names that were not given at last. */
void replacement_end(struct replacement *r);

#endif

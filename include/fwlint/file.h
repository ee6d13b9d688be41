/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file: reading and replacing files that others may tamper with.
 *
 * Reading opens no device and does not wait for a missing writer. Replacing works in directories
 * that are held open, so swapping a directory for a link meanwhile has no effect. Functions that
 * return a text return NULL, or what went wrong, for the user.
 */
#ifndef FWLINT_FILE_H
#define FWLINT_FILE_H

#include <fwlint/base.h>

/* Which file was read. */
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
 * Reads a file that the user named. A FIFO is read when it has a writer (bash makes one for
 * <(command)). A FIFO that has none for one second is an error; so are a FIFO of another user, and
 * devices other than terminals and /dev/null. `ret_id` may be NULL. On failure errno is ENOENT,
 * EISDIR, EFBIG … where the system refused, and EINVAL otherwise.
 * Where /proc is not mounted, "/dev/stdin" and "/dev/fd/N" are read too, but not as regular files:
 * the name of the file behind them is unknown.
 */
FW_CHECKED
const char *file_read(const char *path, size_t max, struct text *t, struct file_id *ret_id);
/* False when the path is something other than a regular file: errno says why. True when nothing is
 * there. */
FW_CHECKED bool file_is_replaceable(const char *path);

/*
 * Reads a file that nobody named, if it is a regular file, not a link, that root or the caller owns
 * and nobody else can write. `*is_there`: something of that name exists. NULL, or why it was not
 * read.
 */
FW_CHECKED
const char *file_read_own(const char *path, size_t max, struct text *t, bool *is_there);

/* ---- places: a directory that is held open, and a name in it ---- */

struct place {
	int dir;          /* of the last directory (O_PATH); -1: none */
	const char *name; /* in it; "": the path names a directory */
	const char *path; /* absolute, without links */
	struct file_id id;
	uint32_t gid;
	/*
	 * Could anybody but root and the caller change what the path means, by a link of their own
	 * or in a directory that they can write to?
	 */
	bool is_exposed;
	int64_t link_owner; /* owner of links on the way that neither root nor the caller owns; -1:
			     * none; -2: several
			     */
};

/*
 * Follows `path` directory by directory, each opened from the one before
 * without following links; links are followed by their text (40 at most).
 * Close the place in any case.
 */
FW_CHECKED const char *place_open(const char *path, struct arena *a, struct place *place);
void place_close(struct place *p);
/* Reads the regular file at a place. */
FW_CHECKED const char *place_read(const struct place *p, size_t max, struct text *t);
/* Is `path` (of a place) the file or directory `root`, or below it? For "/" only the files directly
 * in it count. */
bool path_is_below(const char *path, const char *root);
/* What a path says before its last name, "./" where that is nothing: no link is followed. */
const char *path_folder(const char *path, struct arena *a);

/* ---- writing a file of ours ---- */

/*
 * Gives `path` this text, all at once: it is complete on the disk before it has the name. What
 * stands there is replaced (its other names keep the old text) when it is a regular file; a link
 * on the way that neither root nor the caller made is not followed. NULL, or why nothing was
 * written.
 */
FW_CHECKED const char *file_write(const char *path, struct str text, struct arena *a);

/* ---- replacing ---- */

enum replacement_stage {
	REPLACEMENT_NONE, /* nothing has a name yet, or everything was put back */
	REPLACEMENT_DONE, /* the file has the new text */
};

struct replacement {
	struct place place; /* of the file */
	int text, backup; /* the new text and the copy of the old one, as files without names yet */
	int64_t mtime[2]; /* of the old file, with its size: */
	int64_t size;
	const char *temporary; /* a hidden name beside the file */
	const char *text_name,
		*backup_temporary; /* where the file system has no files without names */
	int backup_dir;
	const char *backup_name, *backup_path; /* its final name */
	bool made_backup;                      /* false: one with exactly this text was there */
	bool keeps_old;                        /* the old file is at `temporary` */
	uint64_t n_names;                      /* hard links of the old file */
	enum replacement_stage stage;
};

/* What to do with a file. */
struct replacement_order {
	const char *path;
	struct file_id read; /* the file that `old_text` was read from */
	struct str old_text, text;
	const char *backup_dir; /* NULL: beside the file, as FILE~ */
};

/*
 * Writes the new text and the backup, with the mode, owner and extended
 * attributes of the old file, completely to the disk, and gives them no name yet. For root, another
 * user's file in a directory that others can write to is replaced with the rights of its owner.
 * Refuses anything but a regular file, a file other than the one that was read, one whose text has
 * changed, and a link that was made by anybody but root, the caller and the owner of the file.
 * Always call replacement_end() afterwards.
 */
FW_CHECKED const char *replacement_prepare(const struct replacement_order *o, struct arena *a,
					   struct replacement *r);
/*
 * Replaces all of the files or none; signals are blocked meanwhile. The backup is FILE~, or FILE~2,
 * FILE~3 … when that name holds another text: no backup is ever overwritten. After a failure, a
 * file that is still REPLACEMENT_DONE could not be put back.
 */
FW_CHECKED const char *replacements_commit(struct replacement **list, size_t n, struct arena *a);
/* Closes the files, and removes temporary names. */
void replacement_end(struct replacement *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include <fwlint/file.h>

#include <sys/stat.h>

/* Closes the descriptor unless it is -1; keeps errno. */
void close_fd(int *fd);
#define CLOSING __attribute__((cleanup(close_fd)))
/* The descriptor of a CLOSING variable, which does not close it any more. */
static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

struct file_id file_id_of(const struct stat *st);
/* "what 'path': " and the text of errno. */
const char *file_problem(struct arena *a, const char *what, const char *path);

/* ---- new.c: files that have no name yet ---- */

FW_CHECKED bool file_write_all(int fd, const char *p, size_t n);
/* A name that no glob matches. */
const char *file_hidden_name(struct arena *a);
/* A file without a name if the file system supports that (O_TMPFILE), else with a hidden one. */
int file_make(int dir, const char **ret_name, struct arena *a);
/* Gives a file of file_make() its name; EEXIST when there is one already. */
FW_CHECKED
bool file_name(int fd, int dir, const char **made_as, const char *name, struct arena *a);
void file_sync_directory(int dir);

/* ---- rights.c: the rights of another user, for files ---- */

struct rights {
	bool is_taken;
	uint32_t *groups; /* as before */
	int n_groups;
};

/* Takes on the file permissions of `uid`; `gid` is the group to use if the system does not know the
 * user. */
FW_CHECKED bool rights_take(struct rights *r, uint32_t uid, uint32_t gid, struct arena *a);
/* Gives them back, if any were taken. */
void rights_give_back(struct rights *r);

/* ---- backup.c ---- */

/* Opens the directory of the backups, and creates it if it is missing (mode 0700). */
FW_CHECKED
const char *backup_dir_open(const char *path, struct arena *a, int *ret_dir, const char **ret_path);
/* The name of a file's first backup in that directory: its path with % for /. */
const char *backup_flat_name(const char *path, struct arena *a);
/* FILE~ is the first, then FILE~2 … */
const char *backup_nth_name(const char *name, unsigned nth, struct arena *a);

#endif

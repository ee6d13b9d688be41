/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading files that a user names: no device is opened, no missing writer waited for. */
#include <fwlint/file.h>

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define WRITER_WAIT 1000 /* milliseconds for somebody to open a FIFO for writing */

void close_fd(int *fd)
{
	int why = errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = why;
}

struct file_id file_id_of(const struct stat *st)
{
	return (struct file_id){ st->st_dev, st->st_ino, st->st_uid, S_ISREG(st->st_mode) };
}

bool file_is_same(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

const char *file_problem(struct arena *a, const char *what, const char *path)
{
	return arena_printf(a, "%s '%s': %s", what, path, strerror(errno));
}

/* Makes room for the content of the file; false: the file is larger than the limit. */
static bool make_room(int fd, size_t max, struct text *t)
{
	size_t cap = 65536;
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uint64_t)st.st_size > max) {
			errno = EFBIG;
			return false;
		}
		cap = (size_t)st.st_size + 1 > cap ? (size_t)st.st_size + 1 : cap;
	}
	text_make_room(t, cap);
	t->n = 0;
	return true;
}

static bool read_to_end(int fd, size_t max, struct text *t)
{
	while (true) {
		if (t->n == t->cap)
			text_make_room(t, t->cap < max / 2 ? t->cap * 2 : max + 1);
		ssize_t k = read(fd, t->items + t->n, t->cap - t->n);
		if (k < 0 && errno == EAGAIN)
			(void)poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
		else if (k < 0 && errno != EINTR)
			return false;
		if (k == 0)
			return true;
		t->n += k > 0 ? (size_t)k : 0;
		if (t->n > max) {
			errno = EFBIG;
			return false;
		}
	}
}

bool file_read_fd(int fd, size_t max, struct text *t)
{
	return make_room(fd, max, t) && read_to_end(fd, max, t);
}

/* Opening other devices may have effects: a watchdog starts, a tape rewinds. */
static bool may_be_opened(const struct stat *st)
{
	unsigned m = major(st->st_rdev);
	if (S_ISCHR(st->st_mode)) /* Documentation/admin-guide/devices.txt: null, tty and console,
				     pts */
		return st->st_rdev == makedev(1, 3) || m == 4 || m == 5 || (m >= 136 && m <= 143);
	return !S_ISBLK(st->st_mode) && !S_ISSOCK(st->st_mode);
}

/*
 * fifo(7): opened without blocking, a FIFO without a writer is at its end. poll(2) reports POLLHUP
 * only if a writer was there and went away.
 */
static bool is_without_writer(int fd, size_t max, struct text *t)
{
	for (int waited = 0; waited < WRITER_WAIT && !t->n; waited += 10) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		bool was_there = poll(&p, 1, 10) > 0;
		if (!read_to_end(fd, max, t) || was_there)
			return false;
	}
	return !t->n;
}

/* A FIFO with a name: its creator may keep it open and write nothing. Those of pipe(2) have none.
 */
static bool is_foreign_fifo(int fd, const struct stat *st)
{
	struct statfs fs;
	return S_ISFIFO(st->st_mode) && st->st_uid != 0 && st->st_uid != caller_uid() &&
	       (fstatfs(fd, &fs) < 0 || fs.f_type != PIPEFS_MAGIC);
}

/*
 * /dev/stdin and /dev/fd are links into /proc, see fd(4). Returns the descriptor
 * that such a path names, for where /proc is not mounted; -1 if it names none.
 */
static int named_descriptor(const char *path)
{
	int why = errno;
	u128 n;
	if (strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	bool is = strncmp(path, "/dev/fd/", 8) == 0 &&
		  str_number(str_from(path + 8), INT_MAX, &n) && fcntl((int)n, F_GETFD) >= 0;
	errno = why;
	return is ? (int)n : -1;
}

bool file_is_replaceable(const char *path)
{
	struct stat st;
	bool is_there = stat(path, &st) == 0;
	if (!is_there && named_descriptor(path) < 0)
		return true;
	errno = is_there && S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return is_there && S_ISREG(st.st_mode);
}

const char *file_read(const char *path, size_t max, struct text *t, struct file_id *ret_id)
{
	struct stat st;
	int given = -1;
	if (stat(path, &st) < 0 && (given = named_descriptor(path)) < 0)
		return file_problem(t->arena, "cannot read", path);
	if (given >= 0) {
		if (!file_read_fd(given, max, t))
			return file_problem(t->arena, "cannot read", path);
		if (ret_id)
			*ret_id = (struct file_id){ 0 };
		return NULL;
	}
	errno = EINVAL;
	if (!may_be_opened(&st))
		return arena_printf(t->arena, "cannot read '%s': it is a device or a socket", path);
	int fd CLOSING = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return file_problem(t->arena, "cannot read", path);
	if (is_foreign_fifo(fd, &st)) {
		errno = EINVAL;
		return arena_printf(t->arena, "cannot read '%s': it is a FIFO of another user",
				    path);
	}
	if (!file_read_fd(fd, max, t))
		return file_problem(t->arena, "cannot read", path);
	if (S_ISFIFO(st.st_mode) && !t->n && is_without_writer(fd, max, t)) {
		errno = EINVAL;
		return arena_printf(t->arena,
				    "cannot read '%s': it is a FIFO that nobody writes to", path);
	}
	if (ret_id)
		*ret_id = file_id_of(&st);
	return NULL;
}

const char *file_read_own(const char *path, size_t max, struct text *t, bool *is_there)
{
	struct stat st;
	*is_there = lstat(path, &st) == 0;
	if (!*is_there)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a regular file";
	int fd CLOSING = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a regular file";
	if (st.st_uid != 0 && st.st_uid != caller_uid())
		return arena_printf(t->arena, "uid %u owns it, neither root nor you", st.st_uid);
	if (st.st_mode & 022)
		return "others can write it (chmod go-w)";
	return file_read_fd(fd, max, t) ? NULL : strerror(errno);
}

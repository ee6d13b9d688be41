/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New files: complete on the disk before they have a name. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

bool file_write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

const char *file_hidden_name(struct arena *a)
{
	uint64_t x = 0;
	if (getrandom(&x, sizeof(x), 0) < 0)
		x = (uint64_t)getpid();
	return arena_printf(a, ".fwlint-%016llx", (unsigned long long)x);
}

int file_make(int dir, const char **ret_name, struct arena *a)
{
	int here CLOSING = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;
	/* naming it later needs /proc (open(2)) */
	if (access("/proc/self/fd", X_OK) == 0) {
		fd = openat(here < 0 ? dir : here, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0 ||
		    (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL))
			return fd;
	}
	const char *name = file_hidden_name(a);
	fd = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

bool file_name(int fd, int dir, const char **made_as, const char *name, struct arena *a)
{
	if (!*made_as)
		return linkat(fd, "", dir, name, AT_EMPTY_PATH) ==
			       0 || /* needs CAP_DAC_READ_SEARCH */
		       (errno != EEXIST && linkat(AT_FDCWD, arena_printf(a, "/proc/self/fd/%d", fd),
						  dir, name, AT_SYMLINK_FOLLOW) == 0);
	bool ok = renameat2(dir, *made_as, dir, name, RENAME_NOREPLACE) == 0;
	if (!ok && (errno == EINVAL || errno == ENOSYS))
		ok = linkat(dir, *made_as, dir, name, 0) == 0 && unlinkat(dir, *made_as, 0) == 0;
	if (ok)
		*made_as = NULL;
	return ok;
}

void file_sync_directory(int dir)
{
	int fd CLOSING = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
}

/* ---- a file of ours, whatever stood there before ---- */

/* Opens the directory for the file; *ret_mode: the mode of the file that already has this name. */
static const char *find_place(const char *path, struct arena *a, struct place *ret,
			      mode_t *ret_mode)
{
	struct stat st;
	mode_t mask = umask(0);
	umask(mask);
	*ret_mode = 0666 & ~mask;
	if (lstat(path, &st) == 0 || errno != ENOENT) {
		const char *why = place_open(path, a, ret);
		if (why)
			return why;
		if (!*ret->name || !ret->id.is_regular)
			return arena_printf(a, "'%s' is not a regular file: nothing is written",
					    path);
		if (fstatat(ret->dir, ret->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			*ret_mode = st.st_mode & 0777;
		return NULL;
	}
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	if (!*name)
		return arena_printf(a, "'%s' names a directory: nothing is written", path);
	const char *why = place_open(slash ? arena_strndup(a, path, (size_t)(name - path)) : ".", a,
				     ret);
	if (why)
		return arena_printf(a, "cannot write '%s': %s", path, strerror(errno));
	if (*ret->name)
		return arena_printf(a, "cannot write '%s': %s", path, strerror(ENOTDIR));
	ret->name = name;
	return NULL;
}

static bool write_at(const struct place *p, struct str text, mode_t mode, struct arena *a)
{
	const char *made_as = NULL, *hidden = file_hidden_name(a);
	int fd CLOSING = file_make(p->dir, &made_as, a);
	if (fd < 0)
		return false;
	bool ok = file_write_all(fd, text.p, text.n) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
	if (ok && !made_as)
		ok = file_name(fd, p->dir, &made_as, hidden, a);
	else
		hidden = made_as;
	if (ok && renameat(p->dir, hidden, p->dir, p->name) == 0) {
		file_sync_directory(p->dir);
		return true;
	}
	int why = errno;
	if (hidden)
		(void)unlinkat(p->dir, hidden, 0);
	errno = why;
	return false;
}

const char *file_write(const char *path, struct str text, struct arena *a)
{
	struct place p = { .dir = -1 };
	mode_t mode;
	const char *why = find_place(path, a, &p, &mode);
	if (!why && p.link_owner != -1)
		why = arena_printf(a,
				   "'%s' leads elsewhere through a link of another user: nothing "
				   "is written",
				   path);
	if (!why && !write_at(&p, text, mode, a))
		why = arena_printf(a, "cannot write '%s': %s", path, strerror(errno));
	place_close(&p);
	return why;
}

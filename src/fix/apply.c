/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replacing files: the new texts and the backups are complete on the disk,
 * with the old ones' mode, owner and attributes, before any name is given.
 */
#include <fwlint/fix.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void free_str(char **p)
{
	free(*p);
}

#define CLOSING __attribute__((cleanup(close_fd)))
#define FREEING __attribute__((cleanup(free_str)))

static bool write_all(int fd, const char *p, size_t n)
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

static bool copy_bytes(int from, int to)
{
	char buf[65536];
	while (true) {
		ssize_t k = read(from, buf, sizeof(buf));
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k == 0;
		if (!write_all(to, buf, (size_t)k))
			return false;
	}
}

/* What the file system does not keep (ENOTSUP, EPERM on foreign ones) is let go. */
static bool copy_xattrs(int from, int to, struct arena *a)
{
	ssize_t n = flistxattr(from, NULL, 0);
	if (n <= 0)
		return n == 0 || errno == ENOTSUP;
	char *names = arena_alloc(a, (size_t)n);
	n = flistxattr(from, names, (size_t)n);
	for (char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, NULL, 0);
		if (size < 0)
			continue;
		char *value = arena_alloc(a, (size_t)size + 1);
		size = fgetxattr(from, name, value, (size_t)size);
		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0 &&
		    errno != ENOTSUP && errno != EPERM)
			return false;
	}
	return true;
}

static bool copy_metadata(int from, int to, const struct stat *st, struct arena *a)
{
	struct stat now;
	if (fstat(to, &now) < 0)
		return false;
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    fchown(to, st->st_uid, st->st_gid) < 0)
		return false;
	return copy_xattrs(from, to, a) && fchmod(to, st->st_mode & 07777) == 0;
}

/* Is the file still what was linted? */
static bool has_text(int fd, struct str expected)
{
	char buf[65536];
	while (true) {
		ssize_t k = read(fd, buf, sizeof(buf));
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k == 0 && !expected.n;
		if ((size_t)k > expected.n || memcmp(buf, expected.p, (size_t)k) != 0)
			return false;
		expected.p += k;
		expected.n -= (size_t)k;
	}
}

static const char *problem(struct arena *a, const char *what, const char *path)
{
	return arena_printf(a, "%s '%s': %s", what, path, strerror(errno));
}

static void sync_directory(const char *path, struct arena *a)
{
	char *dir = arena_strndup(a, path, strlen(path));
	char *slash = strrchr(dir, '/');
	if (slash)
		*slash = 0;
	int fd CLOSING = open(!slash ? "." : *dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
}

/* A temporary file beside `real` with the old one's metadata, complete on the disk. */
static const char *make_beside(const char *real, int old, const struct stat *st,
			       const struct str *text, struct arena *a, const char **ret_name)
{
	char *name = arena_printf(a, "%s.fwlint.XXXXXX", real);
	int fd CLOSING = mkstemp(name);
	if (fd < 0)
		return problem(a, "cannot write a file beside", real);
	*ret_name = name;
	bool ok = text ? write_all(fd, text->p, text->n)
		       : lseek(old, 0, SEEK_SET) == 0 && copy_bytes(old, fd);
	if (!ok || !copy_metadata(old, fd, st, a) || fsync(fd) < 0)
		return problem(a, "cannot write the new text of", real);
	return NULL;
}

const char *file_prepare(const char *path, struct str old_text, struct str text, struct arena *a,
			 struct replacement *ret)
{
	char *real FREEING = realpath(path, NULL);
	struct stat st;
	*ret = (struct replacement){ 0 };
	if (!real)
		return problem(a, "cannot open", path);
	int old CLOSING = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (old < 0 || fstat(old, &st) < 0)
		return problem(a, "cannot open", path);
	if (!S_ISREG(st.st_mode))
		return arena_printf(a, "'%s' is not a regular file", path);
	if (!has_text(old, old_text))
		return arena_printf(a, "'%s' was changed meanwhile: nothing is written", path);
	ret->path = arena_strndup(a, real, strlen(real));
	const char *why = make_beside(real, old, &st, NULL, a, &ret->backup);
	return why ? why : make_beside(real, old, &st, &text, a, &ret->text);
}

const char *file_commit(const struct replacement *r, struct arena *a)
{
	if (rename(r->backup, arena_printf(a, "%s~", r->path)) < 0 ||
	    rename(r->text, r->path) < 0)
		return problem(a, "cannot replace", r->path);
	sync_directory(r->path, a);
	return NULL;
}

void file_abandon(const struct replacement *r)
{
	if (r->backup)
		unlink(r->backup);
	if (r->text)
		unlink(r->text);
}

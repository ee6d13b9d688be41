/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into fwlint by tests/files/files.py: at the n-th call that deals
 * with files ($SHIM_AT) something happens ($SHIM_DO):
 *	fail   the call fails with ENOSPC
 *	kill   the process is killed before the call
 *	change another program writes to $SHIM_TARGET, and the call goes on
 *	swap   another user moves $SHIM_DIR away and puts a link to $SHIM_TARGET there
 * $SHIM_LOG gets the name of the call, $SHIM_TRACE those of all. $SHIM_POOR: a file system that has
 * neither O_TMPFILE nor flags of renameat2(2).
 */
#undef _FILE_OFFSET_BITS /* the functions of both names are meant */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define OTHER 1234 /* as in files.py */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void swap_directory(void)
{
	const char *dir = getenv("SHIM_DIR");
	char away[4096];
	snprintf(away, sizeof(away), "%s.away", dir);
	if (syscall(SYS_rename, dir, away) < 0 ||
	    syscall(SYS_symlink, getenv("SHIM_TARGET"), dir) < 0)
		abort();
	syscall(SYS_lchown, dir, OTHER, OTHER);
}

/* A byte more, in the time of the clock's last tick or later. */
static void change_file(void)
{
	long fd = syscall(SYS_open, getenv("SHIM_TARGET"), O_WRONLY | O_APPEND, 0);
	syscall(SYS_write, fd, "\n", 1);
	syscall(SYS_close, fd);
}

static void note(const char *name)
{
	long fd = syscall(SYS_open, getenv("SHIM_LOG"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	syscall(SYS_write, fd, name, strlen(name));
	syscall(SYS_close, fd);
}

static void trace(const char *name)
{
	const char *path = getenv("SHIM_TRACE");
	if (!path)
		return;
	long fd = syscall(SYS_open, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	syscall(SYS_write, fd, name, strlen(name));
	syscall(SYS_write, fd, "\n", 1);
	syscall(SYS_close, fd);
}

/* Does this call fail? */
static bool point(const char *name)
{
	static int n;
	const char *at = getenv("SHIM_AT"), *what = getenv("SHIM_DO");
	trace(name);
	if (!at || ++n != atoi(at))
		return false;
	note(name);
	if (strcmp(what, "kill") == 0)
		raise(SIGKILL);
	if (strcmp(what, "change") == 0)
		change_file();
	if (strcmp(what, "swap") == 0)
		swap_directory();
	errno = ENOSPC;
	return strcmp(what, "fail") == 0;
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

static int do_openat(int dir, const char *path, int flags, mode_t mode)
{
	if (point("openat"))
		return -1;
	if ((flags & O_TMPFILE) == O_TMPFILE && getenv("SHIM_POOR")) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

// clang-format off
#define OPEN(name, params, dir)                                                        \
	int name params                                                                \
	{                                                                              \
		va_list ap;                                                            \
		va_start(ap, flags);                                                   \
		mode_t mode = mode_of(flags, ap);                                      \
		va_end(ap);                                                            \
		return do_openat(dir, path, flags, mode);                              \
	}
// clang-format on

OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
OPEN(openat, (int dir, const char *path, int flags, ...), dir)
OPEN(openat64, (int dir, const char *path, int flags, ...), dir)

// clang-format off
#define CALL(type, name, params, args)                                                 \
	type name params                                                               \
	{                                                                              \
		return point(#name) ? -1 : REAL(name) args;                            \
	}
// clang-format on

CALL(int, mkstemp, (char *template), (template))
CALL(int, mkstemp64, (char *template), (template))
CALL(int, rename, (const char *a, const char *b), (a, b))
CALL(int, unlink, (const char *path), (path))
CALL(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
CALL(int, linkat, (int a, const char *b, int c, const char *d, int flags), (a, b, c, d, flags))
CALL(int, renameat, (int a, const char *b, int c, const char *d), (a, b, c, d))
CALL(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g))
CALL(int, fchmod, (int fd, mode_t m), (fd, m))
CALL(int, fsync, (int fd), (fd))
CALL(int, fstat, (int fd, struct stat *st), (fd, st))
CALL(int, fstatat, (int dir, const char *p, struct stat *st, int flags), (dir, p, st, flags))
CALL(int, fstatat64, (int dir, const char *p, struct stat64 *st, int flags), (dir, p, st, flags))
CALL(int, fstat64, (int fd, struct stat64 *st), (fd, st))
CALL(int, mkdir, (const char *path, mode_t m), (path, m))
CALL(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
CALL(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
CALL(ssize_t, readlinkat, (int d, const char *path, char *p, size_t n), (d, path, p, n))

int renameat2(int a, const char *b, int c, const char *d, unsigned flags)
{
	if (point("renameat2"))
		return -1;
	if (flags && getenv("SHIM_POOR")) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_renameat2, a, b, c, d, flags);
}

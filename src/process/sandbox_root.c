/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a sandbox sees: each file system of the host below an overlay whose upper layer is
 * in memory (Documentation/filesystems/overlayfs.rst), and its own /proc, /dev and /run.
 */
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- the mounts of the host ---- */

struct mount_point {
	const char *path, *type;
};

struct mount_points {
	struct mount_point *items;
	size_t n, cap;
};

/* "\040" is a blank (proc(5)). */
static const char *unescaped(const char *s, struct arena *a)
{
	struct text t = { .arena = a };
	while (*s) {
		bool octal = s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3];
		char c = octal ? (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0')) : *s;
		text_add(&t, (struct str){ &c, 1 });
		s += octal ? 4 : 1;
	}
	return arena_strndup(a, t.items, t.n);
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	return strncmp(path, dir, n) == 0 && (!path[n] || path[n] == '/');
}

/* The sandbox has its own copies of these, or need not see them. */
static bool is_hidden(const char *path)
{
	static const char *const dirs[] = { "/proc",
					    "/sys",
					    "/dev",
					    "/run",
					    "/var/lib/docker",
					    "/var/lib/containers",
					    "/var/lib/containerd",
					    "/var/lib/kubelet",
					    "/lost+found" };
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (strcmp(path, dirs[i]) == 0)
			return true;
	return false;
}

/* File systems that hold no files, but are interfaces of the kernel. */
static bool is_of_kernel(const char *type)
{
	static const char *const types[] = { "proc",     "sysfs",    "cgroup",    "cgroup2",
					     "devpts",   "devtmpfs", "mqueue",    "securityfs",
					     "debugfs",  "tracefs",  "bpf",       "pstore",
					     "fusectl",  "configfs", "hugetlbfs", "binfmt_misc",
					     "nsfs",     "autofs",   "efivarfs",  "rpc_pipefs",
					     "selinuxfs" };
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static struct mount_points mounts_of_host(struct arena *a)
{
	struct mount_points list = { 0 };
	char *line = NULL;
	size_t cap = 0;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	while (f && getline(&line, &cap, f) > 0) {
		struct str rest = str_from(line), path = { 0 };
		for (int i = 0; i < 5; i++)
			path = str_cut(&rest, ' ');
		const char *type = rest.p ? strstr(rest.p, " - ") : NULL;
		if (!type || !path.n)
			continue;
		struct str after = str_from(type + 3), name = str_cut(&after, ' ');
		struct mount_point m = { unescaped(arena_strndup(a, path.p, path.n), a),
					 arena_strndup(a, name.p, name.n) };
		vec_push(a, &list, m);
	}
	free(line);
	if (f)
		fclose(f);
	return list;
}

/* ---- the new root ---- */

struct root {
	struct arena *arena;
	struct mount_points mounts;
	const char *stage; /* a folder in memory */
	const char *path;  /* of the new root */
	unsigned n;        /* overlays so far */
};

static const char *in_root(const struct root *r, const char *path)
{
	return arena_printf(r->arena, "%s%s", r->path, path);
}

/*
 * Mounts an overlay of the host's folder `path` at the same path of the new root. Nothing may be
 * mounted below the folder: in a user namespace such mounts are locked, and what they cover may not
 * be shown (namespace.c: clone_private_mount).
 */
static bool overlay(struct root *r, const char *path)
{
	const unsigned long flags = MS_NODEV;
	struct arena *a = r->arena;
	const char *upper = arena_printf(a, "%s/up%u", r->stage, r->n),
		   *work = arena_printf(a, "%s/work%u", r->stage, r->n),
		   *options = arena_printf(a, "lowerdir=%s,upperdir=%s,workdir=%s", path, upper,
					   work);
	struct stat st;
	r->n++;
	if (strpbrk(path, ",:\\") || mkdir(upper, 0755) < 0 || mkdir(work, 0755) < 0)
		return false;
	if (stat(path, &st) == 0) { /* with the owner and mode of the original */
		FW_MAY_FAIL(chown(upper, st.st_uid, st.st_gid) == 0);
		FW_MAY_FAIL(chmod(upper, st.st_mode & 07777) == 0);
	}
	return mount("overlay", in_root(r, path), "overlay", flags,
		     arena_printf(a, "%s,userxattr", options)) == 0 ||
	       mount("overlay", in_root(r, path), "overlay", flags, options) == 0;
}

/* mount_setattr(2): the mount and all below it. */
static bool make_read_only(const char *path)
{
	struct {
		uint64_t set, clear, propagation, userns_fd;
	} attr = { .set = 1 /* MOUNT_ATTR_RDONLY */ };
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
	return syscall(SYS_mount_setattr, AT_FDCWD, path, 0x8000 /* AT_RECURSIVE */, &attr,
		       sizeof(attr)) == 0;
}

/* Shows `from` at `to`, read-only; false: it stays hidden. */
static bool bind_read_only(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return false;
	if (make_read_only(to))
		return true;
	int why = errno;
	umount2(to, MNT_DETACH);
	errno = why;
	return false;
}

/* NULL: nothing is mounted there. */
static const struct mount_point *mount_at(const struct root *r, const char *path)
{
	const struct mount_point *last = NULL;
	for (size_t i = 0; i < r->mounts.n; i++)
		if (strcmp(r->mounts.items[i].path, path) == 0)
			last = &r->mounts.items[i];
	return last;
}

static bool has_mounts_below(const struct root *r, const char *path)
{
	for (size_t i = 0; i < r->mounts.n; i++)
		if (is_below(r->mounts.items[i].path, path) &&
		    strcmp(r->mounts.items[i].path, path) != 0)
			return true;
	return false;
}

static bool touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Beyond these limits a folder stays empty: a mount for each of its entries would take too long. */
#define CHILDREN_MAX 20000
#define DEPTH_MAX 20

static void show_folder(struct root *r, const char *path, unsigned depth);

static void show_link(const struct root *r, const char *path, size_t n)
{
	char *target = arena_alloc(r->arena, n + 1);
	ssize_t got = readlink(path, target, n + 1);
	if (got <= 0 || (size_t)got > n)
		return;
	target[got] = '\0';
	FW_MAY_FAIL(symlink(target, in_root(r, path)) == 0);
}

static void show(struct root *r, const char *path, unsigned depth)
{
	const struct mount_point *m = mount_at(r, path);
	struct stat st;
	if (lstat(path, &st) < 0)
		return;
	if (S_ISLNK(st.st_mode)) {
		show_link(r, path, (size_t)st.st_size + 256);
	} else if (S_ISREG(st.st_mode)) {
		if (touch(in_root(r, path)))
			FW_MAY_FAIL(bind_read_only(path, in_root(r, path)));
	} else if (S_ISDIR(st.st_mode)) {
		mkdir(in_root(r, path), 0755);
		FW_MAY_FAIL(chmod(in_root(r, path), st.st_mode & 07777) == 0);
		if (is_hidden(path) || is_below(path, r->stage) || (m && is_of_kernel(m->type)))
			return;
		if (has_mounts_below(r, path))
			show_folder(r, path, depth + 1);
		else if (!overlay(r, path))
			FW_MAY_FAIL(bind_read_only(path, in_root(r, path)));
	} /* no devices, sockets or pipes */
}

/* A folder with something mounted below it: shows each of its entries separately. */
static void show_folder(struct root *r, const char *path, unsigned depth)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	VEC(const char *) names = { 0 };
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			vec_push(r->arena, &names,
				 arena_strndup(r->arena, e->d_name, strlen(e->d_name)));
	if (d)
		closedir(d);
	if (names.n > CHILDREN_MAX || depth > DEPTH_MAX)
		return;
	for (size_t i = 0; i < names.n; i++)
		show(r,
		     arena_printf(r->arena, "%s/%s", strcmp(path, "/") == 0 ? "" : path,
				  names.items[i]),
		     depth);
}

/* ---- /dev, /proc, /run ---- */

static const char *make_dev(const struct root *r)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero",    "/dev/full",
					       "/dev/tty",  "/dev/urandom", "/dev/random" };
	static const char *const links[][2] = { { "/proc/self/fd", "/dev/fd" },
						{ "/proc/self/fd/0", "/dev/stdin" },
						{ "/proc/self/fd/1", "/dev/stdout" },
						{ "/proc/self/fd/2", "/dev/stderr" },
						{ "pts/ptmx", "/dev/ptmx" } };
	mkdir(in_root(r, "/dev"), 0755);
	if (mount("tmpfs", in_root(r, "/dev"), "tmpfs", MS_NOSUID, "mode=755") < 0)
		return "/dev cannot be covered";
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		const char *to = in_root(r, devices[i]);
		if (!touch(to) || mount(devices[i], to, NULL, MS_BIND, NULL) < 0)
			return "the devices cannot be mounted";
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		FW_MAY_FAIL(symlink(links[i][0], in_root(r, links[i][1])) == 0);
	mkdir(in_root(r, "/dev/shm"), 01777);
	mkdir(in_root(r, "/dev/pts"), 0755);
	/* a program that wants a terminal fails without */
	FW_MAY_FAIL(mount("devpts", in_root(r, "/dev/pts"), "devpts", MS_NOSUID | MS_NOEXEC,
			  "newinstance,ptmxmode=0666,mode=620") == 0);
	return NULL;
}

/*
 * All of it is read-only but the settings of its network namespace. The host's root may write to
 * /proc/sys in any user namespace (proc_sysctl.c: test_perm).
 */
static const char *make_proc(const struct root *r)
{
	static const char *const shut[] = { "/proc/sys",  "/proc/sysrq-trigger",
					    "/proc/irq",  "/proc/bus",
					    "/proc/fs",   "/proc/acpi",
					    "/proc/scsi", "/proc/mtrr" };
	mkdir(in_root(r, "/proc"), 0555);
	if (mount("proc", in_root(r, "/proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return "/proc cannot be mounted (in a container?)";
	for (size_t i = 0; i < ARRAY_SIZE(shut); i++) {
		const char *path = in_root(r, shut[i]);
		if (access(path, F_OK) < 0)
			continue;
		if (!bind_read_only(path, path))
			return "/proc cannot be made read-only";
	}
	const char *net = in_root(r, "/proc/sys/net");
	if (mount(net, net, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, net, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) <
		    0)
		return "the network settings cannot be mounted";
	return NULL;
}

static const char *make_run(const struct root *r)
{
	struct stat st;
	const char *old = in_root(r, "/var/run");
	mkdir(in_root(r, "/run"), 0755);
	if (mount("tmpfs", in_root(r, "/run"), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return "/run cannot be covered";
	mkdir(in_root(r, "/run/lock"), 01777);
	if (lstat(old, &st) == 0 && S_ISDIR(st.st_mode) &&
	    mount("tmpfs", old, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return "/var/run cannot be covered";
	return NULL;
}

static const char *make_sys(const struct root *r)
{
	const char *to = in_root(r, "/sys");
	bool ok = access(to, F_OK) < 0 || bind_read_only("/sys", to);
	return ok ? NULL : "/sys cannot be made read-only";
}

/* A folder of the host that a mount may cover. */
static const char *stage_of(void)
{
	static const char *const dirs[] = { "/run", "/mnt", "/media", "/tmp" };
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (access(dirs[i], F_OK) == 0)
			return dirs[i];
	return "/";
}

static const char *enter(const struct root *r)
{
	if (chdir(r->path) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return "the new root cannot be entered";
	return NULL;
}

const char *sandbox_make_root(struct arena *a)
{
	struct root r = { .arena = a, .stage = stage_of() };
	const char *why = NULL;
	char *was = getcwd(NULL, 0);
	umask(022);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return arena_printf(a, "the mounts cannot be set apart: %s", strerror(errno));
	r.mounts = mounts_of_host(a);
	r.path = arena_printf(a, "%s/root", r.stage);
	if (mount("tmpfs", r.stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 ||
	    mkdir(r.path, 0755) < 0 ||
	    mount("tmpfs", r.path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return arena_printf(a, "no file system in memory: %s", strerror(errno));
	show_folder(&r, "/", 0);
	if (!r.n)
		return "none of the files can be mounted";
	why = make_dev(&r);
	why = why ? why : make_proc(&r);
	why = why ? why : make_run(&r);
	why = why ? why : make_sys(&r);
	why = why ? why : enter(&r);
	if (why)
		return arena_printf(a, "%s: %s", why, strerror(errno));
	if (was && chdir(was) < 0) /* it was in a folder that is hidden */
		FW_MAY_FAIL(chdir("/") == 0);
	free(was);
	return NULL;
}

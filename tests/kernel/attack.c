/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into fwlint: what somebody would try who made it run his code by a ruleset. When it has
 * read bytes that say "attack here", each way that works is named on standard error.
 *
 *     ATTACK_SECRET=FILE   outside of what may be read
 *     ATTACK_OUTSIDE=DIR   where nothing may be written
 *     ATTACK_FILE=FILE     the ruleset, and the folder that it is in
 *     ATTACK_PORT=N        where somebody listens, of 127.0.0.1
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void worked(const char *what)
{
	dprintf(STDERR_FILENO, "attack: %s\n", what);
}

static void try_fd(const char *what, int fd)
{
	if (fd < 0)
		return;
	worked(what);
	close(fd);
}

static void try_call(const char *what, long result)
{
	if (result >= 0)
		worked(what);
}

static const char *in(const char *dir, const char *name)
{
	static char path[4096];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void try_reading(const char *secret)
{
	struct open_how how = { .flags = O_RDONLY };
	char path[4096];
	try_fd("read a file elsewhere", open(secret, O_RDONLY | O_CLOEXEC));
	snprintf(path, sizeof(path), "/proc/self/root%s", secret);
	try_fd("read it by /proc", open(path, O_RDONLY | O_CLOEXEC));
	try_fd("read it by openat2",
	       (int)syscall(SYS_openat2, AT_FDCWD, secret, &how, sizeof(how)));
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)getppid());
	try_fd("read the parent's environment", open(path, O_RDONLY | O_CLOEXEC));
	try_fd("read /etc/shadow", open("/etc/shadow", O_RDONLY | O_CLOEXEC));
}

static void try_writing(const char *what, const char *dir)
{
	char words[100];
	snprintf(words, sizeof(words), "make a file %s", what);
	try_fd(words, open(in(dir, "made"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(words, sizeof(words), "make a folder %s", what);
	try_call(words, mkdir(in(dir, "folder"), 0700));
	snprintf(words, sizeof(words), "make a link %s", what);
	try_call(words, symlink("/etc/passwd", in(dir, "link")));
}

/* lsattr(1), chattr(1) */
static void try_flags(const char *file)
{
	int flags, fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0)
		try_call("change its flags", ioctl(fd, FS_IOC_SETFLAGS, &flags));
	close(fd);
}

static void try_changing(const char *file)
{
	char other[4096];
	snprintf(other, sizeof(other), "%s.moved", file);
	try_fd("write into the ruleset", open(file, O_WRONLY | O_APPEND | O_CLOEXEC));
	try_fd("read and write the ruleset", open(file, O_RDWR | O_CLOEXEC));
	try_call("change the mode of the ruleset", chmod(file, 0666));
	try_call("change its mode by fchmodat2", syscall(452, AT_FDCWD, file, 0666, 0));
	try_flags(file);
	try_call("change its owner", chown(file, 1, 1));
	try_call("truncate it", truncate(file, 100000));
	try_call("move it", rename(file, other));
	try_call("link it", link(file, other));
	try_call("remove it", unlink(file));
}

static void try_network(void)
{
	const char *port = getenv("ATTACK_PORT");
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(port)),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	try_call("connect", fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to)));
	try_fd("a socket of TCP", fd);
	try_fd("a socket of UDP", socket(AF_INET6, SOCK_DGRAM, 0));
	try_fd("a Unix socket", socket(AF_UNIX, SOCK_DGRAM, 0));
	try_fd("a netlink socket", socket(AF_NETLINK, SOCK_RAW, 12));
	try_fd("a packet socket", socket(AF_PACKET, SOCK_RAW, 0));
}

static void try_programs(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };
	pid_t pid;
	try_call("a process by fork", pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) == 0)
		worked("a program by posix_spawn");
	/* would not return */
	if (access("/nonexistent/program", X_OK) < 0 && execv("/nonexistent/program", argv) < 0 &&
	    errno == ENOENT)
		worked("a program by execve");
	try_fd("memory that is a file", (int)syscall(SYS_memfd_create, "x", 0));
}

static void try_others(void)
{
	char byte = 0;
	unsigned long all = ~0UL;
	struct rlimit cores;
	struct iovec mine = { &byte, 1 }, theirs = { &byte, 1 };
	try_call("a signal to the parent", kill(getppid(), 0));
	try_call("a signal to a thread of it", syscall(SYS_tgkill, getppid(), getppid(), 0));
	try_call("a signal by a pipe", fcntl(STDERR_FILENO, F_SETOWN, getppid()));
	try_call("the parent's limits", prlimit(getppid(), RLIMIT_CORE, NULL, &cores));
	try_call("the parent's processors",
		 syscall(SYS_sched_setaffinity, getppid(), sizeof(all), &all));
	int shared = shmget(IPC_PRIVATE, 4096, 0600);
	try_call("memory that others find", shared);
	if (shared >= 0)
		shmctl(shared, IPC_RMID, NULL);
	try_call("the parent's memory", process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0));
	try_call("a debugger", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	try_call("a user namespace", unshare(CLONE_NEWUSER));
	try_call("a mount", mount("none", "/tmp", "tmpfs", 0, NULL));
	try_call("another root", chroot("/"));
	try_call("a terminal's input", ioctl(STDIN_FILENO, TIOCSTI, "x"));
	try_call("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
	if (syscall(SYS_bpf, 0, NULL, 0) < 0 && errno != EPERM)
		worked("a program for the kernel");
	try_call("another user", geteuid() == 0 ? -1 : setuid(0));
}

static void attack(void)
{
	static bool is_done;
	const char *file = getenv("ATTACK_FILE"), *outside = getenv("ATTACK_OUTSIDE");
	char dir[4096];
	if (is_done || !file || !outside)
		return;
	is_done = true;
	dprintf(STDERR_FILENO, "attack begins as uid %d\n", (int)geteuid());
	snprintf(dir, sizeof(dir), "%s", file);
	*strrchr(dir, '/') = 0;
	try_reading(getenv("ATTACK_SECRET"));
	try_writing("elsewhere", outside);
	try_writing("beside the ruleset", dir);
	if (!getenv("ATTACK_SPARES_FILE"))
		try_changing(file);
	try_network();
	try_programs();
	try_others();
	dprintf(STDERR_FILENO, "attack is over\n");
}

static bool is_marked(const char *p, size_t n)
{
	return memmem(p, n, "attack here", strlen("attack here"));
}

ssize_t read(int fd, void *buf, size_t n)
{
	ssize_t got = syscall(SYS_read, fd, buf, n);
	if (got > 0 && is_marked(buf, (size_t)got))
		attack();
	return got;
}

ssize_t __read_chk(int fd, void *buf, size_t n, size_t size);
ssize_t __read_chk(int fd, void *buf, size_t n, size_t size)
{
	return n > size ? -1 : read(fd, buf, n);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

long process_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* syslog(3) blocks on a log that does not read. */
void process_log(int level, const char *message)
{
	struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char line[1024];
	int n = snprintf(line, sizeof(line), "<%d>fwlint[%d]: %s", LOG_DAEMON | level,
			 (int)getpid(), message);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (struct sockaddr *)&log, sizeof(log)) == 0)
		send(fd, line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1,
		     MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

/* ---- children ---- */

struct child {
	pid_t pid;
	int out, err; /* ends to read from; -1: closed */
};

/* Starts a copy of this process; the parent reads its outputs. In the child, pid is 0. */
static bool start(struct child *c)
{
	int out[2], err[2];
	if (pipe2(out, O_CLOEXEC) < 0)
		return false;
	if (pipe2(err, O_CLOEXEC) < 0) {
		close(out[0]);
		close(out[1]);
		return false;
	}
	fflush(NULL);
	c->pid = fork();
	if (c->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		dup2(err[1], 2);
		return true;
	}
	close(out[1]);
	close(err[1]);
	c->out = out[0];
	c->err = err[0];
	if (c->pid > 0)
		return true;
	close(c->out);
	close(c->err);
	return false;
}

/* Reads what is available; closes at the end. */
static void drain(int *fd, struct text *t)
{
	char buf[65536];
	ssize_t n = read(*fd, buf, sizeof(buf));
	if (n > 0) {
		text_add(t, (struct str){ buf, (size_t)n });
	} else if (n == 0 || errno != EINTR) {
		close(*fd);
		*fd = -1;
	}
}

static int finish(struct child *c, struct text *output, struct text *errors)
{
	long end = process_now_ms() + PROCESS_SECONDS * 1000L;
	bool ended = true;
	int status = 0;
	while (ended && (c->out >= 0 || c->err >= 0)) {
		struct pollfd p[2] = { { c->out, POLLIN, 0 }, { c->err, POLLIN, 0 } };
		long left = end - process_now_ms();
		int n = left > 0 ? poll(p, 2, (int)left) : 0;
		ended = n > 0 || (n < 0 && errno == EINTR);
		if (n > 0 && p[0].revents)
			drain(&c->out, output);
		if (n > 0 && p[1].revents)
			drain(&c->err, errors);
	}
	if (!ended)
		kill(c->pid, SIGKILL);
	if (c->out >= 0)
		close(c->out);
	if (c->err >= 0)
		close(c->err);
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return PROCESS_FAILED;
	return !ended ? PROCESS_ENDLESS : WIFEXITED(status) ? WEXITSTATUS(status) : PROCESS_FAILED;
}

int process_call(int (*work)(void *arg), void *arg, struct text *output, struct text *errors)
{
	struct child c;
	if (!start(&c))
		return PROCESS_FAILED;
	if (c.pid)
		return finish(&c, output, errors);
	int status = work(arg);
	if (fflush(stdout) != 0)
		status = PROCESS_FAILED;
	_exit(status);
}

/* A file in memory with this content, positioned at its start. */
static int file_with(struct str input)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	for (size_t at = 0; fd >= 0 && at < input.n;) {
		ssize_t n = write(fd, input.p + at, input.n - at);
		if (n <= 0) {
			close(fd);
			return -1;
		}
		at += (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

int process_run(const char *const argv[], struct str input, struct text *output,
		struct text *errors)
{
	static const char *const path[] = { "/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/",
					    "/usr/local/sbin/" };
	struct child c;
	int in = file_with(input);
	if (in < 0)
		return PROCESS_FAILED;
	bool started = start(&c);
	if (started && c.pid == 0) {
		dup2(in, 0);
		for (size_t i = 0; i < ARRAY_SIZE(path); i++) {
			char full[100];
			snprintf(full, sizeof(full), "%s%s", path[i], argv[0]);
			execv(full, (char *const *)(uintptr_t)argv);
		}
		_exit(PROCESS_MISSING);
	}
	close(in);
	return started ? finish(&c, output, errors) : PROCESS_FAILED;
}

/* ---- namespaces ---- */

bool process_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	if (fd >= 0)
		close(fd);
	return ok;
}

static const char *map_to_root(struct arena *a, unsigned uid, unsigned gid)
{
	FW_MAY_FAIL(
		process_write("/proc/self/setgroups", "deny")); /* otherwise gid_map is refused */
	if (!process_write("/proc/self/uid_map", arena_printf(a, "0 %u 1", uid)) ||
	    !process_write("/proc/self/gid_map", arena_printf(a, "0 %u 1", gid)))
		return arena_printf(a, "a user namespace cannot be set up: %s", strerror(errno));
	return NULL;
}

const char *process_enter_namespaces(struct arena *a)
{
	unsigned uid = geteuid(), gid = getegid();
	bool own = uid == 0 && unshare(CLONE_NEWNET | CLONE_NEWNS) == 0;
	if (!own && unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
		return arena_printf(a,
				    "this system does not let a %s make network namespaces: %s "
				    "(try as root; see kernel.unprivileged_userns_clone)",
				    uid ? "user" : "process", strerror(errno));
	const char *why = own ? NULL : map_to_root(a, uid, gid);
	if (why)
		return why;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
		return arena_printf(a, "/run cannot be covered: %s", strerror(errno));
	return NULL;
}

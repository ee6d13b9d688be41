/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into fwlint: the n-th call of a kind to the kernel's firewall fails.
 *
 *     FAULT=KIND:N:ERRNO:WHEN           KIND: send, batch, receive, socket, getsockopt, setsockopt,
 * between, fork; WHEN: before, after, pause FAULT_WHO=guard|front|tool        only in the guardian,
 * in the fwlint that was typed, or in a tool of iptables FAULT_LOG=FILE                    a line
 * is added when it happens
 *
 * "after": the call is carried out, and its success is not told; of a receive the
 * message is lost. "pause": nothing fails, but the call waits until who reads FILE has
 * removed it. Sends and receives are those of netlink sockets, a batch is a send that
 * changes nf_tables, getsockopt and setsockopt are those of iptables (levels of IPv4 and IPv6).
 * "between": the process that starts the guardian is killed, when it says which process that is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAUSE_MS 120000 /* at most */

static bool is_meant(void)
{
	char words[256] = "";
	const char *who = getenv("FAULT_WHO"), *name;
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, words, sizeof(words) - 1);
	if (fd >= 0)
		close(fd);
	if (!who || n <= 0)
		return false;
	name = strrchr(words, '/') ? strrchr(words, '/') + 1 : words;
	if (strcmp(who, "tool") == 0)
		return strncmp(name, "ip", 2) == 0;
	return strncmp(name, "fwlint", 6) == 0 &&
	       (strcmp(words + strlen(words) + 1, "guard") == 0) == (strcmp(who, "guard") == 0);
}

/* 0: the call goes on; 1: it fails before; 2: after it was made. errno is that of the fault. */
static int fault(const char *kind, int *error)
{
	static int count, at, meant = -1; /* the errno of the fault; 0: none */
	static char want[32], when[16];
	if (meant < 0) {
		const char *spec = getenv("FAULT");
		meant = 0;
		if (!spec || !is_meant() ||
		    sscanf(spec, "%31[a-z]:%d:%d:%15s", want, &at, &meant, when) != 4)
			meant = 0;
	}
	if (!meant || strcmp(kind, want) != 0 || ++count != at)
		return 0;
	const char *log = getenv("FAULT_LOG");
	int fd = log ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd >= 0 && write(fd, "x\n", 2) != 2)
		abort();
	if (fd >= 0)
		close(fd);
	if (strcmp(when, "pause") == 0) {
		for (int i = 0; i < PAUSE_MS && log && access(log, F_OK) == 0; i++)
			usleep(1000);
		return 0;
	}
	*error = meant;
	return strcmp(when, "after") == 0 ? 2 : 1;
}

static bool is_netlink(int fd)
{
	int domain = 0;
	socklen_t n = sizeof(domain);
	/* not by the function below: the real one, by its number */
	return ((int (*)(int, int, int, void *, socklen_t *))dlsym(RTLD_NEXT, "getsockopt"))(
		       fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
	       domain == AF_NETLINK;
}

/* Which kind of send it is: a batch counts as both. */
static int fault_of_send(const void *buf, size_t n, int *error)
{
	const struct nlmsghdr *h = buf;
	int f = n >= sizeof(*h) && h->nlmsg_type == NFNL_MSG_BATCH_BEGIN ? fault("batch", error)
									 : 0;
	return f ? f : fault("send", error);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
// clang-format off
#define WITH_FAULT(failing, meant, type, call)               \
	do {                                                 \
		int error = 0, f = (meant) ? (failing) : 0;  \
		type result = f == 1 ? -1 : (call);          \
		if (f && result >= 0)                        \
			result = -1;                         \
		if (f)                                       \
			errno = error;                       \
		return result;                               \
	} while (0)
// clang-format on

ssize_t sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to,
	       socklen_t len)
{
	WITH_FAULT(fault_of_send(buf, n, &error), is_netlink(fd), ssize_t,
		   REAL(sendto)(fd, buf, n, flags, to, len));
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	WITH_FAULT(fault_of_send(m->msg_iov->iov_base, m->msg_iov->iov_len, &error), is_netlink(fd),
		   ssize_t, REAL(sendmsg)(fd, m, flags));
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	WITH_FAULT(fault("receive", &error), is_netlink(fd), ssize_t, REAL(recvmsg)(fd, m, flags));
}

int socket(int domain, int type, int protocol)
{
	WITH_FAULT(fault("socket", &error), domain == AF_NETLINK || type == SOCK_RAW, int,
		   REAL(socket)(domain, type, protocol));
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict n)
{
	WITH_FAULT(fault("getsockopt", &error), level == 0 || level == 41, int,
		   REAL(getsockopt)(fd, level, name, value, n));
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	WITH_FAULT(fault("setsockopt", &error), level == 0 || level == 41, int,
		   REAL(setsockopt)(fd, level, name, value, n));
}

/* A process number into a pipe. */
ssize_t write(int fd, const void *buf, size_t n)
{
	struct stat st;
	int error, f = n == sizeof(pid_t) && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)
			       ? fault("between", &error)
			       : 0;
	if (f == 1)
		raise(SIGKILL);
	ssize_t done = REAL(write)(fd, buf, n);
	if (f == 2)
		raise(SIGKILL);
	return done;
}

/* Those of fwlint itself: its tools are run by posix_spawn() or fork() too, so the n-th has to be
 * the right one. */
pid_t fork(void)
{
	int error = 0;
	if (fault("fork", &error)) {
		errno = error;
		return -1;
	}
	return REAL(fork)();
}

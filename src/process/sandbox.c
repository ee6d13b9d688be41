/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of a sandbox:
 *
 *   fwlint     outside; reads what the others write
 *   └ keeper   the first of the PID namespace; the kernel kills it with fwlint, and all others
 *     │        with it. It makes the files, in a user namespace
 *     ├ runner in a second one, below it: the mounts that the keeper made are locked there
 *     │        (user_namespaces(7), mount_namespaces(7)). It becomes the command
 *     └ looker when the command has ended, in the runner's namespaces
 */
#include "sandbox.h"

#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_RUN 127

/* The pipes: who writes to them. */
struct pipes {
	int go[2];    /* fwlint: the keeper's users are mapped */
	int words[2]; /* the command */
	int seen[2];  /* the looker */
	int end[2];   /* the keeper: struct outcome */
};

struct outcome {
	int status, signal;
	char why[300]; /* the namespaces could not be made; "": they could */
};

/* ---- users ---- */

/* All users that are mapped here, or this one as root. */
static void write_maps(pid_t pid, bool all, struct arena *a)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	const unsigned own[] = { geteuid(), getegid() };
	if (!all)
		FW_MAY_FAIL(process_write(arena_printf(a, "/proc/%d/setgroups", (int)pid), "deny"));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct text map = { .arena = a };
		unsigned inside, outside, count;
		FILE *f = fopen(arena_printf(a, "/proc/self/%s", files[i]), "re");
		while (all && f && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
			text_printf(&map, "%u %u %u\n", inside, inside, count);
		if (!all)
			text_printf(&map, "0 %u 1\n", own[i]);
		if (f)
			fclose(f);
		FW_MAY_FAIL(process_write(arena_printf(a, "/proc/%d/%s", (int)pid, files[i]),
					  arena_strndup(a, map.items, map.n)));
	}
}

/* Only with this capability may a process map IDs other than its own. */
static bool can_map_all(void)
{
	return geteuid() == 0 && prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) == 1;
}

/* ---- the runner ---- */

static void await(int fd)
{
	char c;
	while (read(fd, &c, 1) < 0 && errno == EINTR)
		;
}

static void raise_loopback(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	FW_MAY_FAIL(ioctl(fd, SIOCSIFFLAGS, &r) == 0);
	close(fd);
}

static void become(const struct sandbox *s, int words)
{
	setsid();
	/* Input could be faked on a terminal, as if its user typed it. */
	if (isatty(0)) {
		int null = open("/dev/null", O_RDONLY);
		dup2(null, 0);
	}
	dup2(words, 1);
	dup2(words, 2);
	syscall(SYS_close_range, 3, ~0u, 0);
	syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL);
	s->prepare();
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	execvp(s->argv[0], (char *const *)(uintptr_t)s->argv);
	dprintf(2, "%s: %s\n", s->argv[0], strerror(errno));
	_exit(NOT_RUN);
}

/* Tells the keeper: 0, or what went wrong. */
static void say_done(int fd, bool ok)
{
	unsigned char answer = ok ? 0 : (unsigned char)errno;
	FW_MAY_FAIL(write(fd, &answer, 1) == 1);
	if (answer)
		_exit(NOT_RUN);
}

static bool is_done(int fd)
{
	unsigned char answer = EPIPE;
	if (read(fd, &answer, 1) == 1 && !answer)
		return true;
	errno = answer;
	return false;
}

static void run(const struct sandbox *s, const struct pipes *p, int made, int go)
{
	say_done(made, unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	await(go);
	/* only now that it has a root, which owns the tables of iptables-legacy (x_tables.c:
	 * xt_proto_init) */
	say_done(made, unshare(CLONE_NEWNET) == 0);
	await(go);
	raise_loopback();
	/* its own devices, where that is allowed; else those of the host can be looked at */
	FW_MAY_FAIL(mount("sysfs", "/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			  NULL) == 0);
	become(s, p->words[1]);
}

/* ---- the keeper ---- */

struct namespaces {
	int user, net, mount;
};

static bool start_runner(const struct sandbox *s, const struct pipes *p, struct namespaces *ns,
			 pid_t *ret, struct arena *a)
{
	int made[2], go[2];
	if (pipe2(made, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(go[1]);
		run(s, p, made[1], go[0]);
	}
	close(made[1]);
	if (pid < 0 || !is_done(made[0]))
		return false;
	write_maps(pid, can_map_all(), a);
	FW_MAY_FAIL(write(go[1], "", 1) == 1);
	if (!is_done(made[0]))
		return false;
	ns->user = open(arena_printf(a, "/proc/%d/ns/user", (int)pid), O_RDONLY | O_CLOEXEC);
	ns->net = open(arena_printf(a, "/proc/%d/ns/net", (int)pid), O_RDONLY | O_CLOEXEC);
	ns->mount = open(arena_printf(a, "/proc/%d/ns/mnt", (int)pid), O_RDONLY | O_CLOEXEC);
	close(go[1]); /* it goes on */
	close(made[0]);
	close(go[0]);
	*ret = pid;
	return ns->user >= 0 && ns->net >= 0 && ns->mount >= 0;
}

/* Waits for one child; processes whose parents died become children of this one, too. */
static int wait_for(pid_t pid)
{
	int status = 0;
	pid_t ended;
	do
		ended = waitpid(-1, &status, 0);
	while (ended != pid && (ended > 0 || errno == EINTR));
	return ended == pid ? status : -1;
}

static void kill_all_others(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void look(const struct sandbox *s, const struct pipes *p, const struct namespaces *ns)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (setns(ns->user, CLONE_NEWUSER) < 0 || setns(ns->mount, CLONE_NEWNS) < 0 ||
		    setns(ns->net, CLONE_NEWNET) < 0)
			_exit(1);
		s->look(p->seen[1]);
		_exit(0);
	}
	if (pid > 0)
		wait_for(pid);
}

static void keep(const struct sandbox *s, const struct pipes *p)
{
	struct arena *a = arena_new();
	struct outcome o = { .status = NOT_RUN };
	struct namespaces ns = { -1, -1, -1 };
	pid_t runner = -1;
	await(p->go[0]);
	/* A change of users forgets it (prctl(2)), so only now; fwlint may have gone before. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	struct pollfd parent = { p->go[0], POLLIN, 0 };
	if (poll(&parent, 1, 0) > 0 && parent.revents & POLLHUP)
		_exit(1);
	const char *why = sandbox_make_root(a);
	if (!why && !start_runner(s, p, &ns, &runner, a))
		why = arena_printf(a, "the command cannot be put into namespaces: %s",
				   strerror(errno));
	close(p->words[1]);
	if (!why) {
		int status = wait_for(runner);
		o.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		o.status = WIFEXITED(status) ? WEXITSTATUS(status) : NOT_RUN;
		kill_all_others();
		if (!o.status)
			look(s, p, &ns);
	}
	snprintf(o.why, sizeof(o.why), "%s", why ? why : "");
	FW_MAY_FAIL(write(p->end[1], &o, sizeof(o)) == (ssize_t)sizeof(o));
	_exit(0);
}

/* ---- outside ---- */

/* Reads what is there; at the end, or beyond the limit, it closes *fd. */
static void take(int *fd, struct text *t, size_t max, bool keeps_end)
{
	char buf[65536];
	ssize_t n = read(*fd, buf, sizeof(buf));
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0 || (!keeps_end && t->n + (size_t)n > max)) {
		close(*fd);
		*fd = -1;
		return;
	}
	text_add(t, (struct str){ buf, (size_t)n });
	if (keeps_end && t->n > 2 * max) {
		memmove(t->items, t->items + t->n - max, max);
		t->n = max;
	}
}

/* Reads until the keeper has reported the outcome, even if others still hold pipes open. */
static void listen_to(struct pipes *p, struct sandbox_end *ret, struct text *outcome)
{
	while (p->end[0] >= 0) {
		struct pollfd fds[] = { { p->end[0], POLLIN, 0 },
					{ p->words[0], POLLIN, 0 },
					{ p->seen[0], POLLIN, 0 } };
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[1].revents)
			take(&p->words[0], &ret->words, SANDBOX_WORDS_MAX, true);
		if (fds[2].revents)
			take(&p->seen[0], &ret->seen, SANDBOX_SEEN_MAX, false);
		else if (fds[0].revents && !fds[1].revents)
			take(&p->end[0], outcome, sizeof(struct outcome), false);
	}
}

static void close_pipes(struct pipes *p)
{
	int *const pairs[] = { p->go, p->words, p->seen, p->end };
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		for (unsigned k = 0; k < 2; k++)
			if (pairs[i][k] >= 0)
				close(pairs[i][k]);
}

static bool open_pipes(struct pipes *p)
{
	int *const pairs[] = { p->go, p->words, p->seen, p->end };
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		pairs[i][0] = pairs[i][1] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (pipe2(pairs[i], O_CLOEXEC) < 0)
			return false;
	return true;
}

/* The ends that only the sandbox uses. */
static void close_inner(struct pipes *p)
{
	int *const ends[] = { &p->go[0], &p->words[1], &p->seen[1], &p->end[1] };
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		close(*ends[i]);
		*ends[i] = -1;
	}
}

/* In the keeper: of fwlint's files, only the keeper's side of the pipes and the input stay open. */
static void close_outer(const struct pipes *p)
{
	long max = sysconf(_SC_OPEN_MAX);
	for (int fd = 3; fd < max && fd < 65536; fd++)
		if (fd != p->go[0] && fd != p->words[1] && fd != p->seen[1] && fd != p->end[1])
			close(fd);
}

const char *sandbox_run(const struct sandbox *s, struct arena *a, struct sandbox_end *ret)
{
	const long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	struct pipes p;
	struct text bytes = { .arena = a };
	struct outcome o;
	*ret = (struct sandbox_end){ .words = { .arena = a }, .seen = { .arena = a } };
	if (!open_pipes(&p)) {
		close_pipes(&p);
		return arena_printf(a, "no pipes: %s", strerror(errno));
	}
	fflush(NULL);
	pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		close_outer(&p);
		keep(s, &p);
	}
	if (pid < 0) {
		const char *why = arena_printf(a,
					       "this system does not let a %s make namespaces: %s "
					       "(see kernel.unprivileged_userns_clone and "
					       "user.max_user_namespaces)",
					       geteuid() ? "user" : "process", strerror(errno));
		close_pipes(&p);
		return why;
	}
	write_maps(pid, can_map_all(), a);
	FW_MAY_FAIL(write(p.go[1], "", 1) == 1);
	close_inner(&p);
	listen_to(&p, ret, &bytes);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	close_pipes(&p);
	if (bytes.n != sizeof(o))
		return "the namespaces ended before the command did (is there enough memory?)";
	memcpy(&o, bytes.items, sizeof(o));
	ret->status = o.status;
	ret->signal = o.signal;
	o.why[sizeof(o.why) - 1] = '\0';
	return o.why[0] ? arena_strndup(a, o.why, strlen(o.why)) : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The requests of sessions: make a change, confirm it, take it back. */
#include "backend.h"
#include "record.h"

#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNIT_MS 5000   /* for a unit to begin */
#define START_MS 20000 /* for a guardian to make the change, or to take it back */
#define FORCE_MS 2000  /* for a guardian that is about to be replaced */
#define KILL_MS 5000   /* for a killed guardian to be gone */

/* pidfd_open(2); glibc has it since 2.36. */
static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Waits longer each time, so that a large record is not read all the time. */
static void pause_longer(unsigned *us)
{
	usleep(*us);
	*us = *us < 50000 ? *us * 5 / 4 : *us;
}

/* ---- starting a guardian ---- */

/*
 * Where systemd runs, the guardian gets a unit of its own: logind may be configured to end all
 * processes of a session together with it, however detached they are (KillUserProcesses= in
 * logind.conf(5)).
 */
static bool start_unit(const char *id, struct arena *a)
{
	char exe[4096];
	struct text out = { .arena = a };
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (access("/run/systemd/system", F_OK) < 0 || n <= 0)
		return false;
	exe[n] = 0;
	const char *const argv[] = { "systemd-run",
				     "--quiet",
				     "--collect",
				     arena_printf(a, "--unit=fwlint-%s", id),
				     "--description=undoes a change of the firewall unless it is "
				     "confirmed",
				     "--",
				     exe,
				     "guard",
				     id,
				     NULL };
	return process_run(argv, STR(""), &out, &out) == 0;
}

#define NO_GUARDIAN 1 /* exit status of the process between */

/*
 * Starts a guardian with a session of its own, no terminal, no parent, and no open files.
 * `*ret_fd`: its pidfd, or -1. False: certainly no guardian was started. If the process in between
 * is killed or stopped before it can report the guardian, there may be one.
 */
static bool start_process(const char *id, int *ret_fd)
{
	int status = 0, pipe_[2];
	pid_t guardian = 0;
	bool none;
	if (pipe2(pipe_, O_CLOEXEC) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		pid = fork();
		if (pid < 0)
			_exit(NO_GUARDIAN);
		if (pid > 0)
			_exit(write(pipe_[1], &pid, sizeof(pid)) == sizeof(pid) ? 0
										: NO_GUARDIAN + 1);
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		close_range(3, ~0u, 0);
		if (chdir("/") < 0)
			_exit(1);
		execl("/proc/self/exe", "fwlint", "guard", id, NULL);
		_exit(1);
	}
	close(pipe_[1]);
	none = pid < 0;
	struct pollfd p = { pipe_[0], POLLIN, 0 };
	if (pid > 0 && poll(&p, 1, START_MS) > 0) {
		if (read(pipe_[0], &guardian, sizeof(guardian)) == sizeof(guardian))
			*ret_fd = open_process(guardian);
		else /* it has ended, and so has the guardian, if there was one */
			none = waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			       WEXITSTATUS(status) == NO_GUARDIAN;
	}
	close(pipe_[0]);
	return !none;
}

static enum record_state state_of(const char *id)
{
	struct arena *a = arena_new();
	struct live_record r;
	enum record_state s = record_load(id, a, &r) ? RECORD_STATES : r.state;
	arena_free(a);
	return s;
}

/* Has the guardian begun, in this time? */
static bool has_begun(const char *id, long ms)
{
	unsigned us = 1000;
	for (long end = process_now_ms() + ms; process_now_ms() < end; pause_longer(&us))
		if (state_of(id) != RECORD_PREPARED)
			return true;
	return false;
}

/* Waits until the guardian has made the change, or is gone. `guardian`: a pidfd, or -1. */
static void wait_for_guardian(const char *id, int guardian)
{
	unsigned us = 1000;
	int pid;
	for (long end = process_now_ms() + START_MS; process_now_ms() < end; pause_longer(&us)) {
		struct pollfd p = { guardian, POLLIN, 0 };
		bool gone = guardian >= 0 && poll(&p, 1, 0) > 0;
		enum record_state s = state_of(id);
		if (s != RECORD_PREPARED && (s != RECORD_APPLYING || !record_is_owned(id, &pid)))
			return;
		if (s == RECORD_PREPARED && gone)
			return;
	}
}

/* Finishes the work of a guardian that is gone. NULL, or why not; `r`: the record at that time. */
static const char *settle(struct live_record *r, struct arena *a)
{
	const char *id = r->id, *why = record_load(id, a, r), *ignored;
	int own = !why && (r->state == RECORD_PREPARED || r->state == RECORD_APPLYING)
			  ? record_own(id)
			  : -1;
	if (own < 0)
		return why ? why
		       : r->state == RECORD_PREPARED || r->state == RECORD_APPLYING
			       ? arena_printf(a,
					      "the guardian of change %s is still at work: see "
					      "fwlint pending",
					      id)
			       : NULL;
	why = record_load(id, a, r);
	if (!why && r->state == RECORD_PREPARED) {
		if (!record_set(r, RECORD_REFUSED,
				"its guardian did not start: nothing was changed", a))
			why = arena_printf(a,
					   "the record of change %s cannot be written, and its "
					   "guardian may start late: see "
					   "fwlint pending",
					   id);
	} else if (!why && r->state == RECORD_APPLYING) {
		/* the result is in the record that is returned */
		FW_MAY_FAIL(record_undo(r, "because its guardian ended too early", 0, false, a,
					&ignored) == LIVE_DONE);
	}
	close(own);
	return why;
}

enum live_outcome record_apply(const struct live_record *wanted, struct arena *a,
			       struct live_record *ret, const char **why_not)
{
	int guardian = -1;
	struct live_record r = *wanted;
	r.state = RECORD_PREPARED;
	r.netns = current_netns();
	r.netns_path = arena_printf(a, "/proc/%d/ns/net", (int)getpid());
	*why_not = NULL;
	if (getrandom(&r.change.tag, sizeof(r.change.tag), 0) != sizeof(r.change.tag) ||
	    !r.change.tag)
		*why_not = "the kernel gives no random number";
	if (!*why_not)
		*why_not = record_make(&r, a);
	if (*why_not)
		return LIVE_FAILED;
	/* only one of two guardians finds the record in its prepared state; the unit may start
	 * late, whatever systemd-run reported */
	if ((start_unit(r.id, a) && has_begun(r.id, UNIT_MS)) || start_process(r.id, &guardian))
		wait_for_guardian(r.id, guardian);
	if (guardian >= 0)
		close(guardian);
	*why_not = settle(&r, a);
	if (*why_not)
		return LIVE_FAILED;
	*why_not = r.message;
	switch (r.state) {
	case RECORD_PENDING:
	case RECORD_CONFIRMED: *ret = r; return LIVE_DONE;
	case RECORD_MOVED:
		record_remove(&r, a); /* it will be retried with another name */
		return LIVE_MOVED;
	case RECORD_PREPARED:
	case RECORD_APPLYING:
	case RECORD_RETURNING:
	case RECORD_UNDONE:
	case RECORD_STUCK:
	case RECORD_REFUSED:
	case RECORD_STATES: break;
	}
	return LIVE_FAILED;
}

/* ---- confirming ---- */

struct counting {
	const struct live_record *record;
	const char *path; /* of its namespace */
	struct arena *arena;
};

/* In a child: prints how many rules are missing. */
static int count_missing(void *arg)
{
	const struct counting *c = arg;
	size_t missing = 0;
	struct live_netns here;
	const char *why = c->path ? live_enter(c->path, c->arena) : NULL;
	here = current_netns();
	if (!why && !is_same_netns(&here, &c->record->netns))
		why = "the network namespace of the change cannot be reached: run it there";
	if (!why)
		why = live_missing(&c->record->change, c->arena, &missing);
	if (why)
		return child_fail(str_from(why));
	child_write(str_from(arena_printf(c->arena, "%zu", missing)));
	return 0;
}

/* NULL, or how the ruleset differs from that of the change. */
static const char *is_missing(const struct live_record *r, struct arena *a)
{
	struct text out = { .arena = a }, errors = { .arena = a };
	struct live_netns here = current_netns();
	struct counting c = { r, NULL, a };
	u128 missing = 0;
	int pid;
	if (!is_same_netns(&here, &r->netns) && record_is_owned(r->id, &pid) && pid)
		c.path = arena_printf(a, "/proc/%d/ns/net", pid);
	if (process_call(count_missing, &c, &out, &errors) ||
	    !str_number(text_str(&out), UINT32_MAX, &missing))
		return arena_printf(a,
				    "change %s cannot be confirmed: fwlint cannot tell whether its "
				    "rules are in the ruleset: %.*s",
				    r->id, STR_FMT(text_str(&errors)));
	if (!missing)
		return NULL;
	return arena_printf(a,
			    "change %s cannot be confirmed: %zu of its %zu rules %s no longer in "
			    "the ruleset, because another program has changed it; what is left is "
			    "undone",
			    r->id, (size_t)missing, r->change.n, missing == 1 ? "is" : "are");
}

static const char *why_not_pending(const struct live_record *r, struct arena *a)
{
	if (r->state == RECORD_PENDING && process_now_ms() < r->deadline)
		return NULL;
	if (r->state != RECORD_PENDING)
		return arena_printf(a, "change %s cannot be confirmed: %s", r->id, r->message);
	return arena_printf(a,
			    "change %s can no longer be confirmed: its %u seconds are over (see "
			    "fwlint pending)",
			    r->id, r->seconds);
}

const char *record_confirm(const char *id, struct arena *a)
{
	struct live_record r;
	const char *why = record_load(id, a, &r);
	if (!why)
		why = why_not_pending(&r, a);
	if (!why)
		why = is_missing(&r, a);
	if (why)
		return why;
	if (!record_decide(id, DECISION_OPEN, DECISION_CONFIRMED)) {
		int error = errno;
		why = record_load(id, a, &r);
		return why ? why
			   : arena_printf(a, "change %s cannot be confirmed: %s", id,
					  r.state != RECORD_PENDING ? r.message : strerror(error));
	}
	/* this process may have been stopped for long: a guardian may have undone it meanwhile */
	if (process_now_ms() >= r.deadline && record_decide(id, DECISION_CONFIRMED, DECISION_OPEN))
		return why_not_pending(&r, a);
	/* the guardian records that; if the guardian is gone, this process does */
	int own = record_own(id);
	if (own >= 0 && !record_load(id, a, &r) && r.state == RECORD_CONFIRMED)
		FW_MAY_FAIL(record_set(&r, RECORD_CONFIRMED,
				       arena_printf(a, "confirmed at %s", now_words(a)),
				       a)); /* the change is confirmed in any case */
	if (own >= 0)
		close(own);
	return NULL;
}

/* ---- taking back ---- */

/* Without a guardian: a confirmed change, or one whose guardian was killed. */
static enum live_outcome undo_here(struct live_record *r, bool force, struct arena *a,
				   const char **why_not)
{
	struct live_netns here = current_netns();
	if (!is_same_netns(&here, &r->netns)) {
		*why_not = arena_printf(a,
					"change %s was made in another network namespace "
					"(net:[%llu]): run fwlint rollback there",
					r->id, (unsigned long long)r->netns.inode);
		return LIVE_FAILED;
	}
	return record_undo(r, "as requested", 0, force, a, why_not);
}

/* Ends a guardian that does not answer. NULL, or why not. */
static const char *kill_owner(const char *id, struct arena *a)
{
	int pid, again, fd;
	if (!record_is_owned(id, &pid))
		return NULL;
	fd = pid ? open_process(pid) : -1;
	/* does the opened process still own the change? */
	if (fd < 0 || !record_is_owned(id, &again) || again != pid) {
		if (fd >= 0)
			close(fd);
		return arena_printf(a, "the guardian of change %s cannot be reached from here", id);
	}
	record_log(id, true, "its guardian does not answer and is replaced");
	int failed = syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0 ? errno : 0;
	struct pollfd p = { fd, POLLIN, 0 };
	if (!failed && poll(&p, 1, KILL_MS) == 0)
		failed = ETIMEDOUT;
	close(fd);
	return failed ? arena_printf(a,
				     "the guardian of change %s (process %d) cannot be ended: %s",
				     id, pid, strerror(failed))
		      : NULL;
}

/* The owner sees the decision; waits until it acts. Returns the lock once it is gone, or -1. */
static int wait_for_owner(const char *id, bool force, struct arena *a, const char **why_not)
{
	unsigned us = 1000;
	long end = process_now_ms() + (force ? FORCE_MS : START_MS);
	int own, pid = 0;
	while ((own = record_own(id)) < 0) {
		if (errno != EAGAIN && errno != EACCES) {
			*why_not = arena_printf(a,
						"change %s cannot be undone: " RECORD_FOLDER ": %s",
						id, strerror(errno));
			return -1;
		}
		if (process_now_ms() < end) {
			pause_longer(&us);
			continue;
		}
		*why_not = force ? kill_owner(id, a) : "";
		if (force && !*why_not) {
			force = false; /* once */
			end = process_now_ms() + KILL_MS;
			continue;
		}
		if (!force && !**why_not) {
			FW_MAY_FAIL(record_is_owned(id, &pid)); /* it may have ended just now */
			*why_not = arena_printf(a,
						"the guardian of change %s (process %d) does not "
						"answer: fwlint rollback --force %s "
						"ends it and does its work",
						id, pid, id);
		}
		return -1;
	}
	return own;
}

enum live_outcome record_rollback(const char *id, bool force, struct arena *a,
				  struct live_record *ret, const char **why_not)
{
	struct live_record r;
	*why_not = record_load(id, a, &r);
	if (!*why_not && is_nothing(r.state))
		*why_not = arena_printf(a, "change %s has nothing to undo: %s", id, r.message);
	if (*why_not)
		return LIVE_FAILED;
	/* nobody can confirm it any more */
	if (!record_decide(id, DECISION_OPEN,
			   DECISION_RETURNING)) /* else it has been decided already */
		FW_MAY_FAIL(record_decide(id, DECISION_CONFIRMED, DECISION_RETURNING));
	int own = wait_for_owner(id, force, a, why_not);
	if (own < 0)
		return LIVE_FAILED;
	enum live_outcome out = LIVE_DONE;
	*why_not = record_load(id, a, &r);
	if (*why_not || r.state == RECORD_REFUSED || r.state == RECORD_MOVED ||
	    r.state == RECORD_PREPARED) {
		*why_not = *why_not ? *why_not : r.message;
		out = LIVE_FAILED;
	} else if (r.state != RECORD_UNDONE) {
		out = undo_here(&r, force, a, why_not);
	}
	close(own);
	if (out != LIVE_FAILED)
		*ret = r;
	return out;
}

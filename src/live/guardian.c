/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who makes a change, waits, and undoes it. The guardian is started before
 * anything is changed, and makes the change itself: whatever becomes of the
 * fwlint that asked for it, the change is never without a guardian.
 */
#include "record.h"

#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define UNIT_MS 5000   /* for a unit to begin */
#define START_MS 20000 /* for a guardian to make the change */
#define UNDO_MS (3600 * 1000L) /* how long an undo that fails is tried again */

/* ---- starting one ---- */

/*
 * Where systemd runs, a unit of its own: logind ends the processes of a session
 * with it when it is told to (KillUserProcesses= in logind.conf(5)), however
 * detached they are.
 */
static bool start_unit(const char *id, struct arena *a)
{
	char exe[4096];
	struct text out = { .arena = a };
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (access("/run/systemd/system", F_OK) < 0 || n <= 0)
		return false;
	exe[n] = 0;
	const char *const argv[] = { "systemd-run", "--quiet", "--collect", arena_printf(a, "--unit=fwlint-%s", id),
				     "--description=takes a change of the firewall back unless it is confirmed", "--",
				     exe, "guard", id, NULL };
	return process_run(argv, STR(""), &out, &out) == 0;
}

/* A session of its own, no terminal, no parent, no open files. */
static bool start_process(const char *id)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		pid = fork();
		if (pid != 0)
			_exit(pid < 0);
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		close_range(3, ~0u, 0);
		if (chdir("/") < 0)
			_exit(1);
		execl("/proc/self/exe", "fwlint", "guard", id, NULL);
		_exit(1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static const char *new_id(struct arena *a)
{
	uint16_t n;
	const char *id;
	struct live_record other;
	do {
		if (getrandom(&n, sizeof(n), 0) != sizeof(n))
			n = (uint16_t)getpid();
		id = arena_printf(a, "%04x", n);
	} while (!record_load(id, a, &other));
	return id;
}

/* Under the lock, so that two do not take one name. */
static const char *prepare(struct live_record *r, struct arena *a)
{
	const char *why = record_folder(a);
	int lock = why ? -1 : record_lock();
	if (why)
		return why;
	if (lock < 0)
		return arena_printf(a, "'" RECORD_FOLDER "' cannot be locked: %s", strerror(errno));
	r->id = new_id(a);
	why = record_save(r, a);
	close(lock);
	return why;
}

/* Has the guardian begun, in this time? */
static bool has_begun(const char *id, long ms)
{
	bool guarded;
	for (long end = process_now_ms() + ms; process_now_ms() < end; usleep(1000))
		if (record_peek(id, &guarded) != RECORD_PREPARED)
			return true;
	return false;
}

/* Waits until the guardian has made the change; one that has not begun finds nothing to do any more. */
static const char *wait_for_guardian(struct live_record *r, struct arena *a)
{
	enum record_state s = RECORD_PREPARED;
	bool guarded = false;
	for (long end = process_now_ms() + START_MS; process_now_ms() < end; usleep(1000)) {
		s = record_peek(r->id, &guarded);
		if (s != RECORD_PREPARED && (s != RECORD_APPLYING || !guarded))
			break;
	}
	int lock = record_lock();
	const char *why = record_load(r->id, a, r);
	if (!why && r->state == RECORD_PREPARED) {
		r->state = RECORD_REFUSED;
		r->message = "its guardian did not start: nothing was changed";
		why = record_save(r, a);
	} else if (!why && r->state == RECORD_APPLYING) {
		why = r->guarded ? "its guardian is still at work: see fwlint pending" :
			arena_printf(a, "its guardian ended under way: the rules may be in; fwlint rollback %s takes them out", r->id);
	}
	close(lock);
	return why;
}

enum live_outcome record_apply(const struct live_record *wanted, struct arena *a, struct live_record *ret,
			       const char **ret_why)
{
	*ret = *wanted;
	ret->state = RECORD_PREPARED;
	ret->netns = current_netns();
	ret->netns_path = arena_printf(a, "/proc/%d/ns/net", (int)getpid());
	*ret_why = prepare(ret, a);
	if (*ret_why)
		return LIVE_FAILED;
	/* of two guardians only one finds the record as it was prepared */
	if (!(start_unit(ret->id, a) && has_begun(ret->id, UNIT_MS)) && !start_process(ret->id)) {
		*ret_why = "the guardian, which would take the change back, cannot be started: nothing was changed";
		return LIVE_FAILED;
	}
	*ret_why = wait_for_guardian(ret, a);
	if (*ret_why)
		return LIVE_FAILED;
	*ret_why = ret->message;
	switch (ret->state) {
	case RECORD_PENDING:
	case RECORD_CONFIRMED:
	case RECORD_RETURNING:
	case RECORD_UNDONE: return LIVE_DONE;
	case RECORD_MOVED:
		record_remove(ret, a); /* it will be tried again under another name */
		return LIVE_MOVED;
	case RECORD_PREPARED:
	case RECORD_APPLYING:
	case RECORD_STUCK:
	case RECORD_REFUSED:
	case RECORD_STATES: break;
	}
	return LIVE_FAILED;
}

/* ---- the guardian ---- */

static volatile sig_atomic_t told_to_end;

static void on_term(int signal_number)
{
	(void)signal_number;
	told_to_end = 1;
}

/* Names of the ruleset and words of the kernel and of tools are in it. */
static void log_change(const struct live_record *r, int priority, struct arena *a)
{
	syslog(priority, "change %s: %s", r->id, str_visible(str_from(r->message), a));
}

/* Changes the state and says so in the journal. */
static void set_state(struct live_record *r, enum record_state state, const char *message, struct arena *a)
{
	int lock = record_lock();
	r->state = state;
	r->message = message;
	record_save(r, a);
	close(lock);
	log_change(r, state == RECORD_STUCK || state == RECORD_REFUSED ? LOG_ERR : LOG_NOTICE, a);
}

static const char *now_words(struct arena *a)
{
	char buf[40];
	time_t t = time(NULL);
	struct tm tm;
	strftime(buf, sizeof(buf), "%H:%M:%S", localtime_r(&t, &tm));
	return arena_printf(a, "%s", buf);
}

/* `patience`: for how many milliseconds it is tried again, should it fail (a lock that somebody holds). */
static enum live_outcome undo(struct live_record *r, const char *because, long patience, struct arena *a, const char **ret_why)
{
	long end = process_now_ms() + patience;
	enum live_outcome out = live_undo(&r->change, a, ret_why);
	while (out == LIVE_FAILED && process_now_ms() < end) {
		set_state(r, RECORD_RETURNING, arena_printf(a, "it is still to be taken back: %s", *ret_why), a);
		sleep(1);
		out = live_undo(&r->change, a, ret_why);
	}
	if (out == LIVE_FAILED)
		set_state(r, RECORD_STUCK, arena_printf(a, "it could not be taken back: %s", *ret_why), a);
	else
		set_state(r, RECORD_UNDONE, arena_printf(a, "taken back at %s, %s%s", now_words(a), because,
			  out == LIVE_GONE ? "; a rule of it was no longer there, somebody else had removed it" : ""), a);
	return out;
}

/* `*ret_hold` is held for as long as this process lives. */
static bool begin(struct live_record *r, const char *id, int *ret_hold, struct arena *a)
{
	int lock = record_lock();
	bool ok = lock >= 0 && !record_load(id, a, r) && r->state == RECORD_PREPARED && (*ret_hold = record_hold(id)) >= 0;
	if (ok) {
		r->state = RECORD_APPLYING;
		ok = !record_save(r, a);
	}
	close(lock);
	return ok;
}

static void apply(struct live_record *r, struct arena *a)
{
	const char *why = NULL;
	if (r->netns != current_netns())
		why = live_enter(r->netns_path, a);
	if (!why && r->netns != current_netns())
		why = "the network namespace of the change is gone";
	if (why) {
		set_state(r, RECORD_REFUSED, why, a);
		return;
	}
	switch (live_insert(&r->change, a, &why)) {
	case LIVE_DONE:
		r->deadline = process_now_ms() + r->seconds * 1000L;
		set_state(r, r->seconds ? RECORD_PENDING : RECORD_CONFIRMED,
			  arena_printf(a, r->seconds ? "%zu rule%s inserted, to be confirmed in %u seconds" :
				       "%zu rule%s inserted", r->change.n, r->change.n == 1 ? "" : "s", r->seconds), a);
		break;
	case LIVE_MOVED:
		set_state(r, RECORD_MOVED, "the ruleset was changed meanwhile: nothing was done", a);
		break;
	case LIVE_GONE:
	case LIVE_FAILED:
		set_state(r, RECORD_REFUSED, why, a);
		break;
	}
}

/* Sleeps until the record may have changed, or it is time. */
static void sleep_until(int watch, long deadline, const sigset_t *unblocked)
{
	struct pollfd p = { watch, POLLIN, 0 };
	long left = deadline - process_now_ms();
	struct timespec t = { left > 0 ? left / 1000 : 0, left > 0 ? left % 1000 * 1000000 : 0 };
	char events[4096];
	if (ppoll(&p, 1, &t, unblocked) > 0 && read(watch, events, sizeof(events)) < 0)
		usleep(100000);
}

/*
 * Others may confirm it, or ask for the way back. A record that is gone or says
 * anything else (it could not be written) was confirmed by nobody.
 */
static void wait_and_undo(struct live_record *r, int watch, const sigset_t *unblocked, struct arena *a)
{
	const char *why, *because = NULL;
	while (!because) {
		int lock = record_lock();
		struct arena *scratch = arena_new();
		struct live_record now;
		enum record_state s = record_load(r->id, scratch, &now) ? RECORD_PENDING : now.state;
		if (s == RECORD_CONFIRMED)
			r->state = s;
		else if (s == RECORD_RETURNING)
			because = "as it was asked for";
		else if (told_to_end)
			because = "since its guardian was told to end";
		else if (process_now_ms() >= r->deadline)
			because = arena_printf(a, "since nobody confirmed it within %u seconds", r->seconds);
		if (because) {
			/* nobody can confirm any more */
			r->state = RECORD_RETURNING;
			r->message = "it is being taken back";
			record_save(r, a);
		}
		close(lock);
		arena_free(scratch);
		if (r->state == RECORD_CONFIRMED)
			return;
		if (!because)
			sleep_until(watch, r->deadline, unblocked);
	}
	undo(r, because, UNDO_MS, a, &why);
}

void record_guard(const char *id, struct arena *a)
{
	struct live_record r;
	sigset_t blocked, unblocked;
	struct sigaction term = { .sa_handler = on_term };
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	sigaction(SIGTERM, &term, NULL);
	/* only while it sleeps */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &unblocked);
	sigdelset(&unblocked, SIGTERM);
	openlog("fwlint", LOG_PID, LOG_DAEMON);
	/* when memory runs out it shall be another that the kernel ends (proc(5)) */
	process_write("/proc/self/oom_score_adj", "-1000");
	int hold, watch = inotify_init1(IN_CLOEXEC);
	if (watch < 0 || inotify_add_watch(watch, RECORD_FOLDER, IN_MOVED_TO) < 0 || !begin(&r, id, &hold, a))
		return;
	apply(&r, a);
	if (r.state == RECORD_PENDING)
		wait_and_undo(&r, watch, &unblocked, a);
	close(watch);
	close(hold);
}

/* ---- what other sessions ask for ---- */

const char *record_confirm(const char *id, struct arena *a)
{
	struct live_record r;
	int lock = record_lock();
	const char *why = record_load(id, a, &r);
	if (!why && r.state == RECORD_PENDING && process_now_ms() < r.deadline) {
		r.state = RECORD_CONFIRMED;
		r.message = arena_printf(a, "confirmed at %s", now_words(a));
		why = record_save(&r, a);
		openlog("fwlint", LOG_PID, LOG_DAEMON);
		log_change(&r, LOG_NOTICE, a);
	} else if (!why && r.state == RECORD_PENDING) {
		why = arena_printf(a, "change %s can be confirmed no longer: its %u seconds are over%s", id, r.seconds,
				   r.guarded ? "" : ", and its guardian is gone: take it back with fwlint rollback");
	} else if (!why) {
		why = arena_printf(a, "change %s cannot be confirmed: %s", id, r.message);
	}
	close(lock);
	return why;
}

/* Without a guardian: a confirmed change, or one whose guardian was killed. */
static enum live_outcome undo_here(struct live_record *r, struct arena *a, const char **ret_why)
{
	if (r->netns != current_netns()) {
		*ret_why = arena_printf(a, "change %s was made in another network namespace (net:[%llu]): run fwlint rollback there",
					r->id, (unsigned long long)r->netns);
		return LIVE_FAILED;
	}
	openlog("fwlint", LOG_PID, LOG_DAEMON);
	return undo(r, "as it was asked for", 0, a, ret_why);
}

/* Was it never made, or is it undone already? */
static bool is_nothing(enum record_state s)
{
	return s == RECORD_UNDONE || s == RECORD_MOVED || s == RECORD_REFUSED || s == RECORD_PREPARED;
}

enum live_outcome record_rollback(const char *id, struct arena *a, struct live_record *ret, const char **ret_why)
{
	int lock = record_lock();
	*ret_why = record_load(id, a, ret);
	if (!*ret_why && is_nothing(ret->state))
		*ret_why = arena_printf(a, "there is nothing to take back of change %s: %s", id, ret->message);
	if (!*ret_why && ret->guarded && ret->state == RECORD_PENDING) {
		ret->state = RECORD_RETURNING;
		ret->message = "it is being taken back";
		*ret_why = record_save(ret, a);
	}
	close(lock);
	if (*ret_why)
		return LIVE_FAILED;
	if (!ret->guarded)
		return undo_here(ret, a, ret_why);
	bool guarded = true;
	enum record_state s = ret->state;
	for (long end = process_now_ms() + START_MS; process_now_ms() < end && guarded && !is_nothing(s); usleep(2000))
		s = record_peek(id, &guarded);
	lock = record_lock();
	*ret_why = record_load(id, a, ret);
	close(lock);
	if (*ret_why || ret->state == RECORD_UNDONE)
		return *ret_why ? LIVE_FAILED : LIVE_DONE;
	*ret_why = ret->message;
	return LIVE_FAILED;
}

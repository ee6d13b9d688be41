/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that makes a change, waits, and undoes it. While rules are in, it never waits for
 * another process without a time limit: not the decision (record.h), not the log, not the lock of
 * iptables.
 */
#include "record.h"

#include <fwlint/process.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define UNDO_MS (3600 * 1000L) /* how long an undo that fails is tried again */
#define FORCE_MS 30000         /* how long it waits for the lock of iptables in that time */
#define LOOK_MS 30000          /* how often it looks, even if nothing was reported */
#define LOOK_OFTEN_MS 500      /* the same where nothing can be reported */

static volatile sig_atomic_t told_to_end;

static void on_term(int signal_number)
{
	(void)signal_number;
	told_to_end = 1;
}

void record_log(const char *id, bool is_error, const char *message)
{
	struct arena *a = arena_new();
	/* the message contains names from the ruleset, and words of the kernel and of tools */
	process_log(is_error ? LOG_ERR : LOG_NOTICE,
		    arena_printf(a, "change %s: %s", id, str_visible(str_from(message), a)));
	arena_free(a);
}

bool record_set(struct live_record *r, enum record_state state, const char *message,
		struct arena *a)
{
	r->state = state;
	r->message = message;
	const char *why = record_save(r, a);
	record_log(r->id, state == RECORD_STUCK || state == RECORD_REFUSED, message);
	if (why)
		record_log(r->id, true, why);
	return !why;
}

const char *now_words(struct arena *a)
{
	char buf[40];
	time_t t = time(NULL);
	struct tm tm;
	strftime(buf, sizeof(buf), "%H:%M:%S", localtime_r(&t, &tm));
	return arena_printf(a, "%s", buf);
}

/* ---- the way back ---- */

/*
 * Notes the state of the change. The rules matter more than the note: if it cannot be written, the
 * guardian goes on, and record_set() has logged that.
 */
static void note(struct live_record *r, enum record_state state, const char *message,
		 struct arena *a)
{
	FW_MAY_FAIL(record_set(r, state, message, a));
}

/* Decides, whatever was decided before. */
static void decide(const char *id, enum decision to)
{
	enum decision from = record_decision(id);
	if (from != to && from != DECISION_NONE)
		FW_MAY_FAIL(record_decide(id, from, to)); /* somebody else has decided */
}

enum live_outcome record_undo(struct live_record *r, const char *because, long patience, bool force,
			      struct arena *a, const char **why_not)
{
	long began = process_now_ms();
	enum live_outcome out = live_undo(&r->change, force, a, why_not);
	while (out == LIVE_FAILED && process_now_ms() < began + patience) {
		note(r, RECORD_RETURNING, arena_printf(a, "it must still be undone: %s", *why_not),
		     a);
		sleep(1);
		out = live_undo(&r->change, force || process_now_ms() > began + FORCE_MS, a,
				why_not);
	}
	if (out == LIVE_FAILED) {
		note(r, RECORD_STUCK, arena_printf(a, "it could not be undone: %s", *why_not), a);
		return out;
	}
	decide(r->id, DECISION_UNDONE);
	note(r, RECORD_UNDONE,
	     arena_printf(a, "undone at %s, %s%s", now_words(a), because,
			  out == LIVE_GONE ? "; a rule of it was gone, somebody else had removed it"
					   : ""),
	     a);
	return out;
}

/* The result is in the record and in the log: nobody waits for the answer. */
static void take_back(struct live_record *r, const char *because, struct arena *a)
{
	const char *why;
	FW_MAY_FAIL(record_undo(r, because, UNDO_MS, false, a, &why) == LIVE_DONE);
}

/* ---- the change ---- */

/* Takes the change. True: this process owns it, and the record says that it must be made. */
static bool begin(struct live_record *r, const char *id, int *ret_own, struct arena *a)
{
	int own = record_own(id);
	if (own < 0)
		return false;
	if (!record_load(id, a, r) && r->state == RECORD_PREPARED) {
		r->state = RECORD_APPLYING;
		if (!record_save(r, a)) {
			*ret_own = own;
			return true;
		}
	}
	close(own);
	return false;
}

static const char *go_there(const struct live_record *r, struct arena *a)
{
	struct live_netns here = current_netns();
	const char *why = is_same_netns(&here, &r->netns) ? NULL : live_enter(r->netns_path, a);
	here = current_netns();
	return why || is_same_netns(&here, &r->netns) ? why
						      : "the network namespace of the change is "
							"gone";
}

/* Records what an undo needs to know, before anything is changed. */
static const char *survey(struct live_record *r, struct arena *a)
{
	const char *why = go_there(r, a);
	if (!why)
		why = live_survey(&r->change, a);
	return why ? why : record_save(r, a);
}

static void apply(struct live_record *r, struct arena *a)
{
	const char *why = survey(r, a), *rules = r->change.n == 1 ? "rule" : "rules";
	if (why) {
		note(r, RECORD_REFUSED, why, a);
		return;
	}
	switch (live_insert(&r->change, a, &why)) {
	case LIVE_DONE:
		r->deadline = process_now_ms() + r->seconds * 1000L;
		if (!record_set(r, r->seconds ? RECORD_PENDING : RECORD_CONFIRMED,
				arena_printf(a,
					     r->seconds ? "%zu %s inserted, to be confirmed in %u "
							  "seconds"
							: "%zu %s inserted",
					     r->change.n, rules, r->seconds),
				a))
			take_back(r, "because its record could not be written", a);
		break;
	case LIVE_MOVED:
		if (!record_set(r, RECORD_MOVED,
				"the ruleset was changed meanwhile: nothing was inserted", a))
			decide(r->id, DECISION_UNDONE);
		break;
	case LIVE_GONE:
	case LIVE_FAILED:
		if (!record_set(r, RECORD_REFUSED, why, a))
			decide(r->id, DECISION_UNDONE);
		break;
	case LIVE_HALF:
		note(r, RECORD_RETURNING, arena_printf(a, "it must be undone: %s", why), a);
		take_back(r, arena_printf(a, "because it failed: %s", why), a);
		break;
	}
}

/* ---- waiting ---- */

/* What wakes the guardian; -1: not available, so the guardian looks often. */
struct alarm {
	int watch; /* the folder's files change */
	int timer; /* it is time, by a clock that goes on while the system sleeps */
	sigset_t unblocked;
};

static void set_timer(struct alarm *w, long deadline)
{
	struct itimerspec at = { .it_value = { deadline / 1000, deadline % 1000 * 1000000 } };
	w->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->timer >= 0)
		timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void sleep_until_alarm(const struct alarm *w, long deadline)
{
	struct pollfd p[2] = { { w->watch, POLLIN, 0 }, { w->timer, POLLIN, 0 } };
	long left = deadline - process_now_ms(),
	     most = w->watch < 0 || w->timer < 0 ? LOOK_OFTEN_MS : LOOK_MS;
	left = left < 0 ? 0 : left > most ? most : left;
	struct timespec t = { left / 1000, left % 1000 * 1000000 };
	char events[4096];
	if (ppoll(p, 2, &t, &w->unblocked) > 0 && p[0].revents &&
	    read(w->watch, events, sizeof(events)) < 0)
		usleep(100000);
}

/* Why the change must be taken back now; NULL: not yet. */
static const char *reason(const struct live_record *r, enum decision d, struct arena *a)
{
	if (d == DECISION_RETURNING)
		return "as requested";
	if (told_to_end)
		return "because its guardian was told to end";
	if (process_now_ms() >= r->deadline)
		return arena_printf(a, "because nobody confirmed it within %u seconds", r->seconds);
	return NULL;
}

/*
 * Waits until the change is confirmed (NULL), or returns why it must be taken back. Removing its
 * files does not confirm it.
 */
static const char *wait_for_decision(const struct live_record *r, const struct alarm *w,
				     struct arena *a)
{
	while (true) {
		enum decision d = record_decision(r->id);
		if (d == DECISION_CONFIRMED)
			return NULL;
		const char *because = reason(r, d, a);
		if (because &&
		    (d != DECISION_OPEN ||
		     record_decide(r->id, DECISION_OPEN, DECISION_RETURNING) || errno != ENOENT))
			return because;
		if (!because)
			sleep_until_alarm(w, r->deadline);
	}
}

static void wait_and_undo(struct live_record *r, struct alarm *w, struct arena *a)
{
	set_timer(w, r->deadline);
	const char *because = wait_for_decision(r, w, a);
	if (w->timer >= 0)
		close(w->timer);
	if (!because) {
		note(r, RECORD_CONFIRMED, arena_printf(a, "confirmed at %s", now_words(a)), a);
		return;
	}
	r->state = RECORD_RETURNING;
	r->message = "it is being undone";
	FW_MAY_FAIL(record_save(r, a) != NULL); /* the change is taken back even if this fails */
	take_back(r, because, a);
}

void record_guard(const char *id, struct arena *a)
{
	struct live_record r;
	struct alarm w = { .timer = -1 };
	struct sigaction term = { .sa_handler = on_term };
	sigset_t blocked;
	int own;
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	sigaction(SIGTERM, &term, NULL);
	/* only while it sleeps */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &w.unblocked);
	sigdelset(&w.unblocked, SIGTERM);
	/* when memory runs out, the kernel should end another process (proc(5)), if possible */
	FW_MAY_FAIL(process_write("/proc/self/oom_score_adj", "-1000"));
	w.watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w.watch >= 0 && inotify_add_watch(w.watch, RECORD_FOLDER, IN_MOVED_TO) < 0) {
		close(w.watch);
		w.watch = -1;
	}
	if (begin(&r, id, &own, a)) {
		apply(&r, a);
		if (r.state == RECORD_PENDING)
			wait_and_undo(&r, &w, a);
		close(own);
	}
	if (w.watch >= 0)
		close(w.watch);
}

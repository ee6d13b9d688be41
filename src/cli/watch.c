/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint watch [-i IFACE] [--live] [--for SECONDS] */
#include <fwlint/process.h>

#include "host.h"
#include "running.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define TURN_MS 100               /* ms of waiting, at most */
#define SETTLED (3 * SECOND / 10) /* what follows a reset helps to find its cause */
#define FRAMES_MAX 4096           /* of one turn: the events must not wait longer */

/* An entry of conntrack that ended. */
struct ended {
	struct resets_ends of;
	int64_t time;
};

struct watch {
	const struct settings *settings;
	struct capture *capture;
	struct resets *resets;
	struct live_ends *ends; /* NULL: conntrack does not tell */
	FILE *evictions;        /* NULL: this kernel does not count them */
	uint64_t evicted_before;
	VEC(struct ended) pending; /* in order: frames that came before are still to be read */
	size_t n_applied;
	int64_t now;
	struct live_conntrack conntrack; /* as it was at the beginning */
	struct outputs out;
	size_t n_shown;
};

static volatile sig_atomic_t is_stopped;

static void stop(int number)
{
	(void)number;
	is_stopped = 1;
}

/* ns since 1970, by the clock that stamps frames */
static int64_t clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* ---- entries of conntrack ---- */

static struct resets_ends ends_of(const struct live_connection *c)
{
	return (struct resets_ends){ .v6 = c->v6,
				     .addr = { c->saddr, c->daddr },
				     .port = { c->sport, c->dport } };
}

static void know(const struct live_connection *c, void *arg)
{
	struct watch *w = arg;
	struct resets_ends e = ends_of(c);
	resets_know(w->resets, &e);
}

static void note_end(const struct live_connection *c, void *arg)
{
	struct watch *w = arg;
	vec_push(w->settings->arena, &w->pending, ((struct ended){ ends_of(c), w->now }));
}

static void read_ends(struct watch *w)
{
	w->now = clock_now();
	if (w->ends && !live_ends_read(w->ends, note_end, w))
		complain("entries of connection tracking end faster than they can be read: "
			 "'lost-entry' may be missed");
}

/* The entries that had ended by then. */
static void apply_ends(struct watch *w, int64_t time)
{
	while (w->n_applied < w->pending.n && w->pending.items[w->n_applied].time <= time)
		resets_forget(w->resets, &w->pending.items[w->n_applied++].of);
	if (w->n_applied == w->pending.n)
		w->n_applied = w->pending.n = 0;
}

/* ---- frames ---- */

/* False: there are no more for now, or (`*why`) for good. */
static bool see_frames(struct watch *w, const char **why)
{
	struct captured p;
	for (int i = 0; i < FRAMES_MAX; i++)
		switch (capture_next(w->capture, &p)) {
		case CAPTURE_FRAME:
			apply_ends(w, p.time);
			resets_see(w->resets, &p);
			break;
		case CAPTURE_DAMAGED: *why = capture_why(w->capture); return false;
		case CAPTURE_NONE:
		case CAPTURE_END:
		case CAPTURE_CUT: return false;
		}
	return true;
}

static void show(struct watch *w, int64_t until)
{
	size_t n = resets_settle(w->resets, until);
	for (; w->n_shown < n; w->n_shown++)
		for (size_t i = 0; i < w->out.n; i++)
			if (w->out.printers[i].format->reset)
				w->out.printers[i].format->reset(&w->out.printers[i], w->resets,
								 w->n_shown);
}

/* One turn; false: nothing came. */
static bool turn(struct watch *w, const char **why)
{
	struct pollfd fds[] = { { .fd = capture_fd(w->capture), .events = POLLIN },
				{ .fd = w->ends ? live_ends_fd(w->ends) : -1, .events = POLLIN } };
	int ready = poll(fds, ARRAY_SIZE(fds), TURN_MS);
	read_ends(w);
	while (see_frames(w, why))
		read_ends(w);
	/* what the kernel has not handed over yet is younger */
	apply_ends(w, w->now - SETTLED);
	resets_set_lost(w->resets, capture_dropped(w->capture));
	if (w->evictions)
		resets_set_evicted(w->resets, live_evictions(w->evictions) - w->evicted_before);
	show(w, w->now - SETTLED);
	return ready > 0;
}

/* Until it is stopped, or its time is over; returns an exit status. */
static int watch_all(struct watch *w)
{
	long end = process_now_ms() + 1000L * w->settings->watch_for;
	const char *why = NULL;
	while (!is_stopped && !why && (!w->settings->watch_for || process_now_ms() < end))
		turn(w, &why);
	/* what is still on its way */
	for (int i = 0; i < 4 && !why && turn(w, &why); i++)
		;
	if (why)
		complain("'%s' can no longer be watched: %s", capture_name(w->capture), why);
	resets_judge(w->resets);
	show(w, INT64_MAX);
	return why ? EXIT_SYSTEM : EXIT_CLEAN;
}

/* ---- the command ---- */

/* The rules of the firewall; an exit status. */
static int read_rules(struct watch *w, struct input *in, int n, char **files, struct settings *s)
{
	bool asked = s->live;
	s->live = asked || !n;
	/* the settings of the namespace that it is about; what is wrong with it comes below */
	if (s->netns && s->live)
		FW_MAY_FAIL(live_begin(s) == NULL);
	w->conntrack = live_conntrack(s->arena);
	s->job.read.conntrack = w->conntrack.running ? &w->conntrack : NULL;
	int status = host_read(in, n, files, s);
	if (status == EXIT_SYSTEM && !asked) {
		complain("no rule will be named: see above (or give RULES after --)");
		return EXIT_CLEAN;
	}
	return status;
}

/* Can it be written without the rights? Better to fail now than at the end. NULL, or why not. */
static const char *can_write(const char *path, struct arena *a)
{
	if (!path || strcmp(path, "-") == 0 || access(path_folder(path, a), W_OK) == 0)
		return NULL;
	return arena_printf(a,
			    "'%s' cannot be written: packets are read as uid %u, who may not write "
			    "there (> FILE instead)",
			    path, getuid());
}

static const char *can_write_all(const struct settings *s)
{
	const char *why = can_write(s->output, s->arena);
	for (size_t i = 0; i < s->n_files && !why; i++)
		why = can_write(s->files[i].path, s->arena);
	return why;
}

/* Opens what needs rights, and gives them up. NULL, or why that was not possible. */
static const char *open_all(struct watch *w, const struct ruleset *rules)
{
	const struct settings *s = w->settings;
	const char *name = s->interface ? s->interface : "any";
	const char *why = capture_open_live(name, s->filter, s->arena, &w->capture);
	if (why)
		return why;
	w->resets = resets_new(rules, s->arena);
	resets_begin(w->resets, name);
	w->ends = live_ends_open(s->arena);
	/* an unknown entry counts as never seen: that tells less, but nothing wrong */
	if (!w->ends || !live_each_connection(know, w))
		complain("connection tracking does not tell what it knows: %s", strerror(errno));
	w->evictions = live_evictions_open();
	w->evicted_before = w->evictions ? live_evictions(w->evictions) : 0;
	if (!process_give_up_rights())
		complain("privileges could not be dropped: packets are read with them");
	return can_write_all(s);
}

static void close_all(struct watch *w)
{
	if (w->ends)
		live_ends_close(w->ends);
	if (w->evictions)
		fclose(w->evictions);
	capture_close(w->capture);
}

static void catch_signals(void)
{
	struct sigaction a = { .sa_handler = stop };
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
}

static int run(int argc, char **argv, struct settings *s)
{
	struct watch w = { .settings = s };
	struct input rules = { 0 };
	int n = s->n_behind;
	if (argc > n) {
		complain("fwlint watch takes no arguments but RULES after '--' (an interface: -i "
			 "%s; a file with packets: fwlint resets %s)",
			 argv[0], argv[0]);
		return EXIT_INPUT;
	}
	int status = read_rules(&w, &rules, n, argv, s);
	if (status)
		return status;
	const char *why = open_all(&w, rules.ruleset);
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
	}
	catch_signals();
	w.out = outputs_open(s, NULL);
	if (!s->quiet)
		complain("watching %s%s%s", s->interface ? s->interface : "all interfaces",
			 rules.ruleset ? ", with the rules of " : "",
			 rules.ruleset ? (n ? argv[0] : "the running host") : "");
	status = watch_all(&w);
	for (size_t i = 0; i < w.out.n; i++)
		w.out.printers[i].format->resets(&w.out.printers[i], w.resets);
	close_all(&w);
	return outputs_close(&w.out, status);
}

// clang-format off
const struct command command_watch = {
	.name = "watch", .arguments = "[options] [--live | -- RULES...]",
	.about = "who sends the TCP resets on this host, and why, as they come",
	.help = "Watches the packets of this host. Within a second of each TCP reset it says who sent it and\n"
		"why, as fwlint resets does for a capture. The rules are those of the running host, as --live\n"
		"reads them, or RULES. It ends after --for SECONDS or when it is stopped (Ctrl-C), with a summary;\n"
		"formats other than text are printed as a whole then. Nothing on the host is changed. It must be\n"
		"started by root, but reads packets without privileges. Exit status: 0 it ended as asked,\n"
		"2 an argument or RULES are wrong, 3 it could not watch, or not go on.",
	.min = 0, .max = MANY,
	.options = OPTIONS(OPT_INTERFACE, OPT_LIVE, OPT_NETNS, OPT_FOR, OPT_FILTER, OPT_FORMAT, OPT_OUTPUT, OPT_DIALECT, OPT_LOADER, OPT_KERNEL,
			   OPT_INCLUDE_DIR, OPT_INCLUDE_ANY, OPT_NO_INCLUDE, OPT_SYSCTL, OPT_COLOR, OPT_VERBOSE, OPT_QUIET),
	.prints = PRODUCT_RESETS,
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop: messages in, lints out. A text is linted once typing has stopped for a moment, or has
 * gone on for long. The lint of an old text is ended when the newest text is linted.
 */
#include "lsp.h"

#include <fwlint/process.h>

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUIET_MS 150                /* typing has stopped */
#define LATEST_MS 1500              /* lint now, even if typing goes on */
#define LINT_MS 60000               /* a lint that takes longer is ended */
#define LINTS_MAX 3                 /* at once */
#define SENT_MAX ((size_t)64 << 20) /* no message is taken while so much waits to be written */
#define FOUND_MAX ((size_t)256 << 20)

/* ---- what a lint says ---- */

static void set_found(struct server *s, struct document *d, json_t *found)
{
	json_t *diagnostics = json_object_get(found, "diagnostics");
	json_t *before = json_object_get(d->found, "diagnostics");
	if (!d->lint.has_said || !json_equal(before, diagnostics))
		server_publish(s, d, d->lint.version, json_incref(diagnostics));
	d->lint.has_said = true;
	json_decref(d->found);
	d->found = found;
}

/* One line: see found.c. */
static void take_line(struct server *s, struct document *d, struct str line)
{
	json_error_t why;
	json_t *j = json_loadb(line.p, line.n, 0, &why);
	json_t *actions = json_object_get(j, "actions");
	if (!json_is_array(json_object_get(j, "diagnostics")) || !json_is_array(actions)) {
		json_decref(j);
		return;
	}
	json_decref(d->actions);
	d->actions = json_incref(actions);
	set_found(s, d, j);
}

static void take_lines(struct server *s, struct document *d)
{
	struct str rest = { d->lint.got.items, d->lint.got.n };
	const char *end;
	while (rest.n && (end = memchr(rest.p, '\n', rest.n))) {
		take_line(s, d, (struct str){ rest.p, (size_t)(end - rest.p) });
		rest.n -= (size_t)(end + 1 - rest.p);
		rest.p = end + 1;
	}
	if (rest.n)
		memmove(d->lint.got.items, rest.p, rest.n);
	d->lint.got.n = rest.n;
}

static void end_lint(struct server *s, struct document *d, const char *trouble)
{
	bool was_stale = d->lint.is_stale, says = d->lint.has_said;
	d->is_settled = !was_stale;
	if (!says && !was_stale) {
		json_decref(d->actions);
		d->actions = json_array();
		set_found(s, d, found_trouble(trouble));
	}
	lint_stop(d);
}

static void read_lint(struct server *s, struct document *d)
{
	char buf[65536];
	ssize_t n = read(d->lint.fd, buf, sizeof(buf));
	if (n > 0) {
		text_add(&d->lint.got, (struct str){ buf, (size_t)n });
		if (d->lint.got.n > FOUND_MAX)
			end_lint(s, d, "fwlint has more findings in this text than it can send");
		else if (memchr(buf, '\n', (size_t)n))
			take_lines(s, d);
	} else if (n == 0 || errno != EINTR) {
		end_lint(s, d, "fwlint could not look at this text: its process ended early");
	}
}

/* ---- when ---- */

static long due_at(const struct document *d)
{
	long quiet = d->changed_at + QUIET_MS, latest = d->dirty_since + LATEST_MS;
	/* a lint that runs may finish while typing goes on */
	return d->lint.pid || quiet < latest ? quiet : latest;
}

static size_t n_running(const struct server *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->documents.n; i++)
		n += s->documents.items[i]->lint.pid != 0;
	return n;
}

/* Starts and ends what is due. */
static void run_lints(struct server *s, long now)
{
	for (size_t i = 0; i < s->documents.n; i++) {
		struct document *d = s->documents.items[i];
		if (d->lint.pid && now - d->lint.started_at > LINT_MS)
			end_lint(s, d, "fwlint could not look at this text in a minute");
		if (!d->is_open || !d->is_dirty || now < due_at(d))
			continue;
		lint_stop(d);
		if (n_running(s) < LINTS_MAX && lint_start(s, d)) {
			d->is_dirty = false;
			d->lint.is_stale = false;
		}
	}
}

/* Milliseconds until something is due; -1: nothing is. */
static int until_due(const struct server *s, long now)
{
	long at = -1;
	for (size_t i = 0; i < s->documents.n; i++) {
		const struct document *d = s->documents.items[i];
		long due = d->lint.pid ? d->lint.started_at + LINT_MS + 1 : -1;
		if (d->is_open && d->is_dirty && (due < 0 || due_at(d) < due))
			due = due_at(d);
		at = due >= 0 && (at < 0 || due < at) ? due : at;
	}
	for (size_t i = 0; i < s->n_waiting; i++)
		at = at < 0 || s->waiting[i].until < at ? s->waiting[i].until : at;
	/* a lint that is due waits for others to end */
	return at < 0 ? -1 : at <= now ? 20 : (int)(at - now);
}

/* ---- the loop ---- */

static void take_messages(struct server *s)
{
	json_t *message;
	enum wire_got got;
	while (!s->is_done && wire_waiting(&s->wire) < SENT_MAX &&
	       (got = wire_next(&s->wire, &message)) != WIRE_NOTHING) {
		if (got == WIRE_NO_JSON)
			server_fail(s, NULL, ERROR_PARSE, "this message is not JSON");
		else if (got == WIRE_TOO_LONG)
			server_fail(s, NULL, ERROR_REQUEST, "this message is too long");
		else
			server_take(s, message);
		if (got == WIRE_MESSAGE)
			json_decref(message);
	}
}

static void step(struct server *s)
{
	struct pollfd p[LINTS_MAX + 2];
	struct document *of[LINTS_MAX + 2];
	nfds_t n = 2;
	long now = process_now_ms();
	bool is_full = wire_waiting(&s->wire) >= SENT_MAX;
	p[0] = (struct pollfd){ is_full || s->is_done ? -1 : s->wire.in, POLLIN, 0 };
	p[1] = (struct pollfd){ wire_waiting(&s->wire) ? s->wire.out : -1, POLLOUT, 0 };
	for (size_t i = 0; i < s->documents.n && n < LINTS_MAX + 2; i++) {
		if (!s->documents.items[i]->lint.pid)
			continue;
		of[n] = s->documents.items[i];
		p[n++] = (struct pollfd){ s->documents.items[i]->lint.fd, POLLIN, 0 };
	}
	if (poll(p, n, until_due(s, now)) < 0)
		return;
	if (p[1].revents)
		wire_flush(&s->wire);
	for (nfds_t i = 2; i < n; i++)
		if (p[i].revents)
			read_lint(s, of[i]);
	if (p[0].revents)
		wire_fill(&s->wire);
	take_messages(s);
	run_lints(s, process_now_ms());
	server_answer_waiting(s, process_now_ms());
}

const char *lsp_serve(int in, int out, const struct lsp_options *o)
{
	struct server s = { .options = o, .arena = arena_new() };
	s.wire = (struct wire){
		.in = in, .out = out, .received = { .arena = s.arena }, .sent = { .arena = s.arena }
	};
	while (!s.is_done && !s.wire.is_at_end && !s.wire.broken)
		step(&s);
	while (wire_waiting(&s.wire) && !s.wire.is_at_end) {
		struct pollfd p = { out, POLLOUT, 0 };
		if (poll(&p, 1, 1000) <= 0) /* nobody reads */
			break;
		wire_flush(&s.wire);
	}
	for (size_t i = 0; i < s.documents.n; i++)
		document_free(s.documents.items[i]);
	for (size_t i = 0; i < s.n_waiting; i++) {
		json_decref(s.waiting[i].id);
		json_decref(s.waiting[i].params);
	}
	const char *why = s.wire.broken;
	if (!why && !s.is_shut_down)
		why = "the client is gone without a 'shutdown'";
	arena_free(s.arena);
	return why;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection, one ruleset, one segment that the finding is about.
 *
 * The connection is made before the ruleset is loaded, while connection
 * tracking already sees it: so it is ESTABLISHED to the ruleset however that
 * takes new ones. `a` is the end that sends the witness, `b` the other.
 */
#include <fwlint/process.h>

#include "experiment.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WINDOW 8000
#define ABOVE 2000000u /* beyond any window that an end may have announced */
#define MTU 1500u      /* of the wires */

/* ---- its course ---- */

static void fill_ends(struct experiment *x)
{
	const struct packet *p = &x->finding->witness;
	bool v6 = p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6;
	x->a = (struct segment){
		.v6 = v6,
		.protocol = 6,
		.ttl = (unsigned char)p->v[FIELD_TTL],
		.dscp = (unsigned char)p->v[FIELD_DSCP],
		.saddr = p->v[v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR],
		.daddr = p->v[v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR],
		.sport = (uint16_t)p->v[FIELD_SPORT],
		.dport = (uint16_t)p->v[FIELD_DPORT],
		.seq = 1000001,
		.ack = 2000001,
		.flags = TCP_ACK | TCP_PSH,
		.window = WINDOW,
		.payload = 20,
	};
	x->b = x->a;
	x->b.saddr = x->a.daddr;
	x->b.daddr = x->a.saddr;
	x->b.sport = x->a.dport;
	x->b.dport = x->a.sport;
	x->b.seq = x->a.ack;
	x->b.ack = x->a.seq;
	if (x->a.ttl < 2)
		x->a.ttl = x->b.ttl = 64;
}

/* Rules of the second listing whose line, that is whose counters, changed since the first. */
static void say_what_moved(struct experiment *x, struct str before, struct str after)
{
	size_t at = 0;
	while (after.p && before.p) {
		struct str line = str_cut(&after, '\n');
		bool same = str_eq(str_cut(&before, '\n'), line);
		line = str_trim(line);
		if (!same && line.n && at + line.n + 2 < sizeof(x->proof->rules) &&
		    line.p[0] != ':' && line.p[0] != '#') {
			memcpy(x->proof->rules + at, line.p, line.n);
			at += line.n;
			x->proof->rules[at++] = '\n';
		}
	}
}

/* Do segments in order pass now, after the other end has sent one too? */
static bool does_go_on(struct experiment *x)
{
	struct segment other = x->b;
	if (x->path == PATH_INPUT) {
		experiment_host_sends(x, &x->b);
	} else {
		if (!lab_send(x->lab, x->wire_b, &other))
			return false;
		segment_advance(&x->b);
	}
	experiment_drain(x);
	struct segment again = x->a;
	again.ack = x->b.seq;
	if (x->path == PATH_OUTPUT) {
		experiment_host_sends(x, &x->a);
		struct segment got;
		while (lab_receive(x->lab, 2 * WAIT_MS, &got))
			if (segment_is_of(&got, &x->a) && got.payload)
				return true;
		return false;
	}
	return experiment_send(x, &again, true) == PROOF_PASSED;
}

/* A segment in order from `a`; by the host's own socket, if `a` is the host. */
static bool is_alive(struct experiment *x)
{
	if (x->path != PATH_OUTPUT) {
		bool passed = experiment_send(x, &x->a, true) == PROOF_PASSED;
		segment_advance(&x->a);
		x->b.ack = x->a.seq;
		return passed;
	}
	struct segment got, host = x->a;
	experiment_host_sends(x, &x->a);
	while (lab_receive(x->lab, WAIT_MS, &got))
		if (segment_is_of(&got, &host) && got.payload) {
			x->b.ack = x->a.seq;
			return true;
		}
	return false;
}

/* A segment with the flags and the length of the witness, in the current connection. */
static bool make_witness(struct experiment *x, bool lost, struct segment *ret)
{
	const struct packet *p = &x->finding->witness;
	unsigned head = x->a.v6 ? 60 : 40;
	u128 length = p->v[FIELD_LENGTH];
	struct segment s = x->a;
	s.flags = (unsigned char)p->v[FIELD_TCP_FLAGS];
	if (!lost)
		s.seq += ABOVE;
	if (length < head || length > MTU)
		return experiment_give_up(
			x, arena_printf(x->arena, "a segment of %s bytes cannot be sent here",
					field_print(FIELD_LENGTH, length, x->arena)));
	s.payload = (uint16_t)(length - head);
	*ret = s;
	return true;
}

static void run(struct experiment *x, struct str text, const char *folder)
{
	struct proof *p = x->proof;
	if (!experiment_prepare_network(x) || !experiment_open_connection(x))
		return;
	const char *why = lab_load(x->lab, x->rs, text, folder);
	if (why) {
		experiment_give_up(x, why);
		return;
	}
	p->loads = true;
	const char *const done[] = { "nft", "delete", "table", "inet", "fwlint_prove", NULL };
	struct text out = { .arena = x->arena };
	FW_MAY_FAIL(process_run(
		done, STR(""), &out,
		&out)); /* these rules stop nothing; a ruleset that flushes has removed them */
	p->alive = is_alive(x);
	if (!p->alive) {
		experiment_give_up(x, x->finding->nat ? "the connection of the witness is "
							"translated: fwlint prove opens no such "
							"connection"
						      : "segments in order do not pass: the "
							"connection lives only under what the "
							"witness assumes");
		return;
	}
	bool lost = x->finding->witness.v[FIELD_CT_STATE] == CT_STATE_NEW;
	if (lost && !lab_flush_connections()) {
		experiment_give_up(x, "the connections cannot be deleted");
		return;
	}
	struct segment witness;
	if (!make_witness(x, lost, &witness))
		return;
	struct str before = lab_list(x->lab, x->rs);
	p->outcome = experiment_send(x, &witness, lost);
	say_what_moved(x, before, lab_list(x->lab, x->rs));
	if (p->outcome != PROOF_RESET)
		p->goes_on = does_go_on(x);
}

/* ---- the child process ---- */

static void only_load(struct experiment *x, struct str text, const char *folder)
{
	if (!experiment_add_named_wires(x))
		return;
	const char *why = lab_load(x->lab, x->rs, text, folder);
	x->proof->loads = !why;
	if (why)
		experiment_give_up(x, why);
}

struct job {
	struct experiment experiment;
	struct str text;
	const char *folder;
};

static void child(const void *with, void *result)
{
	const struct job *job = with;
	struct experiment x = job->experiment;
	x.proof = result;
	x.arena = arena_new();
	x.socket = -1;
	const char *why = process_enter_namespaces(x.arena);
	if (why) {
		experiment_give_up(&x, why);
		return;
	}
	x.lab = lab_new(x.arena);
	if (!x.finding) {
		only_load(&x, job->text, job->folder);
		return;
	}
	fill_ends(&x);
	run(&x, job->text, job->folder);
}

const char *experiment_in_child(void (*work)(const void *with, void *result), const void *with,
				void *result, size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	if (shared == MAP_FAILED)
		return "there is no shared memory";
	memcpy(shared, result, size);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		work(with, shared);
		_exit(0);
	}
	bool ended = pid > 0 && waitpid(pid, &status, 0) >= 0 && WIFEXITED(status);
	memcpy(result, shared, size);
	munmap(shared, size);
	return ended ? NULL : "the experiment ended too early";
}

static struct proof in_child(const struct experiment *x, struct str text, const char *folder)
{
	struct proof result = { .outcome = PROOF_NOT_RUN };
	const struct job job = { *x, text, folder };
	const char *why = experiment_in_child(child, &job, &result, sizeof(result));
	if (why)
		snprintf(result.why, sizeof(result.why), "%s", why);
	return result;
}

struct proof prove_load(const struct ruleset *rs, struct str text, const char *folder)
{
	struct experiment x = { .rs = rs };
	return in_child(&x, text, folder);
}

struct proof prove_finding(const struct ruleset *rs, struct str text, const struct finding *f,
			   const char *folder)
{
	struct experiment x = { .rs = rs, .finding = f };
	return in_child(&x, text, folder);
}

const char *prove_is_possible(void)
{
	static char why[300];
	struct arena *a = arena_new();
	int fds[2];
	if (pipe(fds) < 0)
		return "no pipe";
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		const char *w = process_enter_namespaces(a);
		if (w && write(fds[1], w, strlen(w)) < 0)
			_exit(1);
		_exit(w ? 1 : 0);
	}
	int status = 1;
	close(fds[1]);
	ssize_t n = read(fds[0], why, sizeof(why) - 1);
	close(fds[0]);
	why[n > 0 ? n : 0] = 0;
	waitpid(pid, &status, 0);
	arena_free(a);
	return status == 0 ? NULL : why[0] ? why : "cannot create a process";
}

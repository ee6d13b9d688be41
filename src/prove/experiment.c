/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection, one ruleset, one segment that the finding is about.
 *
 * The connection is made before the ruleset is loaded, while connection
 * tracking already sees it: so it is ESTABLISHED to the ruleset however that
 * takes new ones. `a` is the end that sends the witness, `b` the other.
 */
#include <fwlint/process.h>
#include <fwlint/prove.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WINDOW 8000
#define ABOVE 2000000u /* beyond any window that an end may have announced */
#define WAIT_MS 250
#define MTU 1500u /* of the wires */

struct experiment {
	struct lab *lab;
	struct arena *arena;
	const struct ruleset *rs;
	const struct finding *finding;
	struct proof *proof;
	enum path path;
	struct segment a;        /* what the witness's end sends next, in order */
	struct segment b;        /* the same of the other end */
	struct str wire_a, wire_b; /* by which it comes in; empty: the end is the host */
	int socket;              /* of the end that is the host; -1 */
};

static bool give_up(struct experiment *x, const char *why)
{
	snprintf(x->proof->why, sizeof(x->proof->why), "%s", why);
	return false;
}

/* ---- interfaces and addresses ---- */

static struct str name_of(struct experiment *x, enum field f)
{
	u128 v = x->finding->witness.v[f];
	return v ? str_from(field_print(f, v, x->arena)) : (struct str){ 0 };
}

/* nft loads `iif "eth0"` and chains at devices only where these are there. */
static bool add_named_wires(struct experiment *x)
{
	const struct ruleset *rs = x->rs;
	const char *why = NULL;
	for (size_t i = 0; i < rs->n_chains && !why; i++) {
		const struct chain *c = rs->chains[i];
		for (uint32_t k = 0; k < c->n_devices && !why; k++)
			why = lab_add_wire(x->lab, str_from(field_print(FIELD_IIFNAME, c->devices[k].lo, x->arena)));
		for (size_t k = 0; k < c->n && !why && strcmp(rs->dialect, "iptables") != 0; k++)
			for (uint32_t m = 0; m < c->items[k]->n_matches && !why; m++) {
				const struct match *t = &c->items[k]->matches[m];
				if (t->kind == MATCH_RANGES && (t->field == FIELD_IIFNAME || t->field == FIELD_OIFNAME) &&
				    t->n && t->ranges[0].lo && t->ranges[0].lo == t->ranges[0].hi)
					why = lab_add_wire(x->lab, str_from(field_print(t->field, t->ranges[0].lo, x->arena)));
			}
	}
	return why ? give_up(x, why) : true;
}

static bool ip(struct experiment *x, const char *batch)
{
	struct text out = { .arena = x->arena };
	const char *const argv[] = { "ip", "-batch", "-", NULL };
	if (!process_run(argv, str_from(batch), &out, &out))
		return true;
	return give_up(x, arena_printf(x->arena, "ip: %.*s", STR_FMT(str_trim(text_str(&out)))));
}

static const char *address(struct experiment *x, u128 v)
{
	return field_print(x->a.v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR, v, x->arena);
}

/* The other end of the wire has this address. */
static bool add_peer(struct experiment *x, struct str wire, u128 addr, unsigned number)
{
	return ip(x, arena_printf(x->arena, "route replace %s/%u dev %.*s\n"
				  "neigh replace %s lladdr 02:00:00:00:03:%02x dev %.*s nud permanent\n",
				  address(x, addr), x->a.v6 ? 128 : 32, STR_FMT(wire), address(x, addr), number,
				  STR_FMT(wire)));
}

static bool add_own_address(struct experiment *x, struct str wire, u128 addr)
{
	return ip(x, arena_printf(x->arena, "addr add %s/%u dev %.*s%s\n", address(x, addr), x->a.v6 ? 128 : 32,
				  STR_FMT(wire), x->a.v6 ? " nodad" : ""));
}

static bool prepare_network(struct experiment *x)
{
	struct str in = name_of(x, FIELD_IIFNAME), out = name_of(x, FIELD_OIFNAME);
	const char *why = NULL;
	x->path = x->finding->path;
	if (x->path != path_direction(x->path))
		return give_up(x, "frames of a bridge are not sent here");
	if (str_is(in, "lo") || str_is(out, "lo"))
		return give_up(x, "the witness goes by loopback");
	if (x->path != PATH_OUTPUT)
		x->wire_a = in;
	if (x->path != PATH_INPUT)
		x->wire_b = out;
	if (x->wire_a.n)
		why = lab_add_wire(x->lab, x->wire_a);
	if (x->wire_b.n && !why)
		why = lab_add_wire(x->lab, x->wire_b);
	if (why)
		return give_up(x, why);
	if (!add_named_wires(x))
		return false;
	if (x->wire_a.n ? !add_peer(x, x->wire_a, x->a.saddr, 1) : !add_own_address(x, x->wire_b, x->a.saddr))
		return false;
	if (x->wire_b.n ? !add_peer(x, x->wire_b, x->a.daddr, 2) : !add_own_address(x, x->wire_a, x->a.daddr))
		return false;
	lab_add_addresses(x->lab);
	return true;
}

/* ---- sending and receiving ---- */

static bool is_of(const struct segment *got, const struct segment *sent_by)
{
	return got->protocol == 6 && got->v6 == sent_by->v6 && got->saddr == sent_by->saddr &&
	       got->daddr == sent_by->daddr && got->sport == sent_by->sport && got->dport == sent_by->dport;
}

static void drain(struct experiment *x)
{
	struct segment s;
	while (lab_receive(x->lab, 20, &s))
		continue;
}

static bool send_from_a(struct experiment *x, const struct segment *s)
{
	return lab_send(x->lab, x->wire_a, s);
}

/* The socket of the host: did data come, or a reset? */
static enum proof_outcome look_at_socket(const struct experiment *x, int ms)
{
	struct pollfd p = { x->socket, POLLIN, 0 };
	char buf[2000];
	if (poll(&p, 1, ms) <= 0)
		return PROOF_SILENCE;
	ssize_t n = recv(x->socket, buf, sizeof(buf), MSG_DONTWAIT);
	if (n > 0)
		return PROOF_PASSED;
	return n < 0 && (errno == ECONNRESET || errno == ECONNREFUSED) ? PROOF_RESET : PROOF_SILENCE;
}

/* Sends a segment of `a`; what becomes of it? */
static enum proof_outcome send_and_look(struct experiment *x, const struct segment *s, bool in_order)
{
	struct segment got;
	drain(x);
	if (!send_from_a(x, s))
		return PROOF_SILENCE;
	if (x->path == PATH_INPUT && in_order && look_at_socket(x, WAIT_MS) == PROOF_PASSED)
		return PROOF_PASSED;
	while (lab_receive(x->lab, WAIT_MS, &got)) {
		if (is_of(&got, &x->b) && (got.flags & TCP_RST)) {
			x->proof->reset_seq = got.seq;
			x->proof->exact = got.seq == x->b.seq;
			return PROOF_RESET;
		}
		if (x->path != PATH_INPUT && is_of(&got, s) && got.seq == s->seq)
			return PROOF_PASSED;
	}
	if (x->path == PATH_OUTPUT && look_at_socket(x, 0) == PROOF_RESET) {
		x->proof->exact = true;
		x->proof->reset_seq = x->b.seq;
		return PROOF_RESET;
	}
	return PROOF_SILENCE;
}

/* ---- the connection ---- */

/* Turns on connection tracking with rules that stop nothing. */
static bool start_tracking(struct experiment *x)
{
	static const char rules[] =
		"table inet fwlint_prove {\n"
		" chain p { type filter hook prerouting priority 0; ct state new counter; }\n"
		" chain o { type filter hook output priority 0; ct state new counter; }\n"
		"}\n";
	const char *const nft[] = { "nft", "-f", "-", NULL };
	const char *const iptables[] = { x->a.v6 ? "ip6tables" : "iptables", "-t", "mangle", "-A", "PREROUTING",
					 "-m", "conntrack", "--ctstate", "NEW", NULL };
	struct text out = { .arena = x->arena };
	if (!process_run(nft, str_from(rules), &out, &out) || !process_run(iptables, STR(""), &out, &out))
		return true;
	return give_up(x, arena_printf(x->arena, "connection tracking cannot be used here: %.*s",
				       STR_FMT(str_trim(text_str(&out)))));
}

static void advance(struct segment *s)
{
	s->seq += s->payload;
}

/* Both ends are ours: the other one opens, as a client would. */
static bool open_through(struct experiment *x)
{
	struct segment syn = x->b, answer = x->a;
	syn.flags = TCP_SYN;
	syn.payload = 0;
	answer.flags = TCP_SYN | TCP_ACK;
	answer.payload = 0;
	syn.seq = x->b.seq - 1;
	syn.ack = 0;
	answer.seq = x->a.seq - 1;
	struct segment ack = x->b;
	ack.payload = 0;
	ack.flags = TCP_ACK;
	lab_send(x->lab, x->wire_b, &syn);
	lab_send(x->lab, x->wire_a, &answer);
	lab_send(x->lab, x->wire_b, &ack);
	drain(x);
	return true;
}

static socklen_t socket_address(const struct experiment *x, u128 v, uint16_t port, struct sockaddr_storage *ret)
{
	unsigned bytes = x->a.v6 ? 16 : 4;
	unsigned char raw[16];
	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < bytes; i++)
		raw[i] = (unsigned char)(v >> (8 * (bytes - 1 - i)));
	if (x->a.v6) {
		struct sockaddr_in6 *s = (struct sockaddr_in6 *)ret;
		s->sin6_family = AF_INET6;
		s->sin6_port = htons(port);
		memcpy(&s->sin6_addr, raw, 16);
		return sizeof(*s);
	}
	struct sockaddr_in *s = (struct sockaddr_in *)ret;
	s->sin_family = AF_INET;
	s->sin_port = htons(port);
	memcpy(&s->sin_addr, raw, 4);
	return sizeof(*s);
}

/* One end is a socket of the host, which connects to ours. */
static bool open_from_host(struct experiment *x, struct segment *host, struct segment *peer, struct str wire)
{
	struct sockaddr_storage own, other;
	struct segment syn, answer = *peer;
	socklen_t own_len = socket_address(x, host->saddr, host->sport, &own);
	socklen_t other_len = socket_address(x, host->daddr, host->dport, &other);
	x->socket = socket(x->a.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->socket < 0 || bind(x->socket, (struct sockaddr *)&own, own_len) < 0)
		return give_up(x, arena_printf(x->arena, "no socket at %s: %s", address(x, host->saddr), strerror(errno)));
	connect(x->socket, (struct sockaddr *)&other, other_len);
	do {
		if (!lab_receive(x->lab, 1000, &syn))
			return give_up(x, "the host's SYN did not leave");
	} while (!is_of(&syn, host) || !(syn.flags & TCP_SYN));
	host->seq = syn.seq + 1;
	peer->ack = host->seq;
	answer.flags = TCP_SYN | TCP_ACK;
	answer.seq = peer->seq - 1;
	answer.ack = host->seq;
	answer.payload = 0;
	lab_send(x->lab, wire, &answer);
	drain(x);
	return true;
}

static bool open_connection(struct experiment *x)
{
	if (!start_tracking(x))
		return false;
	if (x->path == PATH_INPUT)
		return open_from_host(x, &x->b, &x->a, x->wire_a);
	if (x->path == PATH_OUTPUT) {
		bool ok = open_from_host(x, &x->a, &x->b, x->wire_b);
		x->b.ack = x->a.seq;
		return ok;
	}
	return open_through(x);
}

/* ---- the course of it ---- */

static void fill_ends(struct experiment *x)
{
	const struct packet *p = &x->finding->witness;
	bool v6 = p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6;
	x->a = (struct segment){
		.v6 = v6, .protocol = 6, .ttl = (unsigned char)p->v[FIELD_TTL], .dscp = (unsigned char)p->v[FIELD_DSCP],
		.saddr = p->v[v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR],
		.daddr = p->v[v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR],
		.sport = (uint16_t)p->v[FIELD_SPORT], .dport = (uint16_t)p->v[FIELD_DPORT],
		.seq = 1000001, .ack = 2000001, .flags = TCP_ACK | TCP_PSH, .window = WINDOW, .payload = 20,
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

/* Rules of the second listing whose line is not as it was in the first: the counters. */
static void say_what_moved(struct experiment *x, struct str before, struct str after)
{
	size_t at = 0;
	while (after.p && before.p) {
		struct str line = str_cut(&after, '\n');
		bool same = str_eq(str_cut(&before, '\n'), line);
		line = str_trim(line);
		if (!same && line.n && at + line.n + 2 < sizeof(x->proof->rules) && line.p[0] != ':' &&
		    line.p[0] != '#') {
			memcpy(x->proof->rules + at, line.p, line.n);
			at += line.n;
			x->proof->rules[at++] = '\n';
		}
	}
}

/* The host writes to its socket; whether that leaves is seen later. */
static void host_sends(struct experiment *x, struct segment *host)
{
	if (send(x->socket, "fwlint", 6, MSG_DONTWAIT | MSG_NOSIGNAL) == 6)
		host->seq += 6;
}

/* Do segments in order pass now, after the other end has sent one too? */
static bool does_go_on(struct experiment *x)
{
	struct segment other = x->b;
	if (x->path == PATH_INPUT) {
		host_sends(x, &x->b);
	} else {
		lab_send(x->lab, x->wire_b, &other);
		advance(&x->b);
	}
	drain(x);
	struct segment again = x->a;
	again.ack = x->b.seq;
	if (x->path == PATH_OUTPUT) {
		host_sends(x, &x->a);
		struct segment got;
		while (lab_receive(x->lab, 2 * WAIT_MS, &got))
			if (is_of(&got, &x->a) && got.payload)
				return true;
		return false;
	}
	return send_and_look(x, &again, true) == PROOF_PASSED;
}

/* A segment in order from `a`; it goes by the host's own socket where that is the host. */
static bool is_alive(struct experiment *x)
{
	if (x->path != PATH_OUTPUT) {
		bool passed = send_and_look(x, &x->a, true) == PROOF_PASSED;
		advance(&x->a);
		x->b.ack = x->a.seq;
		return passed;
	}
	struct segment got, host = x->a;
	host_sends(x, &x->a);
	while (lab_receive(x->lab, WAIT_MS, &got))
		if (is_of(&got, &host) && got.payload) {
			x->b.ack = x->a.seq;
			return true;
		}
	return false;
}

/* The flags and the length of the witness, in the connection as it stands. */
static bool make_witness(struct experiment *x, bool lost, struct segment *ret)
{
	const struct packet *p = &x->finding->witness;
	unsigned head = x->a.v6 ? 60 : 40;
	u128 length = p->v[FIELD_LENGTH];
	*ret = x->a;
	ret->flags = (unsigned char)p->v[FIELD_TCP_FLAGS];
	if (!lost)
		ret->seq += ABOVE;
	if (length < head || length > MTU)
		return give_up(x, arena_printf(x->arena, "no segment of %s bytes can be sent here",
					       field_print(FIELD_LENGTH, length, x->arena)));
	ret->payload = (uint16_t)(length - head);
	return true;
}

static void run(struct experiment *x, struct str text, const char *folder)
{
	struct proof *p = x->proof;
	if (!prepare_network(x) || !open_connection(x))
		return;
	const char *why = lab_load(x->lab, x->rs, text, folder);
	if (why) {
		give_up(x, why);
		return;
	}
	p->loads = true;
	const char *const done[] = { "nft", "delete", "table", "inet", "fwlint_prove", NULL };
	struct text out = { .arena = x->arena };
	process_run(done, STR(""), &out, &out);
	p->alive = is_alive(x);
	if (!p->alive) {
		give_up(x, x->finding->nat ? "the connection of the witness is translated: none such is opened here" :
			"segments in order do not pass: the connection lives only under what the witness assumes");
		return;
	}
	bool lost = x->finding->witness.v[FIELD_CT_STATE] == CT_STATE_NEW;
	if (lost && !lab_flush_connections()) {
		give_up(x, "the connections cannot be made forgotten");
		return;
	}
	struct segment witness;
	if (!make_witness(x, lost, &witness))
		return;
	struct str before = lab_list(x->lab, x->rs);
	p->outcome = send_and_look(x, &witness, lost);
	say_what_moved(x, before, lab_list(x->lab, x->rs));
	if (p->outcome != PROOF_RESET)
		p->goes_on = does_go_on(x);
}

/* ---- the child process ---- */

static void only_load(struct experiment *x, struct str text, const char *folder)
{
	if (!add_named_wires(x))
		return;
	const char *why = lab_load(x->lab, x->rs, text, folder);
	x->proof->loads = !why;
	if (why)
		give_up(x, why);
}

static void child(struct experiment *x, struct str text, const char *folder)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	x->arena = arena_new();
	x->socket = -1;
	const char *why = process_enter_namespaces(x->arena);
	if (why) {
		give_up(x, why);
		return;
	}
	x->lab = lab_new(x->arena);
	if (!x->finding) {
		only_load(x, text, folder);
		return;
	}
	fill_ends(x);
	run(x, text, folder);
}

static struct proof in_child(struct experiment *x, struct str text, const char *folder)
{
	struct proof result = { .outcome = PROOF_NOT_RUN };
	struct proof *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	if (shared == MAP_FAILED) {
		snprintf(result.why, sizeof(result.why), "no memory to share: %s", strerror(errno));
		return result;
	}
	*shared = result;
	x->proof = shared;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		child(x, text, folder);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		snprintf(shared->why, sizeof(shared->why), "the experiment ended before its time");
	result = *shared;
	munmap(shared, sizeof(*shared));
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
	return status == 0 ? NULL : why[0] ? why : "no process can be made";
}

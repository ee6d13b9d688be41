/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection of an experiment: opens it, sends its segments and observes them. */
#include <fwlint/process.h>

#include "experiment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

bool segment_is_of(const struct segment *got, const struct segment *sent_by)
{
	return got->protocol == 6 && got->v6 == sent_by->v6 && got->saddr == sent_by->saddr &&
	       got->daddr == sent_by->daddr && got->sport == sent_by->sport &&
	       got->dport == sent_by->dport;
}

void experiment_drain(struct experiment *x)
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
	return n < 0 && (errno == ECONNRESET || errno == ECONNREFUSED) ? PROOF_RESET
								       : PROOF_SILENCE;
}

/* Sends a segment of `a`, and returns what happened to it. */
enum proof_outcome experiment_send(struct experiment *x, const struct segment *s, bool in_order)
{
	struct segment got;
	experiment_drain(x);
	if (!send_from_a(x, s))
		return PROOF_SILENCE;
	if (x->path == PATH_INPUT && in_order && look_at_socket(x, WAIT_MS) == PROOF_PASSED)
		return PROOF_PASSED;
	while (lab_receive(x->lab, WAIT_MS, &got)) {
		if (segment_is_of(&got, &x->b) && (got.flags & TCP_RST)) {
			x->proof->reset_seq = got.seq;
			x->proof->exact = got.seq == x->b.seq;
			return PROOF_RESET;
		}
		if (x->path != PATH_INPUT && segment_is_of(&got, s) && got.seq == s->seq)
			return PROOF_PASSED;
	}
	if (x->path == PATH_OUTPUT && look_at_socket(x, 0) == PROOF_RESET) {
		x->proof->exact = true;
		x->proof->reset_seq = x->b.seq;
		return PROOF_RESET;
	}
	return PROOF_SILENCE;
}

/* The host writes to its socket; the caller sees later whether a segment leaves. */
void experiment_host_sends(struct experiment *x, struct segment *host)
{
	if (send(x->socket, "fwlint", 6, MSG_DONTWAIT | MSG_NOSIGNAL) == 6)
		host->seq += 6;
}

/* ---- making it ---- */

/* Turns on connection tracking with rules that stop nothing. */
static bool start_tracking(struct experiment *x)
{
	static const char rules[] = "table inet fwlint_prove {\n"
				    " chain p { type filter hook prerouting priority 0; ct state "
				    "new counter; }\n"
				    " chain o { type filter hook output priority 0; ct state new "
				    "counter; }\n"
				    "}\n";
	const char *const nft[] = { "nft", "-f", "-", NULL };
	const char *const iptables[] = { x->a.v6 ? "ip6tables" : "iptables",
					 "-t",
					 "mangle",
					 "-A",
					 "PREROUTING",
					 "-m",
					 "conntrack",
					 "--ctstate",
					 "NEW",
					 NULL };
	struct text out = { .arena = x->arena };
	if (!process_run(nft, str_from(rules), &out, &out) ||
	    !process_run(iptables, STR(""), &out, &out))
		return true;
	return experiment_give_up(x, arena_printf(x->arena,
						  "connection tracking cannot be used here: %.*s",
						  STR_FMT(str_trim(text_str(&out)))));
}

void segment_advance(struct segment *s)
{
	s->seq += s->payload;
}

/* Both ends are ours: the other end opens the connection, as a client would. */
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
	if (!lab_send(x->lab, x->wire_b, &syn) || !lab_send(x->lab, x->wire_a, &answer) ||
	    !lab_send(x->lab, x->wire_b, &ack))
		return experiment_give_up(x, "the segments that open the connection cannot be "
					     "sent");
	experiment_drain(x);
	return true;
}

static socklen_t socket_address(const struct experiment *x, u128 v, uint16_t port,
				struct sockaddr_storage *ret)
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
static bool open_from_host(struct experiment *x, struct segment *host, struct segment *peer,
			   struct str wire)
{
	struct sockaddr_storage own, other;
	struct segment syn, answer = *peer;
	socklen_t own_len = socket_address(x, host->saddr, host->sport, &own);
	socklen_t other_len = socket_address(x, host->daddr, host->dport, &other);
	x->socket = socket(x->a.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			   0);
	if (x->socket < 0 || bind(x->socket, (struct sockaddr *)&own, own_len) < 0)
		return experiment_give_up(x, arena_printf(x->arena, "no socket at %s: %s",
							  experiment_address(x, host->saddr),
							  strerror(errno)));
	/* the connection has begun, or no SYN comes: the code below will see that */
	FW_MAY_FAIL(connect(x->socket, (struct sockaddr *)&other, other_len));
	do {
		if (!lab_receive(x->lab, 1000, &syn))
			return experiment_give_up(x, "the host's SYN did not leave");
	} while (!segment_is_of(&syn, host) || !(syn.flags & TCP_SYN));
	host->seq = syn.seq + 1;
	peer->ack = host->seq;
	answer.flags = TCP_SYN | TCP_ACK;
	answer.seq = peer->seq - 1;
	answer.ack = host->seq;
	answer.payload = 0;
	if (!lab_send(x->lab, wire, &answer))
		return experiment_give_up(x, "the segments that open the connection cannot be "
					     "sent");
	experiment_drain(x);
	return true;
}

bool experiment_open_connection(struct experiment *x)
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

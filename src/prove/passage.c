/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One packet through the kernel: does it come out as packet_follow() says? */
#include <fwlint/process.h>

#include "experiment.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define MARKER_SEQ 1000001u
#define MARKER_ID 0x4657u /* of an echo */
#define PAYLOAD_MAX 1400u

struct sending {
	const struct passage_of *of;
	struct passed *ret;
	struct experiment x; /* wires, addresses and reasons */
	struct proof proof;
	struct segment sent;
	struct str in, out; /* empty: the host */
	int socket;         /* where the host gets a copy; -1: the packet leaves */
};

static bool give_up(struct sending *s, const char *why)
{
	snprintf(s->ret->why, sizeof(s->ret->why), "%s", why);
	return false;
}

static struct str name_of(struct sending *s, u128 v)
{
	return v ? str_from(field_print(FIELD_IIFNAME, v, s->x.arena)) : (struct str){ 0 };
}

static bool ends_on(const struct sending *s, enum path p)
{
	return path_direction(s->of->way->path) == p;
}

/* ---- what is sent ---- */

static unsigned head_of(const struct packet *p, bool v6)
{
	u128 proto = p->v[FIELD_L4PROTO];
	return (v6 ? 40u : 20u) + (proto == L4PROTO_TCP ? 20u : 8u);
}

static void fill_segment(struct sending *s)
{
	const u128 *v = s->of->packet->v;
	bool v6 = v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6;
	unsigned head = head_of(s->of->packet, v6);
	u128 length = v[FIELD_LENGTH];
	s->x.a.v6 = v6;
	s->sent = (struct segment){
		.v6 = v6,
		.protocol = (unsigned char)v[FIELD_L4PROTO],
		.ttl = (unsigned char)v[FIELD_TTL],
		.dscp = (unsigned char)v[FIELD_DSCP],
		.saddr = v[v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR],
		.daddr = v[v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR],
		.sport = (uint16_t)v[FIELD_SPORT],
		.dport = (uint16_t)v[FIELD_DPORT],
		.seq = MARKER_SEQ,
		.flags = (unsigned char)v[FIELD_TCP_FLAGS],
		.window = 8000,
		.icmp_type = (unsigned char)v[FIELD_ICMP_TYPE],
		.icmp_code = (unsigned char)v[FIELD_ICMP_CODE],
		.payload = (uint16_t)(length > head ? length - head : 0),
	};
	if (s->sent.protocol == L4PROTO_ICMP || s->sent.protocol == L4PROTO_ICMPV6)
		s->sent.sport = MARKER_ID;
}

static const char *why_not(const struct sending *s)
{
	const u128 *v = s->of->packet->v, *last = s->of->way->last.v;
	static const struct str lo = { "lo", 2 };
	if (s->of->path != path_direction(s->of->path))
		return "frames of a bridge are not sent here";
	if (v[FIELD_CT_STATE] != CT_STATE_NEW && v[FIELD_CT_STATE] != CT_STATE_UNTRACKED)
		return "only packets that open a connection are sent";
	if (v[FIELD_FRAGMENT])
		return "a later fragment is not sent here";
	if (v[FIELD_MARK])
		return "a packet that sets out with a mark is not sent here";
	if (v[FIELD_PKTTYPE])
		return "frames for others than this host are not sent here";
	if (s->of->way->was_looped || v[FIELD_IIFNAME] == ifname_value(lo) ||
	    last[FIELD_OIFNAME] == ifname_value(lo))
		return "it goes by loopback";
	if (s->sent.payload > PAYLOAD_MAX)
		return "it is too long for the wires";
	if (s->of->way->trace.verdict.kind == VERDICT_QUEUE)
		return "there is no program behind its queue";
	return NULL;
}

/* ---- the network ---- */

static u128 end_of(const struct sending *s, const struct packet *p, bool source)
{
	bool v6 = s->sent.v6;
	return p->v[source ? (v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR)
			   : (v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR)];
}

/*
 * Adds the addresses that the host is assumed to have on a wire: first the one that a translation
 * chooses, then that of its own end.
 */
static bool add_addresses(struct sending *s, struct str wire, const struct translation *t,
			  const u128 *own)
{
	const u128 *chosen = t && t->address_is_assumed ? &t->address : NULL;
	if (!wire.n)
		return true;
	if (chosen && !experiment_add_address(&s->x, wire, *chosen))
		return false;
	return !own || (chosen && *chosen == *own) || experiment_add_address(&s->x, wire, *own);
}

static bool add_own_addresses(struct sending *s)
{
	const struct followed *w = s->of->way;
	u128 from = end_of(s, s->of->packet, true), to = end_of(s, s->of->packet, false);
	return add_addresses(s, s->in, w->destination, s->of->path == PATH_INPUT ? &to : NULL) &&
	       add_addresses(s, s->out, w->source, s->of->path == PATH_OUTPUT ? &from : NULL);
}

static bool prepare(struct sending *s)
{
	struct experiment *x = &s->x;
	const char *why = NULL;
	if (s->in.n)
		why = lab_add_wire(x->lab, s->in);
	if (s->out.n && !why && !str_eq(s->in, s->out))
		why = lab_add_wire(x->lab, s->out);
	if (why)
		return give_up(s, why);
	bool ok = experiment_add_named_wires(x) && add_own_addresses(s) &&
		  (!s->in.n || experiment_add_peer(x, s->in, end_of(s, s->of->packet, true), 1)) &&
		  (!s->out.n ||
		   experiment_add_peer(x, s->out, end_of(s, &s->of->way->last, false), 2));
	/* even a packet that a rule stops is routed first */
	if (ok && s->of->path == PATH_FORWARD && s->out.n && s->of->way->destination)
		ok = experiment_add_peer(x, s->out, end_of(s, s->of->packet, false), 2);
	return ok || give_up(s, s->proof.why);
}

/* ---- what comes of it ---- */

static bool is_it(const struct sending *s, const struct segment *got)
{
	const struct segment *sent = &s->sent;
	if (got->v6 != sent->v6 || got->protocol != sent->protocol)
		return false;
	if (sent->protocol == L4PROTO_TCP)
		return got->seq == sent->seq && got->flags == sent->flags;
	if (sent->protocol == L4PROTO_ICMP || sent->protocol == L4PROTO_ICMPV6)
		return got->icmp_type == sent->icmp_type && got->icmp_code == sent->icmp_code &&
		       got->saddr != sent->daddr;
	return true;
}

/* nf_reject_ipv4.c, nf_reject_ipv6.c: a reset, or ICMP destination unreachable */
static bool is_answer(const struct sending *s, const struct segment *got)
{
	if (got->v6 != s->sent.v6 || got->daddr != s->sent.saddr)
		return false;
	if (got->protocol == L4PROTO_TCP)
		return s->sent.protocol == L4PROTO_TCP && got->flags & TCP_RST;
	return (got->protocol == L4PROTO_ICMP && !got->v6 && got->icmp_type == 3) ||
	       (got->protocol == L4PROTO_ICMPV6 && got->v6 && got->icmp_type == 1);
}

/* A copy of what passes INPUT (raw_local_deliver(), raw6_local_deliver()). */
static bool host_got_it(struct sending *s)
{
	struct pollfd p = { s->socket, POLLIN, 0 };
	unsigned char buf[2048];
	while (s->socket >= 0 && poll(&p, 1, WAIT_MS) > 0) {
		ssize_t n = recv(s->socket, buf, sizeof(buf), MSG_DONTWAIT);
		struct segment got;
		if (n <= 0)
			return false;
		if (s->sent.v6) /* without its header; nothing else of the protocol is on the wires
				 */
			return true;
		if (segment_parse(buf, (size_t)n, &got) && is_it(s, &got)) {
			s->ret->has_seen = true;
			s->ret->seen = got;
			return true;
		}
	}
	return false;
}

static enum kernel_verdict observe(struct sending *s)
{
	struct segment got;
	if (host_got_it(s))
		return KERNEL_ACCEPTED;
	while (lab_receive(s->x.lab, WAIT_MS, &got)) {
		if (s->socket < 0 && is_it(s, &got)) {
			s->ret->has_seen = true;
			s->ret->seen = got;
			return KERNEL_ACCEPTED;
		}
		if (is_answer(s, &got))
			return KERNEL_REJECTED;
	}
	return KERNEL_STOPPED;
}

static bool same_port(u128 want, uint16_t got, const struct translation *t)
{
	return want == got || (t && t->port_is_assumed);
}

static bool same_ends(const struct sending *s)
{
	const struct followed *w = s->of->way;
	const struct segment *got = &s->ret->seen;
	bool ports = l4proto_has_ports(s->sent.protocol);
	return !s->ret->has_seen ||
	       (got->saddr == end_of(s, &w->last, true) &&
		got->daddr == end_of(s, &w->last, false) &&
		(!ports || (same_port(w->last.v[FIELD_SPORT], got->sport, w->source) &&
			    same_port(w->last.v[FIELD_DPORT], got->dport, w->destination))));
}

static bool agrees(const struct sending *s)
{
	enum verdict_kind v = s->of->way->trace.verdict.kind;
	switch (s->ret->what) {
	case KERNEL_ACCEPTED: return v == VERDICT_ACCEPT && same_ends(s);
	case KERNEL_REJECTED: return v == VERDICT_REJECT;
	case KERNEL_STOPPED:
		/* an answer to the host itself never leaves */
		return v == VERDICT_DROP || v == VERDICT_STOLEN ||
		       (v == VERDICT_REJECT && s->of->path == PATH_OUTPUT);
	case KERNEL_NOT_SENT: break;
	}
	return false;
}

static void send_it(struct sending *s)
{
	const struct passage_of *of = s->of;
	const char *why = lab_load(s->x.lab, of->rs, of->text, of->folder);
	if (why) {
		give_up(s, why);
		return;
	}
	if (ends_on(s, PATH_INPUT)) {
		s->socket = socket(s->sent.v6 ? AF_INET6 : AF_INET,
				   SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, s->sent.protocol);
		if (s->socket < 0) {
			give_up(s, "there is no raw socket for its protocol");
			return;
		}
	}
	struct segment before;
	while (lab_receive(s->x.lab, 20, &before)) /* what is on the wires already */
		continue;
	if (!lab_send(s->x.lab, s->in, &s->sent)) {
		give_up(s, "it cannot be sent");
		return;
	}
	s->ret->what = observe(s);
	s->ret->agrees = agrees(s);
}

static void child(const void *with, void *result)
{
	struct sending s = { .of = with, .ret = result, .socket = -1 };
	s.x = (struct experiment){ .rs = s.of->rs, .arena = arena_new(), .proof = &s.proof };
	fill_segment(&s);
	s.in = name_of(&s, s.of->packet->v[FIELD_IIFNAME]);
	if (!ends_on(&s, PATH_INPUT))
		s.out = name_of(&s, s.of->way->last.v[FIELD_OIFNAME]);
	const char *why = why_not(&s);
	if (!why)
		why = process_enter_namespaces(s.x.arena);
	if (why) {
		give_up(&s, why);
		return;
	}
	s.x.lab = lab_new(s.x.arena);
	if (prepare(&s))
		send_it(&s);
}

struct passed prove_packet(const struct passage_of *p)
{
	struct passed ret = { .what = KERNEL_NOT_SENT };
	const char *why = experiment_in_child(child, p, &ret, sizeof(ret));
	if (why)
		snprintf(ret.why, sizeof(ret.why), "%s", why);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A random packet, and the connection that it belongs to.
 *
 * trial_random is over 60 lines: one case for each kind of packet
 */
#include "trial.h"

#include <fwlint/process.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOST4 0xcb007101u /* 203.0.113.1 */
#define HOST6 (((u128)0xfd00000cu << 96) | 1)

// clang-format off
const char *const kind_names[K_COUNT] = {
	"NEW SYN", "NEW segment", "NEW UDP", "NEW echo request", "NEW SCTP", "ESTABLISHED TCP",
	"ESTABLISHED TCP reply", "ESTABLISHED UDP", "ESTABLISHED UDP reply", "INVALID window",
	"INVALID flags", "RELATED ICMP error",
};

static const struct place { const char *wire; u128 v4, v6; } places[] = {
	{ "eth0", 0x0a000001, ((u128)0xfd00000au << 96) | 1 }, { "eth0", 0x0a010203, ((u128)0xfd00000au << 96) | 2 },
	{ "eth1", 0xc0a80005, ((u128)0xfd00000bu << 96) | 1 }, { "eth1", 0xc6336414, ((u128)0xfd00000bu << 96) | 2 },
	{ "wan0", 0xc000020a, ((u128)0xfd00000du << 96) | 1 }, { "wan0", 0x08080808, ((u128)0xfd00000du << 96) | 2 },
};
// clang-format on

static uint16_t one_port(void)
{
	static const uint16_t ports[] = { 22, 80, 53, 123, 1500, 40123, 5 };
	return ports[random_below(ARRAY_SIZE(ports))];
}

static struct segment turned(const struct segment *s)
{
	struct segment t = *s;
	t.saddr = s->daddr;
	t.daddr = s->saddr;
	t.sport = s->dport;
	t.dport = s->sport;
	return t;
}

struct trial trial_random(unsigned number, bool may_be_assured, bool v6)
{
	struct trial t = { 0 };
	const struct place *from = &places[random_below(ARRAY_SIZE(places))], *to;
	do {
		t.kind = (enum kind)random_below(K_COUNT);
	} while (!may_be_assured &&
		 (t.kind == K_EST_UDP || t.kind == K_EST_UDP_REPLY || t.kind == K_RELATED));
	do {
		to = &places[random_below(ARRAY_SIZE(places))];
	} while (strcmp(to->wire, from->wire) == 0);
	t.path = (enum path)random_below(3);
	struct segment *p = &t.packet;
	static const unsigned char ttls[] = { 64,  64,  65, 63, 10, 11,  200,
					      201, 128, 1,  2,  3,  254, 255 };
	*p = (struct segment){ .v6 = v6,
			       .ttl = ttls[random_below(ARRAY_SIZE(ttls))],
			       .window = 8000,
			       .seq = 1000001,
			       .ack = 2000001,
			       .saddr = v6 ? from->v6 : from->v4,
			       .daddr = v6 ? to->v6 : to->v4,
			       .sport = one_port(),
			       .dport = one_port(),
			       .protocol = 6,
			       .payload = (uint16_t)(chance(50) ? 0 : 20 + random_below(60)) };
	if (t.path != PATH_OUTPUT)
		t.in = str_from(from->wire);
	else
		p->saddr = v6 ? HOST6 : HOST4;
	if (t.path != PATH_INPUT)
		t.out = str_from(to->wire);
	else
		p->daddr = v6 ? HOST6 : HOST4;
	/* one port stays as the rules know it, the other counts */
	*(chance(50) ? &p->sport : &p->dport) = (uint16_t)(20000 + number);
	p->flags = TCP_ACK | (chance(50) ? TCP_PSH : 0);
	t.opens = *p;
	t.opens.ttl = 64; /* or the connection would not be opened through the host */
	switch (t.kind) {
	case K_NEW_SYN:
		p->flags = TCP_SYN;
		p->payload = 0;
		break;
	case K_NEW_ACK:
	case K_EST_TCP: break;
	case K_NEW_UDP:
	case K_EST_UDP: p->protocol = 17; break;
	case K_NEW_ICMP:
		p->protocol = v6 ? 58 : 1;
		p->icmp_type = v6 ? 128 : 8;
		p->payload = 32;
		p->sport = (uint16_t)(20000 + number);
		break;
	case K_NEW_SCTP:
		p->protocol = 132;
		p->payload = 0;
		break;
	case K_EST_TCP_REPLY: t.opens = turned(&t.opens); break;
	case K_EST_UDP_REPLY:
		p->protocol = 17;
		t.opens = turned(&t.opens);
		break;
	case K_INVALID_WINDOW: p->seq += 5000000; break;
	case K_INVALID_FLAGS: p->flags = (unsigned char)(chance(50) ? 0 : TCP_FIN | TCP_SYN); break;
	case K_RELATED: /* an error from the other end of a UDP connection that this end opened */
		p->protocol = 17;
		t.opens = turned(&t.opens);
		break;
	case K_COUNT: break;
	}
	t.opens.protocol = p->protocol;
	return t;
}

enum ct_state trial_state(enum kind k)
{
	switch (k) {
	case K_NEW_SYN:
	case K_NEW_ACK:
	case K_NEW_UDP:
	case K_NEW_ICMP:
	case K_NEW_SCTP: return CT_STATE_NEW;
	case K_INVALID_WINDOW:
	case K_INVALID_FLAGS: return CT_STATE_INVALID;
	case K_RELATED: return CT_STATE_RELATED;
	case K_EST_TCP:
	case K_EST_TCP_REPLY:
	case K_EST_UDP:
	case K_EST_UDP_REPLY:
	case K_COUNT: break;
	}
	return CT_STATE_ESTABLISHED;
}

bool trial_is_reply(enum kind k)
{
	return k == K_EST_TCP_REPLY || k == K_EST_UDP_REPLY || k == K_RELATED;
}

/* An ICMP error that quotes the connection's packet. */
size_t trial_icmp_error(const struct trial *t, unsigned char *buf)
{
	struct segment outer = t->packet, inner = t->opens;
	unsigned char quoted[SEGMENT_MAX];
	size_t n = segment_build(&inner, quoted), head = outer.v6 ? 40 : 20;
	outer.protocol = outer.v6 ? 58 : 1;
	outer.icmp_type = outer.v6 ? 1 : 3;
	outer.icmp_code = 1;
	outer.payload = (uint16_t)(n > 100 ? 100 : n);
	size_t all = segment_build(&outer, buf);
	memcpy(buf + head + 8, quoted, outer.payload);
	memset(buf + head + 4, 0, 4);
	buf[head + 2] = buf[head + 3] = 0;
	uint32_t sum = outer.v6 ? 58 + (uint32_t)(all - head) : 0;
	for (size_t i = outer.v6 ? 8 : head; i < all; i += 2)
		sum += (uint32_t)(buf[i] << 8 | (i + 1 < all ? buf[i + 1] : 0));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	buf[head + 2] = (unsigned char)(~sum >> 8);
	buf[head + 3] = (unsigned char)~sum;
	return all;
}

bool trial_may_be_fragment(const struct trial *t)
{
	/* ip_local_deliver() waits for the others before INPUT */
	return t->kind != K_RELATED && (t->packet.v6 || t->path != PATH_INPUT);
}

/* As if the packet began 24 bytes before: what stands where ports would be is read by nobody. */
static size_t make_fragment(bool v6, unsigned char *buf, size_t n)
{
	if (!v6) {
		buf[6] = 0;
		buf[7] = 3;
		buf[10] = buf[11] = 0;
		uint32_t sum = 0;
		for (unsigned i = 0; i < 20; i += 2)
			sum += (uint32_t)(buf[i] << 8 | buf[i + 1]);
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		buf[10] = (unsigned char)(~sum >> 8);
		buf[11] = (unsigned char)~sum;
		return n;
	}
	unsigned char header[8] = { buf[6], 0, 0, 3 << 3, 0, 0, 0, 9 }; /* RFC 8200, 4.5 */
	memmove(buf + 48, buf + 40, n - 40);
	memcpy(buf + 40, header, sizeof(header));
	buf[6] = 44;
	buf[4] = (unsigned char)((n - 32) >> 8);
	buf[5] = (unsigned char)(n - 32);
	return n + 8;
}

size_t trial_bytes(const struct trial *t, unsigned char *buf)
{
	if (t->kind == K_RELATED)
		return trial_icmp_error(t, buf);
	size_t n = segment_build(&t->packet, buf);
	return t->is_fragment ? make_fragment(t->packet.v6, buf, n) : n;
}

/* No program listens: a queue with bypass lets the packet go on, another does not. */
static void answer_for_programs(const struct ruleset *rs, bool *answers)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			const struct verdict *v = &rs->chains[i]->items[k]->verdict;
			if (v->program)
				answers[v->program->var] = v->bypass;
		}
}

/* What comes is for this host or goes through it, and is from others; what it sends is for others.
 */
static void answer_for_addresses(const struct ruleset *rs, enum path path, bool *answers)
{
	for (size_t i = 0; i < rs->n_vars; i++)
		if (rs->vars[i]->is_local != END_NONE)
			answers[rs->vars[i]->var] = path ==
						    (rs->vars[i]->is_local == END_DESTINATION
							     ? PATH_INPUT
							     : PATH_OUTPUT);
}

/*
 * No connection has a helper or a label; all are of the one node of the cluster and have counters.
 * With '!' each is a variable of its own.
 */
static void answer_for_entries(const struct ruleset *rs, bool *answers)
{
	for (size_t i = 0; i < rs->n_vars; i++) {
		struct str text = rs->vars[i]->text;
		bool holds = str_starts(text, "-m cluster ") || str_starts(text, "-m connbytes ");
		bool of_entry = holds || str_starts(text, "-m helper ") ||
				str_starts(text, "-m connlabel ");
		answers[rs->vars[i]->var] = of_entry && holds != str_contains(text, " ! ");
	}
}

void trial_count_bytes(struct arena *a)
{
	const char *const sysctl[] = { "sysctl", "-qw", "net.netfilter.nf_conntrack_acct=1", NULL };
	struct text out = { .arena = a };
	/* what is not so, and what is not sent, shows as a difference */
	FW_MAY_FAIL(process_run(sysctl, STR(""), &out, &out));
}

/*
 * What nft takes for the transport header of a later fragment: the bytes behind the
 * IPv4 header; of IPv6 the packet from its start (ipv6_find_hdr() says no offset).
 */
static void read_as_header(struct packet *p, const unsigned char *bytes)
{
	p->v[FIELD_SPORT] = (u128)(bytes[0] << 8 | bytes[1]);
	p->v[FIELD_DPORT] = (u128)(bytes[2] << 8 | bytes[3]);
	p->v[FIELD_ICMP_TYPE] = bytes[0];
	p->v[FIELD_ICMP_CODE] = bytes[1];
	p->v[FIELD_TCP_FLAGS] = bytes[13];
}

/* The packet as the model knows it. */
struct packet trial_packet(const struct ruleset *rs, const struct trial *t, struct arena *a)
{
	struct packet p = { .n_answers = rs->n_vars };
	unsigned char bytes[SEGMENT_MAX];
	const struct segment *s = &t->packet;
	enum ct_state state = trial_state(t->kind);
	bool *answers = arena_new_array(a, bool, rs->n_vars);
	answer_for_entries(rs, answers);
	answer_for_programs(rs, answers);
	answer_for_addresses(rs, t->path, answers);
	p.answers = answers;
	p.v[FIELD_NFPROTO] = s->v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4;
	p.v[FIELD_L4PROTO] = t->kind == K_RELATED ? (s->v6 ? 58 : 1) : s->protocol;
	p.v[s->v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR] = s->saddr;
	p.v[s->v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR] = s->daddr;
	/* `th dport` reads what stands there, also where it is no port */
	size_t length = trial_bytes(t, bytes), head = s->v6 ? 40 : 20;
	p.v[FIELD_SPORT] = (u128)(bytes[head] << 8 | bytes[head + 1]);
	p.v[FIELD_DPORT] = (u128)(bytes[head + 2] << 8 | bytes[head + 3]);
	p.v[FIELD_TCP_FLAGS] = s->flags;
	p.v[FIELD_ICMP_TYPE] = t->kind == K_RELATED ? (s->v6 ? 1 : 3) : s->icmp_type;
	p.v[FIELD_ICMP_CODE] = t->kind == K_RELATED ? 1 : 0;
	if (t->is_fragment && rs->reads_fragments)
		read_as_header(&p, bytes + (s->v6 ? 0 : head));
	p.v[FIELD_IIFNAME] = t->in.n ? ifname_value(t->in) : 0;
	p.v[FIELD_OIFNAME] = t->out.n ? ifname_value(t->out) : 0;
	p.v[FIELD_CT_STATE] = state;
	p.v[FIELD_CT_DIRECTION] = trial_is_reply(t->kind);
	if (state == CT_STATE_ESTABLISHED || state == CT_STATE_RELATED)
		p.v[FIELD_CT_STATUS] = CT_STATUS_SEEN_REPLY | CT_STATUS_CONFIRMED |
				       (s->protocol == 6 ? CT_STATUS_ASSURED : 0);
	if (t->kind == K_RELATED)
		p.v[FIELD_CT_STATUS] = CT_STATUS_SEEN_REPLY | CT_STATUS_CONFIRMED;
	p.v[FIELD_FRAGMENT] = t->is_fragment;
	p.v[FIELD_LENGTH] = length;
	p.v[FIELD_TTL] = s->ttl;
	for (unsigned i = 0; i < rs->n_extra; i++) {
		struct str name = rs->extra[i].name;
		p.v[FIELD_EXTRA + i] = str_is(name, "fib daddr type")
					       ? (t->path == PATH_INPUT ? 2 : 1)
					       : /* RTN_* */
					       str_is(name, "th sport") ? p.v[FIELD_SPORT]
				       : str_is(name, "th dport")       ? p.v[FIELD_DPORT]
									: FIELD_ABSENT;
	}
	for (unsigned i = rs->n_extra; i <= FIELD_EXTRA_LAST - FIELD_EXTRA; i++)
		p.v[FIELD_EXTRA + i] = FIELD_ABSENT;
	return p;
}

/* In this order, also where the host sends one of them, which waits for nothing. */
const char *trial_open(struct tracer *tracer, const struct trial *t)
{
	struct str from[2] = { trial_is_reply(t->kind) ? t->out : t->in,
			       trial_is_reply(t->kind) ? t->in : t->out };
	bool udp = t->kind == K_EST_UDP || t->kind == K_EST_UDP_REPLY || t->kind == K_RELATED;
	bool tcp = t->kind == K_EST_TCP || t->kind == K_EST_TCP_REPLY ||
		   t->kind == K_INVALID_WINDOW;
	/* in t->packet's direction the next number is 1000001, in the other 2000001 */
	uint32_t mine = trial_is_reply(t->kind) ? 2000001 : 1000001,
		 other = trial_is_reply(t->kind) ? 1000001 : 2000001;
	struct segment s[3] = { t->opens, turned(&t->opens), t->opens };
	const char *why = NULL;
	for (unsigned i = 0; tcp && i < 3; i++) {
		s[i].flags = (unsigned char)(i == 0   ? TCP_SYN
					     : i == 1 ? TCP_SYN | TCP_ACK
						      : TCP_ACK);
		s[i].seq = i == 0 ? mine - 1 : i == 1 ? other - 1 : mine;
		s[i].ack = i == 0 ? 0 : i == 1 ? mine : other;
		s[i].payload = 0;
	}
	for (unsigned i = 0; !why && i < (tcp ? 3u : udp ? 2u : 0u); i++)
		why = tracer_send(tracer, from[i % 2], &s[i]);
	return why;
}

const char *trial_network(const char *network, struct arena *a, struct lab **ret_lab,
			  struct tracer **ret_tracer)
{
	static const char *const wires[] = { "eth0", "eth1", "wan0" };
	const char *const sysctl[] = { "sysctl", "-qw", "net.netfilter.nf_conntrack_checksum=0",
				       NULL };
	struct text out = { .arena = a };
	struct lab *lab = lab_new(a);
	const char *why = NULL;
	for (unsigned i = 0; i < ARRAY_SIZE(wires) && !why; i++)
		why = lab_add_wire(lab, str_from(wires[i]));
	if (!why)
		why = lab_ip(lab, network);
	*ret_lab = lab;
	*ret_tracer = why ? NULL : tracer_new(lab, a, &why);
	if (!why && process_run(sysctl, STR(""), &out, &out))
		why = "checksums are looked at";
	return why;
}

/* ---- a ruleset, tried in a child ---- */

enum outcome attempt_in_child(const struct attempt *t, struct str text, bool quiet)
{
	int status;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (quiet && !freopen("/dev/null", "w", stdout))
			_exit(NO_NAMESPACE);
		enum outcome code = t->run(text, t->with);
		fflush(stdout);
		_exit((int)code);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return NO_NAMESPACE;
	return (enum outcome)WEXITSTATUS(status);
}

void attempt_shrink(const struct attempt *t, struct str text, struct arena *a)
{
	for (bool smaller = true; smaller;) {
		smaller = false;
		for (size_t from = 0; from < text.n;) {
			size_t to = from;
			while (to < text.n && text.p[to++] != '\n')
				continue;
			struct text less = { .arena = a };
			text_add(&less, (struct str){ text.p, from });
			text_add(&less, (struct str){ text.p + to, text.n - to });
			if (attempt_in_child(t, text_str(&less), true) == DIFFERS) {
				text = text_str(&less);
				smaller = true;
			} else {
				from = to;
			}
		}
	}
	printf("THE SMALLEST RULESET THAT DIFFERS:\n%.*s\n", STR_FMT(text));
	attempt_in_child(t, text, false);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of connection tracking (src/track) against the kernel's: is each of many random packets
 * to both what it is to the other?
 *
 *   conntrack SEGMENTS [SEED]
 *
 * A router (a network namespace) forwards them, and its ruleset writes into the DSCP of each what
 * state conntrack gave it. Each round has other sysctls, with short time-outs so that entries
 * really expire; some entries are deleted on the way. After each round the entries themselves are
 * compared: state, flags, scale, time left.
 *
 * Over 500 lines: one experiment: its packets, its rounds and the comparison of the entries
 */
#include "talk.h"

#include <fwlint/netlink.h>
#include <fwlint/process.h>
#include <fwlint/prove.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUND 4000 /* packets */
#define TALKS 60
#define SECOND 1000000000ULL
#define UNSURE (60 * SECOND / 1000) /* a jiffy, and what a busy machine is late by */

static const char network[] = "link set dev eth0 arp off\nlink set dev eth1 arp off\n"
			      "addr add 203.0.113.1/32 dev lo\naddr add fd00:c::1/128 dev lo "
			      "nodad\n"
			      "route add 10.0.0.0/8 dev eth0\nroute add 192.168.0.0/16 dev eth1\n"
			      "route add fd00:a::/64 dev eth0\nroute add fd00:b::/64 dev eth1\n";

/* The state as DSCP: 1 + enum track_state. */
static const char ruleset[] = "table inet t { chain f { type filter hook forward priority 0;\n"
			      "ct state new ip dscp set 1\nct state new ip6 dscp set 1\n"
			      "ct state established ip dscp set 2\nct state established ip6 dscp "
			      "set 2\n"
			      "ct state related ip dscp set 3\nct state related ip6 dscp set 3\n"
			      "ct state invalid ip dscp set 4\nct state invalid ip6 dscp set 4\n"
			      "ct state untracked ip dscp set 5\nct state untracked ip6 dscp set "
			      "5\n}; }\n";

/* What was sent, of all rounds; shared with the children. */
struct tally {
	unsigned states[5], reasons[TRACK_REASONS], gone[TRACK_FORGOTTEN + 1], sent, differ, lost,
		deleted, entries, unsure;
};
static struct tally *tally;

struct round {
	struct arena *arena;
	struct lab *lab;
	struct track_settings settings;
	struct track_table *table;
	struct talk talks[TALKS];
	unsigned opened, number;
	uint64_t asked; /* when the entries were asked for */
	bool bad;
};

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* ---- the router ---- */

static void set(struct round *r, const char *name, uint32_t value)
{
	char path[100], text[20];
	snprintf(path, sizeof(path), "/proc/sys/net/netfilter/nf_conntrack_%s", name);
	snprintf(text, sizeof(text), "%" PRIu32, value);
	if (!process_write(path, text))
		return; /* this kernel has it not: it stays as it is in the model too */
	FW_MAY_FAIL(track_settings_set(&r->settings, str_from(name), value));
}

static unsigned running_kernel(void)
{
	struct utsname u;
	unsigned major = 0, minor = 0;
	uname(&u);
	sscanf(u.release, "%u.%u", &major, &minor);
	return TRACK_KERNEL(major, minor);
}

static void random_settings(struct round *r)
{
	static const char *const timeouts[] = { "syn_sent",      "syn_recv",   "established",
						"fin_wait",      "close_wait", "last_ack",
						"time_wait",     "close",      "max_retrans",
						"unacknowledged" };
	char name[60];
	track_settings_init(&r->settings);
	r->settings.kernel = running_kernel();
	set(r, "checksum", 1);
	set(r, "tcp_loose", !talk_chance(30));
	bool strict = r->number % 2 == 0;
	set(r, "tcp_be_liberal", !strict && talk_chance(40));
	set(r, "tcp_ignore_invalid_rst", !strict && talk_chance(40));
	set(r, "tcp_max_retrans", 1 + talk_random(4));
	for (size_t i = 0; i < ARRAY_SIZE(timeouts); i++) {
		snprintf(name, sizeof(name), "tcp_timeout_%s", timeouts[i]);
		if (talk_chance(75))
			set(r, name, 1 + talk_random(3));
	}
	set(r, "udp_timeout", 1 + talk_random(3));
	set(r, "udp_timeout_stream", 2 + talk_random(3));
	set(r, "icmp_timeout", 1 + talk_random(3));
	set(r, "icmpv6_timeout", 1 + talk_random(3));
}

static const char *make_router(struct round *r)
{
	const char *why = process_enter_namespaces(r->arena);
	if (why)
		return why;
	r->lab = lab_new(r->arena);
	why = lab_add_wire(r->lab, STR("eth0"));
	if (!why)
		why = lab_add_wire(r->lab, STR("eth1"));
	if (!why)
		why = lab_ip(r->lab, network);
	if (why)
		return why;
	const char *const nft[] = { "nft", "-f", "-", NULL };
	struct text out = { .arena = r->arena };
	if (process_run(nft, str_from(ruleset), &out, &out))
		return arena_printf(r->arena, "nft: %.*s", STR_FMT(text_str(&out)));
	return NULL;
}

/* ---- entries by ctnetlink ---- */

static void put_address(struct nlmsghdr *h, int v4, int v6, const struct track_connection *c,
			unsigned side)
{
	unsigned char b[16];
	size_t n = c->v6 ? 16 : 4;
	for (size_t i = 0; i < n; i++)
		b[i] = (unsigned char)(c->side[side].addr >> (8 * (n - 1 - i)));
	mnl_attr_put(h, (uint16_t)(c->v6 ? v6 : v4), n, b);
}

/* conntrack -D of one TCP connection. */
static bool delete_entry(const struct track_connection *c)
{
	char buf[NETLINK_REQUEST];
	struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE,
					     NLM_F_ACK, c->v6 ? AF_INET6 : AF_INET);
	struct nlattr *tuple = mnl_attr_nest_start(h, CTA_TUPLE_ORIG),
		      *part = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	put_address(h, CTA_IP_V4_SRC, CTA_IP_V6_SRC, c, c->original);
	put_address(h, CTA_IP_V4_DST, CTA_IP_V6_DST, c, !c->original);
	mnl_attr_nest_end(h, part);
	part = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(h, CTA_PROTO_NUM, c->protocol);
	mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, htons(c->side[c->original].port));
	mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, htons(c->side[!c->original].port));
	mnl_attr_nest_end(h, part);
	mnl_attr_nest_end(h, tuple);
	int e = netlink_ask(h, NULL, NULL);
	return e == 0 || e == ENOENT; /* it may have expired just now */
}

static u128 get_address(const struct nlattr *attr)
{
	const unsigned char *b = mnl_attr_get_payload(attr);
	u128 v = 0;
	for (unsigned i = 0; i < mnl_attr_get_payload_len(attr); i++)
		v = v << 8 | b[i];
	return v;
}

static void read_tuple(const struct nlattr *tuple, struct track_packet *p)
{
	const struct nlattr *part, *attr;
	NETLINK_EACH_NESTED(part, tuple)
	NETLINK_EACH_NESTED(attr, part)
	{
		int type = mnl_attr_get_type(attr);
		if (mnl_attr_get_type(part) == CTA_TUPLE_IP) {
			if (type == CTA_IP_V4_SRC || type == CTA_IP_V6_SRC)
				p->saddr = get_address(attr);
			if (type == CTA_IP_V4_DST || type == CTA_IP_V6_DST)
				p->daddr = get_address(attr);
			p->v6 = type == CTA_IP_V6_SRC || type == CTA_IP_V6_DST;
		} else if (type == CTA_PROTO_NUM) {
			p->protocol = mnl_attr_get_u8(attr);
		} else if (type == CTA_PROTO_SRC_PORT) {
			p->sport = ntohs(mnl_attr_get_u16(attr));
		} else if (type == CTA_PROTO_DST_PORT) {
			p->dport = ntohs(mnl_attr_get_u16(attr));
		}
	}
}

struct kernel_entry {
	struct track_packet tuple;
	uint32_t status, timeout;
	unsigned char tcp, scale[2], flags[2];
};

static void read_tcp(const struct nlattr *info, struct kernel_entry *e)
{
	const struct nlattr *tcp, *attr;
	NETLINK_EACH_NESTED(tcp, info)
	NETLINK_EACH_NESTED(attr, tcp)
	switch (mnl_attr_get_type(attr)) {
	case CTA_PROTOINFO_TCP_STATE: e->tcp = mnl_attr_get_u8(attr); break;
	case CTA_PROTOINFO_TCP_WSCALE_ORIGINAL: e->scale[0] = mnl_attr_get_u8(attr); break;
	case CTA_PROTOINFO_TCP_WSCALE_REPLY: e->scale[1] = mnl_attr_get_u8(attr); break;
	case CTA_PROTOINFO_TCP_FLAGS_ORIGINAL:
		e->flags[0] = *(unsigned char *)mnl_attr_get_payload(attr);
		break;
	case CTA_PROTOINFO_TCP_FLAGS_REPLY:
		e->flags[1] = *(unsigned char *)mnl_attr_get_payload(attr);
		break;
	default: break;
	}
}

static uint64_t left_at(const struct track_connection *c, uint64_t time)
{
	return c->expires > time ? c->expires - time : 0;
}

/* The kernel wrote the entry between the two times: they lie apart when the machine stalls. */
static bool same_entry(const struct kernel_entry *e, const struct track_connection *c,
		       uint64_t asked, uint64_t now)
{
	const struct track_side *o = &c->side[c->original], *p = &c->side[!c->original];
	bool same = (e->status & IPS_SEEN_REPLY ? 1 : 0) == c->seen_reply &&
		    (c->protocol != 6 || (e->status & IPS_ASSURED ? 1 : 0) == c->assured) &&
		    e->timeout * SECOND <= left_at(c, asked) + SECOND &&
		    left_at(c, now) <= (e->timeout + 2) * SECOND;
	if (c->protocol != 6)
		return same;
	return same && e->tuple.saddr == o->addr && e->tuple.sport == o->port && e->tcp == c->tcp &&
	       e->scale[0] == o->scale && e->scale[1] == p->scale &&
	       e->flags[0] == o->kernel_flags && e->flags[1] == p->kernel_flags;
}

static void compare_entry(const struct nlmsghdr *h, void *arg)
{
	struct round *r = arg;
	struct kernel_entry e = { .timeout = 0 };
	const struct nlattr *attr;
	uint64_t now = now_ns();
	NETLINK_EACH(attr, h)
	switch (mnl_attr_get_type(attr)) {
	case CTA_TUPLE_ORIG: read_tuple(attr, &e.tuple); break;
	case CTA_STATUS: e.status = ntohl(mnl_attr_get_u32(attr)); break;
	case CTA_TIMEOUT: e.timeout = ntohl(mnl_attr_get_u32(attr)); break;
	case CTA_PROTOINFO: read_tcp(attr, &e); break;
	default: break;
	}
	if (e.tuple.protocol != 6 && e.tuple.protocol != 17)
		return;
	const struct track_connection *c = track_find(r->table, &e.tuple);
	tally->entries++;
	if (c && c->gone == TRACK_LIVE && c->expires < now + UNSURE)
		return;
	if (c && track_is_live(c, now) && same_entry(&e, c, r->asked, now))
		return;
	tally->differ++;
	printf("ENTRY port %u: kernel %s status %x scale %u/%u flags %x/%x timeout %u",
	       e.tuple.sport, track_tcp_name(e.tcp), e.status, e.scale[0], e.scale[1], e.flags[0],
	       e.flags[1], e.timeout);
	if (c)
		printf("; model gone %d %s reply %d assured %d scale %u/%u flags %x/%x left "
		       "%" PRId64 " ms\n",
		       c->gone, track_tcp_name(c->tcp), c->seen_reply, c->assured,
		       c->side[c->original].scale, c->side[!c->original].scale,
		       c->side[c->original].kernel_flags, c->side[!c->original].kernel_flags,
		       ((int64_t)c->expires - (int64_t)now) / 1000000);
	else
		printf("; no such one in the model\n");
}

static bool compare_entries(struct round *r)
{
	char buf[NETLINK_REQUEST];
	r->asked = now_ns();
	return netlink_ask(netlink_request(buf, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET,
					   NLM_F_DUMP, AF_UNSPEC),
			   compare_entry, r) == 0;
}

/* ---- packets ---- */

/* What the model knows of it, or NULL. */
static struct track_connection *connection_of(const struct round *r, const struct talk *t)
{
	struct track_packet of = { .v6 = t->v6,
				   .protocol = t->protocol,
				   .saddr = t->addr[0],
				   .daddr = t->addr[1],
				   .sport = t->port[0],
				   .dport = t->port[1],
				   .icmp_type = t->v6 ? 128 : 8 };
	return track_find(r->table, &of);
}

/* Might the entry expire just now, or its stream of UDP grow old? */
static bool is_unsure(const struct track_connection *c, uint64_t now)
{
	if (!c || c->gone != TRACK_LIVE)
		return false;
	uint64_t stream = c->entry_time + 2 * SECOND;
	return (c->expires < now + UNSURE && c->expires + UNSURE > now) ||
	       (c->protocol == 17 && stream < now + UNSURE && stream + UNSURE > now);
}

static void print_side(const struct track_side *s)
{
	printf("    end %u max_end %u max_window %u max_ack %u scale %u flags %x\n", s->end,
	       s->max_end, s->max_window, s->max_ack, s->scale, s->kernel_flags);
}

static void differs(const struct track_packet *p, const struct track_answer *a,
		    const struct track_connection *before, int got)
{
	char words[TRACK_SENTENCE_MAX];
	printf("DIFFERS: kernel %s, model %s (%s)\n",
	       got < 0 ? "lost it" : track_state_name((enum track_state)got),
	       track_state_name(a->state), track_sentence(a, words));
	printf("  protocol %u port %u flags %02x seq %u ack %u window %u payload %u sack %u %s\n",
	       p->protocol, p->sport, p->flags, p->seq, p->ack, p->window, p->payload, p->n_sack,
	       a->is_reply ? "reply" : "original");
	if (!before)
		return;
	printf("  before: gone %d %s reply %d assured %d last index %u side %u seq %u end %u ack "
	       "%u flags %x\n",
	       before->gone, track_tcp_name(before->tcp), before->seen_reply, before->assured,
	       before->last_index, before->last_side, before->last_seq, before->last_end,
	       before->last_ack, before->last_flags);
	print_side(&before->side[a->side]);
	print_side(&before->side[!a->side]);
}

/* What the kernel took the packet for; -1: it did not come. */
static int state_of_next(struct round *r, const struct track_packet *p)
{
	struct segment got;
	while (lab_receive(r->lab, 1000, &got))
		if (got.saddr == p->saddr && got.daddr == p->daddr && got.protocol == p->protocol &&
		    (p->protocol != 6 || got.seq == p->seq))
			return (int)got.dscp - 1;
	return -1;
}

static void send_one(struct round *r, struct talk *t)
{
	struct track_packet p;
	struct track_answer answer;
	unsigned char options[40], bytes[TALK_PACKET_MAX];
	size_t n_options;
	unsigned from;
	struct track_connection *c = connection_of(r, t), before;
	uint64_t now = now_ns();
	if (is_unsure(c, now)) {
		tally->unsure++;
		return;
	}
	before = c ? *c : (struct track_connection){ .gone = TRACK_NEVER };
	size_t n;
	if (talk_chance(3) && (t->protocol == 6 || t->protocol == 17)) {
		from = talk_random(2);
		n = talk_error(t, from, &p, bytes);
		from = !from; /* it comes from behind the other end */
	} else {
		talk_next(t, c, &p, options, &n_options, &from);
		n = talk_bytes(&p, options, n_options, bytes);
	}
	now = now_ns();
	if (!lab_send_bytes(r->lab, from ? STR("eth1") : STR("eth0"), bytes, n)) {
		r->bad = true;
		return;
	}
	int got = state_of_next(r, &p);
	track_packet(r->table, &p, now, &answer);
	tally->sent++;
	tally->states[answer.state]++;
	tally->reasons[answer.reason]++;
	tally->gone[answer.gone]++;
	if (now_ns() > now + UNSURE / 2) { /* the machine slept meanwhile: when the kernel saw it is
					      not known */
		tally->lost++;
		talk_open(t, r->opened++);
		return;
	}
	if (got == (int)answer.state)
		return;
	tally->differ++;
	differs(&p, &answer, c ? &before : NULL, got);
	talk_open(t, r->opened++);
}

/* Some are silent until about the time when their entry expires; others lose it. */
static void disturb(struct round *r, struct talk *t)
{
	struct track_connection *c = connection_of(r, t);
	uint64_t now = now_ns();
	if (!c || !track_is_live(c, now))
		return;
	if (talk_chance(3) && c->expires < now + 5 * SECOND)
		t->rest_until = c->expires + (talk_chance(50) ? 2 * UNSURE : -(2 * UNSURE));
	else if (talk_chance(1) && c->protocol == 6 && !is_unsure(c, now)) {
		if (!delete_entry(c))
			r->bad = true;
		track_forget(c);
		tally->deleted++;
	}
	if (talk_chance(1))
		talk_open(t, r->opened++);
}

static int play(void *arg)
{
	struct round *r = arg;
	r->arena = arena_new();
	const char *why = make_router(r);
	if (why) {
		printf("no router: %s\n", why);
		return 3;
	}
	random_settings(r);
	r->table = track_new(r->arena, &r->settings, 0);
	for (size_t i = 0; i < TALKS; i++)
		talk_open(&r->talks[i], r->opened++);
	unsigned end = tally->sent + ROUND;
	for (uint64_t idle = 0; tally->sent < end && !r->bad && tally->differ < 10;) {
		struct talk *t = &r->talks[talk_random(TALKS)];
		if (t->rest_until > now_ns()) {
			if (++idle % TALKS == 0)
				usleep(2000);
			continue;
		}
		t->rest_until = 0;
		send_one(r, t);
		disturb(r, t);
		if (tally->sent % 200 == 0 && !compare_entries(r))
			r->bad = true;
	}
	fflush(stdout);
	return r->bad ? 3 : 0;
}

static int in_child(struct round *r)
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(play(r));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 3;
	return WEXITSTATUS(status);
}

static void print_tally(void)
{
	printf("%u packets: ", tally->sent);
	for (int i = 0; i < 5; i++)
		printf("%u %s, ", tally->states[i], track_state_name((enum track_state)i));
	printf("reasons");
	for (int i = 0; i < TRACK_REASONS; i++)
		printf(" %u", tally->reasons[i]);
	printf("; %u had lost their entry by time-out, %u by deletion, %u by reset",
	       tally->gone[TRACK_TIMED_OUT], tally->gone[TRACK_FORGOTTEN],
	       tally->gone[TRACK_KILLED]);
	printf("; %u entries compared, %u deleted, %u times too near to a time-out, %u unsure; %u "
	       "differ\n",
	       tally->entries, tally->deleted, tally->unsure, tally->lost, tally->differ);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: conntrack SEGMENTS [SEED]\n");
		return 2;
	}
	unsigned segments = (unsigned)atoi(argv[1]);
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 20261129;
	const char *why = prove_is_possible();
	if (why || geteuid() != 0) {
		printf("SKIPPED: %s\n", why ? why : "needs root, for raw sockets");
		return 77;
	}
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (tally == MAP_FAILED)
		return 3;
	printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
	for (unsigned i = 0; tally->sent < segments && tally->differ < 10; i++) {
		static struct round r;
		talk_seed(seed + i);
		memset(&r, 0, sizeof(r));
		r.number = i;
		if (in_child(&r))
			return 3;
	}
	print_tally();
	/* each reason that a segment can have was met */
	bool all = tally->gone[TRACK_TIMED_OUT] && tally->states[TRACK_RELATED];
	for (int i = 0; i < TRACK_BAD_CHECKSUM && segments >= 20000; i++)
		all = all && tally->reasons[i];
	return tally->differ || !all;
}

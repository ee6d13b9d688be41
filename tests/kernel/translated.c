/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random rulesets that translate addresses, and packets that open connections, through the kernel:
 * the rules that the kernel's own trace names, its verdict, and the addresses and ports that the
 * packet has at the end must be those that packet_follow() says.
 *
 *   translated (iptables|nft) RULESETS PACKETS [SEED]
 */
#include "handles.h"
#include "../unit/random_translation.h"
#include "trial.h"

#include <fwlint/dialect.h>
#include <fwlint/flow_follow.h>
#include <fwlint/process.h>

#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PACKETS_MAX 200

static const char *dialect;

/* ---- the host ---- */

static const char network[] = "link set dev eth0 arp off\nlink set dev eth1 arp off\nlink set dev "
			      "wan0 arp off\n"
			      "addr add 203.0.113.1/32 dev lo\naddr add fd00:c::1/128 dev lo "
			      "nodad\n"
			      "addr add 203.0.113.10/32 dev eth0\naddr add fd00:c::10/128 dev eth0 "
			      "nodad\n"
			      "addr add 203.0.113.11/32 dev eth1\naddr add fd00:c::11/128 dev eth1 "
			      "nodad\n"
			      "addr add 203.0.113.12/32 dev wan0\naddr add fd00:c::12/128 dev wan0 "
			      "nodad\n"
			      "route add 10.0.0.0/8 dev eth0\nroute add 192.168.0.0/16 dev eth1\n"
			      "route add 198.51.100.0/24 dev eth1\nroute add default dev wan0\n"
			      "route add fd00:a::/64 dev eth0\nroute add fd00:b::/64 dev eth1\n"
			      "route add fd00:d::/64 dev wan0\nroute add fd00::/16 dev wan0\n";

static const char *const wires[] = { "eth0", "eth1", "wan0" };

static u128 own(enum nfproto_value family, unsigned n)
{
	return family == NFPROTO_VALUE_IPV6 ? ((u128)0xfd00000cu << 96 | (n > 1 ? n + 6 : n))
					    : 0xcb007100u + n;
}

static bool is_local(const struct host *h, enum nfproto_value family, u128 address)
{
	(void)h;
	for (unsigned n = 10; n < 13; n++)
		if (address == own(family, n))
			return true;
	return address == own(family, 1);
}

static u128 interface_to(const struct host *h, enum nfproto_value family, u128 address)
{
	(void)h;
	const char *name = "wan0";
	if (family == NFPROTO_VALUE_IPV6)
		name = address >> 64 == (u128)0xfd00000au << 32   ? "eth0"
		       : address >> 64 == (u128)0xfd00000bu << 32 ? "eth1"
								  : "wan0";
	else if (address >> 24 == 10)
		name = "eth0";
	else if (address >> 16 == 0xc0a8 || address >> 8 == 0xc63364)
		name = "eth1";
	return ifname_value(str_from(name));
}

static u128 address_of(const struct host *h, enum nfproto_value family, u128 interface, u128 other)
{
	(void)h;
	if (interface == ifname_value(STR("lo")) && family == NFPROTO_VALUE_IPV6 && other == 1)
		return 1; /* ipv6_dev_get_saddr(): of the same scope */
	for (unsigned i = 0; i < ARRAY_SIZE(wires); i++)
		if (interface == ifname_value(str_from(wires[i])))
			return own(family, 10 + i);
	return own(family, 1); /* of lo */
}

static const struct host host = { is_local, interface_to, address_of, NULL };

/* ---- one packet ---- */

struct experiment {
	struct arena *arena;
	struct ruleset *rs;
	struct lab *lab;
	struct tracer *tracer;
	struct handles handles;
};

static struct trial random_trial(unsigned number, bool v6)
{
	static const uint16_t ports[] = { 22, 80, 53, 123, 443, 8080, 9999, 75 };
	static const enum kind kinds[] = { K_NEW_SYN,  K_NEW_SYN, K_NEW_UDP,
					   K_NEW_ICMP, K_NEW_ACK, K_INVALID_FLAGS };
	struct trial t;
	enum kind kind = kinds[random_below(ARRAY_SIZE(kinds))];
	do {
		t = trial_random(number, false, v6);
	} while (t.kind != kind);
	t.packet.ttl = 64;
	if (t.packet.protocol == 6 || t.packet.protocol == 17) {
		t.packet.sport = (uint16_t)(20000 + number);
		t.packet.dport = ports[random_below(ARRAY_SIZE(ports))];
	}
	return t;
}

static bool same_port(u128 want, uint16_t got, const struct translation *t)
{
	return want == got || (t && t->port_is_assumed);
}

/* What the chain behind all others saw. */
static bool same_end(const struct followed *f, const struct hits *hits, bool v6)
{
	const u128 *v = f->last.v;
	const struct segment *s = &hits->last;
	if (!hits->has_last)
		return true;
	bool ports = l4proto_has_ports(v[FIELD_L4PROTO]);
	return s->saddr == v[v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR] &&
	       s->daddr == v[v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR] &&
	       (!ports || (same_port(v[FIELD_SPORT], s->sport, f->source) &&
			   same_port(v[FIELD_DPORT], s->dport, f->destination)));
}

static void print_end(const char *label, u128 s, u128 d, unsigned sport, unsigned dport, bool v6,
		      struct arena *a)
{
	printf("   %s: %s %u -> %s %u\n", label,
	       field_print(v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR, s, a), sport,
	       field_print(v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR, d, a), dport);
}

static void print_failure(const struct experiment *x, const struct trial *t,
			  const struct followed *f, const struct hits *hits)
{
	struct arena *a = x->arena;
	bool v6 = t->packet.v6;
	printf("FAILED: %s, %s, in '%.*s' out '%.*s', proto %u\n", kind_names[t->kind],
	       path_name(t->path), STR_FMT(t->in), STR_FMT(t->out), t->packet.protocol);
	print_end("sent", t->packet.saddr, t->packet.daddr, t->packet.sport, t->packet.dport, v6,
		  a);
	print_end("fwlint", f->last.v[v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR],
		  f->last.v[v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR],
		  (unsigned)f->last.v[FIELD_SPORT], (unsigned)f->last.v[FIELD_DPORT], v6, a);
	if (hits->has_last)
		print_end("kernel", hits->last.saddr, hits->last.daddr, hits->last.sport,
			  hits->last.dport, v6, a);
}

static bool compare(const struct experiment *x, const struct trial *t, const struct hits *hits)
{
	const struct rule *want[HITS_MAX], *got[HITS_MAX];
	struct packet p = trial_packet(x->rs, t, x->arena);
	struct follow_options o = { .path = t->path, .host = &host };
	struct followed f = packet_follow(x->rs, &p, &o, x->arena);
	size_t n = expected_hits(&f.trace, want);
	bool same = n == hits->n;
	for (size_t i = 0; i < hits->n; i++) {
		got[i] = hit_rule(&x->handles, &hits->items[i]);
		same = same && got[i] == want[i];
	}
	bool accepted = f.trace.verdict.kind == VERDICT_ACCEPT;
	same = same && accepted == (hits->verdict == NF_ACCEPT) && same_end(&f, hits, t->packet.v6);
	if (same)
		return true;
	print_failure(x, t, &f, hits);
	print_hits("fwlint", x->rs, want, n, verdict_name(&f.trace.verdict));
	print_hits("kernel", x->rs, got, hits->n, hits->verdict == NF_ACCEPT ? "accept" : "drop");
	return false;
}

/* ---- one ruleset ---- */

static const char *prepare(struct experiment *x)
{
	const char *why = trial_network(network, x->arena, &x->lab, &x->tracer);
	return why ? why : tracer_watch_end(x->tracer, x->arena);
}

struct sent {
	const struct trial *trials;
	unsigned n;
	bool v6;
};

static enum outcome experiment(struct str text, const void *with)
{
	const struct sent *sent = with;
	struct experiment x = { .arena = arena_new() };
	struct diags d = { .arena = x.arena };
	const char *name = sent->v6 ? "rules.v6" : "rules.v4";
	x.rs = dialect_find(dialect)->read(x.arena, source_new(x.arena, name, text.p, text.n), NULL,
					   &d);
	if (d.n) {
		printf("%s\n", d.items[0].message);
		return NOT_LOADED;
	}
	rules_tell_apart(x.rs);
	const char *why = process_enter_namespaces(x.arena);
	if (!why)
		why = prepare(&x);
	if (why) {
		printf("%s\n", why);
		return NO_NAMESPACE;
	}
	if (!handles_load(x.rs, text, strcmp(dialect, "nft") == 0, sent->v6, &x.handles, x.arena))
		return NOT_LOADED;
	for (unsigned i = 0; i < sent->n; i++) {
		const struct trial *t = &sent->trials[i];
		struct hits hits;
		unsigned char buf[SEGMENT_MAX];
		if (!lab_flush_connections())
			return NO_NAMESPACE;
		/* what is not sent shows as a difference */
		FW_MAY_FAIL(lab_send_bytes(x.lab, t->in, buf, trial_bytes(t, buf)));
		tracer_read(x.tracer, &hits);
		if (!compare(&x, t, &hits)) {
			printf("of packet %u\n", i);
			return DIFFERS;
		}
	}
	return SAME;
}

int main(int argc, char **argv)
{
	if (argc < 4 || !dialect_find(argv[1])) {
		fprintf(stderr, "usage: translated (iptables|nft) RULESETS PACKETS [SEED]\n");
		return 2;
	}
	dialect = argv[1];
	unsigned rulesets = (unsigned)atoi(argv[2]), packets = (unsigned)atoi(argv[3]);
	uint64_t seed = argc > 4 ? strtoull(argv[4], NULL, 0) : 20240301;
	unsigned same = 0, not_loaded = 0, by_family[2] = { 0 };
	const char *why = prove_is_possible();
	if (packets > PACKETS_MAX)
		packets = PACKETS_MAX;
	if (why || geteuid() != 0) {
		printf("SKIPPED: %s\n", why ? why : "needs root, for raw sockets and traces");
		return 77;
	}
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(seed);
	for (unsigned i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct trial trials[PACKETS_MAX];
		bool v6 = chance(50);
		struct str text = random_translation(a, strcmp(dialect, "nft") == 0, v6);
		for (unsigned k = 0; k < packets; k++)
			trials[k] = random_trial(k, v6);
		const struct attempt attempt = { experiment,
						 &(struct sent){ trials, packets, v6 } };
		enum outcome code = attempt_in_child(&attempt, text, false);
		if (code == DIFFERS) /* the machine's, or ours? */
			code = attempt_in_child(&attempt, text, false);
		if (code == NO_NAMESPACE)
			return 3;
		not_loaded += code == NOT_LOADED;
		same += code == SAME;
		by_family[v6] += code == SAME;
		if (code == DIFFERS) {
			printf("RULESET %u:\n%.*s\n", i, STR_FMT(text));
			attempt_shrink(&attempt, text, a);
			return 1;
		}
		arena_free(a);
	}
	printf("%u rulesets (%u of IPv4, %u of IPv6) x %u packets: the kernel and fwlint agree on "
	       "every rule, verdict and address; %u rulesets not loaded\n",
	       same, by_family[0], by_family[1], packets, not_loaded);
	return not_loaded * 10 > rulesets ? 1 : 0;
}

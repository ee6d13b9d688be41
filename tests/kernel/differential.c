/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random rulesets and random packets through the kernel: the rules that the
 * kernel's own trace names, and its verdict, must be those of the plain
 * interpreter. (tests/unit/property.c ties the interpreter to the packet sets.)
 *
 *   differential (iptables|nft) RULESETS PACKETS [SEED]
 *
 * Each ruleset has a network namespace of its own. Conntrack states are made
 * for real, before the ruleset is loaded: connections of TCP and UDP, so that
 * packets of both directions are ESTABLISHED, ICMP errors about them RELATED,
 * and segments out of their windows INVALID.
 */
#include "handles.h"
#include "trial.h"

#include <fwlint/check_analysis.h>
#include <fwlint/dialect.h>
#include <fwlint/flow.h>
#include <fwlint/process.h>
#include <fwlint/prove.h>

#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PACKETS_MAX 200
static const char *dialect;

/* ---- the experiment ---- */

static const char network[] = "link set dev eth0 arp off\nlink set dev eth1 arp off\nlink set dev "
			      "wan0 arp off\n"
			      "addr add 203.0.113.1/32 dev lo\naddr add fd00:c::1/128 dev lo "
			      "nodad\n"
			      "route add 10.0.0.0/8 dev eth0\nroute add 192.168.0.0/16 dev "
			      "eth1\nroute add 198.51.100.0/24 dev eth1\n"
			      "route add default dev wan0\n"
			      "route add fd00:a::/64 dev eth0\nroute add fd00:b::/64 dev "
			      "eth1\nroute add fd00:d::/64 dev wan0\n";

/* Every packet is tracked, so the kernel reassembles it too; not where no rule of the ruleset asks
 * for that. */
static const char tracking[] = "table inet fwlint_trace { chain c { type filter hook input "
			       "priority 400; ct state new; }; }\n";

/* Answers each test of a template's mark so that it holds, or does not. */
static void answer_marks(const struct rule *r, bool holds, bool *answers)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_OPAQUE && str_starts(m->opaque->text, "-m connmark "))
			answers[m->opaque->var] = holds != m->negate;
	}
}

/*
 * What earlier packets left in a template (src/dialect/iptables/template_mark.c) is known by what
 * the kernel made of it: which tests held, and the mark behind a copy.
 */
static void learn_marks(const struct ruleset *rs, const struct rule *const *got,
			const struct hits *hits, struct packet *p, struct arena *a)
{
	bool *answers = arena_new_array(a, bool, rs->n_vars);
	u128 *fresh = arena_new_array(a, u128, rs->n_rules);
	memcpy(answers, p->answers, rs->n_vars * sizeof(*answers));
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++)
			answer_marks(rs->chains[i]->items[k], false, answers);
	for (size_t i = 0; i < hits->n; i++) {
		if (!got[i])
			continue;
		answer_marks(got[i], true, answers);
		fresh[got[i]->id] = hits->items[i].mark;
	}
	p->answers = answers;
	p->fresh = fresh;
	p->n_fresh = rs->n_rules;
}

static bool compare(const struct ruleset *rs, const struct handles *handles, const struct trial *t,
		    const struct hits *hits, struct arena *a)
{
	const struct rule *want[HITS_MAX], *got[HITS_MAX];
	for (size_t i = 0; i < hits->n; i++)
		got[i] = hit_rule(handles, &hits->items[i]);
	struct packet p = trial_packet(rs, t, a);
	learn_marks(rs, got, hits, &p, a);
	struct trace trace = packet_trace(rs, t->path, &p, a);
	size_t n = expected_hits(&trace, want);
	/* where the TTL runs out no rule and no policy says so */
	bool said = trace.n && verdict_ends(trace.items[trace.n - 1].verdict);
	bool accepted = trace.verdict.kind == VERDICT_ACCEPT || !said, same = n == hits->n;
	for (size_t i = 0; i < hits->n && same; i++)
		same = got[i] == want[i];
	same = same && accepted == (hits->verdict == NF_ACCEPT);
	if (same)
		return true;
	printf("FAILED: %s%s, %s, %s -> %s, in '%.*s' out '%.*s', proto %u, ports %u %u, flags %x, "
	       "payload %u\n",
	       t->is_fragment ? "fragment of " : "", kind_names[t->kind], path_name(t->path),
	       field_print(t->packet.v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR, t->packet.saddr, a),
	       field_print(t->packet.v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR, t->packet.daddr, a),
	       STR_FMT(t->in), STR_FMT(t->out), (unsigned)p.v[FIELD_L4PROTO], t->packet.sport,
	       t->packet.dport, t->packet.flags, t->packet.payload);
	print_hits("fwlint", rs, want, n, verdict_name(&trace.verdict));
	print_hits("kernel", rs, got, hits->n, hits->verdict == NF_ACCEPT ? "accept" : "drop");
	return false;
}

/* What is said to match nothing must be seen to match nothing. */
static bool is_reachable(const struct reachability *reach, const struct rule *r)
{
	const struct chain *c = r->chain;
	size_t at = 0;
	for (size_t i = 0; i < c->n && c->items[i] != r; i++)
		at = c->items[i + 1]->same_rule ? at : i + 1;
	return text_rule_reach(reach, c, at)->reach <= REACH_UNKNOWN;
}

static bool reached_as_said(const struct ruleset *rs, const struct reachability *reach,
			    const struct handles *handles, const struct hits *hits)
{
	for (size_t i = 0; i < hits->n; i++) {
		const struct rule *r = hit_rule(handles, &hits->items[i]);
		if (!r || is_reachable(reach, r))
			continue;
		printf("FAILED: a rule that is said to match nothing has matched: %.*s\n",
		       STR_FMT(source_view(rs->source, r->span)));
		return false;
	}
	return true;
}

struct experiment {
	struct arena *arena;
	struct reachability reach;
	struct ruleset *rs;
	struct lab *lab;
	struct tracer *tracer;
	struct handles handles;
	bool fragments; /* no rule makes the kernel reassemble them */
};

/* The network, and the connections. NULL, or why not. */
static const char *prepare(struct experiment *x, const struct trial *trials, unsigned n)
{
	const char *const nft[] = { "nft", "-f", "-", NULL };
	struct text out = { .arena = x->arena };
	const char *why = trial_network(network, x->arena, &x->lab, &x->tracer);
	if (why)
		return why;
	x->fragments = x->rs->reads_fragments && x->rs->fragments[NFPROTO_VALUE_IPV4] &&
		       x->rs->fragments[NFPROTO_VALUE_IPV6];
	if (!x->fragments && process_run(nft, str_from(tracking), &out, &out))
		return "packets are not tracked";
	trial_count_bytes(x->arena);
	for (unsigned i = 0; i < n && !why; i++) {
		why = trial_open(x->tracer, &trials[i]);
		if (why)
			why = arena_printf(x->arena, "'%s' of packet %u was not opened: %s",
					   kind_names[trials[i].kind], i, why);
	}
	return why;
}

struct sent {
	const struct trial *trials;
	unsigned n;
};

/* In the child: one ruleset, its packets. */
static enum outcome experiment(struct str text, const void *with)
{
	const struct sent *sent = with;
	struct experiment x = { .arena = arena_new() };
	struct diags d = { .arena = x.arena };
	struct source *s = source_new(x.arena, "random", text.p, text.n);
	x.rs = dialect_find(dialect)->read(x.arena, s, NULL, &d);
	if (d.n) {
		printf("%s\n", d.items[0].message);
		return NOT_LOADED;
	}
	rules_tell_apart(x.rs);
	x.reach = ruleset_reachability(x.rs, true, x.arena);
	const char *why = process_enter_namespaces(x.arena);
	if (!why)
		why = prepare(&x, sent->trials, sent->n);
	if (why) {
		printf("%s\n", why);
		return NO_NAMESPACE;
	}
	if (!handles_load(x.rs, text, strcmp(dialect, "nft") == 0, false, &x.handles, x.arena))
		return NOT_LOADED;
	for (unsigned i = 0; i < sent->n; i++) {
		struct trial t = sent->trials[i];
		struct hits hits;
		unsigned char buf[SEGMENT_MAX];
		t.is_fragment = x.fragments && i % 2 && trial_may_be_fragment(&t);
		/* what is not sent shows as a difference */
		FW_MAY_FAIL(lab_send_bytes(x.lab, t.in, buf, trial_bytes(&t, buf)));
		tracer_read(x.tracer, &hits);
		if (!reached_as_said(x.rs, &x.reach, &x.handles, &hits))
			return DIFFERS;
		if (!compare(x.rs, &x.handles, &t, &hits, x.arena)) {
			printf("of packet %u, %strace was seen%s\n", i, hits.any ? "" : "no ",
			       hits.is_over ? "" : ", and not all of it");
			return DIFFERS;
		}
	}
	return SAME;
}

/*
 * What differs is loaded and sent once more: only what differs again is a disagreement, the first
 * was the machine's. `again` counts.
 */
static enum outcome in_child_twice(const struct attempt *t, struct str text, unsigned *again)
{
	enum outcome code = attempt_in_child(t, text, false);
	if (code != DIFFERS)
		return code;
	++*again;
	printf("SENT AGAIN\n");
	return attempt_in_child(t, text, false);
}

static void print_sent(const unsigned *by_kind)
{
	for (unsigned k = 0; k < K_COUNT; k++)
		printf("%s%s %u", k ? ", " : "sent: ", kind_names[k], by_kind[k]);
	printf("\n");
}

int main(int argc, char **argv)
{
	if (argc < 4 || !dialect_find(argv[1])) {
		fprintf(stderr, "usage: differential (iptables|nft) RULESETS PACKETS [SEED]\n");
		return 2;
	}
	dialect = argv[1];
	unsigned rulesets = (unsigned)atoi(argv[2]), packets = (unsigned)atoi(argv[3]);
	uint64_t seed = argc > 4 ? strtoull(argv[4], NULL, 0) : 20240301;
	unsigned same = 0, not_loaded = 0, again = 0, by_kind[K_COUNT] = { 0 };
	if (packets > PACKETS_MAX)
		packets = PACKETS_MAX;
	const char *why = prove_is_possible();
	if (why || geteuid() != 0) {
		printf("SKIPPED: %s\n", why ? why : "needs root, for raw sockets and traces");
		return 77;
	}
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(seed);
	for (unsigned i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct trial trials[PACKETS_MAX];
		bool is_nft = strcmp(dialect, "nft") == 0;
		struct str text = is_nft ? random_nft_ruleset(a, chance(50), true)
					 : random_iptables_ruleset(a, chance(50), true);
		/* UDP connections become assured at a time of their own */
		bool assured = str_contains(text, "assured") || str_contains(text, "ASSURED") ||
			       str_contains(text, "0x4");
		for (unsigned k = 0; k < packets; k++) {
			trials[k] = trial_random(i * packets + k < 40000 ? i % 300 * packets + k
									 : k,
						 !assured, is_nft && chance(20));
			by_kind[trials[k].kind]++;
		}
		const struct attempt attempt = { experiment, &(struct sent){ trials, packets } };
		enum outcome code = in_child_twice(&attempt, text, &again);
		if (code == NO_NAMESPACE)
			return 3;
		not_loaded += code == NOT_LOADED;
		same += code == SAME;
		classes_sent(code == SAME ? packets : 0);
		if (code == DIFFERS) {
			printf("RULESET %u:\n%.*s\n", i, STR_FMT(text));
			attempt_shrink(&attempt, text, a);
			return 1;
		}
		arena_free(a);
	}
	printf("%u rulesets x %u packets: the kernel and fwlint agree on every rule and verdict; "
	       "%u rulesets not loaded, %u sent again\n",
	       same, packets, not_loaded, again);
	print_sent(by_kind);
	unsigned never = classes_report(dialect, FOR_KERNEL);
	if (never && rulesets >= 150) {
		printf("FAILED: %u classes were never produced\n", never);
		return 1;
	}
	return not_loaded * 10 > rulesets ? 1 : 0;
}

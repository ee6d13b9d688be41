/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every fix changes INVALID packets and NEW segments without SYN only, to drop; a comparison of
 * old and fixed finds what the certificates say; a second run has nothing to fix.
 */
#include "property_parts.h"

#define FIXES_PACKETS 400

/* Is the packet UNTRACKED when conntrack sees it? NOTRACK leaves one with a template alone
 * (xt_CT.c). */
static bool is_untracked(const struct trace *t)
{
	bool template = false, untracked = false;
	for (size_t i = 0; i < t->n; i++)
		for (uint32_t k = 0; t->items[i].rule && k < t->items[i].rule->n_statements; k++) {
			const struct statement *st = &t->items[i].rule->statements[k];
			if (!chain_is_before_conntrack(t->items[i].base))
				return untracked;
			if (st->kind == STMT_NOTRACK && !template)
				untracked = true;
			if (st->kind == STMT_TEMPLATE && (!untracked || st->over_untracked)) {
				template = true;
				untracked = false;
			}
		}
	return untracked;
}

/* Would the packet be translated, were it the first of a connection? */
static bool is_translated_as_new(const struct ruleset *rs, enum path path, struct packet p,
				 struct arena *a)
{
	p.v[FIELD_CT_STATE] = CT_STATE_NEW;
	p.v[FIELD_CT_STATUS] = p.v[FIELD_CT_DIRECTION] = p.v[FIELD_CT_MARK] = 0;
	struct trace t = packet_trace(rs, path, &p, a);
	for (size_t i = 0; i < t.n; i++)
		if (t.items[i].rule && rule_statement(t.items[i].rule, STMT_NAT))
			return true;
	return false;
}

/* TCP to a group or to all is no segment of a connection. */
static bool is_to_one(const struct packet *p)
{
	if (p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6)
		return p->v[FIELD_IP6_DADDR] >> 120 != 0xff;
	return p->v[FIELD_IP_DADDR] >> 28 != 0xe && p->v[FIELD_IP_DADDR] != 0xffffffff;
}

/* A safe fix takes no TCP from what is forwarded but what would leave with an address nobody knows.
 */
static bool is_taken_in_error(const struct ruleset *old, enum path path, const struct packet *p,
			      const struct trace *before, struct arena *a)
{
	return path == PATH_FORWARD && before->verdict.kind == VERDICT_ACCEPT &&
	       p->v[FIELD_L4PROTO] == L4PROTO_TCP && is_to_one(p) &&
	       !is_translated_as_new(old, path, *p, a);
}

static uint64_t check_fixed(struct str text, const struct ruleset *old, const struct fix_plan *plan,
			    bool unsafe, uint32_t packets, struct arena *a)
{
	uint64_t changed = 0;
	struct ruleset *new = read_text(plan->texts[0], a);
	for (uint32_t k = 0; k < packets; k++) {
		enum path path = (enum path)random_below(N_PATHS);
		struct packet p = random_packet(old, path, a);
		struct trace before = packet_trace(old, path, &p, a);
		p.n_fresh = 0; /* rule ids differ: unknown writes give 0 on both sides */
		before = packet_trace(old, path, &p, a);
		struct trace after = packet_trace(new, path, &p, a);
		if (before.verdict.kind == after.verdict.kind &&
		    before.verdict.tcp_reset == after.verdict.tcp_reset)
			continue;
		changed++;
		bool invalid = p.v[FIELD_CT_STATE] == CT_STATE_INVALID;
		bool midstream = p.v[FIELD_CT_STATE] == CT_STATE_NEW &&
				 p.v[FIELD_L4PROTO] == L4PROTO_TCP &&
				 (p.v[FIELD_TCP_FLAGS] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) !=
					 TCP_SYN &&
				 before.verdict.kind != VERDICT_ACCEPT;
		if ((!invalid && !midstream) || is_untracked(&before))
			fail(text,
			     "a fix changes a packet that is neither INVALID nor NEW without SYN",
			     old, &p);
		if (!unsafe && is_taken_in_error(old, path, &p, &before, a))
			fail(text, "a safe fix drops what is forwarded and not translated", old,
			     &p);
		if (after.verdict.kind != VERDICT_DROP)
			fail(text, "a fix changes a packet to something else than drop", old, &p);
	}
	return changed;
}

/* What the certificates of the fixes say, together, is what a comparison finds. */
static void check_certificates(struct str text, const struct ruleset *old,
			       const struct ruleset *new, const struct fix_plan *plan,
			       struct arena *a)
{
	struct comparison c = flow_compare(old, new, a);
	if (c.gave_up)
		return;
	for (size_t i = 0; i < c.n; i++) {
		const struct difference *d = &c.items[i];
		bool said = false;
		for (size_t k = 0; k < plan->used.n; k++)
			for (size_t m = 0; m < plan->used.items[k].n_classes; m++) {
				const struct fix_class *x = &plan->used.items[k].classes[m];
				said = said || (x->path == d->path &&
						plan->used.items[k].state == d->state &&
						verdict_equal(&x->old, &d->old));
			}
		if (!said || d->new.kind != VERDICT_DROP) {
			printf("%s: %s %s -> %s\n", path_name(d->path), ct_state_name(d->state),
			       verdict_words(&d->old, a), verdict_words(&d->new, a));
			fail(text, "a comparison finds what no certificate says", old, &d->sample);
		}
	}
	for (size_t k = 0; k < plan->used.n; k++)
		for (size_t m = 0; m < plan->used.items[k].n_classes; m++) {
			const struct fix_class *x = &plan->used.items[k].classes[m];
			bool found = false;
			for (size_t i = 0; i < c.n; i++)
				found = found || (x->path == c.items[i].path &&
						  plan->used.items[k].state == c.items[i].state &&
						  verdict_equal(&x->old, &c.items[i].old));
			if (!found)
				fail(text, "a certificate says what no comparison finds", old,
				     &x->sample);
		}
}

/* Without one of the fixes the ruleset is another: none is there for nothing. */
static void check_needed(struct str text, const struct fix_plan *plan, struct arena *a)
{
	for (size_t i = 0; i < plan->used.n; i++) {
		const struct ruleset *without = ruleset_without(plan->fixed,
								plan->used.items[i].rule);
		struct comparison c = flow_compare(without, plan->fixed, a);
		if (!c.gave_up && !c.n) {
			printf("%s\n", plan->used.items[i].text);
			fail(text, "a fix changes nothing once the others are made", plan->fixed,
			     NULL);
		}
	}
}

int run_fixes(uint32_t rulesets)
{
	uint64_t fixes = 0, with = 0, changed = 0, findings = 0, named = 0;
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct str text = random_ruleset(a, true);
		classes_sent(FIXES_PACKETS);
		struct ruleset *rs = read_text(text, a);
		bool unsafe = chance(50);
		const char *gave_up;
		struct findings found = check_run(rs, NULL, a, &gave_up);
		findings += found.n;
		named += check_assumptions(text, rs, &found, a);
		struct fix_plan plan = fix_plan_make(rs, &found, NULL,
						     &(struct fix_options){ .unsafe = unsafe }, a);
		if (plan.failed)
			fail(text, plan.failed, rs, NULL);
		if (plan.used.n) {
			fixes += plan.used.n;
			with++;
			changed += check_fixed(text, rs, &plan, unsafe, FIXES_PACKETS, a);
			struct ruleset *again = read_text(plan.texts[0], a);
			check_certificates(text, rs, again, &plan, a);
			check_needed(text, &plan, a);
			struct findings left = check_run(again, NULL, a, &gave_up);
			struct fix_plan second = fix_plan_make(
				again, &left, NULL, &(struct fix_options){ .unsafe = unsafe }, a);
			if (second.used.n)
				printf("FIRST (%s fixes):\n%.*s\nSECOND:\n",
				       unsafe ? "unsafe" : "safe", STR_FMT(text));
			if (second.used.n)
				fail(plan.texts[0], "a second run has something to fix", again,
				     NULL);
		}
		arena_free(a);
	}
	printf("%u rulesets, %llu findings, %llu fixes in %llu rulesets: %llu sampled packets "
	       "changed, "
	       "all INVALID or NEW without SYN, to drop; second runs have nothing to fix; %llu "
	       "answers named by witnesses\n",
	       rulesets, (unsigned long long)findings, (unsigned long long)fixes,
	       (unsigned long long)with, (unsigned long long)changed, (unsigned long long)named);
	return fixes > 0 ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks that follow the translation of the destination: each packet comes to the rules that the
 * plain interpreter brings it to, and those to the rules that a packet which is followed through
 * the host comes to (which the test `translated` compares with the kernel); what leaves the path is
 * what is routed another way.
 */
#include "property_parts.h"
#include "random_translation.h"

#include <fwlint/flow_follow.h>

struct counts {
	uint64_t packets, translated, elsewhere, found, walks, left_out;
};

static u128 v6(unsigned net, unsigned host)
{
	return (u128)0xfd00 << 112 | (u128)net << 96 | host;
}

void set_translated_addresses(struct packet *p, bool is_v6)
{
	const u128 list4[] = { 0x0a000001, 0x0a010203, 0xc0a80005, 0xc6336414, 0xc000020a,
			       0xcb007101, 0x0a00004d, 0xc0a8004d, 0x08080808 };
	const u128 list6[] = { v6(0xa, 1), v6(0xa, 2), v6(0xb, 1),   v6(0xb, 2),
			       v6(0xd, 1), v6(0xc, 1), v6(0xa, 0x77) };
	p->v[FIELD_NFPROTO] = is_v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4;
	p->v[FIELD_IP_SADDR] = list4[random_below(ARRAY_SIZE(list4))];
	p->v[FIELD_IP_DADDR] = list4[random_below(ARRAY_SIZE(list4))];
	p->v[FIELD_IP6_SADDR] = list6[random_below(ARRAY_SIZE(list6))];
	p->v[FIELD_IP6_DADDR] = list6[random_below(ARRAY_SIZE(list6))];
	if (chance(50))
		p->v[FIELD_DPORT] = (u128[]){ 443, 8080, 75, 9999 }[random_below(4)];
	p->v[FIELD_CT_STATE] = chance(80) ? CT_STATE_NEW : p->v[FIELD_CT_STATE];
	if (p->v[FIELD_CT_STATE] == CT_STATE_NEW) {
		p->v[FIELD_CT_DIRECTION] = 0;
		p->v[FIELD_CT_STATUS] = 0;
	}
	p->v[FIELD_FRAGMENT] = 0;
}

/* ---- the host ---- */

/* A packet for the host is for its address, and leaves by the interface that it names. */
struct facts {
	const struct packet *p;
	enum path path;
};

static u128 destination(const struct packet *p)
{
	return p->v[address_field((enum nfproto_value)p->v[FIELD_NFPROTO], END_DESTINATION)];
}

static bool is_local(const struct host *h, enum nfproto_value family, u128 address)
{
	const struct facts *f = h->context;
	(void)family;
	return f->path == PATH_INPUT && address == destination(f->p);
}

static u128 interface_to(const struct host *h, enum nfproto_value family, u128 address)
{
	const struct facts *f = h->context;
	(void)family;
	(void)address;
	return f->p->v[FIELD_OIFNAME];
}

/* One of loopback's is the host's in either way. */
static u128 address_of(const struct host *h, enum nfproto_value family, u128 interface, u128 other)
{
	(void)h;
	(void)interface;
	(void)other;
	return family == NFPROTO_VALUE_IPV6 ? 1 : 0x7f000001;
}

/* ---- one packet ---- */

static bool is_in(const struct flow *f, const struct region *r, size_t n, const u128 *point)
{
	for (size_t i = 0; i < n; i++)
		if (region_contains(&f->space->dims, &r[i], point))
			return true;
	return false;
}

static bool is_same(const struct trace_step *s, const struct flow_event *e)
{
	return s->base == e->base && s->rule == e->rule;
}

static void check_sets(struct str text, const struct flow *f, const struct packet *p,
		       const struct trace *t, const u128 *point)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_event *e = &f->items[i];
		bool found = false;
		looked_at = e;
		for (size_t k = 0; k < t->n; k++)
			found = found || is_same(&t->items[k], e);
		if (!found && is_in(f, e->taken, e->n_taken, point))
			fail(text, "a set holds a packet that the interpreter does not bring there",
			     f->ruleset, p);
	}
	for (size_t k = 0; k < t->n; k++) {
		bool found = false;
		for (size_t i = 0; i < f->n; i++)
			found = found || (is_same(&t->items[k], &f->items[i]) &&
					  is_in(f, f->items[i].taken, f->items[i].n_taken, point));
		if (!found)
			fail(text,
			     "the interpreter passes a rule whose set does not hold the packet",
			     f->ruleset, p);
	}
	struct region passing = flow_passing(f);
	bool stops = verdict_ends(t->verdict.kind);
	if (region_contains(&f->space->dims, &passing, point) == stops)
		fail(text, "the verdicts differ", f->ruleset, p);
}

/* Does it pick what was there? That changes nothing; to the sets it is a translation. */
static bool picks_what_was_there(const struct trace *t, const struct packet *p)
{
	for (size_t k = 0; k < t->n; k++)
		if (t->items[k].to && t->items[k].to->address == destination(p) &&
		    (!t->items[k].to->has_port || t->items[k].to->port == p->v[FIELD_DPORT]))
			return true;
	return false;
}

/* Has a packet for the host its own address from a range? That is taken as one of other hosts. */
static bool is_own_of_range(const struct trace *t, const struct packet *p)
{
	for (size_t k = 0; k < t->n; k++) {
		const struct trace_step *s = &t->items[k];
		const struct statement *st = s->to ? rule_statement(s->rule, STMT_NAT) : NULL;
		if (st && s->to->address == destination(p) &&
		    st->to.address.lo != st->to.address.hi && !st->to.is_prefix)
			return true;
	}
	return false;
}

/* Steps in front of the hooks that translate the source. */
static size_t steps_before_source(const struct trace *t)
{
	size_t n = 0;
	while (n < t->n && t->items[n].base->hook != HOOK_POSTROUTING &&
	       t->items[n].base->hook != HOOK_INPUT)
		n++;
	return n;
}

static void check_followed(struct str text, const struct flow *f, struct packet *p, u128 *point,
			   struct counts *n, struct arena *a)
{
	const struct ruleset *rs = f->ruleset;
	struct facts facts = { p, f->options.path };
	const struct host host = { is_local, interface_to, address_of, &facts };
	struct follow_options o = { .path = f->options.path, .host = &host };
	struct followed way = packet_follow(rs, p, &o, a);
	struct nat_pick *picks = arena_new_array(a, struct nat_pick, rs->n_rules);
	for (size_t k = 0; k < way.trace.n; k++)
		if (way.trace.items[k].to)
			picks[way.trace.items[k].rule->id] = (struct nat_pick){
				way.trace.items[k].to->address, way.trace.items[k].to->port
			};
	p->picks = picks;
	packet_point(f, p, point);
	struct trace t = packet_trace(rs, f->options.path, p, a);
	bool left = is_in(f, f->elsewhere.items, f->elsewhere.n, point);
	n->translated += way.destination != NULL;
	n->elsewhere += left;
	bool was_stopped = false;
	for (size_t k = 0; k < way.trace.n; k++)
		was_stopped |= way.trace.items[k].base->hook == HOOK_PREROUTING &&
			       verdict_ends(way.trace.items[k].verdict);
	if (!was_stopped && !is_own_of_range(&t, p) && left != (way.path != f->options.path))
		fail(text,
		     left ? "a packet stays on its path, and its set does not"
			  : "a packet is routed another way, and its set is not",
		     rs, p);
	if (left || way.path != f->options.path)
		return;
	size_t steps = steps_before_source(&way.trace);
	if (!way.source && (way.trace.n != t.n || way.trace.verdict.kind != t.verdict.kind))
		fail(text, "the packet that is followed goes another way", rs, p);
	for (size_t k = 0; k < (way.source ? steps : t.n); k++)
		if (way.trace.items[k].rule != t.items[k].rule)
			fail(text, "the packet that is followed meets other rules", rs, p);
	if (!picks_what_was_there(&t, p))
		check_sets(text, f, p, &t, point);
}

static void check_path(struct str text, const struct ruleset *rs, enum path path, bool is_v6,
		       uint32_t packets, struct counts *n)
{
	struct arena *a = arena_new(), *scratch = arena_new();
	struct flow_options o = { .path = path,
				  .family = is_v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4,
				  .state = STATE_EVERY,
				  .translates = true };
	struct flow_space *space = flow_space_new(rs, a);
	const struct flow *f = flow_walk(rs, space, &o, a);
	looked_at = NULL;
	if (f->gave_up)
		fail(text, f->gave_up, rs, NULL);
	n->walks++;
	if (f->approximated) {
		n->left_out++;
		arena_free(scratch);
		arena_free(a);
		return;
	}
	u128 *point = arena_new_array(a, u128, space->dims.n);
	for (uint32_t k = 0; k < packets; k++) {
		struct packet p = random_packet(rs, path, scratch);
		set_translated_addresses(&p, is_v6);
		set_random_picks(&p, rs, scratch);
		packet_point(f, &p, point);
		struct trace t = packet_trace(rs, path, &p, scratch);
		n->packets++;
		if (!is_in(f, f->elsewhere.items, f->elsewhere.n, point) &&
		    !picks_what_was_there(&t, &p))
			check_sets(text, f, &p, &t, point);
		check_followed(text, f, &p, point, n, scratch);
		arena_reset(scratch);
	}
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < f->items[i].n_taken; k++) {
			const struct region *r = &f->items[i].taken[k];
			struct packet p;
			looked_at = &f->items[i];
			if (flow_pick(f, &r, 1, scratch, &p) != PICK_FOUND)
				continue;
			struct trace t = packet_trace(rs, path, &p, scratch);
			bool found = picks_what_was_there(&t, &p);
			for (size_t s = 0; s < t.n; s++)
				found = found || is_same(&t.items[s], &f->items[i]);
			if (!found)
				fail(text, "the search found a packet that is not there", rs, &p);
			n->found++;
		}
	arena_free(scratch);
	arena_free(a);
}

int run_translated(uint32_t rulesets, uint32_t packets)
{
	struct counts n = { 0 };
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		bool is_v6 = chance(50);
		struct str text = random_translation(a, strcmp(dialect, "nft") == 0, is_v6);
		struct ruleset *rs = read_text(text, a);
		/* the family of an iptables dump is not in its text */
		check_path(text, rs, PATH_INPUT, is_v6, packets, &n);
		check_path(text, rs, PATH_FORWARD, is_v6, packets, &n);
		arena_free(a);
	}
	printf("%llu packets, %llu of them translated, %llu to where their path does not go, come "
	       "to the rules that their sets come to; %llu packets of sets are there; %llu of %llu "
	       "walks left out, not exact\n",
	       (unsigned long long)n.packets, (unsigned long long)n.translated,
	       (unsigned long long)n.elsewhere, (unsigned long long)n.found,
	       (unsigned long long)n.left_out, (unsigned long long)n.walks);
	return !n.translated || !n.elsewhere || !n.found || n.left_out * 10 > n.walks;
}

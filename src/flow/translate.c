/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel translates the first packet of a connection to: nf_nat_core.c. The ports are
 * assumed not to be taken by another connection.
 */
#include "interp.h"

#include <arpa/inet.h>

#define LOOPBACK4 0x7f000001u
#define LOOPBACK6 1u

/* HOOK2MANIP of nf_nat.h */
enum packet_end translated_end(const struct chain *base)
{
	return base->hook == HOOK_PREROUTING || base->hook == HOOK_OUTPUT ? END_DESTINATION
									  : END_SOURCE;
}

/* ---- one address of several (find_best_ips_proto) ---- */

#define GOLDEN 0xdeadbeefu /* JHASH_INITVAL */

static uint32_t rol(uint32_t w, unsigned n)
{
	return w << n | w >> (32 - n);
}

/* jhash2() of linux/jhash.h for four words */
static uint32_t hash_of(const uint32_t k[4], uint32_t initval)
{
	uint32_t a = GOLDEN + (4u << 2) + initval, b = a, c = a;
	a += k[0];
	b += k[1];
	c += k[2];
	a -= c, a ^= rol(c, 4), c += b;
	b -= a, b ^= rol(a, 6), a += c;
	c -= b, c ^= rol(b, 8), b += a;
	a -= c, a ^= rol(c, 16), c += b;
	b -= a, b ^= rol(a, 19), a += c;
	c -= b, c ^= rol(b, 4), b += a;
	a += k[3];
	c ^= b, c -= rol(b, 14);
	a ^= c, a -= rol(c, 11);
	b ^= a, b -= rol(a, 25);
	c ^= b, c -= rol(b, 16);
	a ^= c, a -= rol(c, 4);
	b ^= a, b -= rol(a, 14);
	c ^= b, c -= rol(b, 24);
	return c;
}

/* union nf_inet_addr: in network byte order; IPv4 uses the first word. */
static void words_of(enum nfproto_value family, u128 address, uint32_t ret[4])
{
	for (unsigned i = 0; i < 4; i++)
		ret[i] = family == NFPROTO_VALUE_IPV6 ? htonl((uint32_t)(address >> (96 - 32 * i)))
			 : i                          ? 0
						      : htonl((uint32_t)address);
}

/*
 * A hash of both ends picks the address, one word after the other, so that a host keeps its own.
 * Zone 0 is assumed: the zone is part of the hash.
 */
static u128 one_of(const struct run *r, enum packet_end end, const struct range *among,
		   bool persistent)
{
	enum nfproto_value family = run_family(r);
	unsigned last = family == NFPROTO_VALUE_IPV6 ? 3 : 0;
	uint32_t src[4], dst[4], lo[4], hi[4];
	u128 ret = 0;
	bool full = false;
	words_of(family, r->v[address_field(family, END_SOURCE)], src);
	words_of(family, r->v[address_field(family, END_DESTINATION)], dst);
	words_of(family, among->lo, lo);
	words_of(family, among->hi, hi);
	uint32_t hash = hash_of(src, persistent ? 0 : dst[last]);
	for (unsigned i = 0; i <= last; i++) {
		uint32_t min = full ? 0 : ntohl(lo[i]);
		uint32_t dist = full ? ~(uint32_t)0 : ntohl(hi[i]) - min + 1;
		uint32_t word = min + (uint32_t)((uint64_t)hash * dist >> 32);
		full = full || htonl(word) != hi[i];
		ret = ret << 32 | word;
		/* a destination is written word by word into what is hashed */
		if (!persistent)
			hash ^= end == END_DESTINATION ? htonl(word) : dst[i];
	}
	return ret;
}

/* ---- the target ---- */

struct target {
	bool has_address, has_ports;
	struct range address, ports;
	bool is_one_of;
};

static bool in_range(u128 v, const struct range *r)
{
	return v >= r->lo && v <= r->hi;
}

static struct target choose(const struct run *r, const struct nat_target *to)
{
	struct target t = { to->has_address, to->has_ports, to->address, to->ports, false };
	for (uint32_t i = 0; i < to->n_choices; i++) {
		const struct nat_choice *c = &to->choices[i];
		if (!match_holds(r, &c->key))
			continue;
		if (c->has_address)
			t.address = c->address;
		if (c->has_ports)
			t.ports = c->ports;
		t.has_address |= c->has_address;
		t.has_ports |= c->has_ports;
		t.is_one_of = c->is_one_of;
		break;
	}
	return t;
}

/* An address of the host: of REDIRECT (nf_nat_redirect.c), of MASQUERADE (nf_nat_masquerade.c). */
static u128 own_address(const struct run *r, struct translation *t)
{
	enum nfproto_value family = run_family(r);
	if (r->base->hook == HOOK_OUTPUT)
		return family == NFPROTO_VALUE_IPV6 ? LOOPBACK6 : LOOPBACK4;
	t->address_is_assumed = true;
	return r->of->host->address_of(r->of->host, family,
				       r->v[t->end == END_SOURCE ? FIELD_OIFNAME : FIELD_IIFNAME],
				       r->v[address_field(family, END_DESTINATION)]);
}

static void set_address(const struct run *r, const struct nat_target *to, const struct target *t,
			struct translation *ret)
{
	u128 was = ret->address;
	bool kept = ret->end == END_SOURCE && !to->is_random && in_range(was, &t->address) &&
		    (!t->has_ports || !ret->has_port || in_range(ret->port, &t->ports));
	if (to->is_prefix)
		ret->address = t->address.lo | (was & (t->address.lo ^ t->address.hi));
	else if (t->address.lo == t->address.hi)
		ret->address = t->address.lo;
	else if (!kept)
		ret->address = one_of(r, ret->end, &t->address, to->is_persistent);
	ret->address_is_assumed |= t->is_one_of;
}

/* nf_nat_l4proto_unique_tuple() */
static void set_port(const struct nat_target *to, const struct target *t, struct translation *ret)
{
	u128 size = t->ports.hi - t->ports.lo + 1;
	bool one = t->has_ports && size == 1;
	if (!ret->has_port)
		return;
	if (to->base && t->has_ports) {
		uint16_t off = (uint16_t)((uint16_t)ret->port - (uint16_t)to->base);
		ret->port = t->ports.lo + off % size;
	} else if (to->is_random && !one) {
		/* a destination without ports in the rule stays */
		ret->port_is_assumed = t->has_ports || ret->end == END_SOURCE;
		if (t->has_ports && !in_range(ret->port, &t->ports))
			ret->port = t->ports.lo;
	} else if (t->has_ports && !in_range(ret->port, &t->ports)) {
		ret->port = t->ports.lo;
		ret->port_is_assumed = !one && ret->end == END_SOURCE;
	}
	ret->port_is_assumed |= t->has_ports && t->is_one_of;
}

/* Where nobody says which host it is, the packet says what was picked. */
static u128 picked(u128 v, const struct range *r)
{
	return in_range(v, r) ? v : r->lo;
}

static void set_picked(const struct nat_pick *pick, const struct statement *st,
		       const struct target *t, struct translation *ret)
{
	const struct nat_target *to = &st->to;
	bool is_any = to->is_unknown || t->is_one_of;
	if (st->to_self || is_any)
		ret->address = pick->address;
	else if (t->has_address && !(to->is_prefix && in_range(ret->address, &t->address)))
		ret->address = picked(pick->address, &t->address);
	if (!ret->has_port)
		return;
	if (to->is_unknown || (is_any && t->has_ports))
		ret->port = pick->port;
	else if (t->has_ports && (to->base || to->is_random))
		ret->port = picked(pick->port, &t->ports);
	else if (t->has_ports && !in_range(ret->port, &t->ports))
		ret->port = t->ports.lo;
}

struct translation translation_of(const struct run *r, const struct rule *rule,
				  const struct statement *st)
{
	const struct nat_target *to = &st->to;
	enum packet_end end = to->end == END_NONE ? translated_end(r->base) : to->end;
	struct target t = choose(r, to);
	struct translation ret = { .end = end,
				   .address = r->v[address_field(run_family(r), end)],
				   .port = r->v[port_field(end)],
				   .has_port = l4proto_has_ports(r->v[FIELD_L4PROTO]),
				   .address_is_assumed = to->is_unknown };
	if (!r->of) {
		if (rule->id < r->packet->n_picks)
			set_picked(&r->packet->picks[rule->id], st, &t, &ret);
		return ret;
	}
	if (st->to_self) {
		u128 own = own_address(r, &ret);
		t.address = (struct range){ own, own };
		t.has_address = true;
	}
	if (t.has_address)
		set_address(r, to, &t, &ret);
	set_port(to, &t, &ret);
	return ret;
}

/* `th dport` of a ruleset is a field of its own. */
static void write_other_names(struct run *r, enum packet_end end, u128 port)
{
	for (unsigned i = 0; i < r->rs->n_extra; i++)
		if (str_is(r->rs->extra[i].name, end == END_SOURCE ? "th sport" : "th dport") &&
		    r->v[FIELD_EXTRA + i] != FIELD_ABSENT)
			r->v[FIELD_EXTRA + i] = port;
}

void run_translation(struct run *r, const struct translation *t)
{
	enum field address = address_field(run_family(r), t->end);
	bool changes = r->v[address] != t->address ||
		       (t->has_port && r->v[port_field(t->end)] != t->port);
	r->v[address] = t->address;
	if (t->has_port) {
		r->v[port_field(t->end)] = t->port;
		write_other_names(r, t->end, t->port);
	}
	/* nf_nat_setup_info() */
	if (changes && !t->is_undone)
		r->v[FIELD_CT_STATUS] |= t->end == END_SOURCE ? CT_STATUS_SNAT : CT_STATUS_DNAT;
}

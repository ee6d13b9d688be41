/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets that translate addresses (iptables 1.8.9). */
#include "extension.h"

/*
 * [addr[-addr]][:port[-port]] with IPv6 addresses in brackets when there is a
 * port (libxt_NAT.c: parse_to). Ports need -p tcp, udp …; names only alone.
 */
static bool nat_address(struct str s, bool v6, u128 *ret)
{
	unsigned dots = 0;
	for (size_t i = 0; i < s.n; i++) {
		dots += s.p[i] == '.';
		if (!v6 && s.p[i] == '0' && (!i || s.p[i - 1] == '.') && i + 1 < s.n &&
		    s.p[i + 1] != '.')
			return false; /* inet_pton() knows no 010 */
	}
	return (v6 || dots == 3) && parse_addr(s, v6, ret);
}

static bool nat_addresses(struct str s, bool v6, struct range *ret)
{
	struct str rest = s;
	struct range r = { 0 };
	if (!s.n) {
		*ret = r;
		return true;
	}
	if (v6 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		rest = (struct str){ s.p + 1, s.n - 2 };
	struct str first = str_cut(&rest, '-');
	if (!nat_address(first, v6, &r.lo))
		return false;
	r.hi = r.lo;
	if (rest.p && !nat_address(rest, v6, &r.hi))
		return false;
	*ret = r;
	return true;
}

/* `base` as in --to-destination :a-b/base; left as it is if there is none. */
static bool nat_ports(struct str s, bool redirect, struct range *ret, u128 *base)
{
	struct str rest = s, behind, first;
	struct range ports;
	if (parse_port(s, &ports.lo)) {
		*ret = (struct range){ ports.lo, ports.lo };
		return true;
	}
	first = str_cut(&rest, '-');
	behind = rest;
	struct str range_end = str_cut(&behind, '/');
	if (!str_number(first, 65535, &ports.lo) || !str_number(range_end, 65535, &ports.hi) ||
	    ports.hi < ports.lo)
		return false;
	if (behind.p && (redirect || !parse_port(behind, base) || !*base))
		return false;
	*ret = ports;
	return true;
}

static bool has_port_protocol(const struct rule_parser *r)
{
	return r->has_proto && !r->proto_negated &&
	       (r->proto == 6 || r->proto == 17 || r->proto == 132 || r->proto == 33 ||
		r->proto == 136 || r->proto == 1 || r->proto == 58);
}

/* The address and the ports of the word, which has a ':' before these; `ret_ports` is NULL where it
 * has none. */
static struct str split_nat(struct str word, bool v6, struct str *ret_ports)
{
	size_t colon = word.n;
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] == ':' && (!v6 || i == 0 || word.p[i - 1] == ']'))
			colon = i;
	if (v6 && colon == 0 && word.n > 1 && word.p[1] == ':')
		colon = word.n; /* "::1" is an address */
	*ret_ports = colon < word.n ? (struct str){ word.p + colon + 1, word.n - colon - 1 }
				    : (struct str){ 0 };
	return (struct str){ word.p, colon };
}

static bool nat_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	bool v6 = !(r->families & V4);
	struct str ports, addr = split_nat(v->word, v6, &ports);
	struct range to = { 0 }, port = { 0 };
	struct text out = { .arena = r->p->arena };
	u128 base = 0;
	(void)o;
	if (!nat_addresses(addr, v6, &to) || (ports.p && !nat_ports(ports, false, &port, &base)))
		return false;
	if (addr.n)
		text_printf(&out, "%s-%s", number_text(r->p->arena, to.lo),
			    number_text(r->p->arena, to.hi));
	if (ports.p)
		text_printf(&out, ":%u-%u/%u", (unsigned)port.lo, (unsigned)port.hi,
			    (unsigned)base);
	v->normal = text_str(&out);
	return true;
}

static void nat_to(struct rule_parser *r, struct instance *in, const struct option *o,
		   const struct option_value *v)
{
	bool v6 = !(r->families & V4);
	struct str ports, addr = split_nat(v->word, v6, &ports);
	u128 base = 0;
	(void)o;
	in->flag = ports.p;
	in->nat.has_address = addr.n && nat_addresses(addr, v6, &in->nat.address);
	in->nat.has_ports = ports.p && nat_ports(ports, false, &in->nat.ports, &base);
	in->nat.base = base;
	in->nat.is_unknown = addr.n && !in->nat.has_address;
}

static void nat_persistent(struct rule_parser *r, struct instance *in, const struct option *o,
			   const struct option_value *v)
{
	(void)r, (void)o, (void)v;
	in->nat.is_persistent = true;
}

static void nat_random(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	(void)r, (void)o, (void)v;
	in->nat.is_random = true;
}

/* A net: the bits that its addresses differ in are kept (xt_NETMAP.c: netmap_addr). */
static void netmap_to(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	(void)o;
	u128 max = r->families & V4 ? UINT32_MAX : ~(u128)0, lo = v->lo & v->hi;
	in->nat.is_prefix = true;
	in->nat.has_address = !is_hostname(v->normal);
	in->nat.is_unknown = !in->nat.has_address;
	in->nat.address = (struct range){ lo, lo | (max & ~v->hi) };
}

static bool to_ports_normal(const struct rule_parser *r, const struct option *o,
			    struct option_value *v)
{
	struct range port = { 0 };
	u128 base = 0;
	(void)o;
	bool ok = nat_ports(v->word, true, &port, &base);
	v->normal = str_from(
		arena_printf(r->p->arena, "%u-%u", (unsigned)port.lo, (unsigned)port.hi));
	return ok;
}

static void nat_to_ports(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	u128 base = 0;
	(void)r, (void)o;
	in->flag = true;
	in->nat.has_ports = nat_ports(v->word, true, &in->nat.ports, &base);
}

/* The bits outside the mask are ignored (libxt_NETMAP.c). */
static bool netmap_normal(const struct rule_parser *r, const struct option *o,
			  struct option_value *v)
{
	u128 mask = v->hi, addr = v->lo & mask;
	(void)o;
	if (!is_hostname(v->normal))
		v->normal = str_from(arena_printf(r->p->arena, "%s/%s",
						  number_text(r->p->arena, addr),
						  number_text(r->p->arena, mask)));
	return true;
}

static void finish_nat(struct rule_parser *r, struct instance *in)
{
	if (in->flag && !has_port_protocol(r))
		rule_error(r, in->at, ERROR_MISSING,
			   "%s with ports needs '-p tcp', udp, udplite, sctp or dccp",
			   in->ext->name);
}

#define RANDOM(name) O(name, NONE, .parse = nat_random)
#define NAT_FLAGS \
	RANDOM("random"), RANDOM("random-fully"), O("persistent", NONE, .parse = nat_persistent)
static const struct option snat_options[] = {
	O("to-source", TEXT, NEED, .normal = nat_normal, .parse = nat_to), NAT_FLAGS
};
// clang-format off
static const struct option dnat_options[] = {
	O("to-destination", TEXT, NEED, .normal = nat_normal, .parse = nat_to), NAT_FLAGS };
static const struct option masquerade_options[] = {
	O("to-ports", TEXT, .normal = to_ports_normal, .parse = nat_to_ports), RANDOM("random"),
	RANDOM("random-fully") };
static const struct option redirect_options[] = {
	O("to-ports", TEXT, .normal = to_ports_normal, .parse = nat_to_ports), RANDOM("random") };
static const struct option netmap_options[] = {
	O("to", HOSTMASK, NEED, .normal = netmap_normal, .parse = netmap_to) };
static const struct option npt_options[] = {
	O("src-pfx", HOSTMASK, NEED, .parse = npt_prefix),
	O("dst-pfx", HOSTMASK, NEED, .parse = npt_prefix) };

static void finish_snpt(struct rule_parser *r, struct instance *in)
{
	(void)in;
	rule_write(r, FIELD_IP6_SADDR, ~(u128)0, 0, true, false);
}

static void finish_dnpt(struct rule_parser *r, struct instance *in)
{
	(void)in;
	rule_write(r, FIELD_IP6_DADDR, ~(u128)0, 0, true, false);
}
// clang-format on
#define NATS .verdict = VERDICT_ACCEPT, .statement = STMT_NAT, .tables = "nat"

/* ---- the table ---- */

// clang-format off
static const struct extension table[] = {
	T("SNAT", V46, EXT_REASSEMBLES, snat_options, NATS, .finish = finish_nat,
	  .translates = END_SOURCE, .chains = "POSTROUTING,INPUT"),
	T("DNAT", V46, EXT_REASSEMBLES, dnat_options, NATS, .finish = finish_nat,
	  .translates = END_DESTINATION, .chains = "PREROUTING,OUTPUT"),
	T("MASQUERADE", V46, EXT_TO_SELF | EXT_REASSEMBLES, masquerade_options, NATS, .finish = finish_nat,
	  .translates = END_SOURCE, .chains = "POSTROUTING"),
	T("REDIRECT", V46, EXT_TO_SELF | EXT_REASSEMBLES, redirect_options, NATS, .finish = finish_nat,
	  .translates = END_DESTINATION, .chains = "PREROUTING,OUTPUT"),
	T("NETMAP", V46, EXT_REASSEMBLES, netmap_options, NATS),
	T("SNPT", V6, 0, npt_options, WRITES, .finish = finish_snpt, .tables = "mangle",
	  .chains = "INPUT,POSTROUTING"),
	T("DNPT", V6, 0, npt_options, WRITES, .finish = finish_dnpt, .tables = "mangle",
	  .chains = "PREROUTING,OUTPUT"),
};
// clang-format on

const struct extension_list nat_targets = LIST(table);

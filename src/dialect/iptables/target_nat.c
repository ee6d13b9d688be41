/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets that translate addresses (iptables 1.8.9). */
#include "parser.h"

/*
 * [addr[-addr]][:port[-port]] with IPv6 addresses in brackets when there is a
 * port (libxt_NAT.c: parse_to). Ports need -p tcp, udp …; names only alone.
 */
static bool nat_addresses(struct str s, bool v6)
{
	struct str rest = s;
	u128 v;
	if (!s.n)
		return true;
	if (v6 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		rest = (struct str){ s.p + 1, s.n - 2 };
	struct str first = str_cut(&rest, '-');
	if (v6 && first.n && first.p[first.n - 1] == ']')
		first.n--;
	if (v6 && rest.n && rest.p[0] == '[') {
		rest.p++;
		rest.n--;
	}
	return parse_addr(first, v6, &v) && (!rest.p || parse_addr(rest, v6, &v));
}

static bool nat_ports(struct str s, bool redirect)
{
	struct str rest = s, base, first;
	u128 lo, hi;
	if (parse_port(s, &lo))
		return lo > 0 || redirect;
	first = str_cut(&rest, '-');
	base = rest;
	struct str range_end = str_cut(&base, '/'); /* --to-destination :a-b/base */
	if (!str_number(first, 65535, &lo) || !str_number(range_end, 65535, &hi) || hi < lo)
		return false;
	return !base.p || (!redirect && parse_port(base, &lo) && lo > 0);
}

static bool has_port_protocol(const struct rule_parser *r)
{
	return r->has_proto && !r->proto_negated &&
	       (r->proto == 6 || r->proto == 17 || r->proto == 132 || r->proto == 33 ||
		r->proto == 136 || r->proto == 1 || r->proto == 58);
}

static void nat_to(struct rule_parser *r, struct instance *in, const struct option *o,
		   const struct option_value *v)
{
	bool v6 = !(r->families & V4);
	struct str addr = v->word, ports = { 0 };
	size_t colon = v->word.n;
	for (size_t i = 0; i < v->word.n; i++)
		if (v->word.p[i] == ':' && (!v6 || i == 0 || v->word.p[i - 1] == ']'))
			colon = i;
	if (v6 && colon == 0 && v->word.n > 1 && v->word.p[1] == ':')
		colon = v->word.n; /* "::1" is an address */
	if (colon < v->word.n) {
		addr.n = colon;
		ports = (struct str){ v->word.p + colon + 1, v->word.n - colon - 1 };
		in->flag = true;
	}
	if (!nat_addresses(addr, v6) || (ports.p && !nat_ports(ports, false)))
		rule_error(r, in->at, "'%.*s' is not an address, a range or a port that '--%s' takes",
			   STR_FMT(v->word), o->name);
}

static void nat_to_ports(struct rule_parser *r, struct instance *in, const struct option *o,
			 const struct option_value *v)
{
	in->flag = true;
	if (!nat_ports(v->word, true))
		rule_error(r, in->at, "'%.*s' is not a port or range that '--%s' takes",
			   STR_FMT(v->word), o->name);
}

static void finish_nat(struct rule_parser *r, struct instance *in)
{
	if (in->flag && !has_port_protocol(r))
		rule_error(r, in->at, "%s with ports needs '-p tcp', udp, udplite, sctp or dccp",
			   in->ext->name);
}

#define NAT_FLAGS O("random", NONE), O("random-fully", NONE), O("persistent", NONE)
static const struct option snat_options[] = { O("to-source", TEXT, NEED, .parse = nat_to), NAT_FLAGS };
static const struct option dnat_options[] = {
	O("to-destination", TEXT, NEED, .parse = nat_to), NAT_FLAGS };
static const struct option masquerade_options[] = {
	O("to-ports", TEXT, .parse = nat_to_ports), O("random", NONE), O("random-fully", NONE) };
static const struct option redirect_options[] = {
	O("to-ports", TEXT, .parse = nat_to_ports), O("random", NONE) };
static const struct option netmap_options[] = { O("to", HOSTMASK, NEED) };
static const struct option npt_options[] = {
	O("src-pfx", HOSTMASK, NEED, .parse = npt_prefix), O("dst-pfx", HOSTMASK, NEED, .parse = npt_prefix) };

static void finish_npt(struct rule_parser *r, struct instance *in)
{
	(void)in;
	rule_write(r, strcmp(in->ext->name, "SNPT") == 0 ? FIELD_IP6_SADDR : FIELD_IP6_DADDR,
		   ~(u128)0, 0, true, false);
}
#define NATS .verdict = VERDICT_ACCEPT, .statement = STMT_NAT, .tables = "nat"

/* ---- the table ---- */

static const struct extension table[] = {
	T("SNAT", V46, EXT_REASSEMBLES, snat_options, NATS, .finish = finish_nat, .chains = "POSTROUTING,INPUT"),
	T("DNAT", V46, EXT_REASSEMBLES, dnat_options, NATS, .finish = finish_nat, .chains = "PREROUTING,OUTPUT"),
	T("MASQUERADE", V46, EXT_TO_SELF | EXT_REASSEMBLES, masquerade_options, NATS, .finish = finish_nat,
	  .chains = "POSTROUTING"),
	T("REDIRECT", V46, EXT_TO_SELF | EXT_REASSEMBLES, redirect_options, NATS, .finish = finish_nat,
	  .chains = "PREROUTING,OUTPUT"),
	T("NETMAP", V46, EXT_REASSEMBLES, netmap_options, NATS),
	T("SNPT", V6, 0, npt_options, WRITES, .finish = finish_npt, .tables = "mangle",
	  .chains = "INPUT,POSTROUTING"),
	T("DNPT", V6, 0, npt_options, WRITES, .finish = finish_npt, .tables = "mangle",
	  .chains = "PREROUTING,OUTPUT"),
};

const struct extension_list nat_targets = LIST(table);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a description leaves open: a value that is likely, and the words that say so. */
#include "trace.h"

#define SAY(g, a, ...) vec_push((a), &(g)->traced->assumed, arena_printf((a), __VA_ARGS__))

static u128 doc_address(enum nfproto_value family, unsigned n)
{
	return family == NFPROTO_VALUE_IPV6 ? (u128)0x20010db8 << 96 | n : 0xc0000200u + n;
}

/* ---- the host ---- */

static bool is_known_local(const struct trace_request *o, enum nfproto_value family, u128 address)
{
	for (size_t i = 0; i < o->n_addresses; i++)
		if (o->addresses[i].family == family && address >= o->addresses[i].local.lo &&
		    address <= o->addresses[i].local.hi)
			return true;
	return false;
}

static bool is_local(const struct host *h, enum nfproto_value family, u128 address)
{
	const struct guess *g = h->context;
	return (g->own && g->own == address && g->family == family) ||
	       is_known_local(g->request, family, address);
}

/* The one interface that a rule tests for; 0: none. */
static u128 named_by(const struct rule *r, enum field interface)
{
	for (uint32_t m = 0; m < r->n_matches; m++) {
		const struct match *x = &r->matches[m];
		if (x->kind == MATCH_RANGES && x->field == interface && x->n == 1 && !x->negate &&
		    x->ranges[0].lo == x->ranges[0].hi)
			return x->ranges[0].lo;
	}
	return 0;
}

/* Does it test for a net that has the address? */
static bool tests_net(const struct rule *r, enum field net, u128 address)
{
	for (uint32_t m = 0; m < r->n_matches; m++) {
		const struct match *x = &r->matches[m];
		if (x->kind == MATCH_RANGES && x->field == net && x->n == 1 && !x->negate &&
		    address >= x->ranges[0].lo && address <= x->ranges[0].hi)
			return true;
	}
	return false;
}

/* The interface that rules name together with the net. */
static u128 named_with(const struct ruleset *rs, enum field net, enum field interface, u128 address)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			const struct rule *r = rs->chains[i]->items[k];
			if (named_by(r, interface) && tests_net(r, net, address))
				return named_by(r, interface);
		}
	return 0;
}

static u128 first_named(const struct ruleset *rs, enum field interface, u128 other_than)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			u128 name = named_by(rs->chains[i]->items[k], interface);
			if (name && name != other_than && name != ifname_value(STR("lo")))
				return name;
		}
	return 0;
}

static u128 interface_to(const struct host *h, enum nfproto_value family, u128 address)
{
	const struct guess *g = h->context;
	const struct trace_request *o = g->request;
	u128 in = g->traced->packet.v[FIELD_IIFNAME], name;
	for (size_t i = 0; i < o->n_addresses; i++)
		if (o->addresses[i].family == family && o->addresses[i].interface &&
		    address >= o->addresses[i].net.lo && address <= o->addresses[i].net.hi)
			return o->addresses[i].interface;
	if (g->traced->packet.v[FIELD_OIFNAME]) /* the outgoing interface was given */
		return g->traced->packet.v[FIELD_OIFNAME];
	name = named_with(g->rs, address_field(family, END_DESTINATION), FIELD_OIFNAME, address);
	if (!name)
		name = named_with(g->rs, address_field(family, END_SOURCE), FIELD_IIFNAME, address);
	if (!name)
		name = first_named(g->rs, FIELD_OIFNAME, in);
	if (!name)
		name = first_named(g->rs, FIELD_IIFNAME, in);
	return name ? name
		    : ifname_value(in == ifname_value(STR("eth1")) ? STR("eth0") : STR("eth1"));
}

static u128 address_of(const struct host *h, enum nfproto_value family, u128 interface, u128 other)
{
	const struct guess *g = h->context;
	const struct trace_request *o = g->request;
	const struct host_address *any = NULL;
	for (size_t i = 0; i < o->n_addresses; i++) {
		if (o->addresses[i].family != family)
			continue;
		if (o->addresses[i].interface == interface)
			return o->addresses[i].local.lo;
		if (!o->addresses[i].interface && !any)
			any = &o->addresses[i];
	}
	if (is_local(h, family, other))
		return other;
	return any ? any->local.lo : doc_address(family, 1);
}

struct host assumed_host(const struct guess *g)
{
	return (struct host){ .is_local = is_local,
			      .interface_to = interface_to,
			      .address_of = address_of,
			      .context = g };
}

/* ---- the packet ---- */

struct filling {
	struct guess *g;
	const struct worded *w;
	struct packet *p;
	struct arena *arena;
};

static void fill(struct filling *x, enum field f, u128 v, bool tell)
{
	if (x->w->said[f])
		return;
	x->p->v[f] = v;
	if (tell) {
		struct str name = field_table[f].shown == SHOWN_HEAD
					  ? str_from(field_table[f].name)
					  : ruleset_field_name(x->g->rs, f);
		SAY(x->g, x->arena, "%.*s %s", STR_FMT(name),
		    ruleset_field_print(x->g->rs, f, v, x->arena));
	}
}

static void fill_state(struct filling *x)
{
	const struct ruleset *rs = x->g->rs;
	u128 *v = x->p->v;
	fill(x, FIELD_CT_STATE, CT_STATE_NEW, true);
	bool established = v[FIELD_CT_STATE] == CT_STATE_ESTABLISHED;
	if (v[FIELD_L4PROTO] == L4PROTO_TCP)
		fill(x, FIELD_TCP_FLAGS, v[FIELD_CT_STATE] == CT_STATE_NEW ? TCP_SYN : TCP_ACK,
		     true);
	fill(x, FIELD_CT_STATUS,
	     established ? CT_STATUS_SEEN_REPLY | CT_STATUS_ASSURED | CT_STATUS_CONFIRMED : 0,
	     rs->tests[FIELD_CT_STATUS] && established);
	fill(x, FIELD_CT_DIRECTION, 0, rs->tests[FIELD_CT_DIRECTION] && established);
}

static void fill_protocol(struct filling *x)
{
	const struct ruleset *rs = x->g->rs;
	u128 *v = x->p->v;
	bool v6 = x->g->family == NFPROTO_VALUE_IPV6;
	u128 icmp = v6 ? L4PROTO_ICMPV6 : L4PROTO_ICMP;
	bool is_icmp = v[FIELD_L4PROTO] == icmp;
	if (l4proto_has_ports(v[FIELD_L4PROTO])) {
		fill(x, FIELD_SPORT, 40123, true);
		fill(x, FIELD_DPORT, 443, true);
	}
	if (is_icmp) {
		fill(x, FIELD_ICMP_TYPE, v6 ? 128 : 8, rs->tests[FIELD_ICMP_TYPE]);
		fill(x, FIELD_ICMP_CODE, 0, rs->tests[FIELD_ICMP_CODE]);
	}
	fill(x, FIELD_LENGTH, is_icmp ? 84 : 60, rs->tests[FIELD_LENGTH]);
}

static void fill_rest(struct filling *x)
{
	const struct ruleset *rs = x->g->rs;
	bool own = path_direction(x->g->traced->path) == PATH_OUTPUT;
	fill(x, FIELD_TTL, 64, rs->tests[FIELD_TTL]);
	fill(x, FIELD_MARK, 0, rs->tests[FIELD_MARK]);
	fill(x, FIELD_CT_MARK, 0, rs->tests[FIELD_CT_MARK]);
	fill(x, FIELD_DSCP, 0, rs->tests[FIELD_DSCP]);
	fill(x, FIELD_PKTTYPE, 0, rs->tests[FIELD_PKTTYPE] && !own);
	for (unsigned f = FIELD_EXTRA; f < FIELD_EXTRA + rs->n_extra; f++) {
		struct str name = ruleset_field_name(rs, (enum field)f);
		bool ports = l4proto_has_ports(x->p->v[FIELD_L4PROTO]);
		if (x->w->said[f])
			continue;
		if (field_is_type_of(rs, (enum field)f) != END_NONE)
			x->p->v[f] = ROUTE_UNICAST;
		else if (ports && (str_is(name, "th dport") || str_is(name, "th sport")))
			x->p->v[f] = x->p->v[str_is(name, "th dport") ? FIELD_DPORT : FIELD_SPORT];
		else
			fill(x, (enum field)f, FIELD_ABSENT, rs->tests[f]);
	}
}

static bool names(const struct ruleset *rs, u128 interface)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++) {
			const struct rule *r = rs->chains[i]->items[k];
			for (uint32_t m = 0; m < r->n_matches; m++)
				if (r->matches[m].kind == MATCH_RANGES && r->matches[m].n &&
				    r->matches[m].field == FIELD_IIFNAME &&
				    r->matches[m].ranges[0].lo == interface)
					return true;
		}
	return false;
}

/* ---- the path ---- */

static enum path path_by_words(struct filling *x)
{
	const struct worded *w = x->w;
	const struct trace_request *o = x->g->request;
	enum nfproto_value family = x->g->family;
	bool in = w->said[FIELD_IIFNAME] && x->p->v[FIELD_IIFNAME],
	     out = w->said[FIELD_OIFNAME] && x->p->v[FIELD_OIFNAME];
	u128 from = x->p->v[address_field(family, END_SOURCE)],
	     to = x->p->v[address_field(family, END_DESTINATION)];
	if (in && out)
		return PATH_FORWARD;
	if (out)
		return is_known_local(o, family, from) || !o->n_addresses ? PATH_OUTPUT
									  : PATH_FORWARD;
	if (o->n_addresses && !address_is_loopback(family, to)) {
		if (!in && is_known_local(o, family, from))
			return PATH_OUTPUT;
		return is_known_local(o, family, to) ? PATH_INPUT : PATH_FORWARD;
	}
	return PATH_INPUT;
}

static void choose_path(struct filling *x)
{
	struct guess *g = x->g;
	struct traced *t = g->traced;
	bool asked = g->request->path != PATH_UNKNOWN, knows = g->request->n_addresses > 0;
	t->path = asked ? g->request->path : path_by_words(x);
	enum path way = path_direction(t->path);
	bool said_way = x->w->said[FIELD_IIFNAME] && x->w->said[FIELD_OIFNAME];
	enum nfproto_value family = g->family;
	u128 from = x->p->v[address_field(family, END_SOURCE)],
	     to = x->p->v[address_field(family, END_DESTINATION)];
	if (way == PATH_INPUT && !is_known_local(g->request, family, to)) {
		g->own = to;
		if (!asked && !address_is_loopback(family, to))
			SAY(g, x->arena,
			    "it is for the host: %s is an address of it (--path forward: "
			    "it goes through)",
			    field_print(address_field(family, END_DESTINATION), to, x->arena));
	} else if (way == PATH_OUTPUT && !is_known_local(g->request, family, from)) {
		g->own = from;
		if (!asked)
			SAY(g, x->arena, "the host sends it: %s is an address of it",
			    field_print(address_field(family, END_SOURCE), from, x->arena));
	} else if (way == PATH_FORWARD && !asked && !said_way && !knows) {
		SAY(g, x->arena, "it goes through the host");
	}
}

static void choose_interfaces(struct filling *x)
{
	struct guess *g = x->g;
	const struct ruleset *rs = g->rs;
	enum nfproto_value family = g->family;
	enum path way = path_direction(g->traced->path);
	u128 *v = x->p->v, eth0 = ifname_value(STR("eth0")), lo = ifname_value(STR("lo"));
	u128 from = v[address_field(family, END_SOURCE)],
	     to = v[address_field(family, END_DESTINATION)];
	struct host h = assumed_host(g);
	if (!x->w->said[FIELD_OIFNAME])
		v[FIELD_OIFNAME] = 0;
	if (way == PATH_OUTPUT) {
		v[FIELD_IIFNAME] = 0;
	} else if (!x->w->said[FIELD_IIFNAME]) {
		u128 name = named_with(rs, address_field(family, END_SOURCE), FIELD_IIFNAME, from);
		if (address_is_loopback(family, from))
			name = lo;
		if (!name && !names(rs, eth0))
			name = first_named(rs, FIELD_IIFNAME, v[FIELD_OIFNAME]);
		fill(x, FIELD_IIFNAME, name ? name : eth0, true);
	}
	if (way == PATH_INPUT)
		v[FIELD_OIFNAME] = 0;
	else if (!x->w->said[FIELD_OIFNAME])
		fill(x, FIELD_OIFNAME,
		     address_is_loopback(family, to) ? lo : interface_to(&h, family, to), true);
}

/* Answers that were asked for, by the words of the test. */
static void decide(struct filling *x)
{
	const struct trace_request *o = x->g->request;
	const struct ruleset *rs = x->g->rs;
	bool *answers = arena_new_array(x->arena, bool, rs->n_vars);
	for (size_t i = 0; i < rs->n_vars; i++) {
		answers[i] = x->p->answers && i < x->p->n_answers && x->p->answers[i];
		for (size_t k = 0; k < o->n_assumptions; k++)
			if (str_eq(o->assumptions[k].text, rs->vars[i]->text))
				answers[i] = o->assumptions[k].answer;
	}
	x->p->answers = answers;
	x->p->n_answers = rs->n_vars;
}

void assume_packet(struct guess *g, const struct worded *w, struct arena *a)
{
	struct traced *t = g->traced;
	t->packet = w->packet;
	struct filling x = { .g = g, .w = w, .p = &t->packet, .arena = a };
	bool v6 = t->packet.v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6;
	g->family = v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4;
	if (!w->said[FIELD_L4PROTO])
		fill(&x, FIELD_L4PROTO, L4PROTO_TCP, true);
	fill(&x, address_field(g->family, END_SOURCE), doc_address(g->family, 10), true);
	fill(&x, address_field(g->family, END_DESTINATION),
	     v6 ? doc_address(g->family, 20) : 0xc6336414u, true);
	decide(&x);
	choose_path(&x);
	choose_interfaces(&x);
	fill_protocol(&x);
	fill_state(&x);
	fill_rest(&x);
}

void assume_way(struct guess *g, const struct followed *way, struct arena *a)
{
	const struct translation *const both[] = { way->destination, way->source };
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		const struct translation *t = both[i];
		if (!t || t->is_undone)
			continue;
		enum field f = address_field(g->family, t->end);
		if (t->address_is_assumed && !is_known_local(g->request, g->family, t->address))
			SAY(g, a, "the %s is translated to %s",
			    t->end == END_SOURCE ? "source" : "destination",
			    field_print(f, t->address, a));
		if (t->port_is_assumed)
			SAY(g, a,
			    "the %s port is translated to %u (the kernel takes one by chance)",
			    t->end == END_SOURCE ? "source" : "destination", (unsigned)t->port);
	}
	if (way->chose_interface && !way->was_looped)
		SAY(g, a, "it leaves by %s, as it is for another address now",
		    field_print(FIELD_OIFNAME, way->last.v[FIELD_OIFNAME], a));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the nat chains at PREROUTING make of the destination of a walk's packets: nf_nat_core.c. The
 * sets hold the packets as they set out; address and port are written as other fields are.
 */
#include "walk.h"

/*
 * What a translation does to a value: nothing; writes it; keeps it if it is in the range; lets the
 * kernel or the host pick one.
 */
enum aim { KEPT, WRITTEN, INTO, PICKED };

struct target {
	enum aim address_aim, port_aim;
	struct range address, ports;
	bool is_net;     /* an address of the net stays as it is */
	bool is_own;     /* the address is one of the host's */
	bool is_unknown; /* it may be any */
};

#define TEST(f, no, count, r)                                                                   \
	{                                                                                       \
		.kind = MATCH_RANGES, .field = (f), .negate = (no), .n = (count), .ranges = (r) \
	}

static const struct range with_ports[] = { { L4PROTO_TCP, L4PROTO_TCP },
					   { L4PROTO_UDP, L4PROTO_UDP },
					   { L4PROTO_DCCP, L4PROTO_DCCP },
					   { L4PROTO_SCTP, L4PROTO_SCTP },
					   { L4PROTO_UDPLITE, L4PROTO_UDPLITE } };

static struct pktset matching(struct walk *w, const struct pktset *set, const struct match *m,
			      uint32_t n)
{
	struct rule filter = { .matches = m, .n_matches = n };
	struct pktset both;
	if (!set->n || !compile_rule(&w->compile, &filter, &both))
		return (struct pktset){ 0 };
	return pktset_and(w->dims, w->arena, set, &both);
}

/* Sets keep the ranges that they are made of. */
static const struct range *kept(struct walk *w, struct range r)
{
	struct range *ret = arena_new_one(w->arena, struct range);
	*ret = r;
	return ret;
}

static struct pktset with_value(struct walk *w, const struct pktset *set, enum field f,
				struct range r, bool negate)
{
	struct match m = TEST(f, negate, 1, kept(w, r));
	return matching(w, set, &m, 1);
}

/* ---- the target ---- */

static struct range whole(enum field f)
{
	return (struct range){ 0, field_max(f) };
}

static void aim_address(const struct nat_target *to, bool has, struct range r, enum field f,
			struct target *t)
{
	if (t->is_own || t->is_unknown) {
		t->address_aim = PICKED;
		t->address = whole(f);
	} else if (has) {
		t->address_aim = to->is_prefix || r.lo != r.hi ? PICKED : WRITTEN;
		t->address = r;
		t->is_net = to->is_prefix;
	}
}

static void aim_port(const struct nat_target *to, bool has, struct range r, struct target *t)
{
	bool one = r.lo == r.hi;
	if (to->is_unknown || (t->is_unknown && has)) {
		t->port_aim = PICKED;
		t->ports = whole(FIELD_DPORT);
	} else if (has) {
		t->port_aim = one ? WRITTEN : to->base || to->is_random ? PICKED : INTO;
		t->ports = r;
	}
}

static struct target target_of(const struct statement *st, const struct nat_choice *c,
			       enum field address)
{
	const struct nat_target *to = &st->to;
	struct target t = { .is_own = st->to_self,
			    .is_unknown = to->is_unknown || (c && c->is_one_of) };
	bool has_address = to->has_address || (c && c->has_address),
	     has_ports = to->has_ports || (c && c->has_ports);
	aim_address(to, has_address, c && c->has_address ? c->address : to->address, address, &t);
	aim_port(to, has_ports, c && c->has_ports ? c->ports : to->ports, &t);
	return t;
}

/* ---- writes ---- */

static void write_to(struct walk *w, const struct pktset *where, enum field f, u128 mask,
		     struct range r, uint32_t picked)
{
	for (size_t i = 0; i < where->n; i++) {
		struct write *wr = arena_new_one(w->arena, struct write);
		*wr = (struct write){ .where = as_later_exception(w, &where->items[i]),
				      .mask = mask,
				      .value = picked ? 0 : r.lo,
				      .fresh = picked,
				      .within = r,
				      .older = w->compile.writes[f] };
		write_link(wr, w->arena);
		w->compile.writes[f] = wr;
	}
}

static const struct flow_pick_dims *find_dims(const struct flow_space *s, uint32_t rule,
					      enum nfproto_value family)
{
	for (size_t i = 0; i < s->picks.n; i++)
		if (s->picks.items[i].rule == rule && s->picks.items[i].family == family)
			return &s->picks.items[i];
	return NULL;
}

/* The dimensions of what is picked at the rule; in two rulesets, the same for the same rule. */
static const struct flow_pick_dims *dims_of(struct walk *w, const struct rule *r,
					    enum field address)
{
	struct flow_space *s = w->flow->space;
	enum nfproto_value family = w->flow->options.family;
	struct flow_pick_dims d = { .rule = r->id, .family = family };
	const struct flow_pick_dims *same = find_dims(s, r->id, family);
	if (same)
		return same;
	if (s->pair && pair_has_counterpart(s->pair, r) && !s->pair->translates_otherwise[r->id])
		same = find_dims(s, s->pair->counterpart[r->id], family);
	d.address = same ? same->address : space_add(&s->dims, s->dims.items[address]);
	d.port = same ? same->port : space_add(&s->dims, s->dims.items[FIELD_DPORT]);
	vec_push(s->dims.arena, &s->picks, d);
	return &s->picks.items[s->picks.n - 1];
}

static void write_ports(struct walk *w, const struct pktset *where, const struct target *t,
			uint32_t picked)
{
	const struct ruleset *rs = w->flow->ruleset;
	struct match ports = TEST(FIELD_L4PROTO, false, ARRAY_SIZE(with_ports), with_ports);
	struct pktset those = matching(w, where, &ports, 1);
	if (t->port_aim == INTO)
		those = with_value(w, &those, FIELD_DPORT, t->ports, true);
	write_to(w, &those, FIELD_DPORT, field_max(FIELD_DPORT), t->ports,
		 t->port_aim == PICKED ? picked : 0);
	for (unsigned i = 0; i < rs->n_extra; i++) { /* another name of it */
		enum field f = FIELD_EXTRA + i;
		if (!str_is(rs->extra[i].name, "th dport"))
			continue;
		struct pktset has = with_value(w, &those, f,
					       (struct range){ 0, FIELD_OPTIONAL_MAX }, false);
		write_to(w, &has, f, field_max(f), t->ports, t->port_aim == PICKED ? picked : 0);
	}
}

/* The packets that the translation leaves as they are. */
static struct pktset unchanged(struct walk *w, const struct pktset *where, const struct target *t,
			       enum field address)
{
	struct pktset set = *where;
	if (t->address_aim == PICKED || t->port_aim == PICKED)
		return (struct pktset){ 0 };
	if (t->address_aim == WRITTEN)
		set = with_value(w, &set, address, t->address, false);
	if (t->port_aim == KEPT)
		return set;
	const struct match either[2] = {
		TEST(FIELD_L4PROTO, true, ARRAY_SIZE(with_ports), with_ports),
		TEST(FIELD_DPORT, false, 1, kept(w, t->ports)),
	};
	const struct match any = { .kind = MATCH_ANY, .n = 2, .parts = either };
	return matching(w, &set, &any, 1);
}

/* ---- the way ---- */

static void leave_path(struct walk *w, const struct pktset *where)
{
	for (size_t i = 0; i < where->n; i++) {
		struct region r = as_later_exception(w, &where->items[i]);
		vec_push(w->arena, &w->flow->elsewhere, r);
		push_region(w, &w->flow->stopped, &r);
	}
}

static bool is_loopback(enum nfproto_value family, const struct range *r)
{
	return family == NFPROTO_VALUE_IPV6 ? r->lo == 1 && r->hi == 1
					    : r->lo >> 24 == 127 && r->hi >> 24 == 127;
}

/*
 * A packet sent on to another address of the host is not forwarded, and one sent on to another host
 * does not come in. The host's addresses are not known, except those of loopback and the one that a
 * packet for the host came to. A range is taken to be of other hosts.
 */
static void route(struct walk *w, const struct pktset *where, const struct target *t,
		  enum field address)
{
	const struct flow_options *o = &w->flow->options;
	if (o->keeps_path || t->address_aim == KEPT || (t->is_unknown && !t->is_own))
		return;
	bool own = t->is_own || is_loopback(o->family, &t->address);
	if (o->path == PATH_FORWARD && own)
		leave_path(w, where);
	if (o->path == PATH_INPUT && !own) {
		struct pktset others = *where;
		if (t->is_net || t->address_aim == WRITTEN)
			others = with_value(w, where, address, t->address, true);
		leave_path(w, &others);
	}
}

static void translate_to(struct walk *w, const struct pktset *where, const struct rule *r,
			 const struct target *t)
{
	enum field address = address_field(w->flow->options.family, END_DESTINATION);
	struct flow_pick_dims dims = { 0 };
	if (!where->n)
		return;
	if (t->address_aim == PICKED || t->port_aim == PICKED)
		dims = *dims_of(w, r, address);
	struct pktset same = unchanged(w, where, t, address);
	struct pktset changed = pktset_minus(w->arena, where, &same);
	route(w, where, t, address);
	write_to(w, &changed, FIELD_CT_STATUS, CT_STATUS_DNAT,
		 (struct range){ CT_STATUS_DNAT, CT_STATUS_DNAT }, 0);
	if (t->port_aim != KEPT)
		write_ports(w, where, t, dims.port);
	struct pktset others = *where;
	if (t->is_net)
		others = with_value(w, where, address, t->address, true);
	if (t->address_aim != KEPT)
		write_to(w, &others, address, field_max(address), t->address,
			 t->address_aim == PICKED ? dims.address : 0);
	w->n_writes++;
}

void walk_translate(struct walk *w, uint32_t ev)
{
	const struct flow_event e = w->flow->items[ev];
	const struct statement *st = rule_statement(e.rule, STMT_NAT);
	if (!w->flow->options.translates || !st || w->base->type != CHAIN_NAT)
		return;
	enum packet_end end = st->to.end == END_NONE ? translated_end(w->base) : st->to.end;
	enum field address = address_field(w->flow->options.family, END_DESTINATION);
	for (uint32_t i = 0; i < e.n_taken; i++) {
		struct region r = as_later_exception(w, &e.taken[i]);
		push_region(w, &w->bound[end], &r);
	}
	if (w->base->hook != HOOK_PREROUTING || end != END_DESTINATION)
		return;
	struct pktset rest = { (struct region *)(uintptr_t)e.taken, e.n_taken, e.n_taken };
	for (uint32_t i = 0; i < st->to.n_choices; i++) {
		const struct nat_choice *c = &st->to.choices[i];
		struct target t = target_of(st, c, address);
		struct pktset chosen = matching(w, &rest, &c->key, 1);
		rest = pktset_minus(w->arena, &rest, &chosen);
		translate_to(w, &chosen, e.rule, &t);
	}
	struct target t = target_of(st, NULL, address);
	translate_to(w, &rest, e.rule, &t);
}

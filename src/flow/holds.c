/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules of a base chain see of a packet, and which tests hold for it. */
#include "interp.h"

#define LOOPBACK6 1u

bool address_is_loopback(enum nfproto_value family, u128 address)
{
	return family == NFPROTO_VALUE_IPV6 ? address == LOOPBACK6 : address >> 24 == 127;
}

enum field address_field(enum nfproto_value family, enum packet_end end)
{
	bool v6 = family == NFPROTO_VALUE_IPV6;
	if (end == END_SOURCE)
		return v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR;
	return v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR;
}

enum field port_field(enum packet_end end)
{
	return end == END_SOURCE ? FIELD_SPORT : FIELD_DPORT;
}

bool end_is_local(const struct run *r, enum packet_end end)
{
	enum nfproto_value family = run_family(r);
	u128 address = r->v[address_field(family, end)];
	return address_is_loopback(family, address) ||
	       r->of->host->is_local(r->of->host, family, address);
}

/* Does the packet have a conntrack entry here, or a template of one? */
bool run_has_entry(const struct run *r)
{
	if (r->before_conntrack)
		return r->early == CT_STATE_NEW;
	return r->v[FIELD_CT_STATE] != CT_STATE_INVALID &&
	       r->v[FIELD_CT_STATE] != CT_STATE_UNTRACKED;
}

/*
 * Is it a field that destination translation changes (at PREROUTING, priority -100), or the status?
 */
static bool comes_untranslated(enum field f)
{
	enum field_part part = field_table[f].part;
	return part == PART_DESTINATION || part == PART_ANYTHING || f == FIELD_CT_STATUS;
}

enum nfproto_value run_family(const struct run *r)
{
	return (enum nfproto_value)(r->v[FIELD_NFPROTO] & 1);
}

bool run_is_foreign(const struct run *r, enum packet_end end)
{
	if (r->of)
		return end != END_NONE && !end_is_local(r, end);
	return chain_sees_foreign(r->base, r->path, run_family(r), end);
}

u128 run_field(const struct run *r, enum field f)
{
	if (f == FIELD_OIFNAME && (r->base->hook == HOOK_INGRESS ||
				   r->base->hook == HOOK_PREROUTING || r->base->hook == HOOK_INPUT))
		return 0;
	if (f == FIELD_FRAGMENT && !chain_sees_fragments(r->rs, r->base, run_family(r)))
		return 0;
	if (f == FIELD_CT_STATE && r->before_conntrack)
		return r->early;
	/* xt_CT.c: what a template has */
	if (r->before_conntrack && (f == FIELD_CT_MARK || f == FIELD_CT_DIRECTION))
		return 0;
	if (r->before_conntrack && f == FIELD_CT_STATUS)
		return run_has_entry(r) ? CT_STATUS_CONFIRMED | CT_STATUS_TEMPLATE : 0;
	if (f == FIELD_CT_STATUS && !run_has_entry(r))
		return 0;
	if (r->packet->untranslated && comes_untranslated(f) && r->base->hook <= HOOK_PREROUTING &&
	    (r->base->hook != HOOK_PREROUTING || r->base->priority < -100))
		return r->packet->untranslated[f];
	enum packet_end end = r->of ? field_is_type_of(r->rs, f) : END_NONE;
	if (end != END_NONE && r->v[f] != FIELD_ABSENT && r->v[f] <= ROUTE_LOCAL)
		return end_is_local(r, end) ? ROUTE_LOCAL : ROUTE_UNICAST;
	if (r->v[f] == ROUTE_LOCAL && run_is_foreign(r, field_is_type_of(r->rs, f)))
		return ROUTE_UNICAST;
	return r->v[f];
}

/* Whether an address is the host's is known where the packet is followed. */
static bool opaque_holds(const struct run *r, const struct opaque *o)
{
	if (r->of && o->is_local != END_NONE)
		return end_is_local(r, o->is_local);
	if (r->met && o->var < r->packet->n_answers)
		r->met[o->var] = true;
	return r->packet->answers && o->var < r->packet->n_answers && r->packet->answers[o->var] &&
	       !run_is_foreign(r, o->is_local);
}

bool match_holds(const struct run *r, const struct match *m)
{
	bool holds = false;
	switch (m->kind) {
	case MATCH_RANGES:
		for (uint32_t i = 0; i < m->n && !holds; i++)
			holds = run_field(r, m->field) >= m->ranges[i].lo &&
				run_field(r, m->field) <= m->ranges[i].hi;
		if (m->no_template && (r->before_conntrack || r->has_template))
			holds = false;
		break;
	case MATCH_MASK: holds = (run_field(r, m->field) & m->mask->mask) == m->mask->value; break;
	case MATCH_OPAQUE: holds = opaque_holds(r, m->opaque); break;
	case MATCH_ANY:
		for (uint32_t i = 0; i < m->n && !holds; i++)
			holds = match_holds(r, &m->parts[i]);
		break;
	case MATCH_ALL:
		holds = true;
		for (uint32_t i = 0; i < m->n && holds; i++)
			holds = match_holds(r, &m->parts[i]);
		break;
	}
	return holds != m->negate;
}

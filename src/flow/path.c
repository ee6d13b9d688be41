/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks of each path and the base chains of each hook. */
#include <fwlint/flow.h>

#include <stdlib.h>

static const enum hook input_hooks[] = { HOOK_INGRESS, HOOK_PREROUTING, HOOK_INPUT };
static const enum hook forward_hooks[] = { HOOK_INGRESS, HOOK_PREROUTING, HOOK_FORWARD,
					   HOOK_POSTROUTING, HOOK_EGRESS };
static const enum hook output_hooks[] = { HOOK_OUTPUT, HOOK_POSTROUTING, HOOK_EGRESS };

#define HOOKS(list) .hooks = (list), .n = ARRAY_SIZE(list)

static const struct path_info {
	const char *name;
	enum path direction;
	bool bridge;
	const enum hook *hooks;
	unsigned n;
} paths[PATH_COUNT] = {
	[PATH_INPUT] = { "input", PATH_INPUT, false, HOOKS(input_hooks) },
	[PATH_FORWARD] = { "forward", PATH_FORWARD, false, HOOKS(forward_hooks) },
	[PATH_OUTPUT] = { "output", PATH_OUTPUT, false, HOOKS(output_hooks) },
	[PATH_BRIDGE_INPUT] = { "bridge input", PATH_INPUT, true, HOOKS(input_hooks) },
	[PATH_BRIDGE_FORWARD] = { "bridge forward", PATH_FORWARD, true, HOOKS(forward_hooks) },
	[PATH_BRIDGE_OUTPUT] = { "bridge output", PATH_OUTPUT, true, HOOKS(output_hooks) },
};

const char *path_name(enum path p)
{
	return paths[p].name;
}

enum path path_direction(enum path p)
{
	return paths[p].direction;
}

unsigned path_hooks(enum path p, const enum hook **ret_hooks)
{
	*ret_hooks = paths[p].hooks;
	return paths[p].n;
}

/* netdev chains see the frames of their device, whichever way they go on. */
static bool family_matches(enum family f, enum path p, enum nfproto_value v)
{
	switch (f) {
	case FAMILY_IP: return !paths[p].bridge && v == NFPROTO_VALUE_IPV4;
	case FAMILY_IP6: return !paths[p].bridge && v == NFPROTO_VALUE_IPV6;
	case FAMILY_INET: return !paths[p].bridge;
	case FAMILY_BRIDGE: return paths[p].bridge;
	case FAMILY_NETDEV: return true;
	case FAMILY_ARP: return false;
	}
	return false;
}

/*
 * All nat chains of a hook run in one place, whatever their own priorities, which only order them
 * (nf_nat_core.c: nf_nat_register_fn, nf_nat_proto.c: nf_nat_ipv4_ops; seen: Linux 6.18).
 */
struct place {
	const struct chain *chain;
	int priority;
	unsigned part; /* of joined rulesets, where the first runs first; else 0 */
	uint32_t made; /* the nat hooks are made with the first nat chain of the family */
	int among_nat;
};

/* At equal priorities the chain that was made last runs first (nf_hook_entries_grow). */
static int by_place(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	if (a->made != b->made)
		return a->made > b->made ? -1 : 1;
	if (a->among_nat != b->among_nat)
		return a->among_nat < b->among_nat ? -1 : 1;
	return a->chain->id > b->chain->id ? -1 : a->chain->id < b->chain->id;
}

static uint32_t first_nat(const struct ruleset *rs, enum path p, enum nfproto_value family)
{
	uint32_t first = UINT32_MAX;
	for (size_t i = 0; i < rs->n_chains; i++) {
		const struct chain *c = rs->chains[i];
		if (c->is_base && c->type == CHAIN_NAT && c->id < first &&
		    family_matches(c->table->family, p, family))
			first = c->id;
	}
	return first;
}

static struct place place_of(const struct ruleset *rs, const struct chain *c, uint32_t nat)
{
	struct place at = { .chain = c, .priority = c->priority, .made = c->id };
	if (rs->reversed)
		at.part = c->table->part_number;
	if (c->type != CHAIN_NAT)
		return at;
	at.priority = c->hook == HOOK_PREROUTING || c->hook == HOOK_OUTPUT ? PRIORITY_DSTNAT
									   : PRIORITY_SRCNAT;
	at.among_nat = c->priority;
	at.made = nat;
	return at;
}

bool chain_is_before_dnat(const struct chain *c)
{
	return c->hook == HOOK_INGRESS ||
	       (c->hook == HOOK_PREROUTING && c->priority < PRIORITY_DSTNAT);
}

/*
 * A packet for an address of the host is never forwarded (ip_route_input_slow(),
 * ip6_route_input()), and IPv4 drops one that comes from such an address as a martian
 * (__fib_validate_source()); accept_local and routing rules in front of table local, which change
 * that, are ignored.
 */
bool chain_sees_foreign(const struct chain *base, enum path p, enum nfproto_value family,
			enum packet_end end)
{
	if (p != PATH_FORWARD || end == END_NONE)
		return false;
	if (end == END_DESTINATION) /* a nat chain translates behind its tests */
		return !chain_is_before_dnat(base) &&
		       !(base->type == CHAIN_NAT && base->hook == HOOK_PREROUTING);
	return family == NFPROTO_VALUE_IPV4 &&
	       (base->hook != HOOK_POSTROUTING || base->priority <= PRIORITY_SRCNAT) &&
	       base->hook != HOOK_EGRESS;
}

enum packet_end field_is_type_of(const struct ruleset *rs, enum field f)
{
	struct str name = f >= FIELD_EXTRA && f - FIELD_EXTRA < rs->n_extra
				  ? rs->extra[f - FIELD_EXTRA].name
				  : STR("");
	if (!str_contains(name, " type"))
		return END_NONE;
	return str_starts(name, "fib saddr")   ? END_SOURCE
	       : str_starts(name, "fib daddr") ? END_DESTINATION
					       : END_NONE;
}

size_t hook_chains(const struct ruleset *rs, enum path p, enum hook h, enum nfproto_value family,
		   struct arena *a, const struct chain *const **ret_chains)
{
	size_t n = 0, most = 0;
	for (size_t i = 0; i < rs->n_chains; i++)
		most += rs->chains[i]->is_base;
	const struct chain **list = arena_new_array(a, const struct chain *, most + 1);
	struct place *places = arena_new_array(a, struct place, most + 1);
	uint32_t nat = first_nat(rs, p, family);
	for (size_t i = 0; i < rs->n_chains; i++) {
		const struct chain *c = rs->chains[i];
		if (c->is_base && c->hook == h && family_matches(c->table->family, p, family))
			places[n++] = place_of(rs, c, nat);
	}
	qsort(places, n, sizeof(*places), by_place);
	for (size_t i = 0; i < n; i++)
		list[i] = places[i].chain;
	*ret_chains = list;
	return n;
}

static bool is_on_path(const struct path_info *p, enum hook h)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->hooks[i] == h)
			return true;
	return false;
}

bool path_has_chains(const struct ruleset *rs, enum path p, enum nfproto_value family)
{
	bool bridged = false, any = false;
	for (size_t i = 0; i < rs->n_chains; i++) {
		const struct chain *c = rs->chains[i];
		if (!c->is_base || !is_on_path(&paths[p], c->hook) ||
		    !family_matches(c->table->family, p, family))
			continue;
		any = true;
		bridged = bridged || c->table->family == FAMILY_BRIDGE;
	}
	/* Without a bridge table, the path of a frame shows nothing more than the path of a packet.
	 */
	return any && (!paths[p].bridge || bridged);
}

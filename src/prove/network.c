/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces and addresses of an experiment. */
#include <fwlint/process.h>

#include "experiment.h"

#include <stdio.h>

bool experiment_give_up(struct experiment *x, const char *why)
{
	snprintf(x->proof->why, sizeof(x->proof->why), "%s", why);
	return false;
}

static struct str name_of(struct experiment *x, enum field f)
{
	u128 v = x->finding->witness.v[f];
	return v ? str_from(field_print(f, v, x->arena)) : (struct str){ 0 };
}

/* nft loads `iif "eth0"` and chains of devices only if the interfaces exist. */
bool experiment_add_named_wires(struct experiment *x)
{
	const struct ruleset *rs = x->rs;
	const char *why = NULL;
	for (size_t i = 0; i < rs->n_chains && !why; i++) {
		const struct chain *c = rs->chains[i];
		for (uint32_t k = 0; k < c->n_devices && !why; k++)
			why = lab_add_wire(x->lab,
					   str_from(field_print(FIELD_IIFNAME, c->devices[k].lo,
								x->arena)));
		for (size_t k = 0; k < c->n && !why && strcmp(rs->dialect, "iptables") != 0; k++)
			for (uint32_t m = 0; m < c->items[k]->n_matches && !why; m++) {
				const struct match *t = &c->items[k]->matches[m];
				if (t->kind == MATCH_RANGES &&
				    (t->field == FIELD_IIFNAME || t->field == FIELD_OIFNAME) &&
				    t->n && t->ranges[0].lo && t->ranges[0].lo == t->ranges[0].hi)
					why = lab_add_wire(x->lab,
							   str_from(field_print(t->field,
										t->ranges[0].lo,
										x->arena)));
			}
	}
	return why ? experiment_give_up(x, why) : true;
}

static bool ip(struct experiment *x, const char *batch)
{
	const char *why = lab_ip(x->lab, batch);
	return why ? experiment_give_up(x, why) : true;
}

const char *experiment_address(struct experiment *x, u128 v)
{
	return field_print(x->a.v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR, v, x->arena);
}

bool experiment_add_peer(struct experiment *x, struct str wire, u128 addr, unsigned number)
{
	return ip(x, arena_printf(x->arena,
				  "route replace %s/%u dev %.*s\n"
				  "neigh replace %s lladdr 02:00:00:00:03:%02x dev %.*s nud "
				  "permanent\n",
				  experiment_address(x, addr), x->a.v6 ? 128 : 32, STR_FMT(wire),
				  experiment_address(x, addr), number, STR_FMT(wire)));
}

bool experiment_add_address(struct experiment *x, struct str wire, u128 addr)
{
	return ip(x,
		  arena_printf(x->arena, "addr add %s/%u dev %.*s%s\n", experiment_address(x, addr),
			       x->a.v6 ? 128 : 32, STR_FMT(wire), x->a.v6 ? " nodad" : ""));
}

bool experiment_prepare_network(struct experiment *x)
{
	struct str in = name_of(x, FIELD_IIFNAME), out = name_of(x, FIELD_OIFNAME);
	const char *why = NULL;
	x->path = x->finding->path;
	if (x->path != path_direction(x->path))
		return experiment_give_up(x, "frames of a bridge are not sent here");
	if (str_is(in, "lo") || str_is(out, "lo"))
		return experiment_give_up(x, "the witness goes by loopback");
	if (x->path != PATH_OUTPUT)
		x->wire_a = in;
	if (x->path != PATH_INPUT)
		x->wire_b = out;
	if (x->wire_a.n)
		why = lab_add_wire(x->lab, x->wire_a);
	if (x->wire_b.n && !why)
		why = lab_add_wire(x->lab, x->wire_b);
	if (why)
		return experiment_give_up(x, why);
	if (!experiment_add_named_wires(x))
		return false;
	if (x->wire_a.n ? !experiment_add_peer(x, x->wire_a, x->a.saddr, 1)
			: !experiment_add_address(x, x->wire_b, x->a.saddr))
		return false;
	if (x->wire_b.n ? !experiment_add_peer(x, x->wire_b, x->a.daddr, 2)
			: !experiment_add_address(x, x->wire_a, x->a.daddr))
		return false;
	lab_add_addresses(x->lab);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet on its way through the host: hook by hook, translated where the kernel translates it,
 * and routed by the destination that it has then.
 */
#include "interp.h"

/*
 * The priority behind which a packet of a known connection is translated at the hook; each nat hook
 * has its own (nf_nat_proto.c: nf_nat_ipv4_ops).
 */
static int nat_priority(enum hook h)
{
	return h == HOOK_PREROUTING || h == HOOK_OUTPUT ? PRIORITY_DSTNAT : PRIORITY_SRCNAT;
}

static bool hook_translates(enum hook h)
{
	return h == HOOK_PREROUTING || h == HOOK_OUTPUT || h == HOOK_INPUT || h == HOOK_POSTROUTING;
}

/* The translation of a connection that is there already. */
static void apply_known(struct run *r, enum hook h)
{
	bool destination = h == HOOK_PREROUTING || h == HOOK_OUTPUT;
	enum packet_end end = destination ? END_DESTINATION : END_SOURCE;
	const struct known_translation *known = &r->of->known;
	const struct translation *t = destination ? known->destination : known->source;
	bool has_entry = r->v[FIELD_CT_STATE] == CT_STATE_ESTABLISHED ||
			 r->v[FIELD_CT_STATE] == CT_STATE_RELATED;
	if (r->is_bound[end] || !t || !has_entry)
		return;
	r->is_bound[end] = true;
	*(destination ? &r->followed->destination : &r->followed->source) = t;
	run_translation(r, t);
}

static void run_hook(struct run *r, enum hook h)
{
	const struct chain *const *chains;
	size_t n = hook_chains(r->rs, r->path, h, run_family(r), r->arena, &chains);
	bool translates = hook_translates(h);
	for (size_t i = 0; i < n && r->verdict.kind == VERDICT_ACCEPT; i++) {
		if (translates &&
		    (chains[i]->type == CHAIN_NAT || chains[i]->priority > nat_priority(h)))
			apply_known(r, h);
		run_base(r, chains[i]);
	}
	if (!translates || r->verdict.kind != VERDICT_ACCEPT)
		return;
	apply_known(r, h);
	/* nf_nat_alloc_null_binding() */
	r->is_bound[h == HOOK_PREROUTING || h == HOOK_OUTPUT ? END_DESTINATION : END_SOURCE] = true;
}

/* ip_forward(), ip6_forward(): before the hook */
static bool expires(struct run *r)
{
	if (r->v[FIELD_TTL] <= 1) {
		r->verdict = (struct verdict){ .kind = VERDICT_DROP };
		r->followed->has_expired = true;
		return true;
	}
	r->v[FIELD_TTL]--;
	return false;
}

static void leave_by(struct run *r, u128 interface)
{
	r->followed->chose_interface |= r->v[FIELD_OIFNAME] != interface;
	r->v[FIELD_OIFNAME] = interface;
}

static u128 way_out(const struct run *r)
{
	enum nfproto_value family = run_family(r);
	const struct host *host = r->of->host;
	u128 to = r->v[address_field(family, END_DESTINATION)];
	return end_is_local(r, END_DESTINATION) ? ifname_value(STR("lo"))
						: host->interface_to(host, family, to);
}

/* Behind PREROUTING: is the packet for the host now, or no longer? */
static void route_input(struct run *r)
{
	bool is_local = end_is_local(r, END_DESTINATION);
	if (!r->followed->destination || path_direction(r->path) != r->path)
		return;
	if (is_local) {
		r->path = PATH_INPUT;
		r->v[FIELD_OIFNAME] = 0;
	} else {
		r->path = PATH_FORWARD;
		leave_by(r, way_out(r));
	}
}

/* nf_nat_ipv4_local_fn() routes again when the destination has changed. */
static void route_output(struct run *r)
{
	if (r->followed->destination)
		leave_by(r, way_out(r));
}

static void run_path(struct run *r, unsigned from)
{
	const enum hook *hooks;
	for (unsigned i = from; i < path_hooks(r->path, &hooks); i++) {
		if (r->path == PATH_FORWARD && hooks[i] == HOOK_FORWARD && expires(r))
			return;
		run_hook(r, hooks[i]);
		if (r->verdict.kind != VERDICT_ACCEPT)
			return;
		if (hooks[i] == HOOK_PREROUTING)
			route_input(r);
		if (hooks[i] == HOOK_OUTPUT)
			route_output(r);
	}
}

/* What the host sends to itself comes in again by loopback, with its entry. */
static void run_loop(struct run *r)
{
	if (r->verdict.kind != VERDICT_ACCEPT || r->path != PATH_OUTPUT ||
	    !end_is_local(r, END_DESTINATION))
		return;
	r->followed->was_looped = r->has_looped = true;
	r->path = PATH_INPUT;
	r->v[FIELD_IIFNAME] = ifname_value(STR("lo"));
	r->v[FIELD_OIFNAME] = 0;
	run_path(r, 0);
}

struct followed packet_follow(const struct ruleset *rs, const struct packet *p,
			      const struct follow_options *o, struct arena *a)
{
	struct followed ret = { 0 };
	struct run r = {
		.rs = rs, .packet = p, .arena = a, .path = o->path, .of = o, .followed = &ret
	};
	ret.met = r.met = arena_new_array(a, bool, p->n_answers);
	run_begin(&r, &ret.trace);
	run_path(&r, 0);
	run_loop(&r);
	run_end(&r);
	ret.path = r.path;
	ret.last = *p;
	memcpy(ret.last.v, r.v, sizeof(r.v));
	return ret;
}

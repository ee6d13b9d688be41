/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison of old and new for one inserted drop.
 *
 * A packet that does not match the inserted rule meets the same rules as
 * before, so its verdict is the same. The packets that do match it, and reach
 * it, are taken from a walk of the new ruleset; a walk of the old one tells what happened to them
 * before; the plain interpreter checks each sample too. The rule's own tests must let nothing but
 * INVALID through, or nothing but NEW TCP segments without SYN, where conntrack has seen the
 * packet.
 */
#include "plan.h"

struct judge {
	struct fix *fix;
	struct arena *results;
	struct arena *arena; /* walks and sets */
	struct flow_space *space;
	const struct flow *old, *new;
	const struct flow *first; /* old, for NEW packets; NULL: not asked */
	enum path path;
};

static bool pick(struct judge *j, const struct region *const *regions, size_t n, struct packet *ret)
{
	enum pick p = flow_pick(j->old, regions, n, j->results, ret);
	if (p == PICK_GAVE_UP) {
		j->fix->safety = FIX_FORBIDDEN;
		j->fix->hazard = "the comparison of old and new was not finished";
	}
	return p == PICK_FOUND;
}

static void add_class(struct judge *j, const struct verdict *verdict, const struct packet *sample)
{
	struct fix *f = j->fix;
	struct trace before = packet_trace(j->old->ruleset, j->path, sample, j->arena);
	struct trace after = packet_trace(j->new->ruleset, j->path, sample, j->arena);
	if (!verdict_equal(&before.verdict, verdict) || after.verdict.kind != VERDICT_DROP) {
		f->safety = FIX_FORBIDDEN;
		f->hazard = "a sample packet contradicts the comparison of old and new";
		return;
	}
	for (size_t i = 0; i < f->n_classes; i++)
		if (f->classes[i].path == j->path && verdict_equal(&f->classes[i].old, verdict))
			return;
	arena_grow(j->results, (void **)&f->classes, f->n_classes, &f->classes_cap,
		   sizeof(*f->classes));
	f->classes[f->n_classes++] = (struct fix_class){ j->path, *verdict, *sample };
}

static void make_unsafe(struct fix *f, const char *why)
{
	if (f->safety == FIX_SAFE) {
		f->safety = FIX_UNSAFE;
		f->hazard = why;
	}
}

/* What the old ruleset did with packets of `now` by rules other than accepts. */
static void judge_events(struct judge *j, const struct region *now)
{
	for (size_t i = 0; i < j->old->n; i++) {
		const struct flow_event *e = &j->old->items[i];
		struct packet sample;
		if (!e->rule || (e->verdict != VERDICT_REJECT && e->verdict != VERDICT_QUEUE &&
				 e->verdict != VERDICT_STOLEN))
			continue;
		for (uint32_t k = 0; k < e->n_taken; k++) {
			const struct region *both[] = { now, &e->taken[k] };
			if (!pick(j, both, 2, &sample))
				continue;
			if (e->verdict == VERDICT_STOLEN) {
				j->fix->safety = FIX_FORBIDDEN;
				j->fix->hazard = "it would keep packets from SYNPROXY or TARPIT";
				return;
			}
			if (e->verdict == VERDICT_QUEUE)
				make_unsafe(j->fix, "a program that reads a queue sees these "
						    "packets now");
			add_class(j, &e->rule->verdict, &sample);
		}
	}
}

static const struct cube *loopback(struct judge *j)
{
	struct range *lo = arena_new_one(j->arena, struct range);
	lo->lo = lo->hi = ifname_value(STR("lo"));
	return flow_cube_ranges(j->arena,
				path_direction(j->path) == PATH_INPUT ? FIELD_IIFNAME
								      : FIELD_OIFNAME,
				lo, 1);
}

/* Packets that fell to an accepting policy of this base chain? */
static bool is_by_policy(const struct flow_event *e, const void *base)
{
	return !e->rule && e->base->id == ((const struct chain *)base)->id &&
	       e->verdict == VERDICT_ACCEPT;
}

/*
 * Did a rule accept some of the packets that all `regions` share? We look at each base chain after
 * conntrack, wherever the fix is: so the safety of a fix does not depend on earlier fixes.
 */
static bool a_rule_accepted(struct judge *j, const struct region *all[3])
{
	struct region part;
	const struct region *regions[] = { all[0], all[1], &part };
	const struct chain *last = NULL;
	struct packet sample;
	for (size_t i = 0; i < j->old->n; i++) {
		const struct chain *base = j->old->items[i].base;
		if (base == last || chain_is_before_conntrack(base))
			continue;
		last = base;
		part = *all[2];
		flow_leave_out(j->old, is_by_policy, base, j->arena, &part);
		if (pick(j, regions, 3, &sample))
			return true;
	}
	return false;
}

/* Does a nat chain give these packets another address? A map may have no element for some (nft). */
static bool translates(const struct flow_event *e, const void *context)
{
	(void)context;
	const struct statement *st = e->rule && e->base->type == CHAIN_NAT
					     ? rule_statement(e->rule, STMT_NAT)
					     : NULL;
	return st && !str_contains(st->text, "map");
}

/*
 * The packets whose loss may hurt: at the host, those of loopback. Of the forwarded packets, not
 * those that would be translated if they were NEW: as INVALID they leave with an address that the
 * other end does not know (nf_nat_inet_fn() passes a packet that has no entry).
 */
static struct region needed(struct judge *j)
{
	struct region r = { .cube = path_direction(j->path) == PATH_FORWARD ? &cube_all
									    : loopback(j) };
	if (!j->first || j->first->gave_up)
		return r;
	/* An INVALID packet has no entry, so the fields of its entry are free: take those of a new
	 * one.
	 */
	const struct cube *start = j->first->start;
	for (uint32_t i = 0; i < start->n; i++)
		if (start->v[i].dim < FIELD_COUNT &&
		    field_table[start->v[i].dim].part == PART_ENTRY)
			r.cube = cube_and(&j->space->dims, j->arena, r.cube,
					  cube_one(j->arena, start->v[i]));
	flow_leave_out(j->first, translates, NULL, j->arena, &r);
	return r;
}

/* TCP to a unicast address: a packet for a group or for all is no segment of a connection. */
static const struct cube *unicast_tcp(struct judge *j, const struct cube *of)
{
	static const struct range tcp[] = { { L4PROTO_TCP, L4PROTO_TCP } },
				  v4[] = { { 0, 0xdfffffff }, { 0xf0000000, 0xfffffffe } },
				  v6[] = { { 0, ((u128)0xff << 120) - 1 } };
	const struct cube *tests[] = { flow_cube_ranges(j->arena, FIELD_L4PROTO, tcp, 1),
				       flow_cube_ranges(j->arena, FIELD_IP_DADDR, v4, 2),
				       flow_cube_ranges(j->arena, FIELD_IP6_DADDR, v6, 1) };
	for (size_t i = 0; i < ARRAY_SIZE(tests) && of; i++)
		of = cube_and(&j->space->dims, j->arena, of, tests[i]);
	return of;
}

/* Accepted before: safe at the host itself, where non-TCP met only policies, and where NAT was due.
 */
static void judge_accepted(struct judge *j, const struct region *now)
{
	static const struct range not_tcp[] = { { 0, 5 }, { 7, 255 } };
	static const struct verdict accept = { .kind = VERDICT_ACCEPT };
	struct packet sample;
	struct region accepted = flow_passing(j->old);
	const struct region *all[] = { now, &accepted, NULL };
	if (!pick(j, all, 2, &sample))
		return;
	add_class(j, &accept, &sample);
	if (j->fix->state != CT_STATE_INVALID) {
		j->fix->safety = FIX_FORBIDDEN;
		j->fix->hazard = "it would drop packets of connections that are accepted";
		return;
	}
	struct region where = needed(j);
	const char *why = path_direction(j->path) == PATH_FORWARD
				  ? "INVALID packets that are forwarded now would be dropped; "
				    "asymmetric routing may need them"
				  : "INVALID packets of the loopback interface that are accepted "
				    "now would be dropped";
	struct region part = where;
	part.cube = unicast_tcp(j, where.cube);
	all[2] = &part;
	if (part.cube && pick(j, all, 3, &sample))
		make_unsafe(j->fix, why);
	const struct cube *proto = flow_cube_ranges(j->arena, FIELD_L4PROTO, not_tcp, 2);
	part.cube = cube_and(&j->space->dims, j->arena, where.cube, proto);
	if (a_rule_accepted(j, all))
		make_unsafe(j->fix, why);
}

static bool is_visited(const struct flow *f, const struct rule *r)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].rule && f->items[i].rule->id == r->id)
			return true;
	return false;
}

/*
 * A rule directly before a reject takes packets only from the reject: the same packets arrive at
 * both. Returns the event of the reject in the old walk that corresponds to this event of the new
 * rule; NULL: another case.
 */
static const struct flow_event *taken_from(const struct judge *j, const struct flow_event *new,
					   const struct region *now)
{
	const struct rule *near = j->fix->form.near;
	if (j->fix->form.after || near->verdict.kind != VERDICT_REJECT || near->is_part ||
	    near->chain->id != j->fix->rule->chain->id)
		return NULL;
	for (size_t i = 0; i < j->old->n; i++) {
		const struct flow_event *e = &j->old->items[i];
		if (!e->rule || e->rule->id != near->id || e->base->id != new->base->id ||
		    e->entry != new->entry)
			continue;
		return flow_event_takes(j->old, e, now->cube) ? e : NULL;
	}
	return NULL;
}

static void judge_region(struct judge *j, const struct flow_event *new, const struct region *now)
{
	const struct flow_event *from = taken_from(j, new, now);
	struct packet sample;
	const struct region *only[] = { now };
	if (!from) {
		judge_events(j, now);
		judge_accepted(j, now);
	} else if (pick(j, only, 1, &sample)) {
		add_class(j, &from->rule->verdict, &sample);
	}
}

static void judge_path(struct judge *j)
{
	if (j->old->gave_up || j->new->gave_up) {
		j->fix->safety = FIX_FORBIDDEN;
		j->fix->hazard = "the comparison of old and new was not finished";
		return;
	}
	for (size_t i = 0; i < j->new->n && j->fix->safety != FIX_FORBIDDEN; i++) {
		const struct flow_event *e = &j->new->items[i];
		if (!e->rule || e->rule->id != j->fix->rule->id)
			continue;
		if (chain_is_before_conntrack(e->base)) {
			j->fix->safety = FIX_FORBIDDEN;
			j->fix->hazard = "the chain runs before conntrack, where every packet is "
					 "INVALID";
			return;
		}
		for (uint32_t k = 0; k < e->n_taken; k++)
			judge_region(j, e, &e->taken[k]);
	}
}

static bool spares_syn(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		if (m->kind == MATCH_MASK && m->field == FIELD_TCP_FLAGS && m->negate &&
		    m->mask->value == TCP_SYN && (m->mask->mask & TCP_SYN))
			return true;
	}
	return false;
}

static bool has_nat(const struct rule *r)
{
	return rule_statement(r, STMT_NAT) != NULL;
}

/* Along every path, with the chains in one order. */
static void judge_order(struct flow_walks *old, struct flow_walks *new, struct fix *fix,
			struct arena *a)
{
	for (unsigned family = 0; family < 2; family++)
		for (unsigned p = 0; p < PATH_COUNT && fix->safety != FIX_FORBIDDEN; p++) {
			struct flow_options o = { .path = (enum path)p,
						  .state = (int)fix->state,
						  .family = (enum nfproto_value)family };
			if (!path_has_chains(new->ruleset, o.path, o.family))
				continue;
			struct judge j = { .fix = fix,
					   .results = a,
					   .arena = new->arena,
					   .space = new->space,
					   .path = o.path };
			j.new = flow_walks_get(new, &o);
			if (!j.new->gave_up && !is_visited(j.new, fix->rule))
				continue; /* nothing changes on this path */
			j.old = flow_walks_get(old, &o);
			if (o.path == PATH_FORWARD && fix->state == CT_STATE_INVALID &&
			    ruleset_any_rule(old->ruleset, has_nat)) {
				o.state = CT_STATE_NEW;
				o.first = true;
				j.first = flow_walks_get(old, &o);
			}
			judge_path(&j);
		}
}

/*
 * A template that is attached after conntrack makes UNTRACKED packets NEW (nft_ct_set_zone_eval),
 * so a test for NEW there also matches packets that conntrack does not call NEW.
 */
static bool makes_new(const struct rule *r)
{
	const struct statement *st = rule_statement(r, STMT_TEMPLATE);
	return st && st->over_untracked &&
	       !(r->chain->is_base && chain_is_before_conntrack(r->chain));
}

/*
 * Can a rule of the chain tell later fragments of the family from other packets? The target of a
 * jump is assumed to see them.
 */
static bool chain_tells_fragments(const struct ruleset *rs, const struct chain *c,
				  enum nfproto_value family)
{
	if (c->table->family == (family == NFPROTO_VALUE_IPV4 ? FAMILY_IP6 : FAMILY_IP) ||
	    (c->is_base && !chain_sees_fragments(rs, c, family)))
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (rule_tells_fragments(c->items[i]))
			return true;
	return false;
}

/*
 * A rule that tests the state makes the kernel load conntrack, and so reassemble fragments
 * (nf_ct_netns_get()): is it the first, and may rules tell the difference?
 */
static bool changes_fragments(const struct ruleset *old, const struct rule *inserted)
{
	enum family own = inserted->chain->table->family;
	for (unsigned f = NFPROTO_VALUE_IPV4; f <= NFPROTO_VALUE_IPV6; f++) {
		if (!old->fragments[f] || own == (f == NFPROTO_VALUE_IPV4 ? FAMILY_IP6 : FAMILY_IP))
			continue;
		for (size_t i = 0; i < old->n_chains; i++)
			if (chain_tells_fragments(old, old->chains[i], (enum nfproto_value)f))
				return true;
	}
	return false;
}

struct trial trial_begin(struct flow_walks *old, struct fix *fix)
{
	struct trial t;
	t.ruleset = ruleset_apply(old->ruleset, &fix->change, &fix->rule);
	t.walks = flow_walks_with(old, t.ruleset, &fix->change, fix->rule, arena_new());
	return t;
}

void trial_end(struct trial *t)
{
	struct arena *a = t->walks->arena;
	flow_walks_end(t->walks);
	arena_free(a);
}

void trial_judge(const struct trial *t, struct flow_walks *walks, struct fix *fix, struct arena *a)
{
	const struct ruleset *old = walks->ruleset;
	const struct rule *inserted = fix->rule;
	bool only_tcp = rule_is_only(inserted, FIELD_L4PROTO, L4PROTO_TCP);
	fix->safety = FIX_SAFE;
	if (rule_ct_states(inserted) == 1u << CT_STATE_INVALID) {
		fix->state = CT_STATE_INVALID;
	} else if (rule_ct_states(inserted) == 1u << CT_STATE_NEW && only_tcp &&
		   spares_syn(inserted)) {
		fix->state = CT_STATE_NEW;
		make_unsafe(fix, "a peer whose connection is really gone gets silence instead of a "
				 "reset");
	} else {
		fix->safety = FIX_FORBIDDEN;
	}
	if (fix->safety == FIX_FORBIDDEN || inserted->verdict.kind != VERDICT_DROP) {
		fix->safety = FIX_FORBIDDEN;
		fix->hazard = "it does more than drop INVALID packets";
		return;
	}
	if (changes_fragments(old, inserted)) {
		fix->safety = FIX_FORBIDDEN;
		fix->hazard = "it would make the kernel reassemble fragments that other rules see";
		return;
	}
	if (fix->state == CT_STATE_INVALID && hazard_shown(old, only_tcp))
		make_unsafe(fix, hazard_shown(old, only_tcp));
	if (fix->state == CT_STATE_NEW && ruleset_any_rule(old, makes_new)) {
		fix->safety = FIX_FORBIDDEN;
		fix->hazard = "a zone that is set after conntrack makes packets NEW";
		return;
	}
	judge_order(walks, t->walks, fix, a);
	if (walks->other)
		judge_order(walks->other, t->walks->other, fix, a);
}

void fix_judge(const struct ruleset *old, struct fix *fix, struct arena *a)
{
	struct arena *scratch = arena_new();
	struct flow_walks *walks = flow_walks_new(old, scratch);
	struct trial t = trial_begin(walks, fix);
	trial_judge(&t, walks, fix, a);
	trial_end(&t);
	arena_free(scratch);
}

const char *fix_summary(const struct fix *f, struct arena *a)
{
	if (!f->n_classes)
		return "changes no verdict: what it drops was dropped before";
	return arena_printf(a, "changes %zu class%s of packets, all %s, and nothing else",
			    f->n_classes, f->n_classes == 1 ? "" : "es",
			    f->state == CT_STATE_INVALID ? "INVALID"
							 : "NEW TCP segments without SYN");
}

const char *fix_certificate(const struct fix *f, struct arena *a)
{
	struct text t = { .arena = a };
	text_printf(&t, "%s", fix_summary(f, a));
	for (size_t i = 0; i < f->n_classes; i++)
		text_printf(&t, "%s%s -> drop (%s)", i ? ", " : ": ",
			    verdict_words(&f->classes[i].old, a), path_name(f->classes[i].path));
	return arena_strndup(a, t.items, t.n);
}

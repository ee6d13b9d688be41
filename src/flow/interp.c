/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plain interpreter: does with one packet what the kernel does, rule by
 * rule. Shares no code with the packet sets, so that each can be tested
 * against the other, and both against the kernel.
 */
#include "interp.h"

#define DEPTH_MAX 512
#define BEEN_MAX 1000 /* chains of `been` that are looked at */
#define STEPS_MAX 1000

enum result { FELL_OFF, WENT_BACK, DECIDED };

static bool rule_holds(const struct run *r, const struct rule *rule)
{
	if (rule->needs_whole && run_field(r, FIELD_FRAGMENT))
		return false;
	for (uint32_t i = 0; i < rule->n_matches; i++)
		if (!match_holds(r, &rule->matches[i]))
			return false;
	return true;
}

/* nft_notrack_eval(), xt_ct_target(): only if the packet has no entry yet. */
static void run_notrack(struct run *r)
{
	if (r->before_conntrack && r->early == CT_STATE_INVALID)
		r->early = CT_STATE_UNTRACKED;
	else if (!r->before_conntrack && r->v[FIELD_CT_STATE] == CT_STATE_INVALID)
		r->v[FIELD_CT_STATE] = CT_STATE_UNTRACKED;
}

/* nft_ct_set_zone_eval() does not check whether the packet is UNTRACKED, xt_ct_target() does. */
static void run_template(struct run *r, const struct statement *st)
{
	u128 state = run_field(r, FIELD_CT_STATE);
	if (state != CT_STATE_INVALID && !(st->over_untracked && state == CT_STATE_UNTRACKED))
		return;
	if (r->before_conntrack) {
		r->early = CT_STATE_NEW;
		return;
	}
	r->v[FIELD_CT_STATE] = CT_STATE_NEW;
	r->has_template = true;
}

/* For this packet, does the answer of the match depend on an opaque one? */
static bool hangs_on_opaque(const struct run *r, const struct match *m)
{
	bool any = m->kind == MATCH_ANY, all = m->kind == MATCH_ALL;
	if (!any && !all)
		return m->kind == MATCH_OPAQUE && !(r->of && m->opaque->is_local != END_NONE) &&
		       !run_is_foreign(r, m->opaque->is_local);
	bool holds = match_holds(r, m) != m->negate, found = false;
	for (uint32_t i = 0; i < m->n; i++) {
		bool hangs = hangs_on_opaque(r, &m->parts[i]);
		/* one part that is true, or false, is enough */
		if (holds == any && match_holds(r, &m->parts[i]) == any && !hangs)
			return false;
		found = found || hangs;
	}
	return found;
}

/* Notes the opaque tests that decide the answer of the match, as few as possible. */
static void rely_on(struct run *r, const struct match *m)
{
	bool any = m->kind == MATCH_ANY;
	if (!hangs_on_opaque(r, m))
		return;
	if (m->kind == MATCH_OPAQUE && m->opaque->var < r->packet->n_answers)
		r->relied_on[m->opaque->var] = true;
	if (!any && m->kind != MATCH_ALL)
		return;
	bool one_is_enough = (match_holds(r, m) != m->negate) == any;
	for (uint32_t i = 0; i < m->n; i++) {
		if (one_is_enough && match_holds(r, &m->parts[i]) != any)
			continue;
		rely_on(r, &m->parts[i]);
		if (one_is_enough)
			return;
	}
}

/*
 * Do opaque tests alone keep the rule from being taken? Then they are a choice; which of them is
 * named is decided at the end.
 */
static bool is_choice(struct run *r, const struct match *all)
{
	struct choice c = { 0 };
	if (match_holds(r, all) || !hangs_on_opaque(r, all))
		return false;
	for (uint32_t i = 0; i < all->n; i++) {
		const struct match *m = &all->parts[i];
		if (match_holds(r, m))
			continue;
		if (m->kind != MATCH_OPAQUE || m->opaque->var >= r->packet->n_answers)
			return false;
		bool again = false;
		for (size_t k = 0; k < c.n; k++)
			again = again || c.items[k] == m->opaque->var;
		if (!again)
			vec_push(r->arena, &c, m->opaque->var);
	}
	vec_push(r->arena, &r->choices, c);
	return true;
}

/* Names one test of each choice, so that no named test is needless. */
static void settle_choices(struct run *r)
{
	struct user {
		struct choice *choice;
		size_t next; /* of the same variable, plus 1 */
	};
	VEC(struct user) users = { 0 };
	size_t *first = arena_new_array(r->arena, size_t, r->choices.n ? r->packet->n_answers : 0);
	for (size_t i = 0; i < r->choices.n; i++) {
		struct choice *c = &r->choices.items[i];
		for (size_t k = 0; k < c->n; k++) {
			struct user u = { c, first[c->items[k]] };
			vec_push(r->arena, &users, u);
			first[c->items[k]] = users.n;
			c->n_relied += r->relied_on[c->items[k]];
		}
	}
	if (!users.n)
		return;
	for (size_t i = 0; i < r->choices.n; i++) {
		uint32_t var = r->choices.items[i].items[0];
		if (r->choices.items[i].n_relied)
			continue;
		r->relied_on[var] = true;
		r->choices.items[i].is_named = true;
		for (size_t u = first[var]; u; u = users.items[u - 1].next)
			users.items[u - 1].choice->n_relied++;
	}
	for (size_t i = 0; i < r->choices.n; i++) {
		uint32_t var = r->choices.items[i].items[0];
		bool needed = !r->choices.items[i].is_named;
		for (size_t u = first[var]; u && !needed; u = users.items[u - 1].next)
			needed = users.items[u - 1].choice->n_relied < 2;
		for (size_t u = first[var]; u && !needed; u = users.items[u - 1].next)
			users.items[u - 1].choice->n_relied--;
		r->relied_on[var] = r->relied_on[var] && (needed || !r->choices.items[i].is_named);
	}
}

/* Does it matter to the walk whether the rule is taken? */
static bool rule_matters(const struct rule *rule)
{
	if (rule->verdict.kind != VERDICT_CONTINUE || rule->is_head)
		return true;
	return rule_acts(rule);
}

/* May an answer of the packet decide whether the rule is taken? */
static bool may_hang(const struct run *r, const struct rule *rule)
{
	bool may = false;
	for (uint32_t i = 0; i < rule->n_matches && r->packet->n_answers && !may; i++)
		may = rule->matches[i].kind != MATCH_RANGES && rule->matches[i].kind != MATCH_MASK;
	return may;
}

/* The unknown answers decide whether the rule is taken, if all its other tests hold. */
static void note_assumptions(struct run *r, const struct rule *rule)
{
	if (!may_hang(r, rule))
		return;
	struct match all = { .kind = MATCH_ALL, .n = rule->n_matches, .parts = rule->matches };
	if (rule_matters(rule) && !(rule->needs_whole && run_field(r, FIELD_FRAGMENT)) &&
	    !is_choice(r, &all))
		rely_on(r, &all);
}

static void run_statements(struct run *r, const struct rule *rule)
{
	for (uint32_t i = 0; i < rule->n_statements; i++) {
		const struct statement *st = &rule->statements[i];
		if (statement_acts(st)) {
			r->n_writes++;
			r->been.n = 0;
		}
		if (st->kind == STMT_NOTRACK)
			run_notrack(r);
		if (st->kind == STMT_TEMPLATE)
			run_template(r, st);
		if (st->kind != STMT_WRITE || (st->needs_ct && !run_has_entry(r)))
			continue;
		if (st->field == FIELD_CT_MARK && r->before_conntrack)
			continue; /* it writes to the template */
		u128 bits = st->value;
		if (st->unknown)
			bits = r->packet->fresh && rule->id < r->packet->n_fresh
				       ? r->packet->fresh[rule->id] & st->mask
				       : 0;
		if (st->from_mask)
			bits ^= mark_shifted(run_field(r, st->from) & st->from_mask, st->shift);
		r->v[st->field] = (r->v[st->field] & ~st->mask) ^ bits;
	}
}

static void add_step(struct run *r, const struct rule *rule, enum verdict_kind v)
{
	struct trace_step step = { rule, r->base, v, NULL };
	vec_push(r->arena, r->trace, step);
}

static void run_nat(struct run *r, const struct rule *rule)
{
	const struct statement *st = rule_statement(rule, STMT_NAT);
	if ((!r->of && !r->packet->picks) || !st || r->base->type != CHAIN_NAT)
		return;
	struct translation *t = arena_new_one(r->arena, struct translation);
	*t = translation_of(r, rule, st);
	r->is_bound[t->end] = true;
	if (!r->of && (t->end != END_DESTINATION || r->base->hook != HOOK_PREROUTING))
		return;
	r->trace->items[r->trace->n - 1].to = t;
	if (r->of)
		*(t->end == END_SOURCE ? &r->followed->source : &r->followed->destination) = t;
	run_translation(r, t);
}

/* The decision of a queue's program is one of the packet's answers. */
static bool program_accepts(const struct run *r, const struct rule *rule)
{
	const struct opaque *program = rule->verdict.program;
	if (rule->verdict.kind != VERDICT_QUEUE || program->var >= r->packet->n_answers)
		return false;
	r->relied_on[program->var] = true;
	return r->packet->answers && r->packet->answers[program->var];
}

static const struct pass *last_pass(const struct run *r, const struct chain *c)
{
	size_t oldest = r->been.n > BEEN_MAX ? r->been.n - BEEN_MAX : 0;
	for (size_t i = r->been.n; i-- > oldest;)
		if (r->been.items[i].chain == c)
			return &r->been.items[i];
	return NULL;
}

static enum result run_chain(struct run *r, const struct chain *c, unsigned depth);

/*
 * A packet that came back from a chain and has not changed since will come back again, by the same
 * steps. A long trace leaves them out: chains that each jump twice to the next make 2^n of them.
 */
static enum result run_called(struct run *r, const struct chain *c, unsigned depth)
{
	const struct pass *before = last_pass(r, c);
	if (before) {
		bool shown = r->trace->n + before->to - before->from <= STEPS_MAX;
		for (size_t i = before->from; shown && i < before->to; i++) {
			struct trace_step step = r->trace->items[i];
			vec_push(r->arena, r->trace, step);
		}
		return FELL_OFF;
	}
	uint32_t writes = r->n_writes;
	struct pass now = { .chain = c, .from = r->trace->n };
	enum result result = run_chain(r, c, depth);
	now.to = r->trace->n;
	if (writes == r->n_writes)
		vec_push(r->arena, &r->been, now);
	return result;
}

static enum result run_chain(struct run *r, const struct chain *c, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return FELL_OFF;
	bool head_held = false;
	for (size_t i = 0; i < c->n; i++) {
		const struct rule *rule = c->items[i];
		bool holds = (!rule->is_part || head_held) && rule_holds(r, rule);
		if (!rule->is_part || head_held)
			note_assumptions(r, rule);
		if (rule->is_head)
			head_held = holds;
		if (!holds)
			continue;
		bool goes_on = program_accepts(r, rule);
		add_step(r, rule, goes_on ? VERDICT_ACCEPT : rule->verdict.kind);
		run_statements(r, rule);
		run_nat(r, rule);
		switch (rule->verdict.kind) {
		case VERDICT_CONTINUE: break;
		case VERDICT_RETURN: return WENT_BACK;
		case VERDICT_JUMP:
			if (run_called(r, ruleset_chain(r->rs, rule->verdict.target), depth + 1) ==
			    DECIDED)
				return DECIDED;
			/* the map was looked up once, whatever the chain wrote afterwards */
			while (rule->is_arm && i + 1 < c->n && c->items[i + 1]->same_rule)
				i++;
			break;
		case VERDICT_GOTO:
			return run_called(r, ruleset_chain(r->rs, rule->verdict.target),
					  depth + 1) == DECIDED
				       ? DECIDED
				       : WENT_BACK;
		case VERDICT_ACCEPT:
		case VERDICT_DROP:
		case VERDICT_REJECT:
		case VERDICT_QUEUE:
		case VERDICT_STOLEN:
			r->verdict = rule->verdict;
			if (goes_on)
				r->verdict = (struct verdict){ .kind = VERDICT_ACCEPT };
			return DECIDED;
		}
	}
	return FELL_OFF;
}

/* A chain at a device sees only the packets of its devices. */
static bool passes_device(const struct run *r, const struct chain *base)
{
	u128 name = r->v[base->hook == HOOK_EGRESS ? FIELD_OIFNAME : FIELD_IIFNAME];
	if (base->hook != HOOK_INGRESS && base->hook != HOOK_EGRESS)
		return true;
	for (uint32_t i = 0; i < base->n_devices; i++)
		if (name >= base->devices[i].lo && name <= base->devices[i].hi)
			return true;
	return false;
}

/*
 * The first packet of a connection; ICMP errors are translated like the connection that they refer
 * to.
 */
static bool sees_nat(const struct run *r)
{
	u128 icmp = r->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6 ? L4PROTO_ICMPV6 : L4PROTO_ICMP;
	return r->v[FIELD_CT_STATE] == CT_STATE_NEW ||
	       (r->v[FIELD_CT_STATE] == CT_STATE_RELATED && r->v[FIELD_L4PROTO] != icmp);
}

void run_base(struct run *r, const struct chain *base)
{
	if (!passes_device(r, base))
		return;
	r->base = base;
	r->been.n = 0;
	r->before_conntrack = chain_is_before_conntrack(base) && !r->has_looped;
	if (!r->before_conntrack && !r->met_conntrack) {
		r->met_conntrack = true;
		if (r->early == CT_STATE_UNTRACKED)
			r->v[FIELD_CT_STATE] = CT_STATE_UNTRACKED;
	}
	if (base->type == CHAIN_NAT && (!sees_nat(r) || r->is_bound[translated_end(base)]))
		return;
	if (run_chain(r, base, 0) == DECIDED)
		return;
	r->verdict = (struct verdict){ .kind = base->policy == POLICY_DROP ? VERDICT_DROP
									   : VERDICT_ACCEPT };
	add_step(r, NULL, r->verdict.kind);
}

static void walk_hooks(struct run *r)
{
	const enum hook *hooks;
	unsigned n_hooks = path_hooks(r->path, &hooks);
	for (unsigned i = 0; i < n_hooks; i++) {
		const struct chain *const *chains;
		if (r->path == PATH_FORWARD && hooks[i] == HOOK_FORWARD) {
			/* ip_forward(): before the hook */
			if (r->v[FIELD_TTL] <= 1) {
				r->verdict = (struct verdict){ .kind = VERDICT_DROP };
				return;
			}
			r->v[FIELD_TTL]--;
		}
		size_t n = hook_chains(r->rs, r->path, hooks[i],
				       (enum nfproto_value)r->packet->v[FIELD_NFPROTO], r->arena,
				       &chains);
		for (size_t j = 0; j < n && r->verdict.kind == VERDICT_ACCEPT; j++)
			run_base(r, chains[j]);
		if (r->verdict.kind != VERDICT_ACCEPT)
			return;
	}
}

void run_begin(struct run *r, struct trace *t)
{
	const struct packet *p = r->packet;
	r->trace = t;
	t->relied_on = r->relied_on = arena_new_array(r->arena, bool, p->n_answers);
	memcpy(r->v, p->v, sizeof(r->v));
	r->verdict.kind = VERDICT_ACCEPT;
	r->early = CT_STATE_INVALID;
}

void run_end(struct run *r)
{
	settle_choices(r);
	r->trace->verdict = r->verdict;
}

struct trace packet_trace(const struct ruleset *rs, enum path path, const struct packet *p,
			  struct arena *a)
{
	struct trace t = { 0 };
	struct run r = { .rs = rs, .packet = p, .arena = a, .path = path };
	run_begin(&r, &t);
	walk_hooks(&r);
	run_end(&r);
	return t;
}

const struct trace_step *trace_last(const struct trace *t)
{
	return t->n ? &t->items[t->n - 1] : NULL;
}

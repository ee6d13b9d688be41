/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates for a finding, in their order. */
#include "plan.h"

struct maker {
	const struct ruleset *rs;
	struct arena *arena;
	const struct finding *finding;
	const struct fix_options *options;
	struct candidates *out;
};

/* ---- the rule to insert ---- */

/* The drop that cures the finding, with the interface, address and port tests of `like`. */
static struct rule *cure_drop(struct maker *m, const struct rule *like, bool only_tcp)
{
	static const struct range invalid[] = { { CT_STATE_INVALID, CT_STATE_INVALID } };
	static const struct range new[] = { { CT_STATE_NEW, CT_STATE_NEW } };
	static const struct range tcp[] = { { L4PROTO_TCP, L4PROTO_TCP } };
	static const struct mask_value syn = { TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, TCP_SYN };
	bool midstream = m->finding->cure == CURE_DROP_MIDSTREAM;
	struct rule *r = arena_new_one(m->arena, struct rule);
	struct match *matches = arena_new_array(m->arena, struct match, like->n_matches + 3);
	uint32_t n = 0;
	for (uint32_t i = 0; i < like->n_matches; i++) {
		const struct match *from = &like->matches[i];
		if (from->kind != MATCH_RANGES || field_table[from->field].scope == SCOPE_NOT_KEPT)
			continue;
		if (field_table[from->field].scope == SCOPE_KEPT_AS_ONE && from->n != 1)
			continue;
		if (from->field == FIELD_L4PROTO)
			only_tcp = false;
		if (match_among(matches, n, from))
			continue; /* tested by the rule and by the key of its map */
		matches[n++] = *from;
	}
	if (only_tcp)
		matches[n++] = (struct match){
			.kind = MATCH_RANGES, .field = FIELD_L4PROTO, .n = 1, .ranges = tcp
		};
	if (midstream)
		matches[n++] = (struct match){
			.kind = MATCH_MASK, .field = FIELD_TCP_FLAGS, .negate = true, .mask = &syn
		};
	matches[n++] = (struct match){ .kind = MATCH_RANGES,
				       .field = FIELD_CT_STATE,
				       .n = 1,
				       .ranges = midstream ? new : invalid };
	*r = (struct rule){ .chain = like->chain,
			    .matches = matches,
			    .n_matches = n,
			    .verdict = { .kind = VERDICT_DROP } };
	return r;
}

/* One more element of the verdict map that `like` is an element of; NULL: it tests no state. */
static struct rule *invalid_arm(struct maker *m, const struct rule *like)
{
	static const struct range invalid[] = { { CT_STATE_INVALID, CT_STATE_INVALID } };
	struct rule *r = arena_new_one(m->arena, struct rule);
	struct match *matches = arena_new_array(m->arena, struct match, like->n_matches);
	uint32_t states = 0;
	for (uint32_t i = 0; i < like->n_matches; i++) {
		matches[i] = like->matches[i];
		if (matches[i].kind != MATCH_RANGES || matches[i].field != FIELD_CT_STATE)
			continue;
		matches[i].negate = false;
		matches[i].n = 1;
		matches[i].ranges = invalid;
		states++;
	}
	*r = (struct rule){ .chain = like->chain,
			    .matches = matches,
			    .n_matches = like->n_matches,
			    .statements = like->statements,
			    .n_statements = like->n_statements,
			    .verdict = { .kind = VERDICT_DROP },
			    .same_rule = true,
			    .is_arm = true,
			    .is_part = like->is_part };
	return states == 1 ? r : NULL;
}

static void add_change(struct maker *m, const struct rule *rule, size_t index,
		       const struct rule_form *form)
{
	const struct chain *c = ruleset_chain(m->rs, rule->chain);
	if (m->out->n >= CANDIDATES_MAX || form->near->inserted || chain_owner_advice(m->rs, c))
		return;
	struct fix *f = &m->out->items[m->out->n++];
	*f = (struct fix){ .finding = m->finding };
	f->change = (struct change){ c, index, rule };
	f->form = *form;
}

static void add_candidate(struct maker *m, const struct rule *like, size_t index,
			  const struct rule *near, bool after, bool only_tcp)
{
	struct rule_form form = { .like = like, .near = near, .after = after };
	add_change(m, cure_drop(m, like, only_tcp), index, &form);
}

/* ---- the places ---- */

static bool accepts_loopback(const struct rule *r)
{
	u128 lo = ifname_value(STR("lo"));
	return r->verdict.kind == VERDICT_ACCEPT &&
	       (rule_is_only(r, FIELD_IIFNAME, lo) || rule_is_only(r, FIELD_OIFNAME, lo));
}

static bool find_index(const struct chain *c, const struct rule *r, size_t *ret)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i]->id == r->id) {
			*ret = i;
			return true;
		}
	return false;
}

/* The parts of one rule of the text stay together: insert before or after all of them. */
static size_t rule_start(const struct chain *c, size_t at)
{
	while (at > 0 && c->items[at]->same_rule)
		at--;
	return at;
}

static size_t rule_end(const struct chain *c, size_t at)
{
	do
		at++;
	while (at < c->n && c->items[at]->same_rule);
	return at;
}

static bool holds_invalid(const struct match *m)
{
	bool ret = false;
	if (m->kind == MATCH_RANGES && m->field == FIELD_CT_STATE && !m->negate)
		for (uint32_t i = 0; i < m->n; i++)
			ret = ret || (m->ranges[i].lo <= CT_STATE_INVALID &&
				      m->ranges[i].hi >= CT_STATE_INVALID);
	for (uint32_t i = 0; (m->kind == MATCH_ANY || m->kind == MATCH_ALL) && i < m->n; i++)
		ret = ret || holds_invalid(&m->parts[i]);
	return ret;
}

/*
 * Does the key of an element hold INVALID? The keys of the elements that continue are one match of
 * the rule behind them. A catch-all does not count: nft accepts a key besides it.
 */
static bool has_invalid_key(const struct rule *part)
{
	for (uint32_t i = 0; i < part->n_matches; i++)
		if (part->is_arm ? holds_invalid(&part->matches[i])
				 : part->matches[i].kind == MATCH_ANY &&
					   holds_invalid(&part->matches[i]))
			return true;
	return false;
}

/*
 * A further element in the verdict map of the accept. Not if an element has that key or a part of
 * it: nft refuses the file ("File exists"; of intervals "conflicting intervals").
 */
static void beside_accept(struct maker *m, const struct rule *accept)
{
	const struct chain *c = ruleset_chain(m->rs, accept->chain);
	size_t at;
	const struct rule *arm = accept->is_arm && !m->options->only_inserts
					 ? invalid_arm(m, accept)
					 : NULL;
	if (!arm || !find_index(c, accept, &at))
		return;
	for (size_t i = rule_start(c, at); i < rule_end(c, at); i++)
		if (has_invalid_key(c->items[i]))
			return;
	/* in the text after the last element, in the model in sorted order (lower_vmap.c) */
	size_t place = at + 1, end = rule_end(c, at);
	const struct rule *last = accept;
	for (size_t i = rule_start(c, at); i < end; i++)
		if (c->items[i]->is_arm && c->items[i]->span.off == accept->span.off &&
		    c->items[i]->verdict.span.off > last->verdict.span.off)
			last = c->items[i];
	while (place < end && c->items[place]->is_arm && rule_order(c->items[place], arm) < 0)
		place++;
	struct rule_form form = { .like = accept, .near = last, .after = true };
	add_change(m, arm, place, &form);
}

/*
 * The place after the last accept of the loopback interface, from place `at` on; 0: there is none.
 */
static size_t last_loopback(const struct chain *c, size_t at)
{
	for (size_t i = c->n; i-- > at;)
		if (accepts_loopback(c->items[i]))
			return rule_end(c, i);
	return 0;
}

/*
 * After existing limited drops of INVALID: a wider one before them would make them useless. The
 * place in the text is after the last one that has a text.
 */
static size_t behind_drops(const struct chain *c, size_t at, const struct rule **near)
{
	while (at < c->n && c->items[at]->verdict.kind == VERDICT_DROP &&
	       !c->items[at]->same_rule && rule_ct_states(c->items[at]) == 1u << CT_STATE_INVALID) {
		if (!c->items[at]->inserted)
			*near = c->items[at];
		at = rule_end(c, at);
	}
	return at;
}

static void after_accept(struct maker *m, const struct rule *accept, bool only_tcp)
{
	const struct chain *c = ruleset_chain(m->rs, accept->chain);
	size_t at;
	if (!find_index(c, accept, &at))
		return;
	const struct rule *near = accept;
	size_t next = behind_drops(c, rule_end(c, at), &near), end = next;
	add_candidate(m, accept, next, near, true, only_tcp);
	while (end < c->n && accepts_loopback(c->items[end]))
		end = rule_end(c, end);
	size_t last = last_loopback(c, next);
	if (end > next)
		add_candidate(m, accept, end, c->items[end - 1], true, only_tcp);
	if (last > end)
		add_candidate(m, accept, last, c->items[last - 1], true, only_tcp);
	/* SYNPROXY needs INVALID packets: go behind it. */
	for (size_t i = c->n; i-- > next;)
		if (c->items[i]->verdict.kind == VERDICT_STOLEN) {
			add_candidate(m, accept, rule_end(c, i), c->items[i], true, only_tcp);
			break;
		}
}

/* ---- limited to what is translated ---- */

/* For forwarded packets: the same place, and only the packets that a later rule would translate if
 * they were NEW. */
static void add_translated(struct maker *m, const struct rule_form *form, const struct chain *c,
			   size_t index)
{
	if (m->finding->path != PATH_FORWARD)
		return;
	struct nat_tests tests = fix_nat_tests(m->rs, c, m->arena);
	const struct rule *narrow = fix_nat_tests_by_interface(m->rs, m->finding, c, m->arena);
	for (size_t i = 0; i < tests.n && m->out->n + 1 < CANDIDATES_MAX; i++)
		add_change(m, cure_drop(m, tests.items[i], false), index, form);
	if (narrow)
		add_change(m, cure_drop(m, narrow, false), index, form);
}

static void translated_after_accept(struct maker *m, const struct rule *accept)
{
	const struct chain *c = ruleset_chain(m->rs, accept->chain);
	struct rule_form form = { .like = accept, .near = accept, .after = true };
	size_t at;
	if (find_index(c, accept, &at))
		add_translated(m, &form, c, rule_end(c, at));
}

/* ---- if there is no accept of ESTABLISHED to insert after ---- */

static const struct chain *docker_user(const struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_is(t->items[i]->name, "DOCKER-USER"))
			return t->items[i];
	return NULL;
}

/* The first rule of the table's text that a fix did not make; NULL: there is none. */
static const struct rule *first_of_table(struct maker *m, const struct table *t)
{
	const struct rule *first = NULL;
	for (size_t i = 0; i < t->n; i++) {
		const struct chain *c = ruleset_chain(m->rs, t->items[i]);
		for (size_t k = 0; k < c->n; k++)
			if (!c->items[k]->inserted &&
			    (!first || c->items[k]->span.off < first->span.off))
				first = c->items[k];
	}
	return first;
}

/* In place of a rule, the last declaration of a chain in the table's text; NULL: there is none. */
static const struct rule *declaration(struct maker *m, const struct chain *c)
{
	struct rule *last = NULL;
	for (size_t i = 0; i < c->table->n; i++) {
		struct span at = c->table->items[i]->span;
		if (!at.len || (last && at.off < last->span.off))
			continue;
		last = last ? last : arena_new_one(m->arena, struct rule);
		*last = (struct rule){ .chain = c, .span = at };
	}
	return last;
}

/* The last rule of the chain that a fix did not make; NULL: there is none. */
static const struct rule *last_of_text(const struct chain *c)
{
	size_t n = c->n;
	while (n > 0 && c->items[n - 1]->inserted)
		n--;
	return n > 0 ? c->items[n - 1] : NULL;
}

/* At the head of a chain; in DOCKER-USER before its RETURN, or at its end. False: there is no such
 * place. */
static bool head_of(struct maker *m, const struct chain *c, size_t *ret_index,
		    struct rule_form *ret)
{
	bool user = str_is(c->name, "DOCKER-USER");
	size_t at = 0;
	while (at < c->n &&
	       (c->items[at]->inserted || (user && (c->items[at]->n_matches ||
						    c->items[at]->verdict.kind != VERDICT_RETURN))))
		at++;
	const struct rule *last = last_of_text(c);
	const struct rule *near = at < c->n ? c->items[at]
				  : last    ? last
					    : first_of_table(m, c->table);
	bool is_chain = !near;
	if (is_chain)
		near = declaration(m, c);
	if (!near)
		return false;
	*ret_index = at;
	*ret = (struct rule_form){ .near = near,
				   .like = near,
				   .after = is_chain || (at == c->n && near == last),
				   .near_is_chain = is_chain };
	return true;
}

static void at_head(struct maker *m, const struct chain *base, const struct rule *like)
{
	const struct chain *user = m->finding->path == PATH_FORWARD ? docker_user(base->table)
								    : NULL;
	const struct chain *c = user ? ruleset_chain(m->rs, user) : base;
	struct range *lo = arena_new_one(m->arena, struct range);
	struct match not_lo = {
		.kind = MATCH_RANGES, .field = FIELD_IIFNAME, .negate = true, .n = 1, .ranges = lo
	};
	struct rule outside = { .chain = c, .matches = &not_lo, .n_matches = 1 };
	const struct rule every = { .chain = c };
	struct rule_form form;
	size_t index, behind = last_loopback(c, 0);
	lo->lo = lo->hi = ifname_value(STR("lo"));
	if (!head_of(m, c, &index, &form))
		return;
	add_change(m, cure_drop(m, fix_tests_in(like ? like : &every, c, m->arena), false), index,
		   &form);
	add_translated(m, &form, c, index);
	if (m->finding->path != PATH_INPUT)
		return;
	if (behind)
		add_candidate(m, c->items[behind - 1], behind, c->items[behind - 1], true, false);
	add_change(m, cure_drop(m, &outside, false), index, &form);
	add_change(m, cure_drop(m, &outside, true), index, &form);
}

/* The filter chains of the path itself; `translated`: only what is translated is dropped. */
static void at_heads(struct maker *m, const struct rule *like, bool translated)
{
	size_t index;
	struct rule_form form;
	const struct finding *f = m->finding;
	const struct chain *const *chains;
	if (f->path != PATH_INPUT && f->path != PATH_FORWARD)
		return;
	size_t n = hook_chains(m->rs, f->path, f->path == PATH_INPUT ? HOOK_INPUT : HOOK_FORWARD,
			       (enum nfproto_value)f->witness.v[FIELD_NFPROTO], m->arena, &chains);
	for (size_t i = 0; i < n; i++)
		if (chains[i]->type != CHAIN_FILTER || chains[i]->priority != PRIORITY_FILTER)
			continue;
		else if (!translated)
			at_head(m, chains[i], like);
		else if (head_of(m, chains[i], &index, &form))
			add_translated(m, &form, chains[i], index);
}

/* ---- before the rule that answers ---- */

static void before_reject(struct maker *m, const struct rule *reject)
{
	const struct chain *c = ruleset_chain(m->rs, reject->chain);
	size_t at;
	if (find_index(c, reject, &at))
		add_candidate(m, reject, rule_start(c, at), reject, false,
			      reject->verdict.tcp_reset);
}

/*
 * The accept is in a chain that a program writes: in front of the jump in the administrator's own
 * chain that leads there, limited as the accept is.
 */
static void before_jump(struct maker *m, const struct rule *accept, const struct chain *to,
			unsigned depth)
{
	for (size_t i = 0; i < m->rs->n_chains && depth; i++)
		for (size_t k = 0; k < m->rs->chains[i]->n; k++) {
			const struct chain *c = m->rs->chains[i];
			const struct rule *jump = c->items[k];
			if (!jump->verdict.target || jump->verdict.target->id != to->id)
				continue;
			if (chain_owner_advice(m->rs, c)) {
				before_jump(m, accept, c, depth - 1);
				continue;
			}
			struct rule_form form = { .like = jump, .near = jump };
			add_change(m, cure_drop(m, fix_tests_in(accept, c, m->arena), false),
				   rule_start(c, k), &form);
		}
}

/* In front of the accept that lets the witness through, and limited as that one. */
static void before_last_accept(struct maker *m)
{
	const struct trace *t = &m->finding->trace;
	const struct rule *last = t->n ? t->items[t->n - 1].rule : NULL;
	size_t at;
	if (!last || last->verdict.kind != VERDICT_ACCEPT || last->is_arm)
		return;
	const struct chain *c = ruleset_chain(m->rs, last->chain);
	if (find_index(c, last, &at))
		add_candidate(m, last, rule_start(c, at), last, false, false);
}

/* The rule that answers the witness with something other than a reset; NULL: none does. */
static const struct rule *rejects(const struct finding *f)
{
	const struct trace_step *end = trace_last(&f->trace);
	const struct rule *last = end ? end->rule : NULL;
	return last && last->verdict.kind == VERDICT_REJECT && !last->verdict.tcp_reset ? last
											: NULL;
}

/* After the accept, but not among Docker's own rules in FORWARD; without an accept, at the head of
 * the path. */
static void drop_invalid(struct maker *m, const struct rule *accept)
{
	/* In a bridge ARP and DHCP are INVALID: there only TCP may be dropped. */
	bool bridge = m->finding->rule->chain->table->family == FAMILY_BRIDGE;
	bool owned = accept && chain_owner_advice(m->rs, accept->chain) &&
		     !chain_is_shut(m->rs, accept->chain);
	bool docker = accept && m->finding->path == PATH_FORWARD &&
		      docker_user(accept->chain->table);
	if (!accept || docker) {
		at_heads(m, accept, false);
		return;
	}
	if (owned && !bridge) {
		before_jump(m, accept, accept->chain, JUMPS_MAX);
		at_heads(m, NULL, false);
		return;
	}
	if (!bridge) {
		beside_accept(m, accept);
		after_accept(m, accept, false);
		if (rejects(m->finding))
			before_reject(m, rejects(m->finding));
	}
	after_accept(m, accept, true);
	translated_after_accept(m, accept);
	size_t first = m->out->n;
	at_heads(m, accept, true);
	for (size_t i = first; i < m->out->n; i++)
		m->out->items[i].only_safe = true;
	if (!bridge && accept->id == m->finding->rule->id)
		before_last_accept(m);
}

static void make_candidates(struct maker *m)
{
	const struct finding *f = m->finding;
	if (f->cure == CURE_DROP_INVALID && (!f->reset || f->rule->id != f->reset->id))
		drop_invalid(m, f->at ? f->at : rule_statement(f->rule, STMT_NAT) ? NULL : f->rule);
	if (f->reset)
		before_reject(m, f->reset);
}

void fix_candidates(const struct ruleset *rs, const struct finding *f, const struct fix_options *o,
		    struct arena *a, struct candidates *ret)
{
	struct maker m = { rs, a, f, o, ret };
	ret->n = 0;
	make_candidates(&m);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about the ruleset that need no packet sets, and changes to it. */
#include <fwlint/model.h>

// clang-format off
static const char *const hook_names[HOOK_COUNT] = {
	[HOOK_INGRESS] = "INGRESS", [HOOK_EGRESS] = "EGRESS", [HOOK_PREROUTING] = "PREROUTING", [HOOK_INPUT] = "INPUT",
	[HOOK_FORWARD] = "FORWARD", [HOOK_OUTPUT] = "OUTPUT",
	[HOOK_POSTROUTING] = "POSTROUTING",
};

static const char *const family_names[] = {
	[FAMILY_IP] = "ip", [FAMILY_IP6] = "ip6", [FAMILY_INET] = "inet",
	[FAMILY_BRIDGE] = "bridge", [FAMILY_NETDEV] = "netdev", [FAMILY_ARP] = "arp",
};
// clang-format on

const char *family_name(enum family f)
{
	return family_names[f];
}

const char *hook_name(enum hook h)
{
	return hook_names[h];
}

const char *verdict_name(const struct verdict *v)
{
	switch (v->kind) {
	case VERDICT_CONTINUE: return "continue";
	case VERDICT_ACCEPT: return "accept";
	case VERDICT_DROP: return "drop";
	case VERDICT_REJECT: return v->tcp_reset ? "tcp reset" : "reject";
	case VERDICT_QUEUE: return "queue";
	case VERDICT_STOLEN: return "taken by the target";
	case VERDICT_RETURN: return "return";
	case VERDICT_JUMP: return "jump";
	case VERDICT_GOTO: return "goto";
	}
	return "?";
}

const char *verdict_words(const struct verdict *v, struct arena *a)
{
	if (v->kind == VERDICT_QUEUE && (v->queues.n || v->bypass))
		return arena_printf(a, "queue (%.*s%s%s)", STR_FMT(v->queues),
				    v->queues.n && v->bypass ? ", " : "",
				    v->bypass ? "bypass" : "");
	if (v->kind != VERDICT_REJECT || v->tcp_reset)
		return verdict_name(v);
	return arena_printf(a, "reject (%.*s)", STR_FMT(v->reject_with));
}

/* ip_local_deliver() reassembles IPv4 before INPUT; ipv6_frag_rcv() runs after it. */
bool chain_sees_fragments(const struct ruleset *rs, const struct chain *c,
			  enum nfproto_value family)
{
	bool early = c->hook == HOOK_PREROUTING || c->hook == HOOK_OUTPUT;
	if (c->table->family == FAMILY_BRIDGE)
		return rs->fragments[family];
	if (c->hook == HOOK_INPUT && family == NFPROTO_VALUE_IPV4)
		return false;
	return rs->fragments[family] || c->hook == HOOK_INGRESS || c->hook == HOOK_EGRESS ||
	       (early && c->priority < PRIORITY_DEFRAG);
}

bool rule_tells_fragments(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_RANGES && r->matches[i].field == FIELD_FRAGMENT)
			return true;
	return r->needs_whole;
}

bool chain_is_before_conntrack(const struct chain *c)
{
	if (c->hook == HOOK_INGRESS)
		return true;
	if (c->table->family == FAMILY_BRIDGE && c->hook == HOOK_OUTPUT)
		return false;
	return (c->hook == HOOK_PREROUTING || c->hook == HOOK_OUTPUT) &&
	       c->priority <= PRIORITY_CONNTRACK;
}

#define ALL_STATES ((1u << CT_STATE_COUNT) - 1)

static unsigned match_ct_states(const struct match *m)
{
	unsigned states = m->kind == MATCH_ALL ? ALL_STATES : 0;
	if (m->kind == MATCH_ANY || m->kind == MATCH_ALL) {
		if (m->negate) /* the rest cannot be decided by the states alone */
			return ALL_STATES;
		for (uint32_t i = 0; i < m->n; i++) {
			unsigned part = match_ct_states(&m->parts[i]);
			states = m->kind == MATCH_ANY ? states | part : states & part;
		}
		return states;
	}
	if (m->kind != MATCH_RANGES || m->field != FIELD_CT_STATE)
		return ALL_STATES;
	for (uint32_t i = 0; i < m->n; i++)
		for (unsigned s = 0; s < CT_STATE_COUNT; s++)
			if (s >= m->ranges[i].lo && s <= m->ranges[i].hi)
				states |= 1u << s;
	return m->negate ? ALL_STATES & ~states : states;
}

bool match_is_only(const struct match *m, enum field field, u128 value)
{
	return m->kind == MATCH_RANGES && m->field == field && !m->negate && m->n == 1 &&
	       m->ranges[0].lo == value && m->ranges[0].hi == value;
}

unsigned rule_ct_states(const struct rule *r)
{
	unsigned states = ALL_STATES;
	for (uint32_t i = 0; i < r->n_matches; i++)
		states &= match_ct_states(&r->matches[i]);
	return states;
}

bool rule_names_invalid(const struct rule *r)
{
	unsigned states = rule_ct_states(r), n = 0;
	for (unsigned s = 0; s < CT_STATE_COUNT; s++)
		n += states >> s & 1;
	if (!(states & (1u << CT_STATE_INVALID)) || n > 3)
		return false;
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_RANGES && r->matches[i].field == FIELD_CT_STATE &&
		    r->matches[i].negate)
			return false;
	return true;
}

static bool names_ct_state(const struct match *m)
{
	if (m->kind == MATCH_ANY || m->kind == MATCH_ALL) {
		for (uint32_t i = 0; i < m->n; i++)
			if (names_ct_state(&m->parts[i]))
				return true;
		return false;
	}
	return m->kind == MATCH_RANGES && m->field == FIELD_CT_STATE;
}

bool rule_has_ct_state(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (names_ct_state(&r->matches[i]))
			return true;
	return false;
}

bool statement_acts(const struct statement *s)
{
	return s->kind == STMT_WRITE || s->kind == STMT_NOTRACK || s->kind == STMT_TEMPLATE;
}

bool rule_acts(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_statements; i++)
		if (statement_acts(&r->statements[i]))
			return true;
	return false;
}

const struct statement *rule_statement(const struct rule *r, enum statement_kind kind)
{
	for (uint32_t i = 0; i < r->n_statements; i++)
		if (r->statements[i].kind == kind)
			return &r->statements[i];
	return NULL;
}

bool ruleset_any_rule(const struct ruleset *rs, bool (*is_so)(const struct rule *r))
{
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++)
			if (is_so(rs->chains[i]->items[k]))
				return true;
	return false;
}

bool verdict_ends(enum verdict_kind v)
{
	return v == VERDICT_DROP || v == VERDICT_REJECT || v == VERDICT_QUEUE ||
	       v == VERDICT_STOLEN;
}

struct table *ruleset_add_table(struct ruleset *rs, struct str name, enum family family,
				struct span span)
{
	struct table *t = arena_new_one(rs->arena, struct table);
	*t = (struct table){ .name = name, .family = family, .span = span };
	vec_push(rs->arena, rs, t);
	return t;
}

struct chain *ruleset_add_chain(struct ruleset *rs, struct table *t, struct str name,
				struct span span)
{
	struct chain *c = arena_new_one(rs->arena, struct chain);
	*c = (struct chain){ .table = t, .name = name, .span = span, .id = (uint32_t)rs->n_chains };
	vec_push(rs->arena, t, c);
	arena_grow(rs->arena, (void **)&rs->chains, rs->n_chains, &rs->chains_cap,
		   sizeof(*rs->chains));
	rs->chains[rs->n_chains++] = c;
	return c;
}

static void note_tests(struct ruleset *rs, const struct match *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i].kind == MATCH_ANY || list[i].kind == MATCH_ALL)
			note_tests(rs, list[i].parts, list[i].n);
		else if (list[i].kind != MATCH_OPAQUE)
			rs->tests[list[i].field] = true;
}

struct rule *ruleset_add_rule(struct ruleset *rs, struct chain *c, size_t index,
			      const struct rule *rule)
{
	struct rule *r = arena_new_one(rs->arena, struct rule);
	FW_ASSERT(index <= c->n);
	*r = *rule;
	r->chain = c;
	r->id = rs->n_rules++;
	note_tests(rs, r->matches, r->n_matches);
	vec_push(rs->arena, c, r);
	if (index < c->n - 1) {
		memmove(c->items + index + 1, c->items + index,
			(c->n - 1 - index) * sizeof(struct rule *));
		c->items[index] = r;
	}
	return r;
}

struct opaque *ruleset_add_opaque(struct ruleset *rs, struct hash *pure_texts, struct str text,
				  enum opaque_class class)
{
	struct opaque *o = class != OPAQUE_STATEFUL ? hash_get(pure_texts, text) : NULL;
	if (o)
		return o;
	o = arena_new_one(rs->arena, struct opaque);
	*o = (struct opaque){
		.var = (uint32_t)rs->n_vars, .class = class, .text = text, .key = text
	};
	arena_grow(rs->arena, (void **)&rs->vars, rs->n_vars, &rs->vars_cap, sizeof(*rs->vars));
	rs->vars[rs->n_vars++] = o;
	if (class != OPAQUE_STATEFUL)
		hash_put(pure_texts, text, o);
	return o;
}

struct verdict ruleset_queue(struct ruleset *rs, struct hash *pure_texts, struct str queues,
			     bool bypass)
{
	const char *text = queues.n
				   ? arena_printf(rs->arena, "the program of queue %.*s accepts it",
						  STR_FMT(queues))
				   : "the program of a queue accepts it";
	return (struct verdict){ .kind = VERDICT_QUEUE,
				 .bypass = bypass,
				 .queues = queues,
				 .program = ruleset_add_opaque(rs, pure_texts, str_from(text),
							       OPAQUE_PROGRAM) };
}

const struct ruleset *ruleset_with_context(const struct ruleset *rs, enum loader l,
					   const struct kernel_settings *k)
{
	struct ruleset *copy = arena_new_one(rs->arena, struct ruleset);
	*copy = *rs;
	copy->loader = l;
	copy->kernel = k;
	return copy;
}

const struct ruleset *ruleset_with_versions(const struct ruleset *rs,
					    const uint32_t versions[N_PROGRAMS])
{
	struct ruleset *copy = arena_new_one(rs->arena, struct ruleset);
	*copy = *rs;
	memcpy(copy->versions, versions, sizeof(copy->versions));
	return copy;
}

const struct ruleset *ruleset_with_host(const struct ruleset *rs, const struct host_facts *h)
{
	struct ruleset *copy = arena_new_one(rs->arena, struct ruleset);
	*copy = *rs;
	copy->host = h;
	return copy;
}

struct str host_next(struct str *rest)
{
	struct str word = { 0 };
	while (rest->n && !word.n)
		word = str_trim(str_cut(rest, ','));
	return word;
}

const struct kernel_setting *ruleset_kernel(const struct ruleset *rs, enum kernel_key k, u128 value)
{
	const struct kernel_setting *s = rs->kernel ? &rs->kernel->key[k] : NULL;
	return s && s->given && s->value == value ? s : NULL;
}

enum field ruleset_extra_field(struct ruleset *rs, struct str name, enum field_format format)
{
	for (unsigned i = 0; i < rs->n_extra; i++)
		if (str_eq(rs->extra[i].name, name))
			return (enum field)(FIELD_EXTRA + i);
	if (rs->n_extra == ARRAY_SIZE(rs->extra))
		return FIELD_COUNT;
	rs->extra[rs->n_extra] = (struct extra_field){ name, format };
	return (enum field)(FIELD_EXTRA + rs->n_extra++);
}

struct str ruleset_field_name(const struct ruleset *rs, enum field f)
{
	if (f >= FIELD_EXTRA && f - FIELD_EXTRA < rs->n_extra)
		return rs->extra[f - FIELD_EXTRA].name;
	return str_from(field_table[f].name);
}

const char *ruleset_field_print(const struct ruleset *rs, enum field f, u128 v, struct arena *a)
{
	if (f < FIELD_EXTRA || f - FIELD_EXTRA >= rs->n_extra)
		return field_print(f, v, a);
	return v == FIELD_ABSENT ? "none" : format_print(rs->extra[f - FIELD_EXTRA].format, v, a);
}

const char *opaque_words(const struct opaque *o, bool answer, struct arena *a)
{
	if (o->class == OPAQUE_PROGRAM)
		return arena_printf(a, "%s%.*s", answer ? "" : "not: ", STR_FMT(o->text));
	return arena_printf(a, "it %s '%.*s'", answer ? "matches" : "does not match",
			    STR_FMT(o->text));
}

const struct chain *ruleset_chain(const struct ruleset *rs, const struct chain *c)
{
	FW_ASSERT(c->id < rs->n_chains);
	return rs->chains[c->id];
}

uint64_t rule_handle(const struct ruleset *rs, const struct rule *r)
{
	struct str line = source_line(rs->source, r->span.off);
	struct str text = source_view(rs->source, r->span);
	const char *end = text.p + text.n;
	u128 handle;
	if (r->inserted || end < line.p || end > line.p + line.n)
		return 0;
	struct str rest = str_trim((struct str){ end, (size_t)(line.p + line.n - end) });
	if (!str_starts(rest, "# handle "))
		return 0;
	rest = (struct str){ rest.p + 9, rest.n - 9 };
	return str_number(rest, UINT64_MAX, &handle) ? (uint64_t)handle : 0;
}

uint32_t rule_number(const struct ruleset *rs, const struct rule *r)
{
	const struct chain *c = ruleset_chain(rs, r->chain);
	uint32_t number = 0;
	for (size_t i = 0; i < c->n; i++) {
		number += !c->items[i]->same_rule;
		if (c->items[i]->id == r->id)
			return number;
	}
	return 0;
}

/*
 * Only the changed chain, its table and the ruleset are new; all rules are
 * shared. To follow a jump, ask ruleset_chain() for the current chain.
 */
static struct ruleset *copy_with_chain(const struct ruleset *rs, struct chain *chain)
{
	struct arena *a = rs->arena;
	struct ruleset *out = arena_new_one(a, struct ruleset);
	*out = *rs;
	out->items = arena_new_array(a, struct table *, rs->n);
	out->cap = rs->n;
	out->chains = arena_new_array(a, struct chain *, rs->n_chains);
	out->chains_cap = rs->n_chains;
	memcpy(out->chains, rs->chains, rs->n_chains * sizeof(*rs->chains));
	out->chains[chain->id] = chain;
	for (size_t i = 0; i < rs->n; i++) {
		struct table *t = arena_new_one(a, struct table);
		*t = *rs->items[i];
		t->items = arena_new_array(a, struct chain *, t->n);
		t->cap = t->n;
		for (size_t j = 0; j < t->n; j++)
			t->items[j] = out->chains[rs->items[i]->items[j]->id];
		out->items[i] = t;
	}
	return out;
}

struct ruleset *ruleset_apply(const struct ruleset *rs, const struct change *c,
			      const struct rule **ret_rule)
{
	struct chain *chain = arena_new_one(rs->arena, struct chain);
	*chain = *rs->chains[c->chain->id];
	chain->cap = chain->n + 1;
	chain->items = arena_new_array(rs->arena, struct rule *, chain->cap);
	if (chain->n)
		memcpy(chain->items, rs->chains[chain->id]->items,
		       chain->n * sizeof(*chain->items));
	struct ruleset *out = copy_with_chain(rs, chain);
	struct rule *added = ruleset_add_rule(out, chain, c->index, c->rule);
	added->inserted = true;
	*ret_rule = added;
	return out;
}

struct ruleset *ruleset_without(const struct ruleset *rs, const struct rule *r)
{
	const struct chain *from = ruleset_chain(rs, r->chain);
	struct chain *chain = arena_new_one(rs->arena, struct chain);
	*chain = *from;
	chain->items = arena_new_array(rs->arena, struct rule *, from->n);
	chain->n = 0;
	chain->cap = from->n;
	for (size_t i = 0; i < from->n; i++)
		if (from->items[i]->id != r->id)
			chain->items[chain->n++] = from->items[i];
	return copy_with_chain(rs, chain);
}

/* ---- order ---- */

static int order_of(u128 x, u128 y)
{
	return (x > y) - (x < y);
}

static int text_order(struct str x, struct str y)
{
	int d = x.n && y.n ? memcmp(x.p, y.p, x.n < y.n ? x.n : y.n) : 0;
	return d ? d : order_of(x.n, y.n);
}

static int ranges_order(const struct match *x, const struct match *y)
{
	int d = 0;
	for (uint32_t i = 0; i < x->n && i < y->n && !d; i++) {
		d = order_of(x->ranges[i].lo, y->ranges[i].lo);
		if (!d)
			d = order_of(x->ranges[i].hi, y->ranges[i].hi);
	}
	return d ? d : order_of(x->n, y->n);
}

static int matches_order(const struct match *x, uint32_t n, const struct match *y, uint32_t m)
{
	int d = 0;
	for (uint32_t i = 0; i < n && i < m && !d; i++)
		d = match_order(&x[i], &y[i]);
	return d ? d : order_of(n, m);
}

int match_order(const struct match *x, const struct match *y)
{
	int d = order_of(x->kind, y->kind);
	if (!d)
		d = order_of(x->negate, y->negate);
	if (!d && (x->kind == MATCH_RANGES || x->kind == MATCH_MASK))
		d = order_of(x->field, y->field);
	if (d)
		return d;
	switch (x->kind) {
	case MATCH_RANGES: return ranges_order(x, y);
	case MATCH_MASK:
		d = order_of(x->mask->value, y->mask->value);
		return d ? d : order_of(x->mask->mask, y->mask->mask);
	case MATCH_OPAQUE: return text_order(x->opaque->key, y->opaque->key);
	case MATCH_ANY:
	case MATCH_ALL: return matches_order(x->parts, x->n, y->parts, y->n);
	}
	return 0;
}

int rule_order(const struct rule *x, const struct rule *y)
{
	return matches_order(x->matches, x->n_matches, y->matches, y->n_matches);
}

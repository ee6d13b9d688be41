/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a rule of the ruleset reset this segment? The plain interpreter walks a packet made from the
 * capture. What the capture does not tell is tried: the interfaces that the ruleset names, and the
 * answers of tests that depend on more than the packet. The result says what was assumed.
 */
#include "facts.h"

#define NAMES_MAX 8    /* interfaces that are tried */
#define ANSWERS_MAX 12 /* unknown tests that are tried one by one */

struct names {
	u128 items[NAMES_MAX];
	size_t n;
};

struct walker {
	const struct ruleset *rs;
	struct arena *arena;
	struct names in, out;
};

static void add_name(struct names *x, u128 value)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->items[i] == value)
			return;
	if (x->n < NAMES_MAX)
		x->items[x->n++] = value;
}

static void collect(struct walker *w, const struct match *m)
{
	if (m->kind == MATCH_ANY || m->kind == MATCH_ALL)
		for (uint32_t i = 0; i < m->n; i++)
			collect(w, &m->parts[i]);
	if (m->kind != MATCH_RANGES || (m->field != FIELD_IIFNAME && m->field != FIELD_OIFNAME))
		return;
	/* an interface on one side of the firewall may be on the other side as well */
	for (uint32_t i = 0; i < m->n; i++) {
		u128 name = m->ranges[i].lo;
		if (!name || name == ifname_value(STR("lo")))
			continue;
		add_name(&w->in, name);
		add_name(&w->out, name);
	}
}

struct walker *walker_new(const struct ruleset *rs, struct arena *a)
{
	struct walker *w = arena_new_one(a, struct walker);
	w->rs = rs;
	w->arena = a;
	for (size_t i = 0; i < rs->n_chains; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++)
			for (uint32_t j = 0; j < rs->chains[i]->items[k]->n_matches; j++)
				collect(w, &rs->chains[i]->items[k]->matches[j]);
	/* one that no rule names, for rules that ask for no interface */
	add_name(&w->in, ifname_value(STR("eth-in")));
	add_name(&w->out, ifname_value(STR("eth-out")));
	return w;
}

/* ---- the packet ---- */

static bool is_loopback(const struct address *x)
{
	static const uint8_t one[16] = { [15] = 1 };
	return x->family == 4 ? x->bytes[0] == 127 : memcmp(x->bytes, one, 16) == 0;
}

static struct packet packet_of(const struct walker *w, const struct facts *f, enum ct_state state,
			       enum path path)
{
	struct packet p = { 0 };
	bool v6 = f->source.family == 6;
	const struct seen *s = &f->provoking;
	p.v[FIELD_NFPROTO] = v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4;
	p.v[FIELD_L4PROTO] = L4PROTO_TCP;
	p.v[v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR] = address_number(&f->destination);
	p.v[v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR] = address_number(&f->source);
	p.v[FIELD_SPORT] = f->dport;
	p.v[FIELD_DPORT] = f->sport;
	p.v[FIELD_TCP_FLAGS] = s->flags;
	p.v[FIELD_CT_STATE] = state;
	if (state == CT_STATE_ESTABLISHED) {
		p.v[FIELD_CT_STATUS] = CT_STATUS_SEEN_REPLY | CT_STATUS_ASSURED |
				       CT_STATUS_CONFIRMED;
		p.v[FIELD_CT_DIRECTION] = s->is_reply;
	}
	p.v[FIELD_LENGTH] = s->ip_length;
	p.v[FIELD_TTL] = path == PATH_FORWARD && s->ttl < 2 ? 2 : s->ttl;
	p.v[FIELD_DSCP] = s->tos >> 2;
	for (unsigned i = 0; i < w->rs->n_extra; i++) {
		enum field x = (enum field)(FIELD_EXTRA + i);
		enum packet_end end = field_is_type_of(w->rs, x);
		p.v[x] = end == END_NONE                                  ? FIELD_ABSENT
			 : end == END_DESTINATION && path != PATH_FORWARD ? ROUTE_LOCAL
									  : ROUTE_UNICAST;
	}
	return p;
}

/* ---- the walk ---- */

/* The rule that resets it; NULL: none. */
static const struct rule *walk(struct walker *w, const struct packet *p, enum path path,
			       struct arena *scratch, const bool **relied_on)
{
	struct trace t = packet_trace(w->rs, path, p, scratch);
	*relied_on = t.relied_on;
	if (t.verdict.kind != VERDICT_REJECT || !t.verdict.tcp_reset || !t.n)
		return NULL;
	return t.items[t.n - 1].rule;
}

static const char *assume(const struct walker *w, const bool *relied_on, const bool *answers,
			  struct arena *a)
{
	const char *words = NULL;
	for (size_t i = 0; i < w->rs->n_vars; i++) {
		if (!relied_on[i] || w->rs->vars[i]->is_local != END_NONE)
			continue;
		const char *one = opaque_words(w->rs->vars[i], answers[i], a);
		words = words ? arena_printf(a, "%s, %s", words, one) : one;
	}
	return words;
}

/* Tries answers to the unknown tests: none holds, one holds, all hold. */
static const struct rule *walk_answers(struct walker *w, struct packet *p, enum path path,
				       struct arena *scratch, const char **assumed)
{
	size_t n = w->rs->n_vars;
	bool *answers = arena_new_array(scratch, bool, n + 1), *one;
	const bool *relied_on, *first;
	for (size_t i = 0; i < n; i++)
		answers[i] = path != PATH_FORWARD && w->rs->vars[i]->is_local == END_DESTINATION;
	p->answers = answers;
	p->n_answers = n;
	const struct rule *rule = walk(w, p, path, scratch, &first);
	*assumed = rule ? assume(w, first, answers, scratch) : NULL;
	for (size_t i = 0, tried = 0; i <= n && !rule && n && tried < ANSWERS_MAX; i++) {
		if (i < n && (!first[i] || w->rs->vars[i]->is_local != END_NONE))
			continue;
		tried++;
		one = arena_new_array(scratch, bool, n + 1);
		for (size_t k = 0; k < n; k++)
			one[k] = w->rs->vars[k]->is_local != END_NONE ? answers[k]
								      : k == i || i == n;
		p->answers = one;
		rule = walk(w, p, path, scratch, &relied_on);
		*assumed = rule ? assume(w, relied_on, one, scratch) : NULL;
	}
	return rule;
}

/* The result for the interfaces that were tried. */
struct attempt {
	const struct rule *rule;
	const char *assumed;
	size_t n_found, n_tried;
	bool differs; /* another rule resets it with other interfaces */
	u128 in, out;
};

static void try_interfaces(struct walker *w, struct packet *p, enum path path,
			   struct arena *scratch, struct attempt *t)
{
	const char *assumed;
	const struct rule *rule = walk_answers(w, p, path, scratch, &assumed);
	t->n_tried++;
	if (!rule)
		return;
	t->n_found++;
	t->differs = t->differs || (t->rule && t->rule != rule);
	if (t->rule)
		return;
	t->rule = rule;
	t->assumed = assumed;
	t->in = p->v[FIELD_IIFNAME];
	t->out = p->v[FIELD_OIFNAME];
}

static const char *assumed_words(const struct walker *w, const struct attempt *t, enum path path)
{
	const char *names = NULL;
	if (t->n_found < t->n_tried) {
		const char *in = field_print(FIELD_IIFNAME, t->in, w->arena);
		const char *out = field_print(FIELD_OIFNAME, t->out, w->arena);
		names = path == PATH_FORWARD ? arena_printf(w->arena, "in %s, out %s", in, out)
					     : arena_printf(w->arena, "in %s", in);
	}
	if (!t->assumed)
		return names;
	return names ? arena_printf(w->arena, "%s, %s", names, t->assumed)
		     : arena_printf(w->arena, "%s", t->assumed);
}

bool walker_resets(struct walker *w, const struct facts *f, enum ct_state state, enum path path,
		   struct found_rule *ret)
{
	struct arena *scratch = arena_new();
	struct packet p = packet_of(w, f, state, path);
	struct attempt t = { 0 };
	bool loops = is_loopback(&f->source);
	struct names lo = { { ifname_value(STR("lo")) }, 1 }, none = { { 0 }, 1 };
	const struct names *in = loops ? &lo : &w->in,
			   *out = path == PATH_FORWARD ? &w->out : &none;
	for (size_t i = 0; i < in->n; i++)
		for (size_t k = 0; k < out->n; k++) {
			if (in->n > 1 && out->n > 1 && in->items[i] == out->items[k])
				continue;
			p.v[FIELD_IIFNAME] = in->items[i];
			p.v[FIELD_OIFNAME] = out->items[k];
			try_interfaces(w, &p, path, scratch, &t);
		}
	if (t.n_found)
		*ret = (struct found_rule){ .rule = t.differs ? NULL : t.rule,
					    .path = path_name(path),
					    .assumed = assumed_words(w, &t, path) };
	arena_free(scratch);
	return t.n_found;
}

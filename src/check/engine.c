/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs checks, keeps their findings in order. */
#include "suppress.h"

#include <stdlib.h>

static const char *const severity_names[] = {
	[SEV_NOTE] = "note", [SEV_WARNING] = "warning", [SEV_ERROR] = "error",
};

const char *severity_name(enum severity s)
{
	return severity_names[s];
}

const struct check *check_find(const char *id)
{
	for (size_t i = 0; check_list[i]; i++)
		if (strcmp(check_list[i]->id, id) == 0 || strcmp(check_list[i]->name, id) == 0)
			return check_list[i];
	return NULL;
}

struct analysis *analysis_new(const struct ruleset *rs, struct arena *results)
{
	struct arena *a = arena_new();
	struct analysis *an = arena_new_one(a, struct analysis);
	*an = (struct analysis){ .ruleset = rs, .arena = a, .results = results };
	an->space = flow_space_new(rs, a);
	an->unmarked = ruleset_writes_mark(rs);
	return an;
}

void analysis_free(struct analysis *an)
{
	if (an)
		arena_free(an->arena);
}

/* What packets of other kinds meet gives other answers. */
static unsigned bank_of(enum ct_state state, enum view view)
{
	if (view == VIEW_RESET || view == VIEW_RESET_TO_SELF)
		return 3;
	if (view != VIEW_SAME && view != VIEW_WITH_ENTRY && view != VIEW_TRANSLATED)
		return 2;
	return state == CT_STATE_ESTABLISHED;
}

const struct flow *analysis_flow_view(struct analysis *an, enum path path,
				      enum nfproto_value family, enum ct_state state,
				      enum view view)
{
	struct flow **f = &an->flows[path][family][state][view];
	if (!*f) {
		bool is_reset = view == VIEW_RESET || view == VIEW_RESET_TO_SELF;
		/* a reset's mark is 0, but for fwmark_reflect (nf_send_reset(): IP4_REPLY_MARK) */
		struct flow_options o = { .path = path, .family = family, .state = (int)state, .view = view,
					  .unmarked = an->unmarked || is_reset, .first = state == CT_STATE_NEW,
					  .bank = bank_of(state, view) };
		*f = flow_walk(an->ruleset, an->space, &o, an->arena);
		if ((*f)->gave_up)
			an->gave_up = (*f)->gave_up;
	}
	return *f;
}

const struct flow *analysis_flow(struct analysis *an, enum path path,
				 enum nfproto_value family, enum ct_state state)
{
	return analysis_flow_view(an, path, family, state, VIEW_SAME);
}

void analysis_walks(struct analysis *an, enum ct_state state,
		    void (*visit)(struct analysis *an, const struct flow *flow, struct findings *out),
		    struct findings *out)
{
	for (unsigned f = 0; f < 2; f++)
		for (unsigned p = 0; p < PATH_COUNT; p++)
			if (path_has_chains(an->ruleset, (enum path)p, (enum nfproto_value)f))
				visit(an, analysis_flow(an, (enum path)p, (enum nfproto_value)f, state), out);
}

bool analysis_pick_all(struct analysis *an, const struct flow *f, const struct flow *const *others, size_t n_others,
		       const struct region *const *regions, size_t n, struct packet *ret_packet,
		       struct packet *ret_others)
{
	enum pick p = flow_pick_all(f, others, n_others, regions, n, an->results, ret_packet, ret_others);
	if (p == PICK_GAVE_UP)
		an->gave_up = "the rules overlap in too many ways to be told apart";
	return p == PICK_FOUND;
}

bool analysis_pick(struct analysis *an, const struct flow *f,
		   const struct region *const *regions, size_t n,
		   struct packet *ret_packet, struct trace *ret_trace)
{
	if (!analysis_pick_all(an, f, NULL, 0, regions, n, ret_packet, NULL))
		return false;
	if (ret_packet) {
		*ret_trace = packet_trace(an->ruleset, f->options.path, ret_packet, an->results);
		ret_packet->relied_on = ret_trace->relied_on;
	}
	return true;
}

const struct cube *analysis_midstream(struct analysis *an)
{
	static const struct range tcp[] = { { L4PROTO_TCP, L4PROTO_TCP } };
	static const struct range zero[] = { { 0, 0 } };
	static const struct range unicast4[] = { { 0, 0xdfffffff }, { 0xf0000000, 0xfffffffe } };
	static const struct range unicast6[] = { { 0, ((u128)0xff << 120) - 1 } };
	static const struct { enum field field; const struct range *r; uint32_t n; } tests[] = {
		{ FIELD_L4PROTO, tcp, 1 }, { FIELD_FRAGMENT, zero, 1 }, { FIELD_PKTTYPE, zero, 1 },
		{ FIELD_IP_SADDR, unicast4, 2 }, { FIELD_IP_DADDR, unicast4, 2 },
		{ FIELD_IP6_SADDR, unicast6, 1 }, { FIELD_IP6_DADDR, unicast6, 1 },
	};
	struct arena *a = an->arena;
	const struct cube *c = flow_cube_mask(a, FIELD_TCP_FLAGS, TCP_ACK | TCP_SYN | TCP_RST, TCP_ACK);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		c = cube_and(&an->space->dims, a, c, flow_cube_ranges(a, tests[i].field, tests[i].r, tests[i].n));
	return c;
}

const struct kernel_setting *analysis_liberal(const struct analysis *an)
{
	if (ruleset_kernel(an->ruleset, KERNEL_TCP_LOOSE, 0))
		return NULL;
	return ruleset_kernel(an->ruleset, KERNEL_BE_LIBERAL, 1);
}

const char *setting_place(struct analysis *an, const struct kernel_setting *s)
{
	uint32_t line, col;
	source_pos(an->ruleset->source, s->span.off, &line, &col);
	return arena_printf(an->results, "%s:%u", source_file_at(an->ruleset->source, s->span.off)->name, line);
}

const char *step_place(struct analysis *an, const struct trace_step *s)
{
	const struct source *source = an->ruleset->source;
	uint32_t line, col;
	if (!s)
		return "no chain";
	if (!s->rule && source->is_joined)
		return arena_printf(an->results, "the policy of %.*s of %s", STR_FMT(s->base->name),
				    ruleset_part(an->ruleset, s->base->table)->source->name);
	if (!s->rule)
		return arena_printf(an->results, "the policy of %.*s", STR_FMT(s->base->name));
	if (s->rule->inserted)
		return "an inserted rule";
	source_pos(source, s->rule->span.off, &line, &col);
	const struct source_file *file = source_file_at(source, s->rule->span.off);
	if (file != source->items[0] || source->is_joined)
		return arena_printf(an->results, "line %u of %s", line, file->name);
	return arena_printf(an->results, "line %u", line);
}

bool event_accepts_established(const struct flow_event *e)
{
	if (!e->rule || e->verdict != VERDICT_ACCEPT || !rule_has_ct_state(e->rule) ||
	    e->base->type == CHAIN_NAT || chain_is_before_conntrack(e->base))
		return false;
	unsigned states = rule_ct_states(e->rule);
	return (states & (1u << CT_STATE_ESTABLISHED)) && !(states & (1u << CT_STATE_NEW)) &&
	       !(states & (1u << CT_STATE_INVALID));
}

const struct cube *analysis_not_loopback(struct analysis *an, enum path path)
{
	struct range lo = { ifname_value(STR("lo")), ifname_value(STR("lo")) };
	uint32_t n;
	if (path_direction(path) == PATH_FORWARD)
		return &cube_all;
	const struct range *other = ranges_complement(an->arena, &lo, 1, ~(u128)0, &n);
	return flow_cube_ranges(an->arena, path_direction(path) == PATH_INPUT ? FIELD_IIFNAME : FIELD_OIFNAME,
				other, n);
}

struct region analysis_accepted(struct analysis *an, const struct flow *f, bool known)
{
	struct region r = { .cube = f->start };
	r.lists[0] = f->stopped;
	for (size_t i = 0; i < f->n && known; i++)
		for (uint32_t k = 0; !f->items[i].rule && f->items[i].base->policy == POLICY_UNKNOWN &&
		     k < f->items[i].n_taken; k++)
			r.lists[1] = except_add(an->arena, r.lists[1], &f->items[i].taken[k]);
	return r;
}

bool finding_is_same(const struct finding *x, const struct finding *y)
{
	bool same_rule = x->rule && y->rule ? x->rule->id == y->rule->id :
			 x->rule == y->rule && x->span.off == y->span.off;
	return x->check == y->check && same_rule && x->part == y->part;
}

void findings_add(struct analysis *an, struct findings *out, const struct finding *f)
{
	for (size_t i = 0; i < out->n; i++) {
		struct finding *old = &out->items[i];
		if (!finding_is_same(old, f))
			continue;
		if (f->severity > old->severity)
			*old = *f;
		return;
	}
	vec_push(an->results, out, *f);
}

static bool code_in(const char *list, const char *id)
{
	struct str rest = str_from(list);
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		if (one.n && strlen(id) >= one.n && str_eq_nocase(one, (struct str){ id, one.n }))
			return true;
	}
	return false;
}

bool selection_is_valid(const char *list)
{
	struct str rest = str_from(list);
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		bool known = false;
		for (size_t i = 0; check_list[i] && one.n; i++)
			known = known || (strlen(check_list[i]->id) >= one.n &&
				str_eq_nocase(one, (struct str){ check_list[i]->id, one.n }));
		if (!known)
			return false;
	}
	return true;
}

static int by_place(const void *x, const void *y)
{
	const struct finding *a = x, *b = y;
	uint32_t i = a->rule ? a->rule->span.off : a->span.off;
	uint32_t j = b->rule ? b->rule->span.off : b->span.off;
	if (i != j)
		return i < j ? -1 : 1;
	return strcmp(a->check->id, b->check->id);
}

static bool is_selected(const struct selection *sel, const struct check *c)
{
	return !(sel && sel->select && !code_in(sel->select, c->id)) &&
	       !(sel && sel->ignore && code_in(sel->ignore, c->id));
}

/* Has a suppression to be tried on what the check finds? */
static bool is_allowed_somewhere(const struct analysis *an, const struct check *c)
{
	for (size_t i = 0; i < an->suppressions.n; i++)
		if (an->suppressions.items[i].check == c)
			return true;
	return false;
}

/* Takes out what is allowed, and what is there only because something might be. */
static void heed_suppressions(struct analysis *an, const struct selection *sel, struct findings *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < out->n; i++) {
		const struct suppression *s = suppression_find(an, &out->items[i]);
		bool selected = is_selected(sel, out->items[i].check);
		struct allowed allowed = { out->items[i], s ? s->reason : (struct str){ 0 } };
		if (s && selected)
			vec_push(an->results, &out->allowed, allowed);
		else if (!s && selected)
			out->items[kept++] = out->items[i];
	}
	out->n = kept;
}

static struct findings run_in_order(const struct ruleset *rs, const struct selection *sel,
				    struct arena *results, const char **ret_gave_up)
{
	struct analysis *an = analysis_new(rs, results);
	struct findings out = { 0 };
	suppressions_read(an);
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		if (c->run && (is_selected(sel, c) || is_allowed_somewhere(an, c)))
			c->run(an, &out);
	}
	heed_suppressions(an, sel, &out);
	for (size_t i = 0; check_list[i]; i++)
		if (check_list[i]->run_last && is_selected(sel, check_list[i]))
			check_list[i]->run_last(an, &out);
	if (out.n)
		qsort(out.items, out.n, sizeof(*out.items), by_place);
	*ret_gave_up = an->gave_up;
	analysis_free(an);
	return out;
}

static const struct finding *find_same(const struct findings *list, const struct finding *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (finding_is_same(&list->items[i], f))
			return &list->items[i];
	return NULL;
}

/* Does the witness come to the same end in the other order, by whichever rule? */
static bool ends_alike(const struct finding *f, const struct ruleset *other, struct arena *a)
{
	if (f->path == PATH_COUNT)
		return true;
	struct trace t = packet_trace(other, f->path, &f->witness, a);
	return verdict_equal(&t.verdict, &f->trace.verdict);
}

/*
 * What harms in one order only is less severe by one step: nobody knows that it is the one
 * that runs. `found` was found in one order, `other` in that of the ruleset `rs`.
 */
static void weigh_order(struct findings *found, const struct findings *other, const struct ruleset *rs,
			struct arena *results)
{
	for (size_t i = 0; i < found->n; i++) {
		struct finding *f = &found->items[i];
		const struct finding *same = find_same(other, f);
		if (same && same->severity < f->severity)
			*f = *same;
		if (same || ends_alike(f, rs, results))
			continue;
		if (f->severity == SEV_NOTE || --f->severity == SEV_NOTE)
			f->cure = CURE_NONE;
		f->message = arena_printf(results, "%s; this is so in one order of the chains that have the same priority, "
					  "and no listing tells their order", f->message);
	}
}

struct findings check_run(const struct ruleset *rs, const struct selection *sel,
			  struct arena *results, const char **ret_gave_up)
{
	struct findings out = run_in_order(rs, sel, results, ret_gave_up);
	const struct ruleset *reversed = ruleset_other_order(rs, results);
	if (!reversed || *ret_gave_up)
		return out;
	struct findings other = run_in_order(reversed, sel, results, ret_gave_up);
	size_t n = out.n;
	weigh_order(&out, &other, reversed, results);
	weigh_order(&other, &out, rs, results);
	for (size_t i = 0; i < other.n; i++)
		if (!find_same(&out, &other.items[i]))
			vec_push(results, &out, other.items[i]);
	if (out.n > n)
		qsort(out.items, out.n, sizeof(*out.items), by_place);
	return out;
}

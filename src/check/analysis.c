/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset under analysis: walks when they are first asked for, packets of them, findings. */
#include <fwlint/check.h>

static const char *const severity_names[] = {
	[SEV_NOTE] = "note", [SEV_WARNING] = "warning", [SEV_ERROR] = "error",
};

const char *severity_name(enum severity s)
{
	return severity_names[s];
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

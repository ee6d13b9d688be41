/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plain interpreter and the packet sets name the same rules and the same verdict for each
 * packet; what the search finds in a set is there, and what it calls empty no packet was in.
 */
#include "property_parts.h"

static uint64_t lost_searches; /* the program says so and emits nothing on them */

/* By their numbers: a chain that a rule was inserted into is another. */
static bool is_same_step(const struct trace_step *s, const struct rule *r, const struct chain *base)
{
	return s->base->id == base->id && (s->rule && r ? s->rule->id == r->id : s->rule == r);
}

/* Is the step among the trace's, with the base chain? */
static bool trace_has(const struct trace *t, const struct rule *r, const struct chain *base)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_same_step(&t->items[i], r, base))
			return true;
	return false;
}

static bool event_takes(const struct flow *f, const struct flow_event *e, const u128 *point)
{
	for (uint32_t i = 0; i < e->n_taken; i++)
		if (region_contains(&f->space->dims, &e->taken[i], point))
			return true;
	return false;
}

static bool is_stop(enum verdict_kind v)
{
	return v == VERDICT_DROP || v == VERDICT_REJECT || v == VERDICT_QUEUE ||
	       v == VERDICT_STOLEN;
}

/* One packet: each event takes it just when the interpreter passes that rule. */
static void check_packet(struct str text, const struct ruleset *rs, const struct flow *f,
			 const struct packet *p, enum path path, struct arena *a)
{
	u128 *point = arena_new_array(a, u128, f->space->dims.n);
	struct trace t = packet_trace(rs, path, p, a);
	packet_point(f, p, point);
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_event *e = &f->items[i];
		looked_at = e;
		if (!event_takes(f, e, point))
			continue;
		if (!trace_has(&t, e->rule, e->base))
			fail(text, "a set holds a packet that the interpreter does not bring there",
			     rs, p);
	}
	for (size_t k = 0; k < t.n; k++) {
		bool found = false;
		for (size_t i = 0; i < f->n && !found; i++)
			found = is_same_step(&t.items[k], f->items[i].rule, f->items[i].base) &&
				event_takes(f, &f->items[i], point);
		if (!found)
			fail(text,
			     "the interpreter passes a rule whose set does not hold the packet", rs,
			     p);
	}
	struct region stopped = { .cube = &cube_all };
	stopped.lists[0] = f->stopped;
	if (region_contains(&f->space->dims, &stopped, point) == is_stop(t.verdict.kind))
		fail(text, "the verdicts differ", rs, p);
}

/* What the search finds is confirmed by the interpreter. */
static uint64_t check_search(struct str text, const struct ruleset *rs, const struct flow *f,
			     struct arena *a, uint64_t *empty)
{
	uint64_t found = 0;
	u128 *point = arena_new_array(a, u128, f->space->dims.n);
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < f->items[i].n_taken; k++) {
			const struct region *r = &f->items[i].taken[k];
			looked_at = &f->items[i];
			enum pick pick = region_pick(&f->space->dims, &r, 1, point);
			if (pick == PICK_GAVE_UP) {
				lost_searches++;
				continue;
			}
			if (pick == PICK_EMPTY) {
				++*empty;
				continue;
			}
			struct packet p = flow_packet(f, point, a);
			struct trace t = packet_trace(rs, f->options.path, &p, a);
			if (!trace_has(&t, f->items[i].rule, f->items[i].base))
				fail(text, "the search found a packet that is not there", rs, &p);
			found++;
		}
	return found;
}

/* A packet of a region that the search called empty. */
static void check_empty(struct str text, const struct flow *f, const struct packet *p,
			struct arena *a)
{
	u128 *point = arena_new_array(a, u128, f->space->dims.n),
	     *scratch = arena_new_array(a, u128, f->space->dims.n);
	packet_point(f, p, point);
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < f->items[i].n_taken; k++) {
			const struct region *r = &f->items[i].taken[k];
			if (region_contains(&f->space->dims, r, point) &&
			    region_pick(&f->space->dims, &r, 1, scratch) == PICK_EMPTY)
				fail(text, "the search called a set empty that holds a packet",
				     f->ruleset, p);
		}
}

struct counts {
	uint64_t pairs, found, empty, left_out, joined;
};

/* NOTRACK before conntrack changes the state: walks of one state take it as given. */
static bool met_notrack(const struct trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		for (uint32_t k = 0; t->items[i].rule && k < t->items[i].rule->n_statements; k++)
			if (t->items[i].rule->statements[k].kind == STMT_NOTRACK &&
			    chain_is_before_conntrack(t->items[i].base))
				return true;
	return false;
}

static void check_path(struct str text, struct flow_walks *walks, enum path path, uint32_t packets,
		       struct counts *n)
{
	const struct ruleset *rs = walks->ruleset;
	struct arena *a = walks->arena;
	struct flow_options o = { .path = path, .state = STATE_EVERY };
	const struct flow *f = flow_walks_get(walks, &o);
	const struct flow *one[CT_STATE_COUNT];
	if (f->gave_up)
		fail(text, f->gave_up, rs, NULL);
	if (f->approximated) {
		n->left_out++;
		return;
	}
	for (int s = 0; s < CT_STATE_COUNT; s++) {
		o.state = s;
		one[s] = flow_walks_get(walks, &o);
	}
	n->found += check_search(text, rs, f, a, &n->empty);
	if (!one[CT_STATE_INVALID]->approximated)
		n->found += check_search(text, rs, one[CT_STATE_INVALID], a, &n->empty);
	for (uint32_t k = 0; k < packets; k++) {
		struct packet p = random_packet(rs, path, a);
		struct trace t = packet_trace(rs, path, &p, a);
		check_packet(text, rs, f, &p, path, a);
		if (k < 4)
			check_empty(text, f, &p, a);
		if (!met_notrack(&t) && !one[p.v[FIELD_CT_STATE]]->approximated)
			check_packet(text, rs, one[p.v[FIELD_CT_STATE]], &p, path, a);
		n->pairs++;
	}
}

/* ---- the tables of one ruleset, read as two that are joined ---- */

static struct ruleset *read_behind(const struct source *before, struct str text, struct arena *a)
{
	struct diags d = { .arena = a };
	struct source *s = before ? source_new_behind(before, a, "second", text.p, text.n)
				  : source_new(a, "first", text.p, text.n);
	struct ruleset *rs = dialect_find(dialect)->read(a, s, NULL, &d);
	if (d.n)
		fail(text, d.items[0].message, rs, NULL);
	return rs;
}

static struct ruleset *read_joined(struct str text, size_t cut, struct arena *a)
{
	const struct ruleset *parts[2];
	struct source *sources[2];
	parts[0] = read_behind(NULL, (struct str){ text.p, cut }, a);
	parts[1] = read_behind(parts[0]->source, (struct str){ text.p + cut, text.n - cut }, a);
	for (int i = 0; i < 2; i++)
		sources[i] = (struct source *)(uintptr_t)parts[i]->source;
	return ruleset_join(parts, 2, source_join(a, "both", sources, 2), a);
}

static struct str step_text(const struct ruleset *rs, const struct trace_step *s)
{
	return s->rule ? source_view(rs->source, s->rule->span) : s->base->name;
}

/* Every packet meets the same rules; true: there was something to join. */
static bool check_join(struct str text, uint32_t packets, struct arena *a)
{
	const char *second = strcmp(dialect, "nft") == 0 && text.n > 1
				     ? memmem(text.p + 1, text.n - 1, "\ntable ", 7)
				     : NULL;
	if (!second)
		return false;
	const struct ruleset *whole = read_text(text, a);
	const struct ruleset *joined = read_joined(text, (size_t)(second + 1 - text.p), a);
	if (joined->n_rules != whole->n_rules)
		fail(text, "the joined ruleset has other rules", whole, NULL);
	for (uint32_t k = 0; k < packets; k++) {
		enum path path = (enum path)random_below(N_PATHS);
		struct packet p = random_packet(whole, path, a);
		p.n_answers = p.n_fresh = 0; /* numbers of variables differ */
		struct trace x = packet_trace(whole, path, &p, a),
			     y = packet_trace(joined, path, &p, a);
		bool same = x.n == y.n && verdict_equal(&x.verdict, &y.verdict);
		for (size_t i = 0; same && i < x.n; i++)
			same = str_eq(step_text(whole, &x.items[i]),
				      step_text(joined, &y.items[i]));
		if (!same)
			fail(text, "the joined ruleset treats a packet otherwise", whole, &p);
	}
	return true;
}

/* ---- the same ruleset with one drop more: its walks are made of the others ---- */

/* Of INVALID packets or NEW segments; in half of all cases with a test of a rule of the chain. */
static const struct rule *random_drop(const struct chain *c, struct arena *a)
{
	static const struct range states[] = { { CT_STATE_INVALID, CT_STATE_INVALID },
					       { CT_STATE_NEW, CT_STATE_NEW } };
	static const struct mask_value syn = { TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, TCP_SYN };
	const struct rule *like = c->n ? c->items[random_below((uint32_t)c->n)] : NULL;
	bool new = chance(30);
	struct match *m = arena_new_array(a, struct match, 3);
	struct rule *r = arena_new_one(a, struct rule);
	uint32_t n = 0;
	m[n++] = (struct match){
		.kind = MATCH_RANGES, .field = FIELD_CT_STATE, .n = 1, .ranges = &states[new]
	};
	if (new)
		m[n++] = (struct match){
			.kind = MATCH_MASK, .field = FIELD_TCP_FLAGS, .negate = true, .mask = &syn
		};
	if (like && like->n_matches && chance(50) &&
	    like->matches[like->n_matches - 1].kind == MATCH_RANGES)
		m[n++] = like->matches[like->n_matches - 1];
	*r = (struct rule){ .chain = c, .matches = m, .n_matches = n };
	r->verdict.kind = VERDICT_DROP;
	return r;
}

static void check_drop(struct str text, struct flow_walks *walks, uint32_t packets,
		       struct counts *n)
{
	const struct ruleset *rs = walks->ruleset;
	struct arena *a = arena_new();
	const struct chain *c = rs->chains[random_below((uint32_t)rs->n_chains)];
	struct change drop = { c, random_below((uint32_t)c->n + 1), random_drop(c, a) };
	const struct rule *inserted;
	while (drop.index < c->n && c->items[drop.index]->same_rule)
		drop.index++;
	const struct ruleset *with = ruleset_apply(rs, &drop, &inserted);
	struct flow_walks *after = flow_walks_with(walks, with, &drop, inserted, a);
	for (unsigned path = 0; path < N_PATHS; path++)
		check_path(text, after, (enum path)path, packets / N_PATHS, n);
	flow_walks_end(after);
	arena_free(a);
}

static void check_ruleset(struct str text, uint32_t packets, struct counts *n)
{
	struct arena *a = arena_new();
	struct flow_walks *walks = flow_walks_new(read_text(text, a), a);
	for (unsigned path = 0; path < N_PATHS; path++)
		check_path(text, walks, (enum path)path, packets / N_PATHS, n);
	check_drop(text, walks, packets / 4, n);
	arena_free(a);
}

int run_pairs(uint32_t rulesets, uint32_t packets)
{
	struct counts n = { 0 };
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct str text = random_ruleset(a, false);
		check_ruleset(text, packets, &n);
		n.joined += check_join(text, packets / 4, a);
		classes_sent(packets);
		arena_free(a);
	}
	if (n.left_out * 10 > (uint64_t)rulesets * N_PATHS) /* two walks each */ {
		printf("FAILED: %llu walks are not exact\n", (unsigned long long)n.left_out);
		return 1;
	}
	if (lost_searches * 1000 > n.found + n.empty) {
		printf("FAILED: %llu searches gave up\n", (unsigned long long)lost_searches);
		return 1;
	}
	printf("%llu pairs of ruleset and packet agree; %llu searches gave up; "
	       "%llu packets found by search are there, "
	       "%llu sets are empty; %llu walks left out, not exact\n",
	       (unsigned long long)n.pairs, (unsigned long long)lost_searches,
	       (unsigned long long)n.found, (unsigned long long)n.empty,
	       (unsigned long long)n.left_out);
	printf("%llu rulesets read as two and joined\n", (unsigned long long)n.joined);
	return strcmp(dialect, "nft") == 0 && rulesets >= 100 && !n.joined;
}

int run_file(const char *path, uint32_t packets)
{
	static char buf[1 << 16];
	FILE *f = fopen(path, "r");
	struct counts n = { 0 };
	if (!f)
		return 2;
	size_t len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	check_ruleset((struct str){ buf, len }, packets, &n);
	return 0;
}

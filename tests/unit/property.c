/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Property tests on random rulesets and random packets. The dialect, iptables
 * or nft, may stand first.
 *
 *   property pairs RULESETS PACKETS [SEED]
 *       the plain interpreter and the packet sets name the same rules and the
 *       same verdict for each packet; what the search finds in a set is there,
 *       and what it calls empty no packet was in
 *   property file RULES PACKETS
 *       the same for one ruleset, to make a failure smaller
 *   property fixes RULESETS [SEED]
 *       every fix changes INVALID packets only, to drop, and a second run has
 *       nothing to fix
 *
 * Prints the seed and the counts; exits 1 at the first disagreement, with the
 * ruleset.
 */
#include <fwlint/fix.h>

#include "property.h"

#include <stdio.h>
#include <stdlib.h>

#define N_PATHS 3 /* the ways of IP packets */
#define FIXES_PACKETS 400

static const char *dialect = "iptables";

static struct str random_ruleset(struct arena *a, bool fixes)
{
	return strcmp(dialect, "nft") == 0 ? random_nft_ruleset(a, fixes, false) : random_iptables_ruleset(a, fixes, false);
}

/* ---- random packets ---- */

static u128 one_value(const u128 *list, uint32_t n)
{
	return list[random_below(n)];
}

#define ONE_VALUE(...) one_value((const u128[]){ __VA_ARGS__ }, \
	sizeof((const u128[]){ __VA_ARGS__ }) / sizeof(u128))

static struct packet random_packet(const struct ruleset *rs, enum path path, struct arena *a)
{
	struct packet p = { .n_answers = rs->n_vars, .n_fresh = rs->n_rules };
	static const char *const names[] = { "lo", "eth0", "eth1", "wan0", "zz9" };
	uint32_t first = path == PATH_FORWARD ? 1 : 0;
	p.v[FIELD_L4PROTO] = ONE_VALUE(6, 6, 6, 17, 1, 132);
	p.v[FIELD_IP_SADDR] = ONE_VALUE(0x0a000001, 0x0a010203, 0xc000020a, 0xc0a80005, 0x0a050601, 0x08080808);
	p.v[FIELD_IP_DADDR] = ONE_VALUE(0x0a000001, 0xc6336414, 0xc0a80105, 0xe0000001, 0x08080404);
	p.v[FIELD_SPORT] = ONE_VALUE(22, 80, 1500, 40123, 5);
	p.v[FIELD_DPORT] = ONE_VALUE(22, 80, 1500, 40123, 53, 123, 5);
	p.v[FIELD_ICMP_TYPE] = ONE_VALUE(8, 3, 0);
	p.v[FIELD_ICMP_CODE] = ONE_VALUE(0, 4);
	p.v[FIELD_TCP_FLAGS] = ONE_VALUE(2, 18, 16, 24, 4, 17);
	p.v[FIELD_MARK] = ONE_VALUE(0, 0, 1, 2, 0x10, 0x13);
	p.v[FIELD_CT_MARK] = ONE_VALUE(0, 1, 2, 3);
	p.v[FIELD_CT_STATE] = random_below(CT_STATE_COUNT);
	p.v[FIELD_CT_STATUS] = ONE_VALUE(0, 4, 16, 32, 36);
	p.v[FIELD_CT_DIRECTION] = random_below(2);
	if (p.v[FIELD_CT_STATE] == CT_STATE_NEW) {
		p.v[FIELD_CT_DIRECTION] = 0;
		p.v[FIELD_CT_STATUS] &= ~(u128)CT_STATUS_NOT_NEW;
	}
	p.v[FIELD_FRAGMENT] = chance(15);
	p.v[FIELD_LENGTH] = ONE_VALUE(60, 100, 101, 1500);
	for (unsigned f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++)
		p.v[f] = ONE_VALUE(FIELD_ABSENT, 0, 7, 100);
	p.v[FIELD_TTL] = ONE_VALUE(0, 1, 2, 10, 63, 64, 200, 254, 255);
	p.v[FIELD_PKTTYPE] = path == PATH_INPUT ? random_below(3) : path == PATH_FORWARD ? 2 * random_below(2) : 0;
	if (path != PATH_OUTPUT)
		p.v[FIELD_IIFNAME] = ifname_value(str_from(names[first + random_below(5 - first)]));
	if (path != PATH_INPUT)
		p.v[FIELD_OIFNAME] = ifname_value(str_from(names[first + random_below(5 - first)]));
	bool *answers = arena_new_array(a, bool, p.n_answers);
	for (size_t i = 0; i < p.n_answers; i++)
		answers[i] = chance(50);
	u128 *fresh = arena_new_array(a, u128, p.n_fresh);
	for (size_t i = 0; i < p.n_fresh; i++)
		fresh[i] = ONE_VALUE(0, 1, 2, 0x12);
	p.answers = answers;
	p.fresh = fresh;
	return p;
}

static void packet_point(const struct flow *f, const struct packet *p, u128 *point)
{
	const struct flow_space *s = f->space;
	memset(point, 0, s->dims.n * sizeof(*point));
	memcpy(point, p->v, sizeof(p->v));
	for (size_t i = 0; i < p->n_answers; i++)
		point[s->var_dim[f->options.bank] + i] = p->answers[i];
	for (size_t i = 0; i < s->n_fresh; i++)
		if (s->fresh_dim[i])
			point[s->fresh_dim[i]] = p->fresh[i];
}

/* ---- pairs ---- */

static uint64_t lost_searches; /* searches; the program says so and emits nothing on them */
static const struct flow_event *looked_at; /* shown when something fails */

static struct str event_text(const struct ruleset *rs, const struct flow_event *e)
{
	return e->rule ? source_view(rs->source, e->rule->span) : STR("policy");
}

static void fail(struct str text, const char *what, const struct ruleset *rs, const struct packet *p)
{
	printf("FAILED: %s\n%.*s", what, STR_FMT(text));
	struct arena *a = arena_new();
	if (looked_at)
		printf("at: %.*s in %.*s\n", STR_FMT(event_text(rs, looked_at)),
		       STR_FMT(looked_at->base->name));
	for (unsigned f = 0; p && f < FIELD_COUNT; f++)
		printf("%s=%s ", field_table[f].name, field_print((enum field)f, p->v[f], a));
	for (size_t i = 0; p && i < p->n_answers; i++)
		printf("[%.*s]=%d ", STR_FMT(rs->vars[i]->text), p->answers[i]);
	printf("\n");
	exit(1);
}

/* Is the step among the trace's, with the base chain? */
static bool trace_has(const struct trace *t, const struct rule *r, const struct chain *base)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].rule == r && t->items[i].base == base)
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
	return v == VERDICT_DROP || v == VERDICT_REJECT || v == VERDICT_QUEUE || v == VERDICT_STOLEN;
}

/* One packet: each event takes it just when the interpreter passes that rule. */
static void check_packet(struct str text, const struct flow *f, const struct packet *p,
			 enum path path, struct arena *a)
{
	u128 *point = arena_new_array(a, u128, f->space->dims.n);
	struct trace t = packet_trace(f->ruleset, path, p, a);
	packet_point(f, p, point);
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_event *e = &f->items[i];
		looked_at = e;
		if (!event_takes(f, e, point))
			continue;
		if (!trace_has(&t, e->rule, e->base))
			fail(text, "a set holds a packet that the interpreter does not bring there",
			     f->ruleset, p);
	}
	for (size_t k = 0; k < t.n; k++) {
		bool found = false;
		for (size_t i = 0; i < f->n && !found; i++)
			found = f->items[i].rule == t.items[k].rule && f->items[i].base == t.items[k].base &&
				event_takes(f, &f->items[i], point);
		if (!found)
			fail(text, "the interpreter passes a rule whose set does not hold the packet",
			     f->ruleset, p);
	}
	struct region stopped = { .cube = &cube_all };
	stopped.lists[0] = f->stopped;
	if (region_contains(&f->space->dims, &stopped, point) == is_stop(t.verdict.kind))
		fail(text, "the verdicts differ", f->ruleset, p);
}

/* What the search finds is confirmed by the interpreter. */
static uint64_t check_search(struct str text, const struct flow *f, enum path path, struct arena *a,
			     uint64_t *empty)
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
			struct trace t = packet_trace(f->ruleset, path, &p, a);
			if (!trace_has(&t, f->items[i].rule, f->items[i].base))
				fail(text, "the search found a packet that is not there", f->ruleset, &p);
			found++;
		}
	return found;
}

/* A packet of a region that the search called empty. */
static void check_empty(struct str text, const struct flow *f, const struct packet *p, struct arena *a)
{
	u128 *point = arena_new_array(a, u128, f->space->dims.n), *scratch =
		arena_new_array(a, u128, f->space->dims.n);
	packet_point(f, p, point);
	for (size_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < f->items[i].n_taken; k++) {
			const struct region *r = &f->items[i].taken[k];
			if (region_contains(&f->space->dims, r, point) &&
			    region_pick(&f->space->dims, &r, 1, scratch) == PICK_EMPTY)
				fail(text, "the search called a set empty that holds a packet", f->ruleset, p);
		}
}

static struct ruleset *read_text(struct str text, struct arena *a)
{
	struct diags d = { .arena = a };
	struct source *s = source_new(a, "random", text.p, text.n);
	struct ruleset *rs = dialect_find(dialect)->read(a, s, NULL, &d);
	if (d.n) {
		printf("%s\n", d.items[0].message);
		fail(text, "a random ruleset does not parse", rs, NULL);
	}
	return rs;
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

/* Is the packet UNTRACKED when conntrack sees it? NOTRACK leaves one with a template alone (xt_CT.c). */
static bool is_untracked(const struct trace *t)
{
	bool template = false, untracked = false;
	for (size_t i = 0; i < t->n; i++)
		for (uint32_t k = 0; t->items[i].rule && k < t->items[i].rule->n_statements; k++) {
			const struct statement *st = &t->items[i].rule->statements[k];
			if (!chain_is_before_conntrack(t->items[i].base))
				return untracked;
			if (st->kind == STMT_NOTRACK && !template)
				untracked = true;
			if (st->kind == STMT_TEMPLATE && (!untracked || st->over_untracked)) {
				template = true;
				untracked = false;
			}
		}
	return untracked;
}

static void check_path(struct str text, const struct ruleset *rs, struct flow_space *space,
		       enum path path, uint32_t packets, struct arena *a, struct counts *n)
{
	struct flow_options o = { .path = path, .state = STATE_EVERY };
	struct flow *f = flow_walk(rs, space, &o, a);
	struct flow *one[CT_STATE_COUNT];
	if (f->gave_up)
		fail(text, f->gave_up, rs, NULL);
	if (f->approximated) {
		n->left_out++;
		return;
	}
	for (int s = 0; s < CT_STATE_COUNT; s++) {
		o.state = s;
		one[s] = flow_walk(rs, space, &o, a);
	}
	n->found += check_search(text, f, path, a, &n->empty);
	if (!one[CT_STATE_INVALID]->approximated)
		n->found += check_search(text, one[CT_STATE_INVALID], path, a, &n->empty);
	for (uint32_t k = 0; k < packets; k++) {
		struct packet p = random_packet(rs, path, a);
		struct trace t = packet_trace(rs, path, &p, a);
		check_packet(text, f, &p, path, a);
		if (k < 4)
			check_empty(text, f, &p, a);
		if (!met_notrack(&t) && !one[p.v[FIELD_CT_STATE]]->approximated)
			check_packet(text, one[p.v[FIELD_CT_STATE]], &p, path, a);
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
	const char *second = strcmp(dialect, "nft") == 0 && text.n > 1 ?
			     memmem(text.p + 1, text.n - 1, "\ntable ", 7) : NULL;
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
		struct trace x = packet_trace(whole, path, &p, a), y = packet_trace(joined, path, &p, a);
		bool same = x.n == y.n && verdict_equal(&x.verdict, &y.verdict);
		for (size_t i = 0; same && i < x.n; i++)
			same = str_eq(step_text(whole, &x.items[i]), step_text(joined, &y.items[i]));
		if (!same)
			fail(text, "the joined ruleset treats a packet otherwise", whole, &p);
	}
	return true;
}

static void check_ruleset(struct str text, uint32_t packets, struct counts *n)
{
	struct arena *a = arena_new();
	struct ruleset *rs = read_text(text, a);
	struct flow_space *space = flow_space_new(rs, a);
	for (unsigned path = 0; path < N_PATHS; path++)
		check_path(text, rs, space, (enum path)path, packets / N_PATHS, a, n);
	arena_free(a);
}

static int run_pairs(uint32_t rulesets, uint32_t packets)
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
	if (n.left_out * 20 > (uint64_t)rulesets * N_PATHS) {
		printf("FAILED: %llu walks are not exact\n", (unsigned long long)n.left_out);
		return 1;
	}
	if (lost_searches * 1000 > n.found + n.empty) {
		printf("FAILED: %llu searches gave up\n", (unsigned long long)lost_searches);
		return 1;
	}
	printf("%llu pairs of ruleset and packet agree; %llu searches gave up; "
	       "%llu packets found by search are there, "
	       "%llu sets are empty; %llu walks left out, not exact\n", (unsigned long long)n.pairs, (unsigned long long)lost_searches,
	       (unsigned long long)n.found, (unsigned long long)n.empty,
	       (unsigned long long)n.left_out);
	printf("%llu rulesets read as two and joined\n", (unsigned long long)n.joined);
	return strcmp(dialect, "nft") == 0 && rulesets >= 100 && !n.joined;
}

/* One given ruleset: for shrinking a failure. */
static int run_file(const char *path, uint32_t packets)
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

/* ---- fixes ---- */

static uint64_t check_fixed(struct str text, const struct ruleset *old, const struct fix_plan *plan,
			    uint32_t packets, struct arena *a)
{
	uint64_t changed = 0;
	struct ruleset *new = read_text(plan->texts[0], a);
	for (uint32_t k = 0; k < packets; k++) {
		enum path path = (enum path)random_below(N_PATHS);
		struct packet p = random_packet(old, path, a);
		struct trace before = packet_trace(old, path, &p, a);
		p.n_fresh = 0; /* rule ids differ: unknown writes give 0 on both sides */
		before = packet_trace(old, path, &p, a);
		struct trace after = packet_trace(new, path, &p, a);
		if (before.verdict.kind == after.verdict.kind &&
		    before.verdict.tcp_reset == after.verdict.tcp_reset)
			continue;
		changed++;
		bool invalid = p.v[FIELD_CT_STATE] == CT_STATE_INVALID;
		bool midstream = p.v[FIELD_CT_STATE] == CT_STATE_NEW && p.v[FIELD_L4PROTO] == L4PROTO_TCP &&
			(p.v[FIELD_TCP_FLAGS] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) != TCP_SYN &&
			before.verdict.kind != VERDICT_ACCEPT;
		if ((!invalid && !midstream) || is_untracked(&before))
			fail(text, "a fix changes a packet that is neither INVALID nor NEW without SYN", old, &p);
		if (after.verdict.kind != VERDICT_DROP)
			fail(text, "a fix changes a packet to something else than drop", old, &p);
	}
	return changed;
}

/* ---- comparisons ---- */

static const struct difference *find_class(const struct comparison *c, enum path path,
					   enum ct_state s, const struct verdict *old,
					   const struct verdict *new)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].path == path && c->items[i].state == s &&
		    verdict_equal(&c->items[i].old, old) && verdict_equal(&c->items[i].new, new))
			return &c->items[i];
	return NULL;
}

/* What the certificates of the fixes say, together, is what a comparison finds. */
static void check_certificates(struct str text, const struct ruleset *old, const struct ruleset *new,
			       const struct fix_plan *plan, struct arena *a)
{
	struct comparison c = flow_compare(old, new, a);
	if (c.gave_up)
		return;
	for (size_t i = 0; i < c.n; i++) {
		const struct difference *d = &c.items[i];
		bool said = false;
		for (size_t k = 0; k < plan->used.n; k++)
			for (size_t m = 0; m < plan->used.items[k].n_classes; m++) {
				const struct fix_class *x = &plan->used.items[k].classes[m];
				said = said || (x->path == d->path && plan->used.items[k].state == d->state &&
						verdict_equal(&x->old, &d->old));
			}
		if (!said || d->new.kind != VERDICT_DROP) {
			printf("%s: %s %s -> %s\n", path_name(d->path), ct_state_name(d->state),
			       verdict_words(&d->old, a), verdict_words(&d->new, a));
			fail(text, "a comparison finds what no certificate says", old, &d->sample);
		}
	}
	for (size_t k = 0; k < plan->used.n; k++)
		for (size_t m = 0; m < plan->used.items[k].n_classes; m++) {
			const struct fix_class *x = &plan->used.items[k].classes[m];
			bool found = false;
			for (size_t i = 0; i < c.n; i++)
				found = found || (x->path == c.items[i].path &&
						  plan->used.items[k].state == c.items[i].state &&
						  verdict_equal(&x->old, &c.items[i].old));
			if (!found)
				fail(text, "a certificate says what no comparison finds", old, &x->sample);
		}
}

/* Lines that are a rule of their own in both dialects. */
static bool is_rule_line(struct str line)
{
	return str_starts(line, "-A ") ||
	       (str_starts(line, "\t\t") && !str_contains(line, "{") && !str_contains(line, "}") &&
		!str_starts(line, "\t\ttype ") && !str_contains(line, ";"));
}

/* Some rules taken away, or given twice, or put in the place of another. */
static struct str mutate(struct str text, struct arena *a)
{
	struct text out = { .arena = a };
	struct str rest = text, last = { 0 };
	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		bool is_rule = is_rule_line(line);
		if (!line.n && !rest.p)
			break;
		if (is_rule && chance(8))
			continue;
		text_printf(&out, "%.*s\n", STR_FMT(line));
		if (is_rule && last.n && chance(8))
			text_printf(&out, "%.*s\n", STR_FMT(last));
		if (is_rule)
			last = line;
	}
	return text_str(&out);
}

static int run_compare(uint32_t rulesets, uint32_t packets)
{
	uint64_t pairs = 0, differ = 0, classes = 0, equal = 0, left_out = 0;
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct str text = random_ruleset(a, chance(50)), other = mutate(text, a);
		struct diags d = { .arena = a };
		struct source *s = source_new(a, "mutated", other.p, other.n);
		const struct ruleset *old = read_text(text, a);
		const struct ruleset *new = dialect_find(dialect)->read(a, s, NULL, &d);
		struct comparison c = { 0 };
		if (!d.n)
			c = flow_compare(old, new, a);
		classes_sent(d.n || c.gave_up ? 0 : packets);
		if (d.n || c.gave_up) {
			left_out++;
			arena_free(a);
			continue;
		}
		classes += c.n;
		equal += c.n == 0;
		for (uint32_t k = 0; k < packets; k++) {
			enum path path = (enum path)random_below(N_PATHS);
			struct packet p = random_packet(c.pair.old, path, a);
			p.n_fresh = 0; /* an unknown write gives 0 on both sides */
			/* where only one of them reassembles, the comparison is of whole packets */
			if (c.pair.old->fragments[0] != c.pair.new->fragments[0])
				p.v[FIELD_FRAGMENT] = 0;
			struct trace before = packet_trace(c.pair.old, path, &p, a);
			struct trace after = packet_trace(c.pair.new, path, &p, a);
			pairs++;
			if (verdict_equal(&before.verdict, &after.verdict))
				continue;
			differ++;
			if (!find_class(&c, path, (enum ct_state)p.v[FIELD_CT_STATE], &before.verdict,
					&after.verdict)) {
				printf("NEW RULESET:\n%.*s\n", STR_FMT(other));
				fail(text, "a packet differs that the comparison does not know", c.pair.old, &p);
			}
		}
		arena_free(a);
	}
	printf("%u pairs of rulesets, %llu equal, %llu classes differ; %llu packets sent through both, "
	       "%llu differ, each of a class that is known; %llu pairs left out\n", rulesets,
	       (unsigned long long)equal, (unsigned long long)classes, (unsigned long long)pairs,
	       (unsigned long long)differ, (unsigned long long)left_out);
	return differ && equal && left_out * 5 < rulesets ? 0 : 1;
}

/* Without one of the fixes the ruleset is another: none is there for nothing. */
static void check_needed(struct str text, const struct fix_plan *plan, struct arena *a)
{
	for (size_t i = 0; i < plan->used.n; i++) {
		const struct ruleset *without = ruleset_without(plan->fixed, plan->used.items[i].rule);
		struct comparison c = flow_compare(without, plan->fixed, a);
		if (!c.gave_up && !c.n) {
			printf("%s\n", plan->used.items[i].text);
			fail(text, "a fix changes nothing once the others are made", plan->fixed, NULL);
		}
	}
}

static int run_fixes(uint32_t rulesets)
{
	uint64_t fixes = 0, with = 0, changed = 0, findings = 0;
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct str text = random_ruleset(a, true);
		classes_sent(FIXES_PACKETS);
		struct ruleset *rs = read_text(text, a);
		bool unsafe = chance(50);
		const char *gave_up;
		struct findings found = check_run(rs, NULL, a, &gave_up);
		findings += found.n;
		struct fix_plan plan = fix_plan_make(rs, &found, NULL, &(struct fix_options){ .unsafe = unsafe }, a);
		if (plan.failed)
			fail(text, plan.failed, rs, NULL);
		if (plan.used.n) {
			fixes += plan.used.n;
			with++;
			changed += check_fixed(text, rs, &plan, FIXES_PACKETS, a);
			struct ruleset *again = read_text(plan.texts[0], a);
			check_certificates(text, rs, again, &plan, a);
			check_needed(text, &plan, a);
			struct findings left = check_run(again, NULL, a, &gave_up);
			struct fix_plan second = fix_plan_make(again, &left, NULL, &(struct fix_options){ .unsafe = unsafe }, a);
			if (second.used.n)
				printf("FIRST (%s fixes):\n%.*s\nSECOND:\n", unsafe ? "unsafe" : "safe", STR_FMT(text));
			if (second.used.n)
				fail(plan.texts[0], "a second run has something to fix", again, NULL);
		}
		arena_free(a);
	}
	printf("%u rulesets, %llu findings, %llu fixes in %llu rulesets: %llu sampled packets changed, "
	       "all INVALID or NEW without SYN, to drop; second runs have nothing to fix\n", rulesets,
	       (unsigned long long)findings, (unsigned long long)fixes, (unsigned long long)with,
	       (unsigned long long)changed);
	return fixes > 0 ? 0 : 1;
}

/* The rulesets of a seed, for tests that load them: each ends with a form feed and a line end. */
static int run_print(uint32_t rulesets)
{
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		bool nft = strcmp(dialect, "nft") == 0; /* of the other rulesets nft refuses most */
		struct str text = nft ? random_nft_ruleset(a, true, i % 8 != 0) : random_ruleset(a, true);
		printf("%.*s\f\n", STR_FMT(text));
		arena_free(a);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && dialect_find(argv[1])) {
		dialect = argv[1];
		argc--;
		argv++;
	}
	bool pairs = argc >= 4 && strcmp(argv[1], "pairs") == 0;
	bool fixes = argc >= 3 && strcmp(argv[1], "fixes") == 0;
	bool compare = argc >= 4 && strcmp(argv[1], "compare") == 0;
	bool file = argc >= 4 && strcmp(argv[1], "file") == 0;
	bool print = argc >= 4 && strcmp(argv[1], "print") == 0;
	if (!pairs && !fixes && !file && !compare && !print) {
		fprintf(stderr, "usage: property [DIALECT] (pairs RULESETS PACKETS [SEED] | fixes RULESETS [SEED] | "
			"compare RULESETS PACKETS [SEED] | file RULES PACKETS | print RULESETS SEED)\n");
		return 2;
	}
	int seed_at = fixes || print ? 3 : 4;
	uint64_t seed = argc > seed_at ? strtoull(argv[seed_at], NULL, 0) : 20240301;
	random_seed(seed);
	if (print)
		return run_print((uint32_t)atoi(argv[2]));
	printf("seed %llu\n", (unsigned long long)seed);
	if (file)
		return run_file(argv[2], (uint32_t)atoi(argv[3]));
	uint32_t n = (uint32_t)atoi(argv[2]);
	int failed = compare ? run_compare(n, (uint32_t)atoi(argv[3])) :
		     pairs ? run_pairs(n, (uint32_t)atoi(argv[3])) : run_fixes(n);
	unsigned never = classes_report(dialect, fixes ? FOR_FIXES : FOR_SETS);
	if (never && n >= 150) {
		printf("FAILED: %u classes were never produced\n", never);
		return 1;
	}
	return failed;
}

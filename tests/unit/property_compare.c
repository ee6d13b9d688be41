/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rulesets and mutations of them: a packet that differs is of a class that the comparison reports.
 */
#include "property_parts.h"
#include "random_translation.h"

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

/* Lines that are a rule of their own in both dialects. Where it translates, nft's have no tabs. */
static bool is_rule_line(struct str line, bool translates)
{
	if (translates && !str_starts(line, "-"))
		return line.n > 1 && line.p[0] >= 'a' && !str_starts(line, "table ") &&
		       !str_starts(line, "chain ");
	return str_starts(line, "-A ") ||
	       (str_starts(line, "\t\t") && !str_contains(line, "{") && !str_contains(line, "}") &&
		!str_starts(line, "\t\ttype ") && !str_contains(line, ";"));
}

/* With another address, if it has this one: so a rule may translate to another. */
static struct str elsewhere(struct str line, struct arena *a)
{
	static const char *const from[] = { "10.0.0.1", "fd00:a::1" }, *const to[] = { "10.0.0.2",
										       "fd00:a::"
										       "2" };
	struct text out = { .arena = a };
	for (unsigned i = 0; i < ARRAY_SIZE(from); i++)
		for (size_t k = 0; k + strlen(from[i]) <= line.n; k++) {
			if (memcmp(line.p + k, from[i], strlen(from[i])) != 0)
				continue;
			text_printf(&out, "%.*s%s%.*s", (int)k, line.p, to[i],
				    (int)(line.n - k - strlen(from[i])),
				    line.p + k + strlen(from[i]));
			return text_str(&out);
		}
	return line;
}

/* Some rules taken away, or given twice, or put in the place of another. */
static struct str mutate(struct str text, bool translates, struct arena *a)
{
	struct text out = { .arena = a };
	struct str rest = text, last = { 0 };
	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		bool is_rule = is_rule_line(line, translates);
		if (!line.n && !rest.p)
			break;
		if (is_rule && chance(8))
			continue;
		if (is_rule && translates && chance(10))
			line = elsewhere(line, a);
		text_printf(&out, "%.*s\n", STR_FMT(line));
		if (is_rule && last.n && chance(8))
			text_printf(&out, "%.*s\n", STR_FMT(last));
		if (is_rule)
			last = line;
	}
	return text_str(&out);
}

/* What is picked at a rule is picked at its counterpart. */
static void set_picks(struct packet *p, const struct ruleset_pair *pair, struct arena *a)
{
	struct nat_pick *picks = arena_new_array(a, struct nat_pick, pair->new->n_rules + 1);
	for (uint32_t i = 0; i < pair->new->n_rules; i++) {
		uint32_t other = pair->counterpart[i];
		if (other < i && !pair->translates_otherwise[i])
			picks[i] = picks[other];
		else
			picks[i] = (struct nat_pick){ p->v[FIELD_IP_SADDR], random_below(65536) };
	}
	if (p->v[FIELD_CT_STATE] == CT_STATE_NEW) /* no connection begins as a translated one */
		p->v[FIELD_CT_STATUS] &= ~(u128)CT_STATUS_DNAT;
	p->picks = picks;
	p->n_picks = pair->new->n_rules;
}

int run_compare(uint32_t rulesets, uint32_t packets)
{
	uint64_t pairs = 0, differ = 0, classes = 0, equal = 0, left_out = 0;
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		bool translates = chance(30), is_v6 = translates && chance(50);
		bool follows = translates || chance(50); /* all others have nat rules, too */
		struct str text = translates ? random_translation(a, strcmp(dialect, "nft") == 0,
								  is_v6)
					     : random_ruleset(a, chance(50));
		struct str other = mutate(text, translates, a);
		struct diags d = { .arena = a };
		struct source *s = source_new(a, "mutated", other.p, other.n);
		const struct ruleset *old = read_text(text, a);
		const struct ruleset *new = dialect_find(dialect)->read(a, s, NULL, &d);
		struct comparison c = { 0 };
		if (!d.n)
			c = follows ? flow_compare_translated(old, new, a)
				    : flow_compare(old, new, a);
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
			if (translates)
				set_translated_addresses(&p, is_v6);
			if (follows && !c.untranslated)
				set_picks(&p, &c.pair, a);
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
			if (!find_class(&c, path, (enum ct_state)p.v[FIELD_CT_STATE],
					&before.verdict, &after.verdict)) {
				printf("NEW RULESET:\n%.*s\n", STR_FMT(other));
				fail(text, "a packet differs that the comparison does not know",
				     c.pair.old, &p);
			}
		}
		arena_free(a);
	}
	printf("%u pairs of rulesets, %llu equal, %llu classes differ; %llu packets sent through "
	       "both, "
	       "%llu differ, each of a class that is known; %llu pairs left out\n",
	       rulesets, (unsigned long long)equal, (unsigned long long)classes,
	       (unsigned long long)pairs, (unsigned long long)differ, (unsigned long long)left_out);
	return differ && equal && left_out * 5 < rulesets ? 0 : 1;
}

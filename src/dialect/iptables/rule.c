/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule: its options are read one by one, then its matches and its target are finished. */
#include "parser.h"

/* Families named by -4 / -6 anywhere in the line. */
static unsigned named_families(const struct words *w, unsigned families)
{
	unsigned named = 0;
	for (size_t i = 0; i < w->n; i++) {
		if (w->items[i].raw.p[0] != '-')
			continue;
		if (str_is(w->items[i].raw, "-4") || str_is(w->items[i].raw, "--ipv4"))
			named |= V4;
		if (str_is(w->items[i].raw, "-6") || str_is(w->items[i].raw, "--ipv6"))
			named |= V6;
	}
	return named ? named & families : families;
}

static struct rule *add_rule(struct rule_parser *r, struct table *t, struct chain *chain,
			     size_t index, struct span span)
{
	struct parser *p = r->p;
	struct match *matches = arena_new_array(p->arena, struct match, r->matches.n);
	struct statement *statements = arena_new_array(p->arena, struct statement, r->statements.n);
	if (r->matches.n)
		memcpy(matches, r->matches.items, r->matches.n * sizeof(*matches));
	if (r->statements.n)
		memcpy(statements, r->statements.items, r->statements.n * sizeof(*statements));
	struct rule rule = {
		.span = span,
		.matches = matches,
		.n_matches = (uint32_t)r->matches.n,
		.statements = statements,
		.n_statements = (uint32_t)r->statements.n,
		.verdict = r->verdict,
		.comment = r->comment,
		.needs_whole = r->needs_whole,
	};
	struct rule *added = ruleset_add_rule(p->rs, chain, index, &rule);
	if (r->verdict.kind == VERDICT_JUMP || r->verdict.kind == VERDICT_GOTO) {
		struct chain_use use = { r->verdict.span, r->verdict_name, added, t };
		struct chain *to = parser_knows_all(p) ? parser_find_chain(p, t, r->verdict_name)
						       : NULL;
		if (!to)
			to = parser_foreign_chain(p, t, r->verdict_name,
						  source_view(p->source, r->verdict.span));
		if (to)
			use_chain(p, &use, to);
		else
			vec_push(p->arena, &p->uses, use);
	}
	return added;
}

/* The name as a C string; tables are known ones. */
static const char *table_name(const struct table *t)
{
	static const char *const names[] = { "filter", "nat", "mangle", "raw", "security" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_is(t->name, names[i]))
			return names[i];
	return "";
}

/*
 * Does it matter whether a packet meets the rule once or twice? A mark that is inverted twice is
 * unchanged; a chain may have changed the packet.
 */
static bool is_felt_twice(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_statements; i++) {
		const struct statement *s = &r->statements[i];
		if (s->kind == STMT_WRITE && !s->unknown && ((s->value & ~s->mask) || s->from_mask))
			return true;
	}
	return r->verdict.kind == VERDICT_JUMP;
}

/* The line of `whole`, which was just read, has several addresses: see parts.c. */
static void remember_parts(struct rule_parser *r, struct rule *whole, bool reversed)
{
	struct parser *p = r->p;
	struct several *s = arena_new_one(p->arena, struct several);
	*s = (struct several){ .whole = whole,
			       .table = r->in_table,
			       .reversed = reversed,
			       .n = { r->n_addresses[0], r->n_addresses[1] },
			       .apart = r->overlaps && is_felt_twice(whole) };
	for (size_t i = 0; i < r->words->n; i++)
		vec_push(p->arena, &s->words, r->words->items[i]);
	p->known.items[whole->id].several = s;
	whole->more_rules = s->n[0] * s->n[1] - 1;
}

struct rule *rule_parse(struct parser *p, const struct words *w, const struct rule_place *place)
{
	struct rule_parser *r = p->rule, last = *p->rule;
	*r = (struct rule_parser){ .p = p,
				   .words = w,
				   .place = place,
				   .chain_name = place->chain->name,
				   .table = table_name(place->table),
				   .in_table = place->table,
				   .families = named_families(w, place->families),
				   .n_addresses = { 1, 1 } };
	/* Empties the lists of the last rule, and keeps their capacity. */
	r->matches = last.matches;
	r->statements = last.statements;
	r->loaded = last.loaded;
	r->matches.n = r->statements.n = r->loaded.n = 0;
	if (!r->families) {
		p->has_skipped = true;
		return NULL;
	}
	if (p->families == (V4 | V6) && r->families != (V4 | V6)) {
		struct range f = { r->families == V6, r->families == V6 };
		rule_match_ranges(r, FIELD_NFPROTO, &f, 1, false);
	}
	while (r->at < w->n && !r->failed)
		option_read(r);
	size_t own = r->matches.n;
	for (size_t i = 0; i < r->loaded.n && !r->failed; i++)
		match_finish(r, &r->loaded.items[i]);
	if (r->has_target && !r->failed)
		target_finish(r);
	if (r->failed)
		return NULL;
	vec_push(p->arena, &p->known, (struct rule_known){ .sum = rule_sum(r, own) });
	struct rule *added = add_rule(r, place->table, place->chain, place->index, place->span);
	if (r->n_addresses[0] > 1 || r->n_addresses[1] > 1)
		remember_parts(r, added, place->letter == 'I');
	return added;
}

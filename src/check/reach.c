/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each rule does: whether any packet comes to it, and what it does beside its verdict. */
#include "analysis.h"

#include <stdlib.h>

#define PLACES_MAX 3

static void take_livelier(struct reachability *mine, const struct reachability *other)
{
	for (size_t i = 0; i < mine->n && i < other->n; i++)
		if (other->items[i].reach < mine->items[i].reach)
			mine->items[i].reach = other->items[i].reach;
}

/* Walks are of IP packets: what else comes to these chains (ARP, VLAN tags …) is not looked at. */
static bool sees_other_frames(const struct table *t)
{
	bool so = t->family == FAMILY_BRIDGE || t->family == FAMILY_NETDEV ||
		  t->family == FAMILY_ARP;
	for (size_t i = 0; i < t->n && !so; i++)
		so = t->items[i]->is_base &&
		     (t->items[i]->hook == HOOK_INGRESS || t->items[i]->hook == HOOK_EGRESS);
	return so;
}

static void leave_out_chain(struct rule_reach *items, const struct chain *c)
{
	for (size_t k = 0; k < c->n; k++) {
		struct rule_reach *r = &items[c->items[k]->id];
		if (r->reach > REACH_UNKNOWN)
			r->reach = REACH_UNKNOWN;
	}
}

static void leave_out(struct reachability *mine, const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		if (sees_other_frames(rs->items[i]))
			for (size_t k = 0; k < rs->items[i]->n; k++)
				leave_out_chain(mine->items, rs->items[i]->items[k]);
}

const struct reachability *analysis_reach(struct analysis *an)
{
	if (an->reach)
		return an->reach;
	struct reachability *r = arena_new_one(an->results, struct reachability);
	if (an->gave_up) { /* this would, too */
		r->items = arena_new_array(an->results, struct rule_reach,
					   an->ruleset->n_rules + 1);
		r->n = an->ruleset->n_rules;
		r->gave_up = an->gave_up;
		return an->reach = r;
	}
	*r = ruleset_reachability(an->ruleset, true, an->results);
	const struct ruleset *other = ruleset_other_order(an->ruleset, an->arena);
	if (other) {
		struct reachability o = ruleset_reachability(other, true, an->arena);
		take_livelier(r, &o);
	}
	const struct ruleset *translated = ruleset_as_translated(an->ruleset, an->arena);
	if (translated) {
		struct reachability t = ruleset_reachability(translated, true, an->arena);
		take_livelier(r, &t);
	}
	leave_out(r, an->ruleset);
	return an->reach = r;
}

size_t text_rule(const struct chain *c, size_t at)
{
	size_t n = 1;
	while (at + n < c->n && c->items[at + n]->same_rule)
		n++;
	return n;
}

const struct rule_reach *text_rule_reach(const struct reachability *all, const struct chain *c,
					 size_t at)
{
	const struct rule_reach *most = NULL;
	size_t n = text_rule(c, at);
	for (size_t i = 0; i < n; i++) {
		const struct rule_reach *r = &all->items[c->items[at + i]->id];
		if (!most || r->reach < most->reach)
			most = r;
	}
	return most;
}

const bool *analysis_rules_found(struct analysis *an)
{
	bool *found = arena_new_array(an->arena, bool, an->ruleset->n_rules + 1);
	for (size_t i = 0; i < an->found->n; i++)
		if (an->found->items[i].rule)
			found[an->found->items[i].rule->id] = true;
	return found;
}

/* ---- what rules do beside their verdicts ---- */

static bool match_remembers(const struct match *m)
{
	if (m->kind == MATCH_OPAQUE)
		return m->opaque->class != OPAQUE_PURE;
	for (uint32_t i = 0; (m->kind == MATCH_ANY || m->kind == MATCH_ALL) && i < m->n; i++)
		if (match_remembers(&m->parts[i]))
			return true;
	return false;
}

bool rule_remembers(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (match_remembers(&r->matches[i]))
			return true;
	return false;
}

/* An anonymous counter: nothing but a listing reads it. */
static bool only_counts(const struct statement *s)
{
	struct str rest = s->text, word = str_cut(&rest, ' ');
	return s->kind == STMT_OTHER && str_is(word, "counter") &&
	       (!rest.n || str_starts(rest, "packets"));
}

/*
 * These always match where they only remember or count, so the model has no test of them; nor does
 * it have the names of counters.
 */
static bool text_remembers(const struct analysis *an, const struct rule *r)
{
	struct str text = source_view(an->ruleset->source, r->span);
	return !r->inserted &&
	       (str_contains(text, "recent") || str_contains(text, "nfacct") ||
		str_contains(text, "counter name") || str_contains(text, "\"counter\": \"") ||
		str_contains(text, "\"counter\":\""));
}

static bool has_effects(const struct analysis *an, const struct rule *r)
{
	if (text_remembers(an, r))
		return true;
	for (uint32_t i = 0; i < r->n_statements; i++)
		if (!only_counts(&r->statements[i]))
			return true;
	return rule_remembers(r);
}

/* What is known of a rule or a chain, by its id. */
enum { NOT_KNOWN, DOES_NOTHING, DOES_SOMETHING };

bool rule_has_effects(struct analysis *an, const struct rule *r)
{
	if (!an->effects)
		an->effects = arena_new_array(an->arena, unsigned char, an->ruleset->n_rules + 1);
	unsigned char *known = &an->effects[r->id];
	if (*known == NOT_KNOWN)
		*known = has_effects(an, r) ? DOES_SOMETHING : DOES_NOTHING;
	return *known == DOES_SOMETHING;
}

static bool does_nothing(struct analysis *an, const struct chain *c)
{
	unsigned char *known = &an->idle[c->id];
	if (*known != NOT_KNOWN)
		return *known == DOES_NOTHING;
	*known = DOES_SOMETHING; /* if it leads to itself */
	for (size_t i = 0; i < c->n; i++) {
		const struct rule *r = c->items[i];
		enum verdict_kind k = r->verdict.kind;
		bool jumps = k == VERDICT_JUMP || k == VERDICT_GOTO;
		if (rule_has_effects(an, r) || (jumps && !does_nothing(an, r->verdict.target)) ||
		    (!jumps && k != VERDICT_CONTINUE && k != VERDICT_RETURN))
			return false;
	}
	*known = DOES_NOTHING;
	return true;
}

bool chain_does_nothing(struct analysis *an, const struct chain *c)
{
	if (!an->idle)
		an->idle = arena_new_array(an->arena, unsigned char, an->ruleset->n_chains + 1);
	return does_nothing(an, c);
}

static int by_span(const void *x, const void *y)
{
	uint32_t a = (*(const struct rule *const *)x)->span.off,
		 b = (*(const struct rule *const *)y)->span.off;
	return (a > b) - (a < b);
}

static bool on_one_line(const struct analysis *an, const struct rule *x, const struct rule *y)
{
	const struct source *s = an->ruleset->source;
	return !x->inserted && !y->inserted &&
	       source_line_span(s, x->span.off).off == source_line_span(s, y->span.off).off;
}

const char *rules_take(struct analysis *an, const struct rule *const *list, size_t n)
{
	struct text t = { .arena = an->arena };
	const struct rule **lines = arena_new_array(an->arena, const struct rule *, n + 1);
	size_t n_lines = 0;
	memcpy(lines, list, n * sizeof(*lines));
	if (n)
		qsort(lines, n, sizeof(*lines), by_span);
	for (size_t i = 0; i < n; i++)
		if (!n_lines || !on_one_line(an, lines[n_lines - 1], lines[i]))
			lines[n_lines++] = lines[i];
	size_t shown = n_lines > PLACES_MAX + 1 ? PLACES_MAX : n_lines;
	for (size_t i = 0; i < shown; i++)
		text_printf(&t, "%s%s",
			    !i                 ? ""
			    : i + 1 == n_lines ? " and "
					       : ", ",
			    rule_place(an, lines[i]));
	if (shown < n_lines)
		text_printf(&t, " and %zu others", n_lines - shown);
	text_printf(&t, "%s", n_lines == 1 ? " takes" : " take");
	return arena_strndup(an->results, t.items, t.n);
}

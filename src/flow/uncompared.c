/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where two rulesets differ besides their verdicts: translation, proxies, marks. The packet sets do
 * not cover these. Rules are compared by the words of their statements, in a form that both
 * dialects share.
 */
#include "compile.h"

#define LOOKS_MAX 20000000u /* above this, rules that may be equal are listed too */

enum kind {
	KIND_NAT,
	KIND_TPROXY,
	KIND_TIMEOUT,
	KIND_OFFLOAD,
	KIND_WRITE,
	KIND_FANOUT,
	KIND_OTHER,
	KIND_COUNT
};

// clang-format off
static const char *const kind_words[KIND_COUNT] = {
	[KIND_NAT] = "address translation", [KIND_TPROXY] = "transparent proxying",
	[KIND_TIMEOUT] = "the timeout of connections", [KIND_OFFLOAD] = "flow offload",
	[KIND_WRITE] = "what is written into packets and connections",
	[KIND_FANOUT] = "the fan-out of queues",
	[KIND_OTHER] = "what a rule does besides its verdict",
};
// clang-format on

/* ---- the words of a statement ---- */

/* Words that only one dialect has, or that mean nothing. */
static bool is_filler(struct str w)
{
	static const char *const words[] = { "j",     "to",   "destination", "source",
					     "ports", "ip",   "ip6",         "inet",
					     "addr",  "port", "family",      "flags",
					     "range", "on",   "xt",          "target" };
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_is(w, words[i]))
			return true;
	return !w.n;
}

static char lower_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void add_word(struct text *t, struct str w)
{
	struct text small = { .arena = t->arena };
	for (size_t i = 0; i < w.n; i++) {
		char c = lower_case(w.p[i]);
		text_add(&small, (struct str){ &c, 1 });
	}
	if (!is_filler(text_str(&small)))
		text_printf(t, " %.*s", STR_FMT(text_str(&small)));
}

/* "192.0.2.1:80" is an address and a port, "2001:db8::1" is one address. */
static void add_value(struct text *t, struct str w)
{
	struct str rest = w, first = str_cut(&rest, ':');
	struct str more = rest;
	str_cut(&more, ':');
	if (!rest.p || more.p) {
		add_word(t, w);
		return;
	}
	add_word(t, first);
	add_word(t, rest);
}

static void add_words(struct text *t, struct str s)
{
	size_t from = 0;
	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && !strchr(" \t\n\"{}[],=-", s.p[i]))
			continue;
		add_value(t, (struct str){ s.p + from, i - from });
		from = i + 1;
	}
}

/* KIND_COUNT: it is compared elsewhere, or is a log or a counter. */
static enum kind kind_of(const struct rule *r, const struct statement *st)
{
	switch (st->kind) {
	case STMT_NAT: return KIND_NAT;
	case STMT_TIMEOUT: return KIND_TIMEOUT;
	case STMT_OFFLOAD: return KIND_OFFLOAD;
	case STMT_WRITE: return KIND_WRITE;
	case STMT_LOG:
	case STMT_NOTRACK: return KIND_COUNT;
	case STMT_TEMPLATE:
	case STMT_OTHER: break;
	}
	if (r->verdict.kind == VERDICT_QUEUE && str_contains(st->text, "fanout"))
		return KIND_FANOUT;
	static const char *const nothing_more[] = { "counter", "last", "-j NOTRACK",
						    "-j CT --notrack" };
	for (size_t i = 0; i < ARRAY_SIZE(nothing_more); i++)
		if (str_is(st->text, nothing_more[i]))
			return KIND_COUNT;
	if (r->verdict.kind == VERDICT_REJECT || r->verdict.kind == VERDICT_QUEUE)
		return KIND_COUNT;
	return str_contains(st->text, "TPROXY") || str_contains(st->text, "tproxy") ? KIND_TPROXY
										    : KIND_OTHER;
}

/* Empty: the rule does nothing of this kind. */
static struct str words_of(const struct rule *r, enum kind k, struct arena *a)
{
	struct text t = { .arena = a };
	for (uint32_t i = 0; i < r->n_statements; i++) {
		const struct statement *st = &r->statements[i];
		if (kind_of(r, st) != k)
			continue;
		text_printf(&t, ";");
		if (k == KIND_WRITE && !st->unknown)
			text_printf(&t, " %d %llx %llx", st->field, (unsigned long long)st->mask,
				    (unsigned long long)st->value);
		else if (k != KIND_FANOUT)
			add_words(&t, st->text);
	}
	return text_str(&t);
}

/* ---- rules of both sides ---- */

static bool same_matches(const struct rule *x, const struct rule *y)
{
	if (x->n_matches != y->n_matches)
		return false;
	for (uint32_t i = 0; i < x->n_matches; i++)
		if (!match_among(y->matches, y->n_matches, &x->matches[i]))
			return false;
	return true;
}

/* Chains of the same name were paired rule by rule; a rule without a counterpart there has no
 * equal, or none at its place. */
static bool may_be_renamed(const struct chain *x, const struct chain *y)
{
	return !str_eq(x->name, y->name) || !str_eq(x->table->name, y->table->name) ||
	       x->table->family != y->table->family;
}

struct listing {
	struct comparison *c;
	struct arena *arena;
	enum kind kind;
	bool of_new;               /* which side is walked */
	const struct rule **rules; /* of new, by id */
	size_t looks;              /* how many rules may still be searched for equal ones */
};

/* Does a rule in another chain of the other side do exactly the same? */
static bool has_equal(struct listing *l, const struct rule *r, struct str words)
{
	const struct ruleset *other = l->of_new ? l->c->pair.old : l->c->pair.new;
	for (size_t i = 0; i < other->n_chains; i++)
		for (size_t k = 0;
		     k < other->chains[i]->n && may_be_renamed(other->chains[i], r->chain); k++) {
			const struct rule *x = other->chains[i]->items[k];
			if (!l->looks)
				return false;
			l->looks--;
			if (!pair_has_counterpart(&l->c->pair, x) && same_matches(x, r) &&
			    str_eq(words_of(x, l->kind, l->arena), words))
				return true;
		}
	return false;
}

static void look_at_rule(struct listing *l, const struct rule *r)
{
	struct str words = words_of(r, l->kind, l->arena);
	struct uncompared u = { .what = kind_words[l->kind],
				.old = l->of_new ? NULL : r,
				.new = l->of_new ? r : NULL };
	if (pair_has_counterpart(&l->c->pair, r)) {
		const struct rule *other = l->rules[l->c->pair.counterpart[r->id]];
		if (l->of_new || str_eq(words_of(other, l->kind, l->arena), words))
			return;
		u.new = other;
	} else if (!words.n || has_equal(l, r, words)) {
		return;
	}
	vec_push(l->arena, &l->c->uncompared, u);
}

void list_uncompared(struct comparison *c, struct arena *a)
{
	const struct ruleset *both[] = { c->pair.old, c->pair.new };
	struct listing l = { .c = c, .arena = a, .looks = LOOKS_MAX };
	l.rules = arena_new_array(a, const struct rule *, c->pair.new->n_rules);
	for (size_t i = 0; i < c->pair.new->n_chains; i++)
		for (size_t k = 0; k < c->pair.new->chains[i]->n; k++)
			l.rules[c->pair.new->chains[i]->items[k]->id] =
				c->pair.new->chains[i]->items[k];
	for (unsigned k = 0; k < KIND_COUNT; k++)
		for (unsigned side = 0; side < 2; side++) {
			l.kind = (enum kind)k;
			l.of_new = side;
			for (size_t i = 0; i < both[side]->n_chains; i++)
				for (size_t n = 0; n < both[side]->chains[i]->n; n++)
					look_at_rule(&l, both[side]->chains[i]->items[n]);
		}
}

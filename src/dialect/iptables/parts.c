/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line with several addresses is several rules of the kernel, one for each pair
 * (iptables.c: do_command4, "for (i = 0; i < nsaddrs; i++)"). Here it is one rule, until -I, -D or
 * -R addresses a place among them or one of them: then it is split. At the end of the file,
 * complete lines are joined again, unless a packet may meet two of their rules and that makes a
 * difference.
 */
#include "parser.h"

static void split(struct parser *p, struct chain *c, size_t at)
{
	struct rule *whole = c->items[at];
	const struct several *s = p->known.items[whole->id].several;
	uint32_t n = whole->more_rules + 1;
	size_t notes = p->rs->loader_notes.n;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t which = s->reversed ? n - 1 - k : k;
		struct rule_place place = { .table = s->table,
					    .chain = c,
					    .index = at + 1 + k,
					    .families = p->families,
					    .span = whole->span,
					    .only = true,
					    .part = { which / s->n[1], which % s->n[1] } };
		struct rule *part = rule_parse(p, &s->words, &place);
		FW_ASSERT(part); /* it was read before */
		p->known.items[part->id].part_of = s;
		unsigned before = p->known.items[whole->id].before;
		p->known.items[part->id].before = before & (k ? BEFORE_OTHERS : BEFORE_FIRST);
	}
	p->rs->loader_notes.n = notes; /* said of the whole */
	p->has_parts = true;
	parser_remove_rule(p, c, at);
}

size_t parts_split(struct parser *p, struct chain *c, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (c->items[i]->more_rules) {
			end += c->items[i]->more_rules;
			split(p, c, i);
		}
	return end;
}

size_t parts_count(const struct chain *c)
{
	size_t n = c->n;
	for (size_t i = 0; i < c->n; i++)
		n += c->items[i]->more_rules;
	return n;
}

size_t parts_place(struct parser *p, struct chain *c, size_t number, bool alone)
{
	size_t i = 0;
	for (; i < c->n; i++) {
		size_t n = (size_t)c->items[i]->more_rules + 1;
		if (number < n && (number || (alone && n > 1)))
			split(p, c, i);
		if (number < n)
			return i + number;
		number -= n;
	}
	return i;
}

/* Are all parts of one line here, in order? */
static bool is_whole(const struct parser *p, const struct chain *c, size_t at,
		     const struct several *s)
{
	uint32_t n = s->whole->more_rules + 1;
	for (uint32_t k = 0; k < n; k++)
		if (at + k >= c->n || p->known.items[c->items[at + k]->id].part_of != s)
			return false;
	return true; /* each is there once, and nothing moves them */
}

void parts_set_apart(struct parser *p)
{
	for (size_t i = 0; i < p->rs->n_chains; i++) {
		struct chain *c = p->rs->chains[i];
		for (size_t k = 0; k < c->n; k++) {
			const struct several *s = p->known.items[c->items[k]->id].several;
			if (s && s->apart)
				split(p, c, k);
		}
	}
}

void parts_finish(struct parser *p)
{
	for (size_t i = 0; i < p->rs->n_chains && p->has_parts; i++) {
		struct chain *c = p->rs->chains[i];
		for (size_t k = 0; k < c->n; k++) {
			const struct several *s = p->known.items[c->items[k]->id].part_of;
			if (!s || !is_whole(p, c, k, s))
				continue;
			if (s->apart) { /* no change goes between them */
				for (uint32_t j = 1; j <= s->whole->more_rules; j++)
					c->items[++k]->same_rule = true;
				continue;
			}
			c->items[k] = s->whole;
			c->n -= s->whole->more_rules;
			memmove(c->items + k + 1, c->items + k + 1 + s->whole->more_rules,
				(c->n - k - 1) * sizeof(*c->items));
		}
	}
}

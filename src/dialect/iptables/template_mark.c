/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Table raw, where the entry of a packet is the template of a CT target. CONNMARK writes to it
 * (xt_connmark.c: connmark_tg_shift() does not check), and it is one object for all packets that
 * meet the same CT (xt_CT.c), or the same `ct zone set` (nft_ct.c: nft_ct_pcpu_template). So its
 * mark is what some earlier packet left there: a test of it may succeed or fail.
 */
#include "parser.h"

static bool writes_ct_mark(const struct rule *r)
{
	for (uint32_t i = 0; i < r->n_statements; i++)
		if (r->statements[i].kind == STMT_WRITE && r->statements[i].field == FIELD_CT_MARK)
			return true;
	return false;
}

static struct opaque *answer_of(struct parser *p, const struct match *m)
{
	bool is_mask = m->kind == MATCH_MASK;
	unsigned value = (unsigned)(is_mask ? m->mask->value : m->n ? m->ranges[0].lo : 0);
	const char *text = is_mask ? arena_printf(p->arena, "-m connmark --mark 0x%x/0x%x", value,
						  (unsigned)m->mask->mask)
				   : arena_printf(p->arena, "-m connmark --mark 0x%x", value);
	return ruleset_add_opaque(p->rs, &p->pure_texts, str_from(text), OPAQUE_STATEFUL);
}

static void forget_tests(struct parser *p, struct rule *r)
{
	struct match *matches = arena_new_array(p->arena, struct match, r->n_matches);
	for (uint32_t i = 0; i < r->n_matches; i++) {
		const struct match *m = &r->matches[i];
		bool is_leaf = m->kind == MATCH_MASK || m->kind == MATCH_RANGES;
		matches[i] = *m;
		if (is_leaf && m->field == FIELD_CT_MARK)
			matches[i] = (struct match){ .kind = MATCH_OPAQUE,
						     .negate = m->negate,
						     .opaque = answer_of(p, m) };
	}
	r->matches = matches;
}

static void forget_copies(struct parser *p, struct rule *r)
{
	struct statement *copy = arena_new_array(p->arena, struct statement, r->n_statements);
	for (uint32_t i = 0; i < r->n_statements; i++) {
		copy[i] = r->statements[i];
		if (copy[i].kind != STMT_WRITE || copy[i].field != FIELD_MARK ||
		    copy[i].from != FIELD_CT_MARK || !copy[i].from_mask)
			continue;
		copy[i].mask |= mark_shifted(copy[i].from_mask, copy[i].shift);
		copy[i].from_mask = 0;
		copy[i].value = 0;
		copy[i].unknown = true;
	}
	r->statements = copy;
}

void template_marks_finish(struct parser *p)
{
	bool written = false;
	for (size_t i = 0; i < p->rs->n_chains; i++) {
		struct chain *c = p->rs->chains[i];
		for (size_t k = 0; k < c->n && str_is(c->table->name, "raw"); k++)
			written = written || writes_ct_mark(c->items[k]);
	}
	for (size_t i = 0; i < p->rs->n_chains && written; i++) {
		struct chain *c = p->rs->chains[i];
		for (size_t k = 0; k < c->n && str_is(c->table->name, "raw"); k++) {
			forget_tests(p, c->items[k]);
			forget_copies(p, c->items[k]);
		}
	}
}

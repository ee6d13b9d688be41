/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixes as edits of the text, and the proof that the edited text says what was meant. */
#include "plan.h"

bool fix_render(const struct ruleset *rs, struct fix *f, struct edits *edits)
{
	const struct ruleset *part = ruleset_part(rs, f->change.chain->table);
	return dialect_find(part->dialect)->render(part, f->rule, &f->form, edits, &f->text);
}

/* Does the rule that was read mean what was intended? The matches may be in any order. */
static bool same_meaning(const struct rule *want, const struct rule *got, size_t first_chain)
{
	const struct verdict *v = &want->verdict, *w = &got->verdict;
	bool may_count = want->inserted && !want->is_arm;
	if (want->n_matches != got->n_matches || want->n_statements > got->n_statements ||
	    (!may_count && want->n_statements != got->n_statements) ||
	    want->same_rule != got->same_rule || want->is_part != got->is_part ||
	    want->is_head != got->is_head)
		return false;
	if (!verdict_equal(v, w) || !str_eq(v->queues, w->queues) || !v->target != !w->target ||
	    (v->target && v->target->id != w->target->id + first_chain))
		return false;
	for (uint32_t i = 0; i < want->n_matches; i++)
		if (!match_among(got->matches, got->n_matches, &want->matches[i]))
			return false;
	/* An inserted rule may count packets, as its neighbours do. */
	for (uint32_t i = 0; i < got->n_statements; i++)
		if (may_count ? got->statements[i].kind != STMT_OTHER
			      : !statement_equal(&want->statements[i], &got->statements[i]))
			return false;
	return true;
}

/* The chains of `want` from number `first` on, and those of `got`. */
static bool chains_say(const struct ruleset *want, size_t first, size_t n,
		       const struct ruleset *got)
{
	if (got->n_chains != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct chain *a = want->chains[first + i], *b = got->chains[i];
		if (!str_eq(a->name, b->name) || a->n != b->n ||
		    a->table->family != b->table->family)
			return false;
		for (size_t j = 0; j < a->n; j++)
			if (!same_meaning(a->items[j], b->items[j], first))
				return false;
	}
	return true;
}

bool fix_is_said(const struct ruleset *want, const struct ruleset *got)
{
	return want->n == got->n && chains_say(want, 0, want->n_chains, got);
}

bool fix_part_is_said(const struct ruleset *want, unsigned part, const struct ruleset *got)
{
	size_t first = 0, n = 0;
	while (first < want->n_chains && want->chains[first]->table->part_number != part)
		first++;
	while (first + n < want->n_chains && want->chains[first + n]->table->part_number == part)
		n++;
	return chains_say(want, first, n, got);
}

/* In the order of the rules: edits at one place keep the order in which they are added. */
static void render_chain(struct fix_plan *plan, const struct ruleset *rs, const struct chain *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; c->items[i]->inserted && k < plan->used.n; k++) {
			struct fix *f = &plan->used.items[k];
			if (f->rule->id == c->items[i]->id && !fix_render(rs, f, &plan->edits))
				plan->failed = "a fix cannot be written in this form of text";
		}
}

void plan_write_texts(struct fix_plan *plan, const struct source *s, struct arena *a)
{
	struct str *texts = arena_new_array(a, struct str, s->n);
	for (size_t i = 0; i < s->n; i++)
		texts[i] = plan->edits.n ? edits_apply(&plan->edits, s->items[i], a)
					 : (struct str){ s->items[i]->text, s->items[i]->len };
	plan->texts = texts;
}

/* Gives the edited texts of the files that the first reading included. */
struct edited {
	struct includer includer;
	const struct source *source; /* of the ruleset, or of the part of it, that is read again */
	const struct source *whole;
	const struct str *texts; /* by file of `whole` */
};

static const char *include_edited(const struct includer *in, struct source *s,
				  struct source_include *inc)
{
	const struct edited *e = (const struct edited *)(const void *)in;
	for (size_t i = 0; i < e->source->includes.n; i++) {
		const struct source_include *was = e->source->includes.items[i];
		if (strcmp(was->from->name, inc->from->name) != 0 ||
		    !str_eq(was->pattern, inc->pattern))
			continue;
		for (size_t k = 0; k < was->n; k++) {
			size_t at = 0;
			while (e->whole->items[at] != was->items[k])
				at++;
			struct source_file *f = NULL;
			for (size_t m = 0; m < s->n && !f; m++)
				if (strcmp(s->items[m]->name, was->items[k]->name) == 0)
					f = s->items[m];
			if (!f)
				f = source_add(s, was->items[k]->name, e->texts[at].p,
					       e->texts[at].n);
			if (!f)
				return "the files are too long";
			vec_push(s->arena, inc, f);
		}
		return NULL;
	}
	return "it was not included before";
}

static const struct ruleset *read_again(const struct fix_plan *plan, const struct ruleset *rs,
					const struct ruleset *part, struct diags *diags,
					struct arena *a)
{
	const struct source_file *file = part->source->items[0];
	size_t at = 0;
	while (rs->source->items[at] != file)
		at++;
	struct edited edited = { { include_edited }, part->source, rs->source, plan->texts };
	struct source *s = source_new(a, file->name, plan->texts[at].p, plan->texts[at].n);
	return dialect_find(part->dialect)->read(a, s, &edited.includer, diags);
}

const struct ruleset *plan_read(const struct fix_plan *plan, const struct ruleset *rs,
				struct arena *a)
{
	struct diags diags = { .arena = a };
	const struct ruleset *again;
	if (rs->n_parts) {
		const struct ruleset **parts = arena_new_array(a, const struct ruleset *,
							       rs->n_parts);
		for (unsigned i = 0; i < rs->n_parts; i++)
			parts[i] = read_again(plan, rs, rs->parts[i], &diags, a);
		again = ruleset_join(parts, rs->n_parts, rs->source, a);
	} else {
		again = read_again(plan, rs, rs, &diags, a);
	}
	return diags.n ? NULL : again;
}

/* The edited text must say what was intended: read it again and compare. */
void plan_write_edits(struct fix_plan *plan, const struct ruleset *rs, struct arena *a)
{
	plan->edits = (struct edits){ .arena = a };
	for (size_t i = 0; i < plan->fixed->n_chains && !plan->failed; i++)
		render_chain(plan, rs, plan->fixed->chains[i]);
	if (plan->failed || !plan->used.n)
		return;
	plan_write_texts(plan, rs->source, a);
	const struct ruleset *again = plan_read(plan, rs, a);
	if (!again || !fix_is_said(plan->fixed, again))
		plan->failed = "the edited text does not say what was intended";
}

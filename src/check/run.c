/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs checks, keeps their findings in order. */
#include "analysis.h"
#include "suppress.h"

#include <stdlib.h>

static int by_place(const void *x, const void *y)
{
	const struct finding *a = x, *b = y;
	uint32_t i = a->rule ? a->rule->span.off : a->span.off;
	uint32_t j = b->rule ? b->rule->span.off : b->span.off;
	if (i != j)
		return i < j ? -1 : 1;
	return strcmp(a->check->id, b->check->id);
}

static bool is_allowed_somewhere(const struct analysis *an, const struct check *c)
{
	for (size_t i = 0; i < an->suppressions.n; i++)
		if (an->suppressions.items[i].check == c)
			return true;
	return false;
}

/* Moves findings that a comment allows to `allowed`; drops those of checks that ran only for such a
 * comment. */
static void heed_suppressions(struct analysis *an, const struct selection *sel,
			      struct findings *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < out->n; i++) {
		const struct suppression *s = suppression_find(an, &out->items[i]);
		bool selected = is_selected(sel, out->items[i].check);
		struct allowed allowed = { out->items[i], s ? s->reason : (struct str){ 0 } };
		if (s && selected)
			vec_push(an->results, &out->allowed, allowed);
		else if (!s && selected)
			out->items[kept++] = out->items[i];
	}
	out->n = kept;
}

static struct findings run_in_order(struct flow_walks *walks, const struct selection *sel,
				    struct arena *results, const char **ret_gave_up)
{
	struct findings out = { 0 };
	struct analysis *an = analysis_new(walks, &out, results);
	suppressions_read(an);
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		if (c->run && !(sel && sel->no_steady && check_is_steady(c)) &&
		    (is_selected(sel, c) || is_allowed_somewhere(an, c)))
			analysis_run(an, c, c->run);
	}
	heed_suppressions(an, sel, &out);
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		if (c->run_last && !(sel && sel->no_steady) && is_selected(sel, c))
			analysis_run(an, c, c->run_last);
	}
	if (out.n)
		qsort(out.items, out.n, sizeof(*out.items), by_place);
	*ret_gave_up = out.open.n ? out.open.items[0].why : NULL;
	return out;
}

static const struct finding *find_same(const struct findings *list, const struct finding *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (finding_is_same(&list->items[i], f))
			return &list->items[i];
	return NULL;
}

/* Does the witness meet the same fate in the other order, by whichever rule? */
static bool ends_alike(const struct finding *f, const struct ruleset *other, struct arena *a)
{
	if (f->path == PATH_COUNT)
		return true;
	struct trace t = packet_trace(other, f->path, &f->witness, a);
	return verdict_equal(&t.verdict, &f->trace.verdict);
}

/*
 * A finding in only one of the orders is one step less severe, because the actual order is not
 * known. `found` was found in one order, `other` in that of the ruleset `rs`.
 */
static void weigh_order(struct findings *found, const struct findings *other,
			const struct ruleset *rs, struct arena *results)
{
	for (size_t i = 0; i < found->n; i++) {
		struct finding *f = &found->items[i];
		const struct finding *same = find_same(other, f);
		if (same && same->severity < f->severity)
			*f = *same;
		if (same || ends_alike(f, rs, results))
			continue;
		if (f->severity == SEV_NOTE || --f->severity == SEV_NOTE)
			f->cure = CURE_NONE;
		f->detail = arena_printf(results,
					 "%s%sthis holds for one order of the chains that have the "
					 "same priority, and no listing shows their order",
					 f->detail ? f->detail : "", f->detail ? "; " : "");
	}
}

static void set_severities(struct findings *list, const struct selection *sel)
{
	for (size_t i = 0; sel && i < list->n; i++)
		for (size_t k = 0; k < sel->n_severities; k++)
			if (sel->severities[k].check == list->items[i].check)
				list->items[i].severity = sel->severities[k].severity;
}

/* Takes out what was found before. */
static void drop_known(struct findings *list, const struct ruleset *rs, const struct selection *sel,
		       struct arena *results)
{
	size_t kept = 0;
	if (!sel || !sel->is_known)
		return;
	findings_fingerprint(list, rs, results);
	for (size_t i = 0; i < list->n; i++) {
		const struct finding *f = &list->items[i];
		const char *file = source_file_at(rs->source, f->span.off)->name;
		if (sel->is_known(sel->before, file, f->fingerprint))
			vec_push(results, &list->known, *f);
		else
			list->items[kept++] = *f;
	}
	list->n = kept;
}

static void finish(struct findings *list, const struct ruleset *rs, const struct selection *sel,
		   struct arena *results)
{
	set_severities(list, sel);
	drop_known(list, rs, sel, results);
}

struct findings check_run_walks(struct flow_walks *walks, const struct selection *sel,
				struct arena *results, const char **ret_gave_up)
{
	const struct ruleset *rs = walks->ruleset;
	struct findings out = run_in_order(walks, sel, results, ret_gave_up);
	if (!walks->other || *ret_gave_up) {
		finish(&out, rs, sel, results);
		return out;
	}
	struct findings other = run_in_order(walks->other, sel, results, ret_gave_up);
	size_t n = out.n;
	weigh_order(&out, &other, walks->other->ruleset, results);
	weigh_order(&other, &out, rs, results);
	for (size_t i = 0; i < other.n; i++)
		if (!find_same(&out, &other.items[i]))
			vec_push(results, &out, other.items[i]);
	if (out.n > n)
		qsort(out.items, out.n, sizeof(*out.items), by_place);
	finish(&out, rs, sel, results);
	return out;
}

struct findings check_run(const struct ruleset *rs, const struct selection *sel,
			  struct arena *results, const char **ret_gave_up)
{
	struct arena *a = arena_new();
	struct findings out = check_run_walks(flow_walks_new(rs, a), sel, results, ret_gave_up);
	arena_free(a);
	return out;
}

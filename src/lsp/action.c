/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done about a finding: {"diagnostic": its number or null, "range", "kind", "title",
 * "preferred", "edits": {URI: [edit]}}.
 */
#include "lsp.h"

#include <fwlint/report.h>

#define REASON "because: (say why)"

/* The edits in the form of the protocol, by file; NULL: one of them is not text. */
static json_t *edits_json(const struct finder *f, const struct edits *e)
{
	json_t *files = json_object();
	for (size_t i = 0; i < e->n; i++) {
		const struct edit *x = &e->items[i];
		const char *uri = finder_uri(f, source_file_at(f->job->in.source, x->span.off));
		json_t *text = json_stringn(x->text.n ? x->text.p : "", x->text.n);
		json_t *list = json_object_get(files, uri), *o = json_object();
		if (!list) {
			list = json_array();
			json_object_set_new(files, uri, list);
		}
		if (!text || !list) {
			json_decref(files);
			json_decref(o);
			return NULL;
		}
		json_object_set_new(o, "range", finder_range(f, x->span));
		json_object_set_new(o, "newText", text);
		json_array_append_new(list, o);
	}
	return files;
}

static void add(json_t *actions, json_t *diagnostic, const char *kind, const char *title,
		bool is_preferred, json_t *edits)
{
	struct arena *a = arena_new();
	const char *shown = str_visible(str_from(title), a);
	if (edits && json_object_size(edits))
		json_array_append_new(actions,
				      json_pack("{s:o, s:s, s:s, s:b, s:O}", "diagnostic",
						diagnostic, "kind", kind, "title", shown,
						"preferred", is_preferred, "edits", edits));
	else
		json_decref(diagnostic);
	json_decref(edits);
	arena_free(a);
}

/* Adds the edits of one fix; false: the text cannot express it. */
static bool render(const struct finder *f, const struct fix *x, struct edits *edits)
{
	const struct ruleset *part = ruleset_part(f->job->in.ruleset, x->change.chain->table);
	const char *text;
	return dialect_find(part->dialect)->render(part, x->rule, &x->form, edits, &text);
}

/* The fix that ends the finding, with any fix for what other fixes left of it. */
static void add_fix(const struct finder *f, const struct finding *x, size_t at, json_t *actions)
{
	const struct fix_plan *plan = &f->job->plan;
	const struct fix *cure = plan->failed ? NULL : fix_plan_cure(plan, x);
	struct edits edits = { .arena = f->arena };
	bool ok = cure;
	if (cure && !fix_plan_uses(plan, cure))
		ok = render(f, cure, &edits);
	for (size_t i = 0; ok && fix_plan_uses(plan, cure) && i < plan->used.n; i++) {
		const struct fix *u = &plan->used.items[i];
		if (u == cure || finding_is_same(u->finding, x))
			ok = render(f, u, &edits);
	}
	if (!ok)
		return;
	bool is_safe = cure->safety == FIX_SAFE;
	const char *title = arena_printf(f->arena, "fwlint: insert '%s' (%s%s%s)", cure->text,
					 is_safe ? "safe" : "unsafe", cure->hazard ? ": " : "",
					 cure->hazard ? cure->hazard : "");
	add(actions, json_integer((json_int_t)at), "quickfix", title, is_safe,
	    edits_json(f, &edits));
}

/* Edits that change no verdict. */
static void add_tidy(const struct finder *f, const struct finding *x, size_t at, json_t *actions)
{
	const struct fix_plan *plan = &f->job->plan;
	struct edits edits = { .arena = f->arena };
	if (plan->failed || fix_plan_tidied(plan, x) == TIDIED_NOT)
		return;
	for (size_t i = 0; i < x->tidy->n; i++)
		edits_add(&edits, x->tidy->items[i].span, x->tidy->items[i].text);
	add(actions, json_integer((json_int_t)at), "quickfix",
	    arena_printf(f->arena, "fwlint: %s (no verdict changes)", x->tidy->what), true,
	    edits_json(f, &edits));
}

static void add_allowing(const struct finder *f, const struct finding *x, size_t at,
			 json_t *actions)
{
	struct edits edits = { .arena = f->arena };
	struct edit e;
	if (!job_allow_finding(f->job, x, REASON, &e))
		return;
	edits_add(&edits, e.span, e.text);
	add(actions, json_integer((json_int_t)at), "quickfix",
	    arena_printf(f->arena, "fwlint: allow %s here, by a comment", x->check->id), false,
	    edits_json(f, &edits));
}

void add_actions(const struct finder *f, const struct finding *x, size_t at, json_t *actions)
{
	if (f->has_plan) {
		add_fix(f, x, at, actions);
		add_tidy(f, x, at, actions);
	}
	add_allowing(f, x, at, actions);
}

void add_fix_all(const struct finder *f, json_t *actions)
{
	const struct fix_plan *plan = &f->job->plan;
	if (plan->failed || !plan->used.n)
		return;
	add(actions, json_null(), "source.fixAll.fwlint",
	    arena_printf(f->arena, "fwlint: insert all safe fixes (%zu)", plan->used.n), false,
	    edits_json(f, &plan->edits));
}

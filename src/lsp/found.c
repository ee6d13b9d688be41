/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a document, as the JSON that the server passes on. */
#include "lsp.h"

#include <fwlint/report.h>

#define DIAGNOSTICS_MAX 1000

enum { LSP_ERROR = 1, LSP_WARNING = 2, LSP_NOTE = 3 };

static int lsp_severity(enum severity s)
{
	switch (s) {
	case SEV_ERROR: return LSP_ERROR;
	case SEV_WARNING: return LSP_WARNING;
	case SEV_NOTE: break;
	}
	return LSP_NOTE;
}

/* Here and below, `words` are visible (str_visible()), hence UTF-8, as JSON requires. */
static json_t *location(const struct finder *f, struct span span, const char *words)
{
	const struct source_file *file = source_file_at(f->job->in.source, span.off);
	json_t *o = json_object(), *at = json_object();
	json_object_set_new(at, "uri", json_string(finder_uri(f, file)));
	json_object_set_new(at, "range", finder_range(f, span));
	json_object_set_new(o, "location", at);
	json_object_set_new(o, "message", json_string(words));
	return o;
}

/* ---- diagnostics ---- */

static json_t *diagnostic(json_t *range, int severity, const char *code, const char *words)
{
	json_t *o = json_object();
	json_object_set_new(o, "range", range);
	json_object_set_new(o, "severity", json_integer(severity));
	json_object_set_new(o, "code", json_string(code));
	json_object_set_new(o, "source", json_string("fwlint"));
	json_object_set_new(o, "message", json_string(words));
	return o;
}

static json_t *first_line(void)
{
	static const size_t start = 0;
	static const struct line_index nothing = { { "", 0 }, &start, 1 };
	return range_json(&nothing, 0, 0);
}

/* At the place itself, or where the document includes the file of the place. */
static json_t *placed(const struct finder *f, struct span span, int severity, const char *code,
		      const char *words)
{
	const struct source *s = f->job->in.source;
	const struct source_file *file = source_file_at(s, span.off);
	uint32_t line, col;
	FW_ASSERT(s); /* what has a place was read */
	if (file == s->items[0])
		return diagnostic(finder_range(f, span), severity, code, words);
	source_pos(s, span.off, &line, &col);
	json_t *o = diagnostic(finder_range(f, finder_include(f, file)), severity, code,
			       arena_printf(f->arena, "%s:%u: %s",
					    str_visible(str_from(file->name), f->arena), line,
					    words));
	json_t *list = json_array();
	json_array_append_new(list, location(f, span, "it is here"));
	json_object_set_new(o, "relatedInformation", list);
	return o;
}

/* The way of the witness. */
static void add_way(const struct finder *f, const struct finding *x, json_t *o)
{
	json_t *list = json_object_get(o, "relatedInformation");
	if (!list) {
		list = json_array();
		json_object_set_new(o, "relatedInformation", list);
	}
	for (size_t i = 0; i < x->trace.n && i < 20; i++) {
		const struct rule *r = x->trace.items[i].rule;
		if (!r || r->inserted)
			continue;
		const char *words = arena_printf(f->arena, "the packet of the witness: %s",
						 verdict_words(&r->verdict, f->arena));
		json_array_append_new(list,
				      location(f, r->span, str_visible(str_from(words), f->arena)));
	}
	if (!json_array_size(list))
		json_object_del(o, "relatedInformation");
}

static json_t *of_finding(const struct finder *f, const struct finding *x)
{
	const char *words = str_visible(str_from(x->message), f->arena);
	if (x->detail)
		words = arena_printf(f->arena, "%s\n%s", words,
				     str_visible(str_from(x->detail), f->arena));
	json_t *o = placed(f, x->span, lsp_severity(x->severity), x->check->id, words);
	for (const struct reference *r = x->check->references; r->text; r++) {
		if (!r->url)
			continue;
		json_t *about = json_object();
		json_object_set_new(about, "href", json_string(r->url));
		json_object_set_new(o, "codeDescription", about);
		break;
	}
	if (x->path != PATH_COUNT)
		add_way(f, x, o);
	return o;
}

/* "NAME:LINE:COLUMN: kind: words": a message with a place is shown there. */
static json_t *of_message(const struct finder *f, const struct message *m)
{
	const char *name = f->job->in.source ? f->job->in.source->name : f->job->in.path;
	struct str rest = str_from(m->text);
	int severity = m->kind == MESSAGE_NOTE ? LSP_NOTE : LSP_ERROR;
	struct position p = { 0, 0 };
	u128 line, col;
	if (str_starts(rest, name)) {
		rest.p += strlen(name);
		rest.n -= strlen(name);
		str_cut(&rest, ':');
		struct str after = rest;
		if (after.p && str_number(str_cut(&after, ':'), UINT32_MAX, &line) && after.p &&
		    str_number(str_cut(&after, ':'), UINT32_MAX, &col) && line && after.p) {
			p.line = (size_t)line - 1;
			str_cut(&after, ':');
			rest = after.p ? after : rest;
		}
	}
	json_t *range = json_object();
	json_object_set_new(range, "start", position_json(p));
	json_object_set_new(range, "end", position_json(p));
	rest = str_trim(rest);
	return diagnostic(range, severity, m->kind == MESSAGE_NOTE ? "note" : "unreadable",
			  str_visible(rest, f->arena));
}

json_t *found_trouble(const char *words)
{
	json_t *list = json_array(), *hovers = json_array();
	json_array_append_new(list, diagnostic(first_line(), LSP_ERROR, "fwlint", words));
	json_array_append_new(hovers, json_null());
	return json_pack("{s:o, s:o, s:[], s:[]}", "diagnostics", list, "hovers", hovers, "actions",
			 "includes");
}

/* ---- all ---- */

static void add(json_t *list, json_t *hovers, json_t *diagnostic, json_t *hover)
{
	json_array_append_new(list, diagnostic);
	json_array_append_new(hovers, hover);
}

static void add_unreadable(const struct finder *f, json_t *list, json_t *hovers)
{
	const struct input *in = &f->job->in;
	for (size_t i = 0; i < in->messages.n; i++)
		add(list, hovers, of_message(f, &in->messages.items[i]), json_null());
	for (size_t i = 0; i < in->diags.n; i++)
		add(list, hovers,
		    placed(f, in->diags.items[i].span, LSP_ERROR,
			   check_of_error(in->diags.items[i].code)->id,
			   str_visible(str_from(in->diags.items[i].message), f->arena)),
		    json_null());
}

static void add_findings(const struct finder *f, json_t *list, json_t *hovers, json_t *actions)
{
	const struct findings *found = &f->job->findings;
	size_t left = 0;
	for (size_t i = 0; i < found->n; i++) {
		const struct finding *x = &found->items[i];
		if (x->severity < f->shown)
			continue;
		if (json_array_size(list) >= DIAGNOSTICS_MAX) {
			left++;
			continue;
		}
		add_actions(f, x, json_array_size(list), actions);
		add(list, hovers, of_finding(f, x), json_string(hover_words(f, x)));
	}
	if (left)
		add(list, hovers,
		    diagnostic(first_line(), LSP_NOTE, "fwlint",
			       arena_printf(f->arena,
					    "%zu further findings are not shown: fwlint FILE "
					    "lists all",
					    left)),
		    json_null());
}

json_t *found_json(struct finder *f)
{
	const struct input *in = &f->job->in;
	json_t *list = json_array(), *hovers = json_array(), *actions = json_array(),
	       *includes = json_array();
	if (!f->indexes && in->source)
		f->indexes = arena_new_array(f->arena, struct line_index, in->source->n);
	add_unreadable(f, list, hovers);
	add_findings(f, list, hovers, actions);
	if (f->has_plan)
		add_fix_all(f, actions);
	/* a path that is not UTF-8 is left out: JSON cannot hold it */
	for (size_t i = 1; i < in->origins.n; i++)
		json_array_append_new(includes, json_string(in->origins.items[i].path));
	return json_pack("{s:o, s:o, s:o, s:o}", "diagnostics", list, "hovers", hovers, "actions",
			 actions, "includes", includes);
}

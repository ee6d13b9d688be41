/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code actions and hovers, from the result of the last lint. */
#include "lsp.h"

#include <fwlint/report.h>

#include <stdlib.h>

/* ---- code actions ---- */

/* Is this kind requested: by its own name, or by a kind above it ("source" for "source.fixAll")? */
static bool is_wanted(const char *kind, const json_t *params)
{
	const json_t *only = json_object_get(json_object_get(params, "context"), "only");
	for (size_t i = 0; i < json_array_size(only); i++) {
		const char *asked = json_string_value(json_array_get(only, i));
		size_t n = asked ? strlen(asked) : 0;
		if (asked && strncmp(kind, asked, n) == 0 && (!kind[n] || kind[n] == '.' || !n))
			return true;
	}
	return !json_is_array(only);
}

/* The edits in the form that the client supports. */
static json_t *workspace_edit(const struct server *s, json_t *edits)
{
	if (!s->knows_document_changes)
		return json_pack("{s:O}", "changes", edits);
	json_t *list = json_array(), *edits_of;
	const char *uri;
	json_object_foreach(edits, uri, edits_of)
	{
		const struct document *d = server_document(s, uri);
		json_array_append_new(list, json_pack("{s:{s:s, s:o}, s:O}", "textDocument", "uri",
						      uri, "version",
						      d ? json_integer(d->version) : json_null(),
						      "edits", edits_of));
	}
	return json_pack("{s:o}", "documentChanges", list);
}

static json_t *action(const struct server *s, json_t *made, json_t *diagnostic)
{
	json_t *o = json_pack("{s:O, s:O}", "title", json_object_get(made, "title"), "kind",
			      json_object_get(made, "kind"));
	if (json_is_true(json_object_get(made, "preferred")))
		json_object_set_new(o, "isPreferred", json_true());
	if (diagnostic)
		json_object_set_new(o, "diagnostics", json_pack("[O]", diagnostic));
	json_object_set_new(o, "edit", workspace_edit(s, json_object_get(made, "edits")));
	return o;
}

json_t *answer_actions(const struct server *s, const struct document *d, const json_t *params)
{
	const json_t *range = json_object_get(params, "range");
	const json_t *diagnostics = json_object_get(d->found, "diagnostics");
	json_t *list = json_array();
	if (d->is_dirty || d->lint.is_stale) /* the places may have moved */
		return list;
	for (size_t i = 0; i < json_array_size(d->actions); i++) {
		json_t *made = json_array_get(d->actions, i);
		const json_t *at = json_object_get(made, "diagnostic");
		json_t *of = json_is_integer(at)
				     ? json_array_get(diagnostics, (size_t)json_integer_value(at))
				     : NULL;
		if (of && !ranges_share_line(json_object_get(of, "range"), range))
			continue;
		if (is_wanted(json_string_value(json_object_get(made, "kind")), params))
			json_array_append_new(list, action(s, made, of));
	}
	return list;
}

/* ---- hover ---- */

static bool is_word(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-';
}

/* The check whose code or name stands at the place. */
static const struct check *check_at(const struct document *d, size_t at)
{
	struct arena *a = arena_new();
	size_t from = at, to = at;
	while (from > 0 && at - from < 100 && is_word(d->text.p[from - 1]))
		from--;
	while (to < d->text.n && to - at < 100 && is_word(d->text.p[to]))
		to++;
	const struct check *c = check_find(arena_strndup(a, d->text.p + from, to - from));
	arena_free(a);
	return c;
}

static void add_explanation(const struct server *s, const struct check *c, struct text *t)
{
	FILE *out = text_stream(t);
	if (s->knows_markdown)
		report_explain_hover(out, c);
	else
		report_explain(out, c, false);
	fclose(out);
}

static json_t *contents(const struct server *s, const struct text *t, json_t *range)
{
	json_t *value = json_stringn(t->n ? t->items : "", t->n);
	return json_pack("{s:{s:s, s:o}, s:O}", "contents", "kind",
			 s->knows_markdown ? "markdown" : "plaintext", "value",
			 value ? value : json_string(""), "range", range);
}

/* The diagnostic as plain text. */
static void add_plain(const json_t *diagnostic, struct text *t)
{
	text_printf(t, "%s: %s\n\n", json_string_value(json_object_get(diagnostic, "code")),
		    json_string_value(json_object_get(diagnostic, "message")));
}

json_t *answer_hover(const struct server *s, const struct document *d, const json_t *params)
{
	const json_t *at = json_object_get(params, "position");
	const json_t *diagnostics = json_object_get(d->found, "diagnostics");
	const json_t *hovers = json_object_get(d->found, "hovers");
	struct arena *a = arena_new();
	struct text t = { .arena = a };
	struct position p;
	json_t *here = json_pack("{s:O, s:O}", "start", at, "end", at), *range = NULL;
	const struct check *explained = NULL;
	if (position_read(at, &p))
		explained = check_at(d, position_offset(d->text, p));
	if (explained)
		add_explanation(s, explained, &t);
	for (size_t i = 0; !explained && i < json_array_size(diagnostics); i++) {
		json_t *x = json_array_get(diagnostics, i);
		const char *words = json_string_value(json_array_get(hovers, i));
		const char *code = json_string_value(json_object_get(x, "code"));
		if (!ranges_share_line(json_object_get(x, "range"), here) || !words || t.n > 20000)
			continue;
		text_printf(&t, t.n ? "\n---\n\n" : "");
		if (s->knows_markdown)
			text_add(&t, str_from(words));
		else
			add_plain(x, &t);
		text_printf(&t, "\n");
		add_explanation(s, check_find(code), &t);
		range = range ? range : json_object_get(x, "range");
	}
	json_t *result = t.n ? contents(s, &t, range ? range : here) : json_null();
	json_decref(here);
	arena_free(a);
	return result;
}

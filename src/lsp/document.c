/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of the editor. */
#include "lsp.h"

#include <fwlint/process.h>

#define TEXT_MAX ((size_t)64 << 20)
#define DOCUMENTS_MAX 1000

struct document *server_document(const struct server *s, const char *uri)
{
	for (size_t i = 0; uri && i < s->documents.n; i++) {
		struct document *d = s->documents.items[i];
		if (d->is_open && strcmp(d->uri, uri) == 0)
			return d;
	}
	return NULL;
}

static void mark_changed(struct document *d)
{
	d->changed_at = process_now_ms();
	if (!d->is_dirty)
		d->dirty_since = d->changed_at;
	d->is_dirty = true;
	d->is_settled = false;
	d->lint.is_stale = true;
}

static bool includes(const struct document *d, const char *path)
{
	const json_t *list = json_object_get(d->found, "includes");
	for (size_t i = 0; path && i < json_array_size(list); i++) {
		const char *included = json_string_value(json_array_get(list, i));
		if (included && strcmp(included, path) == 0)
			return true;
	}
	return false;
}

/* Documents that include this one are linted again, too. */
static void mark_includers(struct server *s, const struct document *changed)
{
	for (size_t i = 0; i < s->documents.n; i++) {
		struct document *d = s->documents.items[i];
		if (d->is_open && d != changed && includes(d, changed->path))
			mark_changed(d);
	}
}

void documents_changed_outside(struct server *s)
{
	for (size_t i = 0; i < s->documents.n; i++)
		if (s->documents.items[i]->is_open)
			mark_changed(s->documents.items[i]);
}

static struct document *free_place(struct server *s)
{
	for (size_t i = 0; i < s->documents.n; i++)
		if (!s->documents.items[i]->is_open)
			return s->documents.items[i];
	if (s->documents.n == DOCUMENTS_MAX)
		return NULL;
	struct document *d = arena_new_one(s->arena, struct document);
	vec_push(s->arena, &s->documents, d);
	return d;
}

/* `text` lives in `a`, which the document owns from now on. */
static void set_text(struct document *d, struct arena *a, struct str text)
{
	if (d->text_arena)
		arena_free(d->text_arena);
	d->text_arena = a;
	d->text = text;
}

static struct str text_value(const json_t *j, struct arena *a)
{
	size_t n = json_string_length(j);
	return (struct str){ arena_strndup(a, json_string_value(j), n), n };
}

const char *document_open(struct server *s, const json_t *params)
{
	const json_t *item = json_object_get(params, "textDocument");
	const char *uri = json_string_value(json_object_get(item, "uri"));
	const json_t *text = json_object_get(item, "text");
	if (!uri || !json_is_string(text))
		return "textDocument has no uri or no text";
	if (json_string_length(text) > TEXT_MAX)
		return "the text is too long";
	if (server_document(s, uri))
		FW_MAY_FAIL(document_close(s, params)); /* it is open */
	struct document *d = free_place(s);
	if (!d)
		return "too many documents are open";
	struct arena *a = arena_new(), *text_arena = arena_new();
	*d = (struct document){ .is_open = true,
				.arena = a,
				.uri = arena_strndup(a, uri, strlen(uri)),
				.path = uri_path(uri, a),
				.version = json_integer_value(json_object_get(item, "version")) };
	set_text(d, text_arena, text_value(text, text_arena));
	mark_changed(d);
	mark_includers(s, d);
	return NULL;
}

/* One change: the whole text, or a part of it. */
static const char *change(struct document *d, const json_t *item)
{
	const json_t *text = json_object_get(item, "text"), *range = json_object_get(item, "range");
	struct position from, to;
	struct str old = d->text;
	size_t n = json_string_length(text), lo = 0, hi = old.n;
	if (!json_is_string(text))
		return "a change has no text";
	if (range && !json_is_null(range)) {
		if (!range_read(range, &from, &to))
			return "a change has no valid range";
		lo = position_offset(old, from);
		hi = position_offset(old, to);
		hi = hi < lo ? lo : hi;
	}
	if (n > TEXT_MAX || lo + n + (old.n - hi) > TEXT_MAX)
		return "the text is too long";
	struct arena *a = arena_new();
	char *new = arena_new_array(a, char, lo + n + (old.n - hi) + 1);
	memcpy(new, old.p, lo);
	memcpy(new + lo, json_string_value(text), n);
	memcpy(new + lo + n, old.p + hi, old.n - hi);
	set_text(d, a, (struct str){ new, lo + n + (old.n - hi) });
	return NULL;
}

const char *document_change(struct server *s, const json_t *params)
{
	const json_t *item = json_object_get(params, "textDocument");
	const json_t *changes = json_object_get(params, "contentChanges");
	struct document *d = server_document(s, json_string_value(json_object_get(item, "uri")));
	const char *why = NULL;
	if (!d)
		return "this document is not open";
	for (size_t i = 0; i < json_array_size(changes) && !why; i++)
		why = change(d, json_array_get(changes, i));
	if (json_is_integer(json_object_get(item, "version")))
		d->version = json_integer_value(json_object_get(item, "version"));
	mark_changed(d);
	mark_includers(s, d);
	return why;
}

/* Requests that wait for the document get an empty answer. */
static void release_waiting(struct server *s, const struct document *d)
{
	for (size_t i = 0; i < s->n_waiting; i++)
		if (s->waiting[i].document == d)
			s->waiting[i].document = NULL;
}

void document_free(struct document *d)
{
	if (!d->is_open)
		return;
	lint_stop(d);
	json_decref(d->found);
	json_decref(d->actions);
	arena_free(d->text_arena);
	arena_free(d->arena);
	*d = (struct document){ .is_open = false };
}

const char *document_close(struct server *s, const json_t *params)
{
	const json_t *item = json_object_get(params, "textDocument");
	struct document *d = server_document(s, json_string_value(json_object_get(item, "uri")));
	if (!d)
		return "this document is not open";
	release_waiting(s, d);
	server_publish(s, d, d->version, json_array());
	mark_includers(s, d);
	document_free(d);
	return NULL;
}

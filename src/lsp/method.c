/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and notifications of the client. */
#include "lsp.h"

#include <fwlint/process.h>

#define WAIT_MS 20000 /* for a lint, before a request is answered with what is known */
#define WAITING_MAX 1000

/* ---- initialize ---- */

static const json_t *get(const json_t *j, const char *x, const char *y, const char *z)
{
	return json_object_get(json_object_get(json_object_get(j, x), y), z);
}

static bool lists(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *item = json_string_value(json_array_get(list, i));
		if (item && strcmp(item, word) == 0)
			return true;
	}
	return false;
}

static json_t *capabilities(void)
{
	return json_pack("{s:s, s:{s:b, s:i, s:{s:b}}, s:b, s:{s:[s, s], s:b}}", "positionEncoding",
			 "utf-16", "textDocumentSync", "openClose", 1, "change", 2, "save",
			 "includeText", 0, "hoverProvider", 1, "codeActionProvider",
			 "codeActionKinds", "quickfix", "source.fixAll.fwlint", "resolveProvider",
			 0);
}

static void initialize(struct server *s, const json_t *id, const json_t *params)
{
	const json_t *c = json_object_get(params, "capabilities");
	s->is_initialized = true;
	s->knows_document_changes = json_is_true(
		get(c, "workspace", "workspaceEdit", "documentChanges"));
	s->knows_markdown = lists(get(c, "textDocument", "hover", "contentFormat"), "markdown");
	server_reply(s, id,
		     json_pack("{s:o, s:{s:s, s:s}}", "capabilities", capabilities(), "serverInfo",
			       "name", "fwlint", "version", FWLINT_VERSION));
}

/* ---- requests that need a lint ---- */

static bool is_ready(const struct waiting *w, long now)
{
	const struct document *d = w->document;
	if (!d || now >= w->until || d->is_settled)
		return true;
	return w->what == WAITS_FOR_HOVER && !d->is_dirty && !d->lint.is_stale && d->lint.has_said;
}

static void answer(struct server *s, const struct waiting *w)
{
	json_t *result = !w->document                   ? json_null()
			 : w->what == WAITS_FOR_ACTIONS ? answer_actions(s, w->document, w->params)
							: answer_hover(s, w->document, w->params);
	server_reply(s, w->id, result);
	json_decref(w->id);
	json_decref(w->params);
}

void server_answer_waiting(struct server *s, long now)
{
	size_t left = 0;
	for (size_t i = 0; i < s->n_waiting; i++) {
		struct waiting w = s->waiting[i];
		if (is_ready(&w, now))
			answer(s, &w);
		else
			s->waiting[left++] = w;
	}
	s->n_waiting = left;
}

static void wait_for_lint(struct server *s, const json_t *id, const json_t *params,
			  enum waits_for what)
{
	const char *uri = json_string_value(
		json_object_get(json_object_get(params, "textDocument"), "uri"));
	struct document *d = server_document(s, uri);
	if (!d || s->n_waiting == WAITING_MAX) {
		server_fail(s, id, ERROR_PARAMS,
			    d ? "too many requests wait" : "this document is not open");
		return;
	}
	struct waiting w = { .id = json_incref((json_t *)(uintptr_t)id),
			     .params = json_incref((json_t *)(uintptr_t)params),
			     .document = d,
			     .what = what,
			     .until = process_now_ms() + WAIT_MS };
	arena_grow(s->arena, (void **)&s->waiting, s->n_waiting, &s->waiting_cap, sizeof(w));
	s->waiting[s->n_waiting++] = w;
}

static void cancel(struct server *s, const json_t *params)
{
	const json_t *id = json_object_get(params, "id");
	for (size_t i = 0; id && i < s->n_waiting; i++) {
		struct waiting w = s->waiting[i];
		if (!json_equal(w.id, id))
			continue;
		server_fail(s, w.id, ERROR_CANCELLED, "cancelled");
		json_decref(w.id);
		json_decref(w.params);
		memmove(&s->waiting[i], &s->waiting[i + 1], (s->n_waiting - i - 1) * sizeof(w));
		s->n_waiting--;
		return;
	}
}

/* ---- all of them ---- */

static bool is(const char *method, const char *name)
{
	return strcmp(method, name) == 0;
}

static void take_request(struct server *s, const char *method, const json_t *id,
			 const json_t *params)
{
	if (is(method, "initialize") && !s->is_initialized)
		initialize(s, id, params);
	else if (!s->is_initialized)
		server_fail(s, id, ERROR_NOT_INITIALIZED, "the first request is 'initialize'");
	else if (s->is_shut_down || is(method, "initialize"))
		server_fail(s, id, ERROR_REQUEST,
			    s->is_shut_down ? "the server was shut down"
					    : "the server is initialized");
	else if (is(method, "shutdown")) {
		s->is_shut_down = true;
		server_reply(s, id, json_null());
	} else if (is(method, "textDocument/codeAction"))
		wait_for_lint(s, id, params, WAITS_FOR_ACTIONS);
	else if (is(method, "textDocument/hover"))
		wait_for_lint(s, id, params, WAITS_FOR_HOVER);
	else
		server_fail(s, id, ERROR_METHOD, "there is no such method here");
}

static void take_notification(struct server *s, const char *method, const json_t *params)
{
	const char *why = NULL;
	bool is_saved = is(method, "textDocument/didSave");
	if (is(method, "exit"))
		s->is_done = true;
	else if (!s->is_initialized || s->is_shut_down)
		return;
	else if (is(method, "textDocument/didOpen"))
		why = document_open(s, params);
	else if (is(method, "textDocument/didChange"))
		why = document_change(s, params);
	else if (is(method, "textDocument/didClose"))
		why = document_close(s, params);
	else if (is_saved || is(method, "workspace/didChangeWatchedFiles"))
		documents_changed_outside(s);
	else if (is(method, "$/cancelRequest"))
		cancel(s, params);
	if (why)
		server_complain(s, why);
}

void server_take(struct server *s, const json_t *message)
{
	const char *method = json_string_value(json_object_get(message, "method"));
	const json_t *id = json_object_get(message, "id");
	const json_t *params = json_object_get(message, "params");
	bool is_answer = json_object_get(message, "result") || json_object_get(message, "error");
	if (!json_is_object(message) || (id && !json_is_integer(id) && !json_is_string(id)))
		server_fail(s, NULL, ERROR_REQUEST, "this is not a message of JSON-RPC");
	else if (!method && is_answer)
		return; /* nothing was asked */
	else if (!method)
		server_fail(s, id, ERROR_REQUEST, "this message has no method");
	else if (id)
		take_request(s, method, id, params);
	else
		take_notification(s, method, params);
}

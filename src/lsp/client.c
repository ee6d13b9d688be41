/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the client. */
#include "lsp.h"

static void send_answer(struct server *s, const json_t *id, const char *key, json_t *value)
{
	json_t *o = json_object();
	json_object_set_new(o, "id", json_incref((json_t *)(uintptr_t)id));
	json_object_set_new(o, key, value);
	wire_send(&s->wire, o);
}

void server_reply(struct server *s, const json_t *id, json_t *result)
{
	send_answer(s, id, "result", result);
}

void server_fail(struct server *s, const json_t *id, int code, const char *words)
{
	json_t *o = json_object(), *none = json_null();
	json_object_set_new(o, "code", json_integer(code));
	json_object_set_new(o, "message", json_string(words));
	send_answer(s, id ? id : none, "error", o);
}

static void notify(struct server *s, const char *method, json_t *params)
{
	json_t *o = json_object();
	json_object_set_new(o, "method", json_string(method));
	json_object_set_new(o, "params", params);
	wire_send(&s->wire, o);
}

void server_complain(struct server *s, const char *words)
{
	json_t *o = json_object();
	json_object_set_new(o, "type", json_integer(1)); /* MessageType.Error */
	json_object_set_new(o, "message", json_string(words));
	notify(s, "window/logMessage", o);
}

void server_publish(struct server *s, const struct document *d, json_int_t version,
		    json_t *diagnostics)
{
	json_t *o = json_object();
	json_object_set_new(o, "uri", json_string(d->uri));
	json_object_set_new(o, "version", json_integer(version));
	json_object_set_new(o, "diagnostics", diagnostics);
	notify(s, "textDocument/publishDiagnostics", o);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to lsp: what its parts know of each other. */
#ifndef LSP_LSP_H
#define LSP_LSP_H

#include <fwlint/late_jansson.h>
#include <fwlint/lsp.h>

#include <sys/types.h>

/* ---- messages (wire.c) ---- */

#define MESSAGE_BYTES_MAX ((size_t)64 << 20)

struct wire {
	int in, out;
	struct text received, sent;
	size_t taken;       /* bytes of `received` that were read as messages */
	size_t skip;        /* bytes of a message that is too long */
	size_t written;     /* bytes of `sent` that are written */
	bool is_at_end;     /* the client is gone */
	const char *broken; /* why nothing more can be read; or NULL */
};

enum wire_got { WIRE_NOTHING, WIRE_MESSAGE, WIRE_NO_JSON, WIRE_TOO_LONG };

/* Waits for the first byte, and reads what is there. */
void wire_fill(struct wire *w);
/* The next message from what was read; the caller releases *ret. */
enum wire_got wire_next(struct wire *w, json_t **ret);
/* Queues a message, and releases it. */
void wire_send(struct wire *w, json_t *message);
size_t wire_waiting(const struct wire *w);
/* Writes some of what waits, when poll(2) says that it is possible. */
void wire_flush(struct wire *w);

/* ---- texts (position.c) ---- */

/*
 * Lines end with "\n", "\r\n" or "\r", and columns count UTF-16 code units (Language Server
 * Protocol 3.17, "Text Documents" and "Position").
 */
struct position {
	size_t line, character;
};

struct line_index {
	struct str text;
	const size_t *starts;
	size_t n;
};

struct line_index line_index_new(struct str text, struct arena *a);
struct position position_at(const struct line_index *x, size_t offset);
/* A position beyond the text is the end of its line, or of the text. */
size_t position_offset(struct str text, struct position p);
json_t *position_json(struct position p);
json_t *range_json(const struct line_index *x, size_t from, size_t to);
FW_CHECKED bool position_read(const json_t *j, struct position *ret);
FW_CHECKED bool range_read(const json_t *j, struct position *ret_from, struct position *ret_to);
bool ranges_share_line(const json_t *x, const json_t *y);

/* ---- addresses (uri.c) ---- */

/* The path of a file: URI; NULL: another kind of URI. */
const char *uri_path(const char *uri, struct arena *a);
const char *path_uri(const char *path, struct arena *a);

/* ---- documents ---- */

struct document {
	bool is_open;
	struct arena *arena;      /* of its names */
	struct arena *text_arena; /* of its text */
	const char *uri, *path;   /* NULL: not a file */
	struct str text;
	json_int_t version;
	/* Linting: `changed_at` is the time of the last change, `dirty_since` that of the first
	 * that was not linted yet (milliseconds). */
	bool is_dirty;
	long changed_at, dirty_since;
	struct lint {
		pid_t pid; /* 0: none runs */
		int fd;
		struct text got;
		struct arena *arena;
		json_int_t version;
		bool is_stale; /* the text has changed since */
		bool has_said; /* the lint has reported its findings, or none */
		long started_at;
	} lint;
	json_t *found;   /* what the last lint said: see lint.c; or NULL */
	json_t *actions; /* its code actions; NULL: not known yet */
	bool is_settled; /* `found` and `actions` are complete for this text */
};

struct server {
	struct wire wire;
	const struct lsp_options *options;
	struct arena *arena;
	VEC(struct document *) documents;
	bool is_initialized, is_shut_down, is_done;
	bool knows_document_changes, knows_markdown;
	/* Requests that wait for a lint. */
	struct waiting {
		json_t *id, *params;
		struct document *document;
		enum waits_for { WAITS_FOR_ACTIONS, WAITS_FOR_HOVER } what;
		long until;
	} * waiting;
	size_t n_waiting, waiting_cap;
};

/* ---- linting (lint.c) ---- */

/* Starts a child that lints the document; false: that is not possible now. */
FW_CHECKED bool lint_start(const struct server *s, struct document *d);
void lint_stop(struct document *d);
/* Writes what a lint finds, in the child: each line is a JSON object. */
void lint_document(const struct server *s, const struct document *d, int out);

/* ---- places (place.c) ---- */

struct finder {
	const struct server *server;
	const struct document *document;
	const struct job *job;
	enum severity shown;
	bool has_plan;
	struct line_index *indexes; /* of each file of the source */
	struct arena *arena;
};

/* The address of a file of the source. */
const char *finder_uri(const struct finder *f, const struct source_file *file);
json_t *finder_range(const struct finder *f, struct span span);
/* The include statement of the document that brings in the file. */
struct span finder_include(const struct finder *f, const struct source_file *file);

/* ---- what is found, as JSON (found.c, action.c, hover.c) ---- */

/*
 * {"diagnostics": […], "hovers": […], "actions": […], "includes": […]}, with fixes if the plan is
 * made.
 */
json_t *found_json(struct finder *f);
/* {"diagnostics": [one]}: `words` at the first line. */
json_t *found_trouble(const char *words);
/* What can be done about a finding, number `at` of the diagnostics; with the fix if the plan is
 * made. */
void add_actions(const struct finder *f, const struct finding *x, size_t at, json_t *actions);
/* All fixes of the plan. */
void add_fix_all(const struct finder *f, json_t *actions);
/* A finding in Markdown. */
const char *hover_words(const struct finder *f, const struct finding *x);

/* ---- to the client (client.c) ---- */

enum {
	ERROR_PARSE = -32700,
	ERROR_REQUEST = -32600,
	ERROR_METHOD = -32601,
	ERROR_PARAMS = -32602,
	ERROR_NOT_INITIALIZED = -32002,
	ERROR_CANCELLED = -32800
};

void server_reply(struct server *s, const json_t *id, json_t *result);
void server_fail(struct server *s, const json_t *id, int code, const char *words);
void server_publish(struct server *s, const struct document *d, json_int_t version,
		    json_t *diagnostics);
/* Writes to the log of the client. */
void server_complain(struct server *s, const char *words);

/* ---- the editor's texts (document.c) ---- */

/* A document by its address; NULL: it is not open. */
struct document *server_document(const struct server *s, const char *uri);
/* NULL, or what is wrong with the parameters. */
const char *document_open(struct server *s, const json_t *params);
const char *document_change(struct server *s, const json_t *params);
const char *document_close(struct server *s, const json_t *params);
/* Ends its lint, and frees what it has. */
void document_free(struct document *d);
/* Files were saved, or changed on the disk. */
void documents_changed_outside(struct server *s);

/* ---- answers (answer.c) ---- */

/* A list of code actions; the document is linted. */
json_t *answer_actions(const struct server *s, const struct document *d, const json_t *params);
json_t *answer_hover(const struct server *s, const struct document *d, const json_t *params);

/* ---- requests and notifications (method.c) ---- */

void server_take(struct server *s, const json_t *message);
/* Answers the requests that wait for the document, or have waited long enough. */
void server_answer_waiting(struct server *s, long now);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the base protocol: a header with Content-Length, then JSON. Nothing is written before
 * poll(2) says that there is room, so the server and a client that writes much before it reads do
 * not block each other.
 */
#include "lsp.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define HEADER_MAX 8192
#define PIECE 4096 /* PIPE_BUF: after POLLOUT from poll(2), this many bytes do not block */

void wire_fill(struct wire *w)
{
	char buf[65536];
	ssize_t n = read(w->in, buf, sizeof(buf));
	if (n > 0)
		text_add(&w->received, (struct str){ buf, (size_t)n });
	else if (n == 0 || errno != EINTR)
		w->is_at_end = true;
}

/* Forgets what was taken. */
static void compact(struct wire *w)
{
	struct text *t = &w->received;
	if (w->taken)
		memmove(t->items, t->items + w->taken, t->n - w->taken);
	t->n -= w->taken;
	w->taken = 0;
}

static bool skip(struct wire *w)
{
	size_t there = w->received.n - w->taken, n = w->skip < there ? w->skip : there;
	w->taken += n;
	w->skip -= n;
	if (w->skip)
		compact(w);
	return !w->skip;
}

/* The Content-Length of a header; false: it has none. */
static bool content_length(struct str header, size_t *ret)
{
	static const struct str name = { "Content-Length", 14 };
	bool found = false;
	while (header.p && header.n) {
		struct str line = str_cut(&header, '\n'), value = line;
		struct str key = str_trim(str_cut(&value, ':'));
		u128 n;
		if (!str_eq_nocase(key, name))
			continue;
		value = str_trim(value);
		if (!value.p || !str_number(value, UINT32_MAX, &n) || found)
			return false;
		*ret = (size_t)n;
		found = true;
	}
	return found;
}

/* The length of the header at the start of the text, with its empty line; 0: incomplete. */
static size_t header_length(struct str s)
{
	const char *end = s.n ? memmem(s.p, s.n, "\r\n\r\n", 4) : NULL;
	return end ? (size_t)(end - s.p) + 4 : 0;
}

enum wire_got wire_next(struct wire *w, json_t **ret)
{
	size_t length;
	if (w->broken || !w->received.n || (w->skip && !skip(w)))
		return WIRE_NOTHING;
	struct str rest = { w->received.items + w->taken, w->received.n - w->taken };
	struct str head = { rest.p, rest.n < HEADER_MAX ? rest.n : HEADER_MAX };
	size_t n = header_length(head);
	if (!n && rest.n >= HEADER_MAX)
		w->broken = "the client's message has no header";
	if (!n) {
		compact(w);
		return WIRE_NOTHING;
	}
	if (!content_length((struct str){ rest.p, n }, &length)) {
		w->broken = "the header of the client's message has no Content-Length";
		return WIRE_NOTHING;
	}
	if (length > MESSAGE_BYTES_MAX) {
		w->taken += n;
		w->skip = length;
		FW_MAY_FAIL(skip(w)); /* the rest of it comes later */
		return WIRE_TOO_LONG;
	}
	if (rest.n < n + length) {
		compact(w);
		return WIRE_NOTHING;
	}
	json_error_t why;
	*ret = json_loadb(rest.p + n, length, JSON_ALLOW_NUL | JSON_DECODE_ANY, &why);
	w->taken += n + length;
	return *ret ? WIRE_MESSAGE : WIRE_NO_JSON;
}

void wire_send(struct wire *w, json_t *message)
{
	json_object_set_new(message, "jsonrpc", json_string("2.0"));
	char *words = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	FW_ASSERT(words);
	text_printf(&w->sent, "Content-Length: %zu\r\n\r\n", strlen(words));
	text_add(&w->sent, str_from(words));
	free(words);
}

size_t wire_waiting(const struct wire *w)
{
	return w->sent.n - w->written;
}

void wire_flush(struct wire *w)
{
	size_t left = wire_waiting(w);
	ssize_t n = write(w->out, w->sent.items + w->written, left < PIECE ? left : PIECE);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		w->is_at_end = true;
	w->written += n > 0 ? (size_t)n : 0;
	if (w->written == w->sent.n)
		w->written = w->sent.n = 0;
}

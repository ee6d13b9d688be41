/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reader of JSON that keeps places, which the usual libraries do not. */
#include "json.h"

#define DEPTH_MAX 200

struct reader {
	struct arena *arena;
	struct diags *diags;
	const char *start, *at, *end;
	uint32_t base;
	unsigned depth;
	bool failed;
};

static struct json *value(struct reader *r);

static void fail(struct reader *r, const char *what)
{
	if (!r->failed)
		diag_add(r->diags,
			 (struct span){ r->base + (uint32_t)(r->at - r->start), r->at < r->end },
			 ERROR_SYNTAX, "expected %s", what);
	r->failed = true;
}

static void blanks(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
}

static bool take(struct reader *r, char c)
{
	blanks(r);
	if (r->at >= r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static unsigned hex4(const struct reader *r, const char *p)
{
	unsigned v = 0;
	for (int i = 0; i < 4; i++) {
		char c = p + i < r->end ? (char)(p[i] | 32) : 'x';
		unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
			     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
						    : 16;
		if (d == 16)
			return UINT32_MAX;
		v = v << 4 | d;
	}
	return v;
}

/* The character that is written as \uXXXX there; UINT32_MAX: none. */
static unsigned unicode(const struct reader *r, const char *p)
{
	return p + 1 < r->end && p[0] == '\\' && p[1] == 'u' ? hex4(r, p + 2) : UINT32_MAX;
}

/* UTF-16 writes characters above U+FFFF as a pair (RFC 8259, 7): the upper 6 bits of each half. */
enum { HIGH_HALF = 0xd800 >> 10, LOW_HALF = 0xdc00 >> 10 };

static void add_utf8(struct text *t, unsigned c)
{
	if (c < 0x80)
		text_printf(t, "%c", (int)c);
	else if (c < 0x800)
		text_printf(t, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
	else if (c < 0x10000)
		text_printf(t, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
			    (int)(0x80 | (c & 0x3f)));
	else
		text_printf(t, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3f)),
			    (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
}

static void escape(struct reader *r, struct text *t)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known = r->at + 1 < r->end ? strchr(from, r->at[1]) : NULL;
	if (known && *known) {
		text_add(t, (struct str){ &to[known - from], 1 });
		r->at += 2;
		return;
	}
	unsigned c = unicode(r, r->at), low = c >> 10 == HIGH_HALF ? unicode(r, r->at + 6) : 0;
	if (low >> 10 == LOW_HALF) {
		add_utf8(t, 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff)));
		r->at += 12;
	} else if (c == UINT32_MAX || !c || c >> 10 == HIGH_HALF || c >> 10 == LOW_HALF) {
		/* names in the kernel contain no zero, and jansson(3) accepts neither a zero nor
		 * half a pair */
		fail(r, "an escape such as \\n or \\u0041");
	} else {
		add_utf8(t, c);
		r->at += 6;
	}
}

static struct str string(struct reader *r)
{
	struct text t = { .arena = r->arena };
	const char *from = ++r->at;
	bool plain = true;
	while (!r->failed && r->at < r->end && *r->at != '"') {
		if ((unsigned char)*r->at < 32) {
			fail(r, "a string without control characters");
		} else if (*r->at == '\\') {
			if (plain)
				text_add(&t, (struct str){ from, (size_t)(r->at - from) });
			plain = false;
			escape(r, &t);
		} else {
			if (!plain)
				text_add(&t, (struct str){ r->at, 1 });
			r->at++;
		}
	}
	struct str s = plain ? (struct str){ from, (size_t)(r->at - from) } : text_str(&t);
	if (r->at >= r->end)
		fail(r, "the closing quote of the string");
	else
		r->at++;
	return s;
}

static void array(struct reader *r, struct json *j)
{
	r->at++;
	if (take(r, ']'))
		return;
	do {
		struct json *item = value(r);
		if (r->failed)
			return;
		vec_push(r->arena, j, item);
	} while (take(r, ','));
	if (!take(r, ']'))
		fail(r, "',' or ']'");
}

static void object(struct reader *r, struct json *j)
{
	r->at++;
	if (take(r, '}'))
		return;
	do {
		blanks(r);
		if (r->at >= r->end || *r->at != '"') {
			fail(r, "a key in quotes");
			return;
		}
		struct str key = string(r);
		if (!r->failed && !take(r, ':'))
			fail(r, "':'");
		struct json *item = r->failed ? NULL : value(r);
		if (r->failed)
			return;
		arena_grow(r->arena, (void **)&j->keys, j->n, &j->keys_cap, sizeof(*j->keys));
		j->keys[j->n] = key;
		vec_push(r->arena, j, item);
	} while (take(r, ','));
	if (!take(r, '}'))
		fail(r, "',' or '}'");
}

static bool word(struct reader *r, struct json *j, const char *w, enum json_kind kind)
{
	size_t n = strlen(w);
	if ((size_t)(r->end - r->at) < n || memcmp(r->at, w, n) != 0)
		return false;
	r->at += n;
	j->kind = kind;
	return true;
}

static void number(struct reader *r, struct json *j)
{
	const char *from = r->at;
	j->kind = JSON_NUMBER;
	while (r->at < r->end && strchr("0123456789+-.eE", *r->at) && *r->at)
		r->at++;
	if (r->at == from)
		fail(r, "a value");
	j->text = (struct str){ from, (size_t)(r->at - from) };
}

static struct json *value(struct reader *r)
{
	struct json *j = arena_new_one(r->arena, struct json);
	j->text = STR(""); /* the text of another kind is never NULL */
	blanks(r);
	const char *from = r->at;
	if (++r->depth > DEPTH_MAX) {
		fail(r, "a document with fewer levels of nesting");
	} else if (r->at >= r->end) {
		fail(r, "a value");
	} else if (*r->at == '{') {
		j->kind = JSON_OBJECT;
		object(r, j);
	} else if (*r->at == '[') {
		j->kind = JSON_ARRAY;
		array(r, j);
	} else if (*r->at == '"') {
		j->kind = JSON_STRING;
		j->text = string(r);
	} else if (!word(r, j, "null", JSON_NULL) && !word(r, j, "true", JSON_TRUE) &&
		   !word(r, j, "false", JSON_FALSE)) {
		number(r, j);
	}
	r->depth--;
	j->raw = (struct str){ from, (size_t)(r->at - from) };
	j->span = (struct span){ r->base + (uint32_t)(from - r->start), (uint32_t)j->raw.n };
	return j;
}

struct json *json_parse(struct arena *a, struct str text, uint32_t base, struct diags *diags)
{
	struct reader r = { .arena = a,
			    .diags = diags,
			    .start = text.p,
			    .at = text.p,
			    .end = text.p + text.n,
			    .base = base };
	struct json *j = value(&r);
	blanks(&r);
	if (!r.failed && r.at < r.end)
		fail(&r, "the end of the document");
	return r.failed ? NULL : j;
}

struct json *json_get(const struct json *o, const char *key)
{
	for (size_t i = 0; o && o->kind == JSON_OBJECT && i < o->n; i++)
		if (str_is(o->keys[i], key))
			return o->items[i];
	return NULL;
}

struct str json_member(const struct json *o, const char *key)
{
	const struct json *j = json_get(o, key);
	return j && (j->kind == JSON_STRING || j->kind == JSON_NUMBER) ? j->text : STR("");
}

struct str json_kind_of(const struct json *o, struct json **ret_value)
{
	if (!o || o->kind != JSON_OBJECT || o->n != 1)
		return STR("");
	*ret_value = o->items[0];
	return o->keys[0];
}

const char *json_pointer(const struct json *root, uint32_t off, struct arena *a)
{
	struct text t = { .arena = a };
	const struct json *j = root;
	while (j) {
		const struct json *inner = NULL;
		for (size_t i = 0; i < j->n && !inner; i++) {
			const struct json *k = j->items[i];
			if (off < k->span.off || off >= k->span.off + k->span.len)
				continue;
			inner = k;
			if (j->kind == JSON_ARRAY)
				text_printf(&t, "/%zu", i);
			else
				text_printf(&t, "/%.*s", STR_FMT(j->keys[i]));
		}
		if (!inner || inner->span.off == off)
			break;
		j = inner;
	}
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

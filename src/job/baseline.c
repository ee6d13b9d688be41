/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found before: a file of fingerprints, each with its file (by its path below the
 * directory of the baseline), its code, and its words for the reader.
 */
#include "job.h"

#include <fwlint/late_jansson.h>

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>

#define BASELINE_MAX ((size_t)64 << 20) /* bytes */

static const char *real_dir(const char *path, struct arena *a)
{
	char real[PATH_MAX];
	const char *dir = dirname(arena_strndup(a, path, strlen(path)));
	return realpath(dir, real) ? arena_strndup(a, real, strlen(real)) : dir;
}

struct baseline *baseline_new(const char *path, struct arena *a)
{
	struct baseline *b = arena_new_one(a, struct baseline);
	*b = (struct baseline){ .arena = a, .dir = path ? real_dir(path, a) : "" };
	hash_init(&b->known, a);
	return b;
}

/* The path of a file relative to the directory of the baseline; for a file elsewhere: from the
 * root. */
static const char *file_key(const struct baseline *b, const char *file)
{
	char real[PATH_MAX];
	size_t n = strlen(b->dir);
	if (!realpath(file, real))
		return file;
	const char *path = n && path_is_below(real, b->dir) ? real + n + 1 : real;
	return arena_strndup(b->arena, path, strlen(path));
}

static struct str key_of(const struct baseline *b, const char *file, const char *fingerprint)
{
	return str_from(arena_printf(b->arena, "%s %s", fingerprint, file));
}

static void add(struct baseline *b, struct baseline_entry e)
{
	struct baseline_entry *copy = arena_new_one(b->arena, struct baseline_entry);
	*copy = e;
	vec_push(b->arena, &b->entries, copy);
	hash_put(&b->known, key_of(b, e.file, e.fingerprint), copy);
}

bool baseline_knows(void *before, const char *file, const char *fingerprint)
{
	const struct baseline *b = before;
	struct baseline_entry *e = hash_get(&b->known, key_of(b, file_key(b, file), fingerprint));
	if (e)
		e->is_seen = true;
	return e;
}

static void add_finding(struct baseline *b, const struct source *s, const struct finding *f)
{
	add(b,
	    (struct baseline_entry){
		    .file = file_key(b, source_file_at(s, f->span.off)->name),
		    .fingerprint = arena_strndup(b->arena, f->fingerprint, strlen(f->fingerprint)),
		    .code = f->check->id,
		    .message = arena_strndup(b->arena, f->message, strlen(f->message)) });
}

void baseline_add(struct baseline *b, const struct job *job)
{
	const struct findings *f = &job->findings;
	for (size_t i = 0; i < f->n; i++)
		add_finding(b, job->in.source, &f->items[i]);
	for (size_t i = 0; i < f->known.n; i++)
		add_finding(b, job->in.source, &f->known.items[i]);
}

void baseline_saw(struct baseline *b, const struct job *job, const struct selection *sel)
{
	for (size_t i = 0; i < job->in.source->n; i++) {
		const char *file = file_key(b, job->in.source->items[i]->name);
		for (size_t k = 0; k < b->entries.n; k++) {
			struct baseline_entry *e = b->entries.items[k];
			const struct check *c = check_find(e->code);
			if (strcmp(e->file, file) == 0 && (!c || is_selected(sel, c)))
				e->was_looked_for = true;
		}
	}
}

/* ---- the file ---- */

static const char *member(const json_t *o, const char *name, struct arena *a)
{
	const char *z = json_string_value(json_object_get(o, name));
	return z ? arena_strndup(a, z, strlen(z)) : NULL;
}

static bool take(struct baseline *b, const json_t *doc)
{
	const json_t *list = json_object_get(doc, "findings");
	if (json_integer_value(json_object_get(doc, "version")) != 1 || !json_is_array(list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		struct baseline_entry e = { .file = member(o, "file", b->arena),
					    .fingerprint = member(o, "fingerprint", b->arena),
					    .code = member(o, "code", b->arena),
					    .message = member(o, "message", b->arena),
					    .is_listed = true };
		if (!e.file || !e.fingerprint || !e.code)
			return false;
		add(b, e);
	}
	return true;
}

const char *baseline_read(const char *path, struct arena *a, struct baseline **ret)
{
	struct text t = { .arena = a };
	const char *why = file_read(path, BASELINE_MAX, &t, NULL);
	if (why)
		return why;
	*ret = baseline_new(path, a);
	json_t *doc = json_loadb(t.n ? t.items : "", t.n, 0, NULL);
	bool ok = doc && take(*ret, doc);
	json_decref(doc);
	return ok ? NULL
		  : arena_printf(a, "'%s' is not a baseline: fwlint --write-baseline makes one",
				 path);
}

static int by_place(const void *x, const void *y)
{
	const struct baseline_entry *const *a = x, *const *b = y;
	int file = strcmp((*a)->file, (*b)->file);
	return file ? file : strcmp((*a)->fingerprint, (*b)->fingerprint);
}

/* A string of JSON; a byte that is not UTF-8 is written as \xHH. */
static json_t *string(const char *z, struct arena *a)
{
	struct text t = { .arena = a };
	json_t *j = json_string(z);
	if (j)
		return j;
	text_add_utf8(&t, str_from(z));
	return json_stringn(t.items, t.n);
}

const char *baseline_write(const struct baseline *b, const char *path)
{
	json_t *doc = json_object(), *list = json_array();
	if (b->entries.n)
		qsort(b->entries.items, b->entries.n, sizeof(*b->entries.items), by_place);
	for (size_t i = 0; i < b->entries.n; i++) {
		const struct baseline_entry *e = b->entries.items[i];
		json_t *o = json_object();
		json_object_set_new(o, "file", string(e->file, b->arena));
		json_object_set_new(o, "code", string(e->code, b->arena));
		json_object_set_new(o, "fingerprint", string(e->fingerprint, b->arena));
		json_object_set_new(o, "message", string(e->message, b->arena));
		json_array_append_new(list, o);
	}
	json_object_set_new(doc, "version", json_integer(1));
	json_object_set_new(doc, "findings", list);
	char *text = json_dumps(doc, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	json_decref(doc);
	FW_ASSERT(text);
	const char *whole = arena_printf(b->arena, "%s\n", text);
	free(text);
	return file_write(path, str_from(whole), b->arena);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places of a lint as JSON. */
#include "lsp.h"

static const struct line_index *index_of(const struct finder *f, const struct source_file *file)
{
	const struct source *s = f->job->in.source;
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i] != file)
			continue;
		if (!f->indexes[i].starts)
			f->indexes[i] = line_index_new((struct str){ file->text, file->len },
						       f->arena);
		return &f->indexes[i];
	}
	return NULL;
}

json_t *finder_range(const struct finder *f, struct span span)
{
	const struct source_file *file = source_file_at(f->job->in.source, span.off);
	size_t from = span.off - file->base;
	return range_json(index_of(f, file), from, from + span.len);
}

const char *finder_uri(const struct finder *f, const struct source_file *file)
{
	const struct input *in = &f->job->in;
	if (file == in->source->items[0])
		return f->document->uri;
	for (size_t i = 0; i < in->origins.n; i++) {
		const char *path = in->origins.items[i].path;
		if (in->origins.items[i].file != file)
			continue;
		for (size_t k = 0; k < f->server->documents.n; k++) {
			const struct document *d = f->server->documents.items[k];
			if (d->is_open && d->path && strcmp(d->path, path) == 0)
				return d->uri;
		}
		return path_uri(path, f->arena);
	}
	return path_uri(file->name, f->arena);
}

struct span finder_include(const struct finder *f, const struct source_file *file)
{
	const struct source *s = f->job->in.source;
	for (size_t depth = 0; depth < s->n && file != s->items[0]; depth++) {
		const struct source_include *by = NULL;
		for (size_t i = 0; i < s->includes.n && !by; i++)
			for (size_t k = 0; k < s->includes.items[i]->n; k++)
				if (s->includes.items[i]->items[k] == file)
					by = s->includes.items[i];
		if (!by)
			break;
		if (by->from == s->items[0])
			return source_span(s, by->pattern);
		file = by->from;
	}
	return (struct span){ 0, 0 };
}

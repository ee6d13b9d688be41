/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The problems of a report, one by one, for formats that only have places and words. */
#include "problem.h"

/* Columns in characters: `col` is in bytes. */
static uint32_t characters(struct str line, uint32_t col)
{
	uint32_t n = 1;
	for (uint32_t i = 0; i + 1 < col && i < line.n; i++)
		n += (line.p[i] & 0xc0) != 0x80;
	return n;
}

struct text_region text_region_of(const struct source *s, struct span span)
{
	struct text_region r = { .file = source_file_at(s, span.off)->name };
	uint32_t last = span.off + span.len;
	if (source_file_at(s, last) != source_file_at(s, span.off))
		last = span.off;
	source_pos(s, span.off, &r.line, &r.col);
	source_pos(s, last, &r.end_line, &r.end_col);
	r.char_col = characters(source_line(s, span.off), r.col);
	r.end_char_col = characters(source_line(s, last), r.end_col);
	return r;
}

void report_problems(struct printer *p, const struct report *r,
		     void (*print)(struct printer *p, const struct problem *x))
{
	for (size_t i = 0; i < r->messages->n; i++) {
		const struct message *m = &r->messages->items[i];
		struct problem x = { .severity = SEV_ERROR,
				     .at = { .file = r->name },
				     .name = "unreadable",
				     .message = m->text,
				     .fingerprint = m->text };
		if (m->kind != MESSAGE_NOTE)
			print(p, &x);
	}
	for (size_t i = 0; i < r->diags->n; i++) {
		const struct diag *d = &r->diags->items[i];
		const struct check *c = check_of_error(d->code);
		print(p, &(struct problem){ .severity = SEV_ERROR,
					    .at = text_region_of(r->source, d->span),
					    .code = c->id,
					    .name = c->name,
					    .message = d->message,
					    .fingerprint = d->message });
	}
	for (size_t i = 0; r->findings && i < r->findings->n; i++) {
		const struct finding *f = &r->findings->items[i];
		if (f->severity >= p->options.shown)
			print(p, &(struct problem){ .severity = f->severity,
						    .at = text_region_of(r->source, f->span),
						    .code = f->check->id,
						    .name = f->check->name,
						    .message = f->message,
						    .fingerprint = f->fingerprint,
						    .found = f });
	}
}

void count_problems(const struct printer *p, const struct report *r, size_t *ret_errors,
		    size_t *ret_findings)
{
	*ret_errors = r->diags->n;
	*ret_findings = 0;
	for (size_t i = 0; i < r->messages->n; i++)
		*ret_errors += r->messages->items[i].kind != MESSAGE_NOTE;
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		*ret_findings += r->findings->items[i].severity >= p->options.shown;
}

/* FNV-1a (draft-eastlake-fnv), as of a finding (src/check/fingerprint.c). */
static uint64_t fnv(uint64_t h, const char *z)
{
	do
		h = (h ^ (unsigned char)*z) * 0x100000001b3;
	while (*z++);
	return h;
}

const char *problem_digest(const struct problem *x, struct arena *a)
{
	const char *file = plain_path(x->at.file);
	uint64_t one = fnv(fnv(0xcbf29ce484222325, x->fingerprint), file),
		 two = fnv(fnv(0x84222325cbf29ce4, x->fingerprint), file);
	return arena_printf(a, "%016llx%016llx", (unsigned long long)one, (unsigned long long)two);
}

const char *plain_path(const char *path)
{
	while (strncmp(path, "./", 2) == 0)
		path += 2 + strspn(path + 2, "/");
	return path;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs that load ruleset files, and notes on where they differ. */
#include <fwlint/model.h>

#include <stdarg.h>
#include <stdio.h>

enum loader loader_find(const char *name)
{
	enum program p;
	if (strcmp(name, "legacy") == 0)
		return LOADER_LEGACY;
	if (!program_find(str_from(name), &p))
		return LOADER_ANY;
	return p == PROGRAM_LEGACY ? LOADER_LEGACY : LOADER_NFT;
}

static void add(struct ruleset *rs, struct loader_note note, const char *fmt, va_list ap)
{
	char buf[512];
	int n = vsnprintf(buf, sizeof(buf), fmt, ap);
	note.message = arena_strndup(rs->arena, buf,
				     n < (int)sizeof(buf) ? (size_t)n : sizeof(buf) - 1);
	vec_push(rs->arena, &rs->loader_notes, note);
}

void ruleset_refused_by(struct ruleset *rs, enum loader l, struct span span, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(rs, (struct loader_note){ .refused_by = l, .span = span }, fmt, ap);
	va_end(ap);
}

void ruleset_uses(struct ruleset *rs, const struct feature *f, struct span span)
{
	if (f)
		vec_push(rs->arena, &rs->features, ((struct feature_use){ f, span }));
}

void ruleset_differs_by_loader(struct ruleset *rs, struct span span, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(rs, (struct loader_note){ .differs = true, .span = span }, fmt, ap);
	va_end(ap);
}

void ruleset_load_needs(struct ruleset *rs, struct span span, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(rs, (struct loader_note){ .span = span }, fmt, ap);
	va_end(ap);
}

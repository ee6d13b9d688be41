/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finding in Markdown. Text from the input is made visible, and never becomes markup. */
#include "lsp.h"

#include <fwlint/report.h>

/* Prose: whatever could begin markup or HTML is escaped. */
static void add_prose(struct text *t, const char *words)
{
	struct arena *a = arena_new();
	for (const char *c = str_visible(str_from(words), a); *c; c++)
		text_printf(t, "%s%c", strchr("\\`*_{}[]<>()#+-.!|~&", *c) ? "\\" : "", *c);
	arena_free(a);
}

/* Code: the fence is longer than any in the text. */
static void add_code(struct text *t, struct str code)
{
	struct arena *a = arena_new();
	const char *shown = str_visible(code, a);
	int longest = 0, run = 0;
	for (const char *c = shown; *c; c++) {
		run = *c == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	static const char ticks[] = "````````````````````````````````";
	int n = longest + 1 < (int)sizeof(ticks) - 1 ? longest + 1 : (int)sizeof(ticks) - 1;
	if (longest < n)
		text_printf(t, "%.*s %s %.*s", n, ticks, shown, n, ticks);
	else
		add_prose(t, shown);
	arena_free(a);
}

static void add_step(const struct finder *f, const struct trace_step *st, struct text *t)
{
	const struct source *s = f->job->in.source;
	if (!st->rule) {
		text_printf(t, "\n- policy of ");
		add_code(t, st->base->name);
		text_printf(t, ": %s", verdict_name(&(struct verdict){ .kind = st->verdict }));
	} else if (!st->rule->inserted) {
		uint32_t line, col;
		struct str code = source_view(s, st->rule->span);
		source_pos(s, st->rule->span.off, &line, &col);
		text_printf(t, "\n- line %u: ", line);
		code.n = code.n < 200 ? code.n : 200;
		add_code(t, code);
	}
}

const char *hover_words(const struct finder *f, const struct finding *x)
{
	struct text t = { .arena = f->arena };
	text_printf(&t, "**%s %s** (%s)\n\n", x->check->id, x->check->name,
		    severity_name(x->severity));
	add_prose(&t, x->message);
	text_printf(&t, ".\n\n");
	if (x->detail) {
		add_prose(&t, x->detail);
		text_printf(&t, "\n\n");
	}
	if (x->path != PATH_COUNT) {
		text_printf(&t, "A packet that comes here (%s): ", path_name(x->path));
		add_code(&t, str_from(packet_words(f->job->in.ruleset, &x->witness, f->arena)));
		text_printf(&t, ". Its way:\n");
		for (size_t i = 0; i < x->trace.n && i < 20; i++)
			add_step(f, &x->trace.items[i], &t);
		text_printf(&t, "\n- in the end: ");
		add_prose(&t, verdict_words(&x->trace.verdict, f->arena));
		text_printf(&t, "\n");
	}
	return arena_strndup(f->arena, t.items, t.n);
}

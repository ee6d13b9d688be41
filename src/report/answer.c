/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `fwlint ask` found, for people and for programs. */
#include "formats.h"
#include "json_util.h"
#include "terminal.h"

bool asked_holds(const struct asked *q)
{
	for (size_t i = 0; q->wants_verdict && i < q->answer->n; i++)
		if (q->answer->items[i].verdict.kind != q->verdict)
			return false;
	return true;
}

static struct span span_of(const struct ask_place *p)
{
	return p->rule ? p->rule->span : p->base->span;
}

uint32_t ask_place_line(const struct ruleset *rs, const struct ask_place *p)
{
	uint32_t line, col;
	source_pos(rs->source, span_of(p).off, &line, &col);
	return line;
}

/* ---- text ---- */

#define MATCH_SHOWN 400 /* bytes of a match */

static const char *shortened(const char *match, struct arena *a)
{
	size_t n = strlen(match);
	if (!n)
		return "every packet";
	if (n <= MATCH_SHOWN)
		return match;
	for (n = MATCH_SHOWN; n && match[n] != ' ';)
		n--;
	return arena_printf(a, "%.*s … (--format json shows all)", (int)n, match);
}

static void print_places(FILE *out, const struct ruleset *rs, const struct ask_class *c)
{
	for (size_t i = 0; i < c->places.n; i++) {
		const struct ask_place *p = &c->places.items[i];
		struct trace_step step = { .rule = p->rule,
					   .base = p->base,
					   .verdict = c->verdict.kind };
		print_step(out, rs->source, &step);
	}
}

void text_answer(struct printer *p, const struct asked *q)
{
	const struct palette *c = palette_of(p->options.colour);
	const struct ask_answer *answer = q->answer;
	struct arena *a = arena_new();
	for (size_t i = 0; i < answer->n; i++) {
		const struct ask_class *x = &answer->items[i];
		say(p->out, "%c%s: %s%s%c: %s\n", c->bold, path_name(x->path),
		    x->verdict.tcp_reset ? "reject with " : "", verdict_words(&x->verdict, a),
		    c->off, shortened(x->match, a));
		for (size_t k = 0; k < x->assumes.n; k++)
			say(p->out, "  if %s\n", x->assumes.items[k]);
		if (p->options.quiet)
			continue;
		print_places(p->out, answer->ruleset, x);
		say(p->out, "  sample: %s\n", packet_words(answer->ruleset, &x->sample, a));
	}
	if (!answer->n)
		say(p->out, "no packet matches\n");
	for (size_t i = 0; i < answer->notes.n; i++)
		say(p->out, "note: %s\n", answer->notes.items[i]);
	if (q->wants_verdict) {
		struct verdict v = { .kind = q->verdict };
		say(p->out, "%s: %s\n", verdict_name(&v),
		    asked_holds(q) ? "every packet" : "not every packet");
	}
	arena_free(a);
}

/* ---- JSON ---- */

static json_t *json_lines(const struct ruleset *rs, const struct ask_class *c)
{
	json_t *list = json_array();
	for (size_t i = 0; i < c->places.n; i++)
		json_array_append_new(list, json_integer(ask_place_line(rs, &c->places.items[i])));
	return list;
}

static json_t *json_places(const struct ruleset *rs, const struct ask_class *c)
{
	json_t *list = json_array();
	for (size_t i = 0; i < c->places.n; i++) {
		const struct ask_place *p = &c->places.items[i];
		json_t *o = json_place(rs->source, span_of(p));
		json_object_set_new(o, "table", json_text(p->base->table->name));
		json_object_set_new(o, "chain",
				    json_text(p->rule ? p->rule->chain->name : p->base->name));
		json_object_set_new(o, "policy", json_boolean(!p->rule));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *json_class(const struct ruleset *rs, const struct ask_class *c, struct arena *a)
{
	static const char *const families[] = { "", "ipv4", "ipv6", "both" };
	json_t *o = json_object(), *assumes = json_array();
	for (size_t i = 0; i < c->assumes.n; i++)
		json_array_append_new(assumes, json_words(c->assumes.items[i]));
	json_object_set_new(o, "path", json_words(path_name(c->path)));
	json_object_set_new(o, "family", json_words(families[c->families & 3]));
	json_object_set_new(o, "verdict", json_verdict_kind(c->verdict.kind));
	json_object_set_new(o, "reject_with",
			    c->verdict.kind != VERDICT_REJECT ? json_null()
			    : c->verdict.tcp_reset            ? json_string("tcp reset")
							      : json_text(c->verdict.reject_with));
	json_object_set_new(o, "match", json_words(c->match));
	json_object_set_new(o, "assumes", assumes);
	json_object_set_new(o, "lines", json_lines(rs, c));
	json_object_set_new(o, "places", json_places(rs, c));
	json_object_set_new(o, "sample", json_words(packet_words(rs, &c->sample, a)));
	return o;
}

void json_answer(struct printer *p, const struct asked *q)
{
	struct arena *a = arena_new();
	json_t *doc = json_object(), *classes = json_array(), *notes = json_array();
	for (size_t i = 0; i < q->answer->n; i++)
		json_array_append_new(classes,
				      json_class(q->answer->ruleset, &q->answer->items[i], a));
	for (size_t i = 0; i < q->answer->notes.n; i++)
		json_array_append_new(notes, json_words(q->answer->notes.items[i]));
	json_object_set_new(doc, "version", json_integer(1));
	json_object_set_new(doc, "question", json_words(q->question));
	json_object_set_new(doc, "ruleset", json_words(q->answer->ruleset->source->name));
	json_object_set_new(doc, "holds",
			    q->wants_verdict ? json_boolean(asked_holds(q)) : json_null());
	json_object_set_new(doc, "classes", classes);
	json_object_set_new(doc, "notes", notes);
	json_print(p->out, doc, JSON_INDENT(2));
	fputc('\n', p->out);
	json_decref(doc);
	arena_free(a);
}

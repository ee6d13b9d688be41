/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `fwlint resets` found, for people and for programs. */
#include <fwlint/resets.h>

#include "formats.h"
#include "json_util.h"
#include "terminal.h"

#include <time.h>

#define EVIDENCE_SHOWN 3 /* lines of a group */

static const char *end_print(const struct address *x, uint16_t port, struct arena *a)
{
	return arena_printf(a, x->family == 6 ? "[%s]:%u" : "%s:%u", address_print(x, a), port);
}

/* ---- for people ---- */

static void print_reset(FILE *out, const struct reset *x, bool several, struct arena *a)
{
	say(out, "%s%sframe %llu: %s -> %s", several ? x->capture : "", several ? ": " : "",
	    (unsigned long long)x->frame, end_print(&x->source, x->sport, a),
	    end_print(&x->destination, x->dport, a));
}

static void print_cause(FILE *out, const struct palette *p, const struct reset *x)
{
	const char *confidence = reset_confidence_name(x->confidence);
	say(out, "%c%s%s%s%s%c%s%s: %s\n", p->bold, reset_cause_name(x->cause), x->why ? " (" : "",
	    x->why ? reset_why_name(x->why) : "", x->why ? ")" : "", p->off, confidence ? ", " : "",
	    confidence ? confidence : "", reset_cause_words(x->cause));
}

static void print_group(struct printer *printer, const struct resets *r,
			const struct reset_group *g)
{
	const struct palette *p = palette_of(printer->options.colour);
	FILE *out = printer->out;
	struct arena *a = arena_new();
	struct reset x = resets_get(r, g->example, a);
	say(out, "%s, ", counted(a, g->n, "reset"));
	print_cause(out, p, &x);
	if (!printer->options.quiet) {
		say(out, "  ");
		print_reset(out, &x, resets_captures(r) > 1, a);
		say(out, "\n");
		size_t shown = printer->options.verbose ? x.n_evidence : EVIDENCE_SHOWN;
		for (size_t i = 0; i < x.n_evidence && i < shown; i++)
			say(out, "    %s\n", x.evidence[i]);
		if (x.rule && shown < x.n_evidence)
			say(out, "    rule: %s\n", reset_rule_words(r, x.rule, a));
		say(out, "  next: ");
		struct wrap w = { printer->options.width, 8 };
		say_wrapped(out, &w, 8, reset_cause_advice(x.cause, x.why));
		say(out, "\n\n");
	}
	arena_free(a);
}

/* Prints a reset as soon as it comes, while packets are watched. */
void text_reset(struct printer *printer, const struct resets *r, size_t i)
{
	FILE *out = printer->out;
	struct arena *a = arena_new();
	struct reset x = resets_get(r, i, a);
	time_t at = (time_t)(x.time / 1000000000);
	struct tm tm;
	char clock[16];
	if (!x.is_copy && localtime_r(&at, &tm) && strftime(clock, sizeof(clock), "%T", &tm)) {
		say(out, "%s ", arena_printf(a, "%s.%03d", clock, (int)(x.time / 1000000 % 1000)));
		print_reset(out, &x, false, a);
		say(out, "\n  ");
		print_cause(out, palette_of(printer->options.colour), &x);
		size_t shown = printer->options.quiet ? 0 : EVIDENCE_SHOWN;
		for (size_t k = 0; k < x.n_evidence && (k < shown || printer->options.verbose); k++)
			say(out, "    %s\n", x.evidence[k]);
		if (x.rule)
			say(out, "    rule: %s\n", reset_rule_words(r, x.rule, a));
		fflush(out);
	}
	arena_free(a);
}

/* --verbose: each reset on a line, too */
static void print_list(struct printer *printer, const struct resets *r)
{
	for (size_t i = 0; i < resets_count(r) && printer->options.verbose; i++) {
		struct arena *a = arena_new();
		struct reset x = resets_get(r, i, a);
		print_reset(printer->out, &x, resets_captures(r) > 1, a);
		say(printer->out, ": ");
		print_cause(printer->out, palette_of(printer->options.colour), &x);
		arena_free(a);
	}
}

void text_resets(struct printer *printer, const struct resets *r)
{
	FILE *out = printer->out;
	struct arena *a = arena_new();
	struct reset_group *groups;
	size_t n = resets_groups(r, a, &groups);
	for (size_t i = 0; i < n; i++)
		print_group(printer, r, &groups[i]);
	print_list(printer, r);
	say(out, "%s in %s of %s\n", counted(a, resets_count(r), "reset"),
	    counted(a, resets_packets(r), "TCP segment"),
	    counted(a, resets_connections(r), "connection"));
	if (resets_lost(r))
		say(out, "%s: a cause that was found is at best likely\n",
		    counted(a, resets_lost(r), "frame that came too fast was lost"));
	if (resets_unlisted(r))
		say(out, "not listed, but counted: %s\n", counted(a, resets_unlisted(r), "reset"));
	arena_free(a);
}

/* ---- for programs ---- */

static void set_rule(json_t *o, const struct resets *r, const struct rule *rule)
{
	if (!rule)
		return;
	const struct source *s = resets_rules(r)->source;
	uint32_t line, column;
	source_pos(s, rule->span.off, &line, &column);
	json_object_set_new(o, "file", json_words(source_file_at(s, rule->span.off)->name));
	json_object_set_new(o, "line", json_integer(line));
}

static void set_cause(json_t *o, enum reset_cause cause, enum reset_why why)
{
	json_object_set_new(o, "cause", json_words(reset_cause_name(cause)));
	json_object_set_new(o, "why", why ? json_words(reset_why_name(why)) : json_null());
}

static json_t *json_evidence(const struct reset *x, size_t max)
{
	json_t *list = json_array();
	for (size_t i = 0; i < x->n_evidence && i < max; i++)
		json_array_append_new(list, json_words(x->evidence[i]));
	return list;
}

static json_t *json_reset(const struct resets *r, const struct reset *x, struct arena *a)
{
	const char *confidence = reset_confidence_name(x->confidence);
	json_t *o = json_object();
	if (resets_captures(r) > 1)
		json_object_set_new(o, "capture", json_words(x->capture));
	json_object_set_new(o, "frame", json_integer((json_int_t)x->frame));
	json_object_set_new(o, "time", json_real((double)x->time / 1e9));
	json_object_set_new(o, "source", json_words(end_print(&x->source, x->sport, a)));
	json_object_set_new(o, "destination", json_words(end_print(&x->destination, x->dport, a)));
	set_cause(o, x->cause, x->why);
	if (confidence)
		json_object_set_new(o, "confidence", json_words(confidence));
	set_rule(o, r, x->rule);
	json_object_set_new(o, "evidence", json_evidence(x, EVIDENCE_MAX));
	return o;
}

static json_t *json_group(const struct resets *r, const struct reset_group *g, struct arena *a)
{
	struct reset x = resets_get(r, g->example, a);
	json_t *o = json_object();
	set_cause(o, g->cause, g->why);
	set_rule(o, r, g->rule);
	json_object_set_new(o, "count", json_integer((json_int_t)g->n));
	json_object_set_new(o, "example", json_integer((json_int_t)x.frame));
	json_object_set_new(o, "evidence", json_evidence(&x, EVIDENCE_SHOWN));
	json_object_set_new(o, "next", json_words(reset_cause_advice(g->cause, g->why)));
	return o;
}

static void print_item(FILE *out, size_t i, json_t *o)
{
	say(out, i ? ",\n" : "\n");
	json_print(out, o, JSON_INDENT(2));
	json_decref(o);
}

/* One by one: there may be a million. */
void json_resets(struct printer *printer, const struct resets *r)
{
	FILE *out = printer->out;
	struct arena *a = arena_new();
	struct reset_group *groups;
	size_t n = resets_groups(r, a, &groups);
	say(out, "{\"version\": 1,\n\"resets\": [");
	for (size_t i = 0; i < resets_count(r); i++) {
		struct arena *one = arena_new();
		struct reset x = resets_get(r, i, one);
		print_item(out, i, json_reset(r, &x, one));
		arena_free(one);
	}
	say(out, "],\n\"groups\": [");
	for (size_t i = 0; i < n; i++)
		print_item(out, i, json_group(r, &groups[i], a));
	say(out,
	    "],\n\"segments\": %llu,\n\"connections\": %llu,\n\"not_listed\": %llu,\n\"lost\": "
	    "%llu}\n",
	    (unsigned long long)resets_packets(r), (unsigned long long)resets_connections(r),
	    (unsigned long long)resets_unlisted(r), (unsigned long long)resets_lost(r));
	arena_free(a);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `fwlint compare` found, for people and for programs. */
#include <fwlint/report.h>

#include "formats.h"
#include "json_util.h"
#include "terminal.h"

static void print_trace(FILE *out, const char *label, const struct ruleset *rs,
			const struct trace *t)
{
	say(out, "  %s:     %s\n", label, rs->source->name);
	for (size_t i = 0; i < t->n; i++)
		print_step(out, rs->source, &t->items[i]);
	say(out, "           => %s\n", verdict_name(&t->verdict));
}

static bool has_policy_of_one(const struct comparison *c)
{
	bool unknown[2] = { false, false };
	const struct ruleset *both[] = { c->pair.old, c->pair.new };
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < both[side]->n_chains; i++)
			unknown[side] = unknown[side] ||
					(both[side]->chains[i]->is_base &&
					 both[side]->chains[i]->policy == POLICY_UNKNOWN);
	return unknown[0] != unknown[1];
}

static const char *state_of_all(const struct comparison *c)
{
	for (size_t i = 1; i < c->n; i++)
		if (c->items[i].state != c->items[0].state)
			return NULL;
	return ct_state_name(c->items[0].state);
}

/* ---- what is not compared ---- */

#define UNCOMPARED_MAX 10 /* lines for people */
#define UNTRANSLATED "what rules do behind address translation, which is too much to be followed"

static const char *place(const struct ruleset *rs, const struct rule *r, struct arena *a)
{
	uint32_t line, col;
	source_pos(rs->source, r->span.off, &line, &col);
	return arena_printf(a, "%s:%u", source_file_at(rs->source, r->span.off)->name, line);
}

static void print_uncompared(FILE *out, const struct comparison *c, struct arena *a)
{
	for (size_t i = 0; i < c->uncompared.n && i < UNCOMPARED_MAX; i++) {
		const struct uncompared *u = &c->uncompared.items[i];
		const char *old = u->old ? place(c->pair.old, u->old, a) : NULL;
		const char *new = u->new ? place(c->pair.new, u->new, a) : NULL;
		if (old && new)
			say(out, "not compared: %s, which differs: %s, %s\n", u->what, old, new);
		else
			say(out, "not compared: %s, which differs: only in %s\n", u->what,
			    old ? old : new);
	}
	if (c->whole_packets)
		say(out, "not compared: later fragments, %s\n", c->whole_packets);
	if (c->untranslated)
		say(out, "not compared: %s\n", UNTRANSLATED);
	if (c->uncompared.n > UNCOMPARED_MAX)
		say(out, "not compared: %zu more such rules (--format json lists them)\n",
		    c->uncompared.n - UNCOMPARED_MAX);
}

static void add_what(json_t *list, const char *what)
{
	json_t *o = json_object();
	json_object_set_new(o, "what", json_words(what));
	json_object_set_new(o, "old", json_null());
	json_object_set_new(o, "new", json_null());
	json_array_append_new(list, o);
}

static json_t *json_uncompared(const struct comparison *c)
{
	json_t *list = json_array();
	for (size_t i = 0; i < c->uncompared.n; i++) {
		const struct uncompared *u = &c->uncompared.items[i];
		json_t *o = json_object();
		json_object_set_new(o, "what", json_words(u->what));
		json_object_set_new(o, "old",
				    u->old ? json_place(c->pair.old->source, u->old->span)
					   : json_null());
		json_object_set_new(o, "new",
				    u->new ? json_place(c->pair.new->source, u->new->span)
					   : json_null());
		json_array_append_new(list, o);
	}
	if (c->whole_packets)
		add_what(list, "later fragments");
	if (c->untranslated)
		add_what(list, UNTRANSLATED);
	return list;
}

/* ---- reports ---- */

void text_comparison(struct printer *printer, const struct comparison *c)
{
	const struct palette *p = palette_of(printer->options.colour);
	FILE *out = printer->out;
	struct arena *a = arena_new();
	for (size_t i = 0; i < c->n; i++) {
		const struct difference *d = &c->items[i];
		say(out, "%c%s: %s packets: %s -> %s%c\n", p->bold, path_name(d->path),
		    ct_state_name(d->state), verdict_words(&d->old, a), verdict_words(&d->new, a),
		    p->off);
		if (printer->options.quiet)
			continue;
		say(out, "  witness: %s\n", packet_words(c->pair.old, &d->sample, a));
		print_trace(out, "old", c->pair.old, &d->old_trace);
		print_trace(out, "new", c->pair.new, &d->new_trace);
		fputc('\n', out);
	}
	if (!c->n)
		say(out, "equal: every packet has the same verdict in both\n");
	else
		say(out,
		    "%zu class%s of packets differ%s%s%s; every other packet has the same verdict "
		    "in both\n",
		    c->n, c->n == 1 ? "" : "es", c->n == 1 ? "s" : "",
		    state_of_all(c) ? ", all " : "", state_of_all(c) ? state_of_all(c) : "");
	print_uncompared(out, c, a);
	if (has_policy_of_one(c))
		say(out, "note: the policies of one of them are not known: accept is assumed\n");
	arena_free(a);
}

void json_comparison(struct printer *printer, const struct comparison *c)
{
	FILE *out = printer->out;
	struct arena *a = arena_new();
	json_t *list = json_array();
	for (size_t i = 0; i < c->n; i++) {
		const struct difference *d = &c->items[i];
		json_t *o = json_object();
		json_object_set_new(o, "path", json_words(path_name(d->path)));
		json_object_set_new(o, "state", json_words(ct_state_name(d->state)));
		json_object_set_new(o, "old", json_words(verdict_words(&d->old, a)));
		json_object_set_new(o, "new", json_words(verdict_words(&d->new, a)));
		json_object_set_new(o, "sample", json_packet(c->pair.old, &d->sample, a));
		json_object_set_new(o, "old_trace", json_trace(c->pair.old, &d->old_trace));
		json_object_set_new(o, "new_trace", json_trace(c->pair.new, &d->new_trace));
		json_array_append_new(list, o);
	}
	json_t *doc = json_object();
	json_object_set_new(doc, "version", json_integer(1));
	json_object_set_new(doc, "old", json_words(c->pair.old->source->name));
	json_object_set_new(doc, "new", json_words(c->pair.new->source->name));
	json_object_set_new(doc, "equal", json_boolean(c->n == 0));
	json_object_set_new(doc, "differences", list);
	json_object_set_new(doc, "not_compared", json_uncompared(c));
	json_print(out, doc, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(doc);
	arena_free(a);
}

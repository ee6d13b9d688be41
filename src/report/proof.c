/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `fwlint prove` saw, for people and for programs. */
#include <fwlint/report.h>

#include "formats.h"
#include "json_util.h"
#include "terminal.h"

static const char *outcome_words(const struct proof *p)
{
	switch (p->outcome) {
	case PROOF_RESET:
		return p->exact ? "answered with a reset that has the sequence number its sender "
				  "expects"
				: "answered with a reset whose sequence number its sender ignores";
	case PROOF_PASSED: return "passed";
	case PROOF_SILENCE: return "dropped without an answer";
	case PROOF_NOT_RUN: break;
	}
	return "not sent";
}

bool proof_shows_the_defect(const struct proof *p)
{
	return p->outcome == PROOF_RESET && p->exact;
}

bool proof_shows_the_cure(const struct proof *p)
{
	return p->outcome != PROOF_NOT_RUN && p->outcome != PROOF_RESET && p->goes_on;
}

#define MARGIN "             "

static void print_run(FILE *out, const char *label, const struct proof *p)
{
	say(out, "  %-11s", label);
	if (p->outcome == PROOF_NOT_RUN) {
		say(out, "%s%s\n", p->loads ? "" : "not loaded: ", p->why);
		return;
	}
	say(out, "segments in order pass\n" MARGIN "the witness is %s\n" MARGIN, outcome_words(p));
	if (proof_shows_the_defect(p))
		say(out, "the connection dies\n");
	else if (p->goes_on)
		say(out, "the connection goes on\n");
	else
		say(out, "the connection does not go on (what brings it back may need a\n" MARGIN
			 "translation, or a test that is not made true here)\n");
	struct str rest = str_from(p->rules);
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		say(out, MARGIN "counted: %.*s\n", STR_FMT(line));
	}
}

/* ---- text ---- */

void text_proofs_begin(struct printer *p, const struct ruleset *rs, const struct proof *load)
{
	struct text_state *state = p->state;
	*state = (struct text_state){ .ruleset = rs, .loads = load->loads };
}

void text_proofs_each(struct printer *p, const struct proven *x)
{
	const struct palette *c = palette_of(p->options.colour);
	const struct ruleset *rs = x->ruleset;
	struct text_state *state = p->state;
	FILE *out = p->out;
	struct arena *a = arena_new();
	uint32_t line, col;
	source_pos(rs->source, x->finding->span.off, &line, &col);
	say(out, "%c%s:%u: %s %s%c\n", c->bold,
	    source_file_at(rs->source, x->finding->span.off)->name, line, x->finding->check->id,
	    x->finding->check->name, c->off);
	say(out, "  witness: %s\n", packet_words(rs, &x->finding->witness, a));
	print_run(out, "as it is:", &x->before);
	if (x->has_fix)
		print_run(out, "fixed:", &x->after);
	else
		say(out,
		    x->wants_fix ? "  fixed:     there is no fix that could be tried\n"
				 : "  fixed:     none: the reset is the honest answer (fwlint "
				   "explain %s)\n",
		    x->finding->check->id);
	say(out, "  %c%s%c\n\n", x->is_proved ? c->green : c->yellow,
	    x->is_proved ? "proved" : "not proved", c->off);
	state->n_proofs++;
	arena_free(a);
}

void text_proofs_end(struct printer *p)
{
	const struct text_state *state = p->state;
	if (state->loads && !state->n_proofs)
		say(p->out, "%s: it loads; no segment of a living connection reaches a tcp reset\n",
		    state->ruleset->source->name);
}

/* ---- JSON ---- */

static json_t *json_run(const struct proof *p)
{
	static const char *const names[] = { [PROOF_NOT_RUN] = "not run",
					     [PROOF_RESET] = "reset",
					     [PROOF_PASSED] = "passed",
					     [PROOF_SILENCE] = "dropped" };
	json_t *o = json_object(), *rules = json_array();
	struct str rest = str_from(p->rules);
	while (rest.n)
		json_array_append_new(rules, json_text(str_cut(&rest, '\n')));
	json_object_set_new(o, "loads", json_boolean(p->loads));
	json_object_set_new(o, "alive", json_boolean(p->alive));
	json_object_set_new(o, "outcome", json_words(names[p->outcome]));
	json_object_set_new(o, "exact", json_boolean(p->exact));
	json_object_set_new(o, "goes_on", json_boolean(p->goes_on));
	json_object_set_new(o, "counted", rules);
	json_object_set_new(o, "why", p->why[0] ? json_words(p->why) : json_null());
	return o;
}

void json_proofs_begin(struct printer *p, const struct ruleset *rs, const struct proof *load)
{
	struct json_state *state = p->state;
	json_t *doc = json_object();
	json_object_set_new(doc, "version", json_integer(1));
	json_object_set_new(doc, "file", json_words(rs->source->name));
	json_object_set_new(doc, "loads", json_boolean(load->loads));
	json_object_set_new(doc, "load_error", load->loads ? json_null() : json_words(load->why));
	json_object_set_new(doc, "findings", json_array());
	state->doc = doc;
}

void json_proofs_each(struct printer *p, const struct proven *x)
{
	const struct json_state *state = p->state;
	struct arena *a = arena_new();
	json_t *o = json_place(x->ruleset->source, x->finding->span);
	json_object_set_new(o, "code", json_words(x->finding->check->id));
	json_object_set_new(o, "witness", json_packet(x->ruleset, &x->finding->witness, a));
	json_object_set_new(o, "before", json_run(&x->before));
	json_object_set_new(o, "after", x->has_fix ? json_run(&x->after) : json_null());
	json_object_set_new(o, "proved", json_boolean(x->is_proved));
	json_array_append_new(json_object_get(state->doc, "findings"), o);
	arena_free(a);
}

void json_proofs_end(struct printer *p)
{
	const struct json_state *state = p->state;
	json_print(p->out, state->doc, JSON_INDENT(2));
	fputc('\n', p->out);
	json_decref(state->doc);
}

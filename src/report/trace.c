/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a packet (`fwlint trace`), for people and for programs. */
#include <fwlint/prove.h>
#include <fwlint/report.h>

#include "formats.h"
#include "json_util.h"
#include "terminal.h"

static const char *hook_of(const struct trace_step *st)
{
	return hook_name(st->base->hook);
}

/* "203.0.113.5:443", "[2001:db8::5]:443", "192.0.2.1" */
static const char *end_words(const struct translation *t, enum nfproto_value family,
			     struct arena *a)
{
	const char *address = field_print(address_field(family, t->end), t->address, a);
	if (!t->has_port)
		return address;
	return arena_printf(a, family == NFPROTO_VALUE_IPV6 ? "[%s]:%u" : "%s:%u", address,
			    (unsigned)t->port);
}

static enum nfproto_value family_of(const struct traced *t)
{
	return t->packet.v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6 ? NFPROTO_VALUE_IPV6
								: NFPROTO_VALUE_IPV4;
}

static const char *verdict_of(const struct traced *t, struct arena *a)
{
	return t->way.has_expired ? "drop (its TTL has run out: it is not forwarded)"
				  : verdict_words(&t->way.trace.verdict, a);
}

static const char *place_of(const struct ruleset *rs, uint32_t off, struct arena *a)
{
	uint32_t line, col;
	source_pos(rs->source, off, &line, &col);
	return arena_printf(a, "%s:%u", source_file_at(rs->source, off)->name, line);
}

/* ---- text ---- */

/* A chain without rules and with policy accept says nothing. */
static bool is_silent(const struct trace_step *st)
{
	return !st->rule && !st->base->n && st->verdict == VERDICT_ACCEPT;
}

static void say_chain(FILE *out, const struct palette *c, const struct trace_step *st)
{
	say(out, "  %c%s%c: table %s %.*s, chain %.*s (priority %d)\n", c->bold, hook_of(st),
	    c->off, family_name(st->base->table->family), STR_FMT(st->base->table->name),
	    STR_FMT(st->base->name), st->base->priority);
}

static void say_steps(FILE *out, const struct palette *c, const struct traced *t, struct arena *a)
{
	const struct trace *way = &t->way.trace;
	for (size_t i = 0; i < way->n; i++) {
		const struct trace_step *st = &way->items[i];
		if (is_silent(st))
			continue;
		if (!i || way->items[i - 1].base != st->base)
			say_chain(out, c, st);
		print_step(out, t->ruleset->source, st);
		if (st->to)
			say(out, "           %s -> %s\n",
			    st->to->end == END_SOURCE ? "source" : "destination",
			    end_words(st->to, family_of(t), a));
	}
}

static void say_turns(FILE *out, const struct traced *t, struct arena *a)
{
	for (size_t i = 0; i < t->turns.n; i++) {
		const struct turn *x = &t->turns.items[i];
		say(out, "  if %s: %s%s%s\n", opaque_words(t->ruleset->vars[x->var], x->answer, a),
		    verdict_words(&x->verdict, a), x->rule ? ", " : "",
		    x->rule ? place_of(t->ruleset, x->rule->span.off, a) : "");
	}
}

static const char *passage_name(enum kernel_verdict p)
{
	static const char *const names[] = { "not sent", "accept", "reject", "drop" };
	return names[p];
}

/* The ends of a packet as it was seen. */
static const char *seen_words(const struct segment *s, struct arena *a)
{
	enum nfproto_value family = s->v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4;
	bool ports = l4proto_has_ports(s->protocol);
	struct translation from = { .address = s->saddr, .port = s->sport, .has_port = ports },
			   to = { .address = s->daddr, .port = s->dport, .has_port = ports };
	return arena_printf(a, "%s -> %s", end_words(&from, family, a), end_words(&to, family, a));
}

static const char *passed_words(const struct passed *p, struct arena *a)
{
	if (p->what == KERNEL_NOT_SENT)
		return arena_printf(a, "not asked: %s", p->why);
	return arena_printf(a, "%s%s%s%s", passage_name(p->what), p->has_seen ? ", as " : "",
			    p->has_seen ? seen_words(&p->seen, a) : "",
			    p->agrees ? " (the same)" : " (OTHERWISE than it was followed)");
}

static void say_traced(FILE *out, const struct palette *c, const struct traced *t, struct arena *a)
{
	say(out, "%c%s%s%c\n", c->bold, t->is_reply ? "answer: " : "",
	    packet_words(t->ruleset, &t->packet, a), c->off);
	for (size_t i = 0; i < t->assumed.n; i++)
		say(out, "  assumed: %s\n", t->assumed.items[i]);
	say_steps(out, c, t, a);
	enum path end = t->way.path;
	bool accepted = t->way.trace.verdict.kind == VERDICT_ACCEPT;
	say(out, "  %c=> %s%c", accepted ? c->green : c->red, verdict_of(t, a), c->off);
	say(out, " (%s%s)\n", t->way.was_looped ? "output, then input by loopback" : path_name(end),
	    t->way.source || t->way.destination
		    ? arena_printf(a, ", as %s", packet_words(t->ruleset, &t->way.last, a))
		    : "");
	say_turns(out, t, a);
	if (t->no_reply)
		say(out, "  no answer: %s\n", t->no_reply);
	if (t->passed)
		say(out, "  the kernel: %s\n", passed_words(t->passed, a));
}

void text_trace(struct printer *p, const struct traced *const *list, size_t n)
{
	const struct palette *c = palette_of(p->options.colour);
	struct arena *a = arena_new();
	for (size_t i = 0; i < n; i++) {
		if (p->options.quiet) {
			say(p->out, "%s: %s\n", packet_words(list[i]->ruleset, &list[i]->packet, a),
			    verdict_of(list[i], a));
			continue;
		}
		if (i)
			fputc('\n', p->out);
		say_traced(p->out, c, list[i], a);
		if (list[i]->reply)
			say_traced(p->out, c, list[i]->reply, a);
	}
	arena_free(a);
}

/* ---- JSON ---- */

static bool decides(enum verdict_kind v)
{
	return v == VERDICT_ACCEPT || verdict_ends(v);
}

/* What the rule says beside a verdict: "jump web", "return"; NULL: nothing. */
static const char *turn_of(const struct trace_step *st, struct arena *a)
{
	const struct chain *to = st->rule ? st->rule->verdict.target : NULL;
	if (st->verdict == VERDICT_RETURN)
		return "return";
	if (st->verdict != VERDICT_JUMP && st->verdict != VERDICT_GOTO)
		return NULL;
	return arena_printf(a, "%s %.*s", st->verdict == VERDICT_JUMP ? "jump" : "goto",
			    to ? (int)to->name.n : 0, to ? to->name.p : "");
}

static json_t *json_step(const struct traced *t, const struct trace_step *st, struct arena *a)
{
	const struct ruleset *rs = t->ruleset;
	const struct chain *chain = st->rule ? st->rule->chain : st->base;
	struct span at = st->rule ? st->rule->span : chain->span;
	json_t *o = json_object();
	json_object_set_new(o, "hook", json_words(hook_of(st)));
	json_object_set_new(o, "family", json_words(family_name(chain->table->family)));
	json_object_set_new(o, "table", json_text(chain->table->name));
	json_object_set_new(o, "chain", json_text(chain->name));
	json_object_set_new(o, "base_chain", json_text(st->base->name));
	if (st->rule || chain->span.len) {
		json_object_update_new(o, json_place(rs->source, at));
	} else {
		json_object_set_new(o, "file", json_words(rs->source->name));
		json_object_set_new(o, "line", json_null());
	}
	json_object_set_new(o, "verdict",
			    json_verdict_kind(decides(st->verdict) ? st->verdict
								   : VERDICT_CONTINUE));
	json_object_set_new(o, "policy", json_boolean(!st->rule));
	json_object_set_new(o, "rule",
			    st->rule ? json_text(source_view(rs->source, st->rule->span))
				     : json_null());
	const char *turn = turn_of(st, a);
	if (turn)
		json_object_set_new(o, "goes", json_words(turn));
	if (st->to) {
		json_object_set_new(o, "to", json_words(end_words(st->to, family_of(t), a)));
		json_object_set_new(o, "translates",
				    json_words(st->to->end == END_SOURCE ? "source"
									 : "destination"));
	}
	return o;
}

static json_t *json_turns(const struct traced *t)
{
	json_t *list = json_array();
	for (size_t i = 0; i < t->turns.n; i++) {
		const struct turn *x = &t->turns.items[i];
		json_t *o = x->rule ? json_place(t->ruleset->source, x->rule->span) : json_object();
		json_object_set_new(o, "test", json_text(t->ruleset->vars[x->var]->text));
		json_object_set_new(o, "answer", json_words(x->answer ? "yes" : "no"));
		json_object_set_new(o, "verdict", json_verdict_kind(x->verdict.kind));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *json_passed(const struct passed *p, struct arena *a)
{
	json_t *o = json_object();
	bool sent = p->what != KERNEL_NOT_SENT;
	json_object_set_new(o, "verdict", sent ? json_words(passage_name(p->what)) : json_null());
	json_object_set_new(o, "agrees", sent ? json_boolean(p->agrees) : json_null());
	json_object_set_new(o, "seen",
			    p->has_seen ? json_words(seen_words(&p->seen, a)) : json_null());
	json_object_set_new(o, "why_not", sent ? json_null() : json_words(p->why));
	return o;
}

static json_t *json_traced(const struct traced *t, struct arena *a)
{
	const struct verdict *v = &t->way.trace.verdict;
	json_t *o = json_object(), *assumes = json_array(), *steps = json_array();
	for (size_t i = 0; i < t->assumed.n; i++)
		json_array_append_new(assumes, json_words(t->assumed.items[i]));
	for (size_t i = 0; i < t->packet.n_answers; i++) {
		const char *words = packet_assumption(t->ruleset, &t->packet, i, a);
		if (words && (t->way.met[i] || t->packet.answers[i]))
			json_array_append_new(assumes, json_words(words));
	}
	for (size_t i = 0; i < t->way.trace.n; i++)
		json_array_append_new(steps, json_step(t, &t->way.trace.items[i], a));
	json_object_set_new(o, "version", json_integer(1));
	json_object_set_new(o, "verdict", json_verdict_kind(v->kind));
	json_object_set_new(o, "reject_with",
			    v->kind == VERDICT_REJECT ? json_text(v->reject_with) : json_null());
	json_object_set_new(o, "packet", json_words(packet_words(t->ruleset, &t->packet, a)));
	json_object_set_new(o, "path", json_words(path_name(t->path)));
	json_object_set_new(o, "ends_on", json_words(path_name(t->way.path)));
	json_object_set_new(o, "leaves_as", json_words(packet_words(t->ruleset, &t->way.last, a)));
	json_object_set_new(o, "expired", json_boolean(t->way.has_expired));
	json_object_set_new(o, "fields", json_packet(t->ruleset, &t->packet, a));
	json_object_set_new(o, "assumes", assumes);
	json_object_set_new(o, "steps", steps);
	json_object_set_new(o, "could_change", json_turns(t));
	if (t->passed)
		json_object_set_new(o, "kernel", json_passed(t->passed, a));
	if (t->reply)
		json_object_set_new(o, "reply", json_traced(t->reply, a));
	else if (t->no_reply)
		json_object_set_new(o, "no_reply", json_words(t->no_reply));
	return o;
}

/* One packet is an object; several are a list of such objects. */
void json_trace_document(struct printer *p, const struct traced *const *list, size_t n)
{
	struct arena *a = arena_new();
	json_t *doc = NULL;
	if (n == 1) {
		doc = json_traced(list[0], a);
	} else {
		json_t *packets = json_array();
		for (size_t i = 0; i < n; i++)
			json_array_append_new(packets, json_traced(list[i], a));
		doc = json_object();
		json_object_set_new(doc, "version", json_integer(1));
		json_object_set_new(doc, "packets", packets);
	}
	json_print(p->out, doc, JSON_INDENT(2));
	fputc('\n', p->out);
	json_decref(doc);
	arena_free(a);
}

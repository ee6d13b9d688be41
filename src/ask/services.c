/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of services is made of the accepted classes of three questions. */
#include <fwlint/ask_services.h>

#include "ask_private.h"

static const char *const questions[] = {
	"tcp flags & (fin | syn | rst | ack) == syn ct state new",
	"meta l4proto udp ct state new",
	"meta l4proto != { tcp, udp } ct state new",
};

/* The values of a field of the class; NULL: any. */
static const char *words_of(const struct ask_services *t, const struct ask_class *c, enum field f,
			    struct arena *a)
{
	const struct values *v = cube_values(c->set.cube, f);
	return v ? values_words(t->ruleset, f, v, a) : NULL;
}

static const char *or_any(const char *words)
{
	return words && strcmp(words, "!= \"lo\"") != 0 ? words : "any";
}

static const char *address_words(const struct ask_services *t, const struct ask_class *c,
				 enum field v4, enum field v6, struct arena *a)
{
	const char *words = words_of(t, c, v4, a);
	return or_any(words ? words : words_of(t, c, v6, a));
}

/* Only what the columns do not say. */
static const char *condition_words(const struct ask_answer *answer, const struct ask_class *c,
				   struct arena *a)
{
	static const enum field columns[] = { FIELD_IIFNAME,  FIELD_OIFNAME,   FIELD_IP_SADDR,
					      FIELD_IP_DADDR, FIELD_IP6_SADDR, FIELD_IP6_DADDR,
					      FIELD_L4PROTO,  FIELD_DPORT,     FIELD_CT_STATE };
	struct ask_class rest = *c;
	struct text t = { .arena = a };
	const struct values *flags = cube_values(c->set.cube, FIELD_TCP_FLAGS);
	rest.assumes.items = NULL;
	rest.assumes.n = rest.assumes.cap = 0;
	rest.families = answer->families;
	for (unsigned i = 0; i < ARRAY_SIZE(columns); i++)
		rest.set.cube = cube_with(rest.set.cube, columns[i], NULL, a);
	if (flags && flags->r->lo == (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK) &&
	    flags->r->hi == TCP_SYN)
		rest.set.cube = cube_with(rest.set.cube, FIELD_TCP_FLAGS, NULL, a);
	class_words(answer, &rest, a);
	text_printf(&t, "%s", rest.match);
	for (size_t i = 0; i < rest.assumes.n; i++)
		text_printf(&t, "%sif %s", t.n ? ", " : "", rest.assumes.items[i]);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

static bool same(const char *x, const char *y)
{
	return strcmp(x, y) == 0;
}

static bool is_row(const struct ask_service *x, const struct ask_service *y)
{
	return x->path == y->path && same(x->in, y->in) && same(x->out, y->out) &&
	       same(x->from, y->from) && same(x->to, y->to) && same(x->protocol, y->protocol) &&
	       same(x->conditions, y->conditions);
}

/* Into the row that has the ports of the other family, if there is one. */
static void add_row(struct ask_services *t, const struct ask_service *s, struct arena *a)
{
	for (size_t i = 0; i < t->n; i++) {
		struct ask_service *row = &t->items[i];
		if (!is_row(row, s) || (row->ports[0] && s->ports[0]) ||
		    (row->ports[1] && s->ports[1]))
			continue;
		for (unsigned f = 0; f < 2; f++)
			row->ports[f] = s->ports[f] ? s->ports[f] : row->ports[f];
		for (size_t k = 0; k < s->places.n; k++)
			vec_push(a, &row->places, s->places.items[k]);
		return;
	}
	vec_push(a, t, *s);
}

static void add_class(struct ask_services *t, const struct ask_answer *answer,
		      const struct ask_class *c, struct arena *a)
{
	const char *ports = words_of(t, c, FIELD_DPORT, a);
	const char *protocol = words_of(t, c, FIELD_L4PROTO, a);
	struct ask_service s = { .path = c->path,
				 .in = or_any(words_of(t, c, FIELD_IIFNAME, a)),
				 .out = or_any(words_of(t, c, FIELD_OIFNAME, a)),
				 .from = address_words(t, c, FIELD_IP_SADDR, FIELD_IP6_SADDR, a),
				 .to = address_words(t, c, FIELD_IP_DADDR, FIELD_IP6_DADDR, a),
				 .protocol = protocol && !same(protocol, "!= { tcp, udp }")
						     ? protocol
						     : "others",
				 .conditions = condition_words(answer, c, a) };
	for (unsigned f = 0; f < 2; f++)
		s.ports[f] = c->families >> f & 1 ? (ports ? ports : "all") : NULL;
	for (size_t i = 0; i < c->places.n; i++)
		vec_push(a, &s.places, c->places.items[i]);
	add_row(t, &s, a);
}

static void ask_path(struct ask_services *t, enum path p, const char *match, struct arena *a)
{
	const char *text = arena_printf(a, "%s iifname != \"lo\" %s", path_name(p), match);
	size_t n = strlen(text);
	struct source *source = source_new(a, "services", text, n);
	struct diags diags = { .arena = a };
	struct ask_question q;
	bool read = ask_read(t->ruleset, source, (struct span){ 0, (uint32_t)n }, a, &diags, &q);
	FW_ASSERT(read);
	struct ask_answer answer = ask_classes(&q, a);
	t->families = answer.families;
	t->gave_up = answer.gave_up;
	for (size_t i = 0; i < answer.n && !t->gave_up; i++)
		if (answer.items[i].verdict.kind == VERDICT_ACCEPT)
			add_class(t, &answer, &answer.items[i], a);
	for (size_t i = 0; i < answer.notes.n && !t->notes.n; i++)
		vec_push(a, &t->notes, answer.notes.items[i]);
}

struct ask_services ask_services(const struct ruleset *rs, struct arena *a)
{
	static const enum path paths[] = { PATH_INPUT, PATH_FORWARD };
	struct ask_services t = { .ruleset = rs };
	for (unsigned p = 0; p < ARRAY_SIZE(paths); p++)
		for (unsigned i = 0; i < ARRAY_SIZE(questions) && !t.gave_up; i++)
			ask_path(&t, paths[p], questions[i], a);
	for (size_t i = 0; i < t.n; i++) {
		const char *const *ports = t.items[i].ports;
		t.items[i].differs = t.families == 3 &&
				     (!ports[0] || !ports[1] || !same(ports[0], ports[1]));
	}
	return t;
}

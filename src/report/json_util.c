/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the JSON documents share. */
#include "json_util.h"

#include <stdlib.h>

json_t *json_text(struct str s)
{
	json_t *j = json_stringn(s.p ? s.p : "", s.n);
	if (j)
		return j;
	char *ascii = malloc(s.n + 1);
	FW_ASSERT(ascii);
	for (size_t i = 0; i < s.n; i++)
		ascii[i] = (unsigned char)s.p[i] < 128 ? s.p[i] : '?';
	j = json_stringn(ascii, s.n);
	free(ascii);
	return j ? j : json_string("");
}

json_t *json_place(const struct source *s, struct span span)
{
	uint32_t line, col;
	source_pos(s, span.off, &line, &col);
	return json_pack("{s:s, s:i, s:i}", "file", source_file_at(s, span.off)->name, "line", (int)line,
			 "column", (int)col);
}

json_t *json_packet(const struct ruleset *rs, const struct packet *p, struct arena *a)
{
	json_t *o = json_object(), *assumes = json_array();
	bool v6 = p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6;
	json_object_set_new(o, "text", json_text(str_from(packet_words(rs, p, a))));
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		bool other_family = v6 ? f == FIELD_IP_SADDR || f == FIELD_IP_DADDR
				       : f == FIELD_IP6_SADDR || f == FIELD_IP6_DADDR;
		bool absent = f >= FIELD_EXTRA && (f - FIELD_EXTRA >= rs->n_extra ||
						   p->v[f] == FIELD_ABSENT);
		struct str name = ruleset_field_name(rs, (enum field)f);
		if (!other_family && !absent)
			json_object_set_new(o, arena_strndup(a, name.p, name.n),
				json_string(ruleset_field_print(rs, (enum field)f, p->v[f], a)));
	}
	for (size_t i = 0; i < p->n_answers && i < rs->n_vars; i++)
		if (p->answers[i])
			json_array_append_new(assumes, json_text(rs->vars[i]->text));
	json_object_set_new(o, "assumes", assumes);
	return o;
}

json_t *json_trace(const struct ruleset *rs, const struct trace *t)
{
	json_t *steps = json_array();
	for (size_t i = 0; i < t->n; i++) {
		const struct trace_step *st = &t->items[i];
		struct verdict v = st->rule ? st->rule->verdict : (struct verdict){ .kind = st->verdict };
		json_t *o = json_object();
		json_object_set_new(o, "base_chain", json_text(st->base->name));
		json_object_set_new(o, "verdict", json_string(verdict_name(&v)));
		if (st->rule && !st->rule->inserted) {
			json_object_set_new(o, "chain", json_text(st->rule->chain->name));
			json_object_update_new(o, json_place(rs->source, st->rule->span));
			json_object_set_new(o, "rule", json_text(source_view(rs->source, st->rule->span)));
		} else {
			json_object_set_new(o, "policy", json_true());
		}
		json_array_append_new(steps, o);
	}
	return steps;
}

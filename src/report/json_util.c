/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the JSON documents share. */
#include "json_util.h"
#include "problem.h"

json_t *json_text(struct str s)
{
	json_t *j = str_contains(s, "\\x") ? NULL : json_stringn(s.n ? s.p : "", s.n);
	if (j)
		return j;
	struct arena *a = arena_new();
	struct text t = { .arena = a };
	text_add_utf8(&t, s);
	j = json_stringn(t.n ? t.items : "", t.n);
	arena_free(a);
	FW_ASSERT(j);
	return j;
}

json_t *json_words(const char *z)
{
	return json_text(str_from(z));
}

void json_set(json_t *object, struct str key, json_t *value)
{
	json_t *k = json_text(key);
	json_object_set_new(object, json_string_value(k), value);
	json_decref(k);
}

/*
 * Both occur only in strings: DEL, the only control character that jansson leaves unchanged, and
 * "##", which begins commands to a CI service.
 */
static int write_ascii(const char *p, size_t n, void *data)
{
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0x7f && !(p[i] == '#' && i + 1 < n && p[i + 1] == '#'))
			continue;
		fwrite(p + from, 1, i - from, data);
		fprintf(data, "\\u%04x", (unsigned)p[i]);
		from = i + 1;
	}
	fwrite(p + from, 1, n - from, data);
	return 0;
}

void json_print(FILE *out, const json_t *j, size_t flags)
{
	json_dump_callback(j, write_ascii, out, flags | JSON_ENSURE_ASCII);
}

json_t *json_place(const struct source *s, struct span span)
{
	struct text_region at = text_region_of(s, span);
	json_t *o = json_object();
	json_object_set_new(o, "file", json_words(at.file));
	json_object_set_new(o, "line", json_integer(at.line));
	json_object_set_new(o, "column", json_integer(at.col));
	json_object_set_new(o, "end_line", json_integer(at.end_line));
	json_object_set_new(o, "end_column", json_integer(at.end_col));
	return o;
}

json_t *json_verdict_kind(enum verdict_kind kind)
{
	struct verdict v = { .kind = kind };
	return json_words(kind == VERDICT_STOLEN ? "stolen" : verdict_name(&v));
}

json_t *json_packet(const struct ruleset *rs, const struct packet *p, struct arena *a)
{
	json_t *o = json_object(), *assumes = json_array();
	json_object_set_new(o, "text", json_words(packet_words(rs, p, a)));
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		struct str name = ruleset_field_name(rs, (enum field)f);
		bool absent = f >= FIELD_EXTRA + rs->n_extra ||
			      (field_table[f].optional && p->v[f] == FIELD_ABSENT);
		if (!absent && !field_is_of_other_family((enum field)f,
							 (enum nfproto_value)p->v[FIELD_NFPROTO]))
			json_set(o, name,
				 json_words(ruleset_field_print(rs, (enum field)f, p->v[f], a)));
	}
	for (size_t i = 0; i < p->n_answers && i < rs->n_vars; i++)
		if (p->answers[i] || (p->relied_on && p->relied_on[i]))
			json_array_append_new(assumes,
					      json_text(str_from(arena_printf(
						      a, "%s%.*s", p->answers[i] ? "" : "not: ",
						      STR_FMT(rs->vars[i]->text)))));
	json_object_set_new(o, "assumes", assumes);
	return o;
}

json_t *json_trace(const struct ruleset *rs, const struct trace *t)
{
	json_t *steps = json_array();
	for (size_t i = 0; i < t->n; i++) {
		const struct trace_step *st = &t->items[i];
		struct verdict v = st->rule ? st->rule->verdict
					    : (struct verdict){ .kind = st->verdict };
		json_t *o = json_object();
		json_object_set_new(o, "base_chain", json_text(st->base->name));
		json_object_set_new(o, "verdict", json_words(verdict_name(&v)));
		if (st->rule && !st->rule->inserted) {
			json_object_set_new(o, "chain", json_text(st->rule->chain->name));
			json_object_update_new(o, json_place(rs->source, st->rule->span));
			json_object_set_new(o, "rule",
					    json_text(source_view(rs->source, st->rule->span)));
		} else {
			json_object_set_new(o, "policy", json_true());
		}
		json_array_append_new(steps, o);
	}
	return steps;
}

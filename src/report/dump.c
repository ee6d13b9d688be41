/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --dump: the model, or the walks, as JSON. It is written rule by rule, so that memory does not
 * hold a long ruleset twice.
 */
#include <fwlint/flow_reach.h>
#include <fwlint/report.h>

#include "json_util.h"

static json_t *json_value(const struct ruleset *rs, enum field f, u128 v, struct arena *a)
{
	return json_words(ruleset_field_print(rs, f, v, a));
}

static json_t *json_match(const struct ruleset *rs, const struct match *m, struct arena *a)
{
	json_t *o = json_object(), *list = json_array();
	if (m->negate)
		json_object_set_new(o, "not", json_true());
	switch (m->kind) {
	case MATCH_RANGES:
		json_object_set_new(o, "field", json_text(ruleset_field_name(rs, m->field)));
		for (uint32_t i = 0; i < m->n; i++) {
			json_t *r = json_array();
			json_array_append_new(r, json_value(rs, m->field, m->ranges[i].lo, a));
			if (m->ranges[i].lo != m->ranges[i].hi)
				json_array_append_new(
					r, m->ranges[i].hi == field_max(m->field) &&
							   field_table[m->field].format ==
								   FORMAT_IFNAME
						   ? json_string("+")
						   : json_value(rs, m->field, m->ranges[i].hi, a));
			json_array_append_new(list, r);
		}
		json_object_set_new(o, "in", list);
		return o;
	case MATCH_MASK:
		json_object_set_new(o, "field", json_text(ruleset_field_name(rs, m->field)));
		json_object_set_new(o, "mask", json_value(rs, m->field, m->mask->mask, a));
		json_object_set_new(o, "value", json_value(rs, m->field, m->mask->value, a));
		break;
	case MATCH_OPAQUE:
		json_object_set_new(o, "opaque", json_text(m->opaque->text));
		json_object_set_new(o, "class",
				    json_words(m->opaque->class == OPAQUE_STATEFUL ? "stateful"
										   : "pure"));
		break;
	case MATCH_ANY:
	case MATCH_ALL:
		for (uint32_t i = 0; i < m->n; i++)
			json_array_append_new(list, json_match(rs, &m->parts[i], a));
		json_object_set_new(o, m->kind == MATCH_ANY ? "any" : "all", list);
		return o;
	}
	json_decref(list);
	return o;
}

// clang-format off
static const char *const statement_names[] = {
	[STMT_LOG] = "log", [STMT_WRITE] = "write", [STMT_NOTRACK] = "notrack", [STMT_TEMPLATE] = "template",
	[STMT_NAT] = "nat", [STMT_TIMEOUT] = "timeout", [STMT_OFFLOAD] = "offload",
	[STMT_OTHER] = "other",
};
// clang-format on

static json_t *json_statement(const struct statement *st, struct arena *a)
{
	json_t *o = json_object();
	json_object_set_new(o, "kind", json_words(statement_names[st->kind]));
	json_object_set_new(o, "text", json_text(st->text));
	if (st->kind == STMT_WRITE) {
		json_object_set_new(o, "field", json_words(field_table[st->field].name));
		json_object_set_new(o, "mask",
				    json_words(arena_printf(a, "0x%llx",
							    (unsigned long long)st->mask)));
		json_object_set_new(o, "value",
				    st->unknown
					    ? json_null()
					    : json_words(arena_printf(
						      a, "0x%llx", (unsigned long long)st->value)));
	}
	return o;
}

static json_t *json_rule(const struct ruleset *rs, const struct rule *r, struct arena *a)
{
	json_t *o = json_object(), *matches = json_array(), *stmts = json_array();
	uint32_t line, col;
	source_pos(rs->source, r->span.off, &line, &col);
	for (uint32_t i = 0; i < r->n_matches; i++)
		json_array_append_new(matches, json_match(rs, &r->matches[i], a));
	for (uint32_t i = 0; i < r->n_statements; i++)
		json_array_append_new(stmts, json_statement(&r->statements[i], a));
	json_object_set_new(o, "line", json_integer(line));
	json_object_set_new(o, "matches", matches);
	json_object_set_new(o, "statements", stmts);
	json_object_set_new(o, "verdict", json_words(verdict_name(&r->verdict)));
	if (r->verdict.target)
		json_object_set_new(o, "target", json_text(r->verdict.target->name));
	if (r->verdict.kind == VERDICT_REJECT)
		json_object_set_new(o, "reject_with", json_text(r->verdict.reject_with));
	if (r->comment.n)
		json_object_set_new(o, "comment", json_text(r->comment));
	return o;
}

static void print_string(FILE *out, struct str s)
{
	json_t *j = json_text(s);
	json_print(out, j, JSON_ENCODE_ANY);
	json_decref(j);
}

// clang-format off
static const char *const policy_names[] = {
	[POLICY_ACCEPT] = "accept", [POLICY_DROP] = "drop", [POLICY_UNKNOWN] = "unknown",
};
// clang-format on

static void print_chain(FILE *out, const struct ruleset *rs, const struct chain *c)
{
	fputs("   {\"name\": ", out);
	print_string(out, c->name);
	if (c->is_base)
		fprintf(out, ", \"hook\": \"%s\", \"priority\": %d, \"policy\": \"%s\"",
			hook_name(c->hook), c->priority, policy_names[c->policy]);
	fputs(", \"rules\": [", out);
	for (size_t i = 0; i < c->n; i++) {
		struct arena *a = arena_new();
		json_t *j = json_rule(rs, c->items[i], a);
		fputs(i ? ",\n    " : "\n    ", out);
		json_print(out, j, 0);
		json_decref(j);
		arena_free(a);
	}
	fputs("]}", out);
}

void report_ast(FILE *out, const struct ruleset *rs)
{
	fprintf(out, "{\"dialect\": \"%s\", \"tables\": [", rs->dialect);
	for (size_t i = 0; i < rs->n; i++) {
		const struct table *t = rs->items[i];
		fprintf(out, "%s\n {\"family\": \"%s\", \"name\": ", i ? "," : "",
			family_name(t->family));
		print_string(out, t->name);
		fputs(", \"chains\": [\n", out);
		for (size_t j = 0; j < t->n; j++) {
			if (j)
				fputs(",\n", out);
			print_chain(out, rs, t->items[j]);
		}
		fputs("]}", out);
	}
	fputs("\n]}\n", out);
}

/* ---- flow ---- */

static uint32_t line_of(const struct ruleset *rs, const struct rule *r)
{
	uint32_t line, col;
	source_pos(rs->source, r->span.off, &line, &col);
	return line;
}

static json_t *json_some(const struct ruleset *rs, enum pick found, const struct packet *p,
			 struct arena *a)
{
	return found == PICK_FOUND ? json_words(packet_words(rs, p, a)) : json_null();
}

static json_t *json_visit(const struct flow *f, const struct visit_reach *v, struct arena *a)
{
	const struct ruleset *rs = f->ruleset;
	const struct flow_event *e = v->event;
	json_t *o = json_object(), *by;
	struct verdict verdict = e->rule ? e->rule->verdict
					 : (struct verdict){ .kind = e->verdict };
	json_object_set_new(o, "base_chain", json_text(e->base->name));
	json_object_set_new(o, "table", json_text(e->base->table->name));
	if (e->rule) {
		json_object_set_new(o, "chain", json_text(e->rule->chain->name));
		json_object_set_new(o, "line", json_integer(line_of(rs, e->rule)));
	} else {
		json_object_set_new(o, "policy", json_true());
	}
	json_object_set_new(o, "verdict", json_words(verdict_name(&verdict)));
	json_object_set_new(o, "arrives", json_some(rs, v->arrives, &v->arriving, a));
	json_object_set_new(o, "takes", json_some(rs, v->takes, &v->taken, a));
	if (v->n_takers)
		json_object_set_new(o, "taken_by", by = json_array());
	for (size_t i = 0; i < v->n_takers; i++)
		json_array_append_new(by, json_integer(line_of(rs, v->takers[i])));
	return o;
}

struct printing {
	FILE *out;
	bool first;
	struct arena *arena;
};

static void print_visit(const struct flow *f, const struct visit_reach *v, void *context)
{
	struct printing *p = context;
	json_t *j = json_visit(f, v, p->arena);
	fputs(p->first ? "\n  " : ",\n  ", p->out);
	json_print(p->out, j, 0);
	json_decref(j);
	p->first = false;
	arena_reset(p->arena);
}

void report_flow(FILE *out, const struct ruleset *rs, struct arena *a)
{
	bool first = true;
	struct flow_space *space = flow_space_new(rs, a);
	fputs("{\"walks\": [", out);
	for (unsigned family = 0; family < 2; family++)
		for (unsigned p = 0; p < PATH_COUNT; p++) {
			struct flow_options o = { .path = (enum path)p,
						  .state = STATE_EVERY,
						  .all_visits = true,
						  .family = (enum nfproto_value)family };
			if (!path_has_chains(rs, o.path, o.family))
				continue;
			struct flow *f = flow_walk(rs, space, &o, a);
			fprintf(out,
				"%s\n {\"path\": \"%s\", \"family\": \"%s\", \"complete\": %s, "
				"\"rules\": [",
				first ? "" : ",", path_name(o.path), family ? "ipv6" : "ipv4",
				f->gave_up ? "false" : "true");
			first = false;
			struct printing to = { out, true, arena_new() };
			flow_answer(f, print_visit, &to);
			arena_free(to.arena);
			fputs("]}", out);
		}
	fputs("\n]}\n", out);
}

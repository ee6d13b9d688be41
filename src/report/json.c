/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For programs: one JSON document with an entry per input. */
#include <fwlint/report.h>

#include "formats.h"
#include "json_util.h"

extern const struct format format_json;

/* Fixes are numbered from 1: first those that are used, then those that are offered. */
static json_t *json_cure(const struct fix_plan *plan, const struct fix *f)
{
	if (!f)
		return json_null();
	return json_integer(fix_plan_uses(plan, f)
				    ? f - plan->used.items + 1
				    : (json_int_t)plan->used.n + (f - plan->offered.items) + 1);
}

/* The findings that the fix ends, by their places in the list. */
static json_t *json_cured(const struct report *r, const struct fix *f)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->findings->n; i++)
		if (fix_plan_cure(r->plan, &r->findings->items[i]) == f)
			json_array_append_new(list, json_integer((json_int_t)i));
	return list;
}

/*
 * Where the new rule stands: beside which line, and the number that it has in its chain once the
 * fixes before it are made.
 */
static json_t *json_fix_place(const struct report *r, const struct fix *f)
{
	const struct chain *c = f->change.chain;
	uint32_t number = 1;
	for (size_t i = 0; i < f->change.index && i < c->n; i++)
		number += !c->items[i]->same_rule;
	json_t *o = f->form.near && !f->form.near->inserted
			    ? json_place(r->source, f->form.near->span)
			    : json_object();
	json_object_del(o, "column");
	json_object_del(o, "end_column");
	json_object_del(o, "end_line");
	json_object_set_new(o, "behind", json_boolean(f->form.after));
	json_object_set_new(o, "table", json_text(c->table->name));
	json_object_set_new(o, "chain", json_text(c->name));
	json_object_set_new(o, "rule_number", json_integer(number));
	return o;
}

static json_t *json_fix(const struct report *r, const struct fix *f, bool used, struct arena *a)
{
	json_t *classes = json_array();
	for (size_t i = 0; i < f->n_classes; i++) {
		json_t *o = json_object();
		json_object_set_new(o, "path", json_words(path_name(f->classes[i].path)));
		json_object_set_new(o, "old", json_words(verdict_words(&f->classes[i].old, a)));
		json_object_set_new(o, "new", json_string("drop"));
		json_object_set_new(o, "sample", json_packet(r->ruleset, &f->classes[i].sample, a));
		json_array_append_new(classes, o);
	}
	json_t *o = json_object();
	json_object_set_new(o, "cure", json_cure(r->plan, f));
	json_object_set_new(o, "rule", json_words(f->text));
	json_object_set_new(o, "for", json_words(f->finding->check->id));
	json_object_update_new(o, json_fix_place(r, f));
	json_object_set_new(o, "findings", json_cured(r, f));
	json_object_set_new(o, "safe", json_boolean(f->safety == FIX_SAFE));
	json_object_set_new(o, "used", json_boolean(used));
	json_object_set_new(o, "state", json_words(ct_state_name(f->state)));
	json_object_set_new(o, "hazard", f->hazard ? json_words(f->hazard) : json_null());
	json_object_set_new(o, "certificate", json_words(fix_certificate(f, a)));
	json_object_set_new(o, "classes", classes);
	/* fix_judge() has proved this; other fixes never get here */
	json_object_set_new(o, "nothing_else_changes", json_true());
	return o;
}

static json_t *json_finding(const struct report *r, const struct finding *f, struct arena *a)
{
	json_t *o = json_object();
	json_object_set_new(o, "code", json_words(f->check->id));
	json_object_set_new(o, "name", json_words(f->check->name));
	if (f->fingerprint)
		json_object_set_new(o, "fingerprint", json_words(f->fingerprint));
	json_object_set_new(o, "severity", json_words(severity_name(f->severity)));
	json_object_set_new(o, "message", json_words(f->message));
	json_object_set_new(o, "detail", f->detail ? json_words(f->detail) : json_null());
	json_object_update_new(o, json_place(r->source, f->span));
	const struct ruleset *part = f->rule ? ruleset_part(r->ruleset, f->rule->chain->table)
					     : NULL;
	const struct dialect *dialect = part ? dialect_find(part->dialect) : NULL;
	if (dialect && dialect->pointer)
		json_object_set_new(o, "pointer",
				    json_words(dialect->pointer(part->source, f->span, a)));
	if (f->rule) {
		json_object_set_new(o, "table", json_text(f->rule->chain->table->name));
		json_object_set_new(o, "chain", json_text(f->rule->chain->name));
		json_object_set_new(o, "rule_number",
				    json_integer(rule_number(r->ruleset, f->rule)));
		if (rule_handle(r->ruleset, f->rule))
			json_object_set_new(o, "handle",
					    json_integer(
						    (json_int_t)rule_handle(r->ruleset, f->rule)));
		json_object_set_new(o, "rule", json_text(source_view(r->source, f->rule->span)));
	}
	if (f->path == PATH_COUNT)
		return o;
	json_object_set_new(o, "path", json_words(path_name(f->path)));
	json_object_set_new(o, "witness", json_packet(r->ruleset, &f->witness, a));
	json_object_set_new(o, "trace", json_trace(r->ruleset, &f->trace));
	json_object_set_new(o, "verdict", json_words(verdict_name(&f->trace.verdict)));
	return o;
}

/* Edits that tidy the ruleset, if they were proved. */
static json_t *json_tidy(const struct report *r, const struct finding *f)
{
	enum tidied t = r->plan ? fix_plan_tidied(r->plan, f) : TIDIED_NOT;
	if (t == TIDIED_NOT)
		return json_null();
	json_t *o = json_object();
	json_object_set_new(o, "what", json_words(f->tidy->what));
	json_object_set_new(o, "used", json_boolean(t == TIDIED_USED));
	return o;
}

static json_t *json_report(const struct report *r, bool applies, struct arena *a)
{
	json_t *o = json_object(), *errors = json_array(), *found = json_array(),
	       *allowed = json_array(), *fixes = json_array();
	json_object_set_new(o, "file", json_words(r->name));
	for (size_t i = 0; i < r->messages->n; i++) {
		if (r->messages->items[i].kind == MESSAGE_NOTE)
			continue;
		json_t *e = json_object();
		json_object_set_new(e, "message", json_words(r->messages->items[i].text));
		json_array_append_new(errors, e);
	}
	for (size_t i = 0; i < r->diags->n; i++) {
		const struct check *c = check_of_error(r->diags->items[i].code);
		json_t *e = json_place(r->source, r->diags->items[i].span);
		json_object_set_new(e, "code", json_words(c->id));
		json_object_set_new(e, "name", json_words(c->name));
		json_object_set_new(e, "message", json_words(r->diags->items[i].message));
		json_array_append_new(errors, e);
	}
	for (size_t i = 0; r->findings && i < r->findings->n; i++) {
		const struct finding *f = &r->findings->items[i];
		json_t *j = json_finding(r, f, a);
		json_object_set_new(j, "cure",
				    r->plan ? json_cure(r->plan, fix_plan_cure(r->plan, f))
					    : json_null());
		json_object_set_new(j, "tidy", json_tidy(r, f));
		json_array_append_new(found, j);
	}
	for (size_t i = 0; r->findings && i < r->findings->allowed.n; i++) {
		const struct allowed *x = &r->findings->allowed.items[i];
		json_t *j = json_finding(r, &x->finding, a);
		json_object_set_new(j, "reason", json_text(x->reason));
		json_array_append_new(allowed, j);
	}
	for (size_t i = 0; r->plan && i < r->plan->used.n; i++)
		json_array_append_new(fixes, json_fix(r, &r->plan->used.items[i], true, a));
	for (size_t i = 0; r->plan && i < r->plan->offered.n; i++)
		json_array_append_new(fixes, json_fix(r, &r->plan->offered.items[i], false, a));
	json_object_set_new(o, "dialect",
			    r->ruleset ? json_words(r->ruleset->dialect) : json_null());
	json_object_set_new(o, "errors", errors);
	json_object_set_new(o, "findings", found);
	json_object_set_new(o, "allowed", allowed);
	json_object_set_new(o, "fixes", fixes);
	json_object_set_new(o, "known",
			    json_integer(r->findings ? (json_int_t)r->findings->known.n : 0));
	json_object_set_new(o, "diff", json_words(r->diff ? r->diff : ""));
	if (applies)
		json_object_set_new(o, "changed", json_integer((json_int_t)r->n_changed));
	return o;
}

static void count_report(struct json_state *n, const struct report *r)
{
	n->unread += !r->ruleset;
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		n->found[r->findings->items[i].severity]++;
	n->allowed += r->findings ? r->findings->allowed.n : 0;
	n->used += r->plan ? r->plan->used.n : 0;
	n->offered += r->plan ? r->plan->offered.n : 0;
}

static void print_totals(FILE *out, const struct json_state *n)
{
	fprintf(out,
		",\n\"totals\": {\"inputs\": %zu, \"unreadable\": %zu, \"errors\": %zu, "
		"\"warnings\": %zu, "
		"\"notes\": %zu, \"allowed\": %zu, \"fixes\": %zu, \"offered\": %zu}",
		n->n_reports, n->unread, n->found[SEV_ERROR], n->found[SEV_WARNING],
		n->found[SEV_NOTE], n->allowed, n->used, n->offered);
}

static void begin(struct printer *p)
{
	fputs("{\"version\": 1, \"inputs\": [", p->out);
}

static void each(struct printer *p, const struct report *r)
{
	struct json_state *state = p->state;
	struct arena *a = arena_new();
	json_t *j = json_report(r, p->options.applies, a);
	count_report(state, r);
	fputs(state->n_reports++ ? ",\n" : "\n", p->out);
	json_print(p->out, j, JSON_INDENT(2));
	json_decref(j);
	arena_free(a);
}

/* Prints the figures of the kernel for the running ruleset. */
static void end(struct printer *p)
{
	const struct live_conntrack *c = p->options.conntrack;
	FILE *out = p->out;
	fputs("\n]", out);
	print_totals(out, p->state);
	if (c) {
		json_t *j = json_pack("{sI sI sI sI sI sI so}", "entries", (json_int_t)c->entries,
				      "max", (json_int_t)c->max, "invalid", (json_int_t)c->invalid,
				      "drop", (json_int_t)c->drop, "early_drop",
				      (json_int_t)c->early_drop, "insert_failed",
				      (json_int_t)c->insert_failed, "sysctl", json_text(c->sysctl));
		fputs(",\n\"conntrack\": ", out);
		json_print(out, j, JSON_INDENT(2));
		json_decref(j);
	}
	fputs("}\n", out);
}

// clang-format off
const struct format format_json = {
	.name = "json", .about = "for programs: one document with all inputs",
	.state_size = sizeof(struct json_state),
	.has_errors = true,
	.lint = { begin, each, end },
	.comparison = json_comparison,
	.answer = json_answer,
	.resets = json_resets,
	.services = json_services,
	.checks = json_checks,
	.tests = json_tests,
	.proofs = { json_proofs_begin, json_proofs_each, json_proofs_end },
	.trace = json_trace_document,
};
// clang-format on

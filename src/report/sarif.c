/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SARIF 2.1.0 (OASIS), for code review and CI: one run with all inputs. Inputs that could not be
 * read are notifications of the invocation. Section numbers in the comments are those of the
 * standard.
 */
#include <fwlint/report.h>

#include "json_util.h"
#include "problem.h"
#include "terminal.h"

extern const struct format format_sarif;

struct sarif {
	json_t *results, *notifications;
};

/* ---- places ---- */

/*
 * A path as a URI (3.4.3, RFC 3986): a path from the root becomes an absolute URI, as a reference
 * has no base here, and "//x/y" would name a host.
 */
static json_t *uri(const char *path, struct arena *a)
{
	struct text t = { .arena = a };
	path = plain_path(path);
	if (*path == '/') {
		text_printf(&t, "file://");
		path += strspn(path, "/") - 1;
	}
	for (const unsigned char *c = (const unsigned char *)path; *c; c++) {
		bool plain = *c < 0x80 && (strchr("-._~/", *c) || (*c >= '0' && *c <= '9') ||
					   (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'));
		text_printf(&t, plain ? "%c" : "%%%02X", *c);
	}
	return json_words(arena_strndup(a, t.n ? t.items : "", t.n));
}

/* Columns are counted in characters (3.14.17, columnKind). */
static json_t *region(const struct text_region *at)
{
	json_t *o = json_object();
	json_object_set_new(o, "startLine", json_integer(at->line));
	json_object_set_new(o, "startColumn", json_integer(at->char_col));
	json_object_set_new(o, "endLine", json_integer(at->end_line));
	json_object_set_new(o, "endColumn", json_integer(at->end_char_col));
	return o;
}

static json_t *file_location(const char *name, struct arena *a)
{
	json_t *o = json_object();
	json_object_set_new(o, "uri", uri(name, a));
	return o;
}

static json_t *location(const struct source *s, struct span span, struct arena *a)
{
	struct text_region at = text_region_of(s, span);
	json_t *place = json_object(), *o = json_object();
	json_object_set_new(place, "artifactLocation", file_location(at.file, a));
	json_object_set_new(place, "region", region(&at));
	json_object_set_new(o, "physicalLocation", place);
	return o;
}

static json_t *one(json_t *x)
{
	json_t *list = json_array();
	json_array_append_new(list, x);
	return list;
}

/*
 * A message (3.11): braces are doubled, as "{0}" stands for an argument (3.11.5); and text of the
 * input must not become a link, "[words](address)" (3.11.6), which no escape prevents.
 */
static json_t *message(const char *words)
{
	json_t *o = json_object();
	struct arena *a = arena_new();
	struct text t = { .arena = a };
	for (const char *c = words; *c; c++)
		text_printf(&t, "%c%s", *c,
			    *c == '{'                    ? "{"
			    : *c == '}'                  ? "}"
			    : c[0] == ']' && c[1] == '(' ? " "
							 : "");
	json_object_set_new(o, "text", json_text(text_str(&t)));
	arena_free(a);
	return o;
}

/* Words about a rule (3.12): our own, without arguments. */
static json_t *description(const char *words)
{
	json_t *o = json_object();
	json_object_set_new(o, "text", json_words(words));
	return o;
}

/* ---- the rules of the tool (3.19.23) ---- */

static const char *level(enum severity s)
{
	return severity_name(s); /* the same words (3.27.10) */
}

/* What to do about it, and where to look it up (3.49.12: Markdown beside the plain text). */
static json_t *help(const struct check *c, struct arena *a)
{
	struct text plain = { .arena = a }, marked = { .arena = a };
	text_printf(&plain, "%s\n", c->fix_safety);
	text_printf(&marked, "%s\n\n%s\n", c->why, c->fix_safety);
	for (const struct reference *r = c->references; r->text; r++) {
		text_printf(&plain, "\n%s%s%s", r->text, r->url ? ": " : "", r->url ? r->url : "");
		text_printf(&marked, r->url ? "\n- [%s](%s)" : "\n- %s", r->text, r->url);
	}
	json_t *o = json_object();
	json_object_set_new(o, "text", json_text(text_str(&plain)));
	json_object_set_new(o, "markdown", json_text(text_str(&marked)));
	return o;
}

/* The checks (3.19.23), or the errors of input (3.19.24). */
static json_t *descriptors(bool of_errors, struct arena *a)
{
	json_t *list = json_array();
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		if (of_errors != (c->error != ERROR_QUESTION))
			continue;
		json_t *o = json_object(), *config = json_object();
		json_object_set_new(config, "level", json_words(level(c->severity)));
		json_object_set_new(o, "id", json_words(c->id));
		json_object_set_new(o, "name", json_words(c->name));
		json_object_set_new(o, "shortDescription", description(c->finds));
		json_object_set_new(o, "fullDescription", description(c->why));
		json_object_set_new(o, "help", help(c, a));
		if (check_url(c))
			json_object_set_new(o, "helpUri", json_words(check_url(c)));
		json_object_set_new(o, "defaultConfiguration", config);
		json_array_append_new(list, o);
	}
	return list;
}

static json_int_t rule_index(const struct check *c)
{
	json_int_t n = 0;
	for (size_t i = 0; check_list[i] != c; i++)
		n += (check_list[i]->error != ERROR_QUESTION) == (c->error != ERROR_QUESTION);
	return n;
}

/* ---- results (3.27) ---- */

/*
 * The witness and its way as a code flow (3.36): one thread of execution, the packet, whose steps
 * are the rules and policies that it meets.
 */
static json_t *code_flow(const struct report *r, const struct finding *f, struct arena *a)
{
	json_t *steps = json_array(), *thread = json_object(), *flow = json_object();
	for (size_t i = 0; i < f->trace.n; i++) {
		const struct trace_step *st = &f->trace.items[i];
		const struct rule *rule = st->rule;
		struct verdict v = { .kind = st->verdict };
		json_t *o = json_object(), *at = json_object();
		if (rule && !rule->inserted) {
			json_decref(at);
			at = location(r->source, rule->span, a);
		}
		json_object_set_new(
			at, "message",
			message(arena_printf(
				a, "%.*s%s: %s", STR_FMT(rule ? rule->chain->name : st->base->name),
				rule ? "" : ", policy", verdict_name(rule ? &rule->verdict : &v))));
		json_object_set_new(o, "location", at);
		json_object_set_new(o, "executionOrder", json_integer((json_int_t)i + 1));
		json_array_append_new(steps, o);
	}
	json_object_set_new(thread, "message", message(packet_words(r->ruleset, &f->witness, a)));
	json_object_set_new(thread, "locations", steps);
	json_object_set_new(flow, "message",
			    message(arena_printf(a, "a packet that comes to this rule: %s",
						 packet_words(r->ruleset, &f->witness, a))));
	json_object_set_new(flow, "threadFlows", one(thread));
	return flow;
}

/* Replaces the bytes of the span (3.57); NULL: the inserted bytes are not text (3.3.4: UTF-8). */
static json_t *replacement(const struct source *s, const struct edit *e)
{
	struct text_region at = text_region_of(s, e->span);
	json_t *text = json_stringn(e->text.n ? e->text.p : "", e->text.n);
	if (!text)
		return NULL;
	json_t *o = json_object(), *content = json_object();
	json_object_set_new(content, "text", text);
	json_object_set_new(o, "deletedRegion", region(&at));
	json_object_set_new(o, "insertedContent", content);
	return o;
}

/* The edits of one fix; false: one of them is not text. */
static bool add_changes(json_t *changes, const struct report *r, const struct fix *f,
			struct arena *a)
{
	const struct ruleset *part = ruleset_part(r->ruleset, f->change.chain->table);
	struct edits edits = { .arena = a };
	const char *text;
	if (!dialect_find(part->dialect)->render(part, f->rule, &f->form, &edits, &text))
		return false;
	for (size_t i = 0; i < edits.n; i++) {
		json_t *how = replacement(r->source, &edits.items[i]), *change = json_object();
		const char *file = source_file_at(r->source, edits.items[i].span.off)->name;
		json_object_set_new(change, "artifactLocation", file_location(file, a));
		json_object_set_new(change, "replacements", one(how ? how : json_null()));
		json_array_append_new(changes, change);
		if (!how)
			return false;
	}
	return true;
}

/*
 * The fixes used for a finding (3.55): the one that ends it, and one for what the others left of
 * it. Fixes that are only offered do not count. NULL: there is none.
 */
static json_t *fix(const struct report *r, const struct finding *f, struct arena *a)
{
	const struct fix *cure = r->plan ? fix_plan_cure(r->plan, f) : NULL;
	json_t *changes = json_array(), *o = json_object();
	struct text t = { .arena = a };
	bool ok = true;
	for (size_t i = 0; r->plan && !r->plan->failed && i < r->plan->used.n && ok; i++) {
		const struct fix *u = &r->plan->used.items[i];
		if (u != cure && !finding_is_same(u->finding, f))
			continue;
		ok = add_changes(changes, r, u, a);
		text_printf(&t, "%s%s (%s: %s)", t.n ? "; " : "", u->text,
			    u->safety == FIX_SAFE ? "safe" : "unsafe", fix_certificate(u, a));
	}
	if (ok && json_array_size(changes)) {
		json_object_set_new(o, "description",
				    message(arena_strndup(a, t.n ? t.items : "", t.n)));
		json_object_set_new(o, "artifactChanges", changes);
		return o;
	}
	json_decref(changes);
	json_decref(o);
	return NULL;
}

static json_t *result(const struct report *r, const struct finding *f, struct arena *a)
{
	json_t *o = json_object(), *prints = json_object();
	json_object_set_new(o, "ruleId", json_words(f->check->id));
	json_object_set_new(o, "ruleIndex", json_integer(rule_index(f->check)));
	json_object_set_new(o, "level", json_words(level(f->severity)));
	json_object_set_new(o, "message", message(f->message));
	json_object_set_new(o, "locations", one(location(r->source, f->span, a)));
	json_object_set_new(prints, "fwlintRule/v1", json_words(f->fingerprint));
	json_object_set_new(o, "partialFingerprints", prints);
	if (f->path != PATH_COUNT && f->trace.n)
		json_object_set_new(o, "codeFlows", one(code_flow(r, f, a)));
	return o;
}

/* The same with its fix. */
static json_t *open_result(const struct report *r, const struct finding *f, struct arena *a)
{
	json_t *o = result(r, f, a);
	json_t *how = fix(r, f, a);
	if (how)
		json_object_set_new(o, "fixes", one(how));
	return o;
}

static void begin(struct printer *p)
{
	*(struct sarif *)p->state = (struct sarif){ json_array(), json_array() };
}

static void each(struct printer *p, const struct report *r)
{
	struct sarif *state = p->state;
	struct arena *a = arena_new();
	for (size_t i = 0; i < r->messages->n; i++) {
		const struct message *m = &r->messages->items[i];
		json_t *o = json_object();
		json_object_set_new(o, "level",
				    json_words(m->kind == MESSAGE_NOTE ? "note" : "error"));
		json_object_set_new(o, "message", message(m->text));
		json_array_append_new(state->notifications, o);
	}
	for (size_t i = 0; i < r->diags->n; i++) {
		const struct check *c = check_of_error(r->diags->items[i].code);
		json_t *o = json_object(), *kind = json_object();
		json_object_set_new(kind, "id", json_words(c->id));
		json_object_set_new(kind, "index", json_integer(rule_index(c)));
		json_object_set_new(o, "descriptor", kind);
		json_object_set_new(o, "level", json_string("error"));
		json_object_set_new(o, "message", message(r->diags->items[i].message));
		json_object_set_new(o, "locations",
				    one(location(r->source, r->diags->items[i].span, a)));
		json_array_append_new(state->notifications, o);
	}
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		json_array_append_new(state->results, open_result(r, &r->findings->items[i], a));
	for (size_t i = 0; r->findings && i < r->findings->allowed.n; i++) {
		const struct allowed *x = &r->findings->allowed.items[i];
		json_t *o = result(r, &x->finding, a), *why = json_object();
		json_object_set_new(why, "kind", json_string("inSource"));
		json_object_set_new(why, "justification", json_text(x->reason));
		json_object_set_new(o, "suppressions", one(why));
		json_array_append_new(state->results, o);
	}
	arena_free(a);
}

static void end(struct printer *p)
{
	struct sarif *state = p->state;
	json_t *doc = json_object(), *run = json_object(), *tool = json_object(),
	       *driver = json_object(), *invocation = json_object();
	json_object_set_new(driver, "name", json_string("fwlint"));
	json_object_set_new(driver, "semanticVersion", json_words(FWLINT_VERSION));
	json_object_set_new(driver, "version", json_words(FWLINT_VERSION));
	json_object_set_new(driver, "rules", descriptors(false, p->arena));
	json_object_set_new(driver, "notifications", descriptors(true, p->arena));
	json_object_set_new(tool, "driver", driver);
	json_object_set_new(invocation, "executionSuccessful", json_boolean(!p->has_failed));
	json_object_set_new(invocation, "toolExecutionNotifications", state->notifications);
	json_object_set_new(run, "tool", tool);
	json_object_set_new(run, "columnKind", json_string("unicodeCodePoints"));
	json_object_set_new(run, "invocations", one(invocation));
	json_object_set_new(run, "results", state->results);
	json_object_set_new(doc, "$schema",
			    json_string("https://json.schemastore.org/sarif-2.1.0.json"));
	json_object_set_new(doc, "version", json_string("2.1.0"));
	json_object_set_new(doc, "runs", one(run));
	json_print(p->out, doc, JSON_INDENT(2));
	fputc('\n', p->out);
	json_decref(doc);
}

// clang-format off
const struct format format_sarif = {
	.name = "sarif", .about = "for code review and CI: SARIF 2.1.0",
	.state_size = sizeof(struct sarif),
	.has_errors = true,
	.lint = { begin, each, end },
};
// clang-format on

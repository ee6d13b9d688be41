/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SARIF 2.1.0 (OASIS), for code review and CI: one run with all inputs. What
 * could not be read is a notification of its invocation. Section numbers in
 * the comments are those of the standard.
 */
#include <fwlint/report.h>

#include "json_util.h"

extern const struct format format_sarif;

struct sarif {
	json_t *results, *notifications;
};

/* ---- places ---- */

/*
 * A path as a URI (3.4.3, RFC 3986): one from the root is absolute, as nothing says what a
 * reference would be relative to, and "//x/y" would name a host.
 */
static json_t *uri(const char *path, struct arena *a)
{
	struct text t = { .arena = a };
	while (strncmp(path, "./", 2) == 0)
		path += 2 + strspn(path + 2, "/");
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

/* Columns are counted in characters (3.14.17, columnKind): `col` is in bytes. */
static json_int_t column(struct str line, uint32_t col)
{
	json_int_t n = 1;
	for (uint32_t i = 0; i + 1 < col && i < line.n; i++)
		n += (line.p[i] & 0xc0) != 0x80;
	return n;
}

static json_t *location(const struct source *s, struct span span, struct arena *a)
{
	uint32_t line, col, end_line, end_col;
	uint32_t last = span.off + span.len;
	source_pos(s, span.off, &line, &col);
	source_pos(s, last, &end_line, &end_col);
	json_t *region = json_object(), *place = json_object(), *file = json_object(),
	       *o = json_object();
	json_object_set_new(region, "startLine", json_integer(line));
	json_object_set_new(region, "startColumn",
			    json_integer(column(source_line(s, span.off), col)));
	if (source_file_at(s, last) == source_file_at(s, span.off)) {
		json_object_set_new(region, "endLine", json_integer(end_line));
		json_object_set_new(region, "endColumn",
				    json_integer(column(source_line(s, last), end_col)));
	}
	json_object_set_new(file, "uri", uri(source_file_at(s, span.off)->name, a));
	json_object_set_new(place, "artifactLocation", file);
	json_object_set_new(place, "region", region);
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
 * A message (3.11): a brace is doubled, as "{0}" stands for an argument (3.11.5); and what the
 * input says makes no link, "[words](address)" (3.11.6), which no escape keeps from being one.
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

/* Words of a rule (3.12): ours, without arguments. */
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

static json_t *rules(void)
{
	json_t *list = json_array();
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		json_t *o = json_object(), *config = json_object();
		json_object_set_new(config, "level", json_words(level(c->severity)));
		json_object_set_new(o, "id", json_words(c->id));
		json_object_set_new(o, "name", json_words(c->name));
		json_object_set_new(o, "shortDescription", description(c->finds));
		json_object_set_new(o, "fullDescription", description(c->why));
		json_object_set_new(o, "help", description(c->fix_safety));
		json_object_set_new(o, "defaultConfiguration", config);
		json_array_append_new(list, o);
	}
	return list;
}

static json_int_t rule_index(const struct check *c)
{
	json_int_t i = 0;
	while (check_list[i] != c)
		i++;
	return i;
}

/* ---- results (3.27) ---- */

static json_t *result(const struct report *r, const struct finding *f, struct arena *a)
{
	json_t *o = json_object();
	json_object_set_new(o, "ruleId", json_words(f->check->id));
	json_object_set_new(o, "ruleIndex", json_integer(rule_index(f->check)));
	json_object_set_new(o, "level", json_words(level(f->severity)));
	json_object_set_new(o, "message", message(f->message));
	json_object_set_new(o, "locations", one(location(r->source, f->span, a)));
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
		json_t *o = json_object();
		json_object_set_new(o, "level", json_string("error"));
		json_object_set_new(o, "message", message(r->diags->items[i].message));
		json_object_set_new(o, "locations",
				    one(location(r->source, r->diags->items[i].span, a)));
		json_array_append_new(state->notifications, o);
	}
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		json_array_append_new(state->results, result(r, &r->findings->items[i], a));
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
	json_object_set_new(driver, "version", json_words(FWLINT_VERSION));
	json_object_set_new(driver, "rules", rules());
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

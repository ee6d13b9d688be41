/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of services: text, JSON, CSV and Markdown. */
#include "formats.h"
#include "json_util.h"
#include "terminal.h"

#define COLUMNS 10

static const char *const heads[COLUMNS] = { "where", "in",   "out",  "source",  "destination",
					    "proto", "IPv4", "IPv6", "differs", "conditions" };

static const char *where(const struct ask_service *s)
{
	return path_direction(s->path) == PATH_INPUT ? "this host" : "behind it";
}

/* The cells of a row; a family that is not asked about has "?". */
static void cells_of(const struct ask_services *t, const struct ask_service *s,
		     const char *cells[COLUMNS])
{
	const char *ports[2];
	for (unsigned f = 0; f < 2; f++)
		ports[f] = !(t->families >> f & 1) ? "?" : s->ports[f] ? s->ports[f] : "-";
	const char *all[COLUMNS] = { where(s),     s->in,    s->out,
				     s->from,      s->to,    s->protocol,
				     ports[0],     ports[1], s->differs ? "!" : "",
				     s->conditions };
	memcpy(cells, all, sizeof(all));
}

static void print_row(struct printer *p, const char *const *cells, const int *width)
{
	for (unsigned k = 0; k + 1 < COLUMNS; k++)
		say(p->out, "%-*s  ", width[k], cells[k]);
	say(p->out, "%s\n", cells[COLUMNS - 1]);
}

void text_services(struct printer *p, const struct ask_services *t)
{
	const char *cells[COLUMNS];
	int width[COLUMNS];
	for (unsigned k = 0; k < COLUMNS; k++)
		width[k] = (int)strlen(heads[k]);
	for (size_t i = 0; i < t->n; i++) {
		cells_of(t, &t->items[i], cells);
		for (unsigned k = 0; k < COLUMNS; k++)
			if ((int)strlen(cells[k]) > width[k])
				width[k] = strlen(cells[k]) > 40 ? 40 : (int)strlen(cells[k]);
	}
	print_row(p, heads, width);
	for (size_t i = 0; i < t->n; i++) {
		cells_of(t, &t->items[i], cells);
		print_row(p, cells, width);
	}
	if (!t->n)
		say(p->out, "nothing accepts a new connection\n");
	for (size_t i = 0; i < t->notes.n; i++)
		say(p->out, "note: %s\n", t->notes.items[i]);
}

static json_t *json_ports(const struct ask_service *s, unsigned f)
{
	return s->ports[f] ? json_words(s->ports[f]) : json_null();
}

void json_services(struct printer *p, const struct ask_services *t)
{
	json_t *doc = json_object(), *rows = json_array(), *notes = json_array();
	for (size_t i = 0; i < t->n; i++) {
		const struct ask_service *s = &t->items[i];
		json_t *o = json_object(), *lines = json_array();
		for (size_t k = 0; k < s->places.n; k++)
			json_array_append_new(lines,
					      json_integer(ask_place_line(t->ruleset,
									  &s->places.items[k])));
		json_object_set_new(o, "path", json_words(path_name(s->path)));
		json_object_set_new(o, "in", json_words(s->in));
		json_object_set_new(o, "out", json_words(s->out));
		json_object_set_new(o, "source", json_words(s->from));
		json_object_set_new(o, "destination", json_words(s->to));
		json_object_set_new(o, "protocol", json_words(s->protocol));
		json_object_set_new(o, "ipv4", json_ports(s, 0));
		json_object_set_new(o, "ipv6", json_ports(s, 1));
		json_object_set_new(o, "differs", json_boolean(s->differs));
		json_object_set_new(o, "conditions", json_words(s->conditions));
		json_object_set_new(o, "lines", lines);
		json_array_append_new(rows, o);
	}
	for (size_t i = 0; i < t->notes.n; i++)
		json_array_append_new(notes, json_words(t->notes.items[i]));
	json_object_set_new(doc, "version", json_integer(1));
	json_object_set_new(doc, "ruleset", json_words(t->ruleset->source->name));
	json_object_set_new(doc, "services", rows);
	json_object_set_new(doc, "notes", notes);
	json_print(p->out, doc, JSON_INDENT(2));
	fputc('\n', p->out);
	json_decref(doc);
}

/* ---- tables ---- */

/* A cell of CSV (RFC 4180): in quotes, and escaped if a spreadsheet would take it as a formula. */
static void csv_cell(FILE *out, const char *words, bool last)
{
	struct arena *a = arena_new();
	struct text t = { .arena = a };
	for (const char *c = words; *c; c++)
		text_printf(&t, *c == '"' ? "\"\"" : "%c", *c);
	say(out, "\"%s%s\"", *words && strchr("=+-@", *words) && words[1] ? "'" : "",
	    t.n ? arena_strndup(a, t.items, t.n) : "");
	if (last)
		fputs("\r\n", out);
	else
		fputc(',', out);
	arena_free(a);
}

static void csv_services(struct printer *p, const struct ask_services *t)
{
	const char *cells[COLUMNS];
	for (unsigned k = 0; k < COLUMNS; k++)
		csv_cell(p->out, heads[k], k + 1 == COLUMNS);
	for (size_t i = 0; i < t->n; i++) {
		cells_of(t, &t->items[i], cells);
		for (unsigned k = 0; k < COLUMNS; k++)
			csv_cell(p->out, cells[k], k + 1 == COLUMNS);
	}
}

static void markdown_cell(FILE *out, const char *words)
{
	struct arena *a = arena_new();
	struct text t = { .arena = a };
	for (const char *c = words; *c; c++)
		text_printf(&t, strchr("|*_`<\\[", *c) ? "\\%c" : "%c", *c);
	say(out, " %s |", t.n ? arena_strndup(a, t.items, t.n) : "");
	arena_free(a);
}

static void markdown_services(struct printer *p, const struct ask_services *t)
{
	const char *cells[COLUMNS];
	say(p->out, "|");
	for (unsigned k = 0; k < COLUMNS; k++)
		markdown_cell(p->out, heads[k]);
	say(p->out, "\n|");
	for (unsigned k = 0; k < COLUMNS; k++)
		say(p->out, "---|");
	say(p->out, "\n");
	for (size_t i = 0; i < t->n; i++) {
		cells_of(t, &t->items[i], cells);
		say(p->out, "|");
		for (unsigned k = 0; k < COLUMNS; k++)
			markdown_cell(p->out, cells[k]);
		say(p->out, "\n");
	}
}

extern const struct format format_csv, format_markdown;

// clang-format off
const struct format format_csv = {
	.name = "csv", .about = "for spreadsheets, of fwlint services",
	.services = csv_services,
};
const struct format format_markdown = {
	.name = "markdown", .about = "tables of Markdown, of fwlint services and checks",
	.checks = markdown_checks,
	.services = markdown_services,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page for a browser, in one self-contained file: the findings, a picture of the ways of packets,
 * and the text. Whatever comes from the input is escaped; a Content-Security-Policy allows no
 * script but the page's own.
 */
#include "page.h"
#include "problem.h"

extern const struct format format_html;

struct html {
	FILE *body;
	struct text text; /* of the body */
	size_t n, unread, found[SEV_ERROR + 1], allowed;
	bool *is_used; /* by place in the list of checks */
};

/* ---- one input ---- */

static void print_errors(const struct page *p)
{
	const struct report *r = p->report;
	for (size_t i = 0; i < r->messages->n; i++) {
		const struct message *m = &r->messages->items[i];
		say(p->out, "<p class=\"%s\">", m->kind == MESSAGE_NOTE ? "faint" : "error");
		say_xml(p->out, m->text);
		say(p->out, "</p>\n");
	}
	for (size_t i = 0; i < r->diags->n; i++) {
		const struct diag *d = &r->diags->items[i];
		uint32_t line, col;
		source_pos(r->source, d->span.off, &line, &col);
		say(p->out, "<p class=\"error\"><b>error %s</b> ", check_of_error(d->code)->id);
		say_xml(p->out, source_file_at(r->source, d->span.off)->name);
		say(p->out, ":%u:%u: ", line, col);
		say_xml(p->out, d->message);
		if (!d->is_hidden) {
			say(p->out, "<br><code>");
			page_words(p, source_line(r->source, d->span.off));
			say(p->out, "</code>");
		}
		say(p->out, "</p>\n");
	}
	if (r->diags->dropped)
		say(p->out, "<p class=\"error\">and %zu more errors</p>\n", r->diags->dropped);
}

static void print_table(const struct page *p)
{
	const struct findings *found = p->report->findings;
	say(p->out, "<div "
		    "class=\"findings\"><table>\n<tr><th>severity<th>code<th>line<th>what</tr>\n");
	for (size_t i = 0; i < found->n; i++) {
		const struct finding *f = &found->items[i];
		uint32_t line, col;
		if (f->severity < p->options->shown)
			continue;
		source_pos(p->report->source, f->span.off, &line, &col);
		say(p->out,
		    "<tr class=\"%s\" data-finding=\"i%zud%zu\"><td><b>%s</b><td>%s<td><a "
		    "href=\"#i%zud%zu\">%u</a><td>",
		    severity_name(f->severity), p->number, i, severity_name(f->severity),
		    f->check->id, p->number, i, line);
		say_xml(p->out, f->message);
		say(p->out, "</tr>\n");
	}
	say(p->out, "</table></div>\n");
}

static void print_counts(const struct page *p)
{
	const struct findings *found = p->report->findings;
	size_t n[SEV_ERROR + 1] = { 0 }, hidden = 0;
	for (size_t i = 0; i < found->n; i++) {
		n[found->items[i].severity]++;
		hidden += found->items[i].severity < p->options->shown;
	}
	say(p->out, "<p>");
	for (int s = SEV_ERROR; s >= SEV_NOTE; s--)
		say(p->out, "<span class=\"count %s\">%zu %s%s</span>",
		    n[s] ? severity_name((enum severity)s) : "faint", n[s],
		    severity_name((enum severity)s), n[s] == 1 ? "" : "s");
	say(p->out, "<span class=\"count\">%zu allowed, %zu known before</span>", found->allowed.n,
	    found->known.n);
	say(p->out, "<span class=\"count faint\">%s</span>", p->report->ruleset->dialect);
	if (hidden)
		say(p->out, "<span class=\"faint\">%zu below the severity that is shown</span>",
		    hidden);
	say(p->out, "</p>\n");
	if (n[SEV_ERROR] + n[SEV_WARNING] + n[SEV_NOTE] > hidden)
		print_table(p);
}

static void print_pictures(const struct page *p)
{
	if (!p->lanes.n)
		return;
	say(p->out, "<h3>The way of packets</h3>\n<p class=\"legend\"><b class=\"I\">I</b> INVALID "
		    "packets, "
		    "<b class=\"N\">N</b> NEW ones: where they go, and where they end. A finding "
		    "that is clicked "
		    "is marked here.</p>\n");
	for (size_t i = 0; i < p->lanes.n; i++)
		page_picture(p, &p->lanes.items[i]);
}

static void print_read(const struct page *p)
{
	const struct report *r = p->report;
	print_counts(p);
	print_pictures(p);
	say(p->out, "<h3>The text</h3>\n");
	page_text(p);
	if (!r->diff || !*r->diff)
		return;
	say(p->out, "<h3>The fixes</h3>\n<pre class=\"diff\">");
	for (struct str rest = str_from(r->diff); rest.p;) {
		struct str line = str_cut(&rest, '\n');
		page_words(p, line);
		say(p->out, "\n");
	}
	say(p->out, "</pre>\n");
}

static void count(struct html *h, const struct report *r)
{
	h->unread += !r->ruleset;
	for (size_t i = 0; r->ruleset && i < r->findings->n; i++) {
		const struct finding *f = &r->findings->items[i];
		size_t at = 0;
		h->found[f->severity]++;
		while (check_list[at] != f->check)
			at++;
		h->is_used[at] = true;
	}
	h->allowed += r->ruleset ? r->findings->allowed.n : 0;
}

static void begin(struct printer *p)
{
	struct html *h = p->state;
	size_t n = 0;
	while (check_list[n])
		n++;
	h->is_used = arena_new_array(p->arena, bool, n + 1);
	h->text = (struct text){ .arena = arena_part(p->arena) };
	h->body = text_stream(&h->text);
}

static void each(struct printer *p, const struct report *r)
{
	struct html *h = p->state;
	struct page page = { .out = h->body,
			     .report = r,
			     .options = &p->options,
			     .arena = arena_new(),
			     .number = h->n++ };
	say(h->body, "<section id=\"i%zu\">\n<h2>", page.number);
	say_xml(h->body, r->name);
	say(h->body, "</h2>\n");
	print_errors(&page);
	if (r->ruleset)
		page.lanes = lanes_of(r->ruleset, page.arena);
	if (r->ruleset)
		print_read(&page);
	say(h->body, "</section>\n");
	count(h, r);
	arena_free(page.arena);
}

/* ---- the whole page ---- */

static void print_head(FILE *out)
{
	say(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	say(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	say(out,
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'%s'; "
	    "script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
	    page_css_hash, page_js_hash);
	say(out, "<meta name=\"color-scheme\" content=\"light "
		 "dark\">\n<title>fwlint</title>\n<style>");
	say_text(out, page_css);
	say(out, "</style>\n</head>\n");
}

static void print_checks(const struct printer *p)
{
	const struct html *h = p->state;
	FILE *out = p->out;
	bool first = true;
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		if (!h->is_used[i])
			continue;
		say(out, "%s<details id=\"%s\"><summary><b>%s %s</b>: finds ",
		    first ? "<h2>What was looked for</h2>\n" : "", c->id, c->id, c->name);
		first = false;
		say_xml(out, c->finds);
		say(out, "</summary><div class=\"check\">");
		for (struct str rest = str_from(c->why); rest.p;) {
			struct str line = str_cut(&rest, '\n');
			say_xml(out, arena_strndup(p->arena, line.p, line.n));
			say(out, "\n");
		}
		say(out, "</div></details>\n");
	}
}

static void end(struct printer *p)
{
	struct html *h = p->state;
	FILE *out = p->out;
	fclose(h->body);
	print_head(out);
	say(out,
	    "<body>\n<header><p class=\"tools\" hidden><button id=\"theme\" type=\"button\">light "
	    "/ dark</button></p>\n"
	    "<h1>fwlint</h1>\n<p class=\"totals\"><span>%zu input%s</span>",
	    h->n, h->n == 1 ? "" : "s");
	for (int s = SEV_ERROR; s >= SEV_NOTE; s--)
		say(out, "<span class=\"%s\"><b>%zu</b> %s%s</span>",
		    severity_name((enum severity)s), h->found[s], severity_name((enum severity)s),
		    h->found[s] == 1 ? "" : "s");
	say(out, "<span><b>%zu</b> allowed</span>", h->allowed);
	if (h->unread)
		say(out, "<span class=\"error\"><b>%zu</b> could not be read</span>", h->unread);
	say(out, "<span class=\"faint\">n, p: next finding, the one "
		 "before</span></p></header>\n<main>\n");
	say_text(out, text_str(&h->text));
	print_checks(p);
	say(out, "</main>\n<footer><p class=\"faint\">fwlint %s</p></footer>\n<script>",
	    FWLINT_VERSION);
	say_text(out, page_js);
	say(out, "</script>\n</body>\n</html>\n");
}

// clang-format off
const struct format format_html = {
	.name = "html", .about = "a page to look at: findings, a picture of the ways of packets, the text",
	.state_size = sizeof(struct html),
	.has_errors = true,
	.lint = { begin, each, end },
};
// clang-format on

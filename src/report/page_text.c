/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of the ruleset, with the findings in place. */
#include "page.h"
#include "problem.h"

#define BLOCK 200           /* lines that a browser lays out at once */
#define STEPS_MAX 40        /* of a trace */
#define LINE_MAX_BYTES 4000 /* of a line that is shown; JSON may be one line */

/* ---- places ---- */

static size_t file_number(const struct source *s, const struct source_file *f)
{
	size_t i = 0;
	while (s->items[i] != f)
		i++;
	return i;
}

const char *page_line_id(const struct page *p, uint32_t off)
{
	const struct source *s = p->report->source;
	uint32_t line, col;
	source_pos(s, off, &line, &col);
	return arena_printf(p->arena, "i%zuf%zul%u", p->number,
			    file_number(s, source_file_at(s, off)), line);
}

static const char *place_words(const struct page *p, uint32_t off)
{
	const struct source *s = p->report->source;
	const struct source_file *f = source_file_at(s, off);
	uint32_t line, col;
	source_pos(s, off, &line, &col);
	return f == s->items[0] ? arena_printf(p->arena, "line %u", line)
				: arena_printf(p->arena, "%s:%u", f->name, line);
}

void page_words(const struct page *p, struct str s)
{
	say_xml(p->out, arena_strndup(p->arena, s.p, s.n));
}

const char *const page_letter[PAGE_STATES] = { "I", "N" };

void page_letters(FILE *out, unsigned states, const char *element)
{
	for (unsigned s = 0; s < PAGE_STATES; s++)
		if (states & 1u << s)
			say(out, "<%s class=\"%s\"> %s</%s>", element, page_letter[s],
			    page_letter[s], element);
}

/* ---- a finding ---- */

/* What the script highlights: the lines, chains and jumps of the trace. */
static void print_way(const struct page *p, const struct finding *f)
{
	const struct lane *l = lane_of(&p->lanes, f);
	const struct chain *last = NULL;
	say(p->out, " data-lines=\"%s", page_line_id(p, f->span.off));
	for (size_t i = 0; i < f->trace.n && i < STEPS_MAX; i++)
		if (f->trace.items[i].rule && !f->trace.items[i].rule->inserted)
			say(p->out, " %s", page_line_id(p, f->trace.items[i].rule->span.off));
	say(p->out, "\" data-lane=\"%s\" data-chains=\"", l ? l->key : "");
	for (size_t i = 0; i < f->trace.n; i++) {
		const struct trace_step *st = &f->trace.items[i];
		const struct chain *c = st->rule ? st->rule->chain : st->base;
		if (c != last)
			say(p->out, "%s%u", last ? " " : "", c->id);
		last = c;
	}
	say(p->out, "\" data-calls=\"");
	for (size_t i = 0; i < f->trace.n; i++) {
		const struct rule *r = f->trace.items[i].rule;
		if (r && r->verdict.target)
			say(p->out, "%u-%u ", r->chain->id, r->verdict.target->id);
	}
	say(p->out, "\"");
}

static void print_way_step(const struct page *p, const struct trace_step *st)
{
	say(p->out, "<li>");
	if (!st->rule) {
		say(p->out, "policy of <code>");
		page_words(p, st->base->name);
		say(p->out, "</code>: %s", verdict_name(&(struct verdict){ .kind = st->verdict }));
	} else if (st->rule->inserted) {
		say(p->out, "an inserted rule");
	} else {
		struct str code = source_view(p->report->source, st->rule->span);
		code.n = code.n < 300 ? code.n : 300;
		say(p->out, "<a href=\"#%s\">", page_line_id(p, st->rule->span.off));
		say_xml(p->out, place_words(p, st->rule->span.off));
		say(p->out, "</a>: <code>");
		page_words(p, code);
		say(p->out, "</code>");
	}
	say(p->out, "</li>\n");
}

static void print_witness(const struct page *p, const struct finding *f)
{
	say(p->out, "<p>A packet that shows it (%s): <code>", path_name(f->path));
	say_xml(p->out, packet_words(p->report->ruleset, &f->witness, p->arena));
	say(p->out, "</code></p>\n<ol>\n");
	for (size_t i = 0; i < f->trace.n && i < STEPS_MAX; i++)
		print_way_step(p, &f->trace.items[i]);
	if (f->trace.n > STEPS_MAX)
		say(p->out, "<li>… and %zu more</li>\n", f->trace.n - STEPS_MAX);
	say(p->out, "<li>in the end: <b>");
	say_xml(p->out, verdict_words(&f->trace.verdict, p->arena));
	say(p->out, "</b></li></ol>\n");
}

static void print_fix(const struct page *p, const struct finding *f)
{
	const struct fix_plan *plan = p->report->plan;
	if (plan && !plan->failed && fix_plan_tidied(plan, f) != TIDIED_NOT) {
		say(p->out, "<p>Tidy: ");
		say_xml(p->out, f->tidy->what);
		say(p->out, ": no verdict changes</p>\n");
	}
	const struct fix *fix = plan && !plan->failed ? fix_plan_cure(plan, f) : NULL;
	if (!fix)
		return;
	say(p->out, "<p>Fix (%s): <code>", fix->safety == FIX_SAFE ? "safe" : "unsafe");
	say_xml(p->out, fix->text);
	say(p->out, "</code>: ");
	say_xml(p->out, fix_certificate(fix, p->arena));
	if (fix->hazard) {
		say(p->out, ". Unsafe because: ");
		say_xml(p->out, fix->hazard);
	}
	say(p->out, "</p>\n");
}

void page_finding(const struct page *p, size_t number)
{
	const struct finding *f = &p->report->findings->items[number];
	say(p->out, "<div class=\"finding %s\" id=\"i%zud%zu\"", severity_name(f->severity),
	    p->number, number);
	print_way(p, f);
	say(p->out, ">\n<p><b class=\"%s\">%s</b> <a href=\"#%s\">%s</a> <b>",
	    severity_name(f->severity), severity_name(f->severity), f->check->id, f->check->id);
	say_xml(p->out, f->message);
	say(p->out, "</b></p>\n");
	if (f->detail) {
		say(p->out, "<p>");
		say_xml(p->out, f->detail);
		say(p->out, "</p>\n");
	}
	say(p->out, "<details><summary>%s</summary>\n",
	    f->path == PATH_COUNT ? "more" : "its packet");
	if (f->path != PATH_COUNT)
		print_witness(p, f);
	print_fix(p, f);
	say(p->out, "</details></div>\n");
}

/* ---- the lines ---- */

/* For each line of a file: its findings, and the packets that its rules take. */
struct marks {
	unsigned char *states; /* by line, from 0 */
	size_t *first;         /* number of the first finding there, from 1; 0: none */
	size_t *next;          /* by number of the finding: the next one on the same line */
};

static size_t line_in(const struct page *p, const struct source_file *f, uint32_t off)
{
	const struct source *s = p->report->source;
	uint32_t line, col;
	if (source_file_at(s, off) != f)
		return SIZE_MAX;
	source_pos(s, off, &line, &col);
	return line - 1 < f->n_lines ? line - 1 : SIZE_MAX;
}

static void mark_rules(const struct page *p, const struct source_file *f, struct marks *m)
{
	const struct ruleset *rs = p->report->ruleset;
	for (size_t i = 0; i < rs->n_chains; i++) {
		const struct chain *c = rs->chains[i];
		for (size_t k = 0; k < c->n; k++) {
			size_t line = line_in(p, f, c->items[k]->span.off);
			for (size_t x = 0; x < p->lanes.n && line != SIZE_MAX; x++)
				m->states[line] |= p->lanes.items[x].rules[c->items[k]->id];
		}
	}
}

static struct marks marks_of(const struct page *p, const struct source_file *f)
{
	const struct findings *found = p->report->findings;
	size_t n = found->n;
	struct marks m = { arena_new_array(p->arena, unsigned char, f->n_lines + 1),
			   arena_new_array(p->arena, size_t, f->n_lines + 1),
			   arena_new_array(p->arena, size_t, n + 1) };
	mark_rules(p, f, &m);
	for (size_t i = n; i-- > 0;) {
		if (found->items[i].severity < p->options->shown)
			continue;
		size_t line = line_in(p, f, found->items[i].span.off);
		if (line == SIZE_MAX)
			continue;
		m.next[i] = m.first[line];
		m.first[line] = i + 1;
	}
	return m;
}

static struct str line_text(const struct source *s, const struct source_file *f, size_t i)
{
	struct str line = source_line(s, f->base + f->line_start[i]);
	line.n = line.n < LINE_MAX_BYTES ? line.n : LINE_MAX_BYTES;
	return line;
}

/* Tabs stay: they are the indent. */
static void print_code(const struct page *p, struct str s)
{
	for (struct str rest = s; rest.p;) {
		page_words(p, str_cut(&rest, '\t'));
		say(p->out, rest.p ? "&#9;" : "");
	}
}

static void print_line(const struct page *p, size_t file, size_t i, const struct source_file *f,
		       const struct marks *m)
{
	struct str text = line_text(p->report->source, f, i);
	say(p->out, "<div class=\"l\" id=\"i%zuf%zul%zu\"><a href=\"#i%zuf%zul%zu\">%zu</a><i>",
	    p->number, file, i + 1, p->number, file, i + 1, i + 1);
	page_letters(p->out, m->states[i], "span");
	say(p->out, "</i><code>");
	print_code(p, text);
	say(p->out, text.n == LINE_MAX_BYTES ? "…</code></div>\n" : "</code></div>\n");
	for (size_t k = m->first[i]; k; k = m->next[k - 1])
		page_finding(p, k - 1);
}

void page_text(const struct page *p)
{
	const struct source *s = p->report->source;
	for (size_t k = 0; k < s->n; k++) {
		const struct source_file *f = s->items[k];
		struct marks m = marks_of(p, f);
		if (s->n > 1) {
			say(p->out, "<h3>");
			say_xml(p->out, f->name);
			say(p->out, "</h3>\n");
		}
		say(p->out, "<div class=\"text\">\n");
		for (size_t i = 0; i < f->n_lines; i++) {
			if (i % BLOCK == 0)
				say(p->out, i ? "</div><div class=\"block\">\n"
					      : "<div class=\"block\">\n");
			if (i + 1 < f->n_lines || f->line_start[i] < f->len)
				print_line(p, k, i, f, &m);
		}
		say(p->out, f->n_lines ? "</div></div>\n" : "</div>\n");
	}
}

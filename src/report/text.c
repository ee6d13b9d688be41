/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For people: place, sentence, line with a caret, witness, trace, fix. Findings that one inserted
 * rule ends are shown once: the first in full, the others by their codes under its fix.
 */
#include <fwlint/report.h>

#include "formats.h"
#include "own_table.h"
#include "terminal.h"

extern const struct format format_text;

#define MARGIN "           " /* continuation lines under a label begin here */

/* One finding on its way to the page. */
struct page {
	FILE *out;
	const struct report *report;
	const struct printer_options *options;
	const struct palette *c;
	struct wrap wrap;
	struct arena *arena;
};

static uint32_t line_of(const struct page *p, struct span span)
{
	uint32_t line, col;
	source_pos(p->report->source, span.off, &line, &col);
	return line;
}

/* "  label:   text", wrapped. */
static void print_prose(const struct page *p, const char *label, enum style colour,
			const char *text)
{
	FILE *out = p->out;
	if (label)
		say(out, "  %c%s:%c%*s", colour, label, colour ? p->c->off : STYLE_NONE,
		    8 - (int)strlen(label), "");
	else
		say(out, MARGIN);
	say_wrapped(out, &p->wrap, strlen(MARGIN), text);
	say(out, "\n");
}

/* ---- the fix ---- */

/* The certificate: each class of packets that changes, with an example. */
static void print_certificate(const struct page *p, const struct fix *f)
{
	struct arena *a = p->arena;
	print_prose(p, NULL, STYLE_NONE,
		    arena_printf(a, "%s: %s", f->safety == FIX_SAFE ? "safe" : "unsafe",
				 fix_summary(f, a)));
	for (size_t i = 0; p->options->verbose && i < f->n_classes; i++)
		print_prose(p, NULL, STYLE_NONE,
			    arena_printf(a, "%s: %s -> drop: %s", path_name(f->classes[i].path),
					 verdict_words(&f->classes[i].old, a),
					 packet_words(p->report->ruleset, &f->classes[i].sample,
						      a)));
}

/* Does one rule end both? In a table of the user's own, that is the rule in the chain of their
 * hook. */
static bool is_one_cure(const struct report *r, const struct finding *x, const struct finding *y)
{
	const struct fix *fix = fix_plan_cure(r->plan, x);
	return fix_plan_cure(r->plan, y) == fix &&
	       (fix || (x->path == y->path && finding_wants_own_table(r, x) &&
			finding_wants_own_table(r, y)));
}

/* The other findings that the fix of this one ends: "FW102 in line 19, FW104 in line 3". */
static void print_also_cured(const struct page *p, const struct finding *first)
{
	const struct report *r = p->report;
	struct text t = { .arena = p->arena };
	for (size_t i = 0; i < r->findings->n; i++) {
		const struct finding *f = &r->findings->items[i];
		if (f != first && f->severity >= p->options->shown && is_one_cure(r, first, f))
			text_printf(&t, "%s%s in line %u", t.n ? ", " : "", f->check->id,
				    line_of(p, f->span));
	}
	if (t.n)
		print_prose(p, NULL, STYLE_NONE,
			    arena_printf(p->arena, "cures %.*s too", (int)t.n, t.items));
}

static void print_tidy(const struct page *p, const struct finding *f)
{
	enum tidied t = fix_plan_tidied(p->report->plan, f);
	if (t != TIDIED_NOT)
		print_prose(p, "tidy", STYLE_NONE,
			    arena_printf(p->arena, "%s: no verdict changes%s", f->tidy->what,
					 t == TIDIED_USED ? "" : "; not applied without --tidy"));
}

static void print_fix(const struct page *p, const struct finding *f)
{
	const struct report *r = p->report;
	FW_ASSERT(r->plan); /* NULL: there are no findings */
	const struct fix *fix = fix_plan_cure(r->plan, f);
	const struct chain *place = f->rule ? f->rule->chain : NULL;
	const char *owner = place ? chain_owner_advice(r->ruleset, place) : NULL;
	if (!owner && f->at) { /* where the drop would stand */
		place = f->at->chain;
		owner = chain_owner_advice(r->ruleset, place);
	}
	if (fix) {
		say(p->out, "  %cfix%c:     %s\n", p->c->green, p->c->off, fix->text);
		print_certificate(p, fix);
		if (fix->hazard)
			print_prose(p, NULL, STYLE_NONE, fix->hazard);
		if (!fix_plan_uses(r->plan, fix))
			print_prose(p, NULL, STYLE_NONE, "not applied without --unsafe-fixes");
		print_also_cured(p, f);
	} else if (finding_wants_own_table(r, f)) {
		print_prose(p, "help", STYLE_NONE,
			    owner ? arena_printf(p->arena,
						 "'%.*s' is a chain of a program, which writes it "
						 "anew: use the table at the end",
						 STR_FMT(place->name))
				  : "the table at the end drops it");
		print_also_cured(p, f);
	} else if (f->cure && owner) {
		print_prose(p, "help", STYLE_NONE,
			    arena_printf(p->arena, "'%.*s' is a %s", STR_FMT(place->name), owner));
	} else if (f->cure && r->plan->failed) {
		print_prose(p, "help", STYLE_NONE,
			    arena_printf(p->arena, "no fix: %s", r->plan->failed));
	} else if (f->cure) {
		print_prose(p, "help", STYLE_NONE, "no fix was found that changes nothing else");
	}
}

/* ---- the packet ---- */

#define STEPS_SHOWN 2 /* of a trace, unless all are requested */

static void print_witness(const struct page *p, const struct finding *f)
{
	const struct trace *t = &f->trace;
	size_t from = p->options->verbose || t->n <= STEPS_SHOWN + 1 ? 0 : t->n - STEPS_SHOWN;
	print_prose(p, "witness", STYLE_NONE,
		    packet_words(p->report->ruleset, &f->witness, p->arena));
	if (from)
		say(p->out, MARGIN "(%zu rules before: --verbose)\n", from);
	for (size_t i = from; i < t->n; i++)
		print_step(p->out, p->report->source, &t->items[i]);
	say(p->out, MARGIN "=> %s\n", verdict_name(&t->verdict));
}

/* ---- the finding ---- */

/* The place of the rule in the kernel, for users without a file. */
static void print_place(const struct page *p, const struct finding *f)
{
	const struct chain *c = f->rule->chain;
	uint64_t handle = rule_handle(p->report->ruleset, f->rule);
	say(p->out, "  rule:    %u of chain %.*s, table %s %.*s",
	    rule_number(p->report->ruleset, f->rule), STR_FMT(c->name),
	    family_name(c->table->family), STR_FMT(c->table->name));
	if (handle)
		say(p->out, ", handle %llu", (unsigned long long)handle);
	fputc('\n', p->out);
}

/* "file:line:col: severity: FWnnn sentence" */
static void print_headline(const struct page *p, const struct finding *f)
{
	const struct palette *c = p->c;
	const char *file = source_file_at(p->report->source, f->span.off)->name;
	uint32_t line, col;
	source_pos(p->report->source, f->span.off, &line, &col);
	const char *head = arena_printf(p->arena, "%s:%u:%u: %s: %s ", file, line, col,
					severity_name(f->severity), f->check->id);
	say(p->out, "%c%s:%u:%u: %c%s:%c %c", c->bold, file, line, col,
	    severity_colour(c, f->severity), severity_name(f->severity), c->off, c->bold);
	say_link(p->out, p->options->colour, check_url(f->check), f->check->id);
	say(p->out, "%c ", c->off);
	struct wrap wrap = { p->options->quiet ? 0 : p->wrap.width, 4 };
	say_wrapped(p->out, &wrap, strlen(head), f->message);
	say(p->out, "\n");
}

static void print_finding(const struct page *p, const struct finding *f)
{
	print_headline(p, f);
	if (p->options->quiet)
		return;
	print_caret(p->out, p->report->source, f->span, severity_colour(p->c, f->severity),
		    p->c->off);
	if (p->options->live && f->rule)
		print_place(p, f);
	if (f->detail)
		print_prose(p, "note", STYLE_NONE, f->detail);
	if (f->path != PATH_COUNT)
		print_witness(p, f);
	print_fix(p, f);
	print_tidy(p, f);
	if (p->options->verbose)
		say(p->out, "  help:    fwlint explain %s (%s)\n", f->check->id, f->check->name);
	say(p->out, "\n");
}

/* Is it shown under an earlier finding that the same fix ends? */
static bool is_under_another(const struct page *p, size_t at)
{
	const struct report *r = p->report;
	const struct finding *all = r->findings->items;
	for (size_t i = 0; r->plan && i < at; i++)
		if (all[i].severity >= p->options->shown && is_one_cure(r, &all[i], &all[at]))
			return true;
	return false;
}

/* ---- the input ---- */

static void add_clause(struct text *t, const char *mark, const char *clause)
{
	text_printf(t, "%s%s", t->n ? mark : "", clause);
}

/* "rules.v4: 2 rules missing: 1 fixed safely, 1 needs --unsafe-fixes; 3 notes (--severity note)" */
static void print_summary(const struct page *p)
{
	const struct report *r = p->report;
	struct arena *a = p->arena;
	struct text t = { .arena = a }, fixes = { .arena = a };
	bool own[PATH_COUNT] = { false };
	size_t n_used = 0, n_offered = 0, n_own = 0, n_other = 0, n_hidden = 0, n_tidied = 0,
	       n_untidy = 0;
	for (size_t i = 0; r->plan && i < r->plan->used.n; i++)
		n_used += r->plan->used.items[i].safety == FIX_SAFE;
	n_offered = r->plan ? r->plan->offered.n + r->plan->used.n - n_used : 0;
	for (size_t i = 0; i < r->findings->n; i++) {
		const struct finding *f = &r->findings->items[i];
		n_hidden += f->severity < p->options->shown;
		n_tidied += fix_plan_tidied(r->plan, f) == TIDIED_USED;
		n_untidy += fix_plan_tidied(r->plan, f) == TIDIED_OFFERED;
		if (f->severity < p->options->shown)
			continue;
		if (finding_wants_own_table(r, f)) {
			n_own += !own[f->path];
			own[f->path] = true;
			continue;
		}
		n_other += !fix_plan_cure(r->plan, f) && fix_plan_tidied(r->plan, f) == TIDIED_NOT;
	}
	if (n_used)
		add_clause(&fixes, ", ", arena_printf(a, "%zu fixed safely", n_used));
	if (n_offered)
		add_clause(&fixes, ", ",
			   arena_printf(a, "%zu need%s --unsafe-fixes", n_offered,
					n_offered == 1 ? "s" : ""));
	if (n_own)
		add_clause(&fixes, ", ", arena_printf(a, "%zu for a table of your own", n_own));
	if (fixes.n)
		add_clause(&t, "; ",
			   arena_printf(a, "%s missing: %.*s",
					counted(a, n_used + n_offered + n_own, "rule"),
					(int)fixes.n, fixes.items));
	if (n_tidied)
		add_clause(&t, "; ", arena_printf(a, "%zu tidied", n_tidied));
	if (n_untidy)
		add_clause(&t, "; ",
			   arena_printf(a, "%zu need%s --tidy", n_untidy,
					n_untidy == 1 ? "s" : ""));
	if (n_other)
		add_clause(&t, "; ",
			   arena_printf(a, "%s without a fix", counted(a, n_other, "finding")));
	if (n_hidden)
		add_clause(&t, "; ",
			   arena_printf(a, "%s (--severity note)", counted(a, n_hidden, "note")));
	if (r->findings->known.n)
		add_clause(&t, "; ",
			   arena_printf(a, "%s known before",
					counted(a, r->findings->known.n, "finding")));
	if (!t.n)
		return;
	say_wrapped(p->out, &(struct wrap){ p->wrap.width, 4 }, 0,
		    arena_printf(a, "%s: %.*s", r->name, (int)t.n, t.items));
	say(p->out, "\n");
}

/* Standard error says which input could not be read; an output file must say so, too. */
static bool print_errors(struct printer *printer, const struct report *r)
{
	if (r->ruleset)
		return false;
	for (size_t i = 0; printer->out != stdout && i < r->messages->n; i++)
		if (r->messages->items[i].kind != MESSAGE_NOTE)
			say(printer->out, "fwlint: %s\n", r->messages->items[i].text);
	if (printer->out != stdout && r->diags->n)
		report_diags(printer->out, r->source, r->diags, printer->options.quiet,
			     printer->options.colour);
	return true;
}

/* --statistics */
static bool count_findings(struct printer *printer, const struct report *r)
{
	struct text_state *state = printer->state;
	size_t n_checks = 0;
	if (!printer->options.statistics)
		return false;
	while (check_list[n_checks])
		n_checks++;
	if (!state->counts)
		state->counts = arena_new_array(printer->arena, size_t, n_checks);
	for (size_t i = 0; i < r->findings->n; i++)
		for (size_t k = 0; k < n_checks; k++)
			state->counts[k] += r->findings->items[i].check == check_list[k];
	return true;
}

/* The most frequent first; checks without a finding are left out. */
static void print_statistics(FILE *out, const size_t *counts)
{
	size_t most = 0, next = 0;
	for (size_t i = 0; check_list[i]; i++)
		most = counts[i] > most ? counts[i] : most;
	for (; most; most = next, next = 0)
		for (size_t i = 0; check_list[i]; i++) {
			if (counts[i] == most)
				say(out, "%7zu  %s  %s\n", counts[i], check_list[i]->id,
				    check_list[i]->name);
			else if (counts[i] < most && counts[i] > next)
				next = counts[i];
		}
}

static void print_report(struct printer *printer, const struct report *r)
{
	const struct printer_options *o = &printer->options;
	if (print_errors(printer, r) || count_findings(printer, r))
		return;
	struct arena *a = arena_new();
	const struct page p = {
		printer->out, r, o, palette_of(o->colour), { o->width, strlen(MARGIN) }, a
	};
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		if (r->findings->items[i].severity >= o->shown &&
		    (o->quiet || !is_under_another(&p, i)))
			print_finding(&p, &r->findings->items[i]);
	if (r->findings && r->plan && !o->quiet) {
		say_own_table(p.out, r, o->shown, o->width);
		say_maker(p.out, r, o->shown, o->width);
	}
	if (r->diff && !o->quiet)
		say_diff(p.out, r->diff, o->colour);
	if (r->findings && !o->quiet)
		print_summary(&p);
	arena_free(a);
}

/* These figures may show why connections are reset, before any rule is read. */
static void begin(struct printer *p)
{
	const struct live_conntrack *c = p->options.conntrack;
	FILE *out = p->out;
	if (!c || p->options.quiet)
		return;
	say(out,
	    "conntrack: %llu of %llu entries; %llu packets INVALID, %llu dropped; %llu entries "
	    "dropped early, "
	    "%llu not inserted\n",
	    (unsigned long long)c->entries, (unsigned long long)c->max,
	    (unsigned long long)c->invalid, (unsigned long long)c->drop,
	    (unsigned long long)c->early_drop, (unsigned long long)c->insert_failed);
	struct str rest = c->sysctl;
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		say(out, MARGIN "%.*s\n", STR_FMT(line));
	}
	fputc('\n', out);
}

static void end(struct printer *p)
{
	const struct text_state *state = p->state;
	if (state->counts)
		print_statistics(p->out, state->counts);
}

const struct format format_text = {
	.name = "text",
	.about = "for people: the place, a witness packet, its way, the fix, and the diff",
	.state_size = sizeof(struct text_state),
	.has_errors = true,
	.lint = { begin, print_report, end },
	.comparison = text_comparison,
	.answer = text_answer,
	.resets = text_resets,
	.reset = text_reset,
	.services = text_services,
	.checks = text_checks,
	.tests = text_tests,
	.proofs = { text_proofs_begin, text_proofs_each, text_proofs_end },
	.trace = text_trace,
};

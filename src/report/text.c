/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For people: place, sentence, line with a caret, witness, trace, fix. */
#include <fwlint/report.h>

#include "formats.h"
#include "terminal.h"

extern const struct format format_text;

/* Is the finding gone, or less severe, once the fixes are made? */
static bool is_solved(const struct report *r, const struct finding *f)
{
	for (size_t i = 0; i < r->plan->remaining.n; i++) {
		const struct finding *left = &r->plan->remaining.items[i];
		if (finding_is_same(left, f) && left->severity >= f->severity)
			return false;
	}
	return true;
}

static const struct fix *fix_for(const struct fix_list *list, const struct finding *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (finding_is_same(list->items[i].finding, f))
			return &list->items[i];
	return NULL;
}

/* The certificate: each class of packets that changes, with one of them. */
static void print_certificate(FILE *out, const struct report *r, const struct fix *f, struct arena *a)
{
	say(out, "           %s: %s%s\n", f->safety == FIX_SAFE ? "safe" : "unsafe", fix_summary(f, a),
		f->n_classes ? ":" : "");
	for (size_t i = 0; i < f->n_classes; i++) {
		say(out, "             %s: %s -> drop: %s\n", path_name(f->classes[i].path),
			verdict_words(&f->classes[i].old, a), packet_words(r->ruleset, &f->classes[i].sample, a));
	}
}

static void print_fix(FILE *out, const struct report *r, const struct finding *f,
		      const struct palette *c, struct arena *a)
{
	const struct fix *fix = r->plan ? fix_for(&r->plan->used, f) : NULL;
	const struct fix *offered = r->plan ? fix_for(&r->plan->offered, f) : NULL;
	if (!r->plan || f->cure == CURE_NONE)
		return;
	const char *owner = chain_owner_advice(r->ruleset, f->rule->chain);
	if (!fix)
		fix = offered;
	if (!fix && r->plan->used.n && is_solved(r, f)) {
		say(out, "  %cfix%c:     by the fixes of the other findings\n", c->green, c->off);
	} else if (fix) {
		say(out, "  %cfix%c:     %s\n", c->green, c->off, fix->text);
		print_certificate(out, r, fix, a);
		if (fix->hazard)
			say(out, "           %s\n", fix->hazard);
		if (fix == offered)
			say(out, "           not applied without --unsafe-fixes\n");
	} else if (owner) {
		say(out, "  help:    '%.*s' is a %s\n", STR_FMT(f->rule->chain->name), owner);
	} else if (r->plan->failed) {
		say(out, "  help:    no fix: %s\n", r->plan->failed);
	} else {
		say(out, "  help:    no fix was found that changes nothing else\n");
	}
}

static void print_witness(FILE *out, const struct report *r, const struct finding *f, struct arena *a)
{
	say(out, "  witness: %s\n  trace:   %s path\n", packet_words(r->ruleset, &f->witness, a), path_name(f->path));
	for (size_t i = 0; i < f->trace.n; i++)
		print_step(out, r->source, &f->trace.items[i]);
	say(out, "           => %s\n", verdict_name(&f->trace.verdict));
}

/* Where the rule stands in the kernel, for who has no file. */
static void print_place(FILE *out, const struct report *r, const struct finding *f)
{
	const struct chain *c = f->rule->chain;
	uint64_t handle = rule_handle(r->ruleset, f->rule);
	say(out, "  rule:    %u of chain %.*s, table %s %.*s", rule_number(r->ruleset, f->rule), STR_FMT(c->name),
	    family_name(c->table->family), STR_FMT(c->table->name));
	if (handle)
		say(out, ", handle %llu", (unsigned long long)handle);
	fputc('\n', out);
}

static void print_finding(FILE *out, const struct report *r, const struct finding *f,
			  const struct printer_options *o, struct arena *a)
{
	const struct palette *c = palette_of(o->colour);
	uint32_t line, col;
	source_pos(r->source, f->span.off, &line, &col);
	say(out, "%c%s:%u:%u: %c%s:%c %c%s%c %s: %s\n", c->bold,
		source_file_at(r->source, f->span.off)->name, line, col, severity_colour(c, f->severity), severity_name(f->severity), c->off, c->bold,
		f->check->id, c->off, f->check->name, f->message);
	if (o->quiet)
		return;
	print_caret(out, r->source, f->span, severity_colour(c, f->severity), c->off);
	if (o->live && f->rule)
		print_place(out, r, f);
	if (f->path != PATH_COUNT)
		print_witness(out, r, f, a);
	print_fix(out, r, f, c, a);
	say(out, "  help:    fwlint explain %s\n\n", f->check->id);
}

static void print_report(struct printer *p, const struct report *r)
{
	struct arena *a = arena_new();
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		print_finding(p->out, r, &r->findings->items[i], &p->options, a);
	if (r->diff && !p->options.quiet)
		say_text(p->out, str_from(r->diff));
	arena_free(a);
}

/* Why connections are reset may be seen here, before any rule is read. */
static void begin(struct printer *p)
{
	const struct live_conntrack *c = p->options.conntrack;
	FILE *out = p->out;
	if (!c || p->options.quiet)
		return;
	say(out, "conntrack: %llu of %llu entries; %llu packets INVALID, %llu dropped; %llu entries dropped early, "
		"%llu not inserted\n", (unsigned long long)c->entries, (unsigned long long)c->max,
		(unsigned long long)c->invalid, (unsigned long long)c->drop, (unsigned long long)c->early_drop,
		(unsigned long long)c->insert_failed);
	struct str rest = c->sysctl;
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		say(out, "           %.*s\n", STR_FMT(line));
	}
	fputc('\n', out);
}

static void end(struct printer *p)
{
	(void)p;
}

const struct format format_text = {
	.name = "text",
	.about = "for people: the place, a witness packet, its way, the fix, and the diff",
	.state_size = sizeof(struct text_state),
	.lint = { begin, print_report, end },
	.comparison = text_comparison,
	.proofs = { text_proofs_begin, text_proofs_each, text_proofs_end },
};

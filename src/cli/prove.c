/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint prove FILE */
#include "cli.h"

struct proving {
	struct input in;
	struct findings findings;
	struct fix_plan plan;
	const char *folder;
	struct { struct proven *items; size_t n, cap; } list;
};

/* The folder that a file stands in, for what it includes. */
static const char *folder_of(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');
	return slash ? arena_strndup(a, path, (size_t)(slash - path) + 1) : ".";
}

/* A tcp reset that the witness itself runs into. */
static bool can_be_proved(const struct finding *f)
{
	return f->reset && f->rule && f->reset->id == f->rule->id && f->path != PATH_COUNT;
}

static void prove_one(struct proving *p, const struct finding *f, const struct settings *s)
{
	struct str old = { p->in.source->text, p->in.source->len };
	struct proven x = { .finding = f };
	x.before = prove_finding(p->in.ruleset, old, f, p->folder);
	x.wants_fix = f->cure != CURE_NONE;
	x.has_fix = x.wants_fix && p->plan.used.n && p->plan.edits.n && edits_touch(&p->plan.edits, p->in.source->items[0]);
	if (x.has_fix)
		x.after = prove_finding(p->in.ruleset, p->plan.texts[0], f, p->folder);
	x.is_proved = proof_shows_the_defect(&x.before) &&
		      (!x.wants_fix || (x.has_fix && proof_shows_the_cure(&x.after)));
	if (s->format == format_list[0])
		report_proof(stdout, p->in.ruleset, &x, want_colour(s, stdout));
	vec_push(s->arena, &p->list, x);
}

static int prove(struct proving *p, const struct settings *s)
{
	const char *gave_up;
	struct str text = { p->in.source->text, p->in.source->len };
	struct proof load = prove_load(p->in.ruleset, text, p->folder);
	p->findings = check_run(p->in.ruleset, &s->selection, s->arena, &gave_up);
	if (gave_up) {
		complain("%s:1:1: error: the ruleset could not be analysed: %s", p->in.source->name, gave_up);
		return EXIT_INPUT;
	}
	p->plan = fix_plan_make(p->in.ruleset, &p->findings, &s->selection,
				 &(struct fix_options){ .unsafe = true }, s->arena);
	for (size_t i = 0; i < p->findings.n && load.loads; i++)
		if (can_be_proved(&p->findings.items[i]))
			prove_one(p, &p->findings.items[i], s);
	if (s->format != format_list[0])
		report_proofs_json(stdout, p->in.ruleset, &load, p->list.items, p->list.n);
	if (!load.loads) {
		complain("%s: %s does not load it: %s", p->in.source->name, lab_loader(p->in.ruleset), load.why);
		return EXIT_INPUT;
	}
	if (s->format == format_list[0] && !p->list.n)
		say(stdout, "%s: it loads; no tcp reset is found that a segment of a living connection reaches\n",
		       p->in.source->name);
	for (size_t i = 0; i < p->list.n; i++)
		if (!p->list.items[i].is_proved)
			return EXIT_FOUND;
	return EXIT_CLEAN;
}

static int run(int argc, char **argv, struct settings *s)
{
	struct proving p = { .in = { .path = argc ? argv[0] : "-", .arena = s->arena } };
	if (argc > 1 || s->format == format_find("commands")) {
		complain("usage: fwlint prove [options] [FILE] (text or json)");
		return EXIT_INPUT;
	}
	const char *why = prove_is_possible();
	if (why) {
		complain("nothing can be proved here: %s", why);
		return EXIT_SYSTEM;
	}
	if (!input_read(&p.in, s)) {
		if (p.in.diags.n)
			report_diags(stderr, p.in.source, &p.in.diags, want_colour(s, stderr));
		return p.in.status;
	}
	p.folder = folder_of(p.in.path, s->arena);
	return prove(&p, s);
}

const struct command command_prove = {
	.name = "prove", .arguments = "[options] [FILE]",
	.about = "show on this kernel what FW102 and FW103 say",
	.help = "Loads the ruleset in a throw-away network namespace with the system's own tools, makes a\n"
		"connection, sends the witness of each FW102 and FW103 finding, and shows what the kernel\n"
		"did with it, as the ruleset is and as it is fixed (unsafe fixes too). Nothing outside of the\n"
		"namespace changes. Exit status: 0 all of it was shown, 1 some was not, 2 the input is wrong\n"
		"or does not load, 3 there are no namespaces here, or the system failed.",
	.options = "format select ignore dialect include-dir include-any no-include stdin-filename color",
	.run = run,
};

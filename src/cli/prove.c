/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint prove FILE */
#include "cli.h"

struct proving {
	struct input in;
	struct findings findings;
	struct fix_plan plan;
	const char *folder;
	struct outputs out;
	bool all_proved;
};

/* Is it a tcp reset that the witness itself reaches? */
static bool can_be_proved(const struct finding *f)
{
	return f->reset && f->rule && f->reset->id == f->rule->id && f->path != PATH_COUNT;
}

static void prove_one(struct proving *p, const struct finding *f)
{
	struct str old = { p->in.source->text, p->in.source->len };
	struct proven x = { .ruleset = p->in.ruleset, .finding = f };
	x.before = prove_finding(p->in.ruleset, old, f, p->folder);
	x.wants_fix = f->cure != CURE_NONE;
	x.has_fix = x.wants_fix && p->plan.used.n && p->plan.edits.n &&
		    edits_touch(&p->plan.edits, p->in.source->items[0]);
	if (x.has_fix)
		x.after = prove_finding(p->in.ruleset, p->plan.texts[0], f, p->folder);
	x.is_proved = proof_shows_the_defect(&x.before) &&
		      (!x.wants_fix || (x.has_fix && proof_shows_the_cure(&x.after)));
	for (size_t i = 0; i < p->out.n; i++)
		p->out.printers[i].format->proofs.each(&p->out.printers[i], &x);
	p->all_proved &= x.is_proved;
}

static int prove(struct proving *p, const struct settings *s)
{
	const char *gave_up;
	struct str text = { p->in.source->text, p->in.source->len };
	struct proof load = prove_load(p->in.ruleset, text, p->folder);
	p->findings = check_run(p->in.ruleset, &s->job.selection, s->arena, &gave_up);
	if (gave_up) {
		complain("%s:1:1: error: the ruleset could not be analysed: %s", p->in.source->name,
			 gave_up);
		return EXIT_INPUT;
	}
	p->plan = fix_plan_make(p->in.ruleset, &p->findings, &s->job.selection,
				&(struct fix_options){ .unsafe = true }, s->arena);
	for (size_t i = 0; i < p->out.n; i++)
		p->out.printers[i].format->proofs.begin(&p->out.printers[i], p->in.ruleset, &load);
	for (size_t i = 0; i < p->findings.n && load.loads; i++)
		if (can_be_proved(&p->findings.items[i]))
			prove_one(p, &p->findings.items[i]);
	for (size_t i = 0; i < p->out.n; i++)
		p->out.printers[i].format->proofs.end(&p->out.printers[i]);
	if (!load.loads) {
		complain("%s: %s does not load it: %s", p->in.source->name,
			 lab_loader(p->in.ruleset), load.why);
		return EXIT_INPUT;
	}
	return p->all_proved ? EXIT_CLEAN : EXIT_FOUND;
}

static int run(int argc, char **argv, struct settings *s)
{
	struct proving p = { .in = { .path = argc ? argv[0] : "-", .arena = s->arena },
			     .all_proved = true };
	s->job.selection.severities = s->severities.items;
	s->job.selection.n_severities = s->severities.n;
	const char *why = prove_is_possible();
	if (why) {
		complain("nothing can be proved here: %s", why);
		return EXIT_SYSTEM;
	}
	bool read = input_read(&p.in, &s->job.read);
	say_input(&p.in, s);
	if (!read)
		return input_exit_status(p.in.status);
	p.folder = path_folder(p.in.path, s->arena);
	p.out = outputs_open(s, NULL);
	return outputs_close(&p.out, prove(&p, s));
}

// clang-format off
const struct command command_prove = {
	.name = "prove", .arguments = "[options] [FILE]",
	.about = "show on this kernel what FW102 and FW103 report",
	.help = "Loads the ruleset in a throw-away network namespace with the system's own tools, makes a\n"
		"connection, sends the witness of each FW102 and FW103 finding, and shows what the kernel\n"
		"does with it, before and after the fixes (unsafe ones too). Nothing outside of the namespace\n"
		"changes. Exit status: 0 everything was shown, 1 something was not, 2 the input is wrong or\n"
		"does not load, 3 there are no namespaces here, or the system failed.",
	.max = 1,
	.options = OPTIONS(OPT_FORMAT, OPT_OUTPUT, OPT_SELECT, OPT_EXTEND_SELECT, OPT_IGNORE,
			   OPT_DIALECT, OPT_INCLUDE_DIR, OPT_INCLUDE_ANY, OPT_NO_INCLUDE, OPT_STDIN_FILENAME, OPT_CONFIG, OPT_NO_CONFIG, OPT_COLOR),
	.prints = PRODUCT_PROOFS,
	.run = run,
};
// clang-format on

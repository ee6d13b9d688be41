/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fwlint [options] [FILE...]. All inputs are read, checked and fixed in
 * memory first; only when nothing was wrong with any of them is a file
 * written.
 */
#include "cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

enum { OPT_DIFF = 256, OPT_FIX, OPT_APPLY, OPT_DRY_RUN, OPT_UNSAFE, OPT_FORMAT, OPT_SELECT,
       OPT_IGNORE, OPT_FAIL_ON, OPT_INCLUDE_DIR, OPT_DIALECT, OPT_STDIN, OPT_DUMP, OPT_COLOR, OPT_VERSION };

static const struct cli_option {
	const char *name, *argument, *help;
	int value;
} cli_options[] = {
	{ "diff", NULL, "print only the unified diff of the fixes", OPT_DIFF },
	{ "fix", NULL, "print only the corrected ruleset", OPT_FIX },
	{ "apply", NULL, "write the fixes into FILE (backup FILE~); standard input: to standard output",
	  OPT_APPLY },
	{ "dry-run", NULL, "with --apply: say what would be done, write nothing", OPT_DRY_RUN },
	{ "unsafe-fixes", NULL, "use unsafe fixes too", OPT_UNSAFE },
	{ "format", "FORMAT", "text (default) or json", OPT_FORMAT },
	{ "select", "CODES", "only these checks: FW101,FW102 or prefixes (FW1)", OPT_SELECT },
	{ "ignore", "CODES", "not these checks", OPT_IGNORE },
	{ "fail-on", "SEVERITY", "error, warning (default) or note: exit 1 from this severity on",
	  OPT_FAIL_ON },
	{ "dialect", "NAME", "do not detect the dialect: iptables, nft or nft-json", OPT_DIALECT },
	{ "include-dir", "DIR", "look here for included files (may be given again)", OPT_INCLUDE_DIR },
	{ "stdin-filename", "NAME", "name of standard input in messages and in the diff", OPT_STDIN },
	{ "dump", "ast|flow", "the parsed ruleset, or what reaches each rule, as JSON", OPT_DUMP },
	{ "color", "WHEN", "auto (default; NO_COLOR is heeded), always or never", OPT_COLOR },
	{ "quiet", NULL, "one line per finding", 'q' },
	{ "version", NULL, "print the version", OPT_VERSION },
	{ "help", NULL, "print this help", 'h' },
};

#define N_OPTIONS ARRAY_SIZE(cli_options)

static void print_help(void)
{
	printf("usage: fwlint [options] [FILE...]\n"
	       "       fwlint explain CODE\n"
	       "       fwlint checks\n\n"
	       "Finds the rules of a netfilter ruleset that break healthy connections, proves each\n"
	       "finding with a packet, and prints the corrected ruleset as a patch. No FILE, or -,\n"
	       "reads standard input.\n\n");
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char left[40];
		snprintf(left, sizeof(left), "--%s%s%s", cli_options[i].name,
			 cli_options[i].argument ? " " : "",
			 cli_options[i].argument ? cli_options[i].argument : "");
		printf("  %-24s %s\n", left, cli_options[i].help);
	}
	printf("\nDialects:\n");
	for (size_t i = 0; dialect_list[i]; i++)
		printf("  %-24s %s\n", dialect_list[i]->name, dialect_list[i]->about);
	printf("\nExit status: 0 nothing at or above --fail-on (or all of it fixed by --apply),\n"
	       "1 findings, 2 the input or the command line is wrong, 3 fwlint or the system failed.\n");
}

/* ---- the command line ---- */

static bool parse_severity(const char *word, enum severity *ret)
{
	for (int s = SEV_NOTE; s <= SEV_ERROR; s++)
		if (strcmp(word, severity_name((enum severity)s)) == 0) {
			*ret = (enum severity)s;
			return true;
		}
	return false;
}

static bool bad_value(const char *option, const char *value)
{
	complain("'%s' is not a value of --%s (see fwlint --help)", value, option);
	return false;
}

static bool set_option(struct settings *s, int opt, const char *value)
{
	switch (opt) {
	case OPT_DIFF: s->diff = true; return true;
	case OPT_FIX: s->fix = true; return true;
	case OPT_APPLY: s->apply = true; return true;
	case OPT_DRY_RUN: s->dry_run = true; return true;
	case OPT_UNSAFE: s->unsafe_fixes = true; return true;
	case 'q': s->quiet = true; return true;
	case OPT_STDIN: s->stdin_name = value; return true;
	case OPT_INCLUDE_DIR: s->include_dirs[s->n_include_dirs++] = value; return true;
	case OPT_FORMAT:
		s->format = format_find(value);
		return s->format || bad_value("format", value);
	case OPT_SELECT:
		s->selection.select = value;
		return selection_is_valid(value) || bad_value("select", value);
	case OPT_IGNORE:
		s->selection.ignore = value;
		return selection_is_valid(value) || bad_value("ignore", value);
	case OPT_FAIL_ON:
		return parse_severity(value, &s->fail_on) || bad_value("fail-on", value);
	case OPT_DIALECT:
		s->dialect = dialect_find(value);
		return s->dialect || bad_value("dialect", value);
	case OPT_DUMP:
		s->dump = value;
		return strcmp(value, "ast") == 0 || strcmp(value, "flow") == 0 || bad_value("dump", value);
	case OPT_COLOR:
		if (strcmp(value, "auto") == 0)
			s->colour = COLOUR_AUTO;
		else if (strcmp(value, "always") == 0)
			s->colour = COLOUR_ALWAYS;
		else if (strcmp(value, "never") == 0)
			s->colour = COLOUR_NEVER;
		else
			return bad_value("color", value);
		return true;
	default:
		return false;
	}
}

static bool check_settings(const struct settings *s, int n_files)
{
	int outputs = s->diff + s->fix + s->apply + (s->dump != NULL);
	if (outputs > 1)
		complain("only one of --diff, --fix, --apply and --dump can be given");
	else if (s->dry_run && !s->apply)
		complain("--dry-run goes with --apply");
	else if (s->fix && n_files > 1)
		complain("--fix takes one input: the corrected rulesets would run together");
	else
		return true;
	return false;
}

/* ---- one input ---- */

struct input {
	const char *path;
	bool is_stdin;
	struct arena *arena;
	struct source *source;
	struct diags diags;
	struct ruleset *ruleset;
	const struct dialect *dialect;
	struct findings findings;
	struct fix_plan plan;
	const char *diff;
	struct replacement *replacements; /* one for each file of the source */
	int status;
};

static void no_dialect(struct input *in)
{
	complain("%s:1:1: error: %s", in->source->name, in->source->len == 0 ? "the input is empty" :
		 "this is no ruleset in a dialect that fwlint reads: expected iptables-save output, "
		 "lines such as '-A INPUT …', an nft script or 'nft list ruleset' with or without -j");
	in->status = EXIT_INPUT;
}

static bool read_input(struct input *in, const struct settings *s)
{
	in->source = read_source(in->arena, in->path, s, &in->status);
	if (!in->source)
		return false;
	in->diags.arena = in->arena;
	struct str text = { in->source->text, in->source->len };
	in->dialect = s->dialect ? s->dialect : dialect_detect(text);
	if (!in->dialect) {
		no_dialect(in);
		return false;
	}
	struct files files = { files_includer(), in->is_stdin, s->include_dirs, s->n_include_dirs };
	in->ruleset = in->dialect->read(in->arena, in->source, &files.includer, &in->diags);
	if (in->diags.n) {
		in->ruleset = NULL;
		in->status = EXIT_INPUT;
		return false;
	}
	return true;
}

/* One text is printed: that of the input itself. */
static bool fixes_an_included_file(const struct input *in)
{
	for (size_t i = 1; i < in->source->n; i++)
		if (edits_touch(&in->plan.edits, in->source->items[i])) {
			complain("%s: the fix is in '%s', which it includes: use --diff or --apply",
				 in->source->name, in->source->items[i]->name);
			return true;
		}
	return false;
}

static bool has_severity(const struct findings *f, enum severity at_least)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].severity >= at_least)
			return true;
	return false;
}

static void analyse(struct input *in, const struct settings *s)
{
	const char *gave_up;
	in->findings = check_run(in->ruleset, &s->selection, in->arena, &gave_up);
	if (gave_up) {
		complain("%s:1:1: error: the ruleset could not be analysed: %s", in->source->name,
			 gave_up);
		in->status = EXIT_INPUT;
		return;
	}
	in->diff = "";
	if (in->findings.n) {
		in->plan = fix_plan_make(in->ruleset, &in->findings, in->dialect, &s->selection,
					 s->unsafe_fixes, in->arena);
		struct str diff = edits_diff(&in->plan.edits, in->source, in->arena);
		in->diff = arena_strndup(in->arena, diff.p, diff.n);
	}
	if ((s->fix || (s->apply && in->is_stdin)) && fixes_an_included_file(in)) {
		in->status = EXIT_INPUT;
		return;
	}
	const struct findings *left = s->apply ? &in->plan.remaining : &in->findings;
	if (in->plan.failed)
		left = &in->findings;
	if (has_severity(left, s->fail_on))
		in->status = EXIT_FOUND;
}

/* ---- output ---- */

static void print_errors(const struct input *in, const struct settings *s)
{
	if (in->diags.n)
		report_diags(stderr, in->source, &in->diags, want_colour(s, stderr));
}

static void print_report(const struct input *in, const struct settings *s, size_t index)
{
	struct format_options o = { .colour = want_colour(s, stdout), .quiet = s->quiet };
	struct report r = { .ruleset = in->ruleset, .source = in->source, .diags = &in->diags,
			    .findings = &in->findings, .plan = in->findings.n ? &in->plan : NULL,
			    .diff = in->diff };
	if (in->source)
		s->format->input(stdout, &r, &o, index);
}

/* The files that are changed, as "a~ and b~". */
static const char *backups(const struct input *in)
{
	struct text t = { .arena = in->arena };
	for (size_t i = 0; i < in->source->n; i++)
		if (edits_touch(&in->plan.edits, in->source->items[i]))
			text_printf(&t, "%s%s~", t.n ? " and " : "", in->source->items[i]->name);
	return arena_strndup(in->arena, t.n ? t.items : "", t.n);
}

static void say_applied(const struct input *in, const struct settings *s)
{
	const char *plural = in->plan.used.n == 1 ? "" : "s";
	if (s->dry_run)
		fputs(in->diff, stdout);
	if (!in->plan.used.n && !s->quiet)
		fprintf(stderr, "%s: nothing to fix\n", in->source->name);
	else if (s->dry_run)
		fprintf(stderr, "%s: would insert %zu rule%s\n", in->source->name, in->plan.used.n, plural);
	else if (!s->quiet)
		fprintf(stderr, "%s: %zu rule%s inserted; the old text is in %s\n", in->source->name,
			in->plan.used.n, plural, backups(in));
}

static bool is_written(const struct input *in, const struct settings *s)
{
	return in->plan.used.n && !in->is_stdin && !s->dry_run;
}

static const char *prepare_input(struct input *in)
{
	const char *why = NULL;
	for (size_t i = 0; i < in->source->n && !why; i++) {
		const struct source_file *f = in->source->items[i];
		struct str old = { f->text, f->len };
		if (edits_touch(&in->plan.edits, f))
			why = file_prepare(f->name, old, in->plan.texts[i], in->arena, &in->replacements[i]);
	}
	return why;
}

/* All files are prepared before the first is replaced: one that cannot be, and none is. */
static int apply_all(struct input *inputs, size_t n, const struct settings *s)
{
	const char *why = NULL;
	for (size_t i = 0; i < n && !why; i++) {
		struct input *in = &inputs[i];
		in->replacements = arena_new_array(in->arena, struct replacement, in->source->n);
		if (is_written(in, s))
			why = prepare_input(in);
	}
	for (size_t i = 0; i < n && !why; i++)
		for (size_t k = 0; k < inputs[i].source->n && !why; k++) {
			struct replacement *r = &inputs[i].replacements[k];
			why = r->path ? file_commit(r, inputs[i].arena) : NULL;
			if (!why)
				*r = (struct replacement){ 0 };
		}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; inputs[i].replacements && k < inputs[i].source->n; k++)
			file_abandon(&inputs[i].replacements[k]);
	if (why) {
		complain("%s", why);
		return EXIT_SYSTEM;
	}
	for (size_t i = 0; i < n; i++)
		if (!inputs[i].is_stdin || s->dry_run)
			say_applied(&inputs[i], s);
	return EXIT_CLEAN;
}

/* Standard input that is to be corrected goes to standard output; findings go beside it. */
static void print_text(const struct input *in)
{
	struct str text = in->plan.texts ? in->plan.texts[0]
					 : (struct str){ in->source->text, in->source->len };
	fwrite(text.p, 1, text.n, stdout);
}

static void print_output(const struct input *in, const struct settings *s, size_t index)
{
	if (in->status == EXIT_INPUT || in->status == EXIT_SYSTEM)
		return;
	if (s->dump && strcmp(s->dump, "ast") == 0)
		report_ast(stdout, in->ruleset);
	else if (s->dump)
		report_flow(stdout, in->ruleset, in->arena);
	else if (s->diff)
		fputs(in->diff, stdout);
	else if (s->fix || (s->apply && in->is_stdin && !s->dry_run))
		print_text(in);
	else if (!s->apply)
		print_report(in, s, index);
}

static int worst(int a, int b)
{
	return a > b ? a : b;
}

static int lint_all(struct input *inputs, size_t n, const struct settings *s)
{
	int status = EXIT_CLEAN;
	bool report = !s->dump && !s->diff && !s->fix && !s->apply;
	struct format_options o = { .colour = want_colour(s, stdout), .quiet = s->quiet };
	if (report)
		s->format->begin(stdout, &o);
	for (size_t i = 0; i < n; i++) {
		struct input *in = &inputs[i];
		if (read_input(in, s) && !s->dump)
			analyse(in, s);
		print_errors(in, s);
		if (report && in->status == EXIT_INPUT && s->format != format_list[0])
			print_report(in, s, i);
		print_output(in, s, i);
		status = worst(status, in->status);
		if (!s->apply) {
			arena_free(in->arena);
			in->arena = NULL;
		}
	}
	if (report)
		s->format->end(stdout, &o);
	if (s->apply && status < EXIT_INPUT)
		status = worst(status, apply_all(inputs, n, s));
	return status;
}

static int run_with(int argc, char **argv, struct arena *a)
{
	struct settings s = { .format = format_list[0], .stdin_name = "stdin", .fail_on = SEV_WARNING };
	s.include_dirs = arena_new_array(a, const char *, argc);
	struct option long_options[N_OPTIONS + 1];
	memset(long_options, 0, sizeof(long_options));
	for (size_t i = 0; i < N_OPTIONS; i++)
		long_options[i] = (struct option){ cli_options[i].name,
			cli_options[i].argument ? required_argument : no_argument, NULL,
			cli_options[i].value };
	int opt;
	while ((opt = getopt_long(argc, argv, "qh", long_options, NULL)) != -1) {
		if (opt == 'h') {
			print_help();
			return EXIT_CLEAN;
		}
		if (opt == OPT_VERSION) {
			printf("fwlint %s\n", FWLINT_VERSION);
			return EXIT_CLEAN;
		}
		if (!set_option(&s, opt, optarg))
			return EXIT_INPUT;
	}
	size_t n = optind < argc ? (size_t)(argc - optind) : 1;
	if (!check_settings(&s, (int)n))
		return EXIT_INPUT;
	if (optind == argc && isatty(STDIN_FILENO))
		complain("reading a ruleset from standard input (see fwlint --help)");
	struct input *inputs = arena_new_array(a, struct input, n);
	for (size_t i = 0; i < n; i++) {
		inputs[i].path = optind < argc ? argv[optind + (int)i] : "-";
		inputs[i].is_stdin = strcmp(inputs[i].path, "-") == 0;
		inputs[i].arena = arena_new();
	}
	int status = lint_all(inputs, n, &s);
	for (size_t i = 0; i < n; i++)
		arena_free(inputs[i].arena);
	return status;
}

static int run(int argc, char **argv)
{
	struct arena *a = arena_new();
	int status = run_with(argc, argv, a);
	arena_free(a);
	return status;
}

const struct command command_lint = {
	.name = "lint", .arguments = "[options] [FILE...]", .about = "find and fix (the default)",
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint [options] [FILE...] */
#include "config.h"
#include "inputs.h"
#include "running.h"

#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
	struct stat st;
	return path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static bool may_tidy(const struct settings *s)
{
	if (s->job.fix.tidy && s->live)
		complain("--tidy changes only files: it cannot be used with --live");
	return !s->job.fix.tidy || !s->live;
}

static bool check_settings(const struct settings *s, int n_files, char **files)
{
	int outputs = s->diff + s->fix + s->apply + (s->dump != DUMP_NOTHING);
	if (outputs > 1)
		complain("only one of --diff, --fix, --apply and --dump can be given");
	else if (outputs && !s->apply && s->n_files)
		complain("--format NAME=FILE cannot be used with --diff, --fix or --dump");
	else if (s->add_allow &&
		 (outputs || s->live || s->together || s->n_files || s->format != format_default))
		complain("--add-allow writes into FILE, or with --dry-run shows what it would "
			 "write: it cannot be used with --live, --together, --format, --diff, "
			 "--fix, --apply or --dump");
	else if (s->add_allow && (!n_files || n_stdin(n_files, files)))
		complain("--add-allow writes into files: it cannot be used on standard input");
	else if (s->diff_base && (s->live || s->together || !n_files || n_stdin(n_files, files)))
		complain("--diff-base compares FILEs with git: it cannot be used with --live, "
			 "--together or standard input");
	else if (s->has_conntrack_count && !s->job.read.n_sysctl_files)
		complain("--conntrack-count needs --sysctl, which gives nf_conntrack_max");
	else if (s->live && n_files)
		complain("--live reads the running ruleset: it takes no FILE");
	else if (s->needs_live && !(s->live && s->apply))
		complain("%s needs --live --apply", s->needs_live);
	else if (s->netns && !s->live)
		complain("--netns needs --live");
	else if (s->netns && s->save)
		complain("--save cannot be used with --netns: the files loaded at boot are not "
			 "those of that network namespace");
	else if (s->save && (s->baseline || s->write_baseline))
		complain("--save fixes files: it cannot be used with %s, which is about the "
			 "running ruleset",
			 s->baseline ? "--baseline" : "--write-baseline");
	else if (s->dry_run && !s->apply && !s->add_allow)
		complain("--dry-run needs --apply");
	else if (s->together && s->live)
		complain("--live already reads all that runs as one ruleset: --together is for "
			 "files");
	else if (s->fix && n_files > 1)
		complain("--fix takes one input: it prints one corrected ruleset");
	else if (s->apply && s->format != format_default && !s->output && !s->live &&
		 (!n_files || n_stdin(n_files, files)))
		complain("--apply --format %s cannot be used on standard input: the corrected "
			 "ruleset is printed there (see --fix)",
			 s->format->name);
	else if (s->job.read.target && s->live)
		complain("--target names the place that FILE is a copy for: --live reads no file");
	else if (s->job.read.target && is_directory(s->job.read.target))
		complain("--target names the place that FILE is a copy for: '%s' is a directory",
			 s->job.read.target);
	else if (s->job.read.target && n_files > 1)
		complain("--target names the place that FILE is a copy for: it takes one FILE, and "
			 "there are %d",
			 n_files);
	else if (s->together && s->apply && n_files > 1 && n_stdin(n_files, files))
		complain("--together --apply writes files: it cannot be used on standard input "
			 "(see --diff)");
	else
		return may_tidy(s);
	return false;
}

void settings_prepare(struct settings *s)
{
	s->job.selection.severities = s->severities.items;
	s->job.selection.n_severities = s->severities.n;
	s->apply |= s->add_allow != NULL;
	s->job.read.for_writing = s->apply;
	s->job.fix.only_inserts = s->live;
	s->job.fix.severity = shown_severity(s);
}

static bool is_first_of(const struct settings *s, int i)
{
	for (int k = 0; k < i; k++)
		if (s->of_file[k] == s->of_file[i])
			return false;
	return true;
}

static void show_settings(int n_files, char **files, const struct settings *s)
{
	if (!s->of_file)
		config_show(s);
	for (int i = 0; s->of_file && i < n_files; i++) {
		if (!is_first_of(s, i))
			continue;
		say(stdout, i ? "\n; of" : "; of");
		for (int k = i; k < n_files; k++)
			if (s->of_file[k] == s->of_file[i])
				say(stdout, " '%s'", files[k]);
		say(stdout, "\n");
		config_show(s->of_file[i]);
	}
}

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The FILEs, with the rulesets of a folder in its place. */
struct files {
	char **items;
	size_t n, cap;
	VEC(struct settings *) settings; /* of each, where they differ */
	bool is_partial;                 /* a part of a folder could not be read */
};

static void add_file(struct files *f, const char *path, const struct settings *s, int i)
{
	vec_push(s->arena, f, (char *)(uintptr_t)path);
	if (s->of_file)
		vec_push(s->arena, &f->settings, s->of_file[i]);
}

#define UNREAD_SHOWN 5

static void say_unread(const char *path, const struct folder *folder)
{
	for (size_t i = 0; i < folder->unread.n && i < UNREAD_SHOWN; i++)
		complain("%s", folder->unread.items[i]);
	if (folder->unread.n > UNREAD_SHOWN)
		complain("%s: %zu more files and folders could not be read", path,
			 folder->unread.n - UNREAD_SHOWN);
}

static bool add_folder(struct files *f, const char *path, const struct settings *s, int i)
{
	struct folder folder;
	const char *why = folder_rulesets(path, s->arena, &folder);
	say_unread(path, &folder);
	f->is_partial = f->is_partial || folder.unread.n;
	if (why || !folder.n) {
		complain("%s",
			 why ? why
			     : arena_printf(s->arena,
					    "no ruleset found in '%s' (%zu other file%s): name the "
					    "files",
					    path, folder.n_other, folder.n_other == 1 ? "" : "s"));
		return false;
	}
	for (size_t k = 0; k < folder.n; k++)
		add_file(f, folder.items[k], s, i);
	if (!s->quiet)
		say(stderr,
		    "fwlint: %s: %zu ruleset%s, %zu included by them, %zu other file%s skipped\n",
		    path, folder.n, folder.n == 1 ? "" : "s", folder.n_included, folder.n_other,
		    folder.n_other == 1 ? "" : "s");
	return true;
}

/* False: a folder holds none. */
static bool unfold(int *argc, char ***argv, struct settings *s, bool *ret_is_partial)
{
	struct files f = { 0 };
	bool any = false, ok = true;
	for (int i = 0; i < *argc; i++)
		any = any || is_folder((*argv)[i]);
	for (int i = 0; i < *argc && any; i++) {
		if (!is_folder((*argv)[i]))
			add_file(&f, (*argv)[i], s, i);
		else
			ok = add_folder(&f, (*argv)[i], s, i) && ok;
	}
	if (!any)
		return true;
	*ret_is_partial = f.is_partial;
	*argc = (int)f.n;
	*argv = f.items;
	s->of_file = s->of_file ? f.settings.items : NULL;
	return ok;
}

static int run(int argc, char **argv, struct settings *s)
{
	bool is_partial = false;
	if (!unfold(&argc, &argv, s, &is_partial))
		return EXIT_INPUT;
	size_t n = argc ? (size_t)argc : 1;
	if (!check_settings(s, argc, argv))
		return EXIT_INPUT;
	if (s->show_settings) {
		show_settings(argc, argv, s);
		return EXIT_CLEAN;
	}
	settings_prepare(s);
	for (int i = 0; s->of_file && i < argc; i++)
		settings_prepare(s->of_file[i]);
	if (s->live)
		return run_live(s);
	if (!argc && isatty(STDIN_FILENO))
		complain("reading a ruleset from standard input (see fwlint --help)");
	struct job *jobs = arena_new_array(s->arena, struct job, n);
	struct input *inputs = arena_new_array(s->arena, struct input, n);
	for (size_t i = 0; i < n; i++)
		inputs[i] = (struct input){ .path = argc ? argv[i] : "-" };
	if (s->together) {
		jobs[0] = (struct job){ .parts = inputs, .n_parts = n };
		n = 1;
	} else {
		for (size_t i = 0; i < n; i++)
			jobs[i].in = inputs[i];
	}
	for (size_t i = 0; i < n; i++)
		jobs[i].in.arena = arena_new();
	int status = lint_all(jobs, n, &s->job, s, NULL);
	for (size_t i = 0; i < n; i++)
		arena_free(jobs[i].in.arena);
	return is_partial && status < EXIT_INPUT ? EXIT_INPUT : status;
}

// clang-format off
const struct command command_lint = {
	.name = "lint", .arguments = "[options] [FILE...]", .max = MANY, .about = "find and fix (the default)",
	.help = "Finds the rules of a netfilter ruleset that break healthy connections, proves each\n"
		"finding with a packet, and prints the corrected ruleset as a patch. No FILE, or -,\n"
		"reads standard input.",
	.options = OPTIONS(OPT_LIVE, OPT_TOGETHER, OPT_NETNS, OPT_DIFF, OPT_FIX, OPT_APPLY,
			   OPT_CONFIRM_WITHIN, OPT_BACKUP_DIR, OPT_KEEP_OPEN, OPT_SAVE, OPT_DRY_RUN,
			   OPT_UNSAFE_FIXES, OPT_TIDY, OPT_FORMAT, OPT_OUTPUT, OPT_STATISTICS, OPT_SELECT,
			   OPT_EXTEND_SELECT, OPT_IGNORE, OPT_PROFILE, OPT_FAIL_ON, OPT_EXIT_ZERO, OPT_SEVERITY,
			   OPT_DIALECT, OPT_LOADER, OPT_KERNEL, OPT_INCLUDE_DIR, OPT_INCLUDE_ANY, OPT_NO_INCLUDE,
			   OPT_SYSCTL, OPT_CONNTRACK_COUNT, OPT_OWNED_CHAINS, OPT_HAZARDS, OPT_INTERFACES,
			   OPT_STDIN_FILENAME, OPT_TARGET, OPT_BASELINE, OPT_WRITE_BASELINE, OPT_ADD_ALLOW,
			   OPT_DIFF_BASE, OPT_CONFIG, OPT_NO_CONFIG, OPT_SHOW_SETTINGS, OPT_DUMP, OPT_JOBS,
			   OPT_COLOR, OPT_VERBOSE, OPT_QUIET),
	.prints = PRODUCT_LINT, .rights = RIGHTS_FILES,
	.run = run,
};
// clang-format on

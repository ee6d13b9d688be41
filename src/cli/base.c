/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --diff-base: texts of a commit, by git's plumbing, run with an argument vector: cat-file runs no
 * filter, pager or hook, and no object is fetched.
 */
#include <fwlint/process.h>

#include "adopt.h"

#include <ctype.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>

/* A name of a commit (gitrevisions(7)): no option, no range, no path in a tree. */
static bool is_ref(const char *ref)
{
	if (!*ref || *ref == '-' || strstr(ref, ".."))
		return false;
	for (const char *c = ref; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && !strchr("._/@{}^~+-", *c)))
			return false;
	return true;
}

/* The directory and the name of the file itself, behind links. */
static bool split(const char *file, struct arena *a, const char **ret_dir, const char **ret_name)
{
	char real[PATH_MAX];
	if (!realpath(file, real))
		return false;
	*ret_name = basename(arena_strndup(a, real, strlen(real)));
	*ret_dir = dirname(arena_strndup(a, real, strlen(real)));
	return true;
}

static int run_git(const char *dir, const char *command, const char *option, const char *object,
		   struct text *out, struct text *errors)
{
	/* git(1): the variable overrides all settings, while a repository's protocol.ext.allow
	 * overrides protocol.allow. A partial clone would fetch with a command that its remote
	 * names. */
	const char *const argv[] = { "env",
				     "PATH=/usr/sbin:/sbin:/usr/bin:/bin",
				     "GIT_ALLOW_PROTOCOL=none",
				     "git",
				     "-C",
				     dir,
				     "-c",
				     "core.fsmonitor=false",
				     command,
				     option,
				     object,
				     NULL };
	return process_run(argv, (struct str){ 0 }, out, errors);
}

const char *base_commit(const char *ref, const char *file, struct arena *a, const char **ret)
{
	struct text out = { .arena = a }, errors = { .arena = a };
	const char *dir, *name;
	if (!is_ref(ref))
		return arena_printf(a, "--diff-base: '%s' does not name a commit", ref);
	if (!split(file, a, &dir, &name))
		return arena_printf(a, "--diff-base: there is no file '%s'", file);
	int status = run_git(dir, "rev-parse", "--verify", arena_printf(a, "%s^{commit}", ref),
			     &out, &errors);
	struct str commit = str_trim(text_str(&out)), why = str_trim(text_str(&errors));
	if (status == PROCESS_MISSING)
		return "--diff-base: there is no program 'git' here";
	if (status || !commit.n)
		return arena_printf(a, "--diff-base: git finds no commit '%s': %.*s", ref,
				    STR_FMT(why));
	*ret = arena_strndup(a, commit.p, commit.n);
	return NULL;
}

bool base_text(const char *commit, const char *file, struct arena *a, struct str *ret)
{
	struct text out = { .arena = a }, errors = { .arena = a };
	const char *dir, *name;
	if (!split(file, a, &dir, &name) ||
	    run_git(dir, "cat-file", "blob", arena_printf(a, "%s:./%s", commit, name), &out,
		    &errors))
		return false;
	*ret = out.n ? text_str(&out) : STR("");
	return true;
}

enum old_text base_old_text(const struct old_texts *o, const char *path, struct arena *a,
			    struct str *ret)
{
	struct text out = { .arena = a }, errors = { .arena = a };
	const char *dir, *name;
	if (base_text(o->commit, path, a, ret))
		return OLD_THERE;
	/* does the file belong to another repository, or to none? */
	if (!split(path, a, &dir, &name) ||
	    run_git(dir, "cat-file", "-e", arena_printf(a, "%s^{commit}", o->commit), &out,
		    &errors))
		return OLD_ELSEWHERE;
	return OLD_ABSENT;
}

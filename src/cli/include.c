/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a ruleset includes: of a path that begins with / or ./ just
 * that one, else the file beside the including one or in an --include-dir.
 * Only regular files are read, each once. What comes by standard input
 * includes nothing unless --include-dir is given.
 */
#include "cli.h"

#include <errno.h>
#include <glob.h>
#include <sys/stat.h>

struct search {
	struct arena *arena;
	glob_t found;
};

static void free_search(struct search *s)
{
	globfree(&s->found);
}

static const char *directory_of(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');
	return slash ? arena_strndup(a, path, (size_t)(slash - path) + 1) : "";
}

static void look(struct search *s, const char *dir, const char *pattern)
{
	if (s->found.gl_pathc)
		return;
	const char *sep = *dir && dir[strlen(dir) - 1] != '/' ? "/" : "";
	globfree(&s->found);
	glob(arena_printf(s->arena, "%s%s%s", dir, sep, pattern), GLOB_MARK, NULL, &s->found);
}

static bool has_wildcard(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("*?[", s.p[i]))
			return true;
	return false;
}

static struct source_file *known_file(struct source *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i]->name, name) == 0)
			return s->items[i];
	return NULL;
}

static const char *add_file(const char *path, struct source *s, struct source_include *inc)
{
	struct stat st;
	struct source_file *f = known_file(s, path);
	if (!f) {
		struct text t = { .arena = s->arena };
		if (stat(path, &st) < 0)
			return arena_printf(s->arena, "cannot read '%s': %s", path, strerror(errno));
		if (!S_ISREG(st.st_mode))
			return arena_printf(s->arena, "'%s' is not a regular file", path);
		if (!read_file(path, &t))
			return arena_printf(s->arena, "cannot read '%s': %s", path, strerror(errno));
		f = source_add(s, arena_strndup(s->arena, path, strlen(path)), t.items, t.n);
	}
	if (!f)
		return "the files are too long";
	vec_push(s->arena, inc, f);
	return NULL;
}

static const char *include(const struct includer *in, struct source *s, struct source_include *inc)
{
	const struct files *files = (const struct files *)(const void *)in;
	struct arena *a = s->arena;
	const char *pattern = arena_strndup(a, inc->pattern.p, inc->pattern.n);
	struct search search __attribute__((cleanup(free_search))) = { .arena = a };
	bool fixed = str_starts(inc->pattern, "/") || str_starts(inc->pattern, "./") ||
		     str_starts(inc->pattern, "../");
	if (files->is_stdin && !files->n_dirs)
		return "files are not included from standard input without --include-dir";
	if (!files->is_stdin && pattern[0] != '/')
		look(&search, directory_of(inc->from->name, a), pattern);
	for (size_t i = 0; i < files->n_dirs && pattern[0] != '/'; i++)
		look(&search, files->dirs[i], pattern);
	if (fixed)
		look(&search, "", pattern);
	const char *why = NULL;
	bool wild = has_wildcard(inc->pattern);
	for (size_t i = 0; i < search.found.gl_pathc && !why; i++) {
		const char *path = search.found.gl_pathv[i];
		bool is_dir = path[strlen(path) - 1] == '/';
		if (!is_dir || !wild)
			why = add_file(path, s, inc);
	}
	if (!search.found.gl_pathc && !wild)
		why = arena_printf(a, "file '%s' is not there", pattern);
	return why;
}

struct includer files_includer(void)
{
	return (struct includer){ include };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a command line needs to read and to write: all other rights are given up
 * (process_confine.h). */
#include <fwlint/process_confine.h>

#include "cli.h"

#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static void add(struct confinement *c, const char *path, bool is_written)
{
	if (is_written)
		vec_push(c->arena, &c->writes, path);
	else
		vec_push(c->arena, &c->reads, path);
}

/* The directory in which a file of that path is written: links are followed. */
static const char *directory_of(const char *path, struct arena *a)
{
	char real[PATH_MAX];
	if (realpath(path, real))
		return arena_strndup(a, dirname(real), strlen(real));
	const char *dir = path_folder(path, a);
	return realpath(dir, real) ? arena_strndup(a, real, strlen(real)) : dir;
}

enum kind { FILES = 1, FOLDERS = 2 };

static void add_glob(struct confinement *c, const char *pattern, unsigned kinds, bool is_written)
{
	glob_t g;
	struct stat st;
	if (glob(pattern, 0, NULL, &g) != 0)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (stat(g.gl_pathv[i], &st) == 0 &&
		    kinds & (S_ISDIR(st.st_mode) ? FOLDERS : FILES))
			add(c, arena_strndup(c->arena, g.gl_pathv[i], strlen(g.gl_pathv[i])),
			    is_written);
	globfree(&g);
}

/* What a file may include from its directory; of the root directory, only the files in it. */
static void add_directory(struct confinement *c, const char *dir, bool is_written)
{
	if (strcmp(dir, "/") == 0)
		add_glob(c, "/*", FILES, false);
	if (strcmp(dir, "/") != 0 || is_written)
		add(c, dir, is_written);
}

/* The nearest directory that exists: those below it will be made. */
static const char *existing(const char *path, struct arena *a)
{
	struct stat st;
	while (stat(path, &st) != 0 && strcmp(path, "/") != 0 && strcmp(path, ".") != 0)
		path = dirname(arena_strndup(a, path, strlen(path)));
	return path;
}

static void add_write(struct confinement *c, const char *file)
{
	if (file && strcmp(file, "-") != 0)
		add(c, directory_of(file, c->arena), true);
}

/* What lint reads besides the FILEs, and writes with --apply. */
static void add_rulesets(struct confinement *c, const struct settings *s)
{
	const struct read_options *o = &s->job.read;
	bool is_written = s->apply || s->add_allow;
	if (o->target)
		add_directory(c, path_folder(o->target, c->arena), false);
	for (size_t i = 0; i < o->n_include_dirs; i++)
		add(c, o->include_dirs[i], is_written);
	for (size_t i = 0; i < o->n_sysctl_files; i++)
		add(c, o->sysctl_files[i], false);
	if (o->include_any)
		add(c, "/", false);
	if (s->baseline)
		add(c, s->baseline, false);
	add_write(c, s->write_baseline);
	add_glob(c, "/etc/nftables*", FILES | FOLDERS, false);
	if (!is_written)
		return;
	add_glob(c, "/etc/nftables*", FOLDERS, true);
	const char *backups = s->job.backup_dir ? s->job.backup_dir
						: jobs_default_backup_dir(c->arena);
	if (backups)
		add(c, existing(backups, c->arena), true);
	/* read to find out what the system loads */
	add(c, "/etc/sysconfig/nftables.conf", false);
}

/* Included files are beside the path as named; what is written is where its links lead. */
static void add_file(struct confinement *c, const char *path, bool is_written)
{
	add(c, path, false);
	add_directory(c, path_folder(path, c->arena), is_written);
	if (is_written)
		add_write(c, path);
}

static void add_argument(struct confinement *c, const char *path, bool is_written)
{
	struct stat st;
	struct folder links;
	if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		add_file(c, path, is_written);
		return;
	}
	add(c, path, is_written);
	folder_links(path, c->arena, &links);
	for (size_t i = 0; i < links.n; i++)
		add_file(c, links.items[i], is_written);
}

void confine_command(const struct command *c, int argc, char **argv, const struct settings *s)
{
	struct confinement x = { .arena = s->arena };
	/* these need the kernel, or git */
	if (c->rights == RIGHTS_ALL || s->live || s->diff_base || s->prove)
		return;
	for (int i = 0; i < argc; i++)
		add_argument(&x, argv[i], s->apply || s->add_allow);
	if (c->rights == RIGHTS_READ_ALL)
		add(&x, "/", false);
	add_rulesets(&x, s);
	for (int i = 0; s->of_file && i < argc; i++)
		add_rulesets(&x, s->of_file[i]);
	add_write(&x, s->output);
	add_write(&x, s->write);
	for (size_t i = 0; i < s->n_files; i++)
		add_write(&x, s->files[i].path);
	confine(&x);
}

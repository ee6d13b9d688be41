/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command line asks to read and to write: all else is given up (process_confine.h). */
#include <fwlint/process_confine.h>

#include "cli.h"

#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static void add_read(struct confinement *c, const char *path)
{
	vec_push(c->arena, &c->reads, path);
}

/* Of what is really meant: links are followed. */
static const char *directory_of(const char *path, struct arena *a)
{
	char real[PATH_MAX];
	if (!realpath(path, real)) {
		const char *dir = dirname(arena_strndup(a, path, strlen(path)));
		return realpath(dir, real) ? arena_strndup(a, real, strlen(real)) : dir;
	}
	return arena_strndup(a, dirname(real), strlen(real));
}

static void add_glob(struct confinement *c, const char *pattern, bool files)
{
	glob_t g;
	struct stat st;
	if (glob(pattern, 0, NULL, &g) != 0)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (!files || (stat(g.gl_pathv[i], &st) == 0 && S_ISREG(st.st_mode)))
			add_read(c, arena_strndup(c->arena, g.gl_pathv[i], strlen(g.gl_pathv[i])));
	globfree(&g);
}

/* What a file may include from its directory; of the root that are the files in it. */
static void add_directory(struct confinement *c, const char *dir)
{
	if (strcmp(dir, "/") == 0)
		add_glob(c, "/*", true);
	else
		add_read(c, dir);
}

/* The nearest directory that there is: those below are made. */
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
		vec_push(c->arena, &c->writes, directory_of(file, c->arena));
}

/* Of the files: what lint reads of a ruleset, and with --apply writes. */
static void add_rulesets(struct confinement *c, const struct settings *s)
{
	const struct read_options *o = &s->job.read;
	if (o->target)
		add_directory(c, directory_of(o->target, c->arena));
	for (size_t i = 0; i < o->n_include_dirs; i++)
		add_read(c, o->include_dirs[i]);
	for (size_t i = 0; i < o->n_sysctl_files; i++)
		add_read(c, o->sysctl_files[i]);
	if (o->include_any)
		add_read(c, "/");
	if (s->baseline)
		add_read(c, s->baseline);
	add_write(c, s->write_baseline);
	if (!s->apply && !s->add_allow)
		return;
	const char *backups = s->job.backup_dir ? s->job.backup_dir
						: jobs_default_backup_dir(c->arena);
	if (backups)
		vec_push(c->arena, &c->writes, existing(backups, c->arena));
	for (size_t i = 0; i < o->n_include_dirs; i++)
		vec_push(c->arena, &c->writes, o->include_dirs[i]);
	/* of these it is asked what they load */
	add_read(c, "/etc/sysconfig/nftables.conf");
}

static void add_argument(struct confinement *c, const char *path, bool is_written)
{
	struct stat st;
	if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
		return;
	const char *dir = S_ISDIR(st.st_mode) ? path : directory_of(path, c->arena);
	add_read(c, path);
	add_directory(c, dir);
	if (is_written)
		vec_push(c->arena, &c->writes, dir);
}

void confine_command(const struct command *c, int argc, char **argv, const struct settings *s)
{
	struct confinement x = { .arena = s->arena };
	/* the kernel is asked, or git */
	if (c->rights == RIGHTS_ALL || s->live || s->diff_base || s->prove)
		return;
	for (int i = 0; i < argc; i++)
		add_argument(&x, argv[i], s->apply || s->add_allow);
	if (c->rights == RIGHTS_READ_ALL)
		add_read(&x, "/");
	add_glob(&x, "/etc/nftables*", false);
	add_rulesets(&x, s);
	for (int i = 0; s->of_file && i < argc; i++)
		add_rulesets(&x, s->of_file[i]);
	add_write(&x, s->output);
	add_write(&x, s->write);
	for (size_t i = 0; i < s->n_files; i++)
		add_write(&x, s->files[i].path);
	/* where the kernel has none of it, all works as without */
	confine(&x);
}

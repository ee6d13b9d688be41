/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written, and where the backups go.
 *
 * The backup is FILE~, unless the directory is read by a glob: of a ruleset
 * of this run, or of the system (globbed.c). A file there is loaded whatever
 * its name is; then the backup goes to --backup-dir, as all do when that is
 * given.
 */
#include "job.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

struct applying {
	struct job *jobs;
	size_t n_jobs;
	const char *backup_dir;
	struct arena *arena;
	struct replacement **items;
	size_t n, cap;
};

static const char *parent(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');
	return slash && slash != path ? arena_strndup(a, path, (size_t)(slash - path)) : "/";
}

/* Does a wildcard of an include statement of this run read the directory? */
static bool is_globbed(const struct applying *ap, const char *dir)
{
	for (size_t i = 0; i < ap->n_jobs; i++)
		for (size_t k = 0; k < ap->jobs[i].in.origins.n; k++) {
			const struct origin *o = &ap->jobs[i].in.origins.items[k];
			if (o->by_wildcard && o->path &&
			    strcmp(parent(o->path, ap->arena), dir) == 0)
				return true;
		}
	return system_globs(dir, ap->arena);
}

const char *jobs_default_backup_dir(struct arena *a)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (caller_uid() == 0)
		return "/var/backups/fwlint";
	if (state && *state == '/')
		return arena_printf(a, "%s/fwlint/backups", state);
	return home && *home == '/' ? arena_printf(a, "%s/.local/state/fwlint/backups", home)
				    : NULL;
}

/* *ret_dir is NULL if the backup goes beside the file. */
static const char *choose_backup_dir(const struct applying *ap, const char *path,
				     const char **ret_dir)
{
	struct place p;
	const char *why = place_open(path, ap->arena, &p);
	place_close(&p);
	if (why)
		return why;
	const char *dir = ap->backup_dir;
	if (!dir && is_globbed(ap, parent(p.path, ap->arena)))
		dir = jobs_default_backup_dir(ap->arena);
	else if (!dir)
		return NULL;
	if (!dir)
		return arena_printf(ap->arena,
				    "all files beside '%s' are loaded, so a backup would be, too: "
				    "name another place with --backup-dir",
				    path);
	char *real = realpath(dir, NULL);
	bool is_loaded = is_globbed(ap, real ? real : dir);
	free(real);
	if (is_loaded)
		return arena_printf(ap->arena,
				    "a backup in '%s' would be loaded with the other files there: "
				    "choose another --backup-dir",
				    dir);
	*ret_dir = dir;
	return NULL;
}

/* Only FILE and the files that it includes from the allowed roots, if they have the same owner. */
static const char *may_write(const struct job *job, const struct source_file *f)
{
	const struct origin *o = input_origin(&job->in, f);
	if (o && o->is_main)
		return NULL;
	if (!o || !o->is_allowed)
		return arena_printf(job->in.arena,
				    "'%s' is not written: it is outside the directories that FILE "
				    "may include from (see --include-dir)",
				    f->name);
	if (o->id.uid != o->file_uid)
		return arena_printf(job->in.arena,
				    "'%s' is not written: uid %u owns it, and '%s', which includes "
				    "it, is of uid %u",
				    f->name, o->id.uid, job->in.source->name, o->file_uid);
	return NULL;
}

static const char *prepare_file(struct applying *ap, struct job *job, size_t i)
{
	const struct source_file *f = job->in.source->items[i];
	const struct origin *origin = input_origin(&job->in, f);
	const char *path = origin && origin->is_main ? origin->path : f->name;
	struct replacement_order o = { .path = path,
				       .read = origin ? origin->id : (struct file_id){ 0 },
				       .old_text = { f->text, f->len },
				       .text = job->plan.texts[i] };
	const char *why = may_write(job, f);
	if (!why && !o.read.is_regular)
		why = arena_printf(ap->arena, "'%s' is not a regular file: it cannot be replaced",
				   path);
	if (!why)
		why = choose_backup_dir(ap, path, &o.backup_dir);
	if (why)
		return why;
	vec_push(ap->arena, ap, &job->replacements[i]);
	return replacement_prepare(&o, ap->arena, &job->replacements[i]);
}

static bool is_written(const struct job *job)
{
	return job->plan.edits.n && !job->in.is_stdin;
}

static const char *prepare_all(struct applying *ap)
{
	const char *why = NULL;
	for (size_t i = 0; i < ap->n_jobs && !why; i++) {
		struct job *job = &ap->jobs[i];
		job->replacements = arena_new_array(job->in.arena, struct replacement,
						    job->in.source->n);
		for (size_t k = 0; is_written(job) && k < job->in.source->n && !why; k++)
			if (edits_touch(&job->plan.edits, job->in.source->items[k]))
				why = prepare_file(ap, job, k);
	}
	return why;
}

/* Each file takes four descriptors until all are replaced. */
static void raise_limit(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
}

const char *jobs_write(struct job *jobs, size_t n, const char *backup_dir, struct arena *a)
{
	struct applying ap = { .jobs = jobs, .n_jobs = n, .backup_dir = backup_dir, .arena = a };
	raise_limit();
	const char *why = prepare_all(&ap);
	if (!why && ap.n)
		why = replacements_commit(ap.items, ap.n, ap.arena);
	for (size_t i = 0; i < ap.n; i++)
		replacement_end(ap.items[i]);
	return why;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --save: the fixes of a change of the running ruleset in the files that are loaded at boot. */
#include "inputs.h"
#include "running.h"

/* The rules are in the kernel but not in the file: tells the terminal and the system's log. */
static int say_failed(const struct live_record *r, const char *what, const struct settings *s)
{
	const char *message = arena_printf(s->arena,
					   "it stays, but it is NOT saved: %s; it does not survive "
					   "a reboot",
					   what);
	complain("change %s: %s", r->id, message);
	record_log(r->id, true, message);
	return EXIT_SYSTEM;
}

/* The files that could not be read or fixed; NULL: none. */
static const char *failed_files(const struct job *jobs, size_t n, struct arena *a)
{
	const char *names = NULL;
	for (size_t i = 0; i < n; i++)
		if (jobs[i].in.status != INPUT_READ)
			names = names ? arena_printf(a, "%s, %s", names, jobs[i].in.path)
				      : jobs[i].in.path;
	return names;
}

int save_change(const struct live_record *r, const struct settings *s)
{
	const char *paths[BOOT_FILES_MAX];
	struct job jobs[BOOT_FILES_MAX];
	size_t n = boot_files(&r->change, paths);
	struct settings of_files = *s;
	if (!n)
		return say_failed(r,
				  "none of the files is there that fwlint knows to be loaded at "
				  "boot",
				  s);
	of_files.live = of_files.dry_run = false;
	of_files.apply = of_files.job.read.for_writing = true;
	of_files.format = format_default;
	of_files.output = NULL;
	of_files.n_files = 0;
	of_files.job.fix = (struct fix_options){ .severity = (enum severity)r->save_severity,
						 .unsafe = r->save_unsafe };
	of_files.job.selection = (struct selection){
		.select = r->save_select[0] ? r->save_select : NULL,
		.ignore = r->save_ignore[0] ? r->save_ignore : NULL
	};
	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct job){ .in = { .path = paths[i], .arena = arena_new() } };
	int status = lint_all(jobs, n, &of_files.job, &of_files, NULL);
	const char *failed = failed_files(jobs, n, s->arena);
	for (size_t i = 0; i < n; i++)
		arena_free(jobs[i].in.arena);
	if (status > EXIT_FOUND)
		return say_failed(r,
				  failed ? arena_printf(s->arena, "%s could not be fixed", failed)
					 : "the files could not be written",
				  s);
	record_log(r->id, false, "saved in the files that are loaded at boot");
	return EXIT_CLEAN;
}

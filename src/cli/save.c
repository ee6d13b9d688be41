/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --save: the fixes of a change of the running ruleset in the files that are loaded at boot. */
#include "inputs.h"
#include "running.h"

/* The rules are in the kernel but not in the file: tells the terminal and the system's log. */
static int say_failed(const struct live_record *r, const char *what, const struct settings *s)
{
	const char *message = arena_printf(s->arena,
					   "the change stays, but it is NOT saved: %s; it does not "
					   "survive a reboot",
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

static const char *severities_text(const struct settings *s)
{
	struct text t = { .arena = s->arena };
	for (size_t i = 0; i < s->severities.n; i++)
		text_printf(&t, "%s%s=%s", t.n ? "," : "", s->severities.items[i].check->id,
			    severity_name(s->severities.items[i].severity));
	return arena_strndup(s->arena, t.n ? t.items : "", t.n);
}

/* Words that are not a check or severity of this version are skipped. */
static void take_severities(struct settings *s, const char *text)
{
	struct str rest = str_from(text ? text : "");
	s->severities.n = 0;
	while (rest.n) {
		struct str word = str_cut(&rest, ','), id = str_cut(&word, '=');
		struct severity_of of = { .check = check_find(
						  arena_strndup(s->arena, id.p, id.n)) };
		if (of.check && word.n &&
		    severity_find(arena_strndup(s->arena, word.p, word.n), &of.severity))
			vec_push(s->arena, &s->severities, of);
	}
	s->job.selection.severities = s->severities.items;
	s->job.selection.n_severities = s->severities.n;
}

struct live_record record_to_make(const struct settings *s)
{
	const struct host_facts *host = &s->job.read.host;
	return (struct live_record){
		.seconds = s->confirm_within,
		.save = s->save,
		.save_unsafe = s->job.fix.unsafe,
		.save_severity = shown_severity(s),
		.save_texts = { [RECORD_PROFILE] = profile_name(s->job.selection.profile),
				[RECORD_SELECT] = s->job.selection.select,
				[RECORD_EXTEND] = s->job.selection.extend,
				[RECORD_IGNORE] = s->job.selection.ignore,
				[RECORD_SEVERITIES] = severities_text(s),
				[RECORD_OWNED_CHAINS] = host->owned_chains,
				[RECORD_HAZARDS] = host->hazards,
				[RECORD_INTERFACES] = host->interfaces },
	};
}

/* Takes the options of the time of the change: another session may confirm it. */
static void take_texts(struct settings *s, const char *const texts[RECORD_TEXTS])
{
	s->job.selection = (struct selection){ .select = texts[RECORD_SELECT],
					       .extend = texts[RECORD_EXTEND],
					       .ignore = texts[RECORD_IGNORE] };
	if (texts[RECORD_PROFILE] &&
	    !profile_find(texts[RECORD_PROFILE], &s->job.selection.profile))
		s->job.selection.profile = PROFILE_DEFAULT;
	take_severities(s, texts[RECORD_SEVERITIES]);
	s->job.read.host = (struct host_facts){ .owned_chains = texts[RECORD_OWNED_CHAINS],
						.hazards = texts[RECORD_HAZARDS],
						.interfaces = texts[RECORD_INTERFACES] };
}

int save_change(const struct live_record *r, const struct settings *s)
{
	const char *paths[BOOT_FILES_MAX];
	struct job jobs[BOOT_FILES_MAX];
	size_t n = boot_files(&r->change, paths);
	struct settings of_files = *s;
	if (!n)
		return say_failed(r,
				  "none of the files that fwlint knows to be loaded at boot exists",
				  s);
	of_files.live = of_files.dry_run = false;
	of_files.apply = of_files.job.read.for_writing = true;
	of_files.format = format_default;
	of_files.output = NULL;
	of_files.n_files = 0;
	of_files.job.fix = (struct fix_options){ .severity = (enum severity)r->save_severity,
						 .unsafe = r->save_unsafe };
	take_texts(&of_files, r->save_texts);
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

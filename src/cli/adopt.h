/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was there before fwlint came: baselines, comments that allow, the change of a branch;
 * private to cli. */
#ifndef CLI_ADOPT_H
#define CLI_ADOPT_H

#include "cli.h"

#include <pthread.h>

struct adoption {
	const struct settings *settings;
	struct baseline *before;  /* findings that are not shown again; or NULL */
	struct baseline *written; /* --write-baseline; or NULL */
	const char *commit;       /* --diff-base; or NULL */
	bool has_failed;
	pthread_mutex_t lock; /* of `before`: jobs read it in threads of their own */
};

/* False: an error has been printed. */
FW_CHECKED bool adoption_begin(struct adoption *ad, const struct settings *s);
/* Takes the known findings of this job's file out of the selection. */
void adoption_select(struct adoption *ad, const struct job *job, struct job_options *o);
/* To be called for each job that was analysed. */
void adoption_saw(struct adoption *ad, struct job *job, const struct job_options *o);
/* Writes the baseline and says what is outdated; returns `status`, or that of a failure. */
FW_CHECKED int adoption_end(struct adoption *ad, int status);

/* ---- git (base.c) ---- */

/* Finds the commit that --diff-base names, as a hash. NULL, or why there is none. */
FW_CHECKED const char *base_commit(const char *ref, const char *file, struct arena *a,
				   const char **ret);
/* The text of a file in that commit; false: it was not there. */
FW_CHECKED bool base_text(const char *commit, const char *file, struct arena *a, struct str *ret);
/* The same for the files that it included. */
enum old_text base_old_text(const struct old_texts *o, const char *path, struct arena *a,
			    struct str *ret);

#endif

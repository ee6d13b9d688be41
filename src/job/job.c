/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an input to the plan of its fixes. */
#include "job.h"

static void raise_status(struct input *in, enum input_status status)
{
	if (status > in->status)
		in->status = status;
}

bool job_open(struct job *job, const struct job_options *o)
{
	bool ok = job->parts || input_open(&job->in, &o->read);
	for (size_t i = 0; i < job->n_parts; i++) {
		job->parts[i].arena = job->in.arena;
		ok = input_open(&job->parts[i], &o->read) && ok;
		raise_status(&job->in, job->parts[i].status);
	}
	return ok;
}

bool job_read(struct job *job, const struct job_options *o)
{
	return job->parts ? input_join(&job->in, job->parts, job->n_parts, &o->read)
			  : input_read(&job->in, &o->read);
}

static bool can_be_cured(const struct job *job, const struct finding *f)
{
	return !f->cure || fix_plan_cure(&job->plan, f) || !f->rule ||
	       !chain_is_shut(job->in.ruleset, f->rule->chain);
}

/* A finding in a chain of another program that no chain of the user can cure is only a note. */
static void weigh_incurable(struct job *job)
{
	for (size_t i = 0; i < job->findings.n; i++) {
		struct finding *f = &job->findings.items[i];
		if (can_be_cured(job, f))
			continue;
		f->severity = SEV_NOTE;
		for (size_t k = 0; k < job->plan.remaining.n; k++)
			if (finding_is_same(&job->plan.remaining.items[k], f))
				job->plan.remaining.items[k].severity = SEV_NOTE;
	}
}

void job_check(struct job *job, const struct job_options *o)
{
	struct arena *a = job->in.arena;
	const char *gave_up; /* not used: each open question has its reason */
	job->diff = "";
	job->walks = flow_walks_new(job->in.ruleset, arena_part(a));
	job->findings = check_run_walks(job->walks, &o->selection, a, &gave_up);
	for (size_t i = 0; i < job->findings.open.n; i++)
		input_wrong(&job->in, (struct span){ job->in.source->items[0]->base, 0 },
			    ERROR_LIMIT, "%s could not be answered: %s",
			    open_question_words(&job->findings.open.items[i], a),
			    job->findings.open.items[i].why);
	job->in.status = INPUT_READ; /* what could be answered is shown */
	findings_fingerprint(&job->findings, job->in.ruleset, a);
}

void job_plan(struct job *job, const struct job_options *o)
{
	struct arena *a = job->in.arena;
	struct fix_options fix = o->fix;
	fix.walks = job->walks;
	if (job->findings.n)
		job->plan = fix_plan_make(job->in.ruleset, &job->findings, &o->selection, &fix, a);
	arena_reset(job->walks->arena);
	job->walks = NULL;
	if (!job->findings.n)
		return;
	weigh_incurable(job);
	struct str diff = edits_diff(&job->plan.edits, job->in.source, a);
	job->diff = arena_strndup(a, diff.p, diff.n);
}

void job_analyse(struct job *job, const struct job_options *o)
{
	job_check(job, o);
	job_plan(job, o);
}

static bool is_left(const struct job *job, const struct finding *f)
{
	bool is = job->plan.failed;
	for (size_t i = 0; i < job->plan.remaining.n && !is; i++)
		is = finding_is_same(&job->plan.remaining.items[i], f);
	return is;
}

struct job job_after(const struct job *job)
{
	struct job after = *job;
	struct arena *a = job->in.arena;
	struct findings *left = arena_new_one(a, struct findings);
	struct fix_cure *cures = arena_new_array(a, struct fix_cure, job->findings.n + 1);
	enum tidied *tidied = arena_new_array(a, enum tidied, job->findings.n + 1);
	left->allowed = job->findings.allowed;
	left->known = job->findings.known;
	for (size_t i = 0; i < job->findings.n; i++) {
		if (!is_left(job, &job->findings.items[i]))
			continue;
		cures[left->n] = job->plan.cures[i];
		if (job->plan.tidied)
			tidied[left->n] = job->plan.tidied[i];
		vec_push(a, left, job->findings.items[i]);
	}
	after.findings = *left;
	after.plan.found = left;
	after.plan.cures = cures;
	after.plan.tidied = tidied;
	return after;
}

const struct source_file *job_changes_included(const struct job *job)
{
	for (size_t i = 1; i < job->in.source->n; i++)
		if (edits_touch(&job->plan.edits, job->in.source->items[i]))
			return job->in.source->items[i];
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * job: all steps for one input, or for several as the ruleset of one host: open, read, analyse,
 * plan, write. Files, standard input and the running ruleset take the same steps. Nothing is
 * printed here: what the user should know is in the `messages` of the result.
 */
#ifndef FWLINT_JOB_H
#define FWLINT_JOB_H

#include <fwlint/file.h>
#include <fwlint/fix.h>
#include <fwlint/live_conntrack.h>
#include <fwlint/live_record.h>

/* ---- messages ---- */

enum message_kind {
	MESSAGE_NOTE,
	MESSAGE_INPUT, /* the input, or the request, is wrong */
	MESSAGE_SYSTEM /* fwlint or the system failed */
};

struct messages {
	struct message {
		enum message_kind kind;
		const char *text; /* one line */
		bool is_kept;     /* a note that --quiet shows, too */
	} * items;
	size_t n, cap;
};

void message_add(struct messages *m, struct arena *a, enum message_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- reading ---- */

/* A file of the source, as found. */
struct origin {
	const struct source_file *file;
	bool is_main;      /* FILE itself; else an included file: */
	uint32_t file_uid; /* the owner of FILE */
	const char *path;  /* absolute, without links; for FILE: as named */
	struct file_id id;
	bool is_allowed; /* it is in a folder that FILE may include from */
	bool by_wildcard;
};

/* One ruleset to read. The caller sets `arena` and `path` or `live`; the rest is filled in. */
struct input {
	const char *path; /* "-": standard input; --live: the name of the ruleset; joined: the names
			     of the parts */
	const struct live_ruleset *live; /* or NULL */
	struct arena *arena;
	const struct source *behind; /* the messages of the input that it is joined to; or NULL */
	bool is_stdin;
	struct str text;       /* it is this, and `path` only names it; p == NULL: it is read */
	struct file_id id;     /* of what was read */
	struct source *source; /* NULL: it could not be opened */
	VEC(struct origin) origins; /* of FILE and of what it includes */
	struct diags diags;         /* what is wrong with the text */
	struct messages messages;
	const struct ruleset *ruleset; /* NULL: it was not read */
	enum input_status {
		INPUT_READ,
		INPUT_WRONG,
		INPUT_FAILED
	} status; /* the worst of messages and diags */
};

/* Included files as they were at some time. */
enum old_text {
	OLD_THERE,
	OLD_ABSENT,   /* there was no such file */
	OLD_ELSEWHERE /* nobody knows: as it is now */
};

struct old_texts {
	enum old_text (*get)(const struct old_texts *o, const char *path, struct arena *a,
			     struct str *ret);
	const char *commit;
};

struct read_options {
	const struct dialect *dialect; /* NULL: it is detected */
	enum loader loader;
	uint32_t versions[N_PROGRAMS]; /* 0: not given */
	const char
		*stdin_name; /* the name of standard input in messages; NULL: target, or "stdin" */
	const char
		*target; /* where the text, which is read from elsewhere, will be stored; or NULL */
	const char **include_dirs;
	size_t n_include_dirs;
	bool include_any, no_include;
	struct host_facts host;
	const char **sysctl_files;
	size_t n_sysctl_files;
	uint32_t conntrack_count;
	const struct live_conntrack *conntrack; /* the running kernel: its settings count where no
						   file gives any; or NULL */
	const struct old_texts *old;            /* or NULL: as they are */
	bool for_writing;                       /* do not read what cannot be replaced */
};

/* Reads only the text. False: `status`, `messages` and `diags` say why, as below. */
FW_CHECKED bool input_open(struct input *in, const struct read_options *o);
/* Reads the ruleset, with the settings of the kernel. */
FW_CHECKED bool input_read(struct input *in, const struct read_options *o);
/* The same without those settings. */
FW_CHECKED bool input_read_part(struct input *in, const struct read_options *o);
/* Reads the n parts and joins them into the ruleset of one host, in the arena of `in`. */
FW_CHECKED
bool input_join(struct input *in, struct input *parts, size_t n, const struct read_options *o);

/* ---- folders ---- */

struct folder {
	const char **items; /* paths, sorted */
	size_t n, cap;
	size_t n_included;        /* others are read with these */
	size_t n_other;           /* files that are no rulesets */
	VEC(const char *) unread; /* "cannot read '…': …", of what may not be looked at */
};

/* The rulesets in a folder and below, by name and by content. NULL, or why it cannot be read. */
FW_CHECKED const char *folder_rulesets(const char *path, struct arena *a, struct folder *ret);
/* The links to files that it would follow; of the files nothing is read. */
void folder_links(const char *path, struct arena *a, struct folder *ret);

/* ---- analysing and planning ---- */

struct job_options {
	struct read_options read;
	struct selection selection;
	struct fix_options fix;
	const char *backup_dir; /* or NULL: see jobs_write() */
};

struct job {
	struct input in;
	struct input *parts; /* the parts that are joined into `in`; or NULL */
	size_t n_parts;
	struct findings findings;
	struct flow_walks *walks;         /* of job_check(), for job_plan() */
	struct fix_plan plan;             /* set when there are findings */
	const char *diff;                 /* of the plan; "": none */
	struct replacement *replacements; /* jobs_write(): one for each file of the source */
};

/* False: in.status says what is wrong with it. */
FW_CHECKED bool job_open(struct job *job, const struct job_options *o);
FW_CHECKED bool job_read(struct job *job, const struct job_options *o);
/* Checks what was read; a question that stays open is an error of the input. */
void job_check(struct job *job, const struct job_options *o);
/* Plans the fixes for what was found; a finding that no chain of the user can cure becomes a note.
 */
void job_plan(struct job *job, const struct job_options *o);
/* Both. */
void job_analyse(struct job *job, const struct job_options *o);
/* The same with only those findings that the plan leaves. */
struct job job_after(const struct job *job);
/* An included file that the plan changes; NULL: none. */
const struct source_file *job_changes_included(const struct job *job);

/* ---- what was found before ---- */

struct baseline_entry {
	const char *file, *fingerprint, *code, *message;
	bool is_listed; /* in the file */
	bool is_seen, was_looked_for;
};

struct baseline {
	struct arena *arena;
	const char *dir; /* that its paths are below */
	VEC(struct baseline_entry *) entries;
	struct hash known;
};

/* An empty one for the file `path`; NULL: for none. */
struct baseline *baseline_new(const char *path, struct arena *a);
/* NULL, or why not. */
FW_CHECKED const char *baseline_read(const char *path, struct arena *a, struct baseline **ret);
FW_CHECKED const char *baseline_write(const struct baseline *b, const char *path);
/* Adds what was found in a job, and what was known before. */
void baseline_add(struct baseline *b, const struct job *job);
/* For selection.is_known. */
bool baseline_knows(void *before, const char *file, const char *fingerprint);
/* Marks the entries that the job would have reported again; one that stays unmarked is outdated. */
void baseline_saw(struct baseline *b, const struct job *job, const struct selection *sel);

/* The comment that allows one finding; false: the dialect has no comments beside its rules. */
FW_CHECKED
bool job_allow_finding(const struct job *job, const struct finding *f, const char *reason,
		       struct edit *ret);
/*
 * Makes comments that allow the findings of this severity and above the plan of the job, with a
 * reason; `*n_comments` of them. NULL, or why that cannot be done.
 */
FW_CHECKED
const char *job_allow(struct job *job, enum severity shown, const char *reason, size_t *n_comments);

/* ---- writing ---- */

/* Where backups go that may not stand beside the file; NULL: nowhere. */
const char *jobs_default_backup_dir(struct arena *a);
/*
 * Writes the fixes of all jobs that were not read from standard input into their files, or of none.
 * The backup of a file is FILE~, unless an include with a glob reads its directory: then it goes to
 * a directory for backups. When `backup_dir` is given, all backups go there. NULL, or what went
 * wrong.
 */
FW_CHECKED
const char *jobs_write(struct job *jobs, size_t n, const char *backup_dir, struct arena *a);

/* ---- the running ruleset ---- */

/* One reading of it, and the result: all rulesets as one, read part by part. */
struct running {
	struct arena *arena;
	struct live_rulesets live;
	struct live_conntrack conntrack;
	struct job job;
	struct job_options options; /* with the settings of this kernel */
};

/* NULL, or why it could not be read; end it in any case. `only`: this backend; NULL: all. */
FW_CHECKED
const char *running_read(struct running *r, const struct backend *only,
			 const struct job_options *o);
/* The same for what live_pass() wrote elsewhere; `bytes` stay. It is not to be changed. */
FW_CHECKED
const char *running_passed(struct running *r, struct str bytes, const struct job_options *o);
void running_end(struct running *r);
/* The plan as a change to the kernel's rules. */
void running_change(const struct running *r, struct live_change *ret, struct arena *a);
/*
 * Compiles the rules of the change and makes it. `known`: the rules that were compiled for an
 * earlier reading; these are added. `keep_open`: see session_is_cut().
 */
FW_CHECKED
enum live_outcome running_apply(const struct running *r, struct live_record *wanted,
				struct live_change *known, const char *keep_open, struct arena *a,
				struct live_record *ret, const char **why_not);
/*
 * Reads it again: NULL, or how it differs from the result that the change was meant to have.
 * `*others`: somebody else may have changed it since.
 */
FW_CHECKED
const char *running_differs(const struct running *r, const struct live_change *made,
			    const struct backend *only, struct arena *a, bool *others);

/* Is it a value of --keep-open? */
bool session_is_valid(const char *keep_open);
/*
 * NULL, or a text: which connection the new ruleset would cut. Looks at the ssh session that this
 * process runs in, or at those of `keep_open` (ADDR:PORT; "none": at no connection; or NULL).
 */
FW_CHECKED
const char *session_is_cut(const char *keep_open, const struct ruleset *old,
			   const struct ruleset *new, struct arena *a);

/* The files that this system loads at boot and that the change concerns; returns how many (at
 * most BOOT_FILES_MAX). */
#define BOOT_FILES_MAX 8
size_t boot_files(const struct live_change *c, const char *ret[BOOT_FILES_MAX]);

#endif

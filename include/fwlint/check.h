/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check: what a check is, what it finds, and the engine that runs checks over a ruleset. It names
 * no single check; those are listed in src/checks/list.c. What a check can ask about a ruleset is
 * in check_analysis.h.
 */
#ifndef FWLINT_CHECK_H
#define FWLINT_CHECK_H

#include <fwlint/flow_walks.h>

enum severity { SEV_NOTE, SEV_WARNING, SEV_ERROR };

const char *severity_name(enum severity s);

/* What would cure a finding: the rule that a fix inserts. */
enum cure {
	CURE_NONE,          /* nothing that a fix could insert */
	CURE_DROP_INVALID,  /* a drop of INVALID packets */
	CURE_DROP_MIDSTREAM /* a drop of NEW TCP segments without SYN */
};

/*
 * Edits of the text that leave every verdict as it is: `what` they do, in words. A check proposes
 * them; they are offered where a comparison of both texts proves it.
 */
struct tidy {
	const char *what;
	struct edit *items;
	size_t n, cap;
};

struct finding {
	const struct check *check; /* the engine fills it in */
	enum severity severity;
	const struct rule *rule; /* the rule at fault; NULL: the fault is a kernel setting */
	struct span span;        /* what the caret points at */
	const char *message;     /* the headline: one clause of at most 90 columns, no full stop */
	const char *detail;      /* what else the user should know, as a sentence; or NULL */
	enum path path; /* of the witness; PATH_COUNT: a finding about the text, which has no
			   witness */
	struct packet witness;
	struct trace trace;       /* what the ruleset does with the witness */
	const struct rule *reset; /* the tcp reset that answers the witness, or NULL */
	enum cure cure;
	const struct rule *at;   /* insert after this accept; NULL: `rule` or `reset` decides */
	const struct rule *nat;  /* the rule that translates the connection of the witness, which
				    takes another path; or NULL */
	const struct tidy *tidy; /* or NULL */
	unsigned part; /* distinguishes several findings of one check on one rule; else 0 */
	const char *fingerprint; /* findings_fingerprint(); else NULL */
};

/* What an "allow", an "allow-chain", an "allow-file" is for. */
enum suppression_scope { SUPPRESSION_LINE, SUPPRESSION_CHAIN, SUPPRESSION_FILE };

/* A "fwlint: allow CODE REASON" of the ruleset. */
struct suppression {
	const struct check *check; /* NULL: there is no such check */
	struct str reason;
	struct span span; /* of its mark */
	enum suppression_scope scope;
	const struct chain *chain;      /* that it is for */
	const struct rule *rule;        /* in whose comment it stands; or NULL, and */
	const struct source_file *file; /* the file and line that it is for */
	uint32_t line;
	const char *problem; /* NULL, or why it is ignored */
	bool used;
};

struct findings {
	struct finding *items;
	size_t n, cap;
	/* Found, but allowed. */
	struct {
		struct allowed {
			struct finding finding;
			struct str reason;
		} * items;
		size_t n, cap;
	} allowed;
	/* Questions that were not answered: no finding of these is given. */
	struct {
		struct open_question {
			const struct check *check;
			enum path path; /* the walk that it is about; PATH_COUNT: all of them */
			enum nfproto_value family;
			const char *why;
		} * items;
		size_t n, cap;
	} open;
	/* Found, but known before: selection.is_known. */
	struct {
		struct finding *items;
		size_t n, cap;
	} known;
};

struct example {
	const char *dialect;
	const char *title;
	const char *bad, *good; /* whole inputs; fixing bad gives good byte for byte */
	unsigned line;          /* the line of `bad` that is flagged */
	bool unsafe;            /* the fix is an unsafe one */
	bool by_hand;           /* there is no fix: `good` is what to write instead */
	bool tidy;              /* the fix only tidies */
};

/* Where the reader can look this up. */
struct reference {
	const char *text, *url; /* url may be NULL */
};

struct analysis;

/* What mends a finding of the check. */
enum fix_kind {
	FIX_KIND_NONE,   /* nothing that the program could write */
	FIX_KIND_INSERT, /* a rule, see enum cure */
	FIX_KIND_TIDY    /* see struct tidy */
};

const char *fix_kind_name(enum fix_kind k);

/* Which checks are on: each of these has those of the one before it. */
enum profile { PROFILE_DEFAULT, PROFILE_HARDENING, PROFILE_ALL };

const char *profile_name(enum profile p);
/* False: there is none of this name. */
FW_CHECKED bool profile_find(const char *name, enum profile *ret);

struct check {
	const char *id, *name, *since;
	enum profile profile; /* the first that it is on in */
	enum fix_kind fix;
	bool matches_too_much; /* its rules match more than is meant: a rule that is dead because of
				  that is not reported, too */
	bool is_steady;        /* see check_is_steady() */
	enum severity severity; /* the highest severity that it reports */
	enum error_code error;  /* not 0: an error of the input, which the dialects report */
	const char *messages; /* of such: what the tools and the kernel say, a line each; or NULL */
	const char *finds;    /* one sentence */
	const char *why;      /* paragraphs */
	const char *fix_safety;
	const char *kernel;                 /* how kernel versions differ; or NULL */
	const struct reference *references; /* the last one has no text */
	const struct example *examples;
	size_t n_examples;
	/* A check that is no error has one of the two; `run_last` runs after the suppressions were
	 * applied. See check_analysis.h. */
	void (*run)(struct analysis *an);
	void (*run_last)(struct analysis *an);
};

/* Does a rule that a fix inserts change none of its findings? */
bool check_is_steady(const struct check *c);

/* All checks, NULL-terminated, in order of their codes. */
extern const struct check *const check_list[];
/* By its code or name, in any case; or NULL. */
const struct check *check_find(const char *id);
/* The page of an error; NULL for ERROR_QUESTION. */
const struct check *check_of_error(enum error_code code);

/* Is it the same check on the same rule (of this ruleset, or of one that a change made from it)? */
bool finding_is_same(const struct finding *x, const struct finding *y);

/*
 * Gives each finding, allowed ones too, a fingerprint: 32 hexadecimal digits that stay the same
 * when rules are inserted before its rule, or it is moved in its chain; no two have the same.
 */
void findings_fingerprint(struct findings *list, const struct ruleset *rs, struct arena *a);

/*
 * A selection: "FW101,FW2" (codes, prefixes of codes, names; in any case); NULL = those of the
 * profile / none.
 * `extend` adds to what is selected, `ignore` takes from it.
 */
struct selection {
	const char *select, *extend, *ignore;
	enum profile profile; /* where `select` is NULL */
	bool no_steady;       /* leave out the checks that are steady */
	/* Severities that somebody else gives to findings of a check. */
	const struct severity_of {
		const struct check *check;
		enum severity severity;
	} * severities;
	size_t n_severities;
	/* The findings of an earlier run on this file, which are not reported again; NULL: none. */
	bool (*is_known)(void *before, const char *file, const char *fingerprint);
	void *before;
};

/* Does the selection (NULL: the default profile) name the check? */
bool is_selected(const struct selection *sel, const struct check *c);

/* The first error that a word of such a list names, by its code or name: it is always reported; or
 * NULL. */
const struct check *selection_error(const char *list);

/* The first word of such a list that names no check; `p` is NULL: each does. */
struct str selection_unknown(const char *list);

/*
 * Runs the selected checks on a ruleset; findings, in the order of the text,
 * live in `results`. Findings that a comment allows are left out. `*ret_gave_up`: NULL, or why the
 * first of the open questions is open.
 */
FW_CHECKED struct findings check_run(const struct ruleset *rs, const struct selection *sel,
				     struct arena *results, const char **ret_gave_up);
/* "FW102 on the forward path of IPv4" */
const char *open_question_words(const struct open_question *q, struct arena *a);
/* The same; the walks are kept for other lints of the ruleset. */
FW_CHECKED struct findings check_run_walks(struct flow_walks *walks, const struct selection *sel,
					   struct arena *results, const char **ret_gave_up);

#endif

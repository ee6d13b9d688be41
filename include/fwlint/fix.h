/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fix: candidate changes for findings, the proof of what each changes, and
 * the plan: the text edits that carry out the chosen ones.
 *
 * Nothing is emitted without a comparison. For every fix we know which packets change their verdict
 * (its certificate), that all of them are INVALID (or, for FW103, NEW segments without SYN), and
 * that the new verdict is drop. The edited text is read again and must give exactly the planned
 * ruleset, which was linted again.
 */
#ifndef FWLINT_FIX_H
#define FWLINT_FIX_H

#include <fwlint/check.h>
#include <fwlint/dialect.h>

enum fix_safety {
	FIX_SAFE,     /* INVALID -> drop only, of packets not accepted before (except to the host
			 itself) */
	FIX_UNSAFE,   /* INVALID -> drop only, but some were accepted, or there is a hazard; or */
		      /* NEW TCP without SYN -> drop only, of packets not accepted before */
	FIX_FORBIDDEN /* changes something else: never emitted */
};

/* One class of packets whose verdict changes to drop. */
struct fix_class {
	enum path path;
	struct verdict old; /* their old verdict */
	struct packet sample;
};

struct fix {
	const struct finding *finding; /* the finding that it was made for */
	struct change change;          /* in the ruleset at that time */
	const struct rule *rule;       /* as inserted */
	struct rule_form form;
	enum ct_state state; /* for all packets that change */
	bool only_safe;      /* not to be made if it is unsafe */
	enum fix_safety safety;
	const char *hazard; /* why it is unsafe, or NULL */
	const char *text;   /* the inserted rule as text */
	struct fix_class *classes;
	size_t n_classes, classes_cap;
};

struct fix_list {
	struct fix *items;
	size_t n, cap;
};

/* Which fix ends a finding: its number in `used` or in `offered`, counted from 1; 0: none.
 */
struct fix_cure {
	size_t used, offered;
};

/* The tidy edits of a finding. */
enum tidied {
	TIDIED_NOT, /* there are none, or they were not proved */
	TIDIED_OFFERED,
	TIDIED_USED /* they are in the edits */
};

struct fix_plan {
	const struct findings *found;
	struct fix_cure *cures;      /* for each of `found` */
	struct fix_list used;        /* are in the edits, in order */
	struct fix_list offered;     /* unsafe, and not allowed */
	enum tidied *tidied;         /* for each of `found` */
	size_t n_tidied;             /* how many are used */
	const struct ruleset *fixed; /* without what is tidied */
	struct findings remaining;   /* of the fixed ruleset; rules keep their ids */
	struct flow_walks *walks;    /* of the fixed ruleset, while the plan is made */
	bool owns_walks;
	struct edits edits;
	const struct str *texts; /* the corrected text of each file of the source */
	const char *failed;      /* NULL, or why the text could not be made */
};

/* A hazard that no ruleset shows, such as "asymmetric-routing", and why it makes fixes unsafe;
 * NULL: there is none of this name. */
const char *hazard_known(struct str name);
/* Name number i of them; NULL: there are no more. */
const char *hazard_name(size_t i);

struct fix_options {
	enum severity severity;   /* for findings of this severity and above */
	bool unsafe;              /* use unsafe ones too */
	bool tidy;                /* use tidy edits */
	bool only_inserts;        /* leave existing rules alone: add no element to a verdict map */
	struct flow_walks *walks; /* those that the ruleset was linted with; or NULL */
};

/*
 * Chooses fixes for the findings `found` of `rs`, and for those that remain,
 * until none is left that a fix can help.
 */
struct fix_plan fix_plan_make(const struct ruleset *rs, const struct findings *found,
			      const struct selection *sel, const struct fix_options *o,
			      struct arena *a);
/* The fix, used or offered, that ends one of the findings that the plan was made for; NULL: none
 * does. */
const struct fix *fix_plan_cure(const struct fix_plan *plan, const struct finding *f);
/* What became of the tidy edits of the finding. */
enum tidied fix_plan_tidied(const struct fix_plan *plan, const struct finding *f);
/* Is a fix of the plan used, or only offered? */
bool fix_plan_uses(const struct fix_plan *plan, const struct fix *f);
/* Does `got`, read from a text, say what `want` says, rule for rule? Inserted rules may count
 * packets. */
FW_CHECKED bool fix_is_said(const struct ruleset *want, const struct ruleset *got);
/* The same for one of the rulesets that were joined into `want`: `got` was read by itself. */
FW_CHECKED
bool fix_part_is_said(const struct ruleset *want, unsigned part, const struct ruleset *got);

/* Makes the change, compares old and new and fills in safety, hazard and classes. */
void fix_judge(const struct ruleset *old, struct fix *fix, struct arena *a);

/* "changes 2 classes of packets, all INVALID, and nothing else" */
const char *fix_summary(const struct fix *f, struct arena *a);
/* The same, with the classes: ": tcp reset -> drop (input), …" */
const char *fix_certificate(const struct fix *f, struct arena *a);

#endif

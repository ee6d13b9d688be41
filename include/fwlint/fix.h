/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fix: candidate changes for findings, the proof of what each changes, and
 * the plan: the text edits that carry out the chosen ones.
 *
 * Nothing is emitted that was not compared: of every fix it is known which
 * packets change their verdict (its certificate), that all of them are
 * INVALID (or, for FW103, NEW segments without SYN), and that they change to
 * drop. The edited text is read again and must say just the ruleset that was
 * meant, and that one was linted again.
 */
#ifndef FWLINT_FIX_H
#define FWLINT_FIX_H

#include <fwlint/check.h>
#include <fwlint/dialect.h>

enum fix_safety {
	FIX_SAFE,     /* INVALID -> drop only, of what was not accepted before (but at the host) */
	FIX_UNSAFE,   /* INVALID -> drop only, but some were accepted, or a hazard is there; or */
		      /* NEW TCP without SYN -> drop only, of what was not accepted before */
	FIX_FORBIDDEN /* changes something else: never emitted */
};

/* One class of packets whose verdict changes to drop. */
struct fix_class {
	enum path path;
	struct verdict old; /* what became of them */
	struct packet sample;
};

struct fix {
	const struct finding *finding; /* that it was made for */
	struct change change;          /* of the ruleset as it was then */
	const struct rule *rule;       /* as inserted */
	struct rule_form form;
	enum ct_state state; /* of all packets that change */
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

/* What ends a finding: the number of the fix in `used` or in `offered`, from 1 on; 0: none there.
 */
struct fix_cure {
	size_t used, offered;
};

struct fix_plan {
	const struct findings *found;
	struct fix_cure *cures;  /* for each of `found` */
	struct fix_list used;    /* go into the edits, in order */
	struct fix_list offered; /* unsafe, and not allowed */
	const struct ruleset *fixed;
	struct findings remaining; /* of the fixed ruleset; rules keep their ids */
	struct edits edits;
	const struct str *texts; /* the corrected text of each file of the source */
	const char *failed;      /* NULL, or why the text could not be made */
};

struct fix_options {
	enum severity severity; /* for findings of this severity and above */
	bool unsafe;            /* use unsafe ones too */
	bool only_inserts; /* rules that are there stay as they are: no further element in a verdict
			      map */
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
/* Is a fix of the plan used, or only offered? */
bool fix_plan_uses(const struct fix_plan *plan, const struct fix *f);
/* Does `got`, read from a text, say what `want` says, rule for rule? Inserted rules may count
 * packets. */
FW_CHECKED bool fix_is_said(const struct ruleset *want, const struct ruleset *got);
/* The same of one of the rulesets that were joined to `want`: `got` was read by itself. */
FW_CHECKED
bool fix_part_is_said(const struct ruleset *want, unsigned part, const struct ruleset *got);

/* Compares old and new and fills in safety, hazard and classes. */
void fix_judge(const struct ruleset *old, struct fix *fix, struct arena *a);

/* "changes 2 classes of packets, all INVALID, and nothing else" */
const char *fix_summary(const struct fix *f, struct arena *a);
/* The same, with the classes: ": tcp reset -> drop (input), …" */
const char *fix_certificate(const struct fix *f, struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of fix share. */
#ifndef FIX_PLAN_H
#define FIX_PLAN_H

#include <fwlint/fix.h>

#define CANDIDATES_MAX 24
#define JUMPS_MAX 4 /* from a base chain to a rule */

struct candidates {
	struct fix items[CANDIDATES_MAX];
	size_t n;
};

/* Why a drop of INVALID packets (of TCP only?) may do harm with these rules; NULL: nothing says so.
 */
const char *hazard_shown(const struct ruleset *rs, bool of_tcp_only);

/* A ruleset with a fix made, on trial. */
struct trial {
	const struct ruleset *ruleset;
	struct flow_walks *walks;
};

/* Makes the change of a fix to the ruleset of `old`: see flow_walks_with(). */
struct trial trial_begin(struct flow_walks *old, struct fix *fix);
void trial_end(struct trial *t);
/* fix_judge() for a fix that has been made. */
void trial_judge(const struct trial *t, struct flow_walks *walks, struct fix *fix, struct arena *a);

/* The changes that may end the finding, none of them judged. */
void fix_candidates(const struct ruleset *rs, const struct finding *f, const struct fix_options *o,
		    struct arena *a, struct candidates *ret);
/* The tests of a rule, in the form for a rule of chain `c`. */
const struct rule *fix_tests_in(const struct rule *r, const struct chain *c, struct arena *a);
/*
 * The tests of each rule that translates, for a rule of chain `c`; then the same with those of the
 * jumps that lead to it.
 */
struct nat_tests {
	const struct rule **items;
	size_t n, cap;
} fix_nat_tests(const struct ruleset *rs, const struct chain *c, struct arena *a);
/*
 * The tests of the finding's rule that translates, for what comes by the interface of the witness
 * only: that rule may test what no rule of the filter can (a mark that is set later). NULL: it does
 * not translate, or no rule names the interface.
 */
const struct rule *fix_nat_tests_by_interface(const struct ruleset *rs, const struct finding *f,
					      const struct chain *c, struct arena *a);
/* The best fix for one of the plan's remaining findings, judged; NULL: there is none. */
FW_CHECKED
struct fix *fix_find(const struct fix_plan *plan, const struct finding *f,
		     const struct selection *sel, const struct fix_options *o, struct arena *a);
/*
 * Adds the edit of a fix, in the dialect and for the text of the ruleset in which the chain was
 * read. False: it cannot be expressed there.
 */
FW_CHECKED bool fix_render(const struct ruleset *rs, struct fix *f, struct edits *edits);
/* Removes the fixes from a plan for `rs` that the others do not need. */
void plan_drop_needless(struct fix_plan *plan, const struct ruleset *rs,
			const struct selection *sel, const struct fix_options *o, struct arena *a);
/* The edits of all fixes used; sets `failed` if the text cannot express what was meant. */
void plan_write_edits(struct fix_plan *plan, const struct ruleset *rs, struct arena *a);
/* Proves tidy edits of findings, and adds them to those of the plan where they are asked for. */
void plan_tidy(struct fix_plan *plan, const struct ruleset *rs, const struct fix_options *o,
	       struct arena *a);
/* Lints the ruleset of `walks`, which a fix made: the findings of checks that are steady are taken
 * from the plan. */
FW_CHECKED struct findings plan_lint(const struct fix_plan *plan, struct flow_walks *walks,
				     const struct selection *sel, struct arena *a,
				     const char **ret_gave_up);
/* What the plan's texts say; NULL: they cannot be read. */
const struct ruleset *plan_read(const struct fix_plan *plan, const struct ruleset *rs,
				struct arena *a);
/* The texts of all files, with the plan's edits. */
void plan_write_texts(struct fix_plan *plan, const struct source *s, struct arena *a);

#endif

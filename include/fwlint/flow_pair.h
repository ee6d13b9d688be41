/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two rulesets side by side. */
#ifndef FWLINT_FLOW_PAIR_H
#define FWLINT_FLOW_PAIR_H

#include <fwlint/model.h>

/*
 * Two rulesets, of one dialect or of two, with common numbers: rule ids of `new` follow those of
 * `old`; opaque variables and extra fields are shared where they mean the same. A packet that
 * matches no rule without a counterpart, and meets no policy that differs, has the same verdict in
 * both.
 */
struct ruleset_pair {
	const struct ruleset *old, *new; /* copies; spans refer to the source of each */
	const uint32_t *counterpart;     /* by rule id; see pair_has_counterpart() */
	const bool *policy_differs[2];   /* for old and new, by chain id */
	const bool *
		translates_otherwise; /* by rule id: its counterpart translates to something else */
	const char *failed;           /* NULL, or why they cannot be put side by side */
};

struct ruleset_pair ruleset_pair(const struct ruleset *old, const struct ruleset *new,
				 struct arena *a);
bool pair_has_counterpart(const struct ruleset_pair *p, const struct rule *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that match nothing, because earlier ones take their packets. */
#ifndef FWLINT_CHECK_DEAD_H
#define FWLINT_CHECK_DEAD_H

#include <fwlint/check_analysis.h>

/* A rule of the text, and what is known of it. */
struct dead_rule {
	const struct chain *chain;
	size_t at, n;                   /* its parts */
	const struct rule_reach *reach; /* text_rule_reach() */
};

/* A run of dead rules with one cause. */
struct dead_run {
	struct dead_rule first;
	VEC(const struct rule *) rules; /* the first part of each */
	bool is_harmless;               /* each would do what the takers do */
	bool only_logs;                 /* each logs, and nothing else */
};

/* Calls `report` for each run of rules whose packets earlier ones take. */
void dead_runs(struct analysis *an,
	       void (*report)(struct analysis *an, const struct dead_run *run));
/* A packet that the first rule matches, and its way. False: the interpreter does not agree. */
bool dead_run_witness(struct analysis *an, const struct dead_run *run, struct finding *f);

#endif

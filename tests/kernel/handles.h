/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of the model and what the kernel's trace calls them. */
#ifndef TESTS_HANDLES_H
#define TESTS_HANDLES_H

#include "trace.h"

#include <fwlint/flow.h>

struct handle {
	const struct rule *first; /* of the rule of the text */
	uint64_t handle;
};

struct handles {
	struct handle *items;
	size_t n, cap;
};

/* Loads the ruleset by nft or iptables-nft, whose rules are nft's too, and reads what they are
 * called. False: it has been printed why not. */
FW_CHECKED bool handles_load(const struct ruleset *rs, struct str text, bool is_nft, bool v6,
			     struct handles *out, struct arena *a);
/* The rule that the trace named; NULL: it is not known. */
const struct rule *hit_rule(const struct handles *handles, const struct hit *hit);
/* The rules of the text that the trace of the model goes through to their end; how many. */
size_t expected_hits(const struct trace *t, const struct rule *ret[HITS_MAX]);
/* What stands in one line of iptables is several rules to the kernel, and to its trace. */
void rules_tell_apart(struct ruleset *rs);
void print_hits(const char *label, const struct ruleset *rs, const struct rule *const *list,
		size_t n, const char *verdict);

#endif

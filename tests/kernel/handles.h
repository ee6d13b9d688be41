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

/* From `nft -a list ruleset`, which names them in the order of the rules; false: it has others. */
FW_CHECKED bool handles_read(const struct ruleset *rs, struct str listing, struct handles *out,
			     struct arena *a);
/* The rule that the trace named; NULL: it is not known. */
const struct rule *hit_rule(const struct handles *handles, const struct hit *hit);
/* The rules of the text that the trace of the model goes through to their end; how many. */
size_t expected_hits(const struct trace *t, const struct rule *ret[HITS_MAX]);
/* What stands in one line of iptables is several rules to the kernel, and to its trace. */
void rules_tell_apart(struct ruleset *rs);
void print_hits(const char *label, const struct ruleset *rs, const struct rule *const *list,
		size_t n, const char *verdict);

#endif

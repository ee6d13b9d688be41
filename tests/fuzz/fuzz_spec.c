/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: a policy, behind a line "%%" the ruleset that it is put to. A counterexample
 * has a verdict that its line does not want, and the words of each class are read again.
 */
#include "fuzz.h"

#include <fwlint/ask_policy.h>

#define RULES_MAX 30 /* of a ruleset that is asked about many times */
#define TESTS_MAX 3

static void read_classes(const struct ruleset *rs, const struct policy_tests *all,
			 const struct policy_test *t, struct arena *a)
{
	struct diags diags = { .arena = a };
	struct ask_question q, again;
	if (t->kind == POLICY_SAME || !ask_read(rs, all->source, t->match, a, &diags, &q))
		return;
	struct ask_answer answer = ask_classes(&q, a);
	for (size_t i = 0; i < answer.n && !answer.gave_up; i++) {
		const char *words = answer.items[i].match;
		size_t n = strlen(words);
		if (!str_is_visible(str_from(words)))
			continue; /* names of interfaces may be any bytes in a ruleset */
		if (!ask_read(answer.ruleset, source_new(a, "words", words, n),
			      (struct span){ 0, (uint32_t)n }, a, &diags, &again))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str rest = { (const char *)data, size }, spec = fuzz_part(&rest);
	static const char nothing[] = "table inet t { }\n";
	struct str rules = rest.p ? rest : (struct str){ nothing, sizeof(nothing) - 1 };
	const struct ruleset *rs = fuzz_read(rules, NULL, NULL, a);
	struct diags diags = { .arena = a };
	const char *text = arena_strndup(a, spec.n ? spec.p : "", spec.n);
	struct source *s = source_new(a, "spec", text, spec.n);
	struct policy_tests all = policy_read(s, a, &diags);
	for (size_t i = 0; rs && rs->n_rules <= RULES_MAX && i < all.n && i < TESTS_MAX; i++) {
		const struct policy_test *t = &all.items[i];
		struct policy_result r = policy_ask(&all, t, rs, rs, a, &diags);
		if (t->kind == POLICY_ALL && r.has_sample &&
		    t->verdicts >> r.trace.verdict.kind & 1)
			abort();
		read_classes(rs, &all, t, a);
	}
	FILE *out = fopen("/dev/null", "w");
	FW_ASSERT(out);
	report_diags(out, s, &diags, false, true);
	fclose(out);
	arena_free(a);
	return 0;
}

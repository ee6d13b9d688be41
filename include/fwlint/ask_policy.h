/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy as tests: lines of a file that say what must become of packets. The grammar is that of
 * fwlint-test(5):
 *
 *   spec  = { line "\n" }
 *   line  = [ test ] [ "#" comment ]
 *   test  = [ "some" ] verdict [ path ] [ match ]  |  "same" file
 *   verdict = "accept" | "drop" | "reject" | "block"      (block: drop or reject)
 *   path  = "input" | "forward" | "output"
 */
#ifndef FWLINT_ASK_POLICY_H
#define FWLINT_ASK_POLICY_H

#include <fwlint/ask.h>

enum policy_kind { POLICY_ALL, POLICY_SOME, POLICY_SAME };

struct policy_test {
	enum policy_kind kind;
	uint32_t line;     /* in its file, from 1 */
	struct span span;  /* of the test in the source of the file */
	struct str text;   /* the same, without the comment */
	unsigned verdicts; /* 1 << enum verdict_kind: those that are meant */
	struct span match; /* path and match */
	struct str file;   /* SAME */
};

struct policy_tests {
	const struct source *source;
	struct policy_test *items;
	size_t n, cap;
};

/* Reads the lines; matches are not looked at yet. What is wrong is in `diags`. */
struct policy_tests policy_read(const struct source *s, struct arena *a, struct diags *diags);

struct policy_result {
	const struct policy_test *test;
	const char *gave_up; /* NULL, or why it could not be answered */
	bool held;
	bool has_sample; /* not held: a packet that shows it; SOME: one that has another verdict */
	const struct ruleset *ruleset; /* that sample and trace refer to */
	enum path path;
	struct packet sample;
	struct trace trace;
	struct verdict old; /* SAME: what the other ruleset does with the sample */
};

/*
 * Puts a test to a ruleset. `other`: the ruleset of a SAME test. A match that is wrong is in
 * `diags`, with places in the file of the test; then the result says nothing.
 */
struct policy_result policy_ask(const struct policy_tests *all, const struct policy_test *t,
				const struct ruleset *rs, const struct ruleset *other,
				struct arena *a, struct diags *diags);

#endif

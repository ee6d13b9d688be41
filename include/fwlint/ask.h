/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: what becomes of a set of packets, in the words of nft. A question is the match part of a
 * rule; the answer is a list of classes of packets, each with its verdict. Policies (tests over
 * sets) and tables of services are built on the same classes.
 */
#ifndef FWLINT_ASK_H
#define FWLINT_ASK_H

#include <fwlint/dialect_match.h>
#include <fwlint/flow.h>

/* ---- questions ---- */

#define ASK_PATHS_ALL (1u << PATH_INPUT | 1u << PATH_FORWARD | 1u << PATH_OUTPUT)

struct ask_question {
	struct match_part part; /* the ruleset, and what is asked of it */
	unsigned paths;         /* 1 << PATH_INPUT, PATH_FORWARD, PATH_OUTPUT; frames of a bridge
				   too, where the ruleset has chains for them */
};

/*
 * Reads "[input|forward|output] MATCH", the part `span` of a source: without the word, all three
 * are asked. False: what is wrong is in `diags`.
 */
FW_CHECKED
bool ask_read(const struct ruleset *rs, const struct source *text, struct span span,
	      struct arena *a, struct diags *diags, struct ask_question *ret);

/* ---- classes ---- */

/* What decides about packets: a rule, or the policy of a base chain (rule == NULL). */
struct ask_place {
	const struct rule *rule;
	const struct chain *base;
};

struct ask_class {
	enum path path;
	unsigned families; /* 1 << enum nfproto_value */
	struct verdict verdict;
	const char *match; /* in nft's words; "": every packet */
	VEC(const char *) assumes;
	VEC(struct ask_place) places;
	struct packet sample;
	/* The set behind the words: a cube of the space of the answer, without cubes. */
	struct region set;
};

/*
 * The classes are disjoint, and together they are the question. Two classes of one verdict differ
 * in more than one field, except where packets lack the field (nft has no word for that). Later
 * fragments, and packets whose TTL runs out here, are included only where the question tests these
 * fields.
 */
struct ask_answer {
	struct ask_class *items;
	size_t n, cap;
	VEC(const char *) notes;
	unsigned families;             /* that are asked about: 1 << enum nfproto_value */
	const struct ruleset *ruleset; /* of the question: what classes and samples refer to */
	struct flow_space *space;
	bool is_untranslated; /* there are too many translations to be followed */
	const char *gave_up;  /* NULL, or why there is no answer */
};

struct ask_answer ask_classes(const struct ask_question *q, struct arena *a);

#endif

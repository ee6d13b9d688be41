/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every rule of a ruleset answered: does any packet come to it, does it take any, and if not, which
 * earlier rules take them? Near linear in the rules: one walk for each path and family, and one
 * search for each visit, which looks earlier rules up by an index.
 */
#ifndef FWLINT_FLOW_REACH_H
#define FWLINT_FLOW_REACH_H

#include <fwlint/flow.h>

/* What is known of a rule; of several paths the first of these that holds on any of them. */
enum reach {
	REACH_TAKES,    /* some packet comes to it and matches */
	REACH_UNKNOWN,  /* a search or a walk gave up */
	REACH_TAKEN,    /* packets that match it never come to it: earlier rules take them all */
	REACH_NO_MATCH, /* packets come to it, and its tests match none that can come there */
	REACH_NONE      /* no packet comes to it, matching or not */
};

struct rule_reach {
	const struct rule *rule;
	enum reach reach;
	enum path path; /* where that is so; REACH_NONE: of no meaning */
	enum nfproto_value family;
	bool excludes_itself;       /* REACH_NO_MATCH: on each path its own tests and the hook do,
				       whatever leads to it */
	const struct packet *asked; /* REACH_TAKEN: one that it asks for, as it sets out */
	/*
	 * REACH_TAKEN, and REACH_NONE where rules are known that keep all packets away: rules that
	 * together take them, in the order of their ids, each once. All are needed to say why, but
	 * fewer may do.
	 */
	const struct rule *const *takers;
	size_t n_takers;
};

struct reachability {
	struct rule_reach *items; /* by rule id */
	size_t n;
	const char *gave_up; /* NULL, or why something is REACH_UNKNOWN */
};

/*
 * Packets of any conntrack state, on any path, of both families; unknown tests may answer anything.
 * `any_mark`: packets may start with any mark, and a rule that takes packets only with an unknown
 * mark counts as one that takes some. Otherwise packets start with mark 0 where the ruleset writes
 * marks. The answers live in `a`.
 */
struct reachability ruleset_reachability(const struct ruleset *rs, bool any_mark, struct arena *a);

/* One visit of a walk, answered. */
struct visit_reach {
	const struct flow_event *event;
	enum pick arrives, takes;
	struct packet arriving, taken;    /* PICK_FOUND: one of them */
	const struct rule *const *takers; /* none is taken: those that take them, as above */
	size_t n_takers;
};

/*
 * Answers the visits of a walk one after the other, for --dump; what it points to is gone after
 * each call of `look`.
 */
void flow_answer(const struct flow *f,
		 void (*look)(const struct flow *f, const struct visit_reach *v, void *context),
		 void *context);

#endif

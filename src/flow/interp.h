/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plain interpreter, as its files share it; private to flow. */
#ifndef FLOW_INTERP_H
#define FLOW_INTERP_H

#include <fwlint/flow_follow.h>

/* A rule that is not taken: the opaque tests that fail, by variable. Any one of them is enough. */
struct choice {
	uint32_t *items;
	size_t n, cap;
	uint32_t n_relied; /* of them */
	bool is_named;     /* the first test is named because of this choice */
};

struct pass {
	const struct chain *chain;
	size_t from, to; /* its steps in the trace */
};

struct run {
	const struct ruleset *rs;
	const struct packet *packet;
	struct arena *arena;
	struct trace *trace;
	enum path path;
	u128 v[FIELD_COUNT]; /* current values of the fields */
	const struct chain *base;
	bool before_conntrack, met_conntrack;
	enum ct_state early; /* the state as rules before conntrack see it; NEW: a template */
	bool has_looped;     /* it comes in again by loopback, with its entry */
	bool has_template;   /* it has a template but no entry, behind conntrack */
	struct verdict verdict;
	bool *relied_on; /* see struct trace */
	VEC(struct choice) choices;
	/* The chains that it came back from in this base chain, unchanged since. */
	VEC(struct pass) been;
	uint32_t n_writes;               /* statements that may have changed it */
	bool *met;                       /* see struct followed */
	const struct follow_options *of; /* NULL: nothing is translated */
	struct followed *followed;
	bool is_bound[END_DESTINATION +
		      1]; /* this end has been through nat: nf_nat_initialized() */
};

/* Before the first chain, with `packet`, `rs`, `arena` and `path` set; and after the last. */
void run_begin(struct run *r, struct trace *t);
void run_end(struct run *r);
enum nfproto_value run_family(const struct run *r);
/* Does the packet have a conntrack entry here, or a template of one? */
bool run_has_entry(const struct run *r);
/* The value of a field in the base chain. */
u128 run_field(const struct run *r, enum field f);
/* Is the packet's address at this end that of another host? */
bool run_is_foreign(const struct run *r, enum packet_end end);
bool match_holds(const struct run *r, const struct match *m);
/* Runs the base chain; r->verdict is what becomes of the packet. */
void run_base(struct run *r, const struct chain *base);
/* What the statement of the rule translates the packet to (translate.c). */
struct translation translation_of(const struct run *r, const struct rule *rule,
				  const struct statement *st);
/* Writes the translation into the packet. */
void run_translation(struct run *r, const struct translation *t);
/* Is the address of this end the host's, as it is now? */
bool end_is_local(const struct run *r, enum packet_end end);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the backends share. */
#ifndef LIVE_BACKEND_H
#define LIVE_BACKEND_H

#include <fwlint/live_change.h>

/*
 * One interface of the kernel. Its functions get rules of a change that are its own
 * (`n` pointers, in their order) and change all of them in as few steps as the
 * interface can. They keep `where` of each rule, and leave out those that are LIVE_OUT.
 */
struct live_part {
	/* Fills in the twins of each rule. NULL, or why not. */
	const char *(*survey)(struct live_rule *const *rules, size_t n, struct arena *a);
	enum live_outcome (*insert)(const struct live_change *c, struct live_rule *const *rules,
				    size_t n, struct arena *a, const char **why_not);
	enum live_outcome (*remove)(const struct live_change *c, struct live_rule *const *rules,
				    size_t n, bool force, struct arena *a, const char **why_not);
	/* Which of them are in. NULL, or why that cannot be read. */
	const char *(*look)(const struct live_change *c, struct live_rule *const *rules, size_t n,
			    struct arena *a, bool *ret_in);
};

/* What a backend's read() returns when the ruleset changed under way: it is to be read again. */
extern const char read_interrupted[];

/* Has a text in the form of iptables-save neither a rule nor a policy other than ACCEPT? */
bool dump_is_empty(struct str text);
/* The text of iptables-restore that makes a table with this one rule, in chain_for_dump(). */
struct str dump_of_rule(const struct live_rule *r, struct arena *a);
const char *chain_for_dump(const struct live_rule *r);
/* A number for what such texts say, counters apart: begins with DUMP_HASH_START, then one text
 * after the other. */
#define DUMP_HASH_START 14695981039346656037u
uint64_t dump_hash(uint64_t h, struct str text);
/* In a child process: bytes of its answer; and why there is none, returns 1. */
void child_write(struct str s);
int child_fail(struct str why);
/* The first line of what a tool printed. */
const char *first_line(const struct text *t, struct arena *a);

#endif

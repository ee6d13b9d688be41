/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the backends share. */
#ifndef LIVE_BACKEND_H
#define LIVE_BACKEND_H

#include <fwlint/live_change.h>

/*
 * One interface of the kernel. Its functions get the rules of a change that belong to it (`n`
 * pointers, in order), and change them in as few steps as the interface allows. They update `where`
 * of each rule, and skip rules that are LIVE_OUT.
 */
struct live_part {
	/* Fills in the twins of each rule. NULL, or why not. */
	const char *(*survey)(struct live_rule *const *rules, size_t n, struct arena *a);
	enum live_outcome (*insert)(const struct live_change *c, struct live_rule *const *rules,
				    size_t n, struct arena *a, const char **why_not);
	enum live_outcome (*remove)(const struct live_change *c, struct live_rule *const *rules,
				    size_t n, bool force, struct arena *a, const char **why_not);
	/* Finds out which of the rules are in. NULL, or why that cannot be read. */
	const char *(*look)(const struct live_change *c, struct live_rule *const *rules, size_t n,
			    struct arena *a, bool *ret_in);
};

/* What a backend's read() returns if the ruleset changed meanwhile: read it again. */
extern const char read_interrupted[];

/* Does a text in the format of iptables-save have no rules, and no policies but ACCEPT? */
bool dump_is_empty(struct str text);
/* The text for iptables-restore that makes a table with only this rule, in chain_for_dump(). */
struct str dump_of_rule(const struct live_rule *r, struct arena *a);
const char *chain_for_dump(const struct live_rule *r);
/* Hashes such texts without their counters: start with DUMP_HASH_START, then add the texts in
 * order. */
#define DUMP_HASH_START 14695981039346656037u
uint64_t dump_hash(uint64_t h, struct str text);
/* Writes all bytes, unless nobody reads them. */
void write_all(int fd, struct str s);
/* For a child process: the first writes bytes of its answer; the second writes why there is none,
 * and returns 1. */
void child_write(struct str s);
int child_fail(struct str why);
/* The first line of what a tool printed. */
const char *first_line(const struct text *t, struct arena *a);

#endif

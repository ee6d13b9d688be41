/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: the running firewall. Reads it as text in its own dialect. Inserts rules into it, all of
 * them or none, and takes exactly those out again: live_change.h. Keeps a change until somebody
 * confirms it: live_record.h.
 *
 * Everything speaks of the network namespace that the process is in.
 */
#ifndef FWLINT_LIVE_H
#define FWLINT_LIVE_H

#include <fwlint/model.h>

struct live_rulesets;
struct live_rule;
struct live_part;

/* One of the ways into the kernel: src/live/NAME.c and a line in src/live/list.c. */
struct backend {
	const char *name;    /* of --live=NAME */
	const char *dialect; /* the dialect of its text */
	bool has_generation; /* each change makes live_rulesets.generation one higher */
	/* Adds its rulesets in this namespace, none if it is not in use (live_read() notes whose
	 * they are). NULL, or why it cannot be read. */
	const char *(*read)(struct arena *a, struct live_rulesets *out);
	/* Fills in rule->code, with the help of a namespace of its own. NULL, or why that was not
	 * possible. */
	const char *(*compile)(struct live_rule *rule, struct arena *a);
	/* How it changes the kernel; backends with the same pointer here change it in one step. */
	const struct live_part *part;
};

/* NULL-terminated; only those that this fwlint was built with. */
extern const struct backend *const backend_list[];
bool backend_is_any(void);
const struct backend *backend_find(const char *name);
/* A backend whose text is in this dialect; NULL: this fwlint was built without one. */
const struct backend *backend_for(const char *dialect);

/* A ruleset of the kernel, as its own tool would print it. */
struct live_ruleset {
	const struct backend *backend;
	enum family family; /* FAMILY_IP, FAMILY_IP6; FAMILY_INET: both and more */
	const char *name;   /* for people: "nft", "ip6tables-legacy" */
	struct str text;
	bool is_empty; /* it has no rule and no policy other than ACCEPT; for nft: no table */
};

struct live_rulesets {
	struct live_ruleset *items;
	size_t n, cap;
	uint32_t generation; /* of nf_tables (NFTA_GEN_ID) before and after the reading; 0: the
				kernel has no nf_tables */
};

/* NULL, or which rights this process lacks; `netns`: it will enter another namespace. */
FW_CHECKED const char *live_rights(bool netns);
/* Moves this process into a network namespace: a name of ip-netns(8), or a path. NULL, or why not.
 */
FW_CHECKED const char *live_enter(const char *netns, struct arena *a);
/*
 * Reads the rulesets of the backend, or of all (NULL); those in nf_tables are read as of one
 * moment. NULL, or why that was not possible.
 */
FW_CHECKED
const char *live_read(const struct backend *only, struct arena *a, struct live_rulesets *ret);

/*
 * For a process that is where the rulesets are: reads all of them and writes them to `fd`, or why
 * it could not. The other one gets them from those bytes, which it need not trust.
 */
void live_pass(int fd);
/* NULL, or why there are none. The texts are views of `bytes`. */
FW_CHECKED
const char *live_passed(struct str bytes, struct arena *a, struct live_rulesets *ret);

#endif

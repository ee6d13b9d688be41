/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: the running firewall. Reads it as text in its own dialect; inserts
 * rules into it, all of them or none, and takes just those out again.
 *
 * Everything speaks of the network namespace that the process is in.
 */
#ifndef FWLINT_LIVE_H
#define FWLINT_LIVE_H

#include <fwlint/model.h>

/* ---- reading ---- */

struct live_rulesets;
struct live_change;
struct live_rule;
struct live_part;

/* One of the ways into the kernel: src/live/NAME.c and a line in live.c. */
struct backend {
	const char *name;    /* of --live=NAME */
	const char *dialect; /* that its text is in */
	bool has_generation; /* each change makes live_rulesets.generation one higher */
	/* Adds the rulesets that it has here (live_read() notes whose they are), none if it is not in use. NULL, or why it cannot be read. */
	const char *(*read)(struct arena *a, struct live_rulesets *out);
	/* Fills in rule->code, by means of a namespace of its own. NULL, or why that was not possible. */
	const char *(*compile)(struct live_rule *rule, struct arena *a);
	/* How it changes the kernel; backends that share this change it in one step. */
	const struct live_part *part;
};

/* NULL-terminated; just those that this fwlint was built with. */
extern const struct backend *const backend_list[];
const struct backend *backend_find(const char *name);

/* A ruleset of the kernel, as its own tool would print it. */
struct live_ruleset {
	const struct backend *backend;
	enum family family; /* FAMILY_IP, FAMILY_IP6; FAMILY_INET: of both and more */
	const char *name;   /* for people: "nft", "ip6tables-legacy" */
	struct str text;
	bool is_empty;      /* it has no rule and no policy other than ACCEPT; of nft: no table */
};

struct live_rulesets {
	struct live_ruleset *items;
	size_t n, cap;
	uint32_t generation; /* of nf_tables (NFTA_GEN_ID) before and after the reading; 0: the kernel has no nf_tables */
};

/* NULL, or which rights this process lacks; `netns`: it is to enter another namespace. */
const char *live_rights(bool netns);
/* Moves this process into a network namespace: a name of ip-netns(8), or a path. NULL, or why not. */
const char *live_enter(const char *netns, struct arena *a);
/*
 * Reads what the backend has, or with NULL what all have, as of one moment
 * for all that nf_tables holds. NULL, or why that was not possible.
 */
const char *live_read(const struct backend *only, struct arena *a, struct live_rulesets *ret);

/* ---- changing ---- */

/* A rule that is to be inserted, or was. */
struct live_rule {
	const struct backend *backend;
	enum family family;   /* of its table */
	const char *table, *chain;
	uint32_t number;      /* 1-based place in the chain, once all rules of the change are in */
	const char *rule;     /* as its dialect writes it: "ct state invalid drop", "-m state … -j DROP" */
	uint8_t protocol;     /* IP protocol that it is for; 0: any */
	const char *certificate; /* what it changes, in words */
	struct str code;      /* what the kernel takes: bytes of the backend's own */
	uint64_t handle;      /* of nf_tables, once it is in; else 0 */
	uint32_t twins, table_twins; /* rules just like it that were in the chain, in the table before it */
	enum {
		LIVE_NOT_YET,
		LIVE_IN,
		LIVE_LEAVING, /* its removal was sent, with an answer that left open what became of it */
		LIVE_OUT      /* or found gone by an undo */
	} where;
};

struct live_change {
	struct live_rule *items; /* by chain in order of their numbers */
	size_t n, cap;
	uint32_t generation;  /* of nf_tables, that it was made for */
	uint64_t legacy_hash; /* of what iptables-legacy had, that it was made for: live_legacy_hash() */
	uint64_t tag;         /* by which nf_tables marks its rules; not 0 */
};

/* A number for what the rulesets of iptables-legacy say, counters apart. */
uint64_t live_legacy_hash(const struct live_rulesets *live);

enum live_outcome {
	LIVE_DONE,
	LIVE_MOVED, /* the ruleset is no longer the one that was read: nothing was done */
	LIVE_GONE,  /* undo: a rule is no longer there, or is another now; the others were taken out */
	LIVE_FAILED, /* nothing was done, or (undo) not all: see the reason */
	LIVE_HALF   /* insert: it failed, and rules may be in: live_undo() is to be tried until it does not fail */
};

/* Notes what an undo must know of the ruleset as it was before. NULL, or why that cannot be read. */
const char *live_survey(struct live_change *c, struct arena *a);
/* Inserts all rules of the change, or none; after live_survey(). `*ret_why` says what went wrong. */
enum live_outcome live_insert(struct live_change *c, struct arena *a, const char **ret_why);
/*
 * Takes the inserted rules out again, and nothing else. A rule is known by its
 * mark, else by what it says, in any chain of its table. One of which it is not
 * known that it is in (LIVE_NOT_YET) is known by its mark or its place only. After
 * LIVE_FAILED it may be tried again for the rest. `force`: also while another
 * program holds the lock of iptables.
 */
enum live_outcome live_undo(struct live_change *c, bool force, struct arena *a, const char **ret_why);
/* How many rules of the change are no longer in. NULL, or why that cannot be read. */
const char *live_missing(const struct live_change *c, struct arena *a, size_t *ret_missing);

/* ---- changes that wait to be confirmed ---- */

/*
 * A change is made, and undone when nobody confirms it, by a guardian: a
 * process of its own that no terminal, session or parent can take down. What
 * it does is in a file of RECORD_FOLDER, so that any session can see it. A record
 * holds for the boot in which it was written.
 */
#define RECORD_FOLDER "/run/fwlint"

enum record_state {
	RECORD_PREPARED,  /* nothing is done yet */
	RECORD_APPLYING,
	RECORD_PENDING,   /* the rules are in; the guardian waits */
	RECORD_CONFIRMED, /* they stay */
	RECORD_RETURNING, /* the guardian is to take them out, or tries to */
	RECORD_UNDONE,
	RECORD_STUCK,     /* they could not be taken out: see `message` */
	RECORD_MOVED,     /* nothing was done: the ruleset was no longer the one that was read */
	RECORD_REFUSED,   /* nothing was done: see `message` */
	RECORD_STATES
};

/* Which network namespace: inode numbers are used again, cookies are not (SO_NETNS_COOKIE; 0: the kernel has none). */
struct live_netns {
	uint64_t device, inode, cookie;
};

struct live_record {
	const char *id;
	enum record_state state;
	struct live_change change;
	uint32_t seconds;      /* to confirm it in; 0: it stays in any case */
	long deadline;         /* process_now_ms() */
	struct live_netns netns; /* its network namespace */
	const char *netns_path; /* by which the guardian enters that */
	const char *message;   /* what became of it, in words; or "" */
	/* What --save is to do once it is confirmed; `save` false: nothing. */
	bool save, save_unsafe;
	const char *save_select, *save_ignore; /* or "" */
	bool guarded;          /* record_list(): its guardian lives */
	int guardian;          /* its process; 0: it is not in this process's pid namespace */
};

struct live_records {
	struct live_record *items;
	size_t n, cap;
};

/* All changes since the system started (finished ones for a day). NULL, or why they cannot be read. */
const char *record_list(struct arena *a, struct live_records *ret);
/*
 * Has wanted->change made by a guardian, which undoes it after wanted->seconds unless it
 * is confirmed; the save fields are kept. Returns when it is in, or was refused; nothing is done when the
 * guardian cannot be started. `ret`: the record as it is then.
 */
enum live_outcome record_apply(const struct live_record *wanted, struct arena *a, struct live_record *ret,
			       const char **ret_why);
/* The guardian itself: `fwlint guard ID`. Returns when there is nothing left to guard. */
void record_guard(const char *id, struct arena *a);
/* The change stays. NULL, or why that is not possible: also when a rule of it is no longer there. */
const char *record_confirm(const char *id, struct arena *a);
/*
 * Takes the rules out, by the guardian or without it. `force`: a guardian that does not
 * answer is ended, and the lock of iptables is not waited for. `ret`: the record as it is then.
 */
enum live_outcome record_rollback(const char *id, bool force, struct arena *a, struct live_record *ret, const char **ret_why);
/* Writes to the system's log what became of a change. */
void record_log(const char *id, bool is_error, const char *message);

/* ---- what connection tracking says of itself ---- */

struct live_conntrack {
	bool running;              /* else all is 0 */
	uint64_t entries, max;     /* connections in the table; its size (nf_conntrack_max) */
	uint64_t invalid;          /* packets, since the namespace began (CTA_STATS_INVALID) */
	uint64_t early_drop;       /* entries thrown out for new ones (CTA_STATS_EARLY_DROP) */
	uint64_t insert_failed;    /* entries that were not made (CTA_STATS_INSERT_FAILED) */
	uint64_t drop;             /* packets dropped since no entry could be made (CTA_STATS_DROP) */
	struct str sysctl;         /* the settings of FW109 in the form of sysctl.conf(5) */
};

struct live_conntrack live_conntrack(struct arena *a);

/* TCP connections to the host, addresses and ports in host order. */
struct live_connection {
	bool v6;
	u128 saddr, daddr;     /* daddr 0: any */
	uint16_t sport, dport; /* sport 0: any */
};

/* Does connection tracking have an entry for such a one? (ctnetlink, IPCTNL_MSG_CT_GET) */
bool live_is_tracked(const struct live_connection *c);

#endif

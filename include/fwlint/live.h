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
	/* Adds the rulesets that it has here, none if it is not in use. NULL, or why it cannot be read. */
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
	bool is_empty;      /* it has no rule and no policy other than ACCEPT */
};

struct live_rulesets {
	struct live_ruleset *items;
	size_t n, cap;
	uint32_t generation; /* of nf_tables (NFTA_GEN_ID) before and after the reading; 0: there is no nf_tables */
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
	const char *listed;   /* of nf_tables: its expressions as the kernel lists them; or NULL */
	uint32_t twins;       /* of iptables-legacy: rules just like it that were in the chain before */
	enum { LIVE_NOT_YET, LIVE_IN, LIVE_OUT /* or found gone by an undo */ } where;
};

struct live_change {
	struct live_rule *items; /* by chain in order of their numbers */
	size_t n, cap;
	uint32_t generation;  /* of nf_tables, that it was made for */
	uint64_t legacy_hash; /* of what iptables-legacy had, that it was made for: live_legacy_hash() */
};

/* A number for what the rulesets of iptables-legacy say, counters apart. */
uint64_t live_legacy_hash(const struct live_rulesets *live);

enum live_outcome {
	LIVE_DONE,
	LIVE_MOVED, /* the ruleset is no longer the one that was read: nothing was done */
	LIVE_GONE,  /* undo: a rule is no longer there, or is another now; the others were taken out */
	LIVE_FAILED /* nothing was done, or (undo) not all: see the reason */
};

/* Inserts all rules of the change, or none. `*ret_why` says what went wrong. */
enum live_outcome live_insert(struct live_change *c, struct arena *a, const char **ret_why);
/*
 * Takes the inserted rules out again, and nothing else. One of which it is not
 * known that it is in (LIVE_NOT_YET) only if it stands at its place. After
 * LIVE_FAILED it may be tried again for the rest.
 */
enum live_outcome live_undo(struct live_change *c, struct arena *a, const char **ret_why);

/* ---- changes that wait to be confirmed ---- */

/*
 * A change is made, and undone when nobody confirms it, by a guardian: a
 * process of its own that no terminal, session or parent can take down. What
 * it does is in a file of RECORD_FOLDER, so that any session can see it.
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

struct live_record {
	const char *id;
	enum record_state state;
	struct live_change change;
	uint32_t seconds;      /* to confirm it in; 0: it stays in any case */
	long deadline;         /* process_now_ms() */
	uint64_t netns;        /* inode of its network namespace */
	const char *netns_path; /* by which the guardian enters that */
	const char *message;   /* what became of it, in words; or "" */
	/* What --save is to do once it is confirmed; `save` false: nothing. */
	bool save, save_unsafe;
	const char *save_select, *save_ignore; /* or "" */
	bool guarded;          /* its guardian lives */
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
/* The change stays. NULL, or why that is not possible any more. */
const char *record_confirm(const char *id, struct arena *a);
/* Takes the rules out, by the guardian or without it. `ret`: the record as it is then. */
enum live_outcome record_rollback(const char *id, struct arena *a, struct live_record *ret, const char **ret_why);

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

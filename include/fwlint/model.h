/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model: the ruleset that every dialect lowers to: tables, chains, rules, matches, statements,
 * verdicts. It knows no dialect; a check reads nothing else.
 *
 * All nodes live in the arena that the dialect was handed; once lowered they
 * are never changed. A rule keeps the span of its text in the source.
 */
#ifndef FWLINT_MODEL_H
#define FWLINT_MODEL_H

#include <fwlint/model_field.h>
#include <fwlint/model_feature.h>
#include <fwlint/source.h>

/* ---- matches ---- */

enum match_kind {
	MATCH_RANGES, /* field is in one of `ranges` */
	MATCH_MASK,   /* (field & mask) == value */
	MATCH_OPAQUE, /* not modelled: variable `var`, one per answer */
	MATCH_ANY,    /* one of `parts` holds */
	MATCH_ALL     /* all of `parts` hold */
};

/* What is known about an opaque match. */
enum opaque_class {
	OPAQUE_PURE,     /* same packet, same answer: one variable per text */
	OPAQUE_STATEFUL, /* the answer depends on more than the packet: a variable of its own */
	OPAQUE_PROGRAM   /* the answer of a program, not a match (see struct verdict): one per queue
			  */
};

struct match {
	enum match_kind kind;
	bool negate;
	bool no_template; /* RANGES of the ct state: a template (STMT_TEMPLATE) matches none of them
			   */
	enum field field; /* RANGES, MASK */
	uint32_t n;       /* RANGES: ranges; ANY, ALL: parts */
	union {
		const struct range *ranges; /* sorted, disjoint */
		const struct mask_value *mask;
		const struct match *parts;
		const struct opaque *opaque;
	};
};

struct mask_value {
	u128 mask, value; /* value has no bit outside mask */
};

/* The address of a packet: that a test asks whether it is the host's, or that is translated. */
enum packet_end { END_NONE, END_SOURCE, END_DESTINATION };

struct opaque {
	uint32_t var; /* number of its variable, from 0 */
	enum opaque_class class;
	bool of_connection;       /* it is the same for all packets that a connection sends */
	bool is_rare;             /* it fails for what is sent to one host, and by one */
	enum packet_end is_local; /* it holds where this address is the host's, and only there */
	struct str text;          /* as written */
	struct str key; /* where possible the same text for every dialect; else the original */
};

/* ---- statements ---- */

enum statement_kind {
	STMT_LOG,     /* log and the like: the packet goes on */
	STMT_WRITE,   /* field = (field & ~mask) ^ value, or unknown bits in mask */
	STMT_NOTRACK, /* a packet without a conntrack entry becomes UNTRACKED */
	/*
	 * A packet without an entry gets a template of one (a zone, a helper …), which
	 * is NEW to a test of the state until conntrack has seen the packet.
	 */
	STMT_TEMPLATE,
	STMT_NAT,     /* address translation */
	STMT_TIMEOUT, /* TCP connections may be idle for `value` seconds (or unknown); `text`: the
			 policy */
	STMT_OFFLOAD, /* the connection goes past the chains from now on (flowtable) */
	STMT_OTHER    /* no effect on the walk */
};

/* An element of the map that an address translation takes its target from. */
struct nat_choice {
	struct match key;
	bool has_address, has_ports;
	bool is_one_of; /* what the map is asked for is not known: it may be another element */
	struct range address, ports;
};

/* What an address translation writes, where it says so in numbers. */
struct nat_target {
	enum packet_end end; /* what it changes; NONE: as the hook has it (NETMAP) */
	bool has_address, has_ports;
	struct range address, ports;
	bool is_prefix; /* `address` is a net: the bits behind its prefix are kept */
	bool is_random; /* a port by chance, also where the packet's own is free */
	bool is_persistent;
	u128 base;       /* of ports that are shifted: the one that becomes ports.lo; 0: none */
	bool is_unknown; /* it writes an address or ports that the text does not say */
	const struct nat_choice *choices; /* the first whose key holds */
	uint32_t n_choices;
};

struct statement {
	enum statement_kind kind;
	struct str text;
	enum field field;
	u128 mask, value;
	bool unknown; /* WRITE: the bits of `mask` become unknown */
	/* WRITE: field = (field & ~mask) ^ (from & from_mask, shifted) ^ value; from_mask 0:
	 * nothing is copied. */
	enum field from;
	uint32_t from_mask;
	int shift;            /* bits to the left; below 0: to the right */
	bool needs_ct;        /* WRITE: no effect without a conntrack entry */
	bool over_untracked;  /* TEMPLATE: an UNTRACKED packet gets one too, and is tracked */
	bool to_self;         /* NAT: to an address of the host (MASQUERADE, REDIRECT) */
	struct nat_target to; /* NAT */
};

/* ---- verdicts ---- */

enum verdict_kind {
	VERDICT_CONTINUE, /* no verdict: the next rule */
	VERDICT_ACCEPT,   /* ends this base chain */
	VERDICT_DROP,
	VERDICT_REJECT,
	VERDICT_QUEUE,  /* user space decides */
	VERDICT_STOLEN, /* taken by the target (SYNPROXY, TARPIT) */
	VERDICT_RETURN,
	VERDICT_JUMP,
	VERDICT_GOTO
};

struct verdict {
	enum verdict_kind kind;
	bool tcp_reset;             /* REJECT */
	struct str reject_with;     /* REJECT: normal name, "icmp-port-unreachable" */
	const struct chain *target; /* JUMP, GOTO */
	/*
	 * QUEUE: the variable that says whether the program lets the packet go on. That is an
	 * ACCEPT: the rest of this base chain is skipped (nf_queue.c: nf_reinject). `bypass`: the
	 * packet goes on where no program listens (nf_queue); else it is dropped there.
	 */
	const struct opaque *program;
	struct str queues; /* QUEUE: "0-3"; empty: not known */
	bool bypass;
	struct span span; /* of the text of the verdict */
};

struct rule {
	const struct chain *chain;
	struct span span; /* of the rule's text, without the line end */
	const struct match *matches;
	uint32_t n_matches;
	uint32_t n_statements;
	const struct statement *statements;
	struct verdict verdict;
	struct str comment;
	uint32_t id;         /* unique in the ruleset, from 0 */
	uint32_t more_rules; /* one more rule in the kernel for the same line: a line with several
				addresses (iptables) */
	bool inserted;       /* made by a change, without a text of its own */
	/*
	 * One rule of the text becomes several here when it has a verdict map (one for each
	 * element, an "arm"), or tests a field after writing it.
	 */
	bool same_rule;   /* belongs to the same rule of the text as the one before */
	bool is_arm;      /* an element of a verdict map */
	bool needs_whole; /* its tests fail for fragments other than the first */
	bool is_head;     /* later parts of the rule depend on it: */
	bool is_part;     /* only for packets that the last head matched */
};

enum hook {
	HOOK_INGRESS,
	HOOK_PREROUTING,
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
	HOOK_POSTROUTING,
	HOOK_EGRESS,
	HOOK_COUNT
};

enum chain_type { CHAIN_FILTER, CHAIN_NAT, CHAIN_ROUTE };

enum policy { POLICY_ACCEPT, POLICY_DROP, POLICY_UNKNOWN };

struct chain {
	const struct table *table;
	struct str name;
	struct span span; /* of its declaration; empty when undeclared */
	bool is_base;
	enum hook hook;
	int priority;
	enum chain_type type;
	enum policy policy;
	const struct range *devices; /* INGRESS, EGRESS: interface names */
	uint32_t n_devices;
	struct rule **items;
	size_t n, cap;
	uint32_t id; /* unique in the ruleset, from 0 */
};

enum family { FAMILY_IP, FAMILY_IP6, FAMILY_INET, FAMILY_BRIDGE, FAMILY_NETDEV, FAMILY_ARP };

const char *family_name(enum family f);

struct table {
	enum family family;
	struct str name;
	struct span span;
	struct chain **items;
	size_t n, cap;
	/* Joined rulesets: the one that the table was read in, and its place among them; else NULL.
	 */
	const struct ruleset *part;
	unsigned part_number;
};

/* Settings of the kernel that go with a ruleset. */
enum kernel_key {
	KERNEL_ESTABLISHED_TIMEOUT, /* nf_conntrack_tcp_timeout_established, seconds */
	KERNEL_TCP_LOOSE,           /* nf_conntrack_tcp_loose */
	KERNEL_BE_LIBERAL,          /* nf_conntrack_tcp_be_liberal */
	KERNEL_CONNTRACK_MAX,       /* nf_conntrack_max, entries */
	KERNEL_KEY_COUNT
};

struct kernel_setting {
	bool given;
	u128 value;
	struct span span; /* in the source of the ruleset */
};

struct kernel_settings {
	struct kernel_setting key[KERNEL_KEY_COUNT];
	u128 count; /* connections in the table now; 0: not given */
};

/* ---- loaders: the programs that put a ruleset file into the kernel ---- */

enum loader {
	LOADER_ANY,    /* none of them in particular */
	LOADER_LEGACY, /* iptables-legacy-restore */
	LOADER_NFT     /* iptables-nft-restore; of an nft script, nft itself */
};

/* By the name that --loader takes: one of program_find(), or "legacy". LOADER_ANY: there is no such
 * loader. */
enum loader loader_find(const char *name);

/* Something in the text that one loader takes and another refuses or understands differently. */
struct loader_note {
	enum loader refused_by; /* LOADER_ANY: no loader refuses it */
	bool differs;           /* what it means depends on the loader */
	struct span span;
	const char *message; /* lower case, no full stop */
};

/*
 * What the administrator says about the host, because no ruleset shows it; lists are separated by
 * commas.
 */
struct host_facts {
	const char *owned_chains; /* patterns: "CHAIN", "TABLE/CHAIN"; or NULL */
	const char *hazards;      /* hazard_known(); or NULL */
	const char *interfaces;   /* all that it has besides lo: "eth0,wg+"; NULL: any */
};

struct ruleset {
	struct arena *arena;
	const struct source *source;
	const char *dialect; /* name of its dialect */
	bool clears;         /* nft: some command removes what was there before */
	struct table **items;
	size_t n, cap;
	uint32_t n_rules;      /* ids given so far */
	struct chain **chains; /* all chains, by id */
	size_t n_chains, chains_cap;
	struct extra_field {
		struct str name;
		enum field_format format;
	} extra[FIELD_EXTRA_LAST - FIELD_EXTRA + 1]; /* see FIELD_EXTRA */
	unsigned n_extra;
	bool tests[FIELD_COUNT]; /* does a rule do this, here or in the ruleset that it is compared
				    with? */
	const struct kernel_settings *kernel; /* NULL: not given */
	const struct host_facts *host;        /* NULL: nothing was said */
	const struct opaque **vars;           /* an opaque match for each variable */
	size_t n_vars, vars_cap;
	/* Notes on loaders, in the order in which they were found. */
	VEC(struct loader_note) loader_notes;
	enum loader loader; /* the loader that the file is for */
	/* What it uses that not every version has, in the order of the text where that is known. */
	VEC(struct feature_use) features;
	uint32_t versions[N_PROGRAMS]; /* that the user named; 0: none */
	bool fragments[2]; /* by enum nfproto_value: no rule makes the kernel reassemble fragments
			    */
	bool reads_fragments; /* tests of ports and the like read whatever bytes a later fragment
				 has at that place */
	const struct ruleset *const *parts; /* rulesets that were joined */
	unsigned n_parts;                   /* 0: it was not joined */
	bool reversed;                      /* see ruleset_other_order() */
};

/* New nodes; names are views that the caller keeps valid. */
struct table *ruleset_add_table(struct ruleset *rs, struct str name, enum family family,
				struct span span);
struct chain *ruleset_add_chain(struct ruleset *rs, struct table *t, struct str name,
				struct span span);
struct rule *ruleset_add_rule(struct ruleset *rs, struct chain *c, size_t index,
			      const struct rule *rule);
/* The loader refuses the text at `span`, though another one takes it. */
void ruleset_refused_by(struct ruleset *rs, enum loader l, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The text at `span` loads with both, but its meaning differs. */
void ruleset_differs_by_loader(struct ruleset *rs, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The text at `span` loads only with another version, or when the running system has something.
 */
void ruleset_load_needs(struct ruleset *rs, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The text at `span` uses it; NULL: every version has it. */
void ruleset_uses(struct ruleset *rs, const struct feature *f, struct span span);
/* The same ruleset, for these versions of the kernel and the tools. */
const struct ruleset *ruleset_with_versions(const struct ruleset *rs,
					    const uint32_t versions[N_PROGRAMS]);
/* The same ruleset, for a loader and with settings of the kernel (NULL: none are given). */
const struct ruleset *ruleset_with_context(const struct ruleset *rs, enum loader l,
					   const struct kernel_settings *k);
/* The same ruleset, of such a host. */
const struct ruleset *ruleset_with_host(const struct ruleset *rs, const struct host_facts *h);
/* The setting, if it was given with this value; else NULL. */
const struct kernel_setting *ruleset_kernel(const struct ruleset *rs, enum kernel_key k,
					    u128 value);
/* A number for an opaque match; one that is not stateful gets that of the same text. */
struct opaque *ruleset_add_opaque(struct ruleset *rs, struct hash *pure_texts, struct str text,
				  enum opaque_class class);
/*
 * An answer of it in words: "it matches '…'", "it does not match '…'"; of a program, what that
 * does, or "not: …". Traces read them, too.
 */
const char *opaque_words(const struct opaque *o, bool answer, struct arena *a);

/*
 * The verdict that hands packets to the program of `queues`: "0", "0-3", or what chooses the
 * number; empty: not known. The caller sets the spans.
 */
struct verdict ruleset_queue(struct ruleset *rs, struct hash *pure_texts, struct str queues,
			     bool bypass);

/* The extra field of this name, made when there is room for one; FIELD_COUNT: there is none. */
FW_CHECKED
enum field ruleset_extra_field(struct ruleset *rs, struct str name, enum field_format format);
/* The name of a field in this ruleset, and its value in words. */
struct str ruleset_field_name(const struct ruleset *rs, enum field f);
const char *ruleset_field_print(const struct ruleset *rs, enum field f, u128 v, struct arena *a);

#define PRIORITY_DEFRAG (-400)
#define PRIORITY_RAW (-300)
#define PRIORITY_CONNTRACK (-200)
#define PRIORITY_MANGLE (-150)
#define PRIORITY_DSTNAT (-100)
#define PRIORITY_FILTER 0
#define PRIORITY_SECURITY 50
#define PRIORITY_SRCNAT 100

const char *hook_name(enum hook h);
const char *verdict_name(const struct verdict *v);
/* The same, with the answer of a reject, and the number of a queue: "queue (1, bypass)". */
const char *verdict_words(const struct verdict *v, struct arena *a);
/* Does the chain run before conntrack has seen the packet? (docs/facts.md: priority ≤ -200) */
bool chain_is_before_conntrack(const struct chain *c);
/* May fragments other than the first come here: does the chain run before reassembly? */
bool chain_sees_fragments(const struct ruleset *rs, const struct chain *c,
			  enum nfproto_value family);
/* Does a rule mean something different for a later fragment than for a whole packet? */
bool rule_tells_fragments(const struct rule *r);
/*
 * For a chain that another program owns and rewrites, so that it must not be edited: the advice
 * where to put the rule instead. NULL: no program owns it.
 */
/* The next one of such a list; n 0: there is none. */
struct str host_next(struct str *rest);
const char *chain_owner_advice(const struct ruleset *rs, const struct chain *c);
/*
 * The program that writes the whole ruleset anew, so that a fix of a dump is lost, and the one step
 * in its configuration that has it drop INVALID; NULL: none that is known.
 */
const char *ruleset_maker(const struct ruleset *rs, const char **ret_step);
/* Does the chain belong to a program that has no place for the administrator's own rules? */
bool chain_is_shut(const struct ruleset *rs, const struct chain *c);
/* Does another program make chains of this name (Docker, ufw, fail2ban …)? */
bool chain_is_of_program(struct str name);
/* The chain as it stands in this ruleset (a change replaces chains). */
const struct chain *ruleset_chain(const struct ruleset *rs, const struct chain *c);
/* 1-based place of a rule in its chain, counted in rules of the text. */
uint32_t rule_number(const struct ruleset *rs, const struct rule *r);
/* The handle that a listing gives the rule ("# handle 5" behind it, nft(8)); 0: none. */
uint64_t rule_handle(const struct ruleset *rs, const struct rule *r);
/* The states (a bit each, 1 << enum ct_state) that the rule's own matches let through. */
unsigned rule_ct_states(const struct rule *r);
/*
 * Does the rule ask for INVALID by name: alone, or in a list of a few states?
 * A negation that includes INVALID does not count.
 */
bool rule_names_invalid(const struct rule *r);
/* Does any match of the rule name a ct state? */
bool rule_has_ct_state(const struct rule *r);
/* Does the statement change packets for the rules behind it? One that logs or counts does not. */
bool statement_acts(const struct statement *s);
/* Does any statement of the rule? */
bool rule_acts(const struct rule *r);
/* The rule's first statement of this kind; NULL: it has none. */
const struct statement *rule_statement(const struct rule *r, enum statement_kind kind);
/* Is it true for any rule? */
bool ruleset_any_rule(const struct ruleset *rs, bool (*is_so)(const struct rule *r));
/* Does a packet go no further, along no chain: dropped, rejected, queued or taken? */
bool verdict_ends(enum verdict_kind v);

/* Compares two matches (below, above, 0) by nothing but what they say. */
int match_order(const struct match *x, const struct match *y);
/* The same for the tests of two rules, one by one. */
int rule_order(const struct rule *x, const struct rule *y);
/* Do they say the same? Within one ruleset: extra fields are compared by number. */
bool match_equal(const struct match *x, const struct match *y);
/* Is the match `field == value`, and nothing else? */
bool match_is_only(const struct match *m, enum field field, u128 value);
/* Does the rule have such a match? */
bool rule_is_only(const struct rule *r, enum field field, u128 value);
/* The match of the list that says the same as `m`; NULL: there is none. */
const struct match *match_among(const struct match *list, uint32_t n, const struct match *m);
/* Shifts a mark: zero bits come in, and a shift by 32 or more leaves 0 (xt_connmark.c). */
u128 mark_shifted(u128 bits, int shift);
/* `n` packets in `seconds`, in lowest terms: the kernel keeps only what a packet costs, so 60 a
 * minute are 1 a second (nft_limit.c: nft_limit_init; xt_limit.c: user2credits). */
const char *rate_key(struct arena *a, uint64_t n, unsigned seconds);
/* Do both translate to the same? */
bool nat_target_equal(const struct nat_target *x, const struct nat_target *y);
bool statement_equal(const struct statement *x, const struct statement *y);
/*
 * Are they of the same kind, and for a reject with the same answer? The targets of jumps are not
 * compared.
 */
bool verdict_equal(const struct verdict *x, const struct verdict *y);

/* ---- rulesets of one host ---- */

/*
 * One ruleset made of all that the host loads: a packet passes the chains of each, by hook and
 * priority. Nodes are copies; their spans refer to `source`, which joins the sources of the parts.
 * NULL: they test too many different things.
 */
FW_CHECKED
struct ruleset *ruleset_join(const struct ruleset *const *parts, size_t n,
			     const struct source *source, struct arena *a);
/* The ruleset that a table was read in: `rs` itself, where nothing was joined. */
const struct ruleset *ruleset_part(const struct ruleset *rs, const struct table *t);
/* A table of `x` for which `y` has one of the same name and family; NULL: there is none. */
const struct table *ruleset_same_table(const struct ruleset *x, const struct ruleset *y);
/*
 * The same ruleset, with the other order of chains of two parts that have the same hook and
 * priority; NULL: there are no such chains. The one that was registered last runs first
 * (nf_hook_entries_grow), and no listing tells which one that is.
 */
const struct ruleset *ruleset_other_order(const struct ruleset *rs, struct arena *a);

/* ---- changes ---- */

/*
 * Insert `rule` into `chain` before the rule that stands there at 0-based
 * place `index` (index == chain->n: at the end).
 */
struct change {
	const struct chain *chain;
	size_t index;
	const struct rule *rule;
};

/*
 * A copy of the ruleset with the change made. Only the changed chain and what points to it are new;
 * unchanged rules keep their id, the new one gets the next. `*ret_rule` is the rule as inserted.
 */
struct ruleset *ruleset_apply(const struct ruleset *rs, const struct change *c,
			      const struct rule **ret_rule);
/* A copy of the ruleset without a rule that is in it; the others keep their ids. */
struct ruleset *ruleset_without(const struct ruleset *rs, const struct rule *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the iptables dialect share. */
#ifndef IPTABLES_PARSER_H
#define IPTABLES_PARSER_H

#include <fwlint/dialect.h>
#include <fwlint/names.h>

#include "value.h"
#include "words.h"

/* ---- the parser ---- */

struct rule_parser;

#define V4 1u
#define V6 2u

struct chain_use {
	struct span span; /* where a chain is named as a target */
	struct str name;
	struct rule *rule;
	struct table *table;
};

/* What is known of a chain at the line that is read. */
struct chain_state {
	uint32_t uses;    /* rules that jump to it */
	bool gone;        /* deleted; it may come back */
	bool foreign;     /* another program makes it */
	bool kept_policy; /* DROP, from an earlier section of its table */
};

/* A line with several addresses: see parts.c. */
struct several {
	struct rule *whole;
	struct table *table;
	struct words words;
	uint32_t n[2]; /* source and destination addresses */
	bool reversed; /* -I puts each before the last one */
	bool apart;    /* a packet may meet two of its rules, and the second has an effect */
};

/* The rules of a line before which `-I CHAIN N` has put another. */
enum { BEFORE_FIRST = 1, BEFORE_OTHERS = 2 };

/* What is known about a rule besides the model. */
struct rule_known {
	unsigned before;               /* BEFORE_FIRST … */
	uint64_t sum;                  /* see rule_same() */
	const struct several *several; /* a line with several addresses */
	const struct several *part_of; /* one rule of such a line */
};

struct parser {
	struct arena *arena;
	const struct source *source;
	struct diags *diags;
	struct ruleset *rs;
	struct hash pure_texts;
	unsigned families;   /* of the file: V4 and/or V6 */
	struct table *table; /* of the current section, or NULL */
	bool has_section;
	bool by_command;  /* commands of a shell, on a ruleset that only they have made */
	bool all_chains;  /* a table has all its built-in chains, also those that nothing names */
	bool noflush;     /* a restore in between: `*table` flushes nothing */
	bool fails;       /* the command is well formed, and the kernel refuses it as things are */
	bool reassembles; /* some rule makes the kernel do so */
	struct span section;            /* where it begins */
	bool keeps;                     /* meant for --noflush: what is there stays */
	VEC(struct chain_state) states; /* by id of the chain */
	VEC(struct rule_known) known;   /* by id of the rule */
	bool has_parts;                 /* some line was split (parts.c) */
	bool has_skipped;               /* some line is for the other family */
	VEC(struct chain_use) uses;
	struct hash chains;       /* "table\nname" → struct chain */
	struct words words;       /* of the line that is read; room for the next one */
	struct rule_parser *rule; /* of the rule that is read; the same */
};

void parser_error(struct parser *p, struct str at, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for a command that fails because of what is there, or is not: p->fails. */
void parser_fails(struct parser *p, struct str at, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- the whole text (file.c) ---- */

void parser_begin(struct parser *p, struct arena *a, const struct source *s, struct diags *diags,
		  unsigned families);
/* The lines of a restore file, to its end. */
void parser_lines(struct parser *p, struct str text);
/* When all is read. */
void parser_finish(struct parser *p);
/* Is all that is loaded known here? Else it is a list of pasted lines. */
static inline bool parser_knows_all(const struct parser *p)
{
	return p->has_section || p->by_command;
}

/* ---- tables and chains (chains.c) ---- */

struct table *parser_table(struct parser *p, struct str name, struct str at);
/* The chain that is there at this line; NULL: there is none. */
struct chain *parser_find_chain(struct parser *p, const struct table *t, struct str name);
/* The same, but makes a built-in chain of the table. */
struct chain *parser_chain(struct parser *p, struct table *t, struct str name);
struct chain *parser_add_chain(struct parser *p, struct table *t, struct str name,
			       struct span span);
/*
 * A chain that the file does not declare: made where its name says that another
 * program has it, and the file is meant for --noflush. Else NULL.
 */
struct chain *parser_foreign_chain(struct parser *p, struct table *t, struct str name,
				   struct str at);
struct chain_state *chain_state(struct parser *p, const struct chain *c);
void parser_set_policy(struct parser *p, struct chain *c, enum policy policy);
void parser_remove_rule(struct parser *p, struct chain *c, size_t i);
void parser_flush(struct parser *p, struct chain *c);
/* Is it a user chain without rules, and not the target of a jump? */
void parser_remove_chain(struct parser *p, struct chain *c);
void parser_rename_chain(struct parser *p, struct chain *c, struct str name);
/* `*table`: what an earlier section said is flushed, its user chains are deleted. */
void parser_begin_section(struct parser *p, struct table *t, struct span at);
void parser_end_section(struct parser *p, struct table *t);
void parser_finish_chains(struct parser *p);

/* ---- lines that are several rules (parts.c) ---- */

/* Splits all such lines before `end`; where that is then. */
size_t parts_split(struct parser *p, struct chain *c, size_t end);
/* Rules that the kernel has in the chain. */
size_t parts_count(const struct chain *c);
/* The place of the kernel's rule of this number, from 0; `alone`: it is to be changed. A line is
 * split for it. */
size_t parts_place(struct parser *p, struct chain *c, size_t number, bool alone);
/*
 * At the end of the file: splits for good the lines that cannot be one rule, before the targets are
 * resolved.
 */
void parts_set_apart(struct parser *p);
/* Joins the lines that are complete. */
void parts_finish(struct parser *p);

/* ---- tests of the mark of a template (template_mark.c) ---- */

/* At the end of the file: unknown bits of the mark become a variable. */
void template_marks_finish(struct parser *p);

/* ---- which chain jumps to which (graph.c) ---- */

/* The rule of `u` jumps to `c`. */
void use_chain(struct parser *p, const struct chain_use *u, struct chain *c);
/* Targets of pasted lines, and those that were no chain when their line was read. */
void resolve_targets(struct parser *p);
/* Loops and depth. */
void check_chains(struct parser *p);

/* ---- commands (command.c) ---- */

void command_run(struct parser *p, struct command *c);

/* ---- a line, and the command in it (line.c) ---- */

void line_command(struct parser *p, struct str line);
/* Reports what is wrong with a name. */
bool valid_chain_name(struct parser *p, struct str name, struct str at);

/* ---- one rule (rule.c) ---- */

struct extension;
struct option;
struct option_value;

/* An option in its normal spelling (same.c). */
struct said {
	struct str text;
	bool negate;
};

/* One `-m` or `-j` and the options that were given to it. */
struct instance {
	const struct extension *ext;
	struct str at;         /* where it is named */
	struct text text;      /* its words as written, for opaque matches */
	struct str key;        /* what nft says for it, where that is known; multiport: its ports */
	VEC(struct said) said; /* of an opaque match or a target */
	u128 number;           /* limit: the burst */
	uint64_t seen;         /* a bit per row of its options */
	uint64_t given;        /* a bit per id of those; see is_given() */
	uint64_t negated;      /* the same: those behind a '!' */
	VEC(struct match) pending; /* conntrack: tests but the state */
	unsigned part;             /* of policy: the element */
	bool inverted;             /* some option was */
	bool flag;                 /* conntrack: a state was given; NAT: a port was */
	bool notrack;              /* CT: packets get no entry */
	enum packet_end is_local;  /* see struct opaque */
	bool is_rare;              /* the same */
	struct nat_target nat;     /* see struct statement */
	bool always;               /* the match takes every packet, or with a '!' none */
};

struct rule_parser {
	struct parser *p;
	const struct words *words;
	size_t at;         /* next word */
	unsigned families; /* that the rule is for */
	struct str chain_name;
	const char *table;
	struct table *in_table;
	VEC(struct match) matches;
	VEC(struct statement) statements;
	VEC(struct instance) loaded;
	struct instance target;
	bool has_target, has_proto, proto_negated, failed;
	bool needs_whole;
	const struct rule_place *place;
	uint32_t n_addresses[2]; /* of -s, of -d: the line is n * m rules of the kernel */
	bool overlaps;           /* some packet has two of the addresses */
	unsigned given;          /* a bit per enum core_option */
	unsigned proto;
	struct str proto_word;
	struct verdict verdict;
	struct range queues; /* NFQUEUE: 0 where it names none */
	struct str verdict_name;
	struct str comment;
};

/* Where a rule goes, and which part of its line it is. */
struct rule_place {
	struct table *table;
	struct chain *chain;
	size_t index;
	unsigned families; /* of the file */
	struct span span;  /* of the line */
	char letter;       /* of the command */
	bool only;         /* one pair of the addresses: */
	uint32_t part[2];  /* the number of the source, of the destination */
};

/*
 * Parses the words as the options of a rule and adds it where it goes.
 * NULL after an error, which has been reported.
 */
struct rule *rule_parse(struct parser *p, const struct words *w, const struct rule_place *place);
/* Reads the next option of the rule, and what belongs to it (option.c). */
void option_read(struct rule_parser *r);
/* What an extension says as a whole, when all options are read (extension.c). */
void match_finish(struct rule_parser *r, struct instance *in);
void target_finish(struct rule_parser *r);
/* Are they the same for -D and -C, in any spelling? Both were parsed here. */
bool rule_same(const struct parser *p, const struct rule *x, const struct rule *y);
void rule_error(struct rule_parser *r, struct str at, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Matches to add or to put into others; `ranges` is copied. */
struct match match_ranges(struct arena *a, enum field f, const struct range *ranges, uint32_t n,
			  bool negate);
struct match match_mask(struct arena *a, enum field f, u128 mask, u128 value, bool negate);
void rule_add_match(struct rule_parser *r, struct match m);
void rule_match_ranges(struct rule_parser *r, enum field f, const struct range *ranges, uint32_t n,
		       bool negate);
void rule_match_mask(struct rule_parser *r, enum field f, u128 mask, u128 value, bool negate);
/* `key` is the same for all spellings of the text. */
struct opaque *rule_opaque(struct rule_parser *r, struct str text, struct str key,
			   enum opaque_class class);
void rule_match_opaque(struct rule_parser *r, struct str text, struct str key,
		       enum opaque_class class, bool negate);
/* The packet has a conntrack entry: its state is NEW, ESTABLISHED or RELATED. */
struct match match_tracked(struct arena *a, bool no_template);
void rule_match_tracked(struct rule_parser *r);
/* Adds a match that holds when any of the n does (`any` is copied). */
void rule_match_any(struct rule_parser *r, const struct match *any, uint32_t n, bool negate);
/* The verdict is a queue; `queues`: "0", "0-3". */
void rule_queue(struct rule_parser *r, struct str queues, bool bypass);
void rule_write(struct rule_parser *r, enum field f, u128 mask, u128 value, bool unknown,
		bool needs_ct);

/* ---- rules that are the same (same.c) ---- */

/* Remembers an option of an opaque match or a target, the same for all spellings. */
void instance_say(struct rule_parser *r, struct instance *in, const struct option *o,
		  const struct option_value *v);
/* The whole text, the same for all spellings; without the negation of `plain`, which may be
 * NULL. */
struct str instance_said(struct arena *a, const struct instance *in, const struct said *plain);
/* A number of the whole rule, of which the first `own` matches came from its options. */
uint64_t rule_sum(const struct rule_parser *r, size_t own);

/* ---- -s, -d, -i, -o, -p (core.c) ---- */

enum core_option {
	CORE_PROTOCOL,
	CORE_SOURCE,
	CORE_DESTINATION,
	CORE_IN,
	CORE_OUT,
	CORE_FRAGMENT,
	CORE_JUMP,
	CORE_GOTO,
	CORE_COUNTERS,
	CORE_MATCH,
	CORE_TABLE,
	CORE_IPV4,
	CORE_IPV6,
	CORE_VERBOSE,
	CORE_MODPROBE,
	CORE_LIST,  /* of -L alone */
	CORE_SHELL, /* of a command line, not of a restore file */
	CORE_INFO,  /* prints something and ends the program */
	CORE_COMMAND
};

struct core {
	const char *name; /* the long one, or NULL */
	char letter;
	enum core_option id;
};

/* The short one of this letter; NULL: there is none. */
const struct core *core_short(char letter);
/* The next long one at or behind *at that has this name (or begins so), *at behind it; NULL: no
 * more. */
const struct core *core_long(struct str name, bool exact, size_t *at);
/* The long one that the name means, whole or abbreviated; NULL: none, or more than one. */
const struct core *core_meant(struct str name);
/* Does it take the next word? */
bool core_takes_word(enum core_option id);

void option_address(struct rule_parser *r, bool is_source, const struct word *w, bool negate);
void option_interface(struct rule_parser *r, enum field f, const struct word *w, bool negate);
void option_protocol(struct rule_parser *r, const struct word *w, bool negate);
/* "eth0", or "eth+" for all names that begin so; false: reported. */
FW_CHECKED bool interface_range(struct rule_parser *r, struct str name, struct str at,
				struct range *ret);

/* ---- writing (render.c): see struct dialect ---- */

const char *iptables_body(const struct ruleset *rs, const struct rule *rule,
			  const struct rule_form *form, struct arena *a);
const char *iptables_command(const struct ruleset *rs, const struct change *c,
			     const struct rule *rule, const struct rule_form *form,
			     struct arena *a);
FW_CHECKED bool iptables_render(const struct ruleset *rs, const struct rule *rule,
				const struct rule_form *form, struct edits *edits,
				const char **ret_text);

#endif

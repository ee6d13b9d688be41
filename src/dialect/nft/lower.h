/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the tree to the model: what the files of lower*.c share. */
#ifndef NFT_LOWER_H
#define NFT_LOWER_H

#include "nft.h"

/* The rule that is being lowered. */
struct lowering {
	struct script *script;
	struct arena *arena;
	struct ruleset *rs;
	struct hash pure_texts;
	const struct nft_table *table;
	const struct nft_rule *rule;
	struct chain *chain;
	VEC(struct match) matches;
	VEC(struct statement) statements;
	bool has_write;    /* a statement whose effect later tests would see */
	bool has_unknown;  /* one that writes an unknown value */
	bool needs_whole;  /* it reads something that a later fragment lacks */
	bool is_gone;      /* the rule is flushed by a later line */
	bool among_others; /* the value that is checked is an element or an operand */
	bool is_part, is_started, failed;
};

/* A rule of the model: what was read so far, and the verdict. */
struct rule *lower_emit(struct lowering *l, const struct verdict *v);
/* A verdict of the tree; false: reported. */
FW_CHECKED bool lower_verdict(struct lowering *l, const struct expr *e, struct verdict *ret);
/* A verdict map. False: no packet goes on in the rule. */
bool lower_vmap(struct lowering *l, const struct stmt *st);
/* A later part of the rule begins: what was read so far becomes its head. */
void lower_split(struct lowering *l);
void lower_add_match(struct lowering *l, struct match m);
#define PARTS_MAX 256 /* alternatives of one match that are kept separate */
struct match lower_ranges(struct lowering *l, enum field f, const struct range *r, size_t n,
			  bool negate);
struct match lower_opaque_match(struct lowering *l, struct str text, bool stateful);
/* A match that holds if one of the parts does; sorts the parts. */
struct match lower_any(struct match *parts, size_t n, bool negate);
/*
 * Values of field & mask as a match. False: it cannot be expressed exactly (then it is opaque).
 * `mask` is the whole field if none was written.
 */
FW_CHECKED bool lower_field(struct lowering *l, const struct selector *s, u128 mask,
			    const struct range *r, size_t n, bool negate, struct match *ret);
/* Are its values sets of bits: states, TCP flags …? */
bool selector_has_bits(const struct selector *s);
void lower_opaque(struct lowering *l, struct str text, bool stateful);
/* Only packets with a conntrack entry go on. */
void lower_tracked(struct lowering *l);
/* Later fragments do not go on (nft_payload.c: nft_payload_eval). */
void lower_whole(struct lowering *l);
/* What a selector implies: its family, its protocol, a conntrack entry. */
void lower_implied(struct lowering *l, const struct selector *s);
/* The same for every selector of an expression, typed or not, and the keys of its maps. */
void lower_implied_by(struct lowering *l, const struct expr *e);
/* What a statement needs if it takes the value of an expression: the above, and that the value
 * exists.
 */
void lower_reads(struct lowering *l, const struct expr *e);
/* A statement as written; if it uses `$names`, their values. */
struct str lower_text(const struct lowering *l, const struct stmt *st);
/* What a statement needs to write to a selector. */
void lower_writes(struct lowering *l, const struct expr *e);
void lower_l4proto(struct lowering *l, unsigned proto);
void lower_nfproto(struct lowering *l, enum nfproto_value v);
void lower_match(struct lowering *l, const struct stmt *st);
/* Reports the values of a statement, and the elements of sets, that are not of their type
 * (lower_check.c). */
void lower_check_statement(struct lowering *l, const struct stmt *st);
/* Reports names of a statement that are not declared, or hold something else (lower_name.c). */
void lower_check_names(struct lowering *l, const struct stmt *st);
/* Reports a rule that is for two protocols, or a statement that its protocols do not allow
 * (lower_context.c). */
void lower_check_context(struct lowering *l, const struct nft_rule *r);
/* Reports elements that are in conflict; `merges`: nft joins those that overlap (lower_overlap.c).
 */
void lower_check_overlaps(struct lowering *l, const struct datatype *types, size_t n_types,
			  struct expr *const *elements, size_t n, bool merges);
/* Notes for which families the kernel reassembles packets before the chains (lower_fragments.c).
 */
void lower_fragments(struct script *s, struct ruleset *rs);
/* Reports flags of a set that exclude each other, and elements that it may not hold (lower_set.c).
 */
FW_CHECKED bool lower_check_declared(struct lowering *l, const struct nft_set *s);
/* The key of an element of a set or a map; does it hold a range or a prefix? (lower_set.c) */
const struct expr *element_key(const struct expr *e);
bool is_interval_key(const struct expr *key);
void lower_check_sets(struct lowering *l, const struct nft_table *t);
/* Reports base chains that the kernel does not have, and statements that it refuses at a hook from
 * which they are reached. */
void lower_check_hooks(struct lowering *l, const struct nft_table *t);
/* Reports loops and chains that lie too deep in one another (lower_depth.c). */
void lower_check_depth(struct lowering *l, const struct nft_table *t);

/* Values of one field, while they are collected. */
struct numbers {
	struct range *items;
	size_t n, cap;
	bool opaque; /* one of them is not a number here */
	bool wrong;  /* reported */
};

void lower_values(struct lowering *l, const struct selector *s, const struct expr *e,
		  struct numbers *out);
/* a | b, (a & b) << c: a constant of the selector's type; false: it is not one. */
FW_CHECKED bool lower_constant(struct lowering *l, const struct selector *s, const struct expr *e,
			       u128 *ret);
/* A key of conntrack other than the state: without an entry the rule ends. */
bool lower_needs_ct(const struct expr *e);
/* For numgen, jhash and symhash: how many numbers they give, and the first one. False: another
 * selector. */
FW_CHECKED bool selector_numbers(struct str key, u128 *ret_mod, u128 *ret_offset);
/*
 * Do the elements hold every number that the key can have? numgen and hashes give the numbers
 * from `offset` on, `mod` of them (nft(8)).
 */
bool lower_takes_all_numbers(struct lowering *l, const struct expr *left,
			     struct expr *const *elements, size_t n);
/* The key of a map's element for all other keys. */
bool lower_is_catch_all(const struct expr *key);
/* The matches of one key of a map, which may be a concatenation; false: opaque. */
struct match lower_key(struct lowering *l, const struct expr *left, const struct expr *key);
/* What a translation writes (lower_nat.c). */
struct nat_target lower_nat_target(struct lowering *l, const struct stmt *st);
void lower_set_statement(struct lowering *l, const struct stmt *st);
struct nft_set *lower_find_set(struct lowering *l, const struct expr *ref);
/* What the script uses that not every version of the kernel and of nft has (lower_features.c). */
void lower_features(const struct script *s, struct ruleset *rs);
void lower_error(struct lowering *l, struct span at, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif

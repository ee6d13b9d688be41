/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches and targets are tables of options: matches*.c, target*.c. */
#ifndef IPTABLES_EXTENSION_H
#define IPTABLES_EXTENSION_H

#include "parser.h"

enum arg {
	ARG_NONE,
	ARG_TEXT,
	ARG_U8,
	ARG_U16,
	ARG_U32,
	ARG_U64,
	ARG_U16_RANGE,
	ARG_U32_RANGE,
	ARG_U64_RANGE, /* a, a:b, a:, :b */
	ARG_MARK,      /* value[/mask] */
	ARG_HOST,
	ARG_HOSTMASK,
	ARG_PORT,
	ARG_PORT_RANGE,   /* 017 is 17 */
	ARG_C_PORT_RANGE, /* 017 is 15, 0x11 is 17 */
	ARG_PROTO,
	ARG_PLEN,
	ARG_MAC,
	ARG_PROBABILITY,
	ARG_LOG_LEVEL,
	ARG_TOS,
	ARG_TWO_TEXTS, /* two words */
	ARG_WORD,      /* one of `words` */
	ARG_WORDS,     /* a set of `words`, with commas */
	ARG_MAYBE      /* a word, unless the next one is an option */
};

enum {
	OPT_INVERT = 1,    /* may be negated */
	OPT_NEEDED = 2,    /* must be given */
	OPT_REPEAT = 4,    /* may be given again */
	OPT_GROUP = 8,     /* of the group that GROUP_NEED / GROUP_ONE speak of */
	OPT_REVERSED = 16, /* accepts 90:50, which contains no value */
	OPT_ANY_CASE = 32, /* of words */
	OPT_SHORT = 64     /* the same; a beginning of one is enough */
};

struct option_value {
	struct str word;   /* the argument */
	struct str second; /* ARG_TWO_TEXTS */
	u128 lo, hi; /* numbers; MARK, TOS: lo = value, hi = mask; WORD, WORDS: lo = a bit for each
		      */
	bool negate;
	struct str normal; /* the value in its normal spelling */
	bool flipped;      /* `normal` is what the value leaves out */
};

struct option {
	const char *name;
	unsigned id; /* for the functions of its extension, which have an enum; 0: not used */
	enum arg arg;
	unsigned flags;
	uint64_t min, max;            /* of a number; max 0 = no bound of its own */
	const char *standard;         /* its normal value if it is not given, for -D; or NULL */
	const char *same_as;          /* the option that this one is another name of; or NULL */
	const char *opposite;         /* the option that this one is the negation of; or NULL */
	const char *words;            /* WORD, WORDS: "a,b" */
	const char *needs, *excludes; /* other options of the extension: "seconds,name"; or NULL */
	/*
	 * Sets v->normal of a word that has a form of its own, and checks it; false: not a value
	 * for the option. NULL: what its kind says (argument.c).
	 */
	bool (*normal)(const struct rule_parser *r, const struct option *o, struct option_value *v);
	/* Typed options add their matches; NULL: part of an opaque match. */
	void (*parse)(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v);
	enum field field; /* that the value is of, for TESTS() and others' parse() */
};

enum {
	EXT_GROUP_NEED = 1, /* at least one of the OPT_GROUP options */
	EXT_GROUP_ONE = 2,  /* not two of them */
	EXT_STATEFUL = 8,
	EXT_TYPED = 16,        /* no opaque match for the instance as a whole */
	EXT_FOREIGN = 32,      /* not part of iptables: its options are not known */
	EXT_TO_SELF = 64,      /* NAT to an address of the host */
	EXT_REASSEMBLES = 128, /* has the kernel reassemble fragments (nf_ct_netns_get(),
				  nf_defrag_ipv4_enable()) */
	EXT_NEEDS_WHOLE =
		256, /* a match that fails for a fragment other than the first, inverted too */
	EXT_ALL_SAME =
		512, /* -D and -C compare none of its options (seen with both loaders of 1.8.9) */
	EXT_READS_BYTES = 2048, /* iptables-nft takes it behind `! -p` of its protocol */
	EXT_FLIPS = 1024, /* a match of one option: its negation inverts it for every packet */
	EXT_FLIPS_WHOLE = 4096,  /* the only negation among its options does */
	EXT_OF_CONNECTION = 8192 /* a match of the socket, so the same for all its packets */
};

/* What a match answers for a packet without a conntrack entry (INVALID, UNTRACKED). */
enum no_entry {
	NO_ENTRY_SAME,    /* it does not use the entry, or handles its absence itself */
	NO_ENTRY_FALSE,   /* false, inverted too */
	NO_ENTRY_INVERTED /* false, and true when it is inverted */
};

struct extension {
	const char *name;
	unsigned families;
	unsigned flags;
	const char *protocols; /* "tcp,udp": one of these must be given by -p */
	const struct option *options;
	size_t n_options;
	/* After all options. */
	void (*finish)(struct rule_parser *r, struct instance *in);
	enum no_entry no_entry;
	bool template_is_none; /* a template lacks what the match tests */
	/* targets only */
	enum verdict_kind verdict;
	enum statement_kind statement;
	enum packet_end translates; /* NAT: see struct nat_target */
	const char *tables;         /* "nat", "mangle,raw"; NULL = all */
	const char *legacy_tables;  /* iptables-legacy alone wants these */
	const char *chains;         /* of the built-in chains only these; NULL = all */
};

static inline bool is_given(const struct instance *in, unsigned id)
{
	return in->given >> id & 1;
}

/* The words of the tables of extensions. */
#define O(n, a, ...)                                   \
	{                                              \
		.name = n, .arg = ARG_##a, __VA_ARGS__ \
	}
#define INV .flags = OPT_INVERT
#define NEED .flags = OPT_NEEDED
#define GROUP .flags = OPT_GROUP
#define GROUP_INV .flags = OPT_GROUP | OPT_INVERT
#define NEED_INV .flags = OPT_NEEDED | OPT_INVERT
#define TESTS(id) .parse = test_of_field, .field = FIELD_##id
#define V46 (V4 | V6)
#define OPTIONS(list) .options = (list), .n_options = ARRAY_SIZE(list)

#define EXTENSION(n, fam, fl, opts, ...)                                            \
	{                                                                           \
		.name = n, .families = fam, .flags = fl, OPTIONS(opts), __VA_ARGS__ \
	}
#define M EXTENSION
#define T EXTENSION
#define GROUP_BOTH (EXT_GROUP_NEED | EXT_GROUP_ONE)
#define WRITES .verdict = VERDICT_CONTINUE, .statement = STMT_WRITE

struct extension_list {
	const struct extension *items;
	size_t n;
};
#define LIST(table)                      \
	{                                \
		table, ARRAY_SIZE(table) \
	}

extern const struct extension_list port_matches, ct_matches,
	typed_matches; /* the model knows them */
extern const struct extension_list
	checked_matches; /* their options are checked against each other */
extern const struct extension_list rate_matches, time_matches;
extern const struct extension_list write_targets, nat_targets;

const struct extension *extension_find(const struct extension_list *const *lists, size_t n,
				       struct str name, unsigned families);

/* Fills in v->lo, v->hi and v->normal from v->word; false: not a value for the option (argument.c).
 */
bool argument_read(const struct rule_parser *r, const struct option *o, struct option_value *v);

/* What targets require of their options and of the rule (target_values.c). */
void npt_prefix(struct rule_parser *r, struct instance *in, const struct option *o,
		const struct option_value *v);
/* Sets v->normal of a mask to "all" where it is all ones. */
bool mask_normal(const struct rule_parser *r, const struct option *o, struct option_value *v);
/* The same for a mask of 128 bits by default: an IPv4 mask sets only 32 of them and so differs. */
bool long_mask_normal(const struct rule_parser *r, const struct option *o, struct option_value *v);
bool classify_class(const struct rule_parser *r, const struct option *o, struct option_value *v);
void clamp_mss(struct rule_parser *r, struct instance *in, const struct option *o,
	       const struct option_value *v);
enum { CT_HELPER = 1 };
void check_ct_helper(struct rule_parser *r, struct instance *in);
void finish_tcpmss(struct rule_parser *r, struct instance *in);
/* The `parse` of an option that has numbers, or a value and a mask, of one field. */
void test_of_field(struct rule_parser *r, struct instance *in, const struct option *o,
		   const struct option_value *v);
/* Typed matches: one opaque test. */
struct opaque *option_as_opaque(struct rule_parser *r, const struct instance *in,
				const struct option *o, const struct option_value *v);
void opaque_option(struct rule_parser *r, struct instance *in, const struct option *o,
		   const struct option_value *v);
/* "ef", "cs1", "af11" … (dscp_helper.c) */
FW_CHECKED bool dscp_class(struct str s, u128 *ret);

const struct extension *match_find(struct str name, unsigned families);
const struct extension *target_find(struct str name, unsigned families);

#endif

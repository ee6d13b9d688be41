/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the nft dialects share: the syntax tree that both the
 * text and the JSON are read into, the script that is run on it, and the road
 * from there to the model.
 *
 *   text  lex.c value.c datatype.c selector.c selector_type.c expression.c statement.c command.c block.c
 *   JSON  json_read.c json_ruleset.c json_rule.c
 *   both  script.c (tables, chains, sets as commands change them)
 *         lower.c lower_check.c lower_context.c lower_hooks.c lower_match.c lower_overlap.c
 *         lower_reads.c lower_value.c lower_vmap.c lower_write.c (tree → model)  print.c
 *         render.c json_render.c (an inserted rule as an edit)
 */
#ifndef NFT_NFT_H
#define NFT_NFT_H

#include <fwlint/dialect.h>
#include <fwlint/names.h>

/* ---- selectors: what a match looks at (selector.c) ---- */

/* How a selector's values are written and read. */
enum value_type {
	TYPE_OTHER,   /* carried as text */
	TYPE_NUMBER,
	TYPE_ADDR4, TYPE_ADDR6, TYPE_IFNAME, TYPE_PROTO, TYPE_PORT, TYPE_ETHERTYPE, TYPE_NFPROTO,
	TYPE_ICMP_TYPE, TYPE_ICMP6_TYPE, TYPE_ICMP_CODE, TYPE_ICMP6_CODE,
	TYPE_TCP_FLAGS, TYPE_CT_STATE, TYPE_CT_STATUS, TYPE_CT_DIRECTION, TYPE_PKTTYPE,
	TYPE_DSCP, TYPE_MARK,
	/* of selectors that the model has no field for */
	TYPE_IFINDEX, TYPE_ETHER, TYPE_ICMPX_CODE, TYPE_CT_EVENT, TYPE_CT_LABEL, TYPE_ECN, TYPE_BOOLEAN,
	TYPE_ROUTE_TYPE, TYPE_ARP_OPERATION, TYPE_IGMP_TYPE, TYPE_DCCP_TYPE, TYPE_MH_TYPE, TYPE_MPTCP_SUBTYPE, TYPE_IFTYPE,
	TYPE_DAY, TYPE_HOUR, TYPE_DATE, TYPE_DURATION,
	TYPE_HOST_NAME,  /* a number, or a name of a file of the host: a user, a mark … */
	TYPE_STRING,     /* at most 15 characters */
	TYPE_ANY_STRING
};

#define NO_FIELD FIELD_COUNT
#define L4_ANY 0

struct selector {
	const char *name;       /* normal name: "tcp dport", "meta iifname" */
	enum field field;       /* NO_FIELD: opaque */
	enum value_type type;
	unsigned char l3;       /* 4 or 6: implies that family; 0: neither */
	unsigned char l4;       /* implies that protocol; L4_ANY: none */
	bool needs_ct;          /* without a conntrack entry the rule ends here */
	bool stateful;          /* the answer depends on more than the packet */
	enum value_type words;  /* of an extra field: the type whose words are numbers of it */
};

/* The row of a normal name; NULL: it is known to the grammar only, and opaque. */
const struct selector *selector_find(struct str name);
/* Is `field` a field of header `protocol` ("tcp", "ip6" …)? */
bool payload_has_field(struct str protocol, struct str field);
bool is_payload_protocol(struct str word);
bool is_meta_key(struct str word, bool qualified);
bool is_tcp_option(struct str word);
/* The name of today of a meta key that had another. */
struct str meta_key_name(struct str key);
/* Keys of the header extensions: "hbh nexthdr", "frag id" … */
bool exthdr_has_field(struct str header, struct str field);
bool is_exthdr(struct str word);

/* ---- data types (datatype.c, selector_type.c) ---- */

struct datatype {
	enum value_type type;
	unsigned width; /* bits of a number */
};

/* "a port (a number or a service)" for messages. */
const char *value_wanted(enum value_type t);
struct datatype datatype_of_type(enum value_type t);
/* By the name in the `type` of a set ("ipv4_addr"); false: nft has no such type. */
bool datatype_find(struct str name, struct datatype *ret);
/* Of a selector's normal name, in a table of this family; false: it is not known. */
bool selector_type(struct str name, enum family f, struct datatype *ret);
/* Is "a,b" a value of it: any of several bits? */
bool datatype_is_bitmask(enum value_type t);
/* The number of one of the type's own words; false: it has no such word. */
bool datatype_symbol(enum value_type t, struct str word, unsigned *ret);
/* The word of the type that was probably meant, or NULL. */
const char *datatype_near(enum value_type t, struct str word);

/* ---- the tree ---- */

enum expr_kind {
	EXPR_WORD,     /* a name, a number, an address: text */
	EXPR_STRING,   /* "quoted": text without the quotes */
	EXPR_SELECTOR, /* text = normal name */
	EXPR_PREFIX,   /* items[0] / items[1] */
	EXPR_RANGE,    /* items[0] - items[1] */
	EXPR_LIST,     /* items, separated by commas */
	EXPR_SET,      /* { items } */
	EXPR_SET_REF,  /* @text */
	EXPR_CONCAT,   /* items, separated by dots */
	EXPR_BINARY,   /* items[0] text items[1]; text is & | ^ << >> */
	EXPR_MAP,      /* items[0] map items[1] */
	EXPR_MAPPING,  /* items[0] : items[1] */
	EXPR_VERDICT,  /* text = accept, drop, jump …; items[0] = name of the chain */
	EXPR_ANY       /* * */
};

struct expr {
	enum expr_kind kind;
	bool temporary;             /* an element with a timeout of its own */
	uint32_t size;              /* expressions in it, each variable as often as it is used */
	struct span span;
	struct str text;
	const struct selector *selector;
	struct expr **items;
	size_t n, cap;
	struct nft_chain *anonymous; /* VERDICT: jump { … } */
};

enum stmt_kind {
	ST_MATCH,    /* a op b */
	ST_VMAP,     /* a vmap b */
	ST_VERDICT,  /* a */
	ST_REJECT,   /* text: "tcp reset", "icmp port-unreachable" … */
	ST_SET,      /* a set b */
	ST_STATEFUL, /* text: limit, quota, ct count: may end the rule */
	ST_NAT,      /* text: snat, dnat, masquerade, redirect; b: addresses */
	ST_NOTRACK,
	ST_LOG,
	ST_QUEUE,
	ST_STOLEN,   /* synproxy, fwd: the packet is taken */
	ST_TPROXY,   /* ends the rule when there is no socket */
	ST_XT,       /* op: match or target; text: its name */
	ST_OTHER     /* counter, set updates, dup, flow …: no effect on the walk */
};

struct stmt {
	enum stmt_kind kind;
	struct span span;
	struct str text;
	struct str op;              /* MATCH: "" (implicit), ==, !=, <, >, <=, >=, ! */
	struct expr *a, *b, *mask;  /* mask: tcp flags syn / syn,ack */
	/* what else it looks at: keys of a set update, addresses, ports, devices */
	struct { struct expr **items; size_t n, cap; } reads;
	unsigned char l3;           /* 4 or 6: it names the family itself (dnat ip, fwd ip6); else 0 */
	bool bypass;                /* QUEUE */
	bool says_address, says_port; /* NAT, TPROXY: what it translates to */
};

/* ---- the ruleset as the commands make it (script.c) ---- */

/* How a rule stands in the text: where a neighbour can be put. */
enum rule_place { IN_BLOCK, BY_ADD, BY_INSERT, BY_OTHER };

struct nft_rule {
	struct nft_chain *chain;
	struct span span;
	struct { struct stmt **items; size_t n, cap; } stmts;
	struct str comment;
	uint64_t handle;            /* 0: not known */
	enum rule_place place;
};

struct nft_chain {
	struct nft_table *table;
	struct str name;
	struct span span;
	bool is_base, is_anonymous, has_policy, is_declared;
	enum hook hook;
	enum chain_type type;
	int priority;
	enum policy policy;
	struct { struct range *items; size_t n, cap; } devices;
	struct { struct nft_rule **items; size_t n, cap; } rules;
	struct chain *lowered;
};

struct nft_set {
	struct nft_table *table;
	struct str name;
	struct span span;
	bool is_interval, merges;   /* of intervals; auto-merge */
	bool is_map, is_dynamic;    /* dynamic: filled by packets, or with a timeout */
	/* What it is declared with: the parts of a key, and of a value. TYPE_OTHER: not known. */
	struct { struct datatype *items; size_t n, cap; } key, data;
	struct { struct expr **items; size_t n, cap; } elements;
	/* The elements as values of this selector, once a rule has asked for them. */
	const struct selector *read_as;
	struct match values;
};

/* A ct timeout object. */
struct nft_timeout {
	struct str name;
	bool is_tcp, has_established;
	u128 established; /* seconds */
};

struct nft_table {
	enum family family;
	struct str name;
	struct span span;
	bool dormant;
	bool is_new;                /* holds nothing but what the script has put there */
	struct { struct nft_chain **items; size_t n, cap; } chains;
	struct { struct nft_set **items; size_t n, cap; } sets;
	struct { struct nft_timeout *items; size_t n, cap; } timeouts;
	struct hash chain_by_name, set_by_name;
	struct table *lowered;
};

/* Something that nft 1.0.6 refuses and its later versions take, or the other way round. */
struct script_note {
	struct span span;
	const char *message;
};

struct script {
	struct arena *arena;
	struct source *source;
	struct diags *diags;
	struct nft_table **items;
	size_t n, cap;
	struct { struct script_note *items; size_t n, cap; } notes;
	bool brace_noted;
	bool is_flushed[FAMILY_ARP + 1]; /* no table of the family is left that the script has not made */
	struct { struct nft_table **items; size_t n, cap; } gone; /* tables that were deleted */
	uint32_t n_anonymous;
	size_t included, compared;  /* bytes of included files; elements looked at to delete some */
};

/* For FW002: nft 1.0.6 refuses what stands here. */
void script_refused(struct script *s, struct span at, const char *message);
/*
 * A base chain that is declared again must have the type, the hook and the priority that it has, and a
 * chain without a hook stays so (nf_tables_api.c: nf_tables_updchain). `was`: before; `old`: it was there.
 */
void script_check_redeclared(struct script *s, const struct nft_chain *c, const struct nft_chain *was,
			     bool old, struct span at);
void script_error(struct script *s, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * The script takes away or changes what it has not made. An error where nothing of the kind can be there,
 * and FW002 where the host may have it: at boot it has not. `t`: the table it would be in, or NULL.
 */
void script_missing(struct script *s, struct span at, const struct nft_table *t, enum family f, const char *kind,
		    struct str name);
/* The same for chains that a rule or an element jumps to before a line makes them. */
void script_check_targets(struct script *s, const struct nft_table *t, const struct expr *e);
void script_check_rule_targets(struct script *s, const struct nft_table *t, const struct nft_rule *r);
/* Is the chain, set or map of this name still used? Then the kernel does not delete it. */
bool script_is_used(struct script *s, const struct nft_table *t, enum expr_kind by, struct str name);
/* flush ruleset; `f` NULL: of all families */
void script_flush(struct script *s, const enum family *f);
bool family_find(struct str word, enum family *ret);
struct nft_table *script_table(struct script *s, enum family f, struct str name);
struct nft_table *script_add_table(struct script *s, enum family f, struct str name,
				   struct span span);
void script_delete_table(struct script *s, struct nft_table *t);
struct nft_chain *table_chain(const struct nft_table *t, struct str name);
struct nft_chain *table_add_chain(struct script *s, struct nft_table *t, struct str name,
				  struct span span);
void table_delete_chain(struct nft_table *t, struct nft_chain *c);
struct nft_set *table_set(const struct nft_table *t, struct str name);
struct nft_set *table_add_set(struct script *s, struct nft_table *t, struct str name,
			      struct span span);
void table_delete_set(struct nft_table *t, struct nft_set *set);
/* The place of a rule with this handle; false: it is not known. */
bool chain_find_handle(const struct nft_chain *c, uint64_t handle, size_t *ret);
void chain_add_rule(struct script *s, struct nft_chain *c, struct nft_rule *r, size_t index);
void chain_delete_rule(struct nft_chain *c, size_t index);
/* Words of a base chain; false: not one. */
bool hook_find(struct str word, enum hook *ret);
const char *hook_word(enum hook h);
bool chain_type_find(struct str word, enum chain_type *ret);
/* "filter", "dstnat": the number in this family; false: no such name at this hook. */
bool priority_find(struct str word, enum family f, enum hook h, int *ret);

struct expr *expr_new(struct arena *a, enum expr_kind kind, struct span span, struct str text);
void expr_add(struct arena *a, struct expr *e, struct expr *item);
/* The expression as nft would write it, the same from text and from JSON. */
void expr_print(struct text *t, const struct expr *e);
struct str expr_text(struct arena *a, const struct expr *e);

/* ---- values (value.c) ---- */

enum value_result { VALUE_OK, VALUE_OPAQUE, VALUE_WRONG };

/* "10.0.0.1", "ssh", "established", "eth*" … as a range of the selector's field. */
enum value_result value_parse(const struct selector *s, struct str word, struct range *ret);
/* A number, an address or a word of the type, of a field that the model has no row for. */
enum value_result value_parse_any(struct str word, enum value_type words, struct range *ret,
				  enum field_format *ret_format);
/* Could nft read the word as a value of the type? VALUE_OPAQUE: the host decides. */
enum value_result value_check(struct datatype d, struct str word);

/* ---- tree → model ---- */

struct ruleset *script_lower(struct script *s, const char *dialect);

/* The rule that is being lowered. */
struct lowering {
	struct script *script;
	struct arena *arena;
	struct ruleset *rs;
	struct hash pure_texts;
	const struct nft_table *table;
	const struct nft_rule *rule;
	struct chain *chain;
	struct { struct match *items; size_t n, cap; } matches;
	struct { struct statement *items; size_t n, cap; } statements;
	bool has_write;      /* a statement that later tests would see */
	bool has_unknown;    /* one that writes an unknown value */
	bool is_part, is_started, failed;
};

/* A rule of the model: what was read so far, and the verdict. */
struct rule *lower_emit(struct lowering *l, const struct verdict *v);
/* A verdict of the tree; false: reported. */
bool lower_verdict(struct lowering *l, const struct expr *e, struct verdict *ret);
/* A verdict map. False: no packet goes on in the rule. */
bool lower_vmap(struct lowering *l, const struct stmt *st);
/* A later part of the rule begins: what was read so far becomes its head. */
void lower_split(struct lowering *l);
void lower_add_match(struct lowering *l, struct match m);
void lower_opaque(struct lowering *l, struct str text, bool stateful);
/* Only packets with a conntrack entry go on. */
void lower_tracked(struct lowering *l);
/* What a selector implies: its family, its protocol, a conntrack entry. */
void lower_implied(struct lowering *l, const struct selector *s);
/* The same for every selector of an expression, typed or not, and the keys of its maps. */
void lower_implied_by(struct lowering *l, const struct expr *e);
/* What a statement needs that takes the value of an expression: the above, and that there is one. */
void lower_reads(struct lowering *l, const struct expr *e);
/* A statement as it is written; where that uses `$names`, what they stand for. */
struct str lower_text(const struct lowering *l, const struct stmt *st);
/* What a statement needs that writes to a selector. */
void lower_writes(struct lowering *l, const struct expr *e);
void lower_l4proto(struct lowering *l, unsigned proto);
void lower_nfproto(struct lowering *l, enum nfproto_value v);
void lower_match(struct lowering *l, const struct stmt *st);
/* Reports the values of a statement, and the elements of sets, that are not of their type (lower_check.c). */
void lower_check_statement(struct lowering *l, const struct stmt *st);
/* Reports a rule that is for two protocols, or a statement that its protocols do not allow (lower_context.c). */
void lower_check_context(struct lowering *l, const struct nft_rule *r);
/* Reports elements that are in conflict; `merges`: nft joins those that overlap (lower_overlap.c). */
void lower_check_overlaps(struct lowering *l, const struct datatype *types, size_t n_types,
			  struct expr *const *elements, size_t n, bool merges);
void lower_check_sets(struct lowering *l, const struct nft_table *t);
/* Reports base chains that the kernel has not, and statements that it refuses at a hook that leads there. */
void lower_check_hooks(struct lowering *l, const struct nft_table *t);

/* Values of one field, as they are gathered. */
struct numbers {
	struct range *items;
	size_t n, cap;
	bool opaque; /* one of them is no number here */
	bool wrong;  /* reported */
};

void lower_values(struct lowering *l, const struct selector *s, const struct expr *e,
		  struct numbers *out);
/* a | b, (a & b) << c: a constant of the selector's type; false: it is none. */
bool lower_constant(struct lowering *l, const struct selector *s, const struct expr *e, u128 *ret);
/* A key of conntrack other than the state: without an entry the rule ends. */
bool lower_needs_ct(const struct expr *e);
/* Of numgen, jhash and symhash: how many numbers they give, and the first. False: it is none of them. */
bool selector_numbers(struct str key, u128 *ret_mod, u128 *ret_offset);
/*
 * Do the elements hold every number that the key can have? numgen and hashes give the numbers
 * from `offset` on, `mod` of them (nft(8)).
 */
bool lower_takes_all_numbers(struct lowering *l, const struct expr *left, struct expr *const *elements, size_t n);
/* The key of a map's element for all other keys. */
bool lower_is_catch_all(const struct expr *key);
/* The matches of one key of a map, of a concatenation or not; false: opaque. */
struct match lower_key(struct lowering *l, const struct expr *left, const struct expr *key);
void lower_set_statement(struct lowering *l, const struct stmt *st);
struct nft_set *lower_find_set(struct lowering *l, const struct expr *ref);
void lower_error(struct lowering *l, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- the text (lex.c and what follows) ---- */

enum token_kind { TOK_END, TOK_NEWLINE, TOK_WORD, TOK_VALUE, TOK_STRING, TOK_PUNCT };

struct token {
	enum token_kind kind;
	struct str text;   /* STRING: without its quotes */
	struct str raw;
};

struct define {
	struct str name;
	struct expr *value;
	struct define *outer;   /* the next one in the list */
	unsigned depth;         /* of the block it was made in */
};

struct parser {
	struct script *script;
	struct arena *arena;
	const struct includer *includer;
	const struct source_file *file;
	const char *at, *end;
	struct token tok, next;
	bool has_next;
	bool failed;            /* in the current statement: every token is END */
	unsigned depth;         /* of braces, for defines and limits */
	unsigned include_depth;
	struct define *defines;
	struct nft_table *table; /* whose block is read */
	enum family family;      /* of the table that a command names */
	bool flag_values;       /* `/` is no prefix here */
	unsigned sets;          /* { … } of values that the current token is in */
	uint64_t handle;        /* of the last comment "# handle N" */
	struct str last;        /* the token before the current one */
	struct expr *hashed;    /* what the selector that is read takes a hash of */
	const struct span *fixed; /* the place of everything: text that is in no file */
};

void lex_start(struct parser *p);
void advance(struct parser *p);
const struct token *peek_next(struct parser *p);
/* Ends the current word before `c`: "kbytes/second" is three tokens behind a rate. */
void cut_word(struct parser *p, char c);
bool is_word(const struct parser *p, const char *w);
bool is_punct(const struct parser *p, const char *w);
bool next_is_word(struct parser *p, const char *w);
bool accept_word(struct parser *p, const char *w);
bool accept_punct(struct parser *p, const char *w);
bool expect_punct(struct parser *p, const char *w);
/* A name: a word, a value that looks like one, or a string. */
struct str expect_name(struct parser *p, const char *what);
uint64_t expect_number(struct parser *p, const char *what);
void parse_error(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void parse_error_at(struct parser *p, struct str at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool at_statement_end(const struct parser *p);
void skip_newlines(struct parser *p);
struct span span_of(const struct parser *p, struct str raw);
struct span span_from(const struct parser *p, struct str first); /* to the last token read */
/* Goes on behind the statement in which the error was. */
void recover(struct parser *p);
#define NESTING_MAX 64
bool enter(struct parser *p);
void leave(struct parser *p);

enum mode { MODE_LEFT, MODE_VALUE, MODE_STATEMENT };
struct expr *parse_expr(struct parser *p, enum mode mode);
struct expr *parse_list(struct parser *p, enum mode mode);
/* The right side of a match, lists and sets too. */
struct expr *parse_values(struct parser *p, const struct expr *left);
struct expr *parse_set(struct parser *p, enum mode mode);
struct expr *parse_verdict(struct parser *p);
bool is_verdict(const struct parser *p);
/* NULL: the words are no selector. */
struct expr *parse_selector(struct parser *p, enum mode mode);
bool is_selector(struct parser *p, enum mode mode);
struct expr *define_find(struct parser *p, struct str name);

/* Statements up to the end of the rule. */
void parse_rule(struct parser *p, struct nft_rule *r);
/* Statements of `text`, which stands at `place` in some other form, go to the rule. */
void parse_loose_rule(struct script *s, struct nft_table *t, struct str text, struct span place,
		      struct nft_rule *r);
struct stmt *parse_stateful(struct parser *p);
/* All commands of a file. */
void script_body(struct parser *p, void *ctx);
bool parse_define(struct parser *p);
void parse_include(struct parser *p, void (*body)(struct parser *p, void *ctx), void *ctx);
void parse_table_block(struct parser *p, struct nft_table *t);
void parse_chain_block(struct parser *p, struct nft_chain *c);
void parse_chain_body(struct parser *p, void *chain);
void parse_set_block(struct parser *p, struct nft_set *s);
void set_add_elements(struct script *s, struct nft_set *set, const struct expr *elements);
/* { … } of a ct timeout object. */
void parse_timeout_block(struct parser *p, struct nft_table *t, struct str name);
/* "2m3s", "123": seconds; false: it is no time. */
bool time_value(struct str s, u128 *ret);
/* Passes over { … } of an object whose contents do not matter. */
void skip_block(struct parser *p);

/* ---- writing ---- */

bool nft_render(const struct ruleset *rs, const struct rule *rule, const struct rule_form *form,
		struct edits *edits, const char **ret_text);
const char *nft_body(const struct ruleset *rs, const struct rule *rule, const struct rule_form *form, struct arena *a);
const char *nft_command(const struct ruleset *rs, const struct change *c, const struct rule *rule,
			const struct rule_form *form, struct arena *a);
/* What both forms of an inserted rule need (render.c). */
const struct match *render_match(const struct rule *r, enum field f);
/* The header that its ports are written with: tcp, udp …, or th for several. */
const char *render_port_header(const struct rule *r);
/* A test of one family; `*ret_said`: an address says it already. False: it is no such test. */
bool render_nfproto(const struct rule *r, const struct match *m, bool *ret_said, bool *ret_v6);
/* "invalid" or "new"; NULL: another set of states. */
const char *render_state(const struct match *m);
/* May it stand in an inserted rule: ranges of a field, or the test of a SYN? */
bool render_is_known(const struct match *m);
extern const enum field render_order[]; /* in which matches are written */
extern const size_t render_order_n;

bool nft_json_render(const struct ruleset *rs, const struct rule *rule,
		     const struct rule_form *form, struct edits *edits, const char **ret_text);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the nft dialects share: the syntax tree for both text and JSON, and the script
 * that is run on it.
 *
 *   text  lex.c expression.c selector_grammar.c statement.c stateful.c action.c define.c
 *         command.c block.c  (text.h)
 *   JSON  json_read.c json_ruleset.c json_expression.c json_statement.c  (json.h)
 *   both  script.c rules.c (tables, chains, sets and rules as commands change them)
 *         selector.c header.c datatype.c selector_type.c value.c  print.c
 *         lower*.c (tree → model)  (lower.h)
 *         render.c json_render.c (an inserted rule as an edit)
 */
#ifndef NFT_NFT_H
#define NFT_NFT_H

#include <fwlint/dialect.h>
#include <fwlint/names.h>

/* ---- selectors: what a match looks at (selector.c) ---- */

/* How a selector's values are written and read. */
enum value_type {
	TYPE_OTHER, /* carried as text */
	TYPE_NUMBER,
	TYPE_ADDR4,
	TYPE_ADDR6,
	TYPE_IFNAME,
	TYPE_PROTO,
	TYPE_PORT,
	TYPE_ETHERTYPE,
	TYPE_NFPROTO,
	TYPE_ICMP_TYPE,
	TYPE_ICMP6_TYPE,
	TYPE_ICMP_CODE,
	TYPE_ICMP6_CODE,
	TYPE_TCP_FLAGS,
	TYPE_CT_STATE,
	TYPE_CT_STATUS,
	TYPE_CT_DIRECTION,
	TYPE_PKTTYPE,
	TYPE_DSCP,
	TYPE_MARK,
	/* of selectors that the model has no field for */
	TYPE_IFINDEX,
	TYPE_ETHER,
	TYPE_ICMPX_CODE,
	TYPE_CT_EVENT,
	TYPE_CT_LABEL,
	TYPE_ECN,
	TYPE_BOOLEAN,
	TYPE_ROUTE_TYPE,
	TYPE_ARP_OPERATION,
	TYPE_IGMP_TYPE,
	TYPE_DCCP_TYPE,
	TYPE_MH_TYPE,
	TYPE_MPTCP_SUBTYPE,
	TYPE_IFTYPE,
	TYPE_DAY,
	TYPE_HOUR,
	TYPE_DATE,
	TYPE_DURATION,
	/* a number, or a name from a file of the host */
	TYPE_UID,
	TYPE_GID,
	TYPE_REALM,
	TYPE_DEVGROUP,
	TYPE_CLASSID,
	TYPE_CGROUP2,
	TYPE_STRING, /* at most 15 characters */
	TYPE_ANY_STRING
};

#define NO_FIELD FIELD_COUNT
#define L4_ANY 0

struct selector {
	const char *name; /* normal name: "tcp dport", "meta iifname" */
	enum field field; /* NO_FIELD: opaque */
	enum value_type type;
	unsigned char l3;      /* 4 or 6: implies that family; 0: neither */
	unsigned char l4;      /* implies that protocol; L4_ANY: none */
	bool stateful;         /* the answer depends on more than the packet */
	enum value_type words; /* of an extra field: the type whose words are numbers of it */
};

/* Is the word one of a list, separated by blanks? */
bool str_among(struct str w, const char *list);
/* The row of a normal name; NULL: only the grammar knows it; it is opaque. */
const struct selector *selector_find(struct str name);
/* Is `field` a field of header `protocol` ("tcp", "ip6" …)? */
bool payload_has_field(struct str protocol, struct str field);
bool is_payload_protocol(struct str word);
bool is_meta_key(struct str word, bool qualified);
bool is_tcp_option(struct str word);
/* The current name of a meta key that was renamed. */
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
FW_CHECKED bool datatype_find(struct str name, struct datatype *ret);
/* The type of a selector by its normal name, in a table of this family; false: it is not known. */
FW_CHECKED bool selector_type(struct str name, enum family f, struct datatype *ret);
/* Is "a,b" a value of it: any of several bits? */
bool datatype_is_bitmask(enum value_type t);
/* Are they the same, as far as both are known (datatype.c: datatype_equal)? */
bool datatype_equal(struct datatype a, struct datatype b);
/* The type of a word that has one of its own: tcp is a protocol (parser_bison.y: primary_rhs_expr).
 */
FW_CHECKED bool word_type(struct str word, enum value_type *ret);
/* The number of one of the type's own words; false: it has no such word. */
FW_CHECKED bool datatype_symbol(enum value_type t, struct str word, unsigned *ret);
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
	bool temporary;    /* an element with a timeout of its own */
	uint16_t stateful; /* an element: its counters, limits … (stateful_add) */
	uint32_t size; /* number of expressions in it, each variable counted as often as it is used
			*/
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
	ST_STOLEN, /* synproxy, fwd: the packet is taken */
	ST_TPROXY, /* ends the rule when there is no socket */
	ST_XT,     /* op: match or target; text: its name */
	ST_OTHER   /* counter, set updates, dup, flow …: no effect on the walk */
};

struct stmt {
	enum stmt_kind kind;
	struct span span;
	struct str text;
	struct str op;             /* MATCH: "" (implicit), ==, !=, <, >, <=, >=, ! */
	struct expr *a, *b, *mask; /* mask: tcp flags syn / syn,ack */
	/* what else it looks at: keys of a set update, addresses, ports, devices */
	VEC(struct expr *) reads;
	unsigned char l3;    /* 4 or 6: it names the family itself (dnat ip, fwd ip6); else 0 */
	bool bypass, fanout; /* QUEUE */
	bool says_address, says_port; /* NAT, TPROXY: what it translates to */
	/* NAT: `port` too where it stands behind a colon or alone; `prefix`: the length of [NET]/N
	 */
	struct expr *address, *address_end, *port;
	u128 prefix;
	bool nat_prefix, nat_random, nat_persistent;
};

/* ---- the ruleset as the commands make it (script.c, rules.c) ---- */

/* Takes the item at place i out of a vector. */
// clang-format off
#define vec_remove(vec, i)                                                                  \
	do {                                                                                 \
		memmove(&(vec)->items[i], &(vec)->items[(i) + 1],                            \
			((vec)->n - (i) - 1) * sizeof(*(vec)->items));                       \
		(vec)->n--;                                                                  \
	} while (0)
// clang-format on

/* The place of a rule in the text: where a neighbour can be inserted. */
enum rule_place { IN_BLOCK, BY_ADD, BY_INSERT, BY_OTHER };

struct nft_rule {
	struct nft_chain *chain;
	struct span span;
	VEC(struct stmt *) stmts;
	struct str comment;
	uint64_t handle; /* 0: not known */
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
	VEC(struct range) devices;
	VEC(struct nft_rule *) rules;
	VEC(size_t) flushed; /* rules that the file has flushed: how many rules stand before each */
	unsigned char checked_depth; /* from a base chain on (lower_depth.c); 0: not yet */
	struct chain *lowered;
};

struct nft_set {
	struct nft_table *table;
	struct str name;
	struct span span;
	bool is_interval, merges;           /* of intervals; auto-merge */
	bool is_map, is_dynamic;            /* dynamic: filled by packets, or with a timeout */
	bool holds_verdicts, holds_objects; /* a map: else values */
	bool flag_constant, flag_dynamic, flag_timeout;
	unsigned n_stateful; /* counters, limits … that each element has */
	uint16_t stateful;   /* which (stateful_add); of text only */
	uint64_t size;       /* 0: none is declared */
	struct str timeout, gc_interval;
	/* The declared types of the parts of a key, and of a value. TYPE_OTHER: not known. */
	VEC(struct datatype) key, data;
	VEC(struct expr *) elements;
	/* The elements as values of this selector, once a rule has used them. */
	const struct selector *read_as;
	struct match values;
};

/* A named object of a rule other than chains, sets and maps. */
enum object_kind {
	OBJECT_COUNTER,
	OBJECT_QUOTA,
	OBJECT_LIMIT,
	OBJECT_SECMARK,
	OBJECT_SYNPROXY,
	OBJECT_TUNNEL,
	OBJECT_FLOWTABLE,
	OBJECT_HELPER,
	OBJECT_TIMEOUT,
	OBJECT_EXPECTATION, /* of conntrack */
	OBJECT_KINDS
};

struct nft_object {
	enum object_kind kind;
	struct str name;
	bool is_gone;                 /* deleted; its name may be reused */
	bool is_tcp, has_established; /* TIMEOUT */
	u128 established;             /* TIMEOUT: seconds */
};

struct nft_table {
	enum family family;
	struct str name;
	struct span span;
	bool dormant;
	bool is_new; /* holds only what the script has put there */
	VEC(struct nft_chain *) chains;
	VEC(struct nft_set *) sets;
	struct hash chain_by_name, set_by_name, object_by_name[OBJECT_KINDS];
	unsigned objects; /* a bit for each kind that ever existed */
	struct table *lowered;
};

/* Something that nft 1.0.6 refuses and later versions accept, or the other way round. */
struct script_note {
	struct span span;
	const char *message;
};

struct script {
	struct arena *arena;
	bool clears; /* a command deletes or flushes something */
	bool fails;  /* a command named what is not there */
	struct source *source;
	struct diags *diags;
	struct nft_table **items;
	size_t n, cap;
	VEC(struct script_note) notes;
	VEC(struct feature_use) features; /* that a command uses */
	bool brace_noted, return_said;
	bool is_flushed[FAMILY_ARP +
			1]; /* only tables that the script has made are left in the family */
	VEC(struct nft_table *) gone;      /* tables that were deleted */
	VEC(struct nft_rule *) gone_rules; /* of chains that were flushed: nft reads them, too */
	uint32_t n_anonymous;
	size_t included, compared; /* bytes of included files; elements looked at to delete some */
};

/* The command uses something that not every version has. */
void script_uses(struct script *s, enum feature_kind kind, const char *name, struct span at);
/* For FW002: nft 1.0.6 refuses the text here. */
void script_refused(struct script *s, struct span at, const char *message);
/*
 * A base chain that is declared again must keep its type, hook and priority, and a chain without a
 * hook cannot get one (nf_tables_api.c: nf_tables_updchain). `was`: before; `old`: it was there.
 */
void script_check_redeclared(struct script *s, const struct nft_chain *c,
			     const struct nft_chain *was, bool old, struct span at);
/* The same for sets and maps (nft_set_is_same); what `again` holds goes into `set`. */
void script_redeclare_set(struct script *s, struct nft_set *set, const struct nft_set *again,
			  struct span at);
void script_error(struct script *s, struct span at, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * The script deletes or changes something that it has not made. That is an error if no such thing
 * can exist, and FW002 if the host may have it: at boot it does not. `t`: the table it would be in,
 * or NULL.
 */
void script_missing(struct script *s, struct span at, const struct nft_table *t, enum family f,
		    const char *kind, struct str name);
/* The same for chains that a rule or an element jumps to before a line makes them. */
void script_check_targets(struct script *s, const struct nft_table *t, const struct expr *e);
void script_check_rule_targets(struct script *s, const struct nft_table *t,
			       const struct nft_rule *r);
/* Is the chain, set or map of this name still used? Then the kernel does not delete it. */
bool script_is_used(struct script *s, const struct nft_table *t, enum expr_kind by,
		    struct str name);
bool script_uses_object(struct script *s, const struct nft_table *t, enum object_kind kind,
			struct str name);
/* flush ruleset; `f` NULL: of all families */
void script_flush(struct script *s, const enum family *f);
FW_CHECKED bool family_find(struct str word, enum family *ret);
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
/* "counter", "ct helper" … of scripts and of JSON; OBJECT_KINDS: another word. */
const char *object_word(enum object_kind kind);
enum object_kind object_kind_find(struct str word);
/* The object of this name that is there; NULL: there is none. */
struct nft_object *table_object(const struct nft_table *t, enum object_kind kind, struct str name);
struct nft_object *table_add_object(struct script *s, struct nft_table *t, enum object_kind kind,
				    struct str name);
/* The names of objects that a statement takes: a name, or a map of names. NULL: it takes none. */
FW_CHECKED const struct expr *stmt_object(const struct stmt *st, enum object_kind *ret_kind);
void set_add_elements(struct script *s, struct nft_set *set, const struct expr *elements);
/* The place of a rule with this handle; false: it is not known. */
FW_CHECKED bool chain_find_handle(const struct nft_chain *c, uint64_t handle, size_t *ret);
/*
 * The place of a rule that is added behind, or inserted in front of, the one with this index;
 * flushed rules behind it make room. False: there is none with this index.
 */
FW_CHECKED bool chain_place(struct nft_chain *c, uint64_t index, bool behind, size_t *ret);
/* The place in front of all rules, flushed ones too. */
size_t chain_front(struct nft_chain *c);
void chain_add_rule(struct script *s, struct nft_chain *c, struct nft_rule *r, size_t at);
/* flush chain */
void script_drop_rules(struct script *s, struct nft_chain *c);
void chain_delete_rule(struct nft_chain *c, size_t index);
/* Words of a base chain; false: not one. */
FW_CHECKED bool hook_find(struct str word, enum hook *ret);
const char *hook_word(enum hook h);
FW_CHECKED bool chain_type_find(struct str word, enum chain_type *ret);
/* "filter", "dstnat": the number in this family; false: no such name at this hook. */
FW_CHECKED bool priority_find(struct str word, enum family f, enum hook h, int *ret);

struct expr *expr_new(struct arena *a, enum expr_kind kind, struct span span, struct str text);
void expr_add(struct arena *a, struct expr *e, struct expr *item);
/* The expression as nft would write it, the same from text and from JSON. */
void expr_print(struct text *t, const struct expr *e);
struct str expr_text(struct arena *a, const struct expr *e);

/* ---- values (value.c) ---- */

enum value_result { VALUE_OK, VALUE_OPAQUE, VALUE_WRONG };

/* "10.0.0.1", "ssh", "established", "eth*" … as a range of the selector's field. */
FW_CHECKED enum value_result value_parse(const struct selector *s, struct str word,
					 struct range *ret);
/* A number, an address or a word of the type, of a field that the model has no row for. */
FW_CHECKED enum value_result value_parse_any(struct str word, enum value_type words,
					     struct range *ret, enum field_format *ret_format);
/* Could nft read the word as a value of the type? VALUE_OPAQUE: the host decides. */
enum value_result value_check(struct datatype d, struct str word);
/* "2m3s", "123": seconds; false: it is no time. */
FW_CHECKED bool time_value(struct str s, u128 *ret);
/* Of "second" … "week"; 0: it is none of them. */
unsigned period_seconds(struct str word);
/* The key of a limit's text: limits that let the same packets pass have the same key. */
struct str limit_key(struct arena *a, struct str text);

/* Statements of `text`, which stands at `place` in some other form, go to the rule (statement.c).
 */
void parse_loose_rule(struct script *s, struct nft_table *t, struct str text, struct span place,
		      struct nft_rule *r);
/* The tree as a ruleset of the model (lower.c). */
struct ruleset *script_lower(struct script *s, const char *dialect);

/* ---- writing ---- */

FW_CHECKED bool nft_render(const struct ruleset *rs, const struct rule *rule,
			   const struct rule_form *form, struct edits *edits,
			   const char **ret_text);
const char *nft_body(const struct ruleset *rs, const struct rule *rule,
		     const struct rule_form *form, struct arena *a);
const char *nft_command(const struct ruleset *rs, const struct change *c, const struct rule *rule,
			const struct rule_form *form, struct arena *a);
/* What both forms of an inserted rule need (render.c). */
const struct match *render_match(const struct rule *r, enum field f);
/* The header that its ports are written with: tcp, udp …, or th for several. */
const char *render_port_header(const struct rule *r);
/* Do its ports say its protocol, with their header? */
bool render_by_ports(const struct rule *r);
/* A test of one family; `*ret_said`: an address says it already. False: it is no such test. */
FW_CHECKED bool render_nfproto(const struct rule *r, const struct match *m, bool *ret_said,
			       bool *ret_v6);
/* "invalid" or "new"; NULL: another set of states. */
const char *render_state(const struct match *m);
/* May it stand in an inserted rule: ranges of a field, or the test of a SYN? */
bool render_is_known(const struct match *m);
enum render_form {
	RENDER_PROTOCOL,
	RENDER_FAMILY,
	RENDER_META,
	RENDER_HEADER,
	RENDER_PORT,
	RENDER_SYN,
	RENDER_STATE
};
/* How the test of a field is written in an inserted rule; others are in none. */
struct render_row {
	enum field field;
	enum render_form form;
	const char *key;    /* META, HEADER, PORT */
	const char *header; /* HEADER */
};
extern const struct render_row render_rows[]; /* in the order in which they are written */
extern const size_t render_rows_n;

FW_CHECKED bool nft_json_render(const struct ruleset *rs, const struct rule *rule,
				const struct rule_form *form, struct edits *edits,
				const char **ret_text);

#endif

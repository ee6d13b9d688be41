/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parser of the text: what lex.c and the files behind it share. */
#ifndef NFT_TEXT_H
#define NFT_TEXT_H

#include "nft.h"

enum token_kind { TOK_END, TOK_NEWLINE, TOK_WORD, TOK_VALUE, TOK_STRING, TOK_PUNCT };

struct token {
	enum token_kind kind;
	struct str text; /* STRING: without its quotes */
	struct str raw;
};

struct define {
	struct str name;
	struct expr *value;
	struct define *outer; /* the next one in the list */
	unsigned depth;       /* of the block it was made in */
};

/* What stands once in a block: parser_bison.y: already_set, "you cannot set … twice". */
enum said { SAID_COMMENT = 1, SAID_HOOK = 2, SAID_POLICY = 4 };

struct parser {
	struct script *script;
	struct arena *arena;
	const struct includer *includer;
	const struct source_file *file;
	const char *at, *end;
	struct token tok, next;
	bool has_next;
	bool failed;    /* in the current statement: every token is END */
	unsigned depth; /* of braces, for defines and limits */
	unsigned include_depth;
	struct define *defines;
	struct nft_table *table;  /* whose block is read */
	enum family family;       /* of the table that a command names */
	bool flag_values;         /* `/` is no prefix here */
	unsigned said;            /* what the block has that stands once in it: enum said */
	unsigned sets;            /* { … } of values that the current token is in */
	uint64_t handle;          /* of the last comment "# handle N" */
	struct str last;          /* the token before the current one */
	bool defines_value;       /* of a variable, where { } is one */
	struct expr *hashed;      /* what the selector that is read takes a hash of */
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
/* One that the language gives to a table, a chain, a set …: no word of its own (keyword.c). */
struct str expect_identifier(struct parser *p, const char *what);
struct str expect_object_name(struct parser *p, enum object_kind kind);
bool is_keyword(struct str word);
/* May it stand where a value is compared (parser_bison.y: primary_rhs_expr)? */
bool is_value_word(struct str word);
uint64_t expect_number(struct parser *p, const char *what);
void parse_error(struct parser *p, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void parse_error_at(struct parser *p, struct str at, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
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
/* A new statement at the current token; what else it reads; its `ip` or `ip6`; one word of a list.
 */
struct stmt *stmt_new(struct parser *p, enum stmt_kind kind, const char *text);
void stmt_reads(struct parser *p, struct stmt *s, struct expr *e);
bool stmt_family(struct parser *p, struct stmt *s);
bool accept_one_of(struct parser *p, const char *const *words);
/* The statements of stateful.c and action.c; NULL: the word begins none of them. */
struct stmt *parse_stateful(struct parser *p);
struct stmt *parse_filling(struct parser *p);
struct stmt *parse_action(struct parser *p);
/* All commands of a file. */
void script_body(struct parser *p, void *ctx);
bool parse_define(struct parser *p);
void parse_include(struct parser *p, void (*body)(struct parser *p, void *ctx), void *ctx);
void parse_table_block(struct parser *p, struct nft_table *t);
void parse_chain_block(struct parser *p, struct nft_chain *c);
/* Behind `priority`; from `device` or `devices` on. */
int parse_priority(struct parser *p, enum family family, enum hook hook);
/* "{" body "}", in which some things stand once (enum said); false: it is not closed. */
bool parse_block(struct parser *p, void (*body)(struct parser *p, void *ctx), void *ctx);
/* comment STRING of a block, once. */
void parse_block_comment(struct parser *p);
void parse_devices(struct parser *p, struct nft_chain *c);
/* It stands here for the first time; else an error. */
void say_once(struct parser *p, enum said what, struct str at);
void parse_chain_body(struct parser *p, void *chain);
/* ";" or the end of the line. */
void parse_statement_end(struct parser *p);
/* A time with its unit. */
struct str parse_duration(struct parser *p);
/* Counters, limits … of an element, as a number that tells which and in which order. */
uint16_t stateful_add(uint16_t before, const struct stmt *st);
/* A set, a map or a meter; one that is there already has to be declared as it was. */
void parse_set_block(struct parser *p, struct nft_table *t, struct str name, struct span at,
		     bool is_map, bool is_meter);
/* [FAMILY] TABLE, made where it is not there yet (`make`), or an error (`must`), or NULL (place.c).
 */
struct nft_table *parse_table_spec(struct parser *p, bool make, bool must);
/* The command names something that is not there; `t` NULL: nor is its table. */
void parse_missing(struct parser *p, const struct nft_table *t, const char *kind, struct str name);
void skip_statement(struct parser *p);
/* list, get, reset … (query.c); false: another command. */
bool parse_query(struct parser *p);
/* What a counter, a quota and a limit are, in rules and in objects (stateful.c). */
void parse_counts(struct parser *p);
void parse_quota_amount(struct parser *p, struct text *t);
void parse_limit_rate(struct parser *p, struct text *t);
/* Objects (object.c): the words of a kind, OBJECT_KINDS: it is none; the { … } behind the name;
 * both in a table. */
enum object_kind accept_object_kind(struct parser *p);
void parse_object_body(struct parser *p, struct nft_object *o);
/* The same behind a command, without braces where nft has that. */
void parse_object_words(struct parser *p, struct nft_object *o);
bool parse_object_block(struct parser *p, struct nft_table *t);
/* Skips { … } of an object whose contents do not matter. */
void skip_block(struct parser *p);

#endif

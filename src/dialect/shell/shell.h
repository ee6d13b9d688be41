/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the shell dialect share: scripts that hold nothing but commands of iptables,
 * ip6tables and nft.
 *
 *   lex.c       bytes → tokens, here-documents
 *   parse.c     tokens → lists of commands; compound commands as one, with what is in them
 *   expand.c    words → fields, with the variables that the script has set
 *   program.c   which program a command runs, and whether it touches the ruleset
 *   say.c       what is not understood
 *   input.c     what a command gives to iptables or nft, and where each byte of that is from
 *   shorewall.c what shorewall compiles
 *   inner.c     commands inside of words and of compound commands: do they touch the ruleset?
 *   script.c    commands → steps, in the order in which they run
 *   read.c      steps → the ruleset that they load in an empty network namespace
 *   render.c    an inserted rule as a command beside the one of its neighbour
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <fwlint/dialect_commands.h>

/* ---- tokens (lex.c) ---- */

enum sh_token_kind { SH_END, SH_NEWLINE, SH_WORD, SH_OPERATOR, SH_REDIRECT };

struct sh_token {
	enum sh_token_kind kind;
	struct str raw; /* of a REDIRECT, with the number before it */
};

/* A redirection; for a here-document, with its text. */
struct sh_redirect {
	struct str op, word;
	struct str body;
	bool is_literal; /* nothing is expanded in it */
};

struct sh_lexer {
	struct arena *arena;
	struct str text;
	size_t at;
	struct sh_token tok;
	VEC(struct sh_redirect *) awaited; /* here-documents that begin behind this line */
	const char *problem; /* why the text is not a shell script, at the last token; or NULL */
};

void sh_lex_start(struct sh_lexer *l, struct arena *a, struct str text);
void sh_advance(struct sh_lexer *l);
/* The offset after the end of the `$(`, `${` or '`' at s.p[i]; s.n: it does not end. */
size_t sh_substitution_end(struct str s, size_t i);
/* Is it one of the words? */
FW_CHECKED bool sh_is_in(struct str s, const char *const *words, size_t n);

/* ---- commands (parse.c) ---- */

enum sh_link { SH_FIRST, SH_AND, SH_OR, SH_PIPE };

struct sh_command {
	struct str text; /* from its first word to its last */
	enum sh_link link;
	bool in_background, is_negated;
	VEC(struct str) assignments, words; /* as written */
	VEC(struct sh_redirect *) redirects;
	/* A compound command: */
	struct str keyword;  /* "if", "for" …; a function's name and its "()" */
	struct str function; /* the name of one */
	VEC(struct sh_command *) inner;
	VEC(struct str) sets; /* names of variables that it may change */
};

/* Commands that hang together: up to ';', '&' or the end of the line. */
struct sh_list {
	struct sh_command **items;
	size_t n, cap;
};

/* False: the script is at its end. */
FW_CHECKED bool sh_next_list(struct sh_lexer *l, struct sh_list *ret);

/* ---- words (expand.c) ---- */

/* Bytes of an expanded text, and where they come from. */
struct sh_run {
	uint32_t at, len; /* in the expanded text */
	struct str from;  /* in the script */
	bool is_verbatim; /* the bytes are the same in both */
};

struct sh_runs {
	struct sh_run *items;
	size_t n, cap;
};

struct sh_field {
	struct text text;
	struct sh_runs runs;
	struct str word; /* the word that it comes from */
};

struct sh_fields {
	struct sh_field *items;
	size_t n, cap;
};

struct sh_variable {
	struct str value;
	struct str unknown; /* the unknown part of it, in the script; p NULL: all is known */
	const char *why;
};

struct sh_variables {
	struct arena *arena;
	struct hash by_name;
	bool expands_braces; /* as bash does */
	bool sets_ifs;       /* the script splits words its own way */
};

/* What could not be expanded. */
struct sh_unknown {
	struct str at;
	const char *why; /* NULL: nothing */
};

/* The fields of a word; false: *why says which part of it is not known. */
FW_CHECKED bool sh_expand(struct sh_variables *v, struct str word, struct sh_fields *fields,
			  struct sh_unknown *why);
/* The text of a here-document. */
FW_CHECKED bool sh_expand_text(struct sh_variables *v, const struct sh_redirect *r,
			       struct sh_field *ret, struct sh_unknown *why);
/* NAME=VALUE */
void sh_assign(struct sh_variables *v, struct str assignment);
/* The value is unknown from here on. */
void sh_forget(struct sh_variables *v, struct str name, struct str at, const char *why);
FW_CHECKED bool sh_is_assignment(struct str word);

/* ---- programs (program.c) ---- */

enum sh_kind {
	SH_IPTABLES,
	SH_RESTORE,
	SH_NFT,
	SH_SUCCEEDS, /* does nothing to the ruleset, and succeeds */
	SH_FAILS,
	SH_HARMLESS, /* does nothing to the ruleset; whether it succeeds is not known */
	SH_EXIT,
	SH_SET,
	SH_OTHER /* nobody knows what it does */
};

struct sh_program {
	enum sh_kind kind;
	bool v6;
	enum loader variant; /* iptables-legacy, iptables-nft; ANY: plain iptables */
	size_t at;           /* the field of its name; its arguments follow */
	const char *why;     /* OTHER */
};

/* `functions`: names of harmless ones. */
struct sh_program sh_program_find(const struct sh_fields *f, const struct hash *functions);

/* ---- steps (script.c) ---- */

/* Where bytes of the text for the programs come from; sorted by `at`. */
struct sh_piece {
	uint32_t at, len;
	struct span from; /* in the script */
	bool is_verbatim;
};

struct sh_step {
	enum sh_kind kind;
	bool v6, noflush, is_text; /* is_text: what the program reads, not its arguments */
	bool is_quiet;             /* nobody sees its error message */
	enum sh_link link;
	uint32_t from, len;  /* in the text */
	struct str command;  /* in the script: the command, */
	struct str program;  /* its beginning up to the program's name, */
	struct str body;     /* the here-document */
	bool is_alone;       /* no other command is on its lines */
	bool exits_on_error; /* set -e */
	const char *wait;    /* "-w", or "" */
};

struct sh_script {
	struct arena *arena;
	struct str source;
	const char *name;
	const char *trial;   /* the way to have it run, for messages */
	struct diags *diags; /* their spans are offsets into the script */
	struct text text;    /* for all programs, one after the other */
	VEC(struct sh_piece) pieces;
	VEC(struct sh_step) steps;
};

/* A script while it is read. */
struct sh_reader {
	struct sh_script *s;
	struct sh_variables variables;
	struct hash functions; /* harmless ones */
	struct hash refused;   /* functions that are not */
	size_t n_told;
	struct hash told; /* what has been said, by its place */
	bool exits_on_error, has_ended;
	bool in_word;           /* commands in a word of another command are judged */
	enum loader variant[2]; /* the variants that commands asked for, by v6 */
};

/* ---- what is not understood (say.c) ---- */

#define SH_NOT_FOLLOWED "fwlint does not follow the commands in this word"

struct span sh_span(const struct sh_script *s, struct str view);
void sh_not_understood(struct sh_reader *r, struct str at, const char *what);
void sh_cannot_expand(struct sh_reader *r, const struct sh_unknown *why);

/* ---- commands inside of others (inner.c) ---- */

/* The fields of a command; false: only those before the first unknown one. */
FW_CHECKED bool sh_expand_words(struct sh_reader *r, const struct sh_command *c,
				struct sh_fields *f, struct sh_unknown *why);
/* What a command with the fields `f` runs, including commands in a word of `sh -c` and `trap`. */
struct sh_program sh_program_of(struct sh_reader *r, const struct sh_command *c,
				const struct sh_fields *f);
FW_CHECKED bool sh_is_harmless(struct sh_reader *r, const struct sh_command *c);

/* ---- what the programs are given (input.c) ---- */

/* The script that shorewall compiles (shorewall.c). */
FW_CHECKED bool sh_is_shorewall(struct str script);
void sh_shorewall_read(struct sh_reader *r);

/* The text of a field; empty if there is no such field. */
struct str sh_field_text(const struct sh_fields *f, size_t i);
/* Is it "-f", or several short options of which the last one is that letter? */
FW_CHECKED bool sh_is_bundle(struct str t, char last);
/* A field as it is. */
void sh_write_text(struct sh_script *s, const struct sh_field *f);
/* Writes the words after the program's name. */
void sh_write_words(struct sh_reader *r, const struct sh_fields *f, const struct sh_program *p,
		    struct sh_step *step);
/* False: the text cannot be known; the error has been reported. */
FW_CHECKED bool sh_write_nft(struct sh_reader *r, const struct sh_list *l, size_t i,
			     const struct sh_fields *f, struct sh_program *p, struct sh_step *step);
FW_CHECKED bool sh_write_restore(struct sh_reader *r, const struct sh_list *l, size_t i,
				 const struct sh_fields *f, const struct sh_program *p,
				 struct sh_step *step);

/* What is not understood goes to `diags`. */
void sh_script_read(struct sh_script *s, struct arena *a, const char *name, struct str text,
		    struct diags *diags);
/* Converts a place in the text for the programs to the place in the script. */
struct span sh_place(const struct sh_script *s, struct span in_text);

/* ---- writing (render.c): see struct dialect ---- */

FW_CHECKED bool shell_render(const struct ruleset *rs, const struct rule *rule,
			     const struct rule_form *form, struct edits *edits,
			     const char **ret_text);
const char *shell_body(const struct ruleset *rs, const struct rule *rule,
		       const struct rule_form *form, struct arena *a);
const char *shell_command(const struct ruleset *rs, const struct change *c, const struct rule *rule,
			  const struct rule_form *form, struct arena *a);

#endif

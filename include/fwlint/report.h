/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: findings and fixes for people and programs. Each output format is
 * one `const struct format` in a file of its own, and one line in the list of
 * src/report/format.c.
 */
#ifndef FWLINT_REPORT_H
#define FWLINT_REPORT_H

#include <fwlint/ask_policy.h>
#include <fwlint/ask_services.h>
#include <fwlint/job.h>
#include <fwlint/prove.h>
#include <fwlint/resets.h>
#include <fwlint/trace.h>

#include <stdarg.h>
#include <stdio.h>

/* ---- text for people and logs ---- */

enum style { STYLE_NONE, STYLE_BOLD, STYLE_RED, STYLE_YELLOW, STYLE_CYAN, STYLE_GREEN, STYLE_OFF };

/*
 * printf(3) for all text that people read: the text for %s may come from the input and is made
 * visible (text_add_visible() of base.h), so it can neither control a terminal nor forge a line; %c
 * is an enum style. Knows %s %c %d %u %x, the sizes l, ll and z, a width and a precision.
 */
void say(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void vsay(FILE *out, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
/*
 * A text for a program at the end of a pipe (a diff, a ruleset): byte for byte; made visible line
 * by line if `out` is a terminal.
 */
void say_text(FILE *out, struct str s);

/* A stream that writes into `t`. That of open_memstream(3) loses text without a word when memory is
 * short; here the program ends then (base.h). */
FILE *text_stream(struct text *t);

/* A unified diff: the same, `colour`: with colours. */
void say_diff(FILE *out, const char *diff, bool colour);

/* ---- what is printed ---- */

/* What was found in one input. */
struct report {
	const char *name;              /* of the input */
	const struct ruleset *ruleset; /* NULL when the input could not be read */
	const struct source *source;   /* NULL when it could not be opened */
	const struct messages *messages;
	const struct diags *diags;
	const struct findings *findings;
	const struct fix_plan *plan; /* NULL: there are no findings */
	const char *diff;            /* the unified diff of the plan; "" or NULL: none */
	size_t n_changed; /* the rules that --apply inserted, or would insert (--dry-run) */
};

/* A finding put to the test, without and with the fix. */
struct proven {
	const struct ruleset *ruleset;
	const struct finding *finding;
	struct proof before, after;
	bool wants_fix, has_fix, is_proved;
};

/* Was the witness answered with a reset that its sender accepts? */
bool proof_shows_the_defect(const struct proof *p);
/* Was there no such reset, and did the connection go on? */
bool proof_shows_the_cure(const struct proof *p);

/* A question, and its answer. */
struct asked {
	const char *question; /* as it was asked */
	unsigned paths;       /* see struct ask_question */
	const struct ask_answer *answer;
	bool wants_verdict; /* does every packet have this one? */
	enum verdict_kind verdict;
};

bool asked_holds(const struct asked *q);
/* The line of a place, from 1. */
uint32_t ask_place_line(const struct ruleset *rs, const struct ask_place *p);

/* The lines of policies, put to a ruleset. */
struct tested {
	const struct ruleset *ruleset;
	struct tested_line {
		const struct source *spec;
		struct policy_result result;
	} * items;
	size_t n, cap;
};

/* How many lines did not hold. */
size_t tested_failed(const struct tested *t);

/* ---- formats ---- */

struct printer_options {
	bool colour;
	/* Of text. */
	bool quiet;          /* one line per finding */
	bool statistics;     /* how many there are of each check, and nothing else */
	bool verbose;        /* the whole trace and certificate */
	enum severity shown; /* lesser findings are only counted */
	unsigned width;      /* of a line of prose, in columns; 0: any */
	bool live;           /* rules are named by table, chain and number, as there is no file */
	bool applies;        /* the findings are those that --apply leaves, at their old places */
	const struct live_conntrack *conntrack; /* figures of the running kernel to show; or NULL */
};

/* One output on its way. */
struct printer {
	const struct format *format;
	FILE *out;
	struct printer_options options;
	struct arena *arena; /* valid until the end of the output */
	void *state;         /* the format's own state: state_size bytes, zero at first */
	bool has_failed;     /* some input could not be read */
};

/* What a format can print. */
enum product {
	PRODUCT_LINT,
	PRODUCT_COMPARISON,
	PRODUCT_PROOFS,
	PRODUCT_ANSWER,
	PRODUCT_TRACE,
	PRODUCT_RESETS,
	PRODUCT_TESTS,
	PRODUCT_SERVICES,
	PRODUCT_CHECKS,
	N_PRODUCTS
};

/* Products are printed as a whole, or one by one between a begin and an end; a NULL is not offered.
 */
struct format {
	const char *name, *about;
	size_t state_size;
	bool has_errors; /* the output also lists inputs that could not be read, as a report without
			    a ruleset */
	struct {
		void (*begin)(struct printer *p);
		void (*each)(struct printer *p, const struct report *r);
		void (*end)(struct printer *p);
	} lint;
	void (*comparison)(struct printer *p, const struct comparison *c);
	void (*resets)(struct printer *p, const struct resets *r);
	/* one of them, as it comes; NULL: this format has them all at the end */
	void (*reset)(struct printer *p, const struct resets *r, size_t i);
	struct {
		/* `load`: could the ruleset be loaded at all? */
		void (*begin)(struct printer *p, const struct ruleset *rs,
			      const struct proof *load);
		void (*each)(struct printer *p, const struct proven *x);
		void (*end)(struct printer *p);
	} proofs;
	void (*answer)(struct printer *p, const struct asked *q);
	void (*trace)(struct printer *p, const struct traced *const *list, size_t n);
	void (*tests)(struct printer *p, const struct tested *t);
	void (*services)(struct printer *p, const struct ask_services *t);
	void (*checks)(struct printer *p); /* the list of checks */
};

/* NULL-terminated. */
extern const struct format *const format_list[];
extern const struct format *const format_default;
const struct format *format_find(const char *name);
bool format_offers(const struct format *f, enum product what);
/* "text or json": the formats that offer it. */
const char *format_names(enum product what, struct arena *a);
struct printer printer_new(const struct format *f, FILE *out, const struct printer_options *o,
			   struct arena *a);

/* ---- other texts ---- */

/* "file:line:col: error: what" for each diagnostic; unless `quiet`, with the line and a caret. */
void report_diags(FILE *out, const struct source *s, const struct diags *d, bool quiet,
		  bool colour);
/* The parsed ruleset as JSON. */
void report_ast(FILE *out, const struct ruleset *rs);
/* What reaches each rule, per path, as JSON. */
void report_flow(FILE *out, const struct ruleset *rs, struct arena *a);
/* `fwlint explain`: the documentation of a check; `colour`: with links as well. */
void report_explain(FILE *out, const struct check *c, bool colour);
/* `fwlint explain resets`: the causes of resets, and how to tell them apart. */
void report_explain_resets(FILE *out, bool colour);
/* The same as a page of Markdown. */
void report_explain_markdown(FILE *out, const struct check *c);
/* The same for an editor. */
void report_explain_hover(FILE *out, const struct check *c);
/* A packet in words: "INVALID tcp 192.0.2.10:40123 -> …, in eth0". */
const char *packet_words(const struct ruleset *rs, const struct packet *p, struct arena *a);
/*
 * What the packet assumes of an opaque test: "it does not match '…'"; NULL: nothing depends on it.
 */
const char *packet_assumption(const struct ruleset *rs, const struct packet *p, size_t var,
			      struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: findings and fixes for people and programs. Each output format is
 * one `const struct format` and one line in the list of src/report/format.c.
 */
#ifndef FWLINT_REPORT_H
#define FWLINT_REPORT_H

#include <fwlint/check.h>
#include <fwlint/fix.h>
#include <fwlint/live.h>
#include <fwlint/prove.h>

#include <stdarg.h>
#include <stdio.h>

/* ---- text for people and logs ---- */

enum style { STYLE_NONE, STYLE_BOLD, STYLE_RED, STYLE_YELLOW, STYLE_CYAN, STYLE_GREEN, STYLE_OFF };

/*
 * printf(3) for all text that people read: what %s stands for may come from the
 * input and is made visible (text_add_visible() of base.h), so that it can
 * neither steer a terminal nor forge a line; %c is an enum style. Knows %s %c %d
 * %u %x, the sizes l, ll and z, a width and a precision.
 */
void say(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void vsay(FILE *out, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
/*
 * A text that a program may take from a pipe (a diff, a ruleset): byte for byte,
 * but made visible line by line where `out` is a terminal.
 */
void say_text(FILE *out, struct str s);

/* ---- reports ---- */

/* What was found in one input. */
struct report {
	const struct ruleset *ruleset;  /* NULL when the input could not be read */
	const struct source *source;
	const struct diags *diags;
	const struct findings *findings;
	const struct fix_plan *plan;    /* NULL when no fixes were asked for */
	const char *diff;               /* the unified diff of the plan; "" = none */
};

struct format_options {
	bool colour;
	bool quiet; /* text: one line per finding */
	bool live;  /* rules are named by table, chain and number: there is no file to look into */
	const struct live_conntrack *conntrack; /* figures of the running kernel to show; or NULL */
};

struct format {
	const char *name, *about;
	void (*begin)(FILE *out, const struct format_options *o);
	/* `index`: 0 for the first input. */
	void (*input)(FILE *out, const struct report *r, const struct format_options *o,
		      size_t index);
	void (*end)(FILE *out, const struct format_options *o);
};

extern const struct format *const format_list[];
const struct format *format_find(const char *name);

/* "file:line:col: error: what" with the line and a caret, for each diagnostic. */
void report_diags(FILE *out, const struct source *s, const struct diags *d, bool colour);
/* The parsed ruleset as JSON. */
void report_ast(FILE *out, const struct ruleset *rs);
/* What reaches each rule, per path, as JSON. */
void report_flow(FILE *out, const struct ruleset *rs, struct arena *a);
/* `fwlint explain`: the documentation of a check; `colour`: with links as well. */
void report_explain(FILE *out, const struct check *c, bool colour);
/* The same as a page of Markdown. */
void report_explain_markdown(FILE *out, const struct check *c);
/* The classes of packets that differ, each with a witness, or "equal". `quiet`: one line per class. */
void report_comparison(FILE *out, const struct comparison *c, bool colour, bool quiet);
void report_comparison_json(FILE *out, const struct comparison *c);
/* A finding put to the test, as it is and fixed. */
struct proven {
	const struct finding *finding;
	struct proof before, after;
	bool wants_fix, has_fix, is_proved;
};

/* Was the witness answered with a reset that its sender takes? */
bool proof_shows_the_defect(const struct proof *p);
/* Was it not, and did the connection go on? */
bool proof_shows_the_cure(const struct proof *p);
void report_proof(FILE *out, const struct ruleset *rs, const struct proven *x, bool colour);
void report_proofs_json(FILE *out, const struct ruleset *rs, const struct proof *load,
			const struct proven *list, size_t n);
/* A packet in words: "INVALID tcp 192.0.2.10:40123 -> …, in eth0". */
const char *packet_words(const struct ruleset *rs, const struct packet *p, struct arena *a);
/* What the packet assumes of an opaque test: "it does not match '…'"; NULL: nothing hangs on it. */
const char *packet_assumption(const struct ruleset *rs, const struct packet *p, size_t var, struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to report: the parts of the page (--format html). */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <fwlint/report.h>

/* The files of src/report/page, embedded by scripts/embed.py. */
extern const struct str page_css, page_js;
extern const char page_css_hash[], page_js_hash[];

/* The states whose ways are drawn; sets of them are bit masks. */
enum page_state { PAGE_INVALID, PAGE_NEW, PAGE_STATES };
#define PAGE_ALL ((1u << PAGE_STATES) - 1)
/* "I", "N": the letters of the states, and their classes in the style sheet */
extern const char *const page_letter[PAGE_STATES];

/* A path of a family through the host, and what becomes of packets there. */
struct lane {
	enum path path;
	unsigned families; /* bits: 1 << enum nfproto_value */
	const char *key;   /* "0-1": path and family */
	const struct chain *const *bases;
	size_t n;
	/* Bits 1 << enum page_state: */
	unsigned char *rules;    /* by rule id: the rule takes such packets */
	unsigned char *policies; /* by chain id: the policy takes them */
	unsigned char *chains;   /* by chain id: such packets reach the chain */
	unsigned char *onward;   /* by place in `bases`: they go on after it */
	const char *gave_up;     /* NULL, or why it is not known */
};

/* All lanes of a ruleset. */
struct lanes {
	struct lane *items;
	size_t n, cap;
};

struct lanes lanes_of(const struct ruleset *rs, struct arena *a);
/* The lane of a finding's witness; NULL: it has none. */
const struct lane *lane_of(const struct lanes *l, const struct finding *f);

/* The input that is written. */
struct page {
	FILE *out;
	const struct report *report;
	const struct printer_options *options;
	struct arena *arena;
	size_t number; /* of the input, from 0: ids begin with it */
	struct lanes lanes;
};

/* "i0f0l12": the id of the line at an offset. */
const char *page_line_id(const struct page *p, uint32_t off);
/* The text of a view, escaped. */
void page_words(const struct page *p, struct str s);
/* The picture of one lane. */
void page_picture(const struct page *p, const struct lane *l);
/* The text of the ruleset with the findings in place. */
void page_text(const struct page *p);
/* One finding. */
void page_finding(const struct page *p, size_t number);
/* The letters of the states in a set. */
void page_letters(FILE *out, unsigned states, const char *element);

#endif

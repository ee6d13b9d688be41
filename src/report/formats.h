/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to report: the parts of the text and the JSON format that have files of their own. */
#ifndef REPORT_FORMATS_H
#define REPORT_FORMATS_H

#include <fwlint/late_jansson.h>
#include <fwlint/report.h>

struct text_state {
	const struct ruleset *ruleset; /* the ruleset whose findings are put to the test */
	bool loads;
	size_t n_proofs;
	size_t *counts; /* --statistics: by place in the list of checks */
};

void text_comparison(struct printer *p, const struct comparison *c);
void text_trace(struct printer *p, const struct traced *const *list, size_t n);
void json_trace_document(struct printer *p, const struct traced *const *list, size_t n);
void text_proofs_begin(struct printer *p, const struct ruleset *rs, const struct proof *load);
void text_proofs_each(struct printer *p, const struct proven *x);
void text_proofs_end(struct printer *p);

void text_checks(struct printer *p);
void json_checks(struct printer *p);
void markdown_checks(struct printer *p);
void text_tests(struct printer *p, const struct tested *t);
void junit_tests(struct printer *p, const struct tested *t);
void json_tests(struct printer *p, const struct tested *t);
void text_services(struct printer *p, const struct ask_services *t);
void json_services(struct printer *p, const struct ask_services *t);
void text_answer(struct printer *p, const struct asked *q);
void text_resets(struct printer *p, const struct resets *r);
void text_reset(struct printer *p, const struct resets *r, size_t i);

struct json_state {
	size_t n_reports, unread, found[SEV_ERROR + 1], allowed, used, offered; /* totals */
	json_t *doc;                                                            /* of proofs */
};

void json_comparison(struct printer *p, const struct comparison *c);
void json_answer(struct printer *p, const struct asked *q);
void json_resets(struct printer *p, const struct resets *r);
void json_proofs_begin(struct printer *p, const struct ruleset *rs, const struct proof *load);
void json_proofs_each(struct printer *p, const struct proven *x);
void json_proofs_end(struct printer *p);

#endif

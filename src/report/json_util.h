/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to report: what its JSON documents share. */
#ifndef REPORT_JSON_UTIL_H
#define REPORT_JSON_UTIL_H

#include <fwlint/late_jansson.h>
#include <fwlint/report.h>

/*
 * A string that loses nothing: JSON can only hold characters, so a byte that is not UTF-8 is
 * written \xHH (text_add_utf8() of base.h).
 */
json_t *json_text(struct str s);
json_t *json_words(const char *z);
/* Sets a member whose name comes from the input. */
void json_set(json_t *object, struct str key, json_t *value);
/* Writes a document in ASCII, with an escape for each control character. */
void json_print(FILE *out, const json_t *j, size_t flags);
/* {"file":, "line":, "column":, "end_line":, "end_column":}: columns in bytes, the end after the
 * last. */
json_t *json_place(const struct source *s, struct span span);
/* What becomes of a packet in one word, whichever answer a reject sends: "reject", "stolen". */
json_t *json_verdict_kind(enum verdict_kind kind);
/* The fields of a packet, in words and one by one, and what is assumed of unknown tests. */
json_t *json_packet(const struct ruleset *rs, const struct packet *p, struct arena *a);
/* The steps, each with the place and text of its rule. */
json_t *json_trace(const struct ruleset *rs, const struct trace *t);

#endif

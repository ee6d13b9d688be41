/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to report: what its JSON documents share. */
#ifndef REPORT_JSON_UTIL_H
#define REPORT_JSON_UTIL_H

#include <fwlint/report.h>

#include <jansson.h>

/* Bytes that are not UTF-8 become '?': JSON has no other way. */
json_t *json_text(struct str s);
/* {"file":, "line":, "column":} */
json_t *json_place(const struct source *s, struct span span);
/* The fields of a packet, in words and one by one, and what is assumed of unknown tests. */
json_t *json_packet(const struct ruleset *rs, const struct packet *p, struct arena *a);
/* The steps, each with the place and text of its rule. */
json_t *json_trace(const struct ruleset *rs, const struct trace *t);

#endif

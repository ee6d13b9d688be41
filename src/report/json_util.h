/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to report: text of the input as JSON strings. */
#ifndef REPORT_JSON_UTIL_H
#define REPORT_JSON_UTIL_H

#include <fwlint/base.h>

#include <jansson.h>

/* Bytes that are not UTF-8 become '?': JSON has no other way. */
json_t *json_text(struct str s);

#endif

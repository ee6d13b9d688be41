/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of the user's own, for findings in tables of other programs; private to report. */
#ifndef REPORT_OWN_TABLE_H
#define REPORT_OWN_TABLE_H

#include <fwlint/report.h>

/* Does the finding lack a fix, and would a table of one's own replace it? nft only. */
bool finding_wants_own_table(const struct report *r, const struct finding *f);
/* The lines of that table, if any finding that is shown wants one. */
void say_own_table(FILE *out, const struct report *r, enum severity shown, unsigned width);

/* Which program makes the ruleset, if known, and what to set in that program. */
void say_maker(FILE *out, const struct report *r, enum severity shown, unsigned width);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comments of a ruleset that allow a finding; private to check. */
#ifndef CHECK_SUPPRESS_H
#define CHECK_SUPPRESS_H

#include <fwlint/check_analysis.h>

/* Finds every "fwlint: allow …" of the ruleset's comments, in rules and in files. */
void suppressions_read(struct analysis *an);
/* The suppression that covers a finding, marked as used; NULL: none. */
const struct suppression *suppression_find(struct analysis *an, const struct finding *f);

#endif

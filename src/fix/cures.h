/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which fix ends which finding; private to fix. */
#ifndef FIX_CURES_H
#define FIX_CURES_H

#include <fwlint/fix.h>

/* Is the finding still there, as severe as before? */
bool finding_is_left(const struct findings *left, const struct finding *f);
/* The last fix of the list was used: it ended the findings that are gone since then. */
void cures_of_used(struct fix_plan *plan);
/* Offers a fix. If the same change is already offered for another finding, it serves both. */
void cures_of_offered(struct fix_plan *plan, const struct fix *fix, struct arena *a);
void cures_forget_offered(struct fix_plan *plan);
/* Fix number k of `used`, in this chain, was taken out: the others do its work. */
void cures_without(struct fix_plan *plan, size_t k, const struct chain *c);

#endif

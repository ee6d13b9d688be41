/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which fix ends which finding; private to fix. */
#ifndef FIX_CURES_H
#define FIX_CURES_H

#include <fwlint/fix.h>

/* Is the finding among those that are left, as severe as before? */
bool finding_is_left(const struct findings *left, const struct finding *f);
/* The fix was used that is the last of the list: what is gone since was ended by it. */
void cures_of_used(struct fix_plan *plan);
/* Offers a fix, unless the same change is offered for another finding: then it is for both. */
void cures_of_offered(struct fix_plan *plan, const struct fix *fix, struct arena *a);
void cures_forget_offered(struct fix_plan *plan);
/* What was number k of `used`, in this chain, is taken out: the others do its work. */
void cures_without(struct fix_plan *plan, size_t k, const struct chain *c);

#endif

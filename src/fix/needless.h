/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to fix. */
#ifndef FIX_NEEDLESS_H
#define FIX_NEEDLESS_H

#include <fwlint/fix.h>

/* Takes the fixes out of a plan for `rs` without which the others do just the same. */
void drop_needless(struct fix_plan *plan, const struct ruleset *rs, const struct selection *sel,
		   const struct fix_options *o, struct arena *a);

#endif

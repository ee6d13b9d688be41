/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to check. */
#ifndef CHECK_SELECT_H
#define CHECK_SELECT_H

#include <fwlint/check.h>

/* Does the selection (NULL: all) name the check? */
bool is_selected(const struct selection *sel, const struct check *c);

#endif

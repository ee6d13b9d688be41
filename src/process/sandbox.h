/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to process. */
#ifndef PROCESS_SANDBOX_H
#define PROCESS_SANDBOX_H

#include <fwlint/process_sandbox.h>

/*
 * Gives this process, the first of its PID namespace and in a user and a mount namespace of its
 * own, a root of overlays. NULL, or why not.
 */
FW_CHECKED const char *sandbox_make_root(struct arena *a);

#endif

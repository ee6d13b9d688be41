/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to process. */
#ifndef PROCESS_SANDBOX_H
#define PROCESS_SANDBOX_H

#include <fwlint/process_sandbox.h>

/*
 * Gives this process a root of overlays. It is the first of its PID namespace, and has its own user
 * and mount namespace. NULL, or why not.
 */
FW_CHECKED const char *sandbox_make_root(struct arena *a);

#endif

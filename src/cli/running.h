/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running ruleset. */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "cli.h"

/* Checks that this process may do what --live needs, and enters --netns. NULL, or why not. */
FW_CHECKED const char *live_begin(const struct settings *s);
/* Lints what was read. */
int lint_running(struct running *r, const struct settings *s);
/* `fwlint --live`. */
int run_live(const struct settings *s);
/* The rules of a change, with the effect of each. */
void say_rules(FILE *out, const struct live_change *c);
/* Makes the fixes of a change in the files that are loaded at boot too (save.c). */
FW_CHECKED int save_change(const struct live_record *r, const struct settings *s);

/* A record with what --save needs when the change is confirmed, in this session or another
 * (save.c). */
struct live_record record_to_make(const struct settings *s);

#endif

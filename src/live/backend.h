/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the backends share. */
#ifndef LIVE_BACKEND_H
#define LIVE_BACKEND_H

#include <fwlint/live.h>

/* Has a text in the form of iptables-save neither a rule nor a policy other than ACCEPT? */
bool dump_is_empty(struct str text);

#endif

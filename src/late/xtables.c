/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_xtables.h>

LATE_DEFINE(xtables, "libxtables.so.12", LATE_XTABLES)

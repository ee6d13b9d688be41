/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_xtables.h>

LATE_DEFINE(xtables, LATE_XTABLES, "libxtables.so.12")

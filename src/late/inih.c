/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_inih.h>

LATE_DEFINE(inih, "libinih.so.1", LATE_INIH)

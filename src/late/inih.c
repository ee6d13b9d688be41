/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_inih.h>

LATE_DEFINE(inih, LATE_INIH, "libinih.so.1", "libinih.so.0")

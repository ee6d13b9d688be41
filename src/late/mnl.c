/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_mnl.h>

LATE_DEFINE(mnl, LATE_MNL, "libmnl.so.0")

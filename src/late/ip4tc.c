/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_ip4tc.h>

LATE_DEFINE(ip4tc, LATE_IP4TC, "libip4tc.so.2")

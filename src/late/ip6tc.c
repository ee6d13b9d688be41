/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_ip6tc.h>

LATE_DEFINE(ip6tc, LATE_IP6TC, "libip6tc.so.2")

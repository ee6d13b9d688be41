/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_nftables.h>

LATE_DEFINE(nftables, "libnftables.so.1", LATE_NFTABLES)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_nftables.h>

LATE_DEFINE(nftables, LATE_NFTABLES, "libnftables.so.1")

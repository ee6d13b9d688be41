/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_nftnl.h>

LATE_DEFINE(nftnl, LATE_NFTNL, "libnftnl.so.11")

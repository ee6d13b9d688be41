/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_INIH_H
#define FWLINT_LATE_INIH_H

#include <fwlint/late.h>

#include <ini.h>

// clang-format off
#define LATE_INIH(X) \
	X(ini_parse_stream)

LATE_DECLARE(inih, LATE_INIH)

#define ini_parse_stream (*late_now_inih()->at_ini_parse_stream)
// clang-format on

#endif

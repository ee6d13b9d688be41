/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_IP6TC_H
#define FWLINT_LATE_IP6TC_H

#include <fwlint/late.h>

#include <libiptc/libip6tc.h>

// clang-format off
#define LATE_IP6TC(X) \
	X(ip6tc_delete_num_entry) \
	X(ip6tc_first_rule) \
	X(ip6tc_get_target) \
	X(ip6tc_insert_entry) \
	X(ip6tc_next_rule) \
	X(ip6tc_ops)

LATE_DECLARE(ip6tc, LATE_IP6TC)

#define ip6tc_delete_num_entry (*late_now_ip6tc()->at_ip6tc_delete_num_entry)
#define ip6tc_first_rule (*late_now_ip6tc()->at_ip6tc_first_rule)
#define ip6tc_get_target (*late_now_ip6tc()->at_ip6tc_get_target)
#define ip6tc_insert_entry (*late_now_ip6tc()->at_ip6tc_insert_entry)
#define ip6tc_next_rule (*late_now_ip6tc()->at_ip6tc_next_rule)
#define ip6tc_ops (*late_now_ip6tc()->at_ip6tc_ops)
// clang-format on

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_IP4TC_H
#define FWLINT_LATE_IP4TC_H

#include <fwlint/late.h>

#include <libiptc/libiptc.h>

// clang-format off
#define LATE_IP4TC(X) \
	X(iptc_delete_num_entry) \
	X(iptc_first_rule) \
	X(iptc_get_target) \
	X(iptc_insert_entry) \
	X(iptc_next_rule) \
	X(iptc_ops)

LATE_DECLARE(ip4tc, LATE_IP4TC)

#define iptc_delete_num_entry (*late_now_ip4tc()->at_iptc_delete_num_entry)
#define iptc_first_rule (*late_now_ip4tc()->at_iptc_first_rule)
#define iptc_get_target (*late_now_ip4tc()->at_iptc_get_target)
#define iptc_insert_entry (*late_now_ip4tc()->at_iptc_insert_entry)
#define iptc_next_rule (*late_now_ip4tc()->at_iptc_next_rule)
#define iptc_ops (*late_now_ip4tc()->at_iptc_ops)
// clang-format on

#endif

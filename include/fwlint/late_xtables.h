/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_XTABLES_H
#define FWLINT_LATE_XTABLES_H

#include <fwlint/late.h>

#include <xtables.h>

// clang-format off
#define LATE_XTABLES(X) \
	X(xtables_chain_protos) \
	X(xtables_compatible_revision) \
	X(xtables_find_match) \
	X(xtables_find_match_revision) \
	X(xtables_find_target) \
	X(xtables_find_target_revision) \
	X(xtables_init_all) \
	X(xtables_ip6addr_to_numeric) \
	X(xtables_ip6mask_to_cidr) \
	X(xtables_ipaddr_to_numeric) \
	X(xtables_ipmask_to_cidr)

LATE_DECLARE(xtables, LATE_XTABLES)

#define xtables_chain_protos (*late_now_xtables()->at_xtables_chain_protos)
#define xtables_compatible_revision (*late_now_xtables()->at_xtables_compatible_revision)
#define xtables_find_match (*late_now_xtables()->at_xtables_find_match)
#define xtables_find_match_revision (*late_now_xtables()->at_xtables_find_match_revision)
#define xtables_find_target (*late_now_xtables()->at_xtables_find_target)
#define xtables_find_target_revision (*late_now_xtables()->at_xtables_find_target_revision)
#define xtables_init_all (*late_now_xtables()->at_xtables_init_all)
#define xtables_ip6addr_to_numeric (*late_now_xtables()->at_xtables_ip6addr_to_numeric)
#define xtables_ip6mask_to_cidr (*late_now_xtables()->at_xtables_ip6mask_to_cidr)
#define xtables_ipaddr_to_numeric (*late_now_xtables()->at_xtables_ipaddr_to_numeric)
#define xtables_ipmask_to_cidr (*late_now_xtables()->at_xtables_ipmask_to_cidr)
// clang-format on

#endif

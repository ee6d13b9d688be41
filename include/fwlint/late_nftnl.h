/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_NFTNL_H
#define FWLINT_LATE_NFTNL_H

#include <fwlint/late.h>

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/gen.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>

// clang-format off
#define LATE_NFTNL(X) \
	X(nftnl_batch_begin) \
	X(nftnl_batch_end) \
	X(nftnl_chain_alloc) \
	X(nftnl_chain_free) \
	X(nftnl_chain_get_s32) \
	X(nftnl_chain_get_str) \
	X(nftnl_chain_get_u32) \
	X(nftnl_chain_is_set) \
	X(nftnl_chain_nlmsg_parse) \
	X(nftnl_expr_get_str) \
	X(nftnl_expr_iter_create) \
	X(nftnl_expr_iter_destroy) \
	X(nftnl_expr_iter_next) \
	X(nftnl_expr_set_str) \
	X(nftnl_expr_set_u32) \
	X(nftnl_gen_alloc) \
	X(nftnl_gen_free) \
	X(nftnl_gen_get_u32) \
	X(nftnl_gen_nlmsg_parse) \
	X(nftnl_nlmsg_build_hdr) \
	X(nftnl_obj_alloc) \
	X(nftnl_obj_free) \
	X(nftnl_obj_get_str) \
	X(nftnl_obj_get_u32) \
	X(nftnl_obj_nlmsg_parse) \
	X(nftnl_rule_alloc) \
	X(nftnl_rule_free) \
	X(nftnl_rule_get_data) \
	X(nftnl_rule_nlmsg_build_payload) \
	X(nftnl_rule_nlmsg_parse) \
	X(nftnl_rule_set_data) \
	X(nftnl_rule_set_str) \
	X(nftnl_rule_set_u32) \
	X(nftnl_rule_set_u64) \
	X(nftnl_rule_unset) \
	X(nftnl_set_alloc) \
	X(nftnl_set_elems_nlmsg_build_payload) \
	X(nftnl_set_elems_nlmsg_parse) \
	X(nftnl_set_free) \
	X(nftnl_set_get_str) \
	X(nftnl_set_get_u32) \
	X(nftnl_set_is_set) \
	X(nftnl_set_nlmsg_build_payload) \
	X(nftnl_set_nlmsg_parse) \
	X(nftnl_set_set_str) \
	X(nftnl_set_set_u32) \
	X(nftnl_set_unset) \
	X(nftnl_table_alloc) \
	X(nftnl_table_free) \
	X(nftnl_table_get_str) \
	X(nftnl_table_get_u32) \
	X(nftnl_table_nlmsg_parse)

LATE_DECLARE(nftnl, LATE_NFTNL)

#define nftnl_batch_begin (*late_now_nftnl()->at_nftnl_batch_begin)
#define nftnl_batch_end (*late_now_nftnl()->at_nftnl_batch_end)
#define nftnl_chain_alloc (*late_now_nftnl()->at_nftnl_chain_alloc)
#define nftnl_chain_free (*late_now_nftnl()->at_nftnl_chain_free)
#define nftnl_chain_get_s32 (*late_now_nftnl()->at_nftnl_chain_get_s32)
#define nftnl_chain_get_str (*late_now_nftnl()->at_nftnl_chain_get_str)
#define nftnl_chain_get_u32 (*late_now_nftnl()->at_nftnl_chain_get_u32)
#define nftnl_chain_is_set (*late_now_nftnl()->at_nftnl_chain_is_set)
#define nftnl_chain_nlmsg_parse (*late_now_nftnl()->at_nftnl_chain_nlmsg_parse)
#define nftnl_expr_get_str (*late_now_nftnl()->at_nftnl_expr_get_str)
#define nftnl_expr_iter_create (*late_now_nftnl()->at_nftnl_expr_iter_create)
#define nftnl_expr_iter_destroy (*late_now_nftnl()->at_nftnl_expr_iter_destroy)
#define nftnl_expr_iter_next (*late_now_nftnl()->at_nftnl_expr_iter_next)
#define nftnl_expr_set_str (*late_now_nftnl()->at_nftnl_expr_set_str)
#define nftnl_expr_set_u32 (*late_now_nftnl()->at_nftnl_expr_set_u32)
#define nftnl_gen_alloc (*late_now_nftnl()->at_nftnl_gen_alloc)
#define nftnl_gen_free (*late_now_nftnl()->at_nftnl_gen_free)
#define nftnl_gen_get_u32 (*late_now_nftnl()->at_nftnl_gen_get_u32)
#define nftnl_gen_nlmsg_parse (*late_now_nftnl()->at_nftnl_gen_nlmsg_parse)
#define nftnl_nlmsg_build_hdr (*late_now_nftnl()->at_nftnl_nlmsg_build_hdr)
#define nftnl_obj_alloc (*late_now_nftnl()->at_nftnl_obj_alloc)
#define nftnl_obj_free (*late_now_nftnl()->at_nftnl_obj_free)
#define nftnl_obj_get_str (*late_now_nftnl()->at_nftnl_obj_get_str)
#define nftnl_obj_get_u32 (*late_now_nftnl()->at_nftnl_obj_get_u32)
#define nftnl_obj_nlmsg_parse (*late_now_nftnl()->at_nftnl_obj_nlmsg_parse)
#define nftnl_rule_alloc (*late_now_nftnl()->at_nftnl_rule_alloc)
#define nftnl_rule_free (*late_now_nftnl()->at_nftnl_rule_free)
#define nftnl_rule_get_data (*late_now_nftnl()->at_nftnl_rule_get_data)
#define nftnl_rule_nlmsg_build_payload (*late_now_nftnl()->at_nftnl_rule_nlmsg_build_payload)
#define nftnl_rule_nlmsg_parse (*late_now_nftnl()->at_nftnl_rule_nlmsg_parse)
#define nftnl_rule_set_data (*late_now_nftnl()->at_nftnl_rule_set_data)
#define nftnl_rule_set_str (*late_now_nftnl()->at_nftnl_rule_set_str)
#define nftnl_rule_set_u32 (*late_now_nftnl()->at_nftnl_rule_set_u32)
#define nftnl_rule_set_u64 (*late_now_nftnl()->at_nftnl_rule_set_u64)
#define nftnl_rule_unset (*late_now_nftnl()->at_nftnl_rule_unset)
#define nftnl_set_alloc (*late_now_nftnl()->at_nftnl_set_alloc)
#define nftnl_set_elems_nlmsg_build_payload (*late_now_nftnl()->at_nftnl_set_elems_nlmsg_build_payload)
#define nftnl_set_elems_nlmsg_parse (*late_now_nftnl()->at_nftnl_set_elems_nlmsg_parse)
#define nftnl_set_free (*late_now_nftnl()->at_nftnl_set_free)
#define nftnl_set_get_str (*late_now_nftnl()->at_nftnl_set_get_str)
#define nftnl_set_get_u32 (*late_now_nftnl()->at_nftnl_set_get_u32)
#define nftnl_set_is_set (*late_now_nftnl()->at_nftnl_set_is_set)
#define nftnl_set_nlmsg_build_payload (*late_now_nftnl()->at_nftnl_set_nlmsg_build_payload)
#define nftnl_set_nlmsg_parse (*late_now_nftnl()->at_nftnl_set_nlmsg_parse)
#define nftnl_set_set_str (*late_now_nftnl()->at_nftnl_set_set_str)
#define nftnl_set_set_u32 (*late_now_nftnl()->at_nftnl_set_set_u32)
#define nftnl_set_unset (*late_now_nftnl()->at_nftnl_set_unset)
#define nftnl_table_alloc (*late_now_nftnl()->at_nftnl_table_alloc)
#define nftnl_table_free (*late_now_nftnl()->at_nftnl_table_free)
#define nftnl_table_get_str (*late_now_nftnl()->at_nftnl_table_get_str)
#define nftnl_table_get_u32 (*late_now_nftnl()->at_nftnl_table_get_u32)
#define nftnl_table_nlmsg_parse (*late_now_nftnl()->at_nftnl_table_nlmsg_parse)
// clang-format on

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_MNL_H
#define FWLINT_LATE_MNL_H

#include <fwlint/late.h>

#include <libmnl/libmnl.h>

// clang-format off
#define LATE_MNL(X) \
	X(mnl_attr_get_payload) \
	X(mnl_attr_get_payload_len) \
	X(mnl_attr_get_type) \
	X(mnl_attr_get_u16) \
	X(mnl_attr_get_u32) \
	X(mnl_attr_get_u64) \
	X(mnl_attr_get_u8) \
	X(mnl_attr_next) \
	X(mnl_attr_ok) \
	X(mnl_attr_parse) \
	X(mnl_attr_put_strz) \
	X(mnl_attr_put_u32) \
	X(mnl_attr_put_u64) \
	X(mnl_cb_run) \
	X(mnl_nlmsg_get_payload) \
	X(mnl_nlmsg_get_payload_len) \
	X(mnl_nlmsg_get_payload_offset) \
	X(mnl_nlmsg_get_payload_tail) \
	X(mnl_nlmsg_next) \
	X(mnl_nlmsg_ok) \
	X(mnl_nlmsg_put_extra_header) \
	X(mnl_nlmsg_put_header) \
	X(mnl_socket_bind) \
	X(mnl_socket_close) \
	X(mnl_socket_get_fd) \
	X(mnl_socket_get_portid) \
	X(mnl_socket_open2) \
	X(mnl_socket_recvfrom) \
	X(mnl_socket_sendto) \
	X(mnl_socket_setsockopt)

LATE_DECLARE(mnl, LATE_MNL)

#define mnl_attr_get_payload (*late_now_mnl()->at_mnl_attr_get_payload)
#define mnl_attr_get_payload_len (*late_now_mnl()->at_mnl_attr_get_payload_len)
#define mnl_attr_get_type (*late_now_mnl()->at_mnl_attr_get_type)
#define mnl_attr_get_u16 (*late_now_mnl()->at_mnl_attr_get_u16)
#define mnl_attr_get_u32 (*late_now_mnl()->at_mnl_attr_get_u32)
#define mnl_attr_get_u64 (*late_now_mnl()->at_mnl_attr_get_u64)
#define mnl_attr_get_u8 (*late_now_mnl()->at_mnl_attr_get_u8)
#define mnl_attr_next (*late_now_mnl()->at_mnl_attr_next)
#define mnl_attr_ok (*late_now_mnl()->at_mnl_attr_ok)
#define mnl_attr_parse (*late_now_mnl()->at_mnl_attr_parse)
#define mnl_attr_put_strz (*late_now_mnl()->at_mnl_attr_put_strz)
#define mnl_attr_put_u32 (*late_now_mnl()->at_mnl_attr_put_u32)
#define mnl_attr_put_u64 (*late_now_mnl()->at_mnl_attr_put_u64)
#define mnl_cb_run (*late_now_mnl()->at_mnl_cb_run)
#define mnl_nlmsg_get_payload (*late_now_mnl()->at_mnl_nlmsg_get_payload)
#define mnl_nlmsg_get_payload_len (*late_now_mnl()->at_mnl_nlmsg_get_payload_len)
#define mnl_nlmsg_get_payload_offset (*late_now_mnl()->at_mnl_nlmsg_get_payload_offset)
#define mnl_nlmsg_get_payload_tail (*late_now_mnl()->at_mnl_nlmsg_get_payload_tail)
#define mnl_nlmsg_next (*late_now_mnl()->at_mnl_nlmsg_next)
#define mnl_nlmsg_ok (*late_now_mnl()->at_mnl_nlmsg_ok)
#define mnl_nlmsg_put_extra_header (*late_now_mnl()->at_mnl_nlmsg_put_extra_header)
#define mnl_nlmsg_put_header (*late_now_mnl()->at_mnl_nlmsg_put_header)
#define mnl_socket_bind (*late_now_mnl()->at_mnl_socket_bind)
#define mnl_socket_close (*late_now_mnl()->at_mnl_socket_close)
#define mnl_socket_get_fd (*late_now_mnl()->at_mnl_socket_get_fd)
#define mnl_socket_get_portid (*late_now_mnl()->at_mnl_socket_get_portid)
#define mnl_socket_open2 (*late_now_mnl()->at_mnl_socket_open2)
#define mnl_socket_recvfrom (*late_now_mnl()->at_mnl_socket_recvfrom)
#define mnl_socket_sendto (*late_now_mnl()->at_mnl_socket_sendto)
#define mnl_socket_setsockopt (*late_now_mnl()->at_mnl_socket_setsockopt)
// clang-format on

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_NFTABLES_H
#define FWLINT_LATE_NFTABLES_H

#include <fwlint/late.h>

#include <nftables/libnftables.h>

// clang-format off
#define LATE_NFTABLES(X) \
	X(nft_ctx_buffer_error) \
	X(nft_ctx_free) \
	X(nft_ctx_get_error_buffer) \
	X(nft_ctx_new) \
	X(nft_ctx_output_set_flags) \
	X(nft_run_cmd_from_buffer)

LATE_DECLARE(nftables, LATE_NFTABLES)

#define nft_ctx_buffer_error (*late_now_nftables()->at_nft_ctx_buffer_error)
#define nft_ctx_free (*late_now_nftables()->at_nft_ctx_free)
#define nft_ctx_get_error_buffer (*late_now_nftables()->at_nft_ctx_get_error_buffer)
#define nft_ctx_new (*late_now_nftables()->at_nft_ctx_new)
#define nft_ctx_output_set_flags (*late_now_nftables()->at_nft_ctx_output_set_flags)
#define nft_run_cmd_from_buffer (*late_now_nftables()->at_nft_run_cmd_from_buffer)
// clang-format on

#endif

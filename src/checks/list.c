/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of checks: one line each, in order of their codes. */
#include <fwlint/check.h>

extern const struct check check_loader_dependent;
extern const struct check check_established_without_invalid_drop;
extern const struct check check_invalid_reaches_tcp_reset;
extern const struct check check_midstream_reaches_tcp_reset;
extern const struct check check_nat_without_invalid_drop;
extern const struct check check_invalid_accepted;
extern const struct check check_invalid_rejected;
extern const struct check check_ineffective_invalid_drop;
extern const struct check check_state_before_conntrack;
extern const struct check check_short_established_timeout;
extern const struct check check_state_negation_matches_all;
extern const struct check check_unused_suppression;

// clang-format off
const struct check *const check_list[] = {
	&check_loader_dependent,
	&check_established_without_invalid_drop,
	&check_invalid_reaches_tcp_reset,
	&check_midstream_reaches_tcp_reset,
	&check_nat_without_invalid_drop,
	&check_invalid_accepted,
	&check_invalid_rejected,
	&check_ineffective_invalid_drop,
	&check_state_before_conntrack,
	&check_short_established_timeout,
	&check_state_negation_matches_all,
	&check_unused_suppression,
	NULL
};
// clang-format on

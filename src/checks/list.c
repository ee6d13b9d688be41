/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of checks: one line each, in order of their codes. */
#include <fwlint/check.h>

// clang-format off
#define CHECKS(X) \
	X(error_syntax) \
	X(loader_dependent) \
	X(error_word) \
	X(error_value) \
	X(error_type) \
	X(error_place) \
	X(error_missing) \
	X(error_conflict) \
	X(error_undefined) \
	X(error_duplicate) \
	X(error_loop) \
	X(error_depth) \
	X(error_used) \
	X(error_format) \
	X(error_limit) \
	X(established_without_invalid_drop) \
	X(invalid_reaches_tcp_reset) \
	X(midstream_reaches_tcp_reset) \
	X(nat_without_invalid_drop) \
	X(invalid_accepted) \
	X(invalid_rejected) \
	X(ineffective_invalid_drop) \
	X(state_before_conntrack) \
	X(short_established_timeout) \
	X(state_negation_matches_all) \
	X(unreachable_rule) \
	X(impossible_rule) \
	X(redundant_rule) \
	X(unused_chain) \
	X(futile_jump) \
	X(unmatched_map_element) \
	X(log_behind_verdict) \
	X(neighbour_discovery_blocked) \
	X(path_mtu_blocked) \
	X(replies_blocked) \
	X(loopback_blocked) \
	X(published_past_input) \
	X(families_differ) \
	X(no_default_deny) \
	X(open_to_the_world) \
	X(spoofed_loopback) \
	X(state_match) \
	X(unlimited_log) \
	X(script_doubles_rules) \
	X(flush_beside_others) \
	X(unused_suppression)
// clang-format on

#define DECLARE(name) extern const struct check check_##name;
#define ENTRY(name) &check_##name,
CHECKS(DECLARE)

const struct check *const check_list[] = { CHECKS(ENTRY) NULL };

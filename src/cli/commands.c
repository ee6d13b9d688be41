/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of subcommands: each is a file, with its descriptor at the end, and a line here. */
#include "cli.h"

extern const struct command command_lint, command_explain, command_checks, command_compare,
	command_prove, command_pending, command_confirm, command_rollback, command_guard;

// clang-format off
const struct command *const commands[] = {
	&command_lint,
	&command_explain,
	&command_checks,
	&command_compare,
	&command_prove,
	&command_pending,
	&command_confirm,
	&command_rollback,
	&command_guard,
	NULL
};
// clang-format on
const struct command *const command_default = &command_lint;

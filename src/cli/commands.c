/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of subcommands: each is a file, with its descriptor at the end, and a line here. */
#include "cli.h"

// clang-format off
#define COMMANDS(X) \
	X(lint) \
	X(explain) \
	X(checks) \
	X(trial) \
	X(compare) \
	X(prove) \
	X(ask) \
	X(trace) \
	X(resets) \
	X(watch) \
	X(services) \
	X(test) \
	X(lsp) \
	X(pending) \
	X(confirm) \
	X(rollback) \
	X(help) \
	X(completion) \
	X(guard)
// clang-format on

#define DECLARE(name) extern const struct command command_##name;
#define ENTRY(name) &command_##name,
COMMANDS(DECLARE)

const struct command *const commands[] = { COMMANDS(ENTRY) NULL };
const struct command *const command_default = &command_lint;

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hazards of a host that its ruleset does not show: where packets of a living connection are
 * INVALID. */
#include <fwlint/fix.h>

static const struct {
	const char *name, *reason;
} hazards[] = {
	{ "asymmetric-routing", "routing is asymmetric here: one half of a connection passes "
				"elsewhere and is INVALID" },
	{ "failover", "this host fails over: without conntrackd connections are INVALID here "
		      "then" },
	{ "fast-path", "packets of a fast path come back here: they may be INVALID" },
};

const char *hazard_name(size_t i)
{
	return i < ARRAY_SIZE(hazards) ? hazards[i].name : NULL;
}

const char *hazard_known(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(hazards); i++)
		if (str_is(name, hazards[i].name))
			return hazards[i].reason;
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hazards of a host that its ruleset does not show: where packets of a living connection are
 * INVALID. */
#include <fwlint/fix.h>

static const char *const reasons[] = {
	"routing is asymmetric here: one half of a connection passes elsewhere and is INVALID",
	"this host fails over: without conntrackd connections are INVALID here then",
	"packets of a fast path come back here: they may be INVALID",
};

const char *const hazard_names[] = { "asymmetric-routing", "failover", "fast-path", NULL };

const char *hazard_known(struct str name)
{
	for (size_t i = 0; hazard_names[i]; i++)
		if (str_is(name, hazard_names[i]))
			return reasons[i];
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs that conntrack loses live connections. */
#include <fwlint/check_analysis.h>

#define IDLE_MIN 7440u /* seconds: 2 hours 4 minutes (RFC 5382, REQ-5) */
#define FULL_PERCENT 90u

bool timeout_is_short(const struct statement *timeout)
{
	return !timeout->unknown && timeout->value < IDLE_MIN;
}

bool kernel_forgets_early(const struct kernel_settings *k)
{
	const struct kernel_setting *s = &k->key[KERNEL_ESTABLISHED_TIMEOUT];
	return s->given && s->value < IDLE_MIN;
}

/* A limit of 0 means no limit (nf_conntrack_core.c). */
bool kernel_table_is_full(const struct kernel_settings *k)
{
	const struct kernel_setting *max = &k->key[KERNEL_CONNTRACK_MAX];
	return max->given && max->value && k->count * 100 >= max->value * FULL_PERCENT;
}

static bool gives_short_timeout(const struct rule *r)
{
	const struct statement *timeout = rule_statement(r, STMT_TIMEOUT);
	return timeout && timeout_is_short(timeout);
}

const char *analysis_loses_connections(struct analysis *an)
{
	const struct kernel_settings *k = an->ruleset->kernel;
	if (analysis_any_rule(an, gives_short_timeout) || (k && kernel_forgets_early(k)))
		return "connections are forgotten early here (FW109)";
	return k && kernel_table_is_full(k) ? "the table of connections is nearly full here (FW109)"
					    : NULL;
}

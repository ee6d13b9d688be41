/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tcp reset is a packet too: the host sends it through its own chains of OUTPUT, and
 * kills nobody where these stop it.
 */
#include <fwlint/check.h>

/*
 * Its state. It takes the entry of a NEW segment along, and is RELATED to it (nf_ct_attach()); an INVALID
 * segment has none, so conntrack looks at the reset: its endpoints are those of the
 * connection, or, where that is translated, of none, and then it is INVALID (tcp_new()).
 */
static enum ct_state reset_state(const struct flow *f, bool is_translated)
{
	if (f->options.state == CT_STATE_NEW)
		return CT_STATE_RELATED;
	return is_translated ? CT_STATE_INVALID : CT_STATE_ESTABLISHED;
}

/* Before conntrack a reset that took an entry along has a state, and is not to be untracked: not followed. */
static bool is_followed(const struct flow *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_event *e = &f->items[i];
		bool changes = e->rule && (rule_statement(e->rule, STMT_NOTRACK) || rule_statement(e->rule, STMT_TEMPLATE));
		if (e->n_taken && chain_is_before_conntrack(e->base) && (changes || verdict_ends(e->verdict)))
			return false;
	}
	return true;
}

struct region analysis_reset_leaves(struct analysis *an, const struct flow *f, bool is_translated)
{
	const struct flow_options *o = &f->options;
	struct region all = { .cube = &cube_all };
	/* reject of a bridge sends its reset by itself (nf_reject_bridge) */
	if ((o->path != PATH_INPUT && o->path != PATH_FORWARD && o->path != PATH_OUTPUT) ||
	    !path_has_chains(an->ruleset, PATH_OUTPUT, o->family))
		return all;
	const struct flow *resets = analysis_flow_view(an, PATH_OUTPUT, o->family, reset_state(f, is_translated),
						       o->path == PATH_OUTPUT ? VIEW_RESET_TO_SELF : VIEW_RESET);
	return is_followed(resets) ? analysis_accepted(an, resets, false) : all;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW303. The host may open connections, and nothing of what answers them comes back. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* A connection's first segments: `end` has a port that the kernel gives to clients
 * (ip_local_port_range). */
static struct region segment(struct analysis *an, enum field end, unsigned flags)
{
	return analysis_opening(an, flags, &(struct field_range){ end, 32768, 60999 }, 1);
}

/* Does the input say what OUTPUT does? It may be a part of a ruleset. */
static bool says_output(const struct ruleset *rs)
{
	bool has = false;
	for (size_t i = 0; i < rs->n_chains && !has; i++)
		has = rs->chains[i]->is_base && rs->chains[i]->hook == HOOK_OUTPUT &&
		      rs->chains[i]->type == CHAIN_FILTER &&
		      rs->chains[i]->priority == PRIORITY_FILTER;
	return has;
}

static void look(struct analysis *an, const struct flow *flow, void *context)
{
	const struct flow_options *o = &flow->options;
	struct region meant = segment(an, FIELD_DPORT, TCP_SYN | TCP_ACK),
		      others = segment(an, FIELD_SPORT, TCP_SYN);
	struct finding f = { .severity = SEV_WARNING };
	(void)context;
	if (o->path != PATH_INPUT || !says_output(an->ruleset))
		return;
	const struct essential q = { .flow = flow,
				     .meant = &meant,
				     .passing = analysis_flow(an, PATH_OUTPUT, o->family,
							      CT_STATE_NEW),
				     .others = &others };
	if (!analysis_blocks(an, &q, &f))
		return;
	f.message = arena_printf(an->results,
				 "the host may open connections by %s, but answers are dropped",
				 analysis_interface(an, &f));
	f.detail = arena_printf(an->results, "no rule accepts ESTABLISHED packets: %s",
				analysis_step(an, &f, "-m conntrack --ctstate RELATED,ESTABLISHED",
					      "ct state established,related"));
	f.part = o->family;
	analysis_report(an, &f);
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_ESTABLISHED, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "iptables-extensions(8), conntrack: --ctstate",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "ssh only, and then no updates", .line = 6, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     ":OUTPUT ACCEPT [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			     "-A INPUT -j DROP",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      ":OUTPUT ACCEPT [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			      "-A INPUT -m conntrack --ctstate INVALID -j DROP",
			      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
			      "-A INPUT -j DROP",
			      "COMMIT"),
	},
};

const struct check check_replies_blocked = {
	.id = "FW303", .name = "replies-blocked", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.finds = "an interface where connections are opened, but no answer is let in",
	.why =
		"OUTPUT lets the host open connections, but INPUT drops the answers: name lookups, package updates\n"
		"and time servers fail, though 'outgoing is open'. To connection tracking the answers are\n"
		"ESTABLISHED, but no rule accepts that state.\n"
		"\n"
		"fwlint checks TCP connections from client ports, by the interfaces that rules name (not with a\n"
		"wildcard, and 64 at most), or by any interface if none is named. Nothing is reported where the\n"
		"input has no filter chain of OUTPUT, where some of the answers are accepted by other means (`!\n"
		"--syn`, a source port), and for the loopback interface.",
	.fix_safety =
		"There is no automatic fix: accept ESTABLISHED and RELATED at the head of INPUT, or, if the host\n"
		"is not to open connections, say so in OUTPUT.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint explain resets: the causes, and how to tell them apart. docs/resets.md says more. */
#include <fwlint/report.h>

#include "terminal.h"

static const char *const how[N_CAUSES] = {
	[CAUSE_FIREWALL_RULE] = "The segment just before it is one that a rule rejects with "
				"tcp-reset: its walk through RULES ends "
				"there. The reset is plain: SEQ is that segment's ACK, window 0, "
				"no options, IP ID 0. Its TTL is "
				"that of the firewall. Without RULES the cause is named only where "
				"the capture shows that this host, "
				"or a box between two captures, made it.",
	[CAUSE_CLOSED_PORT] = "RST,ACK to a SYN, with the TTL that the host has otherwise.",
	[CAUSE_ABORTED] = "After a FIN of its sender, or RST,ACK with the stream's own SEQ, "
			  "timestamps, IP ID and TTL: closed "
			  "with unread data, SO_LINGER 0, a process that ended, a time-out of the "
			  "program itself.",
	[CAUSE_HALF_OPEN] = "A plain reset with the host's own TTL, to data in mid-stream, without "
			    "a FIN before: it was "
			    "restarted, or forgot the connection.",
	[CAUSE_MIDDLEBOX] = "TTL, IP ID, timestamps or window are not those of the stream, or its "
			    "sender goes on as if it had "
			    "sent none.",
	[CAUSE_IDLE] = "Silence, then a segment, then a reset of a box; or the same silence before "
		       "several resets. Silence "
		       "without a segment is the program's own time-out.",
	[CAUSE_EVICTION] = "Resets of a box to many connections at once, some of which were not "
			   "silent.",
	[CAUSE_DUPLICATE] = "Two MAC addresses claim the sender's address (ARP, neighbour "
			    "discovery).",
	[CAUSE_UNKNOWN] = "The evidence does not suffice. A second capture, or the firewall's "
			  "rules, may help.",
};

static void print_text(FILE *out, const char *text)
{
	struct wrap w = { 78, 2 };
	say(out, "  ");
	say_wrapped(out, &w, 2, text);
	say(out, "\n");
}

void report_explain_resets(FILE *out, bool colour)
{
	const struct palette *p = palette_of(colour);
	say(out, "fwlint resets CAPTURE... [-- RULES...] finds one of these causes for each TCP "
		 "reset:\n");
	for (enum reset_cause c = CAUSE_FIREWALL_RULE; c < N_CAUSES; c++) {
		say(out, "\n%c%s%c: %s\n", p->bold, reset_cause_name(c), p->off,
		    reset_cause_words(c));
		print_text(out, how[c]);
		if (c != CAUSE_FIREWALL_RULE)
			print_text(out, reset_cause_advice(c, WHY_NONE));
	}
	say(out, "\n%cWhy a rule sends one%c\n", p->bold, p->off);
	for (enum reset_why w = WHY_NONE + 1; w < N_WHYS; w++) {
		say(out, "\n%c%s%c\n", p->bold, reset_why_name(w), p->off);
		print_text(out, reset_cause_advice(CAUSE_FIREWALL_RULE, w));
	}
}

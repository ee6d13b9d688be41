/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The causes in words. */
#include <fwlint/resets.h>

static const struct {
	const char *name, *words, *advice;
} causes[N_CAUSES] = {
	[CAUSE_FIREWALL_RULE] = { "firewall-rule", "a rule of a firewall sent it",
				  "" /* depends on the reason: see below */ },
	[CAUSE_CLOSED_PORT] = { "closed-port", "the other end: nothing listens on the port",
				"start the service, or correct its address and port; a firewall of "
				"the same host that rejects with tcp-reset looks the same: give "
				"its rules" },
	[CAUSE_ABORTED] = { "aborted-by-endpoint", "the end point closed the connection by itself",
			    "look into the program there: it closed with unread data, with "
			    "SO_LINGER 0 or after a time-out of its own, or its process has "
			    "ended" },
	[CAUSE_HALF_OPEN] = { "half-open", "the end point no longer knows the connection",
			      "it was restarted, or forgot the connection: set keepalives on this "
			      "side below the time that a failure may go unnoticed" },
	[CAUSE_MIDDLEBOX] = { "middlebox", "a box between the two ends sent it",
			      "capture on the peer too: fwlint resets HERE.pcap THERE.pcap names "
			      "the side; then ask whoever runs the boxes on the way" },
	[CAUSE_IDLE] = { "idle-timeout", "something on the way forgot the idle connection",
			 "set the keepalive below the named silence (net.ipv4.tcp_keepalive_time, "
			 "or the program's own), or raise the time-out of the box; RFC 5382 asks "
			 "for 2 h 4 min" },
	[CAUSE_EVICTION] = { "table-eviction", "a full table on the way evicted connections",
			     "look at the table of the box (Linux: conntrack -S, early_drop; "
			     "nf_conntrack_count against nf_conntrack_max) and raise its size" },
	[CAUSE_DUPLICATE] = { "duplicate-address", "two hosts answer for one address",
			      "find the two by their MAC addresses and give one of them another "
			      "address" },
	[CAUSE_UNKNOWN] = { "unknown", "the capture does not tell",
			    "capture on the other side of the firewall too, or give the firewall's "
			    "rules: fwlint resets CAPTURE... -- RULES" },
};

static const struct {
	const char *name, *advice;
} whys[N_WHYS] = {
	[WHY_OUT_OF_WINDOW] = { "out-of-window", "drop INVALID packets in front of the rule: "
						 "fwlint RULES shows the fix" },
	[WHY_UNSEEN_ACK] = { "unseen-ack", "drop INVALID packets in front of the rule: fwlint "
					   "RULES shows the fix; see that both directions pass "
					   "this firewall" },
	[WHY_BAD_FLAGS] = { "bad-flags", "drop INVALID packets in front of the rule: fwlint RULES "
					 "shows the fix" },
	[WHY_LOST_ENTRY] = { "lost-entry", "drop segments without SYN in front of the rule (fwlint "
					   "RULES shows the fix); set keepalives below "
					   "nf_conntrack_tcp_timeout_established, and see who "
					   "empties the table" },
	[WHY_NEW_NOT_ALLOWED] = { "new-not-allowed", "the rule does what it says: if the service "
						     "is wanted, accept it before this rule" },
	[WHY_OTHER] = { "other", "check what the rule matches" },
};

const char *reset_cause_name(enum reset_cause c)
{
	return causes[c].name;
}

const char *reset_cause_words(enum reset_cause c)
{
	return causes[c].words;
}

const char *reset_why_name(enum reset_why w)
{
	return whys[w].name;
}

const char *reset_cause_advice(enum reset_cause c, enum reset_why w)
{
	return c == CAUSE_FIREWALL_RULE && whys[w].advice ? whys[w].advice : causes[c].advice;
}

const char *reset_confidence_name(enum reset_confidence c)
{
	switch (c) {
	case CONFIDENCE_NONE: break;
	case CONFIDENCE_LIKELY: return "likely";
	case CONFIDENCE_CERTAIN: return "certain";
	}
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reasons in words, with figures. */
#include "track.h"

#include <inttypes.h>
#include <stdio.h>

const char *track_state_name(enum track_state s)
{
	static const char *const names[] = { "NEW", "ESTABLISHED", "RELATED", "INVALID",
					     "UNTRACKED" };
	return names[s];
}

const char *track_tcp_name(enum track_tcp_state s)
{
	static const char *const names[] = { "NONE",     "SYN_SENT",   "SYN_RECV", "ESTABLISHED",
					     "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
					     "CLOSE",    "SYN_SENT2" };
	return (size_t)s < ARRAY_SIZE(names) ? names[s] : "NONE";
}

static const char *segment_name(unsigned char flags)
{
	if (flags & TRACK_RST)
		return "RST";
	if (flags & TRACK_SYN)
		return flags & TRACK_ACK ? "SYN/ACK" : "SYN";
	if (flags & TRACK_FIN)
		return "FIN";
	return flags & TRACK_ACK ? "ACK" : "segment without flags";
}

static void flag_names(unsigned char flags, char buf[32])
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };
	size_t n = 0;
	buf[0] = '\0';
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & 1U << i)
			n += (size_t)snprintf(buf + n, 32 - n, "%s%s", n ? "," : "", names[i]);
	if (!n)
		snprintf(buf, 32, "none");
}

/* Why there is no entry: "idle 601 s, its time-out is 600 s". */
static void gone(const struct track_answer *a, char *buf, size_t size)
{
	switch (a->gone) {
	case TRACK_TIMED_OUT:
		snprintf(buf, size, "no entry: idle %" PRIu64 " s (its time-out was %" PRIu32 " s)",
			 (uint64_t)(a->idle / SECOND), a->timeout);
		break;
	case TRACK_KILLED: snprintf(buf, size, "no entry: a reset closed it"); break;
	case TRACK_FORGOTTEN: snprintf(buf, size, "no entry: it was deleted"); break;
	case TRACK_NEVER:
	case TRACK_LIVE:
		snprintf(buf, size, "no entry: no packet of this connection was seen before");
		break;
	}
}

/* The figures of a number that is beyond a bound. */
static void beyond(const struct track_answer *a, const char *format, char *buf, size_t size)
{
	uint32_t by = a->number - a->bound;
	if (a->reason == TRACK_SEQ_BELOW || a->reason == TRACK_ACK_BELOW ||
	    a->reason == TRACK_OLD_RESET)
		by = a->bound - a->number;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(buf, size, format, by);
#pragma GCC diagnostic pop
}

/* Sentences that name a distance. */
static const char *const distances[TRACK_REASONS] = {
	[TRACK_OVERSHOT] = "ends %u above the window",
	[TRACK_SEQ_BELOW] = "SEQ ends %u below the window (acknowledged data sent again)",
	[TRACK_ACK_BELOW] = "ACK %u below what the window allows (very late)",
	[TRACK_SEQ_ABOVE] = "SEQ %u above the window",
	[TRACK_ACK_UNSEEN] = "ACK of data not yet seen (%u beyond it)",
	[TRACK_OLD_RESET] = "reset with a SEQ %u below what was acknowledged",
};

/* Sentences without figures. */
static const char *const plain[TRACK_REASONS] = {
	[TRACK_FINE] = "in line with its connection",
	[TRACK_OPENED] = "opens a connection",
	[TRACK_REOPENED] = "opens a closed connection again",
	[TRACK_CHALLENGE_ACK] = "ACK that may answer a SYN (challenge ACK): ignored",
	[TRACK_BAD_CHECKSUM] = "wrong checksum",
	[TRACK_DAMAGED] = "header cut short or damaged",
	[TRACK_ICMP_UNKNOWN] = "ICMP error about no known connection",
	[TRACK_ICMP_ASTRAY] = "ICMP error for a host that the connection does not have",
	[TRACK_ICMP_NO_QUERY] = "ICMP message that is neither a query nor an answer to one",
};

const char *track_sentence(const struct track_answer *a, char buf[TRACK_SENTENCE_MAX])
{
	char words[100];
	const char *state = track_tcp_name(a->tcp_before);
	if (distances[a->reason]) {
		beyond(a, distances[a->reason], buf, TRACK_SENTENCE_MAX);
	} else if (plain[a->reason]) {
		snprintf(buf, TRACK_SENTENCE_MAX, "%s", plain[a->reason]);
	} else if (a->reason == TRACK_BAD_FLAGS) {
		flag_names(a->flags, words);
		snprintf(buf, TRACK_SENTENCE_MAX, "bad flags: %s", words);
	} else if (a->reason == TRACK_BAD_STATE || a->reason == TRACK_IGNORED) {
		snprintf(buf, TRACK_SENTENCE_MAX, "%s in state %s%s", segment_name(a->flags), state,
			 a->reason == TRACK_IGNORED ? ": ignored" : "");
	} else {
		gone(a, words, sizeof(words));
		snprintf(buf, TRACK_SENTENCE_MAX, "%s%s", words,
			 a->reason == TRACK_PICKED_UP ? ": picked up in the middle" : "");
	}
	return buf;
}

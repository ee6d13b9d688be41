/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cause of one reset, from its own facts; crowd.c looks at many. Each branch needs evidence for
 * its cause and none against it; all others are unknown. docs/resets.md describes the rules.
 */
#include "facts.h"

#define LONG_SILENCE (3 * SECOND)
#define TIMES_USUAL 3 /* … and this many times what the connection survived before */

bool is_invalid(const struct seen *p)
{
	return p->state == TRACK_INVALID;
}

bool is_long_silence(const struct facts *f)
{
	return f->silence >= LONG_SILENCE && f->silence >= f->usual_gap * TIMES_USUAL;
}

static void decide(struct facts *f, enum reset_cause cause, enum reset_confidence confidence)
{
	f->cause = cause;
	f->confidence = confidence;
}

/* ---- what a segment is to a firewall ---- */

static bool is_syn(const struct seen *p)
{
	return (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

enum reset_why why_of(const struct seen *p)
{
	switch ((enum track_reason)p->reason) {
	case TRACK_SEQ_ABOVE:
	case TRACK_SEQ_BELOW:
	case TRACK_OVERSHOT: return WHY_OUT_OF_WINDOW;
	case TRACK_ACK_UNSEEN:
	case TRACK_ACK_BELOW: return WHY_UNSEEN_ACK;
	case TRACK_BAD_FLAGS: return WHY_BAD_FLAGS;
	case TRACK_NO_ENTRY:
	case TRACK_PICKED_UP: return WHY_LOST_ENTRY;
	case TRACK_OPENED:
	case TRACK_REOPENED: return is_syn(p) ? WHY_NEW_NOT_ALLOWED : WHY_LOST_ENTRY;
	case TRACK_FINE:
	case TRACK_IGNORED:
	case TRACK_CHALLENGE_ACK:
	case TRACK_OLD_RESET:
	case TRACK_BAD_CHECKSUM:
	case TRACK_DAMAGED:
	case TRACK_BAD_STATE:
	case TRACK_ICMP_UNKNOWN:
	case TRACK_ICMP_ASTRAY:
	case TRACK_ICMP_NO_QUERY:
	case TRACK_REASONS: break;
	}
	return WHY_OTHER;
}

/* Kernels before 6.1 took it as INVALID. */
static bool was_invalid_once(const struct seen *p)
{
	return p->reason == TRACK_SEQ_BELOW || p->reason == TRACK_ACK_BELOW ||
	       p->reason == TRACK_OVERSHOT;
}

static enum ct_state state_of(const struct seen *p)
{
	switch ((enum track_state)p->state) {
	case TRACK_NEW: return CT_STATE_NEW;
	case TRACK_ESTABLISHED: return CT_STATE_ESTABLISHED;
	case TRACK_RELATED: return CT_STATE_RELATED;
	case TRACK_UNTRACKED: return CT_STATE_UNTRACKED;
	case TRACK_INVALID: break;
	}
	return CT_STATE_INVALID;
}

/* ---- the rule of the ruleset ---- */

static bool try_rule(struct resets *r, struct facts *f, enum ct_state state, enum reset_why why,
		     enum reset_confidence confidence)
{
	static const enum path paths[] = { PATH_INPUT, PATH_FORWARD };
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct found_rule found;
		/* a reset of another host has another TTL than its sender, and vice versa */
		if ((paths[i] == PATH_INPUT && f->ttl_like == LIKE_DIFFERENT) ||
		    (paths[i] == PATH_FORWARD && f->ttl_like == LIKE_SAME))
			continue;
		if (!walker_resets(r->walker, f, state, paths[i], &found))
			continue;
		f->rule = found.rule;
		f->path = found.path;
		f->assumed = found.assumed;
		f->why = why;
		decide(f, CAUSE_FIREWALL_RULE,
		       found.assumed || f->ttl_like == LIKE_UNKNOWN ? CONFIDENCE_LIKELY
								    : confidence);
		return true;
	}
	return false;
}

/* The connection's entry may be gone: then the segment is NEW, or INVALID (tcp_loose=0). */
static bool try_lost(struct resets *r, struct facts *f)
{
	f->was_lost = try_rule(r, f, CT_STATE_NEW, WHY_LOST_ENTRY, CONFIDENCE_LIKELY) ||
		      try_rule(r, f, CT_STATE_INVALID, WHY_LOST_ENTRY, CONFIDENCE_LIKELY);
	return f->was_lost;
}

static bool judge_rule(struct resets *r, struct facts *f)
{
	const struct seen *p = &f->provoking;
	if (!r->walker || !f->has_provoking || !f->is_plain || f->id_like == LIKE_DIFFERENT)
		return false;
	/* the first captured segment of an open connection says nothing about its entry */
	bool picked_up = p->reason == TRACK_PICKED_UP && p->gone == TRACK_NEVER;
	if (!picked_up && try_rule(r, f, state_of(p), why_of(p), CONFIDENCE_CERTAIN))
		return true;
	if (is_syn(p))
		return false;
	if (picked_up && try_rule(r, f, CT_STATE_ESTABLISHED, WHY_OTHER, CONFIDENCE_LIKELY))
		return true;
	/* the model picked it up later than conntrack, so the kernel's window is unknown */
	if (f->was_known && try_rule(r, f, CT_STATE_INVALID, WHY_OTHER, CONFIDENCE_LIKELY))
		return true;
	if (was_invalid_once(p) && try_rule(r, f, CT_STATE_INVALID, why_of(p), CONFIDENCE_LIKELY))
		return true;
	/* an end point that closed its socket answers in the same way */
	return !f->fin_frame && try_lost(r, f);
}

/* ---- made here, or between two captures ---- */

/* The captured host sent the reset, but other segments of its sender came from elsewhere. */
bool is_made_here(const struct facts *f)
{
	return f->way == WAY_OUT && f->stream_comes_in && !f->was_seen_coming;
}

/*
 * Captures on both sides: only the receiver's side has the reset. Also, only that side has the
 * segment that it answers, or both sides have the stream of its sender.
 */
bool is_made_between(const struct resets *r, const struct facts *f)
{
	if (!r->look || f->other_has_reset || !is_covered(r, f))
		return false;
	if (f->other_has_stream)
		return f->usual.is_used && !f->usual_of_host && f->other_ttl > f->usual.ttl;
	return f->has_provoking && !f->other_has_provoking && !f->sender_answered;
}

/* A kernel's reject is plain; resets of other programs need not be. */
static bool judge_place(const struct resets *r, struct facts *f)
{
	if (!is_made_here(f) && !is_made_between(r, f))
		return false;
	if (!f->is_plain || !f->has_provoking) {
		decide(f, CAUSE_MIDDLEBOX, CONFIDENCE_CERTAIN);
		return true;
	}
	f->why = why_of(&f->provoking);
	if (f->why == WHY_OTHER && !is_syn(&f->provoking) && !f->was_known)
		f->why = WHY_LOST_ENTRY;
	decide(f, CAUSE_FIREWALL_RULE,
	       is_made_here(f) || f->other_has_stream ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
	return true;
}

/* ---- two hosts with one address ---- */

static bool judge_duplicate(struct resets *r, struct facts *f)
{
	const struct host *h = hosts_get(r->hosts, &f->source, false);
	f->conflict = h && h->n_claims == CLAIMANTS;
	for (size_t i = 0; i < 2 && f->conflict; i++)
		f->conflict_frames[i] = h->claims[i].frame;
	if (!f->conflict || f->shape == SHAPE_OF_SOCKET)
		return false;
	bool is_of_them = false;
	for (size_t i = 0; i < 2 && f->has_mac; i++)
		is_of_them = is_of_them || memcmp(h->claims[i].mac, f->mac, MAC_LEN) == 0;
	if (f->has_mac && !is_of_them)
		return false;
	decide(f, CAUSE_DUPLICATE,
	       f->mac_like == LIKE_DIFFERENT ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
	return true;
}

/* ---- the answer to a SYN ---- */

static void judge_syn(struct facts *f)
{
	if (f->answer_frame)
		decide(f, CAUSE_MIDDLEBOX, CONFIDENCE_CERTAIN);
	else if (f->ttl_like == LIKE_DIFFERENT ||
		 (f->is_by_router && f->is_near && !f->usual.is_used))
		decide(f, CAUSE_MIDDLEBOX, CONFIDENCE_LIKELY);
	else if (f->id_like == LIKE_DIFFERENT || f->mac_like == LIKE_DIFFERENT ||
		 (f->source.family == 4 && f->ip_id && !f->dont_fragment && f->is_near))
		return;
	else if (f->ttl_like == LIKE_SAME)
		decide(f, CAUSE_CLOSED_PORT, CONFIDENCE_CERTAIN);
	else if (!f->is_near || !f->is_far)
		decide(f, CAUSE_CLOSED_PORT, CONFIDENCE_LIKELY);
}

/* ---- a reset in mid-stream ---- */

/* Had its sender closed the connection? Then later segments are answered without a socket. */
static bool is_after_close(const struct facts *f)
{
	return f->shape != SHAPE_OF_SOCKET && f->fin_frame && f->ttl_like == LIKE_SAME &&
	       !f->goes_on_frame;
}

/* Without a socket, some systems take the IP ID from elsewhere; so after their own reset. */
static bool has_other_id(const struct facts *f)
{
	bool again = f->earlier != NO_RESET && f->earlier_is_same_side &&
		     f->shape != SHAPE_OF_SOCKET && f->ttl_like == LIKE_SAME;
	return f->id_like == LIKE_DIFFERENT && !again && !is_after_close(f);
}

/*
 * A reset only SHOULD have the option (RFC 7323, 3.2), and several systems leave it out. But a
 * timestamp out of line is evidence, unless the IP ID is in line.
 */
static bool has_other_stamp(const struct facts *f)
{
	return f->stamp_like == LIKE_DIFFERENT && f->has_stamp && f->id_like != LIKE_SAME;
}

static bool is_of_another(const struct facts *f)
{
	return f->ttl_like == LIKE_DIFFERENT || has_other_id(f) || has_other_stamp(f);
}

/* Do both the TTL and the IP ID fit the sender? */
static bool is_in_line(const struct facts *f)
{
	return f->ttl_like == LIKE_SAME && f->id_like == LIKE_SAME;
}

/* A box on the way: which kind? */
static void judge_box(struct facts *f)
{
	int n = (f->ttl_like == LIKE_DIFFERENT) + (f->id_like == LIKE_DIFFERENT) +
		(f->stamp_like == LIKE_DIFFERENT) + (f->goes_on_frame != 0);
	bool lost = f->shape == SHAPE_REPLY && f->has_provoking && !is_invalid(&f->provoking);
	if (lost && is_long_silence(f) && f->silence_to)
		decide(f, CAUSE_IDLE, CONFIDENCE_LIKELY);
	else
		decide(f, CAUSE_MIDDLEBOX, n > 1 ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
}

/* Sent by a socket, which knew the numbers of the connection. */
static void judge_socket(struct facts *f)
{
	bool fits = f->ttl_like == LIKE_SAME || (f->stamp_like == LIKE_SAME && f->has_stamp);
	bool knows = f->has_stamp || f->id_like == LIKE_SAME;
	bool doubtful = f->stamp_like == LIKE_DIFFERENT;
	if (f->goes_on_frame || (doubtful && (f->has_stamp || f->id_like != LIKE_SAME)))
		return;
	if (fits)
		decide(f, CAUSE_ABORTED,
		       knows && !doubtful ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
}

/* Sent by a kernel that has no socket for the segment: SEQ is the segment's ACK. */
static void judge_reply(const struct resets *r, struct facts *f)
{
	const struct facts *earlier = f->earlier == NO_RESET ? NULL : &r->items.items[f->earlier];
	if (f->goes_on_frame || f->ttl_like != LIKE_SAME)
		return;
	bool other_id = f->source.family == 4 && f->ip_id && f->id_like != LIKE_SAME;
	if (other_id && is_after_close(f))
		decide(f, CAUSE_ABORTED, CONFIDENCE_LIKELY);
	if (other_id)
		return;
	if (earlier && (!f->earlier_is_same_side || earlier->cause == CAUSE_ABORTED))
		decide(f, CAUSE_ABORTED, CONFIDENCE_LIKELY);
	else if (f->fin_frame)
		decide(f, CAUSE_ABORTED, CONFIDENCE_CERTAIN);
	else if (f->provoking.flags & TCP_SYN)
		decide(f, CAUSE_ABORTED, CONFIDENCE_LIKELY);
	else if (!is_invalid(&f->provoking) && f->label_like != LIKE_DIFFERENT)
		decide(f, CAUSE_HALF_OPEN, CONFIDENCE_LIKELY);
}

static void judge_stream(const struct resets *r, struct facts *f)
{
	/* no kernel's reject has a window; one from the sender's own host would be plain */
	if (f->goes_on_frame && is_in_line(f))
		return; /* one contradicts the other */
	if (f->goes_on_frame && (f->ttl_like != LIKE_SAME || !f->is_plain))
		judge_box(f);
	else if (is_of_another(f))
		judge_box(f);
	else if (f->shape == SHAPE_OF_SOCKET)
		judge_socket(f);
	else if (f->shape == SHAPE_REPLY)
		judge_reply(r, f);
	else if (f->fin_frame && f->ttl_like == LIKE_SAME && !f->goes_on_frame)
		decide(f, CAUSE_ABORTED, CONFIDENCE_LIKELY);
}

void judge_one(struct resets *r, struct facts *f)
{
	f->cause = CAUSE_UNKNOWN;
	f->confidence = CONFIDENCE_NONE;
	if (f->copy_of != NO_RESET)
		return; /* crowd.c: gets the cause of the first */
	if (judge_duplicate(r, f) || judge_rule(r, f) || judge_place(r, f))
		return;
	if (f->shape == SHAPE_REPLY_SYN)
		judge_syn(f);
	else
		judge_stream(r, f);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nf_conntrack_tcp_packet() of nf_conntrack_proto_tcp.c: one segment meets an entry, or makes one.
 * Read in Linux 5.10, 6.1 and 6.12; what the running kernel does is compared by test `conntrack`.
 */
#include "track.h"

/* Numbers of states, and what else stands in the table. */
enum {
	NO = TRACK_TCP_NONE,
	SS = TRACK_TCP_SYN_SENT,
	SR = TRACK_TCP_SYN_RECV,
	ES = TRACK_TCP_ESTABLISHED,
	FW = TRACK_TCP_FIN_WAIT,
	CW = TRACK_TCP_CLOSE_WAIT,
	LA = TRACK_TCP_LAST_ACK,
	TW = TRACK_TCP_TIME_WAIT,
	CL = TRACK_TCP_CLOSE,
	S2 = TRACK_TCP_SYN_SENT2,
	IV, /* INVALID */
	IG  /* ignored: passes, changes nothing */
};

/* tcp_conntracks[direction][segment][state]: the next state */
// clang-format off
static const unsigned char next_states[2][6][TRACK_TCP_STATES] = {
	{ /* original  NO  SS  SR  ES  FW  CW  LA  TW  CL  S2 */
		[SEG_SYN]    = { SS, SS, IG, IG, IG, IG, IG, SS, SS, S2 },
		[SEG_SYNACK] = { IV, IV, SR, IV, IV, IV, IV, IV, IV, SR },
		[SEG_FIN]    = { IV, IV, FW, FW, LA, LA, LA, TW, CL, IV },
		[SEG_ACK]    = { ES, IV, ES, ES, CW, CW, TW, TW, CL, IV },
		[SEG_RST]    = { IV, CL, CL, CL, CL, CL, CL, CL, CL, CL },
		[SEG_NONE]   = { IV, IV, IV, IV, IV, IV, IV, IV, IV, IV },
	},
	{ /* reply     NO  SS  SR  ES  FW  CW  LA  TW  CL  S2 */
		[SEG_SYN]    = { IV, S2, IV, IV, IV, IV, IV, SS, IV, S2 },
		[SEG_SYNACK] = { IV, SR, IG, IG, IG, IG, IG, IG, IG, SR },
		[SEG_FIN]    = { IV, IV, FW, FW, LA, LA, LA, TW, CL, IV },
		[SEG_ACK]    = { IV, IG, SR, ES, CW, CW, TW, TW, CL, IG },
		[SEG_RST]    = { IV, CL, CL, CL, CL, CL, CL, CL, CL, CL },
		[SEG_NONE]   = { IV, IV, IV, IV, IV, IV, IV, IV, IV, IV },
	},
};
// clang-format on

/* What follows from the table's answer. */
enum step { GO_ON, SKIP_WINDOW, DONE, REPEAT };

static bool is_recent(const struct passing *x)
{
	return x->settings->kernel >= TRACK_KERNEL(6, 1);
}

/* get_conntrack_index() */
static enum segment_kind kind_of(unsigned char flags)
{
	if (flags & TRACK_RST)
		return SEG_RST;
	if (flags & TRACK_SYN)
		return flags & TRACK_ACK ? SEG_SYNACK : SEG_SYN;
	if (flags & TRACK_FIN)
		return SEG_FIN;
	return flags & TRACK_ACK ? SEG_ACK : SEG_NONE;
}

/* tcp_valid_flags: PSH, ECE and CWR are always valid */
static bool has_valid_flags(unsigned char flags)
{
	switch (flags & (TRACK_FIN | TRACK_SYN | TRACK_RST | TRACK_ACK | TRACK_URG)) {
	case TRACK_SYN:
	case TRACK_SYN | TRACK_URG:
	case TRACK_SYN | TRACK_ACK:
	case TRACK_RST:
	case TRACK_RST | TRACK_ACK:
	case TRACK_FIN | TRACK_ACK:
	case TRACK_FIN | TRACK_ACK | TRACK_URG:
	case TRACK_ACK:
	case TRACK_ACK | TRACK_URG: return true;
	default: return false;
	}
}

/* tcp_new(): false: the segment opens nothing. */
static bool open_entry(struct passing *x, enum segment_kind kind)
{
	const struct track_packet *p = x->packet;
	struct track_connection *c = x->connection;
	unsigned char next = next_states[0][kind][NO];
	if (next >= TRACK_TCP_STATES || (next != SS && !x->settings->loose)) {
		answer_invalid(x, TRACK_NO_ENTRY);
		return false;
	}
	struct track_side *opener = sender_of(x);
	opener->end = segment_end(p);
	opener->max_window = p->window ? p->window : 1;
	opener->max_end = opener->end;
	if (next == SS) {
		side_options(opener, p);
	} else {
		opener->max_end += opener->max_window;
		opener->kernel_flags = receiver_of(x)->kernel_flags = SIDE_SACK_PERM |
								      SIDE_BE_LIBERAL;
	}
	c->last_index = SEG_NONE;
	c->last_side = x->answer->side;
	x->answer->reason = next == SS ? TRACK_OPENED : TRACK_PICKED_UP;
	return true;
}

/* b) of "Ignored packets": a SYN/ACK for a SYN that was ignored shows that both ends are in sync.
 */
static bool answers_ignored_syn(const struct passing *x, enum segment_kind kind)
{
	const struct track_connection *c = x->connection;
	return kind == SEG_SYNACK && c->last_index == SEG_SYN && c->last_side != x->answer->side &&
	       x->packet->ack == c->last_end;
}

static void get_in_sync(struct passing *x)
{
	struct track_connection *c = x->connection;
	struct track_side *other = receiver_of(x), *sender = sender_of(x);
	other->end = other->max_end = c->last_end;
	other->max_window = c->last_window ? c->last_window : 1;
	other->scale = c->last_scale;
	c->last_flags &= (unsigned char)~EXPECT_CHALLENGE_ACK;
	other->kernel_flags = c->last_flags;
	sender->end = sender->max_end = sender->max_window = sender->max_ack = 0;
	sender->scale = 0;
	/* nf_ct_tcp_state_reset(), in older kernels a memset() */
	sender->kernel_flags &= is_recent(x) ? SIDE_BE_LIBERAL : 0;
}

/* Notes what an ignored packet says, and lets it pass. */
static void ignore(struct passing *x, enum segment_kind kind, unsigned char old_state)
{
	const struct track_packet *p = x->packet;
	struct track_connection *c = x->connection;
	c->last_index = (unsigned char)kind;
	c->last_side = x->answer->side;
	c->last_seq = p->seq;
	c->last_end = segment_end(p);
	c->last_window = p->window;
	if (kind == SEG_SYN && !x->answer->is_reply) {
		struct track_side seen = { .scale = 0 };
		side_options(&seen, p);
		c->last_flags = seen.kernel_flags;
		c->last_scale = seen.kernel_flags & SIDE_WINDOW_SCALE ? seen.scale : 0;
		if (old_state == LA)
			c->last_flags |= EXPECT_CHALLENGE_ACK;
	}
	if (is_recent(x) && old_state == SS && kind == SEG_ACK && x->answer->is_reply)
		c->last_ack = p->ack;
	x->answer->reason = kind == SEG_ACK ? TRACK_CHALLENGE_ACK : TRACK_IGNORED;
}

/* A SYN meets a closed connection: is its entry deleted, and the SYN looked at again? */
static bool is_reopened(const struct passing *x)
{
	const struct track_connection *c = x->connection;
	return ((c->side[0].kernel_flags | c->side[1].kernel_flags) & SIDE_CLOSE_INIT) ||
	       (c->last_side == x->answer->side && c->last_index == SEG_RST);
}

/* nf_conntrack_tcp_established() */
static bool is_established(const struct track_connection *c)
{
	return c->tcp == ES && c->assured;
}

/* A reset whose SEQ is compared with what the other end has acknowledged. */
static enum step check_reset_number(struct passing *x, unsigned char *new_state)
{
	const struct track_connection *c = x->connection;
	uint32_t seq = x->packet->seq, acked = receiver_of(x)->max_ack;
	if (is_recent(x) && seq == 0 && !is_established(c))
		return GO_ON; /* the answer to a SYN that was let through */
	if (is_before(seq, acked) && !(is_recent(x) && x->settings->ignore_invalid_rst)) {
		answer_invalid(x, TRACK_OLD_RESET);
		x->answer->number = seq;
		x->answer->bound = acked;
		return DONE;
	}
	if (!is_established(c) || seq == acked)
		return GO_ON;
	if (c->last_index == SEG_ACK && c->last_side == x->answer->side && seq == c->last_end)
		return GO_ON; /* "rst is part of train" */
	*new_state = c->tcp;  /* a challenge ACK may follow */
	return REPEAT;
}

/* TCP_CONNTRACK_CLOSE: a reset. */
static enum step check_reset(struct passing *x, unsigned char *new_state)
{
	const struct track_connection *c = x->connection;
	bool closing = c->tcp >= FW && c->tcp <= CL; /* tcp_can_early_drop() */
	if (is_recent(x) && closing)
		return SKIP_WINDOW;
	if ((receiver_of(x)->kernel_flags & SIDE_MAXACK_SET) &&
	    !(is_recent(x) && c->last_index == SEG_SYN)) {
		enum step step = check_reset_number(x, new_state);
		if (step != REPEAT)
			return step;
	}
	bool other_sent = !is_recent(x) || c->last_side != x->answer->side;
	bool answers_syn = c->seen_reply && c->last_index == SEG_SYN && other_sent;
	bool answers_ack = !c->assured && c->last_index == SEG_ACK;
	if ((answers_syn || answers_ack) && x->packet->ack == c->last_end)
		return SKIP_WINDOW; /* "RST sent to invalid SYN or ACK we had let through" */
	unsigned char replier = !c->original;
	if (is_recent(x) && c->tcp == SS && c->last_index == SEG_ACK && c->last_side == replier &&
	    x->packet->seq == c->last_ack)
		return SKIP_WINDOW; /* "Reset in response to a challenge-ack we let through" */
	return GO_ON;
}

/* What the table's answer means here; may change `*new_state`, and the state that the connection
 * leaves. */
static enum step look(struct passing *x, enum segment_kind kind, unsigned char *old_state,
		      unsigned char *new_state)
{
	struct track_connection *c = x->connection;
	bool is_reply = x->answer->is_reply;
	if (*new_state == SS && *old_state >= TW && is_reopened(x))
		return REPEAT;
	if (*new_state == IG || (*new_state == SS && *old_state >= TW)) {
		if (!answers_ignored_syn(x, kind)) {
			ignore(x, kind, *old_state);
			return DONE;
		}
		get_in_sync(x);
		*old_state = SS;
		*new_state = SR;
		return GO_ON;
	}
	if (*new_state == IV) {
		answer_invalid(x, TRACK_BAD_STATE);
		return DONE;
	}
	if (*new_state == TW && *old_state == LA && kind == SEG_ACK &&
	    c->last_side != x->answer->side && c->last_index == SEG_SYN &&
	    (c->last_flags & EXPECT_CHALLENGE_ACK)) {
		c->last_flags &= (unsigned char)~EXPECT_CHALLENGE_ACK;
		x->answer->reason = TRACK_CHALLENGE_ACK;
		return DONE;
	}
	if (*new_state == S2)
		c->last_flags |= SIMULTANEOUS_OPEN;
	if (*new_state == SR && is_reply && kind == SEG_ACK && (c->last_flags & SIMULTANEOUS_OPEN))
		*new_state = ES;
	return *new_state == CL && kind == SEG_RST ? check_reset(x, new_state) : GO_ON;
}

/* The time-out that this segment gives the entry. */
static uint32_t timeout_of(const struct passing *x, enum segment_kind kind)
{
	const struct track_connection *c = x->connection;
	const uint32_t *timeouts = x->settings->tcp;
	uint32_t own = timeouts[c->tcp], unack = timeouts[TRACK_TCP_UNACK],
		 retrans = timeouts[TRACK_TCP_RETRANS];
	unsigned flags = c->side[0].kernel_flags | c->side[1].kernel_flags;
	if (c->retrans >= x->settings->max_retrans && own > retrans)
		return retrans;
	/* 6.12.117 behaves in the newer way, 6.1.192 and 6.18.44 (seen) in the older */
	if (kind == SEG_RST && x->settings->kernel < TRACK_KERNEL(6, 19))
		return timeouts[TRACK_TCP_CLOSE];
	if (kind == SEG_RST && c->tcp == ES && own > unack)
		return unack;
	if ((flags & SIDE_DATA_UNACKED) && own > unack)
		return unack;
	if (c->last_window == 0 && own > retrans)
		return retrans;
	return own;
}

/* "From now on we have got in-window packets" */
static void advance(struct passing *x, enum segment_kind kind, unsigned char old_state,
		    unsigned char new_state)
{
	struct track_connection *c = x->connection;
	c->last_index = (unsigned char)kind;
	c->last_side = x->answer->side;
	c->tcp = new_state;
	if (old_state != new_state && new_state == FW)
		sender_of(x)->kernel_flags |= SIDE_CLOSE_INIT;
	uint32_t timeout = timeout_of(x, kind);
	if (!c->seen_reply) {
		if (kind == SEG_RST) {
			/* "If only reply is a RST, we can consider ourselves not to have an
			 * established connection" */
			c->gone = TRACK_KILLED;
			return;
		}
		if (is_recent(x) && kind == SEG_SYN && old_state == SS)
			return; /* "do not renew timeout on SYN retransmit" */
		uint32_t unack = x->settings->tcp[TRACK_TCP_UNACK];
		if (new_state == ES && timeout > unack)
			timeout = unack;
	} else if (!c->assured && (old_state == SR || old_state == ES) && new_state == ES) {
		c->assured = true;
	}
	refresh(x, timeout);
}

/* nf_tcp_handle_invalid(): a FIN or reset outside of the window may shorten the time-out. */
static void shorten(struct passing *x, enum segment_kind kind)
{
	struct track_connection *c = x->connection;
	if (!is_recent(x) || !c->assured || (kind != SEG_RST && kind != SEG_FIN))
		return;
	if (c->last_side == x->answer->side ||
	    (c->last_index != SEG_FIN && c->last_index != SEG_RST)) {
		c->last_index = (unsigned char)kind;
		c->last_side = x->answer->side;
		return;
	}
	uint64_t left = c->expires > x->time ? c->expires - x->time : 0;
	uint32_t unack = x->settings->tcp[TRACK_TCP_UNACK];
	if (left >= 120 * SECOND && left > unack * SECOND)
		refresh(x, unack);
}

void tcp_packet(struct passing *x)
{
	struct track_connection *c = x->connection;
	unsigned char flags = x->packet->flags;
	enum segment_kind kind = kind_of(flags);
	if (!has_valid_flags(flags)) {
		answer_invalid(x, TRACK_BAD_FLAGS);
		return;
	}
	if (c->gone != TRACK_LIVE && !open_entry(x, kind))
		return;
	unsigned char old_state = c->tcp;
	unsigned char new_state = next_states[x->answer->is_reply][kind][old_state];
	switch (look(x, kind, &old_state, &new_state)) {
	case DONE: return;
	case REPEAT: /* nf_ct_kill(), -NF_REPEAT */
		c->gone = TRACK_KILLED;
		x->answer->reason = TRACK_REOPENED;
		return;
	case GO_ON: {
		enum window verdict = tcp_in_window(x, kind);
		if (verdict == WINDOW_INVALID) {
			shorten(x, kind);
			x->answer->state = TRACK_INVALID;
		}
		if (verdict != IN_WINDOW)
			return;
		break;
	}
	case SKIP_WINDOW: break;
	}
	advance(x, kind, old_state, new_state);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp_in_window() of nf_conntrack_proto_tcp.c. For each side the kernel keeps
 *
 *   end         td_end      the highest SEQ after a segment of it
 *   max_end     td_maxend   how far it may send: the highest ACK + window of the other side
 *   max_window  td_maxwin   the largest window that it offered
 *   max_ack     td_maxack   the highest ACK that it sent
 *
 * and a segment is in the window when
 *
 *   I    SEQ <= sender.max_end             else SEQ_ABOVE
 *   II   end >= sender.end - receiver.max_window     else SEQ_BELOW
 *   III  ACK <= receiver.end               else ACK_UNSEEN
 *   IV   ACK >= receiver.end - max(sender.max_window, 66000)   else ACK_BELOW
 *
 * where ACK is the right edge of the highest SACK block when there is one. Since 6.1, II and IV are
 * ignored, not INVALID, and so is a segment that fails I by less than the window.
 */
#include "track.h"

#define MAX_ACK_WINDOW_CONST 66000 /* MAXACKWINCONST */

/* What tcp_in_window() reads from the segment, and changes as it goes. */
struct numbers {
	uint32_t seq, ack, sack, end, window;
};

static uint32_t at_least_one(uint32_t n)
{
	return n ? n : 1;
}

/* tcp_init_sender() */
static void init_sender(struct passing *x, const struct numbers *n)
{
	struct track_side *sender = sender_of(x), *receiver = receiver_of(x);
	sender->end = sender->max_end = n->end;
	sender->max_window = at_least_one(n->window);
	side_options(sender, x->packet);
	/* RFC 7323: both sides must send the option */
	bool both = sender->kernel_flags & receiver->kernel_flags & SIDE_WINDOW_SCALE;
	if (!both && (x->answer->is_reply || x->settings->kernel < TRACK_KERNEL(6, 1)))
		sender->scale = receiver->scale = 0;
}

/* The history of the connection is not known. */
static void init_midstream(struct passing *x, const struct numbers *n)
{
	struct track_side *sender = sender_of(x), *receiver = receiver_of(x);
	sender->end = n->end;
	sender->max_window = at_least_one(n->window << sender->scale);
	sender->max_end = n->end + sender->max_window;
	if (receiver->max_window == 0)
		receiver->end = receiver->max_end = n->sack;
	else if (n->sack == receiver->end + 1)
		receiver->end++; /* "Likely a reply to a keepalive." */
}

/* A SYN, or the segment taken for the first one, comes again with higher numbers. */
static bool is_reinitialized(const struct passing *x, const struct numbers *n)
{
	unsigned char state = x->connection->tcp;
	if (!is_after(n->end, sender_of(x)->end))
		return false;
	if (x->settings->kernel >= TRACK_KERNEL(6, 1))
		return (x->packet->flags & TRACK_SYN) &&
		       (state == TRACK_TCP_SYN_SENT || state == TRACK_TCP_SYN_RECV);
	return state == (x->answer->is_reply ? TRACK_TCP_SYN_RECV : TRACK_TCP_SYN_SENT);
}

/* true: a SYN of a simultaneous opening, which is not checked further. */
static bool init(struct passing *x, const struct numbers *n)
{
	const struct track_packet *p = x->packet;
	bool syn = p->flags & TRACK_SYN, ack = p->flags & TRACK_ACK;
	bool is_new = x->settings->kernel >= TRACK_KERNEL(6, 1);
	struct track_side *sender = sender_of(x);
	if (sender->max_window == 0) {
		if (!syn) {
			init_midstream(x, n);
			return false;
		}
		init_sender(x, n);
		return !ack;
	}
	if (!is_reinitialized(x, n))
		return false;
	if (is_new) {
		init_sender(x, n);
		return x->answer->is_reply && !ack;
	}
	sender->end = sender->max_end = n->end;
	sender->max_window = at_least_one(n->window);
	side_options(sender, p);
	return false;
}

static uint32_t highest_sack(const struct track_packet *p)
{
	uint32_t sack = p->ack;
	for (unsigned i = 0; i < p->n_sack; i++)
		if (is_after(p->sack[i].right, sack))
			sack = p->sack[i].right;
	return sack;
}

/* nf_tcp_store_invalid() */
static enum window outside(struct passing *x, enum window verdict, enum track_reason reason,
			   uint32_t number, uint32_t bound)
{
	if ((sender_of(x)->kernel_flags & SIDE_BE_LIBERAL) || x->settings->be_liberal)
		return IN_WINDOW;
	x->answer->reason = reason;
	x->answer->number = number;
	x->answer->bound = bound;
	return verdict;
}

static uint32_t lower_ack_bound(const struct passing *x)
{
	uint32_t window = sender_of(x)->max_window;
	return receiver_of(x)->end -
	       (window > MAX_ACK_WINDOW_CONST ? window : MAX_ACK_WINDOW_CONST);
}

/* Bound I is broken. Since 6.1 a segment that goes a little beyond it is ignored, and its end
 * noted. */
static enum window above(struct passing *x, const struct numbers *n, bool is_new)
{
	struct track_side *sender = sender_of(x);
	const struct track_side *receiver = receiver_of(x);
	uint32_t overshot = n->end - sender->max_end + 1;
	uint32_t bound = sender->max_end;
	if (is_new && receiver->max_window &&
	    is_after(n->end, sender->end - receiver->max_window - 1) &&
	    is_after(n->sack, lower_ack_bound(x) - 1) && overshot <= receiver->max_window &&
	    is_before(n->sack, receiver->end + 1)) {
		sender->end = n->end;
		sender->kernel_flags |= SIDE_DATA_UNACKED;
		return outside(x, WINDOW_IGNORED, TRACK_OVERSHOT, n->end, bound);
	}
	return outside(x, WINDOW_INVALID, TRACK_SEQ_ABOVE, n->seq, bound);
}

/* *ret_within: all four bounds are kept; only then does the kernel learn from the segment. */
static enum window check(struct passing *x, const struct numbers *n, bool *ret_within)
{
	const struct track_side *sender = sender_of(x), *receiver = receiver_of(x);
	bool is_new = x->settings->kernel >= TRACK_KERNEL(6, 1);
	enum window late = is_new ? WINDOW_IGNORED : WINDOW_INVALID;
	bool in_receive_window = !receiver->max_window ||
				 is_after(n->end, sender->end - receiver->max_window - 1);
	*ret_within = false;
	if (!is_before(n->seq, sender->max_end + 1))
		return above(x, n, is_new);
	/* kernels before 6.1 check these in another order, with the same verdict */
	if (!is_before(n->sack, receiver->end + 1))
		return outside(x, WINDOW_INVALID, TRACK_ACK_UNSEEN, n->sack, receiver->end);
	if (!in_receive_window)
		return outside(x, late, TRACK_SEQ_BELOW, n->end,
			       sender->end - receiver->max_window);
	if (!is_after(n->sack, lower_ack_bound(x) - 1))
		return outside(x, late, TRACK_ACK_BELOW, n->sack, lower_ack_bound(x));
	*ret_within = true;
	return IN_WINDOW;
}

static void learn(struct passing *x, const struct numbers *n)
{
	const struct track_packet *p = x->packet;
	struct track_side *sender = sender_of(x), *receiver = receiver_of(x);
	uint32_t window = n->window << (p->flags & TRACK_SYN ? 0 : sender->scale);
	uint32_t offered = window + (n->sack - n->ack);
	if (sender->max_window < offered)
		sender->max_window = offered;
	if (is_after(n->end, sender->end)) {
		sender->end = n->end;
		sender->kernel_flags |= SIDE_DATA_UNACKED;
	}
	if ((p->flags & TRACK_ACK) &&
	    (!(sender->kernel_flags & SIDE_MAXACK_SET) || is_after(n->ack, sender->max_ack))) {
		sender->max_ack = n->ack;
		sender->kernel_flags |= SIDE_MAXACK_SET;
	}
	if (receiver->max_window && is_after(n->end, sender->max_end))
		receiver->max_window += n->end - sender->max_end;
	if (is_after(n->sack + window, receiver->max_end - 1))
		receiver->max_end = n->sack + window + (window == 0);
	if (n->ack == receiver->end)
		receiver->kernel_flags &= (unsigned char)~SIDE_DATA_UNACKED;
}

/* "Check retransmissions." */
static void count_again(struct passing *x, const struct numbers *n)
{
	struct track_connection *c = x->connection;
	if (c->last_side == x->answer->side && c->last_seq == n->seq && c->last_ack == n->ack &&
	    c->last_end == n->end && c->last_window == n->window) {
		c->retrans++;
		return;
	}
	c->last_side = x->answer->side;
	c->last_seq = n->seq;
	c->last_ack = n->ack;
	c->last_end = n->end;
	c->last_window = n->window;
	c->retrans = 0;
}

enum window tcp_in_window(struct passing *x, enum segment_kind kind)
{
	const struct track_packet *p = x->packet;
	struct track_side *sender = sender_of(x), *receiver = receiver_of(x);
	if (x->settings->no_window_check)
		return IN_WINDOW;
	struct numbers n = { p->seq, p->ack, p->ack, segment_end(p), p->window };
	if (receiver->kernel_flags & SIDE_SACK_PERM)
		n.sack = highest_sack(p);
	if (init(x, &n))
		return IN_WINDOW;
	bool ack = p->flags & TRACK_ACK, rst = p->flags & TRACK_RST;
	/* "Broken TCP stacks, that set ACK in RST packets as well with zero ack value." */
	if (!ack || (rst && n.ack == 0))
		n.ack = n.sack = receiver->end;
	if (rst && n.seq == 0 && x->connection->tcp == TRACK_TCP_SYN_SENT)
		n.seq = n.end = sender->end; /* "RST sent answering SYN." */
	bool within;
	enum window verdict = check(x, &n, &within);
	if (!within)
		return verdict;
	learn(x, &n);
	if (kind == SEG_ACK)
		count_again(x, &n);
	return IN_WINDOW;
}

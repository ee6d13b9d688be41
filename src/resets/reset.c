/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of a reset, from what was noted before it. */
#include "facts.h"

#define RESETS_MAX 1000000      /* more are only counted */
#define ANSWER_NS (10 * SECOND) /* the longest way there and back */
#define ID_STEP 2000            /* of a busy host's counter, between two packets */

/* ---- the segment that it answers ---- */

static uint32_t end_of(const struct seen *s)
{
	return s->seq + s->length + (s->flags & TCP_SYN ? 1u : 0) + (s->flags & TCP_FIN ? 1u : 0);
}

/* RFC 9293, 3.10.7.1, and nf_reject_ip_tcphdr_put() */
static bool answers(const struct captured *p, const struct seen *s)
{
	if (s->flags & TCP_RST)
		return false;
	if (!(p->flags & TCP_ACK))
		return s->flags & TCP_ACK && s->ack == p->seq;
	return !(s->flags & TCP_ACK) && !p->seq && p->ack == end_of(s);
}

/* The newest that fits; but an INVALID one that was not answered yet is preferred. */
static struct seen *find_provoking(struct notes *n, const struct captured *p, uint8_t side)
{
	struct seen *best = NULL;
	for (size_t i = 1; i <= n->n_ring; i++) {
		struct seen *s = &n->ring[(n->at + RING - i) % RING];
		if (s->side == side || p->time - s->time > ANSWER_NS || !answers(p, s))
			continue;
		bool better = !best || (best->is_answered && !s->is_answered) ||
			      (!best->is_answered && !s->is_answered &&
			       best->state != TRACK_INVALID && s->state == TRACK_INVALID);
		best = better ? s : best;
	}
	return best;
}

static enum shape shape_of(const struct captured *p, const struct facts *f, const struct sender *s)
{
	if (!(p->flags & TCP_ACK))
		return f->has_provoking ? SHAPE_REPLY : SHAPE_ODD;
	if (!p->seq)
		return SHAPE_REPLY_SYN;
	uint32_t ahead = s->next - p->seq;
	bool in_line = s->n && (p->seq == s->next || p->seq + 1 == s->next || ahead < 1u << 20);
	return in_line ? SHAPE_OF_SOCKET : SHAPE_ODD;
}

/* ---- likeness ---- */

static void compare_id(struct facts *f, const struct sender *s)
{
	uint16_t step = (uint16_t)(f->ip_id - s->id);
	f->id_before = s->id;
	if (f->source.family != 4 || !s->n)
		return;
	if (f->ip_id && s->ids_are_zero && s->n > 2)
		f->id_like = LIKE_DIFFERENT;
	else if (!f->ip_id)
		f->id_like = s->ids_are_zero && s->n > 2 ? LIKE_SAME : LIKE_UNKNOWN;
	else if (s->id && step && step < 64)
		f->id_like = LIKE_SAME;
	else if (s->ids_count_up && s->n > 2 && (!step || step > ID_STEP))
		f->id_like = LIKE_DIFFERENT;
}

static void compare_stamp(struct facts *f, const struct captured *p, const struct sender *s)
{
	if (!s->has_stamp)
		return;
	if (!p->options.has_timestamp)
		f->stamp_like = f->shape == SHAPE_OF_SOCKET ? LIKE_DIFFERENT : LIKE_UNKNOWN;
	else
		f->stamp_like = p->options.timestamp - s->stamp < 1u << 30 ? LIKE_SAME
									   : LIKE_DIFFERENT;
}

static void compare_mac(struct facts *f, const struct captured *p, const struct sender *s)
{
	for (size_t i = 0; i < POINTS && p->has_mac; i++) {
		const struct point *x = &s->points[i];
		if (!x->is_used || !x->has_mac || x->way != (uint8_t)p->way)
			continue;
		bool same = memcmp(x->mac, p->mac, MAC_LEN) == 0;
		if (f->mac_like != LIKE_SAME)
			f->mac_like = same ? LIKE_SAME : LIKE_DIFFERENT;
		if (!same) {
			memcpy(f->sender_mac, x->mac, MAC_LEN);
			f->sender_mac_frame = x->frame;
		}
	}
}

static void compare_ttl(struct facts *f, const struct captured *p, const struct sender *s,
			const struct host *h)
{
	const struct point *x = points_find(s->points, p);
	if (!x && h) {
		x = points_find(h->points, p);
		f->usual_of_host = x;
	}
	if (!x)
		return;
	f->usual = *x;
	f->ttl_like = x->ttl == p->ttl ? LIKE_SAME : LIKE_DIFFERENT;
}

static void compare(struct resets *r, struct facts *f, const struct captured *p,
		    const struct sender *s)
{
	const struct host *h = hosts_get(r->hosts, &p->source, false);
	compare_ttl(f, p, s, h);
	compare_mac(f, p, s);
	compare_id(f, s);
	compare_stamp(f, p, s);
	if (f->source.family == 6 && (s->has_label || (h && h->has_label)))
		f->label_like = p->flow_label ? LIKE_SAME : LIKE_DIFFERENT;
}

static bool is_far(const struct address *x, const struct address *y)
{
	return memcmp(x->bytes, y->bytes, x->family == 4 ? 3 : 8) != 0;
}

static bool is_near(uint8_t ttl)
{
	return ttl == 64 || ttl == 128 || ttl == 255;
}

/* ---- the connection before it ---- */

static void take_silence(struct facts *f, const struct notes *n, uint8_t side)
{
	int64_t quiet = n->last_time ? f->time - n->last_time : 0;
	f->usual_gap = n->usual;
	if (quiet >= SECOND && !f->has_provoking) {
		f->silence = quiet;
		f->silence_from = n->last_frame;
		f->silence_to = f->frame;
	} else if (n->is_silence_open && n->silence_side != side) {
		f->silence = n->silence;
		f->silence_from = n->silence_from;
		f->silence_to = n->silence_to;
		f->opened = n->silence_opened;
	}
}

static void take_history(struct facts *f, const struct notes *n, uint8_t side)
{
	const struct sender *s = &n->side[side], *other = &n->side[!side];
	f->sender_answered = s->n;
	f->fin_frame = s->has_fin ? s->fin_frame : 0;
	f->repeat_frame = other->repeat_frame;
	f->hole_frame = other->hole_frame;
	f->hole = other->hole;
	f->late_frame = other->late_frame;
	for (size_t i = 0; i < POINTS; i++)
		f->stream_comes_in = f->stream_comes_in ||
				     (s->points[i].is_used && s->points[i].way == WAY_IN);
	take_silence(f, n, side);
}

static void take_packet(struct facts *f, const struct captured *p)
{
	f->frame = p->frame;
	f->time = p->time;
	f->source = p->source;
	f->destination = p->destination;
	f->sport = p->sport;
	f->dport = p->dport;
	f->ip_id = p->ip_id;
	f->seq = p->seq;
	f->ack = p->ack;
	f->flags = p->flags;
	f->ttl = p->ttl;
	f->way = (uint8_t)p->way;
	f->dont_fragment = p->dont_fragment;
	f->has_stamp = p->options.has_timestamp;
	f->has_mac = p->has_mac;
	if (p->has_mac)
		memcpy(f->mac, p->mac, MAC_LEN);
	f->is_plain = !p->window && p->header == 20 && !p->is_cut &&
		      (p->source.family == 6 || (!p->ip_id && p->dont_fragment));
}

/* The same reset further on its way: the facts of the first hold for it. */
static bool take_copy(struct resets *r, struct facts *f, const struct notes *n)
{
	const struct facts *old = n->last_reset ? &r->items.items[n->last_reset - 1] : NULL;
	if (!old || old->seq != f->seq || old->ack != f->ack || old->flags != f->flags ||
	    old->sport != f->sport || old->ip_id != f->ip_id || f->time - old->time > COPY_NS ||
	    (old->way == f->way && old->ttl == f->ttl))
		return false;
	f->copy_of = old->copy_of == NO_RESET ? n->last_reset - 1 : old->copy_of;
	f->was_seen_coming = old->way == WAY_IN;
	return true;
}

static void take_prints(struct facts *f, const struct notes *n, uint8_t side)
{
	for (size_t i = 0; i < n->n_ring; i++) {
		const struct seen *s = &n->ring[i];
		f->prints[f->n_prints++] = (struct print){ .seq = s->seq,
							   .ack = s->ack,
							   .length = s->length,
							   .ip_id = s->ip_id,
							   .flags = s->flags,
							   .is_of_sender = s->side == side };
	}
}

void note_reset(struct resets *r, const struct captured *p, struct notes *n, uint8_t side)
{
	struct facts f = { .capture = (uint16_t)(r->captures.n - 1),
			   .copy_of = NO_RESET,
			   .earlier = NO_RESET };
	if (r->items.n >= RESETS_MAX) {
		r->n_unlisted++;
		return;
	}
	take_packet(&f, p);
	if (!take_copy(r, &f, n)) {
		struct seen *s = find_provoking(n, p, side);
		if (s) {
			s->is_answered = true;
			f.has_provoking = true;
			f.provoking = *s;
		}
		f.shape = shape_of(p, &f, &n->side[side]);
		take_prints(&f, n, side);
		take_history(&f, n, side);
		compare(r, &f, p, &n->side[side]);
		struct resets_ends ends = ends_of(&f);
		f.was_known = !n->side[0].has_syn && !n->side[1].has_syn &&
			      known_lives(r->known, &ends);
		f.is_far = is_far(&p->source, &p->destination);
		f.is_near = is_near(p->ttl);
		f.is_by_router = f.is_far && p->has_mac && p->way != WAY_OUT &&
				 hosts_is_of_another(r->hosts, p->mac, &p->source);
		if (n->last_reset) {
			const struct facts *old = &r->items.items[n->last_reset - 1];
			f.earlier = n->last_reset - 1;
			f.earlier_is_same_side = old->sport == f.sport &&
						 address_is_same(&old->source, &f.source);
		}
	}
	vec_push(r->arena, &r->items, f);
	n->last_reset = (uint32_t)r->items.n;
}

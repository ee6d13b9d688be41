/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is noted about each segment. */
#include "facts.h"

#define LONG_GAP SECOND
#define AT_ONCE (SECOND / 20000) /* two processors may swap packets that are this close */
#define HOST_SEGMENTS 8 /* the first and this segment of a connection tell the TTL of the host */

/* `t` is zeroed. */
static void fill(const struct captured *p, struct track_packet *t)
{
	t->v6 = p->source.family == 6;
	t->protocol = L4PROTO_TCP;
	t->saddr = address_number(&p->source);
	t->daddr = address_number(&p->destination);
	t->sport = p->sport;
	t->dport = p->dport;
	t->payload = p->length;
	t->flags = p->flags;
	t->seq = p->seq;
	t->ack = p->ack;
	t->window = p->window;
	t->has_options = p->header > 20;
	t->sack_permitted = p->options.has_sack_permitted;
	t->has_scale = p->options.has_window_scale;
	t->scale = p->options.window_scale;
	t->n_sack = p->options.n_sack;
	for (size_t i = 0; i < p->options.n_sack; i++) {
		t->sack[i].left = p->options.sack[i].begin;
		t->sack[i].right = p->options.sack[i].end;
	}
}

static struct seen seen_of(const struct captured *p, uint8_t side)
{
	struct seen s = { .frame = p->frame & FRAME_MASK,
			  .time = p->time,
			  .seq = p->seq,
			  .ack = p->ack,
			  .length = p->length,
			  .window = p->window,
			  .ip_id = p->ip_id,
			  .flags = p->flags,
			  .ttl = p->ttl,
			  .way = (unsigned)p->way & 3,
			  .side = side & 1u,
			  .tos = p->tos,
			  .has_mac = p->has_mac,
			  .ip_length = p->ip_length };
	if (p->has_mac)
		memcpy(s.mac, p->mac, MAC_LEN);
	return s;
}

static void push(struct notes *n, const struct seen *s)
{
	n->ring[n->at] = *s;
	n->at = n->at + 1 < RING ? (uint8_t)(n->at + 1) : 0;
	if (n->n_ring < RING)
		n->n_ring++;
}

static const struct seen *last_seen(const struct notes *n)
{
	return n->n_ring ? &n->ring[(n->at + RING - 1) % RING] : NULL;
}

static bool is_same(const struct seen *s, const struct captured *p, uint8_t side)
{
	return s->seq == p->seq && s->ack == p->ack && s->side == side && s->length == p->length &&
	       s->flags == p->flags && s->ip_id == p->ip_id && s->window == p->window;
}

/* Is it a segment that was seen just before, now further on its way? */
static bool is_copy(const struct notes *n, const struct captured *p, uint8_t side)
{
	size_t at = n->at;
	if (p->time - n->last_time >= COPY_NS)
		return false; /* without a look at the ring, which is not in the cache */
	for (size_t i = 0; i < n->n_ring; i++) {
		at = (at ? at : RING) - 1;
		const struct seen *s = &n->ring[at];
		if (p->time - s->time >= COPY_NS)
			return false; /* those before it are older */
		if (is_same(s, p, side) && (s->way != (uint8_t)p->way || s->ttl != p->ttl ||
					    (s->has_mac && memcmp(s->mac, p->mac, MAC_LEN) != 0)))
			return true;
	}
	return false;
}

/* ---- one end ---- */

static void learn_id(struct sender *s, const struct captured *p)
{
	uint16_t step = (uint16_t)(p->ip_id - s->id);
	if (!s->n) {
		s->ids_are_zero = s->ids_count_up = true;
	} else if (p->ip_id && s->id) {
		s->ids_count_up = s->ids_count_up && step && step < 64;
	}
	s->ids_are_zero = s->ids_are_zero && !p->ip_id;
	s->id = p->ip_id;
}

static void learn_data(struct sender *s, const struct captured *p)
{
	uint32_t n = p->length + (p->flags & TCP_FIN ? 1u : 0) + (p->flags & TCP_SYN ? 1u : 0);
	if (!s->n || p->flags & TCP_SYN) {
		s->first = p->seq;
		s->next = p->seq + n;
		s->has_syn = s->has_syn || p->flags & TCP_SYN;
		return;
	}
	if (!n)
		return;
	if ((int32_t)(p->seq - s->next) > 0) {
		s->hole_frame = p->frame;
		s->hole = p->seq - s->next;
	} else if ((int32_t)(p->seq + n - s->next) <= 0) {
		if (s->hole_frame)
			s->late_frame = p->frame;
		s->repeat_frame = p->frame;
	}
	if ((int32_t)(p->seq + n - s->next) > 0)
		s->next = p->seq + n;
}

static void learn(struct sender *s, const struct captured *p)
{
	learn_data(s, p);
	learn_id(s, p);
	points_learn(s->points, p);
	if (p->options.has_timestamp) {
		s->has_stamp = true;
		s->stamp = p->options.timestamp;
	}
	s->has_label = s->has_label || p->flow_label;
	if (p->flags & TCP_FIN && !s->has_fin) {
		s->has_fin = true;
		s->fin_frame = p->frame;
	}
	if (!s->n)
		s->first_ttl = p->ttl;
	if (s->n < UINT16_MAX)
		s->n++;
}

/* ---- silence ---- */

/* To be called before the segment is learned. */
static void note_silence(struct resets *r, struct notes *n, const struct captured *p, uint8_t side)
{
	int64_t gap = n->last_time ? p->time - n->last_time : 0;
	if (n->is_silence_open && side != n->silence_side) {
		n->is_silence_open = false;
		n->usual = n->silence > n->usual ? n->silence : n->usual;
	}
	if (gap >= LONG_GAP && !(n->is_silence_open && gap <= n->silence)) {
		n->is_silence_open = true;
		n->silence_side = side;
		n->silence = gap;
		n->silence_from = n->last_frame;
		n->silence_to = p->frame;
		n->silence_opened = r->n_opened - n->opened;
	}
}

/* ---- after a reset ---- */

static void note_after(struct resets *r, struct notes *n, const struct captured *p, uint8_t side)
{
	struct facts *f = n->last_reset ? &r->items.items[n->last_reset - 1] : NULL;
	if (!f || p->sport != f->sport || p->time - f->time < AT_ONCE ||
	    !address_is_same(&p->source, &f->source))
		return;
	bool is_syn = p->flags & TCP_SYN;
	if (is_syn && p->flags & TCP_ACK && !f->answer_frame)
		f->answer_frame = p->frame;
	bool in_line = n->side[side].n && (uint32_t)(p->seq - n->side[side].first) < 1u << 30;
	if (!is_syn && in_line && !f->goes_on_frame)
		f->goes_on_frame = p->frame;
}

/* ---- each packet ---- */

static void start_anew(struct notes *n)
{
	struct point points[2][POINTS];
	for (int i = 0; i < 2; i++)
		memcpy(points[i], n->side[i].points, sizeof(points[i]));
	*n = (struct notes){ 0 };
	for (int i = 0; i < 2; i++)
		memcpy(n->side[i].points, points[i], sizeof(points[i]));
}

static bool opens_anew(const struct notes *n, const struct captured *p, uint8_t side)
{
	return (p->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
	       !(n->side[side].has_syn && n->side[side].first == p->seq) &&
	       (n->last_reset || (n->side[0].has_fin && n->side[1].has_fin) || !n->n_ring);
}

static void note_host(struct resets *r, const struct captured *p, const struct sender *s)
{
	if (s->n != 1 && (s->n != HOST_SEGMENTS || (p->ttl == s->first_ttl && !p->flow_label)))
		return;
	struct host *h = hosts_get(r->hosts, &p->source, true);
	if (!h)
		return;
	points_learn(h->points, p);
	h->has_label = h->has_label || p->flow_label;
}

static void take_answer(struct seen *s, const struct track_answer *a)
{
	s->state = (unsigned)a->state & 7;
	s->reason = (unsigned)a->reason & 31;
	s->gone = (unsigned)a->gone & 7;
	s->tcp_before = a->tcp_before & 15u;
	s->is_reply = a->is_reply;
	s->timeout = a->timeout;
	if (a->reason == TRACK_NO_ENTRY || a->reason == TRACK_PICKED_UP) {
		s->idle = a->idle;
		return;
	}
	s->number = a->number;
	s->bound = a->bound;
}

static void see_segment(struct resets *r, const struct captured *p, const struct track_packet *t,
			struct track_connection *c)
{
	struct track_answer a;
	if (c)
		track_packet_of(r->table, c, t, (uint64_t)p->time, &a);
	else
		track_packet(r->table, t, (uint64_t)p->time, &a);
	if (!a.connection)
		return;
	struct notes *n = track_extra(r->table, a.connection);
	if (opens_anew(n, p, a.side)) {
		start_anew(n);
		r->n_opened++;
		r->n_connections++;
	} else if (!n->n_ring) {
		r->n_connections++;
	}
	note_silence(r, n, p, a.side);
	note_after(r, n, p, a.side);
	if (a.state != TRACK_INVALID || !n->side[a.side].n) {
		learn(&n->side[a.side], p);
		note_host(r, p, &n->side[a.side]);
	}
	struct seen s = seen_of(p, a.side);
	take_answer(&s, &a);
	push(n, &s);
	n->last_time = p->time;
	n->last_frame = p->frame;
	n->opened = r->n_opened;
}

/* A segment that this host forwards was already seen when it came in. */
static void see_copy(struct resets *r, struct notes *n, const struct captured *p, uint8_t side)
{
	if (p->flags & TCP_RST) {
		note_reset(r, p, n, side);
		return;
	}
	if (last_seen(n)->state != TRACK_INVALID)
		points_learn(n->side[side].points, p);
	note_host(r, p, &n->side[side]);
}

/* Did a firewall make it, so that its connection tracking took no notice of it? */
static bool is_made_on_the_way(const struct resets *r, const struct notes *n)
{
	if (!n->last_reset)
		return false;
	const struct facts *f = &r->items.items[n->last_reset - 1];
	return f->ttl_like == LIKE_DIFFERENT ||
	       (f->has_provoking && f->provoking.state == TRACK_INVALID);
}

static void see_reset(struct resets *r, const struct captured *p, const struct track_packet *t,
		      struct notes *n, uint8_t side)
{
	struct notes none = { 0 };
	uint32_t before = n ? n->last_reset : 0;
	note_reset(r, p, n ? n : &none, side);
	if (n) {
		struct seen s = seen_of(p, side);
		push(n, &s);
		n->last_time = p->time;
		n->last_frame = p->frame;
	}
	if (n && n->last_reset != before && is_made_on_the_way(r, n))
		return;
	struct track_answer a;
	track_packet(r->table, t, (uint64_t)p->time, &a);
}

static void see(struct resets *r, const struct captured *p, const struct track_packet *t)
{
	struct period *span = &r->spans.items[r->spans.n - 1];
	span->from = p->time < span->from ? p->time : span->from;
	span->to = p->time > span->to ? p->time : span->to;
	if (p->kind == CAPTURED_CLAIM)
		hosts_claim(r->hosts, p);
	if (p->kind != CAPTURED_TCP)
		return;
	r->n_segments++;
	struct track_connection *c = track_find(r->table, t);
	struct notes *n = c ? track_extra(r->table, c) : NULL;
	uint8_t side = c && !(c->side[0].addr == t->saddr && c->side[0].port == t->sport);
	if (n && is_copy(n, p, side))
		see_copy(r, n, p, side);
	else if (p->flags & TCP_RST)
		see_reset(r, p, t, n, side);
	else
		see_segment(r, p, t, c);
}

void resets_see(struct resets *r, const struct captured *p)
{
	struct track_packet t = { 0 };
	if (p->kind == CAPTURED_TCP)
		fill(p, &t);
	see(r, p, &t);
}

/*
 * The connections are scattered over the memory: fetching all of them at once takes the time of one
 * fetch.
 */
void resets_see_batch(struct resets *r, const struct captured *p, size_t n)
{
	struct track_packet t[RESETS_BATCH];
	FW_ASSERT(n <= RESETS_BATCH);
	memset(t, 0, n * sizeof(*t));
	for (size_t i = 0; i < n; i++)
		if (p[i].kind == CAPTURED_TCP) {
			fill(&p[i], &t[i]);
			track_expect(r->table, &t[i]);
			if (p[i].flags & TCP_SYN)
				hosts_expect(r->hosts, &p[i].source);
		}
	for (size_t i = 0; i < n; i++)
		if (p[i].kind == CAPTURED_TCP)
			track_fetch(r->table, &t[i]);
	for (size_t i = 0; i < n; i++)
		see(r, &p[i], &t[i]);
}

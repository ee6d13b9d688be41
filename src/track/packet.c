/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One packet: nf_conntrack_in() of nf_conntrack_core.c, and the protocols beside TCP. */
#include "track.h"

/* ---- entries ---- */

/* Clears what the kernel would not know of the connection without its entry. */
static void clear_entry(struct track_connection *c)
{
	for (int i = 0; i < 2; i++) {
		struct track_side *s = &c->side[i];
		s->end = s->max_end = s->max_window = s->max_ack = 0;
		s->scale = s->kernel_flags = 0;
	}
	c->tcp = TRACK_TCP_NONE;
	c->seen_reply = c->assured = false;
	c->last_seq = c->last_ack = c->last_end = c->last_window = 0;
	c->retrans = c->last_index = c->last_scale = c->last_flags = 0;
}

/* Notes in the answer why an entry no longer exists. */
static void note_gone(struct passing *x)
{
	struct track_connection *c = x->connection;
	if (c->gone == TRACK_LIVE && !track_is_live(c, x->time))
		c->gone = TRACK_TIMED_OUT;
	x->answer->gone = c->gone;
	if (c->gone == TRACK_LIVE)
		return;
	x->answer->timeout = c->timeout;
	if (c->gone != TRACK_NEVER && x->time > c->last_time)
		x->answer->idle = x->time - c->last_time;
}

/* resolve_normal_ct() */
static void resolve(struct passing *x)
{
	struct track_connection *c = x->connection;
	if (c->gone != TRACK_LIVE) {
		/* the old entry stays readable until another takes its place */
		x->answer->state = TRACK_NEW;
		x->answer->is_reply = false;
		return;
	}
	x->answer->is_reply = x->answer->side != c->original;
	x->answer->state = x->answer->is_reply || c->seen_reply ? TRACK_ESTABLISHED : TRACK_NEW;
}

/* Makes room for an entry; `*before` is what was there. */
static void prepare(struct passing *x, struct track_connection *before)
{
	struct track_connection *c = x->connection;
	*before = *c;
	clear_entry(c);
	c->original = x->answer->side;
}

/* Keeps the entry that the packet made, or restores what was there before. */
static void settle(struct passing *x, const struct track_connection *before)
{
	struct track_connection *c = x->connection;
	if (x->answer->state == TRACK_INVALID) {
		*c = *before;
		return;
	}
	x->answer->created = true;
	c->gone = TRACK_LIVE;
	c->entries++;
	c->entry_time = x->time;
}

/* ---- protocols ---- */

static void udp_packet(struct passing *x)
{
	struct track_connection *c = x->connection;
	const struct track_settings *s = x->settings;
	bool stream = c->seen_reply && x->time - c->entry_time > 2 * SECOND;
	/* nf_conntrack_udp_packet(): "Still active after two seconds? Extend timeout." */
	if (stream)
		c->assured = true;
	refresh(x, stream ? s->udp_stream : s->udp);
}

static void icmp_packet(struct passing *x)
{
	const struct track_packet *p = x->packet;
	if (x->connection->gone != TRACK_LIVE && p->icmp_type != x->connection->kind) {
		answer_invalid(x, TRACK_ICMP_NO_QUERY); /* an answer without a query */
		return;
	}
	refresh(x, p->v6 ? x->settings->icmpv6 : x->settings->icmp);
}

static void protocol_packet(struct passing *x)
{
	switch (x->packet->protocol) {
	case PROTO_TCP: tcp_packet(x); break;
	case PROTO_UDP:
	case PROTO_UDPLITE: udp_packet(x); break;
	case PROTO_ICMP:
	case PROTO_ICMPV6: icmp_packet(x); break;
	default: refresh(x, x->settings->generic);
	}
}

/* ---- ICMP errors ---- */

/* icmp_is_err(); in ICMPv6, all types below 128 */
static bool is_icmp_error(const struct track_packet *p)
{
	if (p->protocol == PROTO_ICMPV6)
		return p->icmp_type < 128;
	return p->protocol == PROTO_ICMP &&
	       (p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 5 || p->icmp_type == 11 ||
		p->icmp_type == 12);
}

/* noct_valid_new of nf_conntrack_proto_icmpv6.c: 130 to 137 less redirects, and 143, 151, 152 */
static bool is_untracked(const struct track_packet *p)
{
	unsigned char t = p->icmp_type;
	return p->protocol == PROTO_ICMPV6 &&
	       ((t >= 130 && t <= 136) || t == 143 || t == 151 || t == 152);
}

/* nf_conntrack_inet_error() */
static void icmp_error(struct track_table *t, struct passing *x)
{
	const struct track_packet *p = x->packet;
	const struct track_inner *in = &p->inner;
	struct track_packet about = { .v6 = p->v6,
				      .protocol = in->protocol,
				      .saddr = in->saddr,
				      .daddr = in->daddr,
				      .sport = in->sport,
				      .dport = in->dport,
				      .icmp_type = p->v6 ? 128 : 8 };
	struct key k;
	unsigned char side = 0;
	answer_invalid(x, TRACK_ICMP_UNKNOWN);
	if (!p->has_inner || !packet_key(&about, &k))
		return;
	struct track_connection *c = table_find(t, &k, &side);
	if (!c)
		return;
	x->connection = x->answer->connection = c;
	x->answer->side = !side; /* it speaks for the end to which the packet was sent */
	x->answer->is_reply = side == c->original;
	note_gone(x);
	if (c->gone != TRACK_LIVE)
		return;
	if (p->daddr != in->saddr) {
		x->answer->reason = TRACK_ICMP_ASTRAY;
		return;
	}
	x->answer->state = TRACK_RELATED;
	x->answer->reason = TRACK_FINE;
}

/* ---- a packet ---- */

/* What makes a packet of any connection INVALID. */
static bool is_broken(struct passing *x)
{
	if (x->packet->damaged)
		answer_invalid(x, TRACK_DAMAGED);
	else if (x->packet->bad_checksum && x->settings->checksum)
		answer_invalid(x, TRACK_BAD_CHECKSUM);
	else
		return false;
	return true;
}

static void pass(struct passing *x)
{
	struct track_connection before;
	note_gone(x);
	if (is_broken(x))
		return;
	resolve(x);
	x->answer->tcp_before = x->connection->gone == TRACK_LIVE ? x->connection->tcp
								  : TRACK_TCP_NONE;
	bool is_new = x->connection->gone != TRACK_LIVE;
	if (is_new)
		prepare(x, &before);
	protocol_packet(x);
	if (!is_new && x->connection->gone == TRACK_KILLED &&
	    x->answer->reason == TRACK_REOPENED) { /* -NF_REPEAT */
		resolve(x);
		is_new = true;
		prepare(x, &before);
		protocol_packet(x);
		x->answer->reason = TRACK_REOPENED;
	}
	if (is_new)
		settle(x, &before);
	else if (x->answer->is_reply && x->answer->state != TRACK_INVALID)
		x->connection->seen_reply = true;
}

static void pass_through(struct track_table *t, struct passing *x)
{
	pass(x);
	x->connection->last_time = x->time;
	table_touch(t, x->connection);
}

void track_packet(struct track_table *t, const struct track_packet *p, uint64_t time,
		  struct track_answer *ret)
{
	struct passing x = {
		.settings = table_settings(t), .packet = p, .time = time, .answer = ret
	};
	struct key k;
	*ret = (struct track_answer){ .flags = p->flags };
	if (is_untracked(p) || is_icmp_error(p)) {
		if (is_broken(&x))
			return;
		if (is_untracked(p))
			ret->state = TRACK_UNTRACKED;
		else
			icmp_error(t, &x);
		return;
	}
	if (!packet_key(p, &k)) {
		answer_invalid(&x, TRACK_ICMP_NO_QUERY);
		return;
	}
	ret->connection = x.connection = table_get(t, &k, &ret->side);
	pass_through(t, &x);
}

void track_packet_of(struct track_table *t, struct track_connection *c,
		     const struct track_packet *p, uint64_t time, struct track_answer *ret)
{
	struct passing x = { .settings = table_settings(t),
			     .packet = p,
			     .connection = c,
			     .time = time,
			     .answer = ret };
	*ret = (struct track_answer){ .flags = p->flags, .connection = c };
	ret->side = !(c->side[0].addr == p->saddr && c->side[0].port == p->sport &&
		      c->side[1].addr == p->daddr && c->side[1].port == p->dport);
	pass_through(t, &x);
}

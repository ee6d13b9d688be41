/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "talk.h"

static uint64_t state = 1;

void talk_seed(uint64_t seed)
{
	state = seed * 2 + 1;
}

static uint32_t number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

uint32_t talk_random(uint32_t below)
{
	return number() % below;
}

bool talk_chance(unsigned percent)
{
	return talk_random(100) < percent;
}

/* ---- connections ---- */

void talk_open(struct talk *t, unsigned n)
{
	*t = (struct talk){ .v6 = talk_chance(40), .protocol = 6 };
	uint32_t kind = talk_random(100);
	u128 client = t->v6 ? (u128)0xfd00000au << 96 : 0x0a000000;
	u128 server = t->v6 ? (u128)0xfd00000bu << 96 : 0xc0a80000;
	if (kind < 6)
		t->protocol = 17;
	else if (kind < 9)
		t->protocol = t->v6 ? 58 : 1;
	t->addr[0] = client + 1 + n % 200;
	t->addr[1] = server + 1 + n / 200 % 200;
	t->port[0] = (uint16_t)(10000 + n % 50000);
	t->port[1] = (uint16_t)(talk_chance(50) ? 80 : 443);
	t->opener = talk_chance(25); /* from outside */
	for (int i = 0; i < 2; i++) {
		t->end[i].next = talk_chance(10) ? 0xffffffff - talk_random(3000) : number();
		t->end[i].window = (uint16_t)(talk_chance(30) ? talk_random(70) : number());
	}
	t->phase = talk_chance(15) ? 3 : 0; /* the beginning was not seen */
}

/* ---- options ---- */

static size_t put(unsigned char *options, size_t n, const unsigned char *bytes, size_t size)
{
	if (n + size > 40)
		return n;
	memcpy(options + n, bytes, size);
	return n + size;
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static size_t syn_options(unsigned char *o)
{
	size_t n = 0;
	unsigned char scale[] = {
		3, 3, (unsigned char)(talk_chance(10) ? talk_random(256) : talk_random(15))
	};
	if (talk_chance(80))
		n = put(o, n, (const unsigned char *)"\x02\x04\x05\xb4", 4);
	if (talk_chance(70))
		n = put(o, n, (const unsigned char *)"\x04\x02", 2);
	if (talk_chance(30))
		n = put(o, n, (const unsigned char *)"\x08\x0a\0\0\0\1\0\0\0\0", 10);
	if (talk_chance(20))
		n = put(o, n, (const unsigned char *)"\x01", 1);
	if (talk_chance(70))
		n = put(o, n, scale, 3);
	return n;
}

/* SACK blocks at or beyond `at`. */
static size_t sack_options(unsigned char *o, uint32_t at)
{
	unsigned char sack[34] = { 5 };
	unsigned blocks = 1 + talk_random(3);
	size_t n = put(o, 0, (const unsigned char *)"\x01\x01", 2);
	for (unsigned i = 0; i < blocks; i++) {
		uint32_t left = at + (talk_chance(70) ? talk_random(3000) : number());
		put32(sack + 2 + 8 * (size_t)i, left);
		put32(sack + 6 + 8 * (size_t)i, left + talk_random(1500));
	}
	sack[1] = (unsigned char)(2 + 8 * blocks);
	return put(o, n, sack, sack[1]);
}

/* ---- segments ---- */

/* What this end of a TCP would send next. */
static void behave(struct talk *t, struct track_packet *p, unsigned *from, unsigned char *options,
		   size_t *n)
{
	unsigned me = *from;
	if (t->phase < 3) {
		me = *from = t->phase == 1 ? !t->opener : t->opener;
		p->flags = t->phase == 0   ? TRACK_SYN
			   : t->phase == 1 ? TRACK_SYN | TRACK_ACK
					   : TRACK_ACK;
		if (t->phase < 2)
			*n = syn_options(options);
		t->phase++;
	} else {
		p->flags = TRACK_ACK | (talk_chance(50) ? TRACK_PSH : 0);
		if (talk_chance(55))
			p->payload = talk_chance(20) ? 1400 : 1 + talk_random(200);
		else if (talk_chance(20))
			*n = sack_options(options, t->end[!me].next);
		if (talk_chance(5))
			p->flags |= TRACK_FIN;
		else if (talk_chance(2))
			p->flags = TRACK_RST | (talk_chance(50) ? TRACK_ACK : 0);
	}
	p->seq = t->end[me].next;
	p->ack = p->flags & TRACK_ACK ? t->end[!me].next : 0;
	if (talk_chance(5))
		t->end[me].window = (uint16_t)(talk_chance(30) ? 0 : number());
	p->window = t->end[me].window;
	if (t->phase >= 3 && talk_chance(4)) { /* sent again */
		p->payload = 0;
		p->flags = TRACK_ACK;
		*n = 0;
		p->window = (uint16_t)(p->window + talk_random(2));
		return;
	}
	if (p->flags & TRACK_RST)
		p->payload = 0;
	if (talk_chance(3) && t->phase >= 3 && !p->payload)
		p->seq--; /* keepalive */
	else
		t->end[me].next += p->payload + !!(p->flags & (TRACK_SYN)) +
				   !!(p->flags & TRACK_FIN);
	if (t->phase >= 3 && talk_chance(3)) { /* the same addresses and ports for a new one */
		t->phase = 0;
		t->end[t->opener].next = talk_chance(50) ? number()
							 : t->end[t->opener].next + 100000;
	}
}

/* A number near one that means something to the kernel. */
static uint32_t near_a_bound(const struct talk *t, const struct track_connection *c, unsigned from)
{
	uint32_t few = talk_random(5) - 2;
	if (!c || talk_chance(15))
		return t->end[talk_random(2)].next + few;
	/* the ends of the record may be the other way round */
	unsigned me = c->side[0].addr == t->addr[from] ? 0 : 1;
	const struct track_side *s = &c->side[me], *r = &c->side[!me];
	uint32_t window = s->max_window > 66000 ? s->max_window : 66000;
	const uint32_t bounds[] = { s->max_end,
				    s->end,
				    s->end - r->max_window,
				    r->end,
				    r->end - window,
				    r->max_ack,
				    c->last_end,
				    c->last_ack,
				    c->last_seq,
				    s->max_end + r->max_window,
				    r->max_end };
	return bounds[talk_random(ARRAY_SIZE(bounds))] + few;
}

static uint32_t odd_number(const struct talk *t, const struct track_connection *c, unsigned from,
			   uint32_t n)
{
	switch (talk_random(8)) {
	case 0: return number();
	case 1: return n + 0x80000000u + talk_random(3) - 1;
	case 2: return n + talk_random(140000) - 70000;
	case 3: return 0;
	case 4: return n + talk_random(3000);
	default: return near_a_bound(t, c, from);
	}
}

/* Something is not as a TCP would have it. */
static void misbehave(const struct talk *t, const struct track_connection *c, unsigned from,
		      struct track_packet *p, unsigned char *options, size_t *n)
{
	static const unsigned char usual[] = { TRACK_ACK,
					       TRACK_ACK,
					       TRACK_ACK,
					       TRACK_RST,
					       TRACK_RST | TRACK_ACK,
					       TRACK_RST | TRACK_ACK,
					       TRACK_SYN,
					       TRACK_SYN,
					       TRACK_SYN | TRACK_ACK,
					       TRACK_FIN | TRACK_ACK };
	p->flags = talk_chance(90) ? usual[talk_random(ARRAY_SIZE(usual))]
				   : (unsigned char)talk_random(64);
	p->payload = talk_chance(50) ? 0 : talk_chance(10) ? 1400 : talk_random(300);
	p->seq = t->end[from].next;
	p->ack = p->flags & TRACK_ACK || talk_chance(20) ? t->end[!from].next : 0;
	p->window = talk_chance(70) ? t->end[from].window
				    : (uint16_t)(talk_chance(40) ? 0 : number());
	if (talk_chance(60))
		p->seq = odd_number(t, c, from, p->seq);
	if (talk_chance(50))
		p->ack = odd_number(t, c, from, p->ack);
	if (talk_chance(10) && p->payload)
		p->seq -= p->payload; /* its end is near the bound */
	if (p->flags & TRACK_SYN)
		*n = talk_chance(70) ? syn_options(options) : 0;
	else if (talk_chance(20))
		*n = sack_options(options, talk_chance(50) ? p->ack : near_a_bound(t, c, from));
	if (talk_chance(3))
		for (*n = 4 * talk_random(11); talk_chance(98) && *n;
		     options[talk_random((uint32_t)*n)] = (unsigned char)number())
			;
}

/* What hosts answer to a SYN that comes out of turn: a challenge ACK, a reset, SYN/ACK. */
static void answer_syn(struct talk *t, struct track_packet *p)
{
	t->is_asked = false;
	p->seq = t->end[t->asked].next;
	p->ack = t->syn_end;
	p->window = t->end[t->asked].window;
	switch (talk_random(4)) {
	case 0:
		p->flags = TRACK_RST | TRACK_ACK;
		p->seq = talk_chance(70) ? 0 : p->seq;
		break;
	case 1:
		p->flags = TRACK_SYN | TRACK_ACK;
		t->end[!t->asked].next = t->syn_end;
		t->end[t->asked].next++;
		break;
	default: p->flags = TRACK_ACK; p->ack = t->end[!t->asked].next;
	}
}

void talk_next(struct talk *t, const struct track_connection *c, struct track_packet *ret,
	       unsigned char options[40], size_t *ret_n_options, unsigned *ret_from)
{
	unsigned from = talk_random(2);
	size_t n = 0;
	struct track_packet p = { .v6 = t->v6, .protocol = t->protocol };
	memset(options, 0, 40);
	if (t->protocol == 6) {
		if (t->is_asked && talk_chance(60)) {
			from = t->asked;
			answer_syn(t, &p);
		} else if (talk_chance(68))
			behave(t, &p, &from, options, &n);
		else
			misbehave(t, c, from, &p, options, &n);
		if ((p.flags & (TRACK_SYN | TRACK_ACK | TRACK_RST | TRACK_FIN)) == TRACK_SYN) {
			t->is_asked = true;
			t->asked = !from;
			t->syn_end = p.seq + 1 + p.payload;
		}
	} else if (t->protocol != 17) {
		bool request = talk_chance(60);
		from = request ? t->opener : !t->opener;
		p.icmp_type = t->v6 ? (request ? 128 : 129) : request ? 8 : 0;
	} else if (t->phase == 0) {
		from = t->opener;
		t->phase = 3;
	}
	p.saddr = t->addr[from];
	p.daddr = t->addr[!from];
	p.sport = p.icmp_type || t->protocol == 1 ? t->port[0] : t->port[from];
	p.dport = t->port[!from];
	while (n % 4)
		options[n++] = 0;
	track_options(&p, options, n);
	*ret = p;
	*ret_n_options = n;
	*ret_from = from;
}

/* ---- bytes ---- */

static void put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static uint32_t sum(const unsigned char *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += (unsigned)p[i] << 8 | p[i + 1];
	return n & 1 ? s + ((uint32_t)p[n - 1] << 8) : s;
}

static unsigned fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

/* The transport header and the payload; `*ret_sum_at`: where its checksum is. */
static size_t transport(const struct track_packet *p, const unsigned char *options,
			size_t n_options, unsigned char *b, size_t *ret_sum_at)
{
	put16(b, p->sport);
	put16(b + 2, p->dport);
	if (p->protocol == 6) {
		put32(b + 4, p->seq);
		put32(b + 8, p->ack);
		b[12] = (unsigned char)((5 + n_options / 4) << 4);
		b[13] = p->flags;
		put16(b + 14, p->window);
		memcpy(b + 20, options, n_options);
		*ret_sum_at = 16;
		return 20 + n_options + p->payload;
	}
	if (p->protocol == 17) {
		put16(b + 4, 8 + p->payload);
		*ret_sum_at = 6;
		return 8 + p->payload;
	}
	b[0] = p->icmp_type;
	put16(b + 4, p->sport);
	put16(b + 2, 0);
	put16(b + 6, p->has_inner ? 0 : 1);
	*ret_sum_at = 2;
	return 8 + p->payload; /* of an error: put there by talk_error() */
}

static size_t ip_header(const struct track_packet *p, size_t n, unsigned char *buf)
{
	size_t head = p->v6 ? 40 : 20, bytes = p->v6 ? 16 : 4, at = p->v6 ? 8 : 12;
	if (p->v6) {
		buf[0] = 0x60;
		put16(buf + 4, (unsigned)n);
		buf[6] = p->protocol;
		buf[7] = 64;
	} else {
		buf[0] = 0x45;
		put16(buf + 2, (unsigned)(head + n));
		buf[6] = 0x40;
		buf[8] = 64;
		buf[9] = p->protocol;
	}
	for (size_t i = 0; i < bytes; i++) {
		buf[at + i] = (unsigned char)(p->saddr >> (8 * (bytes - 1 - i)));
		buf[at + bytes + i] = (unsigned char)(p->daddr >> (8 * (bytes - 1 - i)));
	}
	if (!p->v6)
		put16(buf + 10, fold(sum(buf, 20, 0)));
	return head;
}

/* Writes the header of IP, and the checksum of what is behind it. */
static size_t finish(const struct track_packet *p, size_t n, size_t sum_at, unsigned char *buf)
{
	size_t head = ip_header(p, n, buf), bytes = p->v6 ? 16 : 4, at = p->v6 ? 8 : 12;
	uint32_t x = p->protocol == 1 ? 0 : sum(buf + at, 2 * bytes, p->protocol + (uint32_t)n);
	unsigned check = fold(sum(buf + head, n, x));
	put16(buf + head + sum_at, check || p->protocol != 17 ? check : 0xffff);
	return head + n;
}

size_t talk_bytes(const struct track_packet *p, const unsigned char *options, size_t n_options,
		  unsigned char buf[TALK_PACKET_MAX])
{
	size_t head = p->v6 ? 40 : 20, sum_at;
	memset(buf, 0, TALK_PACKET_MAX);
	size_t n = transport(p, options, n_options, buf + head, &sum_at);
	return finish(p, n, sum_at, buf);
}

size_t talk_error(const struct talk *t, unsigned from, struct track_packet *ret,
		  unsigned char buf[TALK_PACKET_MAX])
{
	struct track_packet about = { .v6 = t->v6,
				      .protocol = t->protocol,
				      .saddr = t->addr[from],
				      .daddr = t->addr[!from] };
	struct track_packet p = { .v6 = t->v6,
				  .protocol = t->v6 ? 58 : 1,
				  .icmp_type = t->v6 ? 1 : 3,
				  .has_inner = true };
	size_t head = t->v6 ? 40 : 20, sum_at;
	about.sport = t->port[from];
	about.dport = (uint16_t)(t->port[!from] + talk_chance(15));
	about.seq = t->end[from].next;
	p.saddr = t->addr[!from] + 1000; /* a router behind ours */
	p.daddr = t->addr[from] + talk_chance(15);
	p.payload = (uint32_t)head + 20;
	p.inner = (struct track_inner){ t->protocol, about.saddr, about.daddr, about.sport,
					about.dport };
	memset(buf, 0, TALK_PACKET_MAX);
	unsigned char *inner = buf + head + 8;
	size_t n = transport(&p, NULL, 0, buf + head, &sum_at);
	transport(&about, inner, 0, inner + head, &sum_at);
	ip_header(&about, 20, inner);
	*ret = p;
	return finish(&p, n, 2, buf);
}

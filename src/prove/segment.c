/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP packets as bytes (RFC 791, 8200, 9293, 768, 792, 4443). */
#include <fwlint/prove.h>

static void put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static void put32(unsigned char *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static unsigned get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put_address(unsigned char *p, u128 v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (unsigned char)(v >> (8 * (bytes - 1 - i)));
}

static u128 get_address(const unsigned char *p, unsigned bytes)
{
	u128 v = 0;
	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

static uint32_t sum(const unsigned char *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += get16(p + i);
	return n & 1 ? s + ((uint32_t)p[n - 1] << 8) : s;
}

static unsigned fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

/* The header of the transport protocol; returns its length, `*ret_sum_at` the place of its checksum
 * (0: none). */
static size_t build_transport(const struct segment *s, unsigned char *p, size_t *ret_sum_at)
{
	*ret_sum_at = 0;
	switch (s->protocol) {
	case 6:
		put16(p, s->sport);
		put16(p + 2, s->dport);
		put32(p + 4, s->seq);
		put32(p + 8, s->ack);
		p[12] = 5 << 4;
		p[13] = s->flags;
		put16(p + 14, s->window);
		*ret_sum_at = 16;
		return 20;
	case 17:
	case 136:
		put16(p, s->sport);
		put16(p + 2, s->dport);
		put16(p + 4, 8u + s->payload);
		*ret_sum_at = 6;
		return 8;
	case 132: /* the common header of SCTP and an INIT chunk */
		put16(p, s->sport);
		put16(p + 2, s->dport);
		p[12] = 1;
		put16(p + 14, 20);
		put32(p + 16, 1);
		put32(p + 20, 1500);
		put16(p + 24, 1);
		put16(p + 26, 1);
		put32(p + 28, 1);
		return 32;
	case 1:
	case 58:
		p[0] = s->icmp_type;
		p[1] = s->icmp_code;
		put16(p + 4, s->sport); /* identifier of an echo */
		put16(p + 6, 1);
		*ret_sum_at = 2;
		return 8;
	default: return 0;
	}
}

size_t segment_build(const struct segment *s, unsigned char buf[SEGMENT_MAX])
{
	unsigned bytes = s->v6 ? 16 : 4;
	size_t head = s->v6 ? 40 : 20, sum_at;
	memset(buf, 0, SEGMENT_MAX);
	unsigned char *p = buf + head;
	size_t n = build_transport(s, p, &sum_at) + (s->protocol == 132 ? 0 : s->payload);
	for (size_t i = n - (s->protocol == 132 ? 0 : s->payload); i < n; i++)
		p[i] = 'x';
	if (s->v6) {
		put32(buf, 6u << 28 | (uint32_t)s->dscp << 22);
		put16(buf + 4, (unsigned)n);
		buf[6] = s->protocol;
		buf[7] = s->ttl;
	} else {
		buf[0] = 0x45;
		buf[1] = (unsigned char)(s->dscp << 2);
		put16(buf + 2, (unsigned)(head + n));
		put16(buf + 6, 0x4000); /* do not fragment */
		buf[8] = s->ttl;
		buf[9] = s->protocol;
	}
	put_address(buf + (s->v6 ? 8 : 12), s->saddr, bytes);
	put_address(buf + (s->v6 ? 8 : 12) + bytes, s->daddr, bytes);
	if (!s->v6)
		put16(buf + 10, fold(sum(buf, 20, 0)));
	if (sum_at) {
		uint32_t x = s->protocol == 1 ? 0
					      : sum(buf + (s->v6 ? 8 : 12), (size_t)2 * bytes,
						    s->protocol + (uint32_t)n);
		unsigned check = fold(sum(p, n, x));
		put16(p + sum_at, check || s->protocol != 17 ? check : 0xffff);
	}
	return head + n;
}

bool segment_parse(const unsigned char *buf, size_t n, struct segment *ret)
{
	struct segment s = { 0 };
	size_t head = 20;
	if (n < 20 || (buf[0] >> 4 != 4 && buf[0] >> 4 != 6))
		return false;
	s.v6 = buf[0] >> 4 == 6;
	if (s.v6) {
		head = 40;
		if (n < 40)
			return false;
		s.dscp = (unsigned char)(get32(buf) >> 22 & 63);
		s.protocol = buf[6];
		s.ttl = buf[7];
		s.saddr = get_address(buf + 8, 16);
		s.daddr = get_address(buf + 24, 16);
	} else {
		head = (size_t)4 * (buf[0] & 15);
		if (head < 20 || n < head || (get16(buf + 6) & 0x3fff))
			return false;
		s.dscp = buf[1] >> 2;
		s.ttl = buf[8];
		s.protocol = buf[9];
		s.saddr = get_address(buf + 12, 4);
		s.daddr = get_address(buf + 16, 4);
	}
	const unsigned char *p = buf + head;
	if (n >= head + 8) {
		s.sport = (uint16_t)get16(p);
		s.dport = (uint16_t)get16(p + 2);
	}
	if (s.protocol == 6) {
		if (n < head + 20)
			return false;
		s.seq = get32(p + 4);
		s.ack = get32(p + 8);
		s.flags = p[13];
		s.window = (uint16_t)get16(p + 14);
		size_t all = s.v6 ? 40u + get16(buf + 4) : get16(buf + 2),
		       options = (size_t)4 * (p[12] >> 4);
		s.payload = (uint16_t)(all > head + options ? all - head - options : 0);
	} else if ((s.protocol == 1 || s.protocol == 58) && n >= head + 2) {
		s.icmp_type = p[0];
		s.icmp_code = p[1];
	}
	*ret = s;
	return true;
}

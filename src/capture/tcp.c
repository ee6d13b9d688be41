/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TCP header and its options (RFC 9293, RFC 7323, RFC 2018). */
#include "decode.h"

#define TCP_MIN 20
#define TCP_FLAGS_END 14 /* with fewer bytes it is not a segment: its flags are unknown */

enum { OPT_END = 0, OPT_NOP = 1, OPT_SCALE = 3, OPT_SACK_OK = 4, OPT_SACK = 5, OPT_TIME = 8 };

static void read_sack(const uint8_t *p, size_t n, struct tcp_options *o)
{
	for (; n >= 8 && o->n_sack < ARRAY_SIZE(o->sack); p += 8, n -= 8) {
		o->sack[o->n_sack].begin = be32(p);
		o->sack[o->n_sack++].end = be32(p + 4);
	}
}

static void read_option(const uint8_t *p, size_t n, struct tcp_options *o)
{
	if (p[0] == OPT_SCALE && n == 3) {
		o->has_window_scale = true;
		o->window_scale = p[2] > 14 ? 14 : p[2];
	}
	if (p[0] == OPT_SACK_OK && n == 2)
		o->has_sack_permitted = true;
	if (p[0] == OPT_SACK)
		read_sack(p + 2, n - 2, o);
	if (p[0] == OPT_TIME && n == 10) {
		o->has_timestamp = true;
		o->timestamp = be32(p + 2);
	}
}

static void read_options(const uint8_t *p, size_t n, struct tcp_options *o)
{
	while (n) {
		if (p[0] == OPT_END)
			return;
		size_t len = p[0] == OPT_NOP ? 1 : n > 1 ? p[1] : 0;
		if (!len || len > n || (p[0] != OPT_NOP && len < 2))
			return;
		read_option(p, len, o);
		p += len;
		n -= len;
	}
}

void decode_tcp(struct view v, struct captured *ret)
{
	if (v.n < TCP_FLAGS_END)
		return;
	size_t header = (size_t)(v.p[12] >> 4) * 4;
	if (header < TCP_MIN || header > v.wire)
		return;
	ret->kind = CAPTURED_TCP;
	ret->sport = be16(v.p);
	ret->dport = be16(v.p + 2);
	ret->seq = be32(v.p + 4);
	ret->ack = be32(v.p + 8);
	ret->flags = v.p[13];
	ret->header = (uint8_t)header;
	ret->length = (uint32_t)(v.wire - header);
	ret->is_cut = v.n < header;
	ret->window = v.n >= 16 ? be16(v.p + 14) : 0;
	ret->options = (struct tcp_options){ 0 };
	if (v.n > TCP_MIN && header > TCP_MIN)
		read_options(v.p + TCP_MIN, (v.n < header ? v.n : header) - TCP_MIN, &ret->options);
}

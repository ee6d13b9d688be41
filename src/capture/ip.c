/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 and IPv6, with extension headers, fragments, and packets in packets. */
#include "decode.h"

#define IP4_MIN 20
#define IP6_HEADER 40
#define UDP_HEADER 8
#define VXLAN_PORT 4789

enum {
	PROTO_HOP_BY_HOP = 0,
	PROTO_IP4 = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IP6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_AH = 51,
	PROTO_ICMP6 = 58,
	PROTO_DESTINATION = 60,
	PROTO_MOBILITY = 135
};

#define ND_SOLICIT 135
#define ND_ADVERT 136
#define ND_LEN 24
#define ND_SOURCE_ADDRESS 1
#define ND_TARGET_ADDRESS 2

/*
 * RFC 4861: a solicitation claims its source address if it contains a link-layer address (7.2.3; a
 * probe for duplicates, from ::, has none), and an advertisement claims its target.
 */
static void decode_neighbour(struct view v, struct captured *ret)
{
	bool advert = v.n >= ND_LEN && v.p[0] == ND_ADVERT,
	     solicit = v.n >= ND_LEN + 8 && v.p[0] == ND_SOLICIT &&
		       v.p[ND_LEN] == ND_SOURCE_ADDRESS;
	if (!advert && !solicit)
		return;
	ret->kind = CAPTURED_CLAIM;
	ret->source.family = 6;
	if (advert)
		memcpy(ret->source.bytes, v.p + 8, 16);
	if (v.n >= ND_LEN + 8 && v.p[25] == 1 &&
	    v.p[ND_LEN] == (advert ? ND_TARGET_ADDRESS : ND_SOURCE_ADDRESS)) {
		ret->has_mac = true;
		memcpy(ret->mac, v.p + 26, MAC_LEN);
	}
}

/* RFC 2784, RFC 2890 */
static bool decode_gre(struct view *v, uint16_t *type)
{
	if (v->n < 4 || (v->p[1] & 7) || (v->p[0] & 0x40))
		return false;
	uint8_t flags = v->p[0];
	*type = be16(v->p + 2);
	size_t n = 4 + (flags & 0x80 ? 4u : 0) + (flags & 0x20 ? 4u : 0) + (flags & 0x10 ? 4u : 0);
	return view_skip(v, n);
}

/* RFC 7348; an Ethernet frame within. */
static bool decode_udp(struct view *v, uint16_t *type)
{
	if (v->n < UDP_HEADER + 8 || be16(v->p + 2) != VXLAN_PORT || v->p[8] != 8)
		return false;
	*type = TYPE_BRIDGED;
	return view_skip(v, UDP_HEADER + 8);
}

static bool decode_carried(uint8_t protocol, struct view *v, uint16_t *type, struct captured *ret)
{
	switch (protocol) {
	case PROTO_TCP: decode_tcp(*v, ret); break;
	case PROTO_ICMP6: decode_neighbour(*v, ret); break;
	case PROTO_UDP: return decode_udp(v, type);
	case PROTO_GRE: return decode_gre(v, type);
	case PROTO_IP4:
	case PROTO_IP6: *type = TYPE_IP4; return true;
	default: break;
	}
	return false;
}

/* Cuts off what follows the packet; length 0: a segment not split yet (TSO), or a jumbogram. */
static void limit(struct view *v, size_t length)
{
	if (!length || length > v->wire)
		return;
	v->wire = length;
	if (v->n > length)
		v->n = length;
}

static bool decode_ip4(struct view *v, uint16_t *type, struct fragments *f, struct captured *ret)
{
	const uint8_t *h = v->p;
	size_t header = (size_t)(h[0] & 15) * 4, length = be16(h + 2);
	if (header < IP4_MIN || (length && length < header))
		return false;
	limit(v, length);
	ret->source.family = ret->destination.family = 4;
	memset(ret->source.bytes, 0, sizeof(ret->source.bytes));
	memset(ret->destination.bytes, 0, sizeof(ret->destination.bytes));
	memcpy(ret->source.bytes, h + 12, 4);
	memcpy(ret->destination.bytes, h + 16, 4);
	ret->ip_length = (uint16_t)length;
	ret->tos = h[1];
	ret->ip_id = be16(h + 4);
	uint16_t fragment = be16(h + 6);
	ret->dont_fragment = fragment & 0x4000;
	ret->ttl = h[8];
	ret->flow_label = 0;
	uint8_t protocol = h[9];
	if (!view_skip(v, header))
		return false;
	if (fragment & 0x3fff) {
		struct fragment x = { .packet = ret,
				      .protocol = protocol,
				      .id = ret->ip_id,
				      .offset = (fragment & 0x1fffu) * 8,
				      .is_last = !(fragment & 0x2000) };
		if (!fragments_add(f, &x, v))
			return false;
	}
	return decode_carried(protocol, v, type, ret);
}

/* RFC 8200. False: nothing of use follows. */
static bool skip_extensions(struct view *v, uint8_t *next, struct fragments *f,
			    struct captured *ret)
{
	for (unsigned i = 0; i < 64; i++) {
		size_t n;
		switch (*next) {
		case PROTO_HOP_BY_HOP:
		case PROTO_ROUTING:
		case PROTO_DESTINATION:
		case PROTO_MOBILITY: n = v->n < 8 ? 0 : ((size_t)v->p[1] + 1) * 8; break;
		case PROTO_AH: n = v->n < 8 ? 0 : ((size_t)v->p[1] + 2) * 4; break;
		case PROTO_FRAGMENT: n = 8; break;
		default: return true;
		}
		if (!n || v->n < n)
			return false;
		const uint8_t *h = v->p;
		uint8_t now = *next;
		*next = h[0];
		(void)view_skip(v, n);
		if (now != PROTO_FRAGMENT || !(be16(h + 2) & 0xfff9))
			continue;
		struct fragment x = { .packet = ret,
				      .protocol = *next,
				      .id = be32(h + 4),
				      .offset = be16(h + 2) & 0xfff8u,
				      .is_last = !(h[3] & 1) };
		if (!fragments_add(f, &x, v))
			return false;
	}
	return false;
}

static bool decode_ip6(struct view *v, uint16_t *type, struct fragments *f, struct captured *ret)
{
	const uint8_t *h = v->p;
	if (!view_skip(v, IP6_HEADER))
		return false;
	size_t length = be16(h + 4);
	limit(v, length);
	ret->source.family = ret->destination.family = 6;
	memcpy(ret->source.bytes, h + 8, 16);
	memcpy(ret->destination.bytes, h + 24, 16);
	ret->ip_length = (uint16_t)(length + IP6_HEADER);
	ret->tos = (uint8_t)(be16(h) >> 4);
	ret->ip_id = 0;
	ret->dont_fragment = true;
	ret->ttl = h[7];
	ret->flow_label = be32(h) & 0xfffff;
	uint8_t next = h[6];
	return skip_extensions(v, &next, f, ret) && decode_carried(next, v, type, ret);
}

bool decode_ip(struct view *v, uint16_t *type, struct fragments *f, struct captured *ret)
{
	if (v->n < IP4_MIN)
		return false;
	if (v->p[0] >> 4 == 4)
		return decode_ip4(v, type, f, ret);
	return v->p[0] >> 4 == 6 && decode_ip6(v, type, f, ret);
}

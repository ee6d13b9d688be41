/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link layers: from a frame to IP, or to an address that somebody claims. */
#include "decode.h"

#include <pcap/dlt.h>

#ifndef DLT_LINUX_SLL2
#define DLT_LINUX_SLL2 276
#endif

#define LINKTYPE_RAW 101 /* as libpcap names DLT_RAW in files */
#define ARPHRD_ETHER 1
#define SLL_OUTGOING 4 /* PACKET_OUTGOING of linux/if_packet.h */

/* RFC 826: the sender of a request or an answer claims an address; 0.0.0.0 is a probe (RFC 5227).
 */
static void decode_arp(struct view v, struct captured *ret)
{
	if (v.n < 28 || be16(v.p) != ARPHRD_ETHER || be16(v.p + 2) != TYPE_IP4 || v.p[4] != 6 ||
	    v.p[5] != 4 || !be32(v.p + 14))
		return;
	ret->kind = CAPTURED_CLAIM;
	ret->has_mac = true;
	memcpy(ret->mac, v.p + 8, MAC_LEN);
	memset(&ret->source, 0, sizeof(ret->source));
	ret->source.family = 4;
	memcpy(ret->source.bytes, v.p + 14, 4);
}

/* Takes the header off; false: it is incomplete. */
static bool skip_ethernet(struct view *v, uint16_t *type, struct captured *ret)
{
	if (v->n < 14)
		return false;
	ret->has_mac = true;
	memcpy(ret->mac, v->p + MAC_LEN, MAC_LEN);
	*type = be16(v->p + 12);
	return view_skip(v, 14);
}

static bool skip_vlan(struct view *v, uint16_t *type)
{
	if (v->n < 4)
		return false;
	*type = be16(v->p + 2);
	return view_skip(v, 4);
}

/* RFC 3032: skips to the bottom of the stack; the packet there tells its IP version. */
static bool skip_mpls(struct view *v, uint16_t *type)
{
	while (v->n >= 4 && !(v->p[2] & 1))
		(void)view_skip(v, 4);
	*type = TYPE_IP4;
	return view_skip(v, 4);
}

/* RFC 1661; with the header of HDLC or without */
static bool skip_ppp(struct view *v, uint16_t *type)
{
	if (v->n >= 2 && v->p[0] == 0xff && v->p[1] == 3)
		(void)view_skip(v, 2);
	if (v->n < 2 || (be16(v->p) != 0x0021 && be16(v->p) != 0x0057))
		return false;
	*type = TYPE_IP4;
	return view_skip(v, 2);
}

static void decode_ethertype(uint16_t type, struct view v, struct fragments *f,
			     struct captured *ret)
{
	bool goes_on = true;
	for (unsigned depth = 0; goes_on && depth <= DEPTH_MAX; depth++) {
		switch (type) {
		case TYPE_IP4:
		case TYPE_IP6: goes_on = decode_ip(&v, &type, f, ret); break;
		case TYPE_BRIDGED: goes_on = skip_ethernet(&v, &type, ret); break;
		case TYPE_VLAN:
		case TYPE_QINQ:
		case TYPE_QINQ_OLD: goes_on = skip_vlan(&v, &type); break;
		case TYPE_MPLS: goes_on = skip_mpls(&v, &type); break;
		case TYPE_PPPOE:
			/* RFC 2516 */
			goes_on = view_skip(&v, 6) && skip_ppp(&v, &type);
			break;
		case TYPE_ARP: decode_arp(v, ret); return;
		default: return;
		}
	}
}

/* pcap-linktype(7): LINKTYPE_LINUX_SLL and _SLL2 */
static void decode_cooked(struct view v, bool second, struct fragments *f, struct captured *ret)
{
	size_t header = second ? 20 : 16;
	if (v.n < header)
		return;
	const uint8_t *h = v.p;
	uint16_t way = second ? h[10] : be16(h);
	uint16_t mac_len = second ? h[11] : be16(h + 4);
	ret->way = way == SLL_OUTGOING ? WAY_OUT : WAY_IN;
	ret->has_mac = mac_len == MAC_LEN;
	if (ret->has_mac)
		memcpy(ret->mac, h + (second ? 12 : 6), MAC_LEN);
	uint16_t type = second ? be16(h) : be16(h + 14);
	(void)view_skip(&v, header);
	decode_ethertype(type, v, f, ret);
}

/* The packet of NFLOG is one of its attributes (pcap-linktype(7)). */
static void decode_nflog(struct view v, struct fragments *f, struct captured *ret)
{
	if (!view_skip(&v, 4))
		return;
	while (v.n >= 4) {
		/* in the byte order of the host that wrote it; libpcap swaps it to ours */
		uint16_t len, type;
		memcpy(&len, v.p, 2);
		memcpy(&type, v.p + 2, 2);
		if (len < 4 || len > v.wire)
			return;
		struct view inner = v;
		if (type == 9 && view_skip(&inner, 4)) {
			size_t n = len - 4u;
			inner.n = inner.n < n ? inner.n : n;
			inner.wire = n;
			decode_ethertype(TYPE_IP4, inner, f, ret);
			return;
		}
		if (!view_skip(&v, ((size_t)len + 3) & ~(size_t)3))
			return;
	}
}

void decode_frame(int link_type, struct view v, struct fragments *f, struct captured *ret)
{
	switch (link_type) {
	case DLT_EN10MB: decode_ethertype(TYPE_BRIDGED, v, f, ret); break;
	case DLT_LINUX_SLL: decode_cooked(v, false, f, ret); break;
	case DLT_LINUX_SLL2: decode_cooked(v, true, f, ret); break;
	case DLT_NULL:
	case DLT_LOOP:
		/* each system numbers the families differently; the IP version tells */
		if (view_skip(&v, 4))
			decode_ethertype(TYPE_IP4, v, f, ret);
		break;
	case DLT_RAW:
	case LINKTYPE_RAW:
	case DLT_IPV4:
	case DLT_IPV6: decode_ethertype(TYPE_IP4, v, f, ret); break;
	case DLT_PPP: {
		uint16_t type;
		if (skip_ppp(&v, &type))
			decode_ethertype(type, v, f, ret);
		break;
	}
	case DLT_NFLOG: decode_nflog(v, f, ret); break;
	default: break;
	}
}

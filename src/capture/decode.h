/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to capture: the way from a frame to TCP, layer by layer. */
#ifndef CAPTURE_DECODE_H
#define CAPTURE_DECODE_H

#include <fwlint/capture.h>

/* What is left of a frame. */
struct view {
	const uint8_t *p;
	size_t n;    /* bytes captured */
	size_t wire; /* bytes on the wire: never fewer than `n` */
};

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Takes n bytes off; false: they were not captured. */
static inline bool view_skip(struct view *v, size_t n)
{
	if (v->n < n)
		return false;
	v->p += n;
	v->n -= n;
	v->wire -= n;
	return true;
}

/* Fragments that wait for others: a small table, from which the oldest is dropped first. */
struct fragments;
struct fragments *fragments_new(struct arena *a);
struct fragment {
	const struct captured *packet; /* its addresses, protocol and number identify the packet */
	uint8_t protocol;
	uint32_t id;
	uint32_t offset; /* in bytes */
	bool is_last;
};
/*
 * Takes a fragment. True: the packet is now complete, and `*data` is its beginning; valid until the
 * next fragment.
 */
FW_CHECKED
bool fragments_add(struct fragments *f, const struct fragment *x, struct view *data);

/* Each fills in what it finds, and sets the kind. */
void decode_frame(int link_type, struct view v, struct fragments *f, struct captured *ret);
/* True: the packet contains another one, of EtherType `*type`, which `v` is set to. */
bool decode_ip(struct view *v, uint16_t *type, struct fragments *f, struct captured *ret);
/* The payload of IP; `v` is the captured part of it. */
void decode_tcp(struct view v, struct captured *ret);

#define DEPTH_MAX 8 /* packets in packets */

enum {
	TYPE_IP4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_BRIDGED = 0x6558, /* Ethernet in GRE, VXLAN */
	TYPE_VLAN = 0x8100,
	TYPE_IP6 = 0x86dd,
	TYPE_MPLS = 0x8847,
	TYPE_PPPOE = 0x8864,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100
};

#endif

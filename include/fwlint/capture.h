/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture: packets out of a capture file or of an interface, by libpcap, decoded down to TCP.
 *
 * Frames are decoded where libpcap has them: nothing is allocated for a packet. Views in a struct
 * captured are valid until the next call. Frames are numbered from 1, as Wireshark counts them.
 * Any bytes may come: a packet that is cut off, or does not hold together, is CAPTURED_OTHER.
 */
#ifndef FWLINT_CAPTURE_H
#define FWLINT_CAPTURE_H

#include <fwlint/base.h>

#include <stdio.h>
#include <string.h>

#define MAC_LEN 6

/* An IPv4 or IPv6 address: 4 or 16 bytes, the rest is 0. */
struct address {
	uint8_t bytes[16];
	uint8_t family; /* 4 or 6; 0: none */
};

enum captured_kind {
	CAPTURED_TCP,
	CAPTURED_CLAIM, /* somebody says that an address is his: ARP, or neighbour discovery */
	CAPTURED_OTHER
};

/* Where a frame was seen, in captures that say so (Linux cooked). */
enum captured_way { WAY_UNKNOWN, WAY_IN, WAY_OUT };

/* TCP's options, as far as they were captured. */
struct tcp_options {
	bool has_window_scale, has_sack_permitted, has_timestamp;
	uint8_t window_scale, n_sack;
	uint32_t timestamp;
	struct {
		uint32_t begin, end;
	} sack[4];
};

struct captured {
	enum captured_kind kind;
	enum captured_way way;
	uint64_t frame;
	int64_t time; /* ns since 1970 */
	bool has_mac;
	uint8_t mac[MAC_LEN]; /* of the sender */
	/* IP; a claim has `source` alone */
	struct address source, destination;
	uint8_t ttl; /* or hop limit */
	bool dont_fragment;
	uint16_t ip_id;      /* IPv4 */
	uint32_t flow_label; /* IPv6 */
	uint16_t ip_length;  /* bytes of the packet */
	uint8_t tos;
	/* TCP */
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint16_t window;
	uint8_t flags;   /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16 … */
	uint32_t length; /* bytes of data, as IP says */
	uint8_t header;  /* bytes of the TCP header, as it says */
	bool is_cut;     /* the snap length cut the TCP header off: what follows is not known */
	struct tcp_options options;
};

struct capture;

/*
 * A file, or "-" for standard input. `filter`: in pcap's syntax, or NULL. NULL, or why it could not
 * be opened; close it when it could.
 */
FW_CHECKED
const char *capture_open(const char *path, const char *filter, struct arena *a,
			 struct capture **ret);
/* The same from a stream, which is closed with it. */
FW_CHECKED
const char *capture_open_stream(FILE *f, const char *name, const char *filter, struct arena *a,
				struct capture **ret);

/*
 * The packets of an interface of this host ("any": of all), from now on; nothing of it is changed.
 * The kernel filters. Needs CAP_NET_RAW here, and no rights to read on.
 */
FW_CHECKED
const char *capture_open_live(const char *interface, const char *filter, struct arena *a,
			      struct capture **ret);
/* For poll(2): readable when there are frames. */
int capture_fd(const struct capture *c);
/* Frames that were lost because they were not read in time. */
uint64_t capture_dropped(const struct capture *c);

enum capture_next {
	CAPTURE_FRAME,
	CAPTURE_NONE, /* live: there is no frame now */
	CAPTURE_END,
	CAPTURE_CUT,    /* the file ends in the middle of a frame */
	CAPTURE_DAMAGED /* it cannot be read on: see capture_why() */
};

/* The next frame that the filter lets through. */
enum capture_next capture_next(struct capture *c, struct captured *ret);
const char *capture_why(const struct capture *c);
const char *capture_name(const struct capture *c);
/* How many frames there were so far, and of these through the filter. */
uint64_t capture_frames(const struct capture *c);
void capture_close(struct capture *c);

/* Writes the frames whose numbers are in the sorted list, of the file `path`, to the file `to`. */
FW_CHECKED
const char *capture_copy(const char *path, const uint64_t *frames, size_t n, const char *to,
			 struct arena *a);

/* "192.0.2.1", "2001:db8::1" */
const char *address_print(const struct address *x, struct arena *a);
static inline bool address_is_same(const struct address *x, const struct address *y)
{
	return x->family == y->family && memcmp(x->bytes, y->bytes, sizeof(x->bytes)) == 0;
}
/* As a number in host order. */
u128 address_number(const struct address *x);
/* The lowest bits are as good as any. */
uint64_t address_hash(const struct address *x);
/* "02:00:00:00:00:01" */
const char *mac_print(const uint8_t mac[MAC_LEN], struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#ifndef TRACK_PRIVATE_H
#define TRACK_PRIVATE_H

#include <fwlint/track.h>

#define SECOND 1000000000ULL

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMPV6 = 58, PROTO_UDPLITE = 136 };

/* enum tcp_bit_set of the kernel */
enum segment_kind { SEG_SYN, SEG_SYNACK, SEG_FIN, SEG_ACK, SEG_RST, SEG_NONE };

/* IP_CT_TCP_FLAG_* of linux/netfilter/nf_conntrack_tcp.h */
enum {
	SIDE_WINDOW_SCALE = 0x01,
	SIDE_SACK_PERM = 0x02,
	SIDE_CLOSE_INIT = 0x04,
	SIDE_BE_LIBERAL = 0x08,
	SIDE_DATA_UNACKED = 0x10,
	SIDE_MAXACK_SET = 0x20,
	EXPECT_CHALLENGE_ACK = 0x40,
	SIMULTANEOUS_OPEN = 0x80
};

/* Which packets belong together. */
struct key {
	bool v6;
	unsigned char protocol, kind;
	u128 addr[2];
	uint16_t port[2];
	uint32_t code; /* of the hash table; 0: not computed */
};

/* The key of the packet, with its sender first. For ICMP, of a query or its answer; false: another
 * message. */
bool packet_key(const struct track_packet *p, struct key *ret);
/* The record of this key, `*ret_side` its first end; NULL: none. */
struct track_connection *table_find(const struct track_table *t, const struct key *k,
				    unsigned char *ret_side);
/* The same, but makes a record if there is none. */
struct track_connection *table_get(struct track_table *t, const struct key *k,
				   unsigned char *ret_side);
/* Moves the record to the newest end of its list. */
void table_touch(struct track_table *t, struct track_connection *c);
const struct track_settings *table_settings(const struct track_table *t);

/* One packet on its way through the model. */
struct passing {
	const struct track_settings *settings;
	const struct track_packet *packet;
	struct track_connection *connection;
	uint64_t time;
	struct track_answer *answer;
};

static inline bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool is_after(uint32_t a, uint32_t b)
{
	return is_before(b, a);
}

/* segment_seq_plus_len() of the kernel */
static inline uint32_t segment_end(const struct track_packet *p)
{
	return p->seq + p->payload + !!(p->flags & TRACK_SYN) + !!(p->flags & TRACK_FIN);
}

static inline struct track_side *sender_of(const struct passing *x)
{
	return &x->connection->side[x->answer->side];
}

static inline struct track_side *receiver_of(const struct passing *x)
{
	return &x->connection->side[!x->answer->side];
}

static inline void answer_invalid(struct passing *x, enum track_reason reason)
{
	x->answer->state = TRACK_INVALID;
	x->answer->reason = reason;
}

/* The time-out of the entry begins anew. */
void refresh(struct passing *x, uint32_t seconds);

enum window { IN_WINDOW, WINDOW_IGNORED, WINDOW_INVALID };

/* tcp_in_window(): learns from a segment in the window, else fills in reason and figures. */
enum window tcp_in_window(struct passing *x, enum segment_kind kind);
/* tcp_options() of the kernel: what the options of a SYN say about its sender. */
void side_options(struct track_side *side, const struct track_packet *p);
/* nf_conntrack_tcp_packet(); the answer's state is NEW or ESTABLISHED when it is called. */
void tcp_packet(struct passing *x);

#endif

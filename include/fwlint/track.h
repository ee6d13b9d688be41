/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * track: connection tracking as the kernel does it (nf_conntrack), without a kernel. Packets go in
 * one by one, from a capture or from a test; out comes NEW, ESTABLISHED, RELATED or INVALID, and
 * why.
 *
 * TCP is the model of net/netfilter/nf_conntrack_proto_tcp.c: the table tcp_conntracks,
 * tcp_in_window() with scaling and SACK, all time-outs. UDP, ICMP and others are as simple as the
 * kernel has them. It knows no address translation and no helpers: a table sees the packets of one
 * place.
 *
 * Packets that a ruleset stops before they leave make no entry in the kernel: a caller that knows
 * this calls track_unconfirm().
 */
#ifndef FWLINT_TRACK_H
#define FWLINT_TRACK_H

#include <fwlint/base.h>

/* ---- a packet ---- */

enum {
	TRACK_FIN = 0x01,
	TRACK_SYN = 0x02,
	TRACK_RST = 0x04,
	TRACK_PSH = 0x08,
	TRACK_ACK = 0x10,
	TRACK_URG = 0x20
};

/* The packet that an ICMP error carries. */
struct track_inner {
	unsigned char protocol;
	u128 saddr, daddr;
	uint16_t sport, dport; /* as in struct track_packet */
};

#define TRACK_SACK_MAX 4

struct track_packet {
	bool v6;
	unsigned char protocol;
	u128 saddr, daddr;     /* host order */
	uint16_t sport, dport; /* TCP, UDP, SCTP …; an ICMP query: sport is its identifier */
	uint32_t payload;      /* bytes behind the transport header, by the IP header's length */
	bool damaged;          /* no whole transport header, or lengths that contradict it */
	bool bad_checksum; /* of the transport header; the kernel checks where a packet comes in */
	/* TCP */
	unsigned char flags; /* TRACK_FIN …; bits above are ECE and CWR */
	uint32_t seq, ack;
	uint16_t window;
	/* TCP options: filled in by track_options() */
	bool has_options, sack_permitted, has_scale;
	unsigned char scale; /* at most 14 */
	unsigned char n_sack;
	struct {
		uint32_t left, right;
	} sack[TRACK_SACK_MAX];
	/* ICMP */
	unsigned char icmp_type;
	bool has_inner;
	struct track_inner inner;
	uint32_t code; /* private to the table: see track_expect(); 0 */
};

/* Reads the n bytes of options of a TCP header as tcp_options() and tcp_sack() of the kernel do. */
void track_options(struct track_packet *p, const unsigned char *options, size_t n);

/* ---- settings ---- */

enum track_tcp_state {
	TRACK_TCP_NONE,
	TRACK_TCP_SYN_SENT,
	TRACK_TCP_SYN_RECV,
	TRACK_TCP_ESTABLISHED,
	TRACK_TCP_FIN_WAIT,
	TRACK_TCP_CLOSE_WAIT,
	TRACK_TCP_LAST_ACK,
	TRACK_TCP_TIME_WAIT,
	TRACK_TCP_CLOSE,
	TRACK_TCP_SYN_SENT2,
	TRACK_TCP_STATES,
	/* beside the states: numbers of time-outs */
	TRACK_TCP_RETRANS = TRACK_TCP_STATES,
	TRACK_TCP_UNACK,
	TRACK_TCP_TIMEOUTS
};

/* A number for a version of the kernel: TRACK_KERNEL(6, 1). */
#define TRACK_KERNEL(major, minor) (((unsigned)(major) << 8) + (unsigned)(minor))

/* The sysctls of net.netfilter.nf_conntrack_*; time-outs in seconds. */
struct track_settings {
	unsigned kernel; /* TRACK_KERNEL() */
	bool loose;      /* tcp_loose: pick up connections in the middle */
	bool be_liberal; /* tcp_be_liberal: only resets are INVALID for their numbers */
	bool ignore_invalid_rst;
	bool no_window_check; /* tcp_no_window_check of OpenWrt's kernels */
	bool checksum;        /* a wrong checksum makes a packet INVALID */
	unsigned max_retrans;
	uint32_t tcp[TRACK_TCP_TIMEOUTS];
	uint32_t udp, udp_stream, icmp, icmpv6, generic;
	uint32_t max_connections; /* records that are kept; the oldest go first */
};

/* What a kernel of today has when nobody sets anything. */
void track_settings_init(struct track_settings *s);
/*
 * Sets one by the name of its sysctl, with or without "net.netfilter." and "nf_conntrack_" in
 * front ("tcp_timeout_established"); false: there is no such one here.
 */
FW_CHECKED bool track_settings_set(struct track_settings *s, struct str name, uint32_t value);

/* ---- connections ---- */

/* One end of a connection. */
struct track_side {
	u128 addr;
	uint16_t port;
	/* what the kernel keeps: struct ip_ct_tcp_state (td_end, td_maxend, td_maxwin, td_maxack)
	 */
	unsigned char scale, kernel_flags;
	uint32_t end, max_end, max_window, max_ack;
};

/* Why there is no entry. */
enum track_gone {
	TRACK_LIVE,      /* there is one */
	TRACK_NEVER,     /* there never was */
	TRACK_TIMED_OUT, /* nothing came before its time-out */
	TRACK_KILLED,    /* by a reset before an answer came, or to be opened again by a SYN */
	TRACK_FORGOTTEN  /* by track_forget() or track_unconfirm() */
};

/*
 * A connection, as long as the table remembers it: longer than the kernel has an entry. Which of
 * the sides is [0] stays the same while the record lives, also when the other opens it anew.
 */
struct track_connection {
	struct track_side side[2];
	bool v6;
	unsigned char protocol;
	unsigned char kind;     /* ICMP: the type of the query */
	unsigned char original; /* the side that opened it, as the entry has it: 0 or 1 */
	unsigned char tcp;      /* enum track_tcp_state */
	unsigned char gone;     /* enum track_gone */
	bool seen_reply, assured;
	uint32_t entries;    /* how many the kernel has had for it */
	uint64_t entry_time; /* when the entry came to be */
	uint64_t last_time;  /* of the last packet of either side */
	uint64_t expires;    /* ns; when the entry goes, or went */
	uint32_t timeout;    /* seconds, of the last refresh */
	/* struct ip_ct_tcp */
	uint32_t last_seq, last_ack, last_end, last_window;
	unsigned char retrans, last_index, last_side, last_scale, last_flags;
	/* private to the table */
	unsigned char list;
	uint32_t newer, older;
	uint64_t listed;
};

/* ---- the table ---- */

struct track_table;

/*
 * An empty table in the arena. Each connection gets `extra` bytes of the caller's beside it, zeroed
 * when the connection is first seen.
 */
struct track_table *track_new(struct arena *a, const struct track_settings *s, size_t extra);
void *track_extra(const struct track_table *t, const struct track_connection *c);
/* Connections remembered, and those that were given up for want of room. */
uint32_t track_count(const struct track_table *t);
uint64_t track_evicted(const struct track_table *t);

enum track_state {
	TRACK_NEW,
	TRACK_ESTABLISHED,
	TRACK_RELATED,
	TRACK_INVALID,
	TRACK_UNTRACKED /* neighbour discovery and the like (nf_conntrack_icmpv6_error) */
};

enum track_reason {
	/* the packet is part of its connection, or opens one */
	TRACK_FINE,
	TRACK_OPENED,    /* by SYN, or the first packet of another protocol */
	TRACK_PICKED_UP, /* in the middle (tcp_loose) */
	TRACK_REOPENED,  /* by a SYN, the old entry being closed */
	/* the kernel lets it pass and believes nothing of it */
	TRACK_IGNORED,       /* by the table of states: SYN or SYN/ACK in a living connection */
	TRACK_CHALLENGE_ACK, /* RFC 5961 */
	TRACK_OVERSHOT,      /* a little above the window */
	TRACK_SEQ_BELOW,     /* INVALID before 6.1 */
	TRACK_ACK_BELOW,     /* INVALID before 6.1 */
	/* INVALID */
	TRACK_SEQ_ABOVE,
	TRACK_ACK_UNSEEN, /* acknowledges data that was not seen */
	TRACK_OLD_RESET,  /* its SEQ is below what the other end acknowledged */
	TRACK_BAD_FLAGS,
	TRACK_BAD_CHECKSUM,
	TRACK_DAMAGED,
	TRACK_BAD_STATE,     /* no such segment in this state */
	TRACK_NO_ENTRY,      /* and the segment cannot open one, or tcp_loose is off */
	TRACK_ICMP_UNKNOWN,  /* an error about no connection */
	TRACK_ICMP_ASTRAY,   /* an error for another host than the one that it is about */
	TRACK_ICMP_NO_QUERY, /* an ICMP message that opens nothing */
	TRACK_REASONS
};

struct track_answer {
	enum track_state state;
	enum track_reason reason;
	/* The packet's connection; of an ICMP error: the one that it is about. NULL: none (ICMP).
	 */
	struct track_connection *connection;
	unsigned char side;              /* of the connection: the sender */
	bool is_reply;                   /* against the direction of the entry */
	bool created;                    /* by this packet */
	unsigned char flags, tcp_before; /* of a segment; enum track_tcp_state that it met */
	/* SEQ_ABOVE …: the number that the packet has, and the bound that it is beyond */
	uint32_t number, bound;
	/* Where there was no entry: why, since when the connection was idle (ns), the time-out. */
	enum track_gone gone;
	uint64_t idle;
	uint32_t timeout;
};

/* Tells what the kernel makes of the packet at `time` (ns), and learns from it. */
void track_packet(struct track_table *t, const struct track_packet *p, uint64_t time,
		  struct track_answer *ret);
/* The same for a packet that is no ICMP error and whose connection track_find() has found. */
void track_packet_of(struct track_table *t, struct track_connection *c,
		     const struct track_packet *p, uint64_t time, struct track_answer *ret);
/* Is there an entry at this time? */
bool track_is_live(const struct track_connection *c, uint64_t time);
/* The entry is deleted ("conntrack -D", a table that is full). */
void track_forget(struct track_connection *c);
/* The packet of this answer was stopped, so the kernel never made its entry. */
void track_unconfirm(const struct track_answer *a);
/*
 * Hints for a packet that comes soon: the first call fetches the memory that tells where its
 * connection is, the second, a little later, that of the connection. They only affect speed.
 */
void track_expect(const struct track_table *t, struct track_packet *p);
void track_fetch(const struct track_table *t, const struct track_packet *p);
/* The connection of these ends, in either direction; NULL: not known. */
struct track_connection *track_find(const struct track_table *t, const struct track_packet *p);

/* ---- words ---- */

/* "INVALID" … */
const char *track_state_name(enum track_state s);
/* "ESTABLISHED" …, as conntrack -L writes it. */
const char *track_tcp_name(enum track_tcp_state s);

#define TRACK_SENTENCE_MAX 160

/* Why, with figures: "SEQ is 10000000 above the window". Returns `buf`. */
const char *track_sentence(const struct track_answer *a, char buf[TRACK_SENTENCE_MAX]);

#endif

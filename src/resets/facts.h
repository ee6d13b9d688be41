/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to resets: what is kept of connections, hosts and resets until the causes are found. */
#ifndef RESETS_FACTS_H
#define RESETS_FACTS_H

#include <fwlint/flow.h>
#include <fwlint/resets.h>
#include <fwlint/track.h>

#include <assert.h>

#define SECOND INT64_C(1000000000)
#define COPY_NS (SECOND / 20) /* a packet takes no longer to pass through a host */

/*
 * The structs below are kept for each connection, so there are many of them: a frame number has no
 * more bits than needed.
 */
#define FRAME_BITS 48
#define FRAME_MASK ((UINT64_C(1) << FRAME_BITS) - 1)

/* The TTL of packets that took one way: from this MAC, into or out of the host. */
struct point {
	uint64_t frame : FRAME_BITS;
	uint8_t ttl;
	uint8_t way : 2;
	bool has_mac : 1, is_used : 1;
	uint8_t mac[MAC_LEN];
};

#define POINTS 2

/* A segment that was seen, and how connection tracking judged it. */
struct seen {
	uint64_t frame : FRAME_BITS;
	uint8_t flags, ttl;
	int64_t time;
	union {
		uint64_t idle; /* if there was no entry */
		struct {
			uint32_t number, bound;
		};
	};
	uint32_t seq, ack, length, timeout;
	uint16_t window, ip_id, ip_length;
	uint8_t mac[MAC_LEN];
	uint32_t tos : 8, way : 2, side : 1, state : 3, reason : 5, gone : 3, tcp_before : 4;
	uint32_t has_mac : 1, is_reply : 1;
	uint32_t is_answered : 1; /* by a reset */
};

static_assert(TRACK_UNTRACKED < 8 && TRACK_REASONS <= 32 && TRACK_FORGOTTEN < 8 &&
		      TRACK_TCP_STATES <= 16,
	      "the numbers of track fit");

/* What one end of a connection has sent. */
struct sender {
	struct point points[POINTS];
	uint32_t first, next; /* its first SEQ; the SEQ after its last byte */
	uint32_t stamp;       /* its last timestamp */
	uint32_t hole;        /* bytes */
	uint16_t id, n;       /* IP ID; segments, up to 65535 */
	uint8_t first_ttl;
	bool has_stamp : 1, has_label : 1, ids_count_up : 1, ids_are_zero : 1, has_fin : 1,
		has_syn : 1;
	uint64_t fin_frame, repeat_frame, hole_frame, late_frame;
};

#define RING 6

/* Kept with each connection in the table of track. */
struct notes {
	uint32_t last_reset;  /* its number + 1 */
	uint32_t opened;      /* connections that existed when the last segment came */
	uint8_t n_ring, at;   /* the next one is written there */
	bool is_silence_open; /* the last long gap was not followed by an answer */
	uint8_t silence_side;
	uint32_t silence_opened;
	int64_t last_time, silence, usual;
	uint64_t last_frame, silence_from, silence_to;
	struct sender side[2];
	struct seen ring[RING];
};

/* How the reset compares with what its sender usually sends. */
enum likeness { LIKE_UNKNOWN, LIKE_SAME, LIKE_DIFFERENT };

enum shape {
	SHAPE_REPLY_SYN, /* RST,ACK with SEQ 0: the answer to a segment without ACK */
	SHAPE_REPLY,     /* RST, its SEQ is the ACK of the segment that it answers */
	SHAPE_OF_SOCKET, /* RST,ACK in line with the stream */
	SHAPE_ODD
};

#define NO_RESET UINT32_MAX

/* What address translation does not change in a segment. */
struct print {
	uint32_t seq, ack, length;
	uint16_t ip_id;
	uint8_t flags;
	bool is_of_sender; /* sent by the sender of the reset */
};

/* The ends of a connection in the other capture: of the reset's sender, and of its receiver. */
struct translated {
	struct address source, destination;
	uint16_t sport, dport;
};

struct facts {
	uint64_t frame;
	int64_t time;
	struct address source, destination;
	uint16_t sport, dport, ip_id, capture;
	uint32_t seq, ack;
	uint8_t flags, ttl, way;
	bool dont_fragment, has_stamp, has_mac;
	uint8_t mac[MAC_LEN];
	enum shape shape;
	bool is_plain; /* window 0, no options, IP ID 0: made by a kernel without a socket */

	enum likeness ttl_like, id_like, mac_like, stamp_like, label_like;
	struct point usual; /* what the TTL is compared with */
	bool usual_of_host; /* from another connection of the host */
	uint16_t id_before;
	uint8_t sender_mac[MAC_LEN];
	uint64_t sender_mac_frame;
	bool is_far;       /* the sender's address is not on the receiver's network … */
	bool is_by_router; /* … and the MAC belongs to another address */
	bool is_near;      /* the TTL still has its initial value */

	bool has_provoking;
	struct seen provoking;
	bool sender_answered; /* before */
	uint64_t fin_frame;   /* of the sender */
	uint32_t earlier;     /* an earlier reset of the connection, or NO_RESET */
	bool earlier_is_same_side;
	int64_t silence, usual_gap;
	uint64_t silence_from, silence_to;
	uint32_t opened;                               /* connections during the silence */
	uint64_t repeat_frame, hole_frame, late_frame; /* of the provoking side */
	uint32_t hole;

	uint64_t goes_on_frame; /* the sender of the reset goes on with the stream */
	uint64_t answer_frame;  /* … or accepts the connection */
	uint32_t copy_of;       /* the same reset, seen earlier on its way; or NO_RESET */
	bool was_seen_coming;   /* the reset was seen coming into the host */
	bool stream_comes_in;   /* the other segments of its sender came in */
	bool conflict;          /* two MACs claim the sender's address: */
	uint64_t conflict_frames[2];

	/* several captures */
	struct print prints[RING]; /* of the last segments of the connection */
	uint8_t n_prints;
	const struct translated *translated; /* NULL: the addresses are the same */
	bool other_has_stream, other_has_reset, other_has_provoking;
	uint8_t other_ttl; /* of the sender's stream there */

	enum reset_cause cause;
	enum reset_why why;
	enum reset_confidence confidence;
	const struct rule *rule;
	const char *assumed, *path;
	uint32_t crowd; /* similar resets: in a burst, or after the same silence */
	bool was_lost;  /* the rule was found for a connection whose entry is gone */
	bool was_known; /* the entry of the connection is older than the first segment seen */
};

/* ---- entries that conntrack had before (known.c) ---- */

struct known;
/* Does the entry of these ends still exist, as far as is known? */
bool known_lives(const struct known *k, const struct resets_ends *e);
struct resets_ends ends_of(const struct facts *f);

/* ---- hosts (hosts.c) ---- */

/* A MAC that claims an address. */
struct claim {
	uint64_t frame;
	uint8_t mac[MAC_LEN];
};

#define CLAIMANTS 2 /* more are not remembered */

struct host {
	struct address address;
	uint8_t n_claims;
	bool has_label;
	struct claim *claims; /* NULL: none */
	struct point points[POINTS];
};

struct hosts;
struct hosts *hosts_new(struct arena *a);
/* The host of that address, made where there is room; NULL: there is not. */
struct host *hosts_get(struct hosts *h, const struct address *x, bool make);
/* Prefetches the memory of a host that will be needed soon. */
void hosts_expect(const struct hosts *h, const struct address *x);
void hosts_claim(struct hosts *h, const struct captured *p);
/* Does the MAC claim another address of this family, and not this one? */
bool hosts_is_of_another(const struct hosts *h, const uint8_t mac[MAC_LEN],
			 const struct address *x);

/* Learns the TTL of a packet; finds the TTL of a packet's way (NULL: not known). */
void points_learn(struct point points[POINTS], const struct captured *p);
const struct point *points_find(const struct point points[POINTS], const struct captured *p);

/* ---- */

/* The times of the first and the last packet. */
struct period {
	int64_t from, to;
};

struct resets {
	struct arena *arena;
	const struct ruleset *rules;
	struct track_table *table;
	struct hosts *hosts;
	VEC(const char *) captures;
	VEC(struct period) spans; /* of the captures; from > to: no packet */
	VEC(struct facts) items;
	uint64_t n_unlisted, n_segments, n_connections, n_lost, n_evicted;
	size_t n_settled;
	struct known *known;   /* known.c */
	uint32_t n_opened;     /* in this capture */
	struct walker *walker; /* rule.c; NULL: no rules */
	struct look *look;     /* look.c; NULL: the captures are not compared */
};

/* ---- the facts of a reset (reset.c) ---- */

void note_reset(struct resets *r, const struct captured *p, struct notes *n, uint8_t side);

/* ---- the rule (rule.c) ---- */

struct walker;
struct walker *walker_new(const struct ruleset *rs, struct arena *a);
/* Does a rule of the ruleset reset the provoking segment, as `state` on `path`? Sets the rule. */
struct found_rule {
	const struct rule *rule;
	const char *path, *assumed; /* NULL: nothing is assumed */
};
FW_CHECKED
bool walker_resets(struct walker *w, const struct facts *f, enum ct_state state, enum path path,
		   struct found_rule *ret);

/* ---- the cause ---- */

/* Where the reset was made, as the place of the capture, or of a second one, shows for certain. */
bool is_made_here(const struct facts *f);
bool is_made_between(const struct resets *r, const struct facts *f);

/* Does another capture cover that time? */
bool is_covered(const struct resets *r, const struct facts *f);

void judge_one(struct resets *r, struct facts *f);
void judge_crowds(struct resets *r);
/* A reset that was seen before gets the cause found then; others stay as they are. */
void judge_copy(struct resets *r, struct facts *f);
enum reset_why why_of(const struct seen *p);
bool is_invalid(const struct seen *p);
void evidence_of(const struct resets *r, const struct facts *f, struct arena *a, struct reset *ret);
bool is_long_silence(const struct facts *f);

#endif

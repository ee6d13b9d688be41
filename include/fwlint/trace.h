/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace: what becomes of a packet that somebody describes: the reader of the description, what is
 * assumed where it says nothing, and the way through the ruleset.
 */
#ifndef FWLINT_TRACE_H
#define FWLINT_TRACE_H

#include <fwlint/flow_follow.h>

/* ---- a packet in words ---- */

/* What the words say. */
struct worded {
	struct packet packet; /* what is not said is 0, or absent */
	bool said[FIELD_COUNT];
};

/* Are these the words of a witness, rather than matches of nft? */
bool words_are_packet(struct str text);
/*
 * Reads the words of packet_words(), of a packet of this ruleset: "NEW tcp 192.0.2.10:40123 ->
 * 198.51.100.20:443, flags SYN, in eth0". State, ports and everything after the addresses may be
 * left out. False: what is wrong is in `diags`, with its place in `s`.
 */
FW_CHECKED bool words_read(const struct ruleset *rs, const struct source *s, struct arena *a,
			   struct diags *diags, struct worded *ret);

/* ---- the way of a packet ---- */

/* An address of the host, or a net of such. */
struct host_address {
	enum nfproto_value family;
	struct range local;
	u128 interface;   /* 0: not known */
	struct range net; /* what is reached by it; lo > hi: not known */
};

/* "192.0.2.1", "2001:db8::/64"; false: it is no address. */
FW_CHECKED bool host_address_read(struct str word, struct host_address *ret);

/* "it matches TEXT": yes or no. */
struct assumption {
	struct str text;
	bool answer;
};

#define PATH_UNKNOWN PATH_COUNT

struct trace_request {
	enum path path; /* PATH_UNKNOWN: as the packet's words have it */
	bool reply;     /* the answer too */
	const struct assumption *assumptions;
	size_t n_assumptions;
	const struct host_address *addresses;
	size_t n_addresses;
};

/* What would become of the packet if an unknown test gave another answer. */
struct turn {
	uint32_t var;
	bool answer;
	struct verdict verdict;
	const struct rule *rule; /* that gives the verdict; NULL: a policy */
	const struct chain *base;
};

struct passed;

struct traced {
	const struct ruleset *ruleset; /* the one that was asked, with what the question tests */
	struct packet packet;
	enum path path; /* that it sets out on */
	VEC(const char *) assumed;
	VEC(struct turn) turns;
	struct followed way;
	bool is_reply;
	struct traced *reply;        /* NULL: not asked for, or no answer can come */
	const char *no_reply;        /* why not */
	const struct passed *passed; /* what the kernel did with it (prove.h); NULL: not asked */
};

/* Reads the packet, in words or as matches of nft, and follows it. False: see `diags`. */
FW_CHECKED bool trace_packet(const struct ruleset *rs, struct source *text,
			     const struct trace_request *o, struct arena *a, struct diags *diags,
			     struct traced *ret);

#endif

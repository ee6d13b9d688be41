/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet followed through the host, with the translation of addresses. A part of the layer
 * flow.
 *
 * Walks of sets translate destinations at most; here a packet is translated as the kernel does it:
 * NEW by the rules of the nat chains, one of a known connection by what is known of it, INVALID
 * never.
 */
#ifndef FWLINT_FLOW_FOLLOW_H
#define FWLINT_FLOW_FOLLOW_H

#include <fwlint/flow.h>

/* What is known of the host. */
struct host {
	/* Is it an address of the host's, beside those of loopback? */
	bool (*is_local)(const struct host *h, enum nfproto_value family, u128 address);
	/* The interface by which it sends to an address. */
	u128 (*interface_to)(const struct host *h, enum nfproto_value family, u128 address);
	/* The address that the interface has, first of all to reach `other`. */
	u128 (*address_of)(const struct host *h, enum nfproto_value family, u128 interface,
			   u128 other);
	const void *context;
};

/* What becomes of one end of a packet. */
struct translation {
	enum packet_end end;
	u128 address, port;
	bool has_port;           /* the protocol has some */
	bool address_is_assumed; /* the host has it; or the text does not say it */
	bool port_is_assumed;    /* the kernel takes one by chance */
	bool is_undone;          /* of an answer: back to what the connection was opened with */
};

/* What is known of a connection, for packets that do not open it: NULL where nothing changes. */
struct known_translation {
	const struct translation *destination; /* at PREROUTING or OUTPUT */
	const struct translation *source;      /* at POSTROUTING or INPUT */
};

struct follow_options {
	enum path path; /* that it takes unless it is translated */
	const struct host *host;
	struct known_translation known;
};

struct followed {
	struct trace trace;
	enum path path;     /* that it took at last */
	bool was_looped;    /* the host sent it to itself: OUTPUT, then PREROUTING and INPUT */
	struct packet last; /* as it is at the end */
	/* Of the rules, NULL where there was none. */
	const struct translation *source, *destination;
	bool has_expired;     /* its TTL ran out where it would be forwarded */
	bool chose_interface; /* it leaves by an interface that the host chose */
	const bool *met;      /* by opaque variable: a rule asked for the answer */
};

struct followed packet_follow(const struct ruleset *rs, const struct packet *p,
			      const struct follow_options *o, struct arena *a);

/* What of a packet the base chain's hook translates. */
enum packet_end translated_end(const struct chain *base);
/* Is it 127.0.0.0/8 or ::1? */
bool address_is_loopback(enum nfproto_value family, u128 address);
/* The fields of an end: its address in that family, its port. */
enum field address_field(enum nfproto_value family, enum packet_end end);
enum field port_field(enum packet_end end);

#endif
